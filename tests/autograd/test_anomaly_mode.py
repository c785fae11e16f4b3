"""Anomaly mode: the first NaN of a backward pass, and the lines it belongs to."""

import warnings

import pytest

import wengert as t
from wengert.autograd import Function, detect_anomaly, grad, set_detect_anomaly
from wengert.func import vmap


@pytest.fixture(autouse=True)
def off_again():
    yield
    t.set_anomaly_enabled(False)


def leaf(*values):
    return t.tensor(values, dtype=t.double, requires_grad=True)


def root_times_zero(x):
    # 0 / (2 sqrt(0)) is NaN.
    return (x.sqrt() * 0).sum()


def test_a_nan_is_reported_with_the_line_of_the_forward_pass():
    y = root_times_zero(leaf(1.0, 0.0))
    with set_detect_anomaly(True), pytest.raises(RuntimeError) as caught:
        y.backward()
    first, second = str(caught.value).splitlines()
    assert first == "Function 'SqrtBackward0' returned nan values in its 0th output."
    assert second.startswith("  SqrtBackward0 was recorded at `x.sqrt()` at " + __file__)
    assert not getattr(caught.value, "__notes__", [])


def test_which_input_the_nan_belongs_to():
    x, w = leaf(1.0), leaf(float("inf"))
    with set_detect_anomaly(True), pytest.raises(RuntimeError, match="'MulBackward0' returned nan values in its 0th"):
        (x * w * 0).backward()
    with set_detect_anomaly(True), pytest.raises(RuntimeError, match="'MulBackward0' returned nan values in its 1th"):
        (w * x * 0).backward()


def test_without_the_mode_or_its_search_nan_passes():
    for make in (lambda: set_detect_anomaly(False), lambda: set_detect_anomaly(True, check_nan=False)):
        x = leaf(0.0)
        with make():
            root_times_zero(x).backward()
        assert x.grad.isnan().all()


def test_a_pass_without_nan_is_as_always():
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
    with set_detect_anomaly(True):
        y = (x * w).exp().sum() + t.cat([x, w]).max()
        (g,) = grad(y, x, create_graph=True)
        assert grad(g.sum(), w)[0].tolist() == ((1 + x * w) * (x * w).exp()).tolist()
        x.sort().values.sum().backward()


class NotANumber(Function):
    @staticmethod
    def forward(ctx, x):
        return x * 1

    @staticmethod
    def backward(ctx, g):
        return g * float("nan")


@pytest.mark.parametrize(
    "name, program",
    [
        ("NotANumberBackward", lambda x: NotANumber.apply(x)),
        ("SinBackward0", lambda x: _hooked(x.sin(), "node")),
        ("SinBackward0", lambda x: _hooked(x.sin(), "tensor")),
        ("CatBackward0", lambda x: t.cat([x.exp(), x]) * float("nan")),
    ],
)
def test_wherever_the_nan_comes_from(name, program):
    y = program(leaf(1.0, 2.0) * 1)
    name = "MulBackward0" if "Cat" in name else name
    with set_detect_anomaly(True), pytest.raises(RuntimeError, match=rf"Function '{name}' returned nan"):
        y.sum().backward()


def _hooked(y, kind):
    if kind == "node":
        y.grad_fn.register_hook(lambda inputs, outputs: (inputs[0] * float("nan"),))
    else:
        y.register_hook(lambda g: g * float("nan"))
    return y


def test_a_nan_in_the_pass_of_a_pass_names_both():
    x = leaf(0.0)
    with set_detect_anomaly(True):
        y = (x**1.5).sum()
        (g,) = grad(y, x, create_graph=True)
        (h,) = grad(g.sum(), x, create_graph=True)
        with pytest.raises(RuntimeError) as caught:
            (h * 0).sum().backward()
    lines = str(caught.value).splitlines()
    assert lines[0] == "Function 'PowBackward0' returned nan values in its 0th output."
    assert "`x**1.5`" in lines[1]
    assert "for the derivative of PowBackward0" in lines[2] and "`grad(g.sum(), x, create_graph=True)`" in lines[2]
    assert "for the derivative of PowBackward0" in lines[3] and "`grad(y, x, create_graph=True)`" in lines[3]
    assert len(lines) == 4


def test_an_error_in_the_pass_of_a_pass_names_both():
    def fail(g):
        raise ValueError("from a hook")

    x = leaf(2.0)
    with set_detect_anomaly(True):
        (g,) = grad((x**3).sum(), x, create_graph=True)
    g.grad_fn.register_prehook(fail)
    with pytest.raises(ValueError) as caught:
        g.sum().backward()
    assert "for the derivative of PowBackward0" in caught.value.__notes__[0]


def test_a_nan_in_a_pass_that_a_hook_starts_names_the_outer_line_too():
    def hook(g):
        with t.enable_grad():
            root_times_zero(leaf(0.0)).backward()

    y = leaf(1.0).exp()
    y.register_hook(hook)
    with set_detect_anomaly(True):
        with pytest.raises(RuntimeError, match=r"(?s)'SqrtBackward0' returned nan.*x\.sqrt\(\)") as caught:
            y.backward()
    (note,) = caught.value.__notes__
    assert "in the backward pass of ExpBackward0, recorded at `leaf(1.0).exp()`" in note


def test_under_levels():
    x = t.tensor([[1.0, 2.0], [3.0, 0.0]], dtype=t.double)
    with set_detect_anomaly(True):
        with pytest.raises(RuntimeError, match="'SqrtBackward0' returned nan"):
            vmap(t.func.grad(root_times_zero))(x)
        assert vmap(t.func.grad(lambda x: x.exp().sum()))(x).tolist() == x.exp().tolist()
        t.func.hessian(lambda x: x.exp().sum())(x[0])


def test_the_mode_is_for_all_threads_and_restored():
    assert (t.is_anomaly_enabled(), t.is_anomaly_check_nan_enabled()) == (False, True)
    set_detect_anomaly(True, False)
    assert (t.is_anomaly_enabled(), t.is_anomaly_check_nan_enabled()) == (True, False)
    with pytest.warns(UserWarning):
        with detect_anomaly():
            assert (t.is_anomaly_enabled(), t.is_anomaly_check_nan_enabled()) == (True, True)
            with set_detect_anomaly(False):
                assert not t.is_anomaly_enabled()
            assert t.is_anomaly_enabled()
    assert (t.is_anomaly_enabled(), t.is_anomaly_check_nan_enabled()) == (True, False)
    set_detect_anomaly(False)
    assert (t.is_anomaly_enabled(), t.is_anomaly_check_nan_enabled()) == (False, True)


def test_entering_warns_once():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with detect_anomaly():
            leaf(1.0).exp().backward()
    assert [str(w.message) for w in caught] == [
        "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for "
        "debugging."
    ]
    assert caught[0].filename == __file__
