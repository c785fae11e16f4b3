"""Products of matrices and vectors. The public functions check and add axes, so that the declared product is small."""

import numpy

from ..core import Tensor
from ..core.errors import type_word
from ..kernels import blas
from .complex_numbers import conj
from .composite import composite
from .declaration import bilinear, general
from .elementwise import mul
from .reductions import sum as sum_
from .shape import reshape, transpose, unsafe_view, unsqueeze


def _mT(x):
    return transpose(x, -1, -2)


def _product(x, y, adjoint_input, adjoint_other):
    if adjoint_input:
        x = x.swapaxes(-1, -2) if x.dtype.kind != "c" else x.swapaxes(-1, -2).conj()
    if adjoint_other:
        y = y.swapaxes(-1, -2) if y.dtype.kind != "c" else y.swapaxes(-1, -2).conj()
    if x.shape[-1] != y.shape[-2]:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({_rows(x)}x{x.shape[-1]} and {y.shape[-2]}x{y.shape[-1]}): "
            f"matmul was given input of shape {x.shape} and other of shape {y.shape}; input.shape[-1] ({x.shape[-1]}) "
            f"must equal other.shape[-2] ({y.shape[-2]})"
        )
    if x.dtype != y.dtype:
        raise RuntimeError(
            f"expected m1 and m2 to have the same dtype, but got: {type_word(x.dtype)} != {type_word(y.dtype)}. matmul "
            "does not promote; convert one with .to()"
        )
    return blas.matmul(x, y)


def _rows(x) -> int:
    return int(numpy.prod(x.shape[:-1]))


def _batched_product(operation, operands, parameters, in_dims, size):
    """The batch leads; the operand of fewer dimensions gets ones after it."""
    ranks = [len(x.shape) - (d is not None) for x, d in zip(operands, in_dims, strict=True)]
    rank = max(ranks)
    aligned = [
        x if d is None or own == rank else reshape(x, (x.shape[0], *(1,) * (rank - own), *x.shape[1:]))
        for x, d, own in zip(operands, in_dims, ranks, strict=True)
    ]
    return matmul_(*aligned, *parameters), 0


matmul_ = bilinear(
    "matrix_product(input, other, adjoint_input=False, adjoint_other=False)", forward=_product, batch=_batched_product,
    method=False, public=False, broadcasts=True, node_name="MmBackward0",
    # With A and B as they are multiplied, y = A B: dA = g B^H and dB = A^H g, adjoint where the input itself was.
    input=lambda g, other, adjoint_input, adjoint_other: (
        matmul_(other, g, adjoint_other, True) if adjoint_input else matmul_(g, other, False, not adjoint_other)
    ),
    other=lambda g, input, adjoint_input, adjoint_other: (
        matmul_(g, input, True, adjoint_input) if adjoint_other else matmul_(input, g, not adjoint_input, False)
    ),
    doc="(*, M, K) @ (*, K, N) -> (*, M, N), leading dimensions broadcast; either operand conjugate-transposed first.",
)  # fmt: skip


@composite(
    aliases=("linalg.matmul",), out=True, operator="__matmul__", numpy_functions=(numpy.matmul,), ufunc=numpy.matmul
)
def matmul(input, other):
    """The matrix product, with PyTorch's rules for vectors.

    (n) @ (n), (m, n) @ (n), (n) @ (n, p), (*, m, n) @ (*, n, p).
    """
    if not isinstance(input, Tensor) or not isinstance(other, Tensor):
        input, other = _tensor(input, "matmul"), _tensor(other, "matmul")
    first, second = input.ndim, other.ndim
    if first == 2 and second == 2:
        return matmul_(input, other)
    if first >= 2 and second >= 2:
        if first > 2 and second == 2:
            # One product of (all rows, n) and (n, p) instead of many small ones.
            # (*, m, n) -> (* m, n) @ (n, p) -> (* m, p) -> (*, m, p)
            shape = tuple(input.shape)
            return unsafe_view(matmul_(reshape(input, (-1 if input.numel() else _rows(input), shape[-1])), other),
                               (*shape[:-1], other.shape[-1]))
        return matmul_(input, other)
    if first == 0 or second == 0:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {first}D and {second}D")
    if first == 1 and second == 1:
        return dot(input, other)
    if first == 1:
        return reshape_last(matmul_(unsqueeze(input, 0), other), -2)
    return reshape_last(matmul_(input, unsqueeze(other, 1)), -1)


def reshape_last(x, dim):
    """Without a dimension of size 1 at -1 or -2."""
    shape = tuple(x.shape)
    return unsafe_view(x, shape[:-1] if dim == -1 else (*shape[:-2], shape[-1]))


def _tensor(x, name: str):
    if isinstance(x, Tensor):
        return x
    if isinstance(x, numpy.ndarray):
        from ..core.promotion import tensor_of

        return tensor_of(x)
    raise TypeError(f"{name}(): argument must be Tensor, not {type(x).__name__}")


@composite(out=True)
def mm(input, mat2):
    """The product of two matrices."""
    if input.ndim != 2 or mat2.ndim != 2:
        raise RuntimeError(
            f"mm: self must be a matrix and mat2 must be a matrix, but they have {input.ndim} and {mat2.ndim} "
            "dimensions"
        )
    return matmul_(input, mat2)


@composite(out=True)
def bmm(input, mat2):
    """The products of two batches of matrices, (B, M, K) @ (B, K, N) -> (B, M, N)."""
    if input.ndim != 3 or mat2.ndim != 3:
        raise RuntimeError("batch1 must be a 3D tensor" if input.ndim != 3 else "batch2 must be a 3D tensor")
    if input.shape[0] != mat2.shape[0] or input.shape[2] != mat2.shape[1]:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{input.shape[0]}, {input.shape[2]}] but "
            f"got: [{mat2.shape[0]}, {mat2.shape[1]}]."
        )
    return matmul_(input, mat2)


@composite(out=True)
def mv(input, vec):
    """The product of a matrix and a vector."""
    if input.ndim != 2 or vec.ndim != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got {input.ndim}, {vec.ndim}")
    return reshape_last(matmul_(input, unsqueeze(vec, 1)), -1)


def _inner(x, y):
    if x.shape != y.shape:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor {list(x.shape)} and src {list(y.shape)} to have the same "
            f"number of elements, but got {x.size} and {y.size} elements respectively"
        )
    return blas.dot(x, y)


dot_ = bilinear(
    "inner_product(input, other)", forward=_inner, method=False, public=False, node_name="DotBackward0",
    fallback=lambda input, other: sum_(input * other),
    input=lambda g, other: mul(g, conj(other)),
    other=lambda g, input: mul(g, conj(input)),
    doc="The sum of products of two vectors.",
)  # fmt: skip


@composite(out=True)
def dot(input, tensor):
    """The sum of products of two vectors."""
    if input.ndim != 1 or tensor.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {input.ndim}D and {tensor.ndim}D tensors")
    if input.dtype is not tensor.dtype:
        raise RuntimeError(
            "dot : expected both vectors to have same dtype, but found "
            f"{type_word(input.array.dtype)} and {type_word(tensor.array.dtype)}: convert one with to()"
        )
    return dot_(input, tensor)


@composite(out=True, numpy_functions=(numpy.vdot,))
def vdot(input, other):
    """The sum of products of the conjugates of one vector with another."""
    if input.ndim != 1 or other.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {input.ndim}D and {other.ndim}D tensors")
    return dot_(conj(input), other)


@composite(methods=("ger",), out=True, numpy_functions=(numpy.outer,))
def outer(input, vec2):
    """All products of the elements of two vectors, (n) and (m) -> (n, m)."""
    if input.ndim != 1 or vec2.ndim != 1:
        raise RuntimeError(f"outer: Expected 1-D argument self, but got {input.ndim}-D")
    return mul(unsqueeze(input, 1), unsqueeze(vec2, 0))


def _affine(x, weight, bias):
    if x.shape[-1] != weight.shape[1]:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({_rows(x)}x{x.shape[-1]} and "
            f"{weight.shape[1]}x{weight.shape[0]}): linear was given input of shape {x.shape} and weight of shape "
            f"{weight.shape}; input.shape[-1] ({x.shape[-1]}) must equal weight.shape[1] ({weight.shape[1]})"
        )
    if x.dtype != weight.dtype:
        raise RuntimeError(
            f"mat1 and mat2 must have the same dtype, but got {type_word(x.dtype)} and {type_word(weight.dtype)}: "
            "linear does not promote; convert one with .to()"
        )
    flat = x if x.ndim == 2 else x.reshape(_rows(x), x.shape[-1])
    # (rows, in) @ (in, out) + (out) -> (rows, out)
    out = blas.matmul(flat, weight.T) if bias is None else blas.addmm(bias, flat, weight.T)
    return out if x.ndim == 2 else out.reshape(*x.shape[:-1], weight.shape[0])


def _affine_composite(input, weight, bias):
    out = matmul(input, transpose(weight, 0, 1))
    return out if bias is None else out + bias


def _rows_of(x):
    """(*, n) as (rows, n)."""
    return x if x.ndim == 2 else reshape(x, (_rows(x), x.shape[-1]))


def _weight_gradient(g, x):
    out = matmul_(g, x, True)  # (out, rows) @ (rows, in) -> (out, in)
    return conj(out)  # of g^T conj(x), what was computed is the conjugate


linear = general(
    "linear(input, weight, bias=None)", forward=_affine, fallback=_affine_composite, method=False,
    node_name="AddmmBackward0",
    # (*, out) @ (out, in) -> (*, in)
    input=lambda g, weight: matmul(g, conj(weight)),
    weight=lambda g, input: _weight_gradient(_rows_of(g), _rows_of(input)),
    bias=lambda g: sum_(_rows_of(g), 0),
    doc="input @ weight.T + bias over the last dimension: (*, in) and (out, in) -> (*, out).",
)  # fmt: skip


def _weighted(product, input, beta, alpha):
    if alpha != 1:
        product = product * alpha
    return product if beta == 0 else product + (input if beta == 1 else input * beta)


@composite(out=True, in_place=True)
def addmm(input, mat1, mat2, *, beta=1, alpha=1):
    """beta * input + alpha * (mat1 @ mat2). With beta 0 the input is not read, NaN included."""
    return _weighted(mm(mat1, mat2), input, beta, alpha)


@composite(out=True, in_place=True)
def addmv(input, mat, vec, *, beta=1, alpha=1):
    """beta * input + alpha * (mat @ vec)."""
    return _weighted(mv(mat, vec), input, beta, alpha)


@composite(out=True, in_place=True)
def baddbmm(input, batch1, batch2, *, beta=1, alpha=1):
    """beta * input + alpha * (batch1 @ batch2), batch by batch."""
    return _weighted(bmm(batch1, batch2), input, beta, alpha)


@composite
def trace(input):
    """The sum of the diagonal of a matrix."""
    if input.ndim != 2:
        raise RuntimeError("trace: expected a matrix")
    return sum_(input.diagonal())
