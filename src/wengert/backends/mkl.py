"""What scripts ask of Intel's MKL, which this library does without."""


def is_available() -> bool:
    """Whether Intel's MKL is in use: False.

    >>> import wengert as t
    >>> t.backends.mkl.is_available()
    False
    """
    return False
