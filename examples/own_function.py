"""Writing a Function of one's own, checking it, and finding the mistake in a wrong one.

`MultiplyAdd` and the sigmoid are the tutorial's. The third is useful: a spike that has a derivative of 0 or none, and a
surrogate in its place for the backward pass (Neftci, Mostafa & Zenke, IEEE Signal Processing Magazine 36(6), 2019).
"""

from common import BLUE, GREEN, RED, progress, run, save, sheet

import wengert as t
from wengert.autograd import Function, gradcheck
from wengert.autograd import Variable as V


class MultiplyAdd(Function):
    @staticmethod
    def forward(ctx, w, x, b):
        ctx.save_for_backward(w, x)
        return w * x + b

    @staticmethod
    def backward(ctx, grad):
        w, x = ctx.saved_tensors
        return grad * x, grad * w, grad


class Sigmoid(Function):
    @staticmethod
    def forward(ctx, x):
        y = 1 / (1 + t.exp(-x))
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, grad):
        (y,) = ctx.saved_tensors
        return grad * y * (1 - y)


class WrongSigmoid(Sigmoid):
    @staticmethod
    def backward(ctx, grad):
        (y,) = ctx.saved_tensors
        return grad * y * (1 + y)


class Spike(Function):
    """1 where x > 0; the backward pass takes the derivative of a fast sigmoid instead, 1 / (1 + 10 |x|)^2."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return (x > 0).to(x.dtype)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad / (1 + 10 * x.abs()) ** 2


def main(short: bool, out):
    """A Function of one's own."""
    x = V(t.ones(1))
    w = V(t.tensor([0.5]), requires_grad=True)
    b = V(t.tensor([0.25]), requires_grad=True)
    z = MultiplyAdd.apply(w, x, b)
    z.backward()
    print("x.grad, w.grad, b.grad:", x.grad, w.grad, b.grad)
    print("z.grad_fn by hand:     ", MultiplyAdd.apply(w, x, b).grad_fn(t.ones(1)))

    test = t.linspace(-4, 4, 9, dtype=t.float64, requires_grad=True)
    print("gradcheck of Sigmoid:  ", gradcheck(Sigmoid.apply, (test,)))
    try:
        gradcheck(WrongSigmoid.apply, (test,))
    except RuntimeError as error:
        print("gradcheck of WrongSigmoid:", str(error).splitlines()[0])

    # A leaky neuron has to spike at given times: gradients reach its input current through spikes that have none.
    t.manual_seed(0)
    steps = 120
    wanted = t.zeros(steps, dtype=t.float64)
    wanted[[20, 45, 50, 80, 110]] = 1
    current = t.full((steps,), 0.06, dtype=t.float64, requires_grad=True)
    optimizer = t.optim.Adam([current], lr=0.01)

    def neuron(current):
        voltage, spikes, voltages = t.zeros((), dtype=t.float64), [], []
        for i in current:
            voltage = 0.9 * voltage + i
            spike = Spike.apply(voltage - 1)
            voltages.append(voltage)
            spikes.append(spike)
            voltage = voltage - spike.detach()
        return t.stack(spikes), t.stack(voltages)

    def smoothed(spikes):
        kernel = t.exp(-t.arange(20, dtype=t.float64) / 5).flip(0).reshape(1, 1, -1)
        return t.nn.functional.conv1d(t.nn.functional.pad(spikes.reshape(1, 1, -1), (19, 0)), kernel).flatten()

    first = neuron(current)[0].detach()
    bar = progress(20 if short else 300, "spikes")
    for _ in bar:
        optimizer.zero_grad()
        spikes, voltages = neuron(current)
        distance = ((smoothed(spikes) - smoothed(wanted)) ** 2).mean()
        distance.backward()
        optimizer.step()
        bar.set_postfix(distance=f"{distance.item():.4f}", refresh=False)
    spikes, voltages = neuron(current.detach())

    figure, (top, bottom) = sheet(10, 5, nrows=2, sharex=True, height_ratios=(1, 2))
    for height, (train, colour) in enumerate([(wanted, GREEN), (spikes, BLUE), (first, RED)]):
        at = t.nonzero(train).flatten()
        top.plot(at, t.full((len(at),), -height), linestyle="", marker="|", markersize=18, color=colour)
    top.set_yticks([0, -1, -2], ["wanted", "learned", "at first"])
    top.spines["left"].set_visible(False)
    top.set_ylim(-2.6, 0.6)
    top.set_title("Spike times learned through a Function whose derivative is a surrogate", loc="left")
    bottom.plot(voltages, color=BLUE, label="voltage")
    bottom.plot(current.detach(), color="#555555", linewidth=1, label="input current, learned")
    bottom.axhline(1, color=RED, linestyle=":", label="threshold")
    bottom.set_xlabel("time step")
    bottom.legend(frameon=False, ncols=3, loc="lower right", bbox_to_anchor=(1.0, 1.0))
    save(figure, out / "own_function.png")
    return {
        "spikes at a wanted time": float((spikes * wanted).sum()),
        "spikes at other times": float((spikes * (1 - wanted)).sum()),
    }


if __name__ == "__main__":
    run(main, __file__)
