"""Training runs in both libraries, from the same start on the same data, in double precision: 20 steps of LeNet, an
LSTM and a small GPT follow each other's losses."""

import numpy
import pytest

torch = pytest.importorskip("torch")
import wengert  # noqa: E402

pytestmark = pytest.mark.oracle

STEPS = 20
# What the losses may differ by, relatively. Both libraries round differently, and training makes that grow.
TOLERANCE = 1e-8


def lenet(t):
    n = t.nn
    model = n.Sequential(
        n.Conv2d(1, 6, 5, padding=2), n.Tanh(), n.AvgPool2d(2), n.Conv2d(6, 16, 5), n.ReLU(), n.MaxPool2d(2),
        n.Flatten(), n.Linear(400, 120), n.Tanh(), n.Linear(120, 84), n.Tanh(), n.Linear(84, 10),
    )  # fmt: skip
    return model, t.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)


def lenet_loss(t, model, batch):
    images, classes = batch
    return t.nn.functional.cross_entropy(model(images), classes)


def lenet_data(rng):
    classes = rng.integers(0, 10, 16)
    # Each class has a bar of its own in its images.
    images = rng.standard_normal((16, 1, 28, 28)) * 0.3
    for image, c in zip(images, classes, strict=True):
        image[0, 2 * c + 3 : 2 * c + 6] += 1
    return images, classes


def lstm(t):
    n = t.nn

    class Forecast(n.Module):
        def __init__(self):
            super().__init__()
            self.recurrent = n.LSTM(2, 16, num_layers=2, batch_first=True)
            self.out = n.Linear(16, 1)

        def forward(self, x):
            return self.out(self.recurrent(x)[0])

    model = Forecast()
    return model, t.optim.Adam(model.parameters(), lr=0.01)


def lstm_loss(t, model, batch):
    series, following = batch
    return t.nn.functional.mse_loss(model(series), following)


def lstm_data(rng):
    phases = rng.uniform(0, 6, (8, 1))
    times = numpy.arange(26) * 0.4 + phases
    waves = numpy.stack([numpy.sin(times), numpy.cos(0.5 * times)], 2)
    return waves[:, :-1], waves[:, 1:, :1]


VOCABULARY, CONTEXT, WIDTH, HEADS = 11, 12, 16, 4


def gpt(t):
    n, f = t.nn, t.nn.functional

    class Attention(n.Module):
        def __init__(self):
            super().__init__()
            self.inward = n.Linear(WIDTH, 3 * WIDTH)
            self.outward = n.Linear(WIDTH, WIDTH)

        def forward(self, x):
            batch, length, _ = x.shape
            q, k, v = [
                y.view(batch, length, HEADS, WIDTH // HEADS).transpose(1, 2) for y in self.inward(x).split(WIDTH, 2)
            ]
            y = f.scaled_dot_product_attention(q, k, v, is_causal=True)
            return self.outward(y.transpose(1, 2).reshape(batch, length, WIDTH))

    class Block(n.Module):
        def __init__(self):
            super().__init__()
            self.norm1, self.attention = n.LayerNorm(WIDTH), Attention()
            self.norm2 = n.LayerNorm(WIDTH)
            self.mlp = n.Sequential(n.Linear(WIDTH, 4 * WIDTH), n.GELU(), n.Linear(4 * WIDTH, WIDTH))

        def forward(self, x):
            x = x + self.attention(self.norm1(x))
            return x + self.mlp(self.norm2(x))

    class GPT(n.Module):
        def __init__(self):
            super().__init__()
            self.tokens = n.Embedding(VOCABULARY, WIDTH)
            self.places = n.Embedding(CONTEXT, WIDTH)
            self.blocks = n.Sequential(Block(), Block())
            self.norm = n.LayerNorm(WIDTH)
            self.head = n.Linear(WIDTH, VOCABULARY, bias=False)
            self.head.weight = self.tokens.weight

        def forward(self, x):
            x = self.tokens(x) + self.places(t.arange(x.shape[1]))
            return self.head(self.norm(self.blocks(x)))

    model = GPT()
    return model, t.optim.Adam(model.parameters(), lr=0.003)


def gpt_loss(t, model, batch):
    tokens, following = batch
    return t.nn.functional.cross_entropy(model(tokens).view(-1, VOCABULARY), following.view(-1))


def gpt_data(rng):
    starts = rng.integers(0, VOCABULARY, (8, 1))
    text = (starts + numpy.arange(CONTEXT + 1) * rng.integers(1, 4, (8, 1))) % VOCABULARY
    return text[:, :-1].copy(), text[:, 1:].copy()


def transformer(t):
    n = t.nn

    class Reverser(n.Module):
        def __init__(self):
            super().__init__()
            self.tokens = n.Embedding(VOCABULARY, WIDTH, padding_idx=0)
            layer = n.TransformerEncoderLayer(WIDTH, HEADS, 32, dropout=0.0, batch_first=True, activation="gelu")
            self.encoder = n.TransformerEncoder(layer, 2, enable_nested_tensor=False)
            self.memory = n.GRU(WIDTH, WIDTH, bidirectional=True, batch_first=True)
            self.head = n.Linear(2 * WIDTH, VOCABULARY)

        def forward(self, x):
            mask = n.Transformer.generate_square_subsequent_mask(x.shape[1], dtype=t.float64)
            return self.head(self.memory(self.encoder(self.tokens(x), mask))[0])

    model = Reverser()
    return model, t.optim.Adam(model.parameters(), lr=0.01)


RUNS = {
    "LeNet": (lenet, lenet_loss, lenet_data),
    "LSTM": (lstm, lstm_loss, lstm_data),
    "GPT": (gpt, gpt_loss, gpt_data),
    "encoder and GRU": (transformer, gpt_loss, gpt_data),
}


def losses(t, run, state):
    make, loss_of, data = run
    model, optimizer = make(t)
    model.double()
    model.load_state_dict({key: t.from_numpy(value.copy()) for key, value in state.items()})
    rng = numpy.random.default_rng(4)
    found = []
    for _ in range(STEPS):
        batch = [t.from_numpy(x) for x in data(rng)]
        loss = loss_of(t, model, batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        found.append(loss.item())
    return numpy.array(found)


@pytest.mark.parametrize("name", RUNS)
def test_losses(name):
    torch.manual_seed(0)
    state = {key: value.double().numpy() for key, value in RUNS[name][0](torch)[0].state_dict().items()}
    ours, theirs = losses(wengert, RUNS[name], state), losses(torch, RUNS[name], state)
    # It learns, so that the losses say something.
    assert theirs[-5:].mean() < 0.8 * theirs[:3].mean()
    numpy.testing.assert_allclose(ours, theirs, rtol=TOLERANCE)
