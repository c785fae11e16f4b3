"""Complex numbers in both libraries: values, gradients, second derivatives and tangents of every operation."""

import itertools
import warnings

import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

import wengert
import wengert.autograd.forward_ad

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

# The letters of operands: z complex, r real, p real and positive.


def draw(stream, shape: tuple, kind: str):
    if kind == "p":
        return np.asarray(stream.uniform(0.5, 2, shape))
    values = stream.standard_normal(shape)
    return np.asarray(values + 1j * stream.standard_normal(shape) if kind == "z" else values)


def z(*shape):
    return shape, "z"


def r(*shape):
    return shape, "r"


def p(*shape):
    return shape, "p"


def array_of(x):
    return x.detach().resolve_conj().resolve_neg().numpy(force=True)


def like(stream, x):
    return draw(stream, x.shape, "z" if x.dtype.kind == "c" else "r").astype(x.dtype)


def results_of(t, program, arrays) -> dict:
    """Value, gradient, second derivative and tangent; an error's type in the place of what raised it."""
    found = {}

    def leaves(arrays):
        return [t.from_numpy(x.copy()).requires_grad_(x.dtype.kind in "fc") for x in arrays]

    def weights(seed):
        stream = np.random.default_rng(seed)
        return [like(stream, x) for x in arrays]

    def value():
        y = program(t, *leaves(arrays))
        if not isinstance(y, t.Tensor):
            return y
        return str(y.dtype).split(".")[1], tuple(y.shape), array_of(y)

    def started():
        xs = leaves(arrays)
        y = program(t, *xs)
        if not isinstance(y, t.Tensor) or not y.requires_grad:
            return None
        u = t.from_numpy(like(np.random.default_rng(1), array_of(y))).requires_grad_()
        return xs, y, u

    def gradient():
        begun = started()
        if begun is None:
            return None
        xs, y, u = begun
        gradients = t.autograd.grad(y, xs, u, allow_unused=True)
        return [None if g is None else (str(g.dtype).split(".")[1], array_of(g)) for g in gradients]

    def second():
        begun = started()
        if begun is None:
            return None
        xs, y, u = begun
        total = 0
        for g, w in zip(t.autograd.grad(y, xs, u, allow_unused=True, create_graph=True), weights(2), strict=True):
            if g is not None and g.requires_grad:
                total = total + t.real((g * t.from_numpy(w)).sum())
        if isinstance(total, int):
            return None
        seconds = t.autograd.grad(total, [*xs, u], allow_unused=True)
        return [np.zeros(()) if g is None else array_of(g) for g in seconds]

    def tangent():
        forward = t.autograd.forward_ad
        with forward.dual_level():
            xs = [
                forward.make_dual(t.from_numpy(x.copy()), t.from_numpy(v))
                for x, v in zip(arrays, weights(3), strict=True)
            ]
            y = program(t, *xs)
            pushed = forward.unpack_dual(y).tangent if isinstance(y, t.Tensor) else None
            return np.zeros(()) if pushed is None else array_of(pushed)

    for name, compute in (("value", value), ("gradient", gradient), ("second", second), ("tangent", tangent)):
        try:
            found[name] = compute()
        except Exception as error:
            found[name] = type(error).__name__
    return found


def agree(found, expected, tolerance: float) -> bool:
    if isinstance(expected, (list, tuple)) and isinstance(found, (list, tuple)):
        return len(found) == len(expected) and all(
            agree(a, b, tolerance) for a, b in zip(found, expected, strict=True)
        )
    if isinstance(expected, np.ndarray) and isinstance(found, np.ndarray):
        a, b = np.broadcast_arrays(found, expected)
        return all(
            np.allclose(getattr(a, part), getattr(b, part), tolerance, tolerance, equal_nan=True)
            for part in ("real", "imag")
        )
    return type(found) is type(expected) and found == expected


def slope(t, program, arrays):
    """The tangent of `results_of`, by differences."""
    stream = np.random.default_rng(3)
    directions = [like(stream, x) for x in arrays]
    sides = [
        array_of(program(t, *[t.from_numpy(np.asarray(x + h * v)) for x, v in zip(arrays, directions, strict=True)]))
        for h in (1e-5, -1e-5)
    ]
    return (sides[0] - sides[1]) / 2e-5


# Where PyTorch is wrong or refuses, by the start of the name: what is compared otherwise, and why.
BY_DIFFERENCES = {
    "pow real": "forward mode takes the real part of what a real operand contributes to a complex result",
    "sub number - real": "the tangent of a complex result is real",
}
UNCHECKED = {
    "index_add by a complex factor": ("gradient", "second"),  # PyTorch does not conjugate alpha
    "sum in complex": ("gradient", "second", "tangent"),  # PyTorch asserts: real input, complex gradient
    "mean in complex": ("gradient", "second", "tangent"),
    "logaddexp real": ("gradient", "second"),
    "where with a real tensor": ("gradient", "second", "tangent"),
    "norm 0.0": ("gradient", "second", "tangent"),  # a count: here it has no history, there it has gradient zero
}


def compare(name: str, program, operands, dtype=np.complex128) -> None:
    stream = np.random.default_rng(0)
    kinds = {"z": dtype, "r": np.zeros((), dtype).real.dtype, "p": np.zeros((), dtype).real.dtype}
    arrays = [draw(stream, shape, kind).astype(kinds[kind]) for shape, kind in operands]
    tolerance = 1e-9 if dtype is np.complex128 else 2e-3
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, theirs = results_of(wengert, program, arrays), results_of(torch, program, arrays)
    unchecked = UNCHECKED.get(name, ())
    for what, expected in theirs.items():
        if what in unchecked or (what == "tangent" and isinstance(expected, str) and not isinstance(ours[what], str)):
            continue  # a tangent that PyTorch has not implemented
        if what == "tangent" and any(name.startswith(start) for start in BY_DIFFERENCES):
            if dtype is np.complex128:
                assert agree(ours[what], slope(wengert, program, arrays), 1e-6), f"{name}: tangent"
            continue
        assert agree(ours[what], expected, tolerance), f"{name}: {what} is {ours[what]}, in PyTorch {expected}"


# ------------------------------------------------------------------------------------------------ elementwise

UNARY = (
    "abs acos acosh angle asin asinh atan atanh ceil clone conj conj_physical cos cosh erf erfc exp exp2 expm1 floor "
    "frac imag isfinite isinf isnan isreal log log10 log1p log2 logical_not neg real reciprocal relu resolve_conj "
    "round rsqrt sgn sigmoid sign sin sinh sqrt square tan tanh trunc"
).split()


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128], ids=["complex64", "complex128"])
@pytest.mark.parametrize("shape", [(3, 4), (), (2, 0)], ids=str)
@pytest.mark.parametrize("name", UNARY)
def test_one_operand(name, shape, dtype):
    compare(name, lambda t, x: getattr(t, name)(x), [z(*shape)], dtype)


BINARY = (
    "add sub mul div pow floor_divide remainder fmod maximum minimum atan2 hypot logaddexp eq ne lt le gt ge "
    "logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift"
).split()


@pytest.mark.parametrize("kinds", ["zz", "zr", "rz"])
@pytest.mark.parametrize("name", BINARY)
def test_two_operands(name, kinds):
    for shapes in (((2, 3), (3,)), ((), (3,)), ((2, 1), (1, 3))):
        label = f"{name} real" if "r" in kinds else name
        compare(label, lambda t, x, y: getattr(t, name)(x, y), list(zip(shapes, kinds, strict=True)))


OPERATORS = {
    "add": lambda x, y: x + y, "sub": lambda x, y: x - y, "mul": lambda x, y: x * y, "div": lambda x, y: x / y,
    "pow": lambda x, y: x**y,
}  # fmt: skip


@pytest.mark.parametrize("number", [2, 2.5, 0.5, 1, 1 + 2j, -1, 0, -1j], ids=str)
@pytest.mark.parametrize("name", OPERATORS)
def test_numbers(name, number):
    function = OPERATORS[name]
    for kind in "zp" if isinstance(number, complex) else "z":
        label = f"{name} real" if kind == "p" else name
        compare(label, lambda t, x: function(x, number), [((3,), kind)])
        if (name, number) == ("pow", 0):
            continue  # see test_zero_to_a_complex_power
        label = f"{name} number - real" if kind == "p" and name == "sub" else label
        compare(label, lambda t, x: function(number, x), [((3,), kind)])


def test_zero_to_a_complex_power():
    """0 to a power of negative real part is infinite or not a number, to others 0; PyTorch and NumPy have different
    words for complex infinity."""
    exponents = np.array([1 + 1j, 2, 0, 0.5j])
    for base in (0, 0.0):
        ours = base ** wengert.from_numpy(exponents[:2])
        assert agree(array_of(ours), array_of(base ** torch.from_numpy(exponents[:2])), 0)
    gradients = []
    for t in (wengert, torch):
        y = t.from_numpy(exponents[[1, 2]]).requires_grad_()
        x = t.zeros(2, dtype=t.complex128).requires_grad_()
        gradients.append([array_of(g) for g in t.autograd.grad((x**y).sum().real, (x, y))])
    assert agree(*gradients, 1e-12)


# ------------------------------------------------------------------------------------------------ everything else


def mask(t):
    return t.tensor([True, False, True, False])


def in_place(change):
    """A program that changes twice its first operand and squares what came of it."""

    def program(t, x, y):
        w = x * 2
        change(t, w, y)
        return w * w

    return program


def written(name):
    return lambda t, w, y: setattr(w, name, y)


Z34 = z(3, 4)
PROGRAMS = {
    # parts and pairs
    "view_as_real": (lambda t, x: t.view_as_real(x * 2) ** 2, [Z34]),
    "view_as_real, transposed": (lambda t, x: t.view_as_real((x * x).mT).sin(), [Z34]),
    "view_as_complex": (lambda t, x: t.view_as_complex(x * 2) ** 2, [r(3, 2)]),
    "view_as_complex, transposed": (lambda t, x: t.view_as_complex((x * 2).transpose(0, 1)) ** 2, [r(4, 3, 2)]),
    "real, transposed": (lambda t, x: (x * 2).mT.real.sin(), [Z34]),
    "imag of a result": (lambda t, x: (x * 2).imag.sin(), [Z34]),
    "complex": (lambda t, x, y: t.complex(x, y) ** 2, [r(3, 1), r(4)]),
    "polar": (lambda t, x, y: t.polar(x, y) ** 2, [p(3, 4), r(3, 4)]),
    "to real": (lambda t, x: x.to(t.float64), [Z34]),
    "to complex": (lambda t, x: x.to(t.complex128), [r(3)]),
    "to complex64": (lambda t, x: x.to(t.complex64).to(t.complex128) * 0 + x, [z(3)]),
    "adjoint": (lambda t, x: x.adjoint() * 2j, [z(2, 3, 4)]),
    "H": (lambda t, x: x.H * x.mT, [Z34]),
    "mH": (lambda t, x: x.mH @ x, [Z34]),
    # products
    "matmul": (lambda t, x, y: x @ y, [z(3, 4), z(4, 2)]),
    "matmul, batches": (lambda t, x, y: x @ y, [z(2, 1, 3, 4), z(3, 4, 2)]),
    "matmul, one batch": (lambda t, x, y: x @ y, [z(2, 3, 4), z(4, 2)]),
    "matmul, vectors": (lambda t, x, y: x @ y, [z(4), z(4)]),
    "matmul, vector and matrix": (lambda t, x, y: x @ y, [z(4), z(4, 2)]),
    "matmul, mixed": (lambda t, x, y: x @ y, [z(3, 4), r(4, 2)]),
    "bmm": (lambda t, x, y: t.bmm(x, y), [z(2, 3, 4), z(2, 4, 2)]),
    "mv": (lambda t, x, y: t.mv(x, y), [z(3, 4), z(4)]),
    "dot": (lambda t, x, y: t.dot(x, y), [z(4), z(4)]),
    "vdot": (lambda t, x, y: t.vdot(x, y), [z(4), z(4)]),
    "outer": (lambda t, x, y: t.outer(x, y), [z(4), r(3)]),
    "addmm": (lambda t, x, y, w: t.addmm(x, y, w, beta=0.5j, alpha=2 - 1j), [z(3, 2), z(3, 4), z(4, 2)]),
    "addmv": (lambda t, x, y, w: t.addmv(x, y, w), [z(3), z(3, 4), z(4)]),
    "baddbmm": (lambda t, x, y, w: t.baddbmm(x, y, w), [z(2, 3, 2), z(2, 3, 4), z(2, 4, 2)]),
    "linear": (lambda t, x, w, b: t.nn.functional.linear(x, w, b), [z(2, 3, 4), z(5, 4), z(5)]),
    "conv1d": (lambda t, x, w, b: t.nn.functional.conv1d(x, w, b), [z(2, 3, 6), z(4, 3, 2), z(4)]),
    "conv2d": (
        lambda t, x, w, b: t.nn.functional.conv2d(x, w, b, stride=2, padding=1), [z(2, 3, 6, 5), z(4, 3, 2, 3), z(4)],
    ),
    "conv3d": (lambda t, x, w: t.nn.functional.conv3d(x, w), [z(1, 2, 3, 3, 3), z(2, 2, 2, 2, 2)]),
    "conv, mixed": (lambda t, x, w: t.nn.functional.conv1d(x, w), [z(2, 3, 6), r(4, 3, 2)]),
    "trace": (lambda t, x: t.trace(x), [z(3, 3)]),
    # reductions
    "sum": (lambda t, x: x.sum(1), [Z34]), "sum in complex": (lambda t, x: x.sum(dtype=t.complex128), [r(3, 4)]),
    "mean": (lambda t, x: x.mean(0, keepdim=True), [Z34]),
    "mean in complex": (lambda t, x: x.mean(dtype=t.complex128), [r(3, 4)]),
    "prod": (lambda t, x: x.prod(1), [Z34]), "prod of all": (lambda t, x: x.prod(), [Z34]),
    "prod with a zero": (lambda t, x: (x * mask(t)).prod(0), [Z34]),
    "cumsum": (lambda t, x: x.cumsum(1), [Z34]), "cumprod": (lambda t, x: x.cumprod(1), [Z34]),
    "cumprod with a zero": (lambda t, x: (x * mask(t)).cumprod(1), [Z34]),
    "logsumexp": (lambda t, x: t.logsumexp(x, (0, 1), True), [Z34]),
    "var": (lambda t, x: x.var(1), [Z34]), "var, biased": (lambda t, x: x.var(1, correction=0), [Z34]),
    "std": (lambda t, x: x.std(0, keepdim=True), [Z34]), "all": (lambda t, x: x.all(), [Z34]),
    "any": (lambda t, x: x.any(1), [Z34]), "count_nonzero": (lambda t, x: t.count_nonzero(x), [Z34]),
    "norm": (lambda t, x: t.norm(x), [Z34]),
    **{
        f"norm {order}": (lambda t, x, order=order: t.norm(x, order, 1), [Z34])
        for order in (0.0, 0.5, 1.0, 2.0, 3.0, float("inf"), -float("inf"))
    },
    # choosing and indexing
    "where": (lambda t, x, y: t.where(mask(t), x, y), [Z34, z(4)]),
    "where with a real tensor": (lambda t, x, y: t.where(mask(t), x, y), [Z34, r(4)]),
    "where with a number": (lambda t, x: t.where(mask(t), x, 2j), [Z34]),
    "where with a complex number": (lambda t, x: t.where(mask(t), x, 2j), [r(3, 4)]),
    "masked_fill": (lambda t, x: x.masked_fill(mask(t), 1j), [Z34]),
    "masked_select": (lambda t, x: x.masked_select(mask(t)), [Z34]),
    "masked_scatter": (lambda t, x, y: x.masked_scatter(mask(t), y), [Z34, Z34]),
    "index": (lambda t, x: x[:, [0, 2]], [Z34]),
    "index_select": (lambda t, x: x.index_select(0, t.tensor([0, 0, 2])), [Z34]),
    "gather": (lambda t, x: x.gather(1, t.tensor([[0, 1], [1, 1], [3, 0]])), [Z34]),
    "scatter": (lambda t, x, y: x.scatter(1, t.tensor([[0, 1], [1, 2], [3, 0]]), y), [Z34, z(3, 2)]),
    "scatter_add": (lambda t, x, y: x.scatter_add(1, t.tensor([[0, 1], [1, 1], [3, 0]]), y), [Z34, z(3, 2)]),
    "index_add": (lambda t, x, y: x.index_add(0, t.tensor([0, 0]), y, alpha=2), [Z34, z(2, 4)]),
    "index_add by a complex factor": (
        lambda t, x, y: x.index_add(0, t.tensor([0, 0]), y, alpha=2j), [Z34, z(2, 4)],
    ),
    "index_copy": (lambda t, x, y: x.index_copy(0, t.tensor([0, 1]), y), [Z34, z(2, 4)]),
    "index_fill": (lambda t, x: x.index_fill(0, t.tensor([0, 1]), 1j), [Z34]),
    "index_put": (lambda t, x, y: x.index_put((t.tensor([0, 0]),), y, accumulate=True), [Z34, z(2, 4)]),
    "take": (lambda t, x: x.take(t.tensor([0, 5, 5])), [Z34]),
    # shape
    "cat": (lambda t, x, y: t.cat([x, y]), [Z34, r(2, 4)]), "stack": (lambda t, x, y: t.stack([x, y], 1), [Z34, Z34]),
    "expand": (lambda t, x: x.expand(2, 3, 4), [Z34]), "repeat": (lambda t, x: x.repeat(2, 1), [Z34]),
    "flip": (lambda t, x: x.flip(0), [Z34]), "tril": (lambda t, x: x.tril(), [Z34]),
    "diag": (lambda t, x: t.diag(x), [z(3)]), "diagonal": (lambda t, x: x.diagonal(), [Z34]),
    "permute": (lambda t, x: x.permute(1, 0), [Z34]), "unflatten": (lambda t, x: x.unflatten(1, (2, 2)), [Z34]),
    "as_strided": (lambda t, x: x.as_strided((2, 2), (1, 2)), [Z34]),
    "pad": (lambda t, x: t.nn.functional.pad(x, (1, 1), value=2.0), [Z34]),
    "pad by reflection": (lambda t, x: t.nn.functional.pad(x, (1, 1), mode="reflect"), [Z34]),
    # compositions
    "l1_loss": (lambda t, x, y: t.nn.functional.l1_loss(x, y), [Z34, Z34]),
    "cosine_similarity": (lambda t, x, y: t.nn.functional.cosine_similarity(x, y), [Z34, Z34]),
    "normalize": (lambda t, x: t.nn.functional.normalize(x), [Z34]),
    "softsign": (lambda t, x: t.nn.functional.softsign(x), [Z34]),
    "equal": (lambda t, x, y: t.equal(x, x), [Z34, Z34]), "isclose": (lambda t, x, y: t.isclose(x, x), [Z34, Z34]),
    "a real loss": (lambda t, x, y: ((x @ y).abs() ** 2).sum() + (x.conj() * x).real.mean(), [Z34, z(4, 2)]),
    "there and back": (lambda t, x, y: (t.complex(x, y).exp() * 1j).real * y, [r(3), r(3)]),
    # in place
    "mul_": (in_place(lambda t, w, y: w.mul_(y)), [Z34, z(4)]),
    "mul_ by a real tensor": (in_place(lambda t, w, y: w.mul_(y)), [Z34, r(4)]),
    "copy_": (in_place(lambda t, w, y: w.copy_(y)), [Z34, z(4)]),
    "copy_ into real": (in_place(lambda t, w, y: w.copy_(y)), [r(3, 4), z(4)]),
    "copy_ from real": (in_place(lambda t, w, y: w.copy_(y)), [Z34, r(4)]),
    "conj_physical_": (in_place(lambda t, w, y: w.conj_physical_()), [Z34, z(1)]),
    "exp_": (in_place(lambda t, w, y: w.exp_()), [Z34, z(1)]),
    "sgn_": (in_place(lambda t, w, y: w.sgn_()), [Z34, z(1)]),
    "fill_": (in_place(lambda t, w, y: w[0].fill_(1j)), [Z34, z(1)]),
    "real =": (in_place(written("real")), [Z34, r(3, 4)]), "imag =": (in_place(written("imag")), [Z34, r(4)]),
    "real = complex": (in_place(written("real")), [Z34, z(4)]),
    "real.mul_": (in_place(lambda t, w, y: w.real.mul_(y)), [Z34, r(4)]),
    "imag of a slice": (in_place(lambda t, w, y: w[1:].imag.mul_(y)), [Z34, r(4)]),
    "imag of a transposed slice": (in_place(lambda t, w, y: w.mT[1:].imag.mul_(y)), [Z34, r(3)]),
    "view_as_real, changed": (in_place(lambda t, w, y: t.view_as_real(w).mul_(y)), [Z34, r(2)]),
    "view_as_real, transposed and changed": (in_place(lambda t, w, y: t.view_as_real(w.mT)[1:].mul_(y)), [Z34, r(2)]),
    "view_as_complex, changed": (in_place(lambda t, w, y: t.view_as_complex(w).mul_(y)), [r(3, 2), z(3)]),
    "view_as_complex, transposed and changed": (
        in_place(lambda t, w, y: t.view_as_complex(w.transpose(0, 1)).mul_(y)), [r(3, 4, 2), z(3)],
    ),
    "view_as_complex of a slice, its imag": (
        in_place(lambda t, w, y: t.view_as_complex(w[1:])[1:].imag.mul_(y)), [r(3, 2), r(1)],
    ),
    "setitem": (in_place(lambda t, w, y: w.__setitem__(0, y)), [Z34, z(4)]),
    "setitem by a list": (in_place(lambda t, w, y: w.__setitem__([0, 1], y)), [Z34, z(4)]),
    "setitem by a mask": (in_place(lambda t, w, y: w.__setitem__(w.real > 0, y)), [Z34, z()]),
    "setitem of complex into real": (in_place(lambda t, w, y: w.__setitem__(0, y)), [r(3, 4), z(4)]),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name):
    program, operands = PROGRAMS[name]
    compare(name, program, operands)


COLUMN_MAJOR = {
    "pairs": ("r", lambda t, w: t.view_as_complex(w.mT).mul_(1j)),
    "pairs of a slice": ("r", lambda t, w: t.view_as_complex(w.mT[1:])[1:].mul_(1j)),
    "imag of pairs": ("r", lambda t, w: t.view_as_complex(w.mT)[1:].imag.mul_(3)),
    "parts in a row": ("z", lambda t, w: t.view_as_real(w.mT).view(-1)[3:7].mul_(2)),
    "imag of a row": ("z", lambda t, w: w.mT.view(-1)[1:4].imag.mul_(2)),
    "there and back": ("z", lambda t, w: t.view_as_complex(t.view_as_real(w.mT).view(2, -1, 2)).mul_(2j)),
}  # fmt: skip


@pytest.mark.parametrize("name", COLUMN_MAJOR)
def test_views_that_only_the_layout_of_the_base_has(name):
    """The gradients of what is changed in place lie in memory another way than the base."""
    kind, change = COLUMN_MAJOR[name]
    stream = np.random.default_rng(0)
    values, factor = draw(stream, (2, 4), kind), draw(stream, (2, 4), kind)
    found = []
    for t in (wengert, torch):
        x = t.from_numpy(np.asfortranarray(values)).requires_grad_()
        w = x * 2
        change(t, w)
        (g,) = t.autograd.grad(t.real((w * w * t.from_numpy(factor)).sum()), x)
        found.append([array_of(w), array_of(g)])
    assert agree(*found, 1e-12)


# ------------------------------------------------------------------------------------------------ what is refused

REFUSED = {
    "F.relu": lambda t, x: t.nn.functional.relu(x), "softmax": lambda t, x: t.nn.functional.softmax(x, 0),
    "log_softmax": lambda t, x: t.nn.functional.log_softmax(x, 0),
    "softmin": lambda t, x: t.nn.functional.softmin(x, 0),
    "cross_entropy": lambda t, x: t.nn.functional.cross_entropy(x, t.tensor([0, 1, 2])),
    "nll_loss": lambda t, x: t.nn.functional.nll_loss(x, t.tensor([0, 1, 2])),
    "mse_loss": lambda t, x: t.nn.functional.mse_loss(x, x),
    "huber_loss": lambda t, x: t.nn.functional.huber_loss(x, x),
    "smooth_l1_loss": lambda t, x: t.nn.functional.smooth_l1_loss(x, x),
    "binary_cross_entropy": lambda t, x: t.nn.functional.binary_cross_entropy(x, x),
    "max": lambda t, x: t.max(x), "max along": lambda t, x: t.max(x, 1), "max of two": lambda t, x: t.max(x, x),
    "amax": lambda t, x: t.amax(x, 1), "amin": lambda t, x: t.amin(x, 1), "argmax": lambda t, x: t.argmax(x),
    "sort": lambda t, x: t.sort(x), "argsort": lambda t, x: t.argsort(x), "topk": lambda t, x: t.topk(x, 1),
    "unique": lambda t, x: t.unique(x), "clamp": lambda t, x: x.clamp(0, 1), "clamp_": lambda t, x: x.clamp_(0, 1),
    "max_pool2d": lambda t, x: t.nn.functional.max_pool2d(x[None, None], 2), "abs_": lambda t, x: x.abs_(),
    "less than a number": lambda t, x: x < 1, "a number less than": lambda t, x: 1 < x,
    "real less than complex": lambda t, x: x.real < 1j,
    "%": lambda t, x: x % 2, "//": lambda t, x: x // 2, "% reflected": lambda t, x: 2 % x,
    "div, floored": lambda t, x: t.div(x, 2, rounding_mode="floor"),
    "div, truncated": lambda t, x: t.div(x, 2, rounding_mode="trunc"),
    "into a real tensor": lambda t, x: t.zeros(3, 3).add_(x), "int": lambda t, x: int(x[0, 0]),
    "float": lambda t, x: float(x[0, 0]), "fill of real": lambda t, x: t.zeros(2).fill_(1j),
    "full of real": lambda t, x: t.full((2,), 1j, dtype=t.float32),
    "setitem of real": lambda t, x: t.zeros(2).__setitem__(0, 1j),
    "masked_fill of real": lambda t, x: t.zeros(2).masked_fill(t.tensor([True, False]), 1j),
    "mm, mixed": lambda t, x: x @ x.real, "dot, mixed": lambda t, x: t.dot(x[0], x[0].real),
    "isclose, mixed": lambda t, x: t.isclose(x, x.real), "imag of real": lambda t, x: x.real.imag,
    "imag = of real": lambda t, x: setattr(x.real, "imag", x.real),
    "view_as_real of real": lambda t, x: t.view_as_real(x.real),
    "view_as_complex of complex": lambda t, x: t.view_as_complex(x),
    "view_as_complex, last size": lambda t, x: t.view_as_complex(t.zeros(3, 3)),
    "view_as_complex, last step": lambda t, x: t.view_as_complex(t.zeros(2, 4)[:, ::2]),
    "view_as_complex, odd step": lambda t, x: t.view_as_complex(t.zeros(3, 3)[:, :2]),
    "view_as_complex, odd offset": lambda t, x: t.view_as_complex(t.zeros(5)[1:3]),
    "view_as_complex of a scalar": lambda t, x: t.view_as_complex(t.tensor(1.0)),
    "view_as_complex of integers": lambda t, x: t.view_as_complex(t.zeros(2, 2, dtype=t.int64)),
    "complex of two types": lambda t, x: t.complex(t.ones(2), t.ones(2, dtype=t.float64)),
    "complex of integers": lambda t, x: t.complex(t.tensor(1), t.tensor(1)),
    "polar of two types": lambda t, x: t.polar(t.ones(2), t.ones(2, dtype=t.float64)),
    "polar of integers": lambda t, x: t.polar(t.tensor(1), t.tensor(1)), "polar of complex": lambda t, x: t.polar(x, x),
    "adjoint of a vector": lambda t, x: x[0].adjoint(), "mH of a vector": lambda t, x: x[0].mH,
    "mT of a vector": lambda t, x: x[0].mT, "H of a vector": lambda t, x: x[0].H,
    "H of a batch": lambda t, x: x[None].H,
    "backward of complex": lambda t, x: (x.clone().requires_grad_() * 2).sum().backward(),
    "grad of complex": lambda t, x: t.autograd.grad((x.requires_grad_() * 2).sum(), x),
    "func.grad of complex": lambda t, x: t.func.grad(lambda y: (y * y).sum())(x),
    "a real cotangent": lambda t, x: (x.clone().requires_grad_() * 2).backward(x.real),
    "real = of a leaf": lambda t, x: setattr(x.requires_grad_(), "real", x.real.detach()),
    "erf": lambda t, x: t.erf(x), "sign": lambda t, x: t.sign(x), "floor": lambda t, x: t.floor(x),
    "round": lambda t, x: t.round(x),
}  # fmt: skip
# Sentences that name PyTorch's own kernels and types in other words.
ONLY_TYPES = {
    "softmax", "log_softmax", "softmin", "cross_entropy", "amax", "amin", "max", "max_pool2d", "div, truncated",
    "mm, mixed", "sort", "argsort", "topk", "func.grad of complex", "backward of complex", "grad of complex",
    "a real cotangent", "dot, mixed", "argmax",
}  # fmt: skip


def error_of(t, program):
    x = t.ones(3, 3, dtype=t.complex64) * (1 + 2j)
    with pytest.raises(Exception) as caught:
        program(t, x)
    return caught.value


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    ours, theirs = error_of(wengert, REFUSED[name]), error_of(torch, REFUSED[name])
    assert type(ours) is type(theirs), f"{ours!r}, in PyTorch {theirs!r}"
    if name not in ONLY_TYPES:
        sentence = str(theirs).splitlines()[0].split(", but got a tensor")[0]
        assert str(ours).startswith(sentence.split(". Use")[0][:60]), f"{ours}, in PyTorch {theirs}"


# ------------------------------------------------------------------------------------------------ edges

ZEROS = (0.0, -0.0, 1.0, -1.0, 2.0)
EDGES = np.array([complex(a, b) for a, b in itertools.product(ZEROS, ZEROS)])
LIMITS = (0.0, -0.0, 1.0, -1.0, 2.5, np.inf, -np.inf, np.nan)
SPECIAL = np.array([complex(a, b) for a, b in itertools.product(LIMITS, LIMITS)])
# Poles: complex infinity has one of several spellings, (inf, nan) and (nan, nan) among them.
SMOOTH = (
    "abs angle sgn sqrt log log2 log10 log1p exp exp2 expm1 sin cos tan sinh cosh tanh atan atanh sigmoid square"
).split()


@pytest.mark.parametrize("name", SMOOTH)
def test_gradients_at_zero_and_on_branch_cuts(name):
    found = []
    for t in (wengert, torch):
        x = t.from_numpy(EDGES.copy()).requires_grad_()
        y = getattr(t, name)(x)
        found.append([array_of(y), array_of(t.autograd.grad(y, x, t.ones_like(y))[0])])
    assert agree(*found, 1e-12)


@pytest.mark.parametrize("name", [n for n in SMOOTH if n not in ("sgn", "log1p")] + ["isnan", "isinf", "isfinite"])
def test_values_at_infinity(name):
    # Of sgn at infinity PyTorch has NaN; NumPy has the limit.
    with np.errstate(all="ignore"):
        ours = array_of(getattr(wengert, name)(wengert.from_numpy(SPECIAL.copy())))
    assert agree(ours, array_of(getattr(torch, name)(torch.from_numpy(SPECIAL.copy()))), 1e-12)


@pytest.mark.parametrize("values", [[0j, 1 + 1j], [0j, 0j], [complex(np.nan, 0), 1j]], ids=str)
def test_norm_and_products_at_edges(values):
    for program in (
        lambda t, x: t.norm(x), lambda t, x: t.norm(x, 1), lambda t, x: x.prod(),
        lambda t, x: x.abs().sum(), lambda t, x: x.var(), lambda t, x: x.std(), lambda t, x: t.norm(x, 3),
        lambda t, x: t.norm(x, 0.5), lambda t, x: x.real.std(),
        lambda t, x: x**0, lambda t, x: x**2, lambda t, x: x**2.0,
    ):  # fmt: skip
        found = []
        for t in (wengert, torch):
            x = t.tensor(values, dtype=t.complex128).requires_grad_()
            y = program(t, x)
            found.append(array_of(t.autograd.grad(y, x, t.ones_like(y))[0]))
        assert agree(*found, 1e-12)


@pytest.mark.parametrize("values", [[0j, 1 + 1j, 2j], [0j, 0j, 1j], [1j, 2 + 0j, 0j]], ids=str)
def test_running_products_at_zeros(values):
    found = []
    for t in (wengert, torch):
        x = t.tensor(values, dtype=t.complex128).requires_grad_()
        y = x.cumprod(0)
        found.append(array_of(t.autograd.grad(y, x, t.tensor([1.0, 2j, 3.0], dtype=t.complex128))[0]))
    assert agree(*found, 1e-12)


def test_running_products_of_nan():
    """d(x0 x1) / dx0 is x1, whatever x0 is; PyTorch divides by x0 and gives NaN."""
    x = wengert.tensor([complex(np.nan, 0), 1j], dtype=wengert.complex128).requires_grad_()
    (g,) = wengert.autograd.grad(x.cumprod(0).sum().real, x)
    assert g[0] == 1 - 1j and g[1].isnan()


# ------------------------------------------------------------------------------------------------ creation, printing


def test_printing():
    stream = np.random.default_rng(0)
    parts = [0.0, -0.0, 1.0, -1.0, 2.5, 1e-5, 1e6, np.nan, np.inf, -np.inf]
    for _ in range(200):
        pool = [*parts, *stream.standard_normal(6)]
        values = [complex(*stream.choice(pool, 2)) for _ in range(stream.integers(1, 9))]
        assert repr(wengert.tensor(values)) == repr(torch.tensor(values)).replace("torch", "wengert")
        reals = [x.real for x in values]
        assert repr(wengert.tensor(reals)) == repr(torch.tensor(reals)).replace("torch", "wengert")


CREATED = {
    "linspace": lambda t: t.linspace(0, 1j, 3), "linspace, dtype": lambda t: t.linspace(0, 1, 3, dtype=t.complex64),
    "logspace": lambda t: t.logspace(0, 1j, 3), "eye": lambda t: t.eye(2, dtype=t.complex64),
    "full": lambda t: t.full((2,), 1j), "tensor": lambda t: t.tensor([1, 2.5, 2j]),
    "new_full": lambda t: t.ones(1, dtype=t.complex64).new_full((2,), 1j),
    "arange": lambda t: t.arange(3, dtype=t.cfloat),
    "linspace of real": lambda t: t.linspace(0, 1j, 3, dtype=t.float32),
    "to_real": lambda t: t.ones(1, dtype=t.complex128.to_real()),
    "to_complex": lambda t: t.ones(1, dtype=t.float32.to_complex()),
    "integer to_complex": lambda t: t.ones(1, dtype=t.int64.to_complex()),
}  # fmt: skip


@pytest.mark.parametrize("name", CREATED)
def test_creation(name):
    found = []
    for t in (wengert, torch):
        try:
            x = CREATED[name](t)
            found.append((str(x.dtype).split(".")[1], array_of(x)))
        except Exception as error:
            found.append(type(error))
    assert agree(*found, 1e-6)


# ------------------------------------------------------------------------------------------------ transforms


def test_transforms():
    def program(t):
        x = t.from_numpy(draw(np.random.default_rng(0), (3, 4), "z"))
        v = t.from_numpy(draw(np.random.default_rng(1), (3, 4), "z"))

        def loss(x):
            return (x.sin() * x.conj()).abs().sum()

        func = t.func
        out = [func.grad(loss)(x), func.vmap(func.grad(loss))(x)]
        out += func.jvp(lambda x: x.exp() * x.conj(), (x,), (v,))
        value, pull = func.vjp(lambda x: x.exp() * x.conj(), x)
        out += [value, pull(v)[0]]
        out.append(func.jvp(func.grad(loss), (x,), (v,))[1])
        out.append(func.vmap(lambda x, v: func.jvp(loss, (x,), (v,))[1])(x, v))
        return [array_of(y) for y in out]

    assert agree(program(wengert), program(torch), 1e-9)


def test_gradients_accumulate_in_the_leafs_type():
    def program(t):
        w = t.tensor([1.5, -2.0], requires_grad=True)
        c = t.tensor([1 + 1j, 2 - 1j], dtype=t.complex64, requires_grad=True)
        for _ in range(2):
            ((w * c).exp() + c.real * w).abs().sum().backward()
        return [str(w.grad.dtype).split(".")[1], str(c.grad.dtype).split(".")[1], array_of(w.grad), array_of(c.grad)]

    assert agree(program(wengert), program(torch), 1e-4)


@pytest.mark.parametrize("name, options", [
    ("SGD", {"momentum": 0.9, "weight_decay": 0.1}), ("Adam", {}), ("Adam", {"amsgrad": True, "weight_decay": 0.1}),
    ("AdamW", {}),
])  # fmt: skip
def test_optimizers(name, options):
    def program(t):
        w = t.tensor([1 + 1j, 2 - 1j], dtype=t.complex128, requires_grad=True)
        optimizer = getattr(t.optim, name)([w], lr=0.1, **options)
        for _ in range(5):
            optimizer.zero_grad()
            ((w - 1j).abs() ** 2).sum().backward()
            optimizer.step()
        return array_of(w)

    assert agree(program(wengert), program(torch), 1e-10)


# ------------------------------------------------------------------------------------------------ random programs


def complexed(t, x):
    return x if x.dtype.is_complex else t.complex(x, x * 0.5)


def changed(x, change):
    x = x.clone()
    change(x)
    return x


# Each keeps (3, 3), away from branch cuts and from overflow; x and y are real or complex as it comes.
STEPS = (
    lambda t, x, y, k: x * y,
    lambda t, x, y, k: x + y,
    lambda t, x, y, k: x - y.conj(),
    lambda t, x, y, k: x / (y.abs() + 1),
    lambda t, x, y, k: x / (y * y.conj() + 2),
    lambda t, x, y, k: t.tanh(x * 0.3),
    lambda t, x, y, k: (x * 0.2).exp() + y.sin() * 0.5,
    lambda t, x, y, k: (complexed(t, x) + 3).log(),
    lambda t, x, y, k: (complexed(t, x) + 3).sqrt(),
    lambda t, x, y, k: complexed(t, x).real,
    lambda t, x, y, k: complexed(t, x).imag,
    lambda t, x, y, k: complexed(t, x).abs(),
    lambda t, x, y, k: (complexed(t, x) + 2.5).angle(),
    lambda t, x, y, k: (complexed(t, x) + 0.3j).sgn(),
    lambda t, x, y, k: t.view_as_complex(t.view_as_real(complexed(t, x)).flip(-1).contiguous()),
    lambda t, x, y, k: complexed(t, x) @ complexed(t, y).mH,
    lambda t, x, y, k: x.sum(k, keepdim=True) + y,
    lambda t, x, y, k: (x * 0.5).cumprod(k),
    lambda t, x, y, k: x.prod(k, keepdim=True) * 0.1 + y,
    lambda t, x, y, k: x.logsumexp(k, keepdim=True) + y,
    lambda t, x, y, k: (complexed(t, x) + 3) ** (complexed(t, y) * 0.3),
    lambda t, x, y, k: t.polar(complexed(t, x).abs(), complexed(t, x).imag),
    lambda t, x, y, k: changed(complexed(t, x), lambda w: w.real.mul_(0.5)),
    lambda t, x, y, k: changed(complexed(t, x), lambda w: setattr(w, "imag", y.real)),
    lambda t, x, y, k: changed(complexed(t, x), lambda w: t.view_as_real(w)[..., k].add_(y.abs())),
    lambda t, x, y, k: changed(x, lambda w: w.__setitem__(k, x[0].conj() * 0.5)),
    lambda t, x, y, k: t.cat([x, y], 0)[1:4],
    lambda t, x, y, k: complexed(t, x).mT.imag.mT * y,
    lambda t, x, y, k: t.norm(x + 1, dim=k, keepdim=True) * y,
)
STEP = st.tuples(st.integers(0, len(STEPS) - 1), st.integers(0, 7), st.integers(0, 7), st.integers(0, 1))


@seed(2026)
@settings(max_examples=150, deadline=None, database=None)
@given(st.lists(STEP, min_size=3, max_size=9), st.integers(0, 1000))
def test_random_programs(steps, start):
    def program(t, x, y, u, v):
        tensors = [x * 1, y * (0.5 + 1j), u * 1, v * 2.0]
        for step, first, second, k in steps:
            tensors.append(STEPS[step](t, tensors[first % len(tensors)], tensors[second % len(tensors)], k))
        return sum([complexed(t, w).mean() * (0.3 + 0.1j * i) for i, w in enumerate(tensors)])

    stream = np.random.default_rng(start)
    arrays = [draw(stream, (3, 3), kind) for kind in "zzrr"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, theirs = results_of(wengert, program, arrays), results_of(torch, program, arrays)
    for what, expected in theirs.items():
        assert agree(ours[what], expected, 1e-8), f"{what} is {ours[what]}, in PyTorch {expected}"
