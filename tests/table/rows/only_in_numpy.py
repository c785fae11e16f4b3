"""Operations that NumPy has and PyTorch has not, and memory taken from other libraries."""

import numpy as np

from ..composites import row
from ..values import P, R, Z

row("cbrt", [R(3, 4)], np.cbrt, spelled=None)
row("cbrt", [P()], np.cbrt, spelled=None)
row("cbrt", [R(2, 0)], np.cbrt, spelled=None)
row("spacing", [R(3, 4)], np.spacing, spelled=None)
row("bitwise_count", [Z(3, 4, low=-9, high=20)], np.bitwise_count, spelled=None)
row(
    "from_dlpack", [R(2, 3)], np.positive, differentiable=False,
    through=lambda library, x: library.from_dlpack(x.detach()),
    # Memory of a batch is not one entry's to lend.
    without=("vmap", "complex vmap"),
)  # fmt: skip
