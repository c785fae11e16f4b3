"""Interpolation, derivatives on grids, convolution, functions applied along axes."""


import wengert

from ..spelling import as_tensor, axis_of, floating, floating_together, in_common_dtype, spelled
from .indexing import searchsorted
from .joining import concatenate, stack
from .running import diff, part


@spelled("interp")
def interp(x, xp, fp, left=None, right=None, period=None):
    """Linear interpolation, differentiable in x, xp and fp. At a point of xp the slope is that behind it."""
    x, xp, fp = floating_together(x, xp, fp)
    if xp.ndim != 1 or fp.ndim != 1:
        raise ValueError("Data points must be 1-D sequences")
    if xp.shape[0] != fp.shape[0]:
        raise ValueError("fp and xp are not of the same length.")
    if not xp.shape[0]:
        raise ValueError("array of sample points is empty")
    if period is not None:
        if period == 0:
            raise ValueError("period must be a non-zero value")
        period = abs(period)
        left = right = None
        x, xp = x % period, xp % period
        order = wengert.argsort(xp.detach(), stable=True)
        xp, fp = xp[order], fp[order]
        xp = concatenate((xp[-1:] - period, xp, xp[:1] + period))
        fp = concatenate((fp[-1:], fp, fp[:1]))
    at, points = in_common_dtype(x.detach(), xp.detach())
    last = points.shape[0] - 1
    left = fp[0] if left is None else _bound(left, fp)
    right = fp[last] if right is None else _bound(right, fp)
    if last:
        piece = (searchsorted(points, at, side="right") - 1).clamp(0, last - 1)
        start, end = xp[piece], xp[piece + 1]
        low, high = fp[piece], fp[piece + 1]
        inside = (at >= points[0]) & (at <= points[last]) & (points[piece] < points[piece + 1])
        width = wengert.where(inside, end - start, 1.0)
        # From the nearer end, so that each point of xp has exactly its value.
        share = (x - start) / width
        rise = high - low
        result = wengert.where(share > 0.5, high - rise * (1 - share), low + rise * share)
    else:
        result = fp[0] + 0 * x
    result = wengert.where(at < points[0], left, result)
    return wengert.where(at > points[last], right, result)


def _bound(value, fp):
    return as_tensor(value).to(fp.dtype)


@spelled("gradient")
def gradient(f, *varargs, axis=None, edge_order=1):
    x = floating(f)
    axes = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, (tuple, list)) else (axis,)
    axes = tuple([axis_of(a, x.ndim, "gradient") for a in axes])
    if len(varargs) not in (0, 1, len(axes)):
        raise TypeError("invalid number of arguments")
    spacing = [1.0] * len(axes) if not varargs else list(varargs) * (len(axes) if len(varargs) == 1 else 1)
    if len(varargs) == 1 and len(axes) > 1 and as_tensor(varargs[0]).ndim:
        raise TypeError("invalid number of arguments")
    if edge_order > 2:
        raise ValueError("'edge_order' greater than 2 not supported")
    found = tuple([_slopes(x, d, h, edge_order) for d, h in zip(axes, spacing, strict=True)])
    return found[0] if len(found) == 1 else found


def _slopes(x, axis: int, spacing, edge_order: int):
    size = x.shape[axis]
    if size < edge_order + 1:
        raise ValueError(
            "Shape of array too small to calculate a numerical gradient, at least (edge_order + 1) elements are "
            "required."
        )
    h = as_tensor(spacing) if not isinstance(spacing, (int, float)) else spacing
    if not isinstance(h, (int, float)) and h.ndim:
        if h.ndim != 1 or h.shape[0] != size:
            raise ValueError("when 1d, distances must match the length of the corresponding dimension")
        steps = diff(h).reshape([-1 if d == axis else 1 for d in range(x.ndim)])
    else:
        steps = None
    rise = part(x, axis, 1, None) - part(x, axis, 0, size - 1)
    slopes = rise / (h if steps is None else steps)
    if size == 2:
        return concatenate((slopes, slopes), axis)
    before, after = part(slopes, axis, 0, size - 2), part(slopes, axis, 1, None)
    if steps is None:
        inner = (part(x, axis, 2, None) - part(x, axis, 0, size - 2)) / (2 * h)
        front, back = 0.5, 0.5
    else:
        # The parabola through three points: slopes of both pieces, weighted by the other piece's length.
        left, right = part(steps, axis, 0, size - 2), part(steps, axis, 1, None)
        inner = (before * right + after * left) / (left + right)
        both = left + right
        front = part(left, axis, 0, 1) / part(both, axis, 0, 1)
        back = part(right, axis, size - 3, None) / part(both, axis, size - 3, None)
    low, high = part(slopes, axis, 0, 1), part(slopes, axis, size - 2, None)
    if edge_order == 2:
        low = low - front * (part(slopes, axis, 1, 2) - low)
        high = high + back * (high - part(slopes, axis, size - 3, size - 2))
    return concatenate((low, inner, high), axis)


# ------------------------------------------------------------------------------------------------ convolution


@spelled("convolve")
def convolve(a, v, mode="full"):
    a, v = _vector(a, "convolve"), _vector(v, "convolve")
    if not a.numel() or not v.numel():
        raise ValueError("a cannot be empty" if not a.numel() else "v cannot be empty")
    if v.shape[0] > a.shape[0]:
        a, v = v, a
    n, m = a.shape[0], v.shape[0]
    # Windows of the padded longer one, (n + m - 1, m) @ (m,) -> (n + m - 1,)
    zeros = a.new_zeros((m - 1,))
    padded = wengert.cat([zeros, a, zeros], 0)
    windows = padded.as_strided((n + m - 1, m), (1, 1), padded.storage_offset())
    windows, turned = in_common_dtype(windows, v.flip(0))
    full = windows @ turned
    return _in_mode(full, n, m, mode)


def _in_mode(full, n: int, m: int, mode):
    if mode in ("full", 2, "f"):
        return full
    if mode in ("same", 1, "s"):
        return full[(m - 1) // 2 : (m - 1) // 2 + n]
    if mode in ("valid", 0, "v"):
        return full[m - 1 : n]
    raise ValueError(f"mode must be one of 'valid', 'same', or 'full' (got {mode!r})")


@spelled("correlate")
def correlate(a, v, mode="valid"):
    """sum over n of a[n + k] conj(v[n])."""
    a, v = _vector(a, "correlate"), _vector(v, "correlate")
    n, m = a.shape[0], v.shape[0]
    if m <= n:
        full = convolve(a, v.flip(0).conj(), "full")
        return _in_mode(full, n, m, mode)
    # The shorter one moves; NumPy gives the result in the opposite order, conjugated.
    return correlate(v, a, mode).flip(0).conj()


def _vector(x, name: str):
    x = as_tensor(x)
    x = x.reshape(1) if not x.ndim else x
    if x.ndim != 1:
        raise ValueError(f"np.{name}: object too deep for desired array: vectors are needed, got {x.ndim} dimensions")
    return x


# ------------------------------------------------------------------------------------------------ along axes


@spelled("apply_along_axis")
def apply_along_axis(func1d, axis, arr, *args, **kwargs):
    x = as_tensor(arr)
    axis = axis_of(axis, x.ndim, "apply_along_axis")
    rest = tuple([n for d, n in enumerate(x.shape) if d != axis])
    lines = x.movedim(axis, -1).reshape((-1, x.shape[axis]))
    if not lines.shape[0]:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    made = stack([as_tensor(func1d(line, *args, **kwargs)) for line in lines.unbind(0)])
    inner = tuple(made.shape[1:])
    made = made.reshape((*rest, *inner))
    # The dimensions of the results stand where the axis was.
    order = [*range(axis), *range(len(rest), len(rest) + len(inner)), *range(axis, len(rest))]
    return made.permute(tuple(order)) if order else made


@spelled("apply_over_axes")
def apply_over_axes(func, a, axes):
    x = as_tensor(a)
    for axis in axes if isinstance(axes, (tuple, list)) else (axes,):
        axis = axis_of(axis, x.ndim, "apply_over_axes")
        found = as_tensor(func(x, axis))
        if found.ndim != x.ndim:
            found = found.unsqueeze(axis)
            if found.ndim != x.ndim:
                raise ValueError("function is not returning an array of the correct shape")
        x = found
    return x


@spelled("i0")
def i0(x):
    return floating(x).i0()


@spelled("cross")
def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = as_tensor(a), as_tensor(b)
    a, b = [x.movedim(axis_of(d, x.ndim, "cross"), -1) for x, d in ((a, axisa), (b, axisb))]
    if a.shape[-1] not in (2, 3) or b.shape[-1] not in (2, 3):
        raise ValueError(
            f"Both input arrays must be (arrays of) 3-dimensional vectors, but they are {a.shape[-1]} and "
            f"{b.shape[-1]} dimensional instead."
        )
    a0, a1, b0, b1 = a[..., 0], a[..., 1], b[..., 0], b[..., 1]
    last = a0 * b1 - a1 * b0
    if a.shape[-1] == 2 and b.shape[-1] == 2:
        return last
    a2 = a[..., 2] if a.shape[-1] == 3 else None
    b2 = b[..., 2] if b.shape[-1] == 3 else None
    first = _difference(None if b2 is None else a1 * b2, None if a2 is None else a2 * b1)
    second = _difference(None if a2 is None else a2 * b0, None if b2 is None else a0 * b2)
    made = stack([first, second, last], -1)
    return made.movedim(-1, axis_of(axisc, made.ndim, "cross"))


def _difference(x, y):
    return -y if x is None else x if y is None else x - y
