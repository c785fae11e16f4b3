"""Settings of cuDNN, which scripts for GPUs make: accepted, and without effect."""

enabled = True
benchmark = False
deterministic = False
allow_tf32 = True


def is_available() -> bool:
    """Whether convolutions are cuDNN's: False.

    >>> import wengert as t
    >>> t.backends.cudnn.is_available()
    False
    """
    return False


def version() -> None:
    """The version of cuDNN: None, for there is none."""
    return None
