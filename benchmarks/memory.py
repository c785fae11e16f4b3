"""Resident memory over a million recorded operations with a backward pass every hundred: python memory.py LIBRARY"""

import importlib
import json
import sys


def resident() -> float:
    """MiB of this process in main memory."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 2**20


def main() -> None:
    t = importlib.import_module(sys.argv[1])
    w, x = t.ones(10).requires_grad_(), t.ones(10)
    readings = []
    for round_ in range(10_000):
        y = w
        for _ in range(99):
            y = y * x
        y.sum().backward()
        w.grad = None
        if round_ % 1000 == 999:
            readings.append(round(resident(), 1))
    print(json.dumps(readings))


if __name__ == "__main__":
    main()
