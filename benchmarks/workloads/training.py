"""Whole training steps: forward, loss, backward, optimizer."""


def _set_parameters(t, model, rng):
    """The same starting values in both libraries."""
    with t.no_grad():
        for parameter in model.parameters():
            fan = max(int(parameter.numel() / parameter.shape[0]), 1)
            values = rng.uniform(-1, 1, tuple(parameter.shape)) / fan**0.5
            parameter.copy_(t.from_numpy(values.astype("float32")))


def _steps(t, model, optimizer, loss_of):
    def step():
        optimizer.zero_grad()
        loss_of().backward()
        optimizer.step()

    return step, lambda: [parameter.detach().numpy() for parameter in model.parameters()]


def tiny_mlp(t, rng):
    """A regression of 16 rows by two hidden layers of 16 tanh units."""
    nn = t.nn
    model = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 1))
    _set_parameters(t, model, rng)
    optimizer = t.optim.SGD(model.parameters(), lr=0.01)
    x = t.from_numpy(rng.standard_normal((16, 4)).astype("float32"))
    y = t.from_numpy(rng.standard_normal((16, 1)).astype("float32"))
    criterion = nn.MSELoss()
    return _steps(t, model, optimizer, lambda: criterion(model(x), y))


def lenet(t, rng):
    """LeNet-5 on 64 images of 28 by 28."""
    nn = t.nn
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )  # fmt: skip
    _set_parameters(t, model, rng)
    optimizer = t.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    x = t.from_numpy(rng.standard_normal((64, 1, 28, 28)).astype("float32"))
    y = t.from_numpy(rng.integers(0, 10, 64))
    criterion = nn.CrossEntropyLoss()
    return _steps(t, model, optimizer, lambda: criterion(model(x), y))
