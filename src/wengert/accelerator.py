"""What a program asks before it puts its tensors on any accelerator: there is none."""


def is_available() -> bool:
    """Whether there is an accelerator: False.

    >>> import wengert as t
    >>> t.accelerator.current_accelerator().type if t.accelerator.is_available() else "cpu"
    'cpu'
    """
    return False


def current_accelerator(check_available: bool = False) -> None:
    """The accelerator's device: None."""
    return None


def device_count() -> int:
    """How many accelerators there are: 0."""
    return 0
