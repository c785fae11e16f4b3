"""The `wengert` command."""

import argparse
import pathlib
import sys

import wengert


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="wengert", description=(wengert.__doc__ or "").splitlines()[0])
    parser.add_argument("--version", action="version", version=f"wengert {wengert.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    demo = commands.add_parser("demo", help="train LeNet-5 on real digits and watch the gradients of its layers")
    demo.add_argument("--epochs", type=int, default=12, help="passes over the 4,000 training digits (default: 12)")
    demo.add_argument("--seed", type=int, default=0, help="seed of initial values and order (default: 0)")
    demo.add_argument(
        "--out",
        type=pathlib.Path,
        default=pathlib.Path("out/lenet"),
        help="folder for the pictures (default: out/lenet)",
    )
    demo.add_argument("--threads", type=int, help="number of threads (default: as many as there are cores)")
    commands.add_parser("config", help="print versions, processor features and libraries in use")
    options = parser.parse_args(arguments)
    if options.command == "config":
        wengert.show_config()
        return 0
    if options.epochs < 1:
        parser.error("--epochs must be at least 1")
    if options.threads is not None:
        wengert.set_num_threads(options.threads)
    from .demo.lenet import train

    train(options.epochs, options.seed, options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
