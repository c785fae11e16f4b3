"""The examples: every script has bounds for its figures, and the README of the folder states them.

That the scripts run, and that their figures lie within the bounds, is what `make examples` shows.
"""

import json
import pathlib
import re
import sys

import pytest

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "examples"
BOUNDS = json.loads((FOLDER / "figures.json").read_text(encoding="utf-8"))
SHARED = {"common", "text", "run_all"}


def _run_all():
    sys.path.insert(0, str(FOLDER))
    try:
        import run_all
    finally:
        sys.path.remove(str(FOLDER))
    return run_all


def test_every_script_has_bounds():
    assert {path.stem for path in FOLDER.glob("*.py")} - SHARED == set(BOUNDS)


@pytest.mark.parametrize("name", BOUNDS)
def test_both_forms_bound_the_same_figures(name):
    short, full = BOUNDS[name]["short"], BOUNDS[name]["full"]
    assert short.keys() == full.keys()
    for bounds in (*short.values(), *full.values()):
        least, greatest = bounds
        assert least is not None or greatest is not None, "a figure without a bound cannot fail"


@pytest.mark.parametrize("name", BOUNDS)
def test_readme_states_figures_within_the_bounds(name):
    """A row of the table, | script | what | figures |, names each figure as `title: value`."""
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    row = re.search(rf"^\| \[`{name}\.py`\].*$", text, flags=re.M)
    assert row, f"{name}.py has no row in examples/README.md"
    for title, (least, greatest) in BOUNDS[name]["full"].items():
        said = re.search(rf"{re.escape(title)}: ([-+.\de]*\d)", row[0])
        assert said, f"the row of {name}.py does not state {title!r}"
        assert (least is None or float(said[1]) >= least) and (greatest is None or float(said[1]) <= greatest)


def test_a_figure_outside_of_its_bounds_is_reported():
    misses = _run_all().misses
    assert misses({"a": 1.0}, {"a": [0.5, 2.0]}) == []
    assert misses({"a": 3.0}, {"a": [0.5, 2.0]}) == ["a is 3, expected 0.5 to 2.0"]
    assert misses({"a": float("nan")}, {"a": [None, 2.0]}) == ["a is nan, expected None to 2.0"]
    assert misses({}, {"a": [0.5, 2.0]}) == ["a is not reported"]
    assert misses({"b": 1.0}, {}) == ["b has no bounds in figures.json"]
