"""Derivatives of functions, as functions: `grad`, `vjp`, `jvp`, `linearize`, `jacrev`, `jacfwd`, `hessian`.

Design
  A. Reverse mode differentiates in the graph of the level that is on top when the transform is called (the plain graph
     outside of any level). Arguments are lifted to that level, so that what happens to them is recorded there, and
     stand at the ends of a graph that belongs to the call: leaves of their own, or, where an argument is itself part of
     the level's graph, nodes that lead on to it, for derivatives of derivatives.
  B. Whether the result is to be differentiable outside is found out, not declared: if the function's graph leads to a
     leaf that is not the call's own, or its values have a history in a lower level, the pass is recorded. What then
     still leads to the call's own leaves only is cut off, so nothing of an inner derivative is seen in an outer graph.
  C. Forward mode is a level of dual numbers. Two of them, one inside the other, are told apart by their numbers, which
     is what keeps a nested derivative from confusing the tangents (J. Siskind and B. Pearlmutter, "Perturbation
     confusion and referential transparency", 2005).
"""

import functools
from collections.abc import Callable
from typing import Any

from ..autograd.backward import _gradients
from ..autograd.forward_ad import fitting_tangent
from ..core import Tensor, edge_for, run_backward
from ..core.engine import reaches_beyond
from ..core.modes import exchange_grad_enabled, is_grad_enabled
from ..ops import dual, levels
from ..ops.shape import stack
from . import trees
from .vectorize import vmap


class _Recording(levels.derivative_transform):
    """The graph of one call of a function whose arguments are differentiated. Inside the block what happens is
    recorded, whatever the grad mode outside."""

    def __init__(self, inner: "_Recording" = None):
        """`inner`: the graph of a call that this one differentiates once more; its leaves are not outside of this
        one."""
        self.outer_grad = is_grad_enabled()
        self.inner = inner
        self.own: set = set() if inner is None else set(inner.own)
        self.linked = inner is not None and inner.linked

    def __enter__(self) -> "_Recording":
        super().__enter__()
        self.first = self.number if self.inner is None else self.inner.first
        self.grad_before = exchange_grad_enabled(True)
        return self

    def __exit__(self, *exception) -> None:
        exchange_grad_enabled(self.grad_before)
        super().__exit__(*exception)

    def argument(self, x) -> Tensor:
        """A tensor for the function to take in place of x."""
        if not isinstance(x, Tensor):
            raise ValueError(f"Thing passed to transform API must be Tensor, got {type(x)}")
        if not levels.differentiable(x):
            raise RuntimeError(
                "only Tensors of floating point dtype can require gradients; grad, vjp and their like got one of "
                f"{x.dtype}"
            )
        top = levels.top()
        in_level_graph = (
            x.requires_grad and self.outer_grad and (top is None or x._level >= top.number or not top.separate)
        )
        lifted = levels.lift(x)
        argument = levels.without_history(lifted)
        if in_level_graph:
            dual.link(argument, x)
            self.linked = True
        else:
            argument.requires_grad = True
        self.own.add(edge_for(argument)[0])
        return argument

    def leads_outside(self, y: Tensor) -> bool:
        """Whether y, or what it holds, depends on anything but the call's own arguments that a gradient outside could
        be asked for."""
        return self.outer_grad and self._leads_beyond(y)

    def _leads_beyond(self, y: Tensor) -> bool:
        if y.requires_grad and reaches_beyond([edge_for(y)[0]], self.own, self.first, self.end):
            return True
        return bool(y._level) and any([self._leads_beyond(held) for held in y._payload.held(y)])

    def pulled_back(self, outputs: list, cotangents: list, arguments: list, keep_graph: bool) -> list:
        """The gradients of the arguments for those of the outputs, zeros where there is none; fit to be handed out."""
        outside = self.outer_grad and (
            self.linked
            or any([self.leads_outside(y) for y in outputs])
            or any([self.leads_outside(g) for g in cotangents])
        )
        pairs = [(y, g) for y, g in zip(outputs, cotangents, strict=True) if y.requires_grad]
        found = [None] * len(arguments)
        if pairs:
            # A second pass in the same graph needs what the first one read.
            found = run_backward(
                [edge_for(y) for y, _ in pairs], [g for _, g in pairs], keep_graph or outside, outside,
                [edge_for(x) for x in arguments], False,
            )  # fmt: skip
        return [
            levels.zeros_like(x) if g is None else self.handed_out(g) for x, g in zip(arguments, found, strict=True)
        ]

    def handed_out(self, y):
        """A result without the part of its history that leads to the call's own leaves only."""
        if not isinstance(y, Tensor) or self.outer_grad and (self.linked or self.leads_outside(y)):
            return y
        if y.requires_grad or levels.holds_history(y):
            return y._payload.mapped(y, self.handed_out) if y._level else y.detach()
        return y


def _given(x):
    """An argument that is not differentiated, as the function may take it and change it in place."""
    if not isinstance(x, Tensor) or x.requires_grad:
        return x
    return levels.without_history(x)


def _chosen(argnums, count: int) -> tuple:
    """The positions that `argnums` names, as a tuple."""
    if not isinstance(argnums, (int, tuple)):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    positions = argnums if isinstance(argnums, tuple) else (argnums,)
    if not positions:
        raise RuntimeError("argnums must be non-empty")
    for position in positions:
        if not isinstance(position, int):
            raise RuntimeError(f"argnum must be int, got: {type(position)}")
        if not -count <= position < count:
            raise RuntimeError(f"Got argnum={position}, but only {count} positional inputs")
    wrapped = tuple([position % count for position in positions])
    if len(set(wrapped)) != len(wrapped):
        raise RuntimeError(f"argnums elements must be unique, got {argnums}")
    return wrapped


def _replaced(args: tuple, positions: tuple, values) -> tuple:
    replaced = list(args)
    for position, value in zip(positions, values, strict=True):
        replaced[position] = value
    return tuple(replaced)


def _with_aux(result, what: str) -> tuple:
    if not isinstance(result, tuple) or len(result) != 2:
        raise RuntimeError(f"{what}: output of function f should be a tuple: (output, aux) if has_aux is True")
    return result


# ------------------------------------------------------------------------------------------------ reverse mode


def grad_and_value(func: Callable, argnums=0, has_aux: bool = False) -> Callable[..., tuple]:
    """A function that returns the gradient of `func`, which returns one number, and the number: (gradient, value).

    Args:
        func: a function of tensors or trees of them.
        argnums: which arguments to differentiate; for a tuple of positions a tuple of gradients comes back.
        has_aux: `func` returns (value, aux), and the result is (gradient, (value, aux)).

    RuntimeError if what `func` returns is no tensor without dimensions.

    >>> import wengert as t
    >>> t.func.grad_and_value(lambda x: x**3)(t.tensor(2.0))
    (tensor(12.), tensor(8.))
    """

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        with _Recording() as recording:
            positions = _chosen(argnums, len(args))
            leaves, tree = trees.flatten([args[position] for position in positions])
            arguments = [recording.argument(x) for x in leaves]
            args = tuple([trees.map_leaves(_given, x) for x in args])
            kwargs = trees.map_leaves(_given, kwargs)
            result = func(*_replaced(args, positions, trees.unflatten(arguments, tree)), **kwargs)
            aux = None
            if has_aux:
                result, aux = _with_aux(result, "grad_and_value(f)(*args)")
            if not isinstance(result, Tensor):
                raise RuntimeError(
                    f"grad_and_value(f)(*args): Expected f(*args) to return a Tensor, got {type(result)}"
                )
            if result.ndim:
                raise RuntimeError(
                    "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with "
                    f"{result.ndim} dims. Maybe you wanted to use the vjp or jacrev APIs instead?"
                )
            cotangents = _gradients([result], [None]) if result.requires_grad else [result]
            found = recording.pulled_back([result], cotangents, arguments, False)
        gradients = trees.unflatten(found, tree)
        gradients = tuple(gradients) if isinstance(argnums, tuple) else gradients[0]
        value = recording.handed_out(result)
        if has_aux:
            return gradients, (value, trees.map_leaves(recording.handed_out, aux))
        return gradients, value

    return wrapper


def grad(func: Callable, argnums=0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that returns the gradient of `func`, which returns one number.

    Args:
        func: a function of tensors or trees of them.
        argnums: which arguments to differentiate; for a tuple of positions a tuple of gradients comes back.
        has_aux: `func` returns (value, aux), and the result is (gradient, aux).

    RuntimeError if what `func` returns is no tensor without dimensions.

    >>> import wengert as t
    >>> t.func.grad(t.func.grad(lambda x: x**3))(t.tensor(2.0))
    tensor(12.)
    """
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        gradients, value = both(*args, **kwargs)
        return (gradients, value[1]) if has_aux else gradients

    return wrapper


def vjp(func: Callable, *primals, has_aux: bool = False) -> tuple:
    """The value of `func` and a function that multiplies vectors with its Jacobian from the left.

    Returns:
        (output, vjp_fn), and aux if has_aux. `vjp_fn(*cotangents)` takes the structure of the output and returns a
        tuple of gradients, one for each of `primals`. It may be called any number of times, unless with
        retain_graph=False; create_graph says whether the gradients can be differentiated, as the grad mode has it.

    Raises:
        RuntimeError: outputs that are no tensors, or not floating point or complex; cotangents of another structure.

    >>> import wengert as t
    >>> y, vjp_fn = t.func.vjp(lambda x: x * x, t.tensor([1.0, 2.0]))
    >>> vjp_fn(t.ones(2))
    (tensor([2., 4.]),)
    """
    return _vjp(_Recording(), func, primals, has_aux)


def _vjp(recording: _Recording, func, primals: tuple, has_aux: bool, empty: bool = False) -> tuple:
    """`vjp` in a given recording; `empty`: the function may have no output."""
    with recording:
        leaves, tree = trees.flatten(primals)
        arguments = [recording.argument(x) for x in leaves]
        result = func(*trees.unflatten(arguments, tree))
        aux = None
        if has_aux:
            result, aux = _with_aux(result, "vjp(f, *primals)")
    for x in arguments:
        x.of_finished_call = True
    outputs, structure = trees.flatten(result)
    if outputs or not empty:
        _check_outputs("vjp(f, *primals)", outputs)
    for y in outputs:
        if not levels.differentiable(y):
            raise RuntimeError(
                "vjp(f, ...): All outputs of f must be floating-point or complex Tensors, got Tensor with dtype "
                f"{y.dtype}"
            )

    def vjp_fn(*cotangents, retain_graph: bool = True, create_graph: bool = None):
        given = cotangents[0] if len(cotangents) == 1 else cotangents
        flat = trees.leaves_like(given, structure)
        if flat is None:
            raise RuntimeError(
                "Expected pytree structure of cotangents to be the same as pytree structure of outputs to the "
                f"function. cotangents: {trees.flatten(given)[1]}, primal output: {structure}"
            )
        recording.outer_grad = is_grad_enabled() if create_graph is None else create_graph
        checked = [
            _gradients([y], [g])[0] if isinstance(g, Tensor) else _not_a_tensor(g)
            for y, g in zip(outputs, flat, strict=True)
        ]
        return trees.unflatten(recording.pulled_back(outputs, checked, arguments, retain_graph), tree)

    handed_out = trees.unflatten([recording.handed_out(y) for y in outputs], structure)
    if has_aux:
        return handed_out, vjp_fn, trees.map_leaves(recording.handed_out, aux)
    return handed_out, vjp_fn


def _refuse_complex(name: str, what: str, tree) -> None:
    for i, x in enumerate(trees.flatten(tree)[0]):
        if isinstance(x, Tensor) and x.dtype.is_complex:
            raise RuntimeError(
                f"{name}: Expected all {what} to be real but received complex tensor at flattened input idx: {i}"
            )


def _by_single_rows(function, vectors: list):
    """What `vmap(function)(*vectors)` gives, with a call for each row; for no rows, `vmap` itself."""
    if not len(vectors[0]):
        return vmap(function)(*vectors)
    found = [trees.flatten(function(*rows)) for rows in zip(*vectors, strict=True)]
    return trees.unflatten([stack(list(column)) for column in zip(*[leaves for leaves, _ in found], strict=True)],
                           found[0][1])  # fmt: skip


def _check_outputs(call: str, outputs: list) -> None:
    if not outputs or len(outputs) == 1 and outputs[0] is None:
        raise RuntimeError(f"{call}: Expected f to be a function that has non-empty output (got output = {outputs})")
    for y in outputs:
        if not isinstance(y, Tensor):
            raise RuntimeError(f"{call}: expected f(*primals) to return only tensors, got unsupported type {type(y)}")


def _not_a_tensor(g):
    raise RuntimeError(f"vjp_fn(*cotangents): expected tensors, got {type(g)}")


def basis(leaves: list, size: int) -> list:
    """The rows of the identity of `size` elements, cut up in the shapes of the leaves: (size, *shape) each."""
    from ..ops.creation import zeros

    parts, start = [], 0
    for x in leaves:
        count = x.numel()
        rows = zeros(size, count, dtype=x.dtype)
        rows.array[range(start, start + count), range(count)] = 1
        parts.append(rows.reshape((size, *x.shape)))
        start += count
    return parts


def jacrev(
    func: Callable, argnums=0, *, has_aux: bool = False, chunk_size: int = None, _preallocate_and_copy: bool = False
) -> Callable[..., Any]:
    """A function that returns the Jacobian of `func` by reverse mode: one vector for each element of the output.

    For an output of shape (*out) and an argument of shape (*in) the Jacobian has shape (*out, *in); trees of outputs
    and arguments give trees of Jacobians, the output's structure outside.

    Args:
        argnums: which arguments to differentiate; for a tuple of positions tuples of Jacobians come back.
        has_aux: `func` returns (output, aux), and the result is (Jacobian, aux).
        chunk_size: how many vectors are multiplied at once; None for all. With 1 no `vmap` takes part.
        _preallocate_and_copy: accepted; the parts are joined once, in either case.

    ValueError for a `chunk_size` below 1; RuntimeError for complex arguments and outputs.

    >>> import wengert as t
    >>> t.func.jacrev(lambda x: x * x)(t.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    if not (chunk_size is None or chunk_size > 0):
        raise ValueError("jacrev: `chunk_size` should be greater than 0.")

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        positions = _chosen(argnums, len(args))
        several = isinstance(argnums, tuple)

        def partial(*chosen):
            return func(*_replaced(args, positions, chosen), **kwargs)

        primals = tuple([args[position] for position in positions])
        _refuse_complex("jacrev", "inputs", args)
        output, pull_back, *aux = vjp(partial, *primals, has_aux=has_aux)
        outputs, structure = trees.flatten(output)
        _refuse_complex("jacrev", "outputs", outputs)
        vectors = basis(outputs, sum([y.numel() for y in outputs]))

        def pulled(*vector):
            return pull_back(trees.unflatten(list(vector), structure))

        rows = _by_single_rows(pulled, vectors) if chunk_size == 1 else vmap(pulled, chunk_size=chunk_size)(*vectors)
        leaves, tree = trees.flatten(rows if several else rows[0])
        lengths = [y.numel() for y in outputs]
        columns = [x.split(lengths, 0) for x in leaves]
        jacobians = []
        for i, y in enumerate(outputs):
            jacobians.append(trees.unflatten(
                [column[i].reshape((*y.shape, *column[i].shape[1:])) for column in columns], tree
            ))  # fmt: skip
        jacobian = trees.unflatten(jacobians, structure)
        return (jacobian, aux[0]) if has_aux else jacobian

    return wrapper


# ------------------------------------------------------------------------------------------------ forward mode


def jvp(func: Callable, primals, tangents, *, strict: bool = False, has_aux: bool = False) -> tuple:
    """The value of `func` and its derivative along `tangents`: the Jacobian times a vector.

    Args:
        primals: a tuple of arguments, tensors or trees of them.
        tangents: of the same structure and shapes.
        strict: an error, rather than zeros, where an output does not depend on the arguments.
        has_aux: `func` returns (output, aux), and aux comes third.

    Returns:
        (output, tangent of the output).

    Raises:
        RuntimeError: primals that are no tuple, or have no tensor or something else among them; tangents of another
            structure or shape.
        ValueError: tensors that are neither floating point nor complex.

    >>> import wengert as t
    >>> t.func.jvp(lambda x: x * x, (t.tensor([1.0, 2.0]),), (t.tensor([1.0, 10.0]),))
    (tensor([1., 4.]), tensor([ 2., 40.]))
    """
    if not isinstance(primals, tuple):
        raise RuntimeError(
            "jvp(f, primals, tangents): Expected primals to be a tuple. E.g. it should be valid to call f(*primals)."
        )
    values, tree = trees.flatten(primals)
    along = trees.leaves_like(tangents, tree)
    if along is None:
        raise RuntimeError(
            "jvp(f, primals, tangents): Expected primals and tangents to have the same python structure. For example, "
            f"if primals is a tuple of 3 tensors, tangents also must be. Got primals with structure {tree} and "
            f"tangents with structure {trees.flatten(tangents)[1]}"
        )
    if not values:
        raise RuntimeError("jvp(f, primals, tangents): Expected primals to contain at least one Tensor.")
    for name, found in (("primals", values), ("tangents", along)):
        for x in found:
            if not isinstance(x, Tensor):
                raise RuntimeError(f"jvp(f, primals, tangents): Expected {name} to only contain Tensors, got {type(x)}")
            if not levels.differentiable(x):
                raise ValueError(f"Expected {name[:-1]} to be floating point or complex, but got: {x.dtype}")
    along = [fitting_tangent(x, t) for x, t in zip(values, along, strict=True)]
    level = levels.enter(dual.new_level(separate=True))
    try:
        with levels.derivative_transform():
            duals = [dual.make(level, x, t) for x, t in zip(values, along, strict=True)]
            result = func(*trees.unflatten(duals, tree))
        aux = None
        if has_aux:
            result, aux = _with_aux(result, "jvp(f, primals, tangents)")
        outputs, structure = trees.flatten(result)
        _check_outputs("jvp(f, primals, tangents)", outputs)
        pairs = [_unpacked(level, y, strict) for y in outputs]
        aux = trees.map_leaves(lambda y: _unpacked(level, y, False)[0] if isinstance(y, Tensor) else y, aux)
    finally:
        levels.leave(level)
    output = trees.unflatten([y for y, _ in pairs], structure)
    tangent = trees.unflatten([t for _, t in pairs], structure)
    return (output, tangent, aux) if has_aux else (output, tangent)


def _unpacked(level: levels.Level, y, strict: bool) -> tuple:
    tangent = None
    if y._level == level.number:
        tangent = dual.tangent_of(y)
        y = y._payload.primal
    if tangent is None:
        if strict:
            raise RuntimeError(
                "jvp(f, primals, tangents, strict=True): The output of f is independent of the inputs. This is not "
                "allowed with strict=True."
            )
        tangent = levels.zeros_like(y)
    return y, tangent


def linearize(func: Callable, *primals) -> tuple[Any, Callable[..., Any]]:
    """The value of `func` and its derivative there, a linear function that is worked out once and applied often.

    `func` is called once. u -> J^T u is recorded as a graph; each application t -> J t is a reverse pass through that.
    `jvp` takes less memory where there is only one tangent to apply it to.

    Args:
        primals: arguments of `func`, tensors or trees of them.

    Returns:
        (output, jvp_fn): `jvp_fn(*tangents)` takes the structure of `primals` and gives that of the output.

    Raises:
        RuntimeError: `jvp_fn` of another structure, shape or dtype than the primals.

    >>> import wengert as t
    >>> y, jvp_fn = t.func.linearize(lambda x: x * x, t.tensor([1.0, 2.0]))
    >>> jvp_fn(t.tensor([1.0, 0.0])), jvp_fn(t.tensor([0.0, 1.0]))
    (tensor([2., 0.]), tensor([0., 4.]))
    """
    leaves, tree = trees.flatten(primals)
    whole: list = []

    def differentiable_part(*xs):
        whole[:] = trees.flatten(func(*xs))
        return [y for y in whole[0] if levels.differentiable(y)], whole

    if any([not levels.differentiable(x) for x in leaves]):
        raise RuntimeError("linearize(f, *primals): Expected the primals to be tensors of floating point or complex "
                           f"dtype, got {[x.dtype if isinstance(x, Tensor) else type(x) for x in leaves]}")  # fmt: skip
    first = _Recording()
    found, pull_back, (outputs, structure) = _vjp(first, differentiable_part, primals, True, empty=True)
    second = _Recording(first)
    push = _vjp(second, pull_back, ([levels.zeros_like(y) for y in found],), False)[1] if found else None

    def jvp_fn(*tangents):
        along = trees.leaves_like(tangents, tree)
        if along is None:
            raise RuntimeError(
                f"Expected the tangents {trees.flatten(tangents)[1]} to have the same argspec as the primals {tree}"
            )
        for i, (t, x) in enumerate(zip(along, leaves, strict=True)):
            for name, mine, theirs in (("shape", t.shape, x.shape), ("dtype", t.dtype, x.dtype)):
                if mine != theirs:
                    raise RuntimeError(
                        f"tangent:{i} with {name} {mine} in flattened pytree doesn't match the {name} {theirs} of the "
                        "corresponding primal."
                    )
        pushed = iter(push(tuple(trees.unflatten(along, tree)))[0] if push is not None else ())
        return trees.unflatten([next(pushed) if levels.differentiable(y) else _constant(y) for y in outputs], structure)

    return trees.unflatten(outputs, structure), jvp_fn


def _constant(y):
    """The derivative of an output that has none: zeros; of what is no tensor, itself."""
    return levels.zeros_like(y) if isinstance(y, Tensor) else y


def jacfwd(
    func: Callable, argnums=0, has_aux: bool = False, *, chunk_size: int = None, randomness: str = "error"
) -> Callable[..., Any]:
    """A function that returns the Jacobian of `func` by forward mode: one vector for each element of the arguments.

    Shapes and structure are those of `jacrev`.

    Args:
        argnums: which arguments to differentiate; for a tuple of positions tuples of Jacobians come back. None for all.
        has_aux: `func` returns (output, aux), and the result is (Jacobian, aux).
        chunk_size: how many vectors are multiplied at once; None for all.
        randomness: as for `vmap`.

    RuntimeError for arguments that are no tensors, and for complex ones.

    >>> import wengert as t
    >>> t.func.jacfwd(lambda x: x * x)(t.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        chosen = tuple(range(len(args))) if argnums is None else argnums
        positions = _chosen(chosen, len(args))
        several = isinstance(chosen, tuple)
        primals = tuple([args[position] for position in positions])
        _refuse_complex("jacfwd", "inputs", args)
        leaves, tree = trees.flatten(primals)
        for x in leaves:
            if not isinstance(x, Tensor):
                raise RuntimeError(f"jacfwd(f)(*args): Expected the arguments to be tensors, got {type(x)}")
        size = sum([x.numel() for x in leaves])

        def pushed(*vectors):
            found = jvp(
                lambda *chosen: func(*_replaced(args, positions, chosen), **kwargs), primals,
                trees.unflatten(list(vectors), tree), has_aux=has_aux,
            )  # fmt: skip
            _refuse_complex("jacfwd", "outputs", found[0])
            # The value is the same for every vector: it comes out of vmap without a batch.
            return found[1], found[2] if has_aux else ()

        tangents, aux = vmap(pushed, out_dims=(0, None), randomness=randomness, chunk_size=chunk_size)(
            *basis(leaves, size)
        )
        columns, structure = trees.flatten(tangents)
        lengths = [x.numel() for x in leaves]
        jacobians = []
        for t in columns:
            # (elements of the arguments, *out) -> one (*out, *in) for each argument
            parts = [
                part.movedim(0, -1).reshape((*part.shape[1:], *x.shape))
                for part, x in zip(t.split(lengths, 0), leaves, strict=True)
            ]
            jacobian = trees.unflatten(parts, tree)
            jacobians.append(jacobian if several else jacobian[0])
        jacobian = trees.unflatten(jacobians, structure)
        return (jacobian, aux) if has_aux else jacobian

    return wrapper


def hessian(func: Callable, argnums=0) -> Callable[..., Any]:
    """A function that returns the Hessian of `func`, forward over reverse: the Jacobian by forward mode of that by
    reverse.

    For an argument of shape (*in) and an output of shape (*out) it has shape (*out, *in, *in).

    Args:
        argnums: which arguments to differentiate; for a tuple of positions tuples of tuples come back.

    >>> import wengert as t
    >>> t.func.hessian(lambda x: (x**3).sum())(t.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    return jacfwd(jacrev(func, argnums), argnums)


def debug_unwrap(tensor: Tensor, *, recurse: bool = True) -> Tensor:
    """What a tensor inside of `vmap` or `jvp` holds, to look at: the whole batch, or the primal; itself elsewhere.

    Args:
        recurse: go down through every transform, rather than one.

    >>> import wengert as t
    >>> def look(x):
    ...     print(x.shape, t.func.debug_unwrap(x).shape)
    ...     return x
    >>> _ = t.vmap(look)(t.zeros(2, 3))
    wengert.Size([3]) wengert.Size([2, 3])
    """
    while tensor._level:
        tensor = tensor._payload.held()[0]
        if not recurse:
            break
    return tensor
