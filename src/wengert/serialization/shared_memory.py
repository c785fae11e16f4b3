"""Which tensors share memory, and what of it a file has to hold."""

from typing import Any, NamedTuple

import numpy

from ..kernels import strided


class Place(NamedTuple):
    """Where a tensor's elements are in an entry's bytes: its type's name, its shape, its steps and its beginning, the
    last two in bytes."""

    dtype: str
    shape: tuple
    strides: tuple
    offset: int


class Group(NamedTuple):
    """What one entry of a file holds: an array, the number of the tensor whose name and shape it has (None for bare
    memory), and of each tensor in it its place (None for the array itself)."""

    array: Any
    named_after: int | None
    places: dict[int, Place | None]


class _Memory:
    """Bytes at an address, for NumPy to look at."""

    def __init__(self, begin: int, end: int):
        self.__array_interface__ = {"data": (begin, True), "shape": (end - begin,), "typestr": "|u1", "version": 3}


def grouped(arrays: list) -> list[Group]:
    """The entries for arrays, those whose extents in memory overlap in one, in the order of each one's first array.

    An array alone is stored as its elements, row by row; so is the one among several that covers all of the others.
    Where none does, as with two interleaved views, all bytes between their first and last element are stored.
    """
    extents = [_extent(x) for x in arrays]
    groups: list[list[int]] = [[i] for i, x in enumerate(arrays) if not x.size]
    last = -1
    for number in sorted([i for i, x in enumerate(arrays) if x.size], key=lambda i: extents[i]):
        begin, end = extents[number]
        if begin < last:
            groups[-1].append(number)
        else:
            groups.append([number])
        last = max(last, end)
    return [_group(arrays, extents, sorted(members)) for members in sorted(groups, key=min)]


def _extent(x) -> tuple[int, int]:
    address = x.__array_interface__["data"][0]
    begin, end = strided.extent(x)
    return address + begin, address + end


def _group(arrays: list, extents: list, members: list[int]) -> Group:
    begin, end = min([extents[i][0] for i in members]), max([extents[i][1] for i in members])
    covers = [i for i in members if arrays[i].flags.c_contiguous and extents[i] == (begin, end)]
    if covers:
        first = covers[0]
        same = arrays[first]
        places = {
            i: None if arrays[i] is same or _is_same(arrays[i], same) else _place(arrays[i], extents[i][0] - begin)
            for i in members
        }
        return Group(same, first, places)
    if len(members) == 1:
        (i,) = members
        x = arrays[i]
        if end - begin >= x.nbytes:
            # Its own elements alone; their order in memory is kept where there are no gaps between them.
            dense = end - begin == x.nbytes and not any([step < 0 for step in x.strides])
            return Group(numpy.ascontiguousarray(x), i, {i: _place(x, 0) if dense else None})
    whole = numpy.asarray(_Memory(begin, end))
    kinds = {arrays[i].dtype for i in members}
    if len(kinds) == 1 and not (end - begin) % (size := min([kind.itemsize for kind in kinds])):
        if not any([(extents[i][0] - begin) % size or any([s % size for s in arrays[i].strides]) for i in members]):
            whole = whole.view(*kinds)
    return Group(whole, None, {i: _place(arrays[i], extents[i][0] - begin) for i in members})


def _is_same(x, y) -> bool:
    return x.dtype == y.dtype and x.shape == y.shape and x.strides == y.strides


def _place(x, begin: int) -> Place:
    """Of an array whose lowest address is `begin` bytes into an entry."""
    lowest, _ = strided.extent(x)
    name = "complex128" if x.dtype == numpy.complex128 else x.dtype.name
    return Place(name, x.shape, x.strides, begin - lowest)
