"""Drawing programs.

The writer (`writer.py`) draws kinds of lines (`lines.py`) from a `random.Random`. Hypothesis provides one whose choices
it can shrink; the long run seeds one.
"""

import random
import warnings

import torch
from hypothesis import strategies as st

from . import lines  # noqa: F401  (which enters its lines in FEATURES)
from .programs import Program
from .writer import Writer


def write(rng: random.Random) -> Program:
    """A random program."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return Writer(rng).program()
        finally:
            torch.set_grad_enabled(True)


@st.composite
def programs(draw):
    """Random programs, for hypothesis."""
    return write(draw(st.randoms(use_true_random=False)))
