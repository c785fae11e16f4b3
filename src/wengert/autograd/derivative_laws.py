"""What every derivative must do, whatever the function: the part of `gradcheck` that needs no finite differences.

A backward pass is linear, so a cotangent of 0 gives 0, and one that is missing counts as 0; forward mode has the same
laws for tangents; and both give the same under `vmap` as one by one.
"""

import warnings

import numpy

from ..core import Tensor
from ..core.custom_node import CustomNode
from ..core.errors import at
from ..core.promotion import from_array
from . import forward_ad
from .backward import grad
from .jacobians import Problem, as_tuple, close, is_inexact, random_direction


class GradcheckError(RuntimeError):
    """A derivative differs from its finite difference, or from what every derivative must be.

    >>> import wengert as t
    >>> class Wrong(t.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         return 2 * x
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         return 3 * g
    >>> try:
    ...     t.autograd.gradcheck(Wrong.apply, t.ones(1, dtype=t.float64, requires_grad=True))
    ... except t.autograd.GradcheckError as error:
    ...     print(str(error).splitlines()[0])
    Jacobian mismatch for output 0 with respect to input 0,
    """


class Part:
    """A function whose complex outputs (or inputs) were replaced by their real or imaginary part."""

    def __init__(self, func, inputs: tuple, prefix: str = ""):
        self.func = func
        self.inputs = inputs
        self.outputs = as_tuple(func(*inputs))
        self.prefix = prefix


class Laws:
    """A function at its inputs, and the laws of its derivatives there, each a method that raises GradcheckError.

    Attributes:
        func: function of tensors.
        inputs: its arguments.
        sources: positions of the inputs that require gradients; `wanted` are those inputs.
        outputs: what it returned, a tuple.
        results: positions of the outputs that require gradients.
    """

    def __init__(self, func, inputs: tuple):
        self.func = func
        self.inputs = inputs
        self.sources = [i for i, x in enumerate(inputs) if isinstance(x, Tensor) and x.requires_grad]
        self.wanted = [inputs[i] for i in self.sources]

    def evaluate(self) -> None:
        self.outputs = as_tuple(self.func(*self.inputs))
        for o, y in enumerate(self.outputs):
            if not isinstance(y, Tensor):
                raise AttributeError(
                    f"{type(y).__name__!r} object has no attribute 'requires_grad': output {o} of the checked function "
                    "is no tensor. Wrap the function in one that returns its tensors only."
                )
        self.results = differentiable(self.outputs)

    def made_by(self, o: int) -> str:
        """The operation and line that made output o."""
        node = self.outputs[o].grad_fn
        if node is None:
            return f"Output {o} is a leaf." if self.outputs[o].requires_grad else f"Output {o} has no history."
        return f"Output {o} was made by {node.name()}{at(node.where)}."

    # -------------------------------------------------------------------------------- under vmap

    def compare_batched(self) -> None:
        """A backward pass of two cotangents at once against two passes."""
        stream = numpy.random.default_rng(2)
        for o in self.results:
            y = self.outputs[o]

            def pull(v, y=y):
                found = grad(y, self.wanted, v, retain_graph=True, allow_unused=True)
                return tuple([
                    from_array(numpy.zeros(tuple(x.shape), x.array.dtype)) if g is None else g
                    for x, g in zip(self.wanted, found, strict=True)
                ])

            vectors = [_random_like(stream, y) for _ in range(2)]
            expected = [pull(v) for v in vectors]
            found = _at_once(pull, vectors, "batched gradients", self.made_by(o))
            for place, i in enumerate(self.sources):
                self.batches_agree(o, i, found[place], [one[place] for one in expected], "batched gradient")

    def compare_batched_forward(self) -> None:
        """Forward mode on two tangents at once against two evaluations."""
        stream = numpy.random.default_rng(2)
        for i in self.sources:
            x = self.inputs[i]
            results = [o for o, y in enumerate(self.outputs) if is_inexact(y)]

            def push(tangent, i=i, x=x, results=results):
                with forward_ad.dual_level():
                    given = [y.detach() if isinstance(y, Tensor) else y for y in self.inputs]
                    given[i] = forward_ad.make_dual(x.detach(), tangent)
                    outputs = as_tuple(self.func(*given))
                    pairs = [forward_ad.unpack_dual(outputs[o]) for o in results]
                    return tuple([
                        from_array(numpy.zeros(tuple(value.shape), value.array.dtype)) if tangent is None else tangent
                        for value, tangent in pairs
                    ])

            tangents = [_random_like(stream, x) for _ in range(2)]
            expected = [push(tangent) for tangent in tangents]
            found = _at_once(push, tangents, "batched forward gradients", f"It was along two tangents of input {i}.")
            for place, o in enumerate(results):
                self.batches_agree(o, i, found[place], [one[place] for one in expected], "batched forward gradient")

    def batches_agree(self, o: int, i: int, found: Tensor, expected: list, what: str) -> None:
        a = found.detach().array
        b = numpy.stack([one.detach().array for one in expected])
        same = close(a, b, 1e-8, 1e-5)
        if numpy.all(same):
            return
        place = tuple([int(k) for k in numpy.argwhere(~same)[0]])
        raise GradcheckError(
            f"For output {o} and input {i}:\n\n"
            f"gradcheck or gradgradcheck failed while testing {what} computation.\n\n"
            f"Got:\n{from_array(a)}\n\nExpected:\n{from_array(b)}\n"
            f"  Entry {list(place[1:])} of vector {place[0]} is {a[place]} under vmap and {b[place]} alone. "
            f"{self.made_by(o)}"
        )

    # -------------------------------------------------------------------------------- no gradient, no result

    def zero_gives_zero(self) -> None:
        """A backward pass is linear: of a cotangent of 0 it makes 0."""
        outputs = [self.outputs[o] for o in self.results]
        if not outputs:
            return
        found = grad(outputs, self.wanted, [_zeros_like(y) for y in outputs], allow_unused=True)
        for i, x, g in zip(self.sources, self.wanted, found, strict=True):
            if g is None:
                continue
            if not numpy.all(g.detach().array == 0):
                raise GradcheckError(
                    f"backward not multiplied by grad_output\n  Gradients of 0 for all outputs gave input {i} a "
                    f"gradient that is not 0,\n{g.detach()}\n  " + " ".join([self.made_by(o) for o in self.results])
                )
            if g.dtype is not x.dtype:
                raise GradcheckError(f"grad is incorrect type: input {i} is {x.dtype}, its gradient {g.dtype}")

    def missing_gives_zero(self) -> None:
        """An output that no gradient reached counts as one with a gradient of 0: all of them, and each in turn."""
        count = len(self.results)
        for missing in ([set(range(count))] + [{k} for k in range(count)] if count > 1 else [set(range(count))]):
            found = as_tuple(self.func(*self.inputs))
            outputs = [found[o] for o in differentiable(found)]
            outputs = [_without_gradient(y) if k in missing else y for k, y in enumerate(outputs)]
            if not outputs:
                return
            which = "every output" if len(missing) == count else f"output {self.results[min(missing)]}"
            makers = " ".join([self.made_by(self.results[k]) for k in sorted(missing)])
            try:
                gradients = grad(outputs, self.wanted, [_zeros_like(y) for y in outputs], allow_unused=True)
            except RuntimeError as error:
                raise GradcheckError(
                    "Expected backward function to handle undefined output grads. Please look at \"Notes about "
                    'undefined output gradients" in "tools/autograd/derivatives.yaml"\n'
                    f"  Without a gradient for {which} it raised {error!r}. {makers} A backward that takes None must "
                    "count it as zeros (check_undefined_grad=False skips this)."
                ) from error
            for i, g in zip(self.sources, gradients, strict=True):
                if g is not None and not numpy.all(g.detach().array == 0):
                    raise GradcheckError(
                        "Expected all input grads to be undefined or zero when all output grads are undefined or zero. "
                        'Please look at "Notes about undefined output gradients" in "tools/autograd/derivatives.yaml"\n'
                        f"  Without a gradient for {which}, input {i} got one that is not 0. {makers}"
                    )

    def missing_tangent_is_zero(self, part: Part) -> None:
        """An input without tangent counts as one with a tangent of 0, in turn, while the others have tangents."""
        problem = Problem(part.func, part.inputs, part.outputs, [], 0.0)
        stream = numpy.random.default_rng(1)
        us = {i: random_direction(stream, part.inputs[i]) for i in problem.sources}
        results = [o for o, y in enumerate(part.outputs) if is_inexact(y)]

        def tangents(without: int, zero: bool) -> list:
            given = list(part.inputs)
            for i in problem.sources:
                x = part.inputs[i].detach()
                u = us[i].astype(x.array.dtype)
                if i != without:
                    given[i] = forward_ad.make_dual(x, from_array(u))
                else:
                    given[i] = forward_ad.make_dual(x, from_array(numpy.zeros_like(u))) if zero else x
            outputs = as_tuple(part.func(*given))
            return [forward_ad.unpack_dual(outputs[o])[1] for o in results]

        for i in problem.sources:
            with forward_ad.dual_level():
                for o, a, b in zip(results, tangents(i, True), tangents(i, False), strict=True):
                    if a is None or b is None:
                        continue
                    a, b = a.detach().array, b.detach().array
                    if not numpy.all(close(a, b, 1e-8, 1e-5)):
                        raise GradcheckError(
                            f"Mismatch in tangent values for output with index: {o} when input: {i} has an undefined "
                            f"tangent value.  Got: {from_array(a)} but expected: {from_array(b)}\n  {self.made_by(o)}"
                        )


# ------------------------------------------------------------------------------------------------ the parts


class _NoGradient(CustomNode):
    """Passes a value on, and no gradient back."""

    def pull_back(self, cotangents: tuple):
        return (None,)


def _without_gradient(y: Tensor) -> Tensor:
    """y, with a history that no gradient comes through."""
    node = _NoGradient()
    node.connect((y,))
    result = y.detach()
    node.adopt((result,), (True,), ())
    return result


def differentiable(outputs: tuple) -> list:
    """Positions of the outputs that require gradients."""
    return [o for o, y in enumerate(outputs) if isinstance(y, Tensor) and y.requires_grad]


def _zeros_like(y: Tensor) -> Tensor:
    return from_array(numpy.zeros(tuple(y.shape), y.array.dtype))


def _random_like(stream, y: Tensor) -> Tensor:
    values = stream.standard_normal(tuple(y.shape))
    if y.dtype.is_complex:
        values = values + 1j * stream.standard_normal(tuple(y.shape))
    return from_array(numpy.asarray(values, dtype=y.array.dtype))


def _at_once(function, vectors: list, what: str, whose: str) -> tuple:
    """`function` of all vectors in one call under vmap; GradcheckError where that does not work."""
    from ..func.vectorize import plain_vmap

    with warnings.catch_warnings():
        # An operation without a batching rule says that it is done in a loop.
        warnings.simplefilter("ignore")
        try:
            return plain_vmap(function)(from_array(numpy.stack([v.array for v in vectors])))
        except RuntimeError as error:
            raise GradcheckError(f"While computing {what}, got: {error}\n  {whose}") from error
