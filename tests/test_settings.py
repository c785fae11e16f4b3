"""Settings that hold in any case, and devices that are not there."""

import pytest

import wengert as t


def test_the_default_device_is_the_cpu():
    t.set_default_device("cpu")
    t.set_default_device(None)
    assert t.get_default_device() == t.device("cpu")
    with pytest.raises(AssertionError, match="Torch not compiled with CUDA enabled"):
        t.set_default_device("cuda")


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: t.ones(2, device="cuda"), AssertionError, "Torch not compiled with CUDA enabled"),
        (lambda: t.ones(2).to("cuda:7"), AssertionError, "Torch not compiled with CUDA enabled"),
        (lambda: t.ones(2).cuda(), AssertionError, "Torch not compiled with CUDA enabled"),
        (lambda: t.ones(2, device=0), RuntimeError, "Cannot access accelerator device when none is available."),
        (lambda: t.ones(2).to("mps"), RuntimeError, "PyTorch is not linked with support for mps devices"),
        (lambda: t.device("a"), RuntimeError, "Expected one of cpu, cuda"),
        (lambda: t.device("cpu:x"), RuntimeError, "Invalid device string: 'cpu:x'"),
        (lambda: t.device(2.5), TypeError, "must be str, not float"),
        (lambda: t.cuda.current_device(), AssertionError, "Torch not compiled with CUDA enabled"),
    ],
)
def test_other_devices(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_a_device_can_be_named_that_is_not_there():
    assert str(t.device("cuda:1")) == "cuda:1" and t.device("cuda") != t.device("cpu")
    assert not t.cuda.is_available() and t.cuda.device_count() == 0 and not t.cuda.is_initialized()
    t.cuda.manual_seed_all(0)
    assert not t.ones(2).is_mps and t.ones(2).to_dense().tolist() == [1.0, 1.0]


def test_deterministic_algorithms():
    assert not t.are_deterministic_algorithms_enabled() and t.get_deterministic_debug_mode() == 0
    try:
        t.use_deterministic_algorithms(True, warn_only=True)
        assert t.are_deterministic_algorithms_enabled() and t.is_deterministic_algorithms_warn_only_enabled()
        t.set_deterministic_debug_mode("error")
        assert t.get_deterministic_debug_mode() == 2 and not t.is_deterministic_algorithms_warn_only_enabled()
        with pytest.raises(RuntimeError, match="invalid value of debug_mode"):
            t.set_deterministic_debug_mode("x")
        with pytest.raises(TypeError, match="'mode' must be bool"):
            t.use_deterministic_algorithms(1)
    finally:
        t.use_deterministic_algorithms(False)


def test_the_precision_of_products():
    try:
        t.set_float32_matmul_precision("high")
        assert t.get_float32_matmul_precision() == "high"
        with pytest.raises(RuntimeError, match="a is not one of 'highest', 'high', and 'medium'"):
            t.set_float32_matmul_precision("a")
    finally:
        t.set_float32_matmul_precision("highest")


def test_the_default_type_by_the_name_of_a_tensor_type():
    try:
        t.set_default_tensor_type("torch.DoubleTensor")
        assert t.get_default_dtype() is t.float64
        t.set_default_tensor_type(t.FloatTensor)
        assert t.get_default_dtype() is t.float32
    finally:
        t.set_default_dtype(t.float32)
    for wrong in (t.LongTensor, "a", 3):
        with pytest.raises(TypeError):
            t.set_default_tensor_type(wrong)


def test_in_place_names_as_functions():
    x = t.ones(2, 2)
    assert t.zero_(x) is x and x.tolist() == [[0, 0], [0, 0]]
    assert t.detach_(x) is x and t.as_strided_(x, (3,), (1,)) is x and x.shape == (3,)
    assert t.newaxis is None and t.histogram(x).hist.shape == (100,)
    for call in (lambda: t.zero_("a"), lambda: t.detach_("a"), lambda: t.as_strided_("a", (1,), (1,))):
        with pytest.raises(TypeError, match="must be Tensor, not str"):
            call()


def test_a_device_as_the_place_of_what_is_made():
    with t.device("cpu") as device:
        assert device == t.ones(1).device
    with pytest.raises(AssertionError, match="^Torch not compiled with CUDA enabled"), t.device("cuda"):
        raise ValueError("entered")
