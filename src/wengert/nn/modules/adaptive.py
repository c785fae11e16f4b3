"""Adaptive softmax: Grave, Joulin, Cissé, Grangier & Jégou, "Efficient softmax approximation for GPUs", 2016,
https://arxiv.org/abs/1609.04309."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy

from ...core import Tensor
from ...core.promotion import from_array
from ...ops.embedding import row_sums
from ...ops.index_functions import index_select
from ...ops.normalization import log_softmax
from ...ops.reductions import argmax, mean
from ...ops.scatter import gather_along
from ...ops.shape import cat, narrow, reshape, unsqueeze
from .container import ModuleList, Sequential
from .linear import Linear
from .module import Module


class _ASMoutput(NamedTuple):
    output: Tensor
    loss: Tensor


class AdaptiveLogSoftmaxWithLoss(Module):
    """The logarithm of softmax over `n_classes` classes that are numbered by falling frequency, and its loss.

    `cutoffs` divide the classes: those below the first are in the head, the others in clusters of which the head has
    one score each. Cluster i computes with in_features / div_value^(i + 1) features, so that rare classes cost little.

    forward(input (N, in_features), target (N)), or without N, returns (output, loss): the log-probability of each
    target, and the negative of their mean.

    Raises:
        ValueError: cutoffs that are not integers, rising, from 1 to n_classes - 1.
        RuntimeError: shapes that do not fit, targets out of range.

    >>> import wengert as t
    >>> model = t.nn.AdaptiveLogSoftmaxWithLoss(16, 20, [4, 10])
    >>> model(t.zeros(3, 16), t.tensor([0, 5, 19])).output.shape
    wengert.Size([3])
    """

    def __init__(
        self, in_features: int, n_classes: int, cutoffs: Sequence[int], div_value: float = 4.0,
        head_bias: bool = False, device=None, dtype=None,
    ):  # fmt: skip
        super().__init__()
        cutoffs = list(cutoffs)
        if not cutoffs:
            raise ValueError("cutoffs should be a sequence of length larger than 0")
        if (
            cutoffs != sorted(set(cutoffs)) or cutoffs[0] <= 0 or cutoffs[-1] > n_classes - 1
            or any([int(c) != c for c in cutoffs])
        ):  # fmt: skip
            raise ValueError(
                "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each "
                "value is between 1 and n_classes-1"
            )
        options = {"device": device, "dtype": dtype}
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = [*cutoffs, n_classes]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = self.cutoffs[0]
        self.n_clusters = len(self.cutoffs) - 1
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, bias=head_bias, **options)
        self.tail = ModuleList()
        for i in range(self.n_clusters):
            width = int(in_features // (div_value ** (i + 1)))
            classes = self.cutoffs[i + 1] - self.cutoffs[i]
            self.tail.append(
                Sequential(
                    Linear(in_features, width, bias=False, **options), Linear(width, classes, bias=False, **options)
                )
            )

    def reset_parameters(self) -> None:
        """Draw the initial values again."""
        self.head.reset_parameters()
        for cluster in self.tail:
            for layer in cluster:
                layer.reset_parameters()

    def _checked(self, input_, target_) -> None:
        if target_.ndim == 1:
            if input_.shape[0] != target_.shape[0]:
                raise RuntimeError("Input and target should have the same size in the batch dimension.")
            if input_.ndim != 2:
                raise RuntimeError(
                    f"1D target tensor expects 2D input tensors, but found inputs with size {input_.shape}"
                )
        elif target_.ndim == 0:
            if input_.ndim != 1:
                raise RuntimeError(
                    f"0D target tensor expects 1D input tensors, but found inputs with size {input_.shape}"
                )
        else:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")

    def forward(self, input_: Tensor, target_: Tensor) -> _ASMoutput:
        self._checked(input_, target_)
        batched = target_.ndim > 0
        input = input_ if batched else unsqueeze(input_, 0)
        classes = target_.array.reshape(-1)
        if classes.size and (classes.min() < 0 or classes.max() >= self.n_classes):
            raise RuntimeError(
                f"Target values should be in [0, {self.n_classes - 1}], but values in range [{classes.min()}, "
                f"{classes.max()}] were found. "
            )
        # What the head is asked for: the class, or the cluster that it is in.
        asked = numpy.minimum(classes, self.shortlist_size)
        output = None
        for i in range(self.n_clusters):
            low, high = self.cutoffs[i], self.cutoffs[i + 1]
            rows = numpy.flatnonzero((classes >= low) & (classes < high))
            if not rows.size:
                continue
            asked[rows] = self.shortlist_size + i
            places = from_array(rows)
            logs = log_softmax(self.tail[i](index_select(input, 0, places)), 1)
            own = gather_along(logs, from_array((classes[rows] - low).reshape(-1, 1)), 1)
            part = row_sums(own, places, len(classes))
            output = part if output is None else output + part
        head = log_softmax(self.head(input), 1)
        found = gather_along(head, from_array(asked.reshape(-1, 1)), 1)
        found = reshape(found if output is None else found + output, (-1,))
        return _ASMoutput(found if batched else reshape(found, ()), mean(-found))

    def _all_logs(self, input, head_output):
        head = log_softmax(head_output, 1)
        parts = [narrow(head, 1, 0, self.shortlist_size)]
        for i in range(self.n_clusters):
            parts.append(log_softmax(self.tail[i](input), 1) + narrow(head, 1, self.shortlist_size + i, 1))
        return cat(parts, 1)

    def log_prob(self, input: Tensor) -> Tensor:
        """The log-probabilities of all classes: (N, in_features) -> (N, n_classes)."""
        return self._all_logs(input, self.head(input))

    def predict(self, input: Tensor) -> Tensor:
        """The likeliest class of each row: (N, in_features) -> (N), as of `log_prob`; only rows whose likeliest entry
        of the head is a cluster are computed further."""
        scores = self.head(input)
        found = argmax(scores, 1)
        rows = numpy.flatnonzero(found.array >= self.shortlist_size)
        if not rows.size:
            return found
        places = from_array(rows)
        logs = self._all_logs(index_select(input, 0, places), index_select(scores, 0, places))
        values = found.array.copy()
        values[rows] = argmax(logs, 1).array
        return from_array(values)
