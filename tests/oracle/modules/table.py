"""What a row of a table of modules is, and how inputs and constructor arguments are made for both libraries.

A row is `module(name, inputs, *args, **kwargs)`: the class nn.<name>, the inputs of its calls and the arguments of its
constructor. Options that are no constructor arguments follow: `module(...).but(random="its channels are drawn")`.

    module("Conv2d", [(2, 3, 8, 9), (3, 8, 9)], 3, 6, 5, padding=1)         two calls, of one tensor each
    module("Bilinear", [[(5, 3), (5, 4)]], 3, 4, 2)                         one call with two tensors
    module("NLLLoss", [[(4, 3), classes(4, below=3)]])
    module("LSTM", [[(5, 2, 3), ((1, 2, 4), (1, 2, 4))]], 3, 4)             a tuple of two states, made of tuples
    module("TransformerEncoder", [(5, 2, 4)], Made(lambda t: t.nn.TransformerEncoderLayer(4, 2, dropout=0.0)), 2)

An operand is a shape (normal numbers, with a gradient), a function (rng) -> array (floating ones get a gradient, and
the type of the test), `Fixed` of one (no gradient), `Made` (a function of the library), a list or tuple of operands, or
anything else, which is passed on. `Call(*operands, **keywords)` is a call with keywords.
"""

import dataclasses
from collections.abc import Callable

import numpy as np


@dataclasses.dataclass(frozen=True)
class Made:
    """What a function makes of the library's namespace: a module, a function, a dtype."""

    make: Callable


@dataclasses.dataclass(frozen=True)
class Fixed:
    """An operand without a gradient."""

    operand: object


class Call:
    """The operands of a call."""

    def __init__(self, *operands, **keywords):
        self.operands, self.keywords = operands, keywords


@dataclasses.dataclass
class Row:
    """A module of both libraries.

    Attributes:
        inputs: the calls.
        random: why its training mode is not compared: it draws random numbers.
        tolerance: relative and absolute, in double precision; single precision takes 3e4 times as much, and at least
            2e-5.
        second: False where second derivatives are not compared, for a reason beside the row. Those that PyTorch does
            not have are not, either.
        dtypes: those in which it is tried.
        varied: whether parameters get other values than the initial ones.
        attributes: names of attributes that are not compared.
        words: of a refusal, whether the sentence is compared too.
    """

    name: str
    args: tuple
    kwargs: dict
    inputs: list
    number: int
    random: str = ""
    tolerance: float = 1e-11
    second: bool = True
    dtypes: tuple = ("float64", "float32")
    varied: bool = True
    attributes: tuple = ()
    words: bool = True

    def but(self, **options) -> "Row":
        """The row with further options."""
        for name, value in options.items():
            if name not in ("random", "tolerance", "second", "dtypes", "varied", "attributes", "words"):
                raise TypeError(f"{name} is no option of a row")
            setattr(self, name, value)
        return self

    def made(self, t):
        """The module of a library."""
        args = [passed(t, x) for x in self.args]
        return getattr(t.nn, self.name)(*args, **{key: passed(t, x) for key, x in self.kwargs.items()})

    def __str__(self) -> str:
        return f"{self.name}-{self.number}"


ROWS: list[Row] = []
REFUSED: list[Row] = []
_counts: dict[str, int] = {}


def module(name: str, inputs: list, *args, **kwargs) -> Row:
    """Enter a row."""
    return _entered(ROWS, name, inputs, args, kwargs)


def refused(name: str, inputs, *args, **kwargs) -> Row:
    """Enter arguments of the constructor, or inputs of one call, that both libraries refuse in the same words.

    `inputs` is the operands of a call; None where the constructor raises. `.but(words=False)` compares the types only.
    """
    return _entered(REFUSED, name, inputs, args, kwargs)


def _entered(rows: list, name: str, inputs, args: tuple, kwargs: dict) -> Row:
    _counts[name] = _counts.get(name, -1) + 1
    row = Row(name, args, kwargs, inputs, _counts[name])
    rows.append(row)
    return row


# ------------------------------------------------------------------------------------------------ operands


def classes(*shape, below: int):
    """Integers from 0."""
    return lambda rng: rng.integers(0, below, shape)


def apart(*shape):
    """Numbers of which no two are near each other: what is the largest is so in every precision."""

    def draw(rng):
        count = int(np.prod(shape))
        return 4 * (rng.permutation(count) + 0.5).reshape(shape) / max(count, 1) - 2

    return draw


def between(low: float, high: float, *shape):
    """Numbers from a range."""
    return lambda rng: rng.uniform(low, high, shape)


def array(values):
    """The array itself, without a gradient."""
    return Fixed(lambda rng: np.array(values))


def passed(t, x):
    """A constructor's argument in a library: arrays become tensors."""
    if isinstance(x, Made):
        return x.make(t)
    if isinstance(x, np.ndarray):
        return t.from_numpy(x.copy())
    return x


def drawn(x, rng, dtype: str):
    """An operand with its arrays drawn: ("leaf", array, whether it has a gradient), in tuples and lists."""
    if isinstance(x, Fixed):
        made = drawn(x.operand, rng, dtype)
        return ("leaf", made[1], False)
    if isinstance(x, tuple) and all([type(n) is int for n in x]):
        return ("leaf", np.asarray(rng.standard_normal(x), dtype), True)
    if isinstance(x, (tuple, list)):
        return type(x)([drawn(part, rng, dtype) for part in x])
    if callable(x):
        values = np.asarray(x(rng))
        if values.dtype.kind == "f":
            return ("leaf", values.astype(dtype), True)
        return ("leaf", values, False)
    return x


def operand(t, x, leaves: list):
    """A drawn operand in a library; its tensors with gradients are added to `leaves`."""
    if isinstance(x, Made):
        return x.make(t)
    if isinstance(x, tuple) and len(x) == 3 and isinstance(x[0], str) and x[0] == "leaf":
        made = t.from_numpy(x[1].copy())
        if x[2]:
            leaves.append(made.requires_grad_())
        return made
    if isinstance(x, (tuple, list)):
        return type(x)([operand(t, part, leaves) for part in x])
    return x


def call_of(inputs) -> Call:
    """An entry of `inputs` as a call: a shape, a function or `Fixed` is one operand, a list several."""
    if isinstance(inputs, Call):
        return inputs
    return Call(*inputs) if isinstance(inputs, list) else Call(inputs)
