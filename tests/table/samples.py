"""The table: for every operation, operands to try it on, and what it must compute, in NumPy's or SciPy's words.

A row is `row(name, operands, reference, *parameters)`: the operands of one call, the function on arrays that says what
comes out, and for each set of parameters one sample (none at all: one sample without). An operation that the registry
knows and this table does not fails the tests.
"""

import dataclasses
from collections.abc import Callable

import numpy as np
import scipy.special

from . import loops
from .values import A, B, P, R, U, Values, Z


@dataclasses.dataclass(frozen=True)
class Sample:
    """One call of an operation.

    Attributes:
        spelled: how PyTorch is called (a name, or a function of operands and parameters), where that is otherwise; None
            where PyTorch has no such function.
    """

    operation: str
    operands: tuple[Values, ...]
    reference: Callable
    parameters: tuple = ()
    number: int = 0
    spelled: str | Callable | None = ""

    @property
    def id(self) -> str:
        return f"{self.operation}-{self.number}"


SAMPLES: dict[str, list[Sample]] = {}


def row(
    name: str, operands: list, reference: Callable, *parameters: tuple, spelled: str | Callable | None = ""
) -> None:
    """Enter samples of an operation, one for each tuple of parameters."""
    entries = SAMPLES.setdefault(name, [])
    for values in parameters or ((),):
        entries.append(Sample(name, tuple(operands), reference, values, len(entries), spelled))


# ------------------------------------------------------------------------------------------------ elementwise

for name, function in (
    ("add", np.add), ("sub", np.subtract), ("mul", np.multiply), ("copy", lambda x, y: np.broadcast_to(y, x.shape)),
):  # fmt: skip
    row(name, [R(3, 4), R(3, 4)], function)
    row(name, [R(2, 3, 4), R(3, 1)], function)
row("add", [R(3, 1), R(1, 4)], np.add)
row("add", [R(), R(2)], np.add)
row("mul", [R(0, 3), R(3)], np.multiply)
row("div", [R(3, 4), P(4)], np.divide)
row("div", [R(3), P(2, 1)], np.divide)
for name, function in (
    ("neg", np.negative), ("square", np.square), ("exp", np.exp), ("exp2", np.exp2), ("expm1", np.expm1), ("sin",
    np.sin), ("cos", np.cos), ("atan", np.arctan), ("sinh", np.sinh), ("cosh", np.cosh), ("tanh", np.tanh), ("asinh",
    np.arcsinh), ("sigmoid", lambda x: 1 / (1 + np.exp(-x))), ("conj_physical", np.conj),
    ("erf", scipy.special.erf), ("erfc", scipy.special.erfc), ("abs", np.abs), ("sgn", np.sign), ("sign", np.sign),
    ("relu", lambda x: np.maximum(x, 0)),
    ("floor", np.floor), ("ceil", np.ceil), ("trunc", np.trunc), ("round", np.round), ("frac",
    lambda x: x - np.trunc(x)),
):  # fmt: skip
    row(name, [R(3, 4)], function)
    row(name, [R()], function)
    row(name, [R(2, 0)], function)
for name, function in (
    ("sqrt", np.sqrt), ("deviation", np.sqrt), ("rsqrt", lambda x: 1 / np.sqrt(x)), ("reciprocal", np.reciprocal),
    ("log", np.log), ("log2", np.log2), ("log10", np.log10), ("log1p", np.log1p),
):  # fmt: skip
    row(name, [P(3, 4)], function)
    row(name, [P()], function)
for name, function in (("asin", np.arcsin), ("acos", np.arccos), ("atanh", np.arctanh), ("tan", np.tan)):
    row(name, [U(3, 4)], function)
row("acosh", [Values((3, 4), 1.2, 3.0)], np.arccosh)
row("pow", [P(3, 4), R(4)], np.power)
row("pow", [P(3), P(2, 1)], np.power)
row("atan2", [R(3, 4), P(4)], np.arctan2)
row("hypot", [R(3, 4), P(4)], np.hypot)
row("logaddexp", [R(3, 4), R(4)], loops.logaddexp)
row("maximum", [R(3, 4), R(4)], np.maximum)
row("minimum", [R(3, 4), R(4)], np.minimum)
row("remainder", [Values((3, 4), 0.1, 0.9), Values((4,), 0.3, 0.35)], np.remainder)
row("fmod", [R(3, 4, low=1.1, high=1.9), Values((4,), 0.95, 1.05)], np.fmod)
row("floor_divide", [R(3, 4), P(4)], np.floor_divide)
row("choose", [B(3, 4), R(3, 4), R(4)], np.where)
row("choose", [B(4), R(3, 1), R()], np.where)
row("clamp", [R(3, 4), R(4, low=-1, high=-0.5)], lambda x, low: np.maximum(x, low))
row("clamp", [R(3, 4), R(4, low=-1, high=-0.5), R(4, low=0.5, high=1)], np.clip)
row("fill", [R(3, 4), R()], lambda x, value: np.full(x.shape, value))
row("threshold_gradient", [R(3, 4), R(3, 4)], lambda g, result: np.where(result > 0, g, 0))
for name, function in (
    ("eq", np.equal), ("ne", np.not_equal), ("lt", np.less), ("le", np.less_equal), ("gt", np.greater), ("ge",
    np.greater_equal), ("logical_and", np.logical_and), ("logical_or", np.logical_or), ("logical_xor", np.logical_xor),
    ("bitwise_and", np.bitwise_and), ("bitwise_or", np.bitwise_or), ("bitwise_xor", np.bitwise_xor),
    ("bitwise_left_shift", np.left_shift), ("bitwise_right_shift", np.right_shift),
):  # fmt: skip
    row(name, [Z(3, 4), Z(4)], function)
    if not name.startswith("bitwise"):
        row(name, [R(3, 4), R(4)], function)
for name, function in (
    ("logical_not", np.logical_not), ("isnan", np.isnan), ("isinf", np.isinf), ("isfinite", np.isfinite),
):  # fmt: skip
    row(name, [R(3, 4)], function)
row("bitwise_not", [Z(3, 4)], np.invert)
row("bitwise_not", [B(3)], np.invert)
row("real_part", [R(3, 4)], np.real)
row("complex", [R(3, 1), R(4)], lambda x, y: x + 1j * y)
row("complex_view", [R(3, 4, 2)], lambda x: x[..., 0] + 1j * x[..., 1])
row("angle", [R(3, 4)], np.angle)

# ------------------------------------------------------------------------------------------------ reductions

ALONG = ((None, False), (0, False), (-1, True), ((0, 1), False), ((1,), True))


def reduced(function):
    return lambda x, dim, keepdim: function(x, axis=dim, keepdims=keepdim)


for name, function in (("sum", np.sum), ("mean", np.mean), ("euclidean_norm", np.linalg.norm)):
    row(name, [R(3, 4)], reduced(function), *ALONG)
row("sum", [R(2, 0)], reduced(np.sum), (None, False), (1, False), (0, True))
row("sum", [R()], reduced(np.sum), (None, False))
for name, function in (("amax", np.max), ("amin", np.min)):
    row(name, [A(3, 4)], reduced(function), *ALONG)
for name, value, position in (("max_along", np.max, np.argmax), ("min_along", np.min, np.argmin)):
    row(
        name, [A(3, 4)],
        lambda x, dim, keepdim, value=value, position=position: (
            value(x, axis=dim, keepdims=keepdim), position(x, axis=dim, keepdims=keepdim)
        ),
        (0, False), (1, True), (-1, False),
    )  # fmt: skip
for name, function in (("argmax", np.argmax), ("argmin", np.argmin)):
    row(name, [A(3, 4)], reduced(function), (None, False), (0, False), (1, True))
for name, function in (("all", np.all), ("any", np.any)):
    row(name, [B(3, 4)], reduced(function), (None, False), (0, False), (1, True))
row("sorted_positions", [A(3, 4)], lambda x, dim: np.argsort(x, axis=dim, kind="stable"), (0,), (-1,))
row("product", [R(3, 4)], reduced(np.prod), *ALONG)
row("cumsum", [R(3, 4)], lambda x, dim: np.cumsum(x, axis=dim), (0,), (-1,))
row("cumprod", [R(3, 4)], lambda x, dim: np.cumprod(x, axis=dim), (0,), (-1,))
row("softmax", [R(3, 4)], lambda x, dim: scipy.special.softmax(x, axis=dim), (0,), (-1,))
row("log_softmax", [R(3, 4)], lambda x, dim: scipy.special.log_softmax(x, axis=dim), (0,), (-1,))
row(
    "logsumexp",
    [R(3, 4)],
    lambda x, dim, keepdim: scipy.special.logsumexp(x, axis=dim, keepdims=keepdim),
    (0, False),
    ((0, 1), True),
)
row(
    "softmax_gradient",
    [R(3, 4), P(3, 4)],
    lambda g, y, dim: y * (g - np.sum(g * y, axis=dim, keepdims=True)),
    (1,),
    (0,),
)
row(
    "log_softmax_gradient",
    [R(3, 4), R(3, 4)],
    lambda g, y, dim: g - np.exp(y) * np.sum(g, axis=dim, keepdims=True),
    (1,),
    (0,),
)

# ------------------------------------------------------------------------------------------------ shape

for name in ("reshape", "unsafe_view", "view"):
    row(name, [R(3, 4)], lambda x, shape: x.reshape(shape), ((4, 3),), ((2, -1),), ((12,),))
row(
    "expand",
    [R(3, 1)],
    lambda x, size: np.broadcast_to(x, [x.shape[1 - len(size) + i] if s == -1 else s for i, s in enumerate(size)]),
    ((3, 4),),
)
row("expand", [R(3, 1)], np.broadcast_to, ((2, 3, 4),))
row(
    "sum_to_size",
    [R(3, 4)],
    lambda x, size: np.sum(x, axis=tuple(i for i, s in enumerate(size) if s == 1), keepdims=True),
    ((3, 1),),
    ((1, 4),),
)
row("permute", [R(2, 3, 4)], np.transpose, ((2, 0, 1),), ((1, 0, 2),), ((-1, -2, -3),))
row("transpose", [R(2, 3, 4)], np.swapaxes, (0, 1), (-1, 0), (2, 2))
row("squeeze_dims", [R(2, 1, 3, 1)], lambda x, dims: np.squeeze(x, dims), ((1,),), ((1, 3),))
row("unsqueeze", [R(2, 3)], np.expand_dims, (0,), (-1,), (1,))
row("flip", [R(2, 3)], np.flip, ((0,),), ((0, -1),))
row("select", [R(2, 3, 4)], lambda x, dim, index: np.take(x, index, dim), (0, 1), (-1, -2))
row("unbind", [R(2, 3)], lambda x, dim: tuple(np.moveaxis(x, dim, 0)), (0,), (-1,))
row("unbind", [R(1, 3)], lambda x, dim: tuple(np.moveaxis(x, dim, 0)), (0,))
row(
    "split_evenly", [R(2, 5)],
    lambda x, size, dim: tuple(np.split(x, range(size, x.shape[dim], size), dim)), (2, 1), (1, 0), (9, -1),
)  # fmt: skip
row(
    "split_with_sizes", [R(2, 5)],
    lambda x, sizes, dim: tuple(np.split(x, np.cumsum(sizes)[:-1], dim)), ((1, 4), 1), ((0, 2), 0), ((2, 0, 3), -1),
)  # fmt: skip
row("select_transpose", [R(2, 4)], loops.select_transpose, ((2, 3, 4), 1, 2))
row("as_strided", [R(3, 4)], loops.as_strided, ((2, 2), (4, 1), 1), ((3, 3), (1, 1), 0))
row("diagonal", [R(3, 4)], np.diagonal, (0, 0, 1), (1, 0, 1), (-1, 1, 0))
row(
    "diagonal_transpose",
    [R(3)],
    lambda g, shape, offset, dim1, dim2: np.diag(g, offset),
    ((3, 3), 0, 0, 1),
    ((4, 4), 1, 0, 1),
)
row("tril", [R(3, 4)], np.tril, (0,), (1,), (-1,))
row("triu", [R(2, 3, 4)], np.triu, (0,), (1,), (-1,))
for name in ("clone", "contiguous_copy"):
    row(name, [R(3, 4)], np.copy)
row("cast", [R(3, 4)], lambda x, dtype: x.real.astype("float32"), (np.dtype("float32"),))
row("cat", [R(2, 3), R(2, 3), R(2, 3)], lambda *xs: np.concatenate(xs[:-1], xs[-1]), (0,), (1,))
row("zero_pad", [R(3, 4)], loops.zero_pad, ((1, 2),), ((1, 0, 2, 1),), ((-1, 1, 0, -1),))

# ------------------------------------------------------------------------------------------------ indexing

row(
    "basic_index",
    [R(3, 4)],
    lambda x, index: x[index],
    ((slice(0, 2), 1),),
    ((None, slice(None), slice(1, None, 2)),),
    ((2,),),
)
row("basic_index_transpose", [R(2)], loops.put, ((3, 4), (slice(0, 2), 1)))
row("index", [R(3, 4), Z(1, 5)], loops.take, ((0,),), ((1,),))
row("index", [R(3, 4), Z(2, 2, 2)], loops.take, ((0, 1),))
row("index", [R(3, 2, 4), Z(2, 3, high=2)], loops.take, ((0, 2),))
row("index_transpose", [R(5, 4), Z(1, 5)], loops.add_at, ((0,), (3, 4)))
row("index_transpose", [R(2, 2), Z(2, 2, 2)], loops.add_at, ((0, 1), (3, 4)))
row("put_at", [R(3, 4), R(2, 4), Values((1, 2), 0, 1, "i")], loops.accumulate_at, ((0,), True))
row("put_at", [R(4, 3), R(), Values((1, 1), 1, 2, "i")], loops.write_at, ((0,), False))
row("gather_along", [R(3, 4), Z(2, 4)], lambda x, index, dim: np.take_along_axis(x[:, :4], index, dim), (0,))
row("scatter_along", [R(2, 4), Z(2, 4)], loops.scatter_add, (0, (3, 4)))
row("scatter_origin", [Z(2, 4)], loops.scatter_origin, (0, (3, 4)), (-1, (2, 3)))
row(
    "scatter_extremum", [A(3, 4), U(4, 4), Z(4, 4)], loops.scatter_extremum, (0, True, True), (0, False, True),
    (0, True, False), (0, False, False),
)  # fmt: skip
row("scatter_last", [R(3, 4), R(2, 4), Z(2, 4)], loops.scatter_last, (0,), (-2,))
row("scatter_last", [R(2, 3), R(2, 5), Z(2, 5)], loops.scatter_last, (1,))
row("kth_position", [A(3, 4)], lambda x, k, dim: np.take(np.argsort(x, dim), [k - 1], dim), (2, 0), (4, -1))
row("masked_write", [R(3, 4), B(3, 4), R()], lambda x, mask, value: np.where(mask, value, x))
row("masked_write", [R(3, 4), B(3, 1), R(4)], lambda x, mask, value: np.where(mask, value, x))
row("last_written", [Z(1, 6)], loops.last_written, ((3,),))
row("last_written", [Z(2, 2, 4, low=-2, high=2)], loops.last_written, ((2, 2),))
row("put_at", [R(4, 3), R(5, 3), Z(1, 5)], loops.write_at, ((0,), False))
row("put_at", [R(2, 4, 2), R(6, 4), Z(2, 6, high=2)], loops.write_at, ((0, 2), False))
row("sorted_places", [Z(1), Z(2, 3)], lambda s, x: np.searchsorted(s, x), ())
row("sorted_places", [Z(2, 1), Z(2, 3)], lambda s, x, right: (s <= x if right else s < x) * 1, (False,), (True,))
row("is_member", [Z(3, 4, high=9), Z(4, high=9)], np.isin)
row(
    "largest_positions", [A(3, 4)],
    lambda x, k, dim, largest: np.take(np.argsort(-x if largest else x, dim), range(k), dim),
    (2, 0, True), (1, -1, False),
)  # fmt: skip
row("scatter_product", [R(2, 4), Z(2, 4)], loops.scatter_product, (0, (3, 4)), (1, (2, 3)))

# ------------------------------------------------------------------------------------------------ products

row("matrix_product", [R(3, 4), R(4, 2)], loops.adjoint_product, (False, False))
row("matrix_product", [R(4, 3), R(4, 2)], loops.adjoint_product, (True, False))
row("matrix_product", [R(3, 4), R(2, 4)], loops.adjoint_product, (False, True))
row("matrix_product", [R(2, 1, 4, 3), R(3, 2, 4)], loops.adjoint_product, (True, True))
row("matrix_product", [R(2, 3, 4), R(4, 2)], loops.adjoint_product, (False, False))
row("inner_product", [R(4), R(4)], np.dot)
row("linear", [R(2, 3, 4), R(5, 4), R(5)], lambda x, w, b: x @ w.T + b)
row("linear", [R(3, 4), R(5, 4)], lambda x, w: x @ w.T)
PLAIN = ((1, 1), (0, 0), (1, 1), 1)
for parameters in (PLAIN, ((2, 1), (1, 2), (1, 1), 1), ((1, 1), (1, 1), (2, 1), 1)):
    row("cross_correlation", [R(2, 2, 5, 6), R(3, 2, 3, 2)], loops.convolution, parameters)
row("cross_correlation", [R(2, 4, 5, 5), R(6, 2, 3, 3)], loops.convolution, ((1, 1), (1, 1), (1, 1), 2))
row("cross_correlation", [R(2, 2, 7), R(3, 2, 3)], loops.convolution, ((2,), (1,), (1,), 1))
row("cross_correlation", [R(1, 2, 3, 4, 3), R(2, 2, 2, 2, 2)], loops.convolution, ((1, 1, 1), (0, 1, 0), (1, 1, 1), 1))
row(
    "convolution",
    [R(2, 2, 5, 6), R(3, 2, 3, 2), R(3)],
    loops.convolution_with_bias,
    *(PLAIN, ((2, 1), (1, 2), (1, 1), 1)),
)
row("convolution_input", [R(2, 3, 3, 5), R(3, 2, 3, 2)], loops.convolution_input, ((2, 2, 5, 6), *PLAIN))
row("convolution_weight", [R(2, 3, 3, 5), R(2, 2, 5, 6)], loops.convolution_weight, ((3, 2, 3, 2), *PLAIN))
row(
    "max_pool",
    [A(2, 2, 4, 6)],
    loops.max_pool,
    ((2, 2), (2, 2), (0, 0), (1, 1), False),
    ((3, 2), (1, 2), (1, 1), (1, 1), False),
)
row("max_pool_transpose", [R(1, 2, 2, 2), Z(1, 2, 2, 2, high=12)], loops.add_to_planes, ((1, 2, 3, 4),))
row("at_positions", [R(1, 2, 3, 4), Z(1, 2, 2, 2, high=12)], loops.from_planes)
row(
    "avg_pool",
    [R(2, 2, 4, 6)],
    loops.avg_pool,
    ((2, 2), (2, 2), (0, 0), False, True, None),
    ((3, 2), (1, 2), (1, 1), False, True, None),
)
row(
    "avg_pool_transpose",
    [R(2, 2, 2, 3)],
    loops.avg_pool_transpose,
    ((2, 2, 4, 6), (2, 2), (2, 2), (0, 0), False, True, None),
)
