"""Functions that read, write, sort and search, in both libraries: every dtype, layouts, what is refused."""

import numpy as np
import pytest

import wengert

torch = pytest.importorskip("torch")
pytestmark = [
    pytest.mark.oracle,
    pytest.mark.filterwarnings("ignore:index_reduce.. is in beta:UserWarning"),
    pytest.mark.filterwarnings("ignore:The reduce argument of torch.scatter:UserWarning"),
    pytest.mark.filterwarnings("ignore:torch.searchsorted.*non-contiguous:UserWarning"),
]

# ------------------------------------------------------------------------------------------------ dtypes and layouts

DTYPES = (
    "float16", "bfloat16", "float32", "float64", "complex64", "complex128", "uint8", "uint16", "uint32", "uint64",
    "int8", "int16", "int32", "int64", "bool",
)  # fmt: skip


def laid_out(x, layout: str):
    """The tensor in another layout of memory."""
    if layout == "transposed" and x.ndim > 1:
        return x.transpose(0, -1).contiguous().transpose(0, -1)
    if layout == "strided" and x.ndim:
        return x.repeat_interleave(2, -1)[..., ::2]
    return x


class Operands:
    """Tensors of a library, a dtype and a layout, of the same numbers in both libraries."""

    def __init__(self, t, dtype: str, layout: str):
        self.t, self.dtype, self.layout, self.rng = t, dtype, layout, np.random.default_rng(3)

    def of(self, *shape):
        x = self.t.from_numpy(np.asarray(self.rng.integers(0, 5, shape), np.float64))
        return laid_out(x.to(getattr(self.t, self.dtype)), self.layout)

    def index(self, *shape, below, dtype="int64"):
        return laid_out(self.t.from_numpy(np.asarray(self.rng.integers(0, below, shape), dtype)), self.layout)

    def different(self, *shape, below):
        count = int(np.prod(shape))
        return self.t.from_numpy(self.rng.permutation(below)[:count].reshape(shape).astype(np.int64))

    def mask(self, *shape):
        return laid_out(self.t.from_numpy(np.asarray(self.rng.random(shape) < 0.5)), self.layout)


def changed(function):
    """A program that gives the tensor it has changed."""

    def program(t, d):
        x = d.of(3, 4)
        function(t, d, x)
        return x

    return program


def assigned(x, key, value):
    x[key] = value


PROGRAMS = {
    "gather": lambda t, d: t.gather(d.of(3, 4), 0, d.index(2, 4, below=3)),
    "gather by int32": lambda t, d: t.gather(d.of(3, 4), 1, d.index(2, 5, below=4, dtype="int32")),
    "gather nothing": lambda t, d: t.gather(d.of(3, 4), 1, d.index(0, 4, below=4)),
    "gather from nothing": lambda t, d: t.gather(d.of(0, 4), 1, d.index(0, 2, below=4)),
    "gather of a number": lambda t, d: t.gather(d.of(), 0, d.index(2, below=1)),
    "take_along_dim": lambda t, d: t.take_along_dim(d.of(3, 1), d.index(1, 4, below=3), 0),
    "scatter": lambda t, d: t.scatter(d.of(3, 4), 1, d.different(1, 3, below=4), d.of(2, 3)),
    "scatter a number": lambda t, d: t.scatter(d.of(3, 4), 1, d.index(2, 3, below=4), 2),
    "scatter add": lambda t, d: t.scatter(d.of(3, 4), 1, d.index(2, 3, below=4), d.of(2, 3), reduce="add"),
    "scatter multiply": lambda t, d: t.scatter(d.of(3, 4), 1, d.index(2, 3, below=4), d.of(2, 3), reduce="multiply"),
    "scatter_add": lambda t, d: t.scatter_add(d.of(3, 4), 0, d.index(2, 3, below=3), d.of(2, 3)),
    "scatter_add nothing": lambda t, d: t.scatter_add(d.of(3, 4), 0, d.index(0, 3, below=3), d.of(2, 3)),
    "scatter_add to a number": lambda t, d: t.scatter_add(d.of(), 0, d.index(3, below=1), d.of(3)),
    "index_select": lambda t, d: t.index_select(d.of(3, 4), 1, d.index(5, below=4)),
    "index_select nothing": lambda t, d: t.index_select(d.of(3, 4), 1, d.index(0, below=4)),
    "index_select a number": lambda t, d: t.index_select(d.of(), 0, d.index(1, below=1)),
    "index_add": lambda t, d: t.index_add(d.of(3, 4), 1, d.index(5, below=4), d.of(3, 5)),
    "index_add alpha": lambda t, d: t.index_add(d.of(3, 4), 1, d.index(5, below=4), d.of(3, 5), alpha=2),
    "index_add nothing": lambda t, d: t.index_add(d.of(3, 4), 1, d.index(0, below=4), d.of(3, 0)),
    "index_copy": lambda t, d: t.index_copy(d.of(3, 4), 0, d.different(2, below=3), d.of(2, 4)),
    "index_fill": lambda t, d: t.index_fill(d.of(3, 4), 0, d.index(2, below=3), 1),
    "index_fill by a tensor": lambda t, d: t.index_fill(d.of(3, 4), -1, d.index(2, below=3), d.of()),
    "index_put": lambda t, d: t.index_put(d.of(3, 4), (d.different(2, below=3), d.index(2, below=4)), d.of(2)),
    "index_put accumulate": lambda t, d: t.index_put(
        d.of(3, 4), (d.index(2, 1, below=3), d.index(5, below=4)), d.of(5), accumulate=True
    ),
    "index_put by a mask": lambda t, d: t.index_put(d.of(3, 4), (d.mask(3),), d.of()),
    "take": lambda t, d: t.take(d.of(3, 4), d.index(2, 3, below=12)),
    "put": lambda t, d: t.put(d.of(3, 4), d.different(2, 3, below=12), d.of(6)),
    "put accumulate": lambda t, d: t.put(d.of(3, 4), d.index(2, 3, below=12), d.of(2, 3), True),
    "where": lambda t, d: t.where(d.mask(3, 4), d.of(3, 4), d.of(4)),
    "where and a number": lambda t, d: t.where(d.mask(3, 4), d.of(3, 4), 1),
    "where alone": lambda t, d: t.where(d.of(3, 4)),
    "masked_fill": lambda t, d: t.masked_fill(d.of(3, 4), d.mask(4), 1),
    "masked_fill by a tensor": lambda t, d: t.masked_fill(d.of(3, 4), d.mask(3, 1), d.of()),
    "masked_select": lambda t, d: t.masked_select(d.of(3, 4), d.mask(4)),
    "masked_scatter": lambda t, d: t.masked_scatter(d.of(3, 4), d.mask(3, 4), d.of(12)),
    "nonzero": lambda t, d: t.nonzero(d.of(3, 4)),
    "nonzero as a tuple": lambda t, d: t.nonzero(d.of(3, 0), as_tuple=True),
    "argwhere": lambda t, d: t.argwhere(d.of(2, 3, 2)),
    "sort": lambda t, d: t.sort(d.of(3, 4), stable=True),
    "sort descending": lambda t, d: t.sort(d.of(3, 9), -1, True),
    "sort a number": lambda t, d: t.sort(d.of()),
    "argsort": lambda t, d: t.argsort(d.of(3, 4), dim=0, stable=True),
    "msort": lambda t, d: t.msort(d.of(5, 2)),
    "topk": lambda t, d: t.topk(d.of(3, 4), 2)[0],
    "topk of many": lambda t, d: t.topk(d.of(3, 40), 2, largest=False)[0],
    "kthvalue": lambda t, d: t.kthvalue(d.of(3, 4), 2, keepdim=True)[0],
    "searchsorted": lambda t, d: t.searchsorted(d.of(5).sort()[0], d.of(2, 3)),
    "searchsorted rows": lambda t, d: t.searchsorted(d.of(2, 5).sort()[0], d.of(2, 3), right=True),
    "searchsorted nothing": lambda t, d: t.searchsorted(d.of(0), d.of(2, 3)),
    "bucketize": lambda t, d: t.bucketize(d.of(2, 3), d.of(5).sort()[0], out_int32=True),
    "bucketize a number": lambda t, d: t.bucketize(2, d.of(5).sort()[0]),
    "unique": lambda t, d: t.unique(d.of(3, 4), return_inverse=True, return_counts=True),
    "unique rows": lambda t, d: t.unique(d.of(6, 1), dim=0, return_inverse=True, return_counts=True),
    "unique columns": lambda t, d: t.unique(d.of(2, 9), dim=1),
    "unique of nothing": lambda t, d: t.unique(d.of(0, 3), dim=0, return_counts=True),
    "unique_consecutive": lambda t, d: t.unique_consecutive(d.of(9), return_inverse=True, return_counts=True),
    "unique_consecutive rows": lambda t, d: t.unique_consecutive(d.of(9, 1), dim=0),
    "isin": lambda t, d: t.isin(d.of(3, 4), d.of(2)),
    "isin a number": lambda t, d: t.isin(d.of(3, 4), 2),
    "isin nothing": lambda t, d: t.isin(d.of(3, 4), d.of(0), invert=True),
    "gather_out": lambda t, d: t.gather(d.of(3, 4), 0, d.index(2, 4, below=3), out=d.of(2, 4)),
    "scatter_": changed(lambda t, d, x: x.scatter_(0, d.different(1, 3, below=3), d.of(1, 3))),
    "scatter_add_": changed(lambda t, d, x: x.scatter_add_(0, d.index(2, 3, below=3), d.of(2, 3))),
    "index_add_": changed(lambda t, d, x: x.index_add_(1, d.index(5, below=4), d.of(3, 5))),
    "index_copy_": changed(lambda t, d, x: x.index_copy_(0, d.different(2, below=3), d.of(2, 4))),
    "index_fill_": changed(lambda t, d, x: x.index_fill_(0, d.index(2, below=3), 1)),
    "index_put_": changed(lambda t, d, x: x.index_put_((d.index(6, below=3),), d.of(6, 4), accumulate=True)),
    "put_": changed(lambda t, d, x: x.put_(d.index(6, below=12), d.of(6), accumulate=True)),
    "masked_fill_": changed(lambda t, d, x: x.masked_fill_(d.mask(3, 4), 3)),
    "masked_scatter_": changed(lambda t, d, x: x.masked_scatter_(d.mask(3, 4), d.of(12))),
    "x[i] = number": changed(lambda t, d, x: assigned(x, d.index(2, below=3), 1)),
    "x[mask] = value": changed(lambda t, d, x: assigned(x, d.mask(3), d.of(4))),
    "x[i, :2] = value": changed(lambda t, d, x: assigned(x, (d.different(2, below=3), slice(2)), d.of(2, 1))),
    "x[:, 1] = float": changed(lambda t, d, x: assigned(x, (slice(None), 1), 1.0)),
    **{
        f"scatter_reduce {reduce} {include_self}": lambda t, d, reduce=reduce, include_self=include_self: (
            t.scatter_reduce(d.of(3, 4), 0, d.index(5, 4, below=2), d.of(5, 4), reduce, include_self=include_self)
        )
        for reduce in ("sum", "prod", "mean", "amax", "amin") for include_self in (True, False)
    },
    **{
        f"index_reduce {reduce} {include_self}": lambda t, d, reduce=reduce, include_self=include_self: (
            t.index_reduce(d.of(3, 4), 0, d.index(5, below=2), d.of(5, 4), reduce, include_self=include_self)
        )
        for reduce in ("prod", "mean", "amax", "amin") for include_self in (True, False)
    },
}  # fmt: skip


def plain(t, x):
    if isinstance(x, (tuple, list)):
        return [plain(t, y) for y in x]
    wide = x.to(t.complex128 if x.dtype.is_complex else t.float64 if x.dtype.is_floating_point else x.dtype)
    return tuple(x.shape), str(x.dtype).split(".")[1], wide.numpy()


def outcome(t, program, dtype, layout):
    try:
        return plain(t, program(t, Operands(t, dtype, layout)))
    except Exception as error:
        return error


def compare(ours, theirs):
    if isinstance(ours, list):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            compare(a, b)
        return
    assert ours[:2] == theirs[:2]
    tolerance = {"float16": 2e-3, "bfloat16": 2e-2}.get(ours[1], 1e-6)
    np.testing.assert_allclose(ours[2], theirs[2], rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("layout", ["plain", "transposed", "strided"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_type_and_layout(dtype, layout):
    wrong = []
    for name, program in PROGRAMS.items():
        ours, theirs = [outcome(t, program, dtype, layout) for t in (wengert, torch)]
        if isinstance(theirs, NotImplementedError) and not isinstance(ours, Exception):
            continue  # PyTorch has no kernel for the type; here it is computed as any other
        if isinstance(ours, Exception) or isinstance(theirs, Exception):
            if type(ours).__name__ != type(theirs).__name__:
                wrong.append(f"{name}: {ours!r:.300}\n    PyTorch: {theirs!r:.300}")
            continue
        try:
            compare(ours, theirs)
        except AssertionError as error:
            wrong.append(f"{name}: {error}\n    {ours}\n    PyTorch: {theirs}")
    assert not wrong, "\n".join(wrong)


# ------------------------------------------------------------------------------------------------ what is refused

# Expressions in the library `t`, `x` of shape (3, 4), `v` two positions; both give the same, or the same type of error.
CALLS = """
x.gather(0, i.float())
x.gather(0, v)
x.gather(2, i)
x.gather(0, t.tensor([[3]]))
x.gather(0, t.tensor([[-1]]))
x.gather(1, t.zeros(4, 1, dtype=t.int64))
t.tensor(3.0).gather(0, t.tensor([0, 0, 0]))
t.tensor([3.0, 4.0]).gather(0, t.tensor(1))
x.gather(0, t.tensor([], dtype=t.int64))
t.zeros(0, 4).gather(0, t.tensor([[0]]))
t.gather(x, 0, [0])
t.gather(x, 0)
t.gather(x, "a", i)
t.gather(x, 0, i, out=t.empty(2, 2, dtype=t.float64))
x.scatter(0, i, 5, reduce="mul")
x.scatter(0, i, t.ones(3, 3))
x.scatter(0, i, t.ones(1, 3))
x.scatter(0, i, t.ones(2, 2).double())
x.scatter(0, i, t.tensor(5.0))
x.scatter(0, i, 1j)
x.scatter(0, i, "a")
x.scatter(0, i)
x.scatter(0, t.tensor([[5]]), 1.0)
x.scatter(0, t.tensor([[-1]]), 1.0)
x.scatter(0, t.tensor([0]), 1.0)
x.scatter(0, t.tensor([], dtype=t.int64), 1.0)
x.scatter(0, t.zeros(1, 5, dtype=t.int64), 1.0)
x.scatter(0, t.zeros(0, 5, dtype=t.int64), 1.0)
x.long().scatter(0, i, 2.7)
x.to(t.uint8).scatter(0, i, 300)
x.to(t.uint8).scatter(0, i, -1)
t.tensor(3.0).scatter(0, t.tensor([0, 0]), t.tensor([1.0, 2.0]))
t.tensor(3.0).scatter(0, t.tensor(1), 5.0)
x.scatter_add(0, i, t.ones(2, 2).double())
x.scatter_add(0, i, t.ones(2, 1))
x.scatter_add(0, i, 1.0)
x.scatter_reduce(0, i, t.ones(2, 2), "nothing")
x.scatter_reduce(0, i, t.ones(2, 2), "max")
x.scatter_reduce(0, i, t.ones(2, 2))
x.scatter_reduce(0, i, t.full((2, 2), float("nan")), "amin")
x.index_add(0, v, t.ones(3, 4))
x.index_add(0, v, t.ones(2, 3))
x.index_add(0, v, t.ones(2, 4).double())
x.index_add(0, v.float(), t.ones(2, 4))
x.index_add(0, v.short(), t.ones(2, 4))
x.index_add(0, t.tensor([[0, 1]]), t.ones(2, 4))
x.index_add(0, t.tensor([3]), t.ones(1, 4))
x.index_add(0, t.tensor([-1]), t.ones(1, 4))
x.index_add(0, t.tensor(0), t.ones(4))
x.index_add(2, v, t.ones(2, 4))
x.index_add(0, v, t.tensor(1.0))
x.long().index_add(0, v, t.ones(2, 4).long(), alpha=2.5)
t.tensor(1.0).index_add(0, t.tensor([0]), t.tensor([1.0]))
t.tensor(1.0).index_add(0, t.tensor([0]), t.tensor(1.0))
x.index_copy(0, v, t.ones(3, 4))
x.index_copy(0, v, t.ones(2, 3))
x.index_copy(0, v, t.ones(4))
x.index_copy(0, v, t.tensor(1.0))
x.index_copy(0, v.int(), t.ones(2, 4))
x.index_copy(0, t.tensor([3]), t.ones(1, 4))
x.index_copy(0, t.tensor([-1]), t.ones(1, 4))
x.index_copy(0, t.tensor([[0]]), t.ones(1, 4))
x.index_copy(0, v, t.ones(2, 4).double())
t.tensor(1.0).index_copy(0, t.tensor([0, 0]), t.tensor([5.0, 6.0]))
x.index_fill(0, v, t.tensor([5.0]))
x.index_fill(0, v, 1j)
x.long().index_fill(0, v, 2.5)
x.index_fill(0, v.int(), 5)
x.index_fill(0, t.tensor([[0]]), 5)
x.index_fill(0, t.tensor([3]), 5)
x.index_fill(0, t.tensor([-4]), 5)
x.index_fill(0, v, "a")
x.index_put((v,), t.ones(4).double())
x.index_put((v,), t.ones(3))
x.index_put((None, v), t.ones(2))
x.index_put((v, v, v), t.ones(2))
x.index_put((t.tensor([3]),), t.ones(4))
x.index_put((v.float(),), t.ones(4))
x.index_put((t.tensor([0, 1]), t.tensor([0, 1, 2])), t.ones(4))
x.index_put((0,), t.ones(4))
x.index_reduce(0, v, t.ones(2, 4), "sum")
x.index_reduce(0, v, t.ones(3, 4), "prod")
x.index_reduce(0, v, t.ones(2, 3), "prod")
x.index_reduce(0, t.tensor([5]), t.ones(1, 4), "prod")
x.index_reduce(0, v, t.ones(2, 4).double(), "prod")
t.tensor(1.0).index_reduce(0, t.tensor([0]), t.tensor(5.0), "amax")
x.index_select(0, v.short())
x.index_select(0, t.tensor([[0]]))
x.index_select(0, t.tensor([3]))
x.index_select(0, t.tensor([-1]))
x.index_select(2, v)
t.tensor(2.0).index_select(0, t.tensor([0, 0]))
t.zeros(0, 3).index_select(0, t.tensor([0]))
t.zeros(0, 3).index_select(1, t.tensor([0]))
x.take(t.tensor([12]))
x.take(t.tensor([-13]))
x.take(t.tensor([0]).int())
t.zeros(0).take(t.tensor([0]))
t.take(x, [0])
x.put(t.tensor([0, 5]), t.tensor([1.0, 2.0, 3.0]))
x.put(t.tensor([0, 5]).int(), t.tensor([1.0, 2.0]))
x.put(t.tensor([0, 5]), t.tensor([1.0, 2.0]).double())
x.put(t.tensor([0, 12]), t.tensor([1.0, 2.0]))
t.zeros(0).put(t.tensor([0]), t.tensor([1.0]))
t.take_along_dim(x, v, 1)
t.take_along_dim(x, t.tensor([[0], [1]]), 1)
t.take_along_dim(x, t.tensor([[0], [1], [2]]).int(), 1)
t.take_along_dim(t.tensor(3.0), t.tensor(0), 0)
x.masked_fill(x, 5)
x.masked_fill(t.tensor([True, False, True]), 5)
x[0].masked_fill_(x > 3, 5)
x.masked_fill(x > 3, t.tensor([5]))
x.masked_fill(x > 3, 1j)
x.long().masked_fill(x > 3, t.tensor(2.5))
x.to(t.uint8).masked_fill(x > 3, 300)
x.masked_select(x)
x.masked_select(t.tensor([True, False, True]))
t.tensor(1.0).masked_select(t.tensor([True, False]))
x.masked_scatter(x > 3, t.ones(2))
x.masked_scatter(x, t.ones(20))
x.masked_scatter(x > 3, t.ones(20).double())
x[0].masked_scatter(x > 3, t.ones(20))
t.nonzero(t.tensor(1.0))
t.nonzero(t.tensor(0.0), as_tuple=True)
t.nonzero([1])
t.nonzero(x > 9, True)
t.nonzero(x > 9, out=t.empty(0))
t.where(x, x, x)
t.where(x > 3, x)
t.where(x > 3, 1, 2.5)
t.where(True, x, 0.0)
x.where(x > 3, 0)
t.searchsorted(t.tensor([1, 3, 5]), 4.5)
t.searchsorted(t.tensor([1, 3, 5]), v, side="middle")
t.searchsorted(t.tensor([1, 3, 5]), v, side="left", right=True)
t.searchsorted(t.tensor([5, 3, 1]), v, sorter=t.tensor([2, 1]))
t.searchsorted(t.tensor([5, 3, 1]), v, sorter=t.tensor([2, 1, 5]))
t.searchsorted(t.tensor([5, 3, 1]), v, sorter=t.tensor([2, 1, 0]).int())
t.searchsorted(t.tensor([[1, 3], [2, 4]]), v)
t.searchsorted(t.tensor([[1, 3], [2, 4]]), 3)
t.searchsorted(t.tensor(3), v)
t.searchsorted(t.tensor([1.0, 2.0, float("nan")]), t.tensor([float("nan"), 3.0]))
t.searchsorted(t.tensor([1.0, 2.0, float("nan")]), t.tensor([float("nan"), 3.0]), right=True)
t.searchsorted(t.tensor([1, 3]), v, out=t.empty(0))
t.searchsorted(t.tensor([1, 3]), [1])
t.bucketize(v, t.tensor([[1, 3]]))
t.bucketize(v, t.tensor([1, 3]), side="right")
t.unique(t.tensor([float("nan"), 1, float("nan")]), return_inverse=True, return_counts=True)
t.unique(t.tensor([0.0, -0.0]), return_counts=True)
t.unique(x, dim=2)
t.unique(t.tensor(5), return_inverse=True, return_counts=True)
t.unique(t.tensor(5), dim=0)
t.unique(t.zeros(3, 0), dim=0)
t.unique(t.zeros(0, 0), dim=1)
t.unique([1])
t.unique_consecutive(t.tensor([float("nan"), float("nan")]))
t.unique_consecutive(t.tensor(3), return_inverse=True)
t.unique_consecutive(v, dim=1)
t.isin(2, v)
t.isin(2, 3)
t.isin(t.tensor([1.0, float("nan")]), t.tensor([float("nan")]))
t.isin(v, 1.5)
t.isin(v, [1])
t.isin(element=1, test_elements=v)
t.isin(v, test_element=2)
t.topk(x, 5)
t.topk(x, -1)
t.topk(x, 1, 2)
t.topk(t.tensor(3.0), 2)
t.topk(x, 1.5)
t.topk(x, True)
t.topk(t.tensor([1, float("nan"), 2]), 2)
t.sort(x, 2)
t.sort(x, 0, True, True)
t.sort(x, dim="a")
t.sort(x, None)
t.sort(x, descending=1)
t.sort([1])
t.sort(t.tensor([1, float("nan"), 2, float("inf")]), descending=True)
t.sort(x, out=(t.empty(0), t.empty(0)))
t.argsort(x, 0, True, True)
t.kthvalue(x, 0)
t.kthvalue(x, 5)
t.kthvalue(x, 1, 2)
t.kthvalue(t.zeros(0, 3), 1, 0)
t.kthvalue(t.zeros(0, 3), 1, 1)
t.kthvalue(x, 1.5)
t.kthvalue(t.tensor([1, float("nan"), 2]), 3)
t.msort(x + 0j)
t.unravel_index(t.tensor([9]), (2, 4))
t.unravel_index(t.tensor([-1]), (2, 4))
t.unravel_index(t.tensor([1.0]), (2, 4))
t.unravel_index(v, (2, 2.5))
t.nonzero_static(t.tensor([1, 0, 1]), size=4, fill_value=-1)
t.nonzero_static(t.tensor([1, 0, 1]), size=1)
t.nonzero_static(t.tensor([1, 0, 1]), size=-1)
""".strip().splitlines()


def evaluated(t, call: str):
    names = {"t": t, "x": t.arange(12.0).reshape(3, 4), "i": t.tensor([[0, 1], [2, 0]]), "v": t.tensor([2, 0])}
    try:
        return plain(t, eval(call, names))
    except Exception as error:
        return error


@pytest.mark.parametrize("call", CALLS)
def test_calls(call):
    ours, theirs = evaluated(wengert, call), evaluated(torch, call)
    if isinstance(ours, Exception) or isinstance(theirs, Exception):
        assert type(ours).__name__ == type(theirs).__name__, f"{ours!r}\nPyTorch: {theirs!r}"
    else:
        compare(ours, theirs)
