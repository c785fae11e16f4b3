"""Averaged models and running statistics against PyTorch's."""

import numpy
import pytest

torch = pytest.importorskip("torch")
import wengert  # noqa: E402

pytestmark = pytest.mark.oracle

AVERAGES = {
    "mean": lambda u: {},
    "mean by function": lambda u: {"avg_fn": u.get_swa_avg_fn()},
    "mean of lists": lambda u: {"multi_avg_fn": u.get_swa_multi_avg_fn()},
    "decay": lambda u: {"avg_fn": u.get_ema_avg_fn(0.8)},
    "decay of lists": lambda u: {"multi_avg_fn": u.get_ema_multi_avg_fn(0.8)},
    "own": lambda u: {"avg_fn": lambda average, value, number: (average + value) / (number + 1)},
    "own of lists": lambda u: {
        "multi_avg_fn": lambda averages, values, number: [a.add_(x) for a, x in zip(averages, values, strict=True)]
    },
}


def net_of(t):
    class Net(t.nn.Module):
        def __init__(self):
            super().__init__()
            self.first = t.nn.Linear(3, 4).double()
            self.second = t.nn.Linear(4, 2)
            self.register_buffer("scale", t.ones(2))
            self.register_buffer("count", t.tensor([0, 0]))

        def forward(self, x):
            return self.second(self.first(x).float()) * self.scale

    return Net()


@pytest.mark.parametrize("use_buffers", [False, True])
@pytest.mark.parametrize("name", AVERAGES)
def test_averages(name, use_buffers):
    found = []
    for t in (wengert, torch):
        rng = numpy.random.default_rng(0)
        net = net_of(t)
        options = AVERAGES[name](t.optim.swa_utils)
        if t is torch and use_buffers and name.startswith("mean"):
            # The only one of PyTorch's three ways to this mean that takes integers.
            options = {"avg_fn": t.optim.swa_utils.get_swa_avg_fn()}
        average = t.optim.swa_utils.AveragedModel(net, use_buffers=use_buffers, **options)
        for number in range(4):
            with t.no_grad():
                for x in (*net.parameters(), net.scale):
                    x.copy_(t.tensor(rng.standard_normal(tuple(x.shape))))
                net.count += number
            average.update_parameters(net)
        state = average.state_dict()
        found.append(state)
        assert average(t.ones(1, 3, dtype=t.float64)).shape == (1, 2)
    assert list(found[0]) == list(found[1])
    for key, value in found[1].items():
        assert str(found[0][key].dtype).split(".")[1] == str(value.dtype).split(".")[1]
        numpy.testing.assert_allclose(found[0][key].numpy(), value.numpy(), rtol=1e-6, err_msg=key)


def test_an_average_does_not_train_and_is_a_copy():
    net = wengert.nn.Linear(1, 1)
    average = wengert.optim.swa_utils.AveragedModel(net)
    before = average.module.weight.item()
    with wengert.no_grad():
        net.weight.add_(1)
    assert average.module.weight.item() == before
    average.update_parameters(net)
    assert average.module.weight.item() == net.weight.item() and average.module.weight.requires_grad


@pytest.mark.parametrize("batches", ["tensors", "pairs"])
def test_running_statistics(batches):
    found = []
    for t in (wengert, torch):
        rng = numpy.random.default_rng(0)
        net = t.nn.Sequential(t.nn.BatchNorm1d(3, momentum=0.3), t.nn.ReLU(), t.nn.BatchNorm1d(3)).double().eval()
        data = [t.tensor(rng.standard_normal((5, 3)) * 2 + 1) for _ in range(4)]
        t.optim.swa_utils.update_bn(data if batches == "tensors" else [(x, 0) for x in data], net)
        assert not net.training and net[0].momentum == 0.3
        found.append({key: value.numpy() for key, value in net.state_dict().items()})
    for key, value in found[1].items():
        numpy.testing.assert_allclose(found[0][key], value, rtol=1e-12, err_msg=key)


BAD = {
    "both": lambda t: t.optim.swa_utils.AveragedModel(
        t.nn.Linear(1, 1), None, t.optim.swa_utils.get_swa_avg_fn(), t.optim.swa_utils.get_swa_multi_avg_fn()
    ),
    "decay": lambda t: t.optim.swa_utils.get_ema_avg_fn(1.5),
    "decay of lists": lambda t: t.optim.swa_utils.get_ema_multi_avg_fn(-0.5),
    "strategy": lambda t: t.optim.swa_utils.SWALR(t.optim.SGD([t.zeros(1)]), 0.1, anneal_strategy="poly"),
    "epochs": lambda t: t.optim.swa_utils.SWALR(t.optim.SGD([t.zeros(1)]), 0.1, anneal_epochs=-1),
    "length": lambda t: t.optim.swa_utils.SWALR(t.optim.SGD([t.zeros(1)]), [0.1, 0.2]),
}


@pytest.mark.parametrize("name", BAD)
def test_errors(name):
    with pytest.raises(Exception) as expected:
        BAD[name](torch)
    with pytest.raises(type(expected.value)) as found:
        BAD[name](wengert)
    assert str(found.value)[:40] == str(expected.value)[:40]
