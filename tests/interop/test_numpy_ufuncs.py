"""NumPy's ufuncs on tensors: every one of them, in every form that NumPy has for it."""

import functools
import itertools

import numpy as np
import pytest

import wengert

from .finite_differences import check_gradient

rng = np.random.default_rng(5)
SMALL = rng.uniform(0.1, 0.9, (3, 4))
LARGE = rng.uniform(1.1, 2.5, (3, 4))
SIGNED = np.where(rng.random((3, 4)) < 0.5, -1, 1) * rng.uniform(0.2, 1.8, (3, 4))
WHOLE = rng.integers(0, 6, (3, 4))

# Operands of each; those not named take SMALL.
DOMAIN = {"arccosh": (LARGE,), "arctanh": (SMALL,), "logical_not": (WHOLE,), "invert": (WHOLE,),
          "bitwise_count": (WHOLE,)}  # fmt: skip
WHOLE_ONLY = {"bitwise_and", "bitwise_or", "bitwise_xor", "invert", "left_shift", "right_shift", "gcd", "lcm",
              "bitwise_count"}  # fmt: skip
# Of other things than numbers, or for parts of NumPy itself.
NOT_NUMBERS = {"isnat"}
MATRICES = {"matmul", "vecdot", "matvec", "vecmat"}
STEPS = {"floor", "ceil", "trunc", "rint", "sign", "spacing", "floor_divide", "nextafter", "heaviside", "frexp"}


def all_ufuncs() -> list:
    found = {}
    for name in dir(np):
        ufunc = getattr(np, name)
        if isinstance(ufunc, np.ufunc) and ufunc.__name__ not in NOT_NUMBERS:
            found.setdefault(ufunc, name)
    return sorted(found.values())


def operands_of(name: str) -> list:
    ufunc = getattr(np, name)
    if ufunc.__name__ in WHOLE_ONLY:
        return [WHOLE, WHOLE[::-1].copy()][: ufunc.nin]
    if name in MATRICES:
        return {"matmul": [SMALL, LARGE.T.copy()], "vecdot": [SMALL, LARGE], "matvec": [SMALL, LARGE[0]],
                "vecmat": [LARGE[:, 0].copy(), SMALL]}[name]  # fmt: skip
    if name == "ldexp":
        return [SMALL, WHOLE]
    if ufunc.nin == 1:
        return list(DOMAIN.get(ufunc.__name__, (SMALL,)))
    return [SIGNED, LARGE] if name not in ("power", "float_power", "pow") else [LARGE, SIGNED]


def values(result):
    if isinstance(result, tuple):
        return [values(x) for x in result]
    return result.detach().numpy() if isinstance(result, wengert.Tensor) else result


def compare(found, wanted):
    if isinstance(wanted, (tuple, list)):
        for f, w in zip(found, wanted, strict=True):
            compare(f, w)
        return
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-14)
    assert np.shape(found) == np.shape(wanted) and np.asarray(found).dtype.kind == np.asarray(wanted).dtype.kind


@pytest.mark.parametrize("name", all_ufuncs())
def test_values_and_gradients(name):
    ufunc, arrays = getattr(np, name), operands_of(name)
    found = ufunc(*[wengert.tensor(x) for x in arrays])
    for x in found if isinstance(found, tuple) else (found,):
        assert isinstance(x, wengert.Tensor)
    compare(values(found), ufunc(*arrays))
    for place in range(len(arrays)):
        mixed = [wengert.tensor(x) if k == place else x for k, x in enumerate(arrays)]
        compare(values(ufunc(*mixed)), ufunc(*arrays))
    results = ufunc(*arrays)
    floating = [np.asarray(r).dtype.kind == "f" for r in (results if isinstance(results, tuple) else (results,))]
    if any(floating) and ufunc.__name__ not in STEPS:
        for place, operand in enumerate(arrays):
            if operand.dtype.kind == "f" and (ufunc.__name__, place) not in {("copysign", 1), ("remainder", 1)}:
                check_gradient(ufunc, arrays, place)


@pytest.mark.parametrize("name", all_ufuncs())
def test_out(name):
    """`out=` as a tensor is written, and what is written is in the graph; as an array it holds the values."""
    ufunc, arrays = getattr(np, name), operands_of(name)
    wanted = ufunc(*arrays)
    several = wanted if isinstance(wanted, tuple) else (wanted,)
    arrays_out = tuple([np.zeros_like(w) for w in several])
    result = ufunc(*[wengert.tensor(x) for x in arrays], out=arrays_out)
    assert all([r is o for r, o in zip(result if isinstance(result, tuple) else (result,), arrays_out, strict=True)])
    compare(list(arrays_out), list(several))
    tensors_out = tuple([wengert.tensor(np.zeros_like(w)) for w in several])
    result = ufunc(*[wengert.tensor(x) for x in arrays], out=tensors_out if len(tensors_out) > 1 else tensors_out[0])
    assert all([r is o for r, o in zip(result if isinstance(result, tuple) else (result,), tensors_out, strict=True)])
    compare([values(t) for t in tensors_out], list(several))


def test_out_is_recorded():
    def program(x):
        y = np.zeros_like(x)
        np.multiply(x, x, out=y)
        np.sin(y, out=y)
        np.add(y, x, y)
        return y

    check_gradient(program, [SIGNED])


def test_out_of_another_type_or_shape():
    x = wengert.tensor(SMALL)
    with pytest.raises(TypeError, match="Cannot cast ufunc 'exp' output from dtype.'float64'. to dtype.'int64'."):
        np.exp(x, out=np.zeros((3, 4), np.int64))
    with pytest.raises(TypeError, match="Cannot cast ufunc 'exp' output"):
        np.exp(x, out=wengert.zeros(3, 4, dtype=wengert.int64))
    out = wengert.zeros(3, 4, dtype=wengert.int64)
    np.exp(x, out=out, casting="unsafe")
    assert out.tolist() == np.exp(SMALL).astype(int).tolist()
    with pytest.raises(ValueError, match="non-broadcastable output operand with shape \\(4, 3\\)"):
        np.exp(x, out=np.zeros((4, 3)))
    with pytest.raises(TypeError, match="out must be a tensor or an array"):
        np.add(x, 1, out=[0])
    wide = np.zeros((2, 3, 4))
    assert np.add(x, 1.0, out=wide) is wide and np.array_equal(wide, np.broadcast_to(SMALL + 1, (2, 3, 4)))
    narrow = np.zeros((3, 4), np.float32)
    np.exp(x, out=narrow)
    assert np.allclose(narrow, np.exp(SMALL))


MASK = rng.random((3, 4)) < 0.6


@pytest.mark.parametrize("out", [False, True])
def test_where(out):
    def program(x):
        if out:
            base = np.zeros_like(x) + 7.0
            return np.log(x, out=base, where=MASK)
        return np.log(x, where=MASK, out=np.zeros_like(x))

    check_gradient(program, [SMALL])
    found = program(wengert.tensor(SMALL))
    assert np.allclose(found.numpy(), program(SMALL))


def test_where_keeps_gradients_out_of_what_is_left_out():
    x = wengert.tensor([0.0, 4.0], requires_grad=True)
    y = np.divide(1.0, x, where=x != 0, out=np.zeros_like(x))
    y.sum().backward()
    assert y.tolist() == [0, 0.25] and x.grad.tolist() == [0, -0.0625]
    z = np.sqrt(x, where=np.array([False, True]))
    assert z.tolist() == [0, 2]
    with pytest.raises(TypeError, match="where must be boolean"):
        np.sqrt(x, where=x)


def test_dtype_and_casting():
    x = wengert.tensor([1, 2, 3])
    assert np.sqrt(x, dtype=np.float64).dtype is wengert.float64
    assert np.add(x, 1, dtype="float32").dtype is wengert.float32
    assert np.equal(x, 2, dtype=bool).tolist() == [False, True, False]
    with pytest.raises(TypeError, match="Cannot cast ufunc 'add' input"):
        np.add(wengert.tensor([1.5]), 1, dtype=np.int64)
    assert np.add(wengert.tensor([1.5]), 1, dtype=np.int64, casting="unsafe").tolist() == [2]
    check_gradient(lambda x: np.multiply(x, x, dtype=np.float64), [SMALL])


# ------------------------------------------------------------------------------------------------ types


def test_types_are_wengerts():
    single, whole = wengert.ones(2), wengert.tensor([1, 2])
    assert (np.float64(2) * single).dtype is wengert.float32 and (single * np.float64(2)).dtype is wengert.float32
    assert (np.ones(2) * single).dtype is wengert.float64 and (single * np.ones(2)).dtype is wengert.float64
    assert (np.ones(()) * single).dtype is wengert.float32
    assert np.sin(whole).dtype is wengert.float32 and (whole * 1.5).dtype is wengert.float32
    assert (np.array([1, 2]) + single).dtype is wengert.float32
    assert (np.ones(2, np.float32) + whole).dtype is wengert.float32
    assert isinstance(np.float64(2) > single, wengert.Tensor) and isinstance(np.int64(1) + whole, wengert.Tensor)


@pytest.mark.parametrize("operator", ["+", "-", "*", "/", "//", "%", "**", "<", "<=", "==", "!=", ">", ">="])
def test_operators_with_arrays_and_numbers_on_either_side(operator):
    x = wengert.tensor(LARGE)
    for other in (SMALL + 1, np.float64(1.5), np.array(1.5), 2, 1.5):
        for left, right in ((x, other), (other, x)):
            found = eval(f"left {operator} right", {"left": left, "right": right})
            plain = [v.numpy() if v is x else v for v in (left, right)]
            wanted = eval(f"left {operator} right", {"left": plain[0], "right": plain[1]})
            assert isinstance(found, wengert.Tensor)
            np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-12)


def test_matrix_product_with_arrays_on_either_side():
    check_gradient(lambda a: SMALL @ a, [LARGE.T.copy()])
    check_gradient(lambda a: a @ SMALL, [LARGE.T.copy()])


def test_an_array_changed_by_a_tensor():
    array = np.ones(3)
    array *= wengert.tensor([1.0, 2.0, 3.0])
    assert isinstance(array, np.ndarray) and array.tolist() == [1, 2, 3]
    with pytest.raises(RuntimeError, match="requires grad.*is an array, which cannot hold a graph"):
        array *= wengert.ones(3, requires_grad=True)
    with wengert.no_grad():
        array *= wengert.ones(3, requires_grad=True)


# ------------------------------------------------------------------------------------------------ reduce and its like

REDUCED = ["add", "multiply", "maximum", "minimum", "logical_and", "logical_or", "logical_xor", "subtract", "hypot",
           "fmax", "fmin", "divide", "logaddexp", "logaddexp2", "arctan2", "copysign", "power"]  # fmt: skip


@pytest.mark.parametrize("name", [n for n in REDUCED if hasattr(np, n)])
def test_reduce_and_accumulate(name):
    ufunc, x = getattr(np, name), wengert.tensor(LARGE)
    for axis in (0, 1, -1):
        # NumPy's own arctan2.reduce and power.reduce are wrong along the last axis (2.4.6, on processors with AVX-512).
        wanted = functools.reduce(ufunc, np.moveaxis(LARGE, axis, 0))
        compare(values(ufunc.reduce(x, axis=axis)), wanted)
        compare(values(ufunc.reduce(x, axis=axis, keepdims=True)), np.expand_dims(wanted, axis))
    compare(values(ufunc.reduce(x)), functools.reduce(ufunc, LARGE))
    if not name.startswith("logical"):
        wanted = list(itertools.accumulate(LARGE.T, ufunc))
        compare(values(ufunc.accumulate(x, axis=1)), np.stack(wanted, axis=1))
        if name not in ("arctan2",):
            check_gradient(lambda a: ufunc.reduce(a, axis=0), [LARGE])
            check_gradient(lambda a: ufunc.accumulate(a), [LARGE])


@pytest.mark.parametrize("name", ["add", "multiply", "maximum", "minimum", "logical_or", "hypot"])
def test_reduce_over_several_axes_with_initial_and_where(name):
    ufunc, cube = getattr(np, name), rng.uniform(0.5, 2, (2, 3, 4))
    x, mask = wengert.tensor(cube), rng.random((2, 3, 4)) < 0.5
    compare(values(ufunc.reduce(x, axis=None)), ufunc.reduce(cube, axis=None))
    compare(values(ufunc.reduce(x, axis=(0, 2))), ufunc.reduce(cube, axis=(0, 2)))
    compare(values(ufunc.reduce(x, axis=())), ufunc.reduce(cube, axis=()))
    compare(values(ufunc.reduce(x, axis=1, initial=1.25)), ufunc.reduce(cube, axis=1, initial=1.25))
    chosen = {"axis": 1, "initial": 0.75, "where": mask}
    compare(values(ufunc.reduce(x, **chosen)), ufunc.reduce(cube, **chosen))
    out = np.zeros_like(ufunc.reduce(cube, axis=1))
    assert ufunc.reduce(x, axis=1, out=out) is out
    compare(out, ufunc.reduce(cube, axis=1))


def test_reduce_of_nothing():
    for name in ("add", "multiply", "logical_or", "hypot"):
        ufunc = getattr(np, name)
        compare(values(ufunc.reduce(wengert.zeros(0, 3, dtype=wengert.float64))), ufunc.reduce(np.zeros((0, 3))))
    for name in ("maximum", "minimum"):
        with pytest.raises(ValueError, match="zero-size array to reduction operation"):
            getattr(np, name).reduce(wengert.zeros(0, 3))
        assert getattr(np, name).reduce(wengert.zeros(0, 3), initial=2.0).tolist() == [2, 2, 2]
    with pytest.raises(ValueError, match="does not have an identity"):
        np.maximum.reduce(wengert.ones(3), where=np.array([True, False, True]))
    with pytest.raises(ValueError, match="not reorderable"):
        np.subtract.reduce(wengert.ones(3, 3), axis=(0, 1))
    with pytest.raises(np.exceptions.AxisError, match="out of bounds"):
        np.add.reduce(wengert.ones(3), axis=1)
    with pytest.raises(ValueError, match="binary functions"):
        np.sin.reduce(wengert.ones(3))


def test_outer():
    for ufunc in (np.add, np.multiply, np.subtract, np.maximum, np.divide):
        compare(values(ufunc.outer(wengert.tensor(LARGE), SMALL[0])), ufunc.outer(LARGE, SMALL[0]))
        check_gradient(lambda a, ufunc=ufunc: ufunc.outer(a, SMALL[0]), [LARGE])
        check_gradient(lambda a, ufunc=ufunc: ufunc.outer(SMALL[0], a), [LARGE])


@pytest.mark.parametrize("ufunc", [np.add, np.subtract, np.multiply, np.maximum, np.divide, np.hypot])
def test_at(ufunc):
    for indices in (
        [0, 2, 0, 0], (np.array([0, 1, 0]), np.array([1, 1, 1])), np.array([True, False, True]), (slice(None), 1)
    ):  # fmt: skip
        plain = LARGE.copy()
        amounts = rng.uniform(1, 2, np.shape(plain[indices]))
        ufunc.at(plain, indices, amounts)
        x = wengert.tensor(LARGE)
        ufunc.at(x, indices, amounts)
        compare(values(x), plain)

        def program(start, by, indices=indices):
            y = start * 1.0
            ufunc.at(y, indices, by)
            return y

        check_gradient(program, [LARGE, amounts], 0)
        # An array that is changed by tensors would leave the graph.
        grad = wengert.tensor(amounts, requires_grad=True)
        with pytest.raises(TypeError, match="must be a tensor"):
            ufunc.at(plain, indices, grad)


def test_at_of_one_operand_and_refusals():
    x = wengert.tensor([1.0, 2.0, 3.0])
    np.negative.at(x, [0, 0, 1])
    assert x.tolist() == [1, -2, 3]
    with pytest.raises(TypeError, match="np.add.reduceat is not supported on tensors"):
        np.add.reduceat(x, [0, 1])
    with pytest.raises(TypeError, match="np.isnat has no wengert operation"):
        np.isnat(x)
    with pytest.raises(TypeError, match="signature|not supported"):
        np.add(x, x, signature="dd->d")
    whole = wengert.tensor([1, 2])
    with pytest.raises(TypeError, match="Cannot cast"):
        np.add.at(whole, [0], 1.5)


def test_what_is_no_operand_is_left_to_others():
    class Other:
        def __array_ufunc__(self, ufunc, method, *inputs, **keywords):
            return "theirs"

    assert np.add(wengert.ones(2), Other()) == "theirs"
    with pytest.raises(TypeError):
        np.add(wengert.ones(2), object())
    with pytest.raises(TypeError, match="can't convert np.ndarray of type"):
        np.add(wengert.ones(2), np.array([object(), object()]))


def test_lists_are_operands():
    check_gradient(lambda a: np.add(a, [1.0, 2.0, 3.0, 4.0]), [SMALL])
    x = wengert.tensor([1.0, 2.0], requires_grad=True)
    y = np.multiply(x, [x[0], 3.0])
    y.sum().backward()
    assert y.tolist() == [1, 6] and x.grad.tolist() == [2, 3]


def test_scipys_ufuncs():
    special = pytest.importorskip("scipy.special")
    for name in ("erf", "erfc"):
        check_gradient(getattr(special, name), [SIGNED])
        compare(values(getattr(special, name)(wengert.tensor(SIGNED))), getattr(special, name)(SIGNED))
    with pytest.raises(TypeError, match="scipy.special.* has no wengert operation"):
        special.mathieu_a(1, wengert.ones(2))
