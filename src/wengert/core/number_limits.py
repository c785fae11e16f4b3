"""Numbers: what those of an element type can be, `finfo` and `iinfo`, and tensors as Python's."""

import warnings

import ml_dtypes
import numpy

from . import dtypes
from .modes import is_grad_enabled

# Decimal digits that survive a round trip, 10 ** -digits: what NumPy calls the resolution.
_RESOLUTIONS = {"bfloat16": 1e-2, "float16": 1e-3, "float32": 1e-6, "float64": 1e-15}


class finfo:
    """The limits of a floating type; of a complex one, those of its parts.

    Args:
        type: a floating or complex dtype; the default dtype unless given.

    Attributes:
        bits: the size of a number in bits.
        eps: the difference between 1 and the next larger number.
        max, min: the largest number and its negative.
        smallest_normal, tiny: the smallest positive number of full precision.
        resolution: the relative precision in decimal digits, as a power of ten.
        dtype: the name of the type.

    Raises:
        TypeError: for a type that is not floating, and for what is not a dtype.

    >>> import wengert as t
    >>> t.finfo(t.float32).eps
    1.1920928955078125e-07
    """

    __slots__ = ("bits", "dtype", "eps", "max", "min", "resolution", "smallest_normal", "tiny")
    bits: int
    dtype: str
    eps: float
    max: float
    min: float
    resolution: float
    smallest_normal: float
    tiny: float

    def __init__(self, type=None):
        if type is None:
            type = dtypes.get_default_dtype()
        _check_dtype("finfo", type)
        if type.category < 2:
            raise TypeError(
                "torch.finfo() requires a floating point input type. Use torch.iinfo to handle "
                f"integers: the type given is {type!r}"
            )
        real = type.to_real()
        limits = ml_dtypes.finfo(real.numpy)
        self.bits = real.itemsize * 8
        self.dtype = real.name
        for name in ("eps", "max", "min", "smallest_normal", "tiny"):
            setattr(self, name, float(getattr(limits, name)))
        self.resolution = _RESOLUTIONS[real.name]

    def __eq__(self, other) -> bool:
        return isinstance(other, finfo) and self.dtype == other.dtype

    def __hash__(self) -> int:
        return hash(self.dtype)

    def __repr__(self) -> str:
        numbers = ", ".join(
            f"{name}={getattr(self, name):g}" for name in ("resolution", "min", "max", "eps", "smallest_normal", "tiny")
        )
        return f"finfo({numbers}, dtype={self.dtype})"


class iinfo:
    """The limits of an integer type.

    Args:
        type: an integer dtype.

    Attributes:
        bits: the size of a number in bits.
        max, min: the largest and the smallest number.
        dtype: the name of the type.

    Raises:
        TypeError: for a type that is not an integer type, and for what is not a dtype.

    >>> import wengert as t
    >>> t.iinfo(t.int8)
    iinfo(min=-128, max=127, dtype=int8)
    """

    __slots__ = ("bits", "dtype", "max", "min")
    bits: int
    dtype: str
    max: int
    min: int

    def __init__(self, type):
        _check_dtype("iinfo", type)
        if type.category == 0:
            raise TypeError("torch.bool is not supported by torch.iinfo: it has the values False and True")
        if type.category > 1:
            raise TypeError(
                "torch.iinfo() requires an integer input type. Use torch.finfo to handle "
                f"floating types: the type given is {type!r}"
            )
        limits = numpy.iinfo(type.numpy)
        self.bits, self.max, self.min, self.dtype = limits.bits, int(limits.max), int(limits.min), type.name

    def __eq__(self, other) -> bool:
        return isinstance(other, iinfo) and self.dtype == other.dtype

    def __hash__(self) -> int:
        return hash(self.dtype)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"


def _check_dtype(name: str, value) -> None:
    if not isinstance(value, dtypes.dtype):
        raise TypeError(f"{name}(): argument 'type' (position 1) must be torch.dtype, not {type(value).__name__}")


def real_number(value, kind: str):
    """A Python number without imaginary part, for a type named `kind`; RuntimeError where it has one."""
    if not isinstance(value, complex):
        return value
    if value.imag:
        from . import errors

        errors.imaginary_part_lost(value, kind)
    return value.real


def python_number(x):
    """The number of a tensor of one element, for Python's own conversions; ValueError for another number of them.

    They leave the graph without a trace, as in `array[i] = x[j]`, so a tensor that requires a gradient is warned of.
    """
    if x.numel() != 1:
        raise ValueError(
            f"only one element tensors can be converted to Python scalars: this one has shape {list(x.shape)}"
        )
    if x.requires_grad and is_grad_enabled():
        warnings.warn(
            "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
            "Consider using tensor.detach() first: the number has no history, nor has the array it is written to.",
            UserWarning,
            stacklevel=2,
        )
    return x.item()
