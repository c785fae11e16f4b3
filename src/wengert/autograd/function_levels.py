"""What a level does with an `autograd.Function`.

Design
  A. A Function is called one level at a time, the highest first, as an operation is: a level takes its part off the
     arguments, has the level below call the Function, and puts its part on the results. A level on which something is
     differentiated then sets up a context of its own, from its own tensors, so every derivative of a nest of them
     reads values that carry the others.
  B. Dual numbers: the tangents are what `jvp` makes of those of the arguments. While it runs, as while forward runs,
     the level is paused, so nothing but `jvp` gives tangents.
  C. Batches: the `vmap` staticmethod is given the whole batch. With `generate_vmap_rule`, a Function is made whose
     forward, backward and jvp are those of the given one under a batch level of their own, and called below.
  D. Levels that are no function transforms (`forward_ad`; the vectors of `grad(..., is_grads_batched=True)`) run
     forward once, on their own tensors: a forward with ctx cannot set up a second context.
"""

from collections import namedtuple

from ..core import Tensor
from ..core.custom_node import stand_as_view
from ..core.detaching import view_steps
from ..ops import batching, dual, levels
from .forward_ad import fitting_tangent
from .function import Function, call_backward, run

VmapInfo = namedtuple("VmapInfo", ("batch_size", "randomness"))
VmapInfo.__doc__ = "What a `vmap` staticmethod is told: the number of entries, and vmap's `randomness`."


def _flatten(x) -> tuple:
    from ..func import trees  # which stands beside this package, and imports it

    return trees.flatten(x)


def _unflatten(leaves: list, tree):
    from ..func import trees

    return trees.unflatten(leaves, tree)


def apply_on_level(function, inputs: tuple, keywords: dict):
    """Call a Function some of whose tensors are of a level, on the highest level among them."""
    leaves, tree = _flatten(inputs)
    top = max([x for x in leaves if isinstance(x, Tensor)], key=lambda x: x._level, default=None)
    if top is None or not top._level:
        return run(function, inputs, keywords)
    level = top._payload.level
    if level.active and not level.transform and not levels.is_transforming():
        return run(function, inputs, keywords, level)
    if level.kind == "batch":
        return run(function, inputs, keywords, level, lambda: _map(function, level, leaves, tree, keywords))
    primals = [_below(x, level.number) for x in leaves]

    def below():
        result = function.apply(*_unflatten(primals, tree), **keywords)
        return _restored(result, primals, leaves, lambda y: as_dual(level, y, inputs))

    if level.active:
        return run(function, inputs, keywords, level, below)
    return _restored(function.apply(*_unflatten(primals, tree), **keywords), primals, leaves, lambda y: y)


def _restored(output, lowered: list, leaves: list, wrap):
    """Results of the level below as tensors of this one; an argument that was returned itself, as that argument."""
    arguments = {id(x): original for x, original in zip(lowered, leaves, strict=True) if isinstance(x, Tensor)}
    found, tree = _flatten(output)
    return _unflatten(
        [arguments.get(id(y)) if id(y) in arguments else wrap(y) if isinstance(y, Tensor) else y for y in found], tree
    )


# ------------------------------------------------------------------------------------------------ dual numbers


def _below(x, number: int):
    return dual.primal_of(x) if isinstance(x, Tensor) and x._level == number else x


def as_dual(level: levels.Level, y, inputs: tuple):
    """A result of forward as a dual tensor without tangent, a view of an input where it is one of its primal."""
    number = level.number
    if not levels.differentiable(y) or y._level >= number:
        return y
    result = dual.make(level, y, None)
    steps = view_steps(y)
    for x in inputs if steps is not None else ():
        if not isinstance(x, Tensor) or x._level != number:
            continue
        primal = x._payload.primal
        before = view_steps(primal) or ()
        if y._base.array is primal.array:  # forward was given the primal, or an alias that leads to x
            further = steps
        elif y._base is _root(primal) and all([a is b for a, b in zip(before, steps, strict=False)]):
            further = steps[len(before) :]
        else:
            continue
        base = _root(x)
        stand_as_view(result, base, (view_steps(x) or ()) + further)
        result._payload.source = base._payload.tangent
        break
    return result


def record_below(level: levels.Level, dirty: tuple, recorded: bool) -> None:
    """Give the primals of inputs that forward changed in place, without recording, the history of the dual tensors."""
    for x in dirty:
        if x._level != level.number or not recorded:
            continue
        node = dual.Alias()
        node.connect((x,))
        node.adopt((x._payload.primal,), (True,), (x._payload.primal,))


def push_forward(
    function, node, inputs: tuple, raw: tuple, outputs: tuple, differentiable: tuple, dirty: tuple, level: levels.Level
) -> None:
    """Give the outputs the tangents that `jvp` makes of those of the inputs. `raw` are the outputs as forward made
    them."""
    number = level.number
    tangents = [dual.tangent_of(x) if isinstance(x, Tensor) and x._level == number else None for x in inputs]
    if all([t is None for t in tangents]):
        return
    given: list = []
    for x, t in zip(inputs, tangents, strict=True):
        if t is not None and any([x is y for y in dirty]) and not levels.can_take(t, t):
            # What was expanded cannot be changed in place.
            t = t.clone()
        elif t is None and node.materialize_grads and levels.differentiable(x):
            t = levels.zeros_like(_below(x, number))
        given.append(t)
    versions = [None if t is None or t.is_inference() else t._version for t in given]
    made = {id(y): result for y, result in zip(raw, outputs, strict=True)}
    node.saved_for_forward = tuple([_below(made.get(id(x), x), number) for x in node.saved_for_forward or ()])
    paused, level.paused = level.paused, True
    try:
        returned = function.jvp(node, *given)
    finally:
        level.paused = paused
        node.saved_for_forward = None
    if not isinstance(returned, tuple):
        returned = (returned,)
    for i, t in enumerate(returned):
        if t is not None and not isinstance(t, Tensor):
            raise RuntimeError(
                f"expected Variable or None (got {type(t).__name__}) for grad output {i}. {function.__name__}.jvp "
                "returned it"
            )
    if len(returned) != len(outputs):
        raise RuntimeError(
            f"Function's jvp returned an invalid number of forward gradients (expected {len(outputs)} but got "
            f"{len(returned)}): {function.__name__}.jvp must return one tangent per output, None for what is no "
            "differentiable tensor"
        )
    for i, (y, t) in enumerate(zip(outputs, returned, strict=True)):
        if not isinstance(y, Tensor):
            continue
        if not differentiable[i]:
            if t is not None:
                raise RuntimeError(
                    f"Function's jvp returned a gradient at position {i}, but  the corresponding forward output is not "
                    "a differentiable Tensor.You should return None at that position instead. The function is "
                    f"{function.__name__}."
                )
            continue
        t = _below(t, number)
        position = next((j for j, x in enumerate(inputs) if x is y), None)
        if position is not None:
            _set_changed(function, y, t, tangents[position], given[position], versions[position], level)
        else:
            _set(function, y, t, inputs, given, tangents, number)


def _set_changed(function, y: Tensor, t, tangent, given, version, level: levels.Level) -> None:
    """The tangent of an input that was changed in place and returned."""
    if tangent is not None:
        if t is None or version is not None and t._version == version:
            raise RuntimeError(
                "An inplace custom Function is not modifying the forward mode gradients inplace. If the forward is "
                "modifying an input inplace, then the jvp function must modify the corresponding gradient inplace. The "
                f"function is {function.__name__}."
            )
        if t is not given:
            raise RuntimeError(
                "An inplace custom Function is not returning the forward mode gradients as-is. If the forward is "
                "modifying an input inplace, then the jvp function must modify the gradient inplace and return it "
                f"as-is. The function is {function.__name__}."
            )
        if given is tangent:
            return
    elif t is None:
        return
    if y._level != level.number:
        dual.become_dual(y, level)
    dual.set_tangent(y, fitting_tangent(y._payload.primal, t))


def _set(function, y: Tensor, t, inputs: tuple, given: list, tangents: list, number: int) -> None:
    """The tangent of a new result; of a view of an input, a view of the input's tangent."""
    if t is not None:
        t = fitting_tangent(y._payload.primal, t)
    base = y._base
    if base is None or base._level != number:
        y._payload.tangent = dual.own(t, [g for g in given if g is not None])
        return
    source = base._payload.tangent
    if source is None:
        dual.set_tangent(y, t)
        return
    of_base = [
        g for x, g, before in zip(inputs, given, tangents, strict=True)
        if before is not None and isinstance(x, Tensor) and (x is base or x._base is base)
    ]  # fmt: skip
    if of_base and (t is None or t._base is None or not any([t._base is _root(g) for g in of_base])):
        raise RuntimeError(
            "A custom Function's forward is returning a view (or an input as-is) but the jvp is not returning a view. "
            f"The function is {function.__name__}: its jvp must return the same view of the input's tangent, "
            "t.view_as(t) for an input as it is."
        )
    y._payload.tangent = t
    y._payload.source = source


def _root(x: Tensor) -> Tensor:
    return x if x._base is None else x._base


# ------------------------------------------------------------------------------------------------ batches


def _map(function, level: levels.Level, leaves: list, tree, keywords: dict):
    """The results of a Function for a whole batch, as tensors of its level."""
    if not level.alive:
        raise RuntimeError(
            "Either your tensor may have escaped from inside a function being vmapped and this is a user error (see "
            f"https://pytorch.org/functorch/stable/ux_limitations.html): {function.__name__} was called on a tensor "
            "that belongs to a vmap which has returned. Return it from the function instead."
        )
    values, in_dims = _taken_apart(level, leaves)
    if all([d is None for d in in_dims]):
        output = function.apply(*_unflatten(values, tree), **keywords)
        return _restored(output, values, leaves, lambda y: batching.make(level, y, False))
    if function.generate_vmap_rule:
        mapped = _mapped(function, in_dims, level.size, level.randomness)
        output = mapped.apply(*_unflatten(values, tree), **keywords)
        out_dims = mapped._batched_outputs[0]
    else:
        info = VmapInfo(level.size, level.randomness)
        returned = function.vmap(info, _unflatten(in_dims, tree), *_unflatten(values, tree), **keywords)
        output, out_dims = _checked(function, returned)
    arguments = {id(x): original for x, original in zip(values, leaves, strict=True) if isinstance(x, Tensor)}
    found, structure = _flatten(output)
    results = []
    for y, d in zip(found, out_dims, strict=True):
        if not isinstance(y, Tensor):
            results.append(y)
        elif id(y) in arguments:
            results.append(arguments[id(y)])
        else:
            results.append(_put_together(function, level, y, d))
    return _unflatten(results, structure)


def _checked(function, returned) -> tuple:
    """What a `vmap` staticmethod returned: the output, and a dimension for each of its leaves."""
    expected = (
        "Expected the vmap staticmethod to have two returns, an output and out_dims with pytree structure compatible "
        "with the output. "
    )
    if not isinstance(returned, tuple):
        raise RuntimeError(f"{expected}Got a {type(returned)} instead. The function is {function.__name__}.")
    if len(returned) != 2:
        raise RuntimeError(f"{expected}Got {len(returned)} returns instead. The function is {function.__name__}.")
    from ..func import trees

    output, out_dims = returned
    structure = trees.flatten(output)[1]
    spread = trees.spread(out_dims, structure)
    if spread is None:
        raise RuntimeError(
            "The autograd.Function's vmap staticmethod returned an incompatible (output, out_dims) tuple. Expected "
            f"out_dims={out_dims} to be compatible with the structure of `output`. out_dims has structure "
            f"{trees.flatten(out_dims)[1]} but output has structure {structure}. The function is {function.__name__}. "
            "For more details, please see https://pytorch.org/docs/main/notes/extending.func.html"
        )
    return output, spread


def _put_together(function, level: levels.Level, y: Tensor, dim) -> Tensor:
    if dim is None:
        return batching.make(level, y, False)
    if not -y.ndim <= dim < y.ndim or y.shape[dim] != level.size:
        raise RuntimeError(
            f"{function.__name__}: vmap over a batch of {level.size} returned an output of shape {list(y.shape)} and "
            f"out_dim {dim}, a dimension that is not the batch"
        )
    return batching.make(level, y if dim % y.ndim == 0 else y.movedim(dim, 0))


def _taken_apart(level: levels.Level, leaves: list) -> tuple:
    """What leaves of a batch level hold, and 0 for each that differs between entries, None for the others."""
    values, dims = [], []
    for x in leaves:
        of_level = isinstance(x, Tensor) and x._level == level.number
        values.append(x._payload.value if of_level else x)
        dims.append(0 if of_level and x._payload.batched else None)
    return values, dims


class _Entries:
    """A batch level of one call of a user's method, and the tensors of one entry that it is given."""

    def __init__(self, size: int, randomness: str):
        self.level = batching.new_level(size, randomness)

    def __enter__(self) -> "_Entries":
        levels.enter(self.level)
        return self

    def __exit__(self, *exception) -> None:
        levels.leave(self.level)

    def of(self, values: list, dims: list) -> list:
        """The values as tensors of one entry."""
        return [x if d is None else batching.make(self.level, x) for x, d in zip(values, dims, strict=True)]

    def batch(self, x, dim):
        """A tensor of one entry for the whole batch: with the batch in front if `dim` is 0, summed over it if None."""
        if not isinstance(x, Tensor):
            return x
        (value,), (found,) = _taken_apart(self.level, [x])
        if found is None and dim is not None:
            return batching.spread(value, self.level.size)
        return value.sum(0) if found is not None and dim is None else value


class _EntryContext:
    """The context as a method sees it that runs on one entry: it saves whole batches, and reads entries."""

    def __init__(self, ctx, **own):
        object.__setattr__(self, "_own", own)
        object.__setattr__(self, "_ctx", ctx)

    def __getattr__(self, name: str):
        own = object.__getattribute__(self, "_own")
        return own[name] if name in own else getattr(object.__getattribute__(self, "_ctx"), name)

    def __setattr__(self, name: str, value) -> None:
        setattr(object.__getattribute__(self, "_ctx"), name, value)


def _outermost(items: tuple, dims: list) -> list:
    """Of the dimensions of all leaves, those of the items that are leaves themselves; None for trees."""
    found, start = [], 0
    for item in items:
        count = len(_flatten(item)[0])
        found.append(dims[start] if isinstance(item, Tensor) else None)
        start += count
    return found


def _mapped(function, in_dims: list, size: int, randomness: str):
    """A Function of whole batches whose methods are those of `function` on one entry.

    `in_dims` has 0 or None for each leaf of the arguments. The dimensions of what is returned and saved depend on
    nothing but the arguments', so one record serves every level on which the context is set up.
    """
    batched_outputs: list = []  # 0 or None for each leaf of the output, and for each output itself
    saved: dict = {}  # the same for what was saved for "backward" and "forward"
    batched_inputs: list = []  # 0 or None for each argument
    shapes: list = []  # of one entry of each argument, None for what is no tensor

    def forward(*arguments, **keywords):
        values, tree = _flatten(arguments)
        with _Entries(size, randomness) as entries:
            output = function.forward(*_unflatten(entries.of(values, in_dims), tree), **keywords)
            leaves, structure = _flatten(output)
            results, dims = _taken_apart(entries.level, leaves)
        batched_outputs[:] = dims, _outermost(output if isinstance(output, tuple) else (output,), dims)
        return _unflatten(results, structure)

    def setup_context(ctx, inputs, output):
        values, tree = _flatten(inputs)
        results, structure = _flatten(output)
        with _Entries(size, randomness) as entries:
            given = entries.of(values, in_dims)
            known = {id(x): entry for x, entry in zip(values, given, strict=True) if isinstance(x, Tensor)}
            made = [
                known[id(y)] if id(y) in known else entry
                for y, entry in zip(results, entries.of(results, batched_outputs[0]), strict=True)
            ]
            whole = {id(entry): x for x, entry in zip(values + results, given + made, strict=True)}

            def saving(kind: str, save):
                def method(*tensors):
                    held, saved[kind] = _taken_apart(entries.level, list(tensors))
                    save(*[whole.get(id(x), value) for x, value in zip(tensors, held, strict=True)])

                return method

            def marking(mark):
                return lambda *tensors: mark(*[whole.get(id(x), x) for x in tensors])

            arguments = _unflatten(given, tree)
            batched_inputs[:] = _outermost(arguments, in_dims)
            shapes[:] = [tuple(x.shape) if isinstance(x, Tensor) else None for x in arguments]
            function.setup_context(
                _EntryContext(
                    ctx,
                    save_for_backward=saving("backward", ctx.save_for_backward),
                    save_for_forward=saving("forward", ctx.save_for_forward),
                    mark_dirty=marking(ctx.mark_dirty),
                    mark_non_differentiable=marking(ctx.mark_non_differentiable),
                ),
                arguments,
                _unflatten(made, structure),
            )

    def reading(ctx, kind: str, entries: _Entries):
        held = ctx.saved_tensors
        return _EntryContext(ctx, saved_tensors=tuple(entries.of(list(held), saved.get(kind, [None] * len(held)))))

    def backward(ctx, *cotangents):
        with _Entries(size, randomness) as entries:
            dims = [None if g is None else d for g, d in zip(cotangents, batched_outputs[1], strict=True)]
            entry = reading(ctx, "backward", entries)
            returned = call_backward(function, entry, tuple(entries.of(list(cotangents), dims)))
            several = returned if isinstance(returned, tuple) else (returned,)
            found = []
            for i, g in enumerate(several):
                if isinstance(g, Tensor) and i < len(shapes) and shapes[i] is not None:
                    if tuple(g.shape) != shapes[i]:
                        g = g.sum_to_size(shapes[i])
                    g = entries.batch(g, batched_inputs[i])
                found.append(g)
        return tuple(found)

    def jvp(ctx, *tangents):
        with _Entries(size, randomness) as entries:
            dims = [None if t is None else d for t, d in zip(tangents, batched_inputs, strict=True)]
            returned = function.jvp(reading(ctx, "forward", entries), *entries.of(list(tangents), dims))
            several = returned if isinstance(returned, tuple) else (returned,)
            if len(several) != len(batched_outputs[1]):
                return several  # which is an error below
            found = [entries.batch(t, d) for t, d in zip(several, batched_outputs[1], strict=True)]
        return tuple(found)

    methods = {"forward": forward, "setup_context": setup_context, "backward": backward, "jvp": jvp}
    attributes: dict = {name: staticmethod(method) for name, method in methods.items()}
    attributes.update(generate_vmap_rule=True, _batched_outputs=batched_outputs, __module__=function.__module__)
    return type("Vmapped" + function.__name__, (Function,), attributes)
