"""In-place changes of memory that NumPy marks as read-only are refused."""

import numpy as np
import pytest

import wengert as torch


def test_a_read_only_array_is_not_written():
    array = np.ones(3, np.float32)
    array.flags.writeable = False
    with pytest.warns(UserWarning, match="not writable"):
        x = torch.from_numpy(array)
    for change in (lambda: x.add_(1), lambda: x.zero_(), lambda: x.__setitem__(0, 5.0)):
        with pytest.raises(RuntimeError, match="read-only"):
            change()
    assert array.tolist() == [1, 1, 1]
    assert x.clone().add_(1).tolist() == [2, 2, 2]
