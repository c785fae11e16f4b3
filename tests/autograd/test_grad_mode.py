"""Grad modes as context managers, decorators and around generators."""

import pytest

import wengert as t


def test_context_managers_nest_and_restore():
    w = t.ones(1, requires_grad=True)
    assert t.is_grad_enabled()
    with t.no_grad():
        assert not t.is_grad_enabled() and not (w * 2).requires_grad
        with t.enable_grad():
            assert (w * 2).requires_grad
            with t.set_grad_enabled(False):
                assert not t.is_grad_enabled()
            assert t.is_grad_enabled()
        assert not t.is_grad_enabled()
    assert t.is_grad_enabled()
    with pytest.raises(KeyError), t.no_grad():
        raise KeyError
    assert t.is_grad_enabled()


def test_set_grad_enabled_as_a_function():
    t.set_grad_enabled(False)
    try:
        assert not t.is_grad_enabled()
    finally:
        t.set_grad_enabled(True)
    assert t.is_grad_enabled()


@pytest.mark.parametrize(
    "make", [lambda: t.no_grad(), lambda: t.no_grad, lambda: t.set_grad_enabled(False), lambda: t.inference_mode()]
)
def test_decorators(make):
    @make()
    def inside():
        """Says so."""
        return t.is_grad_enabled()

    assert inside() is False and t.is_grad_enabled() and inside.__doc__ == "Says so." and inside.__name__ == "inside"


def test_generators_keep_their_mode_between_steps():
    @t.no_grad()
    def inside():
        try:
            received = yield t.is_grad_enabled()
            yield (received, t.is_grad_enabled())
        except ValueError:
            yield ("thrown", t.is_grad_enabled())
        return t.is_grad_enabled()

    steps = inside()
    assert next(steps) is False and t.is_grad_enabled()
    assert steps.send(5) == (5, False) and t.is_grad_enabled()
    assert steps.throw(ValueError()) == ("thrown", False) and t.is_grad_enabled()
    with pytest.raises(StopIteration) as stop:
        next(steps)
    assert stop.value.value is False and t.is_grad_enabled()


def test_the_generators_caller_may_change_its_own_mode():
    @t.enable_grad()
    def inside():
        yield t.is_grad_enabled()
        yield t.is_grad_enabled()

    steps = inside()
    with t.no_grad():
        assert next(steps) and not t.is_grad_enabled()
    assert next(steps) and t.is_grad_enabled()


def test_inference_mode():
    w = t.ones(2, requires_grad=True)
    with t.inference_mode():
        assert t.is_inference_mode_enabled() and not t.is_grad_enabled()
        y = w * 2
        y.add_(1)
    assert y.is_inference() and not y.requires_grad and not t.is_inference_mode_enabled()
    with pytest.raises(RuntimeError, match="Inplace update to inference tensor outside InferenceMode"):
        y.add_(1)
    with pytest.raises(RuntimeError, match="Inference tensors cannot be saved for backward"):
        w * y
    assert y.clone().is_inference() is False
    (w * y.clone()).sum().backward()
    assert w.grad.tolist() == [3, 3]
    with t.inference_mode(False):
        assert t.is_grad_enabled()


def test_in_no_grad_results_are_leaves_and_views_may_not_be_changed_outside():
    w = t.ones(2, requires_grad=True)
    with t.no_grad():
        assert (w * 2).is_leaf and (w * 2).grad_fn is None
    y = w * 2
    with t.no_grad():
        view = y[:1]
    with pytest.raises(RuntimeError, match="A view was created in no_grad mode and is being modified inplace"):
        view.mul_(2)
