"""Products with Jacobians and Hessians of a function at a point, and those matrices themselves.

Design
  A. Functions here take and return tensors or tuples of tensors, never other trees; `wengert.func` has the same
     derivatives as functions of functions, and composes.
  B. Each input is replaced by a tensor made for the call, so that a tensor which is an input and is captured by the
     function as well counts as two: only the input is differentiated. Where `create_graph` is false, results have no
     history.
  C. `strict` refuses a derivative that is zero because nothing depends on the input, which is often a mistake; without
     it zeros come back.
"""

from ..core import Tensor, edge_for, run_backward
from ..core.modes import is_grad_enabled
from ..ops import levels
from .backward import _gradients
from .grad_mode import enable_grad, set_grad_enabled

# ------------------------------------------------------------------------------------------------ in and out


def _tupled(given, argument: str, name: str) -> tuple:
    """(whether `given` was a tuple, `given` as a tuple of tensors)."""
    if isinstance(given, tuple):
        for i, x in enumerate(given):
            if not isinstance(x, Tensor):
                raise TypeError(
                    f"The {argument} given to {name} must be either a Tensor or a tuple of Tensors but the value at "
                    f"index {i} has type {type(x)}."
                )
        return True, given
    if not isinstance(given, Tensor):
        raise TypeError(
            f"The {argument} given to {name} must be either a Tensor or a tuple of Tensors but the given {argument} "
            f"has type {type(given)}."
        )
    return False, (given,)


def _made_for_the_call(tensors: tuple, create_graph: bool, differentiated: bool) -> tuple:
    """A tensor in place of each: part of its graph if that is wanted and there is one, else a leaf."""
    return tuple([
        x.view_as(x) if create_graph and x.requires_grad else x.detach().requires_grad_(differentiated)
        for x in tensors
    ])  # fmt: skip


def _handed_out(tensors: tuple, several: bool, create_graph: bool):
    """A tuple of results, or the one that it holds, with history only if `create_graph`."""
    kept = tensors if create_graph else tuple([x.detach() for x in tensors])
    return kept if several else kept[0]


def _checked_outputs(func, inputs: tuple, name: str, strict: bool) -> tuple[bool, tuple]:
    several, outputs = _tupled(func(*inputs), "outputs of the user-provided function", name)
    if strict:
        _check_outputs_require_grad(outputs)
    return several, outputs


def _check_outputs_require_grad(outputs: tuple) -> None:
    for i, y in enumerate(outputs):
        if not y.requires_grad:
            raise RuntimeError(
                f"Output {i} of the user-provided function does not require gradients. The outputs must be computed in "
                "a differentiable manner from the input when running in strict mode."
            )


def _one_number(several: bool, outputs: tuple, name: str) -> Tensor:
    """The one output of a function of which a Hessian is asked, which has one element."""
    if several:
        raise RuntimeError(f"The function given to {name} should return a single Tensor")
    if outputs[0].numel() != 1:
        raise RuntimeError(
            f"The Tensor returned by the function given to {name} should contain a single element, but it has shape "
            f"{tuple(outputs[0].shape)}"
        )
    return outputs[0]


def _vector(v, like: tuple, several: bool, name: str, of: str, create_graph: bool):
    """The vector to multiply, checked against what it must be shaped like; None if that is one element and v is left
    out."""
    if v is None:
        if len(like) != 1 or like[0].numel() != 1:
            raise RuntimeError(
                f"The vector v can only be None if {of} a single Tensor with a single element."
            )  # fmt: skip
        return None
    _, v = _tupled(v, "v", name)
    v = _made_for_the_call(v, create_graph, False)
    if len(v) != len(like):
        if several:
            raise RuntimeError(f"v is a tuple of invalid length: should be {len(like)} but got {len(v)}.")
        raise RuntimeError("The given v should contain a single Tensor.")
    for i, (given, wanted) in enumerate(zip(v, like, strict=True)):
        if tuple(given.shape) != tuple(wanted.shape):
            entry = f"Entry {i} in " if several else ""
            raise RuntimeError(f"{entry}v has invalid size: should be {wanted.shape} but got {given.shape}.")
    return v


_OF_OUTPUT = "the user-provided function returns"
_OF_INPUT = "the input to the user-provided function is"


# ------------------------------------------------------------------------------------------------ passes


def _pulled_back(outputs: tuple, inputs: tuple, cotangents, create_graph: bool, keep_graph: bool = None) -> list:
    """The gradients of the inputs, None where nothing arrives. Outputs that are None or need no gradient are left
    out."""
    cotangents = cotangents or (None,) * len(outputs)
    pairs = [(y, g) for y, g in zip(outputs, cotangents, strict=True) if y is not None and y.requires_grad]
    if not pairs:
        return [None] * len(inputs)
    return run_backward(
        [edge_for(y) for y, _ in pairs], _gradients([y for y, _ in pairs], [g for _, g in pairs]),
        create_graph if keep_graph is None else keep_graph, create_graph, [edge_for(x) for x in inputs], False,
    )  # fmt: skip


def _zeros_for_none(gradients: list, like: tuple, strict: bool, create_graph: bool, errors: tuple) -> tuple:
    """Gradients with zeros where there was none. In strict mode those are errors: `errors` are the one for an absent
    gradient and the one for a gradient without history although `create_graph` asks for it, given its number."""
    filled = []
    for i, g in enumerate(gradients):
        if g is None:
            if strict:
                raise RuntimeError(errors[0](i))
            g = _zeros(like[i])
        elif strict and create_graph and not g.requires_grad:
            raise RuntimeError(errors[1](i))
        filled.append(g)
    return tuple(filled)


def _zeros(x: Tensor, requires_grad: bool = False) -> Tensor:
    from ..ops.creation import zeros_like

    return zeros_like(x, requires_grad=requires_grad)


def _independent_output(i: int) -> str:
    return (
        f"The output of the user-provided function is independent of input {i}. This is not allowed in strict mode."
    )


def _independent_jacobian(i: int) -> str:
    return (
        f"The jacobian of the user-provided function is independent of input {i}. This is not allowed in strict mode "
        "when create_graph=True."
    )


def _independent_hessian(i: int) -> str:
    return (
        f"The hessian of the user-provided function is independent of input {i}. This is not allowed in strict mode "
        "when create_graph=True."
    )


def _zero_hessian(i: int) -> str:
    return (
        f"The jacobian of the user-provided function is independent of input {i}. This is not allowed in strict mode."
    )


def _independent_cotangent(i: int) -> str:
    return (
        f"The gradient with respect to the input is independent of entry {i} in the grad_outputs when using the double "
        "backward trick to compute forward mode gradients. This is not allowed in strict mode."
    )


def _independent_tangent(i: int) -> str:
    return (
        f"The hessian of the user-provided function is independent of entry {i} in the grad_jacobian. This is not "
        "allowed in strict mode as it prevents from using the double backward trick to replace forward mode AD."
    )


# ------------------------------------------------------------------------------------------------ products


def vjp(func, inputs, v=None, create_graph: bool = False, strict: bool = False) -> tuple:
    """The value of `func` and the product of a vector with its Jacobian, v^T J: one reverse pass.

    Args:
        func: a function of tensors that returns a tensor or a tuple of tensors.
        inputs: its arguments, a tensor or a tuple of them.
        v: of the output's structure and shapes; may be left out if the output is one element.
        create_graph: the results can be differentiated.
        strict: refuse an input that no output depends on, rather than return zeros for it.

    Returns:
        (output, product); the product has the structure and shapes of `inputs`.

    Raises:
        TypeError: inputs, outputs or v that are not tensors. RuntimeError: v of another shape; what `strict` refuses.

    >>> import wengert as t
    >>> t.autograd.functional.vjp(lambda x: x * x, t.tensor([1.0, 2.0]), t.tensor([1.0, 10.0]))
    (tensor([1., 4.]), tensor([ 2., 40.]))
    """
    with enable_grad():
        several_inputs, inputs = _tupled(inputs, "inputs", "vjp")
        inputs = _made_for_the_call(inputs, create_graph, True)
        several, outputs = _checked_outputs(func, inputs, "vjp", strict)
        v = _vector(v, outputs, several, "vjp", _OF_OUTPUT, create_graph)
    with set_grad_enabled(create_graph or is_grad_enabled()):
        found = _pulled_back(outputs, inputs, v, create_graph)
        product = _zeros_for_none(found, inputs, strict, create_graph, (_independent_output, _independent_jacobian))
    return _handed_out(outputs, several, create_graph), _handed_out(product, several_inputs, create_graph)


def jvp(func, inputs, v=None, create_graph: bool = False, strict: bool = False) -> tuple:
    """The value of `func` and the product of its Jacobian with a vector, J v.

    u -> J^T u is linear in u, so its own reverse pass is v -> J v: two reverse passes (J. Townsend, "A new trick for
    calculating Jacobian vector products", 2017). `func.jvp` and `forward_ad` need no graph.

    Args:
        func: a function of tensors that returns a tensor or a tuple of tensors.
        inputs: its arguments, a tensor or a tuple of them.
        v: of the structure and shapes of `inputs`; may be left out if they are one element.
        create_graph: the results can be differentiated.
        strict: refuse an output that depends on no input, rather than return zeros for it.

    Returns:
        (output, product), both of the output's structure and shapes.

    Raises:
        TypeError: inputs, outputs or v that are not tensors. RuntimeError: v of another shape; what `strict` refuses.

    >>> import wengert as t
    >>> t.autograd.functional.jvp(lambda x: x * x, t.tensor([1.0, 2.0]), t.tensor([1.0, 10.0]))
    (tensor([1., 4.]), tensor([ 2., 40.]))
    """
    with enable_grad():
        several_inputs, inputs = _tupled(inputs, "inputs", "jvp")
        inputs = _made_for_the_call(inputs, create_graph, True)
        v = _vector(v, inputs, several_inputs, "jvp", _OF_INPUT, create_graph)
        several, outputs = _checked_outputs(func, inputs, "jvp", strict)
        # The pullback is linear in its cotangents, so their values count for nothing.
        seeds = tuple([_zeros(y, requires_grad=True) for y in outputs])
        pulled = _pulled_back(outputs, inputs, seeds, True)
        if strict:
            _check_gradients_depend(pulled)
    with set_grad_enabled(create_graph or is_grad_enabled()):
        found = _pulled_back(tuple(pulled), seeds, v, create_graph)
        product = _zeros_for_none(found, outputs, strict, create_graph, (_independent_cotangent, _independent_jacobian))
    return _handed_out(outputs, several, create_graph), _handed_out(product, several, create_graph)


def _check_gradients_depend(gradients: list) -> None:
    for i, g in enumerate(gradients):
        if g is None:
            raise RuntimeError(_independent_output(i))
        if not g.requires_grad:
            raise RuntimeError(
                f"The gradient with respect to input {i} is independent of the inputs of the user-provided function. "
                "This is not allowed in strict mode."
            )


def vhp(func, inputs, v=None, create_graph: bool = False, strict: bool = False) -> tuple:
    """The value of `func`, one number, and the product of a vector with its Hessian, v^T H: reverse over reverse.

    Args:
        func: a function of tensors that returns a tensor of one element.
        inputs: its arguments, a tensor or a tuple of them.
        v: of the structure and shapes of `inputs`; may be left out if they are one element.
        create_graph: the results can be differentiated.
        strict: refuse an input that the gradient does not depend on, rather than return zeros for it.

    Returns:
        (output, product); the product has the structure and shapes of `inputs`.

    Raises:
        TypeError: inputs, outputs or v that are not tensors. RuntimeError: an output of several elements; v of another
            shape; what `strict` refuses.

    >>> import wengert as t
    >>> t.autograd.functional.vhp(lambda x: (x**3).sum(), t.tensor([1.0, 2.0]), t.tensor([1.0, 1.0]))
    (tensor(9.), tensor([ 6., 12.]))
    """
    several_inputs, inputs, v, output, gradient = _gradient_of("vhp", func, inputs, v, create_graph, strict)
    with set_grad_enabled(create_graph or is_grad_enabled()):
        found = _pulled_back(gradient, inputs, v, create_graph)
        product = _zeros_for_none(found, inputs, strict, create_graph, (_zero_hessian, _independent_hessian))
    return _handed_out((output,), False, create_graph), _handed_out(product, several_inputs, create_graph)


def hvp(func, inputs, v=None, create_graph: bool = False, strict: bool = False) -> tuple:
    """The value of `func`, one number, and the product of its Hessian with a vector, H v.

    Where the second derivatives are continuous H is symmetric, and `vhp`, which takes one pass less, gives the same.

    Args:
        func: a function of tensors that returns a tensor of one element.
        inputs: its arguments, a tensor or a tuple of them.
        v: of the structure and shapes of `inputs`; may be left out if they are one element.
        create_graph: the results can be differentiated.
        strict: refuse an input that the gradient does not depend on, rather than return zeros for it.

    Returns:
        (output, product); the product has the structure and shapes of `inputs`.

    Raises:
        TypeError: inputs, outputs or v that are not tensors. RuntimeError: an output of several elements; v of another
            shape; what `strict` refuses.

    >>> import wengert as t
    >>> t.autograd.functional.hvp(lambda x: (x**3).sum(), t.tensor([1.0, 2.0]), t.tensor([1.0, 1.0]))
    (tensor(9.), tensor([ 6., 12.]))
    """
    several_inputs, inputs, v, output, gradient = _gradient_of("hvp", func, inputs, v, create_graph, strict)
    with enable_grad():
        seeds = tuple([_zeros(x, requires_grad=True) for x in inputs])
        pulled = _pulled_back(gradient, inputs, seeds, True)
    with set_grad_enabled(create_graph or is_grad_enabled()):
        found = _pulled_back(tuple(pulled), seeds, v, create_graph)
        product = _zeros_for_none(found, inputs, strict, create_graph, (_independent_tangent, _independent_hessian))
    return _handed_out((output,), False, create_graph), _handed_out(product, several_inputs, create_graph)


def _gradient_of(name: str, func, inputs, v, create_graph: bool, strict: bool) -> tuple:
    """The gradient of a function of one number, recorded, and what it was made from."""
    with enable_grad():
        several_inputs, inputs = _tupled(inputs, "inputs", name)
        inputs = _made_for_the_call(inputs, create_graph, True)
        v = _vector(v, inputs, several_inputs, name, _OF_INPUT, create_graph)
        output = _one_number(*_checked_outputs(func, inputs, name, strict), name)
        gradient = tuple(_pulled_back((output,), inputs, None, True))
        if strict:
            _check_jacobian_depends(gradient)
    return several_inputs, inputs, v, output, gradient


def _check_jacobian_depends(jacobian: tuple) -> None:
    for i, g in enumerate(jacobian):
        if g is None:
            raise RuntimeError(_independent_output(i))
        if not g.requires_grad:
            raise RuntimeError(
                "While computing the hessian, found that the jacobian of the user-provided function with respect to "
                f"input {i} is independent of the input. This is not allowed in strict mode. You should ensure that "
                "your function is twice differentiable and that the jacobian depends on the inputs (this would be "
                "violated by a linear function for example)."
            )


# ------------------------------------------------------------------------------------------------ matrices


def jacobian(
    func, inputs, create_graph: bool = False, strict: bool = False, vectorize: bool = False,
    strategy: str = "reverse-mode",
):  # fmt: skip
    """The Jacobian of `func`: for an output of shape (*out) and an input of shape (*in), a tensor (*out, *in).

    Args:
        func: a function of tensors that returns a tensor or a tuple of tensors.
        inputs: its arguments, a tensor or a tuple of them.
        create_graph: the result can be differentiated.
        strict: refuse an input that an output does not depend on, rather than return zeros for it.
        vectorize: all rows in one pass under `vmap`, rather than a pass for each.
        strategy: "reverse-mode", a pass for each element of the outputs; or "forward-mode", one for each element of
            the inputs, which takes `vectorize`.

    Returns:
        a tensor for one input and one output; otherwise a tuple over outputs, inputs, or tuples over inputs in a tuple
        over outputs.

    Raises:
        TypeError: inputs or outputs that are not tensors. RuntimeError: what `strict` refuses; `strict` with
            `vectorize` or forward mode. NotImplementedError: forward mode with `create_graph` or without `vectorize`.
            AssertionError: another strategy.

    >>> import wengert as t
    >>> t.autograd.functional.jacobian(lambda x: x * x, t.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    _check_strategy(
        strategy,
        'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more outputs than '
        'inputs, "forward-mode" tends to be more performant. Otherwise, prefer to use "reverse-mode".',
    )
    if strategy == "forward-mode":
        return _by_forward_mode(func, inputs, create_graph, strict, vectorize)
    with enable_grad():
        several_inputs, inputs = _tupled(inputs, "inputs", "jacobian")
        inputs = _made_for_the_call(inputs, create_graph, True)
        several, outputs = _checked_outputs(func, inputs, "jacobian", strict)
        if vectorize and strict:
            raise RuntimeError(
                "torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not supported together. "
                "Please either set `strict=False` or `vectorize=False`."
            )
        rows = _all_rows(outputs, inputs, create_graph) if vectorize else [
            _rows(i, y, inputs, create_graph, strict) for i, y in enumerate(outputs)
        ]  # fmt: skip
    found = [_handed_out(blocks, several_inputs, create_graph) for blocks in rows]
    return tuple(found) if several else found[0]


def _check_strategy(strategy: str, message: str) -> None:
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(message)


def _rows(number: int, y: Tensor, inputs: tuple, create_graph: bool, strict: bool) -> tuple:
    """The blocks of one output's Jacobian, one (*out, *in) for each input, by a pass for each row."""
    from ..ops.shape import stack

    rows: list = []
    for element in y.reshape(-1):
        found = _pulled_back((element,), inputs, None, create_graph, keep_graph=True)
        if strict:
            _check_row(number, found, create_graph)
        rows.append([_zeros(x) if g is None else g for g, x in zip(found, inputs, strict=True)])
    return tuple([
        stack([row[k] for row in rows]).reshape((*y.shape, *x.shape)) if rows else x.new_zeros((*y.shape, *x.shape))
        for k, x in enumerate(inputs)
    ])  # fmt: skip


def _check_row(number: int, gradients: list, create_graph: bool) -> None:
    for k, g in enumerate(gradients):
        if g is None:
            raise RuntimeError(
                f"Output {number} of the user-provided function is independent of input {k}. This is not allowed in "
                "strict mode."
            )
        if create_graph and not g.requires_grad:
            raise RuntimeError(
                f"The jacobian of the user-provided function is independent of input {k}. This is not allowed in "
                "strict mode when create_graph=True."
            )


def _all_rows(outputs: tuple, inputs: tuple, create_graph: bool) -> list:
    """The blocks of every output's Jacobian, by one pass under `vmap`."""
    from ..func.transforms import basis
    from ..func.vectorize import plain_vmap

    def row(*vectors):
        found = _pulled_back(outputs, inputs, vectors, create_graph, keep_graph=True)
        return tuple([_zeros(x) if g is None else g for g, x in zip(found, inputs, strict=True)])

    lengths = [y.numel() for y in outputs]
    columns = [x.split(lengths, 0) for x in plain_vmap(row)(*basis(list(outputs), sum(lengths)))]
    return [
        tuple([column[i].reshape((*y.shape, *x.shape)) for column, x in zip(columns, inputs, strict=True)])
        for i, y in enumerate(outputs)
    ]


def _by_forward_mode(func, inputs, create_graph: bool, strict: bool, vectorize: bool):
    for given, name in ((create_graph, "create_graph"), (strict, "strict")):
        if given:
            kind = NotImplementedError if name == "create_graph" else RuntimeError
            raise kind(
                f'torch.autograd.functional.jacobian: `{name}=True` and `strategy="forward-mode"` are not supported '
                f'together (yet). Please either set `{name}=False` or `strategy="reverse-mode"`.'
            )
    several_inputs, inputs = _tupled(inputs, "inputs", "jacobian")
    if not vectorize:
        raise NotImplementedError(
            "Computing Jacobian using forward-AD or forward-over-reverse Hessian is only implemented for "
            "`vectorize=True`."
        )
    from ..func.transforms import jacfwd

    structure: list = []
    outside = levels.no_transform()

    def checked(*xs):
        with outside:
            several, outputs = _tupled(func(*xs), "outputs of the user-provided function", "jacobian")
        structure[:] = [several]
        return outputs

    blocks = jacfwd(checked, argnums=tuple(range(len(inputs))))(*inputs)
    found = [block if several_inputs else block[0] for block in blocks]
    return tuple(found) if structure[0] else found[0]


def hessian(
    func, inputs, create_graph: bool = False, strict: bool = False, vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
):  # fmt: skip
    """The Hessian of `func`, one number: for inputs of shapes (*a) and (*b), a tensor (*a, *b).

    Args:
        func: a function of tensors that returns a tensor of one element.
        inputs: its arguments, a tensor or a tuple of them.
        create_graph: the result can be differentiated.
        strict: refuse an input that the gradient does not depend on, rather than return zeros for it.
        vectorize: all rows in one pass under `vmap`, rather than a pass for each.
        outer_jacobian_strategy: how the Jacobian of the gradient is had, "reverse-mode" or, with `vectorize`,
            "forward-mode".

    Returns:
        a tensor for one input, otherwise tuples over inputs in a tuple over inputs.

    Raises:
        as `jacobian`; RuntimeError: an output of several elements.

    >>> import wengert as t
    >>> t.autograd.functional.hessian(lambda x: (x**3).sum(), t.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    several_inputs, inputs = _tupled(inputs, "inputs", "hessian")
    _check_strategy(outer_jacobian_strategy, 'Expected strategy to be either "forward-mode" or "reverse-mode".')
    forward = outer_jacobian_strategy == "forward-mode"

    def number(*xs):
        return _one_number(*_checked_outputs(func, xs, "hessian", strict), "hessian").reshape(())

    def gradient(*xs):
        if forward:
            from ..func.transforms import grad

            outside = levels.no_transform()

            def inside(*xs):
                with outside:
                    return number(*xs)

            return grad(inside, argnums=tuple(range(len(xs))))(*xs)
        found = jacobian(number, xs, create_graph=True)
        if strict:
            _check_jacobian_depends(found)
        return found

    found = jacobian(gradient, inputs, create_graph, strict, vectorize, outer_jacobian_strategy)
    return found if several_inputs else found[0][0]


__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]


def __dir__():
    return sorted(__all__)
