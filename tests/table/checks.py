"""The checks: what must hold for every operation on every sample, sharper than finite differences where the kind
allows.

Each check is a function of an operation and a sample that raises AssertionError. `test_checks.py` plants wrong rules
and sees that each is caught.
"""

import itertools
import warnings

import numpy as np

import wengert
from wengert.autograd import grad
from wengert.core import Tensor
from wengert.core.promotion import from_array

from .gaps import REAL_ONLY
from .samples import Sample
from .values import LAYOUTS

NON_SMOOTH = {"floor", "ceil", "trunc", "round", "sign", "sgn", "floor_divide"}


def arrays_of(sample: Sample, dtype=np.float64, seed: int = 0) -> list:
    rng = np.random.default_rng(seed)
    return [values.draw(rng, dtype) for values in sample.operands]


def call(operation, operands, parameters):
    """Call an operation with operands first wherever its signature puts them."""
    if operation.takes_list:
        return operation(list(operands), *parameters)
    named = dict(zip(operation.inputs, operands, strict=False))
    named |= dict(zip(operation.parameters, parameters, strict=False))
    return operation(**named)


def outputs_of(result) -> list:
    return list(result) if isinstance(result, (tuple, list)) else [result]


def differentiable_operands(operation, arrays) -> list[int]:
    return [
        i for i, x in enumerate(arrays)
        if x.dtype.kind in "fc" and operation.rule_for(i) is not None
    ]  # fmt: skip


def tensors_of(operation, arrays, wanted=None) -> list[Tensor]:
    wanted = differentiable_operands(operation, arrays) if wanted is None else wanted
    return [from_array(x.copy()).requires_grad_(i in wanted) for i, x in enumerate(arrays)]


def reference_of(sample: Sample, arrays):
    result = sample.reference(*arrays, *sample.parameters)
    return [np.asarray(y) for y in (result if isinstance(result, tuple) else (result,))]


def run(operation, sample, arrays):
    """The differentiable results for given arrays, as arrays; recorded nowhere."""
    with wengert.no_grad():
        results = outputs_of(call(operation, [from_array(x) for x in arrays], sample.parameters))
    return [y.numpy() for y in results if y.array.dtype.kind in "fc"]


def inner(a, b) -> float:
    """The real inner product, of complex arrays too."""
    return float(np.sum(np.conj(a) * b).real)


def random_like(rng, x):
    values = rng.standard_normal(x.shape)
    if x.dtype.kind == "c":
        values = values + 1j * rng.standard_normal(x.shape)
    return np.asarray(values, dtype=x.dtype)


def close(found, expected, tolerance: float, what: str) -> None:
    found, expected = np.asarray(found), np.asarray(expected)
    if expected.dtype.kind == "b":
        assert np.array_equal(found, expected), f"{what}: found {found}, expected {expected}"
        return
    assert found.shape == expected.shape, f"{what}: shape {found.shape}, expected {expected.shape}"
    scale = max(1.0, float(np.max(np.abs(expected), initial=0.0)))
    error = float(np.max(np.abs(found - expected), initial=0.0))
    assert error <= tolerance * scale, (
        f"{what}: differs by {error:.3g} (scale {scale:.3g})\nfound {found}\nexpected {expected}"
    )


# ------------------------------------------------------------------------------------------------ values


def check_value(operation, sample: Sample) -> None:
    """The result in double precision is the reference's, in single precision to its rounding."""
    for dtype, tolerance in ((np.float64, 1e-12), (np.float32, 2e-5)):
        arrays = arrays_of(sample, dtype)
        expected = reference_of(sample, arrays_of(sample))
        if dtype is np.float32:
            expected = reference_of(sample, [x.astype(np.float64) if x.dtype.kind == "f" else x for x in arrays])
        results = outputs_of(call(operation, [from_array(x) for x in arrays], sample.parameters))
        assert len(results) == len(expected)
        for found, wanted in zip(results, expected, strict=True):
            if wanted.dtype.kind in "bi" and found.array.dtype.kind in "bi":
                assert np.array_equal(found.numpy(), wanted)
            else:
                close(
                    found.numpy(),
                    wanted,
                    max(tolerance, 2e-7 if operation.name == "cast" else 0),
                    f"{sample.id} in {dtype.__name__}",
                )
            if found.array.dtype.kind == "f" and operation.name != "cast":
                assert found.array.dtype == dtype, f"{sample.id}: {dtype.__name__} became {found.array.dtype}"


def check_layouts(operation, sample: Sample, dtype=np.float64) -> None:
    """Any layout of the operands in memory gives the same values; operands are left as they were."""
    if operation.name in ("view", "as_strided", "complex_view"):
        return  # defined by the layout
    arrays = arrays_of(sample, dtype)
    expected = [y.numpy() for y in outputs_of(call(operation, [from_array(x) for x in arrays], sample.parameters))]
    for name, arrange in LAYOUTS.items():
        arranged = [arrange(x) for x in arrays]
        before = [x.copy() for x in arranged]
        results = outputs_of(call(operation, [from_array(x) for x in arranged], sample.parameters))
        for found, wanted in zip(results, expected, strict=True):
            close(found.numpy(), wanted, 1e-13, f"{sample.id} from {name} memory")
        for x, kept in zip(arranged, before, strict=True):
            assert np.array_equal(x, kept), f"{sample.id} changed its operand"


def check_forms(operation, sample: Sample, dtype=np.float64) -> None:
    """`out=`, the in-place form and the method give what the call gives."""
    arrays = arrays_of(sample, dtype)
    expected = outputs_of(call(operation, [from_array(x) for x in arrays], sample.parameters))
    if len(expected) == 1 and not operation.takes_list and not operation.view and getattr(operation, "has_out", True):
        named = dict(zip(operation.inputs, [from_array(x) for x in arrays], strict=False))
        named |= dict(zip(operation.parameters, sample.parameters, strict=False))
        out = from_array(np.empty(expected[0].shape, expected[0].array.dtype))
        assert operation(**named, out=out) is out
        close(out.numpy(), expected[0].numpy(), 0, f"{sample.id} with out=")
    if (
        operation.in_place is not None
        and expected[0].shape == arrays[0].shape
        and expected[0].array.dtype == arrays[0].dtype
    ):
        target = from_array(arrays[0].copy())
        rest = [from_array(x) for x in arrays[1:]]
        assert operation.in_place(target, *rest, *sample.parameters) is target
        close(target.numpy(), expected[0].numpy(), 1e-15, f"{sample.id} in place")
        assert target._version == 1


# ------------------------------------------------------------------------------------------------ first derivatives


def pullback(operation, sample, arrays, cotangents, wanted=None):
    """The gradients of the wanted operands for cotangents of the floating results."""
    xs = tensors_of(operation, arrays, wanted)
    ys = [y for y in outputs_of(call(operation, xs, sample.parameters)) if y.array.dtype.kind in "fc"]
    # Of several results, some may not depend on the wanted operands.
    pairs = [(y, g) for y, g in zip(ys, cotangents, strict=True) if y.requires_grad]
    needed = [x for x in xs if x.requires_grad]
    if not pairs:
        return [None] * len(needed)
    return grad([y for y, _ in pairs], needed, [from_array(g) for _, g in pairs], allow_unused=True)


def stencil(function, step: float):
    """The derivative at 0 of a function of one number, by six points: error O(step^6)."""
    weights = ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60))
    return sum(w * (function(k * step) - function(-k * step)) for k, w in weights) / step


def moved(arrays, i, direction, amount):
    return [x + amount * direction if j == i else x for j, x in enumerate(arrays)]


def check_gradient(operation, sample: Sample, dtype=np.float64) -> None:
    """<g, J v> = <J^T g, v> for random v and g, operand by operand.

    J v is exact for linear operations (the operation itself on v) and bilinear ones (the difference at a step of 1);
    otherwise it comes from a six-point stencil, whose error here is near 1e-10.
    """
    rng = np.random.default_rng(1)
    arrays = arrays_of(sample, dtype)
    wanted = differentiable_operands(operation, arrays)
    if not wanted or operation.name in NON_SMOOTH and dtype is np.float64:
        return
    base = run(operation, sample, arrays)
    cotangents = [random_like(rng, y) for y in base]
    gradients = pullback(operation, sample, arrays, cotangents)
    for i, g in zip(wanted, gradients, strict=True):
        v = random_like(rng, arrays[i])
        if operation.kind in ("linear", "bilinear"):
            pushed = [a - b for a, b in zip(run(operation, sample, moved(arrays, i, v, 1.0)), base, strict=True)]
            tolerance = 1e-11 if operation.name != "cast" else 1e-6
        else:
            pushed = [
                stencil(lambda h, o=o: run(operation, sample, moved(arrays, i, v, h))[o], 1e-3)  # noqa: B023
                for o in range(len(base))
            ]
            tolerance = 1e-9
        expected = sum(inner(u, p) for u, p in zip(cotangents, pushed, strict=True))
        found = 0.0 if g is None else inner(g.detach().numpy(), v)
        scale = max(1.0, abs(expected), float(np.sum(np.abs(cotangents[0]))))
        assert abs(found - expected) <= tolerance * scale, (
            f"{sample.id}: gradient of operand {i} gives <J^T g, v> = {found!r}, but <g, J v> = {expected!r}"
        )


def check_gradient_form(operation, sample: Sample, dtypes=(np.float32, np.float64)) -> None:
    """Gradients have the shapes and dtypes of their inputs, cotangents are never written to, and nobody asks for
    more."""
    for dtype in dtypes:
        arrays = arrays_of(sample, dtype)
        wanted = differentiable_operands(operation, arrays)
        if not wanted:
            continue
        rng = np.random.default_rng(2)
        cotangents = [random_like(rng, y) for y in run(operation, sample, arrays)]
        for g in cotangents:
            g.flags.writeable = False
        kept = [g.copy() for g in cotangents]
        for i, g in zip(wanted, pullback(operation, sample, arrays, cotangents), strict=True):
            if g is not None:
                assert tuple(g.shape) == arrays[i].shape and g.array.dtype == arrays[i].dtype, (
                    f"{sample.id}: gradient of operand {i} is {tuple(g.shape)} {g.array.dtype}"
                )
        assert all(np.array_equal(a, b) for a, b in zip(cotangents, kept, strict=True))
        full = pullback(operation, sample, arrays, cotangents)
        for position, i in enumerate(wanted):
            alone = pullback(operation, sample, arrays, cotangents, [i])
            assert len(alone) == 1
            if full[position] is not None:
                close(alone[0].numpy(), full[position].numpy(), 1e-6, f"{sample.id}: gradient of operand {i} alone")


# ------------------------------------------------------------------------------------------------ second derivatives


def check_second(operation, sample: Sample, dtype=np.float64) -> None:
    """The derivative of <grad, w> in a random direction is what a stencil of the gradients says."""
    rng = np.random.default_rng(3)
    arrays = arrays_of(sample, dtype)
    wanted = differentiable_operands(operation, arrays)
    if not wanted or operation.name in NON_SMOOTH and dtype is np.float64:
        return
    cotangents = [random_like(rng, y) for y in run(operation, sample, arrays)]
    weights = {i: random_like(rng, arrays[i]) for i in wanted}
    directions = {i: random_like(rng, arrays[i]) for i in wanted}
    xs = tensors_of(operation, arrays)
    us = [from_array(g.copy()).requires_grad_() for g in cotangents]
    ys = [y for y in outputs_of(call(operation, xs, sample.parameters)) if y.requires_grad]
    if not ys:
        return
    firsts = grad(ys, [xs[i] for i in wanted], us[: len(ys)], create_graph=True, allow_unused=True)
    total = None
    for i, g in zip(wanted, firsts, strict=True):
        if g is not None and g.requires_grad:
            term = (g * from_array(np.conj(weights[i]))).sum().real
            total = term if total is None else total + term
    found = 0.0
    if total is not None:
        seconds = grad(total, [xs[i] for i in wanted], allow_unused=True, retain_graph=True)
        found = sum(inner(s.numpy(), directions[i]) for i, s in zip(wanted, seconds, strict=True) if s is not None)

    def slope(h):
        placed = [x + h * directions[i] if i in directions else x for i, x in enumerate(arrays)]
        gradients = pullback(operation, sample, placed, cotangents)
        return sum(inner(g.numpy(), weights[i]) for i, g in zip(wanted, gradients, strict=True) if g is not None)

    expected = stencil(slope, 1e-3)
    scale = max(1.0, abs(expected), *[float(np.sum(np.abs(g))) for g in cotangents])
    tolerance = 1e-8 if operation.name != "cast" else 1e-3
    assert abs(found - expected) <= tolerance * scale, (
        f"{sample.id}: second derivative {found!r}, expected {expected!r}"
    )
    # In the cotangent a gradient is linear: its derivative is the operation's own pushforward.
    if total is not None:
        of_cotangent = grad(total, us[: len(ys)], allow_unused=True)
        for o, (s, u) in enumerate(zip(of_cotangent, cotangents, strict=False)):
            pushed = stencil(
                lambda h, o=o: run(
                    operation, sample, [x + h * weights[i] if i in weights else x for i, x in enumerate(arrays)]
                )[o],
                1e-3,
            )
            close(
                np.zeros_like(u) if s is None else s.numpy(),
                pushed,
                tolerance,
                f"{sample.id}: derivative of the gradient in g",
            )


# ------------------------------------------------------------------------------------------------ other modes


def check_forward(operation, sample: Sample, dtype=np.float64) -> None:
    """Forward mode agrees with reverse mode: <u, J v> = <J^T u, v>, for every subset of operands that carry a
    tangent."""
    from wengert.autograd import forward_ad

    rng = np.random.default_rng(4)
    arrays = arrays_of(sample, dtype)
    wanted = differentiable_operands(operation, arrays)
    if not wanted:
        return
    cotangents = [random_like(rng, y) for y in run(operation, sample, arrays)]
    gradients = dict(zip(wanted, pullback(operation, sample, arrays, cotangents), strict=True))
    for count in range(1, len(wanted) + 1):
        for chosen in itertools.combinations(wanted, count):
            directions = {i: random_like(rng, arrays[i]) for i in chosen}
            with forward_ad.dual_level():
                duals = [
                    forward_ad.make_dual(from_array(x.copy()), from_array(directions[i]))
                    if i in directions
                    else from_array(x.copy())
                    for i, x in enumerate(arrays)
                ]
                pushed = []
                for y in outputs_of(call(operation, duals, sample.parameters)):
                    if y.dtype.is_floating_point or y.dtype.is_complex:
                        tangent = forward_ad.unpack_dual(y).tangent
                        assert tangent is None or tuple(tangent.shape) == tuple(y.shape)
                        pushed.append(None if tangent is None else tangent.numpy().copy())
            left = sum(inner(u, p) for u, p in zip(cotangents, pushed, strict=True) if p is not None)
            right = sum(inner(gradients[i].numpy(), v) for i, v in directions.items() if gradients[i] is not None)
            scale = max(1.0, abs(right), float(np.sum(np.abs(cotangents[0]))))
            tolerance = 1e-11 if operation.name != "cast" else 1e-5
            assert abs(left - right) <= tolerance * scale, (
                f"{sample.id}: forward {left!r}, reverse {right!r}, operands {chosen}"
            )


def check_vmap(operation, sample: Sample, dtype=np.float64) -> None:
    """vmap over every subset of operands gives what a loop gives."""
    count = len(sample.operands)
    size = 2
    drawn = [arrays_of(sample, dtype, seed) for seed in range(size)]
    for mapped in itertools.chain.from_iterable(itertools.combinations(range(count), n) for n in range(1, count + 1)):
        entries = [[drawn[b][i] if i in mapped else drawn[0][i] for i in range(count)] for b in range(size)]
        expected = [
            [y.numpy() for y in outputs_of(call(operation, [from_array(x) for x in entry], sample.parameters))]
            for entry in entries
        ]
        # Strides address the memory of the batch, so entries must lie in it as a loop's copies do.
        for place in (0,) if operation.name in ("as_strided", "complex_view") else (0, -1):
            stacked = [
                from_array(np.stack([drawn[b][i] for b in range(size)],
                    place if drawn[0][i].ndim else 0)) if i in mapped
                else from_array(drawn[0][i])
                for i in range(count)
            ]  # fmt: skip
            in_dims = tuple((place if drawn[0][i].ndim else 0) if i in mapped else None for i in range(count))
            found = wengert.func.vmap(lambda *xs: call(operation, xs, sample.parameters), in_dims=in_dims)(*stacked)
            for o, y in enumerate(outputs_of(found)):
                close(
                    y.numpy(),
                    np.stack([entry[o] for entry in expected]),
                    1e-12,
                    f"{sample.id}: vmap over {mapped} at {place}",
                )


# ------------------------------------------------------------------------------------------------ complex numbers


def check_refusal(operation, sample: Sample) -> None:
    """An operation of real numbers refuses complex ones, and says so."""
    for dtype in (np.complex64, np.complex128):
        operands = [from_array(x) for x in arrays_of(sample, dtype)]
        try:
            call(operation, operands, sample.parameters)
        except RuntimeError as error:
            assert "complex" in str(error).lower(), f"{sample.id} refuses complex numbers without saying so: {error}"
            continue
        raise AssertionError(f"{sample.id} takes complex numbers: strike it from REAL_ONLY")


def check_complex_value(operation, sample: Sample, _dtype) -> None:
    """In complex numbers, of either precision, the result is the reference's."""
    for dtype, tolerance in ((np.complex128, 1e-12), (np.complex64, 2e-5)):
        arrays = arrays_of(sample, dtype)
        operands = [from_array(x) for x in arrays]
        wide = [x.astype(np.complex128) if x.dtype.kind == "c" else x for x in arrays]
        results = outputs_of(call(operation, operands, sample.parameters))
        for found, wanted in zip(results, reference_of(sample, wide), strict=True):
            close(found.numpy(), wanted, tolerance, f"{sample.id} in {dtype.__name__}")
            if found.array.dtype.kind in "fc" and operation.name != "cast":
                assert found.array.dtype.itemsize == wanted.dtype.itemsize * np.dtype(dtype).itemsize // 16


def in_complex(check):
    """A check, carried out in complex numbers where the operation takes them."""

    def checked(operation, sample: Sample) -> None:
        takes_them = any(x.dtype.kind == "c" for x in arrays_of(sample, np.complex128))
        if takes_them and operation.name in REAL_ONLY:
            check_refusal(operation, sample)
        elif takes_them:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Casting complex values to real discards the imaginary part")
                check(operation, sample, np.complex128)

    return checked


CHECKS = {
    "value": check_value, "layouts": check_layouts, "forms": check_forms, "gradient": check_gradient,
    "gradient form": check_gradient_form, "second": check_second, "forward": check_forward, "vmap": check_vmap,
    "complex value": in_complex(check_complex_value), "complex layouts": in_complex(check_layouts),
    "complex forms": in_complex(check_forms),
    "complex gradient form": in_complex(lambda operation, sample, dtype: (
        check_gradient_form(operation, sample, (np.complex64, np.complex128)))),
    "complex gradient": in_complex(check_gradient),
    "complex second": in_complex(check_second), "complex forward": in_complex(check_forward),
    "complex vmap": in_complex(check_vmap),
}  # fmt: skip
