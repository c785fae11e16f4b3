"""Samples of functions that are made of operations, and the form in which the checks take them.

The derivative of such a function follows from those of its operations; the checks see that it does, that it is the same
in every mode, and that the values are a reference's.

A row is `row(name, operands, reference, *parameters)`, as for declared operations; the name may have dots
("linalg.inv"). Operands are the function's first arguments; a parameter set is a tuple of the arguments that follow,
or a dictionary of keywords. The rows are in `rows/`, a module for each family.
"""

import dataclasses
import functools
from collections.abc import Callable

import wengert
from wengert.core import registry

from . import samples
from .samples import Sample
from .values import Values


@dataclasses.dataclass(frozen=True)
class FunctionSample(Sample):
    """One call of a function made of operations.

    Attributes:
        keywords: the names of the parameters; () where they are positional.
        takes_list: whether the operands go into one list.
        differentiable: whether the result depends on the operands in a differentiable way.
        real_only: whether complex operands are refused.
        smooth: whether finite differences say something (False for rounding and its like).
        without: checks that are not made of it, each with its reason.
        call: how the function is called, `call(function, *operands, *parameters)`, where operands do not come first;
            PyTorch's is called in the same way.
        through: a program (library, *operands, *parameters) that calls the function, checked in its place: where it
            takes no random operands (a positive definite matrix, say) or its results are determined up to a phase.
    """

    keywords: tuple = ()
    takes_list: bool = False
    differentiable: bool = True
    real_only: bool = False
    smooth: bool = True
    without: tuple = ()
    call: Callable | None = None
    through: Callable | None = None


COMPOSITES: dict[str, list[FunctionSample]] = {}


def row(name: str, operands: list[Values], reference, *parameters, **options) -> None:
    """Enter samples of a function, one for each set of parameters. Options are further fields of `FunctionSample`.

    Of a declared operation they are entered in the table of the declared ones.
    """
    if name in registry.operations:
        if set(options) - {"spelled"}:
            raise TypeError(f"{name} is a declared operation: its declaration says what {sorted(options)} would say")
        samples.row(name, operands, reference, *parameters, **options)
        return
    entries = COMPOSITES.setdefault(name, [])
    for values in parameters or ((),):
        named = isinstance(values, dict)
        entries.append(
            FunctionSample(
                name, tuple(operands), reference, tuple(values.values()) if named else tuple(values), len(entries),
                keywords=tuple(values) if named else (), **options,
            )
        )  # fmt: skip


def function_called(name: str):
    """The function of a (dotted) name, or the tensor method that has no function beside it."""
    found = registry.functions.get(name)
    if found is None and "." not in name and not hasattr(wengert, name):
        return getattr(wengert.Tensor, name)
    if found is None:
        found = wengert
        for part in name.split("."):
            found = getattr(found, part)
    return found


class Composite:
    """A function with the operands and parameters of a sample, as the checks see an operation."""

    kind = "general"
    view = False
    broadcasts = True

    def __init__(self, sample: FunctionSample):
        self.sample = sample
        self.name = sample.operation
        self.function = function_called(self.name)
        if sample.through is not None:
            self.function = functools.partial(sample.through, wengert)
        self.takes_list = sample.takes_list
        self.inputs = tuple([f"operand{i}" for i in range(len(sample.operands))])
        self.parameters = sample.keywords or tuple([f"parameter{i}" for i in range(len(sample.parameters))])
        self.method_in_place = getattr(wengert.Tensor, self.name.rpartition(".")[2] + "_", None)
        alone = self.method_in_place is None or "." in self.name or sample.through is not None
        self.in_place = None if alone else self._in_place

    def rule_for(self, i: int):
        return True if self.sample.differentiable else None

    def __call__(self, *positional, **named):
        if positional:
            operands, values = positional[:1], positional[1:]
        else:
            operands = [named[name] for name in self.inputs]
            values = [named[name] for name in self.parameters]
        out = {"out": named["out"]} if "out" in named else {}
        return self._called(self.function, operands, values, out)

    def _in_place(self, target, *rest):
        count = len(self.inputs) - 1
        return self._called(self.method_in_place, [target, *rest[:count]], rest[count:], {})

    def _called(self, function, operands, values, out):
        if self.sample.call is not None:
            return self.sample.call(functools.partial(function, **out), *operands, *values)
        if self.sample.keywords:
            result = function(*operands, **dict(zip(self.sample.keywords, values, strict=True)), **out)
        else:
            result = function(*operands, *values, **out)
        # What answers a question is checked as a tensor.
        return wengert.tensor(result) if isinstance(result, bool) else result

    @property
    def has_out(self) -> bool:
        return hasattr(self.function, "takes_out")


# The samples themselves: importing them enters them.
from . import rows  # noqa: E402, F401
