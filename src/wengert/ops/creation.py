"""Making tensors."""

import builtins
import math

import numpy

from ..core import Tensor, bind_method, dtypes
from ..core.errors import type_word
from ..core.promotion import from_array, number_as, tensor_of
from ..core.registry import register_function
from ..core.size import device as device_
from ..core.tensor import require_gradient
from . import levels


def _entered(function):
    return register_function(function)


def check_place(name: str, device, layout) -> None:
    """Whether a tensor can be made on that device and in that layout."""
    if device is not None:
        device_(device)
    if layout not in (None, "strided"):
        if not isinstance(layout, str):
            raise TypeError(f"{name}(): argument 'layout' must be torch.layout, not {type(layout).__name__}")
        raise NotImplementedError(f"{name}(): tensors are strided; a layout of {layout} is not supported")


def _made(array, requires_grad: bool, device=None, pin_memory=False):
    if device is not None:
        device_(device)
    x = from_array(array)
    if requires_grad:
        require_gradient(x)
    return x


def _size(size) -> tuple:
    if len(size) == 1 and not isinstance(size[0], (int, numpy.integer)):
        size = tuple(size[0])
    for i, s in enumerate(size):
        if not isinstance(s, (int, numpy.integer)) or isinstance(s, bool):
            if isinstance(s, Tensor) and s.numel() == 1 and s.dtype.category == 1:
                continue
            raise TypeError(f"sizes must be ints, but element {i} is {type(s).__name__}")
        if s < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {s}: {list(size)}")
    return tuple([int(s) for s in size])


def _dtype(dtype, default=None):
    if dtype is None:
        return (default or dtypes.get_default_dtype()).numpy
    if not isinstance(dtype, dtypes.dtype) and dtype not in (
        builtins.float,
        builtins.int,
        builtins.bool,
        builtins.complex,
    ):
        raise TypeError(f"dtype must be a wengert.dtype, not {type(dtype).__name__}")
    return dtypes.as_numpy(dtype)


# ------------------------------------------------------------------------------------------------ from data


def _array_of(data, dtype):
    """An array with a copy of the data, of PyTorch's inferred type unless one is given."""
    if isinstance(data, Tensor):
        return numpy.array(data.array, dtype=dtype)
    if isinstance(data, numpy.ndarray):
        if dtype is None:
            dtypes.from_numpy(data.dtype)
            dtype = data.dtype.newbyteorder("=")
        return numpy.array(data, dtype=dtype)
    if isinstance(data, numpy.generic):
        return numpy.array(data, dtype=dtype)
    plain = _plain(data)
    try:
        array = numpy.array(plain, dtype=dtype)
    except (ValueError, TypeError, OverflowError) as error:
        raise _bad_data(data, error) from None
    if dtype is None:
        if array.dtype.kind == "f" and not _holds_arrays(data):
            array = array.astype(dtypes.get_default_dtype().numpy)
        elif array.dtype.kind == "c" and not _holds_arrays(data):
            array = array.astype(dtypes.as_numpy(complex))
        elif array.size == 0 and not _holds_arrays(data):
            array = array.astype(dtypes.get_default_dtype().numpy)
        elif array.dtype.kind not in "bifcu":
            raise _bad_data(data, None)
    return array


def _plain(data):
    if isinstance(data, (list, tuple)):
        return [_plain(x) for x in data]
    if isinstance(data, Tensor):
        return levels.values(data, "tensor")
    return data


def _holds_arrays(data) -> bool:
    while isinstance(data, (list, tuple)):
        if not data:
            return False
        data = data[0]
    return isinstance(data, (numpy.ndarray, numpy.generic, Tensor))


def _bad_data(data, error):
    lengths = _first_ragged(data)
    if lengths is not None:
        return ValueError(lengths)
    if isinstance(error, OverflowError):
        return RuntimeError(f"value cannot be converted to the dtype without overflow: {error}")
    bad = data
    while isinstance(bad, (list, tuple)) and bad:
        bad = bad[0]
    if isinstance(bad, str):
        return TypeError(f"new(): invalid data type '{type(bad).__name__}'")
    return RuntimeError(f"Could not infer dtype of {type(bad).__name__}")


def _first_ragged(data, dim=0):
    if not isinstance(data, (list, tuple)):
        return None
    lengths = [len(x) if isinstance(x, (list, tuple)) else None for x in data]
    for length in lengths:
        if length != lengths[0]:
            return f"expected sequence of length {lengths[0]} at dim {dim + 1} (got {length})"
    for x in data:
        found = _first_ragged(x, dim + 1)
        if found:
            return found
    return None


@_entered
def tensor(data, *, dtype=None, device=None, requires_grad=False, pin_memory=False):
    """A tensor with a copy of numbers, nested sequences, an array or a tensor; a leaf of the graph.

    Python floats get the default dtype, ints int64, bools bool; arrays and NumPy scalars keep theirs.

    Raises:
        ValueError: nested sequences of unequal lengths.
        TypeError, RuntimeError: something that is no number.
    """
    if isinstance(data, Tensor):
        import warnings

        warnings.warn(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
            "sourceTensor.detach().clone().requires_grad_(True), rather than tensor(sourceTensor).",
            UserWarning,
            stacklevel=2,
        )
    return _made(_array_of(data, None if dtype is None else _dtype(dtype)), requires_grad, device)


@_entered
def as_tensor(data, dtype=None, device=None):
    """The data as a tensor, sharing memory (and history) where nothing needs to change."""
    if isinstance(data, Tensor):
        return data if dtype is None or data.dtype is dtype else data.to(dtype)
    if isinstance(data, numpy.ndarray) and (dtype is None or data.dtype == _dtype(dtype)):
        return from_numpy(data)
    return tensor(data, dtype=dtype, device=device)


@_entered
def from_numpy(ndarray):
    """A tensor on the memory of an array: each sees the other's changes."""
    if not isinstance(ndarray, numpy.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    if any([s < 0 for s in ndarray.strides]):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative strides are not "
            "currently supported. (You can probably work around this by making a copy of your array  with "
            "array.copy().)"
        )
    if not ndarray.flags.writeable:
        import warnings

        warnings.warn(
            "The given NumPy array is not writable, and PyTorch does not support non-writable tensors. In-place "
            "operations on this tensor will raise; copy the array first if it should be changed.",
            UserWarning,
            stacklevel=2,
        )
    return tensor_of(ndarray)


@_entered
def asarray(obj, *, dtype=None, device=None, copy=None, requires_grad=False):
    """`obj` as a tensor, on the same memory unless `copy` is true or the dtype differs."""
    x = as_tensor(obj, dtype=dtype)
    if copy:
        x = x.clone()
    if requires_grad:
        x = x.detach()
        x.requires_grad = True
    return x


# ------------------------------------------------------------------------------------------------ of one value


def _filled(name: str, doc: str, make):
    def function(*size, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
        size = size or ((),)
        array = make(_size(size), _dtype(dtype))
        if out is not None:
            from ..core.writing import write_out

            return write_out(name, array, out)
        return _made(array, requires_grad, device)

    def like(input, *, dtype=None, layout=None, device=None, requires_grad=False, memory_format=None):
        own = _dtype(dtype, dtypes.from_numpy(input.array.dtype))
        if input.level:
            return of_level(input, tuple(input.shape), own, requires_grad)
        return _made(make(tuple(input.shape), own), requires_grad, device)

    def of_level(input, shape, dtype, requires_grad):
        # Of a batch where the input is one, so that every entry can be changed in place.
        x = levels.made_like(input, shape, lambda shape: make(shape, dtype))
        x.requires_grad = bool(requires_grad)
        return x

    def new(self, *size, dtype=None, device=None, requires_grad=False, layout=None, pin_memory=False):
        if self.level:
            return of_level(self, _size(size or ((),)), _dtype(dtype, self.dtype), requires_grad)
        return _made(make(_size(size or ((),)), _dtype(dtype, self.dtype)), requires_grad, device)

    for made, made_name, made_doc in (
        (function, name, f"A tensor of the given sizes, {doc}."),
        (like, f"{name}_like", f"A tensor of the shape and dtype of `input`, {doc}."),
        (new, f"new_{name}", f"A tensor of the given sizes and the dtype of this one, {doc}."),
    ):
        made.__name__ = made.__qualname__ = made_name
        made.__doc__ = made_doc
    bind_method(new.__name__, new)
    return _entered(function), _entered(like)


zeros, zeros_like = _filled("zeros", "filled with 0", numpy.zeros)
ones, ones_like = _filled("ones", "filled with 1", numpy.ones)
empty, empty_like = _filled("empty", "with whatever is in its memory", numpy.empty)


@_entered
def full(size, fill_value, *, out=None, dtype=None, layout=None, device=None, requires_grad=False):
    """A tensor of the given sizes filled with one value, whose type gives the dtype."""
    if isinstance(fill_value, Tensor):
        fill_value = fill_value.item()
    array = _full_of(_size((size,)), fill_value, _value_dtype(fill_value, dtype))
    return _made(array, requires_grad, device)


def _full_of(shape: tuple, value, numpy_dtype):
    return numpy.full(shape, number_as(value, numpy_dtype), numpy_dtype)


def _value_dtype(value, dtype):
    if dtype is not None:
        return _dtype(dtype)
    if isinstance(value, bool):
        return dtypes.bool.numpy
    return dtypes.as_numpy(type(value)) if type(value) in (int, float, complex) else numpy.asarray(value).dtype


@_entered
def full_like(input, fill_value, *, dtype=None, layout=None, device=None, requires_grad=False, memory_format=None):
    """A tensor of the shape and dtype of `input` filled with one value."""
    return _made(_full_of(tuple(input.shape), fill_value, _dtype(dtype, input.dtype)), requires_grad, device)


def new_full(self, size, fill_value, dtype=None, device=None, requires_grad=False):
    """A tensor of the given sizes and the dtype of this one, filled with one value."""
    return _made(_full_of(_size((size,)), fill_value, _dtype(dtype, self.dtype)), requires_grad, device)


def new_tensor(self, data, dtype=None, device=None, requires_grad=False):
    """A tensor with a copy of the data, of the dtype of this one."""
    return _made(_array_of(data, _dtype(dtype, self.dtype)), requires_grad, device)


bind_method("new_full", new_full)
bind_method("new_tensor", new_tensor)


@_entered
def eye(n, m=None, *, out=None, dtype=None, layout=None, device=None, requires_grad=False):
    """The identity matrix of n rows and m (n) columns."""
    if n < 0 or (m is not None and m < 0):
        raise RuntimeError(f"n must be greater or equal to 0, got {n if n < 0 else m}")
    return _made(numpy.eye(n, m, dtype=_dtype(dtype)), requires_grad, device)


# ------------------------------------------------------------------------------------------------ ranges


@_entered
def arange(*bounds, out=None, dtype=None, layout=None, device=None, requires_grad=False, **named):
    """arange(end), arange(start, end) or arange(start, end, step): start, start + step, ... below end."""
    start, end, step = 0, None, 1
    if len(bounds) == 1:
        end = bounds[0]
    elif len(bounds) == 2:
        start, end = bounds
    elif len(bounds) == 3:
        start, end, step = bounds
    start, end, step = named.get("start", start), named.get("end", end), named.get("step", step)
    if end is None:
        raise TypeError('arange() missing 1 required positional arguments: "end"')
    start, end, step = [x.item() if isinstance(x, Tensor) else x for x in (start, end, step)]
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (step > 0 and start > end) or (step < 0 and start < end):
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    integral = all([isinstance(x, (int, numpy.integer)) for x in (start, end, step)])
    chosen = _dtype(dtype, dtypes.int64 if integral else None)
    if chosen.kind == "c":
        raise NotImplementedError(f"\"arange_cpu\" not implemented for '{type_word(chosen)}': use linspace")
    count = -((start - end) // step) if integral else math.ceil((end - start) / step)
    if integral:
        array = numpy.arange(start, end, step).astype(chosen, copy=False)
    else:
        array = (start + step * numpy.arange(count, dtype=numpy.float64)).astype(chosen)
    return _made(array, requires_grad, device)


@_entered
def linspace(start, end, steps, *, out=None, dtype=None, layout=None, device=None, requires_grad=False):
    """`steps` equally spaced values from start to end, both included."""
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    start, end = [x.item() if isinstance(x, Tensor) else x for x in (start, end)]
    chosen = _spaced_dtype("linspace", start, end, dtype)
    return _made(numpy.linspace(start, end, steps).astype(chosen), requires_grad, device)


def _spaced_dtype(name: str, start, end, dtype):
    """The dtype of spaced values: complex where an end is."""
    in_complex = isinstance(start, complex) or isinstance(end, complex)
    chosen = _dtype(dtype, dtypes.from_numpy(dtypes.as_numpy(complex)) if in_complex else None)
    if in_complex and chosen.kind != "c":
        raise RuntimeError(
            f"{name}(): inferred dtype {dtypes.from_numpy(dtypes.as_numpy(complex))!r} can't be safely cast to passed "
            f"dtype {dtypes.from_numpy(chosen)!r}"
        )
    return chosen


@_entered
def logspace(start, end, steps, base=10.0, *, out=None, dtype=None, layout=None, device=None, requires_grad=False):
    """`base` to the power of `steps` equally spaced exponents from start to end."""
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    chosen = _spaced_dtype("logspace", start, end, dtype)
    return _made(
        numpy.power(float(base), numpy.linspace(start, end, steps)).astype(chosen), requires_grad, device
    )
