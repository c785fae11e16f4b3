"""What the examples share: their command line, a progress bar, a sheet to draw on, and the figures that they report."""

import argparse
import json
import pathlib

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from tqdm import tqdm

# Okabe & Ito's colours, which people who do not see all colours can tell apart.
BLUE, ORANGE, GREEN, RED, PINK, SKY, BLACK = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#000000"
)  # fmt: skip


def run(main, script: str) -> None:
    """Call `main(short, out)` as the command line asks, and report the figures that it returns.

    Options: --short for a small run of seconds, --out for the folder of the pictures (out/<name of the script>).
    """
    name = pathlib.Path(script).stem
    parser = argparse.ArgumentParser(description=main.__doc__ or name)
    parser.add_argument("--short", action="store_true", help="a small run, in seconds")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out") / name, help="folder of the pictures")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    figures = main(options.short, options.out)
    (options.out / "figures.json").write_text(json.dumps(figures, indent=2) + "\n")
    print()
    for title, value in figures.items():
        print(f"{title}: {value:.6g}")
    print(f"pictures in {options.out}")


def progress(steps: int, description: str) -> tqdm:
    """A progress bar to iterate over; `set_postfix` shows numbers beside it."""
    return tqdm(range(steps), desc=description, ncols=100, mininterval=0.5)


def sheet(width: float = 10, height: float = 5, **layout):
    """A figure and its axes, drawn to files without a display: `subplots` of matplotlib."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(**layout)
    for one in axes.flat if hasattr(axes, "flat") else [axes]:
        one.spines[["top", "right"]].set_visible(False)
    return figure, axes


def save(figure, path: pathlib.Path) -> None:
    """Write the picture and say so."""
    figure.savefig(path, dpi=120)
    print(f"drew {path}")
