"""kernels.blocks: memory of large results is reused, within its bound, and no array ever notices."""

import os
import random
import subprocess
import sys
import threading
import tracemalloc

import numpy
import pytest

import wengert
from wengert.kernels import blocks

MIB = 2**20


@pytest.fixture(autouse=True)
def nothing_waits():
    before = blocks.get_memory_pool_limit()
    blocks.empty_cache()
    yield
    blocks.set_memory_pool_limit(before)
    blocks.empty_cache()


def change(before: dict, name: str) -> int:
    return blocks.statistics()[name] - before[name]


def run(code: str) -> str:
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0 and result.stderr == "", result.stderr
    return result.stdout.strip()


def test_the_memory_of_a_result_serves_the_next_of_its_size():
    x = wengert.ones(500, 300)
    first = (x + 1).numpy()
    address = first.ctypes.data
    del first
    assert blocks.statistics()["held blocks"] == 1
    before = blocks.statistics()
    second = (x * 3).numpy()
    assert second.ctypes.data == address and change(before, "reused") == 1 and change(before, "fetched") == 0
    assert (second == 3).all() and blocks.statistics()["held bytes"] == 0


def test_small_results_and_numpys_own_arrays_are_left_alone():
    before = blocks.statistics()
    small = wengert.ones(100) + 1
    x = numpy.ones(10**6) * 2
    y = x + x
    assert blocks.statistics() == before
    assert small.numpy()[0] == 2 and y[0] == 4


def test_results_look_like_any_other_array():
    result = (wengert.ones(400, 500) + 1).numpy()
    assert type(result) is numpy.ndarray and result.base is None
    assert result.flags.owndata and result.flags.writeable and result.flags.c_contiguous and result.flags.aligned
    across = (wengert.ones(500, 400).t() + 1).numpy()
    assert across.flags.f_contiguous and across.strides == (4, 1600) and across.flags.owndata


@pytest.mark.parametrize("dtype", [numpy.float32, numpy.float64, numpy.int8, numpy.complex128])
@pytest.mark.parametrize("count", [65536, 65537, 100_003, 10**6])
def test_data_start_on_a_cache_line(dtype, count):
    arrays = [blocks.empty_array((count,), dtype) for _ in range(3)]
    for x in arrays:
        assert x.shape == (count,) and x.dtype == dtype and x.ctypes.data % 64 == 0
        x[:] = 1  # all of it is ours to write
    assert all((x == 1).all() for x in arrays)


def test_zeros_are_zeros_on_used_memory():
    x = blocks.empty_array((300, 400), numpy.float64)
    x[:] = 7
    address = x.ctypes.data
    del x
    y = blocks.zero_array((300, 400), numpy.float64)
    assert y.ctypes.data == address and not y.any()


@pytest.mark.parametrize("shape", [(), (0,), (5,), (0, 10**6), (10**6, 0), 100_000, [300, 400]])
def test_other_shapes_are_numpys(shape):
    for make, like in ((blocks.empty_array, numpy.empty), (blocks.zero_array, numpy.zeros)):
        made, expected = make(shape, numpy.float32), like(shape, numpy.float32)
        assert made.shape == expected.shape and made.strides == expected.strides
    assert not blocks.zero_array(shape, numpy.float32).any()


def test_what_has_no_plain_bytes_is_numpys():
    before = blocks.statistics()
    assert blocks.empty_array((10**5,), object)[0] is None
    with pytest.raises((MemoryError, ValueError)):
        blocks.empty_array((2**31, 2**31, 2**31), numpy.float64)
    with pytest.raises(ValueError, match="negative"):
        blocks.empty_array((-5, -(10**6)), numpy.float64)
    assert blocks.statistics() == before


def test_what_waits_is_bounded_and_the_oldest_goes_first():
    blocks.set_memory_pool_limit(8 * MIB)
    arrays = [blocks.empty_array((MIB,), numpy.uint8) for _ in range(12)]
    addresses = [x.ctypes.data for x in arrays]
    while arrays:
        del arrays[0]
        assert blocks.statistics()["held bytes"] <= 8 * MIB
    assert blocks.statistics()["held blocks"] == 8
    # The last to come back is the first to be taken.
    assert blocks.empty_array((MIB,), numpy.uint8).ctypes.data == addresses[-1]
    # Too large to wait: it drives nothing out.
    before = blocks.statistics()
    x = blocks.empty_array((9 * MIB,), numpy.uint8)
    del x
    assert change(before, "held bytes") == 0
    blocks.set_memory_pool_limit(3 * MIB)
    assert blocks.statistics()["held blocks"] == 3
    blocks.set_memory_pool_limit(0)
    x = blocks.empty_array((MIB,), numpy.uint8)
    del x
    assert blocks.statistics()["held blocks"] == 0


def test_empty_cache():
    x = wengert.ones(10**6) + 1
    del x
    assert blocks.statistics()["held bytes"] > 0
    wengert.empty_cache()
    assert blocks.statistics()["held bytes"] == blocks.statistics()["held blocks"] == 0


def test_the_limit():
    wengert.set_memory_pool_limit(numpy.int64(5))
    assert wengert.get_memory_pool_limit() == 5
    for wrong, name in ((1.5, "float"), ("1", "str"), (True, "bool"), (None, "NoneType")):
        with pytest.raises(RuntimeError, match=f"set_memory_pool_limit expects an int, but got {name}"):
            wengert.set_memory_pool_limit(wrong)
    for wrong in (-1, 2**63):
        with pytest.raises(RuntimeError, match="expects a number of bytes, 0 or more, but got"):
            wengert.set_memory_pool_limit(wrong)
    assert wengert.get_memory_pool_limit() == 5


def test_arrays_outlive_their_tensor():
    x = wengert.arange(100_000, dtype=wengert.float32) + 1
    array, exported = x.numpy(), numpy.from_dlpack(x)
    part = x[5:10].numpy()
    del x
    others = [wengert.ones(100_000) * i for i in range(20)]
    expected = numpy.arange(1, 100_001, dtype=numpy.float32)
    assert (array == expected).all() and (exported == expected).all()
    del array
    others += [wengert.ones(100_000) * i for i in range(20)]
    assert (exported == expected).all()
    del exported
    others += [wengert.ones(100_000) * i for i in range(20)]
    assert (part == expected[5:10]).all()


def test_an_array_can_be_resized():
    for size in (10, 15_000, 25_000, 10**6, 3 * 10**6):
        x = blocks.empty_array((20_000,), numpy.float64)
        x[:] = numpy.arange(20_000)
        x.resize((size,), refcheck=False)
        kept = min(size, 20_000)
        assert (x[:kept] == numpy.arange(kept)).all() and not x[kept:].any() and x.flags.owndata
        del x
    assert blocks.statistics()["bytes in use"] >= 0


def test_blocks_come_and_go_on_any_thread():
    before = blocks.statistics()["bytes in use"]
    failures = []

    def work(seed: int) -> None:
        choose = random.Random(seed)
        mine: list = []
        for step in range(300):
            count = choose.choice([9_000, 16_384, 20_000, 70_000, 140_000])
            x = blocks.empty_array((count,), numpy.float64)
            x[:] = seed * 1000 + step
            mine.append((x, seed * 1000 + step))
            if len(mine) > 5:
                given, number = mine.pop(choose.randrange(len(mine)))
                if not (given == number).all():
                    failures.append(number)

    workers = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not failures and blocks.statistics()["bytes in use"] == before
    # Made here, freed there.
    held = [blocks.empty_array((10**5,), numpy.float64)]
    worker = threading.Thread(target=held.clear)
    worker.start()
    worker.join()
    assert blocks.statistics()["bytes in use"] == before


def test_random_sizes():
    choose = random.Random(0)
    blocks.set_memory_pool_limit(20 * MIB)
    before = blocks.statistics()["bytes in use"]
    kept: dict = {}
    for step in range(3000):
        size = int(2 ** choose.uniform(15, 22))
        x = blocks.empty_array((size,), numpy.uint8)
        assert x.size == size and blocks.statistics()["held bytes"] <= 20 * MIB
        x[0] = x[-1] = step % 251
        kept[step] = x
        del x
        if len(kept) > 12:
            number = choose.choice(list(kept))
            gone = kept.pop(number)
            assert gone[0] == gone[-1] == number % 251
            del gone
    kept.clear()
    assert blocks.statistics()["bytes in use"] == before
    # A capacity is at most a quarter above what was asked for.
    x = blocks.empty_array((MIB + 1,), numpy.uint8)
    assert blocks.statistics()["bytes in use"] - before == MIB * 5 // 4
    del x


def test_tracemalloc_sees_blocks():
    tracemalloc.start()
    try:
        start = tracemalloc.get_traced_memory()[0]
        x = blocks.empty_array((MIB,), numpy.float64)
        assert 8 * MIB <= tracemalloc.get_traced_memory()[0] - start < 9 * MIB
        del x
        assert tracemalloc.get_traced_memory()[0] - start < MIB
    finally:
        tracemalloc.stop()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_the_child_of_a_fork():
    code = (
        "import os, wengert as t; from wengert.kernels import blocks\n"
        "x = t.ones(10**6) + 1; y = t.ones(10**6) * 3; del y\n"
        "assert blocks.statistics()['held blocks'] >= 1\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    good = blocks.statistics()['held blocks'] == 0 and (x.numpy() == 2).all()\n"
        "    y = x + x; good = good and (y.numpy() == 4).all(); del x, y\n"
        "    good = good and blocks.statistics()['held blocks'] >= 1\n"
        "    os._exit(0 if good else 1)\n"
        "status = os.waitpid(child, 0)[1]\n"
        "y = x + x\n"
        "print(status, float(y.sum()), blocks.statistics()['held blocks'] >= 0)"
    )
    assert run(code) == "0 4000000.0 True"


def test_arrays_that_die_with_the_interpreter():
    code = (
        "import sys, wengert as t\n"
        "class Last:\n"
        "    def __init__(self): self.x = (t.ones(10**6) + 1).numpy()\n"
        "    def __del__(self): self.x[:] = 5\n"
        "last = Last(); last.itself = last; sys.kept = (t.ones(10**6) + 1, Last())\n"
        "print('end')"
    )
    assert run(code) == "end"
