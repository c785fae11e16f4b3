"""A physics-informed network (Raissi, Perdikaris & Karniadakis, J. Comp. Phys. 378, 2019) for Poisson's equation.

-(u_xx + u_yy) = f on [0, 1]^2, u = 0 on the boundary, with f such that u = sin(pi x) sin(2 pi y). The network sees f
and never u. Its second derivatives with respect to its inputs are part of the loss, which is differentiated again with
respect to its weights: three derivatives on top of each other, in double precision.
"""

import math

from common import progress, run, save, sheet

import wengert as t
from wengert import nn


def exact(xy):
    return t.sin(math.pi * xy[:, :1]) * t.sin(2 * math.pi * xy[:, 1:])


def source(xy):
    return 5 * math.pi**2 * exact(xy)


class Network(nn.Module):
    """A small network times x (1 - x) y (1 - y), which is 0 on the boundary whatever the weights."""

    def __init__(self, width: int = 32):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(2, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1)
        )

    def forward(self, xy):
        edge = (xy * (1 - xy)).prod(1, keepdim=True)
        return 16 * edge * self.layers(2 * xy - 1)


def laplacian(u, xy):
    (slope,) = t.autograd.grad(u.sum(), xy, create_graph=True)
    second = [t.autograd.grad(slope[:, i].sum(), xy, create_graph=True)[0][:, i : i + 1] for i in (0, 1)]
    return second[0] + second[1]


def grid(n: int):
    axis = t.linspace(0, 1, n, dtype=t.float64)
    return t.stack(t.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)


def main(short: bool, out):
    """Poisson's equation by a network."""
    t.manual_seed(0)
    t.set_default_dtype(t.float64)
    model = Network()
    inside = grid(18)
    optimizer = t.optim.LBFGS(model.parameters(), max_iter=20, history_size=50, line_search_fn="strong_wolfe")
    losses = []

    def closure():
        optimizer.zero_grad()
        xy = inside.clone().requires_grad_()
        loss = ((laplacian(model(xy), xy) + source(xy)) ** 2).mean()
        loss.backward()
        losses.append(loss.item())
        return loss

    bar = progress(5 if short else 60, "Poisson")
    for _ in bar:
        optimizer.step(closure)
        bar.set_postfix(loss=f"{losses[-1]:.2e}", refresh=False)

    n = 101
    fine = grid(n)
    with t.no_grad():
        found, wanted = model(fine).reshape(n, n), exact(fine).reshape(n, n)
    error = (found - wanted).abs()

    figure, (one, two, three) = sheet(13, 4, ncols=3)
    for axes, values, title, colours in (
        (one, found, "u of the network", "RdBu"), (two, error, "distance from the exact u", "viridis")
    ):  # fmt: skip
        shown = axes.imshow(values.mT, origin="lower", extent=(0, 1, 0, 1), cmap=colours, aspect="auto")
        figure.colorbar(shown, ax=axes)
        axes.set_title(title, loc="left")
    three.plot(losses)
    three.set_yscale("log")
    three.set_xlabel("evaluation of the loss")
    three.set_title("mean squared residual of the equation", loc="left")
    save(figure, out / "physics_informed.png")
    return {
        "greatest error": float(error.max()),
        "relative error": float(error.norm() / wanted.norm()),
        "mean squared residual": losses[-1],
    }


if __name__ == "__main__":
    run(main, __file__)
