"""Operations of the floor above that core needs, by the purpose they serve.

"add" accumulates gradients, "sum_to_size" and "cast" fit them to an input, "conj" serves complex ones, and
"view_scatter" is the write of a view into its base.
"""

required: dict = {}


def require(purpose: str, operation) -> None:
    """Give core an operation that it needs."""
    required[purpose] = operation
