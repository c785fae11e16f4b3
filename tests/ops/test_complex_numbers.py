"""Complex numbers: parts, pairs, conjugation, modulus and angle, real and complex together, what is refused."""

import math

import numpy as np
import pytest

import wengert as t
from wengert.autograd import forward_ad, grad, gradcheck
from wengert.autograd.gradcheck import gradgradcheck
from wengert.core.promotion import from_array
from wengert.func import jvp, vmap


def numbers(*shape, seed=0, dtype=np.complex128):
    stream = np.random.default_rng(seed)
    return from_array(np.asarray(stream.standard_normal(shape) + 1j * stream.standard_normal(shape), dtype))


# ------------------------------------------------------------------------------------------------ the convention


def test_gradient_is_that_of_the_parts():
    """dL/dRe + i dL/dIm."""
    z = numbers(3).requires_grad_()
    x, y = z.detach().real.clone().requires_grad_(), z.detach().imag.clone().requires_grad_()
    (z.sin() * z.conj()).abs().sum().backward()
    w = t.complex(x, y)
    (w.sin() * w.conj()).abs().sum().backward()
    np.testing.assert_allclose(z.grad.numpy(), x.grad.numpy() + 1j * y.grad.numpy(), rtol=1e-13)


def test_gradient_of_the_squared_modulus_is_twice_the_number():
    z = numbers(4).requires_grad_()
    (z * z.conj()).real.sum().backward()
    np.testing.assert_allclose(z.grad.numpy(), 2 * z.detach().numpy())


def test_holomorphic_functions_give_the_conjugate_derivative():
    z = numbers(4).requires_grad_()
    (g,) = grad(z**3, z, t.ones(4, dtype=t.complex128))
    np.testing.assert_allclose(g.numpy(), np.conj(3 * z.detach().numpy() ** 2))


def test_descent_along_the_gradient():
    """The gradient points where a real loss grows fastest, so that a step against it makes the loss smaller."""
    target = numbers(5, seed=1)
    z = numbers(5).requires_grad_()
    losses = []
    for _ in range(60):
        loss = (z - target).abs().square().sum()
        (g,) = grad(loss, z)
        z = (z.detach() - 0.2 * g).requires_grad_()
        losses.append(loss.item())
    assert losses[-1] < 1e-20 and losses == sorted(losses, reverse=True)


@pytest.mark.parametrize("function", [
    lambda z: z.conj() * z.exp(), lambda z: z.abs(), lambda z: z.angle(), lambda z: z.sgn(), lambda z: z.real.sin(),
    lambda z: z.imag.exp() * z, lambda z: t.view_as_real(z).prod(-1), lambda z: z**1.5, lambda z: 2.0**z,
    lambda z: z**z,
    lambda z: z.acosh() + z.atanh(), lambda z: z.mH @ z, lambda z: z.cumprod(0), lambda z: z.prod(1),
    lambda z: z.logsumexp(1), lambda z: t.norm(z, dim=0), lambda z: z.var(0), lambda z: t.polar(z.abs(), z.angle()),
    lambda z: t.logaddexp(z, z * 1j), lambda z: z.rsqrt() * z.reciprocal(),
])  # fmt: skip
def test_gradcheck(function):
    z = numbers(2, 2).requires_grad_()
    assert gradcheck(function, (z,), check_forward_ad=True)
    assert gradgradcheck(function, (z,))


# ------------------------------------------------------------------------------------------------ parts


def test_parts_are_views():
    z = numbers(3)
    assert z.real._base is z and z.imag._base is z
    assert z.imag.stride() == (2,) and z.imag.storage_offset() == 1
    z.real.zero_()
    z.imag[1] = 7.0
    assert z.numpy().real.tolist() == [0, 0, 0] and z.numpy()[1] == 7j and z._version == 2


def test_parts_of_real_tensors():
    x = t.ones(2)
    assert x.real is x and x.conj() is x and t.resolve_conj(x) is x and x.is_conj() is False
    assert t.isreal(t.tensor([1.0, math.nan])).tolist() == [True, True]
    assert t.isreal(t.tensor([1 + 0j, 1j])).tolist() == [True, False]
    with pytest.raises(RuntimeError, match="imag is not implemented for tensors with non-complex dtypes"):
        _ = x.imag


def test_parts_can_be_assigned():
    z = numbers(2, 3)
    before = z.numpy().copy()
    z.real = t.tensor([1.0, 2.0, 3.0], dtype=t.float64)
    z.imag = 5
    assert z.numpy().tolist() == [[1 + 5j, 2 + 5j, 3 + 5j]] * 2
    w = from_array(before).requires_grad_() * 1
    part = t.ones(2, 3, dtype=t.float64, requires_grad=True)
    w.imag = part
    assert w.grad_fn.name() == "CopySlices"
    (w * w).real.sum().backward()
    np.testing.assert_allclose(part.grad.numpy(), -2.0)


def test_assignment_to_a_part_of_a_leaf_is_refused():
    z = numbers(2).requires_grad_()
    with pytest.raises(RuntimeError, match="a view of a leaf Variable that requires grad is being used in an in-place"):
        z.real = t.zeros(2)


def test_changing_a_part_invalidates_what_was_saved():
    z = numbers(2).requires_grad_() * 1
    y = z * z
    z.imag.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.real.sum().backward()


def test_infinite_parts_stay_apart():
    x, y = t.tensor([1.0, math.inf]), t.tensor([math.inf, -0.0])
    z = t.complex(x, y)
    assert z.dtype is t.complex64 and z.tolist()[0] == complex(1, math.inf) and z.tolist()[1].real == math.inf
    assert math.copysign(1, z.tolist()[1].imag) == -1
    w = t.zeros(2, dtype=t.complex64, requires_grad=True)
    w.imag.backward(t.tensor([math.inf, 1.0]))
    assert w.grad.tolist() == [complex(0, math.inf), 1j]


# ------------------------------------------------------------------------------------------------ pairs


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
@pytest.mark.parametrize("shape", [(), (0,), (2, 0), (3,), (2, 3)], ids=str)
def test_pairs_and_back(shape, dtype):
    z = numbers(*shape, dtype=dtype)
    pairs = t.view_as_real(z)
    assert tuple(pairs.shape) == (*shape, 2) and pairs.dtype.numpy == z.array.real.dtype
    assert np.array_equal(pairs.numpy()[..., 1], z.numpy().imag)
    back = t.view_as_complex(pairs)
    assert back.dtype is z.dtype and np.array_equal(back.numpy(), z.numpy())
    if z.numel():
        assert back.data_ptr() == z.data_ptr() and back._base is z


def test_pairs_of_any_layout():
    z = numbers(3, 4)
    for view in (z.mT, z[:, ::2], z.flip(0), from_array(z.numpy()[::-1, ::-1]), z[1].expand(2, 4)):
        pairs = t.view_as_real(view)
        assert np.array_equal(pairs.numpy()[..., 0], view.numpy().real)
        assert pairs.stride()[-1] == 1


@pytest.mark.parametrize("pairs, sentence", [
    (lambda: t.tensor(1.0), "Input tensor must have one or more dimensions"),
    (lambda: t.ones(3), "Tensor must have a last dimension of size 2"),
    (lambda: t.ones(2, 4)[:, ::2], "Tensor must have a last dimension with stride 1"),
    (lambda: t.ones(3, 3)[:, :2], "Tensor must have a stride divisible by 2 for all but last dimension"),
    (lambda: t.ones(5)[1:3], "Tensor must have a storage_offset divisible by 2"),
    (lambda: t.ones(2, dtype=t.int64), "view_as_complex is only supported for half, float and double tensors"),
    (lambda: t.ones(2, dtype=t.complex64), "view_as_complex is only supported for half, float and double tensors"),
])  # fmt: skip
def test_pairs_that_are_no_complex_numbers(pairs, sentence):
    with pytest.raises(RuntimeError, match=sentence):
        t.view_as_complex(pairs())


def test_pairs_changed_in_place():
    z = numbers(3).requires_grad_()
    w = z * 2
    pairs = t.view_as_real(w)
    pairs[:, 1].mul_(3)
    assert w.grad_fn.name() == "CopySlices" and pairs.grad_fn.name() == "ViewAsRealBackward0"
    w.backward(t.ones(3, dtype=t.complex128) * (1 + 1j))
    np.testing.assert_allclose(z.grad.numpy(), 2 + 6j)


def test_gradients_need_no_layout():
    """A view of the base need not be one of its gradient, which may be an expanded number."""
    x = t.ones(3, 2, dtype=t.float64, requires_grad=True)
    w = x * 1
    t.view_as_complex(w).mul_(1j)
    w.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), [[1, -1]] * 3)
    z = numbers(3).requires_grad_()
    t.view_as_real(z).sum().backward()
    np.testing.assert_allclose(z.grad.numpy(), 1 + 1j)


# ------------------------------------------------------------------------------------------------ conjugation, angle


def test_conjugates_are_computed_at_once():
    z = numbers(2)
    w = z.conj()
    assert not w.is_conj() and w.data_ptr() != z.data_ptr() and w.resolve_conj() is w and w.resolve_neg() is w
    assert np.array_equal(w.numpy(), np.conj(z.numpy()))
    assert z.conj_physical_() is z and np.array_equal(z.numpy(), w.numpy())


def test_adjoint():
    z = numbers(2, 3, 4)
    expected = np.conj(np.swapaxes(z.numpy(), -1, -2))
    for found in (z.mH, z.adjoint(), t.adjoint(z)):
        assert np.array_equal(found.numpy(), expected)
    assert np.array_equal(z[0].H.numpy(), expected[0])
    x = t.ones(2, 3)
    assert x.mH._base is x
    for name in ("H", "mH", "mT"):
        with pytest.raises(RuntimeError, match=f"tensor.{name} is only supported on matrices"):
            getattr(z[0, 0], name)
    with pytest.raises(RuntimeError, match="consider using tensor.mH"):
        _ = z.H


def test_modulus_sign_and_angle_at_zero():
    z = t.zeros(2, dtype=t.complex128, requires_grad=True)
    for function in (t.abs, t.angle):
        (g,) = grad(function(z).sum(), z)
        assert g.tolist() == [0, 0]
    (g,) = grad(t.sgn(z), z, t.ones(2, dtype=t.complex128))
    assert g.tolist() == [0, 0]


def test_angle_of_real_numbers():
    x = t.tensor([1.0, 0.0, -2.0, math.nan], requires_grad=True)
    y = t.angle(x)
    assert y.tolist()[:3] == [0, 0, pytest.approx(math.pi)] and math.isnan(y.tolist()[3])
    y.sum().backward()
    assert x.grad.tolist() == [0, 0, 0, 0]
    assert t.angle(t.tensor([-1, 1])).dtype is t.float32


def test_polar():
    z = numbers(5)
    np.testing.assert_allclose(t.polar(z.abs(), z.angle()).numpy(), z.numpy(), rtol=1e-13)
    with pytest.raises(RuntimeError, match="Expected both inputs to be Half, Float or Double tensors but got Long"):
        t.polar(t.tensor([1]), t.tensor([1]))
    with pytest.raises(RuntimeError, match="Expected object of scalar type Float but got scalar type Double"):
        t.complex(t.ones(1), t.ones(1, dtype=t.float64))
    with pytest.raises(TypeError, match="must be Tensor, not float"):
        t.complex(t.ones(1), 1.0)


# ------------------------------------------------------------------------------------------------ real and complex


@pytest.mark.parametrize("name", ["add", "sub", "mul", "div", "pow"])
def test_gradients_of_real_operands_are_real(name):
    x = t.tensor([0.5, 2.0], dtype=t.float64, requires_grad=True)
    z = numbers(3, 2).requires_grad_()
    for first, second in ((x, z), (z, x)):
        y = getattr(t, name)(first, second)
        assert y.dtype is t.complex128
        gx, gz = grad(y.abs().sum(), (x, z))
        assert gx.dtype is t.float64 and tuple(gx.shape) == (2,) and gz.dtype is t.complex128


def test_powers():
    z = t.tensor([0j, 2 + 1j], dtype=t.complex128, requires_grad=True)
    for power, expected in ((0, [0, 0]), (1, [1, 1]), (2, [0, 4 - 2j])):
        (g,) = grad(z**power, z, t.ones(2, dtype=t.complex128))
        np.testing.assert_allclose(g.numpy(), expected)
    x = t.tensor([-2.0], dtype=t.float64, requires_grad=True)
    w = t.tensor([0.5 + 1j], dtype=t.complex128, requires_grad=True)
    y = x**w
    assert gradcheck(lambda a, b: a**b, (x, w))
    np.testing.assert_allclose(y.detach().numpy(), np.exp(w.detach().numpy() * np.log(-2 + 0j)))
    zero = t.zeros(1, dtype=t.complex128, requires_grad=True)
    exponent = t.tensor([2j * 0], requires_grad=True)
    y = zero**exponent
    assert y.tolist() == [1]
    assert [g.tolist() for g in grad(y.real.sum(), (zero, exponent))] == [[0], [0]]


@pytest.mark.parametrize("exponent", [0, 0.0, t.tensor(0.0), t.tensor([0.0, 0.0])], ids=repr)
def test_zero_to_the_power_zero_has_slope_zero(exponent):
    x = t.tensor([0.0, 2.0], requires_grad=True)
    (x**exponent).sum().backward()
    assert x.grad.tolist() == [0, 0]


def test_complex_scalar_needs_a_cotangent():
    z = numbers(2).requires_grad_()
    with pytest.raises(RuntimeError, match="grad can be implicitly created only for real scalar outputs but got"):
        z.sum().backward()
    z.sum().backward(t.tensor(1j, dtype=t.complex128))
    assert z.grad.tolist() == [1j, 1j]


def test_forward_mode_keeps_complex_tangents_of_real_operands():
    x = t.tensor([2.0], dtype=t.float64)
    with forward_ad.dual_level():
        y = forward_ad.make_dual(x, t.ones(1, dtype=t.float64)) ** 1j
        tangent = forward_ad.unpack_dual(y).tangent
        np.testing.assert_allclose(tangent.numpy(), 1j * 2.0 ** (1j - 1))


def test_vmap():
    z, w = numbers(3, 2), numbers(3, 2, seed=1)
    found = vmap(lambda a, b: jvp(lambda c: t.view_as_real(c * c.conj()).sum(), (a,), (b,))[1])(z, w)
    np.testing.assert_allclose(found.numpy(), 2 * np.sum(z.numpy() * np.conj(w.numpy()), 1).real)
    np.testing.assert_allclose(vmap(t.view_as_complex)(t.view_as_real(z)).numpy(), z.numpy())
    assert vmap(lambda x: x.imag, in_dims=1)(z).shape == (2, 3)


# ------------------------------------------------------------------------------------------------ what is refused


@pytest.mark.parametrize("program, sentence", [
    (lambda z: z < z, "\"lt_cpu\" not implemented for 'ComplexDouble'"),
    (lambda z: t.maximum(z, z), "maximum not implemented for complex tensors."),
    (lambda z: z % 2, "\"remainder_cpu\" not implemented for 'ComplexDouble'"),
    (lambda z: z.sign(), "torch.sign is not intended to support complex numbers"),
    (lambda z: z.floor(), "floor is not supported for complex inputs"),
    (lambda z: z.abs_(), "In-place abs is not supported for complex tensors"),
    (lambda z: z.sort(), "Sort does not support complex dtypes"),
    (lambda z: t.zeros(2).fill_(1j), "value cannot be converted to type float without overflow"),
    (lambda z: float(z[0]), "value cannot be converted to type double without overflow"),
    (lambda z: z.real.add_(z), "result type ComplexDouble can't be cast to the desired output type Double"),
])  # fmt: skip
def test_refused(program, sentence):
    with pytest.raises(RuntimeError, match=sentence):
        program(numbers(2))


def test_real_numbers_of_complex_type_convert():
    assert float(t.tensor(2 + 0j)) == 2.0 and int(t.tensor(2 + 0j)) == 2 and complex(t.tensor(2j)) == 2j
    assert t.zeros(2).fill_(1 + 0j).tolist() == [1, 1]


def test_a_cast_to_real_warns():
    z = numbers(2).requires_grad_()
    with pytest.warns(UserWarning, match="Casting complex values to real discards the imaginary part"):
        x = z.to(t.float64)
    x.sum().backward()
    assert z.grad.tolist() == [1, 1]
    with pytest.warns(UserWarning, match="Casting complex values to real discards the imaginary part"):
        t.zeros(2, dtype=t.float64).copy_(z.detach())


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "complex64", "complex128"])
def test_a_number_leaves_the_layout(dtype):
    """An operand of one element, a Python number or a tensor, has no say in how the result lies in memory."""
    array = np.asfortranarray(np.arange(12).reshape(3, 4).astype(dtype))
    x, two = from_array(array), from_array(np.asarray(2, dtype))
    for result, expected in ((x * 2, array * 2), (2 - x, 2 - array), (x * two, array * 2), (two - x, 2 - array)):
        assert result.stride() == (1, 3) and np.array_equal(result.numpy(), expected)
    for part in (x[::2], x[:, 1], x[:0]):
        assert np.array_equal((part * two).numpy(), part.numpy() * 2)
    x[:, 1].mul_(two)
    assert array[:, 1].tolist() == [2, 10, 18]
