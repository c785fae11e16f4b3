"""grad, vjp, jvp, jacrev, jacfwd, hessian: their values, what they leave behind, and how they compose."""

import threading

import numpy as np
import pytest

import wengert as torch
from wengert.autograd import forward_ad as fw
from wengert.func import grad, grad_and_value, hessian, jacfwd, jacrev, jvp, linearize, vjp, vmap

rng = np.random.default_rng(0)
X = torch.tensor(rng.normal(size=3))
T = torch.tensor(rng.normal(size=3))
W = torch.tensor(rng.normal(size=(4, 3)))


def close(found, expected, rtol=1e-12):
    expected = expected.detach().numpy() if isinstance(expected, torch.Tensor) else np.asarray(expected)
    assert tuple(found.shape) == expected.shape
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=rtol, atol=1e-13)


def layer(x):
    return torch.tanh(W @ x)


def cubes(x):
    return (x**3).sum()


# ------------------------------------------------------------------------------------------------ each by itself


def test_grad():
    close(grad(cubes)(X), 3 * X**2)
    assert not grad(cubes)(X).requires_grad and X.grad is None
    first, second = grad(lambda a, b: (a * a * b).sum(), argnums=(0, 1))(X, T)
    close(first, 2 * X * T)
    close(second, X * X)
    close(grad(lambda a, b: (a * a * b).sum(), argnums=-1)(X, T), X * X)
    tree = grad(lambda p: (p["w"] * p["more"][0]).sum())({"w": X, "more": [T]})
    close(tree["w"], T)
    close(tree["more"][0], X)


def test_grad_and_value_and_aux():
    g, value = grad_and_value(cubes)(X)
    assert value.item() == cubes(X).item() and not value.requires_grad
    g, aux = grad(lambda a: (cubes(a), {"square": a * a}), has_aux=True)(X)
    close(aux["square"], X * X)
    assert not aux["square"].requires_grad
    g, (value, aux) = grad_and_value(lambda a: (cubes(a), a * 2), has_aux=True)(X)
    close(aux, X * 2)


def test_arguments_that_are_not_used_have_zero_gradients():
    assert grad(lambda a: torch.ones((), dtype=torch.float64))(X).tolist() == [0.0, 0.0, 0.0]
    assert [g.tolist() for g in grad(lambda a, b: a.sum(), argnums=(0, 1))(X, T)] == [[1.0] * 3, [0.0] * 3]
    _, pull = vjp(lambda a: torch.ones(2), X)
    assert pull(torch.ones(2))[0].tolist() == [0.0, 0.0, 0.0]


def test_vjp():
    output, pull = vjp(lambda a, b: {"y": a * b, "z": a.sum()}, X, T)
    close(output["y"], X * T)
    for _ in range(2):
        first, second = pull({"y": torch.ones_like(X), "z": torch.tensor(10.0, dtype=torch.float64)})
        close(first, T + 10)
        close(second, X)
    assert not output["y"].requires_grad and not first.requires_grad
    output, pull, aux = vjp(lambda a: (a * 2, a + 1), X, has_aux=True)
    close(aux, X + 1)


def test_jvp():
    output, tangent = jvp(layer, (X,), (T,))
    close(output, layer(X))
    close(tangent, (1 - layer(X) ** 2) * (W @ T))
    output, tangent, aux = jvp(lambda a: (a * a, a + 1), (X,), (T,), has_aux=True)
    close(aux, X + 1)
    output, tangent = jvp(lambda d: [d["a"] * d["b"]], ({"a": X, "b": T},), ({"a": T, "b": X},))
    close(tangent[0], T * T + X * X)
    assert jvp(lambda a: torch.ones(2), (X,), (T,))[1].tolist() == [0.0, 0.0]
    assert jvp(lambda a: a.argmax(), (X,), (T,))[1].item() == 0


def test_jacobians():
    expected = (1 - layer(X) ** 2).reshape(4, 1) * W
    for transform in (jacrev, jacfwd):
        close(transform(layer)(X), expected)
        close(transform(layer, chunk_size=2)(X), expected)
        both = transform(lambda a, b: (a * b, (a * b).sum()), argnums=(0, 1))(X, T)
        close(both[0][0], np.diag(T.numpy()))
        close(both[0][1], np.diag(X.numpy()))
        close(both[1][0], T)
        jacobian, aux = transform(lambda a: (layer(a), a * 2), has_aux=True)(X)
        close(jacobian, expected)
        close(aux, X * 2)
        close(transform(lambda m: m @ X)(W), np.einsum("ij,k->ijk", np.eye(4), X.numpy()))
        close(transform(lambda a: a.sum())(X), np.ones(3))


def test_hessian():
    close(hessian(cubes)(X), np.diag(6 * X.numpy()))
    two = hessian(lambda a, b: (a * b).sum() ** 2, argnums=(0, 1))(X, T)
    inner = (X * T).sum().item()
    close(two[0][0], 2 * np.outer(T.numpy(), T.numpy()))
    close(two[0][1], 2 * np.outer(T.numpy(), X.numpy()) + 2 * inner * np.eye(3))


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: grad(lambda a: a)(X), RuntimeError, "Expected f.* to return a scalar Tensor, got tensor with 1 dims"),
        (lambda: grad(lambda a: 1.0)(X), RuntimeError, "to return a Tensor, got <class 'float'>"),
        (lambda: grad(lambda a: (a.sum(), a))(X), RuntimeError, "to return a Tensor, got <class 'tuple'>"),
        (
            lambda: grad(lambda a: a.sum(), has_aux=True)(X),
            RuntimeError,
            "should be a tuple: .output, aux. if has_aux is True",
        ),
        (lambda: grad(lambda a: a.sum(), argnums=5)(X), RuntimeError, "Got argnum=5, but only 1 positional inputs"),
        (lambda: grad(lambda a: a.sum(), argnums=(0, 0))(X), RuntimeError, "argnums elements must be unique"),
        (
            lambda: grad(lambda a: a.sum())(torch.ones(2, dtype=torch.int64)),
            RuntimeError,
            "only Tensors of floating point",
        ),
        (
            lambda: grad(lambda a: a)(1.0),
            ValueError,
            "Thing passed to transform API must be Tensor, got <class 'float'>",
        ),
        (lambda: grad(lambda a: a.mul_(2).sum())(X.clone()), RuntimeError, "a leaf Variable that requires grad"),
        (lambda: vjp(lambda a: 3, X), RuntimeError, "to return only tensors, got unsupported type <class 'int'>"),
        (lambda: vjp(lambda a: a, X)[1](torch.ones(4)), RuntimeError, "Mismatch in shape"),
        (lambda: vjp(lambda a: (a, a), X)[1](X), RuntimeError, "Expected pytree structure of cotangents"),
        (
            lambda: jvp(lambda a: a, (X,), (X, X)),
            RuntimeError,
            "Expected primals and tangents to have the same python structure",
        ),
        (lambda: jvp(lambda a: a, (X,), (X[:2],)), RuntimeError, "forward gradient that has a different size"),
        (lambda: jvp(lambda a: a, X, X), RuntimeError, "Expected primals to be a tuple"),
        (lambda: jvp(lambda: 3, (), ()), RuntimeError, "Expected primals to contain at least one Tensor"),
        (
            lambda: jvp(lambda a: 3, (X,), (X,)),
            RuntimeError,
            "to return only tensors, got unsupported type <class 'int'>",
        ),
        (lambda: jvp(lambda a: T, (X,), (X,), strict=True), RuntimeError, "output of f is independent of the inputs"),
        (lambda: jacrev(layer, chunk_size=0), ValueError, "should be greater than 0"),
    ],
)
def test_bad_use_is_an_error_of_pytorchs_type(call, kind, message):
    with pytest.raises(kind, match=message):
        call()
    close(grad(cubes)(X), 3 * X**2)
    close(jvp(cubes, (X,), (T,))[1], (3 * X**2 * T).sum())


def test_an_exception_inside_leaves_no_level_behind():
    def fails(a):
        raise KeyError("inside")

    for call in (lambda: jvp(fails, (X,), (T,)), lambda: vmap(fails)(X), lambda: grad(fails)(X)):
        with pytest.raises(KeyError):
            call()
    assert torch.is_grad_enabled()
    close(jvp(jvp_of_cubes, (X,), (T,))[1], (6 * X * T * T).sum())


def jvp_of_cubes(x):
    return jvp(cubes, (x,), (T,))[1]


# ------------------------------------------------------------------------------------------------ composed


def test_derivatives_of_derivatives():
    close(grad(lambda a: grad(cubes)(a).sum())(X), 6 * X)
    close(grad(lambda a: grad(lambda b: (grad(cubes)(b) * b).sum())(a).sum())(X), 18 * X)
    close(jvp(grad(cubes), (X,), (T,))[1], 6 * X * T)
    close(grad(jvp_of_cubes)(X), 6 * X * T)
    close(jvp(jvp_of_cubes, (X,), (T,))[1], (6 * X * T * T).sum())
    close(jvp(lambda a: jvp(jvp_of_cubes, (a,), (T,))[1], (X,), (T,))[1], (6 * T**3).sum())


@pytest.mark.parametrize("outer", [jacrev, jacfwd])
@pytest.mark.parametrize("inner", [jacrev, jacfwd])
def test_second_derivatives_by_any_two_modes(outer, inner):
    expected = np.zeros((4, 3, 3))
    y, w = layer(X).numpy(), W.numpy()
    for i in range(4):
        expected[i] = -2 * y[i] * (1 - y[i] ** 2) * np.outer(w[i], w[i])
    close(outer(inner(layer))(X), expected)


@pytest.mark.parametrize("innermost", [jacrev, jacfwd])
def test_third_derivatives(innermost):
    expected = np.zeros((3, 3, 3))
    expected[range(3), range(3), range(3)] = 6
    for outer in (jacrev, jacfwd):
        close(outer(jacfwd(innermost(cubes)))(X), expected)
        close(outer(jacrev(innermost(cubes)))(X), expected)


def test_forward_and_reverse_agree():
    u = torch.tensor(rng.normal(size=4))
    close((jvp(layer, (X,), (T,))[1] * u).sum(), (vjp(layer, X)[1](u)[0] * T).sum())
    # The pullback is linear: its own derivative along v is itself, and its pullback is the derivative.
    pull = vjp(layer, X)[1]
    v = torch.tensor(rng.normal(size=4))
    close(jvp(lambda c: pull(c)[0], (u,), (v,))[1], pull(v)[0])
    close(vjp(lambda c: pull(c)[0], u)[1](T)[0], jvp(layer, (X,), (T,))[1])
    # The derivative along a tangent is linear in it.
    close(vjp(lambda t: jvp(layer, (X,), (t,))[1], T)[1](u)[0], pull(u)[0])


def test_perturbations_are_not_confused():
    one = torch.tensor(1.0, dtype=torch.float64)
    assert grad(lambda x: x * grad(lambda y: x + y)(one))(one).item() == 1.0
    assert jvp(lambda x: x * jvp(lambda y: x + y, (one,), (one,))[1], (one,), (one,))[1].item() == 1.0
    assert grad(lambda x: x * jvp(lambda y: x * y, (one,), (one,))[1])(one * 3).item() == 6.0
    assert jvp(lambda x: x * grad(lambda y: x * y)(one), (one * 3,), (one,))[1].item() == 6.0
    assert (
        vmap(lambda x: grad(lambda a: a * vmap(lambda y: a * y)(torch.ones(2)).sum())(x))(torch.ones(3)).tolist()
        == [4.0] * 3
    )


def test_gradients_for_each_entry():
    inputs, targets = torch.tensor(rng.normal(size=(5, 3))), torch.tensor(rng.normal(size=(5, 4)))

    def loss(w, x, y):
        return ((torch.tanh(w @ x) - y) ** 2).sum()

    found = vmap(grad(loss), (None, 0, 0))(W, inputs, targets)
    close(found, np.stack([grad(loss)(W, x, y).numpy() for x, y in zip(inputs, targets, strict=True)]))
    assert not found.requires_grad
    w = W.clone().requires_grad_()
    mixed = vmap(grad(loss), (None, 0, 0))(w, inputs, targets)
    assert mixed.requires_grad
    (second,) = torch.autograd.grad((mixed * mixed).sum(), w)
    expected = grad(lambda w: sum((grad(loss)(w, x, y) ** 2).sum() for x, y in zip(inputs, targets, strict=True)))(W)
    close(second, expected)
    hessians = vmap(hessian(loss), (None, 0, 0))(W, inputs, targets)
    close(hessians[1], hessian(loss)(W, inputs[1], targets[1]), rtol=1e-9)


def test_whole_batches_under_each_transform():
    batch = torch.tensor(rng.normal(size=(4, 3)))
    close(grad(lambda b: vmap(cubes)(b).sum())(batch), 3 * batch**2)
    close(vmap(grad(cubes))(batch), 3 * batch**2)
    close(vmap(vmap(grad(lambda a: a**3)))(batch), 3 * batch**2)
    close(vmap(jacrev(lambda a: a**2))(batch), np.stack([np.diag(2 * row) for row in batch.numpy()]))
    close(jacfwd(vmap(cubes))(batch)[2], np.eye(4)[2][:, None] * 3 * batch.numpy() ** 2)
    values, pull = vjp(vmap(cubes), batch)
    close(
        vmap(lambda c: pull(c)[0])(torch.eye(4, dtype=torch.float64))[1], np.eye(4)[1][:, None] * 3 * batch.numpy() ** 2
    )


# ------------------------------------------------------------------------------------------------ what is left outside


def test_results_belong_to_the_outer_graph_only_where_they_depend_on_it():
    w = T.clone().requires_grad_()
    plain = grad(cubes)(X)
    assert not plain.requires_grad
    assert not grad(lambda a: cubes(a) + w.sum())(X).requires_grad  # the gradient does not depend on w
    mixed = grad(lambda a: (a * a * w).sum())(X)
    (g,) = torch.autograd.grad(mixed.sum(), w)
    close(g, 2 * X)
    x = X.clone().requires_grad_()
    g, value = grad_and_value(cubes)(x)
    assert value.requires_grad
    (second,) = torch.autograd.grad(g.sum(), x)
    close(second, 6 * X)
    assert w.grad is None and x.grad is None


def test_no_grad_outside_stops_at_the_transform():
    w = T.clone().requires_grad_()
    with torch.no_grad():
        g = grad(lambda a: (a * a * w).sum())(X)
        close(g, 2 * X * T)
        assert not g.requires_grad
        close(grad(lambda a: grad(cubes)(a).sum())(X), 6 * X)
    close(grad(lambda a: (a * torch.no_grad()(torch.square)(a)).sum())(X), X**2)


def test_jvp_of_something_in_a_graph_is_in_the_graph():
    x = X.clone().requires_grad_()
    _, tangent = jvp(cubes, (x,), (T,))
    (g,) = torch.autograd.grad(tangent, x)
    close(g, 6 * X * T)
    w = T.clone().requires_grad_()
    output, tangent = jvp(lambda a: (a * w).sum(), (X,), (T,))
    (g,) = torch.autograd.grad(tangent, w)
    close(g, T)


def test_in_place_operations_inside():
    def function(a):
        b = a * 1.0
        b[1:].mul_(a[:-1])
        b += a
        return (b * b).sum()

    def plain(a):
        b = torch.cat([a[:1], a[1:] * a[:-1]]) + a
        return (b * b).sum()

    close(grad(function)(X), grad(plain)(X))
    close(jvp(function, (X,), (T,))[1], jvp(plain, (X,), (T,))[1])
    close(hessian(function)(X), hessian(plain)(X))

    def buffer(a):
        out = torch.zeros(3, dtype=torch.float64)
        for i in range(3):
            out[i] = a[i] * a[(i + 1) % 3]
        return (out * out).sum()

    close(jvp(buffer, (X,), (T,))[1], (grad(buffer)(X) * T).sum())
    close(jvp(grad(buffer), (X,), (T,))[1], hessian(buffer)(X) @ T)


def test_dual_level_inside_and_outside_of_transforms():
    with fw.dual_level():
        d = fw.make_dual(X, T)
        g = grad(cubes)(d)
        close(fw.unpack_dual(g).primal, 3 * X**2)
        close(fw.unpack_dual(g).tangent, 6 * X * T)
        close(fw.unpack_dual(jvp(cubes, (d,), (T,))[1]).tangent, (6 * X * T * T).sum())

    def inside(a, t):
        with fw.dual_level():
            return fw.unpack_dual(cubes(fw.make_dual(a, t))).tangent

    batch = torch.stack([X, T])
    close(vmap(inside)(batch, batch), (3 * batch**3).sum(1))
    close(grad(inside)(X, T), 6 * X * T)


def test_threads_have_levels_of_their_own():
    results = []

    def work(seed):
        x = torch.tensor(np.random.default_rng(seed).normal(size=3))
        for _ in range(30):
            results.append(bool(torch.allclose(hessian(cubes)(x), torch.diag(6 * x))))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 120 and all(results)


def test_complex_arguments():
    z = torch.tensor([1 + 2j, -0.5j], dtype=torch.complex128)
    t = torch.tensor([0.5 - 1j, 1 + 1j], dtype=torch.complex128)
    g = grad(lambda a: (a * a.conj()).real.sum())(z)
    close(g, 2 * z)
    tangent = jvp(lambda a: (a * a.conj()).real.sum(), (z,), (t,))[1]
    close(tangent, (g.conj() * t).real.sum())


def test_captured_tensors_keep_their_history_below_a_batch():
    w = T.clone().requires_grad_()
    batch = torch.stack([X, 2 * X])
    found = vmap(grad(lambda a: (a * a * w).sum()))(batch)
    (g,) = torch.autograd.grad(found.sum(), w)
    close(g, 2 * batch.sum(0))
    found = vmap(lambda a: jvp(lambda b: (b * b * w).sum(), (a,), (X,))[1])(batch)
    (g,) = torch.autograd.grad(found.sum(), w)
    close(g, 2 * batch.sum(0) * X)
    with torch.no_grad():
        assert not vmap(grad(lambda a: (a * a * w).sum()))(batch).requires_grad


def test_linearize():
    calls = []

    def function(a, b):
        calls.append(1)
        return {"y": torch.sin(a) * b, "position": a.argmax()}

    output, push = linearize(function, X, T)
    for _ in range(3):
        tangent = push(T, X)
        close(tangent["y"], torch.cos(X) * T * T + torch.sin(X) * X)
        assert tangent["position"].item() == 0 and not tangent["y"].requires_grad
    assert len(calls) == 1
    close(output["y"], torch.sin(X) * T)
    close(vmap(linearize(layer, X)[1])(torch.eye(3, dtype=torch.float64)).t(), jacrev(layer)(X))
    close(grad(lambda a: linearize(cubes, a)[1](T))(X), 6 * X * T)
    wrongs = (((T,), "same argspec"), ((T, T[:2]), "tangent:1 with shape"), ((T, T.float()), "tangent:1 with dtype"))
    for wrong, message in wrongs:
        with pytest.raises(RuntimeError, match=message):
            push(*wrong)


def test_a_pullback_that_is_differentiated_leaves_no_graph_behind():
    pull = vjp(layer, X)[1]
    u = torch.tensor(rng.normal(size=4))
    assert not grad(lambda c: pull(c)[0].sum())(u).requires_grad
    c = u.clone().requires_grad_()
    (g,) = torch.autograd.grad(pull(c)[0].sum(), c)
    close(g, jvp(layer, (X,), (torch.ones_like(X),))[1])


@pytest.mark.parametrize("change", [
    lambda y, a: y.mul_(2), lambda y, a: y.add_(a), lambda y, a: y[0].zero_(), lambda y, a: y.__setitem__(0, 1.0),
])  # fmt: skip
def test_captured_tensors_are_not_changed_in_place(change):
    y = torch.ones(3, dtype=torch.float64)
    for call in (
        lambda f: grad(f)(X), lambda f: jvp(f, (X,), (T,)), lambda f: vjp(f, X), lambda f: jacrev(f)(X),
        lambda f: vmap(grad(f))(torch.stack([X, T])), lambda f: grad(lambda a: grad(f)(a).sum())(X),
    ):  # fmt: skip
        with pytest.raises(RuntimeError, match="that would mutate a captured Tensor"):
            call(lambda a: (change(y, a), a.sum())[1])
    assert y.tolist() == [1.0, 1.0, 1.0] and not y.requires_grad
    change(y, X)


def test_what_a_function_makes_or_is_given_may_be_changed_in_place():
    buffer = torch.zeros(3, dtype=torch.float64)

    def function(a, given):
        made = a.new_zeros(3)
        made.add_(a)
        inner = jvp(lambda b: b.mul_(3), (made * 1,), (a,))[1]
        inner.add_(grad(cubes)(a))
        inner[0].mul_(2)
        given.add_(1)
        return (inner * given).sum()

    close(grad(function)(X, buffer), (3 + 6 * X) * torch.tensor([2.0, 1.0, 1.0], dtype=torch.float64))
    assert buffer.tolist() == [1.0, 1.0, 1.0]


def test_backward_and_requires_grad_are_refused_inside():
    w = T.clone().requires_grad_()

    def asks(method):
        return lambda a: (method(a), a.sum())[1]

    for method, message in (
        (lambda a: (a * w).sum().backward(), "backward.. called inside a functorch transform"),
        (lambda a: torch.autograd.backward((a * w).sum()), "backward.. called inside a functorch transform"),
        (lambda a: torch.ones(2).requires_grad_(), "attempting to call Tensor.requires_grad_.. "),
        (lambda a: (a * w).retain_grad(), "attempting to call Tensor.retain_grad.. "),
    ):
        for call in (lambda f: grad(f)(X), lambda f: jvp(f, (X,), (T,)), lambda f: vmap(grad(f))(torch.stack([X, T]))):
            with pytest.raises(RuntimeError, match=message):
                call(asks(method))
    assert w.grad is None
    (w * w).sum().backward()
    close(w.grad, 2 * T)


def test_leaves_made_inside_are_not_seen_outside():
    assert not grad(lambda a: (a * torch.ones(3, dtype=torch.float64, requires_grad=True)).sum())(X).requires_grad
    g, aux = grad(lambda a: (a.sum(), torch.nn.Parameter(a.detach()) * 2), has_aux=True)(X)
    assert not aux.requires_grad


def test_dictionaries_keep_their_order():
    given = {"b": X, "a": T}
    assert list(grad(lambda p: (p["a"] * p["b"]).sum())(given)) == ["b", "a"]
    output, pull = vjp(lambda p: {"z": p["a"], "y": p["b"] * 2}, given)
    (found,) = pull({"y": T, "z": X})
    close(found["a"], X)
    close(found["b"], 2 * T)
    tangent = jvp(lambda p: p["a"] * p["b"], (given,), ({"a": X, "b": X},))[1]
    close(tangent, X * X + T * X)


def test_checkpoints_inside():
    from wengert.utils.checkpoint import checkpoint

    def plain(a):
        return (a.sin() * a).exp()

    def inside(a):
        return checkpoint(plain, a, use_reentrant=False).sum()

    expected = grad(lambda a: plain(a).sum())(X)
    close(grad(inside)(X), expected)
    close(vmap(grad(inside))(torch.stack([X, T]))[0], expected)
    close(jvp(inside, (X,), (T,))[1], (expected * T).sum())
    close(hessian(inside)(X), hessian(lambda a: plain(a).sum())(X))
