"""What scripts ask before they put their tensors on an Apple GPU."""


def is_available() -> bool:
    """Whether tensors can be on an Apple GPU: False.

    >>> import wengert as t
    >>> "mps" if t.backends.mps.is_available() else "cpu"
    'cpu'
    """
    return False


def is_built() -> bool:
    """Whether the library was built for Apple GPUs: False."""
    return False
