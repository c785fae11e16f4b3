"""`Function`: an operation whose derivatives you write yourself.

Design
  A. The context that forward, backward and jvp are given is the node itself: what is put on it lives as long as the
     graph does.
  B. A saved result is kept without its history, which would make a cycle, and is given it back when it is read.
  C. A call runs on one level (`run`): forward, then the context, the history, the tangents. What happens before, where
     tensors of a level are among the arguments, is in `function_levels`.
"""

import functools
import inspect
import warnings
from typing import Any

import numpy

from ..core import Node, Tensor, modes, saved
from ..core.custom_node import (
    CustomNode,
    is_freed,
    is_ordinary,
    keep,
    mark_view,
    output_kind,
    saved_result,
)
from ..core.errors import freed
from ..core.modes import exchange_grad_enabled
from ..core.promotion import from_array
from ..ops import levels


class _OfNode:
    """An attribute of nodes that users may put something else under on a context: not a property, so that what is on
    the object itself comes first."""

    def __init__(self, name: str):
        self.name = name

    def __get__(self, node, owner):
        return self if node is None else getattr(Node, self.name).__get__(node)


class FunctionCtx(CustomNode):
    """What `forward`, `setup_context`, `backward` and `jvp` share: the node of the call.

    Anything may be put on it as an attribute; tensors that the backward pass needs belong in `save_for_backward`, which
    notices in-place changes, lets go of them when the graph is freed, and makes no reference cycles.

    Attributes:
        needs_input_grad: for each argument of forward, whether a gradient is wanted.
    """

    _function: Any = None  # the Function subclass, set on the subclass that is made for it
    _saved: tuple = ()
    _was_read = False
    _kinds_on_level: Any = None  # of outputs of a level, what zeros are made like

    where, freed_by_place = _OfNode("where"), _OfNode("freed_by_place")
    sequence, number_of_inputs = _OfNode("sequence"), _OfNode("number_of_inputs")
    number_of_outputs = _OfNode("number_of_outputs")

    to_save: tuple = ()
    saved_for_forward: Any = None
    dirty_tensors: tuple = ()
    non_differentiable: tuple = ()
    materialize_grads = True
    needs_input_grad: tuple = ()

    # ------------------------------------------------------------------------------------------- for forward

    def save_for_backward(self, *tensors) -> None:
        """Keep inputs, outputs or other tensors for the backward pass, where `saved_tensors` has them; None stays None.

        TypeError for anything else, once forward is done.
        """
        self.to_save = tensors

    def save_for_forward(self, *tensors) -> None:
        """Keep tensors for the `jvp` of the Function, where `saved_tensors` has them; None stays None."""
        for x in tensors:
            if x is not None and not isinstance(x, Tensor):
                raise AssertionError(
                    "save_for_forward expects all arguments to be tensors; you should save non-tensors as attributes "
                    f"on ctx. It was given: {type(x).__name__}."
                )
        self.saved_for_forward = tensors

    def mark_dirty(self, *tensors) -> None:
        """Say which inputs were changed in place; they must also be returned."""
        self.dirty_tensors = tensors

    def mark_non_differentiable(self, *tensors) -> None:
        """Say which outputs have no gradient. `backward` is given zeros for them."""
        self.non_differentiable = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether `backward` and `jvp` get zeros (True, the default) or None where no gradient or tangent arrived."""
        self.materialize_grads = value

    # ------------------------------------------------------------------------------------------- for backward

    @property
    def saved_tensors(self) -> tuple:
        """What `save_for_backward` was given, checked for in-place changes since; in `jvp`, what `save_for_forward`
        was.

        RuntimeError once a backward pass has freed the graph, or if a saved tensor was changed in place.
        """
        if self.saved_for_forward is not None:
            return self.saved_for_forward
        if is_freed(self):
            freed(self)
        function = self._function
        if function.clear_saved_tensors_on_access:
            if self._was_read:
                raise RuntimeError(
                    "saved_tensors can only be accessed once when clear_saved_tensors_on_access=True is set on the "
                    "autograd.Function. Either access saved_tensors only once, or set "
                    f"clear_saved_tensors_on_access=False. The function is {function.__name__}."
                )
            self._was_read = True
        found = tuple([None if one is None else one.unpack(self) for one in self._saved])
        if function.clear_saved_tensors_on_access:
            self._saved = ()
        return found

    @property
    def _raw_saved_tensors(self) -> tuple:
        """What was saved, each as a `SavedTensor`, on which hooks can be put."""
        if is_freed(self):
            freed(self)
        return tuple([saved.SavedTensor(self, "saved", i) for i in range(len(self._saved))])

    def saved_form(self, kind: str, i: int):
        """What is kept of the saved tensor i: a tensor, a Packed, or None."""
        return None if is_freed(self) or self._saved[i] is None else self._saved[i].content

    def pack_saved(self, kind: str, i: int, form) -> None:
        """Keep the saved tensor i in another form."""
        self._saved[i].pack(form)

    @property
    def saved_variables(self) -> tuple:
        """The old name of `saved_tensors`."""
        warnings.warn("'saved_variables' is deprecated; use 'saved_tensors'", DeprecationWarning, stacklevel=2)
        return self.saved_tensors

    def name(self) -> str:
        return type(self).__name__

    def let_go(self) -> None:
        self._saved = ()

    def pull_back(self, cotangents: tuple):
        if self.materialize_grads and any([g is None for g in cotangents]):
            cotangents = tuple([_zeros(self, i) if g is None else g for i, g in enumerate(cotangents)])
        return call_backward(self._function, self, cotangents)


class _WithNode(type):
    """Makes the class of a Function's nodes along with the Function."""

    def __init__(cls, name, bases, attributes):
        super().__init__(name, bases, attributes)
        cls._node_class = type(name + "Backward", (FunctionCtx,), {"_function": cls, "__module__": cls.__module__})


class Function(metaclass=_WithNode):
    """Base class of operations with derivatives of your own.

        class MultiplyAdd(Function):
            @staticmethod
            def forward(ctx, w, x, b):
                ctx.save_for_backward(w, x)
                return w * x + b

            @staticmethod
            def backward(ctx, grad_output):
                w, x = ctx.saved_tensors
                return grad_output * x, grad_output * w, grad_output

        y = MultiplyAdd.apply(w, x, b)

    `forward` may do without `ctx` if there is a `setup_context(ctx, inputs, output)`, which function transforms
    (`func.grad`, `vmap`) need. It returns a tensor or a tuple; of a tuple, what is no tensor is passed on as it is.
    `backward` returns one gradient per argument of `forward`, None where there is none. It is itself recorded under
    `create_graph=True`. Forward mode calls `jvp`; `vmap` calls the `vmap` staticmethod or, with `generate_vmap_rule =
    True`, maps the other methods.

    Attributes:
        generate_vmap_rule: whether `vmap` may run forward, backward and jvp on batches as they are.
        clear_saved_tensors_on_access: whether `ctx.saved_tensors` lets go of what it returns.
        boxed_grads_call: whether backward is given one list of gradients, which it may empty, in place of several.

    >>> import wengert as t
    >>> class Square(t.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x * x
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         x, = ctx.saved_tensors
    ...         return 2 * x * g
    >>> x = t.tensor(3.0, requires_grad=True)
    >>> Square.apply(x).backward()
    >>> x.grad
    tensor(6.)
    """

    generate_vmap_rule = False
    clear_saved_tensors_on_access = False
    boxed_grads_call = False
    _node_class: Any = None
    _signature: Any = None  # (forward, its signature, number of parameters that it binds by position)

    def __init__(self, *arguments, **keywords):
        warnings.warn(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all static, so you should "
            "invoke them on the class itself. Instantiating an autograd function will raise an error in a future "
            "version of PyTorch.",
            DeprecationWarning,
            stacklevel=2,
        )

    def __call__(self, *arguments, **keywords):
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd "
            "function with static forward method. (Example: "
            "https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)\n"
            f"  Call {type(self).__name__}.apply."
        )

    @staticmethod
    def forward(*arguments, **keywords):
        """Compute. With a `setup_context`, the arguments are the inputs; without, `ctx` comes first."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx, inputs, output):
        """Save what the derivatives need, where `forward` takes no `ctx`. `inputs` is a tuple."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx, *grad_outputs):
        """The gradients of the inputs, one per argument of forward."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with "
            "backward mode AD."
        )

    # The old name, which a subclass may define instead.
    vjp = backward

    @staticmethod
    def jvp(ctx, *grad_inputs):
        """The tangents of the outputs for those of the inputs (forward mode): one per output, None for zero."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
        )

    @staticmethod
    def vmap(info, in_dims, *args):
        """The outputs for a whole batch, and where the batch is in each: (output, out_dims).

        Args:
            info: has `batch_size`, and `randomness` as it was given to `vmap`.
            in_dims: for each argument the dimension that is mapped over; None if it is the same for all.
            args: the arguments of forward with their batches.
        """
        raise NotImplementedError(
            "To use autograd.Function with vmap, you must either override the vmap staticmethod or set "
            "generate_vmap_rule=True."
        )

    @classmethod
    def apply(cls, *inputs, **keywords):
        """Run `forward` on the inputs, and record it."""
        if cls.setup_context is not Function.setup_context:
            inputs, keywords = _bound(cls, inputs, keywords)
        if levels.stack() or levels.is_transforming():
            _check_transformable(cls)
        for x in inputs:
            if isinstance(x, Tensor) and x._level or isinstance(x, (list, tuple, dict)) and levels.stack():
                from .function_levels import apply_on_level

                return apply_on_level(cls, inputs, keywords)
        return run(cls, inputs, keywords)


def call_backward(function, ctx, cotangents: tuple):
    """What the backward of a Function, by whatever name it has one, returns for the gradients of the outputs."""
    backward = function.backward
    if function.vjp is not Function.vjp:
        if backward is not Function.backward:
            raise RuntimeError(
                "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only "
                f"implement one of them. {function.__name__} has both."
            )
        backward = function.vjp
    return backward(ctx, list(cotangents)) if function.boxed_grads_call else backward(ctx, *cotangents)


def _bound(cls, inputs: tuple, keywords: dict) -> tuple:
    """The arguments of a forward without ctx in order, defaults filled in."""
    forward = cls.forward
    known = cls._signature
    if known is None or known[0] is not forward:
        signature = inspect.signature(forward)
        kinds = [p.kind for p in signature.parameters.values()]
        plain = all([kind is inspect.Parameter.POSITIONAL_OR_KEYWORD for kind in kinds])
        known = cls._signature = (forward, signature, len(kinds) if plain else -1)
    if not keywords and len(inputs) == known[2]:
        return inputs, keywords
    bound = known[1].bind(*inputs, **keywords)
    bound.apply_defaults()
    return bound.args, bound.kwargs


def _check_transformable(cls) -> None:
    """RuntimeError if a function transform is running that the Function is not written for."""
    if not levels.is_transforming():
        return
    more = "For more details, please see https://pytorch.org/docs/main/notes/extending.func.html"
    if cls.setup_context is Function.setup_context:
        raise RuntimeError(
            "In order to use an autograd.Function with functorch transforms (vmap, grad, jvp, jacrev, ...), it must "
            f"override the setup_context staticmethod. {more}\n  {cls.__name__} was called inside a transform: move "
            "what its forward does with ctx to setup_context(ctx, inputs, output), and drop ctx from forward."
        )
    if not levels.batch_levels():
        return
    overridden = cls.vmap is not Function.vmap
    if cls.generate_vmap_rule and overridden:
        raise RuntimeError(
            f"You tried to vmap over {cls.__name__}, but it has both generate_vmap_rule=True and an overridden vmap "
            "staticmethod. Please set generate_vmap_rule=False or delete the overridden vmap staticmethod to avoid "
            f"ambiguity. {more}"
        )
    if not cls.generate_vmap_rule and not overridden:
        raise RuntimeError(
            f"You tried to vmap over {cls.__name__}, but it does not have vmap support. Please override and implement "
            f"the vmap staticmethod or set generate_vmap_rule=True. {more}"
        )


class _unrecorded:
    """Inside the block nothing is recorded, and a level of dual numbers (None for none) carries no tangents along."""

    def __init__(self, dual_level):
        self.level = dual_level

    def __enter__(self) -> None:
        self.grad_enabled = exchange_grad_enabled(False)
        self.paused = self.level is not None and self.level.pause(True)

    def __exit__(self, *exception) -> None:
        exchange_grad_enabled(self.grad_enabled)
        if self.level is not None:
            self.level.pause(self.paused)


def run(cls, inputs: tuple, keywords: dict, level=None, below=None):
    """One call of a Function on one level: forward, context, history, tangents.

    Args:
        level: the level that the call stands on; None outside of any.
        below: None, or a function without arguments that has the level below compute forward and returns its results as
            tensors of this level.
    """
    node = cls._node_class()
    own_graph = level.number if level is not None and level.separate else 0
    needs = []
    for x in inputs:
        needs.append(isinstance(x, Tensor) and x.requires_grad and (not own_graph or x._level == own_graph))
    node.needs_input_grad = tuple(needs)
    recording = True in needs and modes.is_grad_enabled()
    if recording:
        CustomNode.connect(node, inputs, node.needs_input_grad)
    has_setup = cls.setup_context is not Function.setup_context
    dual_level = level if level is not None and level.kind == "dual" else None
    # Where a batch is not differentiated on its own level, the level below does all there is to do.
    has_context = below is None or recording or dual_level is not None
    output = None if below is None else below()
    with _unrecorded(dual_level):
        if below is None:
            output = cls.forward(*inputs, **keywords) if has_setup else cls.forward(node, *inputs, **keywords)
        if has_setup and has_context:
            cls.setup_context(node, inputs, output)
    raw = output if isinstance(output, tuple) else (output,)
    if level is None and not node.dirty_tensors and not node.non_differentiable and is_ordinary(output, inputs):
        # One new tensor and nothing else: by far the most calls.
        if recording:
            differentiable: tuple = (CustomNode.adopt_ordinary(node, output),)
            if node.to_save:
                _keep(node, inputs, raw, raw, differentiable, ())
        _forget(node)
        return output
    # Without a context on this level, what came back itself is what was changed in place.
    if has_context:
        dirty = _checked_dirty(node, inputs, raw)
    else:
        dirty = tuple([y for y in raw if isinstance(y, Tensor) and _among(y, inputs)])
    without = _checked_non_differentiable(node)
    differentiable = tuple([levels.differentiable(y) and not _among(y, without) for y in raw])
    outputs = tuple([
        _own(node, y, inputs, dirty, recording and is_differentiable, has_setup, dual_level)
        for y, is_differentiable in zip(raw, differentiable, strict=True)
    ])
    if dual_level is not None:
        from . import function_levels

        outputs = tuple([y if _among(y, dirty) else function_levels.as_dual(level, y, inputs) for y in outputs])
    CustomNode.mark_changed(node, dirty)
    created = "several" if recording and sum(differentiable) > 1 else "function"
    for y in outputs:
        if isinstance(y, Tensor) and y._base is not None and not _among(y, dirty):
            mark_view(y, created)
    if recording:
        CustomNode.adopt(node, outputs, differentiable, dirty)
        if dual_level is not None and below is None:
            function_levels.record_below(level, dirty, any(differentiable))
        _note_levels(node, outputs)
    if dual_level is not None:
        function_levels.push_forward(cls, node, inputs, raw, outputs, differentiable, dirty, level)
    if recording:
        _keep(node, inputs, raw, outputs, differentiable, dirty)
    _forget(node)
    return outputs if raw is output else outputs[0]


def _zeros(node: FunctionCtx, i: int):
    """A gradient of zeros for output i; None if that is no tensor."""
    if node._kinds_on_level is not None and i in node._kinds_on_level:
        return levels.zeros_like(node._kinds_on_level[i])
    kind = output_kind(node, i)
    return None if kind is None else from_array(numpy.zeros(*kind))


def _checked_dirty(node: FunctionCtx, inputs: tuple, outputs: tuple) -> tuple:
    """The inputs that were changed in place; RuntimeError if one of them was not returned."""
    found = []
    for i, x in enumerate(node.dirty_tensors):
        if not isinstance(x, Tensor):
            raise RuntimeError(
                f"mark_dirty can only accept variables, but argument {i} is of type {type(x).__name__}"
            )
        if not _among(x, outputs):
            raise RuntimeError(
                "Some elements marked as dirty during the forward method were not returned as output. The inputs "
                "that are modified inplace must all be outputs of the Function. The function is "
                f"{node._function.__name__}, the argument of mark_dirty number {i}, of shape {list(x.shape)}."
            )
        if _among(x, inputs):
            found.append(x)
        else:
            warnings.warn(
                "ctx.mark_dirty() received a tensor that was not an input. Only input Tensors that have been "
                "mutated should be passed to ctx.mark_dirty().",
                UserWarning,
                stacklevel=4,
            )
    return tuple(found)


def _checked_non_differentiable(node: FunctionCtx) -> tuple:
    for x in node.non_differentiable:
        if not isinstance(x, Tensor):
            raise RuntimeError(
                f"mark_non_differentiable only accepts variable arguments, but got {type(x).__name__}"
            )
    return node.non_differentiable


def _keep(node: FunctionCtx, inputs: tuple, raw: tuple, outputs: tuple, recorded: tuple, dirty: tuple) -> None:
    """Save what forward asked for. `raw` are its results as it returned them, `outputs` as the caller gets them;
    `recorded` says which of these have their history here."""
    kept: list = []
    for position, x in enumerate(node.to_save):
        if x is None:
            kept.append(None)
            continue
        if not isinstance(x, Tensor):
            raise TypeError(
                "save_for_backward can only save variables, but argument "
                f"{position} is of type {type(x).__name__}. Keep other values as attributes of ctx."
            )
        number = -1
        for i, y in enumerate(raw):
            if y is x and recorded[i] and (_among(x, dirty) or not _among(x, inputs)):
                x, number = outputs[i], i
                break
        kept.append(keep(node, x, number))
    node._saved = tuple(kept)


def _note_levels(node: FunctionCtx, outputs: tuple) -> None:
    """Remember outputs of a level, for zeros like them."""
    on_level = {i: saved_result(y) for i, y in enumerate(outputs) if isinstance(y, Tensor) and y._level}
    if on_level:
        node._kinds_on_level = on_level


def _forget(node: FunctionCtx) -> None:
    """Drop what forward said about its tensors: results among them would make a cycle."""
    noted = node.__dict__
    for name in ("to_save", "saved_for_forward", "dirty_tensors", "non_differentiable"):
        if name in noted:
            del noted[name]


def _own(node: FunctionCtx, y, inputs: tuple, dirty: tuple, recorded: bool, has_setup: bool, dual_level):
    """A result of forward as a tensor that can have a history of its own."""
    if not isinstance(y, Tensor):
        return y
    if _among(y, dirty):
        return y if recorded or not y.requires_grad else saved_result(y)
    if _among(y, inputs):
        if has_setup and _among(y, node.to_save):
            raise RuntimeError(
                "An input that has been returned as-is as output is being saved for backward. This is not supported if "
                "you override setup_context. You should return and save a view of the input instead, e.g. with "
                "x.view_as(x) or setup ctx inside the forward function itself. The function is "
                f"{node._function.__name__}."
            )
        if not recorded and y.requires_grad:
            return saved_result(y)
        with _unrecorded(dual_level):
            return y.view_as(y)
    if y.requires_grad and (y._base is None or not recorded):
        # Forward recorded something for itself; what it returns is cut off from that.
        return saved_result(y)
    return y


def _among(y, tensors: tuple) -> bool:
    for x in tensors:
        if x is y:
            return True
    return False


class _Once(CustomNode):
    """The history of gradients that cannot be differentiated again."""

    def name(self) -> str:
        return "Error"

    def pull_back(self, cotangents: tuple):
        raise RuntimeError(
            "trying to differentiate twice a function that was marked with @once_differentiable\n  The gradients that "
            "its backward returned were differentiated. Write that backward with operations on tensors, without the "
            "decorator, to make it differentiable."
        )


def once_differentiable(fn):
    """Decorate a `backward` that cannot be differentiated again (it uses NumPy, say): a second derivative raises
    RuntimeError.

    >>> import wengert as t
    >>> class Cube(t.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x**3
    ...     @staticmethod
    ...     @t.autograd.function.once_differentiable
    ...     def backward(ctx, g):
    ...         x, = ctx.saved_tensors
    ...         return g * t.from_numpy(3 * x.numpy() ** 2)
    >>> x = t.tensor([2.0], requires_grad=True)
    >>> t.autograd.grad(Cube.apply(x), x)
    (tensor([12.]),)
    """

    @functools.wraps(fn)
    def wrapper(ctx, *cotangents, **keywords):
        before = exchange_grad_enabled(False)
        try:
            outputs = fn(ctx, *cotangents, **keywords)
        finally:
            exchange_grad_enabled(before)
        sources = tuple([g for g in cotangents if isinstance(g, Tensor) and g.requires_grad])
        if not before or not sources:
            return outputs
        several = isinstance(outputs, tuple)
        node = _Once()
        CustomNode.connect(node, sources)
        held = tuple([saved_result(g) if isinstance(g, Tensor) else g for g in (outputs if several else (outputs,))])
        CustomNode.adopt(node, held, tuple([levels.differentiable(g) for g in held]), ())
        return held if several else held[0]

    return wrapper


class InplaceFunction(Function):
    """A `Function`, under the name that programs from before static methods use."""

    def __init__(self, inplace: bool = False):
        self.inplace = inplace


__all__ = ["Function", "FunctionCtx", "InplaceFunction", "once_differentiable"]


def __dir__():
    return sorted(__all__)
