"""What layers of other people's import from `nn.modules.utils`, `nn.modules.conv` and `nn.common_types`."""

import pytest

from wengert import nn
from wengert.nn.common_types import _size_2_t
from wengert.nn.modules import utils


@pytest.mark.parametrize(
    ("name", "sizes"), [("_single", (3,)), ("_pair", (3, 3)), ("_triple", (3, 3, 3)), ("_quadruple", (3, 3, 3, 3))]
)
def test_a_number_for_each_dimension(name, sizes):
    spread = getattr(utils, name)
    assert spread(3) == sizes
    assert spread([1, 2]) == (1, 2)


def test_pads_from_the_last_dimension_on():
    assert utils._reverse_repeat_tuple((1, 2, 3), 2) == (3, 3, 2, 2, 1, 1)


def test_a_prefix_is_taken_off():
    state = nn.Sequential(nn.Linear(1, 1)).state_dict(prefix="module.")
    state["other"] = 1
    assert "module.0" in state._metadata
    utils.consume_prefix_in_state_dict_if_present(state, "module.")
    assert list(state) == ["other", "0.weight", "0.bias"]
    assert set(state._metadata) == {"", "0"}


def test_both_directions_are_convolutions():
    for name in ("Conv1d", "Conv3d", "ConvTranspose2d"):
        assert issubclass(getattr(nn, name), nn.modules.conv._ConvNd)
    assert not issubclass(nn.Linear, nn.modules.conv._ConvNd)


def test_types_are_there_to_annotate_with():
    assert _size_2_t == int | tuple[int, int]
