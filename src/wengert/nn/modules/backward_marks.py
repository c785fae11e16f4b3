"""Full backward hooks: marks on the edges by which the graph enters and leaves a module.

Design
  A. A mark is a node through which gradients pass unchanged. What a module is given, and what its caller gets, are
     further views of the same tensors whose history begins with the mark: in-place operations and views on them are
     those of any other view, and reach the original tensors.
  B. One node stands for all tensors on one side of a call, so that hooks see all their gradients at once.
"""

import warnings

import numpy

from ...autograd.function import Function
from ...core import Tensor
from ...core.custom_node import CustomNode, mark_view, output_kind, saved_result, stand_as_view
from ...core.detaching import view_steps
from ...core.promotion import from_array


class BackwardHookFunctionBackward(CustomNode):
    """The node of a mark: gradients pass; where none arrived, zeros do."""

    def pull_back(self, cotangents: tuple) -> tuple:
        """The gradients as they came."""
        return tuple([_zeros(self, i) if g is None else g for i, g in enumerate(cotangents)])


def _zeros(node, i: int) -> Tensor:
    shape, dtype = output_kind(node, i)
    return from_array(numpy.zeros(shape, dtype))


class BackwardHookFunction(Function):
    """The mark on tensors of a level (`vmap`, forward mode), which the levels' rules for a Function take apart."""

    generate_vmap_rule = True

    @staticmethod
    def forward(*tensors):
        return tensors

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.mark_non_differentiable(*[x for x in inputs if not x.requires_grad])

    @staticmethod
    def backward(ctx, *cotangents):
        return cotangents

    @staticmethod
    def jvp(ctx, *tangents):
        return tuple([None if t is None else t.view_as(t) for t in tangents])


def _behind_a_mark(tensors: list) -> tuple:
    """The tensors with a mark as their history, and the mark."""
    if any([x._level for x in tensors]):
        passed = BackwardHookFunction.apply(*tensors)
        nodes = [x.grad_fn for x in passed if x.grad_fn is not None]
        return list(passed), nodes[0] if nodes else None
    node = BackwardHookFunctionBackward()
    node.connect(tuple(tensors))
    wanted = tuple([x.requires_grad for x in tensors])
    views = [_further_view(x) if wants else x for x, wants in zip(tensors, wanted, strict=True)]
    node.adopt(tuple(views), wanted, ())
    return views, node


def _further_view(x: Tensor) -> Tensor:
    """A tensor that is the same view of the same base as x, or a view of all of x if that is none."""
    y = saved_result(x)
    base = x._base
    stand_as_view(y, x if base is None else base, view_steps(x) or ())
    if base is not None:
        mark_view(y, x._view_created)
    return y


class BackwardHooks:
    """The full backward hooks of one call of a module.

    Args:
        module: the module that is called.
        hooks: called with (module, grad_input, grad_output) once the gradients of the inputs are there.
        before: called with (module, grad_output) when those of the outputs are.
    """

    def __init__(self, module, hooks: list, before: list):
        self.module = module
        self.hooks = hooks
        self.before = before
        self.grad_outputs: tuple | None = None
        self.inputs: list | None = None  # which arguments are tensors; None where no mark was made
        self.number_of_inputs = 0
        self.outputs: list | None = None
        self.number_of_outputs = 0
        self.kinds: list = []

    def enter(self, args: tuple) -> tuple:
        """The arguments behind a mark at which grad_input is complete."""
        self.number_of_inputs = len(args)
        args, self.inputs, node = _with_mark(args)
        if node is not None:
            self.kinds = [(tuple(x.shape), x.array.dtype) for x in args if isinstance(x, Tensor)]
            node.register_hook(self._at_inputs)
        return args

    def leave(self, output):
        """The output behind a mark at which grad_output is known."""
        outputs = output if isinstance(output, tuple) else (output,)
        self.number_of_outputs = len(outputs)
        marked, self.outputs, node = _with_mark(outputs)
        if node is None:
            if not isinstance(output, (Tensor, tuple)):
                warnings.warn(
                    "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors but "
                    f"received {type(output)}",
                    UserWarning,
                    stacklevel=4,
                )
            return output
        node.register_prehook(self._at_outputs)
        return marked if isinstance(output, tuple) else marked[0]

    def _at_outputs(self, gradients: tuple):
        grads = _spread(self.outputs, gradients, self.number_of_outputs)
        for hook in self.before:
            returned = _as_tuple(hook(self.module, grads))
            if returned is None:
                continue
            if len(returned) != len(grads):
                raise RuntimeError(
                    f"Backward pre hook returned an invalid number of grad_output, got {len(returned)}, but expected "
                    f"{len(grads)}"
                )
            grads = returned
        self.grad_outputs = grads
        if self.inputs is None:
            self._without_inputs(grads)
        return tuple([grads[i] for i in self.outputs or ()])

    def _without_inputs(self, grads: tuple) -> None:
        """No input requires a gradient: the hooks are called as soon as grad_output is known."""
        self.grad_outputs = None
        if not self.hooks:
            return
        warnings.warn(
            "Full backward hook is firing when gradients are computed with respect to module outputs since no inputs "
            "require gradients.",
            UserWarning,
            stacklevel=2,
        )
        for hook in self.hooks:
            returned = hook(self.module, (None,) * self.number_of_inputs, grads)
            if returned is not None and not (isinstance(returned, tuple) and all([g is None for g in returned])):
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always return None or None for "
                    "all gradients."
                )

    def _at_inputs(self, gradients: tuple, _):
        if self.grad_outputs is None:
            # The gradient came by another way than the module's outputs: from a second derivative, say.
            return None
        known = [
            from_array(numpy.zeros(*kind)) if g is None else g for g, kind in zip(gradients, self.kinds, strict=True)
        ]
        grads = _spread(self.inputs, known, self.number_of_inputs)
        for hook in self.hooks:
            returned = _as_tuple(hook(self.module, grads, self.grad_outputs))
            if returned is None:
                continue
            if len(returned) != len(grads):
                raise RuntimeError(
                    f"Backward hook returned an invalid number of grad_input, got {len(returned)}, but expected "
                    f"{len(grads)}"
                )
            grads = returned
        self.grad_outputs = None
        return tuple([
            None if g is None else grads[i] for i, g in zip(self.inputs or (), gradients, strict=True)
        ])  # fmt: skip


def _with_mark(values: tuple) -> tuple:
    """(values with their tensors behind a mark, the tensors' positions, the mark): the latter two None if no tensor
    requires a gradient."""
    from ...autograd.grad_mode import is_grad_enabled

    positions = [i for i, x in enumerate(values) if isinstance(x, Tensor)]
    if not is_grad_enabled() or not any([values[i].requires_grad for i in positions]):
        return values, None, None
    passed, node = _behind_a_mark([values[i] for i in positions])
    through = list(values)
    for i, x in zip(positions, passed, strict=True):
        through[i] = x
    return type(values)(*through) if hasattr(values, "_fields") else tuple(through), positions, node


def _spread(positions, gradients, count: int) -> tuple:
    found: list = [None] * count
    for i, g in zip(positions, gradients, strict=True):
        found[i] = g
    return tuple(found)


def _as_tuple(returned):
    return (returned,) if isinstance(returned, Tensor) else returned
