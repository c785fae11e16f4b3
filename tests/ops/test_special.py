"""Special functions: what they refuse, types, SciPy's spelling, difficult numbers, derivatives."""

import importlib
import subprocess
import sys

import numpy as np
import pytest
import scipy.special

import wengert as torch
from wengert.core import registry

ONE = (
    "airy_ai", "bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1", "cosm1", "dawsn", "digamma", "entr", "erf", "erfc",
    "erfcinv", "erfcx", "erfi", "erfinv", "exp1", "exp10", "expi", "gamma", "gammaln", "i0", "i0e", "i1", "i1e",
    "log_expit", "log_ndtr", "logit", "modified_bessel_k0", "modified_bessel_k1", "ndtr", "ndtri",
    "scaled_modified_bessel_k0", "scaled_modified_bessel_k1", "spherical_bessel_j0",
)  # fmt: skip
TWO = (
    "beta", "betaln", "chebyshev_polynomial_t", "gammainc", "gammaincc", "hermite_polynomial_h", "huber", "iv", "ive",
    "jv", "kl_div", "kv", "kve", "laguerre_polynomial_l", "legendre_polynomial_p", "pseudo_huber", "rel_entr",
    "xlog1py", "yv", "zeta",
)  # fmt: skip


def called(name, count):
    function = getattr(torch.special, name)
    return lambda x: function(*[x] * count)


@pytest.mark.parametrize("name, count", [(name, 1) for name in ONE] + [(name, 2) for name in TWO])
def test_types(name, count):
    function = called(name, count)
    for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        assert function(torch.tensor([0.5, 0.25], dtype=dtype)).dtype is dtype
    if name not in ("gammainc", "gammaincc"):
        for dtype in (torch.bool, torch.uint8, torch.int64):
            assert function(torch.tensor([1, 1], dtype=dtype)).dtype is torch.float32
    with pytest.raises(NotImplementedError, match="not implemented for 'ComplexFloat'"):
        function(torch.tensor([0.5 + 0.5j]))
    with pytest.raises(TypeError):
        function("a")


@pytest.mark.parametrize("name, count", [(name, 1) for name in ONE] + [(name, 2) for name in TWO])
def test_empty_and_zero_dimensional(name, count):
    function = called(name, count)
    assert function(torch.zeros(0, 3)).shape == (0, 3)
    assert function(torch.tensor(0.5)).shape == ()


@pytest.mark.parametrize("name", TWO)
def test_shapes_that_do_not_broadcast(name):
    with pytest.raises(RuntimeError, match="must match the size|broadcast"):
        getattr(torch.special, name)(torch.ones(3), torch.ones(4))


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: torch.polygamma(-1, torch.ones(2)), RuntimeError, "polygamma.n, x. does not support negative n"),
        (lambda: torch.polygamma(1.5, torch.ones(2)), TypeError, "'n' .position 1. must be int, not float"),
        (lambda: torch.ones(2).polygamma("a"), TypeError, "must be int, not str"),
        (lambda: torch.mvlgamma(torch.ones(2), 0), RuntimeError, "p has to be greater than or equal to 1"),
        (lambda: torch.mvlgamma(torch.ones(2), 2.0), TypeError, "'p' .position 2. must be int, not float"),
        (lambda: torch.mvlgamma(torch.ones(2).bool(), 2), RuntimeError, "may not be a boolean tensor"),
        (lambda: torch.igamma(torch.tensor([1]), torch.tensor([1])), NotImplementedError, "igamma_cpu.*'Long'"),
        (lambda: torch.tensor([1]).erfinv_(), RuntimeError, "can't be cast"),
        (lambda: torch.logit(torch.ones(2), "a"), TypeError, "'eps' must be float, not str"),
        (lambda: torch.special.legendre_polynomial_p(torch.ones(2), 1e9), RuntimeError, "up to 1000000 are supported"),
        (lambda: torch.special.erfcx(torch.ones(2), out=torch.ones(2).long()), RuntimeError, "can't be cast"),
    ],
)
def test_bad_arguments(call, error, words):
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize(
    "call, name",
    [
        (lambda x: torch.special.zeta(x, 2.0), "zeta: input"),
        (lambda x: torch.special.jv(x, 2.0), "jv: v"),
        (lambda x: torch.special.betainc(x, 1.0, 0.5), "betainc: a"),
    ],
)
def test_derivatives_without_a_closed_form_are_refused(call, name):
    x = torch.tensor([1.5, 2.5], requires_grad=True)
    y = call(x)
    with pytest.raises(NotImplementedError, match=f"the derivative for '{name}' is not implemented"):
        y.sum().backward()


def test_scipys_ufuncs_take_tensors():
    x = torch.tensor([0.25, 0.5], dtype=torch.float64, requires_grad=True)
    # What SciPy alone has is tested by tests/interop/test_scipy_ufuncs.py.
    public = {id(function) for members in registry.namespaces.values() for function in members.values()}
    entered = [key for key, value in registry.by_ufunc.items() if isinstance(key, str) and id(value) in public]
    entered = [key for key in entered if key not in ("scipy.special._zeta", "scipy.special.round")]
    assert len(entered) > 40
    for key in entered:
        name = key.removeprefix("scipy.special.")
        ufunc = getattr(scipy.special, name)
        assert isinstance(ufunc, np.ufunc), name
        # The order of a Bessel function and the like comes first, and has no derivative.
        before = [1.0] * (ufunc.nin - 1)
        found = ufunc(*before, x)
        assert found.requires_grad, name
        np.testing.assert_allclose(found.detach().numpy(), ufunc(*before, x.detach().numpy()), rtol=1e-13)


def test_scipys_code_differentiates():
    def loss(x):
        return (scipy.special.gammaln(x) - scipy.special.xlog1py(x, 2.0) + scipy.special.expit(x) * np.exp(-x)).sum()

    x = torch.tensor([0.5, 1.5], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(loss, (x,)) and torch.autograd.gradgradcheck(loss, (x,))


def test_scipy_is_imported_when_it_is_needed():
    code = """
import sys
import wengert
assert not any([name.startswith("scipy.special") for name in sys.modules])
sys.modules["scipy.special"] = None
try:
    wengert.special.erfcx(wengert.ones(2))
except ImportError as error:
    assert "pip install 'wengert[special]'" in str(error), error
else:
    raise AssertionError
assert wengert.logit(wengert.tensor(0.5)) == 0
assert wengert.special.legendre_polynomial_p(wengert.tensor(0.5), 2) == -0.125
"""
    subprocess.run([sys.executable, "-c", code], check=True)


# ------------------------------------------------------------------------------------------------ numbers


def test_signs_and_limits():
    zero = torch.special.erfinv(torch.tensor([0.0, -0.0]))
    assert torch.equal(1 / zero, torch.tensor([torch.inf, -torch.inf]))
    assert torch.lgamma(torch.tensor(-torch.inf)) == torch.inf
    assert torch.special.spherical_bessel_j0(torch.tensor([torch.inf, 0.0])).tolist() == [0.0, 1.0]
    assert torch.special.hermite_polynomial_h(torch.tensor([0.5, torch.nan]), -2).tolist() == [0.0, 0.0]
    assert torch.isnan(torch.special.chebyshev_polynomial_t(torch.tensor(0.5), torch.tensor(torch.nan)))


def slope(function, x):
    x = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    (g,) = torch.autograd.grad(function(x).sum(), x)
    return g.numpy()


def test_derivatives_do_not_cancel_far_out():
    x = np.array([1e2, 1e3, 1e5, 1e8, np.inf])
    leading = -1 / (np.sqrt(np.pi) * x * x)
    np.testing.assert_allclose(slope(torch.special.erfcx, x), leading, rtol=2e-4)
    np.testing.assert_allclose(slope(torch.special.dawsn, x), -0.5 / (x * x), rtol=2e-4)
    np.testing.assert_allclose(slope(torch.special.log_ndtr, [-1e3, -1e5]), [1e3, 1e5], rtol=1e-5)
    # Both forms of the derivative meet where one takes over from the other.
    for function in (torch.special.erfcx, torch.special.dawsn):
        below, above = slope(function, [100.0, np.nextafter(100.0, 101.0)])
        assert abs(below / above - 1) < 1e-10


def test_derivatives_at_zero():
    at_zero = [0.0, -0.0, 1e-200]
    slopes = {"bessel_j1": 0.5, "i1": 0.5, "spherical_bessel_j0": 0.0, "i0e": 0.0, "entr": np.inf}
    for name, expected in slopes.items():
        found = slope(getattr(torch.special, name), at_zero)[0]
        assert found == expected, (name, found)
    x = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    g = torch.special.spherical_bessel_j0(x)
    for expected in (0.0, -1 / 3, 0.0, 1 / 5):
        (g,) = torch.autograd.grad(g.sum(), x, create_graph=True)
        assert abs(float(g.detach()) - expected) < 1e-14


@pytest.mark.parametrize(
    "function",
    [
        lambda x, c: torch.special.beta(x, c), lambda x, c: torch.special.betaln(c, x),
        lambda x, c: torch.special.betainc(c, 1.7, x / 2), lambda x, c: torch.special.xlog1py(x, c),
        lambda x, c: torch.special.xlog1py(c, x), lambda x, c: torch.xlogy(x, c), lambda x, c: torch.xlogy(c, x),
        lambda x, c: torch.special.rel_entr(x, c), lambda x, c: torch.special.kl_div(c, x),
        lambda x, c: torch.special.huber(c, x), lambda x, c: torch.special.pseudo_huber(x, c),
        lambda x, c: torch.special.pseudo_huber(c, x), lambda x, c: torch.special.jv(c, x),
        lambda x, c: torch.igamma(x, c), lambda x, c: torch.igammac(c, x), lambda x, c: torch.special.zeta(c + 2, x),
        lambda x, c: torch.special.hermite_polynomial_he(x, c + 4),
    ],
)  # fmt: skip
def test_numbers_as_operands_keep_double_precision(function):
    """As a tensor of double precision does; a number that a rule made a tensor of its own would be single."""
    x = torch.tensor([0.5, 1.5], dtype=torch.float64, requires_grad=True)
    constant = torch.tensor([0.3, 0.3], dtype=torch.float64)
    gradients = [torch.autograd.grad(function(x, c).sum(), x)[0].numpy() for c in (0.3, constant)]
    np.testing.assert_allclose(*gradients, rtol=1e-14)
    assert torch.autograd.gradcheck(lambda x: function(x, 0.3), (x,))


@pytest.mark.parametrize("a", [1e-3, 0.3, 1.0, 7.5, 120.0, 3000.0, 1e5])
def test_incomplete_gamma_in_its_order(a):
    around = a + np.array([-6.0, -2.0, -0.5, 0.0, 1.0, 4.0, 9.0]) * np.sqrt(a)
    x = np.array([0.0, *np.maximum(around, a / 9), 50 * a, np.inf])
    step = 2e-3 * min(np.sqrt(a), a)

    def stencil(f):
        return sum(w * (f(k) - f(-k)) for k, w in ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60))) / step

    expected = stencil(lambda k: scipy.special.gammainc(a + k * step, x))
    order = torch.tensor(a, dtype=torch.float64).expand(x.size).requires_grad_()
    y = torch.igamma(order, torch.from_numpy(x))
    (g,) = torch.autograd.grad(y.sum(), order, create_graph=True)
    np.testing.assert_allclose(g.detach().numpy(), expected, rtol=1e-9, atol=1e-10 / step * 1e-3)
    (second,) = torch.autograd.grad(g.sum(), order)

    def first(k):
        moved = torch.full((x.size,), a + k * step, dtype=torch.float64, requires_grad=True)
        return torch.autograd.grad(torch.igamma(moved, torch.from_numpy(x)).sum(), moved)[0].numpy()

    np.testing.assert_allclose(second.numpy(), stencil(first), rtol=1e-7, atol=1e-11 / step)
    (upper,) = torch.autograd.grad(torch.igammac(order, torch.from_numpy(x)).sum(), order)
    np.testing.assert_array_equal(upper.numpy(), -g.detach().numpy())


def test_incomplete_gamma_outside_of_its_domain():
    order = torch.tensor([-1.0, 1.0, torch.nan, 1.0], requires_grad=True)
    y = torch.igamma(order, torch.tensor([1.0, -1.0, 1.0, torch.nan]))
    assert torch.isnan(torch.autograd.grad(y.sum(), order)[0]).all()


def test_trigamma_of_far_negative_numbers():
    # The series starts at the argument: without the reflection this would take 10^12 steps.
    found = torch.polygamma(1, torch.tensor([-1e12 - 0.5], dtype=torch.float64))
    np.testing.assert_allclose(found.numpy(), np.pi**2, rtol=1e-6)


def test_modules_of_special_functions_can_be_imported_alone():
    assert importlib.import_module("wengert.special").digamma is torch.digamma
