"""What every reduction settles before its loop: which dimensions go, and how the rest of memory is walked."""

import cython
import numpy
from cython.cimports import numpy as cnp
from cython.cimports.libc.string import memset

cnp.import_array()


@cython.cfunc
@cython.exceptval(-1, check=False)
def read_dims(dim, dimensions: cython.int, is_reduced: cython.pointer(cython.uchar)) -> cython.int:
    """Mark the dimensions that `dim` (None, an int, a sequence of ints) names; None and () name all of them.

    Returns how many are marked. IndexError for a dimension out of range, RuntimeError for one named twice.
    """
    d: cython.Py_ssize_t
    count: cython.int = 0
    wrapped: cython.Py_ssize_t = dimensions if dimensions > 0 else 1  # a 0-d array accepts dim 0 and -1
    memset(is_reduced, 0, MOST_DIMENSIONS)
    if dim is None:
        memset(is_reduced, 1, dimensions)
        return dimensions
    if not isinstance(dim, (tuple, list)):
        dim = (dim,)
    elif len(dim) == 0:
        memset(is_reduced, 1, dimensions)
        return dimensions
    for each in dim:
        if isinstance(each, bool):
            raise TypeError("a dimension must be an int, not bool")
        d = each
        if d < -wrapped or d >= wrapped:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [{-wrapped}, {wrapped - 1}], but got {d})"
            )
        if d < 0:
            d += wrapped
        if is_reduced[d]:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
        is_reduced[d] = 1
        count += 1
    if dimensions == 0:
        is_reduced[0] = 0
        return 0
    return count


@cython.cfunc
@cython.exceptval(check=False)
def make_plan(
    plan: cython.pointer(Plan), x: cnp.ndarray, is_reduced: cython.pointer(cython.uchar), keepdim: cython.bint
) -> cython.void:
    d: cython.int
    kept: cython.int = 0
    reduced: cython.int = 0
    result: cython.int = 0
    size: cnp.npy_intp
    step: cnp.npy_intp
    plan.outputs = 1
    plan.terms = 1
    for d in range(x.ndim):
        size = x.shape[d]
        step = cnp.PyArray_STRIDES(x)[d]
        if is_reduced[d]:
            plan.terms *= size
            if keepdim:
                plan.result_shape[result] = 1
                result += 1
            if size == 1:
                continue
            if reduced > 0 and plan.reduced_steps[reduced - 1] == step * size:
                plan.reduced_shape[reduced - 1] *= size
                plan.reduced_steps[reduced - 1] = step
            else:
                plan.reduced_shape[reduced] = size
                plan.reduced_steps[reduced] = step
                reduced += 1
        else:
            plan.outputs *= size
            plan.result_shape[result] = size
            result += 1
            if size == 1:
                continue
            if kept > 0 and plan.kept_steps[kept - 1] == step * size:
                plan.kept_shape[kept - 1] *= size
                plan.kept_steps[kept - 1] = step
            else:
                plan.kept_shape[kept] = size
                plan.kept_steps[kept] = step
                kept += 1
    if kept == 0:
        plan.kept_shape[0] = 1
        plan.kept_steps[0] = 0
        kept = 1
    if reduced == 0:
        plan.reduced_shape[0] = 1
        plan.reduced_steps[0] = 0
        reduced = 1
    plan.kept = kept
    plan.reduced = reduced
    plan.result_dimensions = result


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def offset_of(
    dimensions: cython.int,
    shape: cython.pointer(cnp.npy_intp),
    steps: cython.pointer(cnp.npy_intp),
    index: cython.Py_ssize_t,
) -> cnp.npy_intp:
    """Where item `index` of these dimensions, counted in C order, lies: bytes from the first one."""
    offset: cnp.npy_intp = 0
    d: cython.int = dimensions - 1
    while d > 0:
        offset += (index % shape[d]) * steps[d]
        index //= shape[d]
        d -= 1
    return offset + index * steps[0]


# ------------------------------------------------------------------------------------------------ outside of the loops


TYPE_NAMES = {
    "bool": "Bool", "uint8": "Byte", "int8": "Char", "int16": "Short", "int32": "Int", "int64": "Long",
    "uint16": "UInt16", "uint32": "UInt32", "uint64": "UInt64", "complex64": "ComplexFloat",
    "complex128": "ComplexDouble",
}  # fmt: skip


def axes_of(dim, dimensions: cython.int):
    """`dim` as NumPy's axis argument, after the same checks."""
    is_reduced: cython.uchar[64]
    read_dims(dim, dimensions, is_reduced)
    return tuple([d for d in range(dimensions) if is_reduced[d]])


def check_terms(name: str, x, dim, missing_error):
    """The errors of an extremum over no terms; returns whether the result is empty, so that nothing is reduced."""
    if x.size:
        return False
    if dim is None or (isinstance(dim, (tuple, list)) and len(dim) == 0):
        hint = "" if missing_error is IndexError else " Specify the reduction dim with the 'dim' argument."
        raise missing_error(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.{hint}")
    for d in axes_of(dim, x.ndim):
        if x.shape[d] == 0:
            raise IndexError(f"{name}(): Expected reduction dim {d} to have non-zero size.")
    return True


def through_numpy(function, x, axes, keepdim, accumulate, dtype=None):
    """A reduction by a ufunc in the type `accumulate`, rounded to `dtype` if given, without NumPy's warnings."""
    with numpy.errstate(all="ignore"):
        result = numpy.asarray(function.reduce(x, axis=axes, keepdims=keepdim, dtype=accumulate))
        return result if dtype is None else result.astype(dtype)
