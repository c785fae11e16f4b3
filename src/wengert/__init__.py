"""Wengert: define-by-run tensors and automatic differentiation on NumPy's arrays.

The names of this namespace are PyTorch's: `import wengert as torch` runs ordinary PyTorch code.
"""

from . import interop, ops
from .config import show_config
from .core import Size, Tensor, device, dtypes, registry
from .core import Storage as UntypedStorage
from .core.dtypes import (
    bfloat16,
    bool,
    cdouble,
    cfloat,
    complex64,
    complex128,
    double,
    dtype,
    float,
    float16,
    float32,
    float64,
    get_default_dtype,
    half,
    int,
    int8,
    int16,
    int32,
    int64,
    long,
    set_default_dtype,
    short,
    uint8,
    uint16,
    uint32,
    uint64,
)
from .core.engine import is_anomaly_check_nan_enabled, is_anomaly_enabled, set_anomaly_enabled
from .core.formatting import set_printoptions
from .core.number_limits import finfo, iinfo
from .kernels.blocks import empty_cache, get_memory_pool_limit, set_memory_pool_limit
from .kernels.threads import get_num_threads, set_num_threads
from .ops.generator import Generator, default_generator
from .ops.storages import TypedStorage
from .ops.tensor_types import set_default_tensor_type
from .settings import (
    are_deterministic_algorithms_enabled,
    get_default_device,
    get_deterministic_debug_mode,
    get_float32_matmul_precision,
    is_deterministic_algorithms_warn_only_enabled,
    set_default_device,
    set_deterministic_debug_mode,
    set_float32_matmul_precision,
    use_deterministic_algorithms,
)

__version__ = "0.1.0"

from .core.size import CHANNELS_LAST as channels_last
from .core.size import CHANNELS_LAST_3D as channels_last_3d
from .core.size import CONTIGUOUS as contiguous_format
from .core.size import PRESERVE as preserve_format
from .core.size import STRIDED as strided
from .core.size import layout, memory_format

inf = ops.reductions.numpy.inf
nan = ops.reductions.numpy.nan
pi = ops.reductions.numpy.pi
e = ops.reductions.numpy.e
newaxis = None
legacy_contiguous_format = contiguous_format

# Every public operation and function is in the namespace because it was declared.
globals().update(registry.namespace_called(""))
globals().update(ops.storages.NAMES)
globals().update(ops.tensor_types.NAMES)

from . import autograd, cuda, fft, func, library, linalg, random, return_types, serialization, special, storage
from .autograd import enable_grad, inference_mode, is_grad_enabled, is_inference_mode_enabled, no_grad, set_grad_enabled
from .func import vmap
from .serialization import load, save

# The floors above the tensor are imported when first asked for: many programs do without, and none waits for them.
_upper_floors = frozenset(
    {"accelerator", "backends", "data", "distributions", "nn", "optim", "testing", "utils"}
)


def __getattr__(name: str):
    if name in _upper_floors:
        import importlib

        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module 'wengert' has no attribute {name!r}")


# What the package is made of, below its public names.
_lower_floors = frozenset({"core", "dtypes", "interop", "kernels", "ops", "registry", "settings"})


def __dir__():
    return sorted({*globals(), *_upper_floors} - _lower_floors)
