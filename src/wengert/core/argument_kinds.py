"""What kind of value an argument takes, by its name: PyTorch's names mean the same in nearly all of its functions.

Read only when a call has failed, to say which argument was of a wrong type. Where a function means something else by a
name, its declaration says so, in the same words (`composite(kinds=)`).
"""

import numpy

from . import dtypes
from .size import device, layout, memory_format
from .tensor import Tensor


def _named(kind: str, names: str) -> dict:
    return dict.fromkeys(names.split(), kind)


# Several kinds are separated by "|"; an argument whose default is None takes None too.
KINDS = {
    **_named(
        "Tensor",
        "input self index mask tensor1 tensor2 mat1 mat2 mat vec vec1 vec2 batch1 batch2 condition target bias x1 x2 "
        "A B L tau pivots LU LD LU_data LU_pivots window real imag abs angle pos_weight fweights aweights weights "
        "prepend append boundaries sorted_sequence",
    ),
    **_named("tuple of Tensors", "tensors matrices"),
    **_named("Tensor|Number", "src other value exponent weight min max start end rtol atol rcond tol"),
    **_named("Tensor|Number|str", "p"),
    **_named("bool|Number", "upper"),
    **_named(
        "int",
        "dim0 dim1 dim2 diagonal offset groups k chunks start_dim end_dim window_length edge_order row col steps "
        "num_samples minlength n_fft hop_length win_length upscale_factor downscale_factor num_classes ignore_index "
        "storage_offset N m n decimals divisor_override axis0 axis1 step",
    ),
    **_named("tuple of ints|int", "size shape s"),
    **_named("tuple of ints", "split_sizes sizes pad physical_layout"),
    **_named(
        "int|tuple of ints",
        "dim dims kernel_size stride dilation shifts destination output_size indices_or_sections",
    ),
    **_named("Tensor|int|tuple of ints", "source"),
    **_named("int|tuple of ints|str", "padding"),
    **_named(
        "bool",
        "keepdim ceil_mode train training periodic check_errors hermitian unbiased left pivot equal_nan include_self "
        "accumulate out_int32 right sorted return_inverse return_counts descending stable center normalized onesided "
        "return_complex density transpose unitriangular some count_include_pad requires_grad inplace return_indices "
        "as_tuple compute_uv with_replacement replacement sparse_grad unpack_data unpack_pivots log_target "
        "retain_graph create_graph adjoint increasing pin_memory full eigenvectors get_infos",
    ),
    **_named("Number", "alpha beta threshold lambd fill_value dx correction maxnorm lower"),
    **_named("float", "eps d delta label_smoothing margin nan posinf neginf"),
    **_named("str", "norm reduce interpolation indexing UPLO mode driver rounding_mode approximate equation side"),
    **_named("torch.dtype", "dtype"),
    **_named("torch.memory_format", "memory_format"),
    **_named("torch.layout", "layout"),
    **_named("torch.device", "device"),
}  # fmt: skip


def is_integer(x) -> bool:
    """Whether a value stands for an int. True and False do not."""
    if isinstance(x, Tensor):
        return x.ndim == 0 and x.dtype.category == 1
    return isinstance(x, (int, numpy.integer)) and not isinstance(x, bool)


def _is_number(x) -> bool:
    plain = isinstance(x, (bool, int, float, complex, numpy.number, numpy.bool_))
    return plain or isinstance(x, Tensor) and x.ndim == 0


_FITS = {
    "Tensor": lambda x: isinstance(x, (Tensor, numpy.ndarray)),
    "tuple of Tensors": lambda x: isinstance(x, (tuple, list))
    and all(isinstance(y, (Tensor, numpy.ndarray)) for y in x),
    "int": is_integer,
    "tuple of ints": lambda x: isinstance(x, (tuple, list)) and all(is_integer(y) for y in x)
    or isinstance(x, numpy.ndarray) and x.dtype.kind in "iu",
    "None": lambda x: x is None,
    "bool": lambda x: isinstance(x, (bool, numpy.bool_)),
    "Number": _is_number,
    "float": lambda x: _is_number(x) and not isinstance(x, (complex, numpy.complexfloating)),
    "str": lambda x: isinstance(x, str),
    "torch.dtype": lambda x: isinstance(x, (dtypes.dtype, numpy.dtype))
    or x in (float, int, bool, complex) or isinstance(x, type) and issubclass(x, numpy.generic),
    "torch.memory_format": lambda x: isinstance(x, memory_format),
    "torch.layout": lambda x: isinstance(x, layout),
    "torch.device": lambda x: isinstance(x, (device, str, int)) and not isinstance(x, bool),
}  # fmt: skip


def word_of(x) -> str:
    """The type of a value, as PyTorch's messages call it."""
    return "torch.dtype" if isinstance(x, dtypes.dtype) else "Tensor" if isinstance(x, Tensor) else type(x).__name__


def mismatch(kind: str, x) -> str | None:
    """What is wrong with a value for an argument of that kind, after "argument 'dim' (position 2) "; or None."""
    kinds = kind.split("|")
    if any(_FITS[k](x) for k in kinds if k in _FITS) or not set(kinds) <= set(_FITS):
        return None
    listed = [k for k in kinds if k.startswith("tuple")]
    wanted = listed[0] if isinstance(x, (tuple, list)) and listed else kinds[0]
    if wanted.startswith("tuple") and isinstance(x, (tuple, list)):
        element = _FITS["int" if wanted.endswith("ints") else "Tensor"]
        i, y = next((i, y) for i, y in enumerate(x) if not element(y))
        if wanted == "tuple of Tensors":
            return f"expected Tensor as element {i} in argument 0, but got {word_of(y)}"
        return f"must be {wanted}, but found element of type {word_of(y)} at pos {i}"
    return f"must be {wanted}, not {word_of(x)}"
