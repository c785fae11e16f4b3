"""Worker processes of a DataLoader: what comes back, in which order, with which seeds, and what goes wrong how."""

import gc
import multiprocessing
import os
import random
import signal
import time

import numpy
import pytest

import wengert
from wengert import data
from wengert.data import DataLoader, get_worker_info
from wengert.data.worker import Failure


class Numbers(data.Dataset):
    """Samples that a function makes of their indices."""

    def __init__(self, n, sample=lambda i: i):
        self.n = n
        self.sample = sample

    def __getitem__(self, index):
        return self.sample(index)

    def __len__(self):
        return self.n


class Stream(data.IterableDataset):
    """The numbers up to n, shared among the workers."""

    def __init__(self, n, shared=True):
        self.n = n
        self.shared = shared

    def __iter__(self):
        info = get_worker_info()
        share = (info.id, self.n, info.num_workers) if info and self.shared else (self.n,)
        return iter(range(*share))

    def __len__(self):
        return self.n


def seeded(seed=1):
    return wengert.Generator().manual_seed(seed)


def lists(loader):
    return [batch.tolist() for batch in loader]


def no_process_is_left():
    gc.collect()
    return multiprocessing.active_children() == []


def raise_(error):
    raise error


# ------------------------------------------------------------------------------------------------ what comes


@pytest.mark.parametrize("options", [
    {"batch_size": 3}, {"batch_size": 3, "drop_last": True}, {"batch_size": None},
    {"batch_size": 4, "shuffle": True}, {"batch_sampler": [[3, 1], [0], [2, 2, 2]]},
    {"batch_size": 2, "sampler": [9, 0, 5]},
])  # fmt: skip
def test_the_same_batches_for_any_number_of_workers(options):
    def two_epochs(**more):
        loader = DataLoader(Numbers(10, lambda i: numpy.full(2, i)), generator=seeded(), **options, **more)
        return [lists(loader) for _ in range(2)], len(loader)

    here = two_epochs()
    assert two_epochs(num_workers=1) == two_epochs(num_workers=2, prefetch_factor=1) == here
    assert two_epochs(num_workers=2, persistent_workers=True) == here
    assert no_process_is_left()


def test_replacement_and_the_default_generator_do_not_depend_on_workers():
    def order(num_workers):
        wengert.manual_seed(5)
        sampler = data.RandomSampler(range(40), replacement=True, num_samples=60)
        found = []
        for batch in DataLoader(Numbers(40), batch_size=20, sampler=sampler, num_workers=num_workers):
            found += batch.tolist()
            wengert.rand(3)
        return found

    assert order(0) == order(2)


def test_tensors_lie_in_shared_memory_and_may_be_written_to():
    source = data.TensorDataset(wengert.arange(2000.0).reshape(2, 1000))
    ((x,),) = DataLoader(source, batch_size=2, num_workers=1)
    assert x.is_shared() and (x == source.tensors[0]).all()
    x.mul_(2)
    assert x[1, 1].item() == 2002 and source.tensors[0][1, 1].item() == 1001


def test_kinds_of_samples():
    def sample(i):
        brain = wengert.full((2,), float(i), dtype=wengert.bfloat16)
        return {"text": "a" * i, "pair": (i, float(i)), "bfloat16": brain}

    here, there = (list(DataLoader(Numbers(3, sample), batch_size=3, num_workers=n))[0] for n in (0, 1))
    assert here["text"] == there["text"] == ["", "a", "aa"]
    assert [x.tolist() for x in here["pair"]] == [x.tolist() for x in there["pair"]] == [[0, 1, 2], [0.0, 1.0, 2.0]]
    assert there["bfloat16"].dtype is wengert.bfloat16 and (here["bfloat16"] == there["bfloat16"]).all()


def test_streams():
    loader = DataLoader(Stream(7), batch_size=2, num_workers=2)
    assert lists(loader) == [[0, 2], [1, 3], [4, 6], [5]] and len(loader) == 4
    assert lists(DataLoader(Stream(7), batch_size=2, num_workers=2, drop_last=True)) == [[0, 2], [1, 3], [4, 6]]
    assert list(DataLoader(Stream(5), batch_size=None, num_workers=2)) == [0, 1, 2, 3, 4]
    # One stream is at its end long before the other.
    uneven = DataLoader(Numbers(0), num_workers=2)
    assert list(uneven) == []
    assert no_process_is_left()


def test_a_stream_that_is_longer_than_it_says_warns():
    loader = DataLoader(Stream(2, shared=False), batch_size=None, num_workers=2)
    assert len(loader) == 2
    with pytest.warns(UserWarning, match="was reported to be 2.*get_worker_info") as warned:
        assert sorted(loader) == [0, 0, 1, 1]
    assert all([f"but {n} samples have been fetched" in str(w.message) for n, w in zip((3, 4), warned, strict=True)])


def test_out_of_order():
    others_are_done = multiprocessing.Event()

    def sample(i):
        if i == 5:
            others_are_done.set()
        return i if i or others_are_done.wait(10) else -1

    loader = DataLoader(Numbers(6, sample), batch_size=None, num_workers=2, in_order=False)
    found = list(loader)
    assert sorted(found) == list(range(6)) and found[:2] == [1, 3]
    assert list(DataLoader(Numbers(6), batch_size=None, num_workers=2, in_order=True)) == list(range(6))


def test_reading_ahead():
    taken = []

    class Noting(data.Sampler):
        def __iter__(self):
            for i in range(100):
                taken.append(i)
                yield i

    iterator = iter(DataLoader(Numbers(100), sampler=Noting(), batch_size=2, num_workers=2, prefetch_factor=3))
    assert len(taken) == 2 * 2 * 3
    next(iterator)
    assert len(taken) == 2 * 2 * 3 + 2


def test_long_messages_both_ways_at_once():
    indices = [list(range(60_000)) for _ in range(8)]
    loader = DataLoader(
        Numbers(60_000, str), batch_sampler=indices, num_workers=1, prefetch_factor=8, collate_fn=list
    )  # fmt: skip
    assert [len(batch) for batch in loader] == [60_000] * 8


# ------------------------------------------------------------------------------------------------ workers


def test_persistent_workers():
    def pids(loader):
        return set(loader)

    loader = DataLoader(Numbers(8, lambda i: os.getpid()), batch_size=None, num_workers=2, persistent_workers=True)
    first = pids(loader)
    assert len(first) == 2 and pids(loader) == first and os.getpid() not in first
    next(iter(loader))  # an epoch that is left midway
    assert pids(loader) == first
    del loader
    assert no_process_is_left()
    loader = DataLoader(Numbers(8, lambda i: os.getpid()), batch_size=None, num_workers=2)
    assert not pids(loader) & pids(loader)


def test_a_new_epoch_before_the_workers_have_begun():
    loader = DataLoader(Numbers(4), batch_size=None, num_workers=1, persistent_workers=True)
    iter(loader)
    assert list(loader) == [0, 1, 2, 3]


def test_persistent_workers_of_a_stream():
    loader = DataLoader(Stream(5), batch_size=None, num_workers=2, persistent_workers=True)
    assert [list(loader) for _ in range(3)] == [[0, 1, 2, 3, 4]] * 3


def test_what_a_worker_knows():
    def sample(i):
        info = get_worker_info()
        return info.id, info.num_workers, info.seed, len(info.dataset), wengert.get_num_threads()

    loader = DataLoader(Numbers(4, sample), batch_size=None, num_workers=2, generator=seeded(), collate_fn=tuple)
    first, second, *_ = loader
    assert first[0] == 0 and second[0] == 1 and second[2] == first[2] + 1
    assert first[1] == 2 and first[3] == 4 and first[4] == 1
    assert get_worker_info() is None


def test_random_numbers_in_workers():
    def sample(i):
        return wengert.rand(()).item(), random.random(), numpy.random.rand()

    def drawn(seed):
        loader = DataLoader(Numbers(4, sample), batch_size=None, num_workers=2, generator=seeded(seed))
        return [tuple(x) for x in loader]

    first = drawn(3)
    assert first == drawn(3) and len({x for row in first for x in row}) == 12
    assert not set(first) & set(drawn(4))


def test_worker_init_fn():
    def note(worker):
        get_worker_info().dataset.sample = lambda i: 10 * worker + i

    loader = DataLoader(Numbers(4), batch_size=None, num_workers=2, worker_init_fn=note)
    assert list(loader) == [0, 11, 2, 13]


def test_the_thread_pool_after_fork():
    x = wengert.arange(2_000_000.0, dtype=wengert.float64)
    want = x.sum().item()

    def sample(i):
        wengert.set_num_threads(3)
        return x.sum().item()

    before = wengert.get_num_threads()
    wengert.set_num_threads(3)
    try:
        assert x.sum().item() == want
        assert list(DataLoader(Numbers(2, sample), batch_size=None, num_workers=2)) == [want, want]
        assert x.sum().item() == want
    finally:
        wengert.set_num_threads(before)


# ------------------------------------------------------------------------------------------------ what goes wrong


class NeedsTwo(Exception):
    def __init__(self, one, two):
        super().__init__(one)


@pytest.mark.parametrize("error, kind", [
    (KeyError("no such sample"), KeyError), (ValueError("bad"), ValueError), (IndexError(7), IndexError),
    (UnicodeDecodeError("utf8", b"a", 0, 1, "reason"), RuntimeError), (NeedsTwo(1, 2), RuntimeError),
    (type("Local", (Exception,), {})("unknown to pickle"), RuntimeError), (StopIteration(), RuntimeError),
])  # fmt: skip
def test_an_error_in_a_worker(error, kind):
    def sample(i):
        return i if i != 1 else raise_(error)

    iterator = iter(DataLoader(Numbers(4, sample), batch_size=None, num_workers=2))
    assert next(iterator) == 0
    with pytest.raises(kind) as caught:
        next(iterator)
    replaced = isinstance(error, StopIteration) or type(error).__name__ == "Local"
    name = "RuntimeError" if replaced else type(error).__name__
    assert type(caught.value) is kind
    text = str(caught.value)
    assert text.startswith(f"Caught {name} in DataLoader worker process 1.\nOriginal Traceback (most recent call ")
    assert "in raise_" in text
    # The iterator goes on after it.
    assert list(iterator) == [2, 3]
    assert no_process_is_left()


def test_an_error_when_a_worker_begins():
    def broken(worker):
        raise OSError(f"no disk for worker {worker}")

    iterator = iter(DataLoader(Numbers(2), num_workers=2, worker_init_fn=broken))
    with pytest.raises(OSError, match="(?s)Caught OSError in DataLoader worker process 0.*no disk for worker 0"):
        next(iterator)

    class Broken(data.IterableDataset):
        def __iter__(self):
            raise ValueError("no stream")

    with pytest.raises(ValueError, match="no stream"):
        next(iter(DataLoader(Broken(), num_workers=1)))


def test_a_result_that_cannot_be_sent():
    loader = DataLoader(Numbers(1, lambda i: (lambda: i)), batch_size=None, num_workers=1)
    with pytest.raises(Exception, match="Caught .* in DataLoader worker process 0") as caught:
        next(iter(loader))
    assert "lambda" in str(caught.value)
    loader = DataLoader(Numbers(1, lambda i: wengert.ones(2, requires_grad=True) * 2), batch_size=None, num_workers=1)
    with pytest.raises(RuntimeError, match="Cowardly refusing to serialize non-leaf tensor"):
        next(iter(loader))


@pytest.mark.parametrize("end, how", [
    (lambda: os.kill(os.getpid(), signal.SIGKILL), "killed by SIGKILL"), (lambda: os._exit(3), "exit code 3"),
    (lambda: os.kill(os.getpid(), signal.SIGTERM), "killed by SIGTERM"),
])  # fmt: skip
def test_a_worker_that_dies(end, how):
    def sample(i):
        return i if i < 3 else end()

    begin = time.monotonic()
    with pytest.raises(RuntimeError, match=rf"DataLoader worker \(pid\(s\) [\d, ]+\) exited unexpectedly: .*{how}"):
        list(DataLoader(Numbers(8, sample), batch_size=None, num_workers=2))
    assert time.monotonic() - begin < 5 and no_process_is_left()


def test_a_persistent_worker_that_was_killed_between_epochs():
    loader = DataLoader(Numbers(4, lambda i: os.getpid()), batch_size=None, num_workers=2, persistent_workers=True)
    pid = list(loader)[1]
    os.kill(pid, signal.SIGKILL)
    for process in multiprocessing.active_children():
        if process.pid == pid:
            process.join(5)
    with pytest.raises(RuntimeError, match="exited unexpectedly"):
        list(loader)
    # The next epoch begins with new workers.
    assert len(set(loader)) == 2


def test_timeout():
    def sample(i):
        time.sleep(1.2 * i)
        return i

    iterator = iter(DataLoader(Numbers(2, sample), batch_size=None, num_workers=1, timeout=0.6))
    assert next(iterator) == 0
    with pytest.raises(RuntimeError, match="DataLoader timed out after 0.6 seconds"):
        next(iterator)


def test_dropping_an_iterator_midway_leaves_nothing():
    descriptors = "/proc/self/fd"
    if not os.path.isdir(descriptors):
        pytest.skip("needs /proc")
    loader = DataLoader(Numbers(50, lambda i: numpy.full(3, i)), num_workers=2, batch_size=5)
    next(iter(loader))
    gc.collect()
    before = len(os.listdir(descriptors))
    for _ in range(2):
        iterator = iter(loader)
        next(iterator)
        del iterator
    assert no_process_is_left() and len(os.listdir(descriptors)) == before


def test_two_loaders_end_independently():
    first, second = (iter(DataLoader(Numbers(20), batch_size=None, num_workers=1)) for _ in range(2))
    assert next(first) == next(second) == 0
    begin = time.monotonic()
    first.close()
    assert time.monotonic() - begin < 2 and list(second) == list(range(1, 20))


def test_a_forked_copy_of_an_iterator_ends_nothing():
    iterator = iter(DataLoader(Numbers(6), batch_size=None, num_workers=1))
    child = os.fork()
    if child == 0:
        iterator.close()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert list(iterator) == list(range(6))


def test_arguments():
    with pytest.raises(ValueError, match="multiprocessing_context can only be used with multi-process loading"):
        DataLoader(Numbers(3), multiprocessing_context="fork")
    with pytest.raises(ValueError, match="should specify a valid start method in .*'fork'.*, but got .*'none'"):
        DataLoader(Numbers(3), num_workers=1, multiprocessing_context="none")
    with pytest.raises(TypeError, match="should be a valid context object or a string"):
        DataLoader(Numbers(3), num_workers=1, multiprocessing_context=3)
    with pytest.raises(ValueError, match="prefetch_factor option should be non-negative"):
        DataLoader(Numbers(3), num_workers=1, prefetch_factor=-1)
    with pytest.raises(AssertionError, match="prefetch_factor must be greater than 0"):
        iter(DataLoader(Numbers(3), num_workers=1, prefetch_factor=0))
    with pytest.raises(AssertionError, match="requires timeout == 0"):
        iter(DataLoader(Numbers(3), timeout=1))
    loader = DataLoader(Numbers(3), num_workers=1)
    with pytest.raises(ValueError, match="batch_size attribute should not be set after DataLoader is initialized"):
        loader.batch_size = 3
    with pytest.warns(UserWarning, match="'pin_memory' argument is set as true but no accelerator is found"):
        iter(DataLoader(Numbers(3), pin_memory=True))
    with pytest.warns(UserWarning, match="will create 1000 worker processes in total"):
        DataLoader(Numbers(3), num_workers=1000)
    with pytest.raises(NotImplementedError, match="cannot be pickled"):
        __import__("pickle").dumps(iter(DataLoader(Numbers(3))))


def test_a_failure_with_a_message_argument():
    class Coded(Exception):
        message = "class attribute"

        def __init__(self, message):
            super().__init__(message)

    with pytest.raises(Coded, match="Caught Coded in DataLoader worker process 2"):
        Failure(2, Coded("x")).raise_again()
