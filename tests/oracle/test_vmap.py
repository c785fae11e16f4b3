"""`vmap` against PyTorch's: dims and trees, chunks, randomness, errors, in-place operations, and its tutorials."""

import functools

import pytest

import wengert

from .agreement import LIBRARIES, Data, model, same, same_error

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.filterwarnings("ignore:.*torch.jit"),
    pytest.mark.filterwarnings("ignore:There is a performance drop because we have not yet implemented:UserWarning"),
]


def written(t, a):
    out = t.zeros_like(a)
    out[1:] = a[:-1]
    out[0].fill_(9.0)
    out[-1:] += a.sum()
    return out


def buffered(t, w, a):
    buffer = t.zeros(3, dtype=t.float64)
    buffer.add_(w)
    buffer[0].mul_(2)
    buffer[1:] *= w[1]
    return (buffer * a).sum()


PROGRAMS = {
    "in_dims": lambda t, d: [
        t.vmap(lambda a: a * 2, in_dims=dim)(d.normal(3, 4)) for dim in (0, 1, -1, -2)
    ],
    "in_dims of several": lambda t, d: t.vmap(lambda a, b: a @ b, in_dims=(0, None))(d.normal(3, 4), d.normal(4)),
    "in_dims of a tree": lambda t, d: t.vmap(
        lambda pair, m: pair[0] * pair[1]["a"] + m[0], in_dims=((0, {"a": 1}), [None])
    )((d.normal(3, 4), {"a": d.normal(4, 3)}), [d.normal(4)]),
    "in_dims of a dictionary": lambda t, d: t.vmap(lambda p: p["b"] * p["a"], in_dims=({"b": 0, "a": None},))(
        {"b": d.normal(3), "a": d.normal(3)}
    ),
    "keywords": lambda t, d: t.vmap(lambda a, *, scale: a * scale)(d.normal(3), scale=d.normal(2)),
    "out_dims": lambda t, d: [t.vmap(lambda a: a.outer(a), out_dims=dim)(d.normal(3, 4)) for dim in (0, 1, 2, -1, -3)],
    "out_dims of several": lambda t, d: t.vmap(lambda a: (a, a.sum(), 3), out_dims=(1, 0, None))(d.normal(3, 4)),
    "out_dims of a tree": lambda t, d: t.vmap(
        lambda a: {"x": a, "y": [a, (a.sum(),)]}, out_dims={"x": -1, "y": [1, (0,)]}
    )(d.normal(3, 4)),
    "out_dims of one in a tuple": lambda t, d: t.vmap(lambda a: a * 2, out_dims=(0,))(d.normal(3, 4)),
    "a constant": lambda t, d: t.vmap(lambda a: t.ones(2))(d.normal(3)),
    "a constant left alone": lambda t, d: t.vmap(lambda a: t.ones(2), out_dims=None)(d.normal(3)),
    "nothing in the batch": lambda t, d: t.vmap(lambda a: (a * 2).sum())(d.normal(0, 3)),
    "chunks": lambda t, d: [
        t.vmap(lambda a, b: (a * b, a.sum()), in_dims=(1, None), out_dims=(1, 0), chunk_size=size)(
            d.normal(4, 5), d.normal(4)
        )
        for size in (1, 2, 3, 5, 100)
    ],
    "nested": lambda t, d: t.vmap(t.vmap(lambda a, b: a @ b, (None, 1)), (0, None))(d.normal(2, 3), d.normal(3, 4)),
    "nested out_dims": lambda t, d: t.vmap(t.vmap(lambda a: a * a, in_dims=1, out_dims=1), out_dims=2)(
        d.normal(2, 3, 4)
    ),
    "pairwise": lambda t, d: (
        lambda x: t.vmap(lambda a: t.vmap(lambda b: (a - b).norm())(x))(x)
    )(d.normal(3, 2)),
    "shape inside": lambda t, d: t.vmap(lambda a: a * a.shape[0] * a.ndim * a.numel() * len(a))(d.normal(3, 4)),
    "strides inside": lambda t, d: [
        t.vmap(
            lambda a: (list(a.stride()), a.stride(0), a.is_contiguous(), a.t().is_contiguous(), list(a.shape)),
            in_dims=dim, out_dims=None,
        )(d.normal(3, 4, 5))
        for dim in (0, 1, 2)
    ],
    "in place": lambda t, d: (
        lambda x: (t.vmap(lambda a: a.mul_(2))(x), x)
    )(d.normal(3, 4)),
    "in place along another dim": lambda t, d: (
        lambda x: (t.vmap(lambda a: a[1:].zero_(), in_dims=1)(x), x)
    )(d.normal(3, 4)),
    "in place on a captured tensor": lambda t, d: (
        lambda y: (t.vmap(lambda a: (y.add_(1) * a).sum())(d.normal(2, 3)), y)
    )(t.ones(3, dtype=t.float64)),
    "writing parts": lambda t, d: t.vmap(lambda a: written(t, a))(d.normal(3, 4)),
    "writing at indices": lambda t, d: t.vmap(
        lambda a, i: (lambda z: (z.__setitem__(i, 7.0), z)[1])(a.clone())
    )(d.normal(3, 4), d.classes(3, 2, below=4)),
    "views": lambda t, d: t.vmap(
        lambda a: (lambda v: (v.mul_(10), a)[1])(a.reshape(2, 2).t()[0])
    )(d.normal(3, 4)),
    "history": lambda t, d: (
        lambda w: (t.vmap(lambda a: (a * w).sum())(d.normal(3, 4)), t.autograd.grad(
            t.vmap(lambda a: (a * w).sum())(d.normal(3, 4)).sum(), w
        ))
    )(d.normal(4).requires_grad_()),
    "detach inside": lambda t, d: t.vmap(lambda a: a.detach() * 2)(d.normal(3).requires_grad_()),
    "no_grad inside": lambda t, d: t.vmap(t.no_grad()(lambda a: a * 2))(d.normal(3).requires_grad_()),
    "a buffer for what is the same for all": lambda t, d: [
        t.vmap(t.func.grad(lambda w, a: buffered(t, w, a)), (None, 0))(d.normal(3), d.normal(2, 3)),
        t.vmap(lambda a, w: t.func.vjp(lambda b: buffered(t, b, a), w)[1](t.ones((), dtype=t.float64)), (0, None))(
            d.normal(2, 3), d.normal(3)
        ),
    ],
    "scatter": lambda t, d: t.vmap(lambda x, i, s: x.scatter(0, i, s))(
        d.normal(3, 4), t.tensor([[0, 1], [3, 2], [1, 0]]), d.normal(3, 2)
    ),
    "scatter_add": lambda t, d: t.vmap(lambda x, i, s: x.scatter_add(0, i, s))(
        d.normal(3, 4), d.classes(3, 2, below=4), d.normal(3, 2)
    ),
    "gather": lambda t, d: t.vmap(lambda x, i: x.gather(0, i))(d.normal(3, 4), d.classes(3, 2, below=4)),
    "index_select": lambda t, d: t.vmap(lambda x, i: x.index_select(0, i))(d.normal(3, 4), d.classes(3, 2, below=4)),
    "index_add": lambda t, d: t.vmap(lambda x, i, s: x.index_add(0, i, s))(
        d.normal(3, 4), d.classes(3, 2, below=4), d.normal(3, 2)
    ),
    "masked_fill": lambda t, d: t.vmap(lambda x: x.masked_fill(x > 0, 5.0))(d.normal(3, 4)),
    "where": lambda t, d: t.vmap(lambda x, y: t.where(x > 0, x, y), in_dims=(0, None))(d.normal(3, 4), d.normal(4)),
    "sorting": lambda t, d: t.vmap(lambda x: (x.sort()[0], x.topk(2)[1], x.argmax(), x.max(0)[0]))(d.normal(3, 4)),
    "indexing by one of the batch": lambda t, d: t.vmap(lambda x, i: x[i])(d.normal(3, 4), d.classes(3, below=4)),
    "matrix products": lambda t, d: t.vmap(lambda a, b, v: (a @ b, a @ v, v @ a, v @ v))(
        d.normal(3, 2, 2), d.normal(3, 2, 2), d.normal(3, 2)
    ),
    "same": lambda t, d: (
        lambda y: bool((y == y[0]).all())
    )(t.vmap(lambda a: t.rand(2) + a * 0, randomness="same")(d.normal(4))),
    "different": lambda t, d: (
        lambda y: bool((y != y[0]).any())
    )(t.vmap(lambda a: t.rand(2) + a * 0, randomness="different")(d.normal(4))),
    "dropout": lambda t, d: [
        (lambda y: bool((y != y[0]).any()))(
            t.vmap(lambda a: t.nn.functional.dropout(a, 0.5), randomness=how)(t.ones(8, 64))
        )
        for how in ("different", "same")
    ],
    "dropout in evaluation": lambda t, d: t.vmap(lambda a: t.nn.functional.dropout(a, 0.5, False))(d.normal(3, 4)),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name):
    same(PROGRAMS[name])


X = [1.0, 2.0, 3.0]
ERRORS = {
    "no inputs": lambda t, d: t.vmap(lambda: 1)(),
    "in_dims a list": lambda t, d: t.vmap(lambda a: a, in_dims=[0])(t.tensor(X)),
    "in_dims None": lambda t, d: t.vmap(lambda a: a, in_dims=None)(t.tensor(X)),
    "in_dims all None": lambda t, d: t.vmap(lambda a: a, in_dims=(None,))(t.tensor(X)),
    "in_dims structure": lambda t, d: t.vmap(lambda a, b: a, in_dims=(0,))(t.tensor(X), t.tensor(X)),
    "in_dims float": lambda t, d: t.vmap(lambda a, b: a, in_dims=(0, 0.5))(t.tensor(X), t.tensor(X)),
    "in_dims too large": lambda t, d: t.vmap(lambda a: a, in_dims=1)(t.tensor(X)),
    "in_dims of a number": lambda t, d: t.vmap(lambda a, b: a)(t.tensor(X), 1.0),
    "sizes": lambda t, d: t.vmap(lambda a, b: a)(t.tensor(X), t.ones(2)),
    "of nothing": lambda t, d: t.vmap(lambda a: a)(t.tensor(1.0)),
    "out_dims structure": lambda t, d: t.vmap(lambda a: (a, a), out_dims=[0, 0])(t.tensor(X)),
    "out_dims too many": lambda t, d: t.vmap(lambda a: a, out_dims=(0, 0))(t.tensor(X)),
    "out_dims too large": lambda t, d: t.vmap(lambda a: a, out_dims=3)(t.tensor(X)),
    "out_dims text": lambda t, d: t.vmap(lambda a: a, out_dims="a")(t.tensor(X)),
    "out_dims None": lambda t, d: t.vmap(lambda a: a, out_dims=None)(t.tensor(X)),
    "returns None": lambda t, d: t.vmap(lambda a: None)(t.tensor(X)),
    "returns a number": lambda t, d: t.vmap(lambda a: 1.0)(t.tensor(X)),
    "randomness": lambda t, d: t.vmap(lambda a: a, randomness="x")(t.tensor(X)),
    "chunk_size": lambda t, d: t.vmap(lambda a: a, chunk_size=0)(t.tensor(X)),
    "item": lambda t, d: t.vmap(lambda a: a.item())(t.tensor(X)),
    "float": lambda t, d: t.vmap(lambda a: float(a))(t.tensor(X)),
    "int": lambda t, d: t.vmap(lambda a: int(a))(t.tensor(X)),
    "tolist": lambda t, d: t.vmap(lambda a: a.tolist())(t.tensor(X)),
    "numpy": lambda t, d: t.vmap(lambda a: a.numpy())(t.tensor(X)),
    "condition": lambda t, d: t.vmap(lambda a: a if a > 0 else -a)(t.tensor(X)),
    "nonzero": lambda t, d: t.vmap(lambda a: a.nonzero())(t.tensor(X)),
    "mask": lambda t, d: t.vmap(lambda a: t.ones(3)[a > 0])(t.ones(2, 3)),
    "masked_select": lambda t, d: t.vmap(lambda a: t.masked_select(t.ones(3), a > 0))(t.ones(2, 3)),
    "add_ to a constant": lambda t, d: t.vmap(lambda a: t.zeros(3).add_(a))(t.ones(3, 3)),
    "copy_ to a constant": lambda t, d: t.vmap(lambda a: t.zeros(3).copy_(a))(t.ones(3, 3)),
    "setitem of a constant": lambda t, d: t.vmap(lambda a: t.zeros(3).__setitem__(0, a))(t.tensor(X)),
    "in place grows": lambda t, d: t.vmap(lambda a: a.add_(t.ones(2, 3)))(t.ones(3, 3)),
    "rand": lambda t, d: t.vmap(lambda a: t.rand(2))(t.tensor(X)),
    "dropout": lambda t, d: t.vmap(lambda a: t.nn.functional.dropout(a, 0.5))(t.ones(2, 3)),
    "bernoulli_ of a constant": lambda t, d: t.vmap(lambda a: t.ones(2).bernoulli_() + a, randomness="different")(
        t.tensor(X)
    ),
    "a dim of the entry": lambda t, d: t.vmap(lambda a: a.sum(1))(t.ones(2, 3)),
    "shapes inside": lambda t, d: t.vmap(lambda a: a + t.ones(2))(t.ones(2, 3)),
}  # fmt: skip


def test_dims_of_dictionaries_are_found_by_key():
    """PyTorch goes by the order of keys, and maps over the wrong tensors where the two orders differ."""
    given = {"b": wengert.ones(3), "a": wengert.tensor(X)}
    found = wengert.vmap(lambda p: p["b"] * p["a"].sum(), in_dims=({"a": None, "b": 0},))(given)
    assert found.tolist() == [6.0, 6.0, 6.0]
    found = wengert.vmap(lambda x: {"x": x, "y": x}, out_dims={"y": 0, "x": 1})(wengert.ones(3, 2))
    assert found["x"].shape == (2, 3) and found["y"].shape == (3, 2)


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    # Here PyTorch's first sentence names its own operation, or prints its own structure of a tree.
    other_words = {
        "in_dims structure", "out_dims structure", "out_dims too many", "nonzero", "mask", "masked_select",
        "copy_ to a constant", "setitem of a constant", "in place grows", "add_ to a constant",
        "a dim of the entry", "shapes inside",
    }  # fmt: skip
    same_error(ERRORS[name], name not in other_words)


# ------------------------------------------------------------------------------------------------ per-sample gradients


def simple_cnn(nn):
    class SimpleCNN(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1 = nn.Conv2d(1, 4, 3, 1)
            self.conv2 = nn.Conv2d(4, 6, 3, 1)
            self.fc1 = nn.Linear(54, 12)
            self.fc2 = nn.Linear(12, 10)
            self.relu, self.pool = nn.ReLU(), nn.MaxPool2d(2)

        def forward(self, x):
            x = self.relu(self.conv1(x))
            x = self.pool(self.relu(self.conv2(x)))
            return self.fc2(self.relu(self.fc1(x.flatten(1)))).log_softmax(1)

    return SimpleCNN()


def test_per_sample_gradients_of_the_tutorial():
    def program(t, d):
        net = model(t, simple_cnn)
        data, targets = d.normal(5, 1, 10, 10), d.classes(5, below=10)
        params = {k: v.detach() for k, v in net.named_parameters()}
        buffers = {k: v.detach() for k, v in net.named_buffers()}

        def compute_loss(params, buffers, sample, target):
            predictions = t.func.functional_call(net, (params, buffers), (sample.unsqueeze(0),))
            return t.nn.functional.nll_loss(predictions, target.unsqueeze(0))

        per_sample = t.func.vmap(t.func.grad(compute_loss), in_dims=(None, None, 0, 0))(params, buffers, data, targets)
        by_loop = []
        for sample, target in zip(data, targets, strict=True):
            loss = t.nn.functional.nll_loss(net(sample.unsqueeze(0)), target.unsqueeze(0))
            by_loop.append(t.autograd.grad(loss, list(net.parameters())))
        for found, expected in zip(per_sample.values(), zip(*by_loop, strict=True), strict=True):
            assert t.allclose(found, t.stack(list(expected)), atol=1e-12)
        chunked = t.func.vmap(t.func.grad(compute_loss), in_dims=(None, None, 0, 0), chunk_size=2)(
            params, buffers, data, targets
        )
        return per_sample, chunked

    same(program)


NETS = {
    "linear": lambda nn: nn.Sequential(nn.Linear(12, 5), nn.Tanh(), nn.Linear(5, 4)),
    "average pooling": lambda nn: nn.Sequential(
        nn.Unflatten(-1, (3, 2, 2)), nn.Conv2d(3, 4, 2, padding=1), nn.GELU(), nn.AvgPool2d(3), nn.Flatten(-3)
    ),
    "one dimension": lambda nn: nn.Sequential(
        nn.Unflatten(-1, (3, 4)), nn.Conv1d(3, 4, 3, padding=1, groups=1), nn.PReLU(4), nn.MaxPool1d(4), nn.Flatten(-2)
    ),
    "groups": lambda nn: nn.Sequential(
        nn.Unflatten(-1, (2, 2, 3)), nn.Conv2d(2, 4, 2, groups=2, bias=False), nn.SiLU(), nn.AvgPool2d((1, 2)),
        nn.Flatten(-3),
    ),
    "dropout in evaluation": lambda nn: nn.Sequential(nn.Linear(12, 4), nn.Dropout(0.5)).eval(),
}
LOSSES = {
    "cross_entropy": lambda t, y, c, r: t.nn.functional.cross_entropy(y, c),
    "label_smoothing": lambda t, y, c, r: t.nn.functional.cross_entropy(y, c, label_smoothing=0.1),
    "mse": lambda t, y, c, r: t.nn.functional.mse_loss(y, r),
    "smooth_l1": lambda t, y, c, r: t.nn.functional.smooth_l1_loss(y, r),
    "huber": lambda t, y, c, r: t.nn.functional.huber_loss(y, r),
    "bce_with_logits": lambda t, y, c, r: t.nn.functional.binary_cross_entropy_with_logits(y, r.sigmoid()),
    "l1": lambda t, y, c, r: t.nn.functional.l1_loss(y, r),
}


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("net", NETS)
def test_per_sample_gradients(net, loss):
    def program(t, d):
        module = model(t, NETS[net])
        params = {k: v.detach() for k, v in module.named_parameters()}
        data, classes, values = d.normal(3, 12), d.classes(3, below=4), d.normal(3, 4)

        def compute_loss(params, x, c, r):
            return LOSSES[loss](t, t.func.functional_call(module, params, x), c, r)

        found = t.func.vmap(t.func.grad(compute_loss), in_dims=(None, 0, 0, 0))(params, data, classes, values)
        for i in range(3):
            one = t.func.grad(compute_loss)(params, data[i], classes[i], values[i])
            for key in one:
                assert t.allclose(found[key][i], one[key], atol=1e-12)
        return found

    same(program)


def test_per_sample_gradients_with_dropout():
    for t in LIBRARIES:
        d = Data(t)
        module = model(t, lambda nn: nn.Sequential(nn.Linear(12, 64), nn.Dropout(0.5), nn.Linear(64, 1)))
        params = {k: v.detach() for k, v in module.named_parameters()}
        x = d.normal(12).expand(6, 12)

        def loss(params, x, t=t, module=module):
            return t.func.functional_call(module, params, x).sum()

        for randomness, several in (("different", True), ("same", False)):
            found = t.func.vmap(t.func.grad(loss), (None, 0), randomness=randomness)(params, x)["0.weight"]
            assert bool((found != found[0]).any()) is several


# ------------------------------------------------------------------------------------------------ model ensembling


@functools.cache
def mlp_of(nn):
    class SimpleMLP(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc1, self.fc2 = nn.Linear(6, 5), nn.Linear(5, 3)
            self.register_buffer("shift", None)

        def forward(self, x):
            return self.fc2(self.fc1(x.flatten(1)).relu())

    return SimpleMLP


def mlp(nn):
    return mlp_of(nn)()


def test_ensembling_of_the_tutorial():
    def program(t, d):
        models = [model(t, mlp, seed) for seed in range(4)]
        minibatches = d.normal(4, 7, 2, 3)
        params, buffers = t.func.stack_module_state(models)

        def fmodel(params, buffers, x):
            return t.func.functional_call(models[0], (params, buffers), (x,))

        own = t.vmap(fmodel)(params, buffers, minibatches)
        shared = t.vmap(fmodel, in_dims=(0, 0, None))(params, buffers, minibatches[0])
        (own.sum() + shared.sum()).backward()
        leaves = {key: (x.requires_grad, x.is_leaf) for key, x in params.items()}
        return params, buffers, leaves, own, shared, {key: x.grad for key, x in params.items()}

    same(program)


# ------------------------------------------------------------------------------------------------ tangent kernels


def test_neural_tangent_kernels_of_the_tutorial():
    def program(t, d):
        net = model(t, mlp)
        params = {k: v.detach() for k, v in net.named_parameters()}
        x_train, x_test = d.normal(4, 1, 6), d.normal(2, 1, 6)

        def fnet_single(params, x):
            return t.func.functional_call(net, params, (x.unsqueeze(0),)).squeeze(0)

        def by_jacobians(x1, x2):
            first, second = [t.vmap(t.func.jacrev(fnet_single), (None, 0))(params, x) for x in (x1, x2)]
            total = 0
            for key in first:
                # (N, a, P) and (M, b, P) -> (N, M, a, b)
                j1, j2 = first[key].flatten(2), second[key].flatten(2)
                total = total + (j1[:, None, :, None] * j2[None, :, None]).sum(-1)
            return total

        def by_products(x1, x2):
            def get_ntk(x1, x2):
                _, vjp_fn = t.func.vjp(lambda p: fnet_single(p, x1), params)

                def get_ntk_slice(vec):
                    return t.func.jvp(lambda p: fnet_single(p, x2), (params,), vjp_fn(vec))[1]

                return t.vmap(get_ntk_slice)(t.eye(3, dtype=t.float64))

            return t.vmap(t.vmap(get_ntk, (None, 0)), (0, None))(x1, x2)

        one, other = by_jacobians(x_train, x_test), by_products(x_train, x_test)
        assert t.allclose(one, other.transpose(-1, -2), atol=1e-10) or t.allclose(one, other, atol=1e-10)
        return one, other

    same(program)


# ------------------------------------------------------------------------------------------------ jacobians, hessians


def test_jacobians_and_hessians_of_the_tutorial():
    def program(t, d):
        weight, bias, x, batch = d.normal(4, 4), d.normal(4), d.normal(4), d.normal(3, 4)

        def predict(weight, bias, x):
            return t.nn.functional.linear(x, weight, bias).tanh()

        unit = t.eye(4, dtype=t.float64)
        _, vjp_fn = t.func.vjp(lambda x: predict(weight, bias, x), x)
        (by_vjp,) = t.vmap(vjp_fn)(unit)
        by_grad = t.stack([
            t.autograd.grad(predict(weight, bias, leaf), leaf, v)[0]
            for v in unit for leaf in [x.clone().requires_grad_()]
        ])  # fmt: skip
        assert t.allclose(by_vjp, by_grad)

        def predict_with_output(weight, bias, x):
            y = predict(weight, bias, x)
            return y, y

        def hvp(f, x, v):
            return t.func.grad(lambda a: (t.func.grad(f)(a) * v).sum())(x)

        return (
            by_vjp,
            t.func.jacrev(predict, argnums=2)(weight, bias, x),
            t.func.jacfwd(predict, argnums=2)(weight, bias, x),
            t.func.jacrev(predict, argnums=(0, 1))(weight, bias, x),
            t.func.hessian(predict, argnums=2)(weight, bias, x),
            t.func.jacfwd(t.func.jacfwd(predict, argnums=2), argnums=2)(weight, bias, x),
            t.vmap(t.func.jacrev(predict, argnums=2), in_dims=(None, None, 0))(weight, bias, batch),
            t.vmap(t.func.hessian(predict, argnums=2), in_dims=(None, None, 0))(weight, bias, batch),
            t.vmap(t.func.jacrev(predict_with_output, argnums=2, has_aux=True), in_dims=(None, None, 0))(
                weight, bias, batch
            ),
            hvp(lambda a: predict(weight, bias, a).sum(), x, batch[0]),
            t.func.jvp(t.func.grad(lambda a: predict(weight, bias, a).sum()), (x,), (batch[0],)),
        )  # fmt: skip

    same(program)


# ------------------------------------------------------------------------------------------------ functional_call


def tied(nn):
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False)
            self.b.weight = self.a.weight
            self.register_buffer("count", self.a.weight.detach()[0, 0] * 0)

        def forward(self, x, scale=1.0):
            self.count = self.count + 1
            return self.b(self.a(x)) * scale

    return Tied()


def called(t, module, *arguments, **keywords):
    return t.func.functional_call(module, *arguments, **keywords)


CALLS = {
    "parameters": lambda t, d, m: called(t, m, {"a.weight": d.normal(2, 2)}, d.normal(2)),
    "a tuple of arguments": lambda t, d, m: called(t, m, {"a.weight": d.normal(2, 2)}, (d.normal(2), 3.0)),
    "keywords": lambda t, d, m: called(t, m, {}, d.normal(2), {"scale": 2.0}),
    "only keywords": lambda t, d, m: called(t, m, {}, None, {"x": d.normal(2)}),
    "dictionaries": lambda t, d, m: called(t, m, ({"a.weight": d.normal(2, 2)}, {"count": d.normal()}), d.normal(2)),
    "a list of dictionaries": lambda t, d, m: called(t, m, [{"a.weight": d.normal(2, 2)}, {}], d.normal(2)),
    "tied": lambda t, d, m: called(t, m, {"b.weight": d.normal(2, 2)}, d.normal(2)),
    "not tied": lambda t, d, m: called(t, m, {"b.weight": d.normal(2, 2)}, d.normal(2), tie_weights=False),
    "both, not tied": lambda t, d, m: called(
        t, m, {"a.weight": d.normal(2, 2), "b.weight": d.normal(2, 2)}, d.normal(2), tie_weights=False
    ),
    "both the same": lambda t, d, m: (
        lambda w: called(t, m, {"a.weight": w, "b.weight": w}, d.normal(2))
    )(d.normal(2, 2)),
    "a buffer that is assigned": lambda t, d, m: (
        lambda state: (called(t, m, state, d.normal(2)), state, m.count)
    )({"count": t.tensor(5.0, dtype=t.float64)}),
    "strict": lambda t, d, m: called(
        t, m, {"a.weight": d.normal(2, 2), "count": d.of(1.0)}, d.normal(2), strict=True,
    ),
    "gradients": lambda t, d, m: t.func.grad(
        lambda w: called(t, m, {"a.weight": w}, d.normal(2)).sum()
    )(d.normal(2, 2)),
    "a new attribute": lambda t, d, m: (
        called(t, m, {"a.other": d.normal(2)}, d.normal(2)), hasattr(m.a, "other")
    ),
    "afterwards": lambda t, d, m: (called(t, m, {"a.weight": d.normal(2, 2)}, d.normal(2)), m(d.normal(2)))[1],
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_functional_call(name):
    same(lambda t, d: CALLS[name](t, d, model(t, tied)))


CALL_ERRORS = {
    "tied": lambda t, d, m: called(t, m, {"a.weight": d.normal(2, 2), "b.weight": d.normal(2, 2)}, d.normal(2)),
    "twice": lambda t, d, m: called(t, m, ({"a.weight": d.normal(2, 2)}, {"a.weight": d.normal(2, 2)}), d.normal(2)),
    "no dictionary": lambda t, d, m: called(t, m, 3, d.normal(2)),
    "no dictionaries": lambda t, d, m: called(t, m, (3,), d.normal(2)),
    "missing": lambda t, d, m: called(t, m, {"a.weight": d.normal(2, 2)}, d.normal(2), strict=True),
    "unexpected": lambda t, d, m: called(
        t, m, {"a.weight": d.normal(2, 2), "c": d.normal(1)}, d.normal(2), strict=True
    ),
    "no module": lambda t, d, m: called(t, m, {"c.weight": d.normal(2, 2)}, d.normal(2)),
    "not a tensor": lambda t, d, m: called(t, m, {"a.weight": 3.0}, d.normal(2)),
    "stack nothing": lambda t, d, m: t.func.stack_module_state([]),
    "stack modes": lambda t, d, m: t.func.stack_module_state([m, model(t, tied).eval()]),
    "stack classes": lambda t, d, m: t.func.stack_module_state([m, m.a]),
    "stack requires_grad": lambda t, d, m: t.func.stack_module_state([m, model(t, tied).requires_grad_(False)]),
}  # fmt: skip


@pytest.mark.parametrize("name", CALL_ERRORS)
def test_errors_of_functional_call(name):
    same_error(lambda t, d: CALL_ERRORS[name](t, d, model(t, tied)))


def test_a_module_is_itself_again_after_an_error():
    for t in LIBRARIES:
        module = model(t, tied)
        before = dict(module.named_parameters())
        with pytest.raises(RuntimeError):
            t.func.functional_call(module, {"a.weight": t.ones(2, 2, dtype=t.float64)}, t.ones(3, dtype=t.float64))
        assert all(x is before[name] for name, x in module.named_parameters())
