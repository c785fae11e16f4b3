"""Nested plain structures as JSON, with the tensors in them by number.

None, booleans, text, integers, finite floats and lists are what JSON has for them. Everything else is an object with
one name, its type: {"tuple": [...]}, {"dict": [[key, value], ...]}, {"tensor": 3}.
"""

import base64
import math
from collections import Counter, OrderedDict
from collections.abc import Callable

import numpy

from ..core import Size, Tensor, device, dtypes
from ..core.size import layout, memory_format

_LONGEST_INTEGER = 1 << 63
# Levels of nesting, so that what can be saved can be loaded: reading JSON takes the stack.
_DEEPEST = 200


class Writer:
    """Makes the tree of an object. `tensors` are those in it, arrays too, each once, and `names` says where each was
    found first."""

    def __init__(self):
        self.tensors: list = []
        self.names: list[str] = []
        self._numbers: dict[int, int] = {}
        self._open: set[int] = set()

    def tree(self, x, path: tuple = ()):
        """The tree of x, which was found at `path`. TypeError for what is not plain, naming the place."""
        kind = type(x)
        if x is None or kind is bool or kind is str:
            return x
        if kind is int:
            return x if -_LONGEST_INTEGER <= x < _LONGEST_INTEGER else {"int": hex(x)}
        if kind is float:
            return x if math.isfinite(x) else {"float": repr(x)}
        if isinstance(x, (Tensor, numpy.ndarray)):
            return {"tensor": self._number(x, path)}
        plain = _PLAIN.get(kind)
        if plain is not None:
            return {plain[0]: plain[1](x)}
        if isinstance(x, numpy.generic) and x.dtype in _NUMPY_TYPES:
            return {"numpy": [x.dtype.name, base64.b64encode(x.tobytes()).decode()]}
        if kind in _CONTAINERS:
            return self._container(x, kind, path)
        raise self._refusal(x, path)

    def _container(self, x, kind, path):
        if len(path) > _DEEPEST:
            raise ValueError(f"save(): the structure is nested more than {_DEEPEST} levels deep")
        if id(x) in self._open:
            raise ValueError(f"save(): the {kind.__name__} {_at(path)} contains itself, which a tree cannot")
        self._open.add(id(x))
        try:
            if kind is list:
                return [self.tree(value, (*path, i)) for i, value in enumerate(x)]
            if kind in (dict, OrderedDict, Counter):
                node = {
                    kind.__name__: [
                        [self.tree(key, (*path, "a key")), self.tree(value, (*path, key))] for key, value in x.items()
                    ]
                }
                attributes = dict(vars(x)) if kind is not dict else {}
                if attributes:
                    # Module.state_dict() has its layers' versions there.
                    node["attributes"] = self.tree(attributes, (*path, "attributes"))
                return node
            return {kind.__name__: [self.tree(value, (*path, i)) for i, value in enumerate(x)]}
        finally:
            self._open.discard(id(x))

    def _number(self, x, path) -> int:
        if id(x) not in self._numbers:
            self._numbers[id(x)] = len(self.tensors)
            self.tensors.append(x)
            self.names.append(".".join([str(part) for part in path]) or "tensor")
        return self._numbers[id(x)]

    def _refusal(self, x, path) -> TypeError:
        from ..nn.modules.module import Module
        from ..optim.optimizer import Optimizer

        advice = "make plain values of it: tensors, numbers, text, bytes, dicts, lists, tuples and sets of them"
        if isinstance(x, (Module, Optimizer)):
            advice = "its code is not data: save what state_dict() gives, and load_state_dict() it into a new one"
        elif isinstance(x, tuple) and hasattr(x, "_fields"):
            advice = "its class would have to be run to load it: save tuple(x) or x._asdict()"
        elif isinstance(x, (dict, list, tuple, set, str, int, float)):
            advice = f"it is no plain {type(x).__mro__[1].__name__}: convert it to one"
        return TypeError(
            f"save(): cannot save the {type(x).__module__}.{type(x).__qualname__} {_at(path)}; {advice}"
        )


def _at(path: tuple) -> str:
    return "at " + "".join([f"[{part!r}]" for part in path]) if path else "that was given"


def _text(data) -> str:
    return base64.b64encode(data).decode()


_PLAIN: dict[type, tuple[str, Callable]] = {
    complex: ("complex", lambda x: [repr(x.real), repr(x.imag)]),
    bytes: ("bytes", _text),
    bytearray: ("bytearray", _text),
    dtypes.dtype: ("dtype", lambda x: x.name),
    device: ("device", str),
    Size: ("Size", list),
    layout: ("layout", lambda x: x.name),
    memory_format: ("memory_format", lambda x: x.name),
}
_NUMPY_TYPES = {dtype.numpy for dtype in dtypes.ALL}
_CONTAINERS = (list, dict, OrderedDict, Counter, tuple, set, frozenset)


class Malformed(Exception):
    """A tree that no Writer makes."""


def read(node, tensors: list):
    """The object of a tree. Malformed for a tree that no `Writer` makes."""
    if node is None or isinstance(node, (bool, str, int, float)):
        return node
    if isinstance(node, list):
        return [read(value, tensors) for value in node]
    if not isinstance(node, dict) or not node:
        raise Malformed(f"{node!r} in the tree")
    kind, value = next(iter(node.items()))
    reader = _READERS.get(kind)
    if reader is None:
        raise Malformed(f"the unknown type {kind!r} in the tree")
    try:
        made = reader(value, tensors)
        if "attributes" in node and isinstance(made, (OrderedDict, Counter)):
            vars(made).update(read(node["attributes"], tensors))
        return made
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
        raise Malformed(f"a {kind} in the tree that is none: {error}") from None


def _read_number(value, tensors):
    if type(value) is not int or value < 0:
        raise ValueError(f"{value!r} is no tensor's number")
    return tensors[value]


def _read_mapping(kind):
    def read_it(pairs, tensors):
        made = kind()
        for key, value in pairs:
            made[read(key, tensors)] = read(value, tensors)
        return made

    return read_it


def _read_several(kind):
    return lambda values, tensors: kind([read(value, tensors) for value in values])


def _read_size(values, tensors) -> Size:
    if any([type(value) is not int for value in values]):
        raise ValueError(f"{values!r} are no sizes")
    return Size(values)


def _read_numpy(value, tensors):
    name, data = value
    return numpy.frombuffer(base64.b64decode(data, validate=True), dtypes.by_name(name).numpy)[0]


def _word(kind):
    def read_it(name, tensors):
        from ..core import size

        words = (size.STRIDED, size.CONTIGUOUS, size.PRESERVE, size.CHANNELS_LAST, size.CHANNELS_LAST_3D)
        return {word.name: word for word in words if isinstance(word, kind)}[name]

    return read_it


_READERS = {
    "int": lambda value, tensors: int(value, 16),
    "float": lambda value, tensors: float(value),
    "complex": lambda value, tensors: complex(float(value[0]), float(value[1])),
    "bytes": lambda value, tensors: base64.b64decode(value, validate=True),
    "bytearray": lambda value, tensors: bytearray(base64.b64decode(value, validate=True)),
    "dtype": lambda value, tensors: dtypes.by_name(value),
    "device": lambda value, tensors: device(value),
    "layout": _word(layout),
    "memory_format": _word(memory_format),
    "numpy": _read_numpy,
    "tensor": _read_number,
    "Size": _read_size,
    "dict": _read_mapping(dict),
    "OrderedDict": _read_mapping(OrderedDict),
    "Counter": _read_mapping(Counter),
    "tuple": _read_several(tuple),
    "set": _read_several(set),
    "frozenset": _read_several(frozenset),
}
