"""Anomaly mode: a backward pass that stops at the first NaN and says which line of the forward pass it belongs to.

Every node knows its line without this mode (see `core.provenance`). The mode adds the search for NaN, and for the nodes
that a backward pass recorded (`create_graph=True`) what they are the derivative of.
"""

import warnings

from ..core.engine import is_anomaly_check_nan_enabled, is_anomaly_enabled, set_anomaly_enabled


class detect_anomaly:
    """Inside the block, a backward pass in which a node makes a gradient with a NaN raises RuntimeError.

        with autograd.detect_anomaly():
            loss(x).backward()

    The error names the node, the line that recorded it and, for a node of a backward pass that was itself recorded, the
    operation whose derivative it belongs to. Every gradient is read once more for it: a mode for debugging.

    Args:
        check_nan: whether to look for NaN at all.

    >>> import warnings
    >>> import wengert as t
    >>> x = t.tensor(0.0, requires_grad=True)
    >>> warnings.simplefilter("ignore")
    >>> with t.autograd.detect_anomaly():
    ...     (x / x).backward()
    Traceback (most recent call last):
    RuntimeError: Function 'DivBackward0' returned nan values in its 1th output. ...
    """

    def __init__(self, check_nan: bool = True):
        self.prev = is_anomaly_enabled()
        self.check_nan = check_nan
        self.prev_check_nan = is_anomaly_check_nan_enabled()
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for "
            "debugging.",
            stacklevel=2,
        )

    def __enter__(self) -> None:
        set_anomaly_enabled(True, self.check_nan)

    def __exit__(self, *exception) -> None:
        set_anomaly_enabled(self.prev, self.prev_check_nan)


class set_detect_anomaly:
    """Switch anomaly mode on or off; as a context manager, until the end of the block.

    Args:
        mode: whether it is on.
        check_nan: whether a gradient with a NaN is an error.

    >>> import wengert as t
    >>> with t.autograd.set_detect_anomaly(True):
    ...     t.is_anomaly_enabled()
    True
    """

    def __init__(self, mode: bool, check_nan: bool = True):
        self.prev = is_anomaly_enabled()
        self.prev_check_nan = is_anomaly_check_nan_enabled()
        set_anomaly_enabled(mode, check_nan)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception) -> None:
        set_anomaly_enabled(self.prev, self.prev_check_nan)


__all__ = ["detect_anomaly", "set_detect_anomaly"]
