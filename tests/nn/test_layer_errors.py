"""Errors raised inside modules say which layer they came from, what it expects and what it was given, once."""

import pytest

import wengert
from wengert import nn


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear1 = nn.Linear(4, 8)
        self.blocks = nn.ModuleList([nn.Sequential(nn.ReLU(), nn.Linear(8, 2)), nn.Sequential(nn.Linear(3, 1))])

    def forward(self, x):
        x = self.linear1(x)
        for block in self.blocks:
            x = block(x)
        return x


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()

    def forward(self, x):
        return self.encoder(x)


def raised(call) -> str:
    with pytest.raises((RuntimeError, ValueError, TypeError, IndexError, AssertionError)) as error:
        call()
    return str(error.value)


def test_the_path_what_was_expected_and_what_was_found():
    net = Net()
    said = raised(lambda: net(wengert.zeros(2, 3)))
    assert said.startswith("mat1 and mat2 shapes cannot be multiplied (2x3 and 4x8)")
    assert said.endswith("in layer encoder.linear1 (Linear): expected an input (*, 4), got (2, 3)")
    assert said.count("in layer") == 1
    said = raised(lambda: net(wengert.zeros(5, 4)))
    assert said.endswith("in layer encoder.blocks.1.0 (Linear): expected an input (*, 3), got (5, 2)")


@pytest.mark.parametrize(
    ("make", "shape", "said"),
    [
        (lambda: nn.Conv2d(3, 2, 2), (1, 4, 5, 5), "expected an input (N, 3, H, W) or (3, H, W), got (1, 4, 5, 5)"),
        (lambda: nn.Conv1d(3, 2, 2), (4, 5), "expected an input (N, 3, L) or (3, L), got (4, 5)"),
        (lambda: nn.BatchNorm2d(3), (1, 4, 5, 5), "expected an input (N, 3, *), got (1, 4, 5, 5)"),
        (lambda: nn.LayerNorm((2, 3)), (4, 3, 2), "expected an input (*, 2, 3), got (4, 3, 2)"),
    ],
)
def test_other_layers(make, shape, said):
    assert raised(lambda: make()(wengert.ones(shape))).endswith(said)


def test_two_inputs_and_positions():
    said = raised(lambda: nn.Bilinear(2, 3, 1)(wengert.ones(1, 2), wengert.ones(1, 4)))
    assert said.endswith("in layer Bilinear: expected inputs (*, 2) and (*, 3), got (1, 2), (1, 4)")
    said = raised(lambda: nn.Embedding(10, 2)(wengert.tensor([3, 10])))
    assert said.endswith("in layer Embedding: expected integers from 0 to 9, got (2,) of wengert.int64")


def test_attention_whose_errors_are_assertions():
    encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), 2)
    said = raised(lambda: encoder(wengert.ones(3, 2, 5)))
    assert said.startswith("was expecting embedding dimension of 4, but got 5: in multi_head_attention_forward()\n")
    assert "in layer layers.0.self_attn (MultiheadAttention): expected an input (*, 4), got (3, 2, 5)" in said


def test_what_is_no_tensor_is_named():
    with pytest.raises(TypeError, match=r"in layer 0 \(Linear\): expected an input \(\*, 2\), got list$"):
        nn.Sequential(nn.Linear(2, 3))([1, 2])


def test_a_tensor_in_place_of_a_pair_of_states():
    with pytest.raises(IndexError, match=r"and, as state, a pair \(h, c\), got \(5, 2, 3\), \(1, 2, 4\)"):
        nn.LSTM(3, 4)(wengert.zeros(5, 2, 3), wengert.zeros(1, 2, 4))


def test_another_dtype_is_shown():
    said = raised(lambda: nn.Linear(2, 2)(wengert.ones(1, 2, dtype=wengert.float64)))
    assert said.endswith("expected an input (*, 2), got (1, 2) of wengert.float64")


def test_errors_of_a_users_module_keep_their_message():
    class Mine(nn.Module):
        def forward(self, x):
            raise ValueError("no")

    with pytest.raises(ValueError) as error:
        nn.Sequential(Mine())(wengert.ones(2))
    assert str(error.value) == "no"
    assert error.value.__notes__ == ["  in layer 0 (Mine), called with (2,)"]

    class Silent(nn.Module):
        def forward(self):
            raise ValueError("no")

    with pytest.raises(ValueError, match="^no$") as error:
        Silent()()
    assert not hasattr(error.value, "__notes__")


def test_the_same_error_raised_again_is_not_explained_again():
    kept = RuntimeError("once")

    class Kept(nn.Module):
        def forward(self, x):
            raise kept

    for _ in range(2):
        with pytest.raises(RuntimeError):
            Kept()(wengert.ones(1))
    assert len(kept.__notes__) == 1


@pytest.mark.parametrize("shape", [3, (2, 1.5), "ab"])
def test_a_shape_to_unroll_into(shape):
    with pytest.raises(TypeError, match="unflattened_size must be (a )?tuple of ints, but found"):
        nn.Unflatten(1, shape)
