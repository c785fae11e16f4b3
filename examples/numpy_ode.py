"""Plain NumPy code, fitted to data by `autograd.grad` without touching the code.

`populations` was written for arrays: a Runge-Kutta integrator of the Lotka-Volterra equations. Called with tensors it
is recorded. The data are the pelts of hares and lynxes that the Hudson's Bay Company took in, 1900 to 1920, in
thousands (Howard, 2009, after Elton & Nicholson, J. Animal Ecology 11, 1942).
"""

import numpy as np
from common import BLUE, ORANGE, progress, run, save, sheet

import wengert as t

YEARS = np.arange(1900, 1921)
HARES = np.array([
    30, 47.2, 70.2, 77.4, 36.3, 20.6, 18.1, 21.4, 22, 25.4, 27.1, 40.3, 57, 76.6, 52.3, 19.5, 11.2, 7.6, 14.6, 16.2,
    24.7,
])  # fmt: skip
LYNXES = np.array([
    4, 6.1, 9.8, 35.2, 59.4, 41.7, 19, 13, 8.3, 9.1, 7.4, 8, 12.3, 19.5, 45.7, 51.1, 29.7, 15.8, 9.7, 10.1, 8.6
])  # fmt: skip


# ------------------------------------------------------------------------ plain NumPy, which knows nothing of tensors


def change(state, rates):
    hares, lynxes = state
    births, hunting, deaths, feeding = rates
    return np.stack([(births - hunting * lynxes) * hares, (feeding * hares - deaths) * lynxes])


def populations(start, rates, years, steps_per_year=10):
    """Hares and lynxes at the turn of each year, (years, 2), by the classical Runge-Kutta method."""
    h = 1.0 / steps_per_year
    result = np.zeros_like(start, shape=(years, 2))
    state = start
    for year in range(years):
        result[year] = state
        for _ in range(steps_per_year):
            k1 = change(state, rates)
            k2 = change(state + h / 2 * k1, rates)
            k3 = change(state + h / 2 * k2, rates)
            k4 = change(state + h * k3, rates)
            state = state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return result


def misfit(parameters, observed):
    """Mean squared difference of the logarithms; the parameters are logarithms too, so that all are positive."""
    modelled = populations(np.exp(parameters[:2]), np.exp(parameters[2:]), len(observed))
    return np.mean((np.log(modelled) - np.log(observed)) ** 2)


# ------------------------------------------------------------------------------------------------------------ the fit


def main(short: bool, out):
    """An integrator written with NumPy, fitted by its gradient."""
    observed = np.stack([HARES, LYNXES], 1)
    first = np.log([30.0, 4.0, 0.6, 0.03, 0.9, 0.025])

    # The gradient, against central differences of the same code called with arrays.
    parameters = t.tensor(first, requires_grad=True)
    (slope,) = t.autograd.grad(misfit(parameters, observed), parameters)
    width = 1e-5
    differences = [
        (misfit(first + width * e, observed) - misfit(first - width * e, observed)) / (2 * width) for e in np.eye(6)
    ]
    mismatch = float(np.abs(slope.numpy() - differences).max())

    optimizer = t.optim.Adam([parameters], lr=0.02)
    losses = []
    bar = progress(30 if short else 120, "hares and lynxes")
    for _ in bar:
        loss = misfit(parameters, observed)
        (parameters.grad,) = t.autograd.grad(loss, parameters)
        optimizer.step()
        losses.append(loss.item())
        bar.set_postfix(misfit=f"{losses[-1]:.4f}", refresh=False)

    fitted = np.exp(parameters.detach().numpy())
    fine = populations(fitted[:2], fitted[2:] / 10, 10 * len(YEARS) - 9, steps_per_year=4)
    figure, axes = sheet(10, 4.5)
    for i, (name, data, colour) in enumerate([("hares", HARES, ORANGE), ("lynxes", LYNXES, BLUE)]):
        axes.plot(YEARS, data, linestyle="", marker="o", color=colour)
        axes.plot(YEARS[0] + np.arange(len(fine)) / 10, fine[:, i], color=colour, label=name)
    axes.set_xticks(YEARS[::5])
    axes.set_ylabel("pelts, thousands")
    axes.set_title("Hudson's Bay: pelts taken (dots) and the fitted equations", loc="left")
    axes.legend(frameon=False)
    save(figure, out / "numpy_ode.png")
    print("births {:.3f}  hunting {:.4f}  deaths {:.3f}  feeding {:.4f}".format(*fitted[2:]))
    return {
        "root mean square of the misfit, logarithms": losses[-1] ** 0.5,
        "gradient against finite differences": mismatch,
    }


if __name__ == "__main__":
    run(main, __file__)
