"""What the distributions share: broadcasting of parameters, probabilities and their logits, lazily computed values."""

import numbers

import numpy

import wengert

euler_constant = 0.57721566490153286060

__all__ = [
    "broadcast_all", "clamp_probs", "euler_constant", "lazy_property", "logits_to_probs", "probs_to_logits",
    "tril_matrix_to_vec", "vec_to_tril_matrix",
]  # fmt: skip


def is_number(x) -> bool:
    """Whether x is a real Python or NumPy number."""
    return isinstance(x, (numbers.Number, numpy.bool_))


def as_tensors(*values) -> list:
    """The values as tensors: numbers in the dtype of the first tensor among them, or in the default one.

    Raises:
        ValueError: a value that is neither number nor tensor.
    """
    for x in values:
        if not isinstance(x, wengert.Tensor) and not is_number(x):
            raise ValueError(
                "Input arguments must all be instances of Number, torch.Tensor or objects implementing "
                f"__torch_function__. Found a {type(x).__name__}: parameters are numbers or tensors"
            )
    first = next((x for x in values if isinstance(x, wengert.Tensor)), None)
    dtype = wengert.get_default_dtype() if first is None else first.dtype
    return [x if isinstance(x, wengert.Tensor) else wengert.tensor(x, dtype=dtype) for x in values]


def broadcast_all(*values) -> tuple:
    """The values as tensors of their broadcast shape; numbers take the dtype of the first tensor, or the default one.

    >>> from wengert.distributions.utils import broadcast_all
    >>> import wengert as t
    >>> broadcast_all(t.zeros(2), 1.0)
    (tensor([0., 0.]), tensor([1., 1.]))
    """
    tensors = as_tensors(*values)
    shape = broadcast_shape(*[x.shape for x in tensors])
    return tuple([expanded(x, shape) for x in tensors])


def broadcast_shape(*shapes) -> tuple:
    """The shape that shapes broadcast to; RuntimeError where they do not."""
    from ..core.errors import check_broadcast

    check_broadcast("the distribution", [tuple(shape) for shape in shapes])
    return numpy.broadcast_shapes(*[tuple(shape) for shape in shapes])


def expanded(x, shape):
    """x expanded to a shape; x itself where it has that shape."""
    return x if tuple(x.shape) == tuple(shape) else x.expand(tuple(shape))


def last_broadcast(x, y) -> tuple:
    """Two tensors of a shared broadcast shape."""
    shape = broadcast_shape(x.shape, y.shape)
    return expanded(x, shape), expanded(y, shape)


def sum_rightmost(x, count: int):
    """x summed over its last `count` dimensions."""
    if count == 0:
        return x
    return x.sum(tuple(range(-count, 0)))


def smallest_step(x) -> float:
    """The distance from 1 to the next number of x's dtype."""
    name = x.dtype.name
    return {"float16": 2.0**-10, "bfloat16": 2.0**-7, "float64": 2.0**-52}.get(name, 2.0**-23)


def clamp_probs(probs):
    """Probabilities held a rounding step away from 0 and from 1."""
    step = smallest_step(probs)
    return probs.clamp(min=step, max=1 - step)


def logits_to_probs(logits, is_binary: bool = False):
    """Probabilities of logits: sigmoid for binary ones, else softmax over the last dimension."""
    return wengert.sigmoid(logits) if is_binary else wengert.softmax(logits, -1)


def probs_to_logits(probs, is_binary: bool = False):
    """Logits of probabilities, held away from 0 and 1: log(p / (1 - p)) for binary ones, else log(p)."""
    held = clamp_probs(probs)
    return held.log() - (-held).log1p() if is_binary else held.log()


def either(probs, logits) -> None:
    """ValueError unless one of both is given."""
    if (probs is None) == (logits is None):
        raise ValueError("Either `probs` or `logits` must be specified, but not both.")


def binary_parameter(probs, logits) -> tuple:
    """(name, tensor) of that one of the two parameters which is given."""
    either(probs, logits)
    return ("probs", *broadcast_all(probs)) if logits is None else ("logits", *broadcast_all(logits))


def softplus(x):
    """log(1 + exp(x)) without overflow; its derivative is sigmoid(x) everywhere."""
    return wengert.logaddexp(x, wengert.zeros_like(x))


def binary_log_prob(logits, value):
    """value log(p) + (1 - value) log(1 - p) for p = sigmoid(logits); 0 times an infinite logarithm counts as 0."""
    logits, value = last_broadcast(logits, value)
    hit, miss = -softplus(-logits), -softplus(logits)
    hit = wengert.where((value == 0) & hit.isinf(), 0.0, value * hit)
    return hit + wengert.where((value == 1) & miss.isinf(), 0.0, (1 - value) * miss)


def binary_entropy(logits, probs):
    """-p log(p) - (1 - p) log(1 - p), 0 for a certain outcome."""
    return -binary_log_prob(logits, probs)


class lazy_property:
    """An attribute computed when first asked for, and kept."""

    def __init__(self, compute):
        self.compute = compute
        self.name = compute.__name__
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        with wengert.enable_grad():
            value = self.compute(instance)
        instance.__dict__[self.name] = value
        return value


def tril_matrix_to_vec(mat, diag: int = 0):
    """The elements of matrices (*, n, n) on and below a diagonal, row by row: (*, k)."""
    n = mat.shape[-1]
    if not -n <= diag < n:
        raise ValueError(f"diag ({diag}) provided is outside [{-n}, {n - 1}]: the matrices are {n} by {n}")
    rows, columns = numpy.tril_indices(n, diag)
    return mat[..., wengert.from_numpy(rows), wengert.from_numpy(columns)]


def vec_to_tril_matrix(vec, diag: int = 0):
    """Matrices (*, n, n) with the elements of vectors (*, k) on and below a diagonal, row by row, and 0 elsewhere."""
    k, n, count = vec.shape[-1], max(0, -diag), 0
    while count < k:
        n += 1
        count = sum([min(n, max(0, row + 1 + diag)) for row in range(n)])
    if count != k:
        raise ValueError(
            f"The size of last dimension is {k} which cannot be expressed as the lower triangular part of a square D "
            "x D matrix."
        )
    rows, columns = numpy.tril_indices(n, diag)
    flat = wengert.zeros(*vec.shape[:-1], n * n, dtype=vec.dtype)
    index = wengert.from_numpy(rows * n + columns).expand(tuple(vec.shape))
    return flat.scatter(-1, index, vec).reshape(*vec.shape[:-1], n, n)
