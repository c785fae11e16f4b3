"""Special functions in both libraries: values, types and error types over dtypes, layouts and difficult numbers."""

import itertools
import warnings

import numpy as np
import pytest

import wengert

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

DTYPES = (
    "bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64", "complex64", "complex128",
)  # fmt: skip
ONE = (
    "airy_ai", "bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1", "digamma", "entr", "erf", "erfc", "erfcx", "erfinv",
    "exp2", "expit", "expm1", "gammaln", "i0", "i0e", "i1", "i1e", "log1p", "log_ndtr", "logit", "modified_bessel_i0",
    "modified_bessel_i1", "modified_bessel_k0", "modified_bessel_k1", "ndtr", "ndtri", "psi",
    "scaled_modified_bessel_k0", "scaled_modified_bessel_k1", "spherical_bessel_j0",
)  # fmt: skip
POLYNOMIALS = (
    "chebyshev_polynomial_t", "chebyshev_polynomial_u", "chebyshev_polynomial_v", "chebyshev_polynomial_w",
    "shifted_chebyshev_polynomial_t", "shifted_chebyshev_polynomial_u", "shifted_chebyshev_polynomial_v",
    "shifted_chebyshev_polynomial_w", "hermite_polynomial_h", "hermite_polynomial_he", "laguerre_polynomial_l",
    "legendre_polynomial_p",
)  # fmt: skip
TWO = ("xlog1py", "zeta", "gammainc", "gammaincc")
# Where PyTorch has no half precision.
FULL_PRECISION_THERE = {
    "airy_ai", "bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1", "erfcx", "log_ndtr", "modified_bessel_i0",
    "modified_bessel_i1", "modified_bessel_k0", "modified_bessel_k1", "ndtri", "scaled_modified_bessel_k0",
    "scaled_modified_bessel_k1", "spherical_bessel_j0", "zeta", *POLYNOMIALS,
}  # fmt: skip
TOLERANCE = {"float16": 2e-3, "float32": 1e-5, "float64": 1e-12, "complex64": 1e-5, "complex128": 1e-12}


def outcome(call):
    try:
        return call().detach().numpy()
    except Exception as error:
        return type(error)


def agree(name, arrays, tolerance=None):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, theirs = [
            outcome(lambda: getattr(library.special, name)(*[library.from_numpy(x) for x in arrays]))  # noqa: B023
            for library in (wengert, torch)
        ]
    half = any(x.dtype == np.float16 for x in arrays)
    if half and (name in FULL_PRECISION_THERE or name.startswith("log_ndtr")):
        assert theirs is NotImplementedError and ours.dtype == np.float16
    elif isinstance(ours, type) or isinstance(theirs, type):
        assert ours is theirs, f"{name} of {[x.dtype.name for x in arrays]}: here {ours}, there {theirs}"
    else:
        assert ours.dtype == theirs.dtype and ours.shape == theirs.shape
        tolerance = tolerance or TOLERANCE[ours.dtype.name]
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance, err_msg=name)


def layouts(x):
    yield x
    yield x.T
    yield np.repeat(x, 2, 0)[::2]
    yield x[:0]
    yield np.array(x[0, 0])


def drawn(shape, dtype, low=0.1, high=0.9):
    values = np.random.default_rng(2).uniform(low, high, shape)
    if dtype in ("bool", "uint8", "int8", "int16", "int32", "int64"):
        values = values * 4
    return values.astype(dtype)


@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize("dtype", DTYPES)
def test_one_operand(name, dtype):
    for x in layouts(drawn((3, 4), dtype)):
        agree(name, [x])


# What these say at a number, and PyTorch something else, is right or NaN in both: limits at infinity; and from 5 on
# PyTorch's Bessel functions are exact to 1e-8 only.
FAR = {np.inf, -np.inf, 5.0, -5.0, 12.0, -12.0}
BETTER = {
    "airy_ai": {np.inf, -np.inf},
    **dict.fromkeys(["bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1"], FAR),
    "i0": {np.inf, -np.inf}, "i1": {np.inf, -np.inf},
    "modified_bessel_i0": {np.inf, -np.inf}, "modified_bessel_i1": {np.inf, -np.inf},
}  # fmt: skip


@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_difficult_numbers(name, dtype):
    points = [0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 1.5, -1.5, 5.0, -5.0, 12.0, -12.0, 1e-3, -1e-3, 1e-30, -1e-30,
              np.inf, -np.inf, np.nan]  # fmt: skip
    agree(name, [np.array([x for x in points if x not in BETTER.get(name, ())], dtype)])


@pytest.mark.parametrize("name", POLYNOMIALS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_polynomials(name, dtype):
    for x, n in itertools.product(layouts(drawn((3, 4), dtype)), (np.arange(4), np.array(5))):
        if x.shape[-1:] == n.shape or not n.ndim:
            agree(name, [x, n.astype(dtype)])
            agree(name, [x, n])


@pytest.mark.parametrize("name", POLYNOMIALS)
def test_degrees_and_places(name):
    x = np.array([[0.3], [1.5], [-0.4], [1.0], [-1.0], [0.0], [2.0]])
    n = np.array([-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.7, 5.0, 6.0, 7.0, 8.0, 20.0, 31.0])
    agree(name, [x, n], 1e-9)
    agree(name, [x, 40.0 + np.arange(1.0)], 1e-9)


@pytest.mark.parametrize("name", TWO)
@pytest.mark.parametrize(
    "dtypes", list(itertools.product(DTYPES, ("int64", "float16", "float32", "float64", "complex64"))), ids=str
)
def test_two_operands(name, dtypes):
    if "float16" in dtypes and name != "xlog1py":
        return
    for x in layouts(drawn((3, 4), dtypes[0], 1.1, 1.9)):
        agree(name, [x, drawn(x.shape[-1:], dtypes[1], 0.5, 2)])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_two_difficult_operands(dtype):
    x = np.array([0.0, -0.0, 1.0, 2.0, 2.5, -1.0, np.inf, np.nan], dtype)
    for name in TWO:
        y = np.array([0.0, 1.0, 0.5, 3.0, -1.0, -0.5, np.inf, np.nan], dtype)
        if name == "xlog1py":
            y = np.append(y, np.asarray([-3.0, -np.inf], dtype))
        if name == "zeta":
            y = y[y != np.inf]  # 0 here, NaN in PyTorch
        if name.startswith("gammainc"):
            # PyTorch's are numbers for some NaN.
            agree(name, [x[:-1, None], y[:-1]])
            continue
        agree(name, [x[:, None], y])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [0, 1, 2, 3, 7, -1, 1.5, True, "1"])
def test_polygamma(dtype, n):
    x = drawn((3, 4), dtype, 0.5, 3)
    x = x[x > 0] if dtype != "bool" else x
    for call in (lambda library, x: library.polygamma(n, x), lambda library, x: x.polygamma(n),
                 lambda library, x: x.clone().polygamma_(n)):  # fmt: skip
        ours, theirs = [outcome(lambda: call(library, library.from_numpy(x))) for library in (wengert, torch)]  # noqa: B023
        if isinstance(ours, type) or isinstance(theirs, type):
            assert ours is theirs or n is True and theirs is TypeError, (n, dtype, ours, theirs)
        else:
            assert ours.dtype == theirs.dtype
            # PyTorch's trigamma is exact to 1e-10 only.
            np.testing.assert_allclose(ours, theirs, rtol={"float16": 2e-3, "float64": 1e-9}.get(dtype, 2e-5))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("p", [1, 2, 5, 0, -1, 2.0])
def test_mvlgamma(dtype, p):
    x = drawn((3, 4), dtype, 3.5, 6)
    for call in (lambda library, x: library.mvlgamma(x, p), lambda library, x: x.clone().mvlgamma_(p),
                 lambda library, x: library.special.multigammaln(x, p)):  # fmt: skip
        ours, theirs = [outcome(lambda: call(library, library.from_numpy(x))) for library in (wengert, torch)]  # noqa: B023
        if isinstance(ours, type) or isinstance(theirs, type):
            assert ours is theirs or (dtype in ("bool", "complex64", "complex128") and isinstance(ours, type))
        else:
            assert ours.dtype == theirs.dtype
            np.testing.assert_allclose(ours, theirs, rtol=TOLERANCE[ours.dtype.name] * 4)


def gradients(call, arrays):
    found = []
    for library in (wengert, torch):
        xs = [library.from_numpy(x.copy()).requires_grad_() for x in arrays]
        found.append([g.numpy() for g in library.autograd.grad(call(library, *xs).sum(), xs)])
    return found


EDGES = [0.0, 1.0, -1.0, 2.0, 0.5, -0.5, 1.5, 30.0, -8.0, np.nan]


@pytest.mark.parametrize(
    "name, points",
    [
        ("entr", [*EDGES, np.inf]), ("erf", EDGES), ("erfc", EDGES), ("erfcx", EDGES), ("erfinv", EDGES),
        ("gammaln", [1.0, 2.0, 0.5, 30.0]), ("i0", [0.0, 1.0, -1.0, 30.0]), ("i0e", [0.0, 1.0, -1.0, 30.0]),
        ("i1", [0.0, 1.0, -1.0, 30.0]), ("i1e", [0.0, 1.0, -1.0, 30.0]), ("log_ndtr", EDGES), ("logit", EDGES),
        ("ndtr", EDGES), ("ndtri", EDGES),
    ],
)  # fmt: skip
def test_derivatives_at_difficult_numbers(name, points):
    ours, theirs = gradients(lambda library, x: getattr(library.special, name)(x), [np.array(points)])
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("eps", [None, 0.1, 0.0, 0.7])
def test_logit(eps):
    x = np.array([0.0, 0.1, 0.3, 0.9, 1.0, -1.0, 2.0, 0.5, np.nan])
    ours, theirs = [library.logit(library.from_numpy(x), eps).numpy() for library in (wengert, torch)]
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    ours, theirs = gradients(lambda library, x: library.logit(x, eps), [x])
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-12)


def test_derivatives_of_xlog1py():
    x = np.array([0.0, 0.0, 1.0, 0.0, 2.0, np.nan, 0.0])
    y = np.array([0.0, 1.0, 0.0, -1.0, -3.0, 0.0, np.nan])
    for ours, theirs in zip(*gradients(lambda library, x, y: library.special.xlog1py(x, y), [x, y]), strict=True):
        np.testing.assert_allclose(ours, theirs)


def test_a_derivative_that_nobody_has():
    for library in (wengert, torch):
        x = library.tensor([1.5], requires_grad=True)
        with pytest.raises(NotImplementedError, match="the derivative for '.*' is not implemented"):
            library.special.zeta(x, library.tensor([2.0])).sum().backward()
