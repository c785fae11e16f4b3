"""Data loading against PyTorch's: what is in a batch, in which order, what is refused and with which words."""

import inspect
from collections import UserDict, UserList, namedtuple
from types import MappingProxyType

import numpy
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("torch.utils.data")
import wengert.utils.data  # noqa: E402

import wengert  # noqa: E402

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Length of split at index"),
]
LIBRARIES = torch, wengert
Point = namedtuple("Point", "x y")


def shown(x):
    """Values and types, the libraries' own named alike."""
    if isinstance(x, (torch.Tensor, wengert.Tensor)):
        return "tensor", str(x.dtype).split(".")[1], x.tolist()
    if isinstance(x, numpy.ndarray):
        return "array", str(x.dtype), x.tolist()
    if isinstance(x, (dict, UserDict, MappingProxyType)):
        return type(x).__name__, [(key, shown(x[key])) for key in x]
    if isinstance(x, (list, tuple, UserList)):
        return type(x).__name__, [shown(value) for value in x]
    return type(x).__name__, x


def outcome(function, library):
    """What a function of a library gives, or its error's type and words."""
    try:
        return shown(function(library))
    except Exception as error:
        return Error((type(error).__name__, str(error).replace("torch", "wengert")))


class Error(tuple):
    """Equal to one of the same type whose words go on after the same beginning."""

    def __eq__(self, other):
        if not isinstance(other, Error):
            return False
        length = min(len(self[1]), len(other[1]), 45)
        return self[0] == other[0] and self[1][:length] == other[1][:length] and (length > 0 or self[1] == other[1])

    __hash__ = tuple.__hash__


OBJECT = object()
SAMPLES = [
    lambda t: [t.ones(2), t.zeros(2)], lambda t: [t.tensor(1), t.tensor(2)], lambda t: [t.ones(2), t.ones(3)],
    lambda t: [numpy.ones(2, numpy.int8), numpy.zeros(2, numpy.int8)], lambda t: [numpy.array(1.5), numpy.array(2)],
    lambda t: [numpy.float32(1), numpy.float32(2)], lambda t: [numpy.bool_(True), numpy.bool_(False)],
    lambda t: [1, 2], lambda t: [1.5, 2], lambda t: [True, False], lambda t: ["a", "b"], lambda t: [b"a", "b"],
    lambda t: [{"a": 1, "b": [1, 2]}, {"a": 2, "b": [3, 4]}], lambda t: [{"a": 1}, {"b": 2}],
    lambda t: [(1, "a"), (2, "b")], lambda t: [[1, 2], [3, 4]], lambda t: [[1, 2], [3]],
    lambda t: [Point(1, 2), Point(3, 4)], lambda t: [range(2), range(2)],
    lambda t: [UserList([1, 2]), UserList([3, 4])], lambda t: [UserDict(a=1), UserDict(a=2)],
    lambda t: [MappingProxyType({"a": 1})] * 2, lambda t: [{1}, {2}], lambda t: [None, None], lambda t: [1j, 2j],
    lambda t: [numpy.array(["a"])] * 2, lambda t: [numpy.str_("a")] * 2, lambda t: [OBJECT], lambda t: [],
    lambda t: [[], []], lambda t: [(), ()], lambda t: [{}, {}],
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(SAMPLES)))
@pytest.mark.parametrize("name", ["default_collate", "default_convert"])
def test_collation(name, number):
    theirs, ours = (outcome(lambda t: getattr(t.utils.data, name)(SAMPLES[number](t)), t) for t in LIBRARIES)
    assert ours == theirs


def test_a_type_of_ones_own():
    class Own:
        pass

    def collate(batch, *, collate_fn_map=None):
        return len(batch)

    from torch.utils.data._utils.collate import collate as theirs

    table = {Own: collate}
    for function in (theirs, wengert.utils.data.collate):
        assert function([(Own(), Own()), (Own(), Own())], collate_fn_map=table) == [2, 2]


def numbers(t, n=7):
    class Numbers(t.utils.data.Dataset):
        def __len__(self):
            return n

        def __getitem__(self, index):
            return index

    return Numbers()


def stream(t, n=7):
    class Stream(t.utils.data.IterableDataset):
        def __iter__(self):
            return iter(range(n))

        def __len__(self):
            return n

    return Stream()


def epochs(loader):
    return [len(loader), [batch for batch in loader], [batch for batch in loader]]


def error_in_worker(t):
    class Broken(t.utils.data.Dataset):
        def __len__(self):
            return 4

        def __getitem__(self, index):
            raise KeyError("no such sample")

    return list(t.utils.data.DataLoader(Broken(), num_workers=1))


LOADS = [
    lambda t, d: epochs(d.DataLoader(numbers(t), batch_size=3)),
    lambda t, d: epochs(d.DataLoader(numbers(t), 3, drop_last=True)),
    lambda t, d: epochs(d.DataLoader(numbers(t), batch_size=3, num_workers=2)),
    lambda t, d: epochs(d.DataLoader(numbers(t), batch_size=None, num_workers=2, persistent_workers=True)),
    lambda t, d: epochs(d.DataLoader(stream(t), batch_size=3)),
    lambda t, d: epochs(d.DataLoader(stream(t), batch_size=None)),
    lambda t, d: epochs(d.DataLoader(stream(t), batch_size=3, num_workers=1)),
    lambda t, d: epochs(d.DataLoader(numbers(t), batch_sampler=[[1, 2], [0]])),
    lambda t, d: epochs(d.DataLoader({0: 5, 1: 6}, batch_size=2)), lambda t, d: list(d.DataLoader([], batch_size=2)),
    lambda t, d: d.DataLoader([], shuffle=True), lambda t, d: d.DataLoader(numbers(t), shuffle=True, sampler=[1]),
    lambda t, d: d.DataLoader(numbers(t), batch_sampler=[[1]], batch_size=2),
    lambda t, d: d.DataLoader(numbers(t), None, drop_last=True), lambda t, d: d.DataLoader(numbers(t), 0),
    lambda t, d: d.DataLoader(numbers(t), 2.5), lambda t, d: d.DataLoader(numbers(t), True),
    lambda t, d: d.DataLoader(numbers(t), num_workers=-1), lambda t, d: d.DataLoader(numbers(t), num_workers=None),
    lambda t, d: d.DataLoader(numbers(t), timeout=-1), lambda t, d: d.DataLoader(numbers(t), prefetch_factor=2),
    lambda t, d: d.DataLoader(numbers(t), num_workers=1, prefetch_factor=-2),
    lambda t, d: d.DataLoader(numbers(t), persistent_workers=True), lambda t, d: d.DataLoader(stream(t), shuffle=True),
    lambda t, d: d.DataLoader(stream(t), sampler=[1]), lambda t, d: d.DataLoader(stream(t), batch_sampler=[[1]]),
    lambda t, d: d.DataLoader(numbers(t), multiprocessing_context="fork"),
    lambda t, d: d.DataLoader(numbers(t), num_workers=1, multiprocessing_context="x"),
    lambda t, d: d.DataLoader(numbers(t), num_workers=1, multiprocessing_context=1), lambda t, d: error_in_worker(t),
    lambda t, d: d.StackDataset([1, 2], "ab")[1], lambda t, d: d.StackDataset(a=[1, 2], b="ab").__getitems__([1, 0]),
    lambda t, d: d.StackDataset(), lambda t, d: d.StackDataset([1], a=[1]), lambda t, d: d.StackDataset([1], [1, 2]),
    lambda t, d: d.TensorDataset(t.arange(3), t.arange(6).reshape(3, 2))[1],
    lambda t, d: d.TensorDataset(t.ones(1), t.ones(2)), lambda t, d: d.ConcatDataset([[1, 2], [3]])[2],
    lambda t, d: d.ConcatDataset([[1, 2], [3]])[-4], lambda t, d: d.ConcatDataset([]),
    lambda t, d: d.ConcatDataset([stream(t)]), lambda t, d: list(d.ChainDataset([stream(t), stream(t)])),
    lambda t, d: len(d.ChainDataset([stream(t), stream(t)])), lambda t, d: list(d.ChainDataset([[1]])),
    lambda t, d: d.Subset([5, 6, 7], [2, 0])[0],
    lambda t, d: [len(p) for p in d.random_split(range(10), [0.5, 0.3, 0.2])],
    lambda t, d: [len(p) for p in d.random_split(range(11), [0.5, 0.25, 0.25])],
    lambda t, d: d.random_split(range(4), [3, 2]), lambda t, d: d.random_split(range(4), [1.5, -0.5]),
    lambda t, d: [len(p) for p in d.random_split(range(1), [1])], lambda t, d: d.RandomSampler([]),
    lambda t, d: d.RandomSampler([1], num_samples=0), lambda t, d: d.RandomSampler([1], 1),
    lambda t, d: len(d.RandomSampler([1, 2], num_samples=5)), lambda t, d: d.WeightedRandomSampler([[1.0]], 1),
    lambda t, d: d.WeightedRandomSampler([1.0], True), lambda t, d: d.WeightedRandomSampler([1.0], 1, 1),
    lambda t, d: d.BatchSampler([1], 2, 1), lambda t, d: d.BatchSampler([1], True, False),
    lambda t, d: list(d.BatchSampler("abc", 2, False)), lambda t, d: d.DistributedSampler(range(3), 2, 2),
    lambda t, d: [list(d.DistributedSampler(range(7), 3, r, shuffle=False)) for r in range(3)],
    lambda t, d: [list(d.DistributedSampler(range(7), 3, r, shuffle=False, drop_last=True)) for r in range(3)],
    lambda t, d: [list(d.DistributedSampler(range(n), 3, 1, shuffle=False)) for n in (1, 9)],
    lambda t, d: d.Dataset()[0], lambda t, d: len(d.Dataset()), lambda t, d: d.IterableDataset(),
    lambda t, d: d.get_worker_info(),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(LOADS)))
def test_loading(number):
    theirs, ours = (outcome(lambda t: LOADS[number](t, t.utils.data), t) for t in LIBRARIES)
    assert ours == theirs


def test_the_same_arguments():
    names = [name for name in wengert.utils.data.__all__ if hasattr(torch.utils.data, name)]
    assert {"DataLoader", "StackDataset", "DistributedSampler"} <= set(names)
    for name in names:
        value = getattr(wengert.utils.data, name)
        if not callable(value):
            continue
        ours, theirs = (inspect.signature(getattr(t.utils.data, name)).parameters for t in (wengert, torch))
        assert list(ours) == list(theirs), name
        for parameter in ours:
            assert ours[parameter].kind == theirs[parameter].kind, (name, parameter)
            if parameter != "generator":
                assert ours[parameter].default == theirs[parameter].default, (name, parameter)


def test_numpys_numbers_in_a_worker_are_the_same_from_the_same_seed():
    from torch.utils.data._utils.worker import _generate_state

    from wengert.data.worker import Post

    for base, worker in ((5, 0), (2**63 - 5, 3), (12345678901, 7)):
        before = numpy.random.get_state()
        try:
            assert Post(worker, 8, base).seed_everything() == base + worker
            found = numpy.random.rand(3)
            numpy.random.seed(_generate_state(base, worker))
            assert (found == numpy.random.rand(3)).all()
        finally:
            numpy.random.set_state(before)
