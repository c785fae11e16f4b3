"""What scripts ask of OpenMP, which this library does without."""


def is_available() -> bool:
    """Whether OpenMP is in use: False.

    >>> import wengert as t
    >>> t.backends.openmp.is_available()
    False
    """
    return False
