"""Half precision in functions made of operations: computed in float32 and rounded once, where PyTorch does so.

An operation does it by itself: of bfloat16 always, of float16 if it is declared with `in_single`.
"""

from ..core import Tensor, dtypes

HALVES = frozenset({dtypes.float16, dtypes.bfloat16})


def rounded_once(function, *operands, **parameters):
    """The function of operands of one half type, in that type, computed in float32."""
    wide = [x.to(dtypes.float32) if isinstance(x, Tensor) else x for x in operands]
    return function(*wide, **parameters).to(operands[0].dtype)
