"""Storages as sequences of bytes and of elements: printing, indexing, writing, other sizes; the classes by element
type."""

import copy
import pickle

import numpy as np
import pytest

import wengert as t


def test_bytes():
    u = t.tensor([0, 1, 2], dtype=t.int16).untyped_storage()
    assert u.tolist() == list(u) == [0, 0, 1, 0, 2, 0] and u.nbytes() == u.size() == len(u) == 6
    assert repr(u[2:4]) == " 1\n 0\n[wengert.storage.UntypedStorage(device=cpu) of size 2]"
    assert u[2] == 1 and u[-2] == 2 and u[1:3].tolist() == [0, 1] and u[4:4].tolist() == []
    assert u.untyped() is u and u.cpu() is u and not u.is_shared() and not u.is_cuda and u.resizable()


def test_a_slice_is_the_same_memory():
    x = t.zeros(2, dtype=t.uint8)
    x.untyped_storage()[1:].fill_(-1)
    assert x.tolist() == [0, 255]


def test_writing():
    x = t.zeros(3, dtype=t.uint8)
    u = x.untyped_storage()
    u.fill_(300)
    u[0] = 5
    assert x.tolist() == [5, 44, 44] and x._version == 2
    u[1:3] = 7
    assert x.tolist() == [5, 7, 7]
    u.copy_(t.tensor([1, 2, 3], dtype=t.uint8).untyped_storage())
    assert x.tolist() == [1, 2, 3] and u.clone().tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda u: u["a"], TypeError, "can't index a wengert.UntypedStorage with str"),
        (lambda u: u[9], IndexError, "index 9 out of range for storage of size 3"),
        (lambda u: u[::2], RuntimeError, "Trying to slice with a step of 2, but only a step of 1 is supported"),
        (lambda u: u.__setitem__(9, 1), RuntimeError, "out of bounds"),
        (lambda u: u.fill_("a"), RuntimeError, "fill_ expects int, but got str"),
        (lambda u: u.copy_(t.zeros(9).untyped_storage()), RuntimeError, "self was 3 bytes but src was 36 bytes"),
        (lambda u: u.resize_("a"), RuntimeError, "resize_ expects an int, but got str"),
        (lambda u: u.resize_(-1), RuntimeError, "must not be negative"),
        (lambda u: t.UntypedStorage("a"), TypeError, "expected a size in bytes or a sequence"),
    ],
)
def test_refused(call, error, words):
    x = t.tensor([1, 2, 3], dtype=t.uint8)
    with pytest.raises(error, match=words):
        call(x.untyped_storage())
    assert x.tolist() == [1, 2, 3]


def test_tensors_follow_a_storage_to_its_new_memory():
    x = t.arange(4.0)
    rest, turned = x[1:], x.reshape(2, 2).t()
    memory = x.untyped_storage()
    assert memory.resize_(32) is memory and memory.nbytes() == 32
    assert x.data_ptr() == memory.data_ptr() and rest.storage_offset() == 1 and turned.stride() == (1, 2)
    rest.fill_(5.0)
    assert x.tolist() == [0, 5, 5, 5] and turned.tolist() == [[0, 5], [5, 5]]
    assert x.resize_(8).tolist() == [0, 5, 5, 5, 0, 0, 0, 0]
    assert pickle.loads(pickle.dumps(x)).tolist() == copy.deepcopy(x).tolist() == x.tolist()


def test_a_saved_value_notices_that_its_storage_has_moved():
    x = t.ones(2, requires_grad=True)
    y = (x * 1).exp()
    y.untyped_storage().resize_(64)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_a_storage_is_not_made_too_small_for_a_tensor():
    x = t.arange(4.0)
    memory = x.untyped_storage()
    with pytest.raises(RuntimeError, match=r"a tensor of shape \[4\] reaches to byte 16"):
        memory.resize_(8)
    assert x.tolist() == [0, 1, 2, 3] and memory.nbytes() == 16
    part = x.detach()[:2].detach()
    del x
    memory.resize_(8)
    assert part.tolist() == [0, 1] and memory.nbytes() == 8


def test_elements():
    s = t.tensor([1, 2, 3], dtype=t.int16).storage()
    assert s.tolist() == list(s) == [1, 2, 3] and s.size() == 3 and s.nbytes() == 6 and s.element_size() == 2
    assert repr(s) == " 1\n 2\n 3\n[wengert.storage.TypedStorage(dtype=wengert.int16, device=cpu) of size 3]"
    assert s[-1] == 3 and s.type() == "wengert.ShortStorage" and s.pickle_storage_type() == "ShortStorage"
    assert s.double().tolist() == [1.0, 2.0, 3.0] and s.bool().dtype is t.bool and s.short() is s
    s.resize_(5)
    assert s.tolist() == [1, 2, 3, 0, 0] and pickle.loads(pickle.dumps(s)).tolist() == s.tolist()
    with pytest.raises(RuntimeError, match="slices are only supported in UntypedStorage"):
        s[1:2]
    with pytest.raises(IndexError, match="index 9 out of range"):
        s[9]


def test_classes_by_element_type():
    assert isinstance(t.ones(2).storage(), t.FloatStorage) and not isinstance(t.ones(2).storage(), t.LongStorage)
    assert t.ones(2, dtype=t.int64).storage_type() is t.LongStorage and t.DoubleStorage.dtype is t.float64
    assert t.FloatStorage([1, 2.5]).tolist() == [1.0, 2.5] and t.IntStorage(3).size() == 3
    assert t.TypedStorage([1, 2], dtype=t.int32).nbytes() == 8 and t.UntypedStorage([1, 300]).tolist() == [1, 44]
    assert t.storage.UntypedStorage is t.UntypedStorage and t.UntypedStorage(4).tolist() == [0] * 4
    with pytest.raises(TypeError, match="expected a size or a sequence, not str"):
        t.FloatStorage("a")


def test_tensor_types():
    assert t.FloatTensor(2, 3).shape == (2, 3) and t.FloatTensor(t.Size([2])).shape == (2,)
    assert t.LongTensor().shape == (0,)
    assert t.LongTensor([1.5, 2]).tolist() == [1, 2] and t.FloatTensor((1, 2)).tolist() == [1.0, 2.0]
    assert t.BoolTensor([1, 0]).dtype is t.bool and t.HalfTensor([1]).dtype is t.float16
    x = t.ones(2)
    assert isinstance(x, t.FloatTensor) and not isinstance(x, t.LongTensor) and not isinstance(1, t.FloatTensor)
    y = t.FloatTensor(x)
    y[0] = 3.0
    assert x.tolist() == [3.0, 1.0] and x.type(t.LongTensor).dtype is t.int64
    assert t.FloatTensor(t.FloatStorage([1, 2])).tolist() == [1.0, 2.0]
    z = t.Tensor(x)
    z[1] = 4.0
    assert x.tolist() == [3.0, 4.0]
    for call, words in (
        (lambda: t.FloatTensor("a"), "invalid data type 'str'"), (lambda: t.LongTensor(2.5), "data must be a sequence"),
        (lambda: t.FloatTensor(t.ones(2, dtype=t.int64)), "expected a tensor of wengert.float32"),
        (lambda: t.FloatTensor(2, "a"), "must be tuple of ints"),
    ):  # fmt: skip
        with pytest.raises(TypeError, match=words):
            call()


def test_strides_of_new_dimensions_in_exported_arrays():
    x = t.arange(6.0).reshape(2, 3)
    for y in (x[None], x[:, None], x.expand(1, 2, 3)):
        assert 0 not in y.stride() and y.numpy().strides == tuple(4 * step for step in y.stride())
        assert np.shares_memory(y.numpy(), x.numpy())


def test_a_resized_tensor_keeps_its_storage_and_those_on_it_follow():
    x = t.ones(4)
    storage, view = x.untyped_storage(), x[:2]
    assert x.resize_(10) is x and x.untyped_storage() is storage and storage.nbytes() == 40
    x[0] = 7
    assert view.tolist() == [7, 1] and view.untyped_storage() is storage
    x.resize_(2, 1)
    assert x.untyped_storage() is storage and storage.nbytes() == 40 and x.tolist() == [[7], [1]]
