"""PyTorch's type promotion, and the conversion of gradients back to their inputs' types.

Types climb through categories: bool, integer, floating, complex. Tensors with dimensions decide; a zero-dimensional
tensor or a Python scalar only matters if its category is higher, and then brings its own type (a Python float brings
the default one).
"""

import functools

import ml_dtypes
import numpy

from . import dtypes, errors
from .tensor import Tensor


def tensor_of(array) -> Tensor:
    """A tensor on the memory of an array, whose type must be one that tensors hold."""
    dtypes.from_numpy(array.dtype)
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    return from_array(array)


def from_array(array) -> Tensor:
    """A tensor on an array (or NumPy scalar, which NumPy gives for results without dimensions)."""
    if not isinstance(array, numpy.ndarray):
        array = numpy.asarray(array)
    x = Tensor.__new__(Tensor)
    x._set_array(array)
    return x


def number_as(value, dtype):
    """An array of a NumPy type from a Python number (or nested numbers); RuntimeError for an imaginary part or a
    magnitude that the type cannot hold."""
    if isinstance(value, complex) and dtype.kind not in "cb":
        if value.imag:
            errors.imaginary_part_lost(value, dtype)
        value = value.real
    if isinstance(value, (int, float, complex)) and dtype.kind != "b":
        _check_range(value, dtype)
        if dtype.kind == "u" and isinstance(value, int) and value < 0:
            # Small negative numbers go round, as in C.
            value += 1 << 8 * dtype.itemsize
    return numpy.asarray(value, dtype)


def _check_range(value, dtype) -> None:
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 64:
        raise OverflowError("int too big to convert")
    smallest, largest = _range_of(dtype)
    if dtype.kind in "iu":
        low = -largest if dtype.kind == "u" and isinstance(value, int) else smallest
        # As a float the largest number may be the power of 2 beyond it.
        if not low <= value <= largest or isinstance(value, float) and value > smallest and int(value) > largest:
            errors.number_too_large(value, dtype)
        return
    for part in (value.real, value.imag) if isinstance(value, complex) else (value,):
        if largest < abs(part) != numpy.inf:
            errors.number_too_large(value, dtype)


@functools.cache
def _range_of(dtype) -> tuple:
    """The smallest and largest finite number of a NumPy type; of a complex one, of its parts."""
    if dtype.kind in "iu":
        limits = numpy.iinfo(dtype)
        return int(limits.min), int(limits.max)
    limits = ml_dtypes.finfo(dtype)
    return float(limits.min), float(limits.max)


def scalar_dtype(x):
    """The NumPy type of a Python scalar by itself."""
    if isinstance(x, bool):
        return numpy.dtype(bool)
    if isinstance(x, int):
        return numpy.dtype(numpy.int64)
    if isinstance(x, float):
        return dtypes.get_default_dtype().numpy
    return dtypes.as_numpy(complex)


# The types that PyTorch combines with floating ones only.
_UNSIGNED = (dtypes.uint16.numpy, dtypes.uint32.numpy, dtypes.uint64.numpy)
float16, bfloat16 = dtypes.float16.numpy, dtypes.bfloat16.numpy


def promote_types(a, b):
    """The smallest type that both NumPy types convert to, as PyTorch has it."""
    if a == b:
        return a
    first, second = dtypes.from_numpy(a).category, dtypes.from_numpy(b).category
    if (a in _UNSIGNED and second != 2) or (b in _UNSIGNED and first != 2):
        raise RuntimeError(
            "Promotion for uint16, uint32, uint64 types is not supported, attempted to promote "
            f"{errors.type_word(a)} and {errors.type_word(b)}. Convert one of them first, with to(wengert.int64) say."
        )
    if bfloat16 in (a, b) and float16 in (a, b):
        # Neither holds the other.
        return dtypes.float32.numpy
    if first == second or (first >= 2 and second >= 2):
        return numpy.promote_types(a, b)
    # An integer or bool never changes the precision of a float; a bool never that of an integer.
    return a if first > second else b


def result_dtype(operands):
    """The common NumPy type of tensors' arrays and Python scalars."""
    dimensioned = zero_dimensional = scalar = None
    for x in operands:
        if x is None:
            continue
        if isinstance(x, numpy.ndarray):
            if x.ndim:
                dimensioned = x.dtype if dimensioned is None else promote_types(dimensioned, x.dtype)
            else:
                zero_dimensional = x.dtype if zero_dimensional is None else promote_types(zero_dimensional, x.dtype)
        else:
            own = scalar_dtype(x)
            scalar = own if scalar is None else promote_types(scalar, own)
    return _combine(dimensioned, _combine(zero_dimensional, scalar))


def _combine(higher, lower):
    if higher is None or lower is None:
        return lower if higher is None else higher
    high, low = dtypes.from_numpy(higher).category, dtypes.from_numpy(lower).category
    if high == 0:
        return promote_types(higher, lower)
    if high >= low:
        return higher
    if low == 3 and high == 2:
        # A complex scalar keeps the precision of the floats it meets.
        return numpy.promote_types(higher, numpy.complex64)
    return lower


def _promoted(operation, arrays: list) -> list:
    """Of each operand of an operation, whether it is promoted."""
    return [True] * len(arrays) if operation.takes_list else [name in operation.promoted for name in operation.inputs]


def common_dtype(operation, arrays: list):
    """The NumPy type that the promoted inputs of an operation have in common."""
    chosen = _promoted(operation, arrays)
    return result_dtype([x for x, wanted in zip(arrays, chosen, strict=True) if wanted])


def promote(operation, arrays: list) -> list:
    """Convert the promoted inputs of an operation to one type (floating where its loops know no other)."""
    chosen = _promoted(operation, arrays)
    target = common_dtype(operation, arrays)
    loops = operation.inner_loops
    if operation.options.get("floating") or (
        loops is not None and operation.integer_forward is None and not loops.has_loop(target)
    ):
        if target is not None and dtypes.from_numpy(target).category < 2:
            target = dtypes.get_default_dtype().numpy
    return [
        _as_type(x, target) if wanted and x is not None else x
        for x, wanted in zip(arrays, chosen, strict=True)
    ]


def widens_half(operation, arrays: list) -> bool:
    """Whether an operation computes these operands, one of which is in float16, in float32."""
    options = operation.options
    if options.get("in_single"):
        return True
    return options.get("exact_numbers", False) and any([not numpy.ndim(x) for x in arrays])


def widened(operation, arrays: list, target) -> list:
    """The promoted operands of an operation in a half type, `target`, as float32.

    They are converted to the half type first, and lose what it does not hold; numbers beside a tensor too, except in
    an operation with `exact_numbers`. So it is in PyTorch.
    """
    exact = operation.options.get("exact_numbers", False)
    found = []
    for x, wanted in zip(arrays, _promoted(operation, arrays), strict=True):
        if x is None or not wanted:
            found.append(x)
        elif exact and (not isinstance(x, numpy.ndarray) or not x.ndim):
            found.append(numpy.asarray(x, dtype=numpy.float32))
        else:
            found.append(numpy.asarray(_as_type(x, target), dtype=numpy.float32))
    return found


def _as_type(x, target):
    """An operand in a NumPy type. Of a number that is out of its range an integer type takes the lowest bits."""
    try:
        return numpy.asarray(x, dtype=target)
    except OverflowError:
        if -(2**63) <= x < 2**63:
            return numpy.asarray(x, dtype=numpy.int64).astype(target)
        errors.number_too_large(x, numpy.dtype(numpy.int64))


_by_number = {entry.numpy.num: entry.numpy for entry in dtypes.ALL}


def convert_gradient(g, type_number: int):
    """A gradient in the type of its input; of a complex one for a real input, the real part."""
    target = _by_number[type_number]
    if g.dtype.kind == "c" and target.kind != "c":
        g = g.real
    return numpy.ascontiguousarray(g, dtype=target) if g.ndim else numpy.asarray(g, dtype=target)
