"""Forward mode: dual tensors, their levels, their views and in-place changes, and their place in the reverse graph."""

import numpy as np
import pytest

import wengert as torch
from wengert.autograd import forward_ad as fw
from wengert.core import registry
from wengert.library import general
from wengert.ops import dual


def vector(*values, **keywords):
    return torch.tensor(values, dtype=torch.float64, **keywords)


def tangent_of(y):
    return fw.unpack_dual(y).tangent


# ------------------------------------------------------------------------------------------------ levels


def test_a_dual_tensor_carries_its_tangent():
    with fw.dual_level():
        x = fw.make_dual(vector(1.0, 2.0), vector(1.0, 10.0))
        y = fw.unpack_dual(x * x)
        assert type(y) is fw.UnpackedDualTensor
        assert y.primal.tolist() == [1.0, 4.0] and y.tangent.tolist() == [2.0, 40.0]
        assert repr(x) == "tensor([1., 2.], dtype=wengert.float64, tangent=tensor([ 1., 10.], dtype=wengert.float64))"


def test_duals_become_ordinary_when_their_level_ends():
    with fw.dual_level():
        x = fw.make_dual(vector(1.0, 2.0), vector(1.0, 1.0))
        y = x * 3
    assert fw.unpack_dual(y) == (y._payload.primal, None)
    assert (x + y).tolist() == [4.0, 8.0] and (x + y)._level == 0
    with fw.dual_level():
        other = fw.make_dual(vector(5.0, 5.0), vector(7.0, 7.0))
        z = x * other
        assert tangent_of(z).tolist() == [7.0, 14.0]
    assert y.numpy().tolist() == [3.0, 6.0] and y.sum().item() == 9.0


def test_other_tensors_unpack_to_themselves():
    x = vector(1.0)
    assert fw.unpack_dual(x) == (x, None)
    with fw.dual_level():
        assert fw.unpack_dual(x) == (x, None)


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (
            lambda: fw.make_dual(torch.ones(2), torch.ones(3)),
            RuntimeError,
            "different size than that of the original Tensor",
        ),
        (
            lambda: fw.make_dual(torch.ones(2, dtype=torch.int64), torch.ones(2)),
            ValueError,
            "Expected primal to be floating",
        ),
        (
            lambda: fw.make_dual(torch.ones(2), torch.ones(2, dtype=torch.int64)),
            ValueError,
            "Expected tangent to be floating",
        ),
        (lambda: fw.make_dual(1.0, torch.ones(2)), TypeError, "primal must be a Tensor"),
        (
            lambda: fw.make_dual(fw.make_dual(torch.ones(2), torch.ones(2)), torch.ones(2)),
            RuntimeError,
            "already has a forward",
        ),
        (
            lambda: fw.make_dual(torch.ones(2), fw.make_dual(torch.ones(2), torch.ones(2))),
            RuntimeError,
            "itself has a forward gradient at the same level",
        ),
        (
            lambda: fw.make_dual(torch.ones(2), torch.ones(2, dtype=torch.complex64)),
            RuntimeError,
            "tangent of a real value",
        ),
        (fw.enter_dual_level, RuntimeError, "Nested forward mode AD is not supported"),
    ],
)
def test_bad_duals_are_refused(make, kind, message):
    with fw.dual_level(), pytest.raises(kind, match=message):
        make()
    with fw.dual_level():
        assert tangent_of(fw.make_dual(torch.ones(2), torch.ones(2)) * 2).tolist() == [2.0, 2.0]


def test_a_dual_needs_a_level():
    with pytest.raises(RuntimeError, match="no level exists, make sure to enter_dual_level"):
        fw.make_dual(torch.ones(2), torch.ones(2))
    with pytest.raises(RuntimeError, match="Dual level must be a positive number"):
        fw.exit_dual_level()


def test_a_tangent_takes_its_primals_type():
    with fw.dual_level():
        x = fw.make_dual(torch.ones(2), vector(1.0, 2.0))
        assert tangent_of(x).dtype is torch.float32
        y = x * vector(1.0, 2.0)
        assert (
            y.dtype is torch.float64 and tangent_of(y).dtype is torch.float64 and tangent_of(y).tolist() == [1.0, 4.0]
        )


# ------------------------------------------------------------------------------------------------ tangents by kind


def test_broadcasting_gives_tangents_of_the_results_shape():
    with fw.dual_level():
        x = fw.make_dual(torch.ones(3, 1), torch.ones(3, 1))
        assert tangent_of(x + torch.zeros(2)).tolist() == [[1.0, 1.0]] * 3
        assert tangent_of(2.0 - x).tolist() == [[-1.0]] * 3


def test_bilinear_tangents_add_up():
    x, y, u, v = (
        torch.tensor(np.random.default_rng(i).normal(size=s)) for i, s in enumerate([(2, 3), (3, 4), (2, 3), (3, 4)])
    )
    with fw.dual_level():
        found = tangent_of(fw.make_dual(x, u) @ fw.make_dual(y, v))
    np.testing.assert_allclose(found.numpy(), (u @ y + x @ v).numpy(), rtol=1e-14)


def test_complex_rules_are_not_conjugated():
    z, t = torch.tensor([1 + 2j]), torch.tensor([0.5 - 1j])
    with fw.dual_level():
        d = fw.make_dual(z, t)
        np.testing.assert_allclose(tangent_of(d * d).numpy(), (2 * z * t).numpy(), rtol=1e-6)
        np.testing.assert_allclose(tangent_of(torch.exp(d)).numpy(), (torch.exp(z) * t).numpy(), rtol=1e-6)
        assert tangent_of(d.conj()).numpy() == t.conj().numpy()
        assert tangent_of(d.real).item() == 0.5 and tangent_of(d.imag).item() == -1.0
        np.testing.assert_allclose(tangent_of(d.abs()).item(), (z.conj() * t).real.item() / abs(1 + 2j), rtol=1e-6)


def test_results_without_derivative_have_no_tangent():
    with fw.dual_level():
        x = fw.make_dual(vector(3.0, 1.0), vector(1.0, 2.0))
        assert tangent_of(x > 2) is None and tangent_of(x.argmax()) is None
        assert tangent_of(x.floor()).tolist() == [0.0, 0.0]
        assert tangent_of(x.detach()) is None
        values, indices = x.max(0)
        assert tangent_of(values).item() == 1.0 and tangent_of(indices) is None


def test_lists_of_operands_fill_in_zeros():
    with fw.dual_level():
        x = fw.make_dual(vector(1.0), vector(5.0))
        assert tangent_of(torch.cat([vector(0.0), x, vector(2.0)])).tolist() == [0.0, 5.0, 0.0]
        assert tangent_of(torch.stack([x, x * 2])).tolist() == [[5.0], [10.0]]


@pytest.fixture
def sum_of_squares():
    """An operation without a declared tangent."""
    name = "sum_of_squares"
    yield general(
        f"{name}(input)", forward=lambda x: np.asarray(np.sum(x * x)), method=False, public=False,
        input=lambda g, input: g * (2.0 * input),
    )  # fmt: skip
    del registry.operations[name]
    registry.internal.remove(name)


def test_a_pullback_of_the_pullback_serves_where_nothing_is_declared(sum_of_squares):
    x, t = vector(2.0, 3.0, 4.0), vector(1.0, 0.5, 0.25)
    assert dual.mode_of(sum_of_squares) == "double pullback"
    with fw.dual_level():
        found = tangent_of(sum_of_squares(fw.make_dual(x, t)))
    assert found.item() == 2 * (2 * 1.0 + 3 * 0.5 + 4 * 0.25)


def test_a_function_with_a_kink_takes_the_side_of_reverse_mode():
    x = vector(-1.0, 0.0, 2.0)
    with fw.dual_level():
        assert tangent_of(torch.relu(fw.make_dual(x, torch.ones_like(x)))).tolist() == [0.0, 0.0, 1.0]


# ------------------------------------------------------------------------------------------------ in place and views


def test_in_place_operations_are_written_into_the_given_tangent():
    given, tangent = vector(1.0, 2.0), vector(1.0, 10.0)
    with fw.dual_level():
        x = fw.make_dual(given, tangent)
        x.mul_(x)
        assert tangent_of(x).tolist() == [2.0, 40.0] and x.tolist() == [1.0, 4.0]
        x.add_(1)
        assert tangent_of(x).tolist() == [2.0, 40.0]
        x.exp_()
        np.testing.assert_allclose(tangent_of(x).numpy(), np.exp([2.0, 5.0]) * [2.0, 40.0])
        x.zero_()
        assert tangent_of(x) is None or tangent_of(x).tolist() == [0.0, 0.0]
        assert tangent_of(x) is tangent
    assert tangent.tolist() == [0.0, 0.0]
    assert given.tolist() == [0.0, 0.0]  # a dual tensor shares the memory of its primal


def test_views_see_in_place_changes_of_their_base_and_the_other_way_round():
    with fw.dual_level():
        x = fw.make_dual(vector(1.0, 2.0, 3.0, 4.0), vector(1.0, 1.0, 1.0, 1.0))
        matrix = x.reshape(2, 2)
        row = matrix[1]
        row.mul_(10)
        assert tangent_of(x).tolist() == [1.0, 1.0, 10.0, 10.0] and x.tolist() == [1.0, 2.0, 30.0, 40.0]
        assert tangent_of(matrix).tolist() == [[1.0, 1.0], [10.0, 10.0]]
        x.mul_(2)
        assert tangent_of(row).tolist() == [20.0, 20.0]
        matrix[:, 0] = 0.0
        assert tangent_of(x).tolist() == [0.0, 2.0, 0.0, 20.0] and tangent_of(row).tolist() == [0.0, 20.0]


def test_a_buffer_becomes_dual_when_a_dual_is_written_into_it():
    with fw.dual_level():
        buffer = torch.zeros(3, dtype=torch.float64)
        x = fw.make_dual(vector(2.0, 3.0), vector(1.0, 5.0))
        buffer[1:] = x * x
        assert buffer.tolist() == [0.0, 4.0, 9.0] and tangent_of(buffer).tolist() == [0.0, 4.0, 30.0]
        buffer += 1
        assert tangent_of(buffer * buffer).tolist() == [0.0, 40.0, 600.0]
        plain = torch.ones(2, dtype=torch.float64)
        plain.mul_(x)
        assert tangent_of(plain).tolist() == [1.0, 5.0]


# ------------------------------------------------------------------------------------------------ with reverse mode


def test_reverse_over_forward():
    x = vector(1.0, 2.0, requires_grad=True)
    t = vector(3.0, 4.0, requires_grad=True)
    with fw.dual_level():
        y = (fw.make_dual(x, t) ** 3).sum()
        tangent_of(y).backward()
    assert x.grad.tolist() == [18.0, 48.0]  # d/dx of 3 x^2 t
    assert t.grad.tolist() == [3.0, 12.0]


def test_forward_over_reverse_gives_hessian_vector_products():
    x = vector(1.0, 2.0, requires_grad=True)
    with fw.dual_level():
        d = fw.make_dual(x, vector(1.0, 10.0))
        y = (d**3).sum() + d.prod()
        for wanted in (x, d):
            (g,) = torch.autograd.grad(y, wanted, retain_graph=True)
            np.testing.assert_allclose(fw.unpack_dual(g).primal.numpy(), [3.0 + 2.0, 12.0 + 1.0])
            np.testing.assert_allclose(tangent_of(g).numpy(), [6.0 + 10.0, 120.0 + 1.0])


def test_parameters_outside_of_the_dual_get_gradients_with_tangents():
    w = vector(2.0, requires_grad=True)
    with fw.dual_level():
        x = fw.make_dual(vector(3.0), vector(1.0))
        (g,) = torch.autograd.grad((w * w * x).sum(), w)
        assert fw.unpack_dual(g).primal.item() == 12.0 and tangent_of(g).item() == 4.0
        (w * x).sum().backward()
    assert w.grad.item() == 3.0 and w.grad._level == 0


def test_in_place_forward_over_reverse():
    x = vector(2.0, 3.0, requires_grad=True)
    with fw.dual_level():
        y = fw.make_dual(x, vector(1.0, 1.0)) * 1.0
        y.mul_(y)
        y[0].mul_(5)
        (g,) = torch.autograd.grad(y.sum(), x)
        assert fw.unpack_dual(g).primal.tolist() == [20.0, 6.0] and tangent_of(g).tolist() == [10.0, 2.0]


def test_infinite_values_do_not_poison_the_implied_gradient():
    with fw.dual_level():
        x = fw.make_dual(vector(1000.0, requires_grad=True), vector(1.0))
        (g,) = torch.autograd.grad((x * float("inf")).sum(), x)
        assert fw.unpack_dual(g).primal.item() == float("inf")


def test_no_grad_does_not_stop_tangents():
    with fw.dual_level(), torch.no_grad():
        assert tangent_of(fw.make_dual(vector(2.0), vector(1.0)).square()).item() == 4.0


def test_a_tangent_is_the_given_tensor_and_no_other_dual_shares_it():
    v = vector(1.0, 10.0)
    with fw.dual_level():
        x = fw.make_dual(vector(1.0, 2.0), v)
        assert tangent_of(x) is v
        y = x + 0  # its rule hands the tangent through
        y.mul_(3)
        assert v.tolist() == [1.0, 10.0] and tangent_of(x).tolist() == [1.0, 10.0]
        v.mul_(2)
        assert tangent_of(x).tolist() == [2.0, 20.0] and tangent_of(y).tolist() == [3.0, 30.0]
        x[1:].mul_(5)
        assert v.tolist() == [2.0, 100.0]
        x.copy_(vector(7.0, 7.0))
        assert v.tolist() == [0.0, 0.0] and tangent_of(x) is v


def test_a_tangent_that_cannot_be_written_is_replaced():
    expanded = torch.ones((), dtype=torch.float64).expand(2)
    frozen = torch.from_numpy(np.ones(2))
    frozen.array.flags.writeable = False
    recorded = vector(1.0, 1.0, requires_grad=True)
    for v in (expanded, frozen, recorded):
        with fw.dual_level():
            x = fw.make_dual(vector(1.0, 2.0), v)
            x.mul_(3)
            assert tangent_of(x).tolist() == [3.0, 3.0]
        assert v.tolist() == [1.0, 1.0]


def test_in_place_by_itself_takes_the_value_from_before():
    # PyTorch takes the value from after the change here, and its tangent is another.
    with fw.dual_level():
        x = fw.make_dual(vector(3.0), vector(1.0))
        x.mul_(x)
        assert tangent_of(x).tolist() == [6.0]


def test_a_dual_that_is_told_to_require_a_gradient():
    with fw.dual_level():
        x = fw.make_dual(vector(2.0), vector(1.0)).requires_grad_()
        y = x**3
        primal, tangent = fw.unpack_dual(y)
        (first,) = torch.autograd.grad(primal, x, retain_graph=True)
        (second,) = torch.autograd.grad(tangent, x)
        assert first.item() == 12.0 and second.item() == 12.0
        (g,) = torch.autograd.grad(x**3, x)
        assert fw.unpack_dual(g).primal.item() == 12.0 and tangent_of(g).item() == 12.0


def test_forward_mode_can_be_switched_off():
    with fw.dual_level():
        x = fw.make_dual(vector(2.0), vector(1.0))
        with fw._set_fwd_grad_enabled(False):
            assert not fw._is_fwd_grad_enabled()
            y = x * 3
            x.add_(1)
            assert tangent_of(x) is None and tangent_of(y) is None
        assert fw._is_fwd_grad_enabled() and tangent_of(x).item() == 1.0 and tangent_of(y) is None
        with torch.inference_mode():
            assert tangent_of(x * 3) is None


def test_a_level_is_a_decorator_too():
    @fw.dual_level()
    def derivative(x):
        return tangent_of(fw.make_dual(x, torch.ones_like(x)) ** 2)

    assert derivative(vector(3.0)).item() == 6.0 and derivative(vector(4.0)).item() == 8.0
