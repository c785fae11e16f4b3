"""Which way each mode of each operation is had, and that the modes compose."""

import numpy as np
import pytest

import wengert
from wengert.autograd import forward_ad
from wengert.core import registry
from wengert.core.promotion import from_array
from wengert.func import jvp, vmap
from wengert.ops.modes import modes_of

from . import composites  # noqa: F401  (its rows are of declared operations too)
from .checks import arrays_of, call, close, differentiable_operands, outputs_of, random_like
from .samples import SAMPLES

ROWS = [sample for name in SAMPLES for sample in SAMPLES[name] if name in registry.operations]


def test_every_operation_has_a_batching_rule():
    looped = [name for name, operation in registry.operations.items() if modes_of(operation)["batch"] == "loop"]
    assert not looped, f"vmap calls these once for each entry of the batch: {looped}"


def test_every_differentiable_operation_has_a_forward_derivative():
    without = [
        name for name, operation in registry.operations.items()
        if operation.differentiable and modes_of(operation)["forward"] == "none"
    ]  # fmt: skip
    assert not without


def test_no_operation_takes_a_double_pullback():
    found = [name for name, operation in registry.operations.items()
             if modes_of(operation)["forward"] == "double pullback"]  # fmt: skip
    assert not found, "a declared derivative is cheaper than the pullback of the pullback"


def entries(operation, sample, count: int = 2):
    """Operands and directions of several calls, a list for each call."""
    rng = np.random.default_rng(11)
    drawn = [arrays_of(sample, seed=seed) for seed in range(count)]
    wanted = differentiable_operands(operation, drawn[0])
    return drawn, wanted, [{i: random_like(rng, arrays[i]) for i in wanted} for arrays in drawn]


def differentiable(result) -> list:
    return [y for y in outputs_of(result) if y.dtype.is_floating_point or y.dtype.is_complex]


def pushed_forward(operation, sample, arrays, directions) -> list:
    """The tangents of the floating results of one call, zeros where there is none."""
    with forward_ad.dual_level():
        operands = [
            forward_ad.make_dual(from_array(x.copy()), from_array(directions[i].copy())) if i in directions
            else from_array(x.copy())
            for i, x in enumerate(arrays)
        ]  # fmt: skip
        results = differentiable(call(operation, operands, sample.parameters))
        pairs = [forward_ad.unpack_dual(y) for y in results]
        return [np.zeros(tuple(y.shape)) if t is None else t.numpy().copy() for y, t in pairs]


@pytest.mark.parametrize("sample", ROWS, ids=lambda sample: sample.id)
def test_tangents_do_not_depend_on_the_grad_mode(sample):
    operation = registry.operations[sample.operation]
    (arrays, *_), wanted, (directions, *_) = entries(operation, sample)
    if not wanted:
        return
    expected = pushed_forward(operation, sample, arrays, directions)
    with wengert.no_grad():
        found = pushed_forward(operation, sample, arrays, directions)
    for a, b in zip(found, expected, strict=True):
        assert np.array_equal(a, b), sample.id


@pytest.mark.parametrize("sample", ROWS, ids=lambda sample: sample.id)
def test_forward_mode_and_vmap_commute(sample):
    operation = registry.operations[sample.operation]
    if operation.name == "as_strided":
        return  # addresses the memory that a batch lies in
    drawn, wanted, directions = entries(operation, sample)
    if not wanted:
        return
    expected = [pushed_forward(operation, sample, arrays, d) for arrays, d in zip(drawn, directions, strict=True)]
    stacked = [from_array(np.stack(column)) for column in zip(*drawn, strict=True)]
    along = [from_array(np.stack([d[i] for d in directions])) for i in wanted]
    fixed = [x for i, x in enumerate(stacked) if i not in wanted]

    def function(*differentiated_and_fixed):
        given, rest = iter(differentiated_and_fixed[: len(wanted)]), iter(differentiated_and_fixed[len(wanted) :])
        operands = [next(given) if i in wanted else next(rest) for i in range(len(stacked))]
        return differentiable(call(operation, operands, sample.parameters))

    def inside(xs, ts, others):
        return jvp(lambda *values: function(*values, *others), tuple(xs), tuple(ts))[1]

    chosen = [stacked[i] for i in wanted]
    both = {
        "vmap of jvp": vmap(inside)(chosen, along, fixed),
        "jvp of vmap": jvp(lambda *values: vmap(function)(*values, *fixed), tuple(chosen), tuple(along))[1],
    }
    for name, found in both.items():
        for o, y in enumerate(found):
            close(y.numpy(), np.stack([entry[o] for entry in expected]), 1e-11, f"{name} of {sample.id}")


IN_PLACE = [
    sample for sample in ROWS
    for operation in [registry.operations[sample.operation]]
    if operation.in_place is not None and not operation.takes_list
]  # fmt: skip


@pytest.mark.parametrize("sample", IN_PLACE, ids=lambda sample: sample.id)
def test_in_place_forms_in_forward_mode_and_under_vmap(sample):
    operation = registry.operations[sample.operation]
    drawn, wanted, directions = entries(operation, sample)
    result = outputs_of(call(operation, [from_array(x) for x in drawn[0]], sample.parameters))[0]
    if tuple(result.shape) != drawn[0][0].shape or result.array.dtype != drawn[0][0].dtype:
        return
    if wanted:
        (expected,) = pushed_forward(operation, sample, drawn[0], directions[0])
        tangents = {i: from_array(t.copy()) for i, t in directions[0].items()}
        with forward_ad.dual_level():
            operands = [
                forward_ad.make_dual(from_array(x.copy()), tangents[i]) if i in tangents else from_array(x.copy())
                for i, x in enumerate(drawn[0])
            ]
            changed = operation.in_place(*operands, *sample.parameters)
            assert changed is operands[0]
            tangent = forward_ad.unpack_dual(changed).tangent
            close(np.zeros(expected.shape) if tangent is None else tangent.numpy(), expected, 1e-12, sample.id)
        if 0 in tangents:
            assert tangent is tangents[0], f"{sample.id}: the tangent given to make_dual is not written to"
    stacked = [from_array(np.stack(column)) for column in zip(*drawn, strict=True)]
    expected = [
        call(operation, [from_array(x.copy()) for x in arrays], sample.parameters).numpy() for arrays in drawn
    ]
    given = stacked[0].clone()
    found = vmap(lambda *xs: operation.in_place(*xs, *sample.parameters))(given, *stacked[1:])
    close(found.numpy(), np.stack(expected), 1e-12, f"vmap of {sample.id} in place")
    close(given.numpy(), np.stack(expected), 1e-12, f"{sample.id} in place is seen outside of vmap")
