"""Losses: of margins, of distributions, of sequences; those whose reduction is a number. The references are loops and
the formulas."""

import itertools
import math

import numpy as np

from ..composites import row
from ..values import P, R, Values, Z
from .networks import PAIR, F, cross_entropy, loss, reduced

SIGNS = Z(3, 4, low=0, high=2)  # taken as -1 and 1
SHARES = Values((3, 4), 0.1, 0.9)


def signed(name, *, targets_last=True):
    """A program that calls a loss with signs made of the integers 0 and 1."""

    def program(t, *given):
        function = t
        for part in name.split("."):
            function = getattr(function, part)
        return function(*[2 * x - 1 if isinstance(x, t.Tensor) and x.dtype == t.int64 else x for x in given])

    return program


def signed_loss(name, operands, reference, *parameters):
    """Rows of a loss whose targets are signs, with positional parameters up to the reduction."""
    for values in parameters:
        row(F + name, operands, reference, values, through=signed(F + name), real_only=True)


# ------------------------------------------------------------------------------------------------ pairs and triples


def hinge(x, y, margin=1.0, *rest):
    losses = np.where(y == 1, x, np.maximum(0, margin - x))
    return reduced(losses, rest[-1] if rest else "mean")


def cosine(a, b, y, margin=0.0, *rest):
    similar = (a * b).sum(-1) / np.sqrt((a * a).sum(-1) * (b * b).sum(-1))
    return reduced(np.where(y == 1, 1 - similar, np.maximum(0, similar - margin)), rest[-1] if rest else "mean")


def ranking(a, b, y, margin=0.0, *rest):
    return reduced(np.maximum(0, margin - y * (a - b)), rest[-1] if rest else "mean")


def of_signs(reference):
    """A reference that is given 0 and 1 for -1 and 1."""
    return lambda *given: reference(
        *[2 * x - 1 if isinstance(x, np.ndarray) and x.dtype.kind == "i" else x for x in given]
    )


LATER = (None, None)  # size_average and reduce
signed_loss("hinge_embedding_loss", [R(3, 4), SIGNS], of_signs(hinge), (), (0.5, *LATER, "sum"), (2.0, *LATER, "none"))
signed_loss("cosine_embedding_loss", [R(3, 4), R(3, 4), Z(3, low=0, high=2)], of_signs(cosine), (),
            (0.3, *LATER, "sum"), (-0.5, *LATER, "none"))  # fmt: skip
signed_loss("cosine_embedding_loss", [R(4), R(4), Z(low=0, high=2)], of_signs(cosine), (0.1,))
signed_loss("margin_ranking_loss", [R(3, 4), R(3, 4), SIGNS], of_signs(ranking), (), (0.5, *LATER, "none"))
signed_loss("soft_margin_loss", [R(3, 4), SIGNS], of_signs(lambda x, y, *rest: reduced(
    np.log1p(np.exp(-x * y)), rest[-1] if rest else "mean"
)), (), (*LATER, "sum"))  # fmt: skip


def triplet(a, b, c, margin=1.0, p=2, eps=1e-6, swap=False, reduction="mean"):
    def distance(x, y):
        return (np.abs(x - y + eps) ** p).sum(-1) ** (1 / p)

    far = distance(a, c)
    if swap:
        far = np.minimum(far, distance(b, c))
    return reduced(np.maximum(0, margin + distance(a, b) - far), reduction)


TRIPLE = [R(3, 4), R(3, 4), R(3, 4)]
loss("triplet_margin_loss", TRIPLE, triplet, {"margin": 3.0, "p": 3, "swap": True})
loss("triplet_margin_with_distance_loss", TRIPLE, triplet, {"margin": 2.0, "swap": True})

# ------------------------------------------------------------------------------------------------ classes


def multi_margin(x, y, p=1, margin=1.0, reduction="mean"):
    losses = np.zeros(len(x))
    for n, right in enumerate(y):
        losses[n] = sum([max(0, margin - x[n, right] + x[n, i]) ** p for i in range(x.shape[1]) if i != right])
    return reduced(losses / x.shape[1], reduction)


def multilabel_margin(x, y, reduction="mean"):
    losses = np.zeros(len(x))
    for n, labels in enumerate(y.tolist()):
        right = list(itertools.takewhile(lambda label: label >= 0, labels))
        wrong = [i for i in range(x.shape[1]) if i not in right]
        losses[n] = sum([max(0, 1 - x[n, i] + x[n, j]) for i in right for j in wrong])
    return reduced(losses / x.shape[1], reduction)


def multilabel_soft_margin(x, y, reduction="mean"):
    losses = y * np.log1p(np.exp(-x)) + (1 - y) * np.log1p(np.exp(x))
    return reduced(losses.mean(-1), reduction)


loss("multi_margin_loss", [R(4, 3), Z(4)], multi_margin, {"p": 2, "margin": 0.5})
loss("multilabel_margin_loss", [R(4, 3), Z(4, 3, low=-1)], multilabel_margin)
loss("multilabel_soft_margin_loss", [R(3, 4), SHARES], multilabel_soft_margin)
for shape in ((), (2,)):
    row(F + "linear_cross_entropy", [R(4, 3), R(5, *shape, 3), Z(4, *shape)], lambda x, w, y, **options: cross_entropy(
        np.moveaxis(np.tensordot(x, w, (-1, -1)), 0, 0), y, **options
    ), real_only=True)  # fmt: skip

# ------------------------------------------------------------------------------------------------ distributions


def kl_div(x, y, reduction="mean", log_target=False):
    losses = np.exp(y) * (y - x) if log_target else y * (np.log(y) - x)
    return losses.sum() / len(x) if reduction == "batchmean" else reduced(losses, reduction)


def poisson(x, y, log_input=True, full=False, eps=1e-8, reduction="mean"):
    losses = np.exp(x) - y * x if log_input else x - y * np.log(x + eps)
    stirling = y * np.log(y) - y + 0.5 * np.log(2 * math.pi * y)
    return reduced(losses + np.where(y > 1, stirling, 0) if full else losses, reduction)


def gaussian(x, y, variance, full=False, eps=1e-6, reduction="mean"):
    losses = 0.5 * (np.log(variance) + (x - y) ** 2 / variance) + (0.5 * math.log(2 * math.pi) if full else 0)
    return reduced(losses, reduction)


for values in ({"reduction": "sum"}, {"reduction": "none"}, {"reduction": "batchmean"},
               {"reduction": "sum", "log_target": True}):  # fmt: skip
    row(F + "kl_div", [R(3, 4), SHARES], lambda x, y, *given, names=tuple(values): kl_div(
        x, y, **dict(zip(names, given, strict=True))
    ), values, real_only=True)  # fmt: skip
loss("poisson_nll_loss", [P(3, 4), P(3, 4)], poisson, {"full": True}, {"log_input": False, "eps": 0.1})
loss("gaussian_nll_loss", [R(3, 4), R(3, 4), P(3, 4)], gaussian, {"full": True})
row(F + "gaussian_nll_loss", [R(3, 4), R(3, 4), P(3)], lambda x, y, v: gaussian(x, y, v[:, None]), real_only=True)

# ------------------------------------------------------------------------------------------------ sequences


def ctc(logits, targets, given, wanted, blank):
    """The sum over all ways to read each sequence, one by one."""
    logs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    losses = []
    for n in range(logits.shape[1]):
        total = 0.0
        for reading in itertools.product(range(logits.shape[2]), repeat=given[n]):
            merged = [label for label, _ in itertools.groupby(reading)]
            if [label for label in merged if label != blank] == targets[n][: wanted[n]]:
                total += math.exp(sum([logs[step, n, label] for step, label in enumerate(reading)]))
        losses.append(-math.log(total))
    return np.array(losses)


def spelled(name, number):
    def program(t, logits, targets, given, wanted, blank):
        function = t.nn.functional.ctc_loss if name else t.ctc_loss
        reduction = number if not name else "none"
        return function(logits.log_softmax(-1), t.tensor(targets), given, wanted, blank, reduction)

    return program


CASE = ([[1, 1], [2, 0], [0, 0]], (4, 3, 4), (2, 1, 0), 0)
ANOTHER = ([[1, 0], [2, 2], [0, 1]], (4, 3, 2), (2, 2, 1), 3)
ALONE = {"real_only": True}
row(F + "ctc_loss", [R(4, 3, 3)], ctc, CASE, through=spelled(True, None), **ALONE)
row(F + "ctc_loss", [R(4, 3, 4)], ctc, ANOTHER, through=spelled(True, None), **ALONE)

# ------------------------------------------------------------------------------------------------ numbered reductions

WORDS = ("none", "mean", "sum")


def numbered(name, operands, reference, *parameters):
    for values in parameters:
        row(name, operands, lambda *given: of_signs(reference)(*given[:-1], WORDS[given[-1]]), values,
            through=signed(name), real_only=True)  # fmt: skip


numbered("hinge_embedding_loss", [R(3, 4), SIGNS], hinge, (0.5, 0), (1.0, 1), (1.0, 2))
numbered("cosine_embedding_loss", [R(3, 4), R(3, 4), Z(3, low=0, high=2)], cosine, (0.5, 0), (0.0, 2))
numbered("margin_ranking_loss", [R(3, 4), R(3, 4), SIGNS], ranking, (0.5, 0), (0.0, 2))
numbered("kl_div", [R(3, 4), SHARES], kl_div, (0,), (1,), (2,))
numbered("poisson_nll_loss", [R(3, 4), P(3, 4)], poisson, (True, False, 1e-8, 0), (True, True, 1e-8, 1))
numbered("triplet_margin_loss", TRIPLE, triplet, (1.0, 2, 1e-6, False, 0), (2.0, 3, 1e-6, True, 1))
row("ctc_loss", [R(4, 3, 3)], ctc, CASE, through=spelled(False, 0), **ALONE)
row("binary_cross_entropy_with_logits", [R(3, 4), SHARES],
    lambda x, y: y * np.log1p(np.exp(-x)) + (1 - y) * np.log1p(np.exp(x)), real_only=True)  # fmt: skip

# ------------------------------------------------------------------------------------------------ drawn categories

row(F + "gumbel_softmax", [R(3, 2)], lambda x: np.stack([np.ones(3), np.zeros(3)], 1),
    through=lambda t, x: t.nn.functional.gumbel_softmax(x * 0 + t.tensor([1000.0, -1000.0], dtype=x.dtype)),
    without=("vmap", "complex vmap"), real_only=True)  # fmt: skip
for values in ({"reduction": "sum"}, {"reduction": "none"}):
    row(F + "mse_loss", [*PAIR, P(3, 4)], lambda x, y, w, reduction: reduced((x - y) ** 2 * w, reduction), values,
        through=lambda t, x, y, w, reduction: t.nn.functional.mse_loss(x, y, weight=w, reduction=reduction),
        real_only=True)  # fmt: skip
