"""Datasets: what a loader draws its samples from."""

import abc
import bisect
import itertools
import math
import warnings
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from ..core import Tensor
from ..ops.generator import default_generator
from ..ops.random import randperm

T_co = TypeVar("T_co", covariant=True)


class Dataset(Generic[T_co]):
    """A map from indices to samples: a subclass defines `__getitem__`, and `__len__` for the usual samplers.

    A loader asks for the samples of a batch by one call of `__getitems__(indices)` where a dataset has that method.

    >>> from wengert.utils.data import Dataset
    >>> class Squares(Dataset):
    ...     def __getitem__(self, index):
    ...         return index * index
    ...     def __len__(self):
    ...         return 4
    >>> Squares()[3]
    9
    """

    def __getitem__(self, index) -> T_co:
        raise NotImplementedError("Subclasses of Dataset should implement __getitem__.")

    def __add__(self, other: "Dataset") -> "ConcatDataset":
        return ConcatDataset([self, other])


class IterableDataset(Dataset[T_co], metaclass=abc.ABCMeta):
    """A stream of samples: a subclass defines `__iter__`.

    Each worker process of a loader iterates over a copy of its own: `get_worker_info()` tells a copy which share of the
    stream is its own.

    >>> from wengert.utils.data import DataLoader, IterableDataset
    >>> class Count(IterableDataset):
    ...     def __iter__(self):
    ...         return iter(range(5))
    >>> [batch.tolist() for batch in DataLoader(Count(), batch_size=2)]
    [[0, 1], [2, 3], [4]]
    """

    @abc.abstractmethod
    def __iter__(self) -> Iterator[T_co]:
        raise NotImplementedError

    def __add__(self, other: Dataset):
        return ChainDataset([self, other])


class TensorDataset(Dataset[tuple[Tensor, ...]]):
    """Samples that are the entries of tensors along their first dimension, which must be of one size (AssertionError).

    >>> import wengert as t
    >>> t.utils.data.TensorDataset(t.arange(3), t.arange(3) * 10)[1]
    (tensor(1), tensor(10))
    """

    def __init__(self, *tensors: Tensor):
        if any([len(tensor) != len(tensors[0]) for tensor in tensors]):
            raise AssertionError("Size mismatch between tensors")
        self.tensors = tensors

    def __getitem__(self, index):
        return tuple([tensor[index] for tensor in self.tensors])

    def __getitems__(self, indices: list):
        """Several samples at once, as a loader asks for them."""
        return list(zip(*[tensor[indices].unbind(0) for tensor in self.tensors], strict=True))

    def __len__(self) -> int:
        return len(self.tensors[0])


class StackDataset(Dataset[Any]):
    """Datasets side by side: a sample is the tuple of theirs, or the dict for datasets given by name.

    ValueError for datasets of different lengths, for none at all, and for both kinds of arguments.

    >>> from wengert.utils.data import StackDataset
    >>> StackDataset(image=[1, 2], label=["a", "b"])[1]
    {'image': 2, 'label': 'b'}
    """

    def __init__(self, *args, **kwargs):
        if args and kwargs:
            raise ValueError(
                "Supported either ``tuple``- (via ``args``) or``dict``- (via ``kwargs``) like input/output, but both "
                "types are given."
            )
        if not args and not kwargs:
            raise ValueError("At least one dataset should be passed")
        self.datasets = args or kwargs
        lengths = [len(dataset) for dataset in self._all()]
        if any([length != lengths[0] for length in lengths]):
            raise ValueError(f"Size mismatch between datasets: their lengths are {lengths}")
        self._length = lengths[0]

    def _all(self):
        return self.datasets.values() if isinstance(self.datasets, dict) else self.datasets

    def _sample(self, values):
        return dict(zip(self.datasets, values, strict=True)) if isinstance(self.datasets, dict) else tuple(values)

    def __getitem__(self, index):
        return self._sample([dataset[index] for dataset in self._all()])

    def __getitems__(self, indices: list):
        """Several samples at once, as a loader asks for them."""
        columns = [_several(dataset, indices) for dataset in self._all()]
        for column in columns:
            if len(column) != len(indices):
                raise ValueError(
                    f"Nested dataset's output size mismatch. Expected {len(indices)}, got {len(column)}: its "
                    "__getitems__ must give a sample for each index"
                )
        return [self._sample(values) for values in zip(*columns, strict=True)]

    def __len__(self) -> int:
        return self._length


def _several(dataset, indices: list):
    """The samples at several indices, by one call where the dataset has one for it."""
    at_once = getattr(dataset, "__getitems__", None)
    return at_once(indices) if callable(at_once) else [dataset[index] for index in indices]


class ConcatDataset(Dataset[T_co]):
    """Map datasets one after the other. AssertionError for none at all, and for iterable ones.

    >>> from wengert.utils.data import ConcatDataset
    >>> joined = ConcatDataset(["ab", "cde"])
    >>> len(joined), joined[2], joined[-1]
    (5, 'c', 'e')
    """

    def __init__(self, datasets):
        self.datasets = list(datasets)
        if not self.datasets:
            raise AssertionError("datasets should not be an empty iterable")
        if any([isinstance(dataset, IterableDataset) for dataset in self.datasets]):
            raise AssertionError("ConcatDataset does not support IterableDataset")
        self.cumulative_sizes = list(itertools.accumulate([len(dataset) for dataset in self.datasets]))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, index: int):
        if index < 0:
            if -index > len(self):
                raise ValueError("absolute value of index should not exceed dataset length")
            index += len(self)
        which = bisect.bisect_right(self.cumulative_sizes, index)
        return self.datasets[which][index - (self.cumulative_sizes[which - 1] if which else 0)]


class ChainDataset(IterableDataset):
    """Iterable datasets one after the other; AssertionError for others.

    >>> from wengert.utils.data import ChainDataset, IterableDataset
    >>> class Count(IterableDataset):
    ...     def __iter__(self):
    ...         return iter(range(2))
    >>> list(ChainDataset([Count(), Count()]))
    [0, 1, 0, 1]
    """

    def __init__(self, datasets):
        super().__init__()
        self.datasets = datasets

    def _checked(self):
        for dataset in self.datasets:
            if not isinstance(dataset, IterableDataset):
                raise AssertionError(
                    f"ChainDataset only supports IterableDataset, but one of the datasets is a "
                    f"{type(dataset).__name__}"
                )
            yield dataset

    def __iter__(self):
        for dataset in self._checked():
            yield from dataset

    def __len__(self) -> int:
        return sum([len(dataset) for dataset in self._checked()])


class Subset(Dataset[T_co]):
    """The samples of a dataset at given indices.

    A subclass with a `__getitem__` of its own has a `__getitems__` of its own, too (NotImplementedError), for that is
    what a loader calls.

    >>> from wengert.utils.data import Subset
    >>> list(Subset("abcdef", [4, 0, 2]))
    ['e', 'a', 'c']
    """

    def __init__(self, dataset: Dataset, indices):
        kind = type(self)
        if kind.__getitem__ is not Subset.__getitem__ and kind.__getitems__ is Subset.__getitems__:
            raise NotImplementedError(
                f"{kind.__name__} overrides __getitem__ but not __getitems__. A loader asks for several samples by "
                "__getitems__(indices): define it too, as [self[index] for index in indices] say."
            )
        self.dataset = dataset
        self.indices = indices

    def __getitem__(self, index):
        if isinstance(index, list):
            return self.dataset[[self.indices[i] for i in index]]
        return self.dataset[self.indices[index]]

    def __getitems__(self, indices: list):
        """Several samples at once, as a loader asks for them."""
        return _several(self.dataset, [self.indices[i] for i in indices])

    def __len__(self) -> int:
        return len(self.indices)


def random_split(dataset, lengths, generator=default_generator) -> list:
    """Disjoint random subsets of the given lengths, or of the given shares if those sum to 1.

    Args:
        lengths: a length for each subset, or a fraction. What rounding down leaves over goes to the first ones, one
            each.
        generator: the stream of random numbers.

    ValueError where the lengths do not add up to the dataset's, or a fraction is none. A subset of length 0 is warned
    of.

    >>> import wengert as t
    >>> parts = t.utils.data.random_split("abcdefghij", [0.8, 0.2], t.Generator().manual_seed(0))
    >>> [len(part) for part in parts], sorted(parts[0].indices + parts[1].indices) == list(range(10))
    ([8, 2], True)
    """
    lengths = list(lengths)
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1:
        lengths = _lengths_of_shares(lengths, len(dataset))
    if sum(lengths) != len(dataset):
        raise ValueError(
            "Sum of input lengths does not equal the length of the input dataset!: the lengths sum to "
            f"{sum(lengths)}, the dataset has {len(dataset)} samples (fractions must sum to 1)"
        )
    order = randperm(sum(lengths), generator=generator).tolist()
    ends = list(itertools.accumulate(lengths))
    return [Subset(dataset, order[end - length : end]) for end, length in zip(ends, lengths, strict=True)]


def _lengths_of_shares(shares: list, total: int) -> list:
    for i, share in enumerate(shares):
        if not 0 <= share <= 1:
            raise ValueError(f"Fraction at index {i} is not between 0 and 1")
    lengths = [math.floor(total * share) for share in shares]
    for i in range(total - sum(lengths)):
        lengths[i % len(lengths)] += 1
    for i, length in enumerate(lengths):
        if length == 0:
            warnings.warn(
                f"Length of split at index {i} is 0. This might result in an empty dataset.", UserWarning, stacklevel=3
            )
    return lengths
