"""A recurrent network that writes like Python's documentation, and how far back its gradients reach.

One LSTM reads the help topics character by character. The picture shows, for an RNN and for the LSTM, the gradient of
one prediction's loss with respect to every state before it: tensors in the middle of the graph, whose gradients show
what Hochreiter & Schmidhuber (Neural Computation 9(8), 1997) built the LSTM for.
"""

import text
from common import BLUE, GREEN, progress, run, save, sheet

import wengert as t
from wengert import nn


class Writer(nn.Module):
    def __init__(self, kind, letters: int, width: int):
        super().__init__()
        self.letters = nn.Embedding(letters, 32)
        self.layer = kind(32, width, batch_first=True)
        self.head = nn.Linear(width, letters)

    def forward(self, x, state=None):
        states, state = self.layer(self.letters(x), state)
        return self.head(states), state


def mean_loss(model, numbers, length: int = 128, most: int = 64):
    """Nats per character over the first pieces of a text."""
    pieces = numbers[: most * length + 1]
    with t.no_grad():
        scores, _ = model(pieces[:-1].reshape(-1, length))
        return float(nn.functional.cross_entropy(scores.flatten(0, 1), pieces[1:]))


def train(model, numbers, steps: int, name: str):
    generator = t.Generator().manual_seed(0)
    optimizer = t.optim.Adam(model.parameters(), lr=4e-3)
    schedule = t.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=4e-3, total_steps=steps)
    losses = []
    bar = progress(steps, name)
    for _ in bar:
        seen, following = text.batch(numbers, 32, 64, generator)
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(seen)[0].flatten(0, 1), following.flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        bar.set_postfix(loss=f"{losses[-1]:.3f}", refresh=False)
    return losses


def write(model, alphabet, start: str, length: int, generator, temperature: float = 0.7) -> str:
    """Text drawn character by character from the model's predictions."""
    numbers, state = [alphabet.index(character) for character in start], None
    with t.no_grad():
        given = t.tensor([numbers])
        for _ in range(length):
            scores, state = model(given, state)
            given = t.multinomial((scores[:, -1] / temperature).softmax(-1), 1, generator=generator)
            numbers.append(int(given))
    return "".join([alphabet[i] for i in numbers])


def reach(model, numbers, length: int = 60, pieces: int = 64):
    """The mean norm of the gradient of the last character's loss at the states 1, 2, ... characters before it."""
    cell = (nn.LSTMCell if isinstance(model.layer, nn.LSTM) else nn.RNNCell)(32, model.layer.hidden_size)
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in model.layer.state_dict().items()})
    x = model.letters(numbers[: pieces * length].reshape(pieces, length)).detach()
    wanted = numbers[length : pieces * length + 1 : length]
    state, states = None, []
    for letter in x.unbind(1):
        state = cell(letter, state)
        # What carries over time: the cell state of an LSTM, the only state of an RNN.
        states.append(state[1] if isinstance(state, tuple) else state)
    hidden = state[0] if isinstance(state, tuple) else state
    losses = nn.functional.cross_entropy(model.head(hidden), wanted, reduction="sum")
    return t.stack([slope.double().norm(dim=1).mean() for slope in t.autograd.grad(losses, states[-2::-1])])


def main(short: bool, out):
    """An LSTM on Python's help topics."""
    alphabet, numbers, test = text.characters()
    steps = 30 if short else 1500
    figure, (left, right) = sheet(12, 4.5, ncols=2)
    figures = {}
    for kind, colour in ((nn.RNN, GREEN), (nn.LSTM, BLUE)):
        t.manual_seed(0)
        model = Writer(kind, len(alphabet), 64 if short else 160)
        name = kind.__name__
        losses = train(model, numbers, steps, name)
        figures[f"{name}, nats per character of unseen text"] = mean_loss(model, test)
        left.plot(losses, color=colour, linewidth=0.8, label=name)
        norms = reach(model, test)
        right.plot(range(1, len(norms) + 1), norms, color=colour, label=name)
    print(write(model, alphabet, "The ", 400, t.Generator().manual_seed(1)))
    left.set_title("loss of the training batches, nats per character", loc="left")
    left.set_xlabel("step")
    right.set_yscale("log")
    right.set_title("norm of the gradient at the state k characters before\nthe one whose loss it is", loc="left")
    right.set_xlabel("k")
    right.legend(frameon=False)
    save(figure, out / "characters.png")
    return figures


if __name__ == "__main__":
    run(main, __file__)
