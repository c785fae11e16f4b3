"""Reading pickles of plain data without running anything.

A pickle is a program for a small stack machine, and in Python's own reader it may call any function. This machine
knows the instructions that build plain data; the names that a program may use, and what each of them does, are a table.
https://docs.python.org/3/library/pickletools.html lists the instructions.
"""

import pickle
import pickletools
import warnings
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple

# Which module a name stood in when Python 2 wrote it.
_OLD_MODULES = {"__builtin__": "builtins", "copy_reg": "copyreg"}


class Function(NamedTuple):
    """What a name that a pickle may call stands for."""

    call: Callable


_MARK = object()


class Machine:
    """Runs one pickle.

    Args:
        names: what "module.name" stands for: a `Function`, or a value that is not called.
        persistent: a function from a persistent identity, as PyTorch writes for a storage, to an object.
    """

    def __init__(self, names: dict, persistent: Callable):
        self._names = names
        self._persistent = persistent

    def load(self, file):
        """The object of the pickle that begins where the file is; the file is after it then.

        pickle.UnpicklingError for everything that this machine does not do and for what is no pickle.
        """
        self._stack: list = []
        self._memo: dict[int, Any] = {}
        try:
            with warnings.catch_warnings():
                # Of odd escapes in text that Python 2 wrote.
                warnings.simplefilter("ignore", DeprecationWarning)
                for operation, argument, _ in pickletools.genops(file):
                    if operation.name == "STOP":
                        return self._stack.pop()
                    self._step(operation.name, argument)
        except pickle.UnpicklingError:
            raise
        except RecursionError:
            raise pickle.UnpicklingError("the structure is nested too deeply") from None
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, MemoryError) as error:
            raise pickle.UnpicklingError(f"it is no pickle that makes sense: {type(error).__name__}: {error}") from None
        raise pickle.UnpicklingError("it ends before its last instruction")

    def _step(self, name: str, argument) -> None:
        stack = self._stack
        if name in _PUSH_ARGUMENT:
            stack.append(argument)
        elif name in _PUSH_NEW:
            stack.append(_PUSH_NEW[name]())
        elif name in ("BINPUT", "LONG_BINPUT", "PUT"):
            self._memo[argument] = stack[-1]
        elif name == "MEMOIZE":
            self._memo[len(self._memo)] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET", "GET"):
            stack.append(self._memo[argument])
        elif name == "MARK":
            stack.append(_MARK)
        elif name == "TUPLE":
            stack.append(tuple(self._popped()))
        elif name in _TUPLES:
            count = _TUPLES[name]
            if len(stack) < count:
                raise IndexError("too little on the stack")
            stack[-count:] = [tuple(stack[-count:])]
        elif name == "APPEND":
            self._add([stack.pop()])
        elif name in ("APPENDS", "ADDITEMS"):
            self._add(self._popped())
        elif name == "SETITEM":
            value, key = stack.pop(), stack.pop()
            self._set([key, value])
        elif name == "SETITEMS":
            self._set(self._popped())
        elif name in ("LIST", "DICT", "FROZENSET"):
            items = self._popped()
            stack.append(_made_of(name, items))
        elif name == "GLOBAL":
            stack.append(self._named(*argument.split(" ", 1)))
        elif name == "STACK_GLOBAL":
            own, module = stack.pop(), stack.pop()
            stack.append(self._named(module, own))
        elif name in ("REDUCE", "NEWOBJ"):
            arguments, function = stack.pop(), stack.pop()
            if not isinstance(function, Function) or type(arguments) is not tuple:
                raise pickle.UnpicklingError(f"it calls {function!r}, which is not in the table of what may be called")
            stack.append(function.call(*arguments))
        elif name == "BUILD":
            _set_state(stack[-2], stack[-1])
            stack.pop()
        elif name == "BINPERSID":
            stack.append(self._persistent(stack.pop()))
        elif name not in ("PROTO", "FRAME"):
            raise pickle.UnpicklingError(f"Unsupported operand {name}: plain data needs no such instruction")

    def _popped(self) -> list:
        """What is above the last mark, taken off together with it."""
        stack = self._stack
        for i in range(len(stack) - 1, -1, -1):
            if stack[i] is _MARK:
                items = stack[i + 1 :]
                del stack[i:]
                return items
        raise IndexError("no mark on the stack")

    def _add(self, items: list) -> None:
        target = self._stack[-1]
        if type(target) is list:
            target.extend(items)
        elif type(target) is set:
            target.update(items)
        else:
            raise pickle.UnpicklingError(f"it adds to a {type(target).__name__}, which is no list and no set")

    def _set(self, items: list) -> None:
        target = self._stack[-1]
        if not isinstance(target, dict) or len(items) % 2:
            raise pickle.UnpicklingError(f"it sets entries of a {type(target).__name__}, which is no dict")
        for i in range(0, len(items), 2):
            target[items[i]] = items[i + 1]

    def _named(self, module, own):
        full = f"{_OLD_MODULES.get(module, module)}.{own}"
        if full not in self._names:
            raise pickle.UnpicklingError(
                f"Unsupported global: GLOBAL {full} was not an allowed global by default. Only tensors and plain "
                "containers are loaded: what else a file names could be any program. Save state_dict()s, and plain "
                "values, in the program that has made the file"
            )
        return self._names[full]


_PUSH_ARGUMENT = {
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT", "STRING", "BINSTRING",
    "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "BINBYTES", "SHORT_BINBYTES",
    "BINBYTES8", "BYTEARRAY8",
}  # fmt: skip
_PUSH_NEW: dict[str, Callable] = {
    "NONE": lambda: None, "NEWTRUE": lambda: True, "NEWFALSE": lambda: False, "EMPTY_TUPLE": tuple, "EMPTY_LIST": list,
    "EMPTY_DICT": dict, "EMPTY_SET": set,
}  # fmt: skip
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


def _made_of(name: str, items: list):
    if name == "LIST":
        return items
    if name == "FROZENSET":
        return frozenset(items)
    return dict(zip(items[::2], items[1::2], strict=True))


def _set_state(target, state) -> None:
    """The attributes of a state dict, where the layers' versions are. Nothing else has any that a file may set."""
    if type(target) is not OrderedDict or not isinstance(state, dict) or not set(state) <= {"_metadata"}:
        raise pickle.UnpicklingError(f"it sets attributes of a {type(target).__name__}, which plain data does not")
    vars(target).update(state)
