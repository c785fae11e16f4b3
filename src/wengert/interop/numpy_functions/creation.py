"""Making tensors: `*_like` of a tensor, and NumPy's makers with `like=tensor`."""

import numpy

import wengert

from ...core import Tensor
from ..spelling import as_tensor, floating, spelled, wengert_dtype


def _like(name: str, make):
    def function(prototype, dtype=None, order="K", subok=True, shape=None, *, device=None):
        x = as_tensor(prototype)
        wanted = wengert_dtype(dtype) or x.dtype
        if shape is None:
            return make(x, tuple(x.shape), wanted)
        return make(x, tuple(shape) if isinstance(shape, (tuple, list)) else (shape,), wanted)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"np.{name} of a tensor: a tensor that code may write into, and that records what is written."
    return spelled(name)(function)


zeros_like = _like("zeros_like", lambda x, shape, dtype: x.new_zeros(shape, dtype=dtype))
ones_like = _like("ones_like", lambda x, shape, dtype: x.new_ones(shape, dtype=dtype))
empty_like = _like("empty_like", lambda x, shape, dtype: x.new_empty(shape, dtype=dtype))


@spelled("full_like")
def full_like(a, fill_value, dtype=None, order="K", subok=True, shape=None, *, device=None):
    x = as_tensor(a)
    shape = tuple(x.shape) if shape is None else tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
    return _filled(x.new_empty(shape, dtype=wengert_dtype(dtype) or x.dtype), fill_value)


def _filled(x, value):
    x[...] = as_tensor(value).to(x.dtype)
    return x


@spelled("copy")
def copy(a, order="K", subok=False):
    return as_tensor(a).clone()


@spelled("astype")
def astype(x, dtype, /, *, copy=True, device=None):
    return as_tensor(x).to(wengert_dtype(dtype), copy=copy)


# ------------------------------------------------------------------------------------------------ with like=


@spelled("array")
def array(object, dtype=None, *, copy=True, order="K", subok=False, ndmin=0, ndmax=0, like=None):
    """np.array([a, b], like=x): a tensor of tensors and numbers, in the graph."""
    x = as_tensor(object)
    wanted = wengert_dtype(dtype)
    x = x.to(wanted or x.dtype, copy=bool(copy) and x is object)
    return x.reshape((*(1,) * max(ndmin - x.ndim, 0), *x.shape))


@spelled("asarray", "asanyarray", "ascontiguousarray", "asfortranarray", "require")
def asarray(a, dtype=None, order=None, *, device=None, copy=None, requirements=None, like=None):
    return array(a, dtype, copy=bool(copy), like=like)


def _made_by_numpy(name: str):
    """A maker of NumPy's whose result does not depend on tensors but for `like=`, which asks for one."""
    function = getattr(numpy, name)

    def call(*args, like=None, **kwargs):
        return as_tensor(function(*args, **kwargs))

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"np.{name}(..., like=tensor): NumPy's result as a tensor."
    spelled(name)(call)


for _name in (
    "zeros", "ones", "empty", "eye", "identity", "arange", "tri", "fromiter", "frombuffer", "fromfile", "fromstring",
    "loadtxt", "genfromtxt",
):  # fmt: skip
    _made_by_numpy(_name)


@spelled("full")
def full(shape, fill_value, dtype=None, order="C", *, device=None, like=None):
    value = as_tensor(fill_value)
    value = value if dtype is None else value.to(wengert_dtype(dtype))
    return value.expand(tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)).clone()


@spelled("fromfunction")
def fromfunction(function, shape, *, dtype=float, like=None, **kwargs):
    return as_tensor(function(*[as_tensor(g) for g in numpy.indices(shape, dtype=dtype)], **kwargs))


# ------------------------------------------------------------------------------------------------ between ends


def _spaced(start, stop, num, endpoint, axis):
    """(tensor, step): evenly spaced values on a new axis."""
    first, last = floating(start), floating(stop)
    if num < 0:
        raise ValueError(f"Number of samples, {num}, must be non-negative.")
    first, last = wengert.add(first, last * 0), wengert.add(last, first * 0)
    parts = num - 1 if endpoint else num
    step = (last - first) / parts if parts > 0 else (last - first) * float("nan")
    weights = as_tensor(numpy.arange(num) / max(parts, 1)).to(first.dtype.to_real())
    weights = weights.reshape((num, *(1,) * first.ndim))
    # Each end is hit exactly.
    values = first * (1 - weights) + last * weights
    return values.movedim(0, axis) if axis else values, step


def _kind_of_tensors(*values):
    """The floating type of the tensors among the values, which numbers beside them take; None without any."""
    floats = [v.dtype for v in values if isinstance(v, Tensor) and v.dtype.category >= 2]
    return floats[0] if floats else None


def _in_kind(x, kind):
    return x if kind is None or isinstance(x, (Tensor, numpy.ndarray)) else as_tensor(x).to(kind)


@spelled("linspace")
def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0, *, device=None):
    kind = _kind_of_tensors(start, stop)
    values, step = _spaced(_in_kind(start, kind), _in_kind(stop, kind), num, endpoint, axis)
    if dtype is not None:
        wanted = wengert_dtype(dtype)
        values = values.floor().to(wanted) if wanted.category == 1 else values.to(wanted)
    return (values, step) if retstep else values


@spelled("logspace")
def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    exponents = linspace(start, stop, num, endpoint, axis=axis)
    base = as_tensor(base) if not isinstance(base, (int, float)) else base
    if isinstance(base, Tensor) and base.ndim:
        base = base.unsqueeze(axis)
    values = wengert.pow(base, exponents)
    return values if dtype is None else values.to(wengert_dtype(dtype))


@spelled("geomspace")
def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    kind = _kind_of_tensors(start, stop)
    first, last = [floating(_in_kind(x, kind)) for x in (start, stop)]
    if bool((first == 0).any()) or bool((last == 0).any()):
        raise ValueError("Geometric sequence cannot include zero")
    first = first + last * 0
    if first.dtype.is_complex:
        values = first.unsqueeze(0) * wengert.exp(_spaced(first * 0, (last / first).log(), num, endpoint, 0)[0])
    else:
        ratio = last / first
        if bool((ratio < 0).any()):
            raise ValueError("np.geomspace: real ends of a geometric sequence of tensors must have one sign")
        values = first.unsqueeze(0) * wengert.exp(_spaced(ratio * 0, ratio.log(), num, endpoint, 0)[0])
    values = values.movedim(0, axis) if axis else values
    return values if dtype is None else values.to(wengert_dtype(dtype))


@spelled("meshgrid")
def meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    vectors = [as_tensor(x).reshape(-1) for x in xi]
    places = list(range(len(vectors)))
    if indexing == "xy" and len(vectors) > 1:
        places[:2] = 1, 0
    count = len(vectors)
    grids = [v.reshape([-1 if d == p else 1 for d in range(count)]) for v, p in zip(vectors, places, strict=True)]
    if not sparse:
        shape = numpy.broadcast_shapes(*[tuple(g.shape) for g in grids]) if grids else ()
        grids = [g.expand(shape) for g in grids]
    return tuple([g.clone() if copy else g for g in grids])


@spelled("vander")
def vander(x, N=None, increasing=False):
    x = as_tensor(x)
    if x.ndim != 1:
        raise ValueError("x must be a one-dimensional array or sequence.")
    count = x.shape[0] if N is None else N
    if count <= 0:
        return x.new_empty((x.shape[0], 0))
    columns = [x * 0 + 1]
    for _ in range(count - 1):
        columns.append(columns[-1] * x)
    return wengert.cat([c.unsqueeze(1) for c in (columns if increasing else columns[::-1])], 1)
