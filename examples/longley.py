"""Longley's data (JASA 62, 1967): six economic series that are nearly copies of one another, in double precision.

The condition number of the regression is 5e9. NIST certifies its coefficients (Statistical Reference Datasets,
"Longley") to fifteen digits; the normal equations, whose condition is the square of that, keep half of them.
"""

import numpy
import statsmodels.api
from common import BLUE, GREEN, ORANGE, progress, run, save, sheet

import wengert as t

CERTIFIED = t.tensor([
    -3482258.63459582, 15.0618722713733, -0.358191792925910e-01, -2.02022980381683, -1.03322686717359,
    -0.511041056535807e-01, 1829.15146461355,
], dtype=t.float64)  # fmt: skip
NAMES = ("constant", "deflator", "GNP", "unemployed", "armed forces", "population", "year")


def digits(found):
    """The decimal digits that agree with the certified value: -log10 of the relative error."""
    return -((found - CERTIFIED) / CERTIFIED).abs().clamp(min=1e-16).log10()


def main(short: bool, out):
    """Longley's regression against NIST's certified coefficients."""
    data = statsmodels.api.datasets.longley.load_pandas().data
    y = t.from_numpy(data["TOTEMP"].to_numpy(float))
    series = t.from_numpy(data[["GNPDEFL", "GNP", "UNEMP", "ARMED", "POP", "YEAR"]].to_numpy(float))
    x = t.cat([t.ones(len(y), 1, dtype=t.float64), series], 1)

    by_qr = t.linalg.lstsq(x, y.unsqueeze(1)).solution.flatten()
    by_normal = t.linalg.solve(x.mT @ x, x.mT @ y)

    # By gradients: columns centred and scaled, then conjugate gradients on the loss, whose Hessian times a direction
    # is a derivative of a derivative. In exact arithmetic six steps would do.
    mean, scale = series.mean(0), series.std(0)
    z = (series - mean) / scale

    def loss(w):
        return 0.5 * ((z @ w - (y - y.mean())) ** 2).sum()

    w = t.zeros(6, dtype=t.float64)
    residual = -t.func.grad(loss)(w)
    direction, norms = residual, []
    for _ in progress(14, "conjugate gradients"):
        curved = t.func.jvp(t.func.grad(loss), (w,), (direction,))[1]  # Hessian times direction
        step = residual @ residual / (direction @ curved)
        w = w + step * direction
        following = -t.func.grad(loss)(w)
        direction = following + following @ following / (residual @ residual) * direction
        residual = following
        norms.append(float(residual.norm()))
    slopes = w / scale
    by_gradients = t.cat([(y.mean() - mean @ slopes).reshape(1), slopes])

    found = {"QR (linalg.lstsq)": by_qr, "conjugate gradients": by_gradients, "normal equations": by_normal}
    print(f"{'':14}{'certified':>22}" + "".join([f"{name:>22}" for name in found]))
    for i, name in enumerate(NAMES):
        print(f"{name:14}{float(CERTIFIED[i]):22.14g}" + "".join([f"{float(v[i]):22.14g}" for v in found.values()]))

    figure, axes = sheet(10, 4.5)
    places = numpy.arange(len(NAMES))
    for shift, (name, values), colour in zip((-0.27, 0, 0.27), found.items(), (BLUE, GREEN, ORANGE), strict=True):
        axes.bar(places + shift, digits(values), width=0.25, color=colour, label=name)
    axes.set_xticks(places, NAMES)
    axes.set_title("Longley's regression: correct decimal digits of each coefficient", loc="left")
    axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=3)
    save(figure, out / "longley.png")
    return {
        "correct digits, QR": float(digits(by_qr).min()),
        "correct digits, gradients": float(digits(by_gradients).min()),
        "correct digits, normal equations": float(digits(by_normal).min()),
    }


if __name__ == "__main__":
    run(main, __file__)
