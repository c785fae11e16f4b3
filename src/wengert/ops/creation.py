"""Making tensors of one value, or with whatever is in memory. Tensors of data are in `from_data.py`, ranges in
`ranges.py`."""

import builtins

import numpy

from ..core import Tensor, bind_method, dtypes
from ..core.argument_errors import naming_its_arguments
from ..core.errors import type_word
from ..core.promotion import from_array, number_as
from ..core.registry import register_function
from ..core.size import check_device
from ..core.size import layout as layout_
from ..core.tensor import require_gradient
from ..core.writing import write_out
from . import arguments, levels, memory_formats

# ------------------------------------------------------------------------------------------------ options


def check_place(name: str, device, layout) -> None:
    """Whether a tensor can be made on that device and in that layout."""
    if device is not None:
        check_device(device)
    if layout is not None and not isinstance(layout, layout_):
        raise TypeError(f"{name}(): argument 'layout' must be torch.layout, not {type(layout).__name__}")


def check_options(name: str, device, layout, requires_grad) -> None:
    """`check_place`, and whether `requires_grad` is a bool."""
    check_place(name, device, layout)
    if not isinstance(requires_grad, bool):
        raise TypeError(f"{name}(): argument 'requires_grad' must be bool, not {type(requires_grad).__name__}")


def tensor_on(array, requires_grad: bool, device=None, pin_memory=False):
    """A new tensor on an array."""
    if device is not None:
        check_device(device)
    x = from_array(array)
    if requires_grad:
        require_gradient(x)
    return x


def finished(name: str, array, out, requires_grad: bool):
    """A new tensor on an array, or `out` with the array's values."""
    if out is None:
        return tensor_on(array, requires_grad)
    write_out(name, array, out)
    if requires_grad:
        require_gradient(out)
    return out


def dtype_with(name: str, out, dtype, default=None):
    """The NumPy type of a result: `dtype`, which is that of `out` if both are given; that of `out`; the default."""
    if out is None:
        return array_dtype(dtype, default)
    if not isinstance(out, Tensor):
        raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(out).__name__}")
    if dtype is not None and array_dtype(dtype) != out.array.dtype:
        raise RuntimeError(
            f"dtype {type_word(array_dtype(dtype))} does not match dtype of out parameter "
            f"({type_word(out.array.dtype)})"
        )
    return out.array.dtype


def sizes_given(size) -> tuple:
    """The sizes (2, 3) of a function called with 2, 3 or with one sequence of them."""
    if len(size) == 1 and not arguments.is_integer(size[0]) and not isinstance(size[0], int):
        if isinstance(size[0], Tensor) and size[0].dtype.category != 1:
            raise TypeError("sizes must be ints, not a Tensor of other numbers")
        size = tuple(size[0])
    for i, s in enumerate(size):
        if not arguments.is_integer(s):
            if isinstance(s, Tensor) and s.numel() == 1 and s.dtype.category == 1:
                continue
            raise TypeError(f"sizes must be ints, but element {i} is {type(s).__name__}")
        if s < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {s}: {list(size)}")
    return tuple([int(s) for s in size])


def _sequence(name: str, size) -> tuple:
    """The sizes of a function that takes them as one sequence only."""
    if not isinstance(size, (tuple, list)):
        raise TypeError(f"{name}(): argument 'size' (position 1) must be tuple of ints, not {type(size).__name__}")
    return sizes_given((size,))


# What Python's types mean as an argument: unlike a Python number, `float` is not the default dtype.
_PYTHON_TYPES = {
    builtins.float: dtypes.float64, builtins.int: dtypes.int64, builtins.bool: dtypes.bool,
    builtins.complex: dtypes.complex128,
}  # fmt: skip


def array_dtype(dtype, default=None):
    """The NumPy type for an argument `dtype`; None is the default given, or the library's."""
    if dtype is None:
        return (default or dtypes.get_default_dtype()).numpy
    if isinstance(dtype, type) and dtype in _PYTHON_TYPES:
        return _PYTHON_TYPES[dtype].numpy
    if not isinstance(dtype, dtypes.dtype):
        raise TypeError(f"dtype must be a wengert.dtype, not {type(dtype).__name__}")
    return dtype.numpy


# ------------------------------------------------------------------------------------------------ of one value


def _filled(name: str, doc: str, fill, fresh, examples: dict):
    """The functions `name`, `name_like` and the method `new_name`; `fresh(shape, dtype)` is NumPy's function."""

    def make(array):
        if fill is not None:
            array[...] = fill
        return array

    def function(*size, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False,
                 memory_format=None, **named):  # fmt: skip
        if out is dtype is layout is device is memory_format is None and requires_grad is False and not named:
            # The usual call, by the shortest way.
            shape = size[0] if len(size) == 1 and isinstance(size[0], (tuple, list)) else size
            if size and all([type(s) is int and s >= 0 for s in shape]):
                return from_array(fresh(shape, dtypes.get_default_dtype().numpy))
        size = size or _named_size(name, named)
        if named:
            raise TypeError(f"{name}() got an unexpected keyword argument {next(iter(named))!r}")
        check_options(name, device, layout, requires_grad)
        array = memory_formats.empty_in(memory_format, sizes_given(size), dtype_with(name, out, dtype))
        return finished(name, make(array), out, requires_grad)

    def like(input, *, dtype=None, layout=None, device=None, requires_grad=False, memory_format=None, pin_memory=False):
        input = arguments.tensor(f"{name}_like", "input", 1, input)
        check_options(f"{name}_like", device, layout, requires_grad)
        own = array_dtype(dtype, input.dtype)
        if input._level:
            return of_level(input, tuple(input.shape), own, requires_grad)
        return tensor_on(make(memory_formats.empty_as(input.array, memory_format, own)), requires_grad)

    def of_level(input, shape, dtype, requires_grad):
        # Of a batch where the input is one, so that every entry can be changed in place.
        x = levels.made_like(input, shape, lambda shape: make(numpy.empty(shape, dtype)))
        x.requires_grad = requires_grad
        return x

    def new(self, *size, dtype=None, device=None, requires_grad=False, layout=None, pin_memory=False, **named):
        size = size or _named_size(f"new_{name}", named)
        if named:
            raise TypeError(f"new_{name}() got an unexpected keyword argument {next(iter(named))!r}")
        check_options(f"new_{name}", device, layout, requires_grad)
        shape, own = sizes_given(size), array_dtype(dtype, self.dtype)
        if self._level:
            return of_level(self, shape, own, requires_grad)
        return tensor_on(make(numpy.empty(shape, own)), requires_grad)

    for made, made_name, made_doc in (
        (function, name, f"A tensor of the given sizes (ints, or one sequence of them), {doc}."),
        (like, f"{name}_like", f"A tensor of the shape, dtype and order of dimensions of `input`, {doc}."),
        (new, f"new_{name}", f"A tensor of the given sizes and the dtype of this one, {doc}."),
    ):
        made.__name__ = made.__qualname__ = made_name
        example, printed = examples[made_name]
        made.__doc__ = (
            f"{made_doc}\n\n    RuntimeError for a negative size, and for `requires_grad` of integers.\n\n"
            f"    >>> import wengert as t\n    >>> {example}\n    {printed}\n"
        )
    bind_method(new.__name__, naming_its_arguments(new))
    return register_function(function), register_function(like)


def _named_size(name: str, named: dict) -> tuple:
    """The one sequence of sizes, given by name."""
    if "size" not in named:
        raise TypeError(f'{name}() missing 1 required positional argument: "size"')
    return (named.pop("size"),)


zeros, zeros_like = _filled("zeros", "filled with 0", 0, numpy.zeros, {
    "zeros": ("t.zeros(2, 3)", "tensor([[0., 0., 0.],\n            [0., 0., 0.]])"),
    "zeros_like": ("t.zeros_like(t.tensor([1, 2]))", "tensor([0, 0])"),
    "new_zeros": ("t.tensor([1, 2]).new_zeros(3)", "tensor([0, 0, 0])"),
})  # fmt: skip
ones, ones_like = _filled("ones", "filled with 1", 1, numpy.ones, {
    "ones": ("t.ones(3)", "tensor([1., 1., 1.])"),
    "ones_like": ("t.ones_like(t.tensor([2, 3]))", "tensor([1, 1])"),
    "new_ones": ("t.tensor([2, 3]).new_ones(3)", "tensor([1, 1, 1])"),
})  # fmt: skip
empty, empty_like = _filled("empty", "with whatever is in its memory", None, numpy.empty, {
    "empty": ("t.empty(2, 3).shape", "wengert.Size([2, 3])"),
    "empty_like": ("t.empty_like(t.tensor([2, 3])).shape", "wengert.Size([2])"),
    "new_empty": ("t.tensor([2, 3]).new_empty(3).dtype", "wengert.int64"),
})  # fmt: skip


def _number(name: str, argument: str, position: int, value):
    """A fill value as a Python number."""
    if isinstance(value, Tensor):
        if value.ndim or value.requires_grad:
            # No gradient would flow to it.
            raise TypeError(f"{name}(): argument '{argument}' (position {position}) must be Number, not Tensor")
        return value.item()
    if isinstance(value, numpy.generic) and value.dtype.kind in "biufc":
        return value.item()
    if not isinstance(value, (bool, int, float, complex)):
        raise TypeError(
            f"{name}(): argument '{argument}' (position {position}) must be Number, not {type(value).__name__}"
        )
    return value


def converted_number(value, numpy_dtype):
    """A number in a type; RuntimeError if it is none of that type's."""
    try:
        if numpy_dtype.kind in "iu":
            whole = value if isinstance(value, (bool, int)) else number_as(value, numpy.dtype(numpy.float64)).item()
            limits = numpy.iinfo(numpy_dtype)
            # A negative number in an unsigned type counts from the end, as in C.
            lowest = -limits.max if numpy_dtype.kind == "u" else limits.min
            if not lowest <= int(whole) <= limits.max:
                raise OverflowError
            wrapped = int(whole) % (limits.max + 1) if numpy_dtype.kind == "u" else int(whole)
            return numpy.array(wrapped, numpy_dtype)
        return number_as(value, numpy_dtype)
    except (OverflowError, ValueError):
        raise RuntimeError(
            f"value cannot be converted to type {numpy_dtype} without overflow: the value is {value}"
        ) from None


def _filled_with(array, value):
    array[...] = converted_number(value, array.dtype)
    return array


def _value_dtype(value):
    """The dtype that a fill value has by itself."""
    if isinstance(value, bool):
        return dtypes.bool
    return dtypes.from_numpy(dtypes.as_numpy(type(value)))


@register_function
def full(size, fill_value, *, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    """A tensor of the given sizes filled with one value, whose type gives the dtype.

    RuntimeError for a negative size, a value that the dtype cannot hold, and for `requires_grad` of integers.

    >>> import wengert as t
    >>> t.full((2, 2), 7)
    tensor([[7, 7],
            [7, 7]])
    """
    shape = _sequence("full", size)
    value = _number("full", "fill_value", 2, fill_value)
    check_options("full", device, layout, requires_grad)
    own = dtype_with("full", out, dtype, _value_dtype(value))
    return finished("full", _filled_with(numpy.empty(shape, own), value), out, requires_grad)


@register_function
def full_like(input, fill_value, *, dtype=None, layout=None, device=None, requires_grad=False, memory_format=None,
              pin_memory=False):  # fmt: skip
    """A tensor of the shape, dtype and order of dimensions of `input`, filled with one value.

    TypeError for a value that is no number.

    >>> import wengert as t
    >>> t.full_like(t.zeros(2), 3)
    tensor([3., 3.])
    """
    input = arguments.tensor("full_like", "input", 1, input)
    value = _number("full_like", "fill_value", 2, fill_value)
    check_options("full_like", device, layout, requires_grad)
    own = array_dtype(dtype, input.dtype)
    if input._level:
        return _of_level(input, tuple(input.shape), own, value, requires_grad)
    return tensor_on(_filled_with(memory_formats.empty_as(input.array, memory_format, own), value), requires_grad)


def _of_level(input, shape: tuple, dtype, value, requires_grad: bool):
    x = levels.made_like(input, shape, lambda shape: _filled_with(numpy.empty(shape, dtype), value))
    x.requires_grad = requires_grad
    return x


def new_full(self, size, fill_value, dtype=None, device=None, requires_grad=False, layout=None, pin_memory=False):
    """A tensor of the given sizes (a sequence, or an int) and the dtype of this one, filled with one value.

    RuntimeError for a negative size, TypeError for a value that is no number.

    >>> import wengert as t
    >>> t.tensor([1, 2]).new_full((3,), 7)
    tensor([7, 7, 7])
    """
    shape = _sequence("new_full", size)
    value = _number("new_full", "fill_value", 2, fill_value)
    check_options("new_full", device, layout, requires_grad)
    if self._level:
        return _of_level(self, shape, array_dtype(dtype, self.dtype), value, requires_grad)
    return tensor_on(_filled_with(numpy.empty(shape, array_dtype(dtype, self.dtype)), value), requires_grad)


@register_function
@arguments.takes({"s": "Number"})
def scalar_tensor(s, *, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    """A tensor without dimensions, of the default dtype unless another is given.

    RuntimeError for a value that the dtype cannot hold.

    >>> import wengert as t
    >>> t.scalar_tensor(3)
    tensor(3.)
    """
    value = _number("scalar_tensor", "s", 1, s)
    check_options("scalar_tensor", device, layout, requires_grad)
    return tensor_on(converted_number(value, array_dtype(dtype)), requires_grad)


@register_function
def eye(n, m=Ellipsis, *, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    """The identity matrix of n rows and m (n) columns.

    RuntimeError for a negative size.

    >>> import wengert as t
    >>> t.eye(2, 3)
    tensor([[1., 0., 0.],
            [0., 1., 0.]])
    """
    n = arguments.integer("eye", "n", 1, n)
    m = n if m is Ellipsis else arguments.integer("eye", "m", 2, m)
    for word, size in (("n", n), ("m", m)):
        if size < 0:
            raise RuntimeError(f"{word} must be greater or equal to 0, got {size}")
    check_options("eye", device, layout, requires_grad)
    return finished("eye", numpy.eye(n, m, dtype=dtype_with("eye", out, dtype)), out, requires_grad)


# ------------------------------------------------------------------------------------------------ in a layout


def _strided(name: str, size, stride, dtype):
    size = arguments.integers(name, "size", 1, size)
    stride = arguments.integers(name, "stride", 2, stride)
    if len(size) != len(stride):
        raise RuntimeError(
            f"dimensionality of sizes ({len(size)}) must match dimensionality of strides ({len(stride)})"
        )
    for length in size:
        if length < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {length}: {list(size)}")
    if any([step < 0 for step in stride]):
        raise RuntimeError(f"Storage size calculation overflowed with sizes={list(size)} and strides={list(stride)}")
    from ..kernels import strided

    last = sum([(length - 1) * step for length, step in zip(size, stride, strict=True)]) if 0 not in size else -1
    return strided.as_strided(numpy.empty(last + 1, dtype), size, stride, 0)


@register_function
def empty_strided(size, stride, *, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    """A tensor of the given sizes and strides (in elements), with whatever is in its memory.

    RuntimeError for sizes and strides of different number, and for negative ones.

    >>> import wengert as t
    >>> t.empty_strided((2, 3), (1, 2)).stride()
    (1, 2)
    """
    check_options("empty_strided", device, layout, requires_grad)
    return tensor_on(_strided("empty_strided", size, stride, array_dtype(dtype)), requires_grad)


def new_empty_strided(
    self, size, stride, dtype=None, device=None, requires_grad=False, layout=None, pin_memory=False
):  # fmt: skip
    """A tensor of the given sizes and strides and the dtype of this one, with whatever is in its memory.

    RuntimeError for a negative size or stride, and where there are not as many strides as sizes.

    >>> import wengert as t
    >>> t.tensor([1, 2]).new_empty_strided((2, 3), (1, 2)).stride()
    (1, 2)
    """
    check_options("new_empty_strided", device, layout, requires_grad)
    return tensor_on(_strided("new_empty_strided", size, stride, array_dtype(dtype, self.dtype)), requires_grad)


@register_function
def empty_permuted(
    size, physical_layout, *, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False
):  # fmt: skip
    """A tensor whose dimensions lie in memory in the given order, the first outermost; with whatever is there.

    RuntimeError if `physical_layout` is no order of all dimensions.

    >>> import wengert as t
    >>> t.empty_permuted((2, 3, 5, 7), (0, 2, 3, 1)).stride()
    (105, 1, 21, 3)
    """
    shape = _sequence("empty_permuted", size)
    order = arguments.integers("empty_permuted", "physical_layout", 2, physical_layout)
    if len(order) != len(shape):
        raise RuntimeError(
            "Number of dimensions in size does not match the length of the physical_layout; i.e. len(size) = "
            f"{len(shape)} is not equal to len(physical_layout) = {len(order)}"
        )
    for i, d in enumerate(order):
        if not 0 <= d < len(shape):
            raise RuntimeError(
                f"Dimension out of range (expected to be between 0 and {len(shape) - 1}, but got {d} at index {i})."
            )
        if d in order[:i]:
            raise RuntimeError(f"Duplicate dim not allowed: {d} appears twice in {list(order)}")
    check_options("empty_permuted", device, layout, requires_grad)
    return tensor_on(memory_formats.empty_in_order(shape, order, array_dtype(dtype)), requires_grad)


bind_method("new_full", naming_its_arguments(new_full))
bind_method("new_empty_strided", naming_its_arguments(new_empty_strided))
