"""Functions of matrices: powers, the exponential, norms, condition numbers, and what tensors are as matrices."""

import math

import numpy

from ..core import Tensor, dtypes
from ..core.errors import type_word
from ..kernels import blas, lapack
from . import arguments, levels
from . import dims as _dims
from .complex_numbers import conj
from .composite import composite
from .declaration import general
from .decompositions import singular_values
from .elementwise import where
from .linear_algebra import matmul_
from .linear_systems import inv, inverse_of, solve
from .matrices import (
    check_floating,
    check_matrix,
    check_square,
    identity_like,
    mH,
    number_argument,
    tensor_argument,
)
from .norms import vector_norm
from .products import cross_along
from .reductions import amax, amin
from .reductions import sum as sum_
from .shape import cat, expand, movedim, narrow, reshape, unsqueeze
from .shape import diagonal as diagonal_of

# ------------------------------------------------------------------------------------------------ the exponential

# N. J. Higham, "The scaling and squaring method for the matrix exponential revisited", SIAM Journal on Matrix Analysis
# and Applications 26(4), 2005, tables 2.3 and 4.1 (double and single precision): the largest 1-norm for which the
# approximant of a degree is as accurate as the arithmetic.
_DEGREES = {
    "d": ((3, 1.495585217958292e-2), (5, 2.539398330063230e-1), (7, 9.504178996162932e-1), (9, 2.097847961257068),
          (13, 5.371920351148152)),
    "f": ((3, 4.258730016922831e-1), (5, 1.880152677804762), (7, 3.925724783138660)),
}  # fmt: skip


def _coefficients(degree: int) -> list:
    """The numerator of the diagonal Pade approximant of exp, scaled to integers: (2q - j)! / ((q - j)! j!)."""
    factorial = math.factorial
    return [
        factorial(2 * degree - j) // (factorial(degree - j) * factorial(j)) for j in range(degree + 1)
    ]  # fmt: skip


def _approximant(x, degree: int):
    """The Pade approximant of a batch (k, n, n): (V - U)^-1 (V + U), U odd and V even in x."""
    b = [float(value) for value in _coefficients(degree)]
    identity = numpy.eye(x.shape[-1], dtype=x.dtype)
    square = blas.matmul(x, x)
    if degree < 13:
        power, odd, even = square, b[1] * identity, b[0] * identity
        for j in range(2, degree, 2):
            power = power if j == 2 else blas.matmul(power, square)
            odd, even = odd + b[j + 1] * power, even + b[j] * power
    else:
        fourth = blas.matmul(square, square)
        sixth = blas.matmul(fourth, square)
        odd = blas.matmul(sixth, b[13] * sixth + b[11] * fourth + b[9] * square)
        odd = odd + b[7] * sixth + b[5] * fourth + b[3] * square + b[1] * identity
        even = blas.matmul(sixth, b[12] * sixth + b[10] * fourth + b[8] * square)
        even = even + b[6] * sixth + b[4] * fourth + b[2] * square + b[0] * identity
    odd = blas.matmul(x, odd)
    packed, pivots, _ = lapack.lu(even - odd)
    return lapack.lu_solve(packed, pivots, even + odd)


def _exponential(x):
    if x.dtype.itemsize < 4:
        return _exponential(x.astype(numpy.float32)).astype(x.dtype)
    if not x.size:
        return x.copy()
    with numpy.errstate(all="ignore"):
        return _exponentials(x.reshape(-1, *x.shape[-2:])).reshape(x.shape)


def _exponentials(x):
    out = numpy.full_like(x, numpy.nan, order="C")
    size = numpy.abs(x).sum(-2).max(-1)
    table = _DEGREES["f" if lapack.real_type(x.dtype).itemsize == 4 else "d"]
    below = 0.0
    for degree, limit in table:
        last = degree == table[-1][0]
        chosen = numpy.flatnonzero((size >= below) & (numpy.isfinite(size) if last else size <= limit))
        below = numpy.nextafter(limit, numpy.inf)
        if not len(chosen):
            continue
        halvings = numpy.zeros(len(chosen), numpy.int64)
        if last:
            ratio = size[chosen] / limit
            halvings = numpy.maximum(numpy.ceil(numpy.log2(numpy.maximum(ratio, 1))), 0).astype(numpy.int64)
        scaled = x[chosen] * numpy.exp2(-halvings.astype(size.dtype))[:, None, None]
        found = _approximant(scaled, degree)
        for step in range(int(halvings.max(initial=0))):
            again = halvings > step
            found[again] = blas.matmul(found[again], found[again])
        out[chosen] = found
    return out


def _directional(x, direction):
    """The derivative of exp at x in a direction: a block of exp([[x, direction], [0, x]])."""
    n = x.shape[-1]
    x, direction = (x, direction) if x.shape == direction.shape else (expand(x, tuple(direction.shape)), direction)
    upper, lower = cat([x, direction], -1), cat([levels.zeros_like(x) + direction * 0, x], -1)
    return narrow(narrow(exponential(cat([upper, lower], -2)), -2, 0, n), -1, n, n)


exponential = general(
    "exponential(input)", forward=_exponential, batch="leading", method=False, public=False,
    node_name="LinalgMatrixExpBackward0",
    jvp=lambda tangents, inputs, out, parameters: _directional(inputs[0], tangents[0]),
    input=lambda g, input: _directional(mH(input), g),
    doc="The exponentials of square matrices.",
)  # fmt: skip


@composite(namespace="linalg", aliases=("matrix_exp",))
def matrix_exp(A):
    """The exponentials of square matrices (*, n, n), I + A + A^2 / 2 + ..., of any floating or complex type.

    By scaling and squaring with Pade approximants (N. J. Higham 2005), for each matrix of a batch at its own scale; NaN
    or infinity give NaN. The derivative in a direction E is the upper right block of exp([[A, E], [0, A]]) (R. Mathias,
    "A chain rule for matrix functions and applications", 1996, theorem 2.1; A. H. Al-Mohy & N. J. Higham 2009), and the
    gradient is that at A^H in the direction of g.

    RuntimeError for matrices that are not square, fewer than two dimensions, and integers.

    >>> import wengert as t
    >>> t.linalg.matrix_exp(t.tensor([[0.0, 1.0], [0.0, 0.0]]))
    tensor([[1., 1.],
            [0., 1.]])
    """
    A = tensor_argument(A, "linalg_matrix_exp", "self", 1)
    check_square(A, "linalg.matrix_exp")
    check_floating(A, "linalg.matrix_exp", half=True)
    return exponential(A)


# ------------------------------------------------------------------------------------------------ powers and products


@composite(namespace="linalg", out=True, aliases=("matrix_power",))
def matrix_power(A, n):
    """The n-th powers of square matrices (*, k, k), by squaring; of the inverse where n is negative.

    Any number type but bool; negative powers as `linalg.inv`. The zeroth power is the identity.

    Raises:
        TypeError: n is no int.
        RuntimeError: matrices that are not square; integers, of a negative power.
        LinAlgError: a singular matrix, of a negative power.
        NotImplementedError: bools.

    >>> import wengert as t
    >>> t.linalg.matrix_power(t.tensor([[1, 1], [0, 1]]), 5)
    tensor([[1, 5],
            [0, 1]])
    """
    A = tensor_argument(A, "linalg_matrix_power", "A", 1)
    if isinstance(n, bool) or not isinstance(n, (int, numpy.integer)):
        raise TypeError(f"linalg_matrix_power(): argument 'n' (position 2) must be int, not {type(n).__name__}")
    check_square(A, "linalg.matrix_power")
    if n == 0:
        return A.clone().copy_(identity_like(A))
    if n < 0:
        A, n = inv(A), -n
    if n == 1:
        return A.clone()
    result, square = None, A
    while n:
        n, odd = divmod(int(n), 2)
        if odd:
            result = square if result is None else matmul_(result, square)
        if n:
            square = matmul_(square, square)
    return result


def _cheapest(sizes: list) -> list:
    """Where to split each run of matrices: T. H. Cormen et al., "Introduction to Algorithms", section 15.2, O(n^3)."""
    count = len(sizes) - 1
    cost = [[0] * count for _ in range(count)]
    split = [[0] * count for _ in range(count)]
    for length in range(1, count):
        for i in range(count - length):
            j = i + length
            cost[i][j], split[i][j] = min(
                (cost[i][k] + cost[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k) for k in range(i, j)
            )
    return split


@composite(namespace="linalg", out=True)
def multi_dot(tensors):
    """The product of two or more matrices in the order that costs the fewest multiplications.

    The first and the last may be vectors, a row and a column; all of one dtype. Derivatives follow from the products.

    RuntimeError for fewer than two tensors, other numbers of dimensions, sizes that do not fit, and different
    dtypes.

    >>> import wengert as t
    >>> t.linalg.multi_dot([t.tensor([1, 2]), t.tensor([[1, 0], [0, 1]]), t.tensor([3, 4])])
    tensor(11)
    """
    if isinstance(tensors, Tensor) or not isinstance(tensors, (tuple, list)):
        raise TypeError(
            "linalg_multi_dot(): argument 'tensors' (position 1) must be tuple of Tensors, not "
            f"{type(tensors).__name__}"
        )
    xs = [tensor_argument(x, "linalg_multi_dot", "tensors", 1) for x in tensors]
    if len(xs) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(xs)}")
    for place, which in ((0, "first"), (-1, "last")):
        if xs[place].ndim not in (1, 2):
            raise RuntimeError(f"multi_dot(): the {which} tensor must be 1D or 2D but got {xs[place].ndim}D")
    for i, x in enumerate(xs):
        if 0 < i < len(xs) - 1 and x.ndim != 2:
            raise RuntimeError(f"multi_dot(): tensor {i} must be 2D but got {x.ndim}D")
        if x.dtype is not xs[0].dtype:
            from .linear_algebra import c_word

            raise RuntimeError(
                "multi_dot(): all tensors must have be the same dtype but tensor 0 is "
                f"{c_word(xs[0].array.dtype)} and tensor {i} {c_word(x.array.dtype)}"
            )
    shape = []
    if xs[0].ndim == 1:
        xs[0] = unsqueeze(xs[0], 0)
    else:
        shape.append(xs[0].shape[0])
    if xs[-1].ndim == 1:
        xs[-1] = unsqueeze(xs[-1], 1)
    else:
        shape.append(xs[-1].shape[1])
    for i in range(len(xs) - 1):
        if xs[i].shape[1] != xs[i + 1].shape[0]:
            raise RuntimeError(
                f"multi_dot(): tensors {i} and {i + 1} with shapes {list(xs[i].shape)} and {list(xs[i + 1].shape)} "
                "cannot "
                "be multiplied"
            )
    split = _cheapest([x.shape[0] for x in xs] + [xs[-1].shape[1]])

    def product(i, j):
        return xs[i] if i == j else matmul_(product(i, split[i][j]), product(split[i][j] + 1, j))

    return reshape(product(0, len(xs) - 1), tuple(shape))


@composite(namespace="linalg", out=True)
def vecdot(x, y, *, dim=-1):
    """Sums of products of the conjugate of x with y along a dimension; shapes broadcast, one floating or complex dtype.

    RuntimeError for shapes that are not broadcast, different dtypes, and integers.

    >>> import wengert as t
    >>> t.linalg.vecdot(t.tensor([[1.0, 2.0], [3.0, 4.0]]), t.tensor([1.0, 1.0]))
    tensor([3., 7.])
    """
    x, y = tensor_argument(x, "linalg_vecdot", "x", 1), tensor_argument(y, "linalg_vecdot", "y", 2)
    check_floating(x, "linalg.vecdot", half=True)
    if x.dtype is not y.dtype:
        raise RuntimeError(
            f"linalg.vecdot: Expected x and y to have the same dtype, but found x of type {type_word(x.array.dtype)} "
            "and "
            f"y of type {type_word(y.array.dtype)} instead"
        )
    _dims.wrap(dim, max(x.ndim, y.ndim))
    if x.ndim == 1 and y.ndim == 1 and x.shape != y.shape and 1 not in (x.shape[0], y.shape[0]):
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor {list(x.shape)} and src {list(y.shape)} to have the same "
            "number "
            f"of elements, but got {x.shape[0]} and {y.shape[0]} elements respectively"
        )
    return sum_(conj(x) * y, dim)


def _linalg_cross(input, other, *, dim=-1):
    """The vector product along a dimension of size 3; shapes broadcast, dtypes must be the same.

    RuntimeError for another size than 3, shapes that are not broadcast, and different dtypes; IndexError for a
    dim out of range.

    >>> import wengert as t
    >>> t.linalg.cross(t.tensor([1, 0, 0]), t.tensor([0, 1, 0]))
    tensor([0, 0, 1])
    """
    input = tensor_argument(input, "linalg_cross", "input", 1)
    other = tensor_argument(other, "linalg_cross", "other", 2)
    return cross_along(input, other, dim)


_linalg_cross.__name__ = _linalg_cross.__qualname__ = "cross"
composite(namespace="linalg", out=True)(_linalg_cross)


def _linalg_diagonal(A, *, offset=0, dim1=-2, dim2=-1):
    """A view of the diagonals of matrices (*, m, n): `diagonal` over the last two dimensions unless told otherwise.

    >>> import wengert as t
    >>> t.linalg.diagonal(t.tensor([[1, 2], [3, 4]]))
    tensor([1, 4])
    """
    return diagonal_of(tensor_argument(A, "linalg_diagonal", "A", 1), offset, dim1, dim2)


_linalg_diagonal.__name__ = _linalg_diagonal.__qualname__ = "diagonal"
composite(namespace="linalg")(_linalg_diagonal)


# ------------------------------------------------------------------------------------------------ norms


def _check_dtype(A, dtype, function: str):
    """The input in the type that was asked for, in which the norm is computed."""
    check_floating(A, function, half=True)
    if dtype is None:
        return A
    if not isinstance(dtype, dtypes.dtype):
        raise TypeError(f"{function}(): argument 'dtype' must be wengert.dtype, not {type(dtype).__name__}")
    if dtype.category < 2:
        raise RuntimeError(f"{function}: dtype should be floating point or complex, but got {type_word(dtype.numpy)}")
    if A.dtype.is_complex != dtype.is_complex:
        raise RuntimeError(
            f"{function}: dtype should be {'complex' if A.dtype.is_complex else 'real'} for "
            f"{'complex' if A.dtype.is_complex else 'real'} inputs, but got {type_word(dtype.numpy)}"
        )
    if numpy.promote_types(A.array.dtype, dtype.numpy) != dtype.numpy:
        raise RuntimeError(
            f"{function}: the dtype of the input ({type_word(A.array.dtype)}) should be convertible without narrowing "
            "to "
            f"the specified dtype ({type_word(dtype.numpy)})"
        )
    return A.to(dtype)


def _matrix_norm(A, ord, dim, keepdim, dtype):
    function = "linalg.matrix_norm"
    check_matrix(A, function)
    if not isinstance(dim, (tuple, list)) or len(dim) != 2:
        raise RuntimeError(
            f"{function}: dim must be a 2-tuple. Got {' '.join(str(d) for d in dim)}"
            if isinstance(dim, (tuple, list)) else f"{function}: dim must be a 2-tuple. Got {dim}"
        )  # fmt: skip
    first, second = [_dims.wrap(d, A.ndim) for d in dim]
    if first == second:
        raise RuntimeError(f"{function}: dims must be different. Got ({dim[0]}, {dim[1]})")
    A = _check_dtype(A, dtype, function)
    if ord == "fro":
        return vector_norm(A, 2, (first, second), keepdim)
    if isinstance(ord, str) and ord != "nuc" or not isinstance(ord, (str, int, float)) or (
        ord != "nuc" and abs(ord) not in (1, 2, math.inf)
    ):
        shown = f"{ord:g}" if isinstance(ord, (int, float)) else ord
        raise RuntimeError(f"{function}: Order {shown} not supported.")
    if ord == "nuc" or abs(ord) == 2:
        check_floating(A, function)
        values = singular_values(movedim(A, (first, second), (-2, -1)))
        if ord == "nuc":
            out = sum_(values, -1)
        else:
            out = _extreme(values, -1, False, ord > 0)
        return reshape(out, _dims.restored(tuple(A.shape), (first, second))) if keepdim else out
    along, over = (first, second) if abs(ord) == 1 else (second, first)
    sums = sum_(A.abs(), along, keepdim)
    return _extreme(sums, over if keepdim or over < along else over - 1, keepdim, ord > 0)


def _extreme(x, dim, keepdim, largest: bool):
    """The largest or smallest along a dimension; of none, 0 as the largest."""
    if largest and not x.shape[dim] and not keepdim:
        return sum_(x, dim)
    if largest and not x.shape[dim]:
        return sum_(x, dim, True)
    return amax(x, dim, keepdim) if largest else amin(x, dim, keepdim)


@composite(namespace="linalg", out=True)
def matrix_norm(A, ord="fro", dim=(-2, -1), keepdim=False, *, dtype=None):
    """Norms of matrices over two dimensions: (*, m, n) -> (*), real.

    Args:
        A: floating point or complex; half precision not for norms of singular values.
        ord: "fro", the root of the sum of squares; "nuc", the sum of singular values; 2 or -2, the largest or smallest
            of them; 1 or -1, the largest or smallest sum of a column's absolute values; inf or -inf, of a row's.
        dim: the dimensions of rows and columns.
        keepdim: whether they stay, with size 1.
        dtype: what A is converted to first.

    Gradients are those of what the norm is made of: of singular values U diag(g) V^H, of equal extremes shares.

    RuntimeError for fewer than two dimensions, integers, an order that there is not, and `dim` that is no pair.

    >>> import wengert as t
    >>> t.linalg.matrix_norm(t.tensor([[3.0, 0.0], [0.0, 4.0]]), "nuc")
    tensor(7.)
    """
    return _matrix_norm(tensor_argument(A, "linalg_matrix_norm", "self", 1), ord, dim, keepdim, dtype)


def _linalg_norm(A, ord=None, dim=None, keepdim=False, *, dtype=None):
    """A norm of vectors or matrices: of all elements as one vector if neither `ord` nor `dim` is given; of a vector or
    a matrix if A is one or `dim` has one or two entries.

    `ord` of a vector is any number (the p-norm), of a matrix as for `linalg.matrix_norm`; without it, the root of the
    sum of squares. `dtype` converts first.

    RuntimeError for integers without `dtype`, an order that there is not, and more than two entries of `dim`.

    >>> import wengert as t
    >>> t.linalg.norm(t.tensor([[3.0, 0.0], [0.0, 4.0]]), 2)
    tensor(4.)
    """
    A = tensor_argument(A, "linalg_norm", "A", 1)
    if not isinstance(ord, (str, type(None))):
        ord = number_argument(ord, "linalg_norm", "ord", 2)
    if dim is not None:
        over = arguments.integers("linalg_norm", "dim", 3, dim)
        if len(over) not in (1, 2):
            raise RuntimeError(f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {list(over)}")
    elif ord is not None:
        if A.ndim not in (1, 2):
            raise RuntimeError(
                f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {A.ndim}D."
            )
        over = tuple(range(A.ndim))
    else:
        over = None
    if ord is not None and (isinstance(ord, str) or len(over) == 2):
        return _matrix_norm(A, ord, (-2, -1) if dim is None else over, keepdim, dtype)
    if ord is None and over is not None and len(over) == 2:
        return _matrix_norm(A, "fro", over, keepdim, dtype)
    return vector_norm(A, 2 if ord is None else ord, over, keepdim, dtype=dtype)


_linalg_norm.__name__ = _linalg_norm.__qualname__ = "norm"
linalg_norm = composite(namespace="linalg", out=True)(_linalg_norm)


@composite(namespace="linalg", out=True)
def cond(A, p=None):
    """The condition numbers of matrices (*, m, n) -> (*): norm(A) norm(A^-1), or for p None, 2 and -2 the ratio of the
    largest and smallest singular value (the other way round for -2).

    `p` is an order of `linalg.matrix_norm`; the others need square matrices, and give inf for singular ones.

    RuntimeError for fewer than two dimensions, integers, an order that there is not, and matrices that are not
    square where the order needs it; LinAlgError where singular values are asked for of what is not finite;
    NotImplementedError for half precision then.

    >>> import wengert as t
    >>> t.linalg.cond(t.tensor([[4.0, 0.0], [0.0, 2.0]]))
    tensor(2.)
    """
    A = tensor_argument(A, "linalg_cond", "self", 1)
    if not isinstance(p, (str, type(None))):
        p = number_argument(p, "linalg_cond", "p", 2)
    if A.ndim < 2:
        raise RuntimeError(
            f"linalg.cond: The input tensor must have at least 2 dimensions. Its shape is {list(A.shape)}."
        )
    if isinstance(p, str) and p not in ("fro", "nuc") or not isinstance(p, (str, type(None))) and (
        abs(p) not in (1, 2, math.inf)
    ):
        raise RuntimeError(f"linalg.cond got an invalid norm type: {p if isinstance(p, str) else f'{p:g}'}")
    if not A.numel() and not isinstance(p, str):
        return A.abs().new_zeros(tuple(A.shape[:-2]))
    if p is None or not isinstance(p, str) and abs(p) == 2:
        check_floating(A, "linalg.svd", kernel="linalg_svd_cpu")
        values = singular_values(A)
        first, last = values.select(-1, 0), values.select(-1, -1)
        return last / first if p == -2 else first / last
    check_square(A, f"linalg.cond(ord={p if isinstance(p, str) or math.isinf(p) else int(p)})")
    check_floating(A, "linalg.inv")
    inverse, info = inverse_of(A)
    singular = info != 0
    apart = unsqueeze(unsqueeze(singular, -1), -1)
    product = matrix_norm(A, p) * matrix_norm(where(apart, 0.0, inverse), p)
    return where(singular, math.inf, product)


# ------------------------------------------------------------------------------------------------ tensors as matrices


@composite(namespace="linalg", out=True)
def tensorinv(A, ind=2):
    """The inverse of what `tensordot(A, ., A.ndim - ind)` does, A being a square matrix from its last dimensions to its
    first `ind` ones.

    RuntimeError for `ind` below 1 or beyond A's dimensions, and unless the products of the sizes on both sides of it
    are equal.

    >>> import wengert as t
    >>> t.linalg.tensorinv(t.eye(4).reshape(2, 2, 4), ind=2).shape
    wengert.Size([4, 2, 2])
    """
    A = tensor_argument(A, "linalg_tensorinv", "self", 1)
    ind = arguments.integer("linalg_tensorinv", "ind", 2, ind)
    if ind <= 0:
        raise RuntimeError(f"Expected a strictly positive integer for 'ind', but got {ind}")
    if ind > A.ndim:
        raise RuntimeError(f"linalg.tensorinv: ind is {ind}, but the tensor has {A.ndim} dimensions")
    first, last = tuple(A.shape[:ind]), tuple(A.shape[ind:])
    if math.prod(first) != math.prod(last):
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got "
            f"{math.prod(last)} != {math.prod(first)}"
        )
    return reshape(inv(reshape(A, (math.prod(last), math.prod(last)))), (*last, *first))


@composite(namespace="linalg", out=True)
def tensorsolve(A, B, dims=None):
    """X of tensordot(A, X, X.ndim) = B, A being a square matrix from its last dimensions to those of B; `dims` names
    dimensions of A that are moved to its end first.

    RuntimeError unless the product of A's first sizes is that of the others, and for a B of other sizes.

    >>> import wengert as t
    >>> t.linalg.tensorsolve(t.eye(6).reshape(2, 3, 6), t.ones(2, 3)).shape
    wengert.Size([6])
    """
    A, B = tensor_argument(A, "linalg_tensorsolve", "self", 1), tensor_argument(B, "linalg_tensorsolve", "other", 2)
    if dims is not None:
        moved = arguments.integers("linalg_tensorsolve", "dims", 3, dims)
        A = movedim(A, moved, tuple(range(A.ndim - len(moved), A.ndim)))
    last = tuple(A.shape[B.ndim :])
    count, rows = math.prod(last), math.prod(tuple(A.shape[: B.ndim]))
    if count != rows:
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), "
            f"but got {count} != {rows}"
        )
    return reshape(solve(reshape(A, (count, count)), reshape(B, -1)), last)
