"""Derivatives of derivatives: the tutorial's parabola, and tanh up to its seventh derivative.

Each derivative is `autograd.grad` of the one before, with `create_graph=True`. The exact ones are polynomials in tanh:
with y = tanh x, y' = 1 - y^2, so d/dx p(y) = p'(y) (1 - y^2).
"""

import numpy
from common import progress, run, save, sheet

import wengert as t
from wengert.autograd import Variable as V
from wengert.autograd import grad


def main(short: bool, out):
    """Derivatives of derivatives."""
    x = V(t.tensor([5.0]), requires_grad=True)
    y = x**2
    g = grad(y, x, create_graph=True)
    print("dy/dx  ", g)
    print("d2y/dx2", grad(g[0], x))

    order = 4 if short else 7
    x = t.linspace(-3, 3, 601, dtype=t.float64, requires_grad=True)
    derivatives = [t.tanh(x)]
    for _ in progress(order, "derivatives"):
        # Each entry of the sum depends on one x: its gradient is the derivative at that x.
        derivatives.extend(grad(derivatives[-1].sum(), x, create_graph=True))

    polynomial, worst = numpy.polynomial.Polynomial([0, 1]), 0.0
    factor = numpy.polynomial.Polynomial([1, 0, -1])
    with t.no_grad():
        for found in derivatives:
            exact = polynomial(numpy.tanh(x.numpy()))
            worst = max(worst, float(numpy.abs(found.numpy() - exact).max() / numpy.abs(exact).max()))
            polynomial = polynomial.deriv() * factor

    figure, axes = sheet(10, 5.5)
    for i, found in enumerate(derivatives):
        shade = i / (len(derivatives) - 1)
        colour = (0.85 * shade, 0.45 - 0.2 * shade, 0.7 - 0.6 * shade)
        values, greatest = found.detach(), float(found.detach().abs().max())
        axes.plot(x.detach(), values / greatest, color=colour, label=f"{i}: {greatest:.4g}")
    axes.set_title("tanh and its derivatives, each divided by its greatest value", loc="left")
    axes.legend(frameon=False, title="order: greatest value", loc="center left", bbox_to_anchor=(1.0, 0.5))
    save(figure, out / "higher_derivatives.png")
    return {"greatest error, relative": worst}


if __name__ == "__main__":
    run(main, __file__)
