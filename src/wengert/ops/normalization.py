"""Softmax and its kin."""

from ..core import dtypes
from ..kernels import softmax as kernels
from . import dims
from .complex_numbers import conj
from .composite import composite
from .declaration import general
from .elementwise import exp
from .reductions import restore
from .reductions import sum as sum_


def _over(kernel):
    def forward(x, dim):
        if x.dtype.kind not in "fc":
            raise RuntimeError(f"\"softmax\" not implemented for '{dtypes.from_numpy(x.dtype).name}'; give a dtype")
        return kernel(x, dims.wrap(dim, x.ndim))

    return forward


def _typed(operation):
    return {"dtype": lambda input, dim, dtype: operation()(input.to(dtype), dim)}


softmax = general(
    "softmax(input, dim)", forward=_over(kernels.softmax), axes="dim", symmetric=True, rewrites=_typed(lambda: softmax),
    aliases=("special.softmax",),
    input=lambda g, out, dim: softmax_gradient(g, out, dim),
    doc="exp(input) divided by its sum over dim, without overflow.",
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
    "log_softmax(input, dim)", forward=_over(kernels.log_softmax), axes="dim", rewrites=_typed(lambda: log_softmax),
    aliases=("special.log_softmax",),
    input=lambda g, out, dim: log_softmax_gradient(g, out, dim),
    jvp=lambda tangents, inputs, out, parameters: (
        tangents[0] - sum_(exp(out) * tangents[0], parameters[0], True)
    ),
    doc="input minus the logarithm of the sum of exp(input) over dim.",
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
logsumexp = general(
    "logsumexp(input, dim, keepdim=False)", axes="dim",
    forward=lambda x, dim, keepdim: kernels.logsumexp(x, dims.wrap_all(dim, x.ndim), keepdim),
    input=lambda g, input, out, dim, keepdim: (
        restore(g, tuple(input.shape), dim, keepdim)
        * conj(exp(input - restore(out, tuple(input.shape), dim, keepdim)))
    ),
    jvp=lambda tangents, inputs, out, parameters: sum_(
        tangents[0] * exp(inputs[0] - restore(out, tuple(inputs[0].shape), *parameters)), *parameters
    ),
    doc="The logarithm of the sum of exp(input) over dim, without overflow.",
)  # fmt: skip


@composite
def softmin(input, dim):
    """softmax of -input."""
    return softmax(-input, dim)
