"""How programs end that have worker processes: by themselves, by Ctrl-C, by a kill. Each is a program of its own."""

import os
import signal
import subprocess
import sys
import time

import pytest

PROGRAM = """
import os, sys, time
import wengert
from wengert.utils.data import DataLoader, Dataset

class Slow(Dataset):
    def __init__(self, seconds=0.0):
        self.seconds = seconds
        self.table = wengert.arange(10.0)

    def __getitem__(self, i):
        time.sleep(self.seconds)
        return self.table[i % 10], os.getpid()

    def __len__(self):
        return 400

"""


def started(code, **options):
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM + code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True, **options,
    )  # fmt: skip


def run(code, tmp_path=None):
    if tmp_path is None:
        process = started(code)
    else:
        path = tmp_path / "program.py"
        path.write_text(PROGRAM + code)
        process = subprocess.Popen(
            [sys.executable, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
    try:
        out, err = process.communicate(timeout=15)
    finally:
        process.kill()
    assert process.returncode == 0 and err == "", err
    return out.split()


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # One that has ended and that nobody has waited for yet is none any more.
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def assert_gone(pids):
    end = time.monotonic() + 5
    while any([is_alive(pid) for pid in pids]):
        assert time.monotonic() < end, "workers outlive their program"
        time.sleep(0.01)


def test_a_program_that_ends_with_a_live_iterator():
    out = run("""
persistent = DataLoader(Slow(), num_workers=1, persistent_workers=True)
kept = iter(DataLoader(Slow(), num_workers=1))
pids = next(kept)[1].tolist() + next(iter(persistent))[1].tolist()
print(*pids)
""")
    assert_gone([int(pid) for pid in out])


def test_an_error_in_the_loop():
    process = started("""
for x, pid in DataLoader(Slow(), num_workers=2):
    print(pid.item(), flush=True)
    raise ValueError("in the loop")
""")
    out, err = process.communicate(timeout=15)
    assert process.returncode == 1 and err.rstrip().endswith("ValueError: in the loop") and err.count("Traceback") == 1
    assert_gone([int(out)])


LOOP = """
for i, (x, pid) in enumerate(DataLoader(Slow(0.02), num_workers=2)):
    if i < 2:
        print(pid.item(), flush=True)
"""


def test_control_c():
    # What a shell starts in the background ignores the signal: so would the program, and the tests may run there.
    heard = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    process = started(heard + LOOP)
    pids = [int(process.stdout.readline()) for _ in range(2)]
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=15)
    assert err.rstrip().endswith("KeyboardInterrupt") and "Process DataLoader worker" not in err
    assert_gone(pids)


def test_a_killed_program():
    process = started(LOOP)
    pids = [int(process.stdout.readline()) for _ in range(2)]
    process.kill()
    process.communicate(timeout=15)
    assert_gone(pids)


def test_more_live_batches_than_descriptors():
    out = run("""
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
batches = list(DataLoader(Slow(), num_workers=2, batch_size=2))
print(len(batches), *[x.item() for batch in batches for x in batch[0]][-3:])
""")
    assert out == ["200", "7.0", "8.0", "9.0"]


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_other_start_methods(method, tmp_path):
    out = run(f"""
def collate(samples):
    return wengert.stack([x for x, _ in samples])

if __name__ == "__main__":
    loader = DataLoader(Slow(), batch_size=200, num_workers=1, multiprocessing_context={method!r}, collate_fn=collate)
    print(*[batch.sum().item() for batch in loader])
    local = DataLoader(Slow(), num_workers=1, multiprocessing_context={method!r}, collate_fn=lambda x: x)
    try:
        iter(local)
    except Exception as error:
        print(type(error).__name__)
""", tmp_path)
    assert out[:2] == ["900.0"] * 2 and out[2] in ("AttributeError", "PicklingError")
