"""Tensors to other types and devices, and copies of them."""

import copy

import numpy as np
import pytest

import wengert as t


def test_to_a_device_by_name_or_object():
    x = t.ones(2, requires_grad=True)
    assert x.to("cpu") is x
    assert x.to(t.device("cpu")) is x
    assert x.to("cpu", t.float64).dtype is t.float64
    assert x.to(device="cpu", dtype=t.float64).dtype is t.float64
    assert x.to(t.ones(1, dtype=t.float64)).dtype is t.float64


def test_deepcopies_share_what_their_originals_share():
    x = t.arange(6.0).reshape(2, 3)
    whole, part, turned = copy.deepcopy([x, x[1], x.t()])
    whole.mul_(10)
    assert part.tolist() == [30.0, 40.0, 50.0]
    assert turned.tolist() == [[0.0, 30.0], [10.0, 40.0], [20.0, 50.0]]
    assert turned.stride() == (1, 3)
    assert part._version == whole._version == 1
    assert x.tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]


def test_deepcopy_of_any_memory():
    import numpy

    for array in (
        numpy.arange(6.0)[::2],
        numpy.ones((3, 0)),
        numpy.broadcast_to(numpy.float64(2.0), (2, 3)),
        numpy.arange(6.0).reshape(2, 3).T,
        numpy.arange(12.0)[3:9].view(numpy.complex128),
    ):
        x = t.from_numpy(array) if array.flags.writeable else t.tensor(2.0).expand(2, 3)
        y = copy.deepcopy(x)
        assert y.tolist() == x.tolist() and y.dtype is x.dtype
        assert y.numel() == 0 or y.data_ptr() != x.data_ptr()


def test_deepcopy_of_a_parameter_has_no_gradient():
    p = t.nn.Parameter(t.ones(2))
    p.sum().backward()
    q = copy.deepcopy(p)
    assert isinstance(q, t.nn.Parameter) and q.requires_grad and q.grad is None


def test_detach_and_is_inference_are_functions_too():
    x = t.ones(2, requires_grad=True)
    assert not t.detach(x).requires_grad
    assert not t.is_inference(x)
    with t.inference_mode():
        assert t.is_inference(t.ones(1))


def test_what_is_a_tensor():
    assert t.is_tensor(t.ones(2)) and t.is_tensor(t.nn.Parameter(t.ones(2)))
    assert not any([t.is_tensor(x) for x in (np.ones(2), 1.0, [t.ones(2)], None)])
    assert not t.is_tensor(t.Tensor)


def test_cpu_in_a_memory_format():
    x = t.zeros(2, 3, 4, 5)
    assert x.cpu() is x
    assert x.cpu(memory_format=t.channels_last).is_contiguous(memory_format=t.channels_last)
    with pytest.raises(TypeError, match="memory_format"):
        x.cpu(0)
