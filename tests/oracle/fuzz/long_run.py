"""Many random programs: `make fuzz`, or

    python -m tests.oracle.fuzz.long_run --programs 20000 --seed 0 --processes 2

Program n is drawn from the seed SEED + n, so that one is seen again by `--seed n --programs 1`. Disagreements are made
small and printed as programs, and as scripts of their own.
"""

import argparse
import collections
import multiprocessing
import queue
import random
import sys
import time

BATCH = 20  # programs between two reports of a worker


def work(first: int, stop: int, step: int, reports, state) -> None:
    """Run the programs of every step-th seed, and report after every few."""
    import torch

    import wengert

    from . import programs, strategies

    torch.set_num_threads(1)
    wengert.set_num_threads(1)

    def note(phase, is_theirs):
        state[1] = programs.PHASES.index(phase) + (len(programs.PHASES) if is_theirs else 0)

    def fresh():
        return {"programs": 0, "features": collections.Counter(), "refused": collections.Counter(),
                "outcomes": collections.Counter(), "found": []}  # fmt: skip

    report = fresh()
    for seed in range(first, stop, step):
        state[0] = seed
        program = strategies.write(random.Random(seed))
        found, refused = programs.check(program, wengert, torch, note=note)
        report["programs"] += 1
        report["features"].update(program.features)
        report["refused"].update([(refusal.phase, refusal.reason) for refusal in refused])
        report["outcomes"]["phases"] += len(programs.PHASES)
        report["outcomes"]["lines"] += len(program.lines)
        report["outcomes"]["phases cut short"] += len(refused)
        if found is not None:
            report["found"].append((seed, *described(program, found, wengert, torch)))
        if report["programs"] == BATCH:
            reports.put(report)
            report = fresh()
    reports.put(report)


def described(program, found, ours, theirs) -> tuple:
    """A disagreement made small: the program, what differs, and the script."""
    from . import programs

    small, again = programs.made_small(program, found, ours, theirs)
    return str(small), str(again), small.script(found.phase)


class Crew:
    """The workers, each with its share of the seeds. One that crashes is replaced after the program that did it."""

    def __init__(self, seed: int, count: int, processes: int):
        self.context = multiprocessing.get_context("spawn")
        self.reports = self.context.Queue()
        self.stop, self.step = seed + count, processes
        self.crashes: list = []
        self.workers: dict = {}
        for i in range(processes):
            self.start(i, seed + i)

    def start(self, i: int, first: int) -> None:
        state = self.context.Array("l", [first, 0], lock=False)
        arguments = (first, self.stop, self.step, self.reports, state)
        worker = self.context.Process(target=work, args=arguments, daemon=True)
        worker.start()
        self.workers[i] = (worker, state)

    def at_work(self) -> bool:
        from .programs import PHASES

        for i, (worker, state) in list(self.workers.items()):
            if worker.is_alive():
                continue
            del self.workers[i]
            if worker.exitcode:
                phase = PHASES[state[1] % len(PHASES)]
                library = "PyTorch" if state[1] >= len(PHASES) else "wengert"
                self.crashes.append((state[0], library, phase, worker.exitcode))
                if state[0] + self.step < self.stop:
                    self.start(i, state[0] + self.step)
        return bool(self.workers)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    total = {"programs": 0, "features": collections.Counter(), "refused": collections.Counter(),
             "outcomes": collections.Counter(), "found": []}  # fmt: skip
    crew = Crew(options.seed, options.programs, options.processes)
    start = time.monotonic()
    shown = 0.0
    working = True
    while working:
        working = crew.at_work()
        while True:
            try:
                report = crew.reports.get(timeout=0.5)
            except queue.Empty:
                break
            total["programs"] += report["programs"]
            total["found"] += report["found"]
            for key in ("features", "refused", "outcomes"):
                total[key].update(report[key])
            for seed, program, what, _ in report["found"]:
                print(f"\rseed {seed}\n{program}\n{what}\n", flush=True)
            spent = time.monotonic() - start
            if spent - shown > (2 if sys.stdout.isatty() else 20):
                shown = spent
                progress(total, options.programs, spent, len(crew.crashes))
    summary(total, time.monotonic() - start, crew.crashes)
    return 1 if total["found"] or any(library == "wengert" for _, library, *_ in crew.crashes) else 0


def progress(total: dict, wanted: int, spent: float, crashes: int) -> None:
    line = (
        f"{total['programs']:6d} of {wanted} programs, {total['programs'] / spent:.0f} a second, "
        f"{len(total['found'])} disagreements, {crashes} crashes"
    )
    print(line, end="\r" if sys.stdout.isatty() else "\n", flush=True)


def summary(total: dict, spent: float, crashes: list) -> None:
    outcomes = total["outcomes"]
    print(f"\n{total['programs']} programs of {outcomes['lines']} lines in {spent:.0f} s")
    print(f"{len(total['found'])} disagreements")
    for seed, program, what, script in total["found"]:
        print(f"\n--- seed {seed}\n{program}\n{what}\n\n{script}")
    for seed, library, phase, code in crashes:
        print(f"crash of {library} at seed {seed}, phase {phase!r}, exit code {code}")
    print("\nlines drawn:")
    for name, count in total["features"].most_common():
        print(f"  {count:8d}  {name}")
    print(f"\nphases: {outcomes['phases']}, of which {outcomes['phases cut short']} were compared only up to a line:")
    for (phase, reason), count in total["refused"].most_common():
        print(f"  {count:8d}  {phase}: {reason}")


if __name__ == "__main__":
    sys.exit(main())
