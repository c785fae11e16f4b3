"""Shapes: order, joins, splits, windows, views by value, padding, pixels. The references are NumPy's or loops."""

import itertools

import numpy as np

from wengert.core.size import CHANNELS_LAST, CHANNELS_LAST_3D

from ..composites import row
from ..values import R, Values

LAID_OUT = ("layouts", "complex layouts", "vmap", "complex vmap")  # defined by the layout of the operand

# ------------------------------------------------------------------------------------------------ order


def rolled(x, shifts, dims=()):
    return np.roll(x, shifts, dims if dims != () else None)


row("roll", [R(3, 4)], rolled, (1,), (-5,), (2, 0), ((1, -1), (0, 1)), ((1, 1), (-1, -1)))
row("roll", [R(2, 0)], rolled, (1, 1))
row("roll", [R()], rolled, (1,))
row("roll_dims", [R(3, 4)], np.roll, ((1,), (0,)), ((-1, 5), (0, -1)))
row("rot90", [R(2, 3, 4)], np.rot90, (), (1, (1, 2)), (2, (0, -1)), (-1, (2, 0)), (4, (0, 1)))
row("fliplr", [R(3, 4)], np.fliplr)
row("flipud", [R(3, 4)], np.flipud)
row("flipud", [R(3)], np.flipud)
row("repeat_interleave", [R(2, 3)], np.repeat, (2,), (2, 0), (3, -1), (1, 1), (0, 1))


def repeated(x, counts, dim=None, size=None):
    return np.repeat(x, counts, dim)


# The shape of the result hangs on the counts, which therefore are the same for a whole batch.
COUNTS = {"without": ("vmap", "complex vmap")}
row("repeat_interleave", [R(2, 3), Values((3,), 2, 3, "i")], repeated, (1,), {"dim": 1, "output_size": 6}, **COUNTS)
row("repeat_interleave", [R(3), Values((), 2, 3, "i")], repeated, **COUNTS)


def windows(x, dimension, size, step):
    found = np.lib.stride_tricks.sliding_window_view(x, size, dimension)
    return found[(slice(None),) * (dimension % x.ndim) + (slice(None, None, step),)]


def windows_transpose(g, shape, dimension, size, step):
    out, dimension = np.zeros(shape, g.dtype), dimension % len(shape)
    moved, parts = np.moveaxis(out, dimension, 0), np.moveaxis(g, dimension, 0)
    for i, part in enumerate(parts):
        for j in range(size):
            moved[i * step + j] += part[..., j]
    return out


STEPS = ((0, 2, 1), (1, 3, 2), (-1, 2, 3), (1, 0, 1))
row("windows", [R(3, 5)], windows, *STEPS)
row("windows_transpose", [R(3, 2, 3)], windows_transpose, ((3, 5), 1, 3, 2), ((3, 4), -1, 3, 1))
row("windows_transpose", [R(1, 3, 3)], windows_transpose, ((3, 3), 0, 3, 1))
row("unfold", [R(3, 5)], windows, *STEPS, spelled=lambda x, *p: x.unfold(*p))
row("unfold_copy", [R(3, 5)], windows, *STEPS)

# ------------------------------------------------------------------------------------------------ shapes

for name in ("moveaxis", "movedim"):
    row(name, [R(2, 3, 4)], np.moveaxis, (0, -1), ((0, 1), (1, 2)))
for name in ("swapaxes", "swapdims"):
    row(name, [R(2, 3, 4)], np.swapaxes, (0, 2), (-1, 1))
row("squeeze", [R(2, 1, 3, 1)], lambda x, dim=None: np.squeeze(x, dim), (), (1,), ((1, -1),))
row("unflatten", [R(2, 6)], lambda x, dim, sizes: x.reshape((2, 2, 3)), (1, (2, 3)), (-1, (-1, 3)))
row("flatten", [R(2, 3, 4)], lambda x, a, b: x.reshape((2, 12)), (1, 2), (-2, -1))
row("expand_as", [R(3, 1), R(2, 3, 4)], lambda x, y: np.broadcast_to(x, y.shape), spelled=lambda x, y: x.expand_as(y))
row("reshape_as", [R(3, 4), R(2, 6)], lambda x, y: x.reshape(y.shape), spelled=lambda x, y: x.reshape_as(y))
row(
    "view_as", [R(3, 4), R(2, 6)], lambda x, y: x.reshape(y.shape), spelled=lambda x, y: x.view_as(y),
    without=("layouts", "complex layouts"),
)  # fmt: skip
row("repeat", [R(2, 3)], np.tile, ((2, 1),), ((2, 1, 3),), spelled=lambda x, p: x.repeat(p))
row("tile", [R(2, 3)], np.tile, ((2,),), ((2, 1, 2),))
row("adjoint", [R(2, 3)], lambda x: x.conj().T)
row("contiguous", [R(2, 3)], np.array, spelled=lambda x: x.contiguous())
row("atleast_1d", [R()], np.atleast_1d)
row("atleast_2d", [R(3)], np.atleast_2d)
row("atleast_2d", [R()], np.atleast_2d)
row("atleast_3d", [R(3)], np.atleast_3d)
row("atleast_3d", [R(2, 3)], np.atleast_3d)
row("atleast_1d", [R(), R(2)], lambda x, y: (x.reshape(1), y))
row("broadcast_to", [R(3, 1)], np.broadcast_to, ((2, 3, 4),))
row("broadcast_tensors", [R(3, 1), R(4)], lambda x, y: tuple(np.broadcast_arrays(x, y)))

# ------------------------------------------------------------------------------------------------ joins


def joined(function):
    return lambda *xs: function(xs)


for name, function in (
    ("hstack", np.hstack), ("vstack", np.vstack), ("dstack", np.dstack), ("column_stack", np.column_stack),
):  # fmt: skip
    row(name, [R(2, 3), R(2, 3)], joined(function), takes_list=True)
    row(name, [R(3), R(3)], joined(function), takes_list=True)
    row(name, [R(), R()], joined(function), takes_list=True)
row("vstack", [R(3), R(2, 3)], joined(np.vstack), takes_list=True)
row("column_stack", [R(2), R(2, 3)], joined(np.column_stack), takes_list=True)


def block_diag(*xs):
    xs = [np.atleast_2d(x) for x in xs]
    out = np.zeros((sum(x.shape[0] for x in xs), sum(x.shape[1] for x in xs)), np.result_type(*xs))
    i = j = 0
    for x in xs:
        out[i : i + x.shape[0], j : j + x.shape[1]] = x
        i, j = i + x.shape[0], j + x.shape[1]
    return out


row("block_diag", [R(2, 3), R(2), R()], block_diag)
row("meshgrid", [R(2), R(3)], lambda *xs: tuple(np.meshgrid(*xs[:-1], indexing="ij")), {"indexing": "ij"})
row("meshgrid", [R(2), R(3), R(4)], lambda *xs: tuple(np.meshgrid(*xs[:-1], indexing="xy")), {"indexing": "xy"})
row("cartesian_prod", [R(2), R(3)], lambda *xs: np.array(list(itertools.product(*xs))))
row("cartesian_prod", [R(2)], lambda x: x)
row(
    "combinations", [R(4)],
    lambda x, r=2, again=False: np.array(
        list((itertools.combinations_with_replacement if again else itertools.combinations)(x, r))
    ),
    (), (1,), (3, False), (2, True),
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ splits

for name, function, shape in (
    ("hsplit", np.hsplit, (3, 4)), ("vsplit", np.vsplit, (4, 3)), ("dsplit", np.dsplit, (2, 3, 4)),
):  # fmt: skip
    row(name, [R(*shape)], lambda x, at, function=function: tuple(function(x, at)), (2,), ((1, 3),))
row("hsplit", [R(4)], lambda x, at: tuple(np.hsplit(x, at)), (2,))
row(
    "tensor_split", [R(2, 5)], lambda x, at, dim=0: tuple(np.array_split(x, at, dim)),
    (2,), (3, 1), ((1, 3), -1), ((0, 2, 7), 1),
)  # fmt: skip


def pieces(x, size, dim=0):
    return tuple(np.split(x, range(size, x.shape[dim], size), dim))


def listed(x, sizes, dim=0):
    return tuple(np.split(x, np.cumsum(sizes)[:-1], dim))


for name in ("split", "split_copy", "unsafe_split"):
    row(name, [R(2, 5)], pieces, (1,), (2, 1))
    if name != "split_copy":
        row(name, [R(2, 5)], pieces, (9, -1))
for name in ("split_with_sizes_copy", "unsafe_split_with_sizes"):
    row(name, [R(2, 5)], listed, ((1, 1),), ((2, 0, 3), -1))
row("split", [R(2, 5)], listed, ((2, 3), 1))
for name in ("chunk", "unsafe_chunk"):
    row(name, [R(2, 5)], lambda x, n, dim=0: pieces(x, -(-x.shape[dim] // n), dim), (2,), (3, 1), (7, -1))
row("unbind_copy", [R(2, 3)], lambda x, dim=0: tuple(np.moveaxis(x, dim, 0)), (), (-1,))

# ------------------------------------------------------------------------------------------------ views by value


def put(x, part, place):
    out = x.copy()
    out[place] = part
    return out


def on_diagonal(x, part, offset=0, dim1=0, dim2=1):
    out = x.copy()
    for i, value in enumerate(part):
        moved = np.moveaxis(out, (dim1, dim2), (0, 1))
        moved[max(-offset, 0) + i, max(offset, 0) + i] = value
    return out


row("diagonal_scatter", [R(3, 4), R(3)], on_diagonal, (), (1,), (-1, 1, 0))
row("select_scatter", [R(3, 4), R(4)], lambda x, y, dim, i: put(x, y, i), (0, 1), (-2, -1))
row(
    "slice_scatter", [R(3, 5), R(3, 2)],
    lambda x, y, dim, start, end, step: put(x, y, (slice(None), slice(start, end, step))),
    (1, 1, 4, 2), (-1, -2, None, 1),
)  # fmt: skip


def at_strides(x, part, size, stride, offset=0):
    out = x.copy()
    for index in np.ndindex(*size):
        out.reshape(-1)[offset + sum(i * s for i, s in zip(index, stride, strict=True))] = part[index]
    return out


# PyTorch 2.13 gives input the gradient of the elements that were overwritten, not of the others.
row(
    "as_strided_scatter", [R(3, 4), R(2, 2)], at_strides, ((2, 2), (4, 1), 1), ((2, 2), (1, 3)), without=LAID_OUT,
    spelled=None,
)  # fmt: skip


def strided(x, size, stride, offset=0):
    flat = x.reshape(-1)
    out = np.empty(size, x.dtype)
    for index in np.ndindex(*size):
        out[index] = flat[offset + sum(i * s for i, s in zip(index, stride, strict=True))]
    return out


row("as_strided_copy", [R(3, 4)], strided, ((2, 2), (4, 1), 1), ((3, 3), (1, 1)), without=LAID_OUT)
for name in ("alias_copy", "clone"):
    row(name, [R(2, 3)], np.copy)
# PyTorch gives it a history from which no derivative follows.
row("detach_copy", [R(2, 3)], np.copy, differentiable=False, spelled=None)
row("diagonal_copy", [R(3, 4)], np.diagonal, (), (1, 1, 0))
row("expand_copy", [R(3, 1)], np.broadcast_to, ((2, 3, 4),))
for name in ("narrow_copy", "narrow"):
    row(name, [R(3, 4)], lambda x, dim, start, n: x[:, start : start + n], (1, 1, 2), (-1, 0, 4))
row("permute_copy", [R(2, 3, 4)], np.transpose, ((2, 0, 1),))
row("select_copy", [R(2, 3, 4)], lambda x, dim, index: np.take(x, index, dim), (0, 1), (-1, -2))
row("slice_copy", [R(4, 3)], lambda x, dim=0, start=0, end=None, step=1: x[start:end:step], (), (0, 1), (-2, 0, -1, 2))
row("squeeze_copy", [R(2, 1, 3, 1)], lambda x, dim=None: np.squeeze(x, dim), (), (1,))
row("t_copy", [R(2, 3)], np.transpose)
row("transpose_copy", [R(2, 3, 4)], np.swapaxes, (0, 2))
row("unsqueeze_copy", [R(2, 3)], np.expand_dims, (-1,))
row("view_copy", [R(3, 4)], lambda x, size: x.reshape(size), ((2, 6),), without=("layouts", "complex layouts"))
row(
    "view_as_complex_copy", [R(3, 4, 2)], lambda x: x[..., 0] + 1j * x[..., 1], real_only=True, without=LAID_OUT,
    spelled=None,  # PyTorch has no derivative of it
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ matrices of vectors

row("diagflat", [R(2, 2)], np.diagflat, (), (1,), (-2,))
row("diag_embed", [R(2, 3)], lambda x: np.stack([np.diag(v) for v in x]))
row("diag_embed", [R(3)], lambda x, offset, dim1, dim2: np.diag(x, offset), (1, 0, 1), (-1, -2, -1))
# PyTorch's own derivative of vander fails: it writes into what it has saved.
row("vander", [R(3)], np.vander, (), (2,), (4, True), (0,), spelled=None)
row("linalg.vander", [R(2, 3)], lambda x, N=3: np.stack([np.vander(v, N, True) for v in x]), (), {"N": 4})
row(
    "unravel_index", [Values((5,), 0, 24, "i")], lambda x, shape: tuple(np.unravel_index(x, shape)),
    ((2, 3, 4),), ((24,),), differentiable=False,
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ padding


def padded(x, pad, mode="constant", value=0.0):
    widths = [(0, 0)] * (x.ndim - len(pad) // 2) + [tuple(pad[i : i + 2]) for i in range(0, len(pad), 2)][::-1]
    cut = tuple(slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(x.shape, widths, strict=True))
    widths = [(max(a, 0), max(b, 0)) for a, b in widths]
    name = {"replicate": "edge", "circular": "wrap"}.get(mode, mode)
    return np.pad(x[cut], widths, name, **({"constant_values": value} if mode == "constant" else {}))


row(
    "constant_pad_nd", [R(3, 4)], lambda x, pad, value=0: padded(x, pad, value=value),
    ((1, 2),), ((1, 0, -1, 2), 1.5), ((-1, 0),),
)  # fmt: skip
row(
    "value_pad", [R(3, 4)], lambda x, pad, value: padded(x, pad, value=value), ((1, 2), 1.5), ((1, 0, -1, 2), -2.0)
)  # fmt: skip
row("nn.functional.pad", [R(3, 4)], padded, ((1, 2),), ((1, 0, -1, 2), "constant", 1.5))
for mode in ("reflect", "replicate", "circular"):
    row("nn.functional.pad", [R(2, 4)], padded, ((2, 1), mode), ((0, 3), mode))
    row("nn.functional.pad", [R(2, 3, 4)], padded, ((2, 1, 1, 2), mode), ((0, 0, 1, 1), mode))
    row("nn.functional.pad", [R(1, 2, 3, 3, 2)], padded, ((1, 0, 1, 2, 1, 1), mode))
for mode in ("replicate", "circular"):
    row("nn.functional.pad", [R(2, 4)], padded, ((2, -1), mode), ((-1, 1), mode))

# ------------------------------------------------------------------------------------------------ pixels and patches


def shuffled(x, r):
    *batch, c, h, w = x.shape
    out = np.empty((*batch, c // r**2, h * r, w * r), x.dtype)
    for k, i, j in itertools.product(range(c // r**2), range(r), range(r)):
        out[..., k, i::r, j::r] = x[..., k * r * r + i * r + j, :, :]
    return out


def gathered(x, r):
    *batch, c, h, w = x.shape
    out = np.empty((*batch, c * r**2, h // r, w // r), x.dtype)
    for k, i, j in itertools.product(range(c), range(r), range(r)):
        out[..., k * r * r + i * r + j, :, :] = x[..., k, i::r, j::r]
    return out


for prefix in ("", "nn.functional."):
    row(f"{prefix}pixel_shuffle", [R(2, 4, 2, 3)], shuffled, (2,))
    row(f"{prefix}pixel_unshuffle", [R(2, 2, 4, 6)], gathered, (2,))
row("pixel_shuffle", [R(9, 1, 2)], shuffled, (3,))
row(
    "channel_shuffle", [R(2, 6, 3)],
    lambda x, n: np.stack([x[:, (c % n) * (6 // n) + c // n] for c in range(6)], 1), (2,), (3,),
)  # fmt: skip


def _places(kernel, dilation, stride, shape):
    rows, columns = [(n - d * (k - 1) - 1) // s + 1 for n, k, d, s in zip(shape, kernel, dilation, stride, strict=True)]
    for i, j in itertools.product(range(kernel[0]), range(kernel[1])):
        for a, b in itertools.product(range(rows), range(columns)):
            yield i, j, a, b, a * stride[0] + i * dilation[0], b * stride[1] + j * dilation[1]


def patches(x, kernel, dilation, stride):
    found = list(_places(kernel, dilation, stride, x.shape[-2:]))
    out = np.empty((*x.shape[:-2], *kernel, found[-1][2] + 1, found[-1][3] + 1), x.dtype)
    for i, j, a, b, row_, column in found:
        out[..., i, j, a, b] = x[..., row_, column]
    return out


def patches_transpose(g, size, dilation, stride):
    out = np.zeros((*g.shape[:-4], *size), g.dtype)
    for i, j, a, b, row_, column in _places(g.shape[-4:-2], dilation, stride, size):
        out[..., row_, column] += g[..., i, j, a, b]
    return out


row("patches", [R(2, 4, 5)], patches, ((2, 2), (1, 1), (1, 1)), ((2, 3), (2, 1), (1, 2)))
row("patches_transpose", [R(2, 2, 2, 3, 4)], patches_transpose, ((4, 5), (1, 1), (1, 1)))
row("patches_transpose", [R(1, 2, 3, 2, 2)], patches_transpose, ((4, 5), (2, 1), (1, 2)))


def unfolded(x, kernel, dilation=(1, 1), padding=(0, 0), stride=(1, 1)):
    x = np.pad(x, [(0, 0)] * (x.ndim - 2) + [(p, p) for p in padding])
    found = patches(x, kernel, dilation, stride)
    return found.reshape((*x.shape[:-3], -1, found.shape[-2] * found.shape[-1]))


def folded(x, size, kernel, dilation=(1, 1), padding=(0, 0), stride=(1, 1)):
    whole = [n + 2 * p for n, p in zip(size, padding, strict=True)]
    counts = [(n - d * (k - 1) - 1) // s + 1 for n, k, d, s in zip(whole, kernel, dilation, stride, strict=True)]
    parts = x.reshape((*x.shape[:-2], -1, *kernel, *counts))
    out = patches_transpose(parts, whole, dilation, stride)
    return out[..., padding[0] : whole[0] - padding[0], padding[1] : whole[1] - padding[1]]


row("nn.functional.unfold", [R(2, 2, 4, 3)], unfolded, ((2, 2),), ((2, 1), (1, 2), (1, 0), (2, 1)))
row("nn.functional.unfold", [R(2, 4, 3)], unfolded, ((2, 2),))
row("nn.functional.fold", [R(2, 8, 6)], folded, ((4, 3), (2, 2)))
row("nn.functional.fold", [R(8, 9)], folded, ((4, 4), (2, 2), (1, 1), (1, 1), (2, 2)))

# ------------------------------------------------------------------------------------------------ like another

row("channels_innermost", [R(2, 3, 2, 2)], lambda x, memory_format: x, (CHANNELS_LAST,))
row("channels_innermost", [R(2, 3, 2, 1, 2)], lambda x, memory_format: x, (CHANNELS_LAST_3D,))

row("zeros_like", [R(2, 3)], np.zeros_like, differentiable=False)
row("ones_like", [R(2, 3)], np.ones_like, differentiable=False)
row("full_like", [R(2, 3)], np.full_like, (2.5,), differentiable=False)
