"""Datasets: indexing, joining, splitting."""

import pytest
from wengert.utils.data import TensorDataset as through_utils

import wengert
from wengert import data


class Squares(data.Dataset):
    def __init__(self, n):
        self.n = n

    def __getitem__(self, index):
        if index >= self.n:
            raise IndexError(index)
        return index * index

    def __len__(self):
        return self.n


def test_utils_data_is_data():
    assert through_utils is data.TensorDataset and wengert.utils.data is data


def test_the_modules_of_pytorch_hold_the_same_classes():
    from wengert.utils.data.dataloader import DataLoader, default_collate
    from wengert.utils.data.dataset import IterableDataset
    from wengert.utils.data.distributed import DistributedSampler
    from wengert.utils.data.sampler import Sampler

    assert DataLoader is data.DataLoader and default_collate is data.default_collate
    assert IterableDataset is data.IterableDataset
    assert Sampler is data.Sampler and DistributedSampler is data.DistributedSampler


def test_types_in_brackets():
    class Typed(data.Dataset[int]):
        def __getitem__(self, index):
            return index

        def __len__(self):
            return 2

    class Stream(data.IterableDataset[str]):
        def __iter__(self):
            return iter("ab")

    class Order(data.Sampler[int]):
        def __iter__(self):
            return iter([1, 0])

    loader: data.DataLoader[int] = data.DataLoader(Typed(), batch_size=None, sampler=Order())
    assert list(loader) == [1, 0] and list(data.DataLoader(Stream(), batch_size=None)) == ["a", "b"]


def test_tensor_dataset():
    x, y = wengert.arange(6.0).reshape(3, 2), wengert.arange(3)
    dataset = data.TensorDataset(x, y)
    assert len(dataset) == 3
    first, second = dataset[1]
    assert first.tolist() == [2.0, 3.0] and second.item() == 1
    assert [[a.tolist(), b.item()] for a, b in dataset.__getitems__([2, 0])] == [[[4.0, 5.0], 2], [[0.0, 1.0], 0]]
    with pytest.raises(AssertionError, match="Size mismatch between tensors"):
        data.TensorDataset(x, wengert.arange(4))


def test_concatenation():
    joined = Squares(3) + Squares(2)
    assert isinstance(joined, data.ConcatDataset) and len(joined) == 5
    assert [joined[i] for i in range(5)] == [0, 1, 4, 0, 1] and joined[-1] == 1 and joined[-5] == 0
    assert joined.cumulative_sizes == [3, 5]
    with pytest.raises(ValueError, match="absolute value of index should not exceed dataset length"):
        joined[-6]
    with pytest.raises(AssertionError, match="datasets should not be an empty iterable"):
        data.ConcatDataset([])


def test_subset():
    subset = data.Subset(Squares(10), [3, 1, 4])
    assert len(subset) == 3 and [subset[i] for i in range(3)] == [9, 1, 16]
    assert subset.__getitems__([2, 0]) == [16, 9]
    nested = data.Subset(data.Subset(data.TensorDataset(wengert.arange(10)), [5, 6, 7]), [2, 0])
    assert [x.item() for (x,) in nested.__getitems__([0, 1])] == [7, 5]


def test_random_split():
    parts = data.random_split(Squares(10), [7, 3], generator=wengert.Generator().manual_seed(1))
    assert [len(part) for part in parts] == [7, 3]
    assert sorted([*parts[0].indices, *parts[1].indices]) == list(range(10))
    again = data.random_split(Squares(10), [7, 3], generator=wengert.Generator().manual_seed(1))
    assert [part.indices for part in again] == [part.indices for part in parts]
    assert [len(part) for part in data.random_split(Squares(10), [0.5, 0.25, 0.25])] == [6, 2, 2]
    with pytest.raises(ValueError, match="Sum of input lengths does not equal the length of the input dataset!"):
        data.random_split(Squares(10), [7, 4])
    with pytest.raises(ValueError, match="Fraction at index 0 is not between 0 and 1"):
        data.random_split(Squares(10), [1.5, -0.5])


def test_streams():
    class Count(data.IterableDataset):
        def __init__(self, n):
            self.n = n

        def __iter__(self):
            return iter(range(self.n))

    chained = Count(2) + Count(3)
    assert list(chained) == [0, 1, 0, 1, 2] and list(chained) == [0, 1, 0, 1, 2]
    with pytest.raises(TypeError, match="Can't instantiate abstract class IterableDataset"):
        data.IterableDataset()
    with pytest.raises(NotImplementedError):
        data.Dataset()[0]


def test_an_empty_split_warns():
    with pytest.warns(UserWarning, match="Length of split at index 1 is 0"):
        assert [len(part) for part in data.random_split(Squares(1), [0.6, 0.4])] == [1, 0]
