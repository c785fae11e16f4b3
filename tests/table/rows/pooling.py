"""Pooling, of windows of fixed and of adapted sizes, and back. The references are loops over windows."""

import itertools

import numpy as np

from .. import loops
from ..composites import row
from ..values import A, D, P, R, Values

F = "nn.functional."
SIZES = ((1, (2, 2, 7)), (2, (2, 2, 4, 5)), (3, (1, 2, 3, 4, 3)))


def windows(x, spatial, kernel, stride, *further) -> tuple:
    """The operand with a batch, and whether it had one; the window as a tuple for each dimension."""
    stride = kernel if stride is None else stride
    window = [(v,) * spatial if isinstance(v, int) else v for v in (kernel, stride, *further)]
    return (x, False, *window) if x.ndim == spatial + 2 else (x[None], True, *window)


def max_pool(spatial: int, with_indices: bool = False):
    def reference(x, kernel, stride=None, padding=0, dilation=1):
        x, alone, *window = windows(x, spatial, kernel, stride, padding, dilation)
        found = loops.max_pool(x, *window, False)
        found = tuple([y[0] if alone else y for y in found])
        return found if with_indices else found[0]

    return reference


def avg_pool(spatial: int):
    def reference(x, kernel, stride=None, padding=0):
        x, alone, *window = windows(x, spatial, kernel, stride, padding)
        out = loops.avg_pool(x, *window, False, True, None)
        return out[0] if alone else out

    return reference


def powers(spatial: int):
    def reference(x, p, kernel, stride=None):
        count = kernel**spatial
        return (avg_pool(spatial)(x**p, kernel, stride) * count) ** (1 / p)

    return reference


for spatial, shape in SIZES:
    row(f"max_pool{spatial}d", [A(*shape)], max_pool(spatial), (2,), (3, 2, 1), (2, 1, 1, 2), real_only=True)
    row(f"max_pool{spatial}d", [A(*shape[1:])], max_pool(spatial), (2, 1), real_only=True)
    indexed = "max_pool1d_with_indices" if spatial == 1 else f"{F}max_pool{spatial}d_with_indices"
    row(indexed, [A(*shape)], max_pool(spatial, True), (2,), (3, 2, 1), real_only=True)
    average = "avg_pool1d" if spatial == 1 else f"{F}avg_pool{spatial}d"
    row(average, [R(*shape)], avg_pool(spatial), (2,), (3, 2, 1))
    row(average, [R(*shape[1:])], avg_pool(spatial), (2, 1))
    row(f"{F}lp_pool{spatial}d", [P(*shape)], powers(spatial), (2, 2), (3, 3, 2), real_only=True)

# ------------------------------------------------------------------------------------------------ to a given size


def parts(size: int, count: int) -> list:
    return [range(int(np.floor(i * size / count)), int(np.ceil((i + 1) * size / count))) for i in range(count)]


def adapted(x, size, reduce):
    """Reduce the elements (with their positions in the plane) of every window."""
    lead, spatial = x.shape[: x.ndim - len(size)], x.shape[x.ndim - len(size) :]
    out = np.empty((*lead, *size), x.dtype)
    positions = np.empty((*lead, *size), int)
    for i in np.ndindex(out.shape):
        places = [parts(n, count)[k] for n, count, k in zip(spatial, size, i[len(lead) :], strict=True)]
        inside = list(itertools.product(*places))
        values = [x[(*i[: len(lead)], *p)] for p in inside]
        out[i], k = reduce(values)
        positions[i] = np.ravel_multi_index(inside[k], spatial)
    return out, positions


def largest(values):
    return max(values), int(np.argmax(values))


def mean(values):
    return np.mean(values), 0


def size_of(x, size, spatial):
    size = (size,) * spatial if not isinstance(size, tuple) else size
    return [x.shape[x.ndim - spatial + d] if n is None else n for d, n in enumerate(size)]


for spatial, shape in SIZES:
    sizes = (2,), (3,), ((3, None, 2)[:spatial] if spatial > 1 else 4,)
    average = "adaptive_avg_pool1d" if spatial == 1 else f"{F}adaptive_avg_pool{spatial}d"
    row(average, [R(*shape)], lambda x, size, d=spatial: adapted(x, size_of(x, size, d), mean)[0], *sizes)
    row(average, [R(*shape[1:])], lambda x, size, d=spatial: adapted(x, size_of(x, size, d), mean)[0], (2,))
    of_largest = lambda x, size, d=spatial: adapted(x, size_of(x, size, d), largest)  # noqa: E731
    value_only = lambda x, size, d=spatial: adapted(x, size_of(x, size, d), largest)[0]  # noqa: E731
    row(f"{F}adaptive_max_pool{spatial}d", [A(*shape)], value_only, *sizes, real_only=True)
    row(f"{F}adaptive_max_pool{spatial}d_with_indices", [A(*shape)], of_largest, *sizes, real_only=True)
row("adaptive_max_pool1d", [A(2, 2, 7)], lambda x, size: adapted(x, [size], largest), (3,), real_only=True)
row("adaptive_max", [A(2, 2, 4, 5)], lambda x, size: adapted(x, size, largest), ((3, 2),), ((1, 4),))


def means_along(x, dim, count):
    return np.stack([x.take(list(part), dim).mean(dim) for part in parts(x.shape[dim], count)], dim)


def transposed(function, x, dim, size):
    """The transpose of a linear function of arrays along a dimension, from its matrix."""
    count = x.shape[dim]
    matrix = np.stack([function(row) for row in np.eye(size)], 1)  # (count, size)
    assert matrix.shape == (count, size)
    return np.moveaxis(np.tensordot(np.moveaxis(x, dim, -1), matrix, 1), -1, dim)


row("window_means", [R(2, 7, 3)], means_along, (1, 3), (0, 2), (-2, 7))
row(
    "window_means_transpose",
    [R(2, 3, 3)],
    lambda g, dim, size: transposed(lambda x: means_along(x, 0, g.shape[dim]), g, dim, size),
    (1, 7),
    (-1, 3),
    (0, 5),
)

# ------------------------------------------------------------------------------------------------ back, at random
# places


def put_planes(x, indices, shape):
    out = np.zeros(shape, x.dtype).reshape(*shape[:2], -1)
    for n, c in np.ndindex(*shape[:2]):
        for value, place in zip(x[n, c].ravel(), indices[n, c].ravel(), strict=True):
            out[n, c, place] = value
    return out.reshape(shape)


row("put_planes", [R(1, 1, 2, 3), D(1, 1, 2, 3, high=12)], put_planes, ((1, 1, 3, 4),))
for spatial, shape in ((1, (1, 2, 3)), (2, (1, 1, 2, 3)), (3, (1, 1, 1, 2, 2))):
    whole = tuple(2 * n for n in shape[2:])
    count = int(np.prod(shape))
    row(f"{F}max_unpool{spatial}d", [R(*shape), D(*shape, high=count)],
        lambda x, i, kernel, whole=whole: put_planes(x, i, (*x.shape[:2], *whole)), (2,), real_only=True)  # fmt: skip


def beginnings(u, size, count, kernel):
    alpha = (size - kernel) / (count - 1) if count > 1 else 0
    return [int((i + u) * alpha) - int(u * alpha) for i in range(count - 1)] + [size - kernel]


def fractional(x, samples, kernel, size):
    spatial = x.shape[2:]
    order = range(len(spatial)) if len(spatial) == 3 else range(len(spatial))[::-1]
    out, positions = np.empty((*x.shape[:2], *size), x.dtype), np.empty((*x.shape[:2], *size), int)
    for i in np.ndindex(out.shape):
        first = [
            beginnings(samples[(*i[:2], order[d])], spatial[d], size[d], kernel[d])[i[2 + d]]
            for d in range(len(spatial))
        ]
        inside = list(itertools.product(*[range(a, a + k) for a, k in zip(first, kernel, strict=True)]))
        values = [x[(*i[:2], *p)] for p in inside]
        out[i] = max(values)
        positions[i] = np.ravel_multi_index(inside[int(np.argmax(values))], spatial)
    return out, positions


row("fractional_max", [A(2, 2, 5, 6), Values((2, 2, 2), 0.0, 0.99)], fractional, ((2, 2), (3, 2)), ((2, 3), (1, 4)))
for n in (2, 3):
    samples = np.random.default_rng(3).random((2, 2, n)).astype(np.float32).astype(float)

    def called(t, x, name, samples=samples):
        function = getattr(t.nn.functional, name)
        return function(x, 2, output_size=2, _random_samples=t.tensor(samples.tolist(), dtype=x.dtype))

    for with_indices in (False, True):
        name = f"fractional_max_pool{n}d" + ("_with_indices" if with_indices else "")
        row(F + name, [A(2, 2, *(5, 4, 4)[:n])],
            lambda x, s=samples, n=n, k=with_indices: fractional(x, s, (2,) * n, (2,) * n)[: 1 + k],
            through=lambda t, x, name=name, called=called: called(t, x, name), real_only=True)  # fmt: skip
