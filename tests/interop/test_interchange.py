"""Memory shared with other libraries: NumPy both ways, DLPack, the buffer protocol; copies and pickles."""

import copy
import pickle

import numpy as np
import pytest

import wengert

TYPES = ["float16", "float32", "float64", "complex64", "complex128", "uint8", "int8", "int16", "int32", "int64", "bool",
         "uint16", "uint32", "uint64"]  # fmt: skip


# ------------------------------------------------------------------------------------------------ arrays


@pytest.mark.parametrize("name", TYPES)
def test_array_of_a_tensor_is_its_memory(name):
    x = wengert.ones(2, 3, dtype=getattr(wengert, name))
    for array in (np.asarray(x), x.numpy(), np.array(x, copy=None)):
        assert array.dtype == np.dtype(name) and array.shape == (2, 3)
        assert array.__array_interface__["data"][0] == x.data_ptr()
    assert np.array(x).__array_interface__["data"][0] != x.data_ptr()
    array = np.asarray(x)
    array[0, 0] = 0
    assert x[0, 0].item() == 0


def test_array_with_dtype_and_copy():
    x = wengert.tensor([1.0, 2.0])
    assert np.asarray(x, np.float64).dtype == np.float64
    assert np.array(x, np.int64).tolist() == [1, 2]
    with pytest.raises(ValueError, match="Unable to avoid copy"):
        np.asarray(x, np.float64, copy=False)
    assert np.asarray(x, copy=False).__array_interface__["data"][0] == x.data_ptr()
    assert x.__array__(copy=True).__array_interface__["data"][0] != x.data_ptr()
    with pytest.raises(ValueError, match="Unable to avoid copy"):
        x.__array__(np.float64, copy=False)


@pytest.mark.parametrize(
    "make",
    [np.array, np.asarray, lambda x: np.array([x, x]), lambda x: np.array([[1.0], [x[0]]]), lambda x: np.asarray(x * 2),
     lambda x: np.array([x[0], 2.0]), lambda x: np.array(x, dtype=np.float32), lambda x: np.array([x], dtype=object),
     lambda x: np.vstack([np.array(x)]), lambda x: np.array(x[0])],
)  # fmt: skip
def test_no_array_is_made_of_what_requires_a_gradient(make):
    with pytest.raises(RuntimeError, match="Can't call numpy\\(\\) on Tensor that requires grad"):
        make(wengert.ones(2, requires_grad=True))


def test_writing_what_requires_a_gradient_into_an_array_is_refused():
    x = wengert.ones(3, requires_grad=True)
    array = np.zeros(3)
    with pytest.raises(RuntimeError, match="requires grad"):
        array[:] = x
    with pytest.raises(RuntimeError, match="requires grad"):
        array += x
    with pytest.raises(RuntimeError, match="requires grad"):
        np.exp(x, out=array)
    assert array.tolist() == [0, 0, 0]


def test_of_no_gradient_arrays_are_written():
    array = np.zeros(3)
    array[:] = wengert.ones(3)
    array += wengert.tensor([1.0, 2.0, 3.0])
    assert isinstance(array, np.ndarray) and array.tolist() == [2, 3, 4]
    np.exp(wengert.zeros(3), out=array)
    assert array.tolist() == [1, 1, 1]


# ------------------------------------------------------------------------------------------------ buffers


@pytest.mark.parametrize("name", TYPES)
def test_buffer(name):
    x = wengert.ones(2, 3, dtype=getattr(wengert, name))
    view = memoryview(x)
    assert view.shape == (2, 3) and view.itemsize == x.element_size() and view.nbytes == x.nbytes and not view.readonly
    assert np.asarray(view).dtype == np.dtype(name)
    assert bytes(x) == x.numpy().tobytes()


def test_buffer_keeps_the_memory_alive_and_shares_it():
    x = wengert.tensor([1.0, 2.0, 3.0], dtype=wengert.float64)
    view = memoryview(x)
    view[1] = 9.0
    assert x.tolist() == [1, 9, 3]
    assert memoryview(x[::2]).tolist() == [1.0, 3.0]
    del x
    assert view.tolist() == [1.0, 9.0, 3.0]


def test_buffer_of_read_only_memory_is_read_only():
    array = np.arange(3.0)
    array.flags.writeable = False
    with pytest.warns(UserWarning, match="not writable"):
        x = wengert.from_numpy(array)
    assert memoryview(x).readonly


def test_buffer_refuses_what_requires_a_gradient():
    with pytest.raises(BufferError, match="require gradient"):
        memoryview(wengert.ones(2, requires_grad=True))
    with pytest.raises(BufferError, match="require gradient"):
        bytes(wengert.ones(2, requires_grad=True) * 2)
    with pytest.raises(BufferError, match="function transform"):
        wengert.func.vmap(lambda x: x + len(memoryview(x)))(wengert.ones(2, 3))


# ------------------------------------------------------------------------------------------------ DLPack


@pytest.mark.parametrize("name", TYPES)
def test_dlpack_with_numpy(name):
    x = wengert.ones(2, 3, dtype=getattr(wengert, name))
    array = np.from_dlpack(x.transpose(0, 1))
    assert array.shape == (3, 2) and array.dtype == np.dtype(name)
    assert array.__array_interface__["data"][0] == x.data_ptr()
    back = wengert.from_dlpack(array)
    assert back.data_ptr() == x.data_ptr() and tuple(back.stride()) == (1, 3) and back.dtype is x.dtype


def test_dlpack_of_bfloat16():
    x = wengert.tensor([1.0, 2.0, 3.0], dtype=wengert.bfloat16)
    y = wengert.from_dlpack(OfAnotherLibrary(x))
    assert y.dtype is wengert.bfloat16 and y.tolist() == [1, 2, 3] and y.data_ptr() == x.data_ptr()
    with pytest.raises((RuntimeError, BufferError)):
        np.from_dlpack(x)


class OfAnotherLibrary:
    """A tensor under another class."""

    def __init__(self, x):
        self.x, self.dtype = x, "bfloat16"

    def __dlpack__(self, **keywords):
        return self.x.__dlpack__(**keywords)

    def __dlpack_device__(self):
        return self.x.__dlpack_device__()


def test_dlpack_memory_may_be_written():
    array = np.arange(3.0)
    x = wengert.from_dlpack(array)
    x[0] = 5.0
    assert array[0] == 5.0
    assert wengert.from_dlpack(x).data_ptr() == x.data_ptr()
    assert wengert.from_dlpack(x, copy=True).data_ptr() != x.data_ptr()
    if np.lib.NumpyVersion(np.__version__) >= "2.1.0":
        assert np.from_dlpack(x, copy=True).__array_interface__["data"][0] != x.data_ptr()


def test_dlpack_of_nothing_and_of_no_dimensions():
    assert np.from_dlpack(wengert.zeros(0, 3)).shape == (0, 3)
    assert np.from_dlpack(wengert.tensor(2.0)).shape == ()
    assert wengert.from_dlpack(np.zeros((2, 0))).shape == (2, 0)


def test_dlpack_refusals():
    x = wengert.ones(2, requires_grad=True)
    with pytest.raises(BufferError, match="Can't export tensors that require gradient"):
        np.from_dlpack(x)
    with pytest.raises(BufferError, match="Can't export tensors that require gradient"):
        wengert.from_dlpack(x)
    with pytest.raises(BufferError, match="device"):
        x.detach().__dlpack__(dl_device=(2, 0))
    with pytest.raises(AssertionError, match="stream should be None"):
        x.detach().__dlpack__(stream=1)
    with pytest.raises(TypeError, match="from_dlpack.*list"):
        wengert.from_dlpack([1, 2])
    assert x.__dlpack_device__() == (1, 0)


class OfFirstVersion:
    """An array of a library that knows only the first version of the protocol."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, stream=None):
        return self.array.__dlpack__()

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


def test_dlpack_of_the_first_version_may_be_written_too():
    array = np.arange(4.0)
    x = wengert.from_dlpack(OfFirstVersion(array))
    x += 1
    assert array.tolist() == [1, 2, 3, 4]


# ------------------------------------------------------------------------------------------------ pickles and copies


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("name", [*TYPES, "bfloat16"])
def test_pickles(protocol, name):
    x = (wengert.arange(6) % 2).to(getattr(wengert, name)).reshape(2, 3)
    y = pickle.loads(pickle.dumps(x, protocol))
    assert y.dtype is x.dtype and y.shape == x.shape and y.tolist() == x.tolist() and y.data_ptr() != x.data_ptr()


def test_pickled_views_share_memory():
    x = wengert.arange(6.0)
    part, turned = x[2:4], x.view(2, 3).t()
    y, y_part, y_turned = pickle.loads(pickle.dumps((x, part, turned)))
    assert y_part.tolist() == [2, 3] and tuple(y_turned.stride()) == (1, 3) and y_part.storage_offset() == 2
    y[2] = 99
    assert y_part[0] == 99 and y_turned[2, 0] == 99
    assert y.untyped_storage() is y_part.untyped_storage()
    assert y_part._version == y._version > 0


def test_pickles_out_of_band():
    x = wengert.arange(1000.0)
    buffers = []
    text = pickle.dumps(x, 5, buffer_callback=buffers.append)
    assert len(text) < 1000 and len(buffers) == 1
    assert pickle.loads(text, buffers=buffers).tolist() == x.tolist()


def test_pickles_keep_what_a_tensor_is():
    x = wengert.nn.Parameter(wengert.ones(2))
    x.note = "here"
    y = pickle.loads(pickle.dumps(x))
    assert type(y) is wengert.nn.Parameter and y.requires_grad and y.note == "here" and y.grad is None
    z = pickle.loads(pickle.dumps(x * 2))
    assert z.requires_grad and z.is_leaf
    empty = pickle.loads(pickle.dumps(wengert.zeros(0, 3)))
    assert empty.shape == (0, 3)
    scalar = pickle.loads(pickle.dumps(wengert.tensor(3)))
    assert scalar.item() == 3 and scalar.shape == ()


def test_pickles_of_unusual_memory():
    array = np.arange(6.0)[::-2]
    x = wengert.tensor(0.0) + array
    assert pickle.loads(pickle.dumps(x)).tolist() == [5, 3, 1]
    spread = wengert.tensor([1.0]).expand(3)
    assert pickle.loads(pickle.dumps(spread)).tolist() == [1, 1, 1]
    gap = wengert.arange(6.0)[::2]
    assert pickle.loads(pickle.dumps(gap)).tolist() == [0, 2, 4]
    bits = wengert.from_numpy(np.arange(4, dtype=np.int32).view(np.float32))
    assert pickle.loads(pickle.dumps(bits)).numpy().view(np.int32).tolist() == [0, 1, 2, 3]


def test_deep_copies():
    x = wengert.ones(3, requires_grad=True)
    x.grad = wengert.ones(3)
    part = wengert.arange(4.0)
    made = copy.deepcopy({"x": x, "again": x, "whole": part, "part": part[1:3]})
    assert made["x"] is made["again"] is not x and made["x"].requires_grad and made["x"].grad.tolist() == [1, 1, 1]
    made["whole"][1] = 7
    assert made["part"].tolist() == [7, 2] and part.tolist() == [0, 1, 2, 3]
    with pytest.raises(RuntimeError, match="Only Tensors created explicitly by the user"):
        copy.deepcopy(x * 2)
    shallow = copy.copy(x)
    assert shallow.data_ptr() == x.data_ptr() and shallow.requires_grad and shallow is not x
    # What has a history keeps it: NumPy code that copies its argument differentiates.
    product = x * 2
    shallow = copy.copy(product.T)
    assert shallow.data_ptr() == product.data_ptr()
    shallow.sum().backward()
    assert x.grad.tolist() == [3, 3, 3]
