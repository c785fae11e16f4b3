"""Constraints: which values a parameter or a sample may have.

A constraint checks tensors, `constraint.check(x)`, and says how many dimensions on the right one value has,
`event_dim`, and whether values are discrete. `biject_to` and `transform_to` map unconstrained numbers into them.
"""

from typing import TYPE_CHECKING

import wengert

from .utils import smallest_step

__all__ = [
    "Constraint", "MixtureSameFamilyConstraint", "boolean", "cat", "corr_cholesky", "dependent", "dependent_property",
    "greater_than", "greater_than_eq", "half_open_interval", "independent", "integer_interval", "interval",
    "is_dependent", "less_than", "lower_cholesky", "lower_triangular", "multinomial", "nonnegative",
    "nonnegative_integer", "one_hot", "positive", "positive_definite", "positive_integer", "positive_semidefinite",
    "real", "real_vector", "simplex", "square", "stack", "symmetric", "unit_interval",
]  # fmt: skip


class Constraint:
    """A set of values.

    Attributes:
        is_discrete: whether its values stand apart from one another.
        event_dim: how many dimensions on the right make one value.
    """

    if TYPE_CHECKING:
        # Read only: a subclass may work them out, where it says no constant.
        @property
        def is_discrete(self) -> bool: ...

        @property
        def event_dim(self) -> int: ...

    else:
        is_discrete = False
        event_dim = 0

    def check(self, value):
        """Whether each value is in the set: booleans of the shape without the last `event_dim` dimensions."""
        raise NotImplementedError(f"{type(self).__name__} does not say how to check")

    def __repr__(self) -> str:
        return type(self).__name__.lstrip("_") + "()"


class _Bounded(Constraint):
    """A constraint with numbers (or tensors) that its text shows."""

    def __repr__(self) -> str:
        shown = ", ".join([f"{name}={_number(value)}" for name, value in vars(self).items()])
        return f"{type(self).__name__.lstrip('_')}({shown})"


def _number(x):
    return x.item() if isinstance(x, wengert.Tensor) and x.numel() == 1 else x


class _Dependent(Constraint):
    """A stand-in for a constraint that hangs on other values, an attribute of an instance."""

    def __init__(self, *, is_discrete=NotImplemented, event_dim=NotImplemented):
        self._is_discrete = is_discrete
        self._event_dim = event_dim

    @property
    def is_discrete(self) -> bool:
        if self._is_discrete is NotImplemented:
            raise NotImplementedError(".is_discrete cannot be determined statically")
        return self._is_discrete

    @property
    def event_dim(self) -> int:
        if self._event_dim is NotImplemented:
            raise NotImplementedError(".event_dim cannot be determined statically")
        return self._event_dim

    def __call__(self, *, is_discrete=NotImplemented, event_dim=NotImplemented):
        """The same with its two attributes said."""
        return _Dependent(
            is_discrete=self._is_discrete if is_discrete is NotImplemented else is_discrete,
            event_dim=self._event_dim if event_dim is NotImplemented else event_dim,
        )

    def check(self, value):
        raise ValueError("Cannot determine validity of dependent constraint: ask an instance of the distribution")

    def __repr__(self) -> str:
        return "Dependent()"


def is_dependent(constraint) -> bool:
    """Whether a constraint is a stand-in for one that only an instance has."""
    return isinstance(constraint, _Dependent)


class _DependentProperty(property, _Dependent):
    """A property of instances that gives a constraint; of the class, a stand-in for it."""

    def __init__(self, function=None, *, is_discrete=NotImplemented, event_dim=NotImplemented):
        super().__init__(function)
        self._is_discrete = is_discrete
        self._event_dim = event_dim

    def __call__(self, function):
        """As a decorator with arguments: @dependent_property(is_discrete=..., event_dim=...)."""
        return _DependentProperty(function, is_discrete=self._is_discrete, event_dim=self._event_dim)


class _IndependentConstraint(Constraint):
    """Values whose last dimensions all lie in a constraint."""

    def __init__(self, base_constraint, reinterpreted_batch_ndims: int):
        if not isinstance(base_constraint, Constraint):
            raise AssertionError(f"independent: expected a Constraint, got {type(base_constraint).__name__}")
        if not isinstance(reinterpreted_batch_ndims, int) or reinterpreted_batch_ndims < 0:
            raise AssertionError(f"independent: expected a count of dimensions, got {reinterpreted_batch_ndims!r}")
        self.base_constraint = base_constraint
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims

    @property
    def is_discrete(self) -> bool:
        return self.base_constraint.is_discrete

    @property
    def event_dim(self) -> int:
        return self.base_constraint.event_dim + self.reinterpreted_batch_ndims

    def check(self, value):
        found = self.base_constraint.check(value)
        count = self.reinterpreted_batch_ndims
        if found.ndim < count:
            raise ValueError(
                f"Expected value.dim() >= {self.event_dim} but got {value.dim()}: the last {self.event_dim} dimensions "
                "are one value"
            )
        return found.reshape((*found.shape[: found.ndim - count], -1)).all(-1) if found.numel() else _all_last(
            found, count
        )

    def __repr__(self) -> str:
        return f"IndependentConstraint({self.base_constraint!r}, {self.reinterpreted_batch_ndims})"


def _all_last(x, count: int):
    for _ in range(count):
        x = x.all(-1)
    return x


class MixtureSameFamilyConstraint(Constraint):
    """Values of a mixture: those of its components, which have one batch dimension more."""

    def __init__(self, base_constraint):
        if not isinstance(base_constraint, Constraint):
            raise AssertionError(f"expected a Constraint, got {type(base_constraint).__name__}")
        self.base_constraint = base_constraint

    @property
    def is_discrete(self) -> bool:
        return self.base_constraint.is_discrete

    @property
    def event_dim(self) -> int:
        return self.base_constraint.event_dim

    def check(self, value):
        event = self.event_dim
        # (*, event) -> (*, 1, event): the same value for every component.
        found = self.base_constraint.check(value.unsqueeze(-1 - event))
        return found.all(-1)

    def __repr__(self) -> str:
        return f"MixtureSameFamilyConstraint({self.base_constraint!r})"


class _Boolean(Constraint):
    is_discrete = True

    def check(self, value):
        return (value == 0) | (value == 1)


class _OneHot(Constraint):
    is_discrete = True
    event_dim = 1

    def check(self, value):
        return ((value == 0) | (value == 1)).all(-1) & (value.sum(-1) == 1)


class _IntegerInterval(_Bounded):
    is_discrete = True

    def __init__(self, lower_bound, upper_bound):
        self.lower_bound, self.upper_bound = lower_bound, upper_bound

    def check(self, value):
        return (value % 1 == 0) & (self.lower_bound <= value) & (value <= self.upper_bound)


class _IntegerGreaterThan(_Bounded):
    is_discrete = True

    def __init__(self, lower_bound):
        self.lower_bound = lower_bound

    def check(self, value):
        return (value % 1 == 0) & (value >= self.lower_bound)


class _Real(Constraint):
    def check(self, value):
        return value == value  # NaN is no number


class _GreaterThan(_Bounded):
    def __init__(self, lower_bound):
        self.lower_bound = lower_bound

    def check(self, value):
        return self.lower_bound < value


class _GreaterThanEq(_GreaterThan):
    def check(self, value):
        return self.lower_bound <= value


class _LessThan(_Bounded):
    def __init__(self, upper_bound):
        self.upper_bound = upper_bound

    def check(self, value):
        return value < self.upper_bound


class _Interval(_Bounded):
    def __init__(self, lower_bound, upper_bound):
        self.lower_bound, self.upper_bound = lower_bound, upper_bound

    def check(self, value):
        return (self.lower_bound <= value) & (value <= self.upper_bound)


class _HalfOpenInterval(_Interval):
    def check(self, value):
        return (self.lower_bound <= value) & (value < self.upper_bound)


class _Simplex(Constraint):
    event_dim = 1

    def check(self, value):
        return (value >= 0).all(-1) & ((value.sum(-1) - 1).abs() < 1e-6)


class _Multinomial(Constraint):
    is_discrete = True
    event_dim = 1

    def __init__(self, upper_bound):
        self.upper_bound = upper_bound

    def check(self, value):
        return (value >= 0).all(-1) & (value.sum(-1) <= self.upper_bound)


class _Matrices(Constraint):
    """A property of whole matrices."""

    event_dim = 2

    @staticmethod
    def _flat(found):
        return found.all(-1).all(-1)


class _LowerTriangular(_Matrices):
    def check(self, value):
        return self._flat(value.tril() == value)


class _LowerCholesky(_Matrices):
    def check(self, value):
        return self._flat(value.tril() == value) & (value.diagonal(dim1=-2, dim2=-1) > 0).all(-1)


class _CorrCholesky(_Matrices):
    def check(self, value):
        tolerance = smallest_step(value) * value.shape[-1] * 10  # as rounding of a row's squares adds up
        unit = ((value.detach() ** 2).sum(-1).sqrt() - 1).abs() < tolerance
        return unit.all(-1) & lower_cholesky.check(value)


class _Square(_Matrices):
    def check(self, value):
        return wengert.full(tuple(value.shape[:-2]), value.shape[-2] == value.shape[-1], dtype=wengert.bool)


class _Symmetric(_Square):
    def check(self, value):
        square = super().check(value)
        if not bool(square.all()):
            return square
        return self._flat(wengert.isclose(value, value.mT, atol=1e-6))


class _PositiveSemidefinite(_Symmetric):
    def check(self, value):
        symmetric = super().check(value)
        if not bool(symmetric.all()):
            return symmetric
        return (wengert.linalg.eigvalsh(value) >= 0).all(-1)


class _PositiveDefinite(_Symmetric):
    def check(self, value):
        symmetric = super().check(value)
        if not bool(symmetric.all()):
            return symmetric
        return wengert.linalg.cholesky_ex(value)[1] == 0


class _Several(Constraint):
    def __init__(self, cseq, dim: int = 0):
        if not all([isinstance(c, Constraint) for c in cseq]):
            raise AssertionError("All elements of cseq must be Constraint instances")
        self.cseq, self.dim = list(cseq), dim

    @property
    def is_discrete(self) -> bool:
        return any([c.is_discrete for c in self.cseq])


class _Cat(_Several):
    """Slices along a dimension, each of a length, that lie in constraints of their own."""

    def __init__(self, cseq, dim: int = 0, lengths=None):
        super().__init__(cseq, dim)
        self.lengths = [1] * len(self.cseq) if lengths is None else list(lengths)
        if len(self.lengths) != len(self.cseq):
            raise AssertionError(f"cat: {len(self.cseq)} constraints but {len(self.lengths)} lengths")

    @property
    def event_dim(self) -> int:
        return max([c.event_dim for c in self.cseq])

    def check(self, value):
        parts, start = [], 0
        for constraint, length in zip(self.cseq, self.lengths, strict=True):
            parts.append(constraint.check(value.narrow(self.dim, start, length)))
            start += length
        return wengert.cat(parts, self.dim)


class _Stack(_Several):
    """Slices along a dimension that lie in constraints of their own."""

    @property
    def event_dim(self) -> int:
        dim = max([c.event_dim for c in self.cseq])
        return dim + 1 if self.dim + dim < 0 else dim

    def check(self, value):
        slices = [value.select(self.dim, i) for i in range(value.shape[self.dim])]
        return wengert.stack([c.check(x) for x, c in zip(slices, self.cseq, strict=True)], self.dim)


dependent = _Dependent()
dependent_property = _DependentProperty
independent = _IndependentConstraint
boolean = _Boolean()
one_hot = _OneHot()
nonnegative_integer = _IntegerGreaterThan(0)
positive_integer = _IntegerGreaterThan(1)
integer_interval = _IntegerInterval
real = _Real()
real_vector = independent(real, 1)
positive = _GreaterThan(0.0)
nonnegative = _GreaterThanEq(0.0)
greater_than = _GreaterThan
greater_than_eq = _GreaterThanEq
less_than = _LessThan
multinomial = _Multinomial
unit_interval = _Interval(0.0, 1.0)
interval = _Interval
half_open_interval = _HalfOpenInterval
simplex = _Simplex()
lower_triangular = _LowerTriangular()
lower_cholesky = _LowerCholesky()
corr_cholesky = _CorrCholesky()
square = _Square()
symmetric = _Symmetric()
positive_semidefinite = _PositiveSemidefinite()
positive_definite = _PositiveDefinite()
cat = _Cat
stack = _Stack
