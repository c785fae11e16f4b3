"""Calls of LAPACK's Fortran routines over a batch of matrices, in the OpenBLAS that multiplies matrices here.

`lapack.py` says which routine takes what; this module knows how an argument travels.
"""

import os

import cython
from cython.cimports import numpy as cnp
from cython.cimports.wengert.kernels.lapack_calls import MOST_WORDS, lapack_open, lapack_run, lapack_symbol

from . import blas

cnp.import_array()


def _load() -> None:
    path = blas.config()["path"]
    encoded: bytes = os.fsencode(path)
    failure: cython.pointer(cython.const[cython.char]) = lapack_open(encoded)
    if failure != cython.NULL:
        words: bytes = failure
        raise ImportError(f"wengert could not load OpenBLAS: {words.decode(errors='replace')}")


_load()


def routine(name: str) -> int:
    """The address of a routine, "dgetrf"; ImportError if the library lacks it."""
    encoded: bytes = f"scipy_{name}_".encode()
    found: cython.size_t = lapack_symbol(encoded)
    if found == 0:
        raise ImportError(f"wengert: the OpenBLAS at {blas.config()['path']} has no LAPACK routine {name}")
    return found


def call(address: cython.size_t, count: cython.Py_ssize_t, *arguments) -> None:
    """Call a routine for each of `count` matrices, without holding the interpreter's lock.

    An argument is an int or a one-letter string, the same for every matrix; a C-contiguous array, cut into `count`
    equal parts, one for each; or a tuple of one array that every call uses whole (a workspace, a real number).
    """
    integers: cython.int[24]
    letters: cython.char[24]
    start: cython.pointer(cython.char)[24]
    steps: cython.Py_ssize_t[24]
    words: cython.int = 0
    strings: cython.int = 0
    x: cnp.ndarray
    for argument in arguments:
        if words == MOST_WORDS:
            raise ValueError("a LAPACK routine of more arguments than any has")
        steps[words] = 0
        if isinstance(argument, str):
            letters[words] = ord(argument)
            start[words] = cython.address(letters[words])
            strings += 1
        elif isinstance(argument, tuple):
            x = argument[0]
            start[words] = cython.cast(cython.p_char, cnp.PyArray_DATA(x))
        elif isinstance(argument, cnp.ndarray):
            x = argument
            if not cnp.PyArray_ISCARRAY(x):
                raise ValueError("LAPACK is given C-contiguous memory that may be written")
            start[words] = cython.cast(cython.p_char, cnp.PyArray_DATA(x))
            steps[words] = cnp.PyArray_NBYTES(x) // count if count else 0
        else:
            integers[words] = argument
            start[words] = cython.cast(cython.p_char, cython.address(integers[words]))
        words += 1
    if words + strings > MOST_WORDS:
        raise ValueError("a LAPACK routine of more arguments than any has")
    for _ in range(strings):
        start[words] = cython.cast(cython.p_char, cython.cast(cython.size_t, 1))
        steps[words] = 0
        words += 1
    with cython.nogil:
        lapack_run(address, words, start, steps, 0, count)
