"""Samplers: the order in which a loader visits a dataset.

A sampler takes a seed from its generator when an iteration begins and draws from a stream of its own after that, so
that neither what else is drawn in the meantime nor how far a loader reads ahead changes the order.
"""

import itertools
from collections.abc import Iterator
from typing import Generic, TypeVar

from ..core import dtypes
from ..ops.from_data import as_tensor
from ..ops.generator import Generator
from ..ops.random import randint, randperm
from ..ops.sampling import multinomial

T_co = TypeVar("T_co", covariant=True)


def draw_seed(generator) -> int:
    """A seed in [0, 2^63 - 1) from a generator, or from the default one for None."""
    return randint((1 << 63) - 1, (), generator=generator).item()


def _stream_from(generator) -> Generator:
    return Generator().manual_seed(draw_seed(generator))


class Sampler(Generic[T_co]):
    """An iterable of indices, or of lists of them for a `batch_sampler`: a subclass defines `__iter__`, and `__len__`
    where the number is known.

    >>> from wengert.utils.data import DataLoader, Sampler
    >>> class Backwards(Sampler):
    ...     def __iter__(self):
    ...         return iter([2, 1, 0])
    >>> [x.item() for x in DataLoader([10, 11, 12], sampler=Backwards())]
    [12, 11, 10]
    """

    def __iter__(self) -> Iterator[T_co]:
        raise NotImplementedError("Subclasses of Sampler should implement __iter__.")


class SequentialSampler(Sampler[int]):
    """All indices in order.

    >>> from wengert.utils.data import SequentialSampler
    >>> list(SequentialSampler("abc"))
    [0, 1, 2]
    """

    def __init__(self, data_source):
        self.data_source = data_source

    def __iter__(self):
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler[int]):
    """Indices in random order, or drawn with replacement.

    Args:
        data_source: what has as many indices as its length.
        replacement: draw each index from all of them.
        num_samples: how many; all unless given. More than all, without replacement, are several orders in a row.
        generator: the stream of random numbers.

    TypeError for a `replacement` that is no bool, ValueError for a number that is not positive.

    >>> from wengert.utils.data import RandomSampler
    >>> sorted(RandomSampler("abc"))
    [0, 1, 2]
    """

    def __init__(self, data_source, replacement: bool = False, num_samples: int | None = None, generator=None):
        if not isinstance(replacement, bool):
            raise TypeError(f"replacement should be a boolean value, but got replacement={replacement}")
        self.data_source = data_source
        self.replacement = replacement
        self._num_samples = num_samples
        self.generator = generator
        if not isinstance(self.num_samples, int) or self.num_samples <= 0:
            raise ValueError(f"num_samples should be a positive integer value, but got num_samples={self.num_samples}")

    @property
    def num_samples(self) -> int:
        """How many indices an iteration gives."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self):
        return self._drawn(_stream_from(self.generator))

    def _drawn(self, stream):
        n, remaining = len(self.data_source), self.num_samples
        while remaining > 0:
            if self.replacement:
                drawn = randint(n, (min(remaining, 1024),), generator=stream).tolist()
            else:
                drawn = randperm(n, generator=stream).tolist()[:remaining]
            yield from drawn
            remaining -= len(drawn)

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler[int]):
    """Given indices in random order.

    >>> from wengert.utils.data import SubsetRandomSampler
    >>> sorted(SubsetRandomSampler([7, 2, 5]))
    [2, 5, 7]
    """

    def __init__(self, indices, generator=None):
        self.indices = indices
        self.generator = generator

    def __iter__(self):
        order = randperm(len(self.indices), generator=_stream_from(self.generator)).tolist()
        return (self.indices[i] for i in order)

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
    """Indices drawn with probabilities proportional to weights.

    Args:
        weights: a sequence of one weight for each index; they need not sum to 1.
        num_samples: how many indices are drawn.
        replacement: whether an index can be drawn again.
        generator: the stream of random numbers.

    ValueError for weights of more dimensions than one, and for a number that is not positive.

    >>> from wengert.utils.data import WeightedRandomSampler
    >>> list(WeightedRandomSampler([0.0, 1.0, 0.0], 4))
    [1, 1, 1, 1]
    """

    def __init__(self, weights, num_samples: int, replacement: bool = True, generator=None):
        if not isinstance(num_samples, int) or isinstance(num_samples, bool) or num_samples <= 0:
            raise ValueError(f"num_samples should be a positive integer value, but got num_samples={num_samples}")
        if not isinstance(replacement, bool):
            raise ValueError(f"replacement should be a boolean value, but got replacement={replacement}")
        self.weights = as_tensor(weights, dtype=dtypes.float64)
        if self.weights.dim() != 1:
            raise ValueError(
                f"weights should be a 1d sequence but given weights have shape {tuple(self.weights.shape)}"
            )
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def __iter__(self):
        stream = _stream_from(self.generator)
        return iter(multinomial(self.weights, self.num_samples, self.replacement, generator=stream).tolist())

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler[list[int]]):
    """Lists of indices from another sampler, or from any iterable.

    Args:
        sampler: the indices.
        batch_size: how many there are in a list.
        drop_last: leave out a last list that is shorter.

    >>> from wengert.utils.data import BatchSampler
    >>> list(BatchSampler(range(5), 2, drop_last=False))
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler, batch_size: int, drop_last: bool):
        if not isinstance(batch_size, int) or isinstance(batch_size, bool) or batch_size <= 0:
            raise ValueError(f"batch_size should be a positive integer value, but got batch_size={batch_size}")
        if not isinstance(drop_last, bool):
            raise ValueError(f"drop_last should be a boolean value, but got drop_last={drop_last}")
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self):
        return self._batches(iter(self.sampler))

    def _batches(self, indices):
        while batch := list(itertools.islice(indices, self.batch_size)):
            if len(batch) < self.batch_size and self.drop_last:
                return
            yield batch

    def __len__(self) -> int:
        full, rest = divmod(len(self.sampler), self.batch_size)
        return full + bool(rest and not self.drop_last)


class DistributedSampler(Sampler[int]):
    """The share of one process in data-parallel training: every `num_replicas`-th index, from the `rank`-th on.

    Args:
        dataset: what has as many indices as its length.
        num_replicas: how many processes there are.
        rank: which of them this is, from 0.
        shuffle: visit in random order, the same in all processes; `set_epoch` makes it another one.
        seed: of that order; the same in all processes.
        drop_last: leave out what cannot be shared evenly. Otherwise the first indices come again to fill up.

    RuntimeError without `num_replicas` and `rank`, ValueError for a rank that is none of the processes.

    >>> from wengert.utils.data import DistributedSampler
    >>> [list(DistributedSampler("abcde", 2, rank, shuffle=False)) for rank in range(2)]
    [[0, 2, 4], [1, 3, 0]]
    """

    def __init__(
        self, dataset, num_replicas: int | None = None, rank: int | None = None, shuffle: bool = True, seed: int = 0,
        drop_last: bool = False,
    ):  # fmt: skip
        if num_replicas is None or rank is None:
            raise RuntimeError(
                "Requires distributed package to be available: give num_replicas and rank, how many processes there "
                "are and which of them this is"
            )
        if not 0 <= rank < num_replicas:
            raise ValueError(f"Invalid rank {rank}, rank should be in the interval [0, {num_replicas - 1}]")
        self.dataset = dataset
        self.num_replicas = num_replicas
        self.rank = rank
        self.epoch = 0
        self.drop_last = drop_last
        full, rest = divmod(len(dataset), num_replicas)
        self.num_samples = full + bool(rest and not drop_last)
        self.total_size = self.num_samples * num_replicas
        self.shuffle = shuffle
        self.seed = seed

    def __iter__(self):
        n = len(self.dataset)
        if self.shuffle:
            indices = randperm(n, generator=Generator().manual_seed(self.seed + self.epoch)).tolist()
        else:
            indices = list(range(n))
        filled = itertools.islice(itertools.cycle(indices), self.total_size)
        return itertools.islice(filled, self.rank, None, self.num_replicas)

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Make the random order that of another epoch."""
        self.epoch = epoch
