"""vmap: what a function of one entry computes for a batch, against a loop over the entries."""

import warnings

import numpy as np
import pytest

import wengert as torch
from wengert.core import Operation
from wengert.func import grad, jvp, vmap
from wengert.ops import batching


@pytest.fixture
def x():
    return torch.tensor(np.random.default_rng(0).normal(size=(3, 4)))


def loop(function, *batches):
    return torch.stack([function(*entries) for entries in zip(*batches, strict=True)])


def close(found, expected):
    assert found.shape == expected.shape and found.dtype is expected.dtype
    np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-12, atol=1e-14)


# ------------------------------------------------------------------------------------------------ inputs and outputs


def test_maps_over_the_first_dimension(x):
    assert vmap(lambda a: a.shape[0] * a.sum())(x).tolist() == (4 * x.sum(1)).tolist()


def test_in_dims_and_out_dims(x):
    close(vmap(lambda a: a * 2, in_dims=1, out_dims=1)(x), x * 2)
    close(vmap(lambda a: a * 2, in_dims=-1)(x), x.t() * 2)
    close(vmap(lambda a, b: a + b, in_dims=(0, None))(x, x[0]), x + x[0])
    close(vmap(lambda a: torch.ones(2, dtype=torch.float64) * a.sum(), out_dims=-1)(x), (x.sum(1) * torch.ones(2, 1)))


def test_trees(x):
    def function(pair, *, scale):
        first, inside = pair
        return {"sum": first + inside["b"] * scale, "all": [first, (inside["b"],)]}

    out = vmap(function, in_dims=((0, {"b": None}),))((x, {"b": x[0]}), scale=3)
    close(out["sum"], x + x[0] * 3)
    close(out["all"][0], x)
    close(out["all"][1][0], x[0].expand(3, 4))
    first, second = vmap(lambda a: (a, a.sum()), out_dims=(1, 0))(x)
    close(first, x.t())
    close(second, x.sum(1))


def test_a_constant_result_is_repeated(x):
    assert vmap(lambda a: torch.ones(2))(x).tolist() == [[1.0, 1.0]] * 3
    assert vmap(lambda a: torch.ones(2), out_dims=None)(x).tolist() == [1.0, 1.0]
    assert vmap(lambda a: (a, 7), out_dims=(0, None))(x)[1] == 7


def test_an_empty_batch():
    assert vmap(lambda a: (a * 2).sum())(torch.ones(0, 3)).shape == (0,)


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_chunks(x, size):
    found = vmap(lambda a, b: (a * b, a.sum()), in_dims=(0, None), out_dims=(1, 0), chunk_size=size)(x, x[1])
    close(found[0], (x * x[1]).t())
    close(found[1], x.sum(1))


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda x: vmap(lambda: 1)(), ValueError, "got no inputs"),
        (lambda x: vmap(lambda a: a, in_dims=None)(x), ValueError, "expected `in_dims` to be int or a"),
        (lambda x: vmap(lambda a: a, in_dims=5)(x), ValueError, "expected in_dim to satisfy -2 <= in_dim < 2"),
        (
            lambda x: vmap(lambda a: a, in_dims=(0, 0))(x),
            ValueError,
            "in_dims is not compatible with the structure of `inputs`",
        ),
        (lambda x: vmap(lambda a, b: a, in_dims=(0, 0))(x, 3), ValueError, "We cannot vmap over non-Tensor arguments"),
        (lambda x: vmap(lambda a, b: a)(x, x[:2]), ValueError, r"got sizes \[3, 2\] for the mapped dimension"),
        (lambda x: vmap(lambda a: 3)(x), ValueError, "must only return Tensors, got type <class 'int'>"),
        (
            lambda x: vmap(lambda a: a, out_dims=None)(x),
            ValueError,
            "can not return a BatchedTensor when out_dim is None",
        ),
        (
            lambda x: vmap(lambda a: (a, a), out_dims=(0,))(x),
            ValueError,
            "out_dims is not compatible with the structure",
        ),
        (
            lambda x: vmap(lambda a: a, out_dims="a")(x),
            ValueError,
            "`out_dims` must be an int, None or a python collection",
        ),
        (lambda x: vmap(lambda a: a, out_dims=5)(x), IndexError, "Dimension out of range"),
        (lambda x: vmap(lambda a: a, chunk_size=0)(x), ValueError, "chunk_size should be None or greater than 0"),
        (lambda x: vmap(lambda a: a, randomness="x")(x), RuntimeError, "Only allowed values for randomness"),
        (lambda x: vmap(lambda a: a.sum().item())(x), RuntimeError, r"calling .item\(\) on a Tensor"),
        (lambda x: vmap(lambda a: float(a.sum()))(x), RuntimeError, r"calling .item\(\) on a Tensor"),
        (lambda x: vmap(lambda a: a if a.sum() > 0 else -a)(x), RuntimeError, "data-dependent control flow"),
        (lambda x: vmap(lambda a: a[a > 0])(x), RuntimeError, "data-dependent"),
        (lambda x: vmap(lambda a: a.nonzero())(x), RuntimeError, "data-dependent"),
        (lambda x: vmap(lambda a: a.numpy())(x), RuntimeError, "Cannot access data pointer"),
        (lambda x: vmap(lambda a: torch.zeros(4).add_(a))(x), RuntimeError, "inplace arithmetic"),
        (lambda x: vmap(lambda a: a.add_(torch.ones(2, 4)))(x), RuntimeError, "doesn't match the broadcast shape"),
        (lambda x: vmap(lambda a: a.sum(1))(x), IndexError, r"expected to be in range of \[-1, 0\], but got 1"),
    ],
)
def test_bad_use_is_an_error_of_pytorchs_type(x, call, kind, message):
    with pytest.raises(kind, match=message):
        call(x)
    close(vmap(lambda a: a + 1)(x), x + 1)


def test_a_tensor_that_escaped_is_recognised(x):
    kept = []
    vmap(lambda a: kept.append(a) or a)(x)
    with pytest.raises(RuntimeError, match="may have escaped from inside a function being vmapped"):
        kept[0] + 1


# ------------------------------------------------------------------------------------------------ operations


def test_broadcasting_lines_up_from_the_right_inside_an_entry(x):
    matrix = torch.tensor(np.random.default_rng(1).normal(size=(3, 2, 4)))
    close(vmap(lambda a, b: a * b)(x, matrix), loop(lambda a, b: a * b, x, matrix))
    close(vmap(lambda a, b: a * b, in_dims=(0, None))(x, matrix), loop(lambda a: a * matrix, x))


def test_promotion_counts_the_dimensions_of_an_entry():
    numbers = torch.ones(3, dtype=torch.float64)  # without dimensions, as entries
    assert vmap(lambda a: a * torch.ones(2))(numbers).dtype is torch.float32
    assert vmap(lambda a, b: a * b)(numbers, torch.ones(3, 2)).dtype is torch.float32
    assert vmap(lambda a: a * 2.5)(torch.ones(3, dtype=torch.int64)).dtype is torch.float32


def test_entries_without_dimensions():
    x = torch.tensor([1.0, 2.0, 3.0])
    assert vmap(lambda a: a.sum(0))(x).tolist() == [1.0, 2.0, 3.0]
    assert vmap(lambda a: a.sum(-1, keepdim=True))(x).tolist() == [1.0, 2.0, 3.0]
    assert vmap(lambda a: torch.softmax(a, 0))(x).tolist() == [1.0, 1.0, 1.0]
    assert vmap(lambda a: a.unsqueeze(0).expand(2))(x).tolist() == [[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]
    with pytest.raises(IndexError, match="cannot be applied to a 0-dim tensor"):
        vmap(lambda a: a.select(0, 0))(x)


def test_indexing_by_tensors_of_the_batch(x):
    index = torch.tensor([1, 3, 0])
    close(vmap(lambda a, i: a[i])(x, index), loop(lambda a, i: a[i], x, index))
    close(vmap(lambda a, i: a.index_select(0, i))(x, index.reshape(3, 1)), loop(lambda a, i: a[i].reshape(1), x, index))


def test_sorting(x):
    close(vmap(lambda a: a.sort().values)(x), x.sort(1).values)
    close(vmap(lambda a: a.topk(2).indices)(x), x.topk(2, 1).indices)
    assert vmap(lambda a: a.argmax())(x).tolist() == x.argmax(1).tolist()
    assert vmap(lambda a: a.argmax(keepdim=True))(x.reshape(3, 2, 2)).tolist() == x.argmax(1).reshape(3, 1, 1).tolist()


def test_in_place_operations(x):
    expected = x * 2 + 1

    def function(a):
        b = a.clone()
        b.mul_(2)
        b += 1
        return b

    close(vmap(function)(x), expected)

    def written(a):
        out = torch.zeros_like(a)
        out[1:3] = a[:2]
        out[0].fill_(9.0)
        return out

    close(vmap(written)(x), loop(written, x))
    given = x.clone()
    vmap(lambda a: a.mul_(3), in_dims=1)(given)
    close(given, x * 3)


def test_nested(x):
    close(vmap(vmap(lambda a: a * a))(x), x * x)
    close(vmap(lambda a: vmap(lambda b: a * b)(x))(x), loop(lambda a: loop(lambda b: a * b, x), x))
    close(vmap(vmap(lambda a, b: a @ b, (0, None)), (None, 0))(x, x), (x @ x.t()).t())


def test_an_operation_without_a_rule_is_looped_over_and_says_so_once():
    # Made for this test, and never entered in the registry.
    total_power = Operation(
        "total_power(input, power)", "general", lambda x, power: np.asarray((x**power).sum()),
        {"input": lambda g, input, power: g * power * input ** (power - 1)},
    )  # fmt: skip
    assert batching.mode_of(total_power) == "loop"
    x = torch.arange(12.0).reshape(3, 4)
    with pytest.warns(UserWarning) as told:
        found = vmap(lambda a: total_power(a, 2))(x)
    assert found.tolist() == [14.0, 126.0, 366.0]
    (message,) = [str(warning.message) for warning in told]
    assert "we have not yet implemented the batching rule for total_power" in message
    assert "`total_power(a, 2)` at " in message and "test_vmap.py:" in message
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        vmap(lambda a: total_power(a, 3))(x)
        # The loop is differentiated, mapped over again, and runs on no entries at all.
        close(vmap(grad(lambda a: total_power(a, 2)))(x), 2 * x)
        assert vmap(vmap(lambda a: total_power(a, 2)))(x).tolist() == (x * x).tolist()
        assert vmap(lambda a, b: total_power(a, 2) * b, (None, 0))(x[0], x[:, 0]).tolist() == [0.0, 56.0, 112.0]
        assert vmap(lambda a: total_power(a, 2))(x[:0]).shape == (0,)
        close(vmap(lambda a, t: jvp(lambda b: total_power(b, 2), (a,), (t,))[1])(x, x), 2 * (x * x).sum(1))


def test_a_loop_over_lists_and_several_results():
    both = Operation(
        "sum_and_largest(tensors)", "general",
        lambda arrays: (np.asarray(sum(arrays)), np.asarray(np.max(np.concatenate(arrays)))),
        {"tensors": lambda g, tensors: [g[0] for _ in tensors]}, outputs=("total", "largest"),
        differentiable_outputs=("total",), takes_list=True,
    )  # fmt: skip
    x = torch.arange(6.0).reshape(2, 3)
    with pytest.warns(UserWarning, match="the batching rule for sum_and_largest"):
        total, largest = vmap(lambda a: both([a, torch.ones(3), a * 2]))(x)
    assert total.tolist() == (3 * x + 1).tolist() and largest.tolist() == [4.0, 10.0]


def test_layers():
    from wengert.nn import functional as F

    rng = np.random.default_rng(3)
    images, weights, bias = (torch.tensor(rng.normal(size=s)) for s in [(3, 2, 2, 6, 6), (3, 4, 2, 3, 3), (3, 4)])

    def layer(image, weight, bias):
        return F.max_pool2d(F.relu(F.conv2d(image, weight, bias)), 2)

    close(vmap(layer)(images, weights, bias), loop(layer, images, weights, bias))
    close(
        vmap(layer, (0, None, None))(images, weights[0], bias[0]), loop(lambda a: layer(a, weights[0], bias[0]), images)
    )


# ------------------------------------------------------------------------------------------------ randomness


def test_randomness():
    x = torch.zeros(4)
    for draw in (
        lambda: torch.rand(2),
        lambda: torch.randn(2),
        lambda: torch.randperm(5),
        lambda: torch.randint(9, (2,)),
    ):
        with pytest.raises(RuntimeError, match="called random operation while in randomness error mode"):
            vmap(lambda a, draw=draw: draw() + a)(x)
    torch.manual_seed(0)
    different = vmap(lambda a: torch.rand(2) + a, randomness="different")(x)
    assert len({tuple(row) for row in different.tolist()}) == 4
    same = vmap(lambda a: torch.rand(2) + a, randomness="same")(x)
    assert len({tuple(row) for row in same.tolist()}) == 1
    orders = vmap(lambda a: torch.randperm(6), randomness="different")(x)
    assert all(sorted(row) == [0, 1, 2, 3, 4, 5] for row in orders.tolist())
    nested = vmap(lambda a: vmap(lambda b: torch.rand(()) + b, randomness="different")(x), randomness="different")(x)
    assert nested.shape == (4, 4) and len(set(nested.reshape(-1).tolist())) == 16
    in_place = vmap(lambda a: torch.zeros_like(a).uniform_(), randomness="different")(x)
    assert len(set(in_place.tolist())) == 4
    with pytest.raises(RuntimeError, match="different inplace randomness on an unbatched tensor"):
        vmap(lambda a: torch.zeros(2).uniform_() + a, randomness="different")(x)


def test_dropout_differs_between_entries_if_asked():
    from wengert.nn import functional as F

    x = torch.ones(8, 16)
    kept = vmap(lambda a: F.dropout(a, 0.5), randomness="different")(x)
    assert len({tuple(row) for row in kept.tolist()}) > 1
    kept = vmap(lambda a: F.dropout(a, 0.5), randomness="same")(x)
    assert len({tuple(row) for row in kept.tolist()}) == 1


# ------------------------------------------------------------------------------------------------ with derivatives


def test_history_goes_through(x):
    w = x[0].clone().requires_grad_()
    y = vmap(lambda a: (a * w).sum())(x)
    assert y.requires_grad
    (y * torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)).sum().backward()
    close(w.grad, x[0] + 2 * x[1] + 3 * x[2])
    given = x.clone().requires_grad_()
    (g,) = torch.autograd.grad(vmap(lambda a: (a * a).sum(), in_dims=1)(given).sum(), given)
    close(g, 2 * x)


def test_backward_inside(x):
    def function(a):
        a = a.detach().requires_grad_()
        y = (a**3).sum()
        y.backward(retain_graph=True)
        (g,) = torch.autograd.grad(y, a)
        return a.grad, g

    first, second = vmap(function)(x)
    close(first, 3 * x**2)
    close(second, 3 * x**2)


def test_in_place_on_views_inside_with_gradients(x):
    def function(a):
        b = a * 1.0
        b[:2].mul_(5)
        return (b * b).sum()

    close(vmap(grad(function))(x), loop(grad(function), x))


def test_a_batch_of_cotangents(x):
    given = x[0].clone().requires_grad_()
    y = given**2
    vectors = torch.eye(4, dtype=torch.float64)
    (rows,) = torch.autograd.grad(y, given, vectors, is_grads_batched=True)
    close(rows, torch.diag(2 * x[0]))


def test_with_forward_mode(x):
    t = torch.tensor(np.random.default_rng(5).normal(size=(3, 4)))

    def along(a, v):
        return jvp(lambda b: torch.softmax(b, 0), (a,), (v,))[1]

    expected = loop(along, x, t)
    close(vmap(along)(x, t), expected)
    close(jvp(vmap(lambda b: torch.softmax(b, 0)), (x,), (t,))[1], expected)
    close(vmap(along, (None, 0))(x[0], t), loop(lambda v: along(x[0], v), t))


def test_drawing_with_probabilities():
    weights = torch.tensor([[0.0, 1.0, 0.0], [0.0, 0.0, 3.0]])
    one = vmap(lambda w: torch.multinomial(w, 5, replacement=True), randomness="different")(weights)
    assert one.tolist() == [[1] * 5, [2] * 5]
    rows = vmap(lambda w: torch.multinomial(torch.stack([w, weights[0]]), 4, replacement=True), randomness="different")
    assert rows(weights).tolist() == [[[1] * 4, [1] * 4], [[2] * 4, [1] * 4]]
    columns = vmap(lambda w: torch.multinomial(w, 1), in_dims=1, randomness="different")
    assert columns(weights.t()).tolist() == [[1], [2]]
    nested = vmap(vmap(lambda w, _: torch.multinomial(w, 40, replacement=True), (None, 0), randomness="different"),
                  (0, None), randomness="different")(torch.ones(2, 3), torch.ones(4))  # fmt: skip
    assert nested.shape == (2, 4, 40) and len({tuple(row) for row in nested.reshape(8, 40).tolist()}) == 8
    shared = vmap(lambda x: torch.multinomial(torch.ones(9), 9), randomness="same")(torch.ones(3))
    assert shared[0].tolist() == shared[1].tolist() == shared[2].tolist()
    with pytest.raises(RuntimeError, match="does not currently support same randomness with a batched tensor input"):
        vmap(lambda w: torch.multinomial(w, 1), randomness="same")(weights)
    p = torch.tensor([0.0, 1.0])
    assert vmap(lambda q: torch.zeros_like(weights[0]) + torch.empty_like(q).bernoulli_(q), randomness="different")(
        p
    ).tolist() == [[0.0] * 3, [1.0] * 3]
    target = torch.full((3, 2), 7.0)
    vmap(lambda row, q: row.bernoulli_(q), in_dims=(1, 0), randomness="different")(target, p)
    assert target.tolist() == [[0.0, 1.0]] * 3


def test_looking_inside(x):
    from wengert.func import debug_unwrap

    seen = []
    vmap(vmap(lambda a: seen.append(a) or a))(x)
    assert debug_unwrap(seen[0]).shape == (3, 4) and debug_unwrap(debug_unwrap(seen[0], recurse=False))._level == 0
    assert debug_unwrap(x) is x
    jvp(lambda a: seen.append(a) or a, (x,), (x,))
    assert debug_unwrap(seen[1]).tolist() == x.tolist()
