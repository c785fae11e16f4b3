"""Where a number would leave the graph the caller is told: a warning where PyTorch warns, an error where it refuses."""

import numpy
import pytest

import wengert as t


@pytest.fixture
def w():
    return t.tensor(1.5, requires_grad=True)


@pytest.mark.parametrize("convert", [float, int, complex])
def test_pythons_conversions_warn(w, convert):
    with pytest.warns(UserWarning, match="Converting a tensor with requires_grad=True to a scalar"):
        assert convert(w) == convert(1.5)
    with t.no_grad():
        assert convert(w) == convert(1.5)
    assert convert(w.detach()) == convert(1.5)


def test_an_array_that_is_written_an_element_of_a_tensor(w):
    a = numpy.zeros(3)
    with pytest.warns(UserWarning, match="neither has the array|nor has the array"):
        a[1] = w
    assert a.tolist() == [0.0, 1.5, 0.0]


def test_several_elements_are_no_number():
    with pytest.raises(ValueError, match="only one element tensors can be converted to Python scalars"):
        float(t.ones(3))


@pytest.mark.parametrize("call", [
    lambda w, a: t.full((2,), w), lambda w, a: t.full_like(a, w), lambda w, a: a.new_full((2,), w),
    lambda w, a: t.arange(w, 5.0), lambda w, a: t.linspace(0.0, w, 3), lambda w, a: t.addcmul(a, a, a, value=w),
    lambda w, a: t.addmm(t.eye(2), t.eye(2), t.eye(2), alpha=w), lambda w, a: t.isclose(a, a, w),
    lambda w, a: t.ones(2).uniform_(0, w), lambda w, a: t.ones(2).normal_(w, 1.0),
])  # fmt: skip
def test_a_parameter_with_history_is_refused(w, call):
    with pytest.raises(TypeError, match="must be (Number|float)|must be Numbers"):
        call(w, t.ones(2))
    # Without history it is a number like any other.
    call(w.detach(), t.ones(2))


def test_ldl_has_no_derivative_in_either_mode():
    with pytest.raises(NotImplementedError, match="linalg_ldl_factor_ex"):
        t.func.jvp(lambda x: t.linalg.ldl_factor(x @ x.T)[0], (t.eye(2),), (t.ones(2, 2),))
    with pytest.raises((NotImplementedError, RuntimeError), match="derivative for"):
        t.linalg.ldl_factor(t.eye(2, requires_grad=True))[0].sum().backward()


def test_new_tensor_has_the_dtype_of_its_tensor():
    assert t.ones(2, dtype=t.float64).new_tensor(t.tensor([1, 2])).dtype is t.float64


def test_names_of_types():
    x = t.ones(2)
    assert x.type("torch.DoubleTensor").dtype is t.float64
    assert x.type(x.double().type()).dtype is t.float64
    with pytest.raises(ValueError, match="invalid type: 'nonsense'"):
        x.type("nonsense")


@pytest.mark.parametrize("data, kind, words", [
    ([1, None], RuntimeError, "Could not infer dtype of NoneType"), ([1, "a"], TypeError, "invalid data type 'str'"),
    ([1.0, "a"], TypeError, "invalid data type 'str'"), ([[1], [object()]], RuntimeError, "Could not infer dtype"),
])  # fmt: skip
def test_what_is_no_number_is_named(data, kind, words):
    with pytest.raises(kind, match=words):
        t.tensor(data)


def test_one_tensor_is_no_out_for_several_results():
    for call in (lambda out: t.sort(t.ones(3), out=out), lambda out: t.unbind_copy(t.ones(3), out=out)):
        with pytest.raises(TypeError, match="argument 'out' must be tuple of Tensors"):
            call(t.ones(3))
