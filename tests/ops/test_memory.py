"""Storages, memory formats, memory read as another type, memory shared with NumPy and with other processes."""

import mmap
import os

import numpy as np
import pytest

import wengert as t


def test_memory_read_as_another_type_is_the_same_memory():
    x = t.tensor([1.0, -0.0], requires_grad=True)
    y = x * 1
    bits = y.view(t.int32)
    assert bits.tolist() == [0x3F800000, -(2**31)] and not bits.requires_grad
    assert bits.untyped_storage() is y.untyped_storage()
    bits[0] = 0x40000000
    assert y.tolist() == [2.0, -0.0] and y._version == 1
    assert y.view(t.uint8).shape == (8,) and y.view(t.float64).shape == (1,)


def test_a_change_through_another_type_is_noticed():
    x = t.ones(2, requires_grad=True)
    y = x * 1
    z = y.exp()
    z.view(t.int32).zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()


def test_memory_read_as_another_type_under_vmap():
    x = t.arange(6.0).reshape(3, 2)
    assert t.vmap(lambda row: row.view(t.int32))(x).tolist() == x.view(t.int32).tolist()
    assert t.vmap(lambda row: row.view(t.int16))(x).tolist() == x.view(t.int16).tolist()


def test_one_memory_has_one_storage():
    x = t.arange(6.0)
    assert x[2:].untyped_storage() is x.untyped_storage()
    assert x.storage() == x[1:].storage() and x.clone().storage() != x.storage()
    assert len(x.untyped_storage()) == 24 and len(x[3:].storage()) == 6
    assert t.is_storage(x.storage()) and not t.is_storage(x)


def test_a_write_to_a_storage_is_an_in_place_change():
    x = t.zeros(2, requires_grad=True)
    y = (x * 1).exp()
    y.storage()[0] = 5.0
    assert y.tolist() == [5.0, 1.0]
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_numpy_and_tensors_share_memory_both_ways():
    array = np.zeros((2, 3))
    x = t.from_numpy(array)
    x[0, 1] = 1
    array[1, 2] = 2
    assert x.tolist() == array.tolist() == [[0, 1, 0], [0, 0, 2]]
    part = x.t()[1:].numpy()
    part[...] = 7
    assert array[:, 1:].tolist() == [[7, 7], [7, 7]]
    assert x.data_ptr() == array.ctypes.data
    assert t.asarray(array).data_ptr() == x.data_ptr() == t.as_tensor(array).data_ptr()
    buffer = bytearray(4)
    t.frombuffer(buffer, dtype=t.int16)[1] = 258
    assert buffer == bytes([0, 0, 2, 1])


def test_memory_formats():
    x = t.arange(120.0, requires_grad=True)
    y = x.reshape(2, 3, 4, 5).contiguous(memory_format=t.channels_last)
    assert y.stride() == (60, 1, 15, 3) and y.is_contiguous(memory_format=t.channels_last) and not y.is_contiguous()
    assert y.contiguous(memory_format=t.channels_last) is y
    (y * t.arange(120.0).reshape(2, 3, 4, 5)).sum().backward()
    assert x.grad.tolist() == list(range(120))
    assert t.zeros_like(y).stride() == y.stride() == y.clone().stride()
    found = t.vmap(lambda z: z.clone(memory_format=t.channels_last))(y.detach().reshape(2, 1, 3, 4, 5))
    assert found.tolist() == y.reshape(2, 1, 3, 4, 5).tolist()
    with pytest.raises(RuntimeError, match="required rank 4"):
        t.zeros(2).contiguous(memory_format=t.channels_last)
    assert repr(t.channels_last) == "wengert.channels_last" and t.zeros(1).layout is t.strided


def test_the_words_of_layouts_are_copied_as_themselves():
    import copy
    import pickle

    for word in (t.strided, t.channels_last, t.preserve_format):
        assert copy.deepcopy(word) is word and pickle.loads(pickle.dumps(word)) is word


def test_shared_with_a_process():
    x = t.zeros(3)
    assert not x.is_shared() and x.share_memory_() is x and x.is_shared()
    child = os.fork()
    if not child:
        x.array[1] = 5
        os._exit(0)
    os.waitpid(child, 0)
    assert x.tolist() == [0, 5, 0]
    y = t.zeros(2)
    view = y[:1]
    with pytest.raises(RuntimeError, match="clone"):
        y.share_memory_()
    with pytest.raises(RuntimeError, match="clone"):
        view.share_memory_()


def test_tensors_of_files(tmp_path):
    path = str(tmp_path / "numbers")
    x = t.from_file(path, shared=True, size=3, dtype=t.float64)
    x[1] = 2
    assert np.fromfile(path).tolist() == [0, 2, 0]
    own = t.from_file(path, size=3, dtype=t.float64)
    own[0] = 9
    assert np.fromfile(path).tolist() == [0, 2, 0] and own.tolist() == [9, 2, 0]
    for arguments in ((path, False, 9), (str(tmp_path / "none"), False, 1)):
        with pytest.raises(RuntimeError, match="file"):
            t.from_file(*arguments, dtype=t.float64)


def test_a_mapped_file_that_is_not_shared_memory(tmp_path):
    (tmp_path / "zeros").write_bytes(bytes(8))
    with open(tmp_path / "zeros", "r+b") as file:
        x = t.frombuffer(mmap.mmap(file.fileno(), 8), dtype=t.float64)
    assert not x.is_shared() and x.tolist() == [0.0]


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda x: x.view("a"), TypeError, "view()"),
        (lambda x: x.view(t.float64), RuntimeError, "self.size(-1) must be divisible by 2 to view Float as Double"),
        (lambda x: x.t().view(t.int16), RuntimeError, "self.stride(-1) must be 1"),
        (lambda x: x[:, 1:].view(t.float64), RuntimeError, "self.storage_offset() must be divisible by 2"),
        (lambda x: x[0, 0].view(t.int16), RuntimeError, "self.dim() cannot be 0"),
        (lambda x: x.stride(2), IndexError, "got 2"),
        (lambda x: x.size(1.5), TypeError, "size(): argument 'dim' (position 1) must be int, not float"),
        (lambda x: x.is_contiguous(memory_format=3), TypeError, "memory_format"),
        (lambda x: x.resize_(-1), RuntimeError, "negative dimension"),
        (lambda x: x.set_(3), TypeError, "set_(): argument 'source'"),
        (lambda x: x.set_(x.storage(), -1, (2,)), RuntimeError, "invalid storage offset -1"),
        (lambda x: x[0].fill_diagonal_(1), RuntimeError, "larger than 1: fill_diagonal_ was given 1"),
        (lambda x: x.pin_memory(), RuntimeError, "pin_memory()"),
        (lambda x: x.untyped_storage().copy_(t.zeros(1).untyped_storage()), RuntimeError, "24 bytes but src was 4"),
        (lambda x: t.zeros(2, layout="strided"), TypeError, "zeros(): argument 'layout'"),
        (lambda x: t.full((2,), 300, dtype=t.uint8), RuntimeError, "without overflow: the value is 300"),
        (lambda x: t.arange(5, 1), RuntimeError, "inconsistent with step sign"),
        (lambda x: t.hann_window(-1), RuntimeError, "hann_window requires non-negative window_length"),
        (lambda x: t.tensor([x[0], x[1]]), ValueError, "tensor of shape [3]; stack()"),
        (lambda x: t.frombuffer(bytearray(3), dtype=t.int16), ValueError, "multiple of element size (2)"),
        (lambda x: t.empty_strided((2,), (1, 2)), RuntimeError, "sizes (1) must match dimensionality of strides (2)"),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error) as caught:
        call(t.arange(6.0).reshape(2, 3))
    assert words in str(caught.value)


def test_out_of_factories():
    out = t.empty(0, dtype=t.float64)
    assert t.arange(3, out=out) is out and out.tolist() == [0, 1, 2] and out.dtype is t.float64
    whole = t.ones(2, 3)
    t.zeros(3, out=whole[1])
    assert whole.tolist() == [[1, 1, 1], [0, 0, 0]]
    with pytest.raises(RuntimeError, match="does not match dtype of out"):
        t.zeros(3, out=out, dtype=t.int64)


def test_factories_in_a_batch():
    def filled(x):
        y = t.full_like(x, 2)
        y[0] = x[0]
        return y

    assert t.vmap(filled)(t.arange(4.0).reshape(2, 2)).tolist() == [[0, 2], [2, 2]]
    assert t.vmap(lambda x: x.new_full((1,), 3).add_(x[0]))(t.arange(4.0).reshape(2, 2)).tolist() == [[3], [5]]
