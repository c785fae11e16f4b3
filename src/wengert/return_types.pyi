# Written by tools/write_stubs.py from the declarations of the operations. Do not edit.

import builtins
from collections.abc import Sequence
from typing import Any

from .core import dtypes
from .core.tensor import Operand, Tensor

aminmax: type[Any]
cummax: type[Any]
cummin: type[Any]
geqrf: type[Any]
histogram: type[Any]
histogramdd: type[Any]
kthvalue: type[Any]
linalg_cholesky_ex: type[Any]
linalg_eig: type[Any]
linalg_eigh: type[Any]
linalg_inv_ex: type[Any]
linalg_ldl_factor: type[Any]
linalg_ldl_factor_ex: type[Any]
linalg_lstsq: type[Any]
linalg_lu: type[Any]
linalg_lu_factor: type[Any]
linalg_lu_factor_ex: type[Any]
linalg_qr: type[Any]
linalg_slogdet: type[Any]
linalg_solve_ex: type[Any]
linalg_svd: type[Any]
lu_unpack: type[Any]
max: type[Any]
median: type[Any]
min: type[Any]
mode: type[Any]
nanmedian: type[Any]
qr: type[Any]
sort: type[Any]
svd: type[Any]
topk: type[Any]
triangular_solve: type[Any]
