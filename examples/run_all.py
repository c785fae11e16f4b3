"""Run all examples in their short form (or, with --full, whole) and hold their figures against figures.json.

    python examples/run_all.py [--full] [name ...]

Exit status 1 if a script fails or a figure lies outside its bounds.
"""

import argparse
import importlib.util
import json
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent


def misses(figures: dict, bounds: dict) -> list[str]:
    """What is wrong with the figures of one run; bounds are [least, greatest], None where there is none."""
    found = []
    for title, (least, greatest) in bounds.items():
        if title not in figures:
            found.append(f"{title} is not reported")
        elif not (least is None or figures[title] >= least) or not (greatest is None or figures[title] <= greatest):
            found.append(f"{title} is {figures[title]:.6g}, expected {least} to {greatest}")
    return found + [f"{title} has no bounds in figures.json" for title in figures.keys() - bounds.keys()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="which examples (all unless given)")
    parser.add_argument("--full", action="store_true", help="the whole runs, whose figures README.md states")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out"))
    options = parser.parse_args()
    expected = json.loads((HERE / "figures.json").read_text())
    unknown = set(options.names) - expected.keys()
    if unknown:
        parser.error(f"no example called {', '.join(sorted(unknown))}; there are {', '.join(expected)}")
    failures = 0
    for name in options.names or expected:
        needs = [package for package in expected[name].get("needs", ()) if importlib.util.find_spec(package) is None]
        if needs:
            print(f"{name:24} left out: needs {', '.join(needs)}", flush=True)
            continue
        out = options.out / name
        command = [sys.executable, str(HERE / f"{name}.py"), "--out", str(out)] + ([] if options.full else ["--short"])
        begun = time.perf_counter()
        # The progress bars of a whole run are for people to see; those of a short one only if it fails.
        bars = None if options.full else subprocess.PIPE
        process = subprocess.run(command, stdout=subprocess.PIPE, stderr=bars, text=True)
        seconds = time.perf_counter() - begun
        if process.returncode:
            wrong = [f"exit status {process.returncode}\n{process.stderr or ''}"]
        else:
            figures = json.loads((out / "figures.json").read_text())
            wrong = misses(figures, expected[name]["full" if options.full else "short"])
            for title, value in figures.items():
                print(f"{name:24} {title}: {value:.6g}")
        failures += bool(wrong)
        for sentence in wrong:
            print(f"{name:24} WRONG: {sentence}")
        print(f"{name:24} {'wrong' if wrong else 'as expected'}, {seconds:.1f} s", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
