"""A softmax over many classes that are not alike in frequency."""

import itertools
from collections import namedtuple

from ...ops.normalization import log_softmax
from ...ops.shape import cat
from .container import ModuleList, Sequential
from .linear import Linear
from .module import Module

_ASMoutput = namedtuple("_ASMoutput", ["output", "loss"])


class AdaptiveLogSoftmaxWithLoss(Module):
    """The log-softmax of frequent classes and, in clusters, of rarer ones, whose scores are made of fewer features
    (Grave, Joulin, Cisse, Grangier & Jegou, "Efficient softmax approximation for GPUs", 2017).

    Calling it with input (N, in_features) and the classes (N), int64, sorted by frequency, gives (output, loss): the
    log-probabilities (N) of the classes, and the negative of their mean. One example, (in_features) and (), as well.

    Args:
        in_features: the size of the input's last dimension.
        n_classes: how many classes there are.
        cutoffs: where the clusters begin, increasing: classes below the first one are in the head, with one score for
            each cluster.
        div_value: the i-th cluster's scores are made of in_features / div_value^i features.
        head_bias: whether the head has a bias.
        device, dtype: of the parameters.

    Raises:
        ValueError: no cutoffs, or others than increasing integers from 1 to n_classes - 1.
        RuntimeError: shapes that do not fit; a target that is no class.

    >>> import wengert as t
    >>> layer = t.nn.AdaptiveLogSoftmaxWithLoss(16, 10, [2, 5])
    >>> layer.log_prob(t.ones(1, 16)).exp().sum()
    tensor(1.0000, grad_fn=<SumBackward0>)
    """

    def __init__(
        self, in_features: int, n_classes: int, cutoffs, div_value: float = 4.0, head_bias: bool = False, device=None,
        dtype=None,
    ):  # fmt: skip
        super().__init__()
        cutoffs = list(cutoffs)
        if not cutoffs:
            raise ValueError("cutoffs should be a sequence of length larger than 0")
        if (
            cutoffs != sorted(set(cutoffs))
            or cutoffs[0] <= 0
            or cutoffs[-1] > n_classes - 1
            or any([int(c) != c for c in cutoffs])
        ):
            raise ValueError(
                "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each "
                "value is between 1 and n_classes-1"
            )
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = [*cutoffs, n_classes]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = self.cutoffs[0]
        self.n_clusters = len(self.cutoffs) - 1
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, head_bias, device, dtype)
        self.tail = ModuleList()
        for i, (start, end) in enumerate(itertools.pairwise(self.cutoffs)):
            hidden = int(in_features // div_value ** (i + 1))
            self.tail.append(
                Sequential(
                    Linear(in_features, hidden, False, device, dtype), Linear(hidden, end - start, False, device, dtype)
                )
            )

    def reset_parameters(self) -> None:
        """Draw the initial values again."""
        for module in (self.head, *[layer for projection in self.tail for layer in projection]):
            module.reset_parameters()

    def forward(self, input_, target_):
        if target_.ndim > 1:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
        if target_.ndim == 1 and input_.shape[0] != target_.shape[0]:
            raise RuntimeError("Input and target should have the same size in the batch dimension.")
        if input_.ndim != target_.ndim + 1:
            raise RuntimeError(
                f"{target_.ndim}D target tensor expects {target_.ndim + 1}D input tensors, but found inputs with size "
                f"{input_.shape}"
            )
        alone = target_.ndim == 0
        x, target = (input_.unsqueeze(0), target_.unsqueeze(0)) if alone else (input_, target_)
        if target.numel() and not (target.min() >= 0 and target.max() < self.n_classes):
            raise RuntimeError(
                f"Target values should be in [0, {self.n_classes - 1}], but values in range [{target.min().item()}, "
                f"{target.max().item()}] were found. "
            )
        place = target.clone()  # of the class itself, or of its cluster, in the head
        output = x.new_zeros(len(target))
        for i, (start, end) in enumerate(itertools.pairwise(self.cutoffs)):
            rows = ((target >= start) & (target < end)).nonzero()[:, 0]
            if rows.numel():
                place[rows] = self.shortlist_size + i
                scores = log_softmax(self.tail[i](x[rows]), 1)
                within = scores.gather(1, (target[rows] - start).unsqueeze(1))[:, 0]
                output = output.index_add(0, rows, within)
        output = output + log_softmax(self.head(x), 1).gather(1, place.unsqueeze(1))[:, 0]
        loss = (-output).mean()
        return _ASMoutput(output[0] if alone else output, loss)

    def _all(self, input, head):
        """The log-probabilities of all classes, for the head's scores."""
        logs = log_softmax(head, 1)
        first = self.shortlist_size
        tails = [log_softmax(self.tail[i](input), 1) + logs[:, first + i, None] for i in range(self.n_clusters)]
        return cat([logs[:, :first], *tails], 1)

    def log_prob(self, input):
        """The log-probabilities (N, n_classes) of all classes."""
        return self._all(input, self.head(input))

    def predict(self, input):
        """The most probable class of each example, (N): clusters are looked into where the head's largest score is
        one's."""
        head = self.head(input)
        found = head.argmax(1)
        rows = (found >= self.shortlist_size).nonzero()[:, 0]
        if rows.numel():
            found[rows] = self._all(input[rows], head[rows]).argmax(1)
        return found
