"""`Function`: an operation whose derivative you write yourself."""

import functools
from typing import Any

from ..core import Tensor, modes, saved
from ..core.custom_node import CustomNode
from ..core.errors import changed, freed
from .grad_mode import no_grad


class FunctionCtx(CustomNode):
    """What `forward`, `setup_context` and `backward` share: the node itself.

    Anything may be put on it as an attribute; tensors that the backward pass needs belong in `save_for_backward`, which
    notices in-place changes, lets go of them when the graph is freed, and makes no reference cycles.
    """

    _function: Any = None  # the Function subclass, set on the subclass that is made for it

    def __init__(self):
        self._to_save = ()
        self._saved = None
        self._dirty = ()
        self._without_gradient = ()
        self._materializes = True
        self._needs_input_grad = ()

    # ------------------------------------------------------------------------------------------- for forward

    def save_for_backward(self, *tensors) -> None:
        """Keep inputs, outputs or other tensors for the backward pass, where `saved_tensors` has them; None stays
        None."""
        for x in tensors:
            if x is not None and not isinstance(x, Tensor):
                raise TypeError(
                    "save_for_backward can only save variables, but argument "
                    f"{tensors.index(x)} is of type {type(x).__name__}. Keep other values as attributes of ctx."
                )
        self._to_save = tensors

    def save_for_forward(self, *tensors) -> None:
        """Keep tensors for the `jvp` of the Function, where `saved_tensors` has them."""
        self._to_save_for_forward = tensors

    def mark_dirty(self, *tensors) -> None:
        """Say which inputs were changed in place; they must also be returned."""
        self._dirty = tensors

    def mark_non_differentiable(self, *tensors) -> None:
        """Say which outputs have no gradient."""
        self._without_gradient = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether `backward` gets zeros (True, the default) or None for an output that no gradient reached."""
        self._materializes = value

    @property
    def needs_input_grad(self) -> tuple:
        """For each input of forward, whether a gradient is wanted."""
        return self._needs_input_grad

    # ------------------------------------------------------------------------------------------- for backward

    @property
    def saved_tensors(self) -> tuple:
        """What `save_for_backward` was given, checked for in-place changes since."""
        if self._saved is None:
            if self.freed_by_place is not None:
                freed(self)
            return tuple(self._to_save)
        return tuple([None if one is None else one.unpack(self) for one in self._saved])

    @property
    def saved_variables(self) -> tuple:
        """The old name of `saved_tensors`."""
        import warnings

        warnings.warn("'saved_variables' is deprecated; use 'saved_tensors'", DeprecationWarning, stacklevel=2)
        return self.saved_tensors

    def name(self) -> str:
        return type(self).__name__

    def let_go(self) -> None:
        self._saved = None
        self._to_save = ()

    def pull_back(self, cotangents: tuple):
        if self._saved is None and self.freed_by_place is not None and self._saved_something:
            freed(self)
        if self._materializes:
            cotangents = tuple([
                self._zeros(i) if g is None and kind is not None else g
                for i, (g, kind) in enumerate(zip(cotangents, self.output_kinds, strict=True))
            ])
        return self._function.backward(self, *cotangents)

    def _zeros(self, i: int):
        import numpy

        from ..core.promotion import from_array

        shape, dtype = self.output_kinds[i]
        return from_array(numpy.zeros(shape, dtype))

    # ------------------------------------------------------------------------------------------- for apply

    def _keep(self, inputs: tuple, outputs: tuple) -> None:
        kept: list = []
        for x in self._to_save:
            if x is None:
                kept.append(None)
                continue
            number = next((i for i, y in enumerate(outputs) if y is x), None)
            if number is not None:
                kept.append(_SavedOutput(x, number))
            else:
                kept.append(_SavedInput(self, x))
        self._saved = tuple(kept)
        self._saved_something = bool(kept)
        self._to_save = ()


class _SavedInput:
    """An input (or other tensor) that a Function saved, with the version of its memory."""

    __slots__ = ("content", "version", "name")

    def __init__(self, node, x: Tensor):
        if x.is_inference() and not modes.is_inference_mode_enabled():
            from ..core.errors import inference_tensor_saved

            inference_tensor_saved(node)
        self.version = None if x.is_inference() else x._version
        self.content = saved.pack(x)

    def unpack(self, node) -> Tensor:
        if isinstance(self.content, saved.Packed):
            return self.content.unpack()
        x = self.content
        if self.version is not None and x._version != self.version:
            changed(node, x, x.untyped_storage(), self.version, "in save_for_backward")
        return x


class _SavedOutput:
    """An output that a Function saved: without its history, which would make a cycle, and given it back when read."""

    __slots__ = ("content", "version", "number")

    def __init__(self, x: Tensor, number: int):
        self.version = x._version
        self.number = number
        self.content = saved.pack(x.detach())

    def unpack(self, node) -> Tensor:
        x = self.content
        if isinstance(x, saved.Packed):
            x = x.unpack().detach()
        elif x._version != self.version:
            changed(node, None, x.untyped_storage(), self.version, "out")
        x = x.detach()
        if modes.is_grad_enabled():
            node.lend_history(x, self.number)
        return x


class Function:
    """Base class of operations with a derivative of your own.

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

    `forward` may do without `ctx` if there is a `setup_context(ctx, inputs, output)`. `backward` returns one gradient
    per argument of `forward`, None where there is none. It is itself recorded under `create_graph=True`.
    """

    generate_vmap_rule = False
    _ctx_class: Any = None

    def __init__(self, *arguments, **keywords):
        raise RuntimeError(
            f"{type(self).__name__} should not be instantiated. Methods on autograd functions are all static, so you "
            "should invoke them on the class itself: call its apply."
        )

    @staticmethod
    def forward(*arguments, **keywords):
        """Compute. With a `setup_context`, the arguments are the inputs; without, `ctx` comes first."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx, inputs, output):
        """Save what the backward pass needs, where `forward` takes no `ctx`."""
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
        """The tangents of the outputs for those of the inputs (forward mode)."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
        )

    def __init_subclass__(cls, **keywords):
        super().__init_subclass__(**keywords)
        # `vjp` is another name for backward.
        if "vjp" in cls.__dict__ and "backward" not in cls.__dict__:
            cls.backward = staticmethod(cls.vjp)
        cls._ctx_class = type(
            cls.__name__ + "Backward", (FunctionCtx,), {"_function": cls, "__module__": cls.__module__}
        )

    @classmethod
    def apply(cls, *inputs, **keywords):
        """Run `forward` on the inputs, and record it."""
        if keywords:
            raise TypeError(f"{cls.__name__}.apply() takes no keyword arguments")
        ctx = cls._ctx_class()
        wanted = modes.is_grad_enabled()
        needs = tuple([isinstance(x, Tensor) and x.requires_grad for x in inputs])
        ctx._needs_input_grad = needs
        recording = wanted and any(needs)
        if recording:
            ctx.connect(inputs)
        with no_grad():
            if cls.setup_context is not Function.setup_context:
                output = cls.forward(*inputs)
                cls.setup_context(ctx, inputs, output)
            else:
                output = cls.forward(ctx, *inputs)
        several = isinstance(output, (tuple, list))
        outputs = tuple(output) if several else (output,)
        _check_outputs(cls, ctx, inputs, outputs)
        # A result that is an input, or a view of one, unchanged: a tensor of its own, so that both keep their history.
        outputs = tuple([_own(y, inputs, ctx._dirty) for y in outputs])
        if recording:
            differentiable = tuple([
                isinstance(y, Tensor)
                and (y.dtype.is_floating_point or y.dtype.is_complex)
                and not any(y is z for z in ctx._without_gradient)
                for y in outputs
            ])
            if any(differentiable):
                ctx.adopt(outputs, differentiable, ctx._dirty)
            ctx._keep(inputs, outputs)
        return outputs if several else outputs[0]


Function._ctx_class = type("FunctionBackward", (FunctionCtx,), {"_function": Function})


def _check_outputs(cls, ctx: FunctionCtx, inputs: tuple, outputs: tuple) -> None:
    for x in ctx._dirty:
        if not any(x is y for y in outputs):
            raise RuntimeError(
                f"{cls.__name__}: some elements marked as dirty during the forward method were not returned as output. "
                "The inputs that are modified inplace must all be outputs of the Function."
            )


def _own(y, inputs: tuple, dirty: tuple):
    if not isinstance(y, Tensor) or any(y is x for x in dirty):
        return y
    if any(y is x for x in inputs) or y.requires_grad or y._base is not None:
        return y.detach()
    return y


def once_differentiable(backward):
    """Decorate a `backward` that cannot be differentiated again (it uses NumPy, say): a second derivative raises."""

    @functools.wraps(backward)
    def wrapper(ctx, *cotangents):
        with no_grad():
            gradients = backward(ctx, *cotangents)
        if not modes.is_grad_enabled() or not any([isinstance(g, Tensor) and g.requires_grad for g in cotangents]):
            return gradients
        several = isinstance(gradients, tuple)
        held = [
            _NotAgain.apply(g, *[x for x in cotangents if isinstance(x, Tensor)]) if isinstance(g, Tensor) else g
            for g in (gradients if several else (gradients,))
        ]
        return tuple(held) if several else held[0]

    return wrapper


class _NotAgain(Function):
    """Passes a value on, and refuses to be differentiated."""

    @staticmethod
    def forward(ctx, g, *cotangents):
        return g.detach()

    @staticmethod
    def backward(ctx, *cotangents):
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")
