"""The old place of `func.functional_call`."""

import warnings

from ...func.modules import functional_call as _functional_call


def functional_call(
    module, parameters_and_buffers: dict, args=None, kwargs: dict = None, *, tie_weights: bool = True,
    strict: bool = False,
):  # fmt: skip
    """The old name of `func.functional_call`, of one dictionary; FutureWarning.

    >>> import warnings
    >>> import wengert as t
    >>> layer = t.nn.Linear(1, 1, bias=False)
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     t.nn.utils.stateless.functional_call(layer, {"weight": t.tensor([[2.0]])}, t.ones(1))
    tensor([2.])
    """
    warnings.warn(
        "`torch.nn.utils.stateless.functional_call` is deprecated as of PyTorch 2.0 and will be removed in a future "
        "version of PyTorch. Please use `torch.func.functional_call` instead which is a drop-in replacement.",
        FutureWarning,
        stacklevel=2,
    )
    return _functional_call(
        module, parameters_and_buffers, args, kwargs, tie_weights=tie_weights, strict=strict
    )  # fmt: skip
