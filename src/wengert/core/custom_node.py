"""A node whose pullback is Python code. `autograd.Function` makes its context object from it."""

import cython
from cython.cimports import numpy as cnp
from cython.cimports.wengert.core.node import Node, new_sequence, next_of, set_edge
from cython.cimports.wengert.core.operation import rebase
from cython.cimports.wengert.core.tensor import Tensor, bump, edge_of, refresh, wrap

from . import errors

cnp.import_array()


@cython.trashcan(True)
@cython.cclass
class CustomNode(Node):
    """Base of the nodes that users write.

    A subclass defines `pull_back(cotangents) -> sequence of gradients`, on tensors, one per input.
    """

    def connect(self, inputs: tuple) -> None:
        """Make edges to what the inputs were made from; anything that is no tensor gets none."""
        i: cython.int
        kinds = []
        self.number_of_inputs = len(inputs)
        for i in range(len(inputs)):
            if not isinstance(inputs[i], Tensor):
                kinds.append(None)
                continue
            x: Tensor = inputs[i]
            if x.view is not None:
                refresh(x)
            kinds.append((tuple(x.shape), x.array.dtype))
            if x.requires:
                set_edge(self, i, edge_of(x), x.output_number)
        self.input_kinds = tuple(kinds)
        self.sequence = new_sequence()
        self.record_place()

    def adopt(self, outputs: tuple, differentiable: tuple, dirty: tuple) -> None:
        """Become the history of the outputs for which `differentiable` is true; `dirty` ones were inputs, now
        changed."""
        i: cython.int
        for x in dirty:
            errors.check_history_may_change(x, x.requires_grad and x.is_leaf, self.name())
        self.number_of_outputs = len(outputs)
        self.output_kinds = tuple([
            (tuple(y.shape), y.array.dtype) if isinstance(y, Tensor) else None for y in outputs
        ])
        for i in range(len(outputs)):
            if not differentiable[i]:
                continue
            y: Tensor = outputs[i]
            if _among(y, dirty):
                bump(y, self.name())
                rebase(y, self, i)
            else:
                y.grad_node = self
                y.output_number = i
                y.requires = True

    def lend_history(self, y: Tensor, i: cython.int) -> None:
        """Make y, a saved copy of output i, a result of this node again."""
        y.grad_node = self
        y.output_number = i
        y.requires = True

    def needs(self, i: cython.int) -> bool:
        """Whether a gradient is wanted for input i."""
        return next_of(self, i) is not None

    def let_go(self) -> None:
        """Drop saved values; called once the pass that freed the graph is through with this node."""

    @cython.cfunc
    def release(self, freed_by) -> cython.void:
        self.freed_by = freed_by
        self.let_go()

    @cython.cfunc
    def pullback(self, cotangent, tensors: cython.bint):
        several: list = cotangent if isinstance(cotangent, list) else [cotangent]
        given = tuple([None if g is None else g if isinstance(g, Tensor) else wrap(g) for g in several])
        returned = self.pull_back(given)
        if not isinstance(returned, (tuple, list)):
            returned = (returned,)
        i: cython.int
        count: cython.int = self.number_of_inputs
        if len(returned) > count and all([g is None for g in returned[count:]]):
            returned = returned[:count]
        if len(returned) != count:
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients (expected {count}, got "
                f"{len(returned)}): its backward must return one value per argument of forward, None where there is no "
                "gradient"
            )
        gradients = []
        for i in range(count):
            g = returned[i]
            if g is None or next_of(self, i) is None:
                gradients.append(None)
                continue
            gradients.append(self.checked(i, g, tensors))
        return gradients

    def checked(self, i: cython.int, g, tensors: cython.bint):
        """A returned gradient in the shape and type of its input, or the error that says why not."""
        from .operation import _required

        if not isinstance(g, Tensor):
            raise TypeError(
                f"function {self.name()} returned a gradient of type {type(g).__name__} at index {i}, but a Tensor or "
                "None was expected"
            )
        shape, dtype = self.input_kinds[i]
        found = tuple(g.shape)
        if found != shape:
            if len(found) < len(shape) or not _reduces(found, shape):
                errors.wrong_gradient_shape(self, i, found, shape)
            g = _required["sum_to_size"](g, shape)
        if g.array.dtype != dtype:
            g = _required["cast"](g, dtype.num)
        return g if tensors else g.array

    def __call__(self, *cotangents):
        gradients = self.pullback(list(cotangents), True)
        return gradients[0] if len(gradients) == 1 else tuple(gradients)


def _reduces(found: tuple, shape: tuple) -> bool:
    """Whether a gradient of shape `found` can be summed to `shape`."""
    tail = found[len(found) - len(shape):]
    return all([size in (1, other) for size, other in zip(shape, tail, strict=False)])


def _among(y, tensors: tuple) -> bool:
    return any([y is x for x in tensors])
