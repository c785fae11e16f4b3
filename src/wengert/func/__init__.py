"""Functions of functions: derivatives and batches that compose with each other."""

from .modules import functional_call, replace_all_batch_norm_modules_, stack_module_state
from .transforms import debug_unwrap, grad, grad_and_value, hessian, jacfwd, jacrev, jvp, linearize, vjp
from .vectorize import vmap

__all__ = [
    "debug_unwrap", "functional_call", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "linearize",
    "replace_all_batch_norm_modules_", "stack_module_state", "vjp", "vmap",
]  # fmt: skip
