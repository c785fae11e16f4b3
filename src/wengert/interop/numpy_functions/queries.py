"""Questions about tensors, text of them, and files written: answers outside the graph."""

import numpy

import wengert

from ...core import dtypes
from ..spelling import as_tensor, axes_of, spelled, values_of


@spelled("shape")
def shape(a):
    return tuple(as_tensor(a).shape)


@spelled("ndim")
def ndim(a):
    return as_tensor(a).ndim


@spelled("size")
def size(a, axis=None):
    x = as_tensor(a)
    count = 1
    for d in axes_of(axis, x.ndim, "size"):
        count *= x.shape[d]
    return count


@spelled("iscomplexobj")
def iscomplexobj(x):
    return as_tensor(x).dtype.is_complex


@spelled("isrealobj")
def isrealobj(x):
    return not as_tensor(x).dtype.is_complex


@spelled("iscomplex")
def iscomplex(x):
    x = as_tensor(x)
    return x.imag != 0 if x.dtype.is_complex else wengert.zeros_like(x, dtype=dtypes.bool)


@spelled("isreal")
def isreal(x):
    x = as_tensor(x)
    return x.imag == 0 if x.dtype.is_complex else wengert.ones_like(x, dtype=dtypes.bool)


@spelled("isneginf")
def isneginf(x, out=None):
    return as_tensor(x) == -numpy.inf


@spelled("isposinf")
def isposinf(x, out=None):
    return as_tensor(x) == numpy.inf


@spelled("isclose")
def isclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    found = numpy.isclose(values_of(as_tensor(a)), values_of(as_tensor(b)), values_of(rtol), values_of(atol), equal_nan)
    return as_tensor(numpy.asarray(found))


@spelled("allclose")
def allclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    return bool(isclose(a, b, rtol, atol, equal_nan).all())


def _about_values(*names: str):
    """NumPy's own function, on the arrays: it answers, prints or writes."""
    for name in names:
        function = numpy
        for piece in name.split("."):
            function = getattr(function, piece)

        def call(*args, _function=function, **kwargs):
            return _function(
                *[values_of(x) for x in args], **{key: values_of(value) for key, value in kwargs.items()}
            )

        call.__name__ = call.__qualname__ = name
        call.__doc__ = f"np.{name} of the values."
        spelled(name)(call)


_about_values("array_equal", "array_equiv")


def _of_types(name: str):
    """About types: a tensor stands for an array of its type, a dtype for NumPy's."""
    function = getattr(numpy, name)

    def plain(x):
        return x.numpy if isinstance(x, dtypes.dtype) else values_of(x)

    def call(*args, **kwargs):
        return function(*[plain(x) for x in args], **kwargs)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"np.{name}, NumPy's answer for arrays of the tensors' types."
    spelled(name)(call)


for _name in ("result_type", "can_cast", "common_type", "min_scalar_type", "may_share_memory", "shares_memory"):
    _of_types(_name)


# Text and files hold values; like `print`, they need no graph.
_about_values("array2string", "array_repr", "array_str", "save", "savez", "savez_compressed", "savetxt")


@spelled("real_if_close")
def real_if_close(a, tol=100):
    x = as_tensor(a)
    if not x.dtype.is_complex:
        return x
    values = values_of(x)
    return x.real if numpy.isrealobj(numpy.real_if_close(values, tol)) else x


@spelled("datetime_as_string", "busday_count", "busday_offset", "is_busday")
def dates(*args, **kwargs):
    raise TypeError("np.datetime_as_string and its like: tensors hold no dates")
