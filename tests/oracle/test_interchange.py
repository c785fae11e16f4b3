"""Memory shared with PyTorch, both ways, through DLPack and NumPy."""

import pickle

import numpy as np
import pytest

import wengert

torch = pytest.importorskip("torch")

TYPES = ["float16", "float32", "float64", "complex64", "complex128", "uint8", "int8", "int16", "int32", "int64", "bool",
         "bfloat16"]


@pytest.mark.oracle
@pytest.mark.parametrize("name", TYPES)
def test_from_dlpack_both_ways_without_a_copy(name):
    ours = wengert.ones(2, 3, dtype=getattr(wengert, name)).transpose(0, 1)
    theirs = torch.from_dlpack(ours)
    assert theirs.data_ptr() == ours.data_ptr() and theirs.dtype is getattr(torch, name)
    assert tuple(theirs.shape) == (3, 2) and theirs.stride() == tuple(ours.stride())
    back = wengert.from_dlpack(theirs)
    assert back.data_ptr() == ours.data_ptr() and tuple(back.stride()) == (1, 3) and back.dtype is ours.dtype
    theirs[0, 0] = 0
    assert ours[0, 0].item() == 0 and back[0, 0].item() == 0
    back[1, 1] = 0
    assert theirs[1, 1].item() == 0


@pytest.mark.oracle
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_errors_are_theirs():
    for library in (wengert, torch):
        x = library.ones(2, requires_grad=True)
        with pytest.raises(BufferError, match="Can't export tensors that require gradient, use tensor.detach()"):
            x.__dlpack__()
        with pytest.raises(AssertionError, match="stream should be None on cpu."):
            x.detach().__dlpack__(stream=3)
        with pytest.raises(RuntimeError, match="Can't call numpy\\(\\) on Tensor that requires grad."):
            np.array(x)
        with pytest.raises(RuntimeError, match="Can't call numpy\\(\\) on Tensor that requires grad."):
            np.array([x, x])


@pytest.mark.oracle
def test_tensors_of_tensors():
    theirs = torch.arange(4.0)
    ours = wengert.from_dlpack(theirs)
    theirs += 1
    assert ours.tolist() == [1, 2, 3, 4]
    ours.requires_grad_()
    (ours**2).sum().backward()
    assert torch.from_dlpack(ours.grad).tolist() == [2, 4, 6, 8]
    assert wengert.from_dlpack(torch.zeros(0, 3)).shape == (0, 3)
    assert torch.from_dlpack(wengert.tensor(2.5)).item() == 2.5


@pytest.mark.oracle
def test_what_is_kept_in_a_pickle():
    for library in (wengert, torch):
        p = library.nn.Parameter(library.ones(2))
        p.note, p.grad = 3, library.ones(2)
        q = pickle.loads(pickle.dumps(p))
        assert type(q) is library.nn.Parameter and q.requires_grad and q.note == 3 and q.grad is None
        q = pickle.loads(pickle.dumps(p * 2))
        assert q.requires_grad and q.is_leaf and q.tolist() == [2, 2]
