"""Gradients of NumPy code on tensors, against finite differences of the same code on arrays."""

import numpy as np

import wengert


def flattened(result) -> list:
    """The floating arrays or tensors among what a function returns."""
    if isinstance(result, (list, tuple)):
        return [part for x in result for part in flattened(x)]
    if isinstance(result, wengert.Tensor):
        return [result] if result.dtype.is_floating_point or result.dtype.is_complex else []
    x = np.asarray(result)
    return [x] if x.dtype.kind in "fc" else []


def weighted_sum(result, seed=3):
    """A real number that depends on every floating element of the result, with fixed random weights."""
    rng = np.random.default_rng(seed)
    total = 0.0
    for part in flattened(result):
        weights = rng.uniform(0.5, 1.5, tuple(part.shape))
        if (part.dtype.is_complex if isinstance(part, wengert.Tensor) else part.dtype.kind == "c"):
            total = total + (part.real * weights).sum() + (part.imag * (2 - weights)).sum()
        else:
            total = total + (part * weights).sum()
    return total


def numerical_gradient(function, arrays, place, step=1e-6):
    """d weighted_sum(function(*arrays)) / d arrays[place], by central differences."""
    x = np.asarray(arrays[place], np.float64)
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        values = []
        for sign in (1, -1):
            moved = x.copy()
            moved[i] += sign * step
            values.append(weighted_sum(function(*[moved if k == place else a for k, a in enumerate(arrays)])))
        gradient[i] = (values[0] - values[1]) / (2 * step)
    return gradient


def check_gradient(function, arrays, place=0, rtol=1e-5, atol=1e-6):
    """The gradient through tensors equals the difference quotient, and the result is a tensor in the graph."""
    x = wengert.tensor(np.asarray(arrays[place], np.float64), requires_grad=True)
    result = function(*[x if k == place else a for k, a in enumerate(arrays)])
    total = weighted_sum(result)
    assert isinstance(total, wengert.Tensor) and total.requires_grad, "out of the graph"
    total.backward()
    found = np.zeros(x.shape) if x.grad is None else x.grad.numpy()
    np.testing.assert_allclose(found, numerical_gradient(function, arrays, place), rtol=rtol, atol=atol)
