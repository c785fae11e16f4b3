"""Norms of vectors, and what is made of them: distances, angles, and inputs brought to a length."""

import numbers

import numpy

from ..core import dtypes, registry
from ..core.errors import type_word
from ..core.promotion import result_dtype
from ..kernels import reductions
from . import arguments, dims
from .composite import composite
from .declaration import general
from .elementwise import clamp, div, eq, gt, logical_not, logical_or, sgn, where
from .elementwise import pow as pow_
from .reductions import largest, restore, smallest
from .reductions import sum as sum_
from .statistics import real_of

# ------------------------------------------------------------------------------------------------ primitives


def _is_half(dtype) -> bool:
    return dtype.is_floating_point and dtype.itemsize == 2


def _squared(x):
    return x.real * x.real + x.imag * x.imag if x.dtype.kind == "c" else x * x


def _euclidean(x, dim, keepdim):
    with numpy.errstate(all="ignore"):
        return numpy.sqrt(reductions.sum(numpy.asarray(_squared(x)), dim, keepdim))


def _divisor(out):
    """A norm to divide by: infinite where it is 0, so that what is divided becomes 0."""
    return where(eq(out, 0), numpy.inf, out)


euclidean_norm = general(
    "euclidean_norm(input, dim=None, keepdim=False)", forward=_euclidean, axes="dim", method=False, public=False,
    node_name="LinalgVectorNormBackward0",
    input=lambda g, input, out, dim, keepdim: restore(g / _divisor(out), tuple(input.shape), dim, keepdim) * input,
    jvp=lambda tangents, inputs, out, parameters: (
        sum_(real_of(tangents[0] * inputs[0].conj()), *parameters) / _divisor(out)
    ),
    doc="The square root of the sum of squares, with derivative 0 at 0.",
)  # fmt: skip


def _power(x, ord, dim, keepdim):
    with numpy.errstate(all="ignore"):
        total = reductions.sum(numpy.asarray(numpy.abs(x) ** ord), dim, keepdim)
        return numpy.asarray(total ** (1.0 / ord))


def _power_share(input, out, ord, dim, keepdim):
    """(|x| / norm)^(ord - 1) sgn(x), and 0 where x or the norm is 0: the derivative of the norm."""
    size = input.abs()
    if ord >= 2:
        length = restore(_divisor(out), tuple(input.shape), dim, keepdim)
        return pow_(size / length, ord - 1.0) * sgn(input)
    length = restore(out, tuple(input.shape), dim, keepdim)
    flat = logical_or(eq(size, 0), eq(length, 0))
    size, length = where(flat, 1.0, size), where(flat, 1.0, length)
    # Of a negative order an infinite element counts for nothing, which the quotient would not know.
    slope = pow_(size / length, ord - 1.0) if ord > 0 else pow_(size, ord - 1.0) * pow_(length, 1.0 - ord)
    return where(flat, 0.0, slope) * sgn(input)


power_norm = general(
    "power_norm(input, ord, dim=None, keepdim=False)", forward=_power, axes="dim", method=False, public=False,
    node_name="LinalgVectorNormBackward0",
    input=lambda g, input, out, ord, dim, keepdim: restore(g, tuple(input.shape), dim, keepdim) * _power_share(input,
        out, ord, dim, keepdim),
    jvp=lambda tangents, inputs, out, parameters: sum_(
        real_of(tangents[0] * _power_share(inputs[0], out, *parameters).conj()), *parameters[1:]
    ),
    doc="(sum |x|^ord)^(1 / ord) for a finite order other than 0, with derivative 0 in elements that are 0.",
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ norms


def _in_type(name: str, input, dtype):
    """The input converted to a `dtype` of the same kind that is no narrower."""
    if input.dtype.category < 2:
        raise RuntimeError(
            f"{name}: Expected a floating point or complex tensor as input. Got {type_word(input.array.dtype)}; "
            "convert it first"
        )
    if dtype is None:
        return input
    word = type_word(dtypes.as_numpy(dtype))
    target = dtypes.from_numpy(dtypes.as_numpy(dtype))
    if target.category < 2:
        raise RuntimeError(f"{name}: dtype should be floating point or complex, but got {word}")
    if target.is_complex != input.dtype.is_complex:
        kind = "complex" if input.dtype.is_complex else "real"
        raise RuntimeError(f"{name}: dtype should be {kind} for {kind} inputs, but got {word}")
    if numpy.promote_types(target.numpy, input.array.dtype) != target.numpy:
        raise RuntimeError(
            f"{name}: the dtype of the input ({type_word(input.array.dtype)}) should be convertible without narrowing "
            f"to the specified dtype ({word})"
        )
    return input.to(dtype)


def _check_identity(input, ord, dim) -> None:
    """Norms of negative and infinite order have no value for no elements."""
    if input.numel():
        return
    shown = f"{ord:g}"
    if dim is None or dim == () or dim == []:
        raise RuntimeError(
            f"linalg.vector_norm cannot compute the {shown} norm on an empty tensor because the operation does not "
            "have an identity"
        )
    for d in dims.wrap_all(dim, input.ndim):
        if not input.shape[d]:
            raise RuntimeError(
                f"linalg.vector_norm cannot compute the {shown} norm on the dimension {d}because this dimension is "
                "empty and the operation does not have an identity"
            )


@composite(namespace="linalg", out=True)
def vector_norm(input, ord=2, dim=None, keepdim=False, *, dtype=None):
    """The norm of order `ord` of all elements, or over `dim` (an int or a tuple of them).

    (sum |x|^ord)^(1 / ord); the largest |x| for inf, the smallest for -inf, how many are not 0 for 0. The result is
    real; a `dtype` no narrower than the input's converts first, float16 is computed in float32. Derivatives are 0 where
    an element or the norm is 0; equal extreme elements share that of an infinite order. RuntimeError for booleans and
    integers, and for no elements if the order is negative or infinite; TypeError for an order that is no number.

    >>> import wengert as t
    >>> t.linalg.vector_norm(t.tensor([3., -4.]))
    tensor(5.)
    >>> t.linalg.vector_norm(t.tensor([[3., -4.], [1., 1.]]), 1, dim=1)
    tensor([7., 2.])
    """
    input = arguments.tensor("linalg_vector_norm", "input", 1, input)
    if isinstance(ord, bool) or not isinstance(ord, (int, float, numpy.number)):
        raise TypeError(
            f"linalg_vector_norm(): argument 'ord' (position 2) must be Number, not {type(ord).__name__}"
        )
    input = _in_type("linalg.vector_norm", input, dtype)
    if _is_half(input.dtype):
        return vector_norm(input.to(dtypes.float32), ord, dim, keepdim).to(input.dtype)
    ord = float(ord)
    if ord < 0 or ord == numpy.inf:
        _check_identity(input, ord, dim)
    if ord == 2:
        return euclidean_norm(input, dim, keepdim)
    if ord == 1:
        return sum_(input.abs(), dim, keepdim)
    if abs(ord) == numpy.inf:
        return (largest if ord > 0 else smallest)(input.abs(), dim, keepdim)
    if ord == 0:
        return sum_(logical_not(eq(input, 0)).to(input.dtype.to_real()), dim, keepdim)
    return power_norm(input, ord, dim, keepdim)


def _nuclear(input, dim, keepdim, dtype):
    matrix_norm = registry.namespace_called("linalg").get("matrix_norm")
    axes = dims.wrap_all(dim, input.ndim)
    if len(axes) != 2:
        raise RuntimeError(f"linalg.matrix_norm: dim must be a 2-tuple. Got {' '.join([str(d) for d in axes])}")
    return matrix_norm(input, "nuc", axes, keepdim, dtype=dtype)


@composite(out=True)
def norm(input, p="fro", dim=None, keepdim=False, dtype=None):
    """The norm of order `p` of all elements or over `dim`, as `linalg.vector_norm` gives it.

    "fro" is the same as 2. "nuc" is the sum of the singular values of the matrix that the two dimensions `dim` hold.

    RuntimeError for integers without `dtype`, and an order that there is not.

    >>> import wengert as t
    >>> t.norm(t.tensor([[1., 2.], [2., 4.]]))
    tensor(5.)
    """
    input = arguments.tensor("norm", "input", 1, input)
    if isinstance(p, str):
        if p == "nuc":
            return _nuclear(input, dim, keepdim, dtype)
        if p != "fro":
            raise RuntimeError(f"linalg.matrix_norm: Order {p} not supported.")
        if isinstance(dim, (tuple, list)) and len(dim) > 2:
            raise RuntimeError(
                f"linalg.matrix_norm: dim must be a 2-tuple. Got {' '.join([str(d) for d in dim])}"
            )
    return vector_norm(input, 2 if p is None or p == "fro" else p, dim, keepdim, dtype=dtype)


# ------------------------------------------------------------------------------------------------ distances


@composite
def dist(input, other, p=2):
    """The p-norm of input - other, which are broadcast.

    RuntimeError for shapes that are not broadcast, and for integers.

    >>> import wengert as t
    >>> t.dist(t.tensor([1., 2.]), t.tensor([4., 6.]))
    tensor(5.)
    """
    difference = arguments.tensor("dist", "input", 1, input) - arguments.tensor("dist", "other", 2, other)
    if difference.dtype.category < 2:
        raise RuntimeError(
            "norm(): input dtype should be either floating point or complex. Got "
            f"{type_word(difference.array.dtype)} instead. dist() takes the norm of input - other; convert them first"
        )
    return vector_norm(difference, p)


@composite(method=False, aliases=("nn.functional.pairwise_distance",))
def pairwise_distance(x1, x2, p=2.0, eps=1e-06, keepdim=False):
    """The p-norm of x1 - x2 + eps over the last dimension; x1 and x2 are broadcast: (*, D) -> (*).

    Integers become floats of the default dtype. RuntimeError for shapes that are not broadcast.

    >>> import wengert as t
    >>> t.pairwise_distance(t.tensor([[1., 2.]]), t.tensor([[4., 6.]]))
    tensor([5.0000])
    """
    x1 = arguments.tensor("pairwise_distance", "x1", 1, x1)
    x2 = arguments.tensor("pairwise_distance", "x2", 2, x2)
    difference = x1 - x2 + eps
    return vector_norm(difference, p, difference.ndim - 1 if difference.ndim else None, keepdim)


@composite(method=False, aliases=("nn.functional.cosine_similarity",))
def cosine_similarity(x1, x2, dim=1, eps=1e-08):
    """The cosine of the angle between x1 and x2 along dim: <x1, x2> / (max(|x1|, eps) max(|x2|, eps)).

    x1 and x2 are broadcast and promoted. RuntimeError where their common type is not floating. As in PyTorch the
    derivative is that of the norms, also where eps stands in for one.

    >>> import wengert as t
    >>> t.cosine_similarity(t.tensor([[1., 0.]]), t.tensor([[1., 1.]]))
    tensor([0.7071])
    """
    x1 = arguments.tensor("cosine_similarity", "x1", 1, x1)
    x2 = arguments.tensor("cosine_similarity", "x2", 2, x2)
    common = dtypes.from_numpy(result_dtype([x1.array, x2.array]))
    if not common.is_floating_point:
        raise RuntimeError(
            f"expected common dtype to be floating point, yet common dtype is {type_word(common.numpy)}: "
            "cosine_similarity measures angles between real vectors"
        )
    shape = numpy.broadcast_shapes(tuple(x1.shape), tuple(x2.shape)) if x1.shape != x2.shape else tuple(x1.shape)
    x1, x2 = x1.to(common).expand(shape), x2.to(common).expand(shape)
    return sum_((x1 / _held_above(x1, dim, eps)) * (x2 / _held_above(x2, dim, eps)), dim)


def _held_above(x, dim, eps):
    length = vector_norm(x, 2, dim, True)
    fixed = length.detach()
    return length + (clamp(fixed, min=eps) - fixed)


@composite(namespace="nn.functional", out=True)
def normalize(input, p=2.0, dim=1, eps=1e-12):
    """input divided by its p-norm over dim, which is held above eps.

    Any shape, floating point or complex. RuntimeError for integers, IndexError for a dim out of range.

    >>> import wengert as t
    >>> t.nn.functional.normalize(t.tensor([[3., 4.]]))
    tensor([[0.6000, 0.8000]])
    """
    return div(input, clamp(norm(input, p, dim, True), min=eps))


@composite(out=True, in_place=True)
def renorm(input, p, dim, maxnorm):
    """input with every slice along dim (`input.select(dim, i)`) whose p-norm is above maxnorm scaled down to it.

    The factor is maxnorm / (norm + 1e-7). RuntimeError for less than two dimensions, and for a p that is not positive
    or a maxnorm that is negative.

    >>> import wengert as t
    >>> t.renorm(t.tensor([[3., 4.], [1., 0.]]), 2, 0, 2.5)
    tensor([[1.5000, 2.0000],
            [1.0000, 0.0000]])
    """
    input = arguments.tensor("renorm", "input", 1, input)
    if isinstance(p, numbers.Complex) and not isinstance(p, numbers.Real):
        raise RuntimeError(f"renorm: p must be real-valued, not {p}")
    if not isinstance(p, numbers.Real) or not isinstance(maxnorm, numbers.Real):
        raise TypeError("renorm(): arguments 'p' and 'maxnorm' must be Numbers")
    if not p > 0:
        raise RuntimeError(f"renorm: non-positive-norm not supported: p is {p}")
    if not maxnorm >= 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm:g}")
    if input.ndim < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {input.ndim} dimensions")
    dim = dims.wrap(arguments.integer("renorm", "dim", 3, dim), input.ndim)
    wide = input.to(dtypes.float32) if _is_half(input.dtype) else input
    others = tuple([d for d in range(input.ndim) if d != dim])
    lengths = vector_norm(wide.detach(), p, others, True)
    above = gt(lengths, maxnorm)
    if input.requires_grad or input._level:
        # What is left as it is takes no part in the derivative: its length may be NaN.
        lengths = vector_norm(where(above, wide, 0.0), p, others, True)
    factor = where(above, maxnorm / (lengths + 1e-07), 1.0)
    return input * factor.to(input.dtype)


@composite(method=False, out=True)
def frobenius_norm(input, dim, keepdim=False):
    """The square root of the sum of squares over one dimension or two, all of them for an empty `dim`.

    RuntimeError for integers and for more than two dimensions, IndexError for a dim out of range.

    >>> import wengert as t
    >>> t.frobenius_norm(t.tensor([[3.0, 0.0], [0.0, 4.0]]), (0, 1))
    tensor(5.)
    """
    input = arguments.tensor("frobenius_norm", "input", 1, input)
    given = arguments.integers("frobenius_norm", "dim", 2, dim)
    if len(given) > 2:
        raise RuntimeError(f"Expected at most 2 dimensions, but got {len(given)} dimensions instead.")
    return vector_norm(input, 2, given or None, keepdim)


@composite(method=False)
def norm_except_dim(v, pow=2, dim=0):
    """The norm of order `pow` over all dimensions but `dim`, which is kept, as weight normalisation needs it; over
    all of them for dim = -1, without a dimension.

    >>> import wengert as t
    >>> t.norm_except_dim(t.tensor([[3.0, 4.0], [0.0, 2.0]]), 2, 0)
    tensor([[5.],
            [2.]])
    """
    v = arguments.tensor("norm_except_dim", "v", 1, v)
    if arguments.integer("norm_except_dim", "dim", 3, dim) == -1:
        return norm(v, pow)
    kept = dims.wrap(dim, v.ndim)
    others = tuple([d for d in range(v.ndim) if d != kept])
    return norm(v, pow, others, True) if others else v.abs()


@composite(method=False, out=True)
def nuclear_norm(input, dim=(-2, -1), keepdim=False):
    """The sum of the singular values of a matrix, or of those that the two dimensions `dim` hold.

    (*, M, N) -> (*), of floating or complex tensors; the result is real. RuntimeError for integers, for fewer than two
    dimensions and for a number of dims other than two, IndexError for a dim out of range.

    >>> import wengert as t
    >>> t.nuclear_norm(t.tensor([[3.0, 0.0], [0.0, 4.0]]))
    tensor(7.)
    """
    input = arguments.tensor("nuclear_norm", "input", 1, input)
    if input.ndim < 2:
        raise RuntimeError(f"nuclear_norm(): The input must have at least 2 dimensions, but it has {input.ndim}")
    return norm(input, "nuc", dim, keepdim)
