"""Many random calls: a part of `make fuzz`, or

    python -m tests.nonsense.long_run --calls 50000 --seed 0 --processes 2

Call n is drawn from the seed SEED + n, so that one is seen again by `--seed n --calls 1`. A worker that crashes is
counted, and replaced after the call that did it.
"""

import argparse
import multiprocessing
import queue
import random
import sys
import time

BATCH = 50  # calls between two reports of a worker
MEMORY = 6 << 30  # bytes that a worker may have: sizes like 2**31 then raise instead of filling the machine


def work(first: int, stop: int, step: int, reports, state) -> None:
    """Make the calls of every step-th seed, and report after every few."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    from . import calls

    names = calls.public_names()
    count, found, called = 0, [], set()
    for seed in range(first, stop, step):
        state[0] = seed
        call = calls.write(random.Random(seed), names)
        complaint = calls.complaint(call)
        count += 1
        called.add(call.name)
        if complaint is None and not calls.still_works():
            complaint = "gradients are wrong from here on"
        if complaint is not None:
            found.append((seed, str(call), complaint))
        if count == BATCH:
            reports.put((count, found, called))
            count, found, called = 0, [], set()
    reports.put((count, found, called))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    reports = context.Queue()
    stop, step = options.seed + options.calls, options.processes
    workers: dict = {}

    def start(i: int, first: int) -> None:
        state = context.Array("l", [first], lock=False)
        worker = context.Process(target=work, args=(first, stop, step, reports, state), daemon=True)
        worker.start()
        workers[i] = (worker, state)

    for i in range(options.processes):
        start(i, options.seed + i)
    made, found, called, crashes = 0, [], set(), []
    begin, shown, working = time.monotonic(), 0.0, True
    while working:
        for i, (worker, state) in list(workers.items()):
            if not worker.is_alive():
                del workers[i]
                if worker.exitcode:
                    crashes.append((state[0], worker.exitcode))
                    if state[0] + step < stop:
                        start(i, state[0] + step)
        working = bool(workers)
        while True:
            try:
                count, complaints, names = reports.get(timeout=0.5)
            except queue.Empty:
                break
            made += count
            called |= names
            found += complaints
            for seed, call, complaint in complaints:
                print(f"\nseed {seed}: {call}\n{complaint}", flush=True)
        if time.monotonic() - shown > 2 or not working:
            shown = time.monotonic()
            print(
                f"\r{made} of {options.calls} calls of {len(called)} functions, {len(found)} wrong, {len(crashes)} "
                f"crashes, {shown - begin:.0f} s",
                end="", flush=True,
            )  # fmt: skip
    print()
    for seed, status in crashes:
        print(f"seed {seed} crashed the interpreter (exit status {status})")
    return 1 if found or crashes else 0


if __name__ == "__main__":
    sys.exit(main())
