"""Recurrent networks on a real series: the CO2 of Mauna Loa, twelve months ahead.

RNN, LSTM and GRU see two years of months and say the next twelve. All values are differences from the same month of the
year before, so that saying 0 is the seasonal-naive forecast; saying the last year's mean growth is a harder one to
beat. The last ten years are for testing. Each layer is also run step by step as a cell with the same weights.
"""

import numpy
import statsmodels.api
from common import BLACK, BLUE, GREEN, ORANGE, RED, SKY, progress, run, save, sheet

import wengert as t
from wengert import nn

SEEN, AHEAD, TEST_YEARS = 24, 12, 10


def monthly():
    """Monthly means in parts per million, March 1958 to December 2001; gaps are filled in on a straight line."""
    weekly = statsmodels.api.datasets.co2.load_pandas().data["co2"]
    months = weekly.resample("MS").mean().interpolate()
    return months.index.year + (months.index.month - 0.5) / 12, months.to_numpy(float)


class Forecaster(nn.Module):
    """(N, months, 1) differences to (N, 12) differences of the next year."""

    def __init__(self, kind, width: int = 32):
        super().__init__()
        self.layer = kind(1, width, batch_first=True)
        self.head = nn.Linear(width, AHEAD)

    def forward(self, x):
        states, _ = self.layer(x)
        return self.head(states[:, -1])


def step_by_step(layer, cell, x):
    """The layer's states from its cell, called month by month with the layer's weights."""
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in layer.state_dict().items()})
    state, states = None, []
    for month in x.unbind(1):
        state = cell(month, state)
        states.append(state[0] if isinstance(state, tuple) else state)
    return t.stack(states, 1)


def main(short: bool, out):
    """CO2 twelve months ahead by RNN, LSTM and GRU."""
    t.set_default_dtype(t.float64)
    when, values = monthly()
    growth = t.from_numpy(values[12:] - values[:-12])
    windows = growth.unfold(0, SEEN + AHEAD, 1)
    split = len(windows) - 12 * TEST_YEARS - AHEAD + 1  # no month of a test window's target is in a training window
    mean, scale = growth[: split + SEEN].mean(), growth[: split + SEEN].std()
    inputs, targets = windows[:, :SEEN].unsqueeze(-1), windows[:, SEEN:]
    inputs, wanted = (inputs - mean) / scale, (targets - mean) / scale
    train, test = slice(0, split), slice(len(windows) - 12 * TEST_YEARS, None)

    def error(forecast):
        return float(((forecast - targets[test]) ** 2).mean().sqrt())

    figures = {
        "seasonal naive, ppm": error(t.zeros(1)),
        "seasonal naive plus last year's growth, ppm": error(windows[test, :SEEN][:, -12:].mean(1, keepdim=True)),
    }
    forecasts, curves, mismatch = {}, {}, 0.0
    for kind, cell in ((nn.RNN, nn.RNNCell), (nn.LSTM, nn.LSTMCell), (nn.GRU, nn.GRUCell)):
        name = kind.__name__
        t.manual_seed(0)
        model = Forecaster(kind)
        optimizer = t.optim.Adam(model.parameters(), lr=3e-3, weight_decay=1e-4)
        curves[name] = []
        bar = progress(20 if short else 60, name)
        for _ in bar:
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(inputs[train]), wanted[train])
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            curves[name].append(loss.item())
            bar.set_postfix(loss=f"{loss.item():.3f}", refresh=False)
        with t.no_grad():
            forecasts[name] = model(inputs[test]) * scale + mean
            by_cell = step_by_step(model.layer, cell(1, 32), inputs[test])
            mismatch = max(mismatch, float((by_cell - model.layer(inputs[test])[0]).abs().max()))
        figures[f"{name}, ppm"] = error(forecasts[name])
    figures["layer against cell, greatest difference"] = mismatch

    figure, (left, right) = sheet(13, 4.5, ncols=2, width_ratios=(3, 2))
    begins = 12 + len(windows) - 12 * TEST_YEARS + SEEN  # of the first test window's target, in months
    recent = slice(begins - 6, begins + 48)
    left.plot(when[recent], values[recent], color=BLACK, linewidth=1, label="measured")
    for name, colour in zip(forecasts, (GREEN, BLUE, ORANGE), strict=True):
        for year in range(4):
            at = numpy.arange(AHEAD) + begins + 12 * year
            said = values[at - 12] + forecasts[name][12 * year].numpy()
            left.plot(when[at], said, color=colour, linewidth=2, alpha=0.8, label=name if year == 0 else None)
    left.set_ylabel("CO₂, ppm")
    left.set_title("Mauna Loa: four years, each said from the 24 months before it", loc="left")
    left.legend(frameon=False)
    errors = {name.removesuffix(", ppm"): value for name, value in figures.items() if name.endswith("ppm")}
    names = [name.replace(" plus", "\nplus") for name in errors]
    right.barh(names, errors.values(), color=(RED, SKY, GREEN, BLUE, ORANGE))
    right.invert_yaxis()
    right.set_title("root mean square error of the test decade, ppm", loc="left")
    save(figure, out / "forecast.png")
    return figures


if __name__ == "__main__":
    run(main, __file__)
