"""Walking a graph once, twice, or in pieces: `retain_graph`, freed graphs, accumulation.

The first part is the tutorial's program. The second uses accumulation for what it is good for: the gradient of a whole
data set (Fisher's irises, 1936) from passes over parts of it, which never have to be in memory together.
"""

from common import BLUE, ORANGE, progress, run, save, sheet
from mlxtend.data import iris_data

import wengert as t
from wengert.autograd import Variable as V


def tutorial():
    x = V(t.ones(3))
    w = V(t.tensor([0.5, 0.25, 0.125]), requires_grad=True)
    z = w.mul(x).sum()
    z.backward(retain_graph=True)
    print("first pass      ", w.grad)
    z.backward()
    print("second pass     ", w.grad, "leaves accumulate")
    try:
        z.backward()
    except RuntimeError as error:
        print("third pass       RuntimeError:", error)
    z = w.mul(x).sum()
    z.backward()
    print("a new graph     ", w.grad)


def main(short: bool, out):
    """Repeated backward passes."""
    tutorial()

    features, classes = iris_data()
    features, classes = t.from_numpy(features), t.from_numpy(classes).long()
    features = (features - features.mean(0)) / features.std(0)
    features = t.cat([features, t.ones(len(classes), 1)], 1)

    def loss(weight, rows):
        return t.nn.functional.cross_entropy(features[rows] @ weight, classes[rows], reduction="sum") / len(classes)

    # A whole training, with the gradient of each step accumulated over ten parts of the data.
    weight = t.zeros(5, 3, dtype=t.float64, requires_grad=True)
    losses, greatest = [], 0.0
    parts = t.randperm(len(classes), generator=t.Generator().manual_seed(0)).chunk(10)
    for _ in progress(20 if short else 300, "irises"):
        weight.grad = None
        value = 0.0
        for rows in parts:
            part = loss(weight, rows)
            part.backward()  # adds to weight.grad
            value += part.item()
        whole, = t.autograd.grad(loss(weight, slice(None)), weight)
        greatest = max(greatest, float((weight.grad - whole).abs().max() / whole.abs().max()))
        losses.append(value)
        with t.no_grad():
            weight -= 1.0 * weight.grad
    accuracy = float(((features @ weight).argmax(1) == classes).double().mean())

    # How the gradient grows into the whole one, part by part, at the weights of the last step.
    weight.grad = None
    sums = []
    for rows in parts:
        loss(weight, rows).backward()
        sums.append(weight.grad.clone())
    figure, (left, right) = sheet(11, 4.5, ncols=2)
    left.plot(range(1, 11), t.stack(sums).flatten(1), color=BLUE, marker="o", markersize=3, linewidth=1)
    left.plot([10] * 15, whole.flatten(), linestyle="", marker="s", markersize=9, fillstyle="none", color=ORANGE)
    left.set_xlabel("parts of the data seen")
    title = "weight.grad, entry by entry, as backward() adds to it\n(squares: the whole data in one pass)"
    left.set_title(title, loc="left")
    right.plot(losses, color=BLUE)
    right.set_yscale("log")
    right.set_xlabel("step")
    right.set_title("Cross entropy of the irises", loc="left")
    save(figure, out / "backward_again.png")
    return {"greatest difference of the two gradients, relative": greatest, "accuracy": accuracy}


if __name__ == "__main__":
    run(main, __file__)
