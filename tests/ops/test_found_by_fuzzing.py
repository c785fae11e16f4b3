"""What random programs found: `make fuzz`."""

import pytest

import wengert as t


@pytest.mark.parametrize("keepdim", [False, True])
def test_second_derivative_of_a_product_of_nothing(keepdim):
    x = t.zeros((0, 4), dtype=t.float64).requires_grad_()
    with t.autograd.forward_ad.dual_level():
        d = t.autograd.forward_ad.make_dual(x, t.zeros((0, 4), dtype=t.float64))
        y = d.prod(0, keepdim=keepdim)
        (g,) = t.autograd.grad(y.sum(), x, create_graph=True)
    assert tuple(g.shape) == (0, 4)


@pytest.mark.parametrize("name", ["index_copy", "index_add"])
def test_a_source_of_another_dtype_is_refused(name):
    x = t.zeros(2)
    with pytest.raises(RuntimeError, match="index_(copy|add)_\\(\\): self .*(same dtype|same scalar type)"):
        getattr(x, name)(0, t.tensor([0]), t.ones(1, dtype=t.float64))
    with pytest.raises(RuntimeError, match="Expected self.dtype to be equal to src.dtype"):
        x.scatter_add_(0, t.tensor([0]), t.ones(1, dtype=t.float64))
    assert x.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("spaced_result", [False, True])
def test_negative_of_a_part_with_gaps(spaced_result):
    """NumPy's own loop for strided doubles into strided doubles reads the wrong elements."""
    x = t.arange(32.0, dtype=t.float64).reshape(4, 4, 2)
    part = x[:, 0]
    expected = [[-a for a in row] for row in part.tolist()]
    if spaced_result:
        assert part.neg_().tolist() == expected
    else:
        assert (-part).tolist() == expected


def test_a_view_follows_its_base_when_that_becomes_dual():
    """A constant that is changed in place with a dual tensor has a tangent from then on; so have its earlier views."""
    with t.autograd.forward_ad.dual_level():
        d = t.autograd.forward_ad.make_dual(t.tensor([2.0]), t.tensor([1.0]))
        base = t.tensor([3.0])
        view, other = base.expand(2), base[:]
        base.mul_(d)
        value, tangent = t.autograd.forward_ad.unpack_dual(view * 1)
        assert value.tolist() == [6.0, 6.0] and tangent.tolist() == [3.0, 3.0]
        assert t.autograd.forward_ad.unpack_dual(other).tangent.tolist() == [3.0]
        assert t.autograd.forward_ad.unpack_dual(base).tangent.tolist() == [3.0]
    assert view.tolist() == [6.0, 6.0]
