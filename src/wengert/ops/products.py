"""Products made of the matrix product: with a summand, over chosen dimensions, of several matrices."""

import operator

import numpy

from ..core import Tensor
from ..core.errors import imaginary_part_lost, type_word
from . import dims as _dims
from .complex_numbers import conj
from .composite import composite
from .declaration import bilinear
from .elementwise import mul
from .half_precision import HALVES, rounded_once
from .linear_algebra import bmm, matmul_, mm, mv, outer
from .matrices import tensor_argument
from .reductions import sum as sum_
from .shape import expand, movedim, permute, reshape

# ------------------------------------------------------------------------------------------------ with a summand


def _factor(value, x: Tensor):
    """beta or alpha as a number of the type of x: for integers without its fraction, as in PyTorch."""
    if isinstance(value, Tensor) and not value.requires_grad:
        value = value.item()
    if not isinstance(value, (int, float, complex, numpy.number)):
        raise TypeError(f"beta and alpha must be Numbers, not {type(value).__name__}")
    if isinstance(value, complex) and not x.dtype.is_complex:
        if value.imag:
            imaginary_part_lost(value, x.array.dtype)
        value = value.real
    return int(value) if x.dtype.category == 1 and not isinstance(value, complex) else value


def _weighted(product, input, beta, alpha):
    """beta * input + alpha * product, where beta 0 leaves the input unread."""
    alpha, beta = _factor(alpha, product), _factor(beta, product)
    summand = expand(input, tuple(product.shape))
    if alpha != 1:
        product = product * alpha
    if beta == 0:
        return product
    return product + (summand if beta == 1 else summand * beta)


def _same_dtype(input, product_type, name: str) -> None:
    if input.array.dtype != product_type:
        raise RuntimeError(
            f"self and mat2 must have the same dtype, but got {type_word(input.array.dtype)} and "
            f"{type_word(product_type)}: {name} does not promote"
        )


def _product_of(mat1, mat2, input, name: str):
    if mat1.dtype is not mat2.dtype:
        raise RuntimeError(
            f"self and mat2 must have the same dtype, but got {type_word(mat1.array.dtype)} and "
            f"{type_word(mat2.array.dtype)}: {name} does not promote"
        )
    _same_dtype(input, mat1.array.dtype, name)
    return mm(mat1, mat2)


@composite(out=True, in_place=True)
def addmm(input, mat1, mat2, *, beta=1, alpha=1):
    """beta * input + alpha * (mat1 @ mat2), (n, k) @ (k, m), with the input broadcast to (n, m).

    All of one dtype. With beta 0 the input is not read, NaN included. For integers beta and alpha lose their fractions.

    RuntimeError for sizes that do not fit.

    >>> import wengert as t
    >>> t.addmm(t.ones(2), t.eye(2), t.eye(2), alpha=3)
    tensor([[4., 1.],
            [1., 4.]])
    """
    for number, x in ((1, mat1), (2, mat2)):
        if x.ndim != 2:
            raise RuntimeError(f"mat{number} must be a matrix, got {x.ndim}-D tensor: addmm multiplies two matrices")
    if input.dtype in HALVES and input.dtype is mat1.dtype is mat2.dtype:
        return rounded_once(addmm, input, mat1, mat2, beta=beta, alpha=alpha)
    return _weighted(_product_of(mat1, mat2, input, "addmm"), input, beta, alpha)


@composite(out=True, in_place="public")
def addmv(input, mat, vec, *, beta=1, alpha=1):
    """beta * input + alpha * (mat @ vec), (n, m) @ (m), with the input broadcast to (n). With beta 0 it is not read.

    RuntimeError for sizes that do not fit.

    >>> import wengert as t
    >>> t.addmv(t.ones(2), t.eye(2), t.tensor([1.0, 2.0]), beta=2)
    tensor([3., 4.])
    """
    if mat.ndim != 2 or vec.ndim != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got {input.ndim}, {mat.ndim}, {vec.ndim}")
    if mat.shape[1] != vec.shape[0] or input.shape not in ((), (1,), (mat.shape[0],)):
        raise RuntimeError(
            f"size mismatch, got input ({input.shape[0] if input.ndim else 0}), mat ({mat.shape[0]}x{mat.shape[1]}), "
            f"vec ({vec.shape[0]})"
        )
    if not input.dtype is mat.dtype is vec.dtype:
        words = [type_word(x.array.dtype) for x in (input, mat, vec)]
        raise RuntimeError(
            f"addmv input tensors must have the same dtype, but got {words[0]}, {words[1]}, and {words[2]}: addmv does "
            "not promote"
        )
    if input.dtype in HALVES:
        return rounded_once(addmv, input, mat, vec, beta=beta, alpha=alpha)
    return _weighted(mv(mat, vec), input, beta, alpha)


def _check_batches(batch1, batch2) -> None:
    if batch1.ndim != 3:
        raise RuntimeError(f"batch1 must be a 3D tensor, got {batch1.ndim}D")
    if batch2.ndim != 3:
        raise RuntimeError(f"batch2 must be a 3D tensor, got {batch2.ndim}D")


@composite(out=True, in_place=True)
def baddbmm(input, batch1, batch2, *, beta=1, alpha=1):
    """beta * input + alpha * (batch1 @ batch2), (b, n, k) @ (b, k, m), with the input broadcast to (b, n, m).

    With beta 0 the input is not read.

    RuntimeError for sizes that do not fit, and for different dtypes.

    >>> import wengert as t
    >>> t.baddbmm(t.zeros(1), t.ones(1, 1, 2), t.ones(1, 2, 1))
    tensor([[[2.]]])
    """
    _check_batches(batch1, batch2)
    if input.dtype is not batch1.dtype:
        from .linear_algebra import c_word

        words = [c_word(x.array.dtype) for x in (input, batch1, batch2)]
        raise RuntimeError(
            f"Input dtypes must be the same, got: input {words[0]}, batch1: {words[1]}, batch2: {words[2]}: baddbmm "
            "does "
            "not promote"
        )
    if input.dtype in HALVES and input.dtype is batch2.dtype:
        return rounded_once(baddbmm, input, batch1, batch2, beta=beta, alpha=alpha)
    return _weighted(bmm(batch1, batch2), input, beta, alpha)


@composite(out=True, in_place=True)
def addbmm(input, batch1, batch2, *, beta=1, alpha=1):
    """beta * input + alpha * the sum of all batch1[i] @ batch2[i], with the input broadcast to (n, m).

    batch1 (b, n, k) and batch2 (b, k, m) of one dtype. With beta 0 the input is not read.

    RuntimeError for sizes that do not fit, and for different dtypes.

    >>> import wengert as t
    >>> t.addbmm(t.zeros(1, 1), t.ones(3, 1, 2), t.ones(3, 2, 1))
    tensor([[6.]])
    """
    _check_batches(batch1, batch2)
    if batch1.shape[0] != batch2.shape[0]:
        raise RuntimeError(
            f"batch1 and batch2 must have same number of batches, got {batch1.shape[0]} and {batch2.shape[0]}"
        )
    if batch1.shape[2] != batch2.shape[1]:
        raise RuntimeError(
            f"Incompatible matrix sizes for bmm ({batch1.shape[1]}x{batch1.shape[2]} and "
            f"{batch2.shape[1]}x{batch2.shape[2]})"
        )
    if input.dtype in HALVES and input.dtype is batch1.dtype is batch2.dtype:
        return rounded_once(addbmm, input, batch1, batch2, beta=beta, alpha=alpha)
    b, n, k = batch1.shape
    # (b, n, k) -> (n, b k) and (b, k, m) -> (b k, m): one product sums over the batch too.
    left = reshape(permute(batch1, (1, 0, 2)), (n, b * k))
    right = reshape(batch2, (b * k, batch2.shape[2]))
    return _weighted(_product_of(left, right, input, "addbmm"), input, beta, alpha)


@composite(out=True, in_place=True)
def addr(input, vec1, vec2, *, beta=1, alpha=1):
    """beta * input + alpha * outer(vec1, vec2), with the input broadcast to (n, m). With beta 0 it is not read.

    dtypes are promoted; of integers beta and alpha must be integers, and bools give the logical or of ands.

    RuntimeError for sizes that do not fit.

    >>> import wengert as t
    >>> t.addr(t.zeros(2, 2), t.tensor([1.0, 2.0]), t.tensor([3.0, 4.0]))
    tensor([[3., 4.],
            [6., 8.]])
    """
    if vec1.ndim != 1:
        raise RuntimeError(f"addr: Expected 1-D argument vec1, but got {vec1.ndim}-D")
    if vec2.ndim != 1:
        raise RuntimeError(f"addr: Expected 1-D argument vec2, but got {vec2.ndim}-D")
    product = outer(vec1, vec2)
    summand = expand(input, tuple(product.shape))
    boolean = summand.dtype.category == product.dtype.category == 0
    for name, value in (("beta", beta), ("alpha", alpha)):
        if max(summand.dtype.category, product.dtype.category) < 2 and isinstance(value, (float, complex)):
            raise RuntimeError(
                f"For integral input tensors, argument {name} must not be a floating point number: addr was given "
                f"{value}"
            )
        if isinstance(value, complex) and not (summand.dtype.is_complex or product.dtype.is_complex):
            raise RuntimeError(
                f"For non-complex input tensors, argument {name} must not be a complex number: addr was given {value}"
            )
    if boolean:
        product = product & bool(alpha)
        return product if not beta else summand | product
    if alpha != 1:
        product = product * alpha
    if beta == 0:
        return product if summand.dtype.category <= product.dtype.category else product + summand.new_zeros(())
    return product + (summand if beta == 1 else summand * beta)


# ------------------------------------------------------------------------------------------------ over dimensions


@composite
def trace(input):
    """The sum of the diagonal of a matrix (n, m); booleans are refused, integers summed as int64.

    NotImplementedError for booleans, RuntimeError for other than two dimensions.

    >>> import wengert as t
    >>> t.trace(t.tensor([[1, 2], [3, 4]]))
    tensor(5)
    """
    if input.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {input.ndim}")
    if input.dtype.category == 0:
        raise NotImplementedError("\"trace\" not implemented for 'Bool': convert to an integer type first")
    return sum_(input.diagonal())


@composite(out=True)
def inner(input, other):
    """Sums of products along the last dimensions: (*, k) and (+, k) of one dtype -> (*, +); with a scalar, the product.

    RuntimeError for different last sizes and different dtypes; NotImplementedError for bools.

    >>> import wengert as t
    >>> t.inner(t.tensor([[1, 2], [3, 4]]), t.tensor([1, 1]))
    tensor([3, 7])
    """
    input, other = tensor_argument(input, "inner", "input", 1), tensor_argument(other, "inner", "other", 2)
    if not input.ndim or not other.ndim:
        return mul(input, other)
    if input.shape[-1] != other.shape[-1]:
        raise RuntimeError(
            "inner() the last dimension must match on both input tensors but got shapes "
            f"{list(input.shape)} and {list(other.shape)}"
        )
    return tensordot(input, other, ([-1], [-1]))


def _dim_lists(a, b, dims) -> tuple:
    """The dimensions that `tensordot` sums over, of either tensor, as they were given."""
    if isinstance(dims, Tensor):
        dims = dims.tolist()
    if isinstance(dims, (tuple, list)) and len(dims) == 2:
        first, second = dims
        if isinstance(first, int) and isinstance(second, int):
            return [first], [second]
        for position, given in ((3, first), (4, second)):
            if not isinstance(given, (tuple, list)):
                name = "dims_self" if position == 3 else "dims_other"
                raise TypeError(
                    f"tensordot(): argument '{name}' (position {position}) must be tuple of ints, not "
                    f"{type(given).__name__}"
                )
        return list(first), list(second)
    try:
        count = operator.index(dims)
    except TypeError:
        raise RuntimeError(
            "tensordot expects dims to be int or tuple[list[int], list[int]] or list[list[int]] containing two lists, "
            f"but got dims={dims}"
        ) from None
    if count < 0:
        raise RuntimeError(f"tensordot expects dims >= 0, but got dims={count}")
    if count > min(a.ndim, b.ndim):
        raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={count}")
    return list(range(-count, 0)), list(range(count))


@composite(out=True, method=False, kinds={"dims": None})
def tensordot(a, b, dims=2):
    """Sums of products over dimensions of two tensors of one dtype: what is left of a's shape, then of b's.

    `dims` is a number, for the last dimensions of a and the first of b, or two lists of dimensions. Sizes must match,
    or be 1, over which that tensor is broadcast. One matrix product.

    RuntimeError for sizes that do not match, lists of different lengths, more dimensions than there are, and
    different dtypes; IndexError for a dimension out of range.

    >>> import wengert as t
    >>> t.tensordot(t.ones(2, 3), t.ones(3, 4), 1).shape
    wengert.Size([2, 4])
    """
    a, b = tensor_argument(a, "tensordot", "a", 1), tensor_argument(b, "tensordot", "b", 2)
    first, second = _dim_lists(a, b, dims)
    if len(first) != len(second):
        raise RuntimeError(f"both dimension lists should have same length: tensordot was given {first} and {second}")
    if a.dtype is not b.dtype:
        raise RuntimeError(f"both inputs should have same dtype: tensordot was given {a.dtype} and {b.dtype}")
    over_a, over_b = _dims.wrap_all(tuple(first), a.ndim), _dims.wrap_all(tuple(second), b.ndim)
    for given, other, d, e in zip(first, second, over_a, over_b, strict=True):
        if a.shape[d] == b.shape[e]:
            continue
        if a.shape[d] == 1:
            b = sum_(b, e, True, dtype=b.dtype)
        elif b.shape[e] == 1:
            a = sum_(a, d, True, dtype=a.dtype)
        else:
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {a.shape[d]} in dim {given} and second has "
                f"size {b.shape[e]} in dim {other}"
            )
    free_a = [d for d in range(a.ndim) if d not in over_a]
    free_b = [d for d in range(b.ndim) if d not in over_b]
    shape = [a.shape[d] for d in free_a] + [b.shape[d] for d in free_b]
    inner_size = 1
    for d in over_a:
        inner_size *= a.shape[d]
    rows, columns = [_count(x, free) for x, free in ((a, free_a), (b, free_b))]
    # (free a, over) @ (over, free b)
    left = reshape(permute(a, (*free_a, *over_a)), (rows, inner_size))
    right = reshape(permute(b, (*over_b, *free_b)), (inner_size, columns))
    return reshape(matmul_(left, right), tuple(shape))


def _count(x, over) -> int:
    size = 1
    for d in over:
        size *= x.shape[d]
    return size


@composite(out=True)
def kron(input, other):
    """The Kronecker product: blocks input[i, j, ...] * other. Shapes are filled up with ones in front and multiplied;
    dtypes are promoted.

    Of any dtypes.

    TypeError for what is no tensor.

    >>> import wengert as t
    >>> t.kron(t.tensor([1, 2]), t.tensor([1, 10]))
    tensor([ 1, 10,  2, 20])
    """
    input, other = tensor_argument(input, "kron", "input", 1), tensor_argument(other, "kron", "other", 2)
    rank = max(input.ndim, other.ndim)
    first = (1,) * (rank - input.ndim) + tuple(input.shape)
    second = (1,) * (rank - other.ndim) + tuple(other.shape)
    # (a, 1, b, 1, ...) * (1, c, 1, d, ...) -> (a, c, b, d, ...) -> (a c, b d, ...)
    apart = mul(
        reshape(input, tuple([n for size in first for n in (size, 1)])),
        reshape(other, tuple([n for size in second for n in (1, size)])),
    )
    return reshape(apart, tuple([m * n for m, n in zip(first, second, strict=True)]))


# ------------------------------------------------------------------------------------------------ of three dimensions


def _vector_product(x, y):
    a, b, c = x[..., 0], x[..., 1], x[..., 2]
    d, e, f = y[..., 0], y[..., 1], y[..., 2]
    out = numpy.empty(numpy.broadcast(x, y).shape, x.dtype)
    with numpy.errstate(all="ignore"):
        out[..., 0] = b * f - c * e
        out[..., 1] = c * d - a * f
        out[..., 2] = a * e - b * d
    return out


cross_product = bilinear(
    "cross_product(input, other)", forward=_vector_product, batch="leading", broadcasts=True, method=False,
    public=False, node_name="LinalgCrossBackward0",
    # g . (x × y) = x . (y × g) = y . (g × x)
    input=lambda g, other: cross_product(conj(other), g),
    other=lambda g, input: cross_product(g, conj(input)),
    doc="x × y along the last dimension, of size 3; the others broadcast.",
)  # fmt: skip


def cross_along(input, other, dim):
    """The vector products along a dimension, after the checks that `cross` and `linalg.cross` share."""
    if input.ndim != other.ndim:
        raise RuntimeError(
            f"linalg.cross: inputs must have the same number of dimensions. They have shapes {list(input.shape)} and "
            f"{list(other.shape)}."
        )
    dim = _dims.wrap(dim, input.ndim)
    if not input.ndim or input.shape[dim] != 3 or other.shape[dim] != 3:
        sizes = [x.shape[dim] if x.ndim else 1 for x in (input, other)]
        raise RuntimeError(
            f"linalg.cross: inputs dimension {dim if dim != input.ndim - 1 else -1} must have length 3. "
            f"Got {sizes[0]} and {sizes[1]}"
        )
    if input.dtype.category == 0:
        raise NotImplementedError("\"cross\" not implemented for 'Bool': convert to an integer type first")
    if input.dtype is not other.dtype:
        raise RuntimeError(
            f"expected scalar type {type_word(input.array.dtype)} but found {type_word(other.array.dtype)}: cross does "
            "not promote; convert one with .to()"
        )
    if dim == input.ndim - 1:
        return cross_product(input, other)
    return movedim(cross_product(movedim(input, dim, -1), movedim(other, dim, -1)), -1, dim)


@composite(out=True)
def cross(input, other, dim=None):
    """The vector product along a dimension of size 3: by default the first of that size.

    Shapes broadcast, dtypes must be the same. `linalg.cross` takes the last dimension unless told otherwise.

    RuntimeError where no dimension, or the one given, has size 3, for shapes that are not broadcast, and for
    different dtypes; IndexError for a dim out of range; NotImplementedError for bools.

    >>> import wengert as t
    >>> t.cross(t.tensor([1, 0, 0]), t.tensor([0, 1, 0]), dim=0)
    tensor([0, 0, 1])
    """
    if dim is None:
        threes = [d for d, size in enumerate(input.shape) if size == 3]
        if not threes:
            raise RuntimeError(f"no dimension of size 3 in input: cross was given shape {list(input.shape)}")
        dim = threes[0]
    return cross_along(input, other, dim)
