"""Shapes, joins and splits: bad input, views, gradients that the table does not ask for."""

import math

import numpy as np
import pytest

import wengert as t

F = t.nn.functional


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda x: x.roll(1.5), TypeError, "roll(): argument 'shifts' (position 2) must be tuple of ints, not float"),
        (lambda x: x.roll((1, 2), (0,)), RuntimeError, "shifts: 2, dims:1"),
        (lambda x: x.roll(1, 5), IndexError, "got 5"),
        (lambda x: t.roll([1], 1), TypeError, "roll(): argument 'input' (position 1) must be Tensor, not list"),
        (lambda x: x.rot90(1, (0,)), RuntimeError, "got dims = 1"),
        (lambda x: x.flip((0, 0)), RuntimeError, "dim 0 appears multiple times"),
        (lambda x: x.unfold(1, 4, 1), RuntimeError, "dimension 1 is 3 but size is 4"),
        (lambda x: x.repeat_interleave(-1, 0), RuntimeError, "non-negative"),
        (lambda x: x.repeat_interleave(t.tensor([1, 2, 3]), 0), RuntimeError, "repeats.size(0) = 3"),
        (lambda x: t.hstack([x, 1]), TypeError, "element 1 in argument 0, but got int"),
        (lambda x: t.cat(x), TypeError, "cat(): argument 'tensors' (position 1) must be tuple of Tensors"),
        (lambda x: t.cat([]), ValueError, "non-empty list"),
        (lambda x: t.hsplit(x, 2), RuntimeError, "dimension 3 is not divisible by the split_size 2"),
        (lambda x: t.tensor_split(x, 1.5), TypeError, "tensor_split()"),
        (lambda x: t.broadcast_tensors(x, t.zeros(4)), RuntimeError, "broadcast_tensors"),
        (lambda x: t.meshgrid(x, indexing="ij"), RuntimeError, "[2, 3]"),
        (lambda x: x.view(2.5), TypeError, "view(): argument 'size' must be tuple of ints"),
        (lambda x: x.reshape("a"), TypeError, "reshape(): argument 'shape' must be tuple of ints, not str"),
        (lambda x: x.narrow(1, 1, 3), RuntimeError, "exceeds dimension size (3)"),
        (lambda x: t.slice_scatter(x, t.ones(2, 3), step=0), RuntimeError, "slice step must be positive"),
        (lambda x: t.select_scatter(x, t.ones(3), 1, 0), RuntimeError, "src size = [3], slice size = [2]"),
        (lambda x: F.pad(x, (1,)), RuntimeError, "divisible by 2"),
        (lambda x: F.pad(x, (1, 1), "foo"), NotImplementedError, "foo"),
        (lambda x: F.pad(x, (3, 0), "reflect"), RuntimeError, "padding (3, 0) at dimension 1 of input [2, 3]"),
        (lambda x: t.pixel_shuffle(x, 2), RuntimeError, "pixel_shuffle expects input to have at least 3 dimensions"),
        (lambda x: F.fold(x[None], (2, 2), 2), RuntimeError, "kernel_size=(2, 2)"),
        (lambda x: t.unravel_index(x, (2, 3)), TypeError, "integer dtype"),
        (lambda x: x.as_strided((9, 9), (1, 1)), RuntimeError, "out of bounds for storage of size 24"),
        (lambda x: x.as_strided((2**40, 2**40), (2**40, 2**40)), RuntimeError, "out of bounds"),
        (lambda x: x.as_strided((2**62,), (2**62,)), RuntimeError, "overflowed"),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error) as caught:
        call(t.arange(6.0).reshape(2, 3))
    assert words in str(caught.value)


def test_a_padding_value_may_be_anything():
    x = t.tensor([[1.0, 2.0]])
    for value in (math.inf, -math.inf):
        assert F.pad(x, (1, 0), value=value).tolist() == [[value, 1.0, 2.0]]
    padded = F.pad(x, (1, 0), value=math.nan).tolist()[0]
    assert math.isnan(padded[0]) and padded[1:] == [1.0, 2.0]
    assert F.pad(t.tensor([math.inf]), (1, 1)).tolist() == [0.0, math.inf, 0.0]


def test_windows_are_a_view():
    x = t.arange(5.0, requires_grad=True)
    y = x * 1
    parts = y.unfold(0, 3, 1)
    assert parts.untyped_storage() is y.untyped_storage()
    y.add_(1)
    assert parts[2].tolist() == [3.0, 4.0, 5.0]
    parts.sum().backward()
    assert x.grad.tolist() == [1.0, 2.0, 3.0, 2.0, 1.0]


def test_windows_of_any_memory():
    for array in (np.arange(24.0).reshape(2, 3, 4).transpose(2, 0, 1), np.arange(24.0)[::2].reshape(3, 4)):
        x = t.from_numpy(array).clone()
        found = x.unfold(-1, 2, 1)
        assert np.array_equal(found.numpy(), np.lib.stride_tricks.sliding_window_view(array, 2, -1))


def test_pieces_of_tensor_split_may_be_changed_in_place():
    x = t.zeros(4, requires_grad=True)
    y = x * 1
    first, second = y.tensor_split(2)
    first.add_(1)
    second.mul_(3)
    y.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0, 3.0, 3.0]


def test_scatter_into_views_keeps_what_is_beside():
    x = t.tensor([math.inf, math.nan, 1.0])
    assert t.slice_scatter(x, t.zeros(2), 0, 0, 2).tolist() == [0.0, 0.0, 1.0]


def test_cat_of_another_type_is_promoted():
    assert t.hstack((t.ones(1), t.ones(1, dtype=t.int64))).dtype is t.float32
    assert t.block_diag(t.ones(1, dtype=t.float16), t.ones(1, dtype=t.int32)).dtype is t.float16


def test_an_empty_list_of_results():
    assert t.atleast_1d() == () and t.broadcast_tensors() == ()
    assert t.block_diag().shape == (1, 0)


def test_permuted_memory_is_memory():
    x = t.arange(24.0).reshape(2, 3, 4).permute(1, 2, 0).clone()
    assert x.stride() == (4, 1, 12)
    assert x.as_strided((24,), (1,)).tolist() == list(range(24))
    assert x.storage().tolist() == list(range(24))
