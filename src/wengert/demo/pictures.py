"""The two pictures of the demo: gradients over training, and digits with predictions."""

import pathlib

import numpy

# Okabe & Ito's colours, which people who do not see all colours can tell apart.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#000000")


def _figure(width: float, height: float):
    # The object-oriented interface draws to files without a display and leaves global settings alone.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _smooth(values, width: int):
    """Means over windows of `width` steps, as many as there are values."""
    kernel = numpy.ones(width) / width
    padded = numpy.concatenate(
        [numpy.full(width // 2, values[0]), values, numpy.full(width - 1 - width // 2, values[-1])]
    )
    return numpy.convolve(padded, kernel, mode="valid")


def _log_norms(watch, name: str):
    """The logarithms of a layer's norms; a gradient that is 0 altogether counts as 1e-30."""
    return numpy.log(numpy.maximum(numpy.asarray(watch.norms[name]), 1e-30))


def gradients(path: pathlib.Path, watch, losses, accuracies, steps_per_epoch: int) -> None:
    """The norm of the gradient at each layer's output over the steps, by itself and against that of the network's
    output; the share of zeros in it; and the loss beside them. Norms are geometric means over half an epoch."""
    figure = _figure(11, 10)
    norm_axes, ratio_axes, zero_axes, loss_axes = figure.subplots(4, 1, sharex=True, height_ratios=(3, 3, 2, 2))
    steps = numpy.arange(1, len(losses) + 1)
    epochs = steps / steps_per_epoch
    width = max(steps_per_epoch // 2, 1)
    last = _log_norms(watch, watch.layers[-1])
    for name, colour in zip(watch.layers, COLOURS, strict=False):
        norms = _log_norms(watch, name)
        label = f"{name}  {' × '.join(map(str, watch.shapes[name]))}"
        norm_axes.plot(epochs, numpy.exp(_smooth(norms, width)), color=colour, linewidth=1.8, label=label)
        ratio_axes.plot(epochs, numpy.exp(_smooth(norms - last, width)), color=colour, linewidth=1.8)
        zero_axes.plot(epochs, 100 * _smooth(numpy.asarray(watch.zeros[name]), width), color=colour, linewidth=1.8)
    norm_axes.set_yscale("log")
    norm_axes.set_ylabel("norm of the gradient\nat the layer's output")
    norm_axes.set_title(
        "LeNet-5 on digits: gradients of layer outputs (non-leaf tensors), seen through hooks", loc="left"
    )
    norm_axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, title="layer  output shape")
    ratio_axes.set_ylabel(f"the same, divided by\nthat of {watch.layers[-1]} in each step")
    ratio_axes.set_ylim(bottom=0)
    zero_axes.set_ylabel("entries that are\nexactly 0 (%)")
    zero_axes.set_ylim(-3, 103)
    loss_axes.plot(epochs, _smooth(numpy.asarray(losses), width), color="#000000", linewidth=1.5)
    loss_axes.set_yscale("log")
    loss_axes.set_ylabel("training loss")
    loss_axes.set_xlabel("epoch")
    accuracy_axes = loss_axes.twinx()
    accuracy_axes.plot(
        numpy.arange(1, len(accuracies) + 1),
        100 * numpy.asarray(accuracies),
        "o-",
        color=COLOURS[0],
        markersize=4,
        linewidth=1.2,
    )
    accuracy_axes.set_ylabel("test accuracy (%)", color=COLOURS[0])
    accuracy_axes.tick_params(axis="y", colors=COLOURS[0])
    for axes in (norm_axes, ratio_axes, zero_axes, loss_axes):
        axes.grid(True, alpha=0.25)
        axes.set_xlim(0, epochs[-1])
    figure.savefig(path, dpi=110)


def digits(path: pathlib.Path, images, classes, predicted, confidence) -> None:
    """Test digits with what the network says: a sample of all classes, then the mistakes it is surest of."""
    columns, rows = 12, 7
    wrong = numpy.flatnonzero(predicted != classes)
    wrong = wrong[numpy.argsort(-confidence[wrong], kind="stable")]
    mistakes = wrong[: columns * 3]
    chosen: list[int] = []
    for digit in range(10):
        chosen += list(numpy.flatnonzero((classes == digit) & (predicted == classes))[:5])
    sample = numpy.asarray(chosen)[numpy.random.default_rng(0).permutation(len(chosen))][: columns * (rows - 3)]
    figure = _figure(11, 8.2)
    grid = figure.subplots(rows, columns)
    figure.suptitle(
        f"{len(classes) - len(wrong)} of {len(classes)} test digits are read rightly (some in the first four rows, "
        f"with the network's confidence);\n{len(wrong)} are not: below, in red, what it says, and in brackets what it "
        "should be",
        fontsize=11, ha="left", x=0.01,
    )  # fmt: skip
    for axes in grid.ravel():
        axes.axis("off")
    for axes, i in zip(grid[: rows - 3].ravel(), sample, strict=False):
        axes.imshow(images[i, 0], cmap="gray_r")
        axes.set_title(f"{predicted[i]}  {100 * confidence[i]:.0f}%", fontsize=9, color="#006400")
    for axes, i in zip(grid[rows - 3 :].ravel(), mistakes, strict=False):
        axes.imshow(images[i, 0], cmap="gray_r")
        axes.set_title(f"{predicted[i]}  {100 * confidence[i]:.0f}%  ({classes[i]})", fontsize=9, color="#B00020")
    figure.savefig(path, dpi=110)
