"""Products with Jacobians and Hessians, against what they are for functions whose derivatives are written down."""

import numpy as np
import pytest

import wengert as torch
from wengert.autograd.functional import hessian, hvp, jacobian, jvp, vhp, vjp

rng = np.random.default_rng(0)
A = torch.tensor(rng.normal(size=(4, 3)))
X, Y = torch.tensor(rng.normal(size=3)), torch.tensor(rng.normal(size=3))
U, V = torch.tensor(rng.normal(size=4)), torch.tensor(rng.normal(size=3))


def close(found, expected, tolerance=1e-12):
    expected = expected.detach().numpy() if isinstance(expected, torch.Tensor) else np.asarray(expected)
    assert tuple(found.shape) == expected.shape
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=tolerance, atol=1e-13)


def layer(x):
    return torch.tanh(A @ x)


def slope(x):
    return ((1 - layer(x) ** 2).reshape(4, 1) * A).detach()


def quartic(x, y):
    return (x**2 * y**2).sum()


def test_products_with_a_jacobian():
    output, product = vjp(layer, X, U)
    close(output, layer(X))
    close(product, slope(X).t() @ U)
    output, product = jvp(layer, X, V)
    close(output, layer(X))
    close(product, slope(X) @ V)
    assert not output.requires_grad and not product.requires_grad and X.grad is None


def test_products_with_a_hessian():
    expected = (2 * Y**2 * V + 4 * X * Y * V, 4 * X * Y * V + 2 * X**2 * V)
    for product in (hvp, vhp):
        output, (first, second) = product(quartic, (X, Y), (V, V))
        close(output, quartic(X, Y))
        close(first, expected[0])
        close(second, expected[1])


@pytest.mark.parametrize("options", [{}, {"vectorize": True}, {"vectorize": True, "strategy": "forward-mode"}], ids=str)
def test_jacobians_have_the_structure_of_outputs_and_inputs(options):
    close(jacobian(layer, X, **options), slope(X))
    one = jacobian(lambda x, y: x * y, (X, Y), **options)
    assert type(one) is tuple
    close(one[0], np.diag(Y.numpy()))
    two = jacobian(lambda x: (layer(x), x.sum()), X, **options)
    assert type(two) is tuple
    close(two[0], slope(X))
    close(two[1], np.ones(3))
    both = jacobian(lambda x, y: (x * y, y.sum()), (X, Y), **options)
    close(both[0][1], np.diag(X.numpy()))
    close(both[1][0], np.zeros(3))
    close(jacobian(lambda m: m @ X, A, **options), np.einsum("ij,k->ijk", np.eye(4), X.numpy()))


@pytest.mark.parametrize("options", [
    {}, {"vectorize": True}, {"vectorize": True, "outer_jacobian_strategy": "forward-mode"},
], ids=str)  # fmt: skip
def test_hessians(options):
    close(hessian(lambda x: (x**3).sum(), X, **options), np.diag(6 * X.numpy()))
    blocks = hessian(quartic, (X, Y), **options)
    close(blocks[0][0], np.diag(2 * Y.numpy() ** 2))
    close(blocks[0][1], np.diag(4 * (X * Y).numpy()))
    close(blocks[1][0], np.diag(4 * (X * Y).numpy()))
    close(blocks[1][1], np.diag(2 * X.numpy() ** 2))
    close(hessian(lambda x: x.sum(), X, **options), np.zeros((3, 3)))


def test_results_can_be_differentiated_if_asked():
    x = X.clone().requires_grad_()
    assert not jacobian(lambda a: a**3, x).requires_grad
    for vectorize in (False, True):
        found = jacobian(lambda a: a**3, x, create_graph=True, vectorize=vectorize)
        (g,) = torch.autograd.grad(found.sum(), x)
        close(g, 6 * X)
        found = hessian(lambda a: (a**4).sum(), x, create_graph=True, vectorize=vectorize)
        (g,) = torch.autograd.grad(found.sum(), x)
        close(g, 24 * X)
    output, product = vjp(layer, x, U, create_graph=True)
    assert output.requires_grad and product.requires_grad


def test_a_captured_input_counts_apart():
    x = X.clone().requires_grad_()
    close(jacobian(lambda a: a * x, x), np.diag(X.numpy()))


def test_no_elements():
    for vectorize in (False, True):
        assert jacobian(lambda a: a * 2, torch.ones(0), vectorize=vectorize).shape == (0, 0)
        assert jacobian(lambda a: a[:0], torch.ones(3), vectorize=vectorize).shape == (0, 3)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: vjp(lambda x: x, 3.0), TypeError, "The inputs given to vjp must be either a Tensor or a tuple"),
        (lambda: jvp(lambda x: 3.0, X, X), TypeError, "The outputs of the user-provided function given to jvp"),
        (lambda: vjp(lambda x: x, X), RuntimeError, "The vector v can only be None if"),
        (lambda: vjp(layer, X, X), RuntimeError, r"v has invalid size: should be wengert.Size\(\[4\]\) but got"),
        (lambda: jvp(quartic, (X, Y), (X,)), RuntimeError, "v is a tuple of invalid length: should be 2 but got 1"),
        (lambda: hvp(layer, X, X), RuntimeError, "should contain a single element"),
        (lambda: jacobian(layer, X, strategy="forward-mode"), NotImplementedError, "only implemented for `vectorize"),
        (lambda: jacobian(layer, X, strategy="x"), AssertionError, "Expected strategy to be either"),
        (
            lambda: jacobian(lambda x, y: x * 1, (X, Y), strict=True), RuntimeError,
            "Output 0 of the user-provided function is independent of input 1",
        ),
        (
            lambda: hessian(lambda x: x.sum(), X, strict=True), RuntimeError,
            "found that the jacobian of the user-provided function with respect to input 0 is independent",
        ),
        (
            lambda: vjp(lambda x: Y, X, Y, strict=True), RuntimeError,
            "Output 0 of the user-provided function does not require gradients",
        ),
    ],
)  # fmt: skip
def test_bad_use_is_an_error(call, kind, message):
    with pytest.raises(kind, match=message):
        call()
