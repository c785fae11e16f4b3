"""SciPy's special functions on tensors: derivatives at places that the table has not, and what is refused."""

import numpy as np
import pytest

import wengert

from .finite_differences import check_gradient

sc = pytest.importorskip("scipy.special")

x = np.array([0.3, 0.7, 1.9])
v = np.array([0.5, 1.5, 2.5])


@pytest.mark.parametrize("function", [
    lambda x: sc.airy(x), lambda x: sc.airye(x), lambda x: sc.kelvin(x), lambda x: sc.hankel1(v, x),
    lambda x: sc.hankel2(v, x), lambda x: sc.hankel1e(v, x), lambda x: sc.hankel2e(v, x), lambda x: sc.sici(x),
    lambda x: sc.fresnel(x), lambda x: sc.ellipj(x, 0.4), lambda x: sc.pbdv(1.5, x), lambda x: sc.wofz(x),
    lambda x: sc.lambertw(x), lambda x: sc.lambertw(-0.1 * x, -1), lambda x: sc.kn(2, x), lambda x: sc.yn(2, x),
    lambda x: sc.jve(1.5, x), lambda x: sc.yve(1.5, x), lambda x: sc.jvp(1, x), lambda x: sc.kvp(2, x, 2),
    lambda x: sc.h1vp(1, x), lambda x: sc.zeta(2.5, x), lambda x: sc.round(x) * x, lambda x: sc.cbrt(x),
    lambda x: sc.sinc(x), lambda x: sc.softplus(x), lambda x: sc.assoc_laguerre(x, 2, 1.0),
    lambda x: sc.legendre(3)(x), lambda x: sc.expn(0, x), lambda x: sc.rgamma(np.array([-2.0, -1.0, 0.0]) + 0 * x + x),
    lambda x: sc.eval_chebyt(2.5, 0.4 * x), lambda x: sc.boxcox(np.array([0.5, 1.0, 3.0]), x),
    lambda x: sc.ellipkinc(x + np.array([0.0, 1.5, 7.0]), 0.3), lambda x: sc.tklmbda(x - 1, 0.5),
])  # fmt: skip
def test_the_gradient_is_that_of_differences(function):
    check_gradient(function, [x])


@pytest.mark.parametrize(("function", "place"), [
    # Where the usual formula is 0 / 0 or the difference of two poles.
    (lambda m: sc.ellipk(m), 0.0), (lambda m: sc.ellipe(m), 0.0), (lambda m: sc.ellipkinc(0.9, m), 0.0),
    (lambda m: sc.ellipeinc(np.pi / 2, m), 0.0), (lambda a: sc.agm(a, 1.0), 1.0),
    (lambda c: sc.boxcox(3.0, c), 0.0), (lambda c: sc.boxcox1p(2.0, c), 0.0), (lambda c: sc.inv_boxcox(1.5, c), 0.0),
    (lambda c: sc.inv_boxcox1p(1.5, c), 0.0), (lambda x: sc.exprel(x), 0.0), (lambda z: sc.spence(z), 1.0),
    (lambda x: sc.sici(x)[0], 0.0), (lambda x: sc.shichi(x)[0], 0.0), (lambda z: sc.rgamma(z), -2.0),
    (lambda z: sc.rgamma(z), 0.0), (lambda z: sc.wrightomega(z), 0.0),
    (lambda x: sc.eval_legendre(0, x), 1.0), (lambda x: sc.eval_jacobi(3, 0.5, 1.5, x), -1.0),
])  # fmt: skip
def test_first_and_second_derivatives_where_formulas_have_no_value(function, place):
    at = wengert.tensor(place, dtype=wengert.float64, requires_grad=True)

    (slope,) = wengert.autograd.grad(function(at), at, create_graph=True)
    curvature = wengert.autograd.grad(slope, at, allow_unused=True)[0] if slope.requires_grad else None
    step = 2e-3
    values = [float(function(place + k * step)) for k in (-2, -1, 0, 1, 2)]
    first = np.dot(values, [1, -8, 0, 8, -1]) / (12 * step)
    second = np.dot(values, [-1, 16, -30, 16, -1]) / (12 * step**2)
    np.testing.assert_allclose(slope.item(), first, rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(0.0 if curvature is None else curvature.item(), second, rtol=1e-5, atol=1e-5)


def test_complex_arguments_of_what_is_complex():
    z = wengert.tensor([0.3 + 0.2j, -1.0 + 2.0j, 0.0], dtype=wengert.complex128, requires_grad=True)
    for function in (sc.wofz, sc.lambertw, lambda z: sc.lambertw(z - 0.1 + 0.4j, 1)):
        np.testing.assert_array_equal(function(z).detach().numpy(), function(z.detach().numpy()))
        assert wengert.autograd.gradcheck(function, (z,))
        assert wengert.autograd.gradgradcheck(function, (z,))
    assert sc.wofz(wengert.tensor([1.0])).dtype is wengert.complex64
    with pytest.raises(TypeError, match="argument 'k' .* must be int, not ndarray"):
        sc.lambertw(z, np.array([0, 1, 0]))


def test_values_without_a_derivative():
    s = wengert.tensor([2.0, 3.0], dtype=wengert.float64)
    np.testing.assert_array_equal(sc.zeta(s).numpy(), sc.zeta(s.numpy()))
    np.testing.assert_array_equal(sc.zetac(s).numpy(), sc.zetac(s.numpy()))
    s.requires_grad_()
    for call, said in (
        (lambda: sc.zeta(s), "'zeta: s'"), (lambda: sc.zetac(s), "'zetac: s'"),
        (lambda: sc.stdtr(s, 0.5), "'stdtr: df'"),
        (lambda: sc.hyp1f1(s, 2.0, 0.5), "'hyp1f1: a'"), (lambda: sc.eval_legendre(s, 0.5), "'eval_legendre: n'"),
    ):  # fmt: skip
        with pytest.raises(NotImplementedError, match=f"the derivative for {said} is not implemented"):
            call().sum().backward()


def test_integers_stay_integers_on_the_way_to_scipy():
    n = wengert.arange(4)
    at = wengert.tensor(0.3, dtype=wengert.float64)
    for function in (sc.eval_hermite, sc.eval_legendre, sc.kn, sc.expn):
        np.testing.assert_allclose(function(n, at).numpy(), function(np.arange(4), 0.3), rtol=1e-14)
    np.testing.assert_allclose(sc.bdtr(n, 5, at).numpy(), sc.bdtr(np.arange(4.0), 5, 0.3))


def test_what_scipy_computes_with_arrays_is_refused_by_name():
    at = wengert.tensor([0.3, 0.6], requires_grad=True)
    for call, said in (
        (lambda: sc.polygamma(1, at), r"scipy\.special\.polygamma .*wengert\.special\.polygamma is recorded"),
        (lambda: sc.comb(at, 1), r"scipy\.special\.comb computes with arrays"),
        (lambda: sc.spherical_jn(2, at), r"`sc\.spherical_jn\(2, at\)` asks for an array"),
        (lambda: np.array(at), "In NumPy code an array of tensors would leave the graph"),
    ):  # fmt: skip
        with pytest.raises(RuntimeError, match=f"^Can't call numpy.. on Tensor that requires grad.*{said}"):
            call()
    for call, name in (
        (lambda: sc.smirnov(3, at), "smirnov"), (lambda: sc.mathieu_a(1, at), "mathieu_a"),
        (lambda: sc.ellip_harm(5, 8, 1, 1, at), "ellip_harm"),
    ):  # fmt: skip
        with pytest.raises(TypeError, match=rf"^scipy\.special\.{name} has no wengert operation"):
            call()


# SciPy says so where a count is no integer.
@pytest.mark.filterwarnings("ignore:floating point number truncated:RuntimeWarning")
def test_every_ufunc_of_scipys_answers_or_is_refused_by_name():
    answered = 0
    for name in sorted({n for n in dir(sc) if isinstance(getattr(sc, n), np.ufunc)}):
        ufunc = getattr(sc, name)
        counted = name in ("bdtr", "bdtrc", "bdtri", "eval_hermite", "eval_hermitenorm")
        operands = [wengert.tensor(1.0 if counted else 0.4, dtype=wengert.float64)] * ufunc.nin
        try:
            found = ufunc(*operands)
        except TypeError as error:
            assert str(error).startswith(f"scipy.special.{ufunc.__name__} has no wengert operation"), name
        except NotImplementedError:
            pytest.fail(f"{name} refuses real numbers")
        else:
            answered += 1
            results = found if isinstance(found, tuple) else (found,)
            assert len(results) == ufunc.nout and all(isinstance(r, wengert.Tensor) for r in results), name
    assert answered >= 180


@pytest.mark.filterwarnings("ignore:floating point number truncated")
@pytest.mark.parametrize("function", [sc.kn, sc.yn])
@pytest.mark.parametrize("order", [2, 1.7, np.array([0.3, 1.0, 2.9])])
def test_integer_orders_are_cut_off_as_scipys(function, order):
    np.testing.assert_allclose(function(order, wengert.from_numpy(x)).numpy(), function(order, x), rtol=1e-13)
    check_gradient(lambda x: function(order, x), [x])


def test_an_order_that_is_cut_off_is_warned_of():
    with pytest.warns(RuntimeWarning, match="truncated to an integer"):
        sc.kn(0.5, wengert.from_numpy(x))


def test_a_result_that_is_held_at_0_does_not_move():
    m = wengert.tensor([0.3, 4.0], dtype=wengert.float64, requires_grad=True)
    result = sc.pdtrik(0.6, m)
    (slope,) = wengert.autograd.grad(result.sum(), m)
    assert sc.pdtrik(0.6, 0.3) == 0 == slope[0].item() and slope[1].item() > 0
