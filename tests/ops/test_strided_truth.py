"""isfinite and its like on memory with steps, where NumPy's own loops write wrong results (2.4.6)."""

import numpy as np
import pytest

import wengert


@pytest.mark.parametrize("name", ["isfinite", "isinf", "isnan"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_truths_of_elements_with_steps_between_them(name, dtype):
    array = np.random.default_rng(0).uniform(size=(3, 66)).astype(dtype)
    array[:, ::7], array[:, ::11] = np.nan, np.inf
    x = wengert.tensor(array)
    # (33, 3) with steps of (1, 66) elements
    part, wanted = x.T.reshape(2, 33, 3)[0], array.T.reshape(2, 33, 3)[0]
    for given, expected in (
        (part, wanted), (x.T, array.T), (x[:, ::2], array[:, ::2]), (x[0].expand(4, 66), array[[0] * 4])
    ):  # fmt: skip
        assert np.array_equal(getattr(given, name)().numpy(), getattr(np, name)(np.ascontiguousarray(expected)))
