"""What operations on matrices ask of their arguments, and what they say where a factorisation fails."""

import numpy

from ..core import Tensor, registry
from ..core.errors import type_word
from ..core.promotion import from_array
from . import arguments, levels
from .complex_numbers import conj
from .shape import expand, transpose


class LinAlgError(RuntimeError, numpy.linalg.LinAlgError):
    """A factorisation failed, or a matrix was singular: also caught as NumPy's error of that name.

    >>> import wengert as t
    >>> t.linalg.inv(t.zeros(2, 2))
    Traceback (most recent call last):
    wengert.linalg.LinAlgError: linalg.inv: The diagonal element 1 is zero, ...
    """


LinAlgError.__module__ = "wengert.linalg"
registry.publish("linalg.LinAlgError", LinAlgError)


# ------------------------------------------------------------------------------------------------ arguments


def tensor_argument(x, function: str, argument: str, position: int) -> Tensor:
    """x as a tensor, where it is one or an array; TypeError otherwise."""
    return x if isinstance(x, Tensor) else arguments.tensor(function, argument, position, x)


def number_argument(x, function: str, argument: str, position: int) -> float:
    """x as a float, where it is a real number; TypeError otherwise."""
    if isinstance(x, (bool, str)) or not isinstance(x, (int, float, numpy.floating, numpy.integer)):
        raise TypeError(
            f"{function}(): argument '{argument}' (position {position}) must be float, not {type(x).__name__}"
        )
    return float(x)


def check_flags(function: str, **flags) -> None:
    """TypeError for what is neither True nor False."""
    for name, value in flags.items():
        if not isinstance(value, (bool, numpy.bool_)):
            raise TypeError(f"{function}(): argument '{name}' must be bool, not {type(value).__name__}")


def check_matrix(x: Tensor, function: str, argument: str = "A") -> None:
    """RuntimeError for what is not a batch of matrices."""
    if x.ndim < 2:
        raise RuntimeError(
            f"{function}: The input tensor {argument} must have at least 2 dimensions. Its shape is {list(x.shape)}."
        )


def check_square(x: Tensor, function: str, argument: str = "A") -> None:
    """RuntimeError for what is not a batch of square matrices."""
    check_matrix(x, function, argument)
    if x.shape[-1] != x.shape[-2]:
        raise RuntimeError(
            f"{function}: {argument} must be batches of square matrices, but they are {x.shape[-2]} by {x.shape[-1]} "
            "matrices"
        )


def check_floating(x: Tensor, function: str, half: bool = False, kernel: str = "") -> None:
    """RuntimeError for types that cannot be divided, and for half precision, which LAPACK does not have: there
    NotImplementedError in the name of the kernel, if that is given."""
    if x.dtype.category < 2:
        raise RuntimeError(
            f"{function}: Expected a floating point or complex tensor as input. Got {type_word(x.array.dtype)}"
        )
    if kernel:
        check_kernel(x, kernel)
    if x.dtype.itemsize < 4 and not half:
        raise RuntimeError(
            f"{function}: Low precision dtypes not supported. Got {type_word(x.array.dtype)}: convert it with .to()"
        )


def check_kernel(x: Tensor, kernel: str) -> None:
    """NotImplementedError for types that LAPACK does not have, in the name of PyTorch's kernel."""
    if x.dtype.category < 2 or x.dtype.itemsize < 4:
        raise NotImplementedError(
            f"\"{kernel}\" not implemented for '{type_word(x.array.dtype)}': only float32, float64, complex64 and "
            "complex128 are; convert it with .to()"
        )


def batched(*operands: Tensor) -> list:
    """Operands (*, m, n) with their leading dimensions broadcast, without copying."""
    batches = [tuple(x.shape[:-2]) for x in operands]
    if all([batch == batches[0] for batch in batches]):
        return list(operands)
    common = broadcast_batch(*batches)
    return [expand(x, (*common, *x.shape[-2:])) for x in operands]


def broadcast_batch(*batches: tuple) -> tuple:
    """The common shape; RuntimeError in PyTorch's words."""
    try:
        return numpy.broadcast_shapes(*batches)
    except ValueError:
        first, second = batches[:2]
        for d in range(1, min(len(first), len(second)) + 1):
            a, b = first[-d], second[-d]
            if a != b and 1 not in (a, b):
                raise RuntimeError(
                    f"The size of tensor a ({a}) must match the size of tensor b ({b}) at non-singleton dimension "
                    f"{max(len(first), len(second)) - d}"
                ) from None
        raise


# ------------------------------------------------------------------------------------------------ pieces of rules


def mT(x):
    """The transpose of matrices."""
    return transpose(x, -2, -1)


def mH(x):
    """The conjugate transpose of matrices."""
    return conj(transpose(x, -2, -1)) if x.dtype.is_complex else transpose(x, -2, -1)


def identity_like(x: Tensor, n: int = None) -> Tensor:
    """One identity matrix of the type of x, of its last size unless given: a constant."""
    return from_array(numpy.eye(x.shape[-1] if n is None else n, dtype=levels.entry_of(x).dtype))


def bare(x: Tensor):
    """The array inside of every level: the values for all entries of batches together, without tangents."""
    while x._level:
        x = x._payload.held()[0]
    return x.array


def zero_for_certain(g: Tensor) -> bool:
    """Whether a cotangent is a constant 0, as it is for a result that nobody used."""
    return not g._level and not g.requires_grad and not g.array.any()


# ------------------------------------------------------------------------------------------------ failures


def check_info(info: Tensor, function: str, sentence) -> None:
    """LinAlgError for the first matrix of which LAPACK's info is not 0; `sentence(info)` says what that means."""
    values = bare(info).reshape(-1)
    if not values.any():
        return
    place = int(numpy.flatnonzero(values)[0])
    where = f"(Batch element {place}): " if bare(info).ndim else ""
    raise LinAlgError(f"{function}: {where}{sentence(int(values[place]))}")


def singular(info: int) -> str:
    return (
        f"The diagonal element {info} is zero, the inversion could not be completed because the input matrix is "
        "singular."
    )


def not_positive(info: int) -> str:
    return (
        "The factorization could not be completed because the input is not positive-definite (the leading minor of "
        f"order {info} is not positive-definite)."
    )


def not_solved(info: int) -> str:
    return "The solver failed because the input matrix is singular."


def not_converged(what: str):
    def sentence(info: int) -> str:
        if info < 0:
            return "The algorithm failed to converge because the input matrix contained non-finite values."
        return (
            "The algorithm failed to converge because the input matrix is ill-conditioned or has too many repeated "
            f"{what} (error code: {info})."
        )

    return sentence
