"""Views whose in-place change autograd cannot follow: PyTorch's sentence, then the two lines that matter."""

import pytest

import wengert as t


def two_lines(error) -> list[str]:
    """The source texts that the second line of an error quotes."""
    return str(error.value).splitlines()[1].split("`")[1::2]


def test_one_of_several_views_is_not_changed_in_place():
    y = t.ones(2, 3, requires_grad=True) * 2
    a, _ = y.unbind(0)
    with pytest.raises(RuntimeError, match="^Output 0 of Unbind is a view and is being modified") as error:
        a.mul_(3)
    assert two_lines(error) == ["y.unbind(0)", "a.mul_(3)"]
    # Nothing was written, and the graph still works.
    assert a.tolist() == [2.0, 2.0, 2.0]
    y.sum().backward()


def test_one_of_several_views_after_its_base_was_changed():
    y = t.ones(4, requires_grad=True) * 2
    a, b = y.split(2)
    y.mul_(3)
    with pytest.raises(RuntimeError, match="its base or another view of its base has been modified") as error:
        a * 2
    assert two_lines(error) == ["y.split(2)", "y.mul_(3)"]
    assert b.tolist() == [6.0, 6.0]


def test_a_view_made_under_no_grad():
    y = t.ones(4, requires_grad=True) * 2
    with t.no_grad():
        v = y[:2]
    with pytest.raises(RuntimeError, match="^A view was created in no_grad mode and is being modified") as error:
        v.add_(1)
    assert two_lines(error) == ["y[:2]", "v.add_(1)"]


def test_a_view_made_in_inference_mode():
    y = t.ones(4, requires_grad=True) * 2
    with t.inference_mode():
        v = y[:2]
    with pytest.raises(RuntimeError, match="^A view was created in inference mode and is being modified") as error:
        v.add_(1)
    assert two_lines(error) == ["y[:2]", "v.add_(1)"]


def test_a_view_of_a_leaf():
    x = t.ones(4, requires_grad=True)
    with pytest.raises(RuntimeError, match="^a view of a leaf Variable that requires grad is being used") as error:
        x[:2].add_(1)
    assert two_lines(error) == ["x[:2].add_(1)", "x[:2]"]


def test_parts_have_one_gradient_node():
    x = t.ones(3, 2, requires_grad=True)
    a, b, c = (x * 1).unbind(0)
    assert a.grad_fn is b.grad_fn is c.grad_fn
    assert [v.output_nr for v in (a, b, c)] == [0, 1, 2]
    (2 * a + c).sum().backward()
    assert x.grad.tolist() == [[2, 2], [0, 0], [1, 1]]


def test_parts_of_nothing():
    assert t.ones(0, 3).unbind(0) == ()
    assert [tuple(v.shape) for v in t.ones(0, 3).split(2)] == [(0, 3)]
    assert [tuple(v.shape) for v in t.ones(2, 0).unbind(0)] == [(0,), (0,)]


def test_a_hundred_parts():
    x = t.arange(100.0, requires_grad=True)
    parts = x.unbind(0)
    (parts[99] * 5 + parts[63] * 2 + parts[64] * 3).backward()
    expected = [0.0] * 100
    expected[99], expected[63], expected[64] = 5.0, 2.0, 3.0
    assert x.grad.tolist() == expected
    pieces = x.split(1)
    assert all(piece.requires_grad for piece in pieces)


def test_view_of_a_base_that_was_transposed_in_place():
    x = t.ones(2, 3, requires_grad=True)
    y = x * 2
    v = y[0]
    y.t_()
    with pytest.raises(RuntimeError, match="was given another shape or other memory") as error:
        v * 2
    assert two_lines(error) == ["y[0]", "y.t_()"]
    assert v.tolist() == [2.0, 2.0, 2.0]


def test_shape_changed_in_place_is_noticed_by_what_saved_it():
    x = t.ones(2, 3, requires_grad=True)
    y = x * 2
    z = (y * y).sum()
    y.t_()
    with pytest.raises(RuntimeError, match="has been modified by an inplace operation"):
        z.backward()


def test_set_keeps_counting_versions():
    x = t.ones(3, requires_grad=True)
    w = t.ones(3)
    y = x * w
    w.set_(t.zeros(3))
    assert w._version == 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_set_beyond_the_memory():
    x = t.ones(3)
    with pytest.raises(RuntimeError, match="out of bounds for storage"):
        x.set_(t.ones(2).untyped_storage(), 0, (5,), (1,))
    assert x.tolist() == [1.0, 1.0, 1.0]


def test_resize_grows_and_shrinks():
    x = t.arange(6.0)
    v = x[:2]
    assert x.resize_(2, 2).tolist() == [[0.0, 1.0], [2.0, 3.0]]
    assert x.resize_(6).tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert tuple(x.resize_(3, 3).shape) == (3, 3)
    assert x[0].tolist() == [0.0, 1.0, 2.0] and x[1].tolist() == [3.0, 4.0, 5.0]
    assert v.tolist() == [0.0, 1.0]
    with pytest.raises(RuntimeError, match="negative dimension"):
        x.resize_(-1)
