"""Weight normalisation by a hook (Salimans & Kingma, "Weight normalization: a simple reparameterization to accelerate
training of deep neural networks", 2016). `parametrizations.weight_norm` is the newer form."""

import warnings

from ...ops.weight_norm import norm_except_dim
from ...ops.weight_norm import weight_norm as _weight_norm
from ..parameter import Parameter


class WeightNorm:
    """The hook before forward that computes a weight g v / |v| from its length `name_g` and its direction `name_v`.

    Args:
        name: of the weight.
        dim: the dimension that keeps its lengths apart; -1 for one length of all.
    """

    def __init__(self, name: str, dim: int):
        self.name = name
        self.dim = -1 if dim is None else dim

    def compute_weight(self, module):
        """g v / |v| of the module's two parameters."""
        return _weight_norm(getattr(module, self.name + "_v"), getattr(module, self.name + "_g"), self.dim)

    @staticmethod
    def apply(module, name: str, dim: int) -> "WeightNorm":
        """Put the hook on a module, and its parameters in the weight's place."""
        warnings.warn(
            "`torch.nn.utils.weight_norm` is deprecated in favor of `torch.nn.utils.parametrizations.weight_norm`.",
            FutureWarning,
            stacklevel=3,
        )
        for _, hook in module._forward_pre_hooks.running():
            if isinstance(hook, WeightNorm) and hook.name == name:
                raise RuntimeError(f"Cannot register two weight_norm hooks on the same parameter {name}")
        hook = WeightNorm(name, dim)
        weight = getattr(module, name)
        if getattr(weight, "is_uninitialized", False):
            raise ValueError(
                "The module passed to `WeightNorm` can't have uninitialized parameters. Make sure to run the dummy "
                "forward before applying weight normalization"
            )
        del module._parameters[name]
        module.register_parameter(name + "_g", Parameter(norm_except_dim(weight, 2, hook.dim).data))
        module.register_parameter(name + "_v", Parameter(weight.data))
        setattr(module, name, hook.compute_weight(module))
        module.register_forward_pre_hook(hook)
        return hook

    def remove(self, module) -> None:
        """Put the weight as it is back in the place of the two parameters."""
        weight = self.compute_weight(module)
        delattr(module, self.name)
        del module._parameters[self.name + "_g"]
        del module._parameters[self.name + "_v"]
        setattr(module, self.name, Parameter(weight.data))

    def __call__(self, module, inputs) -> None:
        setattr(module, self.name, self.compute_weight(module))


def weight_norm(module, name: str = "weight", dim: int = 0):
    """Compute a weight as g v / |v| before every call; FutureWarning: `parametrizations.weight_norm` is the newer form.

    Args:
        module: the module that has it; it is returned.
        name: of the weight, in whose place `name_g` and `name_v` come.
        dim: the dimension that keeps its lengths apart; None for one length of all.

    RuntimeError where it is normalised already.

    >>> import warnings
    >>> import wengert as t
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     layer = t.nn.utils.weight_norm(t.nn.Linear(2, 3))
    >>> {name: tuple(p.shape) for name, p in layer.named_parameters()}
    {'bias': (3,), 'weight_g': (3, 1), 'weight_v': (3, 2)}
    """
    WeightNorm.apply(module, name, dim)
    return module


def remove_weight_norm(module, name: str = "weight"):
    """Take `weight_norm` away, with the weight as it is; ValueError where there is none. Returns the module.

    >>> import warnings
    >>> import wengert as t
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     layer = t.nn.utils.weight_norm(t.nn.Linear(2, 3))
    >>> [name for name, _ in t.nn.utils.remove_weight_norm(layer).named_parameters()]
    ['bias', 'weight']
    """
    for key, hook in module._forward_pre_hooks.running():
        if isinstance(hook, WeightNorm) and hook.name == name:
            hook.remove(module)
            del module._forward_pre_hooks[key]
            return module
    raise ValueError(f"weight_norm of '{name}' not found in {module}")
