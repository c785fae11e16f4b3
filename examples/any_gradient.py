"""Gradients of variables in the middle of a graph, three ways; and what they show of a chaotic orbit.

The first part is the tutorial's program: hooks, `autograd.grad`, `retain_grad`. The second looks at the gradient of
every one of 500 intermediate states. For the orbit x -> 4 x (1 - x) the gradient grows by a factor of 2 a step on
average: the logarithm of that factor is the orbit's Lyapunov exponent, ln 2 (Ulam & von Neumann, 1947).
"""

import math
import warnings

from common import BLUE, RED, progress, run, save, sheet

import wengert as t
from wengert.autograd import Variable as V


def three_ways():
    x = V(t.ones(3))
    w = V(t.tensor([0.5, 0.25, 0.125]), requires_grad=True)
    y = w.mul(x)
    z = y.sum()

    z.backward(retain_graph=True)
    print("w.grad                    ", w.grad)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # reading it says that y is not a leaf, and names the three ways
        print("y.grad                    ", y.grad)

    handle = y.register_hook(lambda grad: print("a hook on y sees          ", grad))
    z.backward(retain_graph=True)
    handle.remove()

    print("autograd.grad(z, y)       ", t.autograd.grad(z, y, retain_graph=True))

    y.retain_grad()
    z.backward()
    print("y.grad after retain_grad()", y.grad)
    print("w.grad after three passes ", w.grad)


def main(short: bool, out):
    """Gradients of variables in the middle of a graph."""
    three_ways()

    t.manual_seed(0)
    starts, steps = 100, 500
    x = t.rand(starts, dtype=t.float64, requires_grad=True)
    states = [x]
    for _ in progress(steps, "orbit"):
        states.append(4 * states[-1] * (1 - states[-1]))
        states[-1].retain_grad()
    states[-1].sum().backward()

    # The gradient of the last state with respect to the one k steps before it.
    growth = t.stack([state.grad.abs().log() for state in reversed(states)])
    exponent = float((growth[-1] / steps).mean())

    figure, (left, right) = sheet(11, 4.5, ncols=2)
    k = t.arange(steps + 1)
    left.plot(k, growth.mean(1), color=BLUE, linewidth=2, label="mean of 100 orbits")
    left.plot(k, k * math.log(2), color=RED, linestyle="--", label="k ln 2")
    left.set_title("ln |gradient with respect to the state k steps\nbefore the last|, of x → 4x(1 − x)", loc="left")
    left.legend(frameon=False)
    right.plot(k, growth[:, :6] - (k * math.log(2)).unsqueeze(1), linewidth=0.8)
    right.set_title("the same less k ln 2: six orbits", loc="left")
    for axes in (left, right):
        axes.set_xlabel("k")
    save(figure, out / "any_gradient.png")
    return {"Lyapunov exponent": exponent, "ln 2": math.log(2)}


if __name__ == "__main__":
    run(main, __file__)
