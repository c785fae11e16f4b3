"""Images resampled and sampled, and transposed convolution. The references are matrices and loops."""

import itertools

import numpy as np

from .. import loops
from ..composites import row
from ..values import R, U, Values

F = "nn.functional."

# ------------------------------------------------------------------------------------------------ interpolation


def keys(x, a=-0.75):
    x = abs(x)
    if x <= 1:
        return (a + 2) * x**3 - (a + 3) * x**2 + 1
    return a * x**3 - 5 * a * x**2 + 8 * a * x - 4 * a if x < 2 else 0.0


def matrix(kind, size, count, scale, align):
    """(count, size): the weight that each old element has in each new one."""
    out = np.zeros((count, size))
    ratio = 1 / scale if scale else size / count
    for i in range(count):
        centre = i * (size - 1) / max(count - 1, 1) if align else ratio * (i + 0.5) - 0.5
        if kind == "nearest":
            out[i, min(int(np.floor(i * ratio)), size - 1)] = 1
        elif kind == "nearest-exact":
            out[i, min(int(np.floor((i + 0.5) * ratio)), size - 1)] = 1
        elif kind == "linear":
            centre = min(max(centre, 0), size - 1)
            for k in range(size):
                out[i, k] = max(1 - abs(centre - k), 0)
        elif kind == "cubic":
            for k in range(int(np.floor(centre)) - 1, int(np.floor(centre)) + 3):
                out[i, min(max(k, 0), size - 1)] += keys(centre - k)
        else:
            wide, weigh = {
                "linear": (1, lambda x: max(1 - abs(x), 0)), "cubic": (2, lambda x: keys(x, -0.5)),
                "lanczos": (3, lambda x: np.sinc(x) * np.sinc(x / 3) if abs(x) < 3 else 0.0),
            }[kind.split()[1]]  # fmt: skip
            stretch = max(ratio, 1)
            for k in range(size):
                if abs(k - centre) < wide * stretch:
                    out[i, k] = weigh((k - centre) / stretch)
            out[i] /= out[i].sum()
    return out


def along(x, dim, weights):
    return np.moveaxis(np.tensordot(np.moveaxis(x, dim, -1), weights.T, 1), -1, dim)


def resampled(x, dim, count, kind, scale, align):
    return along(x, dim, matrix(kind, x.shape[dim], count, scale, align))


def resampled_back(g, dim, size, kind, scale, align):
    return along(g, dim, matrix(kind, size, g.shape[dim], scale, align).T)


CASES = [
    (7, "nearest", None, False), (3, "nearest-exact", None, False), (8, "linear", None, False),
    (3, "linear", None, True), (9, "cubic", 1.7, False), (3, "antialiased linear", None, False),
    (2, "antialiased cubic", None, False), (4, "antialiased lanczos", None, False),
]  # fmt: skip
row("resample", [R(2, 5, 3)], resampled, *[(1, *case) for case in CASES], (-1, 5, "linear", None, False))
for count, kind, scale, align in CASES:
    row("resample_transpose", [R(2, count, 3)], resampled_back, (1, 5, kind, scale, align))


def interpolate(x, size, mode, align=None, kind=None):
    kind = kind or mode.removeprefix("bi").removeprefix("tri")
    for d, count in enumerate(size, 2):
        x = resampled(x, d, count, kind, None, bool(align))
    return x


for shape, size, mode, align in (
    ((2, 2, 4), (7,), "nearest", None), ((2, 2, 4), (3,), "nearest-exact", None), ((2, 2, 4), (7,), "linear", None),
    ((1, 2, 3, 4), (5, 2), "bilinear", True), ((1, 2, 3, 4), (5, 2), "bicubic", None),
    ((1, 1, 2, 3, 2), (3, 2, 4), "trilinear", None),
):  # fmt: skip
    row(F + "interpolate", [R(*shape)], lambda x, size, mode, align_corners: interpolate(x, size, mode, align_corners),
        {"size": size, "mode": mode, "align_corners": align}, real_only=True)  # fmt: skip
for mode in ("bilinear", "bicubic", "lanczos"):
    row(F + "interpolate", [R(1, 2, 6, 5)],
        lambda x, size, mode, antialias: interpolate(x, size, mode, None, f"antialiased {mode.removeprefix('bi')}"),
        {"size": (3, 2), "mode": mode, "antialias": True}, real_only=True)  # fmt: skip
row(F + "interpolate", [R(1, 2, 4)], lambda x, scale_factor: x.repeat(2, 2), {"scale_factor": 2}, real_only=True)
row(F + "interpolate", [R(1, 2, 6)], lambda x, size, mode: x.reshape(1, 2, 3, 2).mean(-1), {"size": 3, "mode": "area"})

# ------------------------------------------------------------------------------------------------ grids


def placed(c, size, padding, align):
    c = (c + 1) / 2 * (size - 1) if align else ((c + 1) * size - 1) / 2
    if padding == "reflection":
        low, high = (0, size - 1) if align else (-0.5, size - 0.5)
        while not low <= c <= high:
            c = 2 * low - c if c < low else 2 * high - c
    return c if padding == "zeros" else min(max(c, 0), size - 1)


def grid_sample(x, grid, mode, padding, align):
    """Every element weighed by its distance from the place."""
    sizes = x.shape[2:]
    out = np.zeros((*x.shape[:2], *grid.shape[1:-1]), x.dtype)
    for n, *place in np.ndindex(grid.shape[:-1]):
        given = grid[(n, *place)][::-1]
        at = [placed(c, size, "zeros" if mode == "bicubic" else padding, align)
              for c, size in zip(given, sizes, strict=True)]  # fmt: skip
        reach = range(-3, max(sizes) + 4)
        for taps in itertools.product(reach, repeat=len(sizes)):
            distances = [c - k for c, k in zip(at, taps, strict=True)]
            if mode == "bilinear":
                weight = np.prod([max(1 - abs(d), 0) for d in distances])
            elif mode == "nearest":
                weight = float(all(np.round(c) == k for c, k in zip(at, taps, strict=True)))
            else:
                weight = np.prod([keys(d) for d in distances])
            inside = list(taps)
            if mode == "bicubic" and padding != "zeros":
                inside = [
                    int(placed(2 * k / (s - 1) - 1 if align else (2 * k + 1) / s - 1, s, padding, align))
                    for k, s in zip(taps, sizes, strict=True)
                ]
            if weight and all(0 <= k < s for k, s in zip(inside, sizes, strict=True)):
                out[(n, slice(None), *place)] += weight * x[(n, slice(None), *inside)]
    return out


GRID = Values((1, 2, 2, 2), -1.1, 1.1)
# Between the elements, where finite differences meet no kink.
INSIDE = Values((1, 2, 2, 2), 0.36, 0.48)
for mode in ("bilinear", "nearest", "bicubic"):
    for padding, align in (("zeros", False), ("border", True), ("reflection", False)):
        for grid, smooth in ((GRID, False), (INSIDE, True)):
            row(F + "grid_sample", [R(1, 2, 3, 4), grid], grid_sample, (mode, padding, align), real_only=True,
                smooth=smooth)  # fmt: skip
row(F + "grid_sample", [R(1, 1, 2, 3, 2), Values((1, 1, 2, 2, 3), -1.1, 1.1)], grid_sample,
    ("bilinear", "zeros", False), ("bilinear", "border", True), real_only=True)  # fmt: skip
for name in ("grid_sampler", "grid_sampler_2d"):
    row(name, [R(1, 2, 3, 4), INSIDE], lambda x, g, mode, padding, align: grid_sample(x, g, "bilinear", "zeros", align),
        (0, 0, False), real_only=True)  # fmt: skip
row(
    "grid_sampler_3d",
    [R(1, 1, 2, 3, 2), Values((1, 1, 1, 2, 3), -1.1, 1.1)],
    lambda x, g, mode, padding, align: grid_sample(x, g, "bilinear", "zeros", align),
    (0, 0, True),
    real_only=True,
)


def affine_grid(theta, size, align):
    out = np.empty((size[0], *size[2:], len(size) - 2), theta.dtype)
    for n, *place in np.ndindex(*out.shape[:-1]):
        ends = [
            (2 * k / (s - 1) - 1 if s > 1 else 0) if align else (2 * k + 1) / s - 1
            for k, s in zip(place, size[2:], strict=True)
        ]
        out[(n, *place)] = theta[n] @ [*ends[::-1], 1]
    return out


for name in (F + "affine_grid", "affine_grid_generator"):
    row(name, [R(2, 2, 3)], affine_grid, ((2, 1, 3, 2), True), ((2, 1, 1, 4), False), real_only=True)
    row(name, [R(1, 3, 4)], affine_grid, ((1, 1, 2, 3, 2), False), real_only=True)

# ------------------------------------------------------------------------------------------------ transposed
# convolution


def transposed(x, weight, bias, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    n = weight.ndim - 2
    stride, padding, extra, dilation = [
        (v,) * n if isinstance(v, int) else v for v in (stride, padding, output_padding, dilation)
    ]
    batch = x if x.ndim == n + 2 else x[None]
    sizes = [
        (size - 1) * s - 2 * p + d * (k - 1) + e + 1
        for size, s, p, d, k, e in zip(batch.shape[2:], stride, padding, dilation, weight.shape[2:], extra, strict=True)
    ]
    shape = (len(batch), groups * weight.shape[1], *sizes)
    # (c, o, k) spread over the result's elements
    out = np.zeros(shape, np.result_type(x, weight))
    inputs, outputs = weight.shape[0] // groups, weight.shape[1]
    for b, c, *j in np.ndindex(batch.shape):
        for o, *k in np.ndindex(weight.shape[1:]):
            at = [s * i + d * m - p for s, i, d, m, p in zip(stride, j, dilation, k, padding, strict=True)]
            if all(0 <= a < size for a, size in zip(at, sizes, strict=True)):
                out[(b, c // inputs * outputs + o, *at)] += batch[(b, c, *j)] * weight[(c, o, *k)]
    out += bias.reshape(-1, *(1,) * n)
    return out if x.ndim == n + 2 else out[0]


row("conv_transpose1d", [R(2, 2, 4), R(2, 3, 3), R(3)], transposed, (), (2, 1, 1), (1, 0, 0, 1, 2), (1, 1, 2, 1, 3))
row("conv_transpose1d", [R(4, 3), R(4, 1, 2), R(2)], transposed, (2, 0, 1, 2))
row("conv_transpose2d", [R(1, 2, 2, 3), R(2, 2, 3, 2), R(2)], transposed, (), ((2, 1), (1, 0), (1, 0)))
row("conv_transpose3d", [R(1, 2, 2, 2, 1), R(2, 1, 2, 1, 2), R(1)], transposed, (), ((1, 2, 1), 0, (0, 1, 0)))


def over_time(x, weight, bias, pad=0):
    batch = np.moveaxis(x, 0, 2)
    out = loops.convolution_with_bias(batch, np.transpose(weight, (2, 1, 0)), bias, (1,), (pad,), (1,), 1)
    return np.moveaxis(out, 2, 0)


row("conv_tbc", [R(5, 2, 3), R(2, 3, 2), U(2)], over_time, (), (1,), real_only=True)
