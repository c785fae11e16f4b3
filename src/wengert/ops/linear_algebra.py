"""Products of matrices and vectors. The public functions check and add axes, so that the declared product is small."""

import math

import numpy

from ..core import Tensor, dtypes
from ..core.errors import type_word
from ..core.promotion import promote_types
from ..kernels import blas
from .complex_numbers import conj
from .composite import composite
from .declaration import bilinear, general
from .elementwise import mul
from .matrices import broadcast_batch
from .reductions import sum as sum_
from .shape import cast, reshape, transpose, unsafe_view, unsqueeze


def _product(x, y, adjoint_input, adjoint_other):
    if adjoint_input:
        x = x.swapaxes(-1, -2) if x.dtype.kind != "c" else x.swapaxes(-1, -2).conj()
    if adjoint_other:
        y = y.swapaxes(-1, -2) if y.dtype.kind != "c" else y.swapaxes(-1, -2).conj()
    if x.shape[-1] != y.shape[-2] or x.dtype != y.dtype or x.dtype.kind == "b" or x.shape[:-2] != y.shape[:-2]:
        _check_product(x, y)
    return blas.matmul(x, y)


def _check_product(x, y) -> None:
    """What is wrong with two operands whose shapes or types are not plainly those of a product, in PyTorch's words."""
    if x.ndim > 2 and y.ndim > 2:
        batch = broadcast_batch(x.shape[:-2], y.shape[:-2])
        if x.shape[-1] != y.shape[-2]:
            count = int(numpy.prod(batch))
            raise RuntimeError(
                f"Expected size for first two dimensions of batch2 tensor to be: [{count}, {x.shape[-1]}] but got: "
                f"[{count}, {y.shape[-2]}]. {_given(x, y)}"
            )
    if x.shape[-1] != y.shape[-2]:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({_rows(x)}x{x.shape[-1]} and {y.shape[-2]}x{y.shape[-1]}): "
            + _given(x, y)
        )
    in_batches = x.ndim > 2 and y.ndim > 2
    if x.dtype.kind == "b" and (in_batches or x.dtype == y.dtype):
        kernel = "bmm" if in_batches else "addmm_impl_cpu_"
        raise NotImplementedError(f"\"{kernel}\" not implemented for 'Bool': convert to an integer type first")
    if x.dtype != y.dtype:
        words = f"but got: {c_word(x.dtype)} != {c_word(y.dtype)}. matmul does not promote; convert one with .to()"
        if in_batches:
            raise RuntimeError(
                f"expected scalar type {type_word(x.dtype)} but found {type_word(y.dtype)}: matmul's operands must "
                f"have the same dtype, {words}"
            )
        raise RuntimeError(f"expected m1 and m2 to have the same dtype, {words}")


def _given(x, y) -> str:
    return (
        f"matmul was given input of shape {x.shape} and other of shape {y.shape}; input.shape[-1] ({x.shape[-1]}) must "
        f"equal other.shape[-2] ({y.shape[-2]})"
    )


_C_WORDS = {
    "float16": "c10::Half", "float32": "float", "float64": "double", "complex64": "c10::complex<float>",
    "complex128": "c10::complex<double>", "uint8": "unsigned char", "int8": "signed char", "int16": "short",
    "int32": "int", "int64": "long int", "bool": "bool",
}  # fmt: skip


def c_word(numpy_dtype) -> str:
    """C++'s word for an element type, which PyTorch's products use: "double"."""
    return _C_WORDS.get(numpy_dtype.name, numpy_dtype.name)


def _rows(x) -> int:
    return math.prod(x.shape[:-1])


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


@composite(aliases=("linalg.matmul",), out=True, operator="__matmul__")
def matmul(input, other):
    """The matrix product, with PyTorch's rules for vectors.

    (n) @ (n), (m, n) @ (n), (n) @ (n, p), (*, m, n) @ (*, n, p), leading dimensions broadcast. RuntimeError for
    shapes that do not fit and for tensors of different dtypes; an array beside a tensor is promoted with it.

    >>> import wengert as t
    >>> t.matmul(t.tensor([[1.0, 2.0]]), t.tensor([3.0, 4.0]))
    tensor([11.])
    """
    if not isinstance(input, Tensor) or not isinstance(other, Tensor):
        input, other = _promoted(_tensor(input, "matmul"), _tensor(other, "matmul"))
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
    if first == 2 and input.shape[1] != other.shape[0]:
        _refuse_vector(input, input, other)
    return reshape_last(matmul_(input, unsqueeze(other, 1)), -1)


def _refuse_vector(input, mat, vec):
    raise RuntimeError(
        f"size mismatch, got input ({input.shape[0]}), mat ({'x'.join(str(n) for n in mat.shape)}), vec "
        f"({vec.shape[0]}): the matrix has {mat.shape[1]} columns, the vector {vec.shape[0]} elements"
    )


def reshape_last(x, dim):
    """Without a dimension of size 1 at -1 or -2."""
    shape = tuple(x.shape)
    return unsafe_view(x, shape[:-1] if dim == -1 else (*shape[:-2], shape[-1]))


def _promoted(input, other):
    """Both in their common dtype: NumPy code multiplies matrices of integers with others."""
    if input.dtype is other.dtype:
        return input, other
    common = dtypes.from_numpy(promote_types(input.array.dtype, other.array.dtype))
    return cast(input, common), cast(other, common)


def _tensor(x, name: str):
    if isinstance(x, Tensor):
        return x
    if isinstance(x, numpy.ndarray):
        from ..core.promotion import tensor_of

        return tensor_of(x)
    raise TypeError(f"{name}(): argument must be Tensor, not {type(x).__name__}")


@composite(out=True)
def mm(input, mat2):
    """The product of two matrices of one dtype, (n, k) @ (k, m) -> (n, m), without broadcasting.

    RuntimeError for other ranks, shapes that do not fit, and unlike dtypes.

    >>> import wengert as t
    >>> t.mm(t.tensor([[1, 2]]), t.tensor([[3], [4]]))
    tensor([[11]])
    """
    if input.ndim != 2:
        raise RuntimeError(f"self must be a matrix: mm was given tensors of {input.ndim} and {mat2.ndim} dimensions")
    if mat2.ndim != 2:
        raise RuntimeError(f"mat2 must be a matrix: mm was given tensors of {input.ndim} and {mat2.ndim} dimensions")
    return matmul_(input, mat2)


@composite(out=True)
def bmm(input, mat2):
    """The products of two batches of matrices of one dtype, (b, m, k) @ (b, k, n) -> (b, m, n), without broadcasting.

    RuntimeError for other than three dimensions, sizes that do not fit, and different dtypes.

    >>> import wengert as t
    >>> t.bmm(t.ones(2, 1, 3), t.ones(2, 3, 1)).shape
    wengert.Size([2, 1, 1])
    """
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
    """The product of a matrix and a vector of one dtype, (n, m) @ (m) -> (n).

    RuntimeError for sizes and numbers of dimensions that do not fit, and for different dtypes.

    >>> import wengert as t
    >>> t.mv(t.tensor([[1, 2], [3, 4]]), t.tensor([1, 1]))
    tensor([3, 7])
    """
    if input.ndim != 2 or vec.ndim != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got {vec.ndim}, {input.ndim}, {vec.ndim}")
    if input.shape[1] != vec.shape[0]:
        _refuse_vector(input, input, vec)
    if input.dtype is not vec.dtype:
        first, second = type_word(input.array.dtype), type_word(vec.array.dtype)
        raise RuntimeError(
            f"addmv input tensors must have the same dtype, but got {second}, {first}, and {second}: mv does not "
            "promote"
        )
    return reshape_last(matmul_(input, unsqueeze(vec, 1)), -1)


def _inner(x, y):
    if x.dtype.kind == "b":
        raise NotImplementedError("\"dot\" not implemented for 'Bool': convert to an integer type first")
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


def _check_vectors(input, other) -> None:
    if input.ndim != 1 or other.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {input.ndim}D and {other.ndim}D tensors")
    if input.dtype is not other.dtype:
        raise RuntimeError(
            "dot : expected both vectors to have same dtype, but found "
            f"{type_word(input.array.dtype)} and {type_word(other.array.dtype)}: convert one with to()"
        )


@composite(out=True)
def dot(input, tensor):
    """The sum of products of two vectors (n) of one dtype, without conjugation.

    RuntimeError for other than one dimension, different lengths and different dtypes; NotImplementedError for bools.

    >>> import wengert as t
    >>> t.dot(t.tensor([1, 2]), t.tensor([3, 4]))
    tensor(11)
    """
    _check_vectors(input, tensor)
    return dot_(input, tensor)


@composite(out=True, numpy_functions=(numpy.vdot,))
def vdot(input, other):
    """The sum of products of the conjugates of one vector (n) with another of its dtype.

    RuntimeError for other than one dimension, different lengths and different dtypes; NotImplementedError for bools.

    >>> import wengert as t
    >>> t.vdot(t.tensor([1j]), t.tensor([1j]))
    tensor(1.+0.j)
    """
    _check_vectors(input, other)
    return dot_(conj(input), other)


@composite(aliases=("ger",), out=True, numpy_functions=(numpy.outer,))
def outer(input, vec2):
    """All products of the elements of two vectors, (n) and (m) -> (n, m); dtypes are promoted.

    Of any dtypes. RuntimeError for other than one dimension.

    >>> import wengert as t
    >>> t.outer(t.tensor([1, 2]), t.tensor([3, 4]))
    tensor([[3, 4],
            [6, 8]])
    """
    if input.ndim != 1:
        raise RuntimeError(f"outer: Expected 1-D argument self, but got {input.ndim}-D")
    if vec2.ndim != 1:
        raise RuntimeError(f"outer: Expected 1-D argument vec2, but got {vec2.ndim}-D")
    return mul(unsqueeze(input, 1), unsqueeze(vec2, 0))


def _affine(x, weight, bias):
    if not isinstance(weight, numpy.ndarray):
        raise TypeError(f"linear(): argument 'weight' (position 2) must be Tensor, not {type(weight).__name__}")
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
    doc="""input @ weight.T + bias over the last dimension: (*, in) and (out, in) -> (*, out).

RuntimeError for shapes that do not fit and for different dtypes.

>>> import wengert as t
>>> t.nn.functional.linear(t.tensor([1.0, 2.0]), t.tensor([[3.0, 4.0]]), t.tensor([0.5]))
tensor([11.5000])
""",
)  # fmt: skip
