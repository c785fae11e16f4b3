"""Time one workload in one library, in this fresh process: python worker.py LIBRARY WORKLOAD THREADS SECONDS

Prints a line of JSON: {"seconds": per step, the median over batches of steps, "checksum": [...] after five steps}.
"""

import importlib
import json
import pathlib
import statistics
import sys
import time

import numpy

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from workloads import WORKLOADS

CHECKED_STEPS = 5
BATCHES = 15


def main() -> None:
    library, workload, threads, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    t = importlib.import_module(library)
    t.set_num_threads(threads)
    step, results = WORKLOADS[workload](t, numpy.random.default_rng(0))
    for _ in range(CHECKED_STEPS):
        step()
    # Two projections of every array say whether both libraries computed the same, to rounding.
    checksum = []
    for array in results():
        values = array.astype(numpy.float64).ravel()
        checksum += [float(values.sum()), float(numpy.dot(values, numpy.cos(numpy.arange(values.size))))]
    begun = time.perf_counter()
    count = 0
    while time.perf_counter() - begun < seconds / 4:
        step()
        count += 1
    per_batch = max(int(count * 3 / BATCHES), 1)
    times = []
    for _ in range(BATCHES):
        begun = time.perf_counter()
        for _ in range(per_batch):
            step()
        times.append((time.perf_counter() - begun) / per_batch)
    print(json.dumps({"seconds": statistics.median(times), "checksum": checksum}))


if __name__ == "__main__":
    main()
