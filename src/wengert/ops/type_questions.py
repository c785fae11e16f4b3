"""Questions about element types: which one operands have in common, and what may be converted to what."""

from ..core import Tensor, dtypes, promotion
from ..core.registry import register_function


@register_function
def result_type(tensor1, tensor2):
    """The dtype that an operation on two operands computes in.

    Args:
        tensor1, tensor2: tensors or Python numbers. Tensors with dimensions decide; one without, or a number, counts
            only if its category (bool, integer, floating, complex) is higher.

    Raises:
        TypeError: for anything else.
        RuntimeError: for types that have none in common (uint16, uint32 or uint64 with another integer).

    >>> import wengert as t
    >>> t.result_type(t.tensor([1, 2]), 1.5)
    wengert.float32
    """
    operands = []
    for x in (tensor1, tensor2):
        if isinstance(x, Tensor):
            operands.append(x._payload.outside("result_type").array if x._level else x.array)
        elif isinstance(x, (bool, int, float, complex)):
            operands.append(x)
        else:
            raise TypeError(
                "result_type() received an invalid combination of arguments - got "
                f"({type(tensor1).__name__}, {type(tensor2).__name__}), but expected tensors or numbers"
            )
    return dtypes.from_numpy(promotion.result_dtype(operands))


@register_function
def promote_types(type1, type2):
    """The smallest dtype of the higher category to which both convert.

    Raises:
        TypeError: for what is not a dtype.
        RuntimeError: for uint16, uint32 or uint64 with another type that is not floating.

    >>> import wengert as t
    >>> t.promote_types(t.int64, t.float16)
    wengert.float16
    """
    _check("promote_types", type1=type1, type2=type2)
    return dtypes.from_numpy(promotion.promote_types(type1.numpy, type2.numpy))


@register_function
def can_cast(from_, to):
    """Whether results of one dtype may be written into a tensor of another: the category must not fall.

    Raises:
        TypeError: for what is not a dtype.

    >>> import wengert as t
    >>> t.can_cast(t.float64, t.float32), t.can_cast(t.float32, t.int64)
    (True, False)
    """
    _check("can_cast", from_=from_, to=to)
    return from_.category <= to.category


def _check(name: str, **types) -> None:
    for number, (parameter, value) in enumerate(types.items(), 1):
        if not isinstance(value, dtypes.dtype):
            raise TypeError(
                f"{name}(): argument '{parameter}' (position {number}) must be torch.dtype, not {type(value).__name__}"
            )
