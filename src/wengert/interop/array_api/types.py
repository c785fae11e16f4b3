"""Element types: questions about them, and what the namespace can do."""

import dataclasses

from ...core import Tensor, dtypes
from ...core import device as device_of
from ...core.number_limits import finfo as _float_limits
from ...core.number_limits import iinfo as _integer_limits
from ...core.promotion import promote_types
from ...core.size import check_device as check_device_of

# Of the standard; float16 and bfloat16 are ours besides.
_KINDS = {
    "bool": (dtypes.bool,),
    "signed integer": (dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64),
    "unsigned integer": (dtypes.uint8, dtypes.uint16, dtypes.uint32, dtypes.uint64),
    "real floating": (dtypes.float32, dtypes.float64),
    "complex floating": (dtypes.complex64, dtypes.complex128),
}
_KINDS["integral"] = _KINDS["signed integer"] + _KINDS["unsigned integer"]
_KINDS["numeric"] = _KINDS["integral"] + _KINDS["real floating"] + _KINDS["complex floating"]


def checked_dtype(dtype):
    """A dtype of ours, or the one that a Python type stands for; None stays None."""
    if dtype in (bool, int, float, complex):
        return dtypes.from_numpy(dtypes.as_numpy(dtype))
    if dtype is not None and not isinstance(dtype, dtypes.dtype):
        raise TypeError(f"dtype must be a wengert.dtype, not {dtype!r}")
    return dtype


def check_device(device) -> None:
    """ValueError, RuntimeError in PyTorch's words, for another device than the CPU."""
    if device is not None:
        check_device_of(device)


def astype(x, dtype, /, *, copy=True, device=None):
    check_device(device)
    return x.to(checked_dtype(dtype), copy=copy)


def isdtype(dtype, kind) -> bool:
    checked_dtype(dtype)
    if isinstance(kind, tuple):
        return any([isdtype(dtype, one) for one in kind])
    if isinstance(kind, dtypes.dtype):
        return dtype is kind
    if not isinstance(kind, str):
        raise TypeError(f"isdtype: 'kind' must be a dtype, a string or a tuple of them, not {type(kind).__name__}")
    if kind not in _KINDS:
        raise ValueError(f"isdtype: kind {kind!r} is not one of {', '.join(map(repr, _KINDS))}")
    if kind in ("real floating", "numeric") and dtype.is_floating_point:
        return True
    return dtype in _KINDS[kind]


def result_type(*arrays_and_dtypes):
    """The common type of arrays and dtypes; Python's numbers count by their kind alone."""
    found, numbers = None, []
    for x in arrays_and_dtypes:
        if isinstance(x, (bool, int, float, complex)):
            numbers.append(x)
            continue
        own = x.dtype.numpy if isinstance(x, Tensor) else checked_dtype(x).numpy
        found = own if found is None else promote_types(found, own)
    if found is None:
        raise ValueError("result_type: at least one array or dtype is needed")
    for number in numbers:
        kind = (bool, int, float, complex).index(next(t for t in (bool, int, float, complex) if isinstance(number, t)))
        have = dtypes.from_numpy(found)
        if kind > have.category:
            own = (dtypes.bool, dtypes.int64, dtypes.get_default_dtype(), None)[kind]
            found = (own or (have if have.category == 2 else dtypes.get_default_dtype()).to_complex()).numpy
    return dtypes.from_numpy(found)


def can_cast(from_, to, /) -> bool:
    """Whether promotion leads from one type to the other."""
    source = from_.dtype if isinstance(from_, Tensor) else checked_dtype(from_)
    return dtypes.from_numpy(promote_types(source.numpy, checked_dtype(to).numpy)) is to


@dataclasses.dataclass(frozen=True)
class FloatLimits:
    """Limits of a floating type (of a complex one, of its parts)."""

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: dtypes.dtype


@dataclasses.dataclass(frozen=True)
class IntegerLimits:
    """Limits of an integer type."""

    bits: int
    max: int
    min: int
    dtype: dtypes.dtype


def finfo(type, /) -> FloatLimits:
    own = type.dtype if isinstance(type, Tensor) else checked_dtype(type)
    limits = _float_limits(own)
    return FloatLimits(limits.bits, limits.eps, limits.max, limits.min, limits.smallest_normal, own.to_real())


def iinfo(type, /) -> IntegerLimits:
    own = type.dtype if isinstance(type, Tensor) else checked_dtype(type)
    limits = _integer_limits(own)
    return IntegerLimits(limits.bits, limits.max, limits.min, own)


class Info:
    """What the namespace has: https://data-apis.org/array-api/2024.12/API_specification/inspection.html"""

    def capabilities(self) -> dict:
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}

    def default_device(self):
        return device_of("cpu")

    def devices(self) -> list:
        return [device_of("cpu")]

    def default_dtypes(self, *, device=None) -> dict:
        check_device(device)
        floating = dtypes.get_default_dtype()
        return {
            "real floating": floating, "complex floating": floating.to_complex(), "integral": dtypes.int64,
            "indexing": dtypes.int64,
        }  # fmt: skip

    def dtypes(self, *, device=None, kind=None) -> dict:
        check_device(device)
        if kind is None:
            kind = ("bool", "numeric")
        kinds = kind if isinstance(kind, tuple) else (kind,)
        for one in kinds:
            if one not in _KINDS:
                raise ValueError(f"unsupported kind: {one!r}")
        return {dtype.name: dtype for one in kinds for dtype in _KINDS[one]}


def __array_namespace_info__() -> Info:
    return Info()
