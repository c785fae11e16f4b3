"""Modules without initial values."""

import inspect

from .. import init
from ..modules.module import Module


def skip_init(module_cls, *args, **kwargs):
    """A module of a class whose parameters have memory, and arbitrary values in it: nothing is drawn.

    Args:
        module_cls: a class of modules whose constructor takes `device`.
        args, kwargs: the constructor's arguments.

    RuntimeError for a class that is none of modules, or does not take `device`.

    >>> import wengert as t
    >>> t.nn.utils.skip_init(t.nn.Linear, 3, 2).weight.shape
    wengert.Size([2, 3])
    """
    if not issubclass(module_cls, Module):
        raise RuntimeError(f"Expected a Module; got {module_cls}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError("Module must support a 'device' arg to skip initialization")
    with init.skipped():
        return module_cls(*args, **kwargs)
