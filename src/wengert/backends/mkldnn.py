"""What scripts ask of oneDNN, which this library does without."""


def is_available() -> bool:
    """Whether oneDNN is in use: False.

    >>> import wengert as t
    >>> t.backends.mkldnn.is_available()
    False
    """
    return False
