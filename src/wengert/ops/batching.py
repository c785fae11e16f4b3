"""Batches: a tensor that stands for every entry of a batch at once, for `vmap`.

The batch is the first dimension of what the payload holds; shapes that a function under `vmap` sees are those of one
entry. What an operation does with a batch follows from its declaration:

    elementwise, batch="leading"   dimensions of size 1 go between the batch and those of an entry, so that
                                   broadcasting, which counts from the right, lines the batches up
    batch="any"                    the operation does not care where the batch is
    axes=, shape=                  dims are counted behind the batch, the shape of the result begins with it
    batch=function                 (operation, operands, parameters, in_dims, size) -> (result, out_dim) computes the
                                   whole batch. `in_dims` are 0, or None for an operand that is the same for every
                                   entry.
    fallback=                      the composite
    otherwise                      one call per entry; a warning says so once
"""

import math
import warnings

import numpy

from ..core import Size, Tensor, dtypes
from ..core.promotion import result_dtype
from ..core.provenance import here
from ..core.replacement import level_tensor
from . import dims, levels

_warned: set = set()


class Batch:
    """The payload of a batched tensor: `value`, whose first dimension is the batch; or, not `batched`, the same for
    all."""

    __slots__ = ("batched", "level", "value")

    separate = True

    def __init__(self, level: levels.Level, value: Tensor, batched: bool):
        self.level = level
        self.value = value
        self.batched = batched

    # ------------------------------------------------------------------------------------------ for core

    @property
    def array(self):
        return self.value.array

    @property
    def entry(self):
        """The array of the first entry, or one like it: its strides are those that a function under `vmap` sees."""
        array = levels.entry_of(self.value)
        if not self.batched:
            return array
        return array[0, ...] if array.shape[0] else numpy.empty(array.shape[1:], array.dtype)

    @property
    def shape(self):
        return Size(self.value.shape[1:]) if self.batched else self.value.shape

    def detach(self) -> "Batch":
        return Batch(self.level, self.value.detach(), self.batched)

    def settle(self, view: Tensor) -> None:
        """A view of a batch holds a view of its values, which is always up to date."""

    def bare(self) -> "Batch":
        """What `.data` holds: nothing of a graph or a version."""
        return Batch(self.level, self.value.data, self.batched)

    def lowered(self) -> Tensor:
        raise RuntimeError(
            "vmap: a gradient that differs between the entries of the batch reached a tensor from outside of vmap, "
            "which has one .grad for all. Make it an argument of the function (with in_dims None), and use func.grad "
            "there."
        )

    def apply(self, operation, operands: list, parameters: tuple):
        """Compute an operation whose highest operands are of this level."""
        values, in_dims = self._taken_apart(operands)
        if not self.level.alive:
            self._check_escaped(operation, in_dims)
            return operation.call(values, parameters)
        fallback = operation.options.get("fallback")
        if fallback is not None and mode_of(operation) == "fallback":
            return fallback(*levels.arguments(operation, operands, parameters))
        if all([d is None for d in in_dims]):
            out = operation.call(values, parameters)
            batched = False
        else:
            out = call(operation, values, parameters, in_dims, self.level.size)
            batched = True
        if isinstance(out, tuple):
            return tuple([self._wrap(y, batched) for y in out])
        return self._wrap(out, batched)

    def apply_in_place(self, operation, operands: list, parameters: tuple) -> None:
        """Write an operation's result into its first operand."""
        values, in_dims = self._taken_apart(operands)
        if not self.level.alive:
            self._check_escaped(operation, in_dims)
        if all([d is None for d in in_dims]):
            operation.in_place.call(values, parameters)
            return
        if in_dims[0] is None:
            raise RuntimeError(
                "vmap: inplace arithmetic(self, *extra_args) is not possible because there exists a Tensor `other` in "
                "extra_args that has more elements than `self`. This happened due to `other` being vmapped over but "
                "`self` not being vmapped over in a vmap. Please try to use out-of-place operators instead of inplace "
                f"arithmetic.\n  The operation was {operation.in_place.name}; self has shape "
                f"{list(operands[0].shape)}, the same for every entry of the batch."
            )
        if operation.kind == "elementwise":
            shape = tuple(operands[0].shape)
            for x in operands[1:]:
                if isinstance(x, Tensor) and numpy.broadcast_shapes(shape, tuple(x.shape)) != shape:
                    raise RuntimeError(
                        f"output with shape {list(shape)} doesn't match the broadcast shape "
                        f"{list(numpy.broadcast_shapes(shape, tuple(x.shape)))}: {operation.in_place.name} writes into "
                        "its first argument, whose shape cannot change"
                    )
            operation.in_place.call(aligned(values, in_dims, len(shape)), parameters)
            return
        values[0].copy_(call(operation, values, parameters, in_dims, self.level.size))

    def take_in(self, target: Tensor) -> None:
        """Make a lower tensor that is about to be written to one of this level, the same for every entry."""
        if self.level.alive:
            levels.become(target, self.level, lambda held: Batch(self.level, held, False))

    def _check_escaped(self, operation, in_dims: list) -> None:
        if any([d is not None for d in in_dims]):
            raise RuntimeError(
                "Either your tensor may have escaped from inside a function being vmapped and this is a user error "
                f"(see https://pytorch.org/functorch/stable/ux_limitations.html): {operation.name} was called on a "
                "tensor that belongs to a vmap which has returned. Return it from the function instead."
            )

    def _taken_apart(self, operands: list) -> tuple:
        number = self.level.number
        values, in_dims = [], []
        for x in operands:
            if isinstance(x, Tensor) and x._level == number:
                values.append(x._payload.value)
                in_dims.append(0 if x._payload.batched else None)
            else:
                values.append(x)
                in_dims.append(None)
        return values, in_dims

    def _wrap(self, y: Tensor, batched: bool) -> Tensor:
        return level_tensor(Batch(self.level, y, batched), self.level.number)

    # ------------------------------------------------------------------------------------------ for levels

    def made(self, shape: tuple, make) -> Tensor:
        shape = (self.level.size, *shape) if self.batched else shape
        return self._wrap(levels.made_like(self.value, shape, make), self.batched)

    def constant(self, x: Tensor) -> Tensor:
        return make(self.level, x, False)

    def mapped(self, x: Tensor, function) -> Tensor:
        """A tensor that holds `function` of what x holds, whose payload this is."""
        return make(self.level, function(self.value), self.batched)

    def held(self, x: Tensor = None) -> tuple:
        return (self.value,)

    def outside(self, name: str) -> Tensor:
        """The value outside of every level, for a method that leaves tensors behind, if it is the same for every
        entry."""
        if self.batched:
            raise RuntimeError(
                f"Cannot access data pointer of Tensor that doesn't have storage: vmap: {name}() was called on a "
                "tensor that stands for every entry of a batch. Call it on what vmap returns."
            )
        return self.value._payload.outside(name) if self.value._level else self.value

    def item(self):
        """The one element as a Python number, if it is the same for every entry."""
        if not self.batched:
            return self.value.item()
        raise RuntimeError(
            "vmap: It looks like you're calling .item() on a Tensor. We don't support vmap over calling .item() on a "
            "Tensor, please try to rewrite what you're doing with other operations: the value differs between the "
            "entries of the batch."
        )

    def truth(self) -> bool:
        """The one element as a condition, if it is the same for every entry."""
        if not self.batched:
            return bool(self.value)
        raise RuntimeError(
            "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow. We don't "
            "support that yet: the value differs between the entries of the batch. wengert.where chooses for each "
            "entry."
        )

    def __repr__(self) -> str:
        place = 0 if self.batched else None
        return f"BatchedTensor(lvl={self.level.number}, bdim={place}, value=\n    {self.value!r}\n"


def new_level(size: int, randomness: str = "error") -> levels.Level:
    """A level for batches of `size` entries, not entered yet."""
    return levels.Level("batch", lambda level, x: make(level, x, False), size=size, randomness=randomness)


def make(level: levels.Level, value: Tensor, batched: bool = True) -> Tensor:
    """A tensor of a batch level, outside of any graph of that level."""
    return level_tensor(Batch(level, value, batched), level.number)


def nested(x: Tensor, batches: list) -> Tensor:
    """A tensor whose first dimensions are the batches of these levels, the lowest first, as one of the highest."""
    for level in batches:
        x = make(level, x)
    return x


# ------------------------------------------------------------------------------------------------ whole batches


def mode_of(operation) -> str:
    """How a batch is computed: "align", "any", "axes", "shape", "leading", "function", "fallback" or "loop"."""
    options = operation.options
    batch = options.get("batch")
    if callable(batch):
        return "function"
    if isinstance(batch, str):
        return batch
    if operation.kind == "elementwise":
        return "align"
    if options.get("axes"):
        return "axes"
    if options.get("shape"):
        return "shape"
    return "fallback" if options.get("fallback") is not None else "loop"


def call(operation, operands: list, parameters: tuple, in_dims: list, size: int):
    """Call an operation for a whole batch; the results have the batch first."""
    way = mode_of(operation)
    if way == "function":
        out, out_dim = operation.options["batch"](operation, operands, parameters, in_dims, size)
        return _each(out, lambda y: _in_front(y, out_dim))
    if way in ("align", "leading", "any"):
        if way == "align":
            operands = _promoted(operation, operands, in_dims)
            if not operation.promoted and in_dims[0] is None:
                # The shape of such an operation's result is its first operand's (`copy`).
                operands = [spread(operands[0], size), *operands[1:]]
                in_dims = [0, *in_dims[1:]]
        ranks = [_rank(x, d) for x, d in zip(operands, in_dims, strict=True) if isinstance(x, Tensor)]
        return operation.call(aligned(operands, in_dims, max(ranks)), parameters)
    if way in ("axes", "shape"):
        return _shifted(operation, operands, parameters, in_dims, size)
    return _one_by_one(operation, operands, parameters, in_dims, size)


def _each(out, function):
    return tuple([function(y) for y in out]) if isinstance(out, tuple) else function(out)


def _in_front(y: Tensor, dim: int) -> Tensor:
    return y if dim == 0 else y.movedim(dim, 0)


def _rank(x: Tensor, in_dim) -> int:
    """The number of dimensions of one entry."""
    return x.ndim if in_dim is None else x.ndim - 1


def spread(x: Tensor, size: int) -> Tensor:
    """An operand that is not batched, repeated (without copying) for every entry."""
    return x.reshape((1, *x.shape)).expand((size, *x.shape))


def aligned(operands: list, in_dims: list, rank: int) -> list:
    """Operands whose entries have `rank` dimensions, so that broadcasting from the right lines the batches up."""
    return [
        x.reshape((x.shape[0], *(1,) * (rank + 1 - x.ndim), *x.shape[1:])) if d is not None and x.ndim <= rank else x
        for x, d in zip(operands, in_dims, strict=True)
    ]


def _promoted(operation, operands: list, in_dims: list) -> list:
    """Operands in their common type, where that hangs on entries having no dimensions although batches have one."""
    positions = [i for i, name in enumerate(operation.inputs) if name in operation.promoted]
    taking_part = [operands[i] for i in positions]
    types = {x.array.dtype for x in taking_part if isinstance(x, Tensor)}
    if len(types) < 2 and all([isinstance(x, Tensor) for x in taking_part]):
        return operands
    if all([in_dims[i] is None or operands[i].ndim > 1 for i in positions]):
        return operands
    target = result_dtype([
        numpy.empty((1,) * min(_rank(operands[i], in_dims[i]), 1), operands[i].array.dtype)
        if isinstance(operands[i], Tensor) else operands[i]
        for i in positions
    ])  # fmt: skip
    return [_cast(x, target) if i in positions and isinstance(x, Tensor) else x for i, x in enumerate(operands)]


def _cast(x: Tensor, numpy_dtype) -> Tensor:
    return x if x.array.dtype == numpy_dtype else x.to(dtypes.from_numpy(numpy_dtype))


def _shifted(operation, operands: list, parameters: tuple, in_dims: list, size: int):
    """A call whose dims are counted behind the batch, and whose result's shape begins with it."""
    options = operation.options
    values = dict(zip(operation.parameters, parameters, strict=True))
    ranks = [_rank(x, d) for x, d in zip(operands, in_dims, strict=True) if isinstance(x, Tensor)]
    rank = max(ranks)
    operands = [
        spread(x, size) if isinstance(x, Tensor) and d is None else x for x, d in zip(operands, in_dims, strict=True)
    ]
    if operation.takes_list and rank != 1:
        # `cat` skips one-dimensional empty tensors.
        operands = [x for x, r in zip(operands, ranks, strict=True) if r or x.shape[1:] != (0,)] or operands
    scalar = rank == 0 and bool(options.get("axes"))
    if scalar and operation.view:
        # A view of an entry without dimensions is the entry, or an error.
        operation.call([levels.zeros_like(operands[0]).reshape(-1)[:1].reshape(())], parameters)
        return operands[0]
    if scalar:
        operands = [x.reshape((size, 1)) if isinstance(x, Tensor) else x for x in operands]
        rank = 1
    for name in options.get("axes", ()):
        dim = values[name]
        if dim is None or scalar:
            values[name] = tuple(range(1, rank + 1)) if dim is None else 1 if isinstance(dim, int) else (1,) * bool(dim)
        elif isinstance(dim, (tuple, list)):
            values[name] = tuple([dims.wrap(d, rank) + 1 for d in dim])
        else:
            values[name] = dims.wrap(dim, rank) + 1
    name = options.get("shape")
    if name is not None:
        shape = tuple(values[name])
        if -1 in shape:
            shape = dims.inferred(shape, math.prod(operands[0].shape[1:]))
        values[name] = (size, *shape)
    out = operation.call(operands, tuple([values[name] for name in operation.parameters]))
    return _each(out, lambda y: y.reshape((size,))) if scalar and name is None else out


def _one_by_one(operation, operands: list, parameters: tuple, in_dims: list, size: int):
    """One call for each entry."""
    if operation.name not in _warned:
        _warned.add(operation.name)
        where = here()
        warnings.warn(
            "There is a performance drop because we have not yet implemented the batching rule for "
            f"{operation.name}: vmap calls it once for each entry of the batch"
            f"{f', in {where}' if where is not None else ''}. This is said once for each operation.",
            UserWarning,
            stacklevel=2,
        )
    if size == 0:
        one = operation.call(
            [x if d is None else x.new_zeros(tuple(x.shape[1:])) for x, d in zip(operands, in_dims, strict=True)],
            parameters,
        )
        return _each(one, lambda y: y.new_zeros((0, *y.shape)))
    results = [
        operation.call([x if d is None else x.select(0, i) for x, d in zip(operands, in_dims, strict=True)], parameters)
        for i in range(size)
    ]
    if isinstance(results[0], tuple):
        return tuple([_stack(list(column)) for column in zip(*results, strict=True)])
    return _stack(results)


def _stack(entries: list) -> Tensor:
    from .shape import stack

    return stack(entries)
