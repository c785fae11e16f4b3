"""Methods of NumPy's arrays that PyTorch's tensors do not have, for NumPy code that calls them on a tensor.

Where PyTorch has a method of the same name, its meaning stays: `x.size()`, `x.repeat` (NumPy's tile),
`x.transpose(a, b)` (two axes are exchanged), `x.std()` and `x.var()` (divided by n - 1), `x.max(axis)` (values and
positions), `x.sort()`, `x.nonzero()`, `x.take` (of the flattened tensor). NumPy's functions have NumPy's meaning:
`np.std(x)`, `np.size(x)`.
"""

import numpy

from ..core import bind_method
from .spelling import wengert_dtype


def _method(function):
    bind_method(function.__name__, function)
    return function


@_method
def astype(self, dtype, order="K", casting="unsafe", subok=True, copy=True):
    """The tensor in another dtype, also of NumPy's; a copy unless `copy` is false and nothing changes.

        >>> import wengert as t
        >>> t.tensor([1.5, 2.5]).astype("int64")
        tensor([1, 2])
    """
    if dtype is None:
        raise TypeError("astype(): argument 'dtype' (position 1) must be a dtype, not NoneType")
    wanted = wengert_dtype(dtype)
    if not numpy.can_cast(self.dtype.numpy, wanted.numpy, casting):
        raise TypeError(
            f"Cannot cast array data from {self.dtype.numpy!r} to {wanted.numpy!r} according to the rule '{casting}'"
        )
    return self.to(wanted, copy=copy)


@_method
def copy(self, order="C"):
    """A copy with memory of its own, in the graph.

        >>> import wengert as t
        >>> t.tensor([1, 2]).copy()
        tensor([1, 2])
    """
    return self.clone()


@_method
def fill(self, value) -> None:
    """Writes value into every element.

        >>> import wengert as t
        >>> x = t.zeros(2)
        >>> x.fill(3.0)
        >>> x
        tensor([3., 3.])
    """
    self.fill_(value)


def _of_function(name: str, example: str, printed: str):
    """A method that is NumPy's function of the same name."""

    def method(self, *arguments, **keywords):
        return getattr(numpy, name)(self, *arguments, **keywords)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"""`np.{name}` of the tensor, with NumPy's arguments after the first one.

    >>> import wengert as t
    >>> {example}
    {printed}
    """
    bind_method(name, method)


_of_function("partition", "t.tensor([3, 1, 2]).partition(0)[0]", "tensor(1)")
_of_function("ptp", "t.tensor([3, 1, 2]).ptp()", "tensor(2)")
_of_function("searchsorted", "t.tensor([1, 3, 5]).searchsorted(t.tensor([2, 4]))", "tensor([1, 2])")


@_method
def compress(self, condition, axis=None):
    """np.compress(condition, tensor, axis): the entries along an axis where the condition holds.

        >>> import wengert as t
        >>> t.tensor([1, 2, 3]).compress([True, False, True])
        tensor([1, 3])
    """
    return numpy.compress(condition, self, axis)


@_method
def conjugate(self):
    """The complex conjugate.

        >>> import wengert as t
        >>> t.tensor([1 + 2j]).conjugate()
        tensor([1.-2.j])
    """
    return self.conj()


@_method
def tobytes(self, order="C") -> bytes:
    """The elements' bytes, row by row.

        >>> import wengert as t
        >>> t.tensor([1, 2], dtype=t.uint8).tobytes()
        b'\\x01\\x02'
    """
    return self.numpy().tobytes(order)
