"""Interpolation under its older names, which warn; what resampling does to NaN, infinity and integers; errors."""

import math

import pytest

import wengert as t

F = t.nn.functional


@pytest.mark.parametrize(
    "older, options, now",
    [
        (F.upsample, {"size": 5, "mode": "linear"}, {"size": 5, "mode": "linear"}),
        (F.upsample_nearest, {"scale_factor": 2}, {"scale_factor": 2, "mode": "nearest"}),
    ],
)
def test_older_names_warn(older, options, now):
    x = t.arange(8.0).reshape(1, 2, 4)
    with pytest.warns(UserWarning, match="is deprecated. Use `nn.functional.interpolate` instead."):
        found = older(x, **options)
    assert found.equal(F.interpolate(x, **now))


def test_upsample_bilinear_aligns_corners():
    x = t.arange(4.0).reshape(1, 1, 2, 2)
    with pytest.warns(UserWarning, match="is deprecated"):
        found = F.upsample_bilinear(x, (3, 3))
    assert found.flatten().tolist() == [0.0, 0.5, 1.0, 1.0, 1.5, 2.0, 2.0, 2.5, 3.0]


@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "linear"])
def test_a_result_is_no_view_of_its_input(mode):
    x = t.arange(4.0).reshape(1, 1, 4)
    found = F.interpolate(x, 4, mode=mode)
    found += 1
    assert x.flatten().tolist() == [0.0, 1.0, 2.0, 3.0]


def test_nan_stays_where_it_is():
    x = t.tensor([[[1.0, math.nan, 2.0, 3.0]]])
    found = F.interpolate(x, 8, mode="nearest").flatten().tolist()
    assert [math.isnan(v) for v in found] == [False, False, True, True, False, False, False, False]
    found = F.interpolate(x, scale_factor=2.0, mode="linear").flatten().tolist()
    assert [math.isnan(v) for v in found] == [True, True, True, True, True, False, False, False]  # 0 times NaN, too


def test_infinite_cotangents_reach_their_elements_only():
    x = t.zeros(1, 1, 3, requires_grad=True)
    F.interpolate(x, 6, mode="nearest").backward(t.tensor([[[1.0, 1.0, math.inf, 1.0, 1.0, 1.0]]]))
    assert x.grad.flatten().tolist() == [2.0, math.inf, 2.0]
    x = t.zeros(1, 1, 5, dtype=t.float64, requires_grad=True)
    F.adaptive_avg_pool1d(x, 2).backward(t.tensor([[[math.inf, 1.0]]], dtype=t.float64))
    assert x.grad.flatten().tolist()[3:] == [1 / 3, 1 / 3]


def test_uint8_is_repeated():
    x = t.tensor([[[1, 255]]], dtype=t.uint8)
    assert F.interpolate(x, 4).tolist() == [[[1, 1, 255, 255]]] and F.interpolate(x, 4).dtype is t.uint8
    with pytest.raises(NotImplementedError, match="not implemented for 'Byte'"):
        F.interpolate(x, 4, mode="linear")


def test_grids_whose_corners_are_undecided_warn():
    with pytest.warns(UserWarning, match="Default grid_sample and affine_grid behavior has changed"):
        F.grid_sample(t.ones(1, 1, 2, 2), t.zeros(1, 1, 1, 2))
    with pytest.warns(UserWarning, match="Default grid_sample and affine_grid behavior has changed"):
        F.affine_grid(t.eye(2, 3).unsqueeze(0), [1, 1, 2, 2])


@pytest.mark.parametrize(
    "image, grid, message",
    [
        ((1, 1, 4, 4), (1, 2, 2, 3), "expected grid to have size 2 in last dimension, but got grid with sizes"),
        ((1, 1, 4, 4), (2, 2, 2, 2), "expected grid and input to have same batch size"),
        ((1, 1, 4, 4), (1, 2, 2), "expected 4D input and grid with same number of dimensions"),
        ((1, 1, 0, 4), (1, 2, 2, 2), "with dimension 2 being empty"),
    ],
)
def test_grids_that_do_not_fit(image, grid, message):
    with pytest.raises(RuntimeError, match=message):
        F.grid_sample(t.zeros(image), t.zeros(grid), align_corners=False)


def test_an_affine_map_turns_an_image():
    image = t.arange(6.0).reshape(1, 1, 2, 3)
    half_turn = t.tensor([[[-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]])
    grid = F.affine_grid(half_turn, [1, 1, 2, 3], align_corners=False)
    found = F.grid_sample(image, grid, align_corners=False)
    assert t.allclose(found, image.flip(-1, -2), atol=1e-6)
