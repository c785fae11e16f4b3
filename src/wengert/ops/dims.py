"""Dimensions as users give them: checked, wrapped, put in order. Messages are PyTorch's."""

import operator


def wrap(dim, ndim: int) -> int:
    """A dimension counted from the front; IndexError outside of [-ndim, ndim)."""
    try:
        if isinstance(dim, bool):
            raise TypeError
        index = operator.index(dim)
    except TypeError:
        raise TypeError(f"a dimension must be an int, not {type(dim).__name__}") from None
    limit = ndim if ndim > 0 else 1
    if not -limit <= index < limit:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-limit}, {limit - 1}], but got {index})"
        )
    return index + limit if index < 0 else index


def wrap_all(dim, ndim: int) -> tuple:
    """Several dimensions (None: all) as a tuple counted from the front; RuntimeError for a repeated one."""
    if dim is None:
        return tuple(range(ndim))
    if isinstance(dim, (tuple, list)):
        wrapped = tuple([wrap(d, ndim) for d in dim])
        if len(set(wrapped)) != len(wrapped):
            repeated = next(d for d in wrapped if wrapped.count(d) > 1)
            raise RuntimeError(f"dim {repeated} appears multiple times in the list of dims")
        return wrapped
    return (wrap(dim, ndim),)


def restored(shape: tuple, dim) -> tuple:
    """The shape that a reduction of `shape` over `dim` has with keepdim."""
    reduced = wrap_all(dim, len(shape))
    return tuple([1 if d in reduced and shape else size for d, size in enumerate(shape)])


def inferred(size: tuple, numel: int) -> tuple:
    """A shape in which one size may be -1, with that size worked out from the number of elements."""
    size = tuple([operator.index(s) for s in size])
    if -1 not in size:
        count = 1
        for s in size:
            if s < 0:
                raise RuntimeError(f"invalid shape dimension {s}")
            count *= s
        if count != numel:
            raise RuntimeError(f"shape '{list(size)}' is invalid for input of size {numel}")
        return size
    known = 1
    for s in size:
        if s < -1:
            raise RuntimeError(f"invalid shape dimension {s}")
        if s != -1:
            known *= s
    if size.count(-1) > 1:
        raise RuntimeError("only one dimension can be inferred")
    if known == 0:
        raise RuntimeError(
            f"cannot reshape tensor of {numel} elements into shape {list(size)} because the unspecified dimension size "
            "-1 can be any value and is ambiguous"
        )
    if numel % known:
        raise RuntimeError(f"shape '{list(size)}' is invalid for input of size {numel}")
    return tuple([numel // known if s == -1 else s for s in size])
