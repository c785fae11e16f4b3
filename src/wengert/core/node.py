"""A node: one recorded operation in the graph of a result's history.

Design
  A. A node points to the nodes that made its inputs (its edges), never to those that use it, so a graph lives exactly
     as long as somebody holds one of its results.
  B. The first two edges are fields of the node, the rest a list: nearly all operations have one or two inputs.
  C. Freeing a long chain must not recurse. CPython's trashcan bounds the depth, for every cycle of types goes through
     a node. It serves exactly the type whose deallocator asks for it, so every compiled subclass asks again.
"""

import cython
from cython.cimports.wengert.core.modes import modes
from cython.cimports.wengert.core.provenance import locate
from cython.cimports.wengert.core.storage import Storage

from .hooks import NodeHooks
from .provenance import where_of

_sequence = cython.declare(cython.long, 0)


@cython.cfunc
@cython.exceptval(check=False)
def new_sequence() -> cython.long:
    global _sequence
    _sequence += 1
    return _sequence


def node_name(node: Node) -> str:
    """`node.name()`, whatever a user has put on a node of theirs under that name."""
    return type(node).name(node)


def node_place(node: Node):
    """`node.where`, whatever a user has put on a node of theirs under that name."""
    return where_of(node.code, node.offset, node.scope)


@cython.binding(False)
@cython.cclass
class PassRecord:
    """What one backward pass keeps about a node: how many deliveries it waits for, and their sum so far."""


@cython.final
@cython.freelist(64)
@cython.binding(False)
@cython.cclass
class Operand:
    """An input of a node beyond the second."""


@cython.cfunc
def next_of(node: Node, i: cython.int) -> Node:
    """The node that made input i; None where no gradient is wanted."""
    if i == 0:
        return node.next0
    if i == 1:
        return node.next1
    # Inputs that are no tensors, or need no gradient, have no record.
    if node.more is None or i - 2 >= len(node.more):
        return None
    return cython.cast(Operand, node.more[i - 2]).next


@cython.cfunc
@cython.exceptval(check=False)
def output_number_of(node: Node, i: cython.int) -> cython.int:
    if i == 0:
        return node.output_number0
    if i == 1:
        return node.output_number1
    if node.more is None or i - 2 >= len(node.more):
        return 0
    return cython.cast(Operand, node.more[i - 2]).output_number


@cython.cfunc
def operand(node: Node, i: cython.int) -> Operand:
    """The record of input i >= 2, made when first asked for."""
    if node.more is None:
        node.more = []
    while len(node.more) <= i - 2:
        node.more.append(Operand.__new__(Operand))
    return node.more[i - 2]


@cython.cfunc
def set_edge(node: Node, i: cython.int, next: Node | None, output_number: cython.int) -> cython.void:
    if i == 0:
        node.next0 = next
        node.output_number0 = output_number
    elif i == 1:
        node.next1 = next
        node.output_number1 = output_number
    else:
        record: Operand = operand(node, i)
        record.next = next
        record.output_number = output_number


@cython.trashcan(True)
@cython.binding(False)
@cython.cclass
class Node(PassRecord):
    """One recorded operation: where its inputs came from, and how a gradient passes through it.

    `tensor.grad_fn` is a node. `next_functions` walks the graph, `where` tells the user's line that made the node, and
    calling a node by hand with the gradient of its result gives the gradients of its inputs.

    >>> import wengert as t
    >>> x = t.tensor(2.0, requires_grad=True)
    >>> node = (x * x).grad_fn
    >>> node.name(), node.next_functions[0][0].name()
    ('MulBackward0', 'AccumulateGrad')
    """

    @cython.cfunc
    def record_place(self) -> cython.void:
        """Note the user's line and module; inside a derivative, those of the operation being differentiated."""
        state = modes()
        if state.origin_code != cython.NULL:
            self.code = cython.cast(object, state.origin_code)
            self.offset = state.origin_offset
        else:
            self.code = locate(cython.address(self.offset))
        if state.scope != cython.NULL:
            self.scope = cython.cast(object, state.scope)

    @cython.cfunc
    def pullback(self, cotangent, tensors: cython.bint):
        """The gradients of the inputs, a list: ndarrays, or Tensors if `tensors`; None where there is none.

        `cotangent` is the gradient of the output, or a list of them (None where nothing arrived) if there are several.
        """
        raise NotImplementedError(self.name())

    @cython.cfunc
    def release(self, freed_by) -> cython.void:
        """Let go of saved values; `freed_by` tells a later visitor who did it."""

    @cython.cfunc
    def is_accumulator(self) -> cython.bint:
        return False

    @cython.cfunc
    def runs_without_cotangent(self) -> cython.bint:
        """Whether the node runs where no gradient arrived for any of its outputs."""
        return False

    @cython.cfunc
    def result_gets_memory(self, array, memory: Storage) -> cython.void:
        """The result `array` can now be shared and changed: whoever saved it shall watch this storage's version."""

    # ------------------------------------------------------------------------------------------- for users

    def name(self) -> str:
        """The node's name as PyTorch forms it, "MulBackward0"."""
        return type(self).__name__

    @property
    def next_functions(self) -> tuple:
        """Pairs (node, output number), one per input; (None, 0) where no gradient flows."""
        i: cython.int
        return tuple([(next_of(self, i), output_number_of(self, i)) for i in range(self.number_of_inputs)])

    @property
    def where(self):
        """The user's line and sub-expression that made this node (a `Where`), or None."""
        return where_of(self.code, self.offset, self.scope)

    @property
    def freed_by_place(self):
        """The user's line whose backward pass freed what this node saved; None if it still has it."""
        return self.freed_by

    @property
    def metadata(self) -> dict:
        """A dictionary for the user's own notes about this node."""
        if self.user_metadata is None:
            self.user_metadata = {}
        return self.user_metadata

    def _sequence_nr(self) -> int:
        return self.sequence

    def hooks_for_writing(self):
        """The node's NodeHooks, made when first asked for."""
        if self.hooks is None:
            self.hooks = NodeHooks()
        return self.hooks

    def register_prehook(self, hook):
        """Call `hook(grad_outputs)` before the node runs; a returned tuple replaces the gradients.

        Returns a handle with `remove()`.
        """
        return self.hooks_for_writing().before.register(hook)

    def register_hook(self, hook):
        """Call `hook(grad_inputs, grad_outputs)` after the node ran; a returned tuple replaces `grad_inputs`.

        Returns a handle with `remove()`.
        """
        return self.hooks_for_writing().after.register(hook)

    def __call__(self, *cotangents):
        """Run the node by hand: the gradients of its inputs for the given gradients of its outputs."""
        if len(cotangents) != self.number_of_outputs:
            raise TypeError(
                f"expected {self.number_of_outputs} arguments, got {len(cotangents)} instead: {node_name(self)} takes "
                "one gradient for each of its outputs"
            )
        gradients = self.pullback(cotangents[0] if len(cotangents) == 1 else list(cotangents), True)
        return gradients[0] if len(gradients) == 1 else tuple(gradients)

    def __repr__(self) -> str:
        return f"<{node_name(self)} object at {id(self):#x}>"
