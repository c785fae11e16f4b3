"""Arguments that nobody would pass: drawn at random, each described by the text that makes it again."""

import random

import numpy as np

DTYPES = (
    "bool", "uint8", "int8", "int16", "int32", "int64", "uint16", "uint32", "uint64", "float16", "bfloat16", "float32",
    "float64", "complex64", "complex128",
)  # fmt: skip
USUAL = ("float32", "float64", "int64", "bool")
SHAPES = ((), (0,), (1,), (3,), (2, 3), (3, 3), (0, 2), (2, 0, 3), (1, 4, 1), (2, 3, 2), (2, 2, 3, 3), (1,) * 9)
INTEGERS = (0, 1, -1, 2, 3, -2, 5, 7, -9, 2**31, -(2**31) - 1, 2**63 - 1, 2**63, -(2**63), 10**30)
FLOATS = (0.0, -0.0, 1.0, -1.5, 0.3, 1e-320, 1e300, float("inf"), float("-inf"), float("nan"))
TEXTS = (
    "", "mean", "sum", "none", "reflect", "constant", "linear", "floor", "trunc", "left", "ij", "cpu", "cuda", "cuda:7",
    "float32", "fro", "nuc", "ij,jk->ik", "...i", "ortho", "amax", "prod", "\x00", "é" * 40,
)  # fmt: skip
OTHERS = (
    "None", "True", "False", "...", "object()", "int", "dict()", "{'a': 1}", "set()", "b'bytes'", "slice(None)",
    "slice(5, -3, 2)", "slice(None, None, -1)", "lambda x: x", "range(3)", "1j", "complex(nan, inf)", "()", "[]",
    "[[], []]", "[1, [2, 3]]", "['a', None]", "[None]", "np.float32(1.5)", "np.int8(3)", "np.array(['a'])",
    "np.array([None])",
    "np.zeros((2, 3))[::-1]", "np.zeros(3, dtype='>f4')", "readonly(np.ones((2, 3)))", "np.ones((2, 3), order='F')",
    "t.Size([2, 3])", "t.device('cpu')", "t.strided", "t.float32", "t.Generator()", "t.nn.Linear(3, 3)", "type",
    "NotImplemented",
    "Exception('x')", "10**400", "'x' * 1000", "iter([1, 2])", "t.Tensor", "np.datetime64('2020-01-01')",
    "np.ma.masked",
)  # fmt: skip


def argument(rng: random.Random, depth: int = 0) -> str:
    """The text of one argument; names in it are those of `surroundings`."""
    kind = rng.random()
    if kind < 0.5:
        return tensor(rng)
    if kind < 0.66:
        return repr(rng.choice(INTEGERS[:8] if rng.random() < 0.7 else INTEGERS))
    if kind < 0.72:
        return number(rng.choice(FLOATS))
    if kind < 0.76:
        return repr(rng.choice(TEXTS))
    if kind < 0.80:
        return f"t.{rng.choice(DTYPES)}"
    if kind < 0.90 and depth < 2:
        inside = ", ".join([argument(rng, depth + 1) for _ in range(rng.randrange(4))])
        return f"[{inside}]" if rng.random() < 0.5 else f"({inside}{',' if inside else ''})"
    return rng.choice(OTHERS)


def number(value: float) -> str:
    return repr(value).replace("inf", "float('inf')").replace("nan", "float('nan')")


def tensor(rng: random.Random) -> str:
    """A tensor of any dtype, shape and layout."""
    shape = rng.choice(SHAPES)
    dtype = rng.choice(USUAL if rng.random() < 0.6 else DTYPES)
    text = f"values({shape}, {dtype!r}, {rng.randrange(1000)})"
    layout = rng.random()
    if layout < 0.1 and len(shape) >= 2:
        text += ".transpose(0, -1)"
    elif layout < 0.2 and shape and shape[0] > 1:
        text += "[::2]"
    elif layout < 0.25:
        text += f".expand((2, *{shape}))"
    if dtype.startswith(("float", "bfloat", "complex")) and rng.random() < 0.3:
        text += ".requires_grad_()" if layout >= 0.25 else ".detach().requires_grad_()"
        if rng.random() < 0.3:
            text = f"({text} * 2)"
    return text


def surroundings(t) -> dict:
    """The names that arguments are made of, for a library `t` with PyTorch's names."""

    def values(shape, dtype, seed):
        draw = np.random.default_rng(seed)
        x = draw.integers(-4, 9, shape)
        if seed % 7 == 0 and x.size and "float" in dtype:
            x = np.where(draw.random(shape) < 0.3, draw.choice([np.nan, np.inf, -np.inf, 1e-310], shape), x)
        return t.tensor(np.abs(x) if dtype.startswith("u") else x).to(getattr(t, dtype))

    def readonly(x):
        x.flags.writeable = False
        return x

    return {"t": t, "np": np, "values": values, "readonly": readonly, "nan": float("nan"), "inf": float("inf")}
