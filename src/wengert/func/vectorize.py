"""`vmap`: a function of one entry made a function of a whole batch."""

import functools
from collections.abc import Callable
from typing import TypeVar

from ..core import Tensor
from ..ops import batching, levels
from ..ops.shape import cat
from . import trees

# What the function that is mapped returns, with a dimension more; numbers become tensors.
R = TypeVar("R")


def vmap(
    func: Callable[..., R], in_dims=0, out_dims=0, randomness: str = "error", *, chunk_size: int = None
) -> Callable[..., R]:
    """A function that maps `func` over a dimension of its arguments, computed for all entries at once.

    Args:
        func: a function of tensors (and trees of them: tuples, lists, dictionaries) that returns such.
        in_dims: the dimension to map over, None for an argument that is the same for all entries; one for all, or a
            tuple that follows the arguments.
        out_dims: where the dimension is in the results; one for all, or a tree that follows them.
        randomness: whether random functions inside raise ("error"), draw for each entry ("different") or once ("same").
        chunk_size: how many entries are computed at once; None for all.

    Raises:
        ValueError: in_dims or out_dims that do not fit, sizes that differ, a result that is no tensor.
        RuntimeError: `.item()`, `if` and other decisions on values that differ between entries; random functions.

    >>> import wengert as t
    >>> t.vmap(t.dot)(t.tensor([[1.0, 2.0], [3.0, 4.0]]), t.tensor([[1.0, 1.0], [2.0, 2.0]]))
    tensor([ 3., 14.])
    """
    _check_randomness(randomness)
    if not (chunk_size is None or chunk_size > 0):
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @functools.wraps(func)
    def mapped(*args, **kwargs):
        name = _name(func)
        flat, dims, tree, size = _inputs(name, in_dims, args)
        if chunk_size is None or size <= chunk_size:
            return _run(func, name, flat, dims, tree, size, out_dims, randomness, kwargs)
        return _in_chunks(func, name, flat, dims, tree, size, out_dims, randomness, chunk_size, kwargs)

    return mapped


def plain_vmap(func):
    """`vmap(func)` that is no function transform for those who ask (`levels.is_transforming`): several passes of the
    engine at once, in which an `autograd.Function` needs none of what it needs under `vmap`."""

    @functools.wraps(func)
    def inside(*args):
        levels.top().transform = False
        return func(*args)

    return vmap(inside)


def _name(func) -> str:
    if isinstance(func, functools.partial):
        return f"functools.partial({_name(func.func)}, ...)"
    return getattr(func, "__name__", None) or repr(func)


def _check_randomness(randomness: str) -> None:
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")


def _inputs(name: str, in_dims, args: tuple) -> tuple:
    """The arguments' leaves, the dimension each is mapped over, their structure, and the size of that dimension."""
    if not isinstance(in_dims, (int, tuple)):
        raise ValueError(
            f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): expected `in_dims` to be int or a (potentially nested) "
            f"tuple matching the structure of inputs, got: {type(in_dims)}."
        )
    if not args:
        raise ValueError(
            f"vmap({name})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to vmap over a "
            "function with no inputs. The latter is unsupported."
        )
    flat, tree = trees.flatten(args)
    dims = trees.spread(in_dims, tree)
    if dims is None:
        raise ValueError(
            f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): in_dims is not compatible with the structure of "
            f"`inputs`. in_dims has structure {trees.flatten(in_dims)[1]} but inputs has structure {tree}."
        )
    wrapped: list = []
    sizes: list = []
    for x, dim in zip(flat, dims, strict=True):
        if dim is None:
            wrapped.append(None)
            continue
        if not isinstance(dim, int):
            raise ValueError(
                f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): Got in_dim={dim} for an input but in_dim must be "
                "either an integer dimension or None."
            )
        if not isinstance(x, Tensor):
            raise ValueError(
                f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): Got in_dim={dim} for an input but the input is of "
                f"type {type(x)}. We cannot vmap over non-Tensor arguments, please use None as the respective in_dim"
            )
        if not -x.ndim <= dim < x.ndim:
            raise ValueError(
                f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): Got in_dim={dim} for some input, but that input is a "
                f"Tensor of dimensionality {x.ndim} so expected in_dim to satisfy -{x.ndim} <= in_dim < {x.ndim}."
            )
        wrapped.append(dim % x.ndim)
        sizes.append(x.shape[dim])
    if not sizes:
        raise ValueError(
            f"vmap: Expected at least one Tensor to vmap over. In vmap({name}, in_dims={in_dims}, ...)(<inputs>) every "
            "in_dim is None"
        )
    if any([size != sizes[0] for size in sizes]):
        raise ValueError(
            f"vmap: Expected all tensors to have the same size in the mapped dimension, got sizes {sizes} for the "
            "mapped dimension"
        )
    return flat, wrapped, tree, sizes[0]


def _run(func, name, flat, dims, tree, size, out_dims, randomness, kwargs):
    level = levels.enter(batching.new_level(size, randomness))
    try:
        entries = [
            x if dim is None else batching.make(level, x if dim == 0 else x.movedim(dim, 0))
            for x, dim in zip(flat, dims, strict=True)
        ]
        results = func(*trees.unflatten(entries, tree), **kwargs)
        leaves, structure = trees.flatten(results)
        places = _places(name, out_dims, structure)
        return trees.unflatten(
            [_outside(name, level, y, place) for y, place in zip(leaves, places, strict=True)], structure
        )
    finally:
        levels.leave(level)


def _places(name: str, out_dims, structure) -> list:
    if not isinstance(out_dims, (int, tuple, list, dict)) and out_dims is not None or isinstance(out_dims, bool):
        raise ValueError(_wrong_out_dims(name, out_dims))
    if isinstance(out_dims, tuple) and structure.kind is None and len(out_dims) == 1:
        out_dims = out_dims[0]
    places = trees.spread(out_dims, structure)
    if places is None:
        raise ValueError(
            f"vmap({name}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible with the structure of "
            f"`outputs`. out_dims has structure {trees.flatten(out_dims)[1]} but outputs has structure {structure}."
        )
    for place in places:
        if place is not None and (not isinstance(place, int) or isinstance(place, bool)):
            raise ValueError(_wrong_out_dims(name, out_dims))
    return places


def _wrong_out_dims(name: str, out_dims) -> str:
    return (
        f"vmap({name}, ..., out_dims={out_dims}): `out_dims` must be an int, None or a python collection of ints "
        "representing where in the outputs the vmapped dimension should appear."
    )


def _outside(name: str, level, y, place):
    """A result of the function for all entries, with the batch at `place`."""
    if not isinstance(y, Tensor):
        if place is None:
            return y
        raise ValueError(
            f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(y)}. Did you mean to set out_dims= "
            "to None for output?"
        )
    batched = False
    if y._level == level.number:
        batched = y._payload.batched
        y = y._payload.value
    elif y._level > level.number:
        raise RuntimeError(
            f"vmap({name}, ...): `{name}` returned a tensor that belongs to a transform which has returned"
        )
    if place is None:
        if batched:
            raise ValueError(f"vmap({name}, ...): `{name}` can not return a BatchedTensor when out_dim is None")
        return y
    if not batched:
        y = batching.spread(y, level.size)
    if not -y.ndim <= place < y.ndim:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-y.ndim}, {y.ndim - 1}], but got {place})"
        )
    return y if place % y.ndim == 0 else y.movedim(0, place)


def _in_chunks(func, name, flat, dims, tree, size, out_dims, randomness, chunk_size, kwargs):
    columns, structure, places = [], None, None
    for start in range(0, size, chunk_size):
        length = min(chunk_size, size - start)
        part = [x if dim is None else x.narrow(dim, start, length) for x, dim in zip(flat, dims, strict=True)]
        found = _run(func, name, part, dims, tree, length, out_dims, randomness, kwargs)
        leaves, structure = trees.flatten(found)
        places = _places(name, out_dims, structure)
        columns.append(leaves)
    joined = [
        pieces[0] if place is None else cat(list(pieces), place)
        for pieces, place in zip(zip(*columns, strict=True), places, strict=True)
    ]
    return trees.unflatten(joined, structure)
