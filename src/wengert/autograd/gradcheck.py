"""Checking derivatives against finite differences, and against one another.

Design
  A. Finite differences are compared with backward passes and, if asked for, with forward mode. Then come the laws that
     hold whatever the function is (`derivative_laws`).
  B. A function with complex outputs is checked as two real ones, the real and the imaginary part of its outputs. In
     forward mode the same is done to its inputs. A `Part` is one of these.
  C. Functions that are right to the last digit may be written so that a check of them fails: at points where there is
     no derivative, in single precision, and where entries of an input share their memory.
"""

import warnings

import numpy

from ..core import Tensor
from ..core.promotion import from_array
from .backward import grad
from .derivative_laws import GradcheckError, Laws, Part, differentiable
from .jacobians import Problem, as_tuple, close, is_inexact, random_direction, tolerance


def gradcheck(
    func, inputs, *, eps: float = 1e-06, atol: float = 1e-05, rtol: float = 0.001, raise_exception: bool = True,
    nondet_tol: float = 0.0, check_undefined_grad: bool = True, check_grad_dtypes: bool = False,
    check_batched_grad: bool = False, check_batched_forward_grad: bool = False, check_forward_ad: bool = False,
    check_backward_ad: bool = True, fast_mode: bool = False, masked: bool = None,
) -> bool:  # fmt: skip
    """Whether the derivatives of `func` at `inputs` agree with central finite differences.

    Args:
        func: function of tensors that returns a tensor or a tuple of them.
        inputs: a tensor or a tuple; those that require gradients are checked, and should be float64 or complex128.
        eps: step of the finite differences.
        atol, rtol: an entry may differ by atol + rtol |numerical|.
        raise_exception: raise when a check fails, rather than return False.
        nondet_tol: how much two backward passes of the same inputs may differ.
        check_undefined_grad: whether a missing gradient of an output must work and count as zero.
        check_grad_dtypes: whether gradients must have the dtypes of their inputs.
        check_batched_grad: whether a backward pass of several cotangents at once (`vmap`) must give what they give
            one by one.
        check_batched_forward_grad: the same of forward mode.
        check_forward_ad: whether forward mode is checked.
        check_backward_ad: whether reverse mode is checked.
        fast_mode: compare one random projection of rows and columns of each Jacobian, rather than every entry: two
            evaluations for an input and one backward pass for an output, whatever their sizes.
        masked: for sparse inputs, of which there are none here; accepted and without effect.

    Returns:
        True if every check passes; False if one does not, and `raise_exception` is false.

    Raises:
        GradcheckError: with the entry of the Jacobian that differs most, both values of it, and the operation and line
            that made the output.
        ValueError: no input requires a gradient.
        AttributeError: an output is no tensor.
        RuntimeError: an input with overlapping memory.
        AssertionError: options that contradict one another; an output that changes its shape or dtype.

    >>> import wengert as t
    >>> t.autograd.gradcheck(t.sin, t.rand(3, dtype=t.float64, requires_grad=True))
    True
    """
    if not (check_forward_ad or check_backward_ad):
        raise AssertionError("Expected at least one of check_forward_ad or check_backward_ad to be True")
    if check_batched_grad and not check_backward_ad:
        raise AssertionError("Setting check_batched_grad=True requires check_backward_ad to be True")
    if check_batched_forward_grad and not check_forward_ad:
        raise AssertionError("Setting check_batched_forward_grad=True requires check_forward_ad to be True")
    inputs = tuple([_writeable(x) for x in as_tuple(inputs)])
    check = _Check(func, inputs, eps, atol, rtol, nondet_tol, check_grad_dtypes, fast_mode)
    try:
        check.inputs_are_fit()
        check.evaluate()
        if check_backward_ad:
            check.compare_reverse()
        if check_forward_ad:
            check.compare_forward(check_undefined_grad)
        if check_batched_forward_grad:
            check.compare_batched_forward()
        if check_backward_ad:
            if check_batched_grad:
                check.compare_batched()
            check.zero_gives_zero()
            if check_undefined_grad:
                check.missing_gives_zero()
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

    The function that is checked maps the inputs and the cotangents of the outputs to the gradients of the inputs.

    Args:
        grad_outputs: cotangents of the outputs; random ones in [-1, 1) unless given.
        gen_non_contig_grad_outputs: whether the random ones have gaps in memory.
        check_fwd_over_rev: whether forward mode through the backward pass is checked.
        check_rev_over_rev: whether the backward pass of the backward pass is checked.
        Others as for `gradcheck`.

    Raises:
        As `gradcheck`; ValueError too if no output requires a gradient.

    >>> import wengert as t
    >>> t.autograd.gradgradcheck(t.sin, t.rand(3, dtype=t.float64, requires_grad=True))
    True
    """
    if not (check_fwd_over_rev or check_rev_over_rev):
        raise AssertionError("Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True")
    if check_undefined_grad and not check_rev_over_rev:
        raise AssertionError("Setting check_undefined_grad=True requires check_rev_over_rev to be True")
    if check_batched_grad and not check_rev_over_rev:
        raise AssertionError("Setting check_batched_grad=True requires check_rev_over_rev to be True")
    inputs = as_tuple(inputs)
    if grad_outputs is None:
        stream = numpy.random.default_rng(0)
        outputs = as_tuple(func(*inputs))
        grad_outputs = tuple([
            _random_cotangent(stream, outputs[o], gen_non_contig_grad_outputs) for o in differentiable(outputs)
        ])
    else:
        grad_outputs = as_tuple(grad_outputs)
    if not grad_outputs:
        raise ValueError("gradgradcheck expects at least one output to require gradient, but none of them does.")
    count = len(inputs)
    arguments = (*inputs, *grad_outputs)
    differentiated = [isinstance(x, Tensor) and x.requires_grad for x in arguments]

    def gradients(*given):
        # Forward mode passes duals of detached tensors.
        given = [x.requires_grad_() if wanted else x for x, wanted in zip(given, differentiated, strict=True)]
        outputs = as_tuple(func(*given[:count]))
        wanted = [x for x, marked in zip(given[:count], differentiated, strict=False) if marked]
        checked = [outputs[o] for o in differentiable(outputs)]
        found = grad(checked, wanted, given[count:], create_graph=True, allow_unused=True)
        return tuple([g for g in found if g is not None])

    return gradcheck(
        gradients, arguments, eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception, nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad, check_grad_dtypes=check_grad_dtypes,
        check_batched_grad=check_batched_grad, check_forward_ad=check_fwd_over_rev,
        check_backward_ad=check_rev_over_rev, fast_mode=fast_mode, masked=masked,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ the checks


class _Check(Laws):
    """One call of `gradcheck`: the function, what it returned, and the tolerances."""

    def __init__(self, func, inputs, eps, atol, rtol, nondet_tol, check_grad_dtypes, fast_mode):
        super().__init__(func, inputs)
        self.eps = eps
        self.atol = atol
        self.rtol = rtol
        self.nondet_tol = nondet_tol
        self.check_grad_dtypes = check_grad_dtypes
        self.fast_mode = fast_mode

    def inputs_are_fit(self) -> None:
        for i in self.sources:
            x = self.inputs[i]
            if x.array.dtype not in (numpy.float64, numpy.complex128):
                warnings.warn(
                    f"Input #{i} requires gradient and is not a double precision floating point or complex. This check "
                    "will likely fail if all the inputs are not of double precision floating point or complex. ",
                    UserWarning,
                    stacklevel=3,
                )
            if x.numel() and any([step == 0 and n > 1 for step, n in zip(x.array.strides, x.shape, strict=True)]):
                raise RuntimeError(
                    f"The {i}th input has a dimension with stride 0. gradcheck only supports inputs that are "
                    "non-overlapping to be able to compute the numerical gradients correctly. You should call "
                    f".contiguous on the input before passing it to gradcheck. It has shape {list(x.shape)} and "
                    f"strides {x.stride()}."
                )
        if not self.sources:
            raise ValueError(
                "gradcheck expects at least one input tensor to require gradient, but none of them have "
                "requires_grad=True."
            )

    # -------------------------------------------------------------------------------- Jacobians

    def compare_reverse(self) -> None:
        if not any([y.dtype.is_complex for y in self.outputs]):
            self.compare(Part(self.func, self.inputs), forward=False)
            return
        for part, take in (("imaginary", _imaginary_of), ("real", _real_of)):
            self.compare(
                Part(
                    lambda *given, take=take: tuple([take(y) for y in as_tuple(self.func(*given))]),
                    self.inputs,
                    f"While considering the {part} part of complex outputs only, ",
                ),
                forward=False,
            )

    def compare_forward(self, check_undefined_grad: bool) -> None:
        complex_ones = [i for i, x in enumerate(self.inputs) if isinstance(x, Tensor) and x.dtype.is_complex]
        if not complex_ones:
            parts = [Part(self.func, self.inputs)]
        else:

            def imaginary(*given):
                moved = list(given)
                for i in complex_ones:
                    moved[i] = self.inputs[i].real + given[i] * 1j
                return self.func(*moved)

            def real(*given):
                moved = list(given)
                for i in complex_ones:
                    moved[i] = given[i] + self.inputs[i].imag * 1j
                return self.func(*moved)

            prefix = "While considering the {} part of complex inputs only, "
            parts = [
                Part(imaginary, tuple([_imaginary_of(x) for x in self.inputs]), prefix.format("imaginary")),
                Part(real, tuple([_real_of(x) for x in self.inputs]), prefix.format("real")),
            ]
        for part in parts:
            self.compare(part, forward=True)
        if check_undefined_grad:
            for part in parts:
                self.missing_tangent_is_zero(part)

    def compare(self, part: Part, forward: bool) -> None:
        """Finite differences against one of the modes, by entries or by projections."""
        results = differentiable(part.outputs)
        if not results:
            self.numerical_is_zero(part)
            return
        problem = Problem(part.func, part.inputs, part.outputs, results, self.eps)
        if self.fast_mode:
            self.compare_projections(problem, part, forward)
            return
        numerical = {i: problem.numerical_jacobians(i) for i in problem.sources}
        if forward:
            for i in problem.sources:
                analytical = problem.forward_jacobians(i, self.tangent_is_fit)
                for o, found, expected in zip(results, analytical, numerical[i], strict=True):
                    self.jacobians_agree(part, o, i, found, expected, forward)
            return
        for place, o in enumerate(results):
            for i, found in zip(problem.sources, self.repeatable_jacobians(problem, o), strict=True):
                self.jacobians_agree(part, o, i, found, numerical[i][place], forward)

    def numerical_is_zero(self, part: Part) -> None:
        """Nothing that the function returns requires a gradient: then nothing may depend on the inputs."""
        results = [o for o, y in enumerate(part.outputs) if is_inexact(y)]
        problem = Problem(part.func, part.inputs, part.outputs, results, self.eps)
        for i in problem.sources:
            for o, jacobian in zip(results, problem.numerical_jacobians(i), strict=True):
                moving = numpy.argwhere(jacobian != 0)
                if len(moving):
                    row, column = moving[0]
                    raise GradcheckError(
                        "Numerical gradient for function expected to be zero\n"
                        f"  Output {o} requires no gradient, but its entry {_entry(column, part.outputs[o])} depends "
                        f"on entry {_entry(row, part.inputs[i])} of input {i}: numerical {jacobian[row, column]}, "
                        "analytical 0. Something cuts it off from the graph: detach(), no_grad() or NumPy, say."
                    )

    def repeatable_jacobians(self, problem: Problem, o: int) -> list:
        """The Jacobians of output o by backward passes, after they were found to be the same twice."""
        first = problem.reverse_jacobians(o, self.gradient_is_fit)
        second = problem.reverse_jacobians(o)
        for i, a, b in zip(problem.sources, first, second, strict=True):
            self.is_repeatable(o, i, a, b)
        return first

    def compare_projections(self, problem: Problem, part: Part, forward: bool) -> None:
        stream = numpy.random.default_rng(0)
        us: dict = {}
        for i in problem.sources:
            u = random_direction(stream, part.inputs[i])
            us[i] = (u, random_direction(stream, part.inputs[i])) if part.inputs[i].dtype.is_complex else u
        if forward:
            for i, u in us.items():
                found = problem.forward_products(i, u, self.tangent_is_fit)
                expected = problem.numerical_products(i, u)
                for o, a, n in zip(problem.results, found, expected, strict=True):
                    if not numpy.all(close(a, n, tolerance(self.atol, u, None), self.rtol)):
                        self.projections_differ(problem, part, o, i, a, n, forward)
            return
        numerical = {i: problem.numerical_products(i, u) for i, u in us.items()}
        for place, o in enumerate(problem.results):
            v = random_direction(stream, part.outputs[o])
            cotangent = v.astype(part.outputs[o].array.dtype)
            first = problem.reverse_products(o, cotangent)
            second = problem.reverse_products(o, cotangent)
            for i, g, again in zip(problem.sources, first, second, strict=True):
                u = us[i]
                a = 0.0
                if g is not None:
                    self.gradient_is_fit(i, g)
                    self.is_repeatable(o, i, g.detach().array, again.detach().array)
                    values = g.detach().array
                    a = (
                        numpy.sum(values.real * u[0]) + 1j * numpy.sum(values.imag * u[1])
                        if isinstance(u, tuple)
                        else numpy.sum(values * u)
                    )
                with numpy.errstate(invalid="ignore"):
                    n = numpy.sum(v.reshape(-1) * numerical[i][place])
                if not numpy.all(close(a, n, tolerance(self.atol, u, v), self.rtol)):
                    self.projections_differ(problem, part, o, i, a, n, forward)

    # -------------------------------------------------------------------------------- one gradient

    def gradient_is_fit(self, i: int, g: Tensor) -> None:
        x = self.inputs[i]
        if self.check_grad_dtypes and g.dtype is not x.dtype:
            raise GradcheckError(f"Gradient has dtype mismatch: input {i} is {x.dtype}, its gradient {g.dtype}")
        if tuple(g.shape) != tuple(x.shape):
            raise GradcheckError(
                f"Analytical gradient has incorrect size: input {i} has shape {list(x.shape)}, its gradient "
                f"{list(g.shape)}"
            )

    def tangent_is_fit(self, o: int, value: Tensor, tangent: Tensor) -> None:
        if self.check_grad_dtypes and value.dtype.is_complex != tangent.dtype.is_complex:
            raise GradcheckError(
                f"Forward AD gradient has dtype mismatch. Output {o} is {value.dtype}, its tangent {tangent.dtype}. "
                f"{self.made_by(o)}"
            )

    def is_repeatable(self, o: int, i: int, first, second) -> None:
        difference = numpy.abs(first - second)
        if not difference.size or not numpy.any(difference > self.nondet_tol):
            return
        place = numpy.unravel_index(numpy.argmax(difference), difference.shape)
        raise GradcheckError(
            "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times gives "
            "different values, although analytical gradient matches numerical gradient.The tolerance for "
            f"nondeterminism was {self.nondet_tol}.\n"
            f"  The gradient of output {o} with respect to input {i} was {first[place]} and then {second[place]}. "
            f"{self.made_by(o)} If that is expected, give nondet_tol."
        )

    # -------------------------------------------------------------------------------- messages

    def jacobians_agree(self, part: Part, o: int, i: int, analytical, numerical, forward: bool) -> None:
        same = close(analytical, numerical, self.atol, self.rtol)
        if numpy.all(same):
            return
        raise GradcheckError(
            _mismatch(part.prefix, o, i, numerical, analytical, forward)
            + self.worst_entry(part, o, i, analytical, numerical, same)
        )

    def worst_entry(self, part: Part, o: int, i: int, analytical, numerical, same) -> str:
        """A sentence on the entry of two Jacobians that differs most."""
        with numpy.errstate(invalid="ignore"):
            error = numpy.nan_to_num(numpy.abs(analytical - numerical), nan=numpy.inf)
        row, column = numpy.unravel_index(numpy.argmax(numpy.where(same, -1, error)), error.shape)
        return (
            f"  Worst is entry [{row}, {column}], the derivative of entry {_entry(column, part.outputs[o])} of output "
            f"{o} with respect to entry {_entry(row, part.inputs[i])} of input {i}: numerical "
            f"{numerical[row, column]}, analytical {analytical[row, column]}. {int(numpy.sum(~same))} of {same.size} "
            f"entries differ by more than atol + rtol * |numerical| (atol={self.atol}, rtol={self.rtol}).\n"
            f"  {self.made_by(o)}"
        )

    def projections_differ(self, problem: Problem, part: Part, o: int, i: int, analytical, numerical, forward: bool):
        """Raise for two projections that differ, with the whole Jacobians, which say where."""
        place = problem.results.index(o)
        whole_numerical = problem.numerical_jacobians(i)[place]
        if forward:
            whole = problem.forward_jacobians(i)[place]
        else:
            whole = problem.reverse_jacobians(o)[problem.sources.index(i)]
        same = close(whole, whole_numerical, self.atol, self.rtol)
        message = _mismatch(part.prefix, o, i, numerical, analytical, forward) + (
            "\nThe above quantities relating the numerical and analytical jacobians are computed \n"
            "in fast mode. See: https://github.com/pytorch/pytorch/issues/53876 for more background \n"
            "about fast mode. Below, we recompute numerical and analytical jacobians in slow mode:\n\n"
            f"Numerical:\n {from_array(whole_numerical)}\nAnalytical:\n{from_array(whole)}\n\n"
            f"The max per-element difference (slow mode) is: {numpy.max(numpy.abs(whole - whole_numerical))}.\n"
        )
        if numpy.all(same):
            message += (
                "Fast gradcheck failed but element-wise differences are small. This means that the test might've "
                f"passed in slow_mode!\n  {self.made_by(o)}"
            )
        else:
            message += self.worst_entry(part, o, i, whole, whole_numerical, same)
        raise GradcheckError(message)


# ------------------------------------------------------------------------------------------------ the parts


def _writeable(x):
    """x, or a leaf of its own where NumPy marks its memory as read-only: finite differences move it in place."""
    if isinstance(x, Tensor) and x.requires_grad and not x.array.flags.writeable:
        return x.detach().clone().requires_grad_()
    return x


def _real_of(x):
    return x.real if isinstance(x, Tensor) and x.dtype.is_complex else x


def _imaginary_of(x):
    return x.imag if isinstance(x, Tensor) and x.dtype.is_complex else x


def _random_cotangent(stream, y: Tensor, spaced: bool) -> Tensor:
    """A cotangent for y in [-1, 1) that requires a gradient; `spaced`: with gaps in memory."""
    shape = (*y.shape, 2) if spaced else tuple(y.shape)
    values = stream.uniform(-1, 1, shape)
    if y.dtype.is_complex:
        values = values + 1j * stream.uniform(-1, 1, shape)
    array = numpy.asarray(values, dtype=y.array.dtype)
    return from_array(array[..., 0] if spaced else array).requires_grad_()


def _entry(flat, x: Tensor) -> list:
    return [int(k) for k in numpy.unravel_index(flat, tuple(x.shape))] if x.ndim else []


def _mismatch(prefix: str, o: int, i: int, numerical, analytical, forward: bool) -> str:
    mode = "computed with forward mode " if forward else ""
    shown = [from_array(x) if isinstance(x, numpy.ndarray) else x for x in (numerical, analytical)]
    return (
        f"{prefix}Jacobian {mode}mismatch for output {o} with respect to input {i},\n"
        f"numerical:{shown[0]}\nanalytical:{shown[1]}\n"
    )
