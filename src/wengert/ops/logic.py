"""Comparison, logic, bits, and what is no number: operations without derivatives."""

import numpy

from .declaration import elementwise, without_kernel

NO_ORDER = "complex numbers have no order; compare real, imag or abs"
NO_BITS = "bits are those of integers and booleans"

def _of_integers(kernel: str, ufunc):
    """For `integers=`: a ufunc that refuses booleans."""

    def compute(x, y):
        if x.dtype == bool:
            raise NotImplementedError(f"\"{kernel}\" not implemented for 'Bool': convert them to integers first")
        return ufunc(x, y)

    return compute


def _comparison(signature: str, forward: str, operator: str, doc: str, aliases: tuple = (), complex=None):
    return elementwise(
        signature, forward=forward, operator=operator, in_place="copy", aliases=aliases, complex=complex,
        input=None, other=None, doc=doc,
    )  # fmt: skip


def _order(signature: str, forward: str, operator: str, doc: str):
    return _comparison(signature, forward, operator, doc, (forward,), without_kernel(f"{signature[:2]}_cpu", NO_ORDER))


eq = _comparison(
    "eq(input, other)", "equal", "__eq__",
    """Whether equal.

    Operands are broadcast and promoted; the result is bool. RuntimeError for shapes that are not broadcast.

    >>> import wengert as t
    >>> t.eq(t.tensor([1.0, 2.0]), t.tensor([2.0, 2.0]))
    tensor([False,  True])
    """,
)  # fmt: skip
ne = _comparison(
    "ne(input, other)", "not_equal", "__ne__",
    """Whether different.

    Operands are broadcast and promoted; the result is bool. RuntimeError for shapes that are not broadcast.

    >>> import wengert as t
    >>> t.ne(t.tensor([1.0, 2.0]), t.tensor([2.0, 2.0]))
    tensor([ True, False])
    """, ("not_equal",),
)  # fmt: skip
lt = _order(
    "lt(input, other)", "less", "__lt__",
    """Whether input < other, of real tensors.

    Operands are broadcast and promoted; the result is bool. RuntimeError for shapes that are not
    broadcast; NotImplementedError for complex numbers.

    >>> import wengert as t
    >>> t.lt(t.tensor([1.0, 2.0]), t.tensor([2.0, 2.0]))
    tensor([ True, False])
    """,
)  # fmt: skip
le = _order(
    "le(input, other)", "less_equal", "__le__",
    """Whether input <= other, of real tensors.

    Operands are broadcast and promoted; the result is bool. RuntimeError for shapes that are not
    broadcast; NotImplementedError for complex numbers.

    >>> import wengert as t
    >>> t.le(t.tensor([1.0, 2.0]), t.tensor([2.0, 2.0]))
    tensor([True, True])
    """,
)  # fmt: skip
gt = _order(
    "gt(input, other)", "greater", "__gt__",
    """Whether input > other, of real tensors.

    Operands are broadcast and promoted; the result is bool. RuntimeError for shapes that are not
    broadcast; NotImplementedError for complex numbers.

    >>> import wengert as t
    >>> t.gt(t.tensor([1.0, 2.0]), t.tensor([2.0, 2.0]))
    tensor([False, False])
    """,
)  # fmt: skip
ge = _order(
    "ge(input, other)", "greater_equal", "__ge__",
    """Whether input >= other, of real tensors.

    Operands are broadcast and promoted; the result is bool. RuntimeError for shapes that are not
    broadcast; NotImplementedError for complex numbers.

    >>> import wengert as t
    >>> t.ge(t.tensor([1.0, 2.0]), t.tensor([2.0, 2.0]))
    tensor([False,  True])
    """,
)  # fmt: skip
logical_and = elementwise(
    "logical_and(input, other)",
    forward="logical_and",
    in_place="copy",
    input=None,
    other=None,
    doc="""Whether both are true (not 0).

    Operands are broadcast and promoted; the result is bool. RuntimeError for shapes that are not broadcast.

    >>> import wengert as t
    >>> t.logical_and(t.tensor([True, True]), t.tensor([0, 2]))
    tensor([False,  True])
    """,
)
logical_or = elementwise(
    "logical_or(input, other)",
    forward="logical_or",
    in_place="copy",
    input=None,
    other=None,
    doc="""Whether either is true (not 0).

    Operands are broadcast and promoted; the result is bool. RuntimeError for shapes that are not broadcast.

    >>> import wengert as t
    >>> t.logical_or(t.tensor([True, False]), t.tensor([0, 0]))
    tensor([ True, False])
    """,
)
logical_xor = elementwise(
    "logical_xor(input, other)",
    forward="logical_xor",
    in_place="copy",
    input=None,
    other=None,
    doc="""Whether exactly one is true (not 0).

    Operands are broadcast and promoted; the result is bool. RuntimeError for shapes that are not broadcast.

    >>> import wengert as t
    >>> t.logical_xor(t.tensor([True, True]), t.tensor([0, 2]))
    tensor([ True, False])
    """,
)
logical_not = elementwise(
    "logical_not(input)", forward="logical_not", in_place="copy", input=None,
    doc="""Whether false (0).

    Any shape; the result is bool.

    >>> import wengert as t
    >>> t.logical_not(t.tensor([0.0, 1.5]))
    tensor([ True, False])
    """,
)  # fmt: skip
bitwise_and = elementwise(
    "bitwise_and(input, other)", forward="bitwise_and", operator="__and__", input=None, other=None,
    complex=without_kernel("bitwise_and_cpu", NO_BITS),
    doc="""input & other, of integers or booleans.

    Operands are broadcast and promoted. RuntimeError for shapes that are not broadcast; NotImplementedError for
    floating point numbers and complex numbers.

    >>> import wengert as t
    >>> t.bitwise_and(t.tensor([5, 6]), 3)
    tensor([1, 2])
    """,
)  # fmt: skip
bitwise_or = elementwise(
    "bitwise_or(input, other)", forward="bitwise_or", operator="__or__", input=None, other=None,
    complex=without_kernel("bitwise_or_cpu", NO_BITS),
    doc="""input | other, of integers or booleans.

    Operands are broadcast and promoted. RuntimeError for shapes that are not broadcast; NotImplementedError for
    floating point numbers and complex numbers.

    >>> import wengert as t
    >>> t.bitwise_or(t.tensor([5, 6]), 3)
    tensor([7, 7])
    """,
)  # fmt: skip
bitwise_xor = elementwise(
    "bitwise_xor(input, other)", forward="bitwise_xor", operator="__xor__", input=None, other=None,
    complex=without_kernel("bitwise_xor_cpu", NO_BITS),
    doc="""input ^ other, of integers or booleans.

    Operands are broadcast and promoted. RuntimeError for shapes that are not broadcast; NotImplementedError for
    floating point numbers and complex numbers.

    >>> import wengert as t
    >>> t.bitwise_xor(t.tensor([5, 6]), 3)
    tensor([6, 5])
    """,
)  # fmt: skip
bitwise_not = elementwise(
    "bitwise_not(input)", forward="invert", operator="__invert__", input=None,
    doc="""~input of integers; of booleans, logical not.

    Any shape. NotImplementedError for floating point numbers and complex numbers.

    >>> import wengert as t
    >>> t.bitwise_not(t.tensor([0, 5]))
    tensor([-1, -6])
    """,
)  # fmt: skip
bitwise_left_shift = elementwise(
    "bitwise_left_shift(input, other)",
    forward="left_shift",
    complex=without_kernel("lshift_cpu", NO_BITS),
    integers=_of_integers("lshift_cpu", numpy.left_shift),
    operator="__lshift__",
    input=None,
    other=None,
    doc="""input << other, of integers.

    Operands are broadcast and promoted. RuntimeError for shapes that are not broadcast; NotImplementedError for
    booleans, floating point numbers and complex numbers.

    >>> import wengert as t
    >>> t.bitwise_left_shift(t.tensor([1, 2]), 3)
    tensor([ 8, 16])
    """,
)
bitwise_right_shift = elementwise(
    "bitwise_right_shift(input, other)",
    forward="right_shift",
    complex=without_kernel("rshift_cpu", NO_BITS),
    integers=_of_integers("rshift_cpu", numpy.right_shift),
    operator="__rshift__",
    input=None,
    other=None,
    doc="""input >> other, of integers; negative numbers keep their sign.

    Operands are broadcast and promoted. RuntimeError for shapes that are not broadcast; NotImplementedError for
    booleans, floating point numbers and complex numbers.

    >>> import wengert as t
    >>> t.bitwise_right_shift(t.tensor([16, -16]), 2)
    tensor([ 4, -4])
    """,
)
isnan = elementwise(
    "isnan(input)", forward=numpy.isnan, in_place=False, input=None,
    doc="""Whether not a number.

    Any shape; the result is bool.

    >>> import wengert as t
    >>> t.isnan(t.tensor([1.0, float("nan")]))
    tensor([False,  True])
    """,
)  # fmt: skip
isinf = elementwise(
    "isinf(input)", forward=numpy.isinf, in_place=False, input=None,
    doc="""Whether infinite.

    Any shape; the result is bool.

    >>> import wengert as t
    >>> t.isinf(t.tensor([1.0, float("-inf")]))
    tensor([False,  True])
    """,
)  # fmt: skip
isfinite = elementwise(
    "isfinite(input)", forward=numpy.isfinite, in_place=False, input=None, doc="""Whether neither infinite nor NaN.

    Any shape; the result is bool.

    >>> import wengert as t
    >>> t.isfinite(t.tensor([1.0, float("inf"), float("nan")]))
    tensor([ True, False, False])
    """
)
