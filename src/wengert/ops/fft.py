"""Discrete Fourier transforms, under PyTorch's names, computed by NumPy's pocketfft in the precision of the input.

    forward    X_k = c sum_j x_j exp(-2 pi i j k / n)
    inverse    x_j = c sum_k X_k exp(+2 pi i j k / n)

`norm` chooses c: "backward" (the default) scales the inverse by 1/n, "forward" the forward transform by 1/n, "ortho"
both by 1/sqrt(n), which makes them unitary. Three linear operations do the work: the transform, that of real numbers to
the half of the spectrum that determines it, and from that half back to real numbers. The other functions pad, cut and
conjugate.

The adjoint of a transform is the opposite one with the same c, and the scale of "backward" in one direction is that of
"forward" in the other.
"""

import numpy

from ..core import Tensor, dtypes
from ..core.errors import type_word
from ..core.promotion import from_array
from ..kernels import fourier as kernels
from . import arguments, dims, from_data
from .complex_numbers import conj
from .composite import composite
from .declaration import linear
from .order import roll
from .padding import zero_pad
from .shape import narrow

_OPPOSITE = {"backward": "forward", "forward": "backward", "ortho": "ortho"}

# ------------------------------------------------------------------------------------------------ the three transforms


def _spectrum(x, dim, norm, inverse):
    for d in reversed(dim):
        x = kernels.transform(x, d, norm, inverse)
    return x


transform = linear(
    "fourier_transform(input, dims, norm, inverse)", forward=_spectrum, axes="dims", method=False, public=False,
    node_name="FftC2CBackward0",
    input=lambda g, dims, norm, inverse: transform(g, dims, _OPPOSITE[norm], not inverse),
    doc="The Fourier transform over `dims`, counted from the front; of real numbers too.",
)  # fmt: skip


def _edge_weights(n: int, inner: float, g):
    """1 for the frequencies that are their own mirror images (0, and n/2 of an even n), `inner` for the others."""
    weights = numpy.full(n // 2 + 1, inner, g.dtype.to_real().numpy)
    weights[0] = 1.0
    if n % 2 == 0:
        weights[-1] = 1.0
    return weights


def _weighted(g, dim: int, n: int, inner: float):
    if n <= 2:
        return g
    return g * from_array(_edge_weights(n, inner, g).reshape((-1, *(1,) * (len(g.shape) - 1 - dim))))


def _half_spectrum(x, dim, norm):
    if x.dtype.kind == "c":
        raise RuntimeError(_real_only("half_spectrum").format(type=type_word(x.dtype)))
    return kernels.half(x, dim, norm)


# A frequency k inside stands for itself and for its conjugate at n - k, so `of_half_spectrum` counts it twice; the
# adjoint of `half_spectrum`, which is to count it once, puts in half of it.
half_spectrum = linear(
    "half_spectrum(input, dim, norm)", forward=_half_spectrum,
    axes="dim", method=False, public=False, node_name="FftR2CBackward0",
    input=lambda g, input_shape, dim, norm: of_half_spectrum(
        _weighted(g, dim, input_shape[dim], 0.5), dim, input_shape[dim], _OPPOSITE[norm]
    ),
    doc="The frequencies 0 to n/2 of real numbers along `dim`, n of them: the others are their conjugates.",
)  # fmt: skip
of_half_spectrum = linear(
    "of_half_spectrum(input, dim, n, norm)",
    forward=lambda x, dim, n, norm: kernels.of_half(x, dim, n, norm),
    axes="dim", method=False, public=False, node_name="FftC2RBackward0",
    input=lambda g, dim, n, norm: _weighted(half_spectrum(g, dim, _OPPOSITE[norm]), dim, n, 2.0),
    doc="The n real numbers along `dim` whose frequencies 0 to n/2 are given; imaginary parts that real numbers cannot "
        "have (at 0, and at n/2 of an even n) are ignored.",
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ arguments


def _tensor(name: str, input, real: str = "") -> Tensor:
    """The input in a type that has a transform; `real` is the sentence that refuses complex numbers, with {type}."""
    input = arguments.tensor(f"fft_{name}", "input", 1, input)
    if real and input.dtype.is_complex:
        raise RuntimeError(f"{real.format(type=type_word(input.dtype.numpy))}: {name} is of real numbers")
    if input.dtype.category < 2:
        return input.to(dtypes.get_default_dtype())
    if input.dtype.itemsize < 4:
        raise RuntimeError(
            f"Unsupported dtype {type_word(input.dtype.numpy)}: {name} computes in single or double precision; convert "
            "with .float()"
        )
    return input


def _real_only(name: str) -> str:
    return f"{name} expects a real input tensor, but got {{type}}"


def _norm(name: str, norm) -> str:
    if norm is None:
        return "backward"
    if not isinstance(norm, str):
        raise TypeError(f"fft_{name}(): argument 'norm' must be str, not {type(norm).__name__}")
    if norm not in _OPPOSITE:
        raise RuntimeError(f'Invalid normalization mode: "{norm}": "backward", "forward" and "ortho" are known')
    return norm


def _dim(name: str, dim, input: Tensor) -> int:
    if type(dim) is not int:
        dim = arguments.integer(f"fft_{name}", "dim", 3, dim)
    ndim = len(input.shape)
    if not ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return ndim - 1 if dim == -1 else dims.wrap(dim, ndim)


def _length(name: str, n, default: int) -> int:
    n = default if n is None else arguments.integer(f"fft_{name}", "n", 2, n)
    if n < 1:
        raise RuntimeError(f"Invalid number of data points ({n}) specified: a transform has at least one")
    return n


def _dims_and_lengths(name: str, input: Tensor, s, dim) -> tuple:
    """The dimensions of a transform of several, counted from the front, and the length of each; -1 where it is the
    input's."""
    ndim = len(input.shape)
    lengths = None if s is None else arguments.integers(f"fft_{name}", "s", 2, s)
    if dim is None:
        if lengths is not None and len(lengths) > ndim:
            raise RuntimeError(
                f"Got shape with {len(lengths)} values but input tensor only has {ndim} dimensions: {name} of an input "
                f"of shape {list(input.shape)} with s={lengths}"
            )
        found = tuple(range(0 if lengths is None else ndim - len(lengths), ndim))
    else:
        given = arguments.integers(f"fft_{name}", "dim", 3, dim)
        if not ndim and given:
            raise IndexError(f"Dimension specified as {given[0]} but tensor has no dimensions")
        found = tuple([dims.wrap(d, ndim) for d in given])
        if len(set(found)) != len(found):
            raise RuntimeError(f"FFT dims must be unique: {name} got dim={given} for an input of {ndim} dimensions")
        if lengths is not None and len(lengths) != len(found):
            raise RuntimeError(
                f"When given, dim and shape arguments must have the same length: {name} got dim={given} and s={lengths}"
            )
    return found, (-1,) * len(found) if lengths is None else lengths


def _checked(lengths: tuple) -> tuple:
    for n in lengths:
        if n < 1:
            raise RuntimeError(f"Invalid number of data points ({n}) specified: a transform has at least one")
    return lengths


def _one_at_least(name: str, over: tuple) -> None:
    if not over:
        raise RuntimeError(f"{name} must transform at least one axis: the input has no dimension, or dim is empty")


def _fitted(input: Tensor, over: tuple, lengths: tuple) -> Tensor:
    """The input cut, or filled up with zeros, to these lengths."""
    shape = tuple(input.shape)
    if all([shape[d] == n for d, n in zip(over, lengths, strict=True)]):
        return input
    after = [0] * len(shape)
    for d, n in zip(over, lengths, strict=True):
        if n < shape[d]:
            input = narrow(input, d, 0, n)
        after[d] = max(n - shape[d], 0)
    if not any(after):
        return input
    return zero_pad(input, tuple([width for extra in reversed(after) for width in (0, extra)]))


def _along(input: Tensor, dim: int, n: int) -> Tensor:
    """`_fitted` along one dimension."""
    return input if input.shape[dim] == n else _fitted(input, (dim,), (n,))


# ------------------------------------------------------------------------------------------------ one dimension


def _along_one(name: str, input, n, dim, norm, inverse: bool) -> Tensor:
    input = _tensor(name, input)
    dim, norm = _dim(name, dim, input), _norm(name, norm)
    n = _length(name, n, input.shape[dim])
    return transform(_along(input, dim, n), (dim,), norm, inverse)


def _to_half(name: str, input, n, dim, norm, opposite: bool) -> Tensor:
    input = _tensor(name, input, _real_only(name))
    dim, norm = _dim(name, dim, input), _norm(name, norm)
    n = _length(name, n, input.shape[dim])
    return half_spectrum(_along(input, dim, n), dim, _OPPOSITE[norm] if opposite else norm)


def _from_half(name: str, input, n, dim, norm, opposite: bool) -> Tensor:
    input = _tensor(name, input)
    dim, norm = _dim(name, dim, input), _norm(name, norm)
    n = _length(name, n, 2 * (input.shape[dim] - 1))
    fitted = _along(input, dim, n // 2 + 1)
    return of_half_spectrum(conj(fitted) if opposite else fitted, dim, n, _OPPOSITE[norm] if opposite else norm)


@composite(namespace="fft", out=True, numpy_functions=(numpy.fft.fft,))
def fft(input, n=None, dim=-1, norm=None):
    """The Fourier transform along one dimension: X_k = sum_j x_j exp(-2 pi i j k / n).

    Args:
        input: (*, m, *); real numbers give a spectrum too. Integers are taken as floats of the default dtype.
        n: cut or filled up with zeros to this length, which the result has; m unless given.
        dim: the dimension.
        norm: "backward" (no scale, as None), "forward" (times 1/n) or "ortho" (times 1/sqrt(n)).

    Returns:
        complex64 for single precision, complex128 for double.

    Raises:
        RuntimeError: half precision, n below 1, another norm.
        IndexError: a dimension that the input does not have.

    >>> import wengert as t
    >>> t.fft.fft(t.tensor([1.0, 2.0, 3.0, 4.0]))
    tensor([10.+0.j, -2.+2.j, -2.+0.j, -2.-2.j])
    """
    return _along_one("fft", input, n, dim, norm, False)


@composite(namespace="fft", out=True, numpy_functions=(numpy.fft.ifft,))
def ifft(input, n=None, dim=-1, norm=None):
    """The inverse of `fft` along one dimension: x_j = 1/n sum_k X_k exp(2 pi i j k / n).

    Arguments, types and errors are those of `fft`; norm "backward" (as None) scales by 1/n, "forward" not at all.

    >>> import wengert as t
    >>> t.fft.ifft(t.tensor([10.0, -2 + 2j, -2.0, -2 - 2j]))
    tensor([1.+0.j, 2.+0.j, 3.+0.j, 4.+0.j])
    """
    return _along_one("ifft", input, n, dim, norm, True)


@composite(namespace="fft", out=True, numpy_functions=(numpy.fft.rfft,))
def rfft(input, n=None, dim=-1, norm=None):
    """The Fourier transform of real numbers along one dimension, of which the frequencies 0 to n/2 are kept.

    The others are their conjugates: X_(n-k) = conj(X_k). (*, m, *) -> (*, n // 2 + 1, *). Arguments are those of `fft`.

    Raises:
        RuntimeError: complex input, half precision, n below 1, another norm.

    >>> import wengert as t
    >>> t.fft.rfft(t.tensor([1.0, 2.0, 3.0, 4.0]))
    tensor([10.+0.j, -2.+2.j, -2.+0.j])
    """
    return _to_half("rfft", input, n, dim, norm, False)


@composite(namespace="fft", out=True, numpy_functions=(numpy.fft.irfft,))
def irfft(input, n=None, dim=-1, norm=None):
    """The inverse of `rfft`: n real numbers from the frequencies 0 to n/2.

    (*, m, *) -> (*, n, *). n is 2 (m - 1) unless given: give it if it was odd. Imaginary parts at frequency 0, and at
    n/2 of an even n, are ignored. Other arguments and errors are those of `ifft`.

    >>> import wengert as t
    >>> t.fft.irfft(t.fft.rfft(t.tensor([1.0, 2.0, 3.0])), n=3)
    tensor([1., 2., 3.])
    """
    return _from_half("irfft", input, n, dim, norm, False)


@composite(namespace="fft", out=True, numpy_functions=(numpy.fft.hfft,))
def hfft(input, n=None, dim=-1, norm=None):
    """The Fourier transform of a signal with x_(n-j) = conj(x_j), of which the first n // 2 + 1 entries are given.

    The spectrum is real: (*, m, *) -> (*, n, *), n being 2 (m - 1) unless given. Norms are those of `fft`.

    Errors are those of `fft`.

    >>> import wengert as t
    >>> t.fft.hfft(t.tensor([1.0, 2.0, 3.0]))
    tensor([ 8., -2.,  0., -2.])
    """
    return _from_half("hfft", input, n, dim, norm, True)


@composite(namespace="fft", out=True, numpy_functions=(numpy.fft.ihfft,))
def ihfft(input, n=None, dim=-1, norm=None):
    """The inverse of `hfft`: half of the signal whose spectrum is these real numbers. (*, m, *) -> (*, n // 2 + 1, *).

    Norms are those of `ifft`. RuntimeError for complex input.

    >>> import wengert as t
    >>> t.fft.ihfft(t.tensor([8.0, -2.0, 0.0, -2.0]))
    tensor([1.-0.j, 2.-0.j, 3.-0.j])
    """
    return conj(_to_half("ihfft", input, n, dim, norm, True))


# ------------------------------------------------------------------------------------------------ several dimensions


def _over_several(name: str, input, s, dim, norm, inverse: bool) -> Tensor:
    input = _tensor(name, input)
    over, lengths = _dims_and_lengths(name, input, s, dim)
    lengths = _checked(tuple([input.shape[d] if n == -1 else n for d, n in zip(over, lengths, strict=True)]))
    norm = _norm(name, norm)
    if not over:
        return input.to(input.dtype.to_complex(), copy=True)
    return transform(_fitted(input, over, lengths), over, norm, inverse)


def _real_over_several(name: str, input, s, dim, norm, inverse: bool, sentence: str) -> Tensor:
    """`rfftn`; `ihfftn` where inverse: the last dimension to half of its spectrum, then the others."""
    input = _tensor(name, input, sentence)
    over, lengths = _dims_and_lengths(name, input, s, dim)
    _one_at_least(name, over)
    lengths = _checked(tuple([input.shape[d] if n == -1 else n for d, n in zip(over, lengths, strict=True)]))
    norm = _norm(name, norm)
    half = half_spectrum(_fitted(input, over, lengths), over[-1], _OPPOSITE[norm] if inverse else norm)
    half = conj(half) if inverse else half
    return transform(half, over[:-1], norm, inverse) if over[:-1] else half


def _to_real_over_several(name: str, input, s, dim, norm, inverse: bool) -> Tensor:
    """`irfftn` where inverse, else `hfftn`: the dimensions but the last, which goes back to real numbers."""
    input = _tensor(name, input)
    over, lengths = _dims_and_lengths(name, input, s, dim)
    _one_at_least(name, over)
    sizes = [input.shape[d] if n == -1 else n for d, n in zip(over, lengths, strict=True)]
    n = 2 * (sizes[-1] - 1) if lengths[-1] == -1 else sizes[-1]
    _checked((*sizes[:-1], n))
    norm = _norm(name, norm)
    fitted = _fitted(input, over, (*sizes[:-1], n // 2 + 1))
    if over[:-1]:
        fitted = transform(fitted, over[:-1], norm, inverse)
    if inverse:
        return of_half_spectrum(fitted, over[-1], n, norm)
    return of_half_spectrum(conj(fitted), over[-1], n, _OPPOSITE[norm])


@composite(namespace="fft", out=True, numpy_functions=(numpy.fft.fftn,))
def fftn(input, s=None, dim=None, norm=None):
    """The Fourier transform over several dimensions: `fft` along each.

    Args:
        input: any shape, real or complex.
        s: a length for each dimension, to which the input is cut or filled up with zeros; -1 keeps one.
        dim: the dimensions; as many of the last ones as s has, or all, unless given.
        norm: as of `fft`, n being the product of the lengths.

    Raises:
        RuntimeError: half precision, a length below 1, repeated dimensions, s and dim of different lengths, another
            norm.
        IndexError: a dimension that the input does not have.

    >>> import wengert as t
    >>> t.fft.fftn(t.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([[10.+0.j, -2.+0.j],
            [-4.+0.j,  0.+0.j]])
    """
    return _over_several("fftn", input, s, dim, norm, False)


@composite(namespace="fft", out=True, numpy_functions=(numpy.fft.ifftn,))
def ifftn(input, s=None, dim=None, norm=None):
    """The inverse of `fftn`: `ifft` along each dimension. Arguments and errors are those of `fftn`.

    >>> import wengert as t
    >>> t.fft.ifftn(t.tensor([[10.0 + 0j, -2.0], [-4.0, 0.0]]))
    tensor([[1.+0.j, 2.+0.j],
            [3.+0.j, 4.+0.j]])
    """
    return _over_several("ifftn", input, s, dim, norm, True)


@composite(namespace="fft", out=True, numpy_functions=(numpy.fft.rfftn,))
def rfftn(input, s=None, dim=None, norm=None):
    """The Fourier transform of real numbers over several dimensions: `rfft` along the last, `fft` along the others.

    The last dimension becomes n // 2 + 1 long. Arguments and errors are those of `fftn`; RuntimeError for complex input
    and for no dimension at all.

    >>> import wengert as t
    >>> t.fft.rfftn(t.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    tensor([[21.+0.0000j, -3.+1.7321j],
            [-9.+0.0000j,  0.+0.0000j]])
    """
    sentence = "rfftn expects a real-valued input tensor, but got {type}"
    return _real_over_several("rfftn", input, s, dim, norm, False, sentence)


@composite(namespace="fft", out=True, numpy_functions=(numpy.fft.irfftn,))
def irfftn(input, s=None, dim=None, norm=None):
    """The inverse of `rfftn`: `ifft` along all dimensions but the last, then `irfft` along that.

    The last length is 2 (m - 1) unless s gives it. Arguments and errors are those of `fftn`.

    >>> import wengert as t
    >>> x = t.tensor([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]])
    >>> t.fft.irfftn(t.fft.rfftn(x))
    tensor([[1., 2., 3., 4.],
            [5., 6., 7., 8.]])
    """
    return _to_real_over_several("irfftn", input, s, dim, norm, True)


@composite(namespace="fft", out=True)
def hfftn(input, s=None, dim=None, norm=None):
    """The real spectrum of a Hermitian signal over several dimensions: `fft` along all but the last, `hfft` along that.

    The last length is 2 (m - 1) unless s gives it. Arguments and errors are those of `fftn`.

    >>> import wengert as t
    >>> t.fft.hfftn(t.tensor([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]))
    tensor([[16., -4.,  0., -4.],
            [ 0.,  0.,  0.,  0.]])
    """
    return _to_real_over_several("hfftn", input, s, dim, norm, False)


@composite(namespace="fft", out=True)
def ihfftn(input, s=None, dim=None, norm=None):
    """The inverse of `hfftn`: `ihfft` along the last dimension, then `ifft` along the rest. RuntimeError for complex
    input.

    >>> import wengert as t
    >>> t.fft.ihfftn(t.tensor([[16.0, -4.0, 0.0, -4.0], [0.0, 0.0, 0.0, 0.0]])).real
    tensor([[1., 2., 3.],
            [1., 2., 3.]])
    """
    sentence = "Only supports floating-point dtypes, but found: {type}"
    return _real_over_several("ihfftn", input, s, dim, norm, True, sentence)


# ------------------------------------------------------------------------------------------------ two dimensions


def _of_two(name: str, function, numpy_functions: tuple = ()):
    def of_two(input, s=None, dim=(-2, -1), norm=None):
        if dim is None:
            raise TypeError(f"fft_{name}(): argument 'dim' must be tuple of ints, not NoneType")
        return function(input, s, dim, norm)

    of_two.__name__ = of_two.__qualname__ = name
    of_two.__doc__ = f"""`{function.__name__}` over the last two dimensions, or over those that `dim` names.

    Arguments, types and errors are those of `{function.__name__}`; TypeError where `dim` is None.

    >>> import wengert as t
    >>> x = t.arange(12.0).reshape(3, 4)
    >>> bool((t.fft.{name}(x) == t.fft.{function.__name__}(x, dim=(0, 1))).all())
    True
    """
    return composite(of_two, namespace="fft", out=True, numpy_functions=numpy_functions)


fft2 = _of_two("fft2", fftn, (numpy.fft.fft2,))
ifft2 = _of_two("ifft2", ifftn, (numpy.fft.ifft2,))
rfft2 = _of_two("rfft2", rfftn, (numpy.fft.rfft2,))
irfft2 = _of_two("irfft2", irfftn, (numpy.fft.irfft2,))
hfft2 = _of_two("hfft2", hfftn)
ihfft2 = _of_two("ihfft2", ihfftn)

# ------------------------------------------------------------------------------------------------ frequencies


def _frequencies(name: str, n, d, dtype, requires_grad, device, count, positions) -> Tensor:
    n = arguments.integer(f"fft_{name}", "n", 1, n)
    if isinstance(d, bool) or not isinstance(d, (int, float, numpy.number)):
        raise TypeError(f"fft_{name}(): argument 'd' (position 2) must be float, not {type(d).__name__}")
    chosen = dtypes.get_default_dtype() if dtype is None else dtype
    if not isinstance(chosen, dtypes.dtype):
        raise TypeError(f"fft_{name}(): argument 'dtype' must be a wengert.dtype, not {type(chosen).__name__}")
    if chosen.is_complex:
        raise NotImplementedError(f"\"arange_cpu\" not implemented for '{type_word(chosen.numpy)}': {name} is real")
    if not chosen.is_floating_point:
        raise RuntimeError(f"{name} requires a floating point or complex dtype, but got {chosen}")
    if count(n) < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {count(n)}: [{count(n)}]")
    with numpy.errstate(divide="ignore", invalid="ignore"):
        values = positions(n) / numpy.float64(n * float(d))
    return from_data.tensor(values, dtype=chosen, device=device, requires_grad=requires_grad)


@composite(namespace="fft", out=True)
def fftfreq(n, d=1.0, *, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    """The frequencies of the entries of `fft` of n samples that lie d apart: [0, 1, ..., (n-1)//2, -(n//2), ..., -1] /
    (n d).

    TypeError for a length that is no int; RuntimeError for a negative one and for a dtype of integers.

    >>> import wengert as t
    >>> t.fft.fftfreq(5, 0.1)
    tensor([ 0.,  2.,  4., -4., -2.])
    """
    return _frequencies(
        "fftfreq", n, d, dtype, requires_grad, device, lambda n: n,
        lambda n: numpy.fft.ifftshift(numpy.arange(n) - n // 2),
    )  # fmt: skip


@composite(namespace="fft", out=True)
def rfftfreq(n, d=1.0, *, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    """The frequencies of the entries of `rfft` of n samples that lie d apart: [0, 1, ..., n//2] / (n d).

    TypeError for a length that is no int, RuntimeError for a dtype of integers.

    >>> import wengert as t
    >>> t.fft.rfftfreq(5, 0.1)
    tensor([0., 2., 4.])
    """
    return _frequencies(
        "rfftfreq", n, d, dtype, requires_grad, device, lambda n: int(n / 2) + 1, lambda n: numpy.arange(int(n / 2) + 1)
    )


def _shifted(name: str, input, dim, steps) -> Tensor:
    """The input rolled along each dimension by `steps` of its length."""
    input = arguments.tensor(f"fft_{name}", "input", 1, input)
    ndim = len(input.shape)
    over = tuple(range(ndim)) if dim is None else arguments.integers(f"fft_{name}", "dim", 2, dim)
    if over and not ndim:
        raise IndexError(f"Dimension specified as {over[0]} but tensor has no dimensions")
    return roll(input, tuple([steps(input.shape[dims.wrap(d, ndim)]) for d in over]), over)


@composite(namespace="fft", numpy_functions=(numpy.fft.fftshift,))
def fftshift(input, dim=None):
    """The zero frequency moved to the middle: rolled by half of the length, rounded down, along each dimension.

    All dimensions unless `dim` names some. RuntimeError for none, IndexError for one that the input does not have.

    >>> import wengert as t
    >>> t.fft.fftshift(t.fft.fftfreq(5, 0.2))
    tensor([-2., -1.,  0.,  1.,  2.])
    """
    return _shifted("fftshift", input, dim, lambda n: n // 2)


@composite(namespace="fft", numpy_functions=(numpy.fft.ifftshift,))
def ifftshift(input, dim=None):
    """The inverse of `fftshift`: rolled by half of the length, rounded up.

    IndexError for a dim out of range, TypeError for what is no tensor.

    >>> import wengert as t
    >>> t.fft.ifftshift(t.tensor([-2.0, -1.0, 0.0, 1.0, 2.0]))
    tensor([ 0.,  1.,  2., -2., -1.])
    """
    return _shifted("ifftshift", input, dim, lambda n: (n + 1) // 2)
