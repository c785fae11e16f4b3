"""A node whose pullback is Python code. `autograd.Function` makes its context object from it."""

import cython
from cython.cimports import numpy as cnp
from cython.cimports.wengert.core.modes import modes
from cython.cimports.wengert.core.node import Node, new_sequence, next_of, set_edge
from cython.cimports.wengert.core.provenance import locate
from cython.cimports.wengert.core.recording import is_inexact, rebase
from cython.cimports.wengert.core.tensor import Tensor, View, alias, bump, edge_of, memory_of, refresh, wrap

from . import dtypes, errors
from . import saved as _saved
from .node import node_name, node_place

cnp.import_array()


@cython.final
@cython.binding(False)
@cython.cclass
class Kept:
    """A tensor that a Function saved, with the version of its memory.

    An output is kept without its history, which would make a cycle, and given it back when it is read. What went
    through saved-tensor hooks is given back the place in the graph that the tensor had.
    """

    def unpack(self, node: Node) -> Tensor:
        """The tensor as the backward pass sees it; RuntimeError if it was changed in place."""
        x: Tensor
        if not isinstance(self.content, Tensor):
            x = self.content.unpack(node)
            if self.number >= 0:
                return with_history(x, node, self.number)
            return x if self.place is None else with_history(x, self.place, self.place_number)
        x = self.content
        if self.version >= 0 and x.memory is not None and x.memory.version != self.version:
            if self.number >= 0:
                errors.changed(node, None, x.memory, self.version, "out")
            errors.changed(node, x, x.memory, self.version, "in save_for_backward")
        return with_history(x, node, self.number) if self.number >= 0 else x

    def pack(self, form) -> None:
        """Keep `form` in place of the tensor."""
        if self.number < 0:
            x: Tensor = self.content
            if x.view is not None:
                refresh(x)
            self.place = edge_of(x)
            self.place_number = x.output_number
        self.content = form


def keep(node: CustomNode, x: Tensor, number: cython.int) -> Kept:
    """Save x for a node, of which it is output `number` (-1 if it is none)."""
    state = modes()
    if x.inference and not state.inference:
        errors.inference_tensor_saved(node)
    kept: Kept = Kept.__new__(Kept)
    kept.number = number
    kept.content = x if number < 0 else alias(x)
    kept.version = -1 if x.inference else 0 if x.memory is None else x.memory.version
    if state.saved_hooks:
        form = _saved.pack(kept.content)
        if form is not kept.content:
            kept.pack(form)
    return kept


@cython.trashcan(True)
@cython.binding(False)
@cython.cclass
class CustomNode(Node):
    """Base of the nodes that users write.

    A subclass defines `pull_back(cotangents) -> sequence of gradients`, on tensors, one per argument.
    """

    def connect(self, arguments: tuple, wanted: tuple = None) -> None:
        """Make edges to what the tensors among the arguments were made from.

        `wanted` says for each argument whether a gradient may flow to it; None leaves that to the tensor.
        """
        i: cython.int
        kinds = []
        positions = []
        self.number_of_arguments = len(arguments)
        for i in range(len(arguments)):
            if not isinstance(arguments[i], Tensor):
                continue
            x: Tensor = arguments[i]
            if x.view is not None:
                refresh(x)
            if x.requires and (wanted is None or wanted[i]):
                set_edge(self, len(positions), edge_of(x), x.output_number)
                kinds.append(kind_of(x))
            else:
                kinds.append(None)
            positions.append(i)
        self.input_kinds = tuple(kinds)
        self.tensor_positions = tuple(positions)
        self.number_of_inputs = len(positions)
        self.sequence = new_sequence()
        self.record_place()

    def adopt(self, outputs: tuple, differentiable: tuple, dirty: tuple) -> None:
        """Become the history of the outputs for which `differentiable` is true; `dirty` ones were inputs, now
        changed."""
        i: cython.int
        self.number_of_outputs = len(outputs)
        self.output_kinds = tuple([kind_of(one) if isinstance(one, Tensor) else None for one in outputs])
        for i in range(len(outputs)):
            if not differentiable[i]:
                continue
            y: Tensor = outputs[i]
            if _among(y, dirty):
                self.check_may_be_changed(y)
                rebase(y, self, i)
            else:
                self.become_history_of(y, i)
                if y.view is not None:
                    y.view.version = y.memory.version

    def adopt_ordinary(self, output: Tensor) -> bool:
        """`adopt` for the one result of a call, a new tensor outside of any level; False if it has no derivative."""
        self.number_of_outputs = 1
        self.output_kinds = (kind_of(output),)
        array: cnp.ndarray = output.array
        if not is_inexact(array):
            return False
        self.become_history_of(output, 0)
        return True

    @cython.cfunc
    @cython.exceptval(check=True)
    def check_may_be_changed(self, changed) -> cython.void:
        """RuntimeError if a tensor that was changed in place cannot be given another history."""
        x: Tensor = changed
        is_leaf: cython.bint = x.grad_node is None and x.requires
        if is_leaf and x.view is None:
            raise RuntimeError(
                "a leaf Variable that requires grad has been used in an in-place operation.\n"
                f"  {node_name(self)}, recorded{errors.at(node_place(self))}, marked it as dirty: its forward has "
                "changed a leaf whose gradient is asked for. Call it under no_grad() or on a clone()."
            )
        if x.view is not None and self.number_of_outputs > 1:
            raise RuntimeError(
                "If your Function modifies inplace an input that is a view of another Tensor, your Function cannot "
                "return more than one Tensor. This is not supported by the current autograd engine. You should either "
                "make sure the input is not a view (using .clone() for example) or make your Function only return one "
                "Tensor (potentially splitting it into two Functions: one doing the inplace that returns a single "
                "Tensor and a second one that does the other operations).\n"
                f"  {node_name(self)}, recorded{errors.at(node_place(self))}, returned {self.number_of_outputs} values."
            )
        errors.check_history_may_change(x, is_leaf, node_name(self))

    @cython.cfunc
    def become_history_of(self, result, i: cython.int) -> cython.void:
        """Make a tensor this node's output i."""
        y: Tensor = result
        y.grad_node = self
        y.output_number = i
        y.requires = True

    def mark_changed(self, tensors: tuple) -> None:
        """Count an in-place change of each of the tensors."""
        x: Tensor
        for x in tensors:
            if x.view is not None and not x.requires and x.view.base.requires and modes().grad_enabled:
                # A view made under no_grad requires no gradient itself; a change of it is one of its base all the same.
                errors.check_history_may_change(x, False, node_name(self))
            bump(x, node_name(self))

    def let_go(self) -> None:
        """Drop saved values; called once the pass that freed the graph is through with this node."""

    @cython.cfunc
    def runs_without_cotangent(self) -> cython.bint:
        return True

    @cython.cfunc
    def release(self, freed_by) -> cython.void:
        self.freed_by = freed_by
        self.freed = True
        type(self).let_go(self)

    @cython.cfunc
    def pullback(self, cotangent, tensors: cython.bint):
        several: list
        if isinstance(cotangent, list):
            several = cotangent
        elif cotangent is None:
            several = [None] * self.number_of_outputs
        else:
            several = [cotangent]
        given = tuple([None if g is None else g if isinstance(g, Tensor) else wrap(g) for g in several])
        returned = type(self).pull_back(self, given)
        if not isinstance(returned, tuple):
            returned = (returned,)
        i: cython.int
        count: cython.int = self.number_of_arguments
        if len(returned) > count and all([g is None for g in returned[count:]]):
            returned = returned[:count]
        if len(returned) != count:
            raise RuntimeError(
                f"function {node_name(self)} returned an incorrect number of gradients (expected {count}, got "
                f"{len(returned)}): its backward must return one value per argument of forward, None where there is no "
                "gradient"
            )
        for i in range(count):
            if returned[i] is not None:
                self.check_kind(i, returned[i])
        gradients = []
        for i in range(self.number_of_inputs):
            g = returned[self.tensor_positions[i]]
            if g is None or next_of(self, i) is None:
                gradients.append(None)
                continue
            gradients.append(self.checked(i, g, tensors))
        return gradients

    @cython.cfunc
    @cython.exceptval(check=True)
    def check_kind(self, i: cython.int, g) -> cython.void:
        """RuntimeError if g, returned for argument i, is not what a gradient can be."""
        if i not in self.tensor_positions:
            raise RuntimeError(
                f"function {node_name(self)} returned a gradient different than None at position {i + 1}, but the "
                f"corresponding forward input was not a Variable: it got {type(g).__name__}; the backward must return "
                "None for an argument that is no tensor"
            )
        if not isinstance(g, Tensor):
            raise RuntimeError(
                f"expected Variable or None (got {type(g).__name__}): {node_name(self)} returned it as the gradient at "
                f"index {i}"
            )

    @cython.cfunc
    def checked(self, i: cython.int, g, tensors: cython.bint):
        """A returned gradient in the shape and type of its input, or the error that says why not."""
        from .required import required

        shape, dtype = self.input_kinds[i]
        found = tuple(g.shape)
        if found != shape:
            if len(found) < len(shape) or not _reduces(found, shape):
                errors.wrong_gradient_shape(self, i, found, shape)
            g = required["sum_to_size"](g, shape)
        if g.array.dtype != dtype:
            if g.array.dtype.kind == "c" and dtypes.kind_of(dtype) == "f":
                raise RuntimeError(
                    "Expected isFloatingType(grad.scalar_type()) || (input_is_complex == grad_is_complex) to be true, "
                    f"but got false: {node_name(self)} returned a complex gradient at index {i} for a real input; its "
                    "real part is the gradient"
                )
            g = required["cast"](g, dtype.num)
        return g if tensors else g.array

    def __call__(self, *cotangents):
        """Run the node by hand: the gradients of its arguments for the given gradients of its outputs."""
        gradients = self.pullback(list(cotangents), True)
        return gradients[0] if len(gradients) == 1 else tuple(gradients)


def is_ordinary(output, inputs: tuple) -> bool:
    """Whether what a Function returned is one new tensor: no input, no view, without history or level."""
    if not isinstance(output, Tensor):
        return False
    y: Tensor = output
    if y.view is not None or y.requires or y._level:
        return False
    for x in inputs:
        if x is output:
            return False
    return True


def is_freed(node: CustomNode) -> bool:
    """Whether a pass has let go of what the node saved."""
    return node.freed


def output_kind(node: CustomNode, i: cython.int):
    """The shape and NumPy type of output i; None if that is no tensor."""
    return node.output_kinds[i]


@cython.cfunc
def kind_of(x: Tensor) -> tuple:
    """The shape and NumPy type of a tensor."""
    return (tuple(x._payload.shape) if x._level else x.array.shape, x.array.dtype)


def saved_result(y: Tensor) -> Tensor:
    """y without its history: what a node may keep of its own results without making a cycle."""
    return alias(y)


@cython.cfunc
def with_history(x: Tensor, node: Node, output_number: cython.int) -> Tensor:
    """A tensor with the values of x in the place that `node` and `output_number` say."""
    y: Tensor = alias(x)
    y.grad_node = node
    y.output_number = output_number
    y.requires = True
    return y


def stand_as_view(y: Tensor, base: Tensor, steps: tuple) -> None:
    """Make y, a new tensor of a level, the view that `steps` make of `base`, of the same level."""
    y.memory = memory_of(base)
    view: View = View.__new__(View)
    view.base = base
    view.base_array = base.array
    view.steps = steps
    view.version = y.memory.version
    view.created = ""
    view.code = locate(cython.address(view.offset))
    y.view = view


def mark_view(y: Tensor, created: str) -> None:
    """Note that y, if it is a view, came from a Function ("function"), or as one of several outputs of one
    ("several"): what is changed in place in it would pass the Function's backward by."""
    if y.view is not None:
        y.view.created = created


def _reduces(found: tuple, shape: tuple) -> bool:
    """Whether a gradient of shape `found` can be summed to `shape`."""
    tail = found[len(found) - len(shape):]
    return all([size in (1, other) for size, other in zip(shape, tail, strict=False)])


def _among(y, tensors: tuple) -> bool:
    return any([y is x for x in tensors])
