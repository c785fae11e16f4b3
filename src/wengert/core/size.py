"""`Size`, `device` and `layout`, what the properties of those names return, and the names of memory formats."""

import math


class Size(tuple):
    """The shape of a tensor: a tuple of ints that can count its elements.

    >>> import wengert as t
    >>> t.Size([2, 3]).numel(), t.Size([2, 3]) == (2, 3), t.Size([2, 3])[1:]
    (6, True, wengert.Size([3]))
    """

    __slots__ = ()

    def numel(self) -> int:
        """The product of the sizes.

        >>> import wengert as t
        >>> t.Size([2, 3]).numel()
        6
        """
        return math.prod(self)

    def __repr__(self) -> str:
        return f"wengert.Size({list(self)})"

    def __getitem__(self, index):
        result = tuple.__getitem__(self, index)
        return Size(result) if isinstance(index, slice) else result

    def __add__(self, other):
        return Size(tuple.__add__(self, other))


# The types of devices that can be named.
TYPES = ("cpu", "cuda", "xpu", "mps", "meta")


def _type_name(value) -> str:
    return type(value).__name__


def check_device(value) -> None:
    """Whether a device, given in any form, is the CPU."""
    device(value).require_cpu()


class device:
    """Where a tensor's memory is: `device("cpu")`.

    Devices of other types can be named; tensors are on the CPU alone, and AssertionError or RuntimeError says so where
    one is asked for elsewhere.

    Args:
        type: "cpu", "cpu:0" or a device.
        index: the number of the device, where it has one.

    >>> import wengert as t
    >>> t.device("cpu") == t.zeros(1).device
    True
    """

    __slots__ = ("type", "index")

    def __init__(self, type="cpu", index=None):
        if isinstance(type, device):
            type, index = type.type, type.index
        if isinstance(type, int) and not isinstance(type, bool):
            raise RuntimeError(f"Cannot access accelerator device when none is available. Device {type} was asked for.")
        if not isinstance(type, str):
            raise TypeError(f"device(): argument 'type' (position 1) must be str, not {_type_name(type)}")
        kind, colon, number = type.partition(":")
        if kind not in TYPES:
            raise RuntimeError(f"Expected one of {', '.join(TYPES)} device type at start of device string: {type}")
        if colon and (index is not None or not number.isdecimal() or number != str(int(number))):
            raise RuntimeError(f"Invalid device string: '{type}'")
        self.type = kind
        self.index = int(number) if colon else index

    def require_cpu(self) -> None:
        """AssertionError for a CUDA device, RuntimeError for others that are not the CPU."""
        if self.type == "cuda":
            raise AssertionError("Torch not compiled with CUDA enabled: tensors are on the CPU")
        if self.type != "cpu":
            raise RuntimeError(f"PyTorch is not linked with support for {self.type} devices: tensors are on the CPU")

    def __enter__(self):
        """The place of what is made in the block: the CPU, as everywhere; AssertionError or RuntimeError for others."""
        self.require_cpu()
        return self

    def __exit__(self, *raised) -> None:
        pass

    def __eq__(self, other) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self) -> str:
        return (
            f"device(type={self.type!r})" if self.index is None else f"device(type={self.type!r}, index={self.index})"
        )


CPU = device("cpu")


class _Named:
    """A word of its own type: compared by identity, printed with the library's name."""

    __slots__ = ("name",)

    def __init__(self, name: str):
        self.name = name

    def __repr__(self) -> str:
        return f"wengert.{self.name}"

    def __reduce__(self):
        return _named, (self.name,)


class layout(_Named):
    """How a tensor lies in memory: `strided`, the only one.

    >>> import wengert as t
    >>> isinstance(t.strided, t.layout)
    True
    """

    __slots__ = ()


class memory_format(_Named):
    """In which order the dimensions of a tensor lie in memory: row by row (`contiguous_format`), with the channels of
    images innermost (`channels_last`, `channels_last_3d`), or as those of another tensor (`preserve_format`).

    >>> import wengert as t
    >>> t.zeros(2, 3, 5, 7).contiguous(memory_format=t.channels_last).stride()
    (105, 1, 21, 3)
    """

    __slots__ = ()


STRIDED = layout("strided")
CONTIGUOUS = memory_format("contiguous_format")
PRESERVE = memory_format("preserve_format")
CHANNELS_LAST = memory_format("channels_last")
CHANNELS_LAST_3D = memory_format("channels_last_3d")


def _named(name: str):
    return next(x for x in (STRIDED, CONTIGUOUS, PRESERVE, CHANNELS_LAST, CHANNELS_LAST_3D) if x.name == name)
