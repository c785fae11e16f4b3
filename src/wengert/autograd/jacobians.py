"""Jacobians by finite differences, by reverse mode and by forward mode, for `gradcheck` to compare.

Design
  A. A Jacobian has a row per entry of the input and a column per entry of the output, as PyTorch's gradcheck lays it
     out. Between a real input and a real output it is what the name says. Of a complex input x + iy and a real output s
     it is ds/dx + i ds/dy, which is the gradient by the conjugate Wirtinger convention; complex outputs are taken apart
     into real ones before they get here (forward mode: complex inputs), see `gradcheck`.
  B. Finite differences are central, (f(x + h) - f(x - h)) / 2h: an error of O(h^2) from the third derivative and of
     O(precision / h) from rounding. The input is moved in place, behind the back of its version counter, so that a
     function which reaches it another way than by its argument sees it move too.
  C. `u` is a direction of the input and `v` one of the output. The fast mode compares v^T (J u), one finite difference,
     with (v^T J) u, one backward pass, instead of every entry.
"""

import itertools

import numpy

from ..core import Tensor
from ..core.promotion import from_array
from . import forward_ad
from .backward import grad


def as_tuple(x) -> tuple:
    return tuple(x) if isinstance(x, (tuple, list)) else (x,)


def is_inexact(x) -> bool:
    """Whether x is a tensor of a floating point or complex type."""
    return isinstance(x, Tensor) and (x.dtype.is_floating_point or x.dtype.is_complex)


class Problem:
    """A function at its inputs, and what is differentiated.

    Attributes:
        func: function of tensors.
        inputs: its arguments.
        sources: positions of the inputs that require gradients.
        outputs: what `func` returned, a tuple.
        results: positions of the outputs whose derivatives are compared.
        eps: step of the finite differences.
    """

    def __init__(self, func, inputs: tuple, outputs: tuple, results: list, eps: float):
        self.func = func
        self.inputs = inputs
        self.sources = [i for i, x in enumerate(inputs) if isinstance(x, Tensor) and x.requires_grad]
        self.outputs = outputs
        self.results = results
        self.eps = eps

    # -------------------------------------------------------------------------------- finite differences

    def _values(self) -> list:
        """Copies of the compared outputs (an output may share its memory with the input that is being moved)."""
        outputs = as_tuple(self.func(*self.inputs))
        if len(outputs) < len(self.outputs):
            raise AssertionError(
                "Expected `func` to return the same number of outputs when inputs are perturbed, but got: "
                f"{len(self.outputs)} and {len(outputs)}."
            )
        return [numpy.array(outputs[o].detach().array) for o in self.results]

    def _difference(self, i: int, place, step, index=None) -> list:
        """(f(x + step) - f(x - step)) / 2 eps, flat, for each result; `step` is added at `place` of input i."""
        memory = self.inputs[i].array
        before = memory[place].copy()
        try:
            memory[place] = before - step
            low = self._values()
            memory[place] = before + step
            high = self._values()
        finally:
            memory[place] = before
        on_index = "" if index is None else f"on index {index} "
        for a, b in zip(low, high, strict=True):
            for what, found in (("shape", (a.shape, b.shape)), ("dtype", (a.dtype, b.dtype))):
                if found[0] != found[1]:
                    raise AssertionError(
                        f"Expected `func` to return outputs with the same {what} when inputs are perturbed {on_index}"
                        f"by {self.eps}, but got: {what}s {found[0]} and {found[1]}."
                    )
        with numpy.errstate(invalid="ignore"):
            return [((b - a) / (2 * self.eps)).reshape(-1) for a, b in zip(low, high, strict=True)]

    def numerical_jacobians(self, i: int) -> list:
        """For each result its Jacobian with respect to input i."""
        x = self.inputs[i]
        jacobians = [
            numpy.zeros(
                (x.numel(), self.outputs[o].numel()),
                numpy.result_type(x.array.dtype, self.outputs[o].array.dtype, numpy.float64),
            )
            for o in self.results
        ]
        for row, index in enumerate(itertools.product(*[range(n) for n in x.shape])):
            differences = self._difference(i, index, self.eps, index)
            if x.dtype.is_complex:
                imaginary = self._difference(i, index, 1j * self.eps, index)
                differences = [real + 1j * imag for real, imag in zip(differences, imaginary, strict=True)]
            for jacobian, difference in zip(jacobians, differences, strict=True):
                jacobian[row] = difference
        return jacobians

    def numerical_products(self, i: int, u) -> list:
        """J u for each result, in the direction u of input i (of a complex input, a pair: ds/dx ur + i ds/dy ui)."""
        if isinstance(u, tuple):
            real = self._difference(i, ..., self.eps * u[0])
            imaginary = self._difference(i, ..., 1j * self.eps * u[1])
            return [a + 1j * b for a, b in zip(real, imaginary, strict=True)]
        return self._difference(i, ..., self.eps * u)

    # -------------------------------------------------------------------------------- reverse mode

    def reverse_products(self, o: int, v) -> tuple:
        """v^T J for each input that requires a gradient: the gradients by a backward pass, None where there is none."""
        wanted = [self.inputs[i] for i in self.sources]
        return grad(self.outputs[o], wanted, from_array(v), retain_graph=True, allow_unused=True)

    def reverse_jacobians(self, o: int, seen=None) -> list:
        """For each input that requires a gradient, the Jacobian of output o by one backward pass per entry of it.

        `seen(input position, gradient)` is called with every gradient.
        """
        y = self.outputs[o]
        jacobians = [
            numpy.zeros((self.inputs[i].numel(), y.numel()), numpy.result_type(self.inputs[i].array, numpy.float64))
            for i in self.sources
        ]
        for column in range(y.numel()):
            v = numpy.zeros(y.numel(), y.array.dtype)
            v[column] = 1
            found = self.reverse_products(o, v.reshape(tuple(y.shape)))
            for i, jacobian, g in zip(self.sources, jacobians, found, strict=True):
                if g is None:
                    continue
                if seen is not None:
                    seen(i, g)
                jacobian[:, column] = g.detach().array.reshape(-1)
        return jacobians

    # -------------------------------------------------------------------------------- forward mode

    def forward_products(self, i: int, u, seen=None) -> list:
        """J u for each result, by forward mode; the other inputs have tangents of zero."""
        with forward_ad.dual_level():
            moved = list(self.inputs)
            for k in self.sources:
                x = self.inputs[k].detach()
                tangent = u.astype(x.array.dtype) if k == i else numpy.zeros(tuple(x.shape), x.array.dtype)
                moved[k] = forward_ad.make_dual(x, from_array(tangent))
            outputs = as_tuple(self.func(*moved))
            products = []
            for o in self.results:
                value, tangent = forward_ad.unpack_dual(outputs[o])
                if tangent is None:
                    products.append(numpy.zeros(value.numel(), value.array.dtype))
                    continue
                if seen is not None:
                    seen(o, value, tangent)
                products.append(numpy.array(tangent.detach().array).reshape(-1))
        return products

    def forward_jacobians(self, i: int, seen=None) -> list:
        """For each result its Jacobian with respect to input i, by one evaluation per entry of that."""
        x = self.inputs[i]
        jacobians = [
            numpy.zeros((x.numel(), self.outputs[o].numel()), numpy.result_type(self.outputs[o].array, numpy.float64))
            for o in self.results
        ]
        for row in range(x.numel()):
            u = numpy.zeros(x.numel())
            u[row] = 1
            for jacobian, product in zip(jacobians, self.forward_products(i, u.reshape(x.shape), seen), strict=True):
                jacobian[row] = product
        return jacobians


def random_direction(stream, x: Tensor) -> numpy.ndarray:
    """A real direction of the shape of x, of length 1, with entries >= 0 (which keeps `tolerance` below simple)."""
    direction = stream.random(tuple(x.shape))
    length = numpy.sqrt(numpy.sum(direction**2))
    return direction / length if length else direction


def tolerance(atol: float, u, v) -> float:
    """What an absolute tolerance of every entry of J becomes for v^T J u: the sum of |v_m| atol |u_n| over all."""
    total = float(u[0].sum() + u[1].sum()) if isinstance(u, tuple) else float(u.sum())
    return atol * total * (1.0 if v is None else float(v.sum()))


def close(found, expected, atol: float, rtol: float) -> numpy.ndarray:
    """Entry by entry, |found - expected| <= atol + rtol |expected|; infinities of one sign are close, NaN never is."""
    with numpy.errstate(invalid="ignore"):
        return (found == expected) | (
            numpy.isfinite(expected) & (numpy.abs(found - expected) <= atol + rtol * numpy.abs(expected))
        )
