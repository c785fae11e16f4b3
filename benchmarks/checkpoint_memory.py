"""Peak memory of a training step of a deep net, in this fresh process: python checkpoint_memory.py LIBRARY DEPTH
SEGMENTS THREADS

The net is DEPTH times a Linear(128, 128) and a tanh, on a batch of 8192: what a layer keeps for the backward pass, 4
MiB, is 64 times its weight. SEGMENTS is the number of segments for `checkpoint_sequential`, or 0 for no checkpoints.

Prints a line of JSON: {"peak": MiB beyond those in use before the step, "seconds": of the step, "checksum": [...]}.
"""

import importlib
import json
import resource
import sys
import time

import numpy

BATCH, WIDTH = 8192, 128


def status(field: str) -> float:
    """A field of this process's memory, in MiB."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(field + ":")) / 1024


def forget_peak() -> bool:
    """Let the highest resident size be counted anew; False where the system does not offer that."""
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        return False
    return True


def main() -> None:
    library, depth, segments, threads = sys.argv[1], *[int(text) for text in sys.argv[2:5]]
    t = importlib.import_module(library)
    sequential = importlib.import_module(library + ".utils.checkpoint").checkpoint_sequential
    t.set_num_threads(threads)
    stream = numpy.random.default_rng(0)
    layers = []
    for _ in range(depth):
        layers += [t.nn.Linear(WIDTH, WIDTH), t.nn.Tanh()]
    net = t.nn.Sequential(*layers)
    with t.no_grad():
        # As large as keeps the gradient from vanishing on its way.
        for p in net.parameters():
            values = stream.standard_normal(tuple(p.shape), numpy.float32) * numpy.float32(1.2 / WIDTH**0.5)
            p.copy_(t.from_numpy(values))
    x = t.from_numpy(stream.standard_normal((BATCH, WIDTH), numpy.float32))

    def step(x) -> None:
        y = sequential(net, segments, x, use_reentrant=False) if segments else net(x)
        (y.square().sum() / BATCH).backward()

    # Loads what is loaded when it is first used, and makes the gradients of the parameters.
    step(x[:1])
    net.zero_grad(set_to_none=False)
    before = status("VmRSS")
    anew = forget_peak()
    begun = time.perf_counter()
    step(x)
    seconds = time.perf_counter() - begun
    peak = status("VmHWM") if anew else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    checksum = [p.grad.norm().item() for p in net.parameters()]
    print(json.dumps({"peak": peak - before, "seconds": seconds, "checksum": checksum}))


if __name__ == "__main__":
    main()
