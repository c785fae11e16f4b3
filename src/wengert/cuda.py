"""What a program asks before it puts its tensors on a GPU: there is none."""


def is_available() -> bool:
    """Whether tensors can be on a CUDA device: False.

    >>> import wengert as t
    >>> "cuda" if t.cuda.is_available() else "cpu"
    'cpu'
    """
    return False


def device_count() -> int:
    """How many CUDA devices there are: 0."""
    return 0


def is_initialized() -> bool:
    """Whether a CUDA device is in use: False."""
    return False


def manual_seed(seed: int) -> None:
    """Seed the generators of CUDA devices, of which there are none."""


def manual_seed_all(seed: int) -> None:
    """Seed the generators of all CUDA devices, of which there are none."""


def empty_cache() -> None:
    """Give back memory of CUDA devices, of which none is held."""


def _absent(name: str):
    def function(*arguments, **keywords):
        raise AssertionError(f"Torch not compiled with CUDA enabled: cuda.{name}() needs a device, and there is none")

    function.__name__ = function.__qualname__ = name
    function.__doc__ = "AssertionError: there is no CUDA device."
    return function


current_device, synchronize, get_device_name, set_device = [
    _absent(name) for name in ("current_device", "synchronize", "get_device_name", "set_device")
]
