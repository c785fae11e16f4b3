"""Calls of elementwise functions that both libraries make on the same numbers, and what differs in what they give."""

import itertools
import re
import warnings

import numpy as np

REAL = [-np.inf, -3.5, -1.0, -0.5, -0.0, 0.0, 0.25, 0.5, 1.0, 2.0, 7.5, np.inf, np.nan]
INTEGERS = [-7, -3, -1, 0, 1, 2, 3, 5, 100]
COMPLEX = [-1.5 + 0.5j, -1 - 1j, 0j, 0.5 + 0j, 1 + 2j, 2 - 0.25j, 3j]
FLOATING = ("float16", "bfloat16", "float32", "float64")
SIGNED = ("int8", "int16", "int32", "int64")
UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
COMPLEXES = ("complex64", "complex128")
DTYPES = ("bool", *SIGNED, *UNSIGNED, *FLOATING, *COMPLEXES)
# Of these PyTorch has few kernels; what it lacks is no difference.
COMMON = ("bool", "uint8", "int8", "int16", "int32", "int64", *FLOATING, *COMPLEXES)


def numbers(dtype: str) -> list:
    if dtype == "bool":
        return [False, True, True, False, True]
    if dtype.startswith("uint"):
        return [abs(x) for x in INTEGERS]
    if dtype.startswith("int"):
        return INTEGERS
    return COMPLEX if dtype.startswith("complex") else REAL


def tensor(t, dtype: str, values=None, shift: int = 0):
    values = numbers(dtype) if values is None else values
    values = values[shift:] + values[:shift]
    return t.tensor(values, dtype=getattr(t, dtype))


def wide(t, x):
    """The values of a tensor as an array that NumPy compares."""
    if str(x.dtype).endswith("bfloat16"):
        x = x.to(t.float32)
    if str(x.dtype).endswith("complex32"):
        x = x.to(t.complex64)
    return np.asarray(x.detach().numpy())


def outcome(function):
    """What a call gives: ("tensor", dtype, shape, array), a list of them, a value, or ("error", type, message)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return function()
        except Exception as error:
            return error


def described(t, x):
    if isinstance(x, Exception):
        return ("error", type(x).__name__, str(x))
    if isinstance(x, t.Tensor):
        return ("tensor", str(x.dtype).split(".")[1], tuple(x.shape), wide(t, x))
    if isinstance(x, (tuple, list)):
        return ("several", [described(t, y) for y in x])
    return ("value", x)


NUMBER_REFUSED = re.compile(r"must be Tensor, not (int|float|bool|complex)\b|got \((int|float|bool|complex), Tensor\)")
# The first is a kind of the second.
REFUSALS = {"NotImplementedError", "RuntimeError"}
TOLERANCE = {"float16": 2e-3, "bfloat16": 1.6e-2, "float32": 3e-6, "complex64": 1e-4}


def difference(ours, theirs, tolerance=None, signed_zeros=False) -> str | None:
    """What is different between two described outcomes; None if they agree."""
    if theirs[0] == "error":
        # A kernel that PyTorch has not written for a type is no behaviour to copy, but to refuse is right.
        if "not implemented for" in theirs[2] and ("ComplexHalf" in theirs[2] or "Complex" not in theirs[2]):
            return None if ours[0] != "error" or ours[1] in REFUSALS else f"{ours[1:]}; PyTorch {theirs[1:]}"
        # Numbers are operands here wherever tensors are, as in NumPy.
        if NUMBER_REFUSED.search(theirs[2]):
            return None
        if ours[0] != "error":
            return f"PyTorch raises {theirs[1]}: {theirs[2][:150]}; found {str(ours)[:80]}"
        if ours[1] == theirs[1] or {ours[1], theirs[1]} <= REFUSALS:
            return None
        return f"{ours[1]}: {ours[2][:150]}; PyTorch {theirs[1]}: {theirs[2][:150]}"
    if ours[0] != theirs[0]:
        return f"{ours}; PyTorch {theirs}"
    if ours[0] == "several":
        found = [difference(a, b, tolerance, signed_zeros) for a, b in zip(ours[1], theirs[1], strict=True)]
        return next((each for each in found if each), None)
    if ours[0] == "value":
        return None if ours[1] == theirs[1] and type(ours[1]) is type(theirs[1]) else f"{ours[1]}, PyTorch {theirs[1]}"
    if theirs[1] == "complex32" and ours[1] == "complex64":
        return None  # half precision of complex numbers is not a type here
    if ours[1:3] != theirs[1:3]:
        return f"{ours[1:3]}; PyTorch {theirs[1:3]}"
    limit = tolerance if isinstance(tolerance, float) else (tolerance or TOLERANCE).get(ours[1], 1e-12)
    with np.errstate(all="ignore"):
        if ours[3].dtype.kind == "c":
            # Where a part is infinite or no number PyTorch's complex arithmetic varies from kernel to kernel.
            finite = np.isfinite(ours[3]) & np.isfinite(theirs[3])
            ours, theirs = [(*x[:3], np.where(finite, x[3], 0)) for x in (ours, theirs)]
        same = np.isclose(ours[3], theirs[3], limit, limit, equal_nan=True) if ours[3].dtype.kind in "fc" else (
            ours[3] == theirs[3]
        )  # fmt: skip
        if signed_zeros and ours[3].dtype.kind == "f":
            same = same & ((ours[3] != 0) | (np.signbit(ours[3]) == np.signbit(theirs[3])))
    if np.all(same):
        return None
    i = np.unravel_index(np.argmin(same), same.shape)
    return f"{ours[1]} at {tuple(map(int, i))}, of {np.sum(~same)} places: {ours[3][i]}; PyTorch {theirs[3][i]}"


def compared(ours, theirs, call, tolerance=None, signed_zeros=False) -> str | None:
    """The difference of call(t) in two libraries."""
    found, wanted = [described(t, outcome(lambda t=t: call(t))) for t in (ours, theirs)]
    return difference(found, wanted, tolerance, signed_zeros)


def pairs(dtypes=COMMON):
    return itertools.product(dtypes, dtypes)
