"""Least squares, two ways: gradients written by hand, and gradients from `backward()`. Drawn as it converges.

Noisy points of y = 2 x + 3. Both ways see the same numbers in the same order, so their fits agree to rounding.
"""

import io

from common import BLUE, ORANGE, RED, progress, run, sheet
from PIL import Image

import wengert as t


def by_hand(x, y, w, b, lr):
    """One step on mean((w x + b - y)^2), whose derivatives are 2 mean(error x) and 2 mean(error)."""
    error = w * x + b - y
    return w - lr * 2 * (error * x).mean(), b - lr * 2 * error.mean()


def by_autograd(x, y, w, b, lr):
    """The same step, with the derivatives asked of the loss."""
    w, b = w.detach().requires_grad_(), b.detach().requires_grad_()
    loss = ((w * x + b - y) ** 2).mean()
    loss.backward()
    return (w - lr * w.grad).detach(), (b - lr * b.grad).detach()


def frame(x, y, hand, auto):
    """The points, both fits, and the way of (w, b) so far, as an image."""
    figure, (left, right) = sheet(9, 4, ncols=2)
    left.plot(x, y, linestyle="", marker="o", markersize=3, color="#888888")
    ends = t.tensor([0.0, 2.0], dtype=t.float64)
    for (w, b), colour, width, name in ((hand[-1], ORANGE, 5, "by hand"), (auto[-1], BLUE, 1.5, "by autograd")):
        left.plot(ends, w * ends + b, color=colour, linewidth=width, label=f"{name}: {w:.3f} x + {b:.3f}")
    left.set_ylim(-1, 8.5)
    left.legend(frameon=False, loc="lower right")
    left.set_title(f"step {len(hand) - 1}", loc="left")
    right.plot(*zip(*hand, strict=True), color=ORANGE, linewidth=4)
    right.plot(*zip(*auto, strict=True), color=BLUE, linewidth=1.5)
    right.plot([2], [3], marker="+", markersize=14, color=RED)
    right.set(xlim=(-0.2, 3.2), ylim=(-0.2, 3.4), xlabel="slope", ylabel="intercept")
    right.set_title("the way there (+: the line that the points came from)", loc="left", fontsize=10)
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=80)
    return Image.open(buffer).convert("P", palette=Image.Palette.ADAPTIVE, colors=32)


def main(short: bool, out):
    """Least squares by hand and by autograd."""
    t.manual_seed(0)
    x = t.rand(100, dtype=t.float64) * 2
    y = 2 * x + 3 + 0.5 * t.randn(100, dtype=t.float64)

    zero = t.zeros((), dtype=t.float64)
    hand, auto, frames, difference = [(zero, zero)], [(zero, zero)], [], 0.0
    steps = 60 if short else 300
    shown = 8 if short else 40
    drawn = {round(steps ** (i / (shown - 1))) for i in range(shown)}  # close together at first, when much happens
    for step in progress(steps, "least squares"):
        hand.append(by_hand(x, y, *hand[-1], lr=0.2))
        auto.append(by_autograd(x, y, *auto[-1], lr=0.2))
        difference = max(difference, *[abs(float(p - q)) for p, q in zip(hand[-1], auto[-1], strict=True)])
        if step + 1 in drawn:
            frames.append(frame(x, y, hand, auto))
    frames[0].save(
        out / "least_squares.gif", save_all=True, append_images=frames[1:], duration=[120] * (len(frames) - 1) + [3000],
        loop=0,
    )  # fmt: skip
    print(f"drew {out / 'least_squares.gif'}")
    exact = t.linalg.lstsq(t.stack([x, t.ones_like(x)], 1), y.unsqueeze(1)).solution.flatten()
    slope, intercept = auto[-1]
    return {
        "slope": float(slope),
        "intercept": float(intercept),
        "distance from the solution of the normal equations": float(t.stack([slope, intercept]).dist(exact)),
        "greatest difference of the two ways": difference,
    }


if __name__ == "__main__":
    run(main, __file__)
