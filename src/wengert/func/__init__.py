"""Functions of functions: derivatives and batches that compose with each other."""

from .transforms import grad, grad_and_value, hessian, jacfwd, jacrev, jvp, vjp
from .vectorize import vmap

__all__ = ["grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "vjp", "vmap"]
