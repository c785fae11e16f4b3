"""Layers: shapes, exact results by hand, training against evaluation, bad input."""

import math
import warnings

import numpy
import pytest

import wengert
from wengert import nn


def fill(layer, **values):
    with wengert.no_grad():
        for name, value in values.items():
            layer.get_parameter(name).copy_(wengert.tensor(value, dtype=layer.get_parameter(name).dtype))
    return layer


def test_linear():
    layer = fill(nn.Linear(2, 3), weight=[[1, 2], [3, 4], [5, 6]], bias=[0.5, 0, -0.5])
    x = wengert.tensor([[1.0, -1.0]], requires_grad=True)
    y = layer(x)
    assert y.tolist() == [[-0.5, -1.0, -1.5]]
    (y * wengert.tensor([1.0, 10.0, 100.0])).sum().backward()
    assert x.grad.tolist() == [[531.0, 642.0]]
    assert layer.weight.grad.tolist() == [[1, -1], [10, -10], [100, -100]] and layer.bias.grad.tolist() == [1, 10, 100]
    assert layer(wengert.ones(4, 5, 2)).shape == (4, 5, 3) and layer(wengert.ones(2)).shape == (3,)
    assert repr(layer) == "Linear(in_features=2, out_features=3, bias=True)"


def test_convolution_and_pooling():
    layer = fill(nn.Conv2d(1, 1, 2, bias=False), weight=[[[[1, 10], [100, 1000]]]])
    x = wengert.arange(9.0).reshape(1, 1, 3, 3)
    assert layer(x).tolist() == [[[[4310.0, 5421.0], [7643.0, 8754.0]]]]
    assert nn.MaxPool2d(2, stride=1)(x).tolist() == [[[[4.0, 5.0], [7.0, 8.0]]]]
    assert nn.AvgPool2d(2, stride=1)(x).tolist() == [[[[2.0, 3.0], [5.0, 6.0]]]]
    y, indices = nn.MaxPool2d(2, return_indices=True)(x)
    assert y.tolist() == [[[[4.0]]]] and indices.tolist() == [[[[4]]]]
    circular = fill(nn.Conv1d(1, 1, 3, padding=1, padding_mode="circular", bias=False), weight=[[[1, 10, 100]]])
    assert circular(wengert.tensor([[1.0, 2.0, 3.0]])).tolist() == [[213.0, 321.0, 132.0]]
    assert repr(nn.Conv2d(4, 8, 3, padding=1, groups=2, bias=False)) == (
        "Conv2d(4, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), groups=2, bias=False)"
    )


def test_lenet_has_the_tutorials_shapes():
    class LeNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1 = nn.Conv2d(3, 6, 5)
            self.conv2 = nn.Conv2d(6, 16, 5)
            self.fc1 = nn.Linear(16 * 5 * 5, 120)
            self.fc2 = nn.Linear(120, 84)
            self.fc3 = nn.Linear(84, 10)

        def forward(self, x):
            f = nn.functional
            x = f.max_pool2d(f.relu(self.conv1(x)), 2)
            x = f.max_pool2d(f.relu(self.conv2(x)), 2)
            x = x.view(x.size(0), -1)
            return self.fc3(f.relu(self.fc2(f.relu(self.fc1(x)))))

    net = LeNet()
    assert repr(net) == (
        "LeNet(\n"
        "  (conv1): Conv2d(3, 6, kernel_size=(5, 5), stride=(1, 1))\n"
        "  (conv2): Conv2d(6, 16, kernel_size=(5, 5), stride=(1, 1))\n"
        "  (fc1): Linear(in_features=400, out_features=120, bias=True)\n"
        "  (fc2): Linear(in_features=120, out_features=84, bias=True)\n"
        "  (fc3): Linear(in_features=84, out_features=10, bias=True)\n"
        ")"
    )
    assert [tuple(p.shape) for p in net.parameters()] == [
        (6, 3, 5, 5), (6,), (16, 6, 5, 5), (16,), (120, 400), (120,), (84, 120), (84,), (10, 84), (10,),
    ]  # fmt: skip
    loss = nn.MSELoss()(net(wengert.randn(1, 3, 32, 32)), wengert.zeros(1, 10))
    assert loss.shape == ()
    # The chain of the loss is walked by next_functions down to the convolution.
    node, names = loss.grad_fn, []
    while node is not None:
        names.append(node.name())
        node = node.next_functions[0][0]
    blocks = ["MaxPool2DWithIndicesBackward0", "ReluBackward0", "ConvolutionBackward0"] * 2
    linears = ["AddmmBackward0", "ReluBackward0", "AddmmBackward0", "ReluBackward0", "AddmmBackward0"]
    assert [name for name in names if name in {*blocks, *linears}] == linears + blocks
    net.zero_grad()
    assert net.conv1.bias.grad is None
    loss.backward()
    assert net.conv1.bias.grad.shape == (6,)


def test_dropout_keeps_the_mean_and_is_seeded():
    layer, x = nn.Dropout(0.25), wengert.ones(200, 500, requires_grad=True)
    wengert.manual_seed(3)
    y = layer(x)
    kept = y.detach().numpy() != 0
    assert set(numpy.unique(y.detach().numpy())) == {0.0, numpy.float32(1 / 0.75)}
    # Five standard deviations of a binomial share of 100,000.
    assert abs(kept.mean() - 0.75) < 5 * math.sqrt(0.75 * 0.25 / 100_000)
    y.sum().backward()
    assert (x.grad == y).all()
    wengert.manual_seed(3)
    assert (layer(x) == y).all()
    assert layer.eval()(x) is x


@pytest.mark.parametrize("name, shape", [
    ("dropout", (3,)), ("dropout1d", (2, 3)), ("dropout2d", (2, 3, 1)), ("dropout3d", (2, 3, 1, 1)),
    ("alpha_dropout", (2, 3)), ("feature_alpha_dropout", (2, 3)),
])  # fmt: skip
@pytest.mark.parametrize("inplace", [False, True])
@pytest.mark.filterwarnings("ignore:dropout2d. Received a 3D input")
def test_dropout_does_not_scale_integers(name, shape, inplace):
    dropout = getattr(nn.functional, name)
    for dtype, word in ((wengert.int64, "Long"), (wengert.bool, "Bool")):
        x = wengert.ones(shape, dtype=dtype)
        with pytest.raises(RuntimeError, match=f"result type Float can't be cast to the desired output type {word}"):
            dropout(x, training=True, inplace=inplace)
        assert x.all() and dropout(x, training=False, inplace=inplace).equal(x)


def test_channel_dropout_drops_whole_channels():
    y = nn.Dropout2d(0.5)(wengert.ones(8, 16, 3, 3)).numpy().reshape(128, 9)
    assert set(numpy.unique(y)) == {0.0, 2.0}
    assert (y == y[:, :1]).all()
    with pytest.raises(RuntimeError, match="dropout1d: Expected 2D or 3D input, but received a 4D input"):
        nn.Dropout1d()(wengert.ones(2, 2, 2, 2))


@pytest.mark.parametrize(
    ("name", "shape", "leading", "warning"),
    [
        ("dropout1d", (40, 30, 3), 2, None),
        ("dropout1d", (40, 3), 1, None),
        ("dropout2d", (40, 30), 2, "dropout2d: Received a 2-D input"),
        ("dropout2d", (40, 30, 3), 2, "dropout2d: Received a 3D input to dropout2d and assuming"),
        ("dropout2d", (40, 30, 3, 2), 2, None),
        ("dropout2d", (40, 30, 3, 2, 1), 2, "dropout2d: Received a 5-D input"),
        ("dropout3d", (400, 3, 2), 1, "dropout3d: Received a 3-D input"),
        ("dropout3d", (400, 3, 2, 2), 1, None),
        ("dropout3d", (40, 30, 3, 2, 2), 2, None),
    ],
)
def test_what_a_channel_is(name, shape, leading, warning):
    """By the number of dimensions, as in PyTorch: a whole channel is dropped, and neighbouring ones differ."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        y = getattr(nn.functional, name)(wengert.ones(shape)).numpy()
    assert [str(w.message).startswith(warning) for w in caught] == ([True] if warning else [])
    channels = y.reshape(*shape[:leading], -1)
    assert (channels == channels[..., :1]).all()
    for axis in range(leading):
        assert (numpy.take(channels, 0, axis) != numpy.take(channels, 1, axis)).any() or axis + 1 == leading
        assert len(numpy.unique(channels.mean(axis))) > 1 or leading == 1


def test_channels_of_too_few_dimensions():
    for name, shape in (("dropout2d", (3,)), ("dropout3d", ())):
        with warnings.catch_warnings(), pytest.raises(RuntimeError, match="Feature dropout requires at least 2 dim"):
            warnings.simplefilter("ignore")
            getattr(nn.functional, name)(wengert.ones(shape))


def test_embedding():
    layer = nn.Embedding(4, 2, padding_idx=1)
    assert layer.weight[1].tolist() == [0.0, 0.0]
    layer(wengert.tensor([1, 3, 3])).sum().backward()
    assert layer.weight.grad.tolist() == [[0, 0], [0, 0], [0, 0], [2, 2]]


@pytest.mark.parametrize("name, slope", [
    ("relu", 0.0), ("leaky_relu", 0.01), ("elu", 1.0), ("selu", 1.0507009873554805 * 1.6732632423543772), ("celu", 1.0),
    ("relu6", 0.0), ("logsigmoid", 0.5), ("softplus", 0.5), ("silu", 0.5), ("gelu", 0.5), ("mish", 0.6),
    ("softsign", 1.0), ("hardtanh", 1.0), ("hardsigmoid", 1 / 6), ("hardswish", 0.5), ("tanhshrink", 0.0),
    ("softshrink", 0.0), ("hardshrink", 0.0), ("sigmoid", 0.25), ("tanh", 1.0),
])  # fmt: skip
def test_slope_at_zero(name, slope):
    x = wengert.zeros(1, dtype=wengert.float64, requires_grad=True)
    getattr(nn.functional, name)(x).backward()
    assert x.grad.item() == pytest.approx(slope, rel=1e-15)


IN_PLACE = [
    "relu",
    "leaky_relu",
    "elu",
    "selu",
    "celu",
    "silu",
    "mish",
    "hardtanh",
    "relu6",
    "hardsigmoid",
    "hardswish",
]


@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place_activations(name):
    """They write into their input, and gradients are those of the ordinary form."""
    function = getattr(nn.functional, name)
    x = wengert.linspace(-4, 4, 9, dtype=wengert.float64, requires_grad=True)
    (g,) = wengert.autograd.grad(function(x).sum(), x)
    y = x * 1
    z = function(y, inplace=True)
    assert z is y and (z == function(x)).all()
    z.sum().backward()
    assert (x.grad == g).all()


def test_activations_pass_gradcheck_to_second_order():
    from wengert.autograd.gradcheck import gradcheck, gradgradcheck

    for name in IN_PLACE + ["gelu", "softplus", "logsigmoid", "softsign", "tanhshrink", "softshrink", "hardshrink"]:
        x = wengert.tensor([-3.7, -1.3, -0.2, 0.3, 1.7, 4.1], dtype=wengert.float64, requires_grad=True)
        assert gradcheck(getattr(nn.functional, name), (x,))
        assert gradgradcheck(getattr(nn.functional, name), (x,))


def test_losses_at_zero_logits():
    x = wengert.zeros(2, dtype=wengert.float64, requires_grad=True)
    loss = nn.BCEWithLogitsLoss()(x, wengert.tensor([0.0, 1.0], dtype=wengert.float64))
    loss.backward()
    assert loss.item() == pytest.approx(math.log(2), rel=1e-15) and x.grad.tolist() == [0.25, -0.25]
    (g,) = wengert.autograd.grad(nn.BCEWithLogitsLoss(reduction="sum")(x, wengert.zeros_like(x)), x, create_graph=True)
    assert wengert.autograd.grad(g.sum(), x)[0].tolist() == [0.25, 0.25]
    huge = wengert.tensor([1e4, -1e4], requires_grad=True)
    loss = nn.BCEWithLogitsLoss(reduction="sum")(huge, wengert.tensor([0.0, 1.0]))
    loss.backward()
    assert loss.item() == 2e4 and huge.grad.tolist() == [1.0, -1.0]


def test_cross_entropy_by_hand():
    x = wengert.tensor([[0.0, math.log(3.0)]], dtype=wengert.float64, requires_grad=True)
    loss = nn.CrossEntropyLoss()(x, wengert.tensor([0]))
    loss.backward()
    assert loss.item() == pytest.approx(math.log(4), rel=1e-15)
    numpy.testing.assert_allclose(x.grad.numpy(), [[-0.75, 0.75]], rtol=1e-14)
    assert math.isnan(nn.CrossEntropyLoss(ignore_index=0)(x, wengert.tensor([0])).item())
    assert nn.CrossEntropyLoss(reduction="none")(x, wengert.tensor([0])).shape == (1,)


def test_mismatched_targets_warn():
    with pytest.warns(UserWarning, match="Using a target size .* that is different to the input size"):
        nn.MSELoss()(wengert.zeros(2, 1), wengert.zeros(2))


@pytest.mark.parametrize("call, kind, text", [
    (lambda: nn.Linear(3, 2)(wengert.zeros(4, 5)), RuntimeError, "shapes cannot be multiplied"),
    (lambda: nn.Conv2d(3, 2, 3)(wengert.zeros(1, 4, 5, 5)), RuntimeError, "to have 3 channels, but got 4 channels"),
    (lambda: nn.Conv2d(3, 4, 3, groups=2), ValueError, "in_channels must be divisible by groups"),
    (lambda: nn.Dropout(1.5), ValueError, "dropout probability has to be between 0 and 1, but got 1.5"),
    (lambda: nn.functional.gelu(wengert.zeros(1), "sharp"), RuntimeError, "argument must be either none or tanh"),
    (lambda: nn.functional.glu(wengert.zeros(3)), RuntimeError, "must be even, but dimension 0 is size 3"),
    (lambda: nn.CrossEntropyLoss()(wengert.zeros(2, 3), wengert.tensor([0, 3])), IndexError, "Target 3 is out of"),
    (lambda: nn.PReLU(3)(wengert.zeros(2, 4)), RuntimeError, "Found parameter numbers = 3 and channel size = 4"),
    (
        lambda: nn.MSELoss(reduction="average")(wengert.ones(2), wengert.ones(2)), ValueError,
        "average is not a valid value for reduction",
    ),
])  # fmt: skip
def test_bad_input(call, kind, text):
    with pytest.raises(kind, match=text):
        call()


def test_implied_dim_warns():
    with pytest.warns(UserWarning, match="Implicit dimension choice for softmax has been deprecated"):
        assert nn.Softmax()(wengert.zeros(2, 4)).tolist() == [[0.25] * 4] * 2


def test_in_place_layers_take_empty_tensors():
    """NumPy gives arrays without elements steps of zero, which are no overlap."""
    x = wengert.zeros(0, 3)
    assert nn.ReLU(inplace=True)(x) is x and x.add_(1) is x


def test_hardtanh_takes_the_older_names_of_its_ends():
    with pytest.warns(FutureWarning, match="`min_value` is deprecated and renamed to `min_val`"):
        layer = nn.Hardtanh(min_value=-2.0, inplace=True)
    assert (layer.min_val, layer.max_val) == (-2.0, 1.0)
    six = nn.ReLU6()
    assert isinstance(six, nn.Hardtanh) and (six.min_val, six.max_val) == (0.0, 6.0) and repr(six) == "ReLU6()"


def test_classes_of_the_shape_of_the_scores_are_no_probabilities():
    with pytest.raises(RuntimeError, match=r"Expected floating point .* got Long: .* classes are of shape \[2\]"):
        nn.functional.cross_entropy(wengert.zeros(2, 3), wengert.zeros(2, 3, dtype=wengert.int64))
