"""Indexing, gathering, scattering: what is refused, and that a refusal leaves everything as it was."""

import warnings

import numpy as np
import pytest

import wengert as t
from wengert.autograd import forward_ad

INTEGERS = ("uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64")
# Positions that no tensor has.
FAR = (3, -4, 2**31, 2**40, 2**62, 2**63 - 1, -(2**63), -(2**40))


def reads(x, index):
    """Every function that reads or writes `x`, of shape (3, 4), at positions along its first dimension."""
    rows, full = index.reshape(-1), index.reshape(-1, 1)
    return {
        "x[i]": lambda: x[index], "x[i, :]": lambda: x[index, :], "x[..., None, i]": lambda: x.t()[..., None, rows],
        "x[i, i]": lambda: x[rows, rows.clamp(min=0, max=0)], "gather": lambda: x.gather(0, full),
        "take": lambda: x.take(index * 4), "index_select": lambda: x.index_select(0, rows),
        "take_along_dim": lambda: t.take_along_dim(x, full, 0),
        "x[i] =": lambda: x.__setitem__(index, 1.0), "scatter": lambda: x.scatter_(0, full, 1.0),
        "scatter_add": lambda: x.scatter_add_(0, full, t.ones(*full.shape)),
        "scatter_reduce": lambda: x.scatter_reduce_(0, full, t.ones(*full.shape), "amax"),
        "index_add": lambda: x.index_add_(0, rows, t.ones(rows.numel(), 4)),
        "index_copy": lambda: x.index_copy_(0, rows, t.ones(rows.numel(), 4)),
        "index_fill": lambda: x.index_fill_(0, rows, 1.0),
        "index_put": lambda: x.index_put_((rows,), t.ones(4)),
        "accumulate": lambda: x.index_put_((rows,), t.ones(4), accumulate=True),
        "index_reduce": lambda: x.index_reduce_(0, rows, t.ones(rows.numel(), 4), "prod"),
        "put": lambda: x.put_(rows * 4, t.ones(rows.numel())),
    }  # fmt: skip


def fresh():
    return t.arange(12.0).reshape(3, 4)


@pytest.mark.parametrize("name", reads(fresh(), t.tensor([0])))
@pytest.mark.parametrize("far", FAR)
def test_positions_out_of_range(name, far):
    x = fresh()
    for index in (t.tensor([0, far]), t.tensor([far]), t.tensor([[1, far]])):
        if name in ("take", "put") and abs(far) > 2**60:
            continue  # multiplied, it may be in range again
        with pytest.raises((IndexError, RuntimeError), match=r"out of (bounds|range)"):
            reads(x, index)[name]()
        assert x.equal(fresh()), "nothing is written"


@pytest.mark.parametrize("name", reads(fresh(), t.tensor([0])))
def test_no_positions_at_all(name):
    for shape in ((0,), (2, 0), (0, 2)):
        x = fresh()
        found = reads(x, t.empty(shape, dtype=t.int64))[name]()
        assert x.equal(fresh())
        assert found is None or found is x or found.numel() == 0


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_of_every_type_as_positions(dtype):
    x, index = fresh(), t.tensor([2, 0]).to(getattr(t, dtype))
    if dtype == "uint8":
        with pytest.warns(UserWarning, match="uint8 is now deprecated"):
            with pytest.raises(IndexError, match="shape of the mask"):
                x[index]
    elif dtype in ("int32", "int64"):
        assert x[index].equal(x[[2, 0]])
    else:
        with pytest.raises(IndexError, match="must be long, int, byte or bool tensors"):
            x[index]
    single = t.tensor(2).to(getattr(t, dtype))
    assert x[single].shape == ((1, 3, 4) if dtype == "uint8" else (4,))
    assert x[np.dtype(dtype).type(2)].equal(x[2])
    for call in (
        lambda: x.gather(0, index.reshape(1, 2)), lambda: x.scatter(0, index.reshape(1, 2), 1.0),
        lambda: x.index_select(0, index), lambda: x.index_add(0, index, t.ones(2, 4)),
    ):  # fmt: skip
        if dtype in ("int32", "int64"):
            call()
        else:
            with pytest.raises(RuntimeError, match=r"[Ee]xpected"):
                call()


@pytest.mark.parametrize("shape", [(2,), (4,), (3, 3), (3, 4, 1), (0,), (1,), (3, 1)])
def test_masks_of_a_wrong_shape(shape):
    x, mask = fresh(), t.ones(*shape, dtype=t.bool)
    message = "too many indices" if len(shape) > 2 else "shape of the mask"
    for call in (lambda: x[mask], lambda: x.__setitem__(mask, 1.0), lambda: x.__setitem__(mask, t.ones(2))):
        with pytest.raises(IndexError, match=message):
            call()
    assert x.equal(fresh())


def test_read_only_memory_is_not_written():
    array = np.arange(12, dtype=np.float32).reshape(3, 4)
    array.flags.writeable = False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        x = t.from_numpy(array)
    calls = reads(x, t.tensor([0, 2]))
    refused = set()
    for name, call in calls.items():
        try:
            call()
        except RuntimeError as error:
            assert "read-only" in str(error)
            refused.add(name)
    assert refused == set(calls) - {
        "x[i]", "x[i, :]", "x[..., None, i]", "x[i, i]", "gather", "take", "index_select", "take_along_dim"
    }
    for index in (0, slice(1), x > 3, ...):
        with pytest.raises(RuntimeError, match="read-only"):
            x[index] = 1.0
    assert np.array_equal(array, np.arange(12).reshape(3, 4))


def test_memory_of_any_layout():
    array = np.arange(24.0).reshape(4, 6)
    for view in (array[::-1, ::-2], array.T, array[::2], array[:, 1:3]):
        own = view.copy()
        x = t.from_numpy(view[:]) if all(s >= 0 for s in view.strides) else t.from_numpy(view.copy())
        x[t.tensor([1, 0])] = -1.0
        own[[1, 0]] = -1.0
        assert np.array_equal(x.numpy(), own)
    index = t.from_numpy(np.arange(6)[::2].copy())[[2, 0]]
    assert t.arange(9).take(index).tolist() == [4, 0]


def test_an_expanded_tensor_is_not_written():
    x = t.zeros(1, 3).expand(2, 3)
    i = t.tensor([0, 1, 2])
    x[0] = 0.5  # a part of it that is no expanded one
    assert x.tolist() == [[0.5] * 3] * 2
    for call in (lambda: x.__setitem__(..., 1.0), lambda: x.__setitem__(t.tensor([0]), 1.0), lambda: x.put_(i, x[0])):
        with pytest.raises(RuntimeError, match="more than one element of the written-to tensor"):
            call()


def test_what_is_written_may_share_memory():
    x = t.arange(5.0)
    x[t.tensor([1, 2, 3])] = x[:3]
    assert x.tolist() == [0, 0, 1, 2, 4]
    x = t.arange(4.0)
    x[1:] = x[:3]
    assert x.tolist() == [0, 0, 1, 2]
    x = t.ones(3)
    x.index_put_((t.tensor([0, 0, 1]),), x, accumulate=True)
    assert x.tolist() == [3, 2, 1]


def test_assigned_lists_and_arrays():
    x = t.zeros(2, 3)
    x[0] = [1, 2.5, True]
    x[1] = np.arange(3)
    assert x.tolist() == [[1, 2.5, 1], [0, 1, 2]]
    a = t.tensor(2.0, requires_grad=True)
    y = t.zeros(2)
    y[:] = [a, a * a]
    y.sum().backward()
    assert a.grad.item() == 5.0
    for value in ("a", None, {}, object()):
        with pytest.raises(TypeError, match="can't assign"):
            x[0] = value
    with pytest.raises(RuntimeError, match="without overflow"):
        x.to(t.uint8)[0] = 300


def test_a_leaf_is_not_written_where_its_gradient_is_wanted():
    x = t.zeros(3, requires_grad=True)
    for index in (0, slice(1), t.tensor([0]), x > 1, [0, 1]):
        with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
            x[index] = 1.0
    with t.no_grad():
        x[t.tensor([0])] = 1.0
    assert x.tolist() == [1, 0, 0] and x._version == 1


def test_a_write_counts_as_a_change():
    x = t.ones(3, requires_grad=True) * 1
    y = x.exp()
    y[t.tensor([0])] = 5.0
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


@pytest.mark.parametrize("write", [
    lambda x, v: x.__setitem__(t.tensor([0, 0]), v), lambda x, v: x.index_copy_(0, t.tensor([0, 0]), v),
    lambda x, v: x.put_(t.tensor([0, 0]), v), lambda x, v: x.index_put_((t.tensor([0, 0]),), v),
    lambda x, v: x.scatter_(0, t.tensor([0, 0]), v),
])  # fmt: skip
def test_of_what_is_written_to_one_place_the_last_has_the_gradient(write):
    v = t.tensor([1.0, 2.0], requires_grad=True)
    x = t.zeros(2) * 1
    write(x, v)
    assert x.tolist() == [2, 0]
    x.sum().backward()
    assert v.grad.tolist() == [0, 1]
    with forward_ad.dual_level():
        x = t.zeros(2)
        dual = forward_ad.make_dual(v.detach(), t.tensor([10.0, 20.0]))
        write(x, dual)
        assert forward_ad.unpack_dual(x).tangent.tolist() == [20, 0]


def test_masks_under_vmap():
    x, mask = t.arange(6.0).reshape(2, 3), t.tensor([[True, False, True], [False, False, True]])

    def write(row, chosen):
        row = row.clone()
        row[chosen] = -1.0
        return row

    assert t.vmap(write)(x, mask).tolist() == [[-1, 1, -1], [3, 4, -1]]
    for read in (lambda row, chosen: row[chosen], lambda row, chosen: chosen.nonzero()):
        with pytest.raises(RuntimeError, match="data-dependent control flow"):
            t.vmap(read)(x, mask)


def test_products_with_several_zeros_have_second_derivatives():
    index = t.tensor([0, 0, 0, 1])
    x = t.tensor([1.0, 2.0], dtype=t.float64, requires_grad=True)
    src = t.tensor([0.0, 0.0, 3.0, 0.0], dtype=t.float64, requires_grad=True)

    def f(x, src):
        return x.scatter_reduce(0, index, src, "prod")

    assert t.autograd.gradcheck(f, (x, src)) and t.autograd.gradgradcheck(f, (x, src))


@pytest.mark.parametrize("first, second", [(..., ...), (0, ...), (..., 0)])
def test_a_second_ellipsis_stands_for_the_dimensions_that_are_left(first, second):
    x = t.arange(3.0)
    assert x[first, second].equal(x if first is second else x[0])


def test_lists_that_are_taken_for_tuples_are_warned_about():
    x = t.arange(6).reshape(2, 3)
    with pytest.warns(UserWarning, match="non-tuple sequence"):
        assert x[[[0, 1], [1, 2]]].tolist() == [1, 5]


@pytest.mark.parametrize("index, error, sentence", [
    ([[[1], [0, 1, 2]]], ValueError, "expected sequence of length 1 at dim 1 (got 3)"),
    ([[[[0], [1]], [[0], [1, 0]]]], ValueError, "expected sequence of length 1 at dim 2 (got 2)"),
    ([[0, [1, 1]]], TypeError, "not a sequence"),
    ([[t.zeros(1), t.ones(2, 3)], 0], TypeError, "only integer tensors of a single element"),
])  # fmt: skip
def test_nested_lists_that_are_no_array(index, error, sentence):
    with pytest.raises(error) as raised:
        t.arange(6.0).reshape(2, 3)[tuple(index)]
    assert str(raised.value).startswith(sentence)
