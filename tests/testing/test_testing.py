"""`testing.assert_close` and `testing.make_tensor`."""

import numpy as np
import pytest

import wengert as t
from wengert.testing import assert_allclose, assert_close, make_tensor

NAN = float("nan")


@pytest.mark.parametrize(
    ("actual", "expected", "options"),
    [
        (t.tensor([1.0, 2.0]), t.tensor([1.0, 2.0 + 1e-6]), {}), (1, 1, {}), (None, None, {}), (True, True, {}),
        ([t.ones(2), {"a": 1.0}], (t.ones(2), {"a": 1.0 + 1e-9}), {}), (np.ones(2), np.ones(2), {}),
        (t.tensor([NAN]), t.tensor([NAN]), {"equal_nan": True}), (NAN, NAN, {"equal_nan": True}),
        (t.tensor([1.0]), t.tensor([1]), {"check_dtype": False}), (1, 1.0, {"check_dtype": False}),
        (t.tensor([1.0]), t.tensor([1.4]), {"rtol": 0, "atol": 0.5}), (float("inf"), float("inf"), {}),
        (t.ones(2, requires_grad=True), t.ones(2), {}), (t.zeros(0), t.zeros(0), {}), ([], (), {}),
        (t.ones(2, dtype=t.bfloat16), t.ones(2, dtype=t.bfloat16) + 0.0078, {}),
    ],
)  # fmt: skip
def test_close(actual, expected, options):
    assert_close(actual, expected, **options)


@pytest.mark.parametrize(
    ("actual", "expected", "options", "words"),
    [
        (
            t.tensor([1.0, 2, 3]), t.tensor([1.0, 2, 4]), {},
            "Mismatched elements: 1 / 3 (33.3%)\n"
            "Greatest absolute difference: 1.0 at index (2,) (up to 1e-05 allowed)\n"
            "Greatest relative difference: 0.25 at index (2,) (up to 1.3e-06 allowed)",
        ),
        (
            t.tensor([[1, 2], [3, 4]]), t.tensor([[1, 2], [3, 8]]), {},
            "Tensor-likes are not equal!\n\nMismatched elements: 1 / 4 (25.0%)\n"
            "Greatest absolute difference: 4 at index (1, 1)\nGreatest relative difference: 0.5 at index (1, 1)",
        ),
        (t.tensor(1.0), t.tensor(2.0), {}, "Scalars are not close!\n\nExpected 2.0 but got 1.0."),
        ([1.0, {"a": 2}], [1.0, {"a": 3}], {}, "The failure occurred for item [1]['a']"),
        (t.ones(2), t.ones(3), {}, "attribute 'shape' do not match: wengert.Size([2]) != wengert.Size([3])."),
        (t.ones(1), t.ones(1, dtype=t.float64), {}, "'dtype' do not match: wengert.float32 != wengert.float64."),
        (t.ones(2, 3).t(), t.ones(3, 2), {"check_stride": True}, "'stride()' do not match: (1, 3) != (2, 1)."),
        ([1], [1, 2], {}, "The length of the sequences mismatch: 1 != 2"),
        (None, 1, {}, "None mismatch: None is not 1"),
        ({"a": 1}, {"b": 1}, {}, "Missing keys in the actual mapping: ['b']\nAdditional keys in the actual"),
        (True, False, {}, "Booleans mismatch: True is not False"),
        (1, 1.0, {}, "The (d)types do not match"),
        (t.tensor([NAN]), t.tensor([NAN]), {}, "Greatest absolute difference: nan"),
        (1, 2, {"msg": "mine"}, "mine"),
        (1, 2, {"msg": lambda text: text.upper()}, "SCALARS ARE NOT EQUAL!"),
    ],
)  # fmt: skip
def test_not_close(actual, expected, options, words):
    with pytest.raises(AssertionError) as found:
        assert_close(actual, expected, **options)
    assert words in str(found.value)


def test_bad_arguments():
    with pytest.raises(ValueError, match="must be either specified or omitted, but got no atol"):
        assert_close(1.0, 1.0, rtol=0.1)
    with pytest.raises(ValueError, match="'rtol' must be a number"):
        assert_close(1.0, 1.0, rtol="a", atol=0)
    for actual, expected in (("a", "a"), (t.ones(1), 1.0), (np.ones(1), t.ones(1)), (object(), object())):
        with pytest.raises(TypeError, match="No comparison pair was able to handle inputs of type"):
            assert_close(actual, expected)


def test_allclose_of_older_code():
    assert_allclose(t.tensor([1.0]), [1.00005])
    with pytest.raises(AssertionError, match=r"up to 0.0001 allowed"):
        assert_allclose(t.tensor([1.0]), t.tensor([2.0]))


@pytest.mark.parametrize(("dtype", "first", "last"), [
    (t.bool, 0, 1), (t.uint8, 0, 9), (t.int64, -9, 9), (t.float32, -9, 9), (t.float16, -9, 9), (t.bfloat16, -9, 9),
])  # fmt: skip
def test_ranges_of_made_tensors(dtype, first, last):
    t.manual_seed(0)
    x = make_tensor(40, 50, dtype=dtype, device="cpu")
    values = x.to(t.float64)
    assert x.dtype is dtype and first <= values.min() <= first + 0.2 and last - 0.2 <= values.max() <= last


def test_options_of_made_tensors():
    t.manual_seed(0)
    assert make_tensor((), dtype=t.float32, device="cpu").shape == ()
    x = make_tensor(2, 3, dtype=t.float32, device="cpu", noncontiguous=True, requires_grad=True)
    assert x.shape == (2, 3) and x.stride() == (6, 2) and x.requires_grad and x.is_leaf
    assert make_tensor(9, dtype=t.float32, device="cpu", low=2, high=2).tolist() == [2.0] * 9
    assert set(make_tensor(99, dtype=t.int64, device="cpu", low=-1, high=2, exclude_zero=True).tolist()) == {-1, 1}
    assert make_tensor(3, dtype=t.complex64, device="cpu").dtype is t.complex64
    assert make_tensor(1, 2, 2, 2, dtype=t.float32, device="cpu", memory_format=t.channels_last).stride(1) == 1
    for options, words in (
        ({"low": 5, "high": 1}, "`low` must be less than `high`, but got 5 >= 1"), ({"low": NAN}, "cannot be NaN"),
        ({"dtype": t.int64, "requires_grad": True}, "not supported for boolean and integral dtypes"),
        ({"noncontiguous": True, "memory_format": t.channels_last}, "mutually exclusive"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=words):
            make_tensor(3, **{"dtype": t.float32, "device": "cpu"} | options)
