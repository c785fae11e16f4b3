"""Asking for gradients: `backward`, which accumulates into leaves, and `grad`, which returns them."""

from collections import namedtuple

import numpy

from ..core import Tensor, bind_method, edge_for, run_backward
from ..core.detaching import add_to_grad
from ..core.engine import backward_plainly
from ..core.errors import not_inside_a_transform, scalar_only
from ..core.modes import current_transform
from ..core.promotion import from_array
from ..ops import levels


class GradientEdge(namedtuple("GradientEdge", ("node", "output_nr", "ownership_token"), defaults=(None,))):
    """A place in the graph by itself, without its tensor: `backward` and `grad` take it wherever they take a tensor.

    Attributes:
        node: the node that made the tensor; the accumulator of a leaf.
        output_nr: which output of the node it is.
        ownership_token: keeps the node alive.

    >>> import wengert as t
    >>> x = t.tensor(3.0, requires_grad=True)
    >>> edge = t.autograd.graph.get_gradient_edge(x * x)
    >>> edge.output_nr, t.autograd.grad(edge, x)
    (0, (tensor(6.),))
    """

    # The tensor's shape and dtype, as zeros without memory of their own; None for an edge put together by hand.
    kind: Tensor | None = None


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """The place of a tensor in the graph, a `GradientEdge`: its node and which output of that it is.

    RuntimeError for a tensor that requires no gradient.

    >>> import wengert as t
    >>> x = t.tensor([1.0, 2.0], requires_grad=True)
    >>> t.autograd.graph.get_gradient_edge(x.exp()).node.name()
    'ExpBackward0'
    """
    if not tensor.requires_grad:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    node, output_number = edge_for(tensor)
    edge = GradientEdge(node, output_number, node)
    if not tensor._level:
        edge.kind = from_array(numpy.broadcast_to(numpy.zeros((), tensor.array.dtype), tuple(tensor.shape)))
    return edge


def backward(
    tensors, grad_tensors=None, retain_graph: bool = None, create_graph: bool = False, grad_variables=None, inputs=None
) -> None:
    """Add the gradients of `tensors` to the `.grad` of the leaves they were made from.

    Args:
        tensors: a tensor or several.
        grad_tensors: for each, the gradient of it (the vector in the vector-Jacobian product); None for a scalar means
            1.
        retain_graph: keep what the graph saved, for another pass. Defaults to `create_graph`.
        create_graph: record the pass, so that its results can be differentiated again.
        inputs: accumulate into these tensors only.

    Raises:
        RuntimeError: a tensor that requires no gradient, a non-scalar without gradient, a gradient of the wrong shape,
            or a graph that was freed.

    >>> import wengert as t
    >>> x = t.tensor([1.0, 2.0], requires_grad=True)
    >>> t.autograd.backward((x * x).sum())
    >>> x.grad
    tensor([2., 4.])
    """
    if current_transform():
        not_inside_a_transform("backward()")
    if grad_variables is not None:
        import warnings

        warnings.warn("`grad_variables` is deprecated. Use `grad_tensors` instead.", FutureWarning, stacklevel=2)
        if grad_tensors is not None:
            raise RuntimeError(
                "`grad_tensors` and `grad_variables` (deprecated) arguments both passed to `backward()`. Please only "
                "use `grad_tensors`."
            )
        grad_tensors = grad_variables
    outputs = _sequence(tensors, "tensors")
    gradients = _gradients(outputs, _one_each(grad_tensors, len(outputs), "grad_tensors"))
    roots = _roots(outputs)
    if retain_graph is None:
        retain_graph = create_graph
    if inputs is None:
        run_backward(roots, gradients, retain_graph, create_graph, None, True)
        return
    inputs = _sequence(inputs, "inputs")
    if not inputs:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    wanted = _places_of(inputs)
    results = run_backward(roots, gradients, retain_graph, create_graph, wanted, True)
    for x, g in zip(inputs, results, strict=True):
        # Leaves got theirs from the pass, and so did those that retain it.
        if g is not None and isinstance(x, Tensor) and not x.is_leaf and not x.retains_grad:
            add_to_grad(x, g if create_graph else g.detach())


def grad(
    outputs, inputs, grad_outputs=None, retain_graph: bool = None, create_graph: bool = False, only_inputs: bool = True,
    allow_unused: bool = None, is_grads_batched: bool = False, materialize_grads: bool = False,
) -> tuple[Tensor, ...]:  # fmt: skip
    """The gradients of `outputs` with respect to `inputs`, a tuple; no `.grad` changes.

    Args:
        outputs: a tensor or several.
        inputs: tensors, or `GradientEdge`s, anywhere in the graph.
        grad_outputs: for each output, its gradient (the vector in the vector-Jacobian product); None for a scalar means
            1.
        retain_graph: keep what the graph saved, for another pass. Defaults to `create_graph`.
        create_graph: record the pass, so that its results can be differentiated again.
        allow_unused: give None for an input that the outputs do not depend on, rather than an error.
        is_grads_batched: the first dimension of each of `grad_outputs` counts vectors, all of which are multiplied.
        materialize_grads: give zeros for an input that the outputs do not depend on.

    Raises:
        RuntimeError: as for `backward`; an input that requires no gradient; an unused input.
        ValueError: `materialize_grads` together with `allow_unused=False`.

    >>> import wengert as t
    >>> x = t.tensor(3.0, requires_grad=True)
    >>> g, = t.autograd.grad(x**3, x, create_graph=True)
    >>> g, t.autograd.grad(g, x)
    (tensor(27., grad_fn=<MulBackward0>), (tensor(18.),))
    """
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False."
        )
    if not only_inputs:
        import warnings

        warnings.warn(
            "only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate gradient for "
            "other parts of the graph, please use torch.autograd.backward.",
            FutureWarning,
            stacklevel=2,
        )
    if allow_unused is None:
        allow_unused = materialize_grads
    if retain_graph is None:
        retain_graph = create_graph
    outputs = _sequence(outputs, "outputs")
    inputs = _sequence(inputs, "inputs")
    if not inputs:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    wanted = _places_of(inputs)
    given = _one_each(grad_outputs, len(outputs), "grad_outputs")
    if is_grads_batched:
        results = _batched(outputs, given, wanted, retain_graph, create_graph)
    else:
        gradients = _gradients(outputs, given)
        results = run_backward(_roots(outputs), gradients, retain_graph, create_graph, wanted, False)
    for i, g in enumerate(results):
        if g is None and not allow_unused:
            raise RuntimeError(
                f"The differentiated Tensor at index {i} appears to not have been used in the graph. Set "
                "allow_unused=True if this is the desired behavior.\n  It then gets None; materialize_grads=True gives "
                "zeros."
            )
        if g is None and materialize_grads:
            x = inputs[i].kind if isinstance(inputs[i], GradientEdge) else inputs[i]
            if x is None:
                raise RuntimeError(f"inputs[{i}] is a GradientEdge made by hand: zeros for it would have no shape")
            results[i] = x.detach().new_zeros(tuple(x.shape))
    return tuple(results)


def _batched(outputs, given, wanted, retain_graph, create_graph) -> list:
    from ..func.vectorize import plain_vmap

    _check_batched(outputs, given)
    reached: list = []
    present = [v for v in given if v is not None]

    def one(*vectors):
        vectors = iter(vectors)
        gradients = _gradients(outputs, [None if v is None else next(vectors) for v in given])
        found = run_backward(_roots(outputs), gradients, retain_graph, create_graph, wanted, False)
        reached[:] = [g is not None for g in found]
        return tuple([g for g in found if g is not None])

    results = list(plain_vmap(one)(*present))
    return [results.pop(0) if here else None for here in reached]


def _check_batched(outputs: list, given: list) -> None:
    if all([v is None for v in given]):
        raise RuntimeError("is_grads_batched=True needs grad_outputs: their first dimension counts the vectors")
    for i, (y, v) in enumerate(zip(outputs, given, strict=True)):
        if v is None or not isinstance(v, Tensor):
            continue
        x = y.kind if isinstance(y, GradientEdge) else y
        if x is not None and (not v.ndim or tuple(v.shape[1:]) != tuple(x.shape)):
            raise RuntimeError(
                "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the batch "
                "dimension. The sizes of the remaining dimensions are expected to match the shape of corresponding "
                f"output, but a mismatch was detected: grad_output[{i}] has a shape of {v.shape} and output[{i}] has a "
                f"shape of {x.shape}. If you only want some tensors in `grad_output` to be considered batched, "
                "consider using vmap."
            )


def _sequence(x, name: str) -> list:
    if isinstance(x, (Tensor, GradientEdge)):
        return [x]
    try:
        return list(x)
    except TypeError:
        raise TypeError(f"expected a Tensor or a sequence of them for {name}, got {type(x).__name__}") from None


def _one_each(gradients, count: int, name: str) -> list:
    if gradients is None:
        return [None] * count
    if isinstance(gradients, Tensor):
        gradients = [gradients]
    gradients = list(gradients)
    for g in gradients:
        if g is not None and not isinstance(g, Tensor):
            raise TypeError(f"gradients can be either Tensors or None, but got {type(g).__name__}")
    if len(gradients) != count:
        raise RuntimeError(
            f"got {count} tensors and {len(gradients)} gradients: {name} must have one for each tensor, or None"
        )
    return gradients


def _roots(outputs: list) -> list:
    roots = []
    for i, y in enumerate(outputs):
        if isinstance(y, GradientEdge):
            roots.append((y.node, y.output_nr))
            continue
        if not isinstance(y, Tensor):
            raise TypeError(f"element {i} of tensors must be a Tensor, not {type(y).__name__}")
        node, output_number = edge_for(y)
        if node is None:
            raise RuntimeError(
                f"element {i} of tensors does not require grad and does not have a grad_fn: nothing that it was made "
                "from requires a gradient, or it was made under no_grad()"
            )
        roots.append((node, output_number))
    return roots


def _places_of(inputs: list) -> list:
    places = []
    for i, x in enumerate(inputs):
        if isinstance(x, GradientEdge):
            places.append((x.node, x.output_nr))
            continue
        if not isinstance(x, Tensor):
            raise TypeError(f"element {i} of inputs must be a Tensor, not {type(x).__name__}")
        node, output_number = edge_for(x)
        if node is None:
            raise RuntimeError(f"One of the differentiated Tensors does not require grad: it is inputs[{i}]")
        places.append((node, output_number))
    return places


def _gradients(outputs: list, given) -> list:
    """The vector for each output: checked, converted to its type, or the 1 that a scalar stands for."""
    gradients = []
    for i, (y, g) in enumerate(zip(outputs, given, strict=True)):
        in_graph = isinstance(y, GradientEdge) or isinstance(y, Tensor) and y.requires_grad
        if isinstance(y, GradientEdge):
            if y.kind is not None:
                y = y.kind
            elif g is None:
                raise RuntimeError(
                    f"element {i} of tensors is a GradientEdge made by hand, whose shape is unknown: give its gradient"
                )
            else:
                gradients.append(g)
                continue
        if not isinstance(y, Tensor):
            raise TypeError(f"element {i} of tensors must be a Tensor, not {type(y).__name__}")
        if g is None:
            gradients.append(_implied(y, in_graph))
            continue
        if not isinstance(g, Tensor):
            raise TypeError(f"gradients can be either Tensors or None, but got {type(g).__name__}")
        if tuple(g.shape) != tuple(y.shape):
            raise RuntimeError(
                f"Mismatch in shape: grad_output[{i}] has a shape of {g.shape} and output[{i}] has a shape of "
                f"{y.shape}."
            )
        if g.dtype is not y.dtype:
            if g.dtype.is_complex != y.dtype.is_complex:
                raise RuntimeError(
                    "For complex Tensors, both grad_output and output are required to have the same dtype. Mismatch in "
                    f"dtype: grad_output[{i}] has a dtype of {g.dtype} and output[{i}] has a dtype of {y.dtype}."
                )
            if not g.dtype.is_floating_point:
                raise RuntimeError(
                    f"Expected a gradient of floating point type, but grad_output[{i}] has a dtype of {g.dtype}; "
                    f"output[{i}] has a dtype of {y.dtype}."
                )
            g = g.to(y.dtype)
        gradients.append(levels.lifted(g, y) if y._level else g)
    return gradients


def _implied(y: Tensor, in_graph: bool):
    if in_graph:
        if y.numel() != 1:
            scalar_only(tuple(y.shape))
        if y.dtype.is_complex:
            raise RuntimeError(f"grad can be implicitly created only for real scalar outputs but got {y.dtype}")
    if y._level:
        return levels.lifted(levels.zeros_like(y) + 1.0, y)
    one = y.array.copy()
    one.fill(1)
    return from_array(one)


def _tensor_backward(self, gradient=None, retain_graph=None, create_graph=False, inputs=None) -> None:
    """Add the gradients of this tensor to the `.grad` of the leaves it was made from.

    Args:
        gradient: the gradient of this tensor, of its shape; may be left out if that has one element.
        retain_graph: keep what the graph saved, for another pass. Defaults to `create_graph`.
        create_graph: record the pass, so that its results can be differentiated again.
        inputs: accumulate into these tensors only.

    Raises:
        RuntimeError: as for `wengert.autograd.backward`.

    >>> import wengert as t
    >>> x = t.tensor([1.0, 2.0], requires_grad=True)
    >>> (3 * x).backward(t.tensor([1.0, 10.0]))
    >>> x.grad
    tensor([ 3., 30.])
    """
    if inputs is None and not create_graph and backward_plainly(self, gradient, bool(retain_graph)):
        return
    backward(self, gradient, retain_graph, create_graph, inputs=inputs)


_tensor_backward.__name__ = _tensor_backward.__qualname__ = "backward"
bind_method("backward", _tensor_backward)
