"""Operations that SciPy has as ufuncs and PyTorch has not: values are SciPy's, derivatives those of differences.

Operands in which a derivative has no closed form are integers here, which ask for none.
"""

import scipy.special as sc
import scipy.stats

import wengert.ops.only_in_scipy  # noqa: F401

from ..composites import row
from ..gaps import REAL_ONLY
from ..values import P, R, U, Values, Z

HALF = Values((3, 4), 0.1, 0.9)
LARGE = Values((3, 4), 2.0, 6.0)
SMALL = Values((4,), 0.2, 0.8)
COUNT = Z(4, low=1, high=6)
FEW, MANY = Z(3, 1, low=0, high=4), Z(4, low=6, high=9)


def real(name, operands, reference=None, *parameters):
    REAL_ONLY[name] = "a function of real numbers"
    row(name, operands, reference or getattr(sc, name), *parameters, spelled=None)


def part(name, which):
    """One result of SciPy's function of several."""
    function = getattr(sc, name)
    return lambda *operands: function(*operands)[which]


# ------------------------------------------------------------------------------------------------ elementary

for name, operands in (
    ("boxcox", [P(3, 4), U(4)]), ("boxcox", [P(3, 1), Z(4, low=-1, high=2)]), ("boxcox1p", [P(3, 4), R(4)]),
    ("inv_boxcox", [Values((3, 4), -0.9, 0.9), U(4)]), ("inv_boxcox", [U(3, 1), Z(4, low=0, high=2)]),
    ("inv_boxcox1p", [P(3, 4), SMALL]), ("powm1", [P(3, 4), R(4)]), ("exprel", [R(3, 4)]),
    ("sindg", [R(3, 4)]), ("cosdg", [LARGE]), ("tandg", [LARGE]), ("cotdg", [LARGE]), ("radian", [R(3, 4), R(4), R()]),
    ("wrightomega", [R(3, 4)]), ("voigt_profile", [R(3, 4), P(4), P()]),
    ("agm", [P(3, 4), P(4)]), ("agm", [Values((3, 1), -2.0, -0.5), Values((4,), -2.0, -0.5)]),
):  # fmt: skip
    real(name, operands)

# ------------------------------------------------------------------------------------------------ gamma and its kin

for name, operands in (
    ("loggamma", [P(3, 4)]), ("gammasgn", [R(3, 4)]), ("rgamma", [R(3, 4)]),
    ("poch", [P(3, 4), P(4)]), ("binom", [LARGE, SMALL]), ("betaincc", [COUNT, COUNT, HALF]),
    ("betaincinv", [COUNT, COUNT, HALF]), ("betainccinv", [COUNT, COUNT, HALF]), ("gammaincinv", [P(3, 4), SMALL]),
    ("gammainccinv", [P(3, 4), SMALL]),
):  # fmt: skip
    real(name, operands)

# ------------------------------------------------------------------------------------------------ probability

for name, operands in (
    ("gdtr", [P(3, 4), P(4), P()]), ("gdtrc", [P(3, 4), P(4), P()]), ("gdtrix", [P(3, 4), P(4), SMALL]),
    ("gdtria", [SMALL, P(4), P(3, 4)]), ("gdtrib", [P(3, 4), SMALL, P(4)]), ("chdtr", [P(3, 4), P(4)]),
    ("chdtrc", [P(3, 4), P(4)]), ("chdtri", [P(3, 4), SMALL]), ("chdtriv", [SMALL, P(3, 4)]), ("pdtr", [FEW, P(4)]),
    ("pdtrc", [FEW, P(4)]), ("pdtri", [FEW, SMALL]), ("pdtrik", [SMALL, Values((3, 1), 3.0, 6.0)]),
    ("bdtr", [FEW, MANY, SMALL]), ("bdtrc", [FEW, MANY, SMALL]), ("bdtri", [FEW, MANY, SMALL]),
    ("nbdtr", [FEW, COUNT, SMALL]), ("nbdtrc", [FEW, COUNT, SMALL]), ("nbdtri", [FEW, COUNT, SMALL]),
    ("stdtr", [COUNT, R(3, 4)]), ("stdtrit", [COUNT, HALF]), ("fdtr", [COUNT, COUNT, P(3, 4)]),
    ("fdtrc", [COUNT, COUNT, P(3, 4)]), ("fdtri", [COUNT, COUNT, HALF]), ("ndtri_exp", [Values((3, 4), -3.0, -0.1)]),
    ("nrdtrimn", [SMALL, P(4), R(3, 4)]), ("nrdtrisd", [U(4), Values((4,), 0.6, 0.9), LARGE]),
    ("chndtr", [LARGE, COUNT, P(3, 4)]), ("chndtrix", [HALF, COUNT, P(3, 4)]), ("kolmogi", [HALF]),
    ("kolmogorov", [Values((3, 4), 0.4, 0.9)]), ("kolmogorov", [Values((3, 4), 1.1, 2.0)]),
    ("owens_t", [R(3, 4), R(4)]), ("tklmbda", [U(3, 4), SMALL]),
):  # fmt: skip
    real(name, operands)

real("noncentral_density", [LARGE, COUNT, P(3, 4)], lambda x, v, c: scipy.stats.ncx2.pdf(x, v, c))
real("chndtrinc", [LARGE, Z(4, low=3, high=6), Values((4,), 0.1, 0.2)])

# ------------------------------------------------------------------------------------------------ hypergeometric

for name, operands in (
    ("hyp0f1", [COUNT, R(3, 4)]), ("hyp1f1", [COUNT, COUNT, R(3, 4)]), ("hyp2f1", [COUNT, COUNT, COUNT, U(3, 4)]),
    ("hyperu", [COUNT, COUNT, P(3, 4)]), ("wright_bessel", [COUNT, COUNT, P(3, 4)]),
    ("log_wright_bessel", [COUNT, COUNT, P(3, 4)]),
):  # fmt: skip
    real(name, operands)

# ------------------------------------------------------------------------------------------------ elliptic

for name, operands in (
    ("ellipk", [HALF]), ("ellipk", [Values((3, 4), -3.0, 0.5)]), ("ellipkm1", [HALF]), ("ellipe", [HALF]),
    ("ellipkinc", [R(3, 4), SMALL]), ("ellipkinc", [LARGE, U(4)]), ("ellipeinc", [R(3, 4), SMALL]),
    ("ellipeinc", [LARGE, U(4)]), ("elliprf", [P(3, 4), P(4), P()]), ("elliprd", [P(3, 4), P(4), P()]),
    ("elliprg", [P(3, 4), P(4), P()]), ("elliprj", [P(3, 4), P(4), P(), P()]), ("elliprc", [P(3, 4), P(4)]),
):  # fmt: skip
    real(name, operands)
for i, name in enumerate(("jacobi_sn", "jacobi_cn", "jacobi_dn", "jacobi_am")):
    real(name, [R(3, 4), SMALL], part("ellipj", i))
    real(name, [LARGE, SMALL], part("ellipj", i))
real(
    "symmetric", [P(3, 4), P(4), P(), P()], lambda x, y, z, p, exponents: 2 / 3 * sc.elliprj(x, y, z, p),
    ((0, 1, 1, 1, 2),),
)  # fmt: skip
real("symmetric", [P(3, 4), P(4), P(), P()], lambda x, y, z, p, exponents: 2 * sc.elliprf(x, y, z) + 0 * p,
     ((0, 1, 1, 1, 0),))  # fmt: skip

# ------------------------------------------------------------------------------------------------ polynomials

DEGREE = Z(4, low=0, high=6)
for name in ("chebyt", "chebyu", "chebyc", "chebys", "sh_chebyt", "sh_chebyu", "legendre", "sh_legendre", "laguerre",
             "hermite", "hermitenorm"):  # fmt: skip
    real(f"eval_{name}", [DEGREE, R(3, 4)])
real("eval_genlaguerre", [DEGREE, COUNT, R(3, 4)])
real("eval_gegenbauer", [DEGREE, COUNT, R(3, 4)])
real("eval_jacobi", [DEGREE, COUNT, COUNT, R(3, 4)])
real("eval_sh_jacobi", [DEGREE, MANY, COUNT, HALF])
real("lpmv", [Z(3, 1, low=0, high=3), Z(4, low=2, high=6), U(3, 4)])

# ------------------------------------------------------------------------------------------------ integrals

for name, operands in (
    ("expn", [Z(4, low=0, high=5), P(3, 4)]), ("spence", [P(3, 4)]), ("spence", [LARGE]), ("itstruve0", [P(3, 4)]),
    ("it2struve0", [P(3, 4)]), ("itmodstruve0", [P(3, 4)]),
):  # fmt: skip
    real(name, operands)
for name, scipys, which, operand in (
    ("sine_integral", "sici", 0, R(3, 4)), ("cosine_integral", "sici", 1, P(3, 4)),
    ("hyperbolic_sine_integral", "shichi", 0, R(3, 4)), ("hyperbolic_cosine_integral", "shichi", 1, P(3, 4)),
    ("fresnel_s", "fresnel", 0, R(3, 4)), ("fresnel_c", "fresnel", 1, R(3, 4)),
    ("integral_of_j0", "itj0y0", 0, P(3, 4)), ("integral_of_y0", "itj0y0", 1, P(3, 4)),
    ("integral_of_i0", "iti0k0", 0, P(3, 4)), ("integral_of_k0", "iti0k0", 1, P(3, 4)),
    ("airy_bi", "airy", 2, R(3, 4)), ("airy_bi_slope", "airy", 3, R(3, 4)),
    ("scaled_airy_ai", "airye", 0, P(3, 4)), ("scaled_airy_ai_slope", "airye", 1, P(3, 4)),
    ("scaled_airy_bi", "airye", 2, R(3, 4)), ("scaled_airy_bi_slope", "airye", 3, R(3, 4)),
):  # fmt: skip
    real(name, [operand], part(scipys, which))

# ------------------------------------------------------------------------------------------------ Bessel functions

for name in ("spherical_jn", "spherical_yn", "spherical_in", "spherical_kn"):
    real(name, [Z(4, low=0, high=4), P(3, 4)])
for name in ("struve", "modstruve"):
    real(name, [Z(4, low=0, high=4), P(3, 4)])
for name in ("ber", "bei", "ker", "kei", "berp", "beip", "kerp", "keip"):
    real(name, [P(3, 4)])
for name, scipys in (("parabolic_d", "pbdv"), ("parabolic_v", "pbvv"), ("parabolic_w", "pbwa")):
    for which, called in enumerate((name, f"{name}_slope")):
        real(called, [Z(4, low=0, high=3), R(3, 4)], part(scipys, which))
