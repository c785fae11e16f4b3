"""Layers that only rearrange."""

from ...core import Tensor
from .module import Module


class Flatten(Module):
    """Dimensions start_dim to end_dim made one.

    IndexError for dimensions out of range.

    >>> import wengert as t
    >>> t.nn.Flatten()(t.ones(2, 3, 4)).shape
    wengert.Size([2, 12])
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1):
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input: Tensor) -> Tensor:
        return input.flatten(self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """Dimension `dim` unrolled into a shape.

    TypeError for what is no shape, RuntimeError for a shape of another number of elements.

    >>> import wengert as t
    >>> t.nn.Unflatten(1, (2, -1))(t.ones(3, 8)).shape
    wengert.Size([3, 2, 4])
    """

    def __init__(self, dim: int, unflattened_size):
        super().__init__()
        if not isinstance(unflattened_size, (tuple, list)):
            raise TypeError(
                f"unflattened_size must be a tuple of ints, but found type {type(unflattened_size).__name__}"
            )
        for i, size in enumerate(unflattened_size):
            if not isinstance(size, int):
                raise TypeError(
                    f"unflattened_size must be tuple of ints, but found element of type {type(size).__name__} at pos "
                    f"{i}"
                )
        self.dim = dim
        self.unflattened_size = unflattened_size

    def forward(self, input: Tensor) -> Tensor:
        return input.unflatten(self.dim, self.unflattened_size)

    def extra_repr(self) -> str:
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"
