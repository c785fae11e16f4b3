"""Softmax and its kin."""

from ..core import dtypes
from ..core.errors import type_word
from ..kernels import softmax as kernels
from . import dims
from .complex_numbers import conj
from .declaration import general
from .elementwise import exp
from .reductions import restore
from .reductions import sum as sum_


def _over(name: str, kernel):
    def forward(x, dim):
        dim = dims.wrap(dim, x.ndim)
        if not dtypes.from_numpy(x.dtype).is_floating_point:
            place = "_lastdim" if dim >= x.ndim - 1 else ""
            raise NotImplementedError(
                f"\"{name}{place}_kernel_impl\" not implemented for '{type_word(x.dtype)}': probabilities are real; "
                "give a floating dtype"
            )
        return kernel(x, dim)

    return forward


def _typed(operation):
    return {"dtype": lambda input, dim, dtype: operation()(input.to(dtype), dim)}


softmax = general(
    "softmax(input, dim)", forward=_over("softmax", kernels.softmax), axes="dim", symmetric=True,
    rewrites=_typed(lambda: softmax), aliases=("special.softmax",),
    input=lambda g, out, dim: softmax_gradient(g, out, dim),
    doc="""exp(input) divided by its sum over dim, without overflow: exp(input - max).

    A `dtype` converts first. NotImplementedError for types that are not floating, IndexError for a dim out of range.

    >>> import wengert as t
    >>> t.softmax(t.tensor([0., 1., 2.]), 0)
    tensor([0.0900, 0.2447, 0.6652])
    """,
)  # fmt: skip
softmax_gradient = general(
    "softmax_gradient(g, result, dim)", forward=lambda g, y, dim: kernels.softmax_gradient(g, y, dims.wrap(dim,
    g.ndim)), axes="dim", method=False, public=False, node_name="SoftmaxBackwardDataBackward0",
    fallback=lambda g, result, dim: result * (g - sum_(g * result, dim, True)),
    g=lambda g, result, dim: softmax_gradient(g, result, dim),
    # d/dy of <h, y (g - <g, y>)> = h (g - <g, y>) - g <h, y>; `cotangent` is h, the operation's own input is called g.
    result=lambda h, g, result, dim: h * (g - sum_(g * result, dim, True)) - g * sum_(h * result, dim, True),
    doc="The product of the Jacobian of softmax, diag(y) - y yT, and g.",
)  # fmt: skip
log_softmax = general(
    "log_softmax(input, dim)", forward=_over("log_softmax", kernels.log_softmax), axes="dim",
    rewrites=_typed(lambda: log_softmax), aliases=("special.log_softmax",),
    input=lambda g, out, dim: log_softmax_gradient(g, out, dim),
    jvp=lambda tangents, inputs, out, parameters: (
        tangents[0] - sum_(exp(out) * tangents[0], parameters[0], True)
    ),
    doc="""The logarithm of `softmax`: input minus the logarithm of the sum of exp(input) over dim, without overflow.

    A `dtype` converts first. NotImplementedError for types that are not floating, IndexError for a dim out of range.

    >>> import wengert as t
    >>> t.log_softmax(t.tensor([0., 1., 2.]), 0)
    tensor([-2.4076, -1.4076, -0.4076])
    """,
)  # fmt: skip
log_softmax_gradient = general(
    "log_softmax_gradient(g, result, dim)", axes="dim", method=False, public=False,
    forward=lambda g, y, dim: kernels.log_softmax_gradient(g, y, dims.wrap(dim, g.ndim)),
    node_name="LogSoftmaxBackwardDataBackward0",
    fallback=lambda g, result, dim: g - exp(result) * sum_(g, dim, True),
    g=lambda h, result, dim: h - sum_(h * exp(result), dim, True),
    result=lambda h, g, result, dim: -h * exp(result) * sum_(g, dim, True),
    doc="The product of the transposed Jacobian of log_softmax and g.",
)  # fmt: skip


def _logsumexp(x, dim, keepdim):
    if dtypes.from_numpy(x.dtype).category < 2:
        x = x.astype(dtypes.get_default_dtype().numpy)
    return kernels.logsumexp(x, dims.wrap_all(dim, x.ndim), keepdim)


logsumexp = general(
    "logsumexp(input, dim, keepdim=False)", axes="dim", aliases=("special.logsumexp",),
    forward=_logsumexp,
    input=lambda g, input, out, dim, keepdim: (
        restore(g, tuple(input.shape), dim, keepdim)
        * conj(exp(input - restore(out, tuple(input.shape), dim, keepdim)))
    ),
    jvp=lambda tangents, inputs, out, parameters: sum_(
        tangents[0] * exp(inputs[0] - restore(out, tuple(inputs[0].shape), *parameters)), *parameters
    ),
    doc="""The logarithm of the sum of exp(input) over `dim` (an int or a tuple of them), without overflow.

    Booleans and integers give floats. Of no elements, or where all are -inf, it is -inf. IndexError for a dim out of
    range.

    >>> import wengert as t
    >>> t.logsumexp(t.tensor([[0., 0.], [1000., 1000.]]), 1)
    tensor([6.9315e-01, 1.0007e+03])
    """,
)  # fmt: skip
