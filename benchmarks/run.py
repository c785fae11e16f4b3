"""Wengert and PyTorch side by side, in one run.

    python benchmarks/run.py [--rounds 5] [--seconds 0.5] [--threads 1 2] [--only TEXT] [--markdown FILE]

Every figure comes from fresh processes that alternate between the two libraries, with the same number of threads. A
workload is timed only after both libraries computed the same; one that cannot run is listed as missing. The median over
rounds is given with the smallest and largest; the ratio is PyTorch's median time over Wengert's, so above 1 Wengert is
faster.
"""

import argparse
import importlib.metadata
import json
import math
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time
from typing import Any

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from workloads import GROUPS  # noqa: E402

LIBRARIES = ("wengert", "torch")
# Both settings pin OpenBLAS to the kernels of an older processor.
PINNED = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


def environment(threads: int | None = None) -> dict:
    """The environment of a measured process."""
    env = {name: value for name, value in os.environ.items() if name not in PINNED}
    if threads is not None:
        env |= {"OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
    return env


def run(arguments: list[str], threads: int | None = None) -> tuple[Any, str]:
    """What a measured process printed, or None and the last line of its error."""
    process = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, env=environment(threads), cwd=HERE, timeout=300
    )
    if process.returncode:
        lines = process.stderr.strip().splitlines()
        return None, lines[-1] if lines else f"exit status {process.returncode}"
    return json.loads(process.stdout.strip().splitlines()[-1]), ""


def same(a: list, b: list) -> bool:
    """Whether two lists of checksums agree to single precision."""
    return len(a) == len(b) and all(math.isclose(x, y, rel_tol=2e-3, abs_tol=2e-3) for x, y in zip(a, b, strict=True))


def duration(seconds: float) -> str:
    """A time in the unit that reads best."""
    if seconds < 1e-3:
        return f"{seconds * 1e6:.2f} µs"
    return f"{seconds * 1e3:.2f} ms" if seconds < 1 else f"{seconds:.2f} s"


def spread(times: list[float]) -> str:
    return f"{duration(statistics.median(times))} ({duration(min(times))} – {duration(max(times))})"


def measure(name: str, threads: int, rounds: int, seconds: float) -> list[str]:
    """The row of one workload."""
    times: dict[str, list[float]] = {library: [] for library in LIBRARIES}
    sums = {}
    for _ in range(rounds):
        for library in LIBRARIES:
            found, error = run(["worker.py", library, name, str(threads), str(seconds)], threads)
            if found is None:
                return [
                    name,
                    str(threads),
                    "missing" if library == "wengert" else "",
                    "missing" if library == "torch" else "",
                    error,
                ]
            times[library].append(found["seconds"])
            sums[library] = found["checksum"]
    if not same(*sums.values()):
        return [name, str(threads), "missing", "missing", "the results differ"]
    ratio = statistics.median(times["torch"]) / statistics.median(times["wengert"])
    return [name, str(threads), spread(times["wengert"]), spread(times["torch"]), f"{ratio:.2f}"]


# Layers of a deep net, and segments for their checkpoints: the square root.
CHECKPOINTS = "peak memory of a training step with checkpoint_sequential"
DEPTHS = ((16, 4), (64, 8), (256, 16))


def checkpoint_rows() -> list[list[str]]:
    """Peak memory of a training step at several depths, without and with checkpoints."""
    rows = []
    for depth, root in DEPTHS:
        for segments in (0, root):
            found = {}
            for library in LIBRARIES:
                found[library], error = run(["checkpoint_memory.py", library, str(depth), str(segments), "1"], 1)
                if found[library] is None:
                    found[library] = {"peak": math.nan, "seconds": math.nan, "checksum": []}
                    print(f"{library}: {error}", file=sys.stderr)
            mine, theirs = found["wengert"], found["torch"]
            agree = same(mine["checksum"], theirs["checksum"])
            rows.append([
                str(depth),
                str(segments) if segments else "none",
                f"{mine['peak']:.0f} MiB",
                f"{theirs['peak']:.0f} MiB",
                f"{theirs['peak'] / mine['peak']:.2f}" if agree else "the results differ",
                duration(mine["seconds"]),
                duration(theirs["seconds"]),
            ])
    return rows


def import_times(rounds: int) -> list[list[str]]:
    """The time to import NumPy, Wengert and PyTorch, beyond that of an empty interpreter."""
    commands = {"": "pass", "numpy": "import numpy", "wengert": "import wengert", "torch": "import torch"}
    times: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, code in commands.items():
            begun = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True, env=environment(), cwd=HERE)
            if number:  # the first round only warms the file cache
                times[name].append(time.perf_counter() - begun)
    empty = statistics.median(times[""])
    beyond = {name: statistics.median(values) - empty for name, values in times.items()}
    rows = [[f"import {name}", "", duration(beyond[name])] for name in ("numpy", "wengert", "torch")]
    # Of neighbouring processes, so that a machine that slows down meanwhile does not count.
    more = statistics.median(a - b for a, b in zip(times["wengert"], times["numpy"], strict=True))
    rows.append(["import wengert, more than import numpy", "", duration(more)])
    return rows


def installed_size(distribution: str, seen: set) -> int:
    """Bytes of a distribution and of all that it needs, but for NumPy."""
    import re

    name = distribution.lower().replace("_", "-")
    if name in seen or name == "numpy":
        return 0
    seen.add(name)
    try:
        found = importlib.metadata.distribution(distribution)
    except importlib.metadata.PackageNotFoundError:
        return 0
    total = sum(path.stat().st_size for file in found.files or () if (path := pathlib.Path(file.locate())).is_file())
    for requirement in found.requires or ():
        if "extra ==" not in requirement:
            total += installed_size(re.split(r"[^A-Za-z0-9_.-]", requirement)[0], seen)
    return total


def processor() -> str:
    """The processor's name."""
    try:
        with open("/proc/cpuinfo") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def table(headings: list[str], rows: list[list[str]]) -> str:
    """A table that is Markdown and reads well in a terminal."""
    rows = [headings, *rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(headings))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="fresh processes per library and workload")
    parser.add_argument("--seconds", type=float, default=0.5, help="time spent on one measurement")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--only", default="", help="workloads whose name contains this text")
    parser.add_argument("--markdown", type=pathlib.Path, help="also write everything to this file")
    options = parser.parse_args()
    parts = []

    def say(text: str = "") -> None:
        print(text, flush=True)
        parts.append(text)

    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("wengert", "torch", "numpy"))
    say(
        f"{processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}, Python "
        f"{platform.python_version()}; {versions}"
    )
    say(
        f"{options.rounds} fresh processes per library and workload; median (smallest – largest); ratio above 1: "
        "Wengert is faster"
    )
    for group, workloads in GROUPS.items():
        rows = []
        for name in workloads:
            if options.only in name:
                for threads in options.threads:
                    print(f"... {name}, {threads} thread(s)", file=sys.stderr, flush=True)
                    rows.append(measure(name, threads, options.rounds, options.seconds))
        if rows:
            ratios = [float(row[4]) for row in rows if row[4].replace(".", "").isdigit()]
            if ratios:
                rows.append(["geometric mean", "", "", "", f"{math.exp(statistics.fmean(map(math.log, ratios))):.2f}"])
            say(f"\n{group}\n")
            say(table(["workload", "threads", "wengert", "PyTorch", "ratio"], rows))
    if options.only in CHECKPOINTS:
        print(f"... {CHECKPOINTS}", file=sys.stderr, flush=True)
        say(f"\n{CHECKPOINTS}: layers of Linear(128, 128) and tanh, batch of 8192: each keeps 4 MiB; one thread\n")
        headings = ["layers", "segments", "wengert", "PyTorch", "ratio", "wengert's step", "PyTorch's step"]
        say(table(headings, checkpoint_rows()))
    if not options.only:
        print("... imports, sizes, memory", file=sys.stderr, flush=True)
        say("\nimport and installation\n")
        rows = import_times(max(options.rounds * 2, 5))
        for name in ("wengert", "torch"):
            rows.append(
                [
                    f"installed size of {name} and what it needs, beyond NumPy",
                    "",
                    f"{installed_size(name, set()) / 1e6:.1f} MB",
                ]
            )
        say(table(["what", "", "value"], rows))
        say("\nresident memory (MiB) after each of ten times 100,000 recorded operations, backward every hundred\n")
        for library in LIBRARIES:
            found, error = run(["memory.py", library], 1)
            say(f"{library}: {found if found is not None else 'missing: ' + error}")
    if options.markdown:
        options.markdown.write_text("\n".join(parts) + "\n")


if __name__ == "__main__":
    main()
