"""DataLoader and collation: what is in a batch, of which type, and in which order."""

from collections import namedtuple

import numpy
import pytest

import wengert
from wengert import data
from wengert.data import DataLoader, TensorDataset, default_collate, default_convert


class Samples(data.Dataset):
    def __init__(self, samples):
        self.samples = samples

    def __getitem__(self, index):
        return self.samples[index]

    def __len__(self):
        return len(self.samples)


class Stream(data.IterableDataset):
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return iter(range(self.n))

    def __len__(self):
        return self.n


def dataset(n=10):
    return TensorDataset(wengert.arange(2.0 * n).reshape(n, 2), wengert.arange(n))


def test_batches_in_order():
    loader = DataLoader(dataset(), batch_size=4)
    batches = list(loader)
    assert len(loader) == len(batches) == 3
    assert [y.tolist() for _, y in batches] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert [x.shape for x, _ in batches] == [(4, 2), (4, 2), (2, 2)] and isinstance(batches[0], list)
    assert [y.tolist() for _, y in DataLoader(dataset(), batch_size=4, drop_last=True)] == [[0, 1, 2, 3], [4, 5, 6, 7]]


def test_batches_own_their_memory():
    source = dataset()
    x, _ = next(iter(DataLoader(source, batch_size=4)))
    x.zero_()
    assert source.tensors[0][1].tolist() == [2.0, 3.0]


def test_a_plain_dataset_gives_the_same_as_a_tensor_dataset():
    source = dataset()
    plain = DataLoader(Samples([source[i] for i in range(10)]), batch_size=3)
    for (x, y), (a, b) in zip(DataLoader(source, batch_size=3), plain, strict=True):
        assert (x == a).all() and (y == b).all() and x.dtype is a.dtype and y.dtype is b.dtype


def test_shuffled_epochs_differ_and_are_seeded():
    def epochs():
        loader = DataLoader(dataset(30), batch_size=7, shuffle=True, generator=wengert.Generator().manual_seed(2))
        return [[i for _, y in loader for i in y.tolist()] for _ in range(2)]

    first, second = epochs()
    assert sorted(first) == sorted(second) == list(range(30)) and first != second
    assert epochs() == [first, second]


def test_samplers():
    backwards = DataLoader(dataset(), batch_size=4, sampler=range(9, -1, -1))
    assert [y.tolist() for _, y in backwards] == [[9, 8, 7, 6], [5, 4, 3, 2], [1, 0]]
    loader = DataLoader(dataset(), batch_sampler=[[1, 2], [5]])
    assert [y.tolist() for _, y in loader] == [[1, 2], [5]] and len(loader) == 2


def test_single_samples():
    loader = DataLoader(Samples([numpy.ones(2), 5, "text"]), batch_size=None)
    x, number, text = loader
    assert isinstance(x, wengert.Tensor) and number == 5 and text == "text" and len(loader) == 3


def test_own_collation():
    assert list(DataLoader(Samples(list(range(5))), batch_size=2, collate_fn=sum)) == [1, 5, 4]


def test_streams():
    loader = DataLoader(Stream(5), batch_size=2)
    assert [x.tolist() for x in loader] == [[0, 1], [2, 3], [4]] and len(loader) == 3
    assert [x.tolist() for x in DataLoader(Stream(5), batch_size=2, drop_last=True)] == [[0, 1], [2, 3]]
    assert list(DataLoader(Stream(3), batch_size=None)) == [0, 1, 2]


def test_an_error_in_a_sample_comes_out():
    class Broken(data.Dataset):
        def __getitem__(self, index):
            raise KeyError(f"sample {index}")

        def __len__(self):
            return 2

    with pytest.raises(KeyError, match="sample 0"):
        next(iter(DataLoader(Broken())))


def test_two_iterators_are_independent():
    loader = DataLoader(dataset(4), batch_size=2)
    one, other = iter(loader), iter(loader)
    assert next(one)[1].tolist() == next(other)[1].tolist() == [0, 1]
    assert next(one)[1].tolist() == [2, 3]


@pytest.mark.parametrize("make", [
    lambda: DataLoader(dataset(), shuffle=True, sampler=range(3)),
    lambda: DataLoader(dataset(), batch_sampler=[[1]], batch_size=2),
    lambda: DataLoader(dataset(), batch_size=None, drop_last=True),
    lambda: DataLoader(dataset(), batch_size=0),
    lambda: DataLoader(dataset(), num_workers=-1),
    lambda: DataLoader(dataset(), timeout=-1),
    lambda: DataLoader(dataset(), prefetch_factor=2),
    lambda: DataLoader(dataset(), persistent_workers=True),
    lambda: DataLoader(Stream(3), shuffle=True),
    lambda: DataLoader(Stream(3), sampler=range(3)),
    lambda: DataLoader(Stream(3), batch_size=0),
])  # fmt: skip
def test_bad_arguments(make):
    with pytest.raises(ValueError, match="option|num_workers|batch_size|shuffle"):
        make()


def test_collation_of_types():
    Point = namedtuple("Point", "x y")
    batch = default_collate([
        {"tensor": wengert.ones(2), "array": numpy.zeros(3, numpy.int16), "float": 1.5, "int": 3, "bool": True,
         "text": "a", "pair": (1, 2.0), "point": Point(1, 2), "scalar": numpy.float32(2)},
        {"tensor": wengert.zeros(2), "array": numpy.ones(3, numpy.int16), "float": 2.5, "int": 4, "bool": False,
         "text": "b", "pair": (3, 4.0), "point": Point(3, 4), "scalar": numpy.float32(3)},
    ])  # fmt: skip
    assert batch["tensor"].tolist() == [[1, 1], [0, 0]]
    assert batch["array"].dtype is wengert.int16 and batch["array"].tolist() == [[0, 0, 0], [1, 1, 1]]
    assert batch["float"].dtype is wengert.float64 and batch["float"].tolist() == [1.5, 2.5]
    assert batch["int"].dtype is wengert.int64 and batch["bool"].dtype is wengert.bool
    assert batch["text"] == ["a", "b"] and batch["scalar"].dtype is wengert.float32
    assert [x.tolist() for x in batch["pair"]] == [[1, 3], [2.0, 4.0]]
    assert isinstance(batch["point"], Point) and batch["point"].y.tolist() == [2, 4]


def test_collation_errors():
    with pytest.raises(RuntimeError, match="each element in list of batch should be of equal size"):
        default_collate([[1, 2], [3]])
    with pytest.raises(
        TypeError, match="batch must contain tensors, numpy arrays, numbers, dicts or lists; found <class 'object'>"
    ):
        default_collate([object(), object()])
    with pytest.raises(TypeError):
        default_collate([numpy.array(["a"]), numpy.array(["b"])])
    with pytest.raises(RuntimeError, match="stack expects each tensor to be equal size"):
        default_collate([wengert.ones(2), wengert.ones(3)])


def test_conversion():
    converted = default_convert({"a": numpy.ones(2), "b": (numpy.zeros(1), "text"), "c": 5})
    assert isinstance(converted["a"], wengert.Tensor) and converted["b"][0].tolist() == [0.0]
    assert converted["b"][1] == "text" and converted["c"] == 5
