"""The backward pass.

Design
  A. Iterative: the graph is discovered with a stack, each node counts how many deliveries it waits for, and nodes that
     wait for nothing run latest-made first. A graph of any depth neither recurses nor overflows.
  B. A pass keeps its counts and sums in the nodes themselves. A pass that starts while another one is under way (a
     backward inside a hook, another thread) keeps them in a table, so the two never meet.
  C. A first-order pass moves arrays; where derivatives are recorded, or a tensor of a level is differentiated, it moves
     tensors. Hooks and rules written in Python see tensors in either case.
  D. A sum is accumulated in place exactly if nobody else holds the buffer, which its reference count tells: a view or a
     saved value of it would be another reference.
  E. Whatever raises - a rule, a hook - leaves the nodes clean, the modes restored, and leaves written wholly or not.
"""

import threading

import cython
import numpy
from cython.cimports import numpy as cnp
from cython.cimports.cpython.object import PyObject
from cython.cimports.wengert.core.modes import modes, want_grad
from cython.cimports.wengert.core.node import Node, PassRecord, new_sequence, next_of, output_number_of
from cython.cimports.wengert.core.provenance import place_here
from cython.cimports.wengert.core.rule_node import RuleNode
from cython.cimports.wengert.core.tensor import AccumulateGrad, Tensor, bump, edge_of, is_captured, refresh, wrap
from cython.cimports.wengert.kernels.blocks import new_copy
from cython.cimports.wengert.kernels.elementwise import Loops, overlaps_itself, run_binary, shape_tuple

from ..kernels.strided import laid_out_like
from . import errors
from . import saved as _saved
from .fresh_stack import on_fresh_stack
from .node import node_name, node_place
from .required import required

cnp.import_array()

_addition = cython.declare(Loops, Loops(numpy.add))
# Threads take turns in adding to leaves' gradients where the loop is long enough to let others run meanwhile.
UNINTERRUPTED = cython.declare(cython.Py_ssize_t, 1 << 14)
_adding = threading.Lock()
# Passes that start inside one another beyond this depth go on in another thread, which has a stack of its own.
DEEPEST = cython.declare(cython.int, 60)

_passes = cython.declare(cython.long, 0)
_active = cython.declare(cython.int, 0)
_anomaly = cython.declare(cython.bint, False)
_checks_nan = cython.declare(cython.bint, True)


@cython.final
@cython.binding(False)
@cython.cclass
class Pass:
    """One walk from results back to what they were made from."""

    # ------------------------------------------------------------------------------------ records

    @cython.cfunc
    def record_of(self, node: Node) -> PassRecord:
        """What this pass keeps about a node that it has claimed."""
        if self.table is None:
            return node
        return self.table[node]

    @cython.cfunc
    def claim(self, node: Node) -> cython.bint:
        """Make a fresh record for a node met for the first time; False if it was met before."""
        record: PassRecord
        if self.table is not None:
            if node in self.table:
                return False
            record = PassRecord.__new__(PassRecord)
            self.table[node] = record
        else:
            if node.pass_id == self.id:
                return False
            record = node
        record.pass_id = self.id
        record.dependencies = 0
        record.needed = self.captures is None
        record.cotangent = None
        return True

    @cython.cfunc
    def discover(self, roots: list) -> cython.void:
        """Claim every node that the roots reach and count the edges into each."""
        stack: list = []
        discovered: list = [] if self.captures is not None else None
        node: Node
        next: Node
        i: cython.int
        for node in roots:
            if self.claim(node):
                stack.append(node)
        while stack:
            node = stack.pop()
            if discovered is not None:
                discovered.append(node)
            for i in range(node.number_of_inputs):
                next = next_of(node, i)
                if next is None:
                    continue
                if self.claim(next):
                    stack.append(next)
                record: PassRecord = self.record_of(next)
                record.dependencies += 1
        if discovered is not None:
            self.find_needed(discovered)

    @cython.cfunc
    def find_needed(self, discovered: list) -> cython.void:
        """Mark the nodes on a path to something asked for."""
        node: Node
        next: Node
        i: cython.int
        # A node is always made after those its edges lead to; accumulators, whatever their number, lead nowhere.
        discovered.sort(key=_order_of_making)
        record: PassRecord
        for node in discovered:
            record = self.record_of(node)
            if node in self.captures:
                record.needed = True
                continue
            for i in range(node.number_of_inputs):
                next = next_of(node, i)
                if next is not None and self.record_of(next).needed:
                    record.needed = True
                    break

    def will_run(self, node: Node) -> bool:
        """Whether this pass reaches a node and computes with it, or is asked for the gradient that arrives there."""
        if self.table is not None:
            return node in self.table and self.record_of(node).needed
        return node.pass_id == self.id and node.needed

    @property
    def number(self) -> int:
        """Tells this pass from every other."""
        return self.id

    # ------------------------------------------------------------------------------------ the ready heap

    @cython.cfunc
    def push(self, node: Node) -> cython.void:
        heap: list = self.ready
        heap.append(node)
        child: cython.Py_ssize_t = len(heap) - 1
        while child > 0:
            parent: cython.Py_ssize_t = (child - 1) // 2
            if cython.cast(Node, heap[parent]).sequence >= node.sequence:
                break
            heap[child] = heap[parent]
            heap[parent] = node
            child = parent

    @cython.cfunc
    def pop(self) -> Node:
        heap: list = self.ready
        last: Node = heap.pop()
        size: cython.Py_ssize_t = len(heap)
        if size == 0:
            return last
        top: Node = heap[0]
        heap[0] = last
        parent: cython.Py_ssize_t = 0
        while True:
            child: cython.Py_ssize_t = 2 * parent + 1
            if child >= size:
                break
            if child + 1 < size and (
                cython.cast(Node, heap[child + 1]).sequence > cython.cast(Node, heap[child]).sequence
            ):
                child += 1
            if cython.cast(Node, heap[child]).sequence <= last.sequence:
                break
            heap[parent] = heap[child]
            heap[child] = last
            parent = child
        return top

    # ------------------------------------------------------------------------------------ walking

    @cython.cfunc
    def deliver(self, node: Node, output_number: cython.int, g, counts: cython.bint) -> cython.void:
        """Add a gradient to what a node has received for one of its outputs; run it once nothing is missing."""
        record: PassRecord = self.record_of(node)
        if g is not None:
            if node.number_of_outputs <= 1:
                if record.cotangent is None:
                    record.cotangent = g
                elif self.tensors:
                    record.cotangent = required["add"](record.cotangent, g)
                else:
                    add_to_record(record, g)
            else:
                if record.cotangent is None:
                    record.cotangent = [None] * node.number_of_outputs
                several: list = record.cotangent
                if several[output_number] is None:
                    several[output_number] = g
                elif self.tensors:
                    several[output_number] = required["add"](several[output_number], g)
                else:
                    several[output_number] = run_binary(_addition, several[output_number], g, None)
        if counts:
            record.dependencies -= 1
            if record.dependencies == 0:
                self.push(node)

    @cython.cfunc
    def run(self) -> cython.void:
        node: Node
        while self.ready:
            node = self.pop()
            try:
                self.visit(node)
            except Exception as error:
                where = node_place(node)
                if getattr(error, "says_where", False):
                    error.says_where = False
                elif where is not None:
                    error.add_note(
                        f"  in the backward pass of {node_name(node)}, recorded at {where}{errors.induced(node)}"
                    )
                raise

    @cython.cfunc
    def visit(self, node: Node) -> cython.void:
        """Hooks, captures, then the node itself."""
        record: PassRecord = self.record_of(node)
        g = record.cotangent
        record.cotangent = None
        if node.is_accumulator():
            leaf: Tensor = cython.cast(AccumulateGrad, node).variable
            if leaf.leaf_hooks is not None and leaf.leaf_hooks.gradient and g is not None:
                g = self.run_hooks(leaf.leaf_hooks.gradient, node, g)
        elif node.hooks is not None:
            g = self.run_tensor_hooks(node, g)
        if self.captures is not None:
            wanted = self.captures.get(node)
            if wanted is not None:
                for output_number, position in wanted:
                    captured = g[output_number] if isinstance(g, list) else g
                    self.results[position] = None if captured is None else self.as_tensor(captured)
            if not record.needed:
                return
            if wanted is not None and not self.accumulate:
                # What lies beyond a captured node may be wanted too.
                if not self.leads_on(node):
                    return
        if not node.is_accumulator():
            self.differentiate(node, g)
        elif self.accumulate and (g is not None or node.hooks is not None):
            self.arrive(node, g)

    def leads_on(self, node: Node) -> bool:
        """Whether a captured node lies on the way to another captured one."""
        i: cython.int
        for i in range(node.number_of_inputs):
            next: Node = next_of(node, i)
            if next is not None and self.record_of(next).needed:
                return True
        return False

    @cython.cfunc
    def differentiate(self, node: Node, g) -> cython.void:
        """Pass a cotangent through a node to those that made its inputs."""
        i: cython.int
        next: Node
        gradients: list = None
        count: cython.int = node.number_of_inputs
        hooked: cython.bint = node.hooks is not None
        state = modes()
        if hooked and node.hooks.before:
            g = self.run_node_hooks(node, g)
        if g is None and not node.runs_without_cotangent():
            for i in range(count):
                next = next_of(node, i)
                if next is not None and self.record_of(next).needed:
                    self.deliver(next, output_number_of(node, i), None, True)
            return
        if self.tensors:
            # Nodes of the derivative say that they come from the line of the forward operation.
            origin: cython.pointer(PyObject) = state.origin_code
            offset: cython.int = state.origin_offset
            if node.code is not None:
                state.origin_code = cython.cast(cython.pointer(PyObject), node.code)
                state.origin_offset = node.offset
            since: cython.long = new_sequence() if self.anomaly else 0
            try:
                gradients = self.gradients_of(node, g)
            finally:
                state.origin_code = origin
                state.origin_offset = offset
            if self.anomaly:
                self.note_parent(node, gradients, since)
        elif (
            hooked
            or self.anomaly
            or not isinstance(node, RuleNode)
            or cython.cast(RuleNode, node).operation.takes_list
        ):
            gradients = self.gradients_of(node, g)
        if hooked and node.hooks.after:
            gradients = self.run_after_hooks(node, gradients, g)
        if self.checks_nan:
            for i in range(count):
                if gradients[i] is not None and has_nan(gradients[i]):
                    errors.nan_gradient(node, i)
        for i in range(count):
            next = next_of(node, i)
            if next is None or not self.record_of(next).needed:
                continue
            if gradients is not None:
                self.deliver(next, output_number_of(node, i), gradients[i], True)
            else:
                self.deliver(next, output_number_of(node, i), cython.cast(RuleNode, node).gradient(i, g, False), True)
        if not self.keep_graph:
            node.release(self.place)

    def gradients_of(self, node: Node, g) -> list:
        """The gradients of all inputs that somebody needs."""
        if not isinstance(node, RuleNode) or cython.cast(RuleNode, node).operation.takes_list:
            return node.pullback(g, self.tensors)
        gradients = []
        i: cython.int
        for i in range(node.number_of_inputs):
            next: Node = next_of(node, i)
            if next is None or not self.record_of(next).needed:
                gradients.append(None)
            else:
                gradients.append(cython.cast(RuleNode, node).gradient(i, g, self.tensors))
        return gradients

    def note_parent(self, parent: Node, gradients: list, since: cython.long) -> None:
        """Let the nodes that were recorded since then, for the derivative of a node, say so in their metadata."""
        stack: list = [cython.cast(Tensor, g).grad_node for g in gradients if g is not None]
        node: Node
        i: cython.int
        while stack:
            node = stack.pop()
            if node is None or node.is_accumulator() or node.sequence <= since or "parent_" in node.metadata:
                continue
            node.metadata["parent_"] = parent
            node.metadata["pass_"] = self.place
            for i in range(node.number_of_inputs):
                stack.append(next_of(node, i))

    # ------------------------------------------------------------------------------------ leaves

    @cython.cfunc
    def arrive(self, node: Node, g) -> cython.void:
        """The end of the way, at a leaf: the accumulator's own hooks, `.grad`, and the hooks that wait for it."""
        leaf: Tensor = cython.cast(AccumulateGrad, node).variable
        if node.hooks is not None and node.hooks.before:
            g = self.run_node_hooks(node, g)
        if leaf.grad_node is not None:
            errors.leaf_in_interior(leaf)
        # A leaf that was detached, or told to require no gradient, after the graph was made gets none.
        if g is not None and leaf.requires:
            if self.tensors:
                self.add_tensor(leaf, g)
            else:
                self.add_array(leaf, g)
            if leaf.leaf_hooks is not None and leaf.leaf_hooks.accumulated:
                for _, hook in leaf.leaf_hooks.accumulated.running():
                    hook(leaf)
        if node.hooks is not None and node.hooks.after:
            self.run_after_hooks(node, [], g)

    @cython.cfunc
    def add_tensor(self, leaf: Tensor, g) -> cython.void:
        """Add a gradient that is a tensor to a leaf's `.grad`."""
        # A gradient of a level that the leaf is not of leaves the level here.
        while cython.cast(Tensor, g)._level > leaf._level:
            g = cython.cast(Tensor, g)._payload.lowered()
        if not self.create_graph:
            g = cython.cast(Tensor, g).detach()
        leaf.gradient = g if leaf.gradient is None else required["add"](leaf.gradient, g)

    @cython.cfunc
    def add_array(self, leaf: Tensor, array: cnp.ndarray) -> cython.void:
        """Add a gradient that is an array to a leaf's `.grad`."""
        if array.ndim != cython.cast(cnp.ndarray, leaf.array).ndim or not cnp.PyArray_SAMESHAPE(
            array, cython.cast(cnp.ndarray, leaf.array)
        ):
            errors.wrong_leaf_gradient(leaf, shape_tuple(array))
        if leaf.gradient is None:
            # The names of the two callers are the references to a buffer that is ours alone.
            own: cython.bint = is_ours(array, 2)
            values: cnp.ndarray = leaf.array
            if not cnp.PyArray_IS_C_CONTIGUOUS(array) or not cnp.PyArray_IS_C_CONTIGUOUS(values):
                array = laid_out_like(values, array, own)
                own = True
            fresh: Tensor = wrap(array if own else new_copy(array))
            # Another thread may have put one there while the copy was made.
            if leaf.gradient is None:
                leaf.gradient = fresh
                return
        if cnp.PyArray_SIZE(array) < UNINTERRUPTED:
            add_to_gradient(leaf, array)
        else:
            with _adding:
                add_to_gradient(leaf, array)

    # ------------------------------------------------------------------------------------ hooks

    @cython.cfunc
    def as_tensor(self, g):
        return g if isinstance(g, Tensor) else wrap(g)

    @cython.cfunc
    def from_tensor(self, g: Tensor):
        return g if self.tensors else g.array

    @cython.cfunc
    def run_hooks(self, hooks, node: Node, g):
        """The hooks of one tensor: each sees the gradient as the one before left it."""
        for key, hook in hooks.running():
            given: Tensor = self.as_tensor(g)
            returned = hook(given)
            if returned is None:
                continue
            g = self.from_tensor(checked_replacement(returned, given, hook, hooks.places.get(key), node))
        return g

    @cython.cfunc
    def run_tensor_hooks(self, node: Node, g):
        """The hooks of the tensors that a node made, then `retain_grad`."""
        several: cython.bint = isinstance(g, list)
        for output_number, hooks in list(node.hooks.tensor.items()):
            one = g[output_number] if several else g
            if one is None:
                # Hooks that count gradients are told that none will come; a user's hook is given gradients only.
                for _, hook in hooks.running():
                    if getattr(hook, "counts_gradients", False):
                        hook(None)
                continue
            if not hooks:
                continue
            one = self.run_hooks(hooks, node, one)
            if several:
                g[output_number] = one
            else:
                g = one
        for output_number, reference in list(node.hooks.retained.items()):
            one = g[output_number] if several else g
            x: Tensor = reference()
            if one is None or x is None:
                continue
            if self.tensors:
                x.gradient = one if x.gradient is None else required["add"](x.gradient, one)
            elif x.gradient is None:
                x.gradient = wrap(new_copy(one))
            else:
                x.gradient = wrap(run_binary(_addition, x.gradient.array, one, None))
        return g

    def run_node_hooks(self, node: Node, g):
        """Hooks before a node: each is given the tuple of its outputs' gradients and may return another."""
        given = tuple([None if one is None else self.as_tensor(one) for one in (g if isinstance(g, list) else [g])])
        for _, hook in node.hooks.before.running():
            returned = hook(given)
            if returned is not None:
                given = checked_tuple(returned, given, hook, node)
        back = [None if one is None else self.from_tensor(one) for one in given]
        return back if isinstance(g, list) else back[0]

    def run_after_hooks(self, node: Node, gradients: list, g) -> list:
        """Hooks after a node: each is given the gradients it made and those it got, and may return other ones."""
        outputs = tuple([None if one is None else self.as_tensor(one) for one in (g if isinstance(g, list) else [g])])
        given = tuple([None if one is None else self.as_tensor(one) for one in gradients])
        for _, hook in node.hooks.after.running():
            returned = hook(given, outputs)
            if returned is not None:
                given = checked_tuple(returned, given, hook, node)
        return [None if one is None else self.from_tensor(one) for one in given]

    # ------------------------------------------------------------------------------------ after a failure

    @cython.cfunc
    def clear_up(self, roots: list) -> cython.void:
        """Drop what an interrupted pass left in the nodes."""
        if self.table is not None:
            self.table = None
            return
        stack: list = list(roots)
        node: Node
        next: Node
        i: cython.int
        while stack:
            node = stack.pop()
            if node.pass_id != self.id:
                continue
            node.pass_id = 0
            node.cotangent = None
            for i in range(node.number_of_inputs):
                next = next_of(node, i)
                if next is not None and next.pass_id == self.id:
                    stack.append(next)


@cython.cfunc
def add_to_gradient(leaf: Tensor, array: cnp.ndarray) -> cython.void:
    """Add to a gradient that a leaf has, in place where that may be."""
    held: Tensor = leaf.gradient
    before: cnp.ndarray = held.array
    if held.requires or not cnp.PyArray_ISWRITEABLE(before) or overlaps_itself(before) or (
        cnp.PyArray_TYPE(before) != cnp.PyArray_TYPE(array)
    ):
        leaf.gradient = wrap(run_binary(_addition, before, array, None))
    else:
        run_binary(_addition, before, array, before)
        bump(held, "accumulation into .grad")


def _order_of_making(node: Node) -> int:
    return -1 if node.is_accumulator() else node.sequence


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def is_ours(array: cnp.ndarray, references: cython.Py_ssize_t) -> cython.bint:
    """Whether nobody but the given number of references can see the array's memory."""
    return (
        wengert_reference_count(array) <= references
        and cnp.PyArray_CHKFLAGS(array, cnp.NPY_ARRAY_OWNDATA)
        and cnp.PyArray_ISWRITEABLE(array)
        and cnp.PyArray_IS_C_CONTIGUOUS(array)
    )


@cython.cfunc
def add_to_record(record: PassRecord, g) -> cython.void:
    """Add to the sum that a record holds: in place if only the record holds it."""
    # The record and this name.
    total: cnp.ndarray = record.cotangent
    if is_ours(total, 2) and cnp.PyArray_TYPE(total) == cnp.PyArray_TYPE(cython.cast(cnp.ndarray, g)):
        run_binary(_addition, total, g, total)
    else:
        record.cotangent = run_binary(_addition, total, g, None)


def has_nan(g) -> bool:
    """Whether a gradient, an array or a tensor of any level, has a NaN."""
    while isinstance(g, Tensor):
        x: Tensor = g
        # Of dual numbers the value, of a batch all entries.
        g = x._payload.held()[0] if x._level else x.array
    return bool(numpy.isnan(g).any())


def checked_replacement(returned, given: Tensor, hook, where, node: Node) -> Tensor:
    """What a hook returned in place of a gradient, if it can stand for it."""
    if not isinstance(returned, Tensor):
        raise TypeError(
            f"expected Variable, but hook returned '{type(returned).__name__}'\n  The hook {errors.name_of(hook)} "
            f"was registered{errors.at(where)}; it may return a tensor of the gradient's shape and dtype, or None."
        )
    if tuple(returned.shape) != tuple(given.shape):
        errors.wrong_hook_shape(tuple(returned.shape), tuple(given.shape), hook, where, node)
    x: Tensor = returned
    if x.array.dtype != given.array.dtype:
        raise RuntimeError(
            f"hook {errors.name_of(hook)} has changed the type of value (was {given.dtype} got {x.dtype})\n"
            f"  The hook was registered{errors.at(where)}; the gradient is that of the result of {node_name(node)}, "
            f"recorded{errors.at(node_place(node))}."
        )
    return x


def checked_tuple(returned, given: tuple, hook, node: Node) -> tuple:
    """What a node's hook returned in place of its gradients, if it can stand for them."""
    if isinstance(returned, Tensor):
        returned = (returned,)
    if not isinstance(returned, tuple):
        raise TypeError(
            f"hook {errors.name_of(hook)} of {node_name(node)} returned {type(returned).__name__}, but a tuple of "
            "gradients or None was expected"
        )
    if len(returned) != len(given):
        raise RuntimeError(
            f"hook {errors.name_of(hook)} has returned an incorrect number of values (got {len(returned)}, but "
            f"expected {len(given)})\n  It is a hook of {node_name(node)}, recorded{errors.at(node_place(node))}."
        )
    for new, old in zip(returned, given, strict=True):
        if new is not None and old is not None:
            checked_replacement(new, old, hook, None, node)
        elif new is not None and not isinstance(new, Tensor):
            raise TypeError(
                f"hook {errors.name_of(hook)} of {node_name(node)} returned {type(new).__name__} among its gradients, "
                "but tensors or None were expected"
            )
    return returned


# ------------------------------------------------------------------------------------------------ entry


def edge_for(x: Tensor):
    """The place of a tensor in the graph: (node, output number); the node is None if it requires no gradient."""
    if x.view is not None:
        refresh(x)
    return edge_of(x), x.output_number


def set_anomaly_enabled(enabled: cython.bint, check_nan: cython.bint = True) -> None:
    """Switch anomaly mode on or off, for all threads.

    Args:
        enabled: nodes recorded by a backward pass know what they are the derivative of, and errors say it.
        check_nan: a backward pass raises a RuntimeError when a node makes a gradient that has a NaN.

    >>> import wengert as t
    >>> t.set_anomaly_enabled(True, check_nan=False)
    >>> t.is_anomaly_enabled(), t.is_anomaly_check_nan_enabled()
    (True, False)
    >>> t.set_anomaly_enabled(False)
    """
    global _anomaly, _checks_nan
    _anomaly = enabled
    _checks_nan = check_nan


def is_anomaly_enabled() -> bool:
    """Whether anomaly mode is on.

    >>> import wengert as t
    >>> t.is_anomaly_enabled()
    False
    """
    return _anomaly


def is_anomaly_check_nan_enabled() -> bool:
    """Whether anomaly mode, where it is on, looks for NaN in gradients.

    >>> import wengert as t
    >>> t.is_anomaly_check_nan_enabled()
    True
    """
    return _checks_nan


def run_backward(
    roots: list, gradients: list, keep_graph: cython.bint, create_graph: cython.bint, wanted, accumulate: cython.bint
) -> list:
    """Walk back from `roots`.

    Args:
        roots: (node, output number) pairs.
        gradients: a tensor for each, of the shape and type of that output.
        keep_graph: keep saved values for another pass.
        create_graph: record the pass itself.
        wanted: None for all leaves, or (node, output number) pairs whose gradients are asked for.
        accumulate: write gradients into the leaves' `.grad`.

    Returns:
        the gradients of `wanted`, None where nothing arrived.
    """
    global _passes, _active
    if modes().depth >= DEEPEST:
        return on_fresh_stack(
            run_backward, roots, gradients, keep_graph, create_graph, wanted, accumulate
        )
    walk: Pass = Pass.__new__(Pass)
    nodes: list = []
    g: Tensor
    i: cython.int
    _passes += 1
    walk.id = _passes
    walk.create_graph = create_graph
    walk.keep_graph = keep_graph
    walk.tensors = create_graph
    walk.accumulate = accumulate
    walk.ready = []
    walk.place = place_here()
    walk.anomaly = _anomaly
    walk.checks_nan = _anomaly and _checks_nan
    for g in gradients:
        if g._level:
            walk.tensors = True
    if wanted is not None:
        walk.captures = {}
        walk.results = [None] * len(wanted)
        for i in range(len(wanted)):
            node, output_number = wanted[i]
            if node is not None:
                walk.captures.setdefault(node, []).append((output_number, i))
    if _active:
        walk.table = {}
    for node, _ in roots:
        nodes.append(node)
    state = modes()
    before: cython.bint = state.grad_wanted
    outer: cython.pointer(PyObject) = state.walk
    finished: cython.bint = False
    _active += 1
    state.walk = cython.cast(cython.pointer(PyObject), walk)
    state.depth += 1
    try:
        want_grad(state, create_graph)
        walk.discover(nodes)
        for i in range(len(roots)):
            node, output_number = roots[i]
            g = gradients[i]
            walk.deliver(node, output_number, g if walk.tensors else g.array, False)
        seen = set()
        for node in nodes:
            if node not in seen and walk.record_of(node).dependencies == 0:
                seen.add(node)
                walk.push(node)
        walk.run()
        finished = True
    finally:
        want_grad(state, before)
        state.walk = outer
        state.depth -= 1
        _active -= 1
        if state.unpacked:
            _saved.forget()
        if not finished:
            walk.clear_up(nodes)
    return walk.results


def current_pass():
    """The backward pass that runs on this thread (inside a hook, say); None outside of any."""
    walk = modes().walk
    return cython.cast(Pass, walk) if walk != cython.NULL else None


def reaches_beyond(roots: list, own: set, first: cython.int, end: cython.int) -> bool:
    """Whether the graph behind `roots` leads to a leaf from outside of a derivative transform.

    Neither the nodes in `own` nor leaves made inside lead there (from the transform's number, `first`, to the number
    `end`, or 0 while it lasts), nor a leaf that was made for a call which is over (its attribute `of_finished_call`):
    nobody can ask for their gradients.
    """
    stack: list = [node for node in roots if node is not None]
    seen: set = set()
    node: Node
    next: Node
    i: cython.int
    while stack:
        node = stack.pop()
        if node in own or node in seen:
            continue
        if node.is_accumulator():
            leaf: Tensor = cython.cast(AccumulateGrad, node).variable
            inside: cython.bint = not is_captured(leaf, first) and (end == 0 or is_captured(leaf, end))
            if not inside and not getattr(leaf, "of_finished_call", False):
                return True
            continue
        seen.add(node)
        for i in range(node.number_of_inputs):
            next = next_of(node, i)
            if next is not None:
                stack.append(next)
    return False


def backward_plainly(x: Tensor, gradient, keep_graph: cython.bint) -> bool:
    """`x.backward(gradient)` where nothing needs a closer look: a real tensor, and a gradient of its shape and type, or
    none for one element. False, with nothing done, otherwise."""
    array: cnp.ndarray = x.array
    number: cython.int = cnp.PyArray_TYPE(array)
    if x._level or (number != cnp.NPY_FLOAT and number != cnp.NPY_DOUBLE) or modes().transform:
        return False
    g: Tensor
    one: cnp.ndarray
    if gradient is None:
        if cnp.PyArray_SIZE(array) != 1:
            return False
        one = cnp.PyArray_NewCopy(array, cnp.NPY_CORDER)
        if number == cnp.NPY_FLOAT:
            cython.cast(cython.p_float, cnp.PyArray_DATA(one))[0] = 1.0
        else:
            cython.cast(cython.p_double, cnp.PyArray_DATA(one))[0] = 1.0
        g = wrap(one)
    else:
        if not isinstance(gradient, Tensor):
            return False
        g = gradient
        if g._level or g.view is not None:
            return False
        one = g.array
        if cnp.PyArray_TYPE(one) != number or one.ndim != array.ndim or not cnp.PyArray_SAMESHAPE(one, array):
            return False
    if x.view is not None:
        refresh(x)
    node: Node = edge_of(x)
    if node is None:
        return False
    run_backward([(node, x.output_number)], [g], keep_graph, False, None, True)
    return True
