"""Tensors of random numbers, drawn from the streams of `ops.generator`."""

import builtins

import numpy

from ..core import Tensor, dtypes
from ..core.errors import check_broadcast, type_word
from ..core.promotion import from_array
from ..core.registry import register_function
from ..core.writing import write_out
from . import batching, levels
from .creation import array_dtype, sizes_given, tensor_on
from .declaration import elementwise
from .generator import Generator, default_generator, stream_of

__all__ = [
    "Generator", "default_generator", "normal", "rand", "rand_like", "randint", "randint_like", "randn", "randn_like",
    "randperm",
]  # fmt: skip

# How many random bits a floating number in [0, 1) has: as many as its significand. Rounding must not reach 1.
_UNIFORM_BITS = {"float16": 11, "bfloat16": 8}


def name_of(numpy_dtype) -> str:
    """The name of a NumPy type, "bfloat16" too."""
    return dtypes.from_numpy(numpy_dtype).name


def without_kernel(kernel: str, dtype) -> NotImplementedError:
    """That a type has no such random numbers, in PyTorch's words."""
    return NotImplementedError(
        f"\"{kernel}\" not implemented for '{type_word(dtype)}': draw it in a floating type and convert"
    )


def uniform_values(stream, shape, dtype):
    """Uniform in [0, 1), in the precision asked for; of complex numbers, each part."""
    dtype = numpy.dtype(dtype)
    if dtype in (numpy.float32, numpy.float64):
        return numpy.asarray(stream.random(shape, dtype=dtype))
    kind = dtypes.kind_of(dtype)
    if kind == "c":
        part = numpy.float32 if dtype == numpy.complex64 else numpy.float64
        return (stream.random(shape, dtype=part) + 1j * stream.random(shape, dtype=part)).astype(dtype)
    if kind == "f":
        steps = 1 << _UNIFORM_BITS[name_of(dtype)]
        return (numpy.floor(stream.random(shape) * steps) / steps).astype(dtype)
    raise without_kernel("check_uniform_bounds", dtype)


def normal_values(stream, shape, dtype):
    """Normal with mean 0 and variance 1; of complex numbers, half of it in each part."""
    dtype = numpy.dtype(dtype)
    if dtype in (numpy.float32, numpy.float64):
        return numpy.asarray(stream.standard_normal(shape, dtype=dtype))
    kind = dtypes.kind_of(dtype)
    if kind == "c":
        return ((stream.standard_normal(shape) + 1j * stream.standard_normal(shape)) * numpy.sqrt(0.5)).astype(dtype)
    if kind == "f":
        return numpy.asarray(stream.standard_normal(shape, dtype=numpy.float32)).astype(dtype)
    raise without_kernel("normal_kernel_cpu", dtype)


def drawn_tensor(draw, generator, shape, dtype, requires_grad=False, device=None, target=None):
    """A tensor of what `draw(stream, shape, dtype)` gives; under `vmap`, one for each entry if its `randomness` says
    so."""
    batches = levels.random_levels(target)
    array = draw(stream_of(generator), (*[level.size for level in batches], *shape), dtype)
    if not batches:
        return tensor_on(array, requires_grad, device)
    x = batching.nested(from_array(array), batches)
    x.requires_grad = bool(requires_grad)
    return x


def _new(name, draw, generator, shape, dtype, default, out, requires_grad, device):
    """`drawn_tensor` in a type given, `out`'s or the default one, written into `out` where there is one."""
    if out is None:
        return drawn_tensor(draw, generator, shape, array_dtype(dtype, default), requires_grad, device)
    if not isinstance(out, Tensor):
        raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(out).__name__}")
    if dtype is not None and array_dtype(dtype) != out.array.dtype:
        raise RuntimeError(
            f"dtype {type_word(array_dtype(dtype))} does not match dtype of out parameter "
            f"({type_word(out.array.dtype)}): {name} writes numbers of out's type; leave dtype away"
        )
    return write_out(name, drawn_tensor(draw, generator, shape, out.array.dtype), out)


def _sizes(name: str, given: tuple, size) -> tuple:
    if size is not None and given:
        raise TypeError(f"{name}(): the size is given twice, by position and by name")
    if size is None and not given:
        raise TypeError(f"{name}() received an invalid combination of arguments - got (): it needs a size")
    return sizes_given((size,) if size is not None else given)


def _shape_like(name: str, input) -> tuple:
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
    return tuple(input.shape)


@register_function
def rand(
    *shape, size=None, generator=None, out=None, dtype=None, layout=None, device=None, requires_grad=False,
    pin_memory=False,
):  # fmt: skip
    """Uniform in [0, 1), of the sizes given: rand(2, 3), rand((2, 3)).

    Raises:
        NotImplementedError: a dtype that is not floating or complex.

    >>> import wengert as t
    >>> x = t.rand(1000)
    >>> x.dtype, bool((x >= 0).all()), bool((x < 1).all())
    (wengert.float32, True, True)
    """
    return _new("rand", uniform_values, generator, _sizes("rand", shape, size), dtype, None, out, requires_grad, device)


@register_function
def randn(
    *shape, size=None, generator=None, out=None, dtype=None, layout=None, device=None, requires_grad=False,
    pin_memory=False,
):  # fmt: skip
    """Normal with mean 0 and variance 1, of the sizes given; complex numbers have half of the variance in each part.

    Raises:
        NotImplementedError: a dtype that is not floating or complex.

    >>> import wengert as t
    >>> t.randn(2, 3, dtype=t.float64).shape
    wengert.Size([2, 3])
    """
    shape = _sizes("randn", shape, size)
    return _new("randn", normal_values, generator, shape, dtype, None, out, requires_grad, device)


@register_function
def rand_like(input, *, generator=None, dtype=None, layout=None, device=None, requires_grad=False, memory_format=None):
    """Uniform in [0, 1), of the shape and dtype of `input`.

    NotImplementedError for what is not of floating point or complex, TypeError for what is no tensor.

    >>> import wengert as t
    >>> t.rand_like(t.zeros(2, 3, dtype=t.float64)).dtype
    wengert.float64
    """
    shape = _shape_like("rand_like", input)
    return drawn_tensor(uniform_values, generator, shape, array_dtype(dtype, input.dtype), requires_grad, device)


@register_function
def randn_like(input, *, generator=None, dtype=None, layout=None, device=None, requires_grad=False, memory_format=None):
    """Normal with mean 0 and variance 1, of the shape and dtype of `input`.

    NotImplementedError for what is not of floating point or complex, TypeError for what is no tensor.

    >>> import wengert as t
    >>> t.randn_like(t.zeros(2, 3)).shape
    wengert.Size([2, 3])
    """
    shape = _shape_like("randn_like", input)
    return drawn_tensor(normal_values, generator, shape, array_dtype(dtype, input.dtype), requires_grad, device)


# ------------------------------------------------------------------------------------------------ integers

# PyTorch's words for a type in a message about its bounds.
_BOUNDED_WORDS = {
    "uint8": "unsigned char", "int8": "signed char", "int16": "short", "int32": "int", "int64": "long",
    "uint16": "short unsigned int", "uint32": "unsigned int", "uint64": "long unsigned int", "bool": "bool",
    "float16": "c10::Half", "bfloat16": "c10::BFloat16", "float32": "float", "float64": "double",
}  # fmt: skip


def bounds_of(dtype) -> tuple:
    """The least and the largest number of a real NumPy type."""
    kind = dtypes.kind_of(dtype)
    if kind == "b":
        return 0, 1
    if kind == "f":
        largest = 3.3895313892515355e38 if name_of(dtype) == "bfloat16" else float(numpy.finfo(dtype).max)
        return -largest, largest
    return int(numpy.iinfo(dtype).min), int(numpy.iinfo(dtype).max)


def check_within(dtype, **numbers) -> None:
    """RuntimeError for the first of the numbers, by what they are called, that a type does not hold."""
    low, high = bounds_of(dtype)
    for name, value in numbers.items():
        if not low <= value <= high:
            raise RuntimeError(
                f"{name.replace('_', ' ')} is out of bounds for {_BOUNDED_WORDS[name_of(dtype)]}: {value} is not in "
                f"[{low}, {high}]"
            )


def check_order(low, high) -> None:
    """RuntimeError where no integer is in [low, high)."""
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")


def check_integers(dtype, low, high) -> None:
    """RuntimeError where integers in [low, high) are none, or none of the type."""
    check_order(low, high)
    if dtypes.kind_of(dtype) == "c":
        raise RuntimeError(
            "check_random_bounds handles only integral, floating-point and boolean types: complex numbers have no order"
        )
    least, largest = bounds_of(dtype)
    if not least <= low <= largest:
        check_within(dtype, **{"from": low})
    if not least <= high - 1 <= largest:
        check_within(dtype, **{"to_-_1": high - 1})


def integers(low: int, high: int):
    """What draws integers in [low, high) for `drawn_tensor`."""

    def draw(stream, shape, dtype):
        return numpy.asarray(stream.integers(low, high, shape)).astype(dtype)

    return draw


def _integer(name: str, argument: str, position: int, value) -> int:
    if isinstance(value, Tensor) and value.numel() == 1 and value.dtype.category == 1:
        return value.item()
    if isinstance(value, builtins.bool) or not isinstance(value, (int, numpy.integer)):
        found = type(value).__name__
        raise TypeError(f"{name}(): argument '{argument}' (position {position}) must be int, not {found}")
    return int(value)


@register_function
def randint(
    *bounds, low=None, high=None, size=None, generator=None, out=None, dtype=None, layout=None, device=None,
    requires_grad=False, pin_memory=False,
):  # fmt: skip
    """Integers, uniform in [low, high): randint(high, size) or randint(low, high, size), int64 unless told otherwise.

    Raises:
        RuntimeError: low is not below high, or the dtype does not hold them.
        TypeError: bounds that are no integers.

    >>> import wengert as t
    >>> x = t.randint(2, 5, (100,))
    >>> x.dtype, x.min(), x.max()
    (wengert.int64, tensor(2), tensor(4))
    """
    given = list(bounds)
    if size is None and given:
        size = given.pop()
    if high is None and given:
        high = given.pop()
    if low is None:
        low = given.pop() if given else 0
    if given or high is None or size is None:
        raise TypeError(
            f"randint() received an invalid combination of arguments - got {len(bounds)} by position; it is called as "
            "randint(high, size) or randint(low, high, size)"
        )
    low, high = _integer("randint", "low", 1, low), _integer("randint", "high", len(bounds) - 1 or 1, high)
    if not isinstance(size, (tuple, list)):
        raise TypeError(
            f"randint(): argument 'size' (position {len(bounds)}) must be tuple of ints, not {type(size).__name__}"
        )
    shape = sizes_given((size,))
    chosen = out.array.dtype if isinstance(out, Tensor) else array_dtype(dtype, dtypes.int64)
    check_integers(chosen, low, high)
    return _new("randint", integers(low, high), generator, shape, dtype, dtypes.int64, out, requires_grad, device)


@register_function
def randint_like(
    input, *bounds, low=None, high=None, generator=None, dtype=None, layout=None, device=None, requires_grad=False,
    memory_format=None,
):  # fmt: skip
    """Integers, uniform in [low, high), of the shape and dtype of `input`: randint_like(input, high) or
    randint_like(input, low, high).

    Raises:
        RuntimeError: low is not below high, or the dtype does not hold them.
        TypeError: bounds that are no integers.

    >>> import wengert as t
    >>> t.randint_like(t.zeros(3), 1)
    tensor([0., 0., 0.])
    """
    shape = _shape_like("randint_like", input)
    given = list(bounds)
    if high is None and given:
        high = given.pop()
    if low is None:
        low = given.pop() if given else 0
    if given or high is None:
        raise TypeError(
            "randint_like() received an invalid combination of arguments; it is called as randint_like(input, high) or "
            "randint_like(input, low, high)"
        )
    low, high = _integer("randint_like", "low", 2, low), _integer("randint_like", "high", len(bounds) + 1, high)
    chosen = array_dtype(dtype, input.dtype)
    check_integers(chosen, low, high)
    return drawn_tensor(integers(low, high), generator, shape, chosen, requires_grad, device)


@register_function
def randperm(
    n, *, generator=None, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False
):
    """The integers below n in random order, int64 unless told otherwise.

    Raises:
        RuntimeError: a negative n, or more integers than the dtype holds.

    >>> import wengert as t
    >>> t.randperm(5).sort()[0]
    tensor([0, 1, 2, 3, 4])
    """
    n = _integer("randperm", "n", 1, n)
    if n < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {n}: [{n}]: randperm needs n >= 0")
    chosen = out.array.dtype if isinstance(out, Tensor) else array_dtype(dtype, dtypes.int64)
    if dtypes.kind_of(chosen) in "bc":
        raise without_kernel("randperm", chosen)
    largest = (1 << numpy.finfo(chosen).nmant + 1) if chosen.kind == "f" else 256 if chosen.kind == "V" else None
    if largest is not None and n > largest + 1:
        raise RuntimeError(f"n cannot be greater than {largest + 1} for {type_word(chosen)} type, not {n}")
    if largest is None and n - 1 > numpy.iinfo(chosen).max:
        raise RuntimeError(
            f"value cannot be converted to type {name_of(chosen)}_t without overflow: randperm was given {n}"
        )
    return _new(
        "randperm",
        lambda stream, shape, kind: stream.permuted(numpy.broadcast_to(numpy.arange(n), shape), axis=-1).astype(kind),
        generator, (n,), dtype, dtypes.int64, out, requires_grad, device,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ normal


@register_function
def normal(
    mean, std=1.0, size=None, *, generator=None, out=None, dtype=None, layout=None, device=None, requires_grad=False,
    pin_memory=False,
):  # fmt: skip
    """Normal with the given means and standard deviations: normal(mean, std) with one tensor at least, of the first
    one's dtype and of their broadcast shape, or normal(number, number, size).

    Raises:
        RuntimeError: a negative or complex standard deviation; shapes that do not broadcast.
        NotImplementedError: means that are not floating or complex.
        TypeError: two numbers without a size, or a tensor with one.

    >>> import wengert as t
    >>> t.normal(t.tensor([1.0, -1.0]), 0.0)
    tensor([ 1., -1.])
    """
    tensors = [x for x in (mean, std) if isinstance(x, Tensor)]
    numbers = [x for x in (mean, std) if not isinstance(x, Tensor)]
    size = tuple(size) if isinstance(size, (list, tuple)) else size
    plain = all(isinstance(x, (int, float)) and not isinstance(x, builtins.bool) for x in numbers)
    if not plain or bool(tensors) == (size is not None) or not (size is None or isinstance(size, tuple)):
        words = ", ".join(type(x).__name__ for x in (mean, std, size) if x is not None)
        raise TypeError(
            f"normal() received an invalid combination of arguments - got ({words}); it is called with a tensor of "
            "means, of standard deviations or both, or with two numbers and a tuple of sizes"
        )
    if not isinstance(std, Tensor):
        if std < 0:
            raise RuntimeError(f"normal expects std >= 0.0, but found std {std}")
    elif std.dtype.is_complex:
        raise RuntimeError("normal expects standard deviation to be non-complex")
    if not tensors:

        def scaled(stream, shape, kind):
            return normal_values(stream, shape, kind) * numpy.asarray(std, kind) + numpy.asarray(mean, kind)

        return _new("normal", scaled, generator, sizes_given((size,)), dtype, None, out, requires_grad, device)
    if isinstance(std, Tensor) and bool((_everywhere(std) < 0).any()):
        raise RuntimeError("normal expects all elements of std >= 0.0")
    check_broadcast("normal", [tuple(x.shape) for x in tensors])
    shape = numpy.broadcast_shapes(*[tuple(x.shape) for x in tensors])
    dtype = tensors[0].dtype
    standard = drawn_tensor(normal_values, generator, shape, dtype.numpy)
    scale = std.detach().to(dtype) if isinstance(std, Tensor) else std
    result = standard * scale + (mean.detach() if isinstance(mean, Tensor) else mean)
    result = drawn_from(result, *tensors)
    return result if out is None else write_out("normal", result, out)


def _everywhere(x: Tensor):
    """The values of x for every entry of the batches that it is one of."""
    while x._level:
        x = x._payload.held()[0]
    return x.array


held_constant = elementwise(
    "held_constant(input, sample)", forward=lambda x, sample: numpy.array(sample), in_place=False, method=False,
    public=False, promoted=(),
    input=lambda t: t * 0.0,
    sample=None,
    doc="The sample, whose derivative in what it was drawn from is 0.",
)  # fmt: skip


def drawn_from(sample, *parameters):
    """A sample in the graph of what it was drawn from, where that requires a gradient: PyTorch gives one of 0."""
    for x in parameters:
        if x.requires_grad and x.dtype.category >= 2:
            sample = held_constant(x.expand(tuple(sample.shape)) if x.shape != sample.shape else x, sample)
    return sample
