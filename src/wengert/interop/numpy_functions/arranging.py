"""Other arrangements of the same elements: shapes, orders of axes, repetitions, diagonals, triangles."""

import math
import operator

import numpy

import wengert

from ... import ops
from ..spelling import as_tensor, axes_of, axis_of, refused, spelled, values_of

_NOT_GIVEN = numpy._NoValue


def _check_order(name: str, order, known: str) -> None:
    if not isinstance(order, str):
        raise TypeError(f"np.{name}: order must be str, not {type(order).__name__}")
    if len(order) != 1 or order not in known:
        raise ValueError(f"np.{name}: order must be one of {', '.join(map(repr, known))} (got {order!r})")


@spelled("reshape")
def reshape(a, /, shape, order="C", *, copy=None):
    _check_order("reshape", order, "CFA")
    x = as_tensor(a)
    if order == "F":
        sizes = ops.dims.inferred(shape if isinstance(shape, (tuple, list)) else (shape,), x.numel())
        return transpose(transpose(x).reshape(tuple(reversed(sizes))))
    result = x.reshape(shape)
    if copy:
        return result.clone()
    if copy is False and result.untyped_storage() is not x.untyped_storage():
        raise ValueError("Unable to avoid creating a copy while reshaping.")
    return result


@spelled("ravel")
def ravel(a, order="C"):
    _check_order("ravel", order, "CFAK")
    return reshape(a, -1, order="F" if order == "F" else "C")


@spelled("resize")
def resize(a, new_shape):
    """The elements again and again until the new shape is full."""
    x = as_tensor(a).reshape(-1)
    shape = tuple(new_shape) if isinstance(new_shape, (tuple, list)) else (new_shape,)
    count = math.prod(shape)
    if any([n < 0 for n in shape]):
        raise ValueError("all elements of `new_shape` must be non-negative")
    if not x.numel():
        return x.new_zeros(shape)
    return x[numpy.arange(count) % x.numel()].reshape(shape)


@spelled("transpose", "permute_dims")
def transpose(a, axes=None):
    x = as_tensor(a)
    if axes is None:
        axes = tuple(range(x.ndim))[::-1]
    if len(axes) != x.ndim:
        raise ValueError("axes don't match array")
    return x.permute(axes_of(axes, x.ndim, "transpose")) if x.ndim else x


@spelled("matrix_transpose", "linalg.matrix_transpose")
def matrix_transpose(x, /):
    x = as_tensor(x)
    if x.ndim < 2:
        raise ValueError(f"Input array must be at least 2-dimensional, but it is {x.ndim}")
    return x.transpose(-1, -2)


@spelled("swapaxes")
def swapaxes(a, axis1, axis2):
    x = as_tensor(a)
    return x.transpose(axis_of(axis1, x.ndim, "swapaxes"), axis_of(axis2, x.ndim, "swapaxes"))


@spelled("moveaxis")
def moveaxis(a, source, destination):
    x = as_tensor(a)
    source, destination = [axes_of(axis, x.ndim, "moveaxis") for axis in (source, destination)]
    if len(source) != len(destination):
        raise ValueError("`source` and `destination` arguments must have the same number of elements")
    return x.movedim(source, destination)


@spelled("rollaxis")
def rollaxis(a, axis, start=0):
    x = as_tensor(a)
    axis = axis_of(axis, x.ndim, "rollaxis")
    start = start + x.ndim if start < 0 else start
    if not 0 <= start <= x.ndim:
        raise numpy.exceptions.AxisError(f"np.rollaxis: start {start} is out of bounds for {x.ndim} dimensions")
    return x.movedim(axis, start - 1 if axis < start else start)


@spelled("expand_dims")
def expand_dims(a, axis):
    x = as_tensor(a)
    listed = axis if isinstance(axis, (tuple, list)) else (axis,)
    for place in sorted(axes_of(listed, x.ndim + len(listed), "expand_dims")):
        x = x.unsqueeze(place)
    return x


@spelled("squeeze")
def squeeze(a, axis=None):
    x = as_tensor(a)
    if axis is None:
        return x.squeeze()
    axes = axes_of(axis, x.ndim, "squeeze")
    if any([x.shape[d] != 1 for d in axes]):
        raise ValueError("cannot select an axis to squeeze out which has size not equal to one")
    return x.reshape([n for d, n in enumerate(x.shape) if d not in axes])


@spelled("atleast_1d")
def atleast_1d(*arys):
    return _of_each(arys, lambda x: x.reshape(1) if not x.ndim else x)


@spelled("atleast_2d")
def atleast_2d(*arys):
    return _of_each(arys, lambda x: x.reshape(1, -1) if x.ndim < 2 else x)


@spelled("atleast_3d")
def atleast_3d(*arys):
    return _of_each(arys, lambda x: x.reshape(1, -1, 1) if x.ndim < 2 else x.unsqueeze(-1) if x.ndim == 2 else x)


def _of_each(arrays, function):
    made = tuple([function(as_tensor(x)) for x in arrays])
    return made[0] if len(made) == 1 else made


@spelled("broadcast_to")
def broadcast_to(array, shape, subok=False):
    shape = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
    x = as_tensor(array)
    try:
        fits = numpy.broadcast_shapes(tuple(x.shape), shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(f"operands could not be broadcast together with shape {tuple(x.shape)} and requested shape "
                         f"{shape}")
    return x.expand(shape)


@spelled("broadcast_arrays")
def broadcast_arrays(*args, subok=False):
    tensors = [as_tensor(x) for x in args]
    shape = numpy.broadcast_shapes(*[tuple(x.shape) for x in tensors])
    return tuple([x.expand(shape) for x in tensors])


# ------------------------------------------------------------------------------------------------ orders


@spelled("flip")
def flip(m, axis=None):
    x = as_tensor(m)
    return x.flip(axes_of(axis, x.ndim, "flip")) if x.ndim else x


@spelled("fliplr")
def fliplr(m):
    x = as_tensor(m)
    if x.ndim < 2:
        raise ValueError("Input must be >= 2-d.")
    return x.flip((1,))


@spelled("flipud")
def flipud(m):
    x = as_tensor(m)
    if x.ndim < 1:
        raise ValueError("Input must be >= 1-d.")
    return x.flip((0,))


@spelled("roll")
def roll(a, shift, axis=None):
    x = as_tensor(a)
    if axis is None:
        return _rolled(x.reshape(-1), sum(numpy.atleast_1d(shift).tolist()), 0).reshape(tuple(x.shape))
    shifts, axes = numpy.broadcast_arrays(shift, axis)
    if shifts.ndim > 1:
        raise ValueError("'shift' and 'axis' should be scalars or 1D sequences")
    for by, along in zip(shifts.reshape(-1).tolist(), axes.reshape(-1).tolist(), strict=True):
        x = _rolled(x, by, axis_of(along, x.ndim, "roll"))
    return x


def _rolled(x, by: int, axis: int):
    size = x.shape[axis]
    by = by % size if size else 0
    if not by:
        return x.clone()
    before = (slice(None),) * axis
    return wengert.cat([x[(*before, slice(size - by, None))], x[(*before, slice(None, size - by))]], axis)


@spelled("rot90")
def rot90(m, k=1, axes=(0, 1)):
    x = as_tensor(m)
    if len(axes) != 2:
        raise ValueError("len(axes) must be 2.")
    first, second = [axis_of(a, x.ndim, "rot90") for a in axes]
    if first == second:
        raise ValueError("Axes must be different.")
    turns = operator.index(k) % 4
    if turns == 0:
        return x.view_as(x)
    if turns == 2:
        return x.flip((first, second))
    return x.flip((second,)).transpose(first, second) if turns == 1 else x.transpose(first, second).flip((second,))


@spelled("tile")
def tile(A, reps):
    counts = tuple(reps) if isinstance(reps, (tuple, list, numpy.ndarray)) else (reps,)
    x = as_tensor(A)
    return x.repeat(*[1] * (x.ndim - len(counts)), *[int(n) for n in counts]) if counts or x.ndim else x.clone()


@spelled("repeat")
def repeat(a, repeats, axis=None):
    """Elements repeated one by one (PyTorch's `repeat_interleave`)."""
    x = as_tensor(a)
    if axis is None:
        x, axis = x.reshape(-1), 0
    axis = axis_of(axis, x.ndim, "repeat")
    counts = numpy.broadcast_to(values_of(repeats), (x.shape[axis],))
    return x[(slice(None),) * axis + (numpy.repeat(numpy.arange(x.shape[axis]), counts),)]


@spelled("trim_zeros")
def trim_zeros(filt, trim="fb", axis=None):
    """A vector without the zeros at its front ("f") and back ("b")."""
    x = as_tensor(filt)
    if x.ndim != 1:
        raise TypeError(f"np.trim_zeros: tensors must have one dimension, this one has {x.ndim}")
    if not isinstance(trim, str) or trim.lower() not in ("f", "b", "fb", "bf"):
        raise ValueError(f"np.trim_zeros: trim must be 'f', 'b' or 'fb', not {trim!r}")
    places = numpy.flatnonzero(values_of(x))
    if not places.size:
        return x[:0]
    trim = trim.lower()
    return x[places[0] if "f" in trim else 0 : places[-1] + 1 if "b" in trim else None]


# ------------------------------------------------------------------------------------------------ diagonals, triangles


@spelled("diagonal")
def diagonal(a, offset=0, axis1=0, axis2=1):
    x = as_tensor(a)
    if x.ndim < 2:
        raise ValueError("diag requires an array of at least two dimensions")
    return x.diagonal(offset, axis1, axis2)


@spelled("linalg.diagonal")
def linalg_diagonal(x, /, *, offset=0):
    return as_tensor(x).diagonal(offset, -2, -1)


@spelled("diag")
def diag(v, k=0):
    x = as_tensor(v)
    if x.ndim not in (1, 2):
        raise ValueError("Input must be 1- or 2-d.")
    return wengert.diag(x, k)


@spelled("diagflat")
def diagflat(v, k=0):
    return wengert.diag(as_tensor(v).reshape(-1), k)


@spelled("trace")
def trace(a, offset=0, axis1=0, axis2=1, dtype=None, out=None):
    from .reductions import sum

    return sum(diagonal(a, offset, axis1, axis2), -1, dtype)


@spelled("linalg.trace")
def linalg_trace(x, /, *, offset=0, dtype=None):
    return trace(x, offset, -2, -1, dtype)


@spelled("tril")
def tril(m, k=0):
    x = as_tensor(m)
    return x.tril(k) if x.ndim > 1 else x.expand((x.shape[0], x.shape[0])).tril(k)


@spelled("triu")
def triu(m, k=0):
    x = as_tensor(m)
    return x.triu(k) if x.ndim > 1 else x.expand((x.shape[0], x.shape[0])).triu(k)


@spelled("fill_diagonal")
def fill_diagonal(a, val, wrap=False):
    """Writes val on the diagonal of a, which must be a tensor; recorded."""
    if a.ndim < 2:
        raise ValueError("array must be at least 2-d")
    if a.ndim > 2 and len(set(a.shape)) != 1:
        raise ValueError("All dimensions of input must be of equal length")
    step = a.shape[1] + 1 if a.ndim == 2 else 1 + sum([math.prod(a.shape[d:]) for d in range(1, a.ndim)])
    end = a.shape[1] * a.shape[1] if a.ndim == 2 and not wrap else None
    places = numpy.arange(a.numel())[:end:step]
    value = as_tensor(val).reshape(-1).to(a.dtype)
    a[numpy.unravel_index(places, tuple(a.shape))] = value[numpy.arange(len(places)) % value.numel()]


@spelled("lib.stride_tricks.sliding_window_view")
def sliding_window_view(x, window_shape, axis=None, *, subok=False, writeable=False):
    refused("lib.stride_tricks.sliding_window_view", writeable=(writeable, False))
    x = as_tensor(x)
    window = tuple(window_shape) if isinstance(window_shape, (tuple, list)) else (window_shape,)
    axes = tuple(range(x.ndim)) if axis is None else axes_of(axis, x.ndim, "sliding_window_view")
    if len(axes) != len(window):
        raise ValueError("Must provide matching length window_shape and axis")
    shape, steps = list(x.shape), list(x.stride())
    for d, size in zip(axes, window, strict=True):
        if size < 0:
            raise ValueError("`window_shape` cannot contain negative values")
        if shape[d] < size:
            raise ValueError("window shape cannot be larger than input array shape")
        shape[d] -= size - 1
    strides = (*steps, *[steps[d] for d in axes])
    return x.as_strided((*shape, *window), strides, x.storage_offset())
