"""Methods of NumPy's arrays, for NumPy code that calls them on a tensor.

Where PyTorch has a method of the same name, its meaning stays: `x.size()`, `x.repeat` (NumPy's tile),
`x.transpose(a, b)` (two axes are exchanged), `x.std()` and `x.var()` (divided by n - 1), `x.max(axis)` (values and
positions), `x.sort()`, `x.nonzero()`, `x.put` (a new tensor), `x.flatten()` (a view where possible). Calls that PyTorch
refuses and NumPy knows have NumPy's meaning: `x.cumsum()`, `x.transpose()`, `x.repeat(2, axis=0)`, `x.take([0, 1])`.
NumPy's functions have NumPy's meaning always: `np.std(x)`, `np.size(x)`.
"""

import functools
import inspect

import numpy

from ..core import Tensor, bind_method
from ..core.argument_kinds import word_of
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


_of_function("argpartition", "t.tensor([3, 1, 2]).argpartition(0)[0]", "tensor(1)")
_of_function("choose", "t.tensor([0, 1]).choose([t.tensor([1, 2]), t.tensor([3, 4])])", "tensor([1, 4])")
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


# ------------------------------------------------------------------------------------------------ both libraries' names


def _beside(name: str):
    """A method of PyTorch's that also takes calls in NumPy's spelling: the function decorated is given the method, the
    tensor and the arguments."""
    own = getattr(Tensor, name)

    def enter(function):
        def method(self, *arguments, **keywords):
            return function(own, self, *arguments, **keywords)

        functools.update_wrapper(method, own)
        method.pytorchs = own
        # What it says more stands before the example.
        said, mark, example = inspect.cleandoc(own.__doc__).partition(">>>")
        method.__doc__ = f"{said}{inspect.cleandoc(function.__doc__)}\n\n{mark}{example}"
        bind_method(name, method)
        return function

    return enter


def _running(own, self, *arguments, **keywords):
    """Without a dim, or with `axis=None`, of the flattened tensor, as NumPy has it."""
    if not arguments and "dim" not in keywords and keywords.get("axis") is None:
        keywords.pop("axis", None)
        return own(self.reshape(-1), 0, **keywords)
    return own(self, *arguments, **keywords)


_beside("cumsum")(_running)
_beside("cumprod")(_running)


@_beside("transpose")
def _transpose(own, self, *axes, **keywords):
    """Without arguments the dimensions are turned around; a sequence, or more than two, says the order of all of
    them."""
    if len(axes) == 2 or keywords:
        return own(self, *axes, **keywords)
    if not axes or axes == (None,):
        return self.permute(*range(self.ndim - 1, -1, -1))
    if len(axes) == 1 and not isinstance(axes[0], (tuple, list)) and self.ndim > 1:
        return own(self, *axes)
    return self.permute(*axes)


@_beside("repeat")
def _repeat(own, self, *arguments, **keywords):
    """With `axis=`, NumPy's meaning: every entry along the axis so many times, see `repeat_interleave`."""
    return numpy.repeat(self, *arguments, **keywords) if keywords else own(self, *arguments)


@_beside("take")
def _take(own, self, *arguments, **keywords):
    """With a list of indices, an `axis` or a `mode`, `np.take`."""
    plain = arguments and not isinstance(arguments[0], (Tensor, numpy.ndarray))
    if plain or len(arguments) > 1 or {"axis", "mode", "indices"} & set(keywords):
        try:
            return numpy.take(self, *arguments, **keywords)
        except TypeError as error:
            words = ", ".join([word_of(x) for x in (*arguments, *keywords.values())])
            raise TypeError(f"take() received an invalid combination of arguments - got ({words})") from error
    return own(self, *arguments, **keywords)


@_beside("reshape")
def _reshape(own, self, *shape, **keywords):
    """`order="F"` reads and writes column by column."""
    order = keywords.pop("order", "C")
    if order in ("C", "A") and not keywords.get("copy"):
        keywords.pop("copy", None)
        return own(self, *shape, **keywords)
    if "shape" not in keywords:
        keywords["shape"] = shape[0] if len(shape) == 1 else shape
    return numpy.reshape(self, order=order, **keywords)


@_beside("flatten")
def _flatten(own, self, *arguments, **keywords):
    """With NumPy's `order`, a copy, column by column for "F"."""
    if "order" in keywords or (arguments and isinstance(arguments[0], str)):
        return numpy.ravel(self, *arguments, **keywords).clone()
    return own(self, *arguments, **keywords)


@_beside("ravel")
def _ravel(own, self, *arguments, **keywords):
    """`order="F"` reads column by column."""
    return numpy.ravel(self, *arguments, **keywords) if arguments or keywords else own(self)


@_beside("item")
def _item(own, self, *index):
    """With an index, the value there: one int counts in row-major order."""
    if not index:
        return own(self)
    place = index[0] if len(index) == 1 else index
    return (self[tuple(place)] if isinstance(place, (tuple, list)) else self.reshape(-1)[place]).item()


@_beside("dot")
def _dot(own, self, *arguments, **keywords):
    """Of what is no vector, `np.dot`."""
    other = arguments[0] if len(arguments) == 1 and not keywords else None
    vectors = self.ndim == 1 and isinstance(other, Tensor) and other.ndim == 1
    return own(self, *arguments, **keywords) if vectors or other is None else numpy.dot(self, other)


@_beside("round")
def _round(own, self, *arguments, **keywords):
    """`round(2)` is NumPy's spelling of `round(decimals=2)`."""
    if len(arguments) == 1 and not keywords:
        return own(self, decimals=arguments[0])
    return own(self, *arguments, **keywords)


@_beside("argsort")
def _argsort(own, self, *arguments, **keywords):
    """`axis=None` sorts the flattened tensor."""
    if arguments[:1] == (None,) or ("axis" in keywords and keywords["axis"] is None):
        return numpy.argsort(self, *arguments, **keywords)
    return own(self, *arguments, **keywords)


def _attribute(function):
    bind_method(function.__name__, property(function))
    return function


@_attribute
def strides(self) -> tuple:
    """The steps in bytes, NumPy's word for `stride()`.

    >>> import wengert as t
    >>> t.zeros(2, 3).strides
    (12, 4)
    """
    return self.detach().numpy().strides


@_attribute
def flags(self):
    """What NumPy says about the tensor's memory.

    >>> import wengert as t
    >>> t.zeros(2, 3).flags.c_contiguous
    True
    """
    return self.detach().numpy().flags
