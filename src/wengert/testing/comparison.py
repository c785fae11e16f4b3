"""`assert_close`: whether two results are the same, up to what rounding explains."""

import collections.abc
import math
import numbers

import numpy

from ..core import Tensor, dtypes
from ..core.promotion import promote_types, tensor_of

# (rtol, atol) by dtype; all others are compared exactly.
TOLERANCES = {
    dtypes.float16: (1e-3, 1e-5), dtypes.bfloat16: (1.6e-2, 1e-5), dtypes.float32: (1.3e-6, 1e-5),
    dtypes.float64: (1e-7, 1e-7), dtypes.complex64: (1.3e-6, 1e-5), dtypes.complex128: (1e-7, 1e-7),
}  # fmt: skip


class _Mismatch(Exception):
    """What differs, and at which place of nested containers."""

    def __init__(self, message: str, place: tuple, error=AssertionError):
        super().__init__(message)
        self.message, self.place, self.error = message, place, error

    def text(self) -> str:
        where = "".join([f"[{key!r}]" for key in self.place])
        return f"{self.message}\n\nThe failure occurred for item {where}" if where else self.message


def assert_close(
    actual, expected, *, allow_subclasses=True, rtol=None, atol=None, equal_nan=False, check_device=True,
    check_dtype=True, check_layout=True, check_stride=False, msg=None,
) -> None:  # fmt: skip
    """Raise AssertionError unless two results are close: |actual - expected| <= atol + rtol |expected|, element by
    element.

    Args:
        actual, expected: tensors, arrays, numbers, bools or None, or sequences and mappings of those, nested in any
        way;
            both of the same kinds.
        allow_subclasses: whether tensors may be of different classes.
        rtol, atol: both or none. Unless given, those of the dtype, and of the two the larger: 1e-3 and 1e-5 (float16),
            1.6e-2 and 1e-5 (bfloat16), 1.3e-6 and 1e-5 (float32, complex64), 1e-7 and 1e-7 (float64, complex128,
            Python's numbers), 0 and 0 (integers and bool).
        equal_nan: whether NaN is close to NaN.
        check_device, check_dtype, check_layout, check_stride: whether these have to be the same.
        msg: the message of the error, or a function of the usual message that gives it.

    Raises:
        AssertionError: shapes, dtypes, lengths or keys differ, or values do; it says by how much and where.
        ValueError: only one of rtol and atol is given.
        TypeError: values of a kind that is not compared.

    >>> import wengert as t
    >>> t.testing.assert_close(t.tensor([1.0, 2.0]), t.tensor([1.0, 2.0000001]))
    >>> t.testing.assert_close(1, 2)
    Traceback (most recent call last):
        ...
    AssertionError: Scalars are not equal!
    <BLANKLINE>
    Expected 2 but got 1.
    Absolute difference: 1
    Relative difference: 0.5
    """
    if (rtol is None) != (atol is None):
        raise ValueError(
            "Both 'rtol' and 'atol' must be either specified or omitted, but got no "
            f"{'rtol' if rtol is None else 'atol'}."
        )
    for name, value in (("rtol", rtol), ("atol", atol)):
        numeric = isinstance(value, numbers.Real) and not isinstance(value, bool)
        if value is not None and not (numeric and float(value) >= 0):
            raise ValueError(f"'{name}' must be a number that is not negative, but got {value!r}")
    options = _Options(
        None if rtol is None else (rtol, atol), equal_nan, check_device, check_dtype, check_layout, check_stride,
        allow_subclasses,
    )  # fmt: skip
    try:
        _compare(actual, expected, (), options)
    except _Mismatch as found:
        text = found.text()
        if found.error is AssertionError and msg is not None:
            text = msg(text) if callable(msg) else msg
        raise found.error(text) from None


def assert_allclose(actual, expected, rtol=None, atol=None, equal_nan=True, msg="") -> None:
    """`assert_close` with the tolerances of older code: dtypes may differ, and what is no tensor becomes one.

    >>> import wengert as t
    >>> t.testing.assert_allclose(t.tensor([1.0]), [1.00001])
    """
    from ..ops.from_data import as_tensor

    actual = actual if isinstance(actual, Tensor) else as_tensor(actual)
    expected = expected if isinstance(expected, Tensor) else as_tensor(expected, dtype=actual.dtype)
    if rtol is None and atol is None:
        older = {dtypes.float16: (1e-3, 1e-3), dtypes.float32: (1e-4, 1e-5), dtypes.float64: (1e-5, 1e-8)}
        pairs = [older.get(x.dtype, (0.0, 0.0)) for x in (actual, expected)]
        rtol, atol = max(pair[0] for pair in pairs), max(pair[1] for pair in pairs)
    assert_close(
        actual, expected, rtol=rtol, atol=atol, equal_nan=equal_nan, check_dtype=False, check_stride=False, msg=msg or
        None
    )


class _Options:
    def __init__(self, tolerances, equal_nan, device, dtype, layout, stride, subclasses):
        self.tolerances, self.equal_nan = tolerances, equal_nan
        self.device, self.dtype, self.layout, self.stride = device, dtype, layout, stride
        self.subclasses = subclasses

    def tolerances_of(self, *found) -> tuple:
        if self.tolerances is not None:
            return self.tolerances
        pairs = [TOLERANCES.get(dtype, (0.0, 0.0)) for dtype in found]
        return max(pair[0] for pair in pairs), max(pair[1] for pair in pairs)


def _is_sequence(x) -> bool:
    return isinstance(x, collections.abc.Sequence) and not isinstance(x, (str, bytes))


def _compare(actual, expected, place: tuple, options: _Options) -> None:
    if _is_sequence(actual) and _is_sequence(expected):
        if len(actual) != len(expected):
            raise _Mismatch(f"The length of the sequences mismatch: {len(actual)} != {len(expected)}", place)
        for i, (a, b) in enumerate(zip(actual, expected, strict=True)):
            _compare(a, b, (*place, i), options)
    elif isinstance(actual, collections.abc.Mapping) and isinstance(expected, collections.abc.Mapping):
        missing = [key for key in expected if key not in actual]
        further = [key for key in actual if key not in expected]
        if missing or further:
            raise _Mismatch(
                "The keys of the mappings do not match:\n"
                f"Missing keys in the actual mapping: {_in_order(missing)}\n"
                f"Additional keys in the actual mapping: {_in_order(further)}", place,
            )  # fmt: skip
        for key in _in_order(list(actual)):
            _compare(actual[key], expected[key], (*place, key), options)
    elif actual is None or expected is None:
        if actual is not expected:
            raise _Mismatch(f"None mismatch: {actual} is not {expected}", place)
    elif _are(actual, expected, (bool, numpy.bool_)):
        if bool(actual) is not bool(expected):
            raise _Mismatch(f"Booleans mismatch: {bool(actual)} is not {bool(expected)}", place)
    elif _are(actual, expected, (int, float, complex, numpy.number)):
        _compare_numbers(actual, expected, place, options)
    elif _are(actual, expected, numpy.ndarray):
        _compare_tensors(tensor_of(actual), tensor_of(expected), place, options)
    elif _are(actual, expected, Tensor) and (options.subclasses or type(actual) is type(expected)):
        _compare_tensors(actual.detach(), expected.detach(), place, options)
    else:
        raise _Mismatch(
            f"No comparison pair was able to handle inputs of type {type(actual)} and {type(expected)}.", place,
            TypeError
        )


def _are(actual, expected, kinds) -> bool:
    return isinstance(actual, kinds) and isinstance(expected, kinds)


def _in_order(keys: list) -> list:
    try:
        return sorted(keys)
    except TypeError:
        return keys


# ------------------------------------------------------------------------------------------------ numbers

_DTYPE_OF = {int: dtypes.int64, float: dtypes.float64, complex: dtypes.complex128}


def _compare_numbers(actual, expected, place: tuple, options: _Options) -> None:
    actual, expected = [x.item() if isinstance(x, numpy.number) else x for x in (actual, expected)]
    if options.dtype and type(actual) is not type(expected):
        raise _Mismatch(f"The (d)types do not match: {type(actual)} != {type(expected)}.", place)
    tolerances = options.tolerances_of(_DTYPE_OF[_kind(actual)], _DTYPE_OF[_kind(expected)])
    rtol, atol = tolerances
    if not _is_close(actual, expected, rtol, atol, options.equal_nan):
        raise _Mismatch(_of_numbers(actual, expected, *tolerances), place)


def _kind(x) -> type:
    return next(kind for kind in (int, float, complex) if isinstance(x, kind))


def _is_close(actual, expected, rtol: float, atol: float, equal_nan: bool) -> bool:
    if actual != actual and expected != expected:
        return equal_nan
    if actual == expected:
        return True
    difference = abs(actual - expected)
    return math.isfinite(difference) and difference <= atol + rtol * abs(expected)


def _of_numbers(actual, expected, rtol: float, atol: float) -> str:
    exact = rtol == atol == 0
    difference = abs(actual - expected)
    relative = difference / abs(expected) if expected != 0 else math.inf
    lines = [("Absolute", difference, atol), ("Relative", relative, rtol)]
    return f"Scalars are not {'equal' if exact else 'close'}!\n\nExpected {expected} but got {actual}.\n" + "\n".join(
        [f"{name} difference: {x}{'' if exact else f' (up to {limit} allowed)'}" for name, x, limit in lines]
    )


# ------------------------------------------------------------------------------------------------ tensors


def _compare_tensors(actual: Tensor, expected: Tensor, place: tuple, options: _Options) -> None:
    checks = [
        ("shape", tuple(actual.shape) != tuple(expected.shape), lambda x: x.shape),
        ("device", options.device and actual.device != expected.device, lambda x: x.device),
        ("dtype", options.dtype and actual.dtype is not expected.dtype, lambda x: x.dtype),
        ("layout", options.layout and actual.layout is not expected.layout, lambda x: x.layout),
        ("stride()", options.stride and actual.stride() != expected.stride(), lambda x: x.stride()),
    ]
    for name, differ, value in checks:
        if differ:
            raise _Mismatch(
                f"The values for attribute '{name}' do not match: {value(actual)} != {value(expected)}.", place
            )
    rtol, atol = options.tolerances_of(actual.dtype, expected.dtype)
    if actual.dtype is not expected.dtype:
        common = promote_types(actual.dtype, expected.dtype)
        actual, expected = actual.to(common), expected.to(common)
    close = actual.isclose(expected, rtol=rtol, atol=atol, equal_nan=options.equal_nan)
    if bool(close.all()):
        return
    if actual.numel() == 1 and not actual.ndim:
        raise _Mismatch(_of_numbers(actual.item(), expected.item(), rtol, atol), place)
    raise _Mismatch(_of_tensors(actual, expected, close, rtol, atol), place)


def _of_tensors(actual: Tensor, expected: Tensor, close: Tensor, rtol: float, atol: float) -> str:
    exact = rtol == atol == 0
    if actual.dtype.category < 2:
        actual, expected = actual.to(dtypes.int64), expected.to(dtypes.int64)
    difference = (actual - expected).abs()
    relative = difference / expected.abs()
    wrong, count = int((~close).sum()), close.numel()
    lines = [f"Mismatched elements: {wrong} / {count} ({wrong / count:.1%})"]
    for name, values, limit in (("absolute", difference, atol), ("relative", relative, rtol)):
        # Of the elements that are not close.
        values = values.masked_fill(close, 0).flatten()
        at = int(values.argmax())
        index = tuple([int(i) for i in numpy.unravel_index(at, tuple(close.shape))])
        allowed = "" if exact else f" (up to {limit} allowed)"
        lines.append(f"Greatest {name} difference: {values[at].item()} at index {index}{allowed}")
    return f"Tensor-likes are not {'equal' if exact else 'close'}!\n\n" + "\n".join(lines)
