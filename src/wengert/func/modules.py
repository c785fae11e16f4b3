"""Modules as functions of their parameters and buffers."""

from collections.abc import Sequence
from typing import Any

from ..core import Tensor
from ..ops.shape import stack

_ABSENT = object()


def functional_call(
    module, parameter_and_buffer_dicts, args=None, kwargs: dict = None, *, tie_weights: bool = True,
    strict: bool = False,
):  # fmt: skip
    """Call a module with other tensors in place of its parameters and buffers.

    While the call lasts, the module holds the given tensors; whatever it then holds under their names (an in-place
    change, a buffer that it assigned anew) is found in the dictionary afterwards. What is not given stays the module's.

    Args:
        module: an `nn.Module`.
        parameter_and_buffer_dicts: tensors by dotted path, or a sequence of such dictionaries without a key in common.
        args: the arguments of the call, a tuple; anything else is the one argument.
        kwargs: its keyword arguments.
        tie_weights: names under which the module holds one tensor get one tensor, whichever of them is given.
        strict: the keys are exactly the module's parameters and buffers.

    Raises:
        ValueError: no dictionaries; a key in two of them; different tensors for tied names. RuntimeError: keys that
            `strict` misses or does not know. AttributeError: a path through a module that is not there. TypeError: a
            value that is no tensor.

    >>> import wengert as t
    >>> layer = t.nn.Linear(2, 1)
    >>> given = {"weight": t.tensor([[1.0, 2.0]]), "bias": t.tensor([3.0])}
    >>> t.func.functional_call(layer, given, t.tensor([10.0, 20.0]))
    tensor([53.])
    """
    given = _joined(parameter_and_buffer_dicts)
    tensors = _tied(module, given) if tie_weights else dict(given)
    if strict:
        _check_keys(module, tensors)
    places = {path: _place(module, path) for path in tensors}
    arguments = () if args is None else args if isinstance(args, tuple) else (args,)
    originals: dict = {}
    try:
        for path, x in tensors.items():
            originals[path] = _exchange(*places[path], x)
        return module(*arguments, **(kwargs or {}))
    finally:
        held = {path: _exchange(*places[path], x) for path, x in reversed(originals.items())}
        given.update({path: held[path] for path in given if held.get(path, _ABSENT) is not _ABSENT})


def _joined(dictionaries) -> dict:
    if isinstance(dictionaries, dict):
        return dictionaries
    if not isinstance(dictionaries, Sequence):
        raise ValueError(
            "Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got "
            f"{type(dictionaries)}"
        )
    if not all([isinstance(d, dict) for d in dictionaries]):
        raise ValueError("Expected all elements of parameter_and_buffer_dicts to be dictionaries")
    joined: dict = {}
    repeated: list = []
    for d in dictionaries:
        repeated += [key for key in d if key in joined and key not in repeated]
        joined.update(d)
    if repeated:
        raise ValueError(f"{repeated} appeared in multiple dictionaries; behavior of functional call is ambiguous")
    return joined


def _own_tensors(module) -> dict:
    """The module's parameters and buffers by path, under each of their names."""
    return {
        **dict(module.named_parameters(remove_duplicate=False)), **dict(module.named_buffers(remove_duplicate=False)),
    }  # fmt: skip


def _tied(module, given: dict) -> dict:
    """The given tensors, also under the other names of what they stand for."""
    names: dict = {}
    for path, x in _own_tensors(module).items():
        names.setdefault(id(x), []).append(path)
    tied = {path: paths for paths in names.values() if len(paths) > 1 for path in paths}
    tensors = dict(given)
    for path, x in given.items():
        for other in tied.get(path, ()):
            if tensors.setdefault(other, x) is not x:
                raise ValueError(
                    f"functional_call got multiple values for keys {sorted(tied[path])}, which are tied. Consider "
                    "using tie_weights=False"
                )
    return tensors


def _check_keys(module, tensors: dict) -> None:
    own = _own_tensors(module)
    problems = [
        f"{kind} key(s): {', '.join([repr(key) for key in sorted(keys)])}."
        for kind, keys in (("Unexpected", set(tensors) - set(own)), ("Missing", set(own) - set(tensors)))
        if keys
    ]
    if problems:
        raise RuntimeError(
            f"Error(s) in reparametrizing for {type(module).__name__}:\n\t" + "\n\t".join(problems)
        )


def _place(module, path: str) -> tuple[Any, str]:
    """The module that holds a path's last name, and that name."""
    *inner, name = path.split(".")
    if not name:
        raise KeyError('tensor name can\'t be empty string ""')
    for step in inner:
        if not hasattr(module, step):
            raise AttributeError(f"{type(module).__name__} has no attribute `{step}`: there is no {path!r}")
        module = getattr(module, step)
        if not hasattr(module, "_parameters"):
            raise TypeError(f"submodule `{step}`: {module} is not an instance of torch.nn.Module")
    return module, name


def _exchange(module, name: str, x):
    """Let a module hold x under a name; what it held before, `_ABSENT` for nothing."""
    if x is not _ABSENT and x is not None and not isinstance(x, Tensor):
        raise TypeError(f"{x} is not an instance of torch.Tensor")
    for table in (module._parameters, module._buffers):
        if name in table:
            before = table[name]
            if x is _ABSENT:
                del table[name]
            else:
                table[name] = x
            return before
    before = getattr(module, name, _ABSENT)
    if before is not _ABSENT and before is not None and not isinstance(before, Tensor):
        raise TypeError(f"attribute `{name}`: {before} is not an instance of torch.Tensor")
    if x is not _ABSENT:
        setattr(module, name, x)
    elif before is not _ABSENT:
        delattr(module, name)
    return before


def stack_module_state(models) -> tuple:
    """The parameters and the buffers of modules of one class, stacked: what `vmap` over `functional_call` maps over.

    Args:
        models: modules of one class and one mode (training or evaluation), a sequence or `nn.ModuleList`.

    Returns:
        (parameters, buffers): dictionaries of tensors (number of models, *shape) by path. They are new leaves, which
        require gradients where the models' do.

    Raises:
        RuntimeError: no models; several classes or modes; a parameter that requires a gradient in some only.

    >>> import wengert as t
    >>> parameters, buffers = t.func.stack_module_state([t.nn.Linear(2, 3) for _ in range(4)])
    >>> parameters["weight"].shape, buffers
    (wengert.Size([4, 3, 2]), {})
    """
    models = list(models)
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if len({bool(model.training) for model in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    if any([type(model) is not type(models[0]) for model in models]):
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    return (
        _stacked([dict(model.named_parameters()) for model in models]),
        _stacked([dict(model.named_buffers()) for model in models]),
    )


def _stacked(states: list) -> dict:
    stacked: dict = {}
    for path in states[0]:
        tensors = [state[path] for state in states]
        if len({x.requires_grad for x in tensors}) > 1:
            raise RuntimeError(f"Expected {path} from each model to have the same .requires_grad")
        x = stack(tensors)
        stacked[path] = x.detach().requires_grad_() if tensors[0].requires_grad else x
    return stacked


def replace_all_batch_norm_modules_(root):
    """Let every batch normalisation in a module use the batch's own statistics, in evaluation too, and keep none: what
    `vmap` and functions of modules need, for running statistics are written in place. Returns the module.

    >>> import wengert as t
    >>> net = t.nn.Sequential(t.nn.Linear(2, 3), t.nn.BatchNorm1d(3))
    >>> t.func.replace_all_batch_norm_modules_(net)[1].running_mean is None
    True
    """
    for module in root.modules():
        # Of this floor's modules only the outside is known: what keeps running statistics of a batch counts batches.
        names = {kind.__name__ for kind in type(module).__mro__}
        if "_BatchNorm" in names and module.track_running_stats:
            module.running_mean = module.running_var = module.num_batches_tracked = None
            module.track_running_stats = False
    return root
