"""Linear algebra: what is refused, in which words, singular and unusual matrices, and transforms of every function."""

import copy
import pickle

import numpy as np
import pytest

import wengert as t
from wengert.func import grad, hessian, jacfwd, jacrev, jvp, vmap

EYE = t.eye(2, dtype=t.float64)
ZERO = t.zeros(2, 2, dtype=t.float64)


def drawn(*shape, seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        x = x + 1j * rng.standard_normal(shape)
    return t.from_numpy(np.asarray(x, dtype))


# ------------------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize("name", ["inv", "det", "slogdet", "cholesky", "eigh", "eig", "matrix_exp", "solve"])
def test_square_matrices_are_asked_for(name):
    function = getattr(t.linalg, name)
    rest = (t.ones(2),) if name == "solve" else ()
    with pytest.raises(RuntimeError, match=f"linalg.{name}: .*of square matrices, but they are 2 by 3 matrices"):
        function(t.ones(2, 3), *rest)
    with pytest.raises(RuntimeError, match=f"linalg.{name}: The input tensor A must have at least 2 dimensions"):
        function(t.ones(3), *rest)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: t.linalg.inv(ZERO), "linalg.inv: The diagonal element 1 is zero, the inversion could not"),
        (lambda: t.linalg.inv(t.stack([EYE, ZERO])), r"linalg.inv: \(Batch element 1\): The diagonal element 1"),
        (lambda: t.linalg.solve(ZERO, EYE), "linalg.solve: The solver failed because the input matrix is singular"),
        (lambda: t.linalg.cholesky(-EYE), "leading minor of order 1 is not positive-definite"),
        (lambda: t.linalg.cholesky(t.stack([EYE, -EYE])), r"linalg.cholesky: \(Batch element 1\): The factorization"),
        (lambda: t.linalg.svd(EYE * float("nan")), "linalg.svd: .*contained non-finite values"),
        (lambda: t.linalg.matrix_power(ZERO, -1), "linalg.inv: The diagonal element 1 is zero"),
        (lambda: t.linalg.lstsq(EYE * float("inf"), EYE), "linalg.lstsq: The input tensors should not contain infs"),
    ],
)
def test_failures_are_linalg_errors(call, words):
    with pytest.raises(t.linalg.LinAlgError, match=words) as caught:
        call()
    assert isinstance(caught.value, RuntimeError) and isinstance(caught.value, np.linalg.LinAlgError)


@pytest.mark.parametrize("pivots", [[5, 2], [0, 2], [-1, 2], [1, -2], [-2, -1]])
def test_pivots_that_are_no_rows(pivots):
    pivots = t.tensor(pivots, dtype=t.int32)
    with pytest.raises(RuntimeError, match="ldl_solve: pivots must be those that linalg.ldl_factor gave"):
        t.linalg.ldl_solve(EYE, pivots, EYE)
    if (pivots < 1).any() or (pivots > 2).any():
        with pytest.raises(RuntimeError, match="pivots passed to lu_unpack must be between 1 and LU.size"):
            t.lu_unpack(EYE, pivots)
        with pytest.raises(RuntimeError, match="Pivots given to lu_solve must all be smaller or equal to LU.size"):
            t.linalg.lu_solve(EYE, pivots, EYE)


def test_nothing_is_written_on_failure():
    out = t.full((2, 2), 7.0, dtype=t.float64)
    with pytest.raises(t.linalg.LinAlgError):
        t.linalg.inv(ZERO, out=out)
    assert out.tolist() == [[7.0, 7.0], [7.0, 7.0]]


def test_arguments_are_left_as_they_were():
    x = drawn(3, 3)
    kept = x.clone()
    for name in ("inv", "det", "qr", "svd", "eig", "lu", "pinv", "matrix_exp"):
        getattr(t.linalg, name)(x)
        getattr(t.linalg, name)(x.mT)
        assert t.equal(x, kept), name


@pytest.mark.parametrize("name", ["geqrf", "ldl_factor"])
def test_what_has_no_derivative_says_so(name):
    x = (drawn(3, 3) + 4 * t.eye(3, dtype=t.float64)).requires_grad_()
    with pytest.raises((RuntimeError, NotImplementedError), match=f"the derivative for '{name}' is not implemented"):
        if name == "geqrf":
            t.geqrf(x)[0].sum().backward()
        else:
            t.linalg.ldl_factor(x)


def test_further_columns_of_q_have_no_derivative():
    x = drawn(4, 3).requires_grad_()
    with pytest.raises(RuntimeError, match="not differentiable when mode='complete' and nrows > ncols"):
        t.linalg.qr(x, "complete")[0].sum().backward()


def test_a_loss_of_the_phase_of_vectors_is_refused():
    x = drawn(3, 3, dtype=np.complex128).requires_grad_()
    with pytest.raises(RuntimeError, match="eigh_backward: The eigenvectors in the complex case are specified up to"):
        (t.linalg.eigh(x + x.mH)[1] * drawn(3, 3, dtype=np.complex128)).sum().abs().backward()
    with pytest.raises(RuntimeError, match="svd_backward: The singular vectors in the complex case are"):
        (t.linalg.svd(x)[0] * drawn(3, 3, dtype=np.complex128)).sum().abs().backward()


# ------------------------------------------------------------------------------------------------ special matrices


def test_determinants_of_singular_matrices_have_exact_derivatives():
    for x in (np.array([[1.0, 2.0], [2.0, 4.0]]), np.zeros((2, 2)), np.diag([0.0, 3.0])):
        # Of [[a, b], [c, d]]: [[d, -c], [-b, a]].
        found = grad(t.linalg.det)(t.from_numpy(x)).numpy()
        np.testing.assert_allclose(found, [[x[1, 1], -x[1, 0]], [-x[0, 1], x[0, 0]]], atol=1e-14)
        expected = np.zeros((2, 2, 2, 2))
        expected[0, 0, 1, 1] = expected[1, 1, 0, 0] = 1
        expected[0, 1, 1, 0] = expected[1, 0, 0, 1] = -1
        np.testing.assert_allclose(hessian(t.linalg.det)(t.from_numpy(x)).numpy(), expected, atol=1e-12)


def test_gradients_of_equal_singular_values():
    x = t.eye(3, dtype=t.float64).requires_grad_()
    t.linalg.matrix_norm(x, "nuc").backward()
    np.testing.assert_allclose(x.grad.numpy(), np.eye(3), atol=1e-14)
    x.grad = None
    t.linalg.eigvalsh(x).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), np.eye(3), atol=1e-14)
    x.grad = None
    t.linalg.svd(x).S.square().sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 2 * np.eye(3), atol=1e-14)


def test_distances_of_zero_have_no_slope():
    for p in (1.0, 2.0, 3.0, 0.5, float("inf"), 0.0):
        x = t.ones(2, 3, dtype=t.float64).requires_grad_()
        t.cdist(x, x.detach(), p).sum().backward()
        assert not np.isnan(x.grad.numpy()).any() and (x.grad.numpy() == 0).all(), p
        x.grad = None
        t.pdist(x, p).sum().backward()
        assert (x.grad.numpy() == 0).all(), p


@pytest.mark.parametrize("name", ["addmm", "addmv", "addr", "addbmm", "baddbmm"])
def test_beta_of_zero_does_not_read(name):
    shapes = {"addmm": ((2, 2), (2, 2), (2, 2)), "addmv": ((2,), (2, 2), (2,)), "addr": ((2, 2), (2,), (2,)),
              "addbmm": ((2, 2), (3, 2, 2), (3, 2, 2)), "baddbmm": ((3, 2, 2), (3, 2, 2), (3, 2, 2))}[name]  # fmt: skip
    nan = t.full(shapes[0], float("nan"), dtype=t.float64)
    a, b = drawn(*shapes[1]), drawn(*shapes[2], seed=1)
    expected = getattr(t, name)(t.zeros_like(nan), a, b).numpy()
    np.testing.assert_allclose(getattr(t, name)(nan, a, b, beta=0).numpy(), expected, rtol=1e-12)
    out = t.empty_like(nan)
    assert getattr(t, name)(nan, a, b, beta=0, out=out) is out
    np.testing.assert_allclose(out.numpy(), expected, rtol=1e-12)
    assert getattr(nan, name + "_")(a, b, beta=0) is nan
    np.testing.assert_allclose(nan.numpy(), expected, rtol=1e-12)


def test_matrix_exponential_at_every_scale():
    for dtype, limit in ((t.float64, 1e-12), (t.float32, 1e-5)):
        for scale in (0.0, 1e-8, 1e-3, 0.1, 0.6, 1.5, 3.0, 10.0, 60.0):
            angle = t.tensor([[0.0, -scale], [scale, 0.0]], dtype=dtype)
            expected = [[np.cos(scale), -np.sin(scale)], [np.sin(scale), np.cos(scale)]]
            np.testing.assert_allclose(t.linalg.matrix_exp(angle).numpy(), expected, atol=limit * max(scale, 1))
    together = t.stack([t.zeros(2, 2), 100 * t.eye(2), t.full((2, 2), float("nan"))]).double()
    found = t.linalg.matrix_exp(together).numpy()
    np.testing.assert_allclose(found[:2], [np.eye(2), np.exp(100.0) * np.eye(2)], rtol=1e-12)
    assert np.isnan(found[2]).all()


def test_the_cheapest_order_of_products():
    from wengert.ops.matrix_functions import _cheapest

    # T. H. Cormen et al., section 15.2: ((A1 (A2 A3)) ((A4 A5) A6)).
    split = _cheapest([30, 35, 15, 5, 10, 20, 25])
    assert (split[0][5], split[0][2], split[3][5]) == (2, 0, 4)


@pytest.mark.parametrize("count", [3, 5, 6, 7])
def test_every_order_of_contraction_gives_the_same(count):
    rng = np.random.default_rng(count)
    letters = "abcdefgh"
    texts = ["".join(rng.choice(list(letters[:4]), 2, replace=False)) for _ in range(count)]
    sizes = dict(zip(letters, (2, 3, 2, 1), strict=False))
    arrays = [rng.standard_normal([sizes[c] for c in text]) for text in texts]
    output = "".join(sorted(set("".join(texts))))[:2]
    equation = ",".join(texts) + "->" + output
    expected = np.einsum(equation, *arrays)
    np.testing.assert_allclose(t.einsum(equation, *[t.from_numpy(a) for a in arrays]).numpy(), expected, atol=1e-12)


def test_many_operands_of_einsum_do_not_make_large_tensors():
    chain = [t.ones(1, 300).double() if i % 2 == 0 else t.ones(300, 1).double() for i in range(12)]
    labels = "abcdefghijklm"
    equation = ",".join(labels[i : i + 2] for i in range(12)) + "->am"
    assert t.einsum(equation, *chain).item() == 300.0**6


def test_results_have_names():
    found = t.linalg.eigh(EYE)
    assert found.eigenvalues is found[0] and found.eigenvectors is found[1] and isinstance(found, tuple)
    assert type(found) is t.return_types.linalg_eigh and found._fields == ("eigenvalues", "eigenvectors")
    assert repr(t.linalg.slogdet(t.eye(1))) == (
        "wengert.return_types.linalg_slogdet(\nsign=tensor(1.),\nlogabsdet=tensor(0.))"
    )
    again = pickle.loads(pickle.dumps(found))
    assert type(again) is type(found) and t.equal(again.eigenvectors, found.eigenvectors)
    assert type(copy.deepcopy(found)) is type(found)
    values, vectors = vmap(t.linalg.eigh)(t.stack([EYE, EYE]))
    assert values.shape == (2, 2) and vectors.shape == (2, 2, 2)


# ------------------------------------------------------------------------------------------------ transforms


def positive(x):
    return x @ x.mT + t.eye(x.shape[-1], dtype=x.dtype)


FUNCTIONS = {
    "inv": lambda x: t.linalg.inv(x),
    "solve": lambda x: t.linalg.solve(x, x.mT @ x),
    "solve of a vector": lambda x: t.linalg.solve(x, x[..., 0, :]),
    "solve_triangular": lambda x: t.linalg.solve_triangular(x, x.mT, upper=False),
    "det": lambda x: t.linalg.det(x),
    "slogdet": lambda x: t.linalg.slogdet(x)[1],
    "cholesky": lambda x: t.linalg.cholesky(positive(x)),
    "cholesky_inverse": lambda x: t.cholesky_inverse(x),
    "lu": lambda x: t.linalg.lu(x)[2],
    "lu_solve": lambda x: t.linalg.lu_solve(*t.linalg.lu_factor(x), x.mT),
    "qr": lambda x: t.linalg.qr(x)[1],
    "wide qr": lambda x: t.linalg.qr(x[..., :2, :])[1],
    "svd": lambda x: t.linalg.svd(x)[0].abs(),
    "svdvals": lambda x: t.linalg.svdvals(x),
    "eigh": lambda x: t.linalg.eigh(x + x.mT)[1].abs(),
    "eigvalsh": lambda x: t.linalg.eigvalsh(x + x.mT),
    "eig": lambda x: t.linalg.eig(positive(x))[0].real,
    "pinv": lambda x: t.linalg.pinv(x[..., :2]),
    "lstsq": lambda x: t.linalg.lstsq(x[..., :2], x)[0],
    "matrix_exp": lambda x: t.linalg.matrix_exp(x),
    "matrix_power": lambda x: t.linalg.matrix_power(x, -3),
    "nuclear norm": lambda x: t.linalg.matrix_norm(x, "nuc"),
    "spectral norm": lambda x: t.linalg.norm(x, 2),
    "cond": lambda x: t.linalg.cond(x, 1),
    "multi_dot": lambda x: t.linalg.multi_dot([x, x, x]),
    "householder_product": lambda x: t.linalg.householder_product(x, x[..., 0]),
    "ormqr": lambda x: t.ormqr(x, x[..., 0], x),
    "einsum": lambda x: t.einsum("ij,jk,ki->j", x, x, x),
    "cdist": lambda x: t.cdist(x, x.mT),
    "pdist": lambda x: t.pdist(x),
    "kron": lambda x: t.kron(x, x),
    "cross": lambda x: t.linalg.cross(x, x.mT),
    "tensordot": lambda x: t.tensordot(x, x, ([0], [1])),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_transforms_compose(name):
    function = FUNCTIONS[name]
    x = drawn(2, 3, 3) + t.diag(t.tensor([3.0, 4.5, 6.0], dtype=t.float64))

    def loss(y):
        return function(y).sin().sum()

    gradients = [grad(loss)(entry).numpy() for entry in x]
    batched = vmap(grad(loss))(x)
    np.testing.assert_allclose(batched.numpy(), gradients, rtol=1e-9, atol=1e-9 * np.abs(gradients).max())
    forward = [jacfwd(function)(entry).numpy() for entry in x]
    np.testing.assert_allclose(vmap(jacfwd(function))(x).numpy(), forward, rtol=1e-9, atol=1e-9 * np.abs(forward).max())
    reverse = jacrev(function)(x[0]).numpy()
    np.testing.assert_allclose(reverse, forward[0], rtol=1e-8, atol=1e-9 * np.abs(forward).max())
    second = hessian(loss)(x[0]).numpy()
    direction = drawn(3, 3, seed=5)
    _, pushed = jvp(grad(loss), (x[0],), (direction,))
    expected = np.tensordot(second, direction.numpy(), 2)
    np.testing.assert_allclose(pushed.numpy(), expected, rtol=1e-8, atol=1e-8 * np.abs(second).max())
    seconds = vmap(hessian(loss))(x).numpy()
    np.testing.assert_allclose(seconds[0], second, rtol=1e-8, atol=1e-8 * np.abs(second).max())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_anything_batched_against_a_loop(name):
    function = FUNCTIONS[name]
    x = drawn(2, 3, 3, seed=1) + t.diag(t.tensor([3.0, 4.5, 6.0], dtype=t.float64))
    expected = [function(entry).numpy() for entry in x]
    np.testing.assert_allclose(vmap(function)(x).numpy(), expected, rtol=1e-11, atol=1e-11 * np.abs(expected).max())
    last = vmap(function, in_dims=2, out_dims=-1)(x.movedim(0, 2))
    np.testing.assert_allclose(np.moveaxis(last.numpy(), -1, 0), expected, rtol=1e-11,
                               atol=1e-11 * np.abs(expected).max())  # fmt: skip


def test_signs_of_determinants_that_are_no_numbers():
    for entry, expected in ((np.nan, 0), (np.inf, 1), (-np.inf, -1)):
        found = t.linalg.slogdet(t.tensor([[entry, 1.0], [0.0, 1.0]]))
        assert found.sign.item() == expected
        assert np.isnan(found.logabsdet.item()) if expected == 0 else found.logabsdet.item() == np.inf
    found = t.linalg.slogdet(t.full((2, 2), complex(np.nan, 0)))
    assert np.isnan(found.sign.item().real) and np.isnan(found.logabsdet.item())
