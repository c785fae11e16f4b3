"""Polynomials by their coefficients, the highest power first."""

import numpy

import wengert

from ..spelling import as_tensor, floating, refused, spelled, values_of
from .calculus import convolve
from .joining import concatenate


def _coefficients(p):
    x = as_tensor(p)
    if x.ndim > 1:
        raise ValueError("a polynomial's coefficients are a vector")
    return x.reshape(1) if not x.ndim else x


@spelled("polyval")
def polyval(p, x):
    """Horner's scheme."""
    p, x = _coefficients(p), as_tensor(x)
    result = x * 0
    for coefficient in p.unbind(0):
        result = result * x + coefficient
    return result


def _padded(p, size: int):
    return wengert.cat([p.new_zeros((size - p.shape[0],)), p], 0) if size > p.shape[0] else p


@spelled("polyadd")
def polyadd(a1, a2):
    a1, a2 = _coefficients(a1), _coefficients(a2)
    size = max(a1.shape[0], a2.shape[0])
    return _padded(a1, size) + _padded(a2, size)


@spelled("polysub")
def polysub(a1, a2):
    return polyadd(a1, -_coefficients(a2))


@spelled("polymul")
def polymul(a1, a2):
    return convolve(_coefficients(a1), _coefficients(a2))


@spelled("polydiv")
def polydiv(u, v):
    u, v = floating(_coefficients(u)), floating(_coefficients(v))
    steps = u.shape[0] - v.shape[0] + 1
    quotient, rest = [], u + 0 * v[0]
    for _ in range(max(steps, 0)):
        factor = rest[0] / v[0]
        quotient.append(factor)
        head = rest[: v.shape[0]] - factor * v
        rest = wengert.cat([head[1:], rest[v.shape[0] :]], 0)
    if not quotient:
        return u.new_zeros((1,)), rest
    quotient = wengert.cat([q.reshape(1) for q in quotient], 0)
    # Leading zeros of the rest are no part of it; its last coefficient stays.
    values = values_of(rest)
    first = next((i for i in range(len(values) - 1) if not numpy.isclose(values[i], 0, rtol=1e-14)), len(values) - 1)
    return quotient, (rest[first:] if len(values) else rest.new_zeros((1,)))


@spelled("polyder")
def polyder(p, m=1):
    if m < 0:
        raise ValueError("Order of derivative must be positive (see polyint)")
    p = _coefficients(p)
    for _ in range(m):
        powers = as_tensor(numpy.arange(p.shape[0] - 1, 0, -1))
        p = p[:-1] * powers
    return p


@spelled("polyint")
def polyint(p, m=1, k=None):
    if m < 0:
        raise ValueError("Order of integral must be positive (see polyder)")
    p = _coefficients(p)
    constants = [0] * m if k is None else list(as_tensor(k).reshape(-1).unbind(0))
    constants = constants * m if len(constants) == 1 and m > 1 else constants
    if len(constants) < m:
        raise ValueError("k must be a scalar or a rank-1 array of length 1 or >m.")
    for constant in constants[:m]:
        powers = as_tensor(numpy.arange(p.shape[0], 0, -1.0)).to(floating(p).dtype)
        p = concatenate((p / powers, as_tensor(constant).to(floating(p).dtype).reshape(1)))
    return p


@spelled("poly")
def poly(seq_of_zeros):
    zeros = floating(seq_of_zeros)
    if zeros.ndim == 2 and zeros.shape[0] == zeros.shape[1] and zeros.shape[0]:
        from .linear_algebra import _linalg

        zeros = _linalg().eigvals(zeros)
    elif zeros.ndim != 1:
        raise ValueError("input must be 1d or non-empty square 2d array.")
    coefficients = zeros.new_ones((1,))
    for zero in zeros.unbind(0):
        coefficients = convolve(coefficients, concatenate((zeros.new_ones((1,)), -zero.reshape(1))))
    if coefficients.dtype.is_complex:
        values = values_of(zeros)
        # Of conjugate pairs the product is real.
        if numpy.array_equal(numpy.sort(values), numpy.sort(values.conj())):
            return coefficients.real
    return coefficients


@spelled("roots")
def roots(p):
    """The eigenvalues of the companion matrix, always complex; the highest and the last coefficient may not be 0."""
    p = floating(_coefficients(p))
    values = values_of(p)
    used = numpy.flatnonzero(values)
    if not used.size:
        return p.new_zeros((0,))
    trailing = len(values) - used[-1] - 1
    p = p[int(used[0]) : int(used[-1]) + 1]
    size = p.shape[0] - 1
    complex_type = p.dtype.to_complex()
    found = p.new_zeros((0,)).to(complex_type)
    if size:
        from .linear_algebra import _linalg

        row = (-p[1:] / p[0]).reshape(1, size)
        below = as_tensor(numpy.eye(size)[: size - 1]).to(p.dtype)
        found = _linalg().eigvals(wengert.cat([row, below], 0))
    return wengert.cat([found, found.new_zeros((trailing,))], 0)


@spelled("polyfit")
def polyfit(x, y, deg, rcond=None, full=False, w=None, cov=False):
    """Least squares, by the pseudo-inverse of the powers of x, each scaled to length 1."""
    refused("polyfit", full=(full, False), cov=(cov, False))
    from .creation import vander
    from .linear_algebra import lstsq

    x, y = floating(x), floating(y)
    if deg < 0:
        raise ValueError("expected deg >= 0")
    if x.ndim != 1:
        raise TypeError("expected 1D vector for x")
    if x.numel() == 0:
        raise TypeError("expected non-empty vector for x")
    if y.ndim < 1 or y.ndim > 2:
        raise TypeError("expected 1D or 2D array for y")
    if x.shape[0] != y.shape[0]:
        raise TypeError("expected x and y to have same length")
    powers = vander(x, deg + 1)
    if w is not None:
        weights = floating(w)
        powers = powers * weights.unsqueeze(1)
        y = y * (weights if y.ndim == 1 else weights.unsqueeze(1))
    length = (powers * powers).sum(0).sqrt()
    rcond = x.shape[0] * numpy.finfo(x.dtype.numpy).eps if rcond is None else rcond
    found = lstsq(powers / length, y, rcond)[0]
    return found / (length if y.ndim == 1 else length.unsqueeze(1))
