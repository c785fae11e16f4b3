"""How tensors print."""

import wengert as torch


def test_matrices_are_parted_by_empty_lines():
    assert repr(torch.ones(2, 2, 2)) == (
        "tensor([[[1., 1.],\n         [1., 1.]],\n\n        [[1., 1.],\n         [1., 1.]]])"
    )
    assert repr(torch.zeros(2, 1, 1, 1, dtype=torch.int64)) == "tensor([[[[0]]],\n\n\n        [[[0]]]])"
