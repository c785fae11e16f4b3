"""What every distribution has: shapes, sampling, probabilities, moments, and checks of its arguments."""

import warnings

import wengert

from ..core.size import Size
from . import constraints
from .utils import lazy_property

__all__ = ["Distribution"]


class Distribution:
    """A probability distribution, or a batch of them.

    One value has the shape `event_shape`; there is one distribution for each index of `batch_shape`; samples have the
    shape sample_shape + batch_shape + event_shape. Parameters that are numbers take the dtype of the first tensor among
    them, or the default one; samples have the dtype of the parameters unless the class says another.

    Args:
        batch_shape, event_shape: what a subclass found them to be.
        validate_args: whether parameters and values are checked, each against its constraint; the class's default
            unless given, which is true unless Python runs with -O (`set_default_validate_args`).

    Attributes:
        arg_constraints: the constraint of each parameter, by name. Parameters are attributes of these names.
        support: the constraint of values.
        has_rsample: whether `rsample` gives samples that are differentiable in the parameters.
        has_enumerate_support: whether `enumerate_support` lists all values.

    Raises:
        ValueError: by `validate_args`, a parameter outside of its constraint, named with the values found; of
            `log_prob` and of most `cdf`, a value that is no tensor, has another shape than batch_shape + event_shape
            takes, or lies outside of the support. `icdf` checks nothing.
        NotImplementedError: what a distribution lacks: `rsample` and `enumerate_support` where the attributes above say
            so, other methods as each class says.

    >>> import wengert as t
    >>> normal = t.distributions.Normal(t.zeros(2), 1.0)
    >>> normal.batch_shape, normal.event_shape, normal.sample((3,)).shape
    (wengert.Size([2]), wengert.Size([]), wengert.Size([3, 2]))
    """

    has_rsample = False
    has_enumerate_support = False
    _validate_args = __debug__
    # Tensors among the attributes that have no batch dimensions.
    _unbatched: tuple = ()

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Say whether distributions check their arguments unless told otherwise."""
        if value not in (True, False):
            raise ValueError(f"set_default_validate_args takes True or False, not {value!r}")
        Distribution._validate_args = value

    def __init__(self, batch_shape=(), event_shape=(), validate_args: bool = None):
        self._batch_shape = Size(batch_shape)
        self._event_shape = Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            self._validate_parameters()

    def _validate_parameters(self) -> None:
        try:
            named = self.arg_constraints
        except NotImplementedError:
            warnings.warn(
                f"{self.__class__} does not define `arg_constraints`. Please set `arg_constraints = {{}}` or "
                "initialize the distribution with `validate_args=False` to turn off validation.",
                stacklevel=4,
            )
            return
        for name, constraint in named.items():
            if constraints.is_dependent(constraint):
                continue
            if name not in self.__dict__ and isinstance(getattr(type(self), name, None), lazy_property):
                continue  # computed from another parameter, which is checked
            value = getattr(self, name)
            if not bool(constraint.check(value).all()):
                raise ValueError(
                    f"Expected parameter {name} ({type(value).__name__} of shape {tuple(value.shape)}) of distribution "
                    f"{self!r} to satisfy the constraint {constraint!r}, but found invalid values:\n{value}"
                )

    # ------------------------------------------------------------------------------------------ shapes

    @property
    def batch_shape(self) -> Size:
        """The shape over which parameters are batched."""
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        """The shape of one value."""
        return self._event_shape

    def expand(self, batch_shape, _instance=None):
        """The same distributions, with parameters expanded to another batch shape; no memory is copied.

        Args:
            batch_shape: the new one, to which the present one broadcasts.
            _instance: an object to fill in, for subclasses with a constructor of their own.
        """
        new = type(self).__new__(type(self)) if _instance is None else _instance
        shape = Size(batch_shape)
        before = len(self._batch_shape)
        for name, value in self.__dict__.items():
            if isinstance(value, wengert.Tensor) and name not in self._unbatched:
                value = value.expand((*shape, *value.shape[before:]))
            elif isinstance(value, Distribution):
                value = value.expand(shape)
            new.__dict__[name] = value
        new._batch_shape = shape
        return new

    def _get_checked_instance(self, cls, _instance=None):
        """What a subclass's `expand` fills in."""
        if _instance is None and type(self).__init__ != cls.__init__:
            raise NotImplementedError(
                f"Subclass {type(self).__name__} of {cls.__name__} that defines a custom __init__ method must also "
                "define a custom .expand() method."
            )
        return type(self).__new__(type(self)) if _instance is None else _instance

    def _extended_shape(self, sample_shape=()) -> Size:
        """The shape of samples."""
        return Size((*sample_shape, *self._batch_shape, *self._event_shape))

    # ------------------------------------------------------------------------------------------ what they say

    @property
    def arg_constraints(self) -> dict:
        """The constraint of each parameter, by name."""
        raise NotImplementedError(f"{type(self).__name__} does not say its arg_constraints")

    @property
    def support(self):
        """The constraint of values."""
        raise NotImplementedError(f"{type(self).__name__} does not say its support")

    def _lacks(self, what: str):
        return NotImplementedError(f"{self.__class__} does not implement {what}")

    @property
    def mean(self) -> wengert.Tensor:
        """The mean."""
        raise self._lacks("mean")

    @property
    def mode(self) -> wengert.Tensor:
        """A value of largest probability or density."""
        raise self._lacks("mode")

    @property
    def variance(self) -> wengert.Tensor:
        """The variance."""
        raise self._lacks("variance")

    @property
    def stddev(self) -> wengert.Tensor:
        """The standard deviation: the square root of the variance."""
        return self.variance.sqrt()

    def sample(self, sample_shape=()) -> wengert.Tensor:
        """Samples of shape sample_shape + batch_shape + event_shape, without history."""
        with wengert.no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape=()) -> wengert.Tensor:
        """Samples that are differentiable in the parameters."""
        raise self._lacks("rsample")

    def sample_n(self, n: int) -> wengert.Tensor:
        """sample((n,)), under its older name."""
        warnings.warn(
            "`sample_n(n)` will be deprecated. Use `sample((n,))` instead.", FutureWarning, stacklevel=2
        )
        return self.sample((n,))

    def log_prob(self, value) -> wengert.Tensor:
        """The logarithm of the probability (density) of values, of the shape without the event's dimensions."""
        raise self._lacks("log_prob")

    def cdf(self, value) -> wengert.Tensor:
        """The probability of values up to the given ones."""
        raise self._lacks("cdf")

    def icdf(self, value) -> wengert.Tensor:
        """The quantiles of probabilities: the inverse of `cdf`."""
        raise self._lacks("icdf")

    def enumerate_support(self, expand: bool = True) -> wengert.Tensor:
        """All values of a discrete distribution along a new first dimension, (count,) + batch_shape + event_shape;
        without `expand`, with batch dimensions of size 1."""
        raise self._lacks("enumerate_support")

    def entropy(self) -> wengert.Tensor:
        """The mean of -log_prob, in nats."""
        raise self._lacks("entropy")

    def perplexity(self) -> wengert.Tensor:
        """exp(entropy)."""
        return self.entropy().exp()

    # ------------------------------------------------------------------------------------------ checks

    def _validate_sample(self, value) -> None:
        """ValueError for what is no value of this distribution: no tensor, of another shape, outside of the support."""
        if not isinstance(value, wengert.Tensor):
            raise ValueError("The value argument to log_prob must be a Tensor")
        events = len(self._event_shape)
        if tuple(value.shape[value.ndim - events :]) != tuple(self._event_shape):
            raise ValueError(
                f"The right-most size of value must match event_shape: {value.shape} vs {self._event_shape}."
            )
        expected = (*self._batch_shape, *self._event_shape)
        for found, wanted in zip(reversed(value.shape), reversed(expected), strict=False):
            if found != 1 and wanted != 1 and found != wanted:
                raise ValueError(
                    f"Value is not broadcastable with batch_shape+event_shape: {value.shape} vs {Size(expected)}."
                )
        try:
            support = self.support
        except NotImplementedError:
            warnings.warn(
                f"{self.__class__} does not define `support` to enable sample validation. Please initialize the "
                "distribution with `validate_args=False` to turn off validation.",
                stacklevel=4,
            )
            return
        if not bool(support.check(value).all()):
            raise ValueError(
                f"Expected value argument ({type(value).__name__} of shape {tuple(value.shape)}) to be within the "
                f"support ({support!r}) of the distribution {self!r}, but found invalid values:\n{value}"
            )

    def _checked(self, value):
        """A value that was checked, if arguments are."""
        if self._validate_args:
            self._validate_sample(value)
        return value

    def __repr__(self) -> str:
        names = [name for name in self.arg_constraints if name in self.__dict__]
        shown = ", ".join([f"{name}: {_described(self.__dict__[name])}" for name in names])
        return f"{type(self).__name__}({shown})"


def _described(x):
    return x.item() if x.numel() == 1 else x.shape
