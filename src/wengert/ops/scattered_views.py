"""Views by value: copies of a tensor with one of its views overwritten (`*_scatter`), copies of views (`*_copy`)."""

import operator

from . import arguments, complex_numbers, dims, order, shape, splitting, strides
from .composite import composite
from .indexing import basic_index
from .view_history import view_scatter

# ------------------------------------------------------------------------------------------------ overwritten


def _scattered(name: str, input, src, view, *parameters):
    """input with the view that an operation makes of it overwritten by src."""
    src = arguments.tensor(name, "src", 2, src)
    found = tuple(view(input.detach(), *parameters).shape)
    if found != tuple(src.shape):
        raise RuntimeError(
            f"expected src to have a size equal to the slice of self. src size = {list(src.shape)}, slice size = "
            f"{list(found)}"
        )
    return view_scatter(input, src, ((view, parameters),))


@composite
def diagonal_scatter(input, src, offset=0, dim1=0, dim2=1):
    """A copy of `input` with `src` on a diagonal of two dimensions, as `diagonal` reads it; in input's dtype.

    RuntimeError if src has another shape than that diagonal.

    >>> import wengert as t
    >>> t.diagonal_scatter(t.zeros(2, 2), t.tensor([1.0, 2.0]))
    tensor([[1., 0.],
            [0., 2.]])
    """
    input = arguments.tensor("diagonal_scatter", "input", 1, input)
    return _scattered("diagonal_scatter", input, src, shape.diagonal, offset, dim1, dim2)


@composite(kinds={"index": "int"})
def select_scatter(input, src, dim, index):
    """A copy of `input` with `src` at one index of a dimension, as `select` reads it; in input's dtype.

    RuntimeError if src has another shape than that part; IndexError for an index or dim out of range.

    >>> import wengert as t
    >>> t.select_scatter(t.zeros(2, 2), t.tensor([1.0, 2.0]), 0, 1)
    tensor([[0., 0.],
            [1., 2.]])
    """
    input = arguments.tensor("select_scatter", "input", 1, input)
    return _scattered("select_scatter", input, src, shape.select, dim, operator.index(index))


def _slice_of(name: str, input, dim, start, end, step):
    if not input.ndim:
        raise RuntimeError(f"{name}() cannot be applied to a 0-dim tensor.")
    dim = dims.wrap(arguments.integer(name, "dim", 3, dim), input.ndim)
    if step <= 0:
        raise RuntimeError(f"slice step must be positive: {name} was given {step}")
    return ((slice(None),) * dim + (slice(start, end, step),),)


@composite
def slice_scatter(input, src, dim=0, start=None, end=None, step=1):
    """A copy of `input` with `src` at the slice start:end:step of a dimension; in input's dtype.

    RuntimeError if src has another shape than that slice, or for a step below 1.

    >>> import wengert as t
    >>> t.slice_scatter(t.zeros(4), t.tensor([1.0, 2.0]), 0, 0, 4, 2)
    tensor([1., 0., 2., 0.])
    """
    input = arguments.tensor("slice_scatter", "input", 1, input)
    return _scattered(
        "slice_scatter", input, src, basic_index, *_slice_of("slice_scatter", input, dim, start, end, step)
    )


@composite
def as_strided_scatter(input, src, size, stride, storage_offset=None):
    """A copy of `input` with `src` where `as_strided` reads; in input's dtype and layout.

    RuntimeError if src has not the shape `size`, or the strides lead out of the memory.

    >>> import wengert as t
    >>> t.as_strided_scatter(t.zeros(4), t.tensor([1.0, 2.0]), (2,), (3,))
    tensor([1., 0., 0., 2.])
    """
    input = arguments.tensor("as_strided_scatter", "input", 1, input)
    size = arguments.integers("as_strided_scatter", "size", 3, size)
    stride = arguments.integers("as_strided_scatter", "stride", 4, stride)
    _, placed = strides.as_strided.canonical([input], (size, stride, storage_offset))
    return _scattered("as_strided_scatter", input, src, strides.as_strided, *placed)


# ------------------------------------------------------------------------------------------------ copied


def _slice(input, dim=0, start=None, end=None, step=1):
    return basic_index(input, *_slice_of("slice_copy", input, dim, start, end, step))


# The function that makes the view, what it is called with, and an example of a copy.
_VIEWS = {
    "alias": (lambda input: input, "input", "t.alias_copy(t.tensor([1, 2]))", "tensor([1, 2])"),
    "as_strided": (
        strides.as_strided, "input, size, stride, storage_offset=None",
        "t.as_strided_copy(t.arange(4), (2,), (2,))", "tensor([0, 2])",
    ),
    "detach": (lambda input: input.detach(), "input", "t.detach_copy(t.tensor([1, 2]))", "tensor([1, 2])"),
    "diagonal": (
        shape.diagonal, "input, offset=0, dim1=0, dim2=1",
        "t.diagonal_copy(t.tensor([[1, 2], [3, 4]]))", "tensor([1, 4])",
    ),
    "expand": (shape.expand, "input, size", "t.expand_copy(t.tensor([1]), (3,))", "tensor([1, 1, 1])"),
    "narrow": (
        shape.narrow, "input, dim, start, length", "t.narrow_copy(t.tensor([1, 2, 3]), 0, 1, 2)", "tensor([2, 3])"
    ),
    "permute": (
        shape.permute, "input, dims", "t.permute_copy(t.tensor([[1, 2]]), (1, 0))", "tensor([[1],\n        [2]])"
    ),
    "select": (shape.select, "input, dim, index", "t.select_copy(t.tensor([1, 2]), 0, 1)", "tensor(2)"),
    "slice": (
        _slice, "input, dim=0, start=None, end=None, step=1", "t.slice_copy(t.arange(4), 0, 1)", "tensor([1, 2, 3])"
    ),
    "split": (
        lambda tensor, split_size, dim=0: splitting.split(tensor, split_size, dim), "tensor, split_size, dim=0",
        "t.split_copy(t.arange(3), 2)", "(tensor([0, 1]), tensor([2]))",
    ),
    "split_with_sizes": (
        splitting.split_with_sizes, "input, split_sizes, dim=0",
        "t.split_with_sizes_copy(t.arange(3), (1, 2))", "(tensor([0]), tensor([1, 2]))",
    ),
    "squeeze": (shape.squeeze, "input, dim=None", "t.squeeze_copy(t.tensor([[1, 2]]))", "tensor([1, 2])"),
    "t": (shape.t, "input", "t.t_copy(t.tensor([[1, 2]]))", "tensor([[1],\n        [2]])"),
    "transpose": (
        shape.transpose, "input, dim0, dim1", "t.transpose_copy(t.tensor([[1, 2]]), 0, 1)",
        "tensor([[1],\n        [2]])",
    ),
    "unbind": (splitting.unbind, "input, dim=0", "t.unbind_copy(t.tensor([1, 2]))", "(tensor(1), tensor(2))"),
    "unfold": (
        order.unfold, "input, dimension, size, step", "t.unfold_copy(t.arange(3), 0, 2, 1)",
        "tensor([[0, 1],\n        [1, 2]])",
    ),
    "unsqueeze": (shape.unsqueeze, "input, dim", "t.unsqueeze_copy(t.tensor([1, 2]), 0)", "tensor([[1, 2]])"),
    "view": (shape.view, "input, size", "t.view_copy(t.arange(2), (2, 1))", "tensor([[0],\n        [1]])"),
    "view_as_complex": (
        complex_numbers.view_as_complex, "input", "t.view_as_complex_copy(t.tensor([1.0, 2.0]))", "tensor(1.+2.j)"
    ),
    "view_as_real": (
        complex_numbers.view_as_real, "input", "t.view_as_real_copy(t.tensor(1.0 + 2.0j))", "tensor([1., 2.])"
    ),
}  # fmt: skip


def _copying(name: str, view, parameters: str, example: str, printed: str):
    def function(*positional, **keywords):
        found = view(*positional, **keywords)
        return tuple([shape.clone(x) for x in found]) if isinstance(found, tuple) else shape.clone(found)

    function.__name__ = function.__qualname__ = f"{name}_copy"
    function.__doc__ = (
        f"{name}_copy({parameters}): what `{name}` returns, as a copy with memory of its own.\n\n"
        f"    Arguments and errors are those of `{name}`.\n\n"
        f"    >>> import wengert as t\n    >>> {example}\n    {printed}\n".replace("\n        [", "\n            [")
    )
    return composite(function, method=name == "narrow", out=True)


for _name, (_view, *_rest) in _VIEWS.items():
    globals()[f"{_name}_copy"] = _copying(_name, _view, *_rest)
