"""Modules that hold modules or parameters: in sequence, in a list, under keys."""

import itertools
import operator
from collections import OrderedDict
from collections.abc import Iterable, Mapping

from ...core import Tensor
from ..parameter import Parameter
from .module import Module, typename


def _position(index, length: int) -> int:
    index = operator.index(index)
    if not -length <= index < length:
        raise IndexError(f"index {index} is out of range")
    return index % length


def _sequential(other) -> "Sequential":
    if not isinstance(other, Sequential):
        raise ValueError(f"add operator supports only objects of Sequential class, but {type(other)} is given.")
    return other


class Sequential(Module):
    """Calls its modules one after the other, each on what the one before returned.

    Sequential(first, second, ...) or Sequential(OrderedDict(name=module, ...)).

    TypeError for what is no module.

    >>> import wengert as t
    >>> net = t.nn.Sequential(t.nn.Linear(2, 3), t.nn.ReLU())
    >>> net
    Sequential(
      (0): Linear(in_features=2, out_features=3, bias=True)
      (1): ReLU()
    )
    >>> net(t.ones(5, 2)).shape
    wengert.Size([5, 3])
    """

    def __init__(self, *args):
        super().__init__()
        entries = args[0].items() if len(args) == 1 and isinstance(args[0], OrderedDict) else enumerate(args)
        for name, module in entries:
            self.add_module(str(name), module)

    def forward(self, input):
        for module in self._modules.values():
            input = module(input)
        return input

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self):
        return iter(self._modules.values())

    def __getitem__(self, index):
        if isinstance(index, slice):
            return type(self)(OrderedDict(list(self._modules.items())[index]))
        return list(self._modules.values())[_position(index, len(self))]

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, list(self._modules)[_position(index, len(self))], module)

    def __delitem__(self, index) -> None:
        kept = list(self._modules.values())
        del kept[index if isinstance(index, slice) else _position(index, len(self))]
        self._refill(kept)

    def _refill(self, modules) -> None:
        self._modules.clear()
        for i, module in enumerate(modules):
            self.add_module(str(i), module)

    def __add__(self, other: "Sequential") -> "Sequential":
        return Sequential(*self, *_sequential(other))

    def __iadd__(self, other: "Sequential") -> "Sequential":
        return self.extend(list(_sequential(other)))

    def __mul__(self, other: int) -> "Sequential":
        return Sequential(*list(self) * self._times(other))

    __rmul__ = __mul__

    def __imul__(self, other: int) -> "Sequential":
        return self.extend(list(self) * (self._times(other) - 1))

    def _times(self, other) -> int:
        if not isinstance(other, int):
            raise TypeError(f"unsupported operand type(s) for *: {type(self)} and {type(other)}")
        if other <= 0:
            raise ValueError(f"Non-positive multiplication factor {other} for {type(self)}")
        return other

    def append(self, module: Module) -> "Sequential":
        """Add a module at the end."""
        self.add_module(str(len(self)), module)
        return self

    def insert(self, index: int, module: Module) -> "Sequential":
        """Add a module before position `index`; IndexError outside of [-n, n]."""
        if not isinstance(module, Module):
            raise AssertionError(f"module should be of type: {Module}, not {type(module).__name__}")
        modules = list(self)
        if not -len(modules) <= index <= len(modules):
            raise IndexError(f"Index out of range: {index}")
        modules.insert(index, module)
        self._refill(modules)
        return self

    def extend(self, modules) -> "Sequential":
        """Add modules at the end."""
        for module in modules:
            self.append(module)
        return self

    def pop(self, index: int) -> Module:
        """Take the module at a position out and return it."""
        module = self[index]
        del self[index]
        return module


class ModuleList(Module):
    """Modules in a list: registered, but not called by itself.

    TypeError for what is no module, IndexError for a place that there is not.

    >>> import wengert as t
    >>> layers = t.nn.ModuleList([t.nn.Linear(2, 2) for _ in range(3)])
    >>> len(layers), len(list(layers.parameters()))
    (3, 6)
    """

    _called = False

    def __init__(self, modules=None):
        super().__init__()
        self.extend(modules or ())

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self):
        return iter(self._modules.values())

    def __getitem__(self, index):
        modules = list(self._modules.values())
        return type(self)(modules[index]) if isinstance(index, slice) else modules[_position(index, len(modules))]

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, str(_position(index, len(self))), module)

    def __delitem__(self, index) -> None:
        kept = list(self)
        del kept[index if isinstance(index, slice) else _position(index, len(kept))]
        self._refill(kept)

    def __iadd__(self, modules) -> "ModuleList":
        return self.extend(modules)

    def __add__(self, other) -> "ModuleList":
        return ModuleList([*self, *other])

    def _refill(self, modules) -> None:
        self._modules.clear()
        for i, module in enumerate(modules):
            self.add_module(str(i), module)

    def append(self, module: Module) -> "ModuleList":
        """Add a module at the end."""
        self.add_module(str(len(self)), module)
        return self

    def insert(self, index: int, module: Module) -> None:
        """Add a module before position `index`."""
        modules = list(self)
        modules.insert(index, module)
        self._refill(modules)

    def extend(self, modules) -> "ModuleList":
        """Add modules at the end."""
        if not isinstance(modules, Iterable):
            raise TypeError(
                f"ModuleList.extend should be called with an iterable, but got {type(modules).__name__}"
            )
        for module in list(modules):
            self.append(module)
        return self

    def pop(self, index: int) -> Module:
        """Take the module at a position out and return it."""
        module = self[index]
        del self[index]
        return module

    def __repr__(self) -> str:
        """The tree, with runs of modules that print alike on one line: "(0-2): 3 x Linear(...)"."""
        if not self._modules:
            return f"{self._get_name()}()"
        lines = []
        for text, run in itertools.groupby(enumerate(map(repr, self)), key=lambda entry: entry[1]):
            numbers = [number for number, _ in run]
            first, last = numbers[0], numbers[-1]
            line = f"({first}): {text}" if first == last else f"({first}-{last}): {len(numbers)} x {text}"
            lines.append(line.replace("\n", "\n  "))
        return f"{self._get_name()}(\n  " + "\n  ".join(lines) + "\n)"


class ModuleDict(Module):
    """Modules under keys: registered, but not called by itself.

    TypeError for what is no module.

    >>> import wengert as t
    >>> choices = t.nn.ModuleDict({"relu": t.nn.ReLU(), "tanh": t.nn.Tanh()})
    >>> choices["tanh"]
    Tanh()
    """

    _called = False

    def __init__(self, modules=None):
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self):
        return iter(self._modules)

    def __contains__(self, key: str) -> bool:
        return key in self._modules

    def __getitem__(self, key: str) -> Module:
        return self._modules[key]

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def keys(self):
        return self._modules.keys()

    def values(self):
        return self._modules.values()

    def items(self):
        return self._modules.items()

    def clear(self) -> None:
        """Take all modules out."""
        self._modules.clear()

    def pop(self, key: str) -> Module:
        """Take a module out and return it."""
        return self._modules.pop(key)

    def update(self, modules) -> None:
        """Add modules from a mapping or from (key, module) pairs."""
        for key, module in modules.items() if hasattr(modules, "items") else _pairs("ModuleDict", modules):
            self[key] = module


def _pairs(name: str, entries) -> list:
    """Pairs given to a dictionary of modules or parameters; TypeError or ValueError for what are none."""
    if not isinstance(entries, Iterable):
        raise TypeError(
            f"{name}.update should be called with an iterable of key/value pairs, but got {type(entries).__name__}"
        )
    listed: list = list(entries)
    for position, entry in enumerate(listed):
        if not isinstance(entry, Iterable):
            raise TypeError(
                f"{name} update sequence element #{position} should be Iterable; is{type(entry).__name__}"
            )
        if len(entry) != 2:  # type: ignore[arg-type]
            raise ValueError(f"{name} update sequence element #{position} has length {len(entry)}; 2 is required")  # type: ignore[arg-type]
    return listed


def _line(name, entry, type_of) -> str:
    if isinstance(entry, Tensor):
        kind = "Parameter" if isinstance(entry, Parameter) else "Tensor"
        return f"  ({name}): {kind} containing: [{type_of(entry)} of size {'x'.join(map(str, entry.shape))}]"
    return f"  ({name}): Object of type: {type(entry).__name__}"


class ParameterList(Module):
    """Parameters in a list; tensors become parameters when they are put in.

    >>> import wengert as t
    >>> t.nn.ParameterList([t.zeros(2), t.zeros(3)])[1].shape
    wengert.Size([3])
    """

    def __init__(self, values=None):
        super().__init__()
        object.__setattr__(self, "_size", 0)
        self.extend(values or ())

    def __len__(self) -> int:
        return self._size

    def __iter__(self):
        return iter([self[i] for i in range(len(self))])

    def __getitem__(self, index):
        if isinstance(index, slice):
            return ParameterList([self[i] for i in range(*index.indices(len(self)))])
        return getattr(self, str(_position(index, len(self))))

    def __setitem__(self, index: int, value) -> None:
        setattr(self, str(_position(index, len(self))), _as_parameter(value))

    def append(self, value) -> "ParameterList":
        """Add a value at the end."""
        object.__setattr__(self, "_size", self._size + 1)
        setattr(self, str(self._size - 1), _as_parameter(value))
        return self

    def extend(self, values) -> "ParameterList":
        """Add values at the end."""
        if isinstance(values, Tensor) or not hasattr(values, "__iter__"):
            raise TypeError(f"ParameterList.extend should be called with an iterable, but got {type(values).__name__}")
        for value in values:
            self.append(value)
        return self

    def __iadd__(self, values) -> "ParameterList":
        return self.extend(values)

    def __call__(self, *args, **kwargs):
        raise RuntimeError("ParameterList should not be called.")

    def extra_repr(self) -> str:
        return "\n".join([_line(i, entry, lambda x: x.dtype) for i, entry in enumerate(self)])


class ParameterDict(Module):
    """Parameters under keys; tensors become parameters when they are put in.

    A plain dict is taken in the order of its sorted keys; an OrderedDict, a ParameterDict and pairs in their own.

    >>> import wengert as t
    >>> list(t.nn.ParameterDict({"scale": t.ones(2), "shift": t.zeros(2)}))
    ['scale', 'shift']
    """

    def __init__(self, parameters=None):
        super().__init__()
        object.__setattr__(self, "_keys", {})
        if parameters is not None:
            self.update(parameters)

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self):
        return iter(self._keys)

    def __reversed__(self):
        return reversed(self._keys)

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def __getitem__(self, key: str):
        if key not in self._keys:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{key}'")
        return getattr(self, key)

    def __setitem__(self, key: str, value) -> None:
        if not isinstance(key, str):
            raise TypeError(
                "Index given to ParameterDict cannot be used as a key as it is not a string (type is "
                f"'{type(key).__name__}')."
            )
        setattr(self, key, _as_parameter(value))
        self._keys[key] = None

    def __delitem__(self, key: str) -> None:
        del self._keys[key]
        delattr(self, key)

    def __or__(self, other: "ParameterDict") -> "ParameterDict":
        joined = self.copy()
        joined.update(other)
        return joined

    def __ror__(self, other):
        joined = other.copy()
        joined.update(self.items())
        return joined

    def __ior__(self, other: "ParameterDict") -> "ParameterDict":
        self.update(other)
        return self

    def keys(self):
        return self._keys.keys()

    def values(self):
        return [self[key] for key in self._keys]

    def items(self):
        return [(key, self[key]) for key in self._keys]

    def get(self, key: str, default=None):
        """The value under a key, or the default."""
        return self[key] if key in self._keys else default

    def setdefault(self, key: str, default=None):
        """The value under a key, which is put there first if there is none."""
        if key not in self._keys:
            self[key] = default
        return self[key]

    def pop(self, key: str):
        """Take a value out and return it."""
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple:
        """Take the last (key, value) out and return it."""
        if not self._keys:
            raise KeyError("popitem(): dictionary is empty")
        key = next(reversed(self._keys))
        return key, self.pop(key)

    def clear(self) -> None:
        """Take everything out."""
        for key in list(self._keys):
            del self[key]

    def copy(self) -> "ParameterDict":
        """Another ParameterDict of the same parameters."""
        return ParameterDict(OrderedDict(self.items()))

    def fromkeys(self, keys, default=None) -> "ParameterDict":
        """A new ParameterDict with one value under all keys."""
        return ParameterDict([(key, default) for key in keys])

    def update(self, parameters) -> None:
        """Add values from a mapping or from (key, value) pairs."""
        if isinstance(parameters, (OrderedDict, ParameterDict)):
            entries = parameters.items()
        elif isinstance(parameters, Mapping):
            entries = sorted(parameters.items(), key=lambda entry: entry[0])
        else:
            entries = _pairs("ParametersDict" if not isinstance(parameters, Iterable) else "ParameterDict", parameters)
        for key, value in entries:
            self[key] = value

    def __call__(self, *args, **kwargs):
        raise RuntimeError("ParameterDict should not be called.")

    def extra_repr(self) -> str:
        return "\n".join([_line(key, entry, typename) for key, entry in self.items()])


def _as_parameter(value):
    return Parameter(value) if isinstance(value, Tensor) and not isinstance(value, Parameter) else value
