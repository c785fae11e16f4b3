"""`tensor.flat`, NumPy's one-dimensional iterator over a tensor of any shape, which also writes."""

import numpy

from ..core import Tensor, bind_method
from .spelling import as_tensor, values_of


class Flat:
    """The elements of a tensor in row-major order: `x.flat[3]`, `x.flat[::4] = 0.0`, `for element in x.flat`.

    What is read is part of the graph; what is written changes the tensor in place, recorded. Values repeat where there
    are fewer of them than places, as NumPy has it.
    """

    def __init__(self, base: Tensor):
        self.base = base

    def __len__(self) -> int:
        return self.base.numel()

    def __iter__(self):
        return iter(self.base.reshape(-1))

    def __getitem__(self, index):
        return self.base.reshape(-1)[index if isinstance(index, (int, numpy.integer)) else self._places(index)]

    def __setitem__(self, index, value) -> None:
        places = self._places(index)
        if not places.size:
            return
        values = as_tensor(value).reshape(-1)
        if not len(values):
            raise ValueError("Error setting single item of array.")
        if len(values) not in (1, places.size):
            values = values[numpy.resize(numpy.arange(len(values)), places.size)]
        where = numpy.unravel_index(places.reshape(-1), tuple(self.base.shape)) if self.base.ndim else (...,)
        self.base[where] = values.to(self.base.dtype).reshape(-1 if self.base.ndim else ())

    def _places(self, index):
        return numpy.arange(len(self))[values_of(index)]

    def __array__(self, dtype=None, copy=None):
        return self.base.reshape(-1).__array__(dtype, copy)

    def copy(self) -> Tensor:
        """The elements in a tensor of their own."""
        return self.base.reshape(-1).clone()


def _set_flat(self, value) -> None:
    Flat(self)[:] = value


bind_method("flat", property(Flat, _set_flat, doc="""The elements in row-major order, to read, iterate and write.

    >>> import wengert as t
    >>> x = t.zeros(2, 2)
    >>> x.flat[3] = 1.0
    >>> x
    tensor([[0., 0.],
            [0., 1.]])
    """))  # fmt: skip
