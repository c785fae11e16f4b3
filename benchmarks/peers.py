"""What each library can show of a gradient, and what it costs: the README's comparison, by running it.

    python benchmarks/peers.py [--only TEXT]

Runs every question below in a fresh process per library that is installed, and prints one table; an answer is what the
code did, never what a document says. A library that is not installed is listed as missing.
"""

import argparse
import importlib.metadata
import statistics
import subprocess
import sys
import time

import run

LIBRARIES = {"wengert": "Wengert", "torch": "PyTorch", "jax": "JAX", "autograd": "HIPS autograd", "mygrad": "MyGrad"}

# The same small function everywhere: z = sum((w * x)²), at three single-precision floats. y = w * x lies in the middle.
TORCH_STYLE = """
import numpy
t = __import__(LIBRARY)
w = t.tensor([1.0, 2.0, 3.0], requires_grad=True)
x = t.tensor([4.0, 5.0, 6.0])
def step():
    w.grad = None
    ((w * x) ** 2).sum().backward()
def value():
    step()
    return w.grad.tolist()
"""
SETUP = {
    "wengert": TORCH_STYLE,
    "torch": TORCH_STYLE,
    "jax": """
import jax, numpy
import jax.numpy as jnp
w = jnp.array([1.0, 2.0, 3.0])
x = jnp.array([4.0, 5.0, 6.0])
def f(w):
    return ((w * x) ** 2).sum()
eager = jax.grad(f)
compiled = jax.jit(eager)
def step():
    eager(w).block_until_ready()
def compiled_step():
    compiled(w).block_until_ready()
def value():
    return eager(w).tolist()
""",
    "autograd": """
import autograd, numpy
import autograd.numpy as anp
w = numpy.array([1.0, 2.0, 3.0], numpy.float32)
x = numpy.array([4.0, 5.0, 6.0], numpy.float32)
gradient = autograd.grad(lambda w: anp.sum((w * x) ** 2))
def step():
    gradient(w)
def value():
    return gradient(w).tolist()
""",
    "mygrad": """
import numpy
import mygrad
w = mygrad.tensor(numpy.array([1.0, 2.0, 3.0], numpy.float32))
x = mygrad.tensor(numpy.array([4.0, 5.0, 6.0], numpy.float32), constant=True)
def step():
    ((w * x) ** 2).sum().backward()
def value():
    step()
    return w.grad.tolist()
""",
}
TIMING = """
import statistics, time
def microseconds(step):
    for _ in range(200):
        step()
    times = []
    for _ in range(9):
        begun = time.perf_counter()
        for _ in range(300):
            step()
        times.append((time.perf_counter() - begun) / 300)
    return f"{statistics.median(times) * 1e6:.1f} µs"
assert value() == [32.0, 100.0, 216.0], value()
answer = microseconds(step)
"""

SECOND = """
u = t.tensor(2.0, requires_grad=True)
g, = t.autograd.grad(u ** 3, u, create_graph=True)
answer = t.autograd.grad(g, u)[0].item()
"""

# Per question and library, code that sets `answer`. An exception is an answer too: its type and first words are shown.
QUESTIONS: dict[str, dict[str, str]] = {
    "gradient of z, evaluated eagerly": dict.fromkeys(LIBRARIES, TIMING),
    "the same, compiled beforehand": {
        "jax": TIMING.replace("answer = microseconds(step)", "answer = microseconds(compiled_step)")
    },
    "gradient of y = w * x, in the middle, as the code stands": {
        "wengert": "y = w * x\ny.retain_grad()\n(y ** 2).sum().backward()\nanswer = y.grad.tolist()",
        "torch": "y = w * x\ny.retain_grad()\n(y ** 2).sum().backward()\nanswer = y.grad.tolist()",
        "mygrad": "y = w * x\n(y ** 2).sum().backward()\nanswer = y.grad.tolist()",
        # Functions of functions: y has to become an argument first, which is another program.
        "jax": "y = w * x\nanswer = y.grad",
        "autograd": "y = w * x\nanswer = y.grad",
    },
    "a hook that replaces the gradient of y by its half": {
        library: "y = w * x\ny.register_hook(lambda g: g / 2)\n(y ** 2).sum().backward()\nanswer = w.grad.tolist()"
        for library in LIBRARIES
    },
    "second derivative of x³ at 2": {
        **dict.fromkeys(("wengert", "torch"), SECOND),
        "jax": "answer = float(jax.grad(jax.grad(lambda u: u ** 3))(2.0))",
        "autograd": "answer = float(autograd.grad(autograd.grad(lambda u: u ** 3))(2.0))",
        "mygrad": "u = mygrad.tensor(2.0)\n(u ** 3).backward()\nu.grad.backward()\nanswer = u.grad",
    },
    "numpy.exp(w), with NumPy's own function, is recorded": {
        "wengert": "numpy.exp(w).sum().backward()\nanswer = 'yes' if w.grad is not None else 'no'",
        "torch": "numpy.exp(w).sum().backward()\nanswer = 'yes' if w.grad is not None else 'no'",
        "jax": "jax.grad(lambda w: numpy.exp(w).sum())(w)\nanswer = 'yes'",
        "autograd": "autograd.grad(lambda w: numpy.exp(w).sum())(w)\nanswer = 'yes'",
        "mygrad": "numpy.exp(w).sum().backward()\nanswer = 'yes' if w.grad is not None else 'no'",
    },
    "y[0] = 0 inside the computation": {
        "wengert": "y = w * x\ny[0] = 0\n(y ** 2).sum().backward()\nanswer = w.grad.tolist()",
        "torch": "y = w * x\ny[0] = 0\n(y ** 2).sum().backward()\nanswer = w.grad.tolist()",
        "jax": "def h(w):\n    y = w * x\n    y[0] = 0\n    return (y ** 2).sum()\nanswer = jax.grad(h)(w).tolist()",
        "autograd": (
            "def h(w):\n    y = w * x\n    y[0] = 0\n    return anp.sum(y ** 2)\nanswer = autograd.grad(h)(w).tolist()"
        ),
        "mygrad": "y = w * x\ny[0] = 0\n(y ** 2).sum().backward()\nanswer = w.grad.tolist()",
    },
    "the error for a changed saved value names the line that changed it": {
        library: """
import linecache
source = "y = w.exp()\\ny.add_(1)\\ny.sum().backward()\\n"
linecache.cache["user.py"] = (len(source), None, source.splitlines(True), "user.py")
try:
    exec(compile(source, "user.py", "exec"))
    answer = "no error"
except RuntimeError as error:
    answer = "yes" if "user.py:2" in str(error) else "no"
"""
        for library in ("wengert", "torch")
    },
}
ASK = """
import json, sys
LIBRARY = {library!r}
names = {{"LIBRARY": LIBRARY}}
exec({setup!r}, names)
try:
    exec({code!r}, names)
    answer = names["answer"]
    if isinstance(answer, list):
        answer = "[" + ", ".join(f"{{v:g}}" for v in answer) + "]"
    elif isinstance(answer, float):
        answer = f"{{answer:g}}"
except Exception as error:
    answer = "no: " + type(error).__name__
print(json.dumps([str(answer)]))
"""


def ask(library: str, question: str) -> str:
    """The answer of one library; "–" where the question makes no sense for it."""
    code = QUESTIONS[question].get(library)
    if code is None:
        return "–"
    found, error = run.run(["-c", ASK.format(library=library, setup=SETUP[library], code=code)], threads=1)
    return str(found[0]) if isinstance(found, list) else f"missing: {error}"


def import_seconds(modules: list[str], rounds: int = 7) -> dict[str, float]:
    """The time to import each of the modules, beyond that of an empty interpreter; interleaved, medians."""
    times: dict[str, list[float]] = {name: [] for name in ["", *modules]}
    for number in range(rounds + 1):
        for name, values in times.items():
            begun = time.perf_counter()
            subprocess.run(
                [sys.executable, "-c", f"import {name}" if name else "pass"], check=True, env=run.environment()
            )
            if number:  # the first round warms the file cache
                values.append(time.perf_counter() - begun)
    empty = statistics.median(times.pop(""))
    return {name: statistics.median(values) - empty for name, values in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="questions that contain this text")
    options = parser.parse_args()
    versions = {}
    for library in LIBRARIES:
        try:
            versions[library] = importlib.metadata.version(library)
        except importlib.metadata.PackageNotFoundError:
            print(f"missing: {LIBRARIES[library]}", file=sys.stderr)
    print(
        f"{run.processor()}, Python {sys.version.split()[0]}, NumPy {importlib.metadata.version('numpy')}; one thread\n"
    )
    rows = []
    if not options.only:
        seconds = import_seconds(["numpy", *versions])
        rows.append(
            [
                f"import (NumPy alone: {run.duration(seconds['numpy'])})",
                *[run.duration(seconds[name]) for name in versions],
            ]
        )
        rows.append(
            [
                "installed, with what it needs, beyond NumPy",
                *[f"{run.installed_size(name, set()) / 1e6:.1f} MB" for name in versions],
            ]
        )
    for question in QUESTIONS:
        if options.only in question:
            rows.append([question, *[ask(library, question) for library in versions]])
    print(run.table(["", *[f"{LIBRARIES[name]} {version}" for name, version in versions.items()]], rows))


if __name__ == "__main__":
    main()
