"""Checking derivatives against finite differences.

The Jacobian of a function is computed twice: column by column from central differences (f(x + eps) - f(x - eps)) / 2
eps, whose error is O(eps^2) plus rounding / eps, and row by row from backward passes. Double precision is needed for
the first to say anything. Complex numbers are checked as pairs of real ones: the directions 1 and i of every entry.
"""

import warnings
from typing import Any

import numpy

from ..core import Tensor
from ..core.promotion import from_array
from .backward import grad


class GradcheckError(RuntimeError):
    """A derivative differs from its finite difference."""


def gradcheck(
    func, inputs, *, eps: float = 1e-06, atol: float = 1e-05, rtol: float = 0.001, raise_exception: bool = True,
    nondet_tol: float = 0.0, check_undefined_grad: bool = True, check_grad_dtypes: bool = False,
    check_batched_grad: bool = False, check_batched_forward_grad: bool = False, check_forward_ad: bool = False,
    check_backward_ad: bool = True, fast_mode: bool = False, masked=None,
) -> bool:  # fmt: skip
    """Whether the derivatives of `func` at `inputs` agree with finite differences, entry by entry.

    Args:
        func: function of tensors that returns a tensor or several.
        inputs: a tensor or a tuple; those that require gradients are checked, and should be float64 or complex128.
        eps: size of the step.
        atol, rtol: an entry may differ by atol + rtol |numerical|.
        raise_exception: raise, rather than return False.
        nondet_tol: how much two backward passes of the same inputs may differ.
        check_undefined_grad: whether a backward pass in which an output has no gradient must work.
        check_grad_dtypes: whether gradients must have the dtypes of their inputs.
        check_batched_grad: whether backward passes of many cotangents at once (vmap) must agree.
        check_forward_ad: whether forward mode is checked.
        check_backward_ad: whether reverse mode is checked.
        fast_mode: check one random direction rather than every entry.

    Raises:
        GradcheckError: names the entry of the Jacobian that differs most, with both values.
        ValueError: no input requires a gradient.
    """
    try:
        _check(
            func, _tuple(inputs), eps, atol, rtol, nondet_tol, check_undefined_grad, check_grad_dtypes,
            check_batched_grad, check_forward_ad, check_backward_ad, fast_mode,
        )  # fmt: skip
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func, inputs, grad_outputs=None, *, eps: float = 1e-06, atol: float = 1e-05, rtol: float = 0.001,
    gen_non_contig_grad_outputs: bool = False, raise_exception: bool = True, nondet_tol: float = 0.0,
    check_undefined_grad: bool = True, check_grad_dtypes: bool = False, check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False, check_rev_over_rev: bool = True, fast_mode: bool = False, masked: bool = False,
) -> bool:  # fmt: skip
    """Whether the second derivatives of `func` agree with finite differences of the first ones.

    Args:
        grad_outputs: cotangents of the outputs, which take part as inputs; random ones unless given.
        Others as for `gradcheck`.
    """
    inputs = _tuple(inputs)
    outputs = _differentiable(_tuple(func(*inputs)))
    if grad_outputs is None:
        stream = numpy.random.default_rng(0)
        grad_outputs = tuple([_random_like(stream, y).requires_grad_() for y in outputs])
        if gen_non_contig_grad_outputs:
            grad_outputs = tuple([_spaced(g) for g in grad_outputs])
    else:
        grad_outputs = _tuple(grad_outputs)
    count = len(inputs)

    def gradients(*arguments):
        xs, gs = arguments[:count], arguments[count:]
        # Inputs are used through an operation, so that one returned as it came still has a history of its own.
        ys = _differentiable(_tuple(func(*xs)))
        wanted = [x for x in xs if isinstance(x, Tensor) and x.requires_grad]
        found = grad(ys, wanted, gs, create_graph=True, allow_unused=True)
        return tuple([g for g in found if g is not None and g.requires_grad])

    return gradcheck(
        gradients, inputs + grad_outputs, eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception,
        nondet_tol=nondet_tol, check_undefined_grad=check_undefined_grad, check_grad_dtypes=check_grad_dtypes,
        check_batched_grad=check_batched_grad, check_forward_ad=check_fwd_over_rev,
        check_backward_ad=check_rev_over_rev, fast_mode=fast_mode,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ the parts


def _tuple(x) -> tuple:
    return tuple(x) if isinstance(x, (tuple, list)) else (x,)


def _differentiable(outputs: tuple) -> tuple:
    return tuple([y for y in outputs if isinstance(y, Tensor) and y.requires_grad])


def _random_like(stream, y) -> Tensor:
    values = stream.standard_normal(tuple(y.shape))
    if y.dtype.is_complex:
        values = values + 1j * stream.standard_normal(tuple(y.shape))
    return from_array(numpy.asarray(values, dtype=y.array.dtype))


def _spaced(g: Tensor) -> Tensor:
    """The same values with gaps in memory."""
    wide = numpy.zeros((*g.shape, 2), g.array.dtype)
    wide[..., 0] = g.detach().array
    return from_array(wide[..., 0]).requires_grad_()


def _check(
    func, inputs, eps, atol, rtol, nondet_tol, check_undefined_grad, check_grad_dtypes, check_batched_grad,
    check_forward_ad, check_backward_ad, fast_mode,
) -> None:  # fmt: skip
    positions = [i for i, x in enumerate(inputs) if isinstance(x, Tensor) and x.requires_grad]
    if not positions:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of the them have "
            "requires_grad=True."
        )
    for i in positions:
        if inputs[i].array.dtype.itemsize < (16 if inputs[i].dtype.is_complex else 8):
            warnings.warn(
                f"Input #{i} requires gradient and is not a double precision floating point or complex. This check "
                "will likely fail if all the inputs are not of double precision floating point or complex. ",
                UserWarning,
                stacklevel=4,
            )
        if inputs[i].array.size and any(
            [s == 0 for s, n in zip(inputs[i].array.strides, inputs[i].shape, strict=True) if n > 1]
        ):
            raise RuntimeError(
                f"The {i}th input has a dimension with stride 0. gradcheck only supports inputs that are "
                "non-overlapping to be able to compute the numerical gradients correctly. You should call .contiguous "
                "on the input before passing it to gradcheck."
            )
    outputs = _tuple(func(*inputs))
    checked = _differentiable(outputs)
    for i in positions:
        numerical = _numerical(func, inputs, i, eps, fast_mode)
        if check_backward_ad:
            if not checked:
                for o, column in enumerate(numerical):
                    if numpy.any(column != 0):
                        raise GradcheckError(
                            f"Numerical gradient for function expected to be zero: output {o} requires no gradient but "
                            f"depends on input {i}"
                        )
            _compare_reverse(func, inputs, i, numerical, atol, rtol, nondet_tol, check_grad_dtypes, fast_mode)
        if check_forward_ad:
            _compare_forward(func, inputs, i, numerical, atol, rtol)
    if check_backward_ad and check_undefined_grad and len(checked) > 1:
        _check_undefined(func, inputs, positions)
    if check_batched_grad:
        _check_batched(func, inputs, positions, atol, rtol)


def _values(func, inputs) -> list:
    return [
        y.detach().array
        for y in _tuple(func(*inputs))
        if isinstance(y, Tensor) and (y.dtype.is_floating_point or y.dtype.is_complex)
    ]


def _directions(x, fast_mode: bool) -> list:
    """What is added to the input: every entry (and i times it), or one random direction."""
    shape, dtype = tuple(x.shape), x.array.dtype
    if fast_mode:
        return [_random_like(numpy.random.default_rng(1), x).array]
    units = []
    for n in range(x.numel()):
        for factor in (1, 1j) if x.dtype.is_complex else (1,):
            unit = numpy.zeros(x.numel(), dtype)
            unit[n] = factor
            units.append(unit.reshape(shape))
    return units


def _numerical(func, inputs, i: int, eps: float, fast_mode: bool) -> list:
    """For each output an array (directions, entries of the output) of central differences."""
    x = inputs[i]
    columns: Any = None
    before = x.detach().array.copy()
    for direction in _directions(x, fast_mode):
        sides = []
        for sign in (1, -1):
            moved = list(inputs)
            moved[i] = from_array((before + sign * eps * direction).astype(before.dtype)).requires_grad_()
            sides.append(_values(func, moved))
        differences = [((plus - minus) / (2 * eps)).reshape(-1) for plus, minus in zip(*sides, strict=True)]
        columns = columns or [[] for _ in differences]
        for column, difference in zip(columns, differences, strict=True):
            column.append(difference)
    if columns is None:
        return []
    return [numpy.stack(column) for column in columns]


def _compare_reverse(func, inputs, i, numerical, atol, rtol, nondet_tol, check_grad_dtypes, fast_mode) -> None:
    x = inputs[i]
    directions = _directions(x, fast_mode)
    outputs = [
        y for y in _tuple(func(*inputs)) if isinstance(y, Tensor) and (y.dtype.is_floating_point or y.dtype.is_complex)
    ]
    for o, y in enumerate(outputs):
        if not y.requires_grad or not directions:
            continue
        analytical = numpy.zeros(
            (len(directions), y.numel()), numpy.complex128 if y.dtype.is_complex else numpy.float64
        )
        for n in range(y.numel()):
            for factor in (1, 1j) if y.dtype.is_complex else (1,):
                v = numpy.zeros(y.numel(), y.array.dtype)
                v[n] = factor
                cotangent = from_array(v.reshape(tuple(y.shape)))
                (g,) = grad(y, [x], [cotangent], retain_graph=True, allow_unused=True)
                (again,) = grad(y, [x], [cotangent], retain_graph=True, allow_unused=True)
                if g is None:
                    continue
                if check_grad_dtypes and g.dtype is not x.dtype:
                    raise GradcheckError(f"Input {i} is {x.dtype} but its gradient is {g.dtype}")
                if tuple(g.shape) != tuple(x.shape):
                    raise GradcheckError(
                        f"grad is incorrect size: input {i} has shape {x.shape}, its gradient {g.shape}"
                    )
                if numpy.any(numpy.abs(g.detach().array - again.detach().array) > nondet_tol):
                    raise GradcheckError(
                        "Backward is not reentrant, i.e., running backward with same input and grad_output multiple "
                        "times gives different values, although analytical gradient matches numerical gradient. "
                        f"(output {o}, input {i})"
                    )
                # Re(conj(g) d) is how far Re(conj(v) y) moves when the input moves by d.
                moved = numpy.asarray([numpy.sum(numpy.conj(g.detach().array) * d).real for d in directions])
                analytical[:, n] += moved * factor
        _compare(analytical, numerical[o], atol, rtol, o, i, "Jacobian mismatch")


def _compare(analytical, numerical, atol, rtol, o: int, i: int, title: str) -> None:
    error = numpy.abs(analytical - numerical)
    excess = error - (atol + rtol * numpy.abs(numerical))
    bad = ~(excess <= 0) & ~(numpy.isnan(analytical) & numpy.isnan(numerical))
    if not numpy.any(bad):
        return
    row, column = numpy.unravel_index(
        numpy.argmax(numpy.where(bad, numpy.nan_to_num(error, nan=numpy.inf), -1)), error.shape
    )
    raise GradcheckError(
        f"{title} for output {o} with respect to input {i},\nnumerical:{numerical}\nanalytical:{analytical}\n"
        f"The largest difference is at entry [{row}, {column}] (input entry, output entry): numerical "
        f"{numerical[row, column]}, analytical {analytical[row, column]}. {int(numpy.sum(bad))} of {bad.size} entries "
        f"differ by more than atol + rtol * |numerical| (atol={atol}, rtol={rtol})."
    )


def _compare_forward(func, inputs, i, numerical, atol, rtol) -> None:
    from . import forward_ad

    rows: Any = None
    for direction in _directions(inputs[i], False):
        with forward_ad.dual_level():
            moved = list(inputs)
            moved[i] = forward_ad.make_dual(inputs[i].detach(), from_array(direction.copy()))
            tangents = []
            for y in _tuple(func(*moved)):
                if not isinstance(y, Tensor) or not (y.dtype.is_floating_point or y.dtype.is_complex):
                    continue
                primal, tangent = forward_ad.unpack_dual(y)
                tangents.append(
                    numpy.zeros(primal.numel()) if tangent is None else numpy.array(tangent.detach().array).reshape(-1)
                )
        rows = rows or [[] for _ in tangents]
        for row, tangent in zip(rows, tangents, strict=True):
            row.append(tangent)
    for o, row in enumerate(rows or []):
        _compare(numpy.stack(row), numerical[o], atol, rtol, o, i, "Jacobian computed with forward mode mismatch")


def _check_undefined(func, inputs, positions) -> None:
    """Each output alone, the others without gradient."""
    wanted = [inputs[i] for i in positions]
    outputs = _differentiable(_tuple(func(*inputs)))
    for o, y in enumerate(outputs):
        try:
            grad(y, wanted, [y.detach() * 0 + 1], retain_graph=True, allow_unused=True)
        except Exception as error:
            raise GradcheckError(
                "Expected backward function to handle undefined output grads. Please look at 'Notes about undefined "
                f"output gradients' in tools/autograd/derivatives.yaml: only output {o} had a gradient, and it raised "
                f"{error!r}"
            ) from error


def _check_batched(func, inputs, positions, atol, rtol) -> None:
    wanted = [inputs[i] for i in positions]
    for o, y in enumerate(_differentiable(_tuple(func(*inputs)))):
        stream = numpy.random.default_rng(2)
        cotangents = [_random_like(stream, y) for _ in range(2)]
        stacked = from_array(numpy.stack([v.array for v in cotangents]))
        batched = grad(y, wanted, [stacked], retain_graph=True, allow_unused=True, is_grads_batched=True)
        for n, v in enumerate(cotangents):
            for i, one, all_ in zip(
                positions, grad(y, wanted, [v], retain_graph=True, allow_unused=True), batched, strict=True
            ):
                if one is not None:
                    _compare(
                        all_.array[n].reshape(1, -1),
                        one.array.reshape(1, -1),
                        atol,
                        rtol,
                        o,
                        i,
                        "Batched gradient mismatch",
                    )
