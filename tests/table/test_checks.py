"""Tests of the tester: operations that are wrong on purpose, each of which the check meant for it must catch."""

import numpy as np
import pytest

from wengert.core import Operation

from . import checks
from .samples import Sample
from .values import P, R

COUNT = iter(range(1000))


def planted(kind, forward, options=None, **rules):
    """An operation made for the test, which the registry never sees."""
    names = ", ".join([*rules])
    return Operation(f"planted_{next(COUNT)}({names})", kind, forward, rules, options=options or {})


def of(*operands, reference, parameters=()):
    return Sample("planted", tuple(operands), reference, parameters)


def product(input=lambda t, other: t * other, other=lambda t, input: t * input):
    return planted("elementwise", np.multiply, input=input, other=other)


def exponential(rule):
    return planted("elementwise", np.exp, input=rule)


def writes_into_g(g):
    g.add_(1)
    return g


def squares_late(x):
    return np.square(x).astype(np.float32)


PRODUCT = of(R(3, 4), R(3, 4), reference=np.multiply)
SPREAD = of(R(2, 3, 4), R(3, 1), reference=np.multiply)
EXPONENTIAL = of(R(3, 4), reference=np.exp)
MATRIX = of(R(3, 3), R(3, 3), reference=np.matmul)
SUM = of(R(3, 4), reference=np.negative)

WRONG = {
    "value off": (
        "value", planted("elementwise", lambda x: np.exp(x) * (1 + 1e-9), input=lambda t, out: t * out), EXPONENTIAL,
    ),
    "wrong dtype of the result": ("value", planted("elementwise", squares_late, input=lambda t, input: 2 * t * input),
                                  of(R(3, 4), reference=np.square)),
    "changes its operand": ("layouts", planted("general", lambda x: np.negative(x, out=x), input=lambda g: -g), SUM),
    "reads memory in the wrong order": (
        "layouts",
        planted("general", lambda x: x.ravel("K").reshape(x.shape), input=lambda g: g),
        of(R(3, 4), reference=np.copy),
    ),
    "off by 2.001 / 2": ("gradient", product(input=lambda t, other: t * other * (2.001 / 2)), PRODUCT),
    "sign flipped": ("gradient", exponential(lambda t, out: -t * out), EXPONENTIAL),
    "wrong saved value": ("gradient", exponential(lambda t, input: t * input), EXPONENTIAL),
    "inputs exchanged": ("gradient", product(lambda t, input: t * input, lambda t, other: t * other), PRODUCT),
    "no gradient at all": ("gradient", exponential(lambda t: None), EXPONENTIAL),
    "adjoint transposed": ("gradient", planted("bilinear", lambda x, y: x @ y, input=lambda g, other: g @ other,
                                               other=lambda g, input: input.T @ g), MATRIX),
    "not the transpose": ("gradient", planted("linear", lambda x: np.cumsum(x, 0), input=lambda g: g.cumsum(0)),
                          of(R(3, 4), reference=lambda x: np.cumsum(x, 0))),
    "missing conjugate": ("complex gradient", planted("linear", lambda x: x * (1 + 2j if x.dtype.kind == "c" else 1),
                                                      input=lambda g: g * (1 + 2j) if g.dtype.is_complex else g),
                          of(R(3, 4), reference=np.copy)),
    "missing conjugate of an adjoint": (
        "complex gradient", planted("bilinear", lambda x, y: x @ y, input=lambda g, other: g @ other.mT,
                                    other=lambda g, input: input.mH @ g), MATRIX,
    ),
    "conjugate too many": ("complex gradient", exponential(lambda t, out: t * out.conj()), EXPONENTIAL),
    "conjugate in forward mode": (
        "complex forward",
        planted("general", np.square, input=lambda g, input: g * (2 * input).conj(),
                options={"jvp": lambda tangents, inputs, out, parameters: tangents[0] * (2 * inputs[0]).conj()}),
        of(R(3, 4), reference=np.square),
    ),
    "second derivative without conjugate": (
        "complex second",
        planted("general", np.square, input=lambda g, input: g * (2 * input).conj().detach() + 0 * g * input),
        of(R(3, 4), reference=np.square),
    ),
    "real part taken": ("complex value", planted("elementwise", lambda x: np.exp(x.real), input=lambda t, out: t * out),
                        EXPONENTIAL),
    "double precision in single": (
        "complex value", planted("elementwise", lambda x: np.exp(x).astype("complex128"), input=lambda t, out: t * out),
        EXPONENTIAL,
    ),
    "batch of complex numbers taken for a dimension": (
        "complex vmap",
        planted("linear", lambda x: np.cumsum(x, 0), input=lambda g: g.flip(0).cumsum(0).flip(0),
                options={"batch": "any"}),
        of(R(3, 4), reference=lambda x: np.cumsum(x, 0)),
    ),
    "writes into its cotangent": ("gradient form", planted("general", np.positive, input=writes_into_g),
                                  of(R(3, 4), reference=np.copy)),
    "gradient not reduced": ("gradient form", planted("general", np.multiply, input=lambda g, other: g * other,
                                                      other=lambda g, input: g * input), SPREAD),
    "second derivative cut": ("second", exponential(lambda t, out: t * out.detach()), EXPONENTIAL),
    "second derivative in the cotangent cut": ("second", exponential(lambda t, out: t.detach() * out), EXPONENTIAL),
    "out ignored": ("forms", None, EXPONENTIAL),
    "forward rule off by half": (
        "forward",
        planted("general", np.square, input=lambda g, input: g * (2 * input),
                options={"jvp": lambda tangents, inputs, out, parameters: tangents[0] * inputs[0]}),
        of(R(3, 4), reference=np.square),
    ),
    "tangent of one operand forgotten": (
        "forward",
        planted("general", np.multiply, input=lambda g, other: g * other, other=lambda g, input: g * input,
                options={"jvp": lambda tangents, inputs, out, parameters: (
                    None if tangents[0] is None else tangents[0] * inputs[1])}),
        PRODUCT,
    ),
    "batch taken for a dimension": (
        "vmap",
        planted("linear", lambda x: np.cumsum(x, 0), input=lambda g: g.flip(0).cumsum(0).flip(0),
            options={"batch": "any"}),
        of(R(3, 4), reference=lambda x: np.cumsum(x, 0)),
    ),
}  # fmt: skip


class IgnoresOut:
    """An operation that computes rightly and leaves `out` as it is."""

    def __init__(self):
        self.real = exponential(lambda t, out: t * out)

    def __getattr__(self, name):
        return getattr(self.real, name)

    def __call__(self, *arguments, out=None, **keywords):
        result = self.real(*arguments, **keywords)
        return result if out is None else out


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_caught(name):
    check, operation, sample = WRONG[name]
    # The engine itself refuses a gradient that was not reduced to its input's shape, and a write into read-only memory.
    refused = name in ("gradient not reduced", "writes into its cotangent")
    with pytest.raises(RuntimeError if refused else AssertionError):
        checks.CHECKS[check](IgnoresOut() if operation is None else operation, sample)


RIGHT = {
    "product": (product(), PRODUCT),
    "product, broadcast": (product(), SPREAD),
    "exponential": (exponential(lambda t, out: t * out), EXPONENTIAL),
    "matrix product": (planted("bilinear", lambda x, y: x @ y, input=lambda g, other: g @ other.mH,
                               other=lambda g, input: input.mH @ g, options={"batch": "leading"}), MATRIX),
    "quotient": (planted("elementwise", np.true_divide, input=lambda t, other: t / other,
                         other=lambda t, other, out: -t * out / other), of(R(3, 4), P(4), reference=np.divide)),
}  # fmt: skip


@pytest.mark.parametrize(
    "check", ["value", "layouts", "forms", "gradient", "gradient form", "second", "forward", "vmap", "complex value",
              "complex gradient", "complex second", "complex forward", "complex vmap"],
)
@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_passes(name, check):
    operation, sample = RIGHT[name]
    checks.CHECKS[check](operation, sample)
