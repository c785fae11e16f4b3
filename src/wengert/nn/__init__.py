"""Networks: modules, their functional forms, initial values."""

from . import functional, init, modules, utils
from .modules import *  # noqa: F403
from .modules import __all__ as _modules
from .modules.module import register_module_forward_hook, register_module_forward_pre_hook
from .parameter import Buffer, Parameter

__all__ = [
    "Buffer",
    "Parameter",
    "functional",
    "init",
    "modules",
    "register_module_forward_hook",
    "register_module_forward_pre_hook",
    "utils",
    *_modules,
]
