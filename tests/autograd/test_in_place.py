"""In-place operations on tensors and views, inside a graph: values, histories, versions and what is forbidden."""

import pytest

import wengert as t


def leaf(*values):
    return t.tensor(values, requires_grad=True)


def test_an_in_place_operation_is_a_new_history():
    w = leaf(1.0, 2.0)
    y = w * 3
    y.mul_(y.detach().clone())
    assert y.grad_fn.name() == "MulBackward0" and y.tolist() == [9, 36]
    y.sum().backward()
    assert w.grad.tolist() == [9, 18]


def test_squaring_in_place_with_itself():
    w = leaf(2.0)
    y = w * 1
    y.mul_(y)
    y.sum().backward()
    assert w.grad.item() == 4


def test_a_slice_assigned_inside_a_graph():
    w, v = leaf(1.0, 2.0, 3.0), leaf(5.0)
    y = w * 2
    y[1:2] = v * 3
    assert y.tolist() == [2, 15, 6]
    (y * t.tensor([1.0, 10.0, 100.0])).sum().backward()
    assert w.grad.tolist() == [2, 0, 200] and v.grad.tolist() == [30]


def test_a_slice_assigned_with_a_number_cuts_the_gradient():
    w = leaf(1.0, 2.0, 3.0)
    y = w * 2
    y[0] = 7.0
    y.sum().backward()
    assert y.tolist() == [7, 4, 6] and w.grad.tolist() == [0, 2, 2]


def test_mask_and_position_assignment_inside_a_graph():
    w, v = leaf(1.0, 2.0, 3.0), leaf(4.0, 5.0)
    y = w * 1
    y[[0, 2]] = v
    y[y > 4.5] = 0.0
    assert y.tolist() == [4, 2, 0]
    y.sum().backward()
    assert w.grad.tolist() == [0, 1, 0] and v.grad.tolist() == [1, 0]


def test_a_view_of_a_view_changed_in_place():
    w = t.arange(6.0).reshape(2, 3).requires_grad_()
    y = w * 1
    view = y.t()[1]
    view.mul_(10)
    assert view._base is y and y.tolist() == [[0, 10, 2], [3, 40, 5]]
    y.sum().backward()
    assert w.grad.tolist() == [[1, 10, 1], [1, 10, 1]]


def test_a_view_seen_after_its_base_was_changed():
    w = leaf(1.0, 2.0)
    y = w * 1
    view = y[1:]
    y.mul_(5)
    assert view.tolist() == [10]
    view.sum().backward()
    assert w.grad.tolist() == [0, 5]


def test_a_view_seen_after_its_sibling_was_changed():
    w = leaf(1.0, 2.0, 3.0)
    y = w * 1
    a, b = y[:2], y[1:]
    a.mul_(4)
    assert b.tolist() == [8, 3]
    b.sum().backward()
    assert w.grad.tolist() == [0, 4, 1]


def test_a_tensor_without_gradient_gets_one_through_its_view():
    w = leaf(3.0, 4.0)
    base = t.zeros(2, 2)
    base[0] = w * 2
    assert base.requires_grad and base.grad_fn is not None
    base.sum().backward()
    assert w.grad.tolist() == [2, 2]


def test_versions_count_changes_through_any_view():
    x = t.zeros(4)
    view = x[1:].view(3, 1)
    assert x._version == 0
    view.add_(1)
    x.mul_(2)
    assert x._version == view._version == 2
    assert x.detach()._version == 2


def test_a_changed_saved_value_names_both_places():
    w = leaf(1.0, 2.0)
    y = w.exp()
    z = (y * y).sum()
    y.add_(1)
    with pytest.raises(RuntimeError, match="^one of the variables needed for gradient computation") as error:
        z.backward()
    text = str(error.value)
    assert "version 1; expected version 0" in text
    assert "y * y" in text and "y.add_(1)" in text and "test_in_place.py" in text
    assert w.grad is None
    (w * 2).sum().backward()
    assert w.grad.tolist() == [2, 2]


def test_a_saved_value_changed_through_a_view_is_noticed():
    w = leaf(1.0, 2.0)
    y = w * 1
    z = y.exp()
    loss = z.sum()
    z[0:1].add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_a_change_before_saving_is_fine():
    w = leaf(1.0)
    y = w * 2
    y.add_(1)
    y.square().sum().backward()
    assert w.grad.item() == 12


def test_leaves_are_not_changed_in_place():
    w = leaf(1.0, 2.0)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad is being used in an in-place operation"):
        w.add_(1)
    with pytest.raises(RuntimeError, match="a view of a leaf Variable that requires grad is being used in an in-place"):
        w[0] = 3.0
    assert w.tolist() == [1, 2]
    with t.no_grad():
        w.add_(1)
    assert w.tolist() == [2, 3] and w.is_leaf and w.grad_fn is None


def test_expanded_tensors_are_not_written():
    with pytest.raises(RuntimeError, match="more than one element of the written-to tensor refers to a single"):
        t.zeros(1, 3).expand(2, 3).add_(1)


def test_shape_and_dtype_cannot_change_in_place():
    with pytest.raises(RuntimeError, match=r"output with shape \[2\] doesn't match the broadcast shape \[3, 2\]"):
        t.ones(2).add_(t.ones(3, 2))
    with pytest.raises(RuntimeError, match="result type Float can't be cast to the desired output type Long"):
        t.ones(2, dtype=t.long).add_(1.5)


def test_retain_grad_follows_an_in_place_change():
    w = leaf(1.0)
    y = w * 2
    y.retain_grad()
    y.mul_(3)
    y.sum().backward()
    assert y.grad.item() == 1 and w.grad.item() == 6


def test_operators_in_place():
    w = leaf(4.0)
    y = w * 1
    same = y
    y += 1
    y *= 2
    y -= 4
    y /= 3
    y **= 2
    assert y is same and y.item() == 4
    y.sum().backward()
    assert w.grad.item() == pytest.approx(2 * 2 * 2 / 3)


@pytest.mark.parametrize("shape", [(2, 0), (0, 3), (0,)])
def test_tensors_without_elements_are_changed_in_place(shape):
    x = t.zeros(shape).clone()
    assert x.neg_() is x and x.mul_(2) is x and x._version == 2
