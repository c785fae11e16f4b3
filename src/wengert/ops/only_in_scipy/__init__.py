"""Operations that SciPy has as ufuncs and PyTorch has not. They are reached through SciPy's names alone, and imported
when one of its ufuncs is first called on a tensor.

Formulas with a number are those of the NIST Digital Library of Mathematical Functions (DLMF, https://dlmf.nist.gov).
A derivative that has no closed form (mostly in an order or a parameter) raises NotImplementedError and says so.
"""

from . import (  # noqa: F401
    bessel_kin,
    elementary,
    elliptic,
    gamma_kin,
    hypergeometric,
    integrals,
    polynomials,
    probability,
)
