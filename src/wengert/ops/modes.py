"""By which way each mode of an operation is had: what a test of completeness, or documentation, asks."""

from . import batching, dual


def modes_of(operation) -> dict:
    """The ways of an operation, by mode.

    Returns:
        {"reverse": "rule" or "none",
         "forward": "none", "jvp", "fallback", "rule", "itself" or "double pullback",
         "batch": "align", "any", "axes", "shape", "leading", "function", "fallback" or "loop"}

    "none" stands for an operation without derivative. "double pullback" and "loop" are right but slow: gaps.
    """
    return {
        "reverse": "rule" if operation.differentiable else "none",
        "forward": dual.mode_of(operation),
        "batch": batching.mode_of(operation),
    }
