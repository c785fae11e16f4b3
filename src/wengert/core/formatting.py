"""How tensors print: as PyTorch prints them."""

import math

import numpy

from . import dtypes
from .node import node_name

# What `set_printoptions` sets.
options = {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80, "sci_mode": None}


def set_printoptions(
    precision=None, threshold=None, edgeitems=None, linewidth=None, profile=None, sci_mode=None
) -> None:
    """Set how tensors print.

    Args:
        precision: digits after the point (4).
        threshold: with more elements than this the inner ones are left out (1000).
        edgeitems: how many are shown at each end of a dimension then (3).
        linewidth: the length of lines (80).
        profile: "default", "short" or "full" sets the four at once.
        sci_mode: whether numbers have exponents; None, also where it is not given, chooses for each tensor.

    >>> import wengert as t
    >>> t.set_printoptions(precision=2)
    >>> t.tensor([1 / 3])
    tensor([0.33])
    >>> t.set_printoptions(profile="default")
    """
    if profile is not None:
        options.update({
            "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
            "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
            "full": {"precision": 4, "threshold": math.inf, "edgeitems": 3, "linewidth": 80},
        }[profile])  # fmt: skip
    for name, value in (
        ("precision", precision),
        ("threshold", threshold),
        ("edgeitems", edgeitems),
        ("linewidth", linewidth),
    ):
        if value is not None:
            options[name] = value
    options["sci_mode"] = sci_mode


class _Format:
    """One width and notation for all the numbers of a tensor."""

    def __init__(self, values):
        self.floating = values.dtype.kind == "f"
        self.integral = True
        self.scientific = False
        self.width = 1
        precision = options["precision"]
        if not self.floating:
            for x in values.ravel().tolist():
                self.width = max(self.width, len(str(x)))
            return
        # Zeros, infinities and NaN have no say in the width, as in PyTorch.
        present = values[numpy.isfinite(values) & (values != 0)].astype(numpy.float64).ravel()
        if present.size:
            size = numpy.abs(present)
            self.integral = bool(numpy.all(present == numpy.ceil(present)))
            largest, smallest = size.max(), size.min()
            self.scientific = bool(
                largest / smallest > 1000.0 or largest > 1.0e8 or (not self.integral and smallest < 1.0e-4)
            )
            if options["sci_mode"] is not None:
                self.scientific = options["sci_mode"]
        self.width = max([1, *[len(self._text(x)) for x in present.tolist()]])
        self.precision = precision

    def _text(self, x) -> str:
        precision = options["precision"]
        if not self.floating:
            return str(x)
        if math.isinf(x) or math.isnan(x):
            return str(x)
        if self.scientific:
            return f"{x:.{precision}e}"
        if self.integral:
            return f"{x:.0f}."
        return f"{x:.{precision}f}"

    def __call__(self, x) -> str:
        return self._text(x).rjust(self.width)


def _edges(array):
    """The parts of an array that are printed."""
    edge = options["edgeitems"]
    for d in range(array.ndim):
        if array.shape[d] > 2 * edge:
            keep = numpy.r_[0:edge, array.shape[d] - edge : array.shape[d]]
            array = numpy.take(array, keep, axis=d)
    return array


def _nested(array, write, width: int, indent: int, summarize: bool) -> str:
    if array.ndim == 0:
        return write(array)
    edge = options["edgeitems"]
    size = array.shape[0]
    cut = summarize and size > 2 * edge
    if array.ndim == 1:
        items = [write(x) for x in (array if not cut else numpy.concatenate([array[:edge], array[size - edge :]]))]
        if cut:
            items = [*items[:edge], " ...", *items[edge:]]
        per_line = max((options["linewidth"] - indent) // (width + 2), 1)
        lines = [", ".join(items[i : i + per_line]) for i in range(0, len(items), per_line)]
        return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"
    chosen = [array[i] for i in (range(size) if not cut else [*range(edge), *range(size - edge, size)])]
    parts = [_nested(part, write, width, indent + 1, summarize) for part in chosen]
    if cut:
        parts = [*parts[:edge], "...", *parts[edge:]]
    return "[" + ("," + "\n" * (array.ndim - 1) + " " * (indent + 1)).join(parts) + "]"


def values_text(array, indent: int) -> str:
    """The values alone, "[[1., 2.],\\n        [3., 4.]]"."""
    if array.size == 0:
        return "[" * max(array.ndim, 1) + "]" * max(array.ndim, 1) if array.ndim <= 1 else "[]"
    summarize = array.size > options["threshold"]
    shown = _edges(array) if summarize else array
    if array.dtype.kind == "c":
        real, imaginary = _Format(shown.real), _Format(shown.imag)

        def write(z):
            text = imaginary._text(float(z.imag))
            return f"{real(float(z.real))}{'' if text.startswith('-') else '+'}{text}j"

        width = real.width + 1 + imaginary.width
    else:
        form = _Format(shown)
        width = form.width

        def write(x):
            return form(x.item())

    return _nested(array, write, width, indent, summarize)


def represent(tensor) -> str:
    """repr of a tensor."""
    prefix = "tensor("
    if tensor._level:
        return f"{prefix}{tensor._payload!r})"
    array = tensor.array
    if tensor.dtype is dtypes.bfloat16:
        array = array.astype(numpy.float32)
    suffixes = []
    if array.size == 0 and array.ndim != 1:
        suffixes.append(f"size={tuple(array.shape)}")
    kind = tensor.dtype
    implied = (dtypes.get_default_dtype(), dtypes.int64, dtypes.bool)
    default_complex = dtypes.from_numpy(dtypes.as_numpy(complex))
    if (kind not in implied and kind is not default_complex) or (
        array.size == 0 and kind is not dtypes.get_default_dtype()
    ):
        suffixes.append(f"dtype={kind!r}")
    node = tensor.grad_fn
    if node is not None:
        suffixes.append(f"grad_fn=<{node_name(node)}>")
    elif tensor.requires_grad:
        suffixes.append("requires_grad=True")
    text = prefix + values_text(array, len(prefix))
    # The two more are PyTorch's, which counts them twice.
    last_line = len(text) - text.rfind("\n") + 1
    for suffix in suffixes:
        if last_line + len(suffix) + 2 > options["linewidth"]:
            text += ",\n" + " " * len(prefix) + suffix
            last_line = len(prefix) + len(suffix)
        else:
            text += ", " + suffix
            last_line += len(suffix) + 2
    return text + ")"


def formatted(x, specification: str) -> str:
    """What `format(x, specification)` gives: specifications are for numbers, so for tensors without dimensions."""
    if not isinstance(specification, str):
        raise TypeError(f"format_spec must be a string, not {type(specification).__name__}")
    if x.ndim == 0 and not x._level:
        return format(x.item(), specification)
    if specification:
        raise TypeError(
            f"unsupported format string passed to Tensor.__format__: {specification!r} is for numbers, and the "
            f"tensor has shape {list(x.shape)}"
        )
    return repr(x)
