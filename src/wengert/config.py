"""What is in use: versions, processor features, libraries, threads."""

import numpy

from .kernels import blas, instruction_set
from .kernels.threads import get_num_threads


def config() -> dict:
    """Versions, the instruction set of the compiled loops, OpenBLAS's version and core, and the number of threads."""
    import platform

    from . import __version__

    return {
        "wengert": __version__,
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "instruction set": instruction_set(),
        **{f"openblas {name}": value for name, value in blas.config().items() if name != "threads"},
        "threads": get_num_threads(),
    }


def show_config() -> None:
    """Print the versions, the instruction set of the compiled loops, OpenBLAS's version and core, and the number of
    threads: a line each.

    >>> import wengert as t
    >>> t.show_config()
    wengert: ...
    python: ...
    numpy: ...
    ...
    threads: ...
    """
    for name, value in config().items():
        print(f"{name}: {value}")
