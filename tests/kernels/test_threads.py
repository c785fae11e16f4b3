"""kernels.threads: the setting, fork, exit, and Python threads that compute at the same time."""

import os
import subprocess
import sys
import threading

import numpy
import pytest

from wengert.kernels import reductions, softmax, threads


@pytest.fixture(autouse=True)
def same_setting_afterwards():
    before = threads.get_num_threads()
    yield
    threads.set_num_threads(before)


def test_the_setting():
    threads.set_num_threads(3)
    assert threads.get_num_threads() == 3
    threads.set_num_threads(numpy.int64(2))
    assert threads.get_num_threads() == 2
    for wrong in (0, -1, 10**30):
        with pytest.raises(RuntimeError, match="set_num_threads expects a positive integer"):
            threads.set_num_threads(wrong)
    for wrong, name in ((1.5, "float"), ("1", "str"), (True, "bool"), (None, "NoneType")):
        with pytest.raises(RuntimeError, match=f"set_num_threads expects an int, but got {name}"):
            threads.set_num_threads(wrong)
    assert threads.get_num_threads() == 2


def run(code: str) -> str:
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0 and result.stderr == "", result.stderr
    return result.stdout.strip()


def test_the_default_is_the_cores_of_this_process():
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert run("from wengert.kernels import threads; print(threads.get_num_threads())") == str(count)
    if hasattr(os, "sched_setaffinity"):
        code = (
            "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
            "from wengert.kernels import threads; print(threads.get_num_threads())"
        )
        assert run(code) == "1"


def test_small_work_starts_no_thread_and_large_work_does():
    code = (
        "import numpy; from wengert.kernels import threads, reductions\n"
        "threads.set_num_threads(4); before = threads.started_workers()\n"
        "reductions.sum(numpy.ones(1000)); small = threads.started_workers()\n"
        "reductions.sum(numpy.ones(1000000)); print(before, small, threads.started_workers())"
    )
    assert run(code) == "0 0 3"


def test_one_thread_starts_none():
    code = (
        "import numpy; from wengert.kernels import threads, reductions\n"
        "threads.set_num_threads(1); reductions.sum(numpy.ones(1000000)); print(threads.started_workers())"
    )
    assert run(code) == "0"


def test_the_child_of_a_fork_computes():
    threads.set_num_threads(3)
    x = numpy.random.default_rng(1).standard_normal(500_000)
    want = reductions.sum(x)
    child = os.fork()
    if child == 0:  # os._exit, lest pytest go on twice
        try:
            good = threads.started_workers() == 0 and reductions.sum(x) == want and threads.started_workers() == 2
        except BaseException:
            good = False
        os._exit(0 if good else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert reductions.sum(x) == want


def test_a_fork_while_another_thread_computes():
    threads.set_num_threads(3)
    x = numpy.random.default_rng(2).standard_normal(300_000)
    want = reductions.sum(x)
    stop = threading.Event()

    def compute():
        while not stop.is_set():
            reductions.sum(x)

    worker = threading.Thread(target=compute)
    worker.start()
    try:
        for _ in range(20):
            child = os.fork()
            if child == 0:
                os._exit(0 if reductions.sum(x) == want else 1)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        stop.set()
        worker.join()


def test_python_threads_at_the_same_time():
    threads.set_num_threads(3)
    rng = numpy.random.default_rng(3)
    arrays = [rng.standard_normal((300, 400 + k)) for k in range(6)]
    want = [(reductions.sum(x).tobytes(), softmax.softmax(x, 0).tobytes()) for x in arrays]
    wrong = []

    def compute(k):
        for _ in range(30):
            if (reductions.sum(arrays[k]).tobytes(), softmax.softmax(arrays[k], 0).tobytes()) != want[k]:
                wrong.append(k)

    workers = [threading.Thread(target=compute, args=(k,)) for k in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert wrong == []


def test_changing_the_setting_between_jobs():
    x = numpy.random.default_rng(4).standard_normal(400_000)
    want = reductions.sum(x)
    for count in (5, 1, 2, 7, 3) * 10:
        threads.set_num_threads(count)
        assert reductions.sum(x) == want


def test_exit_with_work_in_an_exit_handler():
    code = (
        "import atexit, numpy\n"
        "x = numpy.ones(1000000)\n"
        "atexit.register(lambda: print(reductions.sum(x)))\n"
        "from wengert.kernels import threads, reductions\n"
        "threads.set_num_threads(3); reductions.sum(x)"
    )
    assert run(code) == "1000000.0"
