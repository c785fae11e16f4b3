"""Normalisation: the formulas, in NumPy."""

import numpy as np

from ..composites import row
from ..values import P, R

F = "nn.functional."


def standardized(x, axes, eps):
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)


def along_channels(parameter, x):
    return parameter.reshape(-1, *(1,) * (x.ndim - 2))


def layer_norm(x, shape, w=None, b=None, eps=1e-5):
    out = standardized(x, tuple(range(x.ndim - len(shape), x.ndim)), eps)
    return out * (1 if w is None else w) + (0 if b is None else b)


for name in ("layer_norm", F + "layer_norm"):
    row(name, [R(2, 3, 4)], layer_norm, ((4,),), ((3, 4), None, None, 0.1), real_only=True)
    row(name, [R(3, 4), R(4), R(4)], lambda x, w, b: layer_norm(x, (4,), w, b, 0.1), real_only=True,
        through=lambda t, x, w, b, name=name: t.nn.functional.layer_norm(x, (4,), w, b, 0.1))  # fmt: skip
    row(name, [R(4), R(4)], lambda x, w: layer_norm(x, (4,), w), real_only=True,
        through=lambda t, x, w, name=name: t.layer_norm(x, (4,), w))  # fmt: skip
row("native_layer_norm", [R(3, 4), R(4), R(4)], lambda x, w, b: layer_norm(x, (4,), w, b, 0.1), real_only=True,
    through=lambda t, x, w, b: t.native_layer_norm(x, (4,), w, b, 0.1)[0])  # fmt: skip


def rms_norm(x, shape, w=None, eps=None):
    axes = tuple(range(x.ndim - len(shape), x.ndim))
    eps = np.finfo(x.dtype).eps if eps is None else eps
    return x / np.sqrt((x * x).mean(axes, keepdims=True) + eps) * (1 if w is None else w)


row("rms_norm", [R(2, 3, 4)], rms_norm, ((4,),), ((3, 4), None, 0.1))
row("rms_norm", [R(3, 4), R(4)], lambda x, w: rms_norm(x, (4,), w), real_only=True,
    through=lambda t, x, w: t.rms_norm(x, (4,), w))  # fmt: skip


def group_norm(x, groups, w=None, b=None, eps=1e-5):
    parts = x.reshape(x.shape[0], groups, -1)
    out = standardized(parts, 2, eps).reshape(x.shape)
    w, b = [one if p is None else along_channels(p, x) for p, one in ((w, 1), (b, 0))]
    return out * w + b


for name in ("group_norm", F + "group_norm"):
    row(name, [R(2, 4, 3)], group_norm, (2,), (4, None, None, 0.1), real_only=True)
    row(name, [R(2, 4, 3, 2), R(4), R(4)], lambda x, w, b: group_norm(x, 2, w, b), real_only=True,
        through=lambda t, x, w, b: t.group_norm(x, 2, w, b))  # fmt: skip
row("native_group_norm", [R(2, 4, 3), R(4), R(4)], lambda x, w, b: group_norm(x, 2, w, b, 0.1), real_only=True,
    through=lambda t, x, w, b: t.native_group_norm(x, w, b, x.shape[0], 4, 3, 2, 0.1)[0])  # fmt: skip


def batch_norm(x, w=None, b=None, eps=1e-5):
    out = standardized(x, (0, *range(2, x.ndim)), eps)
    w, b = [one if p is None else along_channels(p, x) for p, one in ((w, 1), (b, 0))]
    return out * w + b


MEAN, VARIANCE = np.array([0.5, -1.0, 0.25]), np.array([1.5, 0.75, 2.0])


def by_statistics(x, w, b):
    out = (x - along_channels(MEAN, x)) / np.sqrt(along_channels(VARIANCE, x) + 0.1)
    return out * along_channels(w, x) + along_channels(b, x)


def running(t, x):
    return [t.tensor(values.tolist(), dtype=x.dtype) for values in (MEAN, VARIANCE)]


OPERANDS = [R(4, 3, 2), R(3), R(3)]
row("batch_norm", OPERANDS, lambda x, w, b: batch_norm(x, w, b, 0.1), real_only=True,
    through=lambda t, x, w, b: t.batch_norm(x, w, b, None, None, True, 0.1, 0.1, False))  # fmt: skip
row("batch_norm", OPERANDS, by_statistics, real_only=True,
    through=lambda t, x, w, b: t.batch_norm(x, w, b, *running(t, x), False, 0.1, 0.1, False))  # fmt: skip
row("native_batch_norm", OPERANDS, lambda x, w, b: batch_norm(x, w, b, 0.1), real_only=True,
    through=lambda t, x, w, b: t.native_batch_norm(x, w, b, None, None, True, 0.1, 0.1)[0])  # fmt: skip
row(F + "batch_norm", [R(4, 3)], batch_norm, real_only=True,
    through=lambda t, x: t.nn.functional.batch_norm(x, None, None, training=True))  # fmt: skip
row(F + "batch_norm", OPERANDS, by_statistics, real_only=True,
    through=lambda t, x, w, b: t.nn.functional.batch_norm(x, *running(t, x), w, b, False, 0.1, 0.1))  # fmt: skip


def instance_norm(x, w=None, b=None, eps=1e-5):
    out = standardized(x, tuple(range(2, x.ndim)), eps)
    w, b = [one if p is None else along_channels(p, x) for p, one in ((w, 1), (b, 0))]
    return out * w + b


OPERANDS = [R(2, 3, 4), R(3), R(3)]
row("instance_norm", OPERANDS, lambda x, w, b: instance_norm(x, w, b, 0.1), real_only=True,
    through=lambda t, x, w, b: t.instance_norm(x, w, b, None, None, True, 0.1, 0.1, False))  # fmt: skip
row("instance_norm", OPERANDS, by_statistics, real_only=True,
    through=lambda t, x, w, b: t.instance_norm(x, w, b, *running(t, x), False, 0.1, 0.1, False))  # fmt: skip
row(F + "instance_norm", [R(2, 3, 4, 2)], instance_norm, real_only=True)
row(F + "instance_norm", OPERANDS, by_statistics, real_only=True,
    through=lambda t, x, w, b: t.nn.functional.instance_norm(x, *running(t, x), w, b, False, 0.1, 0.1))  # fmt: skip


def local_response_norm(x, size, alpha=1e-4, beta=0.75, k=1.0):
    out = np.empty_like(x)
    for c in range(x.shape[1]):
        near = x[:, max(c - size // 2, 0) : c + (size - 1) // 2 + 1]
        out[:, c] = x[:, c] / (k + alpha / size * (near**2).sum(1)) ** beta
    return out


row(F + "local_response_norm", [P(2, 5, 3)], local_response_norm, (2,), (3, 0.5, 0.6, 2.0), (4, 0.5), real_only=True)
