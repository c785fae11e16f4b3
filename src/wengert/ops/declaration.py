"""How an operation is declared: a signature, a forward on arrays, and one rule per differentiable input.

    exp = elementwise(
        "exp(input)", forward="exp",
        input=lambda t, out: t * out,
    )

Inputs are the names that have a rule; `None` for a rule says "a tensor, but not differentiable". Reverse mode, double
backward, forward mode, `vmap`, `out=`, the in-place form, the method, the NumPy protocol, stubs, tests and the
documentation follow. In a rule `t` is a tangent or a cotangent, `g` a cotangent; the other names are bound to inputs,
parameters, the result (`out`) and shapes (`<input>_shape`), and exactly what is named is saved.
"""

import numpy

from ..core import Operation, bind_method, bind_operator
from ..core.errors import type_word
from ..core.registry import own_name, publish, register
from ..core.writing import check_writable

IN_PLACE_OPERATORS = {
    "__add__": "__iadd__", "__sub__": "__isub__", "__mul__": "__imul__", "__truediv__": "__itruediv__",
    "__pow__": "__ipow__", "__matmul__": "__imatmul__", "__floordiv__": "__ifloordiv__", "__mod__": "__imod__",
    "__and__": "__iand__", "__or__": "__ior__", "__xor__": "__ixor__", "__lshift__": "__ilshift__",
    "__rshift__": "__irshift__",
}  # fmt: skip


def elementwise(
    signature: str, *, forward, operator: str = None, in_place: bool | str | None = None, method: bool = None,
    public: bool = True, methods: tuple = (), aliases: tuple = (), numpy_functions: tuple = (), ufunc=None,
    rewrites: dict = None, promoted: tuple = None, floating: bool = False, node_name: str = None, jvp=None,
    scalar_forms: dict = None, complex=None, integers=None, check=None, writes=None, takes_bfloat16: bool = False,
    exact_numbers: bool = False, in_single: bool = False,
    doc: str = "", **rules,
) -> Operation:  # fmt: skip
    """Declare an operation whose result at an index depends on its inputs at that index only.

    Inputs are broadcast and promoted. The Jacobian is diagonal, so one rule per input, `t` times the partial
    derivative, serves reverse mode and forward mode.

    Args:
        signature: "name(input, other, parameter=default)"; a name with dots stands in a namespace, "linalg.inv(input)".
        forward: the name of a NumPy ufunc, or a function on arrays.
        operator: the operator method that it carries, "__mul__".
        in_place: whether `name_` exists (yes, unless the name has dots); "internal" if it is only reached by the
            operation's `in_place`; "public" if it stands in the namespace too, as
            that of an operation of one input does; "copy" if it writes the result as `copy_` would, whatever its type.
        method, methods: whether it is a tensor method (yes, unless the name has dots), and under which further names.
        public: whether `wengert.name` exists, rather than the method or the derivative of another operation only.
        aliases: further public names, "absolute" or, in a namespace, "special.expit". One without dots is a method too,
            unless `method` is False, and has an in-place form if the operation has one.
        numpy_functions: NumPy functions that call it on tensors; a forward that is a ufunc needs no mention.
        ufunc: the ufunc that calls it, beside the forward if that is one; SciPy's by name, "scipy.special.erf".
        rewrites: extra keywords, each with a function that expresses the call that has it.
        promoted: which inputs share a common type (all of them).
        floating: integers become floats although the ufunc has integer loops.
        jvp: the tangent of the result, where that is not the sum over inputs of the rules.
        scalar_forms: for some values of a second operand that is a Python number, the ufunc of the first that does the
            same.
        complex: the function on arrays that computes complex operands where the forward cannot, or what `refused` made.
        integers: the function on arrays that computes integers and booleans where the forward would not do as PyTorch
            does. Without it, integers become floats where the ufunc has no loops for them.
        check: a function (arrays) of the operands as they are before promotion, that raises for types to be refused.
            Operands that the direct loops take are not seen by it.
        writes: as that of `linear`.
        takes_bfloat16: the forward is given bfloat16 as it is, not float32 in its place.
        exact_numbers: a number beside a tensor of float16 or bfloat16 is not rounded to that type.
        in_single: float16 is computed in float32 and rounded once, as bfloat16 always is.
        doc: what it computes, with the formula.

    A rule is written for numbers, real or complex, as long as the operation is holomorphic: in a backward pass through
    complex numbers the engine hands it the conjugated cotangent and conjugates its answer. What is not holomorphic
    (`abs`, `angle`, `conj`) has a `jvp=` beside its rules, or rules that are real-linear in t.

    >>> import wengert as t
    >>> cube = t.library.elementwise(
    ...     "cube_of_help(input)", forward=lambda x: x**3, method=False, public=False,
    ...     input=lambda t, input: t * (3.0 * input * input),
    ... )
    >>> x = t.tensor(2.0, requires_grad=True)
    >>> t.autograd.grad(cube(x), x)
    (tensor(12.),)
    """
    return _declare(
        "elementwise", signature, forward, rules, operator=operator, in_place=in_place, method=method, public=public,
        methods=methods, aliases=aliases, numpy_functions=numpy_functions, ufunc=ufunc, rewrites=rewrites,
        promoted=promoted,
        complex_forward=complex, integer_forward=integers, takes_bfloat16=takes_bfloat16, doc=doc,
        options={
            "floating": floating, "node_name": node_name, "jvp": jvp, "scalar_forms": scalar_forms, "check": check,
            "exact_numbers": exact_numbers, "in_single": in_single,
            "writes": writes,
        },
    )  # fmt: skip


def linear(
    signature: str, *, forward, axes=None, shape=None, batch=None, view=False, takes_list: bool = False, jvp=None,
    operator: str = None, in_place: bool | str = False, method: bool = None, public: bool = True, methods: tuple = (),
    aliases: tuple = (), numpy_functions: tuple = (), rewrites: dict = None, promoted: tuple = None,
    node_name: str = None, canonical=None, part=None, writes=None, takes_bfloat16: bool = False, doc: str = "",
    **rules,
) -> Operation:  # fmt: skip
    """Declare an operation that is linear in all of its differentiable inputs together: the rules are its transpose.

    Forward mode is the operation itself on the tangents. `vmap` shifts the dims that `axes` names and extends the
    shape that `shape` names.

    Args:
        axes: name(s) of parameters that are dims (an int, a tuple of ints or None for all).
        shape: name of a parameter that is a shape of the result.
        in_place: as that of `elementwise`; no unless given.
        batch: "leading" if leading dimensions pass through untouched, "any" if a dimension anywhere does, or a function
            (operation, operands, parameters, in_dims, size) -> (result, out_dim) that computes the whole batch.
            `operands` carry the batch of `size` entries at `in_dims` (None where they carry none); `parameters` are
            those of one entry.
        view: True if the result shares the input's memory, "maybe" if it may be a copy.
        takes_list: the one input is a list of tensors; its rule returns a list of gradients.
        canonical: a function (operands, parameters) -> the same, put in order.
        part: of an operation that returns any number of views, a function (input's shape, parameters, i) -> the
            (operation, parameters) that makes view i alone. The rule is given a tuple of cotangents.
        takes_bfloat16: the forward is given bfloat16 as it is, not float32 in its place (as a view is).
        writes: a function (array, *other operands' arrays, *parameters) by which the in-place form changes its first
            operand's array itself, after every check, rather than computing all of it anew.

    >>> import numpy
    >>> import wengert as t
    >>> reversed_ = t.library.linear(
    ...     "reversed_of_help(input)", forward=lambda x: x[::-1].copy(), method=False, public=False,
    ...     input=lambda g: reversed_(g),
    ... )
    >>> x = t.tensor([1.0, 2.0], requires_grad=True)
    >>> t.autograd.grad(reversed_(x), x, t.tensor([1.0, 0.0]))
    (tensor([0., 1.]),)
    """
    return _declare(
        "linear", signature, forward, rules, operator=operator, in_place=in_place, method=method, public=public,
        methods=methods, aliases=aliases, numpy_functions=numpy_functions, rewrites=rewrites, promoted=promoted,
        doc=doc,
        view=bool(view), takes_list=takes_list, canonical=canonical, part=part, takes_bfloat16=takes_bfloat16,
        options={"axes": _names(axes), "shape": shape, "batch": batch, "may_copy": view == "maybe",
                 "node_name": node_name, "jvp": jvp, "writes": writes},
    )  # fmt: skip


def bilinear(
    signature: str, *, forward, batch=None, operator: str = None, method: bool = None, public: bool = True,
    methods: tuple = (), aliases: tuple = (), numpy_functions: tuple = (), ufunc=None, in_place: bool = False,
    rewrites: dict = None, promoted: tuple = None, node_name: str = None, canonical=None, jvp=None, fallback=None,
    broadcasts: bool = False, doc: str = "", **rules,
) -> Operation:  # fmt: skip
    """Declare an operation that is linear in each of two inputs: the rules are its two adjoints.

    Forward mode is f(tangent, other) + f(input, tangent).

    Args:
        broadcasts: leading dimensions are broadcast, so gradients are reduced back at the graph's edge.
        fallback: the same function written with other operations, from which vmap comes.

    >>> import numpy
    >>> import wengert as t
    >>> outer_of = t.library.bilinear(
    ...     "outer_of_help(input, other)", forward=numpy.outer, method=False, public=False,
    ...     input=lambda g, other: g @ other, other=lambda g, input: input @ g,
    ... )
    >>> x = t.tensor([1.0, 2.0], requires_grad=True)
    >>> t.autograd.grad(outer_of(x, t.tensor([3.0, 4.0])).sum(), x)
    (tensor([7., 7.]),)
    """
    return _declare(
        "bilinear", signature, forward, rules, operator=operator, in_place=in_place, method=method, public=public,
        methods=methods, aliases=aliases, numpy_functions=numpy_functions, ufunc=ufunc, rewrites=rewrites,
        promoted=promoted, doc=doc,
        canonical=canonical, options={"batch": batch, "node_name": node_name, "jvp": jvp, "fallback": fallback},
        broadcasts=broadcasts,
    )  # fmt: skip


def general(
    signature: str, *, forward, axes=None, shape=None, batch=None, symmetric: bool = False, jvp=None, fallback=None,
    outputs: tuple = ("out",), differentiable: tuple = None, takes_list: bool = False, operator: str = None,
    in_place: bool = False, method: bool = None, public: bool = True, methods: tuple = (), aliases: tuple = (),
    numpy_functions: tuple = (), rewrites: dict = None, promoted: tuple = None, node_name: str = None, canonical=None,
    broadcasts: bool = False, takes_bfloat16: bool = False, doc: str = "", **rules,
) -> Operation:  # fmt: skip
    """Declare an operation of no special structure: each rule is a pullback of the cotangent `g`.

    Args:
        symmetric: the Jacobian is symmetric, so the rule serves forward mode too.
        jvp: function (tangents, inputs, out, parameters) -> tangent of the result; tangents are None where zero.
        fallback: the same function written with other operations; every mode but the first reverse pass comes from it.
        outputs: names of the results, where there are several.
        differentiable: those of them that have gradients (all, unless given).
        takes_bfloat16: the forward is given bfloat16 as it is, not float32 in its place.
        broadcasts: leading dimensions are broadcast, so gradients are reduced back at the graph's edge.

    >>> import numpy
    >>> import wengert as t
    >>> norm_of = t.library.general(
    ...     "norm_of_help(input)", forward=lambda x: numpy.sqrt((x * x).sum(keepdims=True).reshape(())),
    ...     method=False, public=False, input=lambda g, input, out: g * input / out,
    ... )
    >>> x = t.tensor([3.0, 4.0], requires_grad=True)
    >>> t.autograd.grad(norm_of(x), x)
    (tensor([0.6000, 0.8000]),)
    """
    return _declare(
        "general", signature, forward, rules, operator=operator, in_place=in_place, method=method, public=public,
        methods=methods, aliases=aliases, numpy_functions=numpy_functions, rewrites=rewrites, promoted=promoted,
        doc=doc, takes_list=takes_list, outputs=outputs, differentiable_outputs=differentiable, canonical=canonical,
        broadcasts=broadcasts,
        takes_bfloat16=takes_bfloat16,
        options={"axes": _names(axes), "shape": shape, "batch": batch, "symmetric": symmetric, "jvp": jvp,
                 "fallback": fallback, "node_name": node_name},
    )  # fmt: skip


def refused(sentence: str, advice: str, error: type = NotImplementedError):
    """For `complex=`: a function that raises `sentence`, in which {type} is PyTorch's word for the operands' type."""

    def refuse(*operands):
        found = next(x.dtype for x in operands if isinstance(x, numpy.ndarray) and x.dtype.kind == "c")
        said = sentence.format(type=type_word(found))
        raise error(f"{said} {advice[:1].upper()}{advice[1:]}." if said.endswith(".") else f"{said}: {advice}")

    return refuse


def without_kernel(kernel: str, advice: str):
    """`refused` in the words that PyTorch has where a kernel, "lt_cpu", knows no complex numbers."""
    return refused(f"\"{kernel}\" not implemented for '{{type}}'", advice)


def _names(names) -> tuple:
    return (names,) if isinstance(names, str) else tuple(names or ())


def _declare(
    kind, signature, forward, rules, *, operator=None, in_place=False, method=None, public=True, methods=(),
    aliases=(), numpy_functions=(), ufunc=None, rewrites=None, promoted=None, doc="", options=None, view=False,
    takes_list=False, outputs=("out",), differentiable_outputs=None, canonical=None, broadcasts=None, part=None,
    complex_forward=None, integer_forward=None, takes_bfloat16=False,
) -> Operation:  # fmt: skip
    if isinstance(forward, str):
        forward = getattr(numpy, forward)
    if isinstance(forward, numpy.ufunc) and not isinstance(ufunc, numpy.ufunc):
        ufunc = (forward,) if ufunc is None else (forward, ufunc)
    # Only what runs as one loop over memory may be a direct ufunc call; matmul and its like have a signature.
    operation = Operation(
        signature, kind, forward, rules, outputs=outputs, differentiable_outputs=differentiable_outputs,
        options={key: value for key, value in (options or {}).items() if value},
        rewrites=rewrites, view=view, takes_list=takes_list, promoted=promoted, canonical=canonical,
        broadcasts=broadcasts, part=part, complex_forward=complex_forward, integer_forward=integer_forward,
        takes_bfloat16=takes_bfloat16, doc=doc,
    )  # fmt: skip
    register(operation, ufunc, numpy_functions, public, aliases)
    form = None
    if in_place == "copy":
        form = _written_by_copy(operation)
    elif in_place or (in_place is None and "." not in operation.name):
        form = operation.set_in_place(own_name(operation.name) + "_")
    published = public and (in_place == "public" or (kind == "elementwise" and len(operation.inputs) == 1))
    # What only other operations call, by `operation.in_place`, is no method.
    bound = None if in_place == "internal" else form
    bind_names(operation, operation.name, bound, method, methods, aliases, operator, published)
    return operation


def _written_by_copy(operation):
    """An in-place form for results that have no derivative and may be of another type: what they replace is cut off."""

    def form(input, *arguments, **keywords):
        result = operation(input, *arguments, **keywords)
        check_writable(result, input, form.__name__)
        return input.copy_(result)

    form.__name__ = form.__qualname__ = operation.name + "_"
    form.__module__ = __name__
    form.__doc__ = (
        f"In-place form of `{operation.name}`: writes the result, converted to the input's type, into the first input "
        "and\nreturns it.\n\n"
        f"Arguments and errors are those of `{operation.name}`. RuntimeError, too, where the result has another shape "
        "than the\ninput, and for a leaf that requires a gradient, outside of `no_grad`."
    )
    return form


def bind_names(
    function, name: str, form, method: bool | None, methods: tuple, aliases: tuple, operator: str | None,
    public_form: bool = False,
):  # fmt: skip
    """Make an operation (or function) and its in-place form, if it has one, methods and operators of tensors.

    `public_form` puts the in-place form, which otherwise is a method, into the namespace too.
    """
    plain = "." not in name
    own = [own_name(name)] if method or (method is None and plain) else []
    further = [] if method is False else [alias for alias in aliases if "." not in alias]
    for entered in (*own, *methods, *further):
        bind_method(entered, function)
    if operator:
        bind_operator(operator, function)
    if form is None:
        return
    if not plain:
        publish(name + "_", form)
    elif public_form:
        publish(name + "_", form, tuple([alias + "_" for alias in further]))
    for entered in dict.fromkeys((*([name] if plain else own), *further)):
        bind_method(entered + "_", form)
    if operator in IN_PLACE_OPERATORS:
        bind_operator(IN_PLACE_OPERATORS[operator], form)
