"""All parameters as one vector, and back."""

from ...core import Tensor
from ...ops.shape import cat


def parameters_to_vector(parameters) -> Tensor:
    """The elements of all parameters, one after the other; gradients flow.

    >>> import wengert as t
    >>> t.nn.utils.parameters_to_vector([t.ones(2), t.zeros(1, 1)])
    tensor([1., 1., 0.])
    """
    return cat([p.view(-1) for p in parameters])


def vector_to_parameters(vec: Tensor, parameters) -> None:
    """Make the parameters views of parts of a vector, in order.

    TypeError if `vec` is no tensor; RuntimeError if it is too short.

    >>> import wengert as t
    >>> layer = t.nn.Linear(2, 1)
    >>> t.nn.utils.vector_to_parameters(t.tensor([1.0, 2.0, 3.0]), layer.parameters())
    >>> layer.bias
    Parameter containing:
    tensor([3.], requires_grad=True)
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {type(vec).__name__}")
    start = 0
    for parameter in parameters:
        end = start + parameter.numel()
        parameter.data = vec[start:end].view_as(parameter).data
        start = end
