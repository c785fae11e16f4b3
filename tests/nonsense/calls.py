"""Random calls of every public function, and what may not come of them.

A call may return, or raise an error of one of PyTorch's types. It may not crash, raise another error (an AttributeError
says that an argument was never looked at), or leave an operand changed when it failed.
"""

import dataclasses
import random
import warnings

import numpy as np

import wengert
from wengert.core import registry

from .arguments import argument, surroundings, tensor

# What a call may raise. LinAlgError is a RuntimeError; MemoryError is NumPy's for a size that no machine has,
# BufferError that of memory that cannot be exported.
ERRORS = (
    TypeError, ValueError, RuntimeError, IndexError, NotImplementedError, MemoryError, OverflowError, BufferError,
)  # fmt: skip

# Functions for whose arguments PyTorch has AssertionErrors, with messages.
ASSERTED = {"t.Tensor.cuda", "t.nn.functional.embedding", "t.nn.functional.multi_head_attention_forward"}

# Names with an effect on the whole process, or that wait for a user.
LEFT_ALONE = {
    "set_default_dtype", "set_num_threads", "set_printoptions", "set_grad_enabled", "set_anomaly_enabled",
    "enable_grad", "no_grad", "inference_mode", "show_config", "manual_seed", "seed", "set_rng_state",
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Call:
    """One call, as text."""

    name: str
    arguments: tuple[str, ...]
    keywords: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return f"{self.name}({', '.join([*self.arguments, *[f'{k}={v}' for k, v in self.keywords]])})"


def public_names() -> list[str]:
    """Every public function: of the namespaces, of `nn.functional`, and the methods of Tensor."""
    names = []
    for namespace, members in registry.namespaces.items():
        prefix = f"t.{namespace}." if namespace else "t."
        names += [prefix + name for name in members]
    names += [f"t.nn.functional.{name}" for name in wengert.nn.functional.__all__]
    for name, value in vars(wengert.Tensor).items():
        special = name.startswith("__") and name.endswith("__")
        if callable(value) and (not name.startswith("_") or special) and name not in SPECIAL_LEFT_ALONE:
            names.append(f"t.Tensor.{name}")
    return sorted({name for name in names if name.rpartition(".")[2] not in LEFT_ALONE})


# What Python itself calls, with arguments of its own making.
SPECIAL_LEFT_ALONE = {"__new__", "__init__", "__init_subclass__", "__subclasshook__", "__class__", "__setattr__",
                      "__delattr__", "__getattribute__", "__dir__", "__sizeof__", "__reduce__", "__reduce_ex__",
                      "__setstate__", "__class_getitem__", "__torch_function__", "__array_ufunc__",
                      "__array_function__"}  # fmt: skip


def write(rng: random.Random, names: list[str]) -> Call:
    """A random call."""
    name = rng.choice(names)
    count = rng.choice((0, 1, 1, 2, 2, 2, 3, 3, 4, 5))
    # A method is found through its tensor.
    own = [tensor(rng)] if name.startswith("t.Tensor.") else []
    count -= len(own)
    keywords = []
    if rng.random() < 0.2:
        known = ("dim", "keepdim", "out", "dtype", "axis", "size", "other", "input", "nonsense", "p", "value", "mode",
                 "requires_grad", "device", "generator", "alpha")  # fmt: skip
        keywords = [(rng.choice(known), argument(rng))]
    return Call(name, (*own, *[argument(rng) for _ in range(count)]), tuple(keywords))


def tensors_in(x, found: list) -> list:
    if isinstance(x, wengert.Tensor):
        found.append(x)
    elif isinstance(x, (list, tuple)):
        for y in x:
            tensors_in(y, found)
    elif isinstance(x, dict):
        tensors_in(list(x.values()), found)
    return found


def state_of(x) -> tuple:
    """What a failed call must leave as it was."""
    array = x.detach().array
    return tuple(array.shape), array.dtype, array.strides, np.ascontiguousarray(array).tobytes(), x.requires_grad


def complaint(call: Call) -> str | None:
    """What is wrong with the outcome of a call; None if nothing is."""
    names = surroundings(wengert)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        function = eval(call.name, dict(names))
        positional = [eval(text, dict(names)) for text in call.arguments]
        named = {name: eval(text, dict(names)) for name, text in call.keywords}
        operands = tensors_in([positional, named], [])
        before = [state_of(x) for x in operands]
        try:
            function(*positional, **named)
        except ERRORS as error:
            if not str(error).strip() and not isinstance(error, MemoryError):
                return f"{type(error).__name__} without a message"
        except Exception as error:
            if isinstance(error, AssertionError) and call.name in ASSERTED and str(error):
                return None
            return f"{type(error).__name__}: {error}"
        else:
            own = call.name.rpartition(".")[2]
            if own.endswith("_") or own in MAY_WRITE or "out" in named or "inplace" in named:
                return None
            # The third argument of many layers is `inplace`.
            if call.name.startswith("t.nn.functional."):
                return None
        changed = [i for i, (x, old) in enumerate(zip(operands, before, strict=True)) if state_of(x) != old]
    return f"operands {changed} have changed" if changed else None


# Methods that change their tensor by their meaning, though their names do not end in an underscore.
MAY_WRITE = {"__setitem__", "backward", "__iadd__", "__isub__", "__imul__", "__itruediv__", "__ifloordiv__", "__imod__",
             "__ipow__", "__imatmul__", "__iand__", "__ior__", "__ixor__", "__ilshift__", "__irshift__",
             "set_data", "fill"}  # fmt: skip


def still_works() -> bool:
    """Whether gradients come out right after whatever happened."""
    x = wengert.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    return x.grad.tolist() == [2.0, 4.0]
