"""Complex numbers: their parts, views of them as pairs of real numbers, modulus and angle, conjugation.

Gradients follow PyTorch: of a real loss L with respect to z = x + iy it is dL/dx + i dL/dy, twice the conjugate
Wirtinger derivative dL/d(conj z), which is the direction of steepest ascent (K. Kreutz-Delgado, "The complex gradient
operator and the CR-calculus", 2009, https://arxiv.org/abs/0906.4835). A holomorphic function with derivative f' sends a
cotangent g back as g conj(f'); the gradient of a real input is the real part of what arrives.

Conjugation is done at once: there is no lazily conjugated view as in PyTorch, so `is_conj()` is never true.
"""

import numpy

from ..core import Tensor, bind_method, dtypes
from . import arguments, levels
from .composite import composite
from .declaration import elementwise, linear
from .elementwise import conj_physical, eq, where
from .shape import contiguous
from .trigonometric import cos, sin

# ------------------------------------------------------------------------------------------------ parts


def _real(x):
    return x.real if x.dtype.kind == "c" else x[...]


real_part = linear(
    "real_part(input)", forward=_real, view=True, batch="any", method=False, public=False, node_name="RealBackward0",
    input=lambda g: g,
    doc="The real part.",
)  # fmt: skip
imag_part = linear(
    "imag_part(input)", forward=lambda x: x.imag, view=True, batch="any", method=False, public=False,
    node_name="ImagBackward0",
    input=lambda g: complex(levels.zeros_like(g), g),
    doc="The imaginary part.",
)  # fmt: skip


@composite(method=False, numpy_functions=(numpy.real,))
def real(input):
    """The real part, a view; real tensors as they are.

    Any shape and dtype. TypeError for what is no tensor.

    >>> import wengert as t
    >>> t.real(t.tensor([1 + 2j]))
    tensor([1.])
    """
    arguments.tensor("real", "input", 1, input)
    return real_part(input) if input.dtype.is_complex else input


@composite(method=False, numpy_functions=(numpy.imag,))
def imag(input):
    """The imaginary part, a view; RuntimeError for real tensors.

    TypeError for what is no tensor.

    >>> import wengert as t
    >>> t.imag(t.tensor([1 + 2j]))
    tensor([2.])
    """
    arguments.tensor("imag", "input", 1, input)
    if not input.dtype.is_complex:
        raise RuntimeError(
            f"imag is not implemented for tensors with non-complex dtypes. This tensor is {input.dtype}; its imaginary "
            "part is 0 everywhere."
        )
    return imag_part(input)


def _set_real(self, value) -> None:
    _write(real(self), value)


def _set_imag(self, value) -> None:
    _write(imag(self), value)


def _write(part, value) -> None:
    part.copy_(value if isinstance(value, Tensor) else part.detach().new_full((), value))


# ------------------------------------------------------------------------------------------------ from parts

_OF_PARTS = {numpy.dtype(numpy.float32): numpy.complex64, numpy.dtype(numpy.float64): numpy.complex128}


def _check_parts(name: str, x, y) -> None:
    for position, part in (("1", x), ("2", y)):
        if not hasattr(part, "dtype"):
            raise TypeError(f"{name}(): argument {position} must be Tensor, not {type(part).__name__}")
    from ..core.errors import type_word

    first, second = [dtypes.as_numpy(part.dtype) for part in (x, y)]
    if first.kind != "f" or second.kind != "f":
        raise RuntimeError(
            f"Expected both inputs to be Half, Float or Double tensors but got {type_word(first)} and "
            f"{type_word(second)}: {name} makes complex numbers of floating point ones; convert them with .to()"
        )
    if first != second:
        raise RuntimeError(
            f"Expected object of scalar type {type_word(first)} but got scalar type {type_word(second)} for second "
            f"argument: {name} does not promote; convert one with .to()"
        )
    if first not in _OF_PARTS:
        raise RuntimeError(f"{name}(): complex numbers of two {first} are not supported; convert them to float32")


def _joined(x, y):
    _check_parts("complex", x, y)
    out = numpy.empty(numpy.broadcast_shapes(x.shape, y.shape), _OF_PARTS[x.dtype])
    out.real = x
    out.imag = y
    return out


complex = elementwise(
    "complex(real, imag)", forward=_joined, promoted=(), in_place=False, method=False,
    # Backward only, of the conjugated cotangent; forward mode has the operation itself.
    real=lambda t: real_part(t),
    imag=lambda t: -imag_part(t),
    jvp=lambda tangents, inputs, out, parameters: complex(
        *[levels.zeros_like(x) if t is None else t for t, x in zip(tangents, inputs, strict=True)]
    ),
    doc="""real + i imag, of two tensors of one floating type.

    float32 gives complex64, float64 complex128. RuntimeError for shapes that are not broadcast, other types, and
    different ones.

    >>> import wengert as t
    >>> t.complex(t.tensor([1.0]), t.tensor([2.0]))
    tensor([1.+2.j])
    """,
)  # fmt: skip


@composite(method=False, out=True)
def polar(abs, angle):
    """abs (cos(angle) + i sin(angle)), of two tensors of one floating type.

    Both of one shape, or broadcast. RuntimeError for other types than float32 and float64, and for different ones.

    >>> import wengert as t
    >>> t.polar(t.tensor([1.0, 2.0]), t.tensor([0.0, 3.14159265]))
    tensor([ 1.+0.0000e+00j, -2.-1.7485e-07j])
    """
    _check_parts("polar", abs, angle)
    return complex(abs * cos(angle), abs * sin(angle))


# ------------------------------------------------------------------------------------------------ pairs of real numbers


def _as_pairs(x):
    if x.dtype.kind != "c":
        raise RuntimeError(f"view_as_real is only supported for complex tensors: this one is {x.dtype}")
    # An axis of one element lies without gaps, whatever the steps of the others.
    return x[..., None].view(x.real.dtype)


def _from_pairs(x):
    if x.dtype not in _OF_PARTS:
        from ..core.errors import type_word

        raise RuntimeError(
            "view_as_complex is only supported for half, float and double tensors, but got a tensor of scalar type: "
            f"{type_word(x.dtype)} (half is not supported here)"
        )
    if not x.ndim:
        raise RuntimeError("Input tensor must have one or more dimensions: the last one holds real and imaginary part")
    if x.shape[-1] != 2:
        raise RuntimeError(f"Tensor must have a last dimension of size 2: its shape is {list(x.shape)}")
    _check_steps(x)
    out = _OF_PARTS[x.dtype]
    return x.view(out)[..., 0] if x.size else numpy.empty(x.shape[:-1], out)


def _check_steps(x) -> None:
    steps = [s // x.itemsize for s in x.strides]
    if steps[-1] != 1:
        raise RuntimeError(
            f"Tensor must have a last dimension with stride 1: its stride is {steps}. Use .contiguous() first."
        )
    if any([s % 2 for s in steps[:-1]]):
        raise RuntimeError(
            f"Tensor must have a stride divisible by 2 for all but last dimension: its stride is {steps}. Use "
            ".contiguous() first."
        )


view_as_real = linear(
    "view_as_real(input)", forward=_as_pairs, view=True, batch="leading", method=False,
    input=lambda g: from_pairs(g),
    doc="""The real and the imaginary parts along a new last dimension of size 2. A view.

    RuntimeError for real tensors.

    complex64 gives float32, complex128 float64: (*) -> (*, 2).

    >>> import wengert as t
    >>> t.view_as_real(t.tensor([1 + 2j]))
    tensor([[1., 2.]])
    """,
)  # fmt: skip
_view_as_complex = linear(
    "complex_view(input)", forward=_from_pairs, view=True, batch="leading", method=False, public=False,
    node_name="ViewAsComplexBackward0",
    input=lambda g: view_as_real(g),
    doc="The last dimension, of size 2 and stride 1, as real and imaginary parts of one complex number. A view.",
)  # fmt: skip


@composite(method=False)
def view_as_complex(input):
    """The last dimension, of size 2, as real and imaginary parts of one complex number: (*, 2) -> (*). A view.

    Raises:
        RuntimeError: neither float32 nor float64; no last dimension of size 2; pairs that do not lie side by side in
            memory at even places.

    >>> import wengert as t
    >>> t.view_as_complex(t.tensor([[1.0, 2.0]]))
    tensor([1.+2.j])
    """
    if not input._level and input.ndim and input.shape[-1] == 2 and input.numel():
        if input.dtype.numpy in _OF_PARTS:
            _check_steps(input.array)
            if input.storage_offset() % 2:
                raise RuntimeError(
                    f"Tensor must have a storage_offset divisible by 2: it is {input.storage_offset()}. Use .clone() "
                    "first."
                )
    return _view_as_complex(input)


def _are_pairs(steps) -> bool:
    return steps[-1] == 1 and not any([s % 2 for s in steps[:-1]])


def from_pairs(x):
    """`view_as_complex` of pairs in any layout: a copy where there is no view."""
    return _view_as_complex(x if _are_pairs(x.stride()) else contiguous(x))


def pairs_of_any_layout(x):
    """`from_pairs` on an array."""
    return _from_pairs(x if _are_pairs([s // x.itemsize for s in x.strides]) else numpy.ascontiguousarray(x))


# ------------------------------------------------------------------------------------------------ conjugation


@composite
def conj(input):
    """The complex conjugate; real tensors as they are.

    Any shape and dtype. TypeError for what is no tensor.

    >>> import wengert as t
    >>> t.conj(t.tensor([1 + 2j]))
    tensor([1.-2.j])
    """
    return conj_physical(input) if input.dtype.is_complex else input


@composite
def is_conj(input) -> bool:
    """False: conjugates are computed at once.

    Any shape and dtype. TypeError for what is no tensor.

    >>> import wengert as t
    >>> t.is_conj(t.tensor([1 + 2j]).conj())
    False
    """
    arguments.tensor("is_conj", "input", 1, input)
    return False


@composite
def resolve_conj(input):
    """The tensor itself, whose memory holds its values.

    Any shape and dtype. TypeError for what is no tensor.

    >>> import wengert as t
    >>> t.resolve_conj(t.tensor([1 + 2j]))
    tensor([1.+2.j])
    """
    input = arguments.tensor("resolve_conj", "input", 1, input)
    return input


@composite
def is_neg(input) -> bool:
    """False: negatives are computed at once.

    Any shape and dtype. TypeError for what is no tensor.

    >>> import wengert as t
    >>> t.is_neg(-t.ones(1))
    False
    """
    arguments.tensor("is_neg", "input", 1, input)
    return False


@composite
def resolve_neg(input):
    """The tensor itself, whose memory holds its values.

    Any shape and dtype. TypeError for what is no tensor.

    >>> import wengert as t
    >>> t.resolve_neg(t.ones(1))
    tensor([1.])
    """
    input = arguments.tensor("resolve_neg", "input", 1, input)
    return input


# ------------------------------------------------------------------------------------------------ angle


def _squared_modulus(z):
    """|z|^2, and 1 at 0, where derivatives of the angle are taken to be 0."""
    return where(eq(z, 0), 1.0, z.real * z.real + z.imag * z.imag)


def _angle_gradient(t, input):
    # The result is real, so t is: of atan2(y, x), the slopes (-y, x) / |z|^2 are i z / |z|^2.
    if not input.dtype.is_complex:
        return None
    return t * where(eq(input, 0), 0.0, input * 1j / _squared_modulus(input))


def _angle_tangent(t, z):
    if not z.dtype.is_complex:
        return None
    return (t.imag * z.real - t.real * z.imag) / _squared_modulus(z)


def _angle(x):
    if x.dtype.kind == "c":
        return numpy.angle(x)
    return numpy.where(numpy.isnan(x), x, numpy.where(x < 0, x.dtype.type(numpy.pi), x.dtype.type(0)))


angle = elementwise(
    "angle(input)", forward=_angle, floating=True, in_place=False, numpy_functions=(numpy.angle,),
    input=lambda t, input: _angle_gradient(t, input),
    jvp=lambda tangents, inputs, out, parameters: _angle_tangent(tangents[0], inputs[0]),
    doc="""atan2(imag, real), with derivative 0 at 0; of negative real numbers pi, of others 0.

    Any shape; integers become floats of the default dtype.

    >>> import wengert as t
    >>> t.angle(t.tensor([1j, -1 + 0j]))
    tensor([1.5708, 3.1416])
    """,
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ questions


@composite
def is_complex(input):
    """Whether the dtype is complex.

    Any shape and dtype. TypeError for what is no tensor.

    >>> import wengert as t
    >>> t.is_complex(t.tensor([1j]))
    True
    """
    arguments.tensor("is_complex", "input", 1, input)
    return input.dtype.is_complex


@composite
def is_floating_point(input):
    """Whether the dtype is floating.

    Any shape and dtype. TypeError for what is no tensor.

    >>> import wengert as t
    >>> t.is_floating_point(t.tensor([1]))
    False
    """
    arguments.tensor("is_floating_point", "input", 1, input)
    return input.dtype.is_floating_point


@composite
def is_signed(input):
    """Whether the dtype has negative numbers.

    Any shape and dtype. TypeError for what is no tensor.

    >>> import wengert as t
    >>> t.is_signed(t.tensor([1], dtype=t.uint8))
    False
    """
    arguments.tensor("is_signed", "input", 1, input)
    return input.dtype.is_signed


@composite
def isreal(input):
    """Where the imaginary part is 0: everywhere in a real tensor.

    Any shape and dtype. TypeError for what is no tensor.

    >>> import wengert as t
    >>> t.isreal(t.tensor([1 + 0j, 2j]))
    tensor([ True, False])
    """
    arguments.tensor("isreal", "input", 1, input)
    if input.dtype.is_complex:
        return eq(imag(input), 0)
    return levels.made_like(input, tuple(input.shape), lambda shape: numpy.ones(shape, bool))


bind_method("real", property(real, _set_real, doc=real.__doc__))
bind_method("imag", property(imag, _set_imag, doc=imag.__doc__))


def gradient_in(g: Tensor, type_number: int) -> Tensor:
    """A gradient in the type of its input, named by NumPy's number; of a complex one for a real input, the real
    part."""
    from .shape import cast

    target = _by_number[type_number]
    if g.dtype.is_complex and not target.is_complex:
        g = real_part(g)
    return g if g.dtype is target else cast(g, target)


_by_number = {entry.numpy.num: entry for entry in dtypes.ALL}
