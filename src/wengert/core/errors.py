"""The messages of the engine's errors: the sentence that PyTorch's users know, then what happened, where, and what to
do.

Called only after a cheap check has failed.
"""

import re

import numpy

from . import dtypes
from .node import node_name, node_place
from .provenance import here

_WORDS = {
    "float16": "Half", "bfloat16": "BFloat16", "float32": "Float", "float64": "Double", "complex64": "ComplexFloat",
    "complex128": "ComplexDouble", "uint8": "Byte", "int8": "Char", "int16": "Short", "int32": "Int", "int64": "Long",
    "bool": "Bool", "uint16": "UInt16", "uint32": "UInt32", "uint64": "UInt64",
}  # fmt: skip


def type_word(numpy_dtype) -> str:
    """PyTorch's word for an element type, "Float"."""
    name = dtypes.from_numpy(numpy_dtype).name
    return _WORDS.get(name, name)


_C_WORDS = {
    "float16": "c10::Half", "bfloat16": "c10::BFloat16", "float32": "float", "float64": "double", "int32": "int",
    "int8": "int8_t", "int16": "int16_t", "int64": "int64_t", "complex64": "c10::complex<float>",
    "complex128": "c10::complex<double>",
}  # fmt: skip


def imaginary_part_lost(value, numpy_dtype):
    """A complex number was to become a real one."""
    word = _C_WORDS.get(numpy.dtype(numpy_dtype).name, f"{numpy.dtype(numpy_dtype).name}_t")
    raise RuntimeError(
        f"value cannot be converted to type {word} without overflow: {value} has an imaginary part. Take its real part "
        "first, or give the tensor a complex dtype."
    )


def number_too_large(value, numpy_dtype):
    """A number was to become one of a type that does not hold it."""
    word = _C_WORDS.get(numpy.dtype(numpy_dtype).name, f"{numpy.dtype(numpy_dtype).name}_t")
    raise RuntimeError(
        f"value cannot be converted to type {word} without overflow: {value} is out of its range. Convert the tensor "
        "to a larger type first."
    )


def no_loop(operation, arrays, error):
    """No loop computes the operation on operands of this type: so says NumPy's error."""
    found = next((x.dtype for x in arrays if isinstance(x, numpy.ndarray)), None)
    if found is None:
        raise error
    check_broadcast(operation.name, [numpy.shape(x) for x in arrays])
    raise NotImplementedError(
        f"\"{operation.name}_cpu\" not implemented for '{type_word(found)}': {operation.name} takes other types"
    ) from None


def at(where) -> str:
    return f" at {where}" if where is not None else ""


def freed(node):
    """A node was asked for saved values that an earlier pass let go of."""
    where = node_place(node)
    raise RuntimeError(
        "Trying to backward through the graph a second time (or directly access saved tensors after they have already "
        "been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). "
        "Specify retain_graph=True if you need to backward through the graph a second time or if you need to access "
        f"saved tensors after calling backward.\n  {node_name(node)} was recorded{at(where)}; its saved values were "
        f"freed by {node.freed_by_place if node.freed_by_place is not None else 'an earlier backward pass'}. Give that "
        "call retain_graph=True, or compute the result again before the second pass."
    )


# An assignment with an operator: "v /= n".
_ASSIGNS = re.compile(r"(?:[-+*/%@&|^]|<<|>>)=[^=]")


def changed(node, tensor, memory, expected: int, name: str):
    """A saved value was changed in place after it was saved."""
    shape = list(memory.array.shape) if tensor is None else list(tensor.shape)
    kind = type_word(memory.array.dtype)
    by, where = memory.last_change
    what = "its result" if name == "out" else f"its input `{name}`"
    # NumPy code that fills an array step by step, `x[i] = ...`, or says `x /= ...` is right as it stands.
    assigned = where is not None and (where.source.endswith("]") or _ASSIGNS.search(where.source) is not None)
    instead = (
        " NumPy code that changes arrays in place runs as it is under "
        "autograd.graph.allow_mutation_on_saved_tensors()."
    )
    producer = node if name == "out" else (None if tensor is None else tensor.grad_fn)
    output = f", which is output 0 of {producer.name()}," if producer is not None else ""
    raise RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"[wengert.{kind}Tensor {shape}]{output} is at version {memory.version}; expected version {expected} instead.\n"
        f"  {node_name(node)}, recorded{at(node_place(node))}, saved {what} for the backward pass; "
        f"{by or 'something'}{at(where)} changed it in place. Clone it before changing it, or use the out-of-place "
        f"form.{instead if assigned else ''}"
    )


def wrong_gradient_shape(node, position: int, found, expected):
    """A rule returned a gradient that does not have its input's shape."""
    raise RuntimeError(
        f"Function {node_name(node)} returned an invalid gradient at index {position} - got {list(found)} but expected "
        f"shape compatible with {list(expected)}\n  {node_name(node)} was recorded{at(node_place(node))}. The rule of "
        "an input must return a gradient of that input's shape."
    )


def name_of(function) -> str:
    return repr(getattr(function, "__name__", type(function).__name__))


def nan_gradient(node, position: int):
    """In anomaly mode, a node made a gradient that has a NaN."""
    error = RuntimeError(
        f"Function '{node_name(node)}' returned nan values in its {position}th output.\n  {node_name(node)} was "
        f"recorded{at(node_place(node))}{induced(node)}"
    )
    # The engine need not add the line.
    error.says_where = True
    raise error


def induced(node) -> str:
    """What a node that a backward pass recorded in anomaly mode is the derivative of, as far as that goes."""
    text = ""
    while node is not None and "parent_" in node.metadata:
        place, node = node.metadata["pass_"], node.metadata["parent_"]
        recorded = f"recorded{at(node_place(node))}"
        text += f"\n  for the derivative of {node_name(node)}, {recorded}, by the backward pass{at(place)}"
    return text


def wrong_hook_shape(found, expected, hook, where, node):
    """A hook replaced a gradient by one of another shape."""
    raise RuntimeError(
        f"hook {name_of(hook)} has changed the size of value\n"
        f"  The gradient has shape {list(expected)}, the hook returned one of shape {list(found)}. The hook was "
        f"registered{at(where)}; the gradient is that of the result of {node_name(node)}, "
        f"recorded{at(node_place(node))}."
    )


def inference_tensor_saved(node):
    raise RuntimeError(
        "Inference tensors cannot be saved for backward. To work around you can make a clone to get a normal tensor "
        f"and use it in autograd.\n  {node_name(node)} was about to save it."
    )


def requires_grad_of_a_result(wanted: bool):
    advice = "requires_grad_() leaves a result that requires gradients as it is." if wanted else (
        "If you want to use a computed variable in a subgraph that doesn't require differentiation use var_no_grad = "
        "var.detach()."
    )
    raise RuntimeError(f"you can only change requires_grad flags of leaf variables. {advice}")


def no_gradients_of(dtype, which: str):
    raise RuntimeError(f"{which} can require gradients, but this one is {dtype}")


def gradient_of_another_type(own, gradient):
    raise RuntimeError(
        f"attempting to assign a gradient with dtype '{_C_WORDS.get(gradient.name, gradient.name)}' to a tensor with "
        f"grad_dtype '{type_word(own)}'. The gradient must match the tensor's dtype: convert it with to()."
    )


def inference_tensor_changed(name: str):
    raise RuntimeError(
        "Inplace update to inference tensor outside InferenceMode is not allowed. You can make a clone to get a normal "
        f"tensor before doing inplace update.\n  {name}{at(here())} was called on a tensor made in inference mode."
    )


def written_memory_overlaps_itself(name: str, target):
    raise RuntimeError(
        "unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
        f"Please clone() the tensor before performing the operation.\n  {name} was called on a tensor of shape "
        f"{list(target.shape)} and strides {target.stride()}, an expanded one."
    )


def read_only(name: str):
    raise RuntimeError(
        f"{name} would write into memory that NumPy marks as read-only, such as an array that was made so or a view of "
        "one. Clone the tensor (or copy the array) before changing it."
    )


def partial_overlap(name: str):
    raise RuntimeError(
        "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory "
        f"location. Please clone() the tensor before performing the operation.\n  The operation was {name}."
    )


def check_history_may_change(target, is_leaf: bool, name: str) -> None:
    """Whether an in-place operation may be recorded on `target`."""
    base = target._base
    if base is None:
        if is_leaf:
            raise RuntimeError(
                "a leaf Variable that requires grad is being used in an in-place operation.\n"
                f"  {name}{at(here())} would change a leaf, whose gradient is asked for, and lose its value. Do it "
                "under no_grad() if the change is not part of the computation, or on a clone()."
            )
        return
    if target._view_created:
        raise RuntimeError(
            f"{_forbidden(target, 'is being')}\n  {_made(target)}; {name}{at(here())} was about to change it in place."
        )
    if (base.requires_grad or target.requires_grad) and base.is_leaf:
        raise RuntimeError(
            "a view of a leaf Variable that requires grad is being used in an in-place operation.\n"
            f"  {name}{at(here())} would change a part of a leaf whose gradient is asked for. {_made(target)}. Do it "
            "under no_grad() if the change is not part of the computation, or on a clone()."
        )


def stale_view(view):
    """A view is used after its memory was changed in place in a way that leaves its history unknown."""
    by, where = view.untyped_storage().last_change
    changed_at = f"{by or 'an in-place operation'}{at(where)} changed the memory that it shares"
    if not view._view_created:
        raise RuntimeError(
            "the base of a view was given another shape or other memory (by t_, squeeze_, set_ or an assignment to "
            f".data), and then changed in place: what the view is a part of is no longer known.\n  {_made(view)}; "
            f"{changed_at}. Make the view anew from its base."
        )
    raise RuntimeError(
        f"{_forbidden(view, 'its base or another view of its base has been')}\n  {_made(view)}; {changed_at}."
    )


def base_rearranged(base):
    """A view is changed in place whose base is no longer what the view was made from."""
    raise RuntimeError(
        "a view cannot be modified inplace after its base was given another shape or other memory (by t_, squeeze_, "
        f"set_ or an assignment to .data): the base has shape {list(base.shape)} now. Make the view anew from its base."
    )


def _forbidden(view, modified: str) -> str:
    """PyTorch's sentence for an in-place change of a view that autograd cannot follow."""
    created = view._view_created
    node = None if created in ("no_grad", "inference") else view._known_node
    if node is not None and created != "several, no_grad":
        name = node_name(node).rpartition("Backward")[0] or node_name(node)
        prefix = f"Output {view.output_nr} of {name} is a view and {modified} modified inplace."
    elif created == "inference":
        prefix = f"A view was created in inference mode and {modified} modified inplace in normal mode."
    else:
        prefix = f"A view was created in no_grad mode and {modified} modified inplace with grad mode enabled."
    if created == "function":
        return (
            f"{prefix} This view was created inside a custom Function (or because an input was returned as-is) and the "
            "autograd logic to handle view+inplace would override the custom backward associated with the custom "
            "Function, leading to incorrect gradients. This behavior is forbidden. You can fix this by cloning the "
            "output of the custom Function."
        )
    if created.startswith("several"):
        return (
            f"{prefix} This view is the output of a function that returns multiple views. Such functions do not allow "
            "the output views to be modified inplace. You should replace the inplace operation by an out-of-place one."
        )
    block = "inference_mode" if created == "inference" else "no_grad"
    return (
        f"{prefix} Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code "
        f"by moving both the view and the inplace either both inside the {block} block (if you don't want the inplace "
        "to be tracked) or both outside (if you want the inplace to be tracked)."
    )


def _made(view) -> str:
    return f"The view was made{at(view._view_place)}"


def changed_captured(name: str, target):
    """An in-place operation on a tensor that a transformed function did not make and was not given."""
    raise RuntimeError(
        "During a grad (vjp, jvp, grad, etc) transform, the function provided attempted to call in-place operation "
        f"({name}) that would mutate a captured Tensor. This is not supported; please rewrite the function being "
        f"transformed to explicitly accept the mutated Tensor(s) as inputs.\n  The tensor, of shape "
        f"{list(target.shape)}, was made before the transform was entered. Work on a clone() of it, or return the new "
        "value."
    )


def not_inside_a_transform(method: str):
    """A method that changes which gradients are kept was called inside of a derivative transform."""
    if method == "backward()":
        raise RuntimeError(
            "backward() called inside a functorch transform. This is not supported, please use functorch.grad or "
            "functorch.vjp instead or call backward() outside of functorch transforms.\n  Here they are called "
            "func.grad and func.vjp; autograd.grad works inside of either."
        )
    also = " (or perhaps using torch.autograd.functional.* APIs)" if method == "requires_grad_()" else ""
    raise RuntimeError(
        f"You are attempting to call Tensor.{method}{also} inside of a function being transformed by a functorch "
        "transform. This is unsupported, please attempt to use the functorch transforms (e.g. grad, vjp, jacrev, "
        f"jacfwd, hessian) or call {method} outside of a function being transformed instead."
    )


def wrong_leaf_gradient(leaf, found):
    """A gradient that does not fit its leaf reached it."""
    raise RuntimeError(
        f"Function AccumulateGrad returned an invalid gradient at index 0 - got {list(found)} but expected shape "
        f"compatible with {list(leaf.shape)}"
    )


def leaf_in_interior(leaf):
    """A gradient reached a leaf that is none any more."""
    raise RuntimeError(
        "leaf variable has been moved into the graph interior: a tensor that this graph took as a leaf was detached, "
        f"or had requires_grad unset, and then changed in place at {leaf.grad_fn.where}, which gave it a history. "
        "Change a clone() of it instead."
    )


def check_broadcast(name: str, shapes: list) -> None:
    """RuntimeError if the shapes of an elementwise operation's operands do not broadcast."""
    longest = max([len(shape) for shape in shapes])
    for d in range(longest):
        sizes = [shape[d - longest + len(shape)] for shape in shapes if d >= longest - len(shape)]
        different = [size for size in dict.fromkeys(sizes) if size != 1]
        if len(different) > 1:
            a, b = different[:2]
            raise RuntimeError(
                f"The size of tensor a ({a}) must match the size of tensor b ({b}) at non-singleton dimension {d}: "
                f"{name} was given shapes {', '.join([str(tuple(shape)) for shape in shapes])}"
            )


def scalar_only(shape):
    raise RuntimeError(
        f"grad can be implicitly created only for scalar outputs: the output has shape {list(shape)}. Give the "
        "gradient of the output (a tensor of that shape), or reduce the output first, with sum() say."
    )


def describe_array(x) -> str:
    return f"{list(numpy.shape(x))}"
