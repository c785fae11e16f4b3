"""Random numbers whose parameters are tensors: one draw for each element."""

import numpy

from ..core import Tensor, dtypes
from ..core.errors import check_broadcast, type_word
from ..core.promotion import from_array
from ..core.writing import write_out
from . import batching, levels
from .composite import composite, require_tensor
from .declaration import elementwise
from .elementwise import exp, log
from .gamma_path import gamma_slope
from .generator import stream_of
from .normalization import log_softmax
from .random import drawn_from, drawn_tensor, uniform_values, without_kernel


def _finished(name: str, sample: Tensor, out):
    """The sample, or `out` with it: its whole numbers fit any type."""
    if out is None:
        return sample
    return write_out(name, sample.to(out.dtype) if isinstance(out, Tensor) else sample, out)


def _sampled(name: str, generator, draw, *parameters) -> Tensor:
    """What `draw(stream, *arrays)` gives for parameters of one shape, in the dtype of the first; under `vmap`, for
    every entry."""
    taken = [levels.for_each_entry(x, name) for x in parameters]
    array = draw(stream_of(generator), *[values for values, _ in taken])
    return batching.nested(from_array(numpy.asarray(array).astype(parameters[0].array.dtype)), taken[0][1])


@composite(method=True)
def bernoulli(input, p=None, *, generator=None, out=None):
    """1 with the probability that `input` gives, else 0; with a number p, 1 with that probability for every element.

    Raises:
        RuntimeError: a probability outside of [0, 1].
        NotImplementedError: probabilities that are not floating.

    >>> import wengert as t
    >>> t.bernoulli(t.tensor([0.0, 1.0]))
    tensor([0., 1.])
    """
    require_tensor("bernoulli", "input", input)
    if p is not None:
        drawn = drawn_tensor(probable(p, input.array.dtype), generator, tuple(input.shape), input.array.dtype)
        return _finished("bernoulli", drawn_from(drawn, input), out)
    if dtypes.kind_of(input.array.dtype) != "f":
        raise without_kernel("bernoulli_tensor_cpu_p_", input.array.dtype)
    drawn = bernoulli_as(input, tuple(input.shape), input.dtype, generator)
    return _finished("bernoulli", drawn_from(drawn, input), out)


def probable(p, dtype):
    """What draws 1 with probability p, a number, else 0."""
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p}")
    if dtypes.kind_of(dtype) == "c" or dtype in (numpy.uint16, numpy.uint32, numpy.uint64):
        raise without_kernel("bernoulli_scalar_cpu_", dtype)
    return lambda stream, shape, kind: numpy.asarray(stream.random(shape) < p).astype(kind)


def bernoulli_as(p: Tensor, shape: tuple, dtype, generator) -> Tensor:
    """1 with the probabilities p, a tensor broadcast to the shape, else 0, in a dtype."""
    q = p.detach()
    deepest = q
    while deepest._level:
        deepest = deepest._payload.held()[0]
    values = deepest.array
    if values.size and not (numpy.all(values >= 0) and numpy.all(values <= 1)):
        raise RuntimeError("Expected p_in >= 0 && p_in <= 1 to be true, but got false.")
    drawn = drawn_tensor(uniform_values, generator, shape, numpy.float64)
    return (drawn < q).to(dtype)


@composite(method=True)
def poisson(input, generator=None):
    """Numbers from Poisson distributions of the rates that `input` gives: P(k) = rate^k exp(-rate) / k!.

    Raises:
        RuntimeError: a rate that is negative or NaN.
        NotImplementedError: rates that are not floating.

    >>> import wengert as t
    >>> t.poisson(t.zeros(3))
    tensor([0., 0., 0.])
    """
    require_tensor("poisson", "input", input)
    if dtypes.kind_of(input.array.dtype) != "f":
        raise without_kernel("poisson_cpu", input.array.dtype)

    def draw(stream, rate):
        rate = rate.astype(numpy.float64)
        if not numpy.all(rate >= 0):
            raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
        return _poisson(stream, rate)

    return drawn_from(_sampled("poisson", generator, draw, input), input)


# NumPy draws 64-bit integers; from here on the normal approximation is exact to a relative 1e-9.
_POISSON_LIMIT = 1e18


def _poisson(stream, rate):
    large = rate > _POISSON_LIMIT
    if not large.any():
        return stream.poisson(rate)
    out = stream.poisson(numpy.where(large, 0.0, rate)).astype(numpy.float64)
    with numpy.errstate(invalid="ignore"):
        approximate = numpy.where(
            numpy.isinf(rate), rate, rate + numpy.sqrt(rate) * stream.standard_normal(rate.shape)
        )
    return numpy.where(large, numpy.round(approximate), out)


@composite(method=False)
def binomial(count, prob, generator=None):
    """How many of `count` trials succeed, each with probability `prob`. Both are broadcast.

    A count is rounded down; one below 0 counts as 0, a probability is held in [0, 1], and NaN gives NaN.

    Raises:
        ValueError: counts that are not floating.
        RuntimeError: probabilities of another dtype.

    >>> import wengert as t
    >>> t.binomial(t.tensor([3.0, 5.0]), t.tensor([1.0, 0.0]))
    tensor([3., 0.])
    """
    require_tensor("binomial", "count", count)
    require_tensor("binomial", "prob", prob, 2)
    if dtypes.kind_of(count.array.dtype) != "f":
        raise ValueError(
            f"binomial only supports floating-point dtypes for count, got: {type_word(count.array.dtype)}"
        )
    if dtypes.kind_of(prob.array.dtype) != "f":
        raise ValueError(f"binomial only supports floating-point dtypes for prob, got: {type_word(prob.array.dtype)}")
    check_broadcast("binomial", [tuple(count.shape), tuple(prob.shape)])
    if count.dtype is not prob.dtype:
        raise RuntimeError(
            f"Found dtype {type_word(prob.array.dtype)} but expected {type_word(count.array.dtype)}: binomial takes "
            "count and prob of one dtype"
        )
    if count.array.dtype.itemsize < 4:
        raise without_kernel("binomial_cpu", count.array.dtype)
    shape = numpy.broadcast_shapes(tuple(count.shape), tuple(prob.shape))

    def draw(stream, n, p):
        unknown = numpy.isnan(n) | numpy.isnan(p)
        trials = numpy.where(unknown, 0, numpy.clip(numpy.floor(n), 0, 2.0**62)).astype(numpy.int64)
        drawn = stream.binomial(trials, numpy.where(unknown, 0, numpy.clip(p, 0, 1)).astype(numpy.float64))
        return numpy.where(unknown, numpy.nan, drawn)

    drawn = _sampled("binomial", generator, draw, count.expand(shape), prob.expand(shape))
    return drawn_from(drawn, count, prob)


@composite(method=True)
def multinomial(input, num_samples, replacement=False, *, generator=None, out=None):
    """Positions drawn with probabilities proportional to each row of `input`, (n,) or (m, n): (num_samples,) or
    (m, num_samples), of int64. Without replacement no position is drawn twice in a row.

    Raises:
        RuntimeError: weights that are negative, infinite or NaN, or whose sum is 0; more samples than weights without
            replacement; another number of dimensions or dtype.

    >>> import wengert as t
    >>> t.multinomial(t.tensor([0.0, 1.0]), 3, replacement=True)
    tensor([1, 1, 1])
    """
    require_tensor("multinomial", "input", input)
    if isinstance(num_samples, bool) or not isinstance(num_samples, (int, numpy.integer)):
        raise TypeError(
            f"multinomial(): argument 'num_samples' (position 2) must be int, not {type(num_samples).__name__}"
        )
    if out is not None and out.dtype is not dtypes.int64:
        raise RuntimeError(f"multinomial expects Long tensor out, got: {type_word(out.array.dtype)}")
    if input.ndim not in (1, 2):
        raise RuntimeError(f"prob_dist must be 1 or 2 dim: multinomial was given shape {list(input.shape)}")
    if dtypes.kind_of(input.array.dtype) != "f":
        raise RuntimeError(
            f"multinomial only supports floating-point dtypes for input, got: {type_word(input.array.dtype)}"
        )
    if num_samples <= 0:
        raise RuntimeError(f"cannot sample n_sample <= 0 samples: num_samples is {num_samples}")
    count = input.shape[-1]
    if not replacement and num_samples > count:
        raise RuntimeError(
            f"cannot sample n_sample > prob_dist.size(-1) samples without replacement: {num_samples} of {count}"
        )
    if count == 0:
        raise RuntimeError("multinomial(): cannot draw from no position: the last dimension of input is empty")
    probabilities, batches = levels.for_each_entry(input, "multinomial")
    leading = probabilities.shape[:-1]
    weights = probabilities.reshape(-1, count).astype(numpy.float64)
    if not numpy.all(numpy.isfinite(weights)) or numpy.any(weights < 0):
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if numpy.any(weights.sum(1) <= 0):
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    stream = stream_of(generator)
    if replacement:
        cumulative = numpy.cumsum(weights, 1)
        draws = stream.random((weights.shape[0], num_samples)) * cumulative[:, -1:]
        rows = [numpy.searchsorted(c, d, side="right") for c, d in zip(cumulative, draws, strict=True)]
        # A draw that rounding carried past the end falls on the last position of positive weight.
        last = count - 1 - numpy.argmax(weights[:, ::-1] > 0, axis=1)[:, None] if len(weights) else 0
        drawn = numpy.minimum(numpy.reshape(rows, draws.shape), last)
    else:
        # The least of exponential keys divided by weights come out in the order of drawing without replacement
        # (Efraimidis & Spirakis, "Weighted random sampling with a reservoir", 2006).
        with numpy.errstate(divide="ignore"):
            keys = stream.standard_exponential(weights.shape) / weights
        drawn = numpy.argsort(keys, 1, kind="stable")[:, :num_samples]
    found = batching.nested(from_array(drawn.reshape(*leading, num_samples).astype(numpy.int64)), batches)
    return _finished("multinomial", found, out)


# ------------------------------------------------------------------------------------------------ gamma

gamma_path = elementwise(
    "gamma_path(concentration, sample)", forward=lambda a, sample: numpy.array(sample), in_place=False, method=False,
    public=False, promoted=(),
    concentration=lambda t, concentration, sample: t * (sample * gamma_slope(concentration, log(sample))),
    sample=None,
    doc="A sample of the standard gamma distribution, differentiable in the concentration by implicit "
        "reparameterisation (Figurnov, Mohamed & Mnih, 2018): dz/da = -(dF/da) / (dF/dz) at a fixed probability F.",
)  # fmt: skip
log_gamma_path = elementwise(
    "log_gamma_path(concentration, sample)", forward=lambda a, sample: numpy.array(sample), in_place=False,
    method=False, public=False, promoted=(),
    concentration=lambda t, concentration, sample: t * gamma_slope(concentration, sample),
    sample=None,
    doc="The logarithm of a sample of the standard gamma distribution, differentiable as `gamma_path`.",
)  # fmt: skip


def _log_gamma_draws(stream, concentration):
    """Logarithms of standard gamma samples, in double precision. Below 1 the sample is one of concentration + 1 times
    a power of a uniform number (Marsaglia & Tsang, "A simple method for generating gamma variables", 2000, section 6),
    whose logarithm does not underflow."""
    a = concentration.astype(numpy.float64)
    small = a < 1
    with numpy.errstate(divide="ignore", invalid="ignore"):
        drawn = numpy.log(stream.standard_gamma(numpy.where(small, a + 1, a)))
        if small.any():
            drawn = drawn - numpy.where(small, stream.standard_exponential(a.shape) / a, 0.0)
    return drawn


def _check_concentration(kernel: str, x: Tensor) -> None:
    if dtypes.kind_of(x.array.dtype) != "f":
        raise without_kernel(kernel, x.array.dtype)


def standard_gamma(concentration, generator=None):
    """Samples of the standard gamma distribution, density z^(a - 1) exp(-z) / Gamma(a), differentiable in a."""
    _check_concentration("gamma_cpu", concentration)
    dtype = concentration.array.dtype
    least = numpy.finfo(numpy.float64 if dtype == numpy.float64 else numpy.float32).tiny

    def draw(stream, a):
        # Samples that underflow are held at the least normal number, so that their logarithm is finite.
        return numpy.maximum(numpy.exp(_log_gamma_draws(stream, a)), least)

    sample = _sampled("_standard_gamma", generator, draw, concentration)
    return gamma_path(concentration, sample)


def log_standard_gamma(concentration, generator=None):
    """The logarithms of samples of the standard gamma distribution, which do not underflow, differentiable in a."""
    _check_concentration("gamma_cpu", concentration)
    sample = _sampled("_standard_gamma", generator, _log_gamma_draws, concentration)
    return log_gamma_path(concentration, sample)


def sample_dirichlet(concentration, generator=None):
    """Samples of Dirichlet distributions over the last dimension, differentiable in the concentration: gamma samples
    divided by their sum, on the logarithmic scale."""
    _check_concentration("dirichlet", concentration)
    return exp(log_softmax(log_standard_gamma(concentration, generator), -1))
