"""Connectionist temporal classification (Graves, Fernandez, Gomez & Schmidhuber, "Connectionist temporal
classification: labelling unsegmented sequence data with recurrent neural networks", ICML 2006, https://doi.org/10.1145/1143844.1143891).

Design
  A. The forward variables alpha and the backward variables beta of the paper's equations 6 to 11, as logarithms: sums
     are logarithms of sums of exponentials, products sums. A target of L labels has 2L + 1 states, blanks between the
     labels. All sequences of a batch take a step at once. Sums are in double precision.
  B. The losses and their gradient are loops over arrays. Every other derivative comes from `_losses`, the same
     recursion written with operations, of which the backward variables are what differentiating computes.
  C. An impossible state has a large negative number rather than -inf, whose differences are no numbers.
"""

import numpy

from ..core import Tensor
from ..core.errors import type_word
from ..core.promotion import from_array
from .composite import composite
from .declaration import general
from .elementwise import logaddexp, maximum, where
from .fallback import pulled_back, takes_fallback
from .loss_reduction import reduced
from .scatter import gather_along
from .shape import cat, expand

_IMPOSSIBLE = -1e30


def _lengths(name: str, lengths, count: int, most: int):
    """Lengths as an array of `count` integers between 0 and `most`."""
    if isinstance(lengths, Tensor):
        if lengths.dtype.is_floating_point or lengths.dtype.is_complex:
            raise RuntimeError(f"{name} must be integral: it is of {lengths.dtype}")
        lengths = lengths.array
    values = numpy.atleast_1d(numpy.asarray(lengths)).astype(numpy.int64)
    if values.shape != (count,):
        raise RuntimeError(f"{name} must be of size batch_size: it has shape {list(values.shape)}, not [{count}]")
    for value in values.tolist():
        if value < 0:
            raise RuntimeError(f"Expected {name} to have value at least 0, but got value {value}")
        if value > most:
            raise RuntimeError(f"Expected {name} to have value at most {most}, but got value {value}")
    return values


def _padded(targets, lengths, count: int):
    """The labels of each sequence in a row, (N, longest); what is behind them is 0."""
    array = targets.array
    longest = int(lengths.max(initial=0))
    if array.ndim == 1 and count and (array.size != lengths.sum()):
        raise RuntimeError(
            f"Expected tensor to have size {lengths.sum()} at dimension 0, but got size {array.size} for argument #2 "
            "'targets': targets in one row are as many as target_lengths say together"
        )
    if array.ndim == 2 and (array.shape[0] != count or array.shape[1] < longest):
        dim, wanted = (0, count) if array.shape[0] != count else (1, longest)
        raise RuntimeError(
            f"Expected tensor to have size {'at least ' if dim else ''}{wanted} at dimension {dim}, but got size "
            f"{array.shape[dim]} for argument #2 'targets'"
        )
    labels = numpy.zeros((count, longest), numpy.int64)
    start = 0
    for n, length in enumerate(lengths.tolist()):
        labels[n, :length] = array[n, :length] if array.ndim == 2 else array[start : start + length]
        start += length
    return labels


@composite(namespace="nn.functional")
def ctc_loss(
    log_probs, targets, input_lengths, target_lengths, blank=0, reduction="mean", zero_infinity=False
):  # fmt: skip
    """The negative logarithm of the probability that a sequence of distributions over labels and a blank spells a
    target: the sum over all ways to read it, repetitions merged and blanks dropped (Graves et al., 2006).

    The gradient is the partial derivative by log_probs. (PyTorch's presupposes that `log_softmax` made them; through
    `log_softmax` both are the same.)

    Args:
        log_probs: log-probabilities (T, N, C), or (T, C) for one sequence.
        targets: labels (N, S), of each row the first ones, or (sum of the lengths) in one row; for one sequence (S).
        input_lengths: of each sequence, at most T: a tensor or tuple of N integers.
        target_lengths: likewise, of the targets.
        blank: the label that stands for none.
        reduction: "none" gives (N) losses, "sum" their sum, "mean" the mean of the losses divided by their target
            lengths.
        zero_infinity: whether a target that cannot be spelled in so many steps costs 0 rather than infinity. Its
            gradient is 0 in both cases.

    Raises:
        RuntimeError: shapes, lengths or a blank that do not fit. ValueError: another reduction.

    >>> import wengert as t
    >>> even = t.full((2, 1, 2), 0.5).log()
    >>> t.nn.functional.ctc_loss(even, t.tensor([[1]]), (2,), (1,)).exp()
    tensor(1.3333)
    """
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    if log_probs.dtype.name not in ("float32", "float64"):
        raise NotImplementedError(
            f"\"ctc_loss_cpu\" not implemented for '{type_word(log_probs.array.dtype)}': log_probs is float32 or "
            "float64"
        )
    alone = log_probs.ndim == 2
    if alone:
        log_probs = log_probs.unsqueeze(1)
        targets = targets.unsqueeze(0) if targets.ndim == 1 else targets
    if log_probs.ndim != 3:
        raise RuntimeError(
            f"Expected 3-dimensional tensor, but got {log_probs.ndim}-dimensional tensor for argument #1 'log_probs'"
        )
    steps, count, classes = log_probs.shape
    if not 0 <= blank < classes:
        raise RuntimeError(f"blank must be in label range: it is {blank}, of {classes} labels")
    given = _lengths("input_lengths", input_lengths, count, steps)
    wanted = _lengths("target_lengths", target_lengths, count, targets.numel())
    labels = _padded(targets, wanted, count)
    if labels.size and not (0 <= labels.min() and labels.max() < classes):
        raise RuntimeError(
            f"targets must be labels from 0 to {classes - 1}: there are {labels.min()} to {labels.max()}"
        )
    losses = ctc_losses(log_probs, labels, given, wanted, blank)[0]
    if zero_infinity:
        losses = where(losses == float("inf"), 0.0, losses)
    if reduction == "mean":
        return reduced(losses / from_array(numpy.maximum(wanted, 1).astype(log_probs.array.dtype)), "mean")
    if reduction == "none" and alone:
        return losses[0]
    return reduced(losses, reduction)


def _states(labels, wanted, blank: int) -> tuple:
    """What the states of (N, L) labels stand for, (N, 2L + 1); which of them may follow the last but one; and with
    which logarithms they begin."""
    count, states = len(labels), 2 * labels.shape[1] + 1
    spelled = numpy.full((count, states), blank)
    spelled[:, 1::2] = labels
    # A label may follow the one before it without a blank between, unless it is the same.
    skips = numpy.zeros((count, states), bool)
    skips[:, 3::2] = labels[:, 1:] != labels[:, :-1]
    start = numpy.full((count, states), _IMPOSSIBLE)
    start[:, :2] = 0
    start[wanted == 0, 1:] = _IMPOSSIBLE
    return spelled, skips, start


def _sum_of_three(stay, next, skip):
    """log(exp(stay) + exp(next) + exp(skip))."""
    largest = numpy.maximum(numpy.maximum(stay, next), skip)
    total = numpy.exp(stay - largest)
    total += numpy.exp(next - largest)
    total += numpy.exp(skip - largest)
    numpy.log(total, out=total)
    total += largest
    return total


def _emitted(log_probs, spelled):
    """The log-probabilities of the states at each step, (T, N, S)."""
    rows = numpy.arange(len(spelled))[:, None]
    return numpy.maximum(log_probs[:, rows, spelled].astype(numpy.float64), _IMPOSSIBLE)


def _totals(alpha, given, wanted):
    """The logarithm of each target's probability, (N), from alpha after its last step."""
    n = numpy.arange(len(given))
    if not len(alpha):
        return numpy.where(wanted == 0, 0.0, _IMPOSSIBLE)
    ends = alpha[given - 1, n]
    last, label = ends[n, 2 * wanted], numpy.where(wanted > 0, ends[n, 2 * wanted - 1], _IMPOSSIBLE)
    # No step at all spells the empty target.
    return numpy.where(given > 0, numpy.logaddexp(last, label), numpy.where(wanted == 0, 0.0, _IMPOSSIBLE))


def _forward(log_probs, labels, given, wanted, blank):
    spelled, skips, start = _states(labels, wanted, blank)
    emitted = _emitted(log_probs, spelled)
    alpha = numpy.empty_like(emitted)
    closed = numpy.where(skips, 0.0, _IMPOSSIBLE)
    before = numpy.full((len(start), start.shape[1] + 2), _IMPOSSIBLE)  # two impossible states in front
    for step in range(len(emitted)):
        current = (
            start if step == 0 else _sum_of_three(before[:, 2:], before[:, 1:-1], before[:, :-2] + closed)
        )  # fmt: skip
        numpy.add(current, emitted[step], out=alpha[step])
        before[:, 2:] = alpha[step]
    totals = _totals(alpha, given, wanted)
    losses = numpy.where(totals > _IMPOSSIBLE / 2, -totals, numpy.inf)
    return losses.astype(log_probs.dtype), alpha


def _gradient(log_probs, alpha, losses, labels, given, wanted, blank):
    """The derivatives of the losses by the log-probabilities, (T, N, C): minus a label's expected uses at a step."""
    spelled, skips, _ = _states(labels, wanted, blank)
    emitted = _emitted(log_probs, spelled)
    steps, count, states = emitted.shape
    n = numpy.arange(count)
    end = numpy.full((count, states), _IMPOSSIBLE)
    end[n, 2 * wanted] = 0
    end[n, numpy.maximum(2 * wanted - 1, 0)] = 0
    closed = numpy.full((count, states), _IMPOSSIBLE)
    closed[:, :-2][skips[:, 2:]] = 0
    beta = numpy.empty_like(emitted)
    after = numpy.full((count, states + 2), _IMPOSSIBLE)  # two impossible states behind
    for step in range(steps - 1, -1, -1):
        beta[step] = _sum_of_three(after[:, :-2], after[:, 1:-1], after[:, 2:] + closed)
        ends = given == step + 1
        beta[step][ends] = end[ends]
        after[:, :-2] = beta[step] + emitted[step]
    possible = numpy.isfinite(losses)
    used = possible & (numpy.arange(steps)[:, None] < given)  # (T, N)
    weights = numpy.exp(
        numpy.where(used[:, :, None], alpha + beta + numpy.where(possible, losses, 0.0)[:, None], _IMPOSSIBLE)
    )
    names = (spelled[:, :, None] == numpy.arange(log_probs.shape[2])).astype(numpy.float64)
    # (N, T, S) @ (N, S, C) -> (N, T, C)
    return -numpy.matmul(weights.transpose(1, 0, 2), names).transpose(1, 0, 2)


def _log_probs_gradient(g, log_probs, out, alpha, labels, given, wanted, blank):
    if takes_fallback((g,)):
        return pulled_back(lambda xs: (_losses(xs[0], labels, given, wanted, blank),), [log_probs], (True,), (g,))[0]
    found = _gradient(log_probs.array, alpha.array, out.array.astype(numpy.float64), labels, given, wanted, blank)
    return from_array((found * g.array[:, None]).astype(log_probs.array.dtype))


ctc_losses = general(
    "ctc_losses(log_probs, labels, given, wanted, blank)", forward=_forward, method=False, public=False,
    outputs=("out", "alpha"), differentiable=("out",), node_name="CtcLossBackward0",
    fallback=lambda log_probs, labels, given, wanted, blank: (_losses(log_probs, labels, given, wanted, blank),),
    log_probs=_log_probs_gradient,
    doc="""The (N) losses of (T, N, C) log-probabilities for (N, L) labels, with given and wanted lengths; and the
    forward variables, which the reverse pass reads.""",
)  # fmt: skip


def _losses(log_probs, labels, given, wanted, blank: int):
    """(N) losses of (T, N, C) log-probabilities for (N, L) labels, of operations."""
    steps, count, _ = log_probs.shape
    dtype = log_probs.array.dtype
    spelled, skips, begins = _states(labels, wanted, blank)
    states = spelled.shape[1]
    start = begins.astype(dtype)
    nothing = from_array(numpy.full((count, 1), _IMPOSSIBLE, dtype))
    # (T, N, C) at (T, N, S) -> (T, N, S)
    index = expand(from_array(spelled[None]), (steps, count, states))
    emitted = maximum(gather_along(log_probs, index, 2), from_array(numpy.array(_IMPOSSIBLE, dtype))).unbind(0)
    may_skip = from_array(skips)
    alpha = from_array(start)
    for step in range(int(given.max(initial=0))):
        if step == 0:
            following = alpha + emitted[0]
        else:
            following = logaddexp(alpha, cat((nothing, alpha[:, :-1]), 1))
            if states > 3:
                skipped = cat((nothing, nothing, alpha[:, :-2]), 1)
                following = logaddexp(following, where(may_skip, skipped, _IMPOSSIBLE))
            following = following + emitted[step]
        ongoing = given > step
        alpha = following if ongoing.all() else where(from_array(ongoing[:, None]), following, alpha)
    # It ends with the last label or the blank behind it.
    last = gather_along(alpha, from_array(2 * wanted[:, None]), 1)[:, 0]
    label = gather_along(alpha, from_array(numpy.maximum(2 * wanted - 1, 0)[:, None]), 1)[:, 0]
    total = where(from_array(wanted == 0), last, logaddexp(last, label))
    # No step at all spells the empty target.
    possible = (total > _IMPOSSIBLE / 2) & from_array((given > 0) | (wanted == 0))
    return where(possible, -total, float("inf"))
