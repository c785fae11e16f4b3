"""Linear algebra in both libraries: values, dtypes and errors over all types, layouts, empty and zero-dimensional
inputs, and everything that is refused."""

import warnings

import numpy as np
import pytest

import wengert

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle
LIBRARIES = (wengert, torch)
DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64", "complex64",
          "complex128")  # fmt: skip
INEXACT = ("float32", "float64", "complex64", "complex128")


def outcome(t, program, *arguments):
    """("value", [(dtype, array)]) of the tensors that a program returns, or ("error", its type, its message)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = program(t, *arguments)
        except Exception as error:
            return "error", type(error).__name__.lstrip("_"), str(error)
    listed = list(result) if isinstance(result, (tuple, list)) else [result]
    return "value", [
        (str(y.dtype).split(".")[1], tuple(y.shape), values_of(t, y)) if isinstance(y, t.Tensor) else y for y in listed
    ]


def values_of(t, y):
    y = y.detach().resolve_conj() if t is torch else y.detach()
    return (y.to(t.float32) if str(y.dtype).endswith("bfloat16") else y).numpy().copy()


# The digits of a type.
EPSILON = {"float16": 1e-3, "bfloat16": 8e-3, "float32": 1.2e-7, "complex64": 1.2e-7}


def agree(program, *arguments, tolerance: float = 200.0, sentence: bool = False):
    ours, theirs = [outcome(t, program, *[a(t) for a in arguments]) for t in LIBRARIES]
    assert ours[0] == theirs[0], f"{ours}\nPyTorch: {theirs}"
    if ours[0] == "error":
        assert ours[1] == theirs[1], f"{ours}\nPyTorch: {theirs}"
        if sentence:
            first = " ".join(theirs[2].split()).split(". ")[0].rstrip(".").replace("torch.", "")
            assert " ".join(ours[2].split()).replace("wengert.", "").replace("torch.", "").startswith(first), (
                f"{ours[2]}\nPyTorch: {theirs[2]}"
            )
        return
    assert len(ours[1]) == len(theirs[1])
    for mine, other in zip(ours[1], theirs[1], strict=True):
        if not isinstance(mine, tuple):
            assert mine == other
            continue
        assert mine[:2] == other[:2], f"{mine}\nPyTorch: {other}"
        scale = max(1.0, float(np.max(np.abs(other[2][np.isfinite(other[2])]), initial=0.0)))
        limit = tolerance * EPSILON.get(mine[0], 2.3e-16) * scale
        np.testing.assert_allclose(
            mine[2].astype(np.complex128), other[2].astype(np.complex128), rtol=limit, atol=limit
        )


def of(array, dtype: str):
    """A tensor of an array and a type in either library."""
    return lambda t: t.from_numpy(np.array(array)).to(getattr(t, dtype))


def drawn(*shape, seed: int = 0, dtype: str = "float64", well: bool = False):
    rng = np.random.default_rng(seed)
    kind = dtype[:3]
    if kind in ("int", "uin", "boo"):
        return of(rng.integers(0, 4, shape), dtype)
    values = rng.standard_normal(shape)
    if kind == "com":
        values = values + 1j * rng.standard_normal(shape)
    if well:
        n = min(shape[-2:])
        values[..., np.arange(n), np.arange(n)] += 3.0 + np.arange(n)
    return of(values, dtype)


def hermitian(x):
    return x + x.mH


def positive(t, x):
    return x @ x.mH + t.eye(x.shape[-1], dtype=x.dtype)


def phaseless(results):
    return [abs(y) if y.ndim > 1 else y for y in results]


PRODUCTS = {
    "matmul": (lambda t, x, y: t.matmul(x, y), (2, 3), (3, 4)),
    "matmul of vectors": (lambda t, x, y: t.matmul(x, y), (3,), (3,)),
    "matmul of a vector and a matrix": (lambda t, x, y: x @ y, (3,), (3, 2)),
    "matmul of a matrix and a vector": (lambda t, x, y: x @ y, (2, 3), (3,)),
    "matmul of batches": (lambda t, x, y: x @ y, (2, 1, 2, 3), (4, 3, 2)),
    "mm": (lambda t, x, y: t.mm(x, y), (2, 3), (3, 4)),
    "bmm": (lambda t, x, y: t.bmm(x, y), (5, 2, 3), (5, 3, 4)),
    "mv": (lambda t, x, y: t.mv(x, y), (2, 3), (3,)),
    "dot": (lambda t, x, y: t.dot(x, y), (3,), (3,)),
    "vdot": (lambda t, x, y: t.vdot(x, y), (3,), (3,)),
    "outer": (lambda t, x, y: t.outer(x, y), (2,), (3,)),
    "ger": (lambda t, x, y: t.ger(x, y), (2,), (3,)),
    "inner": (lambda t, x, y: t.inner(x, y), (2, 3), (4, 3)),
    "inner with a scalar": (lambda t, x, y: t.inner(x, y), (), (4, 3)),
    "kron": (lambda t, x, y: t.kron(x, y), (2, 3), (2, 2)),
    "tensordot": (lambda t, x, y: t.tensordot(x, y, 1), (2, 3), (3, 4)),
    "tensordot of nothing": (lambda t, x, y: t.tensordot(x, y, 0), (2,), (3,)),
    "cross": (lambda t, x, y: t.linalg.cross(x, y), (2, 3), (2, 3)),
    "vecdot": (lambda t, x, y: t.linalg.vecdot(x, y), (2, 3), (2, 3)),
    "multi_dot": (lambda t, x, y: t.linalg.multi_dot([x, y, x]), (2, 3), (3, 2)),
    "einsum product": (lambda t, x, y: t.einsum("ij,jk->ik", x, y), (2, 3), (3, 4)),
    "einsum without a sum": (lambda t, x, y: t.einsum("i,j->ij", x, y), (2,), (3,)),
    "einsum of elements": (lambda t, x, y: t.einsum("ij,ij->ij", x, y), (2, 3), (2, 3)),
    "einsum of a batch": (lambda t, x, y: t.einsum("bij,bjk->bik", x, y), (2, 2, 3), (2, 3, 2)),
    "addmm": (lambda t, x, y: t.addmm(x[:, :1], x, y, beta=2, alpha=3), (2, 3), (3, 4)),
    "addmv": (lambda t, x, y: t.addmv(x[:, 0], x, y, beta=2, alpha=3), (2, 3), (3,)),
    "addr": (lambda t, x, y: t.addr(y, x, y, beta=2, alpha=3), (2,), (3,)),
    "addbmm": (lambda t, x, y: t.addbmm(x[0, :, :1], x, y, beta=2, alpha=3), (5, 2, 3), (5, 3, 4)),
    "baddbmm": (lambda t, x, y: t.baddbmm(x[0, :, :1], x, y, beta=2, alpha=3), (5, 2, 3), (5, 3, 4)),
    "cdist": (lambda t, x, y: t.cdist(x, y), (3, 2), (4, 2)),
    "bilinear": (lambda t, x, y: t.nn.functional.bilinear(x, y, x.new_ones((2, 3, 2))), (4, 3), (4, 2)),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", PRODUCTS)
def test_products(name, dtype):
    program, first, second = PRODUCTS[name]
    agree(program, drawn(*first, dtype=dtype), drawn(*second, seed=1, dtype=dtype), tolerance=20)


@pytest.mark.parametrize("name", PRODUCTS)
@pytest.mark.parametrize("dtypes", [("float32", "float64"), ("int64", "float32"), ("float32", "complex64"),
                                    ("int32", "int64"), ("bool", "int64"), ("float16", "float32")])  # fmt: skip
def test_products_of_two_types(name, dtypes):
    program, first, second = PRODUCTS[name]
    agree(program, drawn(*first, dtype=dtypes[0]), drawn(*second, seed=1, dtype=dtypes[1]), tolerance=20)


@pytest.mark.parametrize("name", PRODUCTS)
def test_products_of_other_layouts(name):
    if name == "kron":
        pytest.skip("PyTorch refuses memory that is not contiguous")
    program, first, second = PRODUCTS[name]

    def transposed(t, x):
        return x.transpose(0, -1).contiguous().transpose(0, -1) if x.ndim > 1 else t.stack([x, x], 1)[:, 0]

    def spaced(t, x):
        return t.stack([x, x], -1)[..., 0]

    for arrange in (transposed, spaced):
        agree(lambda t, x, y, a=arrange: program(t, a(t, x), a(t, y)), drawn(*first), drawn(*second, seed=1))
        agree(lambda t, x, y, a=arrange: program(t, a(t, x), y), drawn(*first), drawn(*second, seed=1))


SINGLE = {
    "inv": lambda t, x: t.linalg.inv(x),
    "inverse": lambda t, x: x.inverse(),
    "inv_ex": lambda t, x: t.linalg.inv_ex(x),
    "det": lambda t, x: t.linalg.det(x),
    "det method": lambda t, x: x.det(),
    "slogdet": lambda t, x: t.linalg.slogdet(x),
    "logdet": lambda t, x: t.logdet(x),
    "cholesky": lambda t, x: t.linalg.cholesky(positive(t, x)),
    "cholesky upper": lambda t, x: t.linalg.cholesky(positive(t, x), upper=True),
    "cholesky alone": lambda t, x: t.linalg.cholesky(x),
    "cholesky_ex": lambda t, x: t.linalg.cholesky_ex(positive(t, x)),
    "older cholesky": lambda t, x: t.cholesky(positive(t, x), True),
    "cholesky_inverse": lambda t, x: t.cholesky_inverse(t.linalg.cholesky(positive(t, x))),
    "cholesky_inverse of any": lambda t, x: t.cholesky_inverse(x.real if x.is_complex() else x),
    "lu": lambda t, x: t.linalg.lu(x),
    "lu_factor": lambda t, x: t.linalg.lu_factor(x),
    "lu_factor_ex": lambda t, x: t.linalg.lu_factor_ex(x),
    "older lu": lambda t, x: t.lu(x),
    "lu_unpack": lambda t, x: t.lu_unpack(*t.linalg.lu_factor_ex(x)[:2]),
    "qr": lambda t, x: t.linalg.qr(x),
    "qr complete": lambda t, x: t.linalg.qr(x, "complete"),
    "qr r": lambda t, x: t.linalg.qr(x, mode="r"),
    "older qr": lambda t, x: t.qr(x),
    "svd": lambda t, x: phaseless(t.linalg.svd(x)),
    "svd reduced": lambda t, x: phaseless(t.linalg.svd(x, full_matrices=False)),
    "older svd": lambda t, x: phaseless(t.svd(x)),
    "older svd without vectors": lambda t, x: t.svd(x, compute_uv=False),
    "svdvals": lambda t, x: t.linalg.svdvals(x),
    "eigh": lambda t, x: phaseless(t.linalg.eigh(hermitian(x))),
    "eigh upper": lambda t, x: phaseless(t.linalg.eigh(hermitian(x), UPLO="U")),
    "eigvalsh": lambda t, x: t.linalg.eigvalsh(hermitian(x)),
    "eig": lambda t, x: [w.real.sort()[0] for w in [t.linalg.eig(x)[0]]],
    "eigvals": lambda t, x: [t.linalg.eigvals(x).real.sort()[0], t.linalg.eigvals(x).sum()],
    "pinv": lambda t, x: t.linalg.pinv(x),
    "pinv hermitian": lambda t, x: t.linalg.pinv(hermitian(x), hermitian=True),
    "pinverse": lambda t, x: x.pinverse(),
    "matrix_rank": lambda t, x: t.linalg.matrix_rank(x),
    "matrix_rank of a limit": lambda t, x: t.linalg.matrix_rank(x, atol=2.0, rtol=0.1),
    "matrix_rank hermitian": lambda t, x: t.linalg.matrix_rank(hermitian(x), hermitian=True),
    "matrix_exp": lambda t, x: t.linalg.matrix_exp(x),
    "matrix_power": lambda t, x: t.linalg.matrix_power(x, 3),
    "matrix_power 0": lambda t, x: t.linalg.matrix_power(x, 0),
    "matrix_power -2": lambda t, x: x.matrix_power(-2),
    "norm": lambda t, x: t.linalg.norm(x),
    "norm 2": lambda t, x: t.linalg.norm(x, 2),
    "norm nuc": lambda t, x: t.linalg.norm(x, "nuc"),
    "matrix_norm": lambda t, x: t.linalg.matrix_norm(x),
    "matrix_norm 1": lambda t, x: t.linalg.matrix_norm(x, 1, keepdim=True),
    "matrix_norm -1": lambda t, x: t.linalg.matrix_norm(x, -1),
    "matrix_norm inf": lambda t, x: t.linalg.matrix_norm(x, float("inf")),
    "matrix_norm 2": lambda t, x: t.linalg.matrix_norm(x, 2),
    "matrix_norm -2": lambda t, x: t.linalg.matrix_norm(x, -2),
    "matrix_norm nuc": lambda t, x: t.linalg.matrix_norm(x, "nuc", (0, -1)),
    "cond": lambda t, x: t.linalg.cond(x),
    "cond 1": lambda t, x: t.linalg.cond(x, 1),
    "cond -2": lambda t, x: t.linalg.cond(x, -2),
    "cond fro": lambda t, x: t.linalg.cond(x, "fro"),
    "ldl_factor": lambda t, x: t.linalg.ldl_factor(hermitian(x)),
    "ldl_factor hermitian": lambda t, x: t.linalg.ldl_factor(hermitian(x), hermitian=True),
    "geqrf": lambda t, x: t.geqrf(x),
    "householder_product": lambda t, x: t.linalg.householder_product(*t.geqrf(x)),
    "trace": lambda t, x: t.trace(x),
    "diagonal": lambda t, x: t.linalg.diagonal(x),
    "solve itself": lambda t, x: t.linalg.solve(x, x),
    "solve from the right": lambda t, x: t.linalg.solve(x, x, left=False),
    "solve_triangular": lambda t, x: t.linalg.solve_triangular(x, x, upper=True),
    "lstsq": lambda t, x: t.linalg.lstsq(x, x),
    "lstsq gelsd": lambda t, x: t.linalg.lstsq(x, x[..., :1], driver="gelsd"),
    "lstsq gelss": lambda t, x: t.linalg.lstsq(x, x[..., :1], driver="gelss"),
    "lstsq gels": lambda t, x: t.linalg.lstsq(x, x[..., :1], driver="gels"),
    "tensorinv": lambda t, x: t.linalg.tensorinv(x, 1),
    "multi_dot": lambda t, x: t.linalg.multi_dot([x, x]),
    "einsum diagonal": lambda t, x: t.einsum("...ii->...i", x),
    "einsum trace": lambda t, x: t.einsum("...ii", x),
    "pdist": lambda t, x: t.pdist(x),
    "chain_matmul": lambda t, x: t.chain_matmul(x, x),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", SINGLE)
def test_one_matrix(name, dtype):
    if name == "matrix_exp" and dtype in ("float16", "bfloat16"):
        pytest.skip("PyTorch multiplies powers in half precision, which overflows")
    agree(SINGLE[name], drawn(3, 3, dtype=dtype, well=dtype[:3] in ("flo", "com")))


@pytest.mark.parametrize("shape", [(2, 3, 3), (4, 3), (3, 4), (2, 4, 3), (0, 0), (0, 3), (3, 0), (2, 0, 0), (0, 3, 3),
                                   (1, 1), (3,), (), (0,)], ids=str)  # fmt: skip
@pytest.mark.parametrize("name", SINGLE)
def test_shapes(name, shape):
    if name.startswith(("lstsq gels", "lstsq")) and shape and 0 in shape:
        pytest.skip("PyTorch gives what its memory held")
    for dtype in ("float64", "complex128"):
        agree(SINGLE[name], drawn(*shape, dtype=dtype, well=len(shape) > 1))


@pytest.mark.parametrize("name", SINGLE)
@pytest.mark.parametrize("dtype", ["float64", "complex64"])
def test_layouts(name, dtype):
    for arrange in (lambda t, x: x.mT.contiguous().mT, lambda t, x: t.stack([x, x], -1)[..., 0]):
        agree(lambda t, x, a=arrange: SINGLE[name](t, a(t, x)), drawn(3, 3, dtype=dtype, well=True))


# What LAPACK makes of NaN depends on how it was built: PyTorch's gives NaN for doubles and fails for single precision.
NOT_COMPARED = (
    "svd", "older svd", "norm 2", "norm nuc", "matrix_norm 2", "matrix_norm -2", "matrix_norm nuc", "cond", "pinv",
    "pinverse", "matrix_rank", "lstsq", "eig", "qr", "older qr", "geqrf", "householder", "ldl", "lu", "older lu", "inv",
    "solve", "tensorinv", "cholesky_inverse", "cholesky_ex",
)  # fmt: skip


@pytest.mark.parametrize("matrix", [[[np.nan, 1.0], [1.0, 2.0]], [[1.0, np.inf], [0.0, 1.0]]], ids=str)
@pytest.mark.parametrize("name", [n for n in SINGLE if not n.startswith(NOT_COMPARED)])
def test_values_that_are_not_finite(name, matrix):
    agree(SINGLE[name], of(np.array(matrix), "float64"))


@pytest.mark.parametrize("matrix", [np.zeros((2, 2)), np.diag([1.0, 0.0]), np.diag([0.0, 1.0])], ids=str)
@pytest.mark.parametrize("name", [n for n in SINGLE if not n.startswith("ldl") and n != "lstsq"])
def test_singular_matrices(name, matrix):
    agree(SINGLE[name], of(matrix, "float64"))


# ------------------------------------------------------------------------------------------------ what is refused


def o(*shape, dtype="float32"):
    return of(np.ones(shape), dtype)


REFUSED = {
    "mm of vectors": (lambda t, x, y: t.mm(x, y), o(3), o(3, 2)),
    "mm of a batch": (lambda t, x, y: t.mm(x, y), o(2, 3), o(1, 3, 2)),
    "mm of shapes": (lambda t, x, y: t.mm(x, y), o(2, 3), o(2, 3)),
    "matmul of a scalar": (lambda t, x, y: x @ y, o(2, 2), o()),
    "matmul of shapes": (lambda t, x, y: x @ y, o(2, 3), o(2, 3)),
    "matmul and a vector": (lambda t, x, y: x @ y, o(2, 3), o(2)),
    "matmul of vectors": (lambda t, x, y: x @ y, o(3), o(2)),
    "matmul of batches": (lambda t, x, y: x @ y, o(2, 3, 4), o(3, 4, 2)),
    "matmul inside batches": (lambda t, x, y: x @ y, o(2, 3, 4), o(2, 3, 2)),
    "bmm of matrices": (lambda t, x, y: t.bmm(x, y), o(2, 2), o(2, 2)),
    "bmm of one matrix": (lambda t, x, y: t.bmm(x, y), o(2, 2, 2), o(2, 2)),
    "bmm of shapes": (lambda t, x, y: t.bmm(x, y), o(2, 3, 4), o(3, 4, 4)),
    "mv of shapes": (lambda t, x, y: t.mv(x, y), o(2, 3), o(2)),
    "mv of vectors": (lambda t, x, y: t.mv(x, y), o(2), o(2)),
    "mv of types": (lambda t, x, y: t.mv(x, y), o(2, 2), o(2, dtype="float64")),
    "dot of matrices": (lambda t, x, y: t.dot(x, y), o(2, 2), o(2, 2)),
    "dot of shapes": (lambda t, x, y: t.dot(x, y), o(2), o(3)),
    "outer of a matrix": (lambda t, x, y: t.outer(x, y), o(2, 2), o(2)),
    "outer with a matrix": (lambda t, x, y: t.outer(x, y), o(2), o(2, 2)),
    "inner of shapes": (lambda t, x, y: t.inner(x, y), o(2, 3), o(4, 2)),
    "inner of types": (lambda t, x, y: t.inner(x, y), o(2, 3), o(2, 3, dtype="float64")),
    "tensordot of shapes": (lambda t, x, y: t.tensordot(x, y, 1), o(2, 3), o(2, 3)),
    "tensordot of less than nothing": (lambda t, x, y: t.tensordot(x, y, -1), o(2, 3), o(2, 3)),
    "tensordot of too many": (lambda t, x, y: t.tensordot(x, y, 3), o(2, 3), o(2, 3)),
    "tensordot of other lists": (lambda t, x, y: t.tensordot(x, y, ([0], [1, 0])), o(2, 3), o(3, 2)),
    "tensordot of one twice": (lambda t, x, y: t.tensordot(x, y, ([0, 0], [1, 0])), o(2, 2), o(2, 2)),
    "tensordot out of range": (lambda t, x, y: t.tensordot(x, y, ([2], [1])), o(2, 2), o(2, 2)),
    "tensordot of a float": (lambda t, x, y: t.tensordot(x, y, 1.0), o(2, 2), o(2, 2)),
    "cross of 2": (lambda t, x, y: t.linalg.cross(x, y), o(2), o(2)),
    "cross of ranks": (lambda t, x, y: t.linalg.cross(x, y), o(3), o(2, 3)),
    "cross out of range": (lambda t, x, y: t.linalg.cross(x, y, dim=3), o(3), o(3)),
    "cross without a 3": (lambda t, x, y: t.cross(x, y), o(2, 2), o(2, 2)),
    "addmm of shapes": (lambda t, x, y: t.addmm(t.ones(3), x, y), o(2, 2), o(2, 2)),
    "addmm of a vector": (lambda t, x, y: t.addmm(x, y, x), o(2, 2), o(2)),
    "addmm of types": (lambda t, x, y: t.addmm(x, x, y), o(2, 2), o(2, 2, dtype="float64")),
    "addmm of a complex factor": (lambda t, x, y: t.addmm(x, x, y, alpha=1j), o(2, 2), o(2, 2)),
    "addmv of shapes": (lambda t, x, y: t.addmv(t.ones(3), x, y), o(2, 2), o(2)),
    "addmv of vectors": (lambda t, x, y: t.addmv(y, y, y), o(2, 2), o(2)),
    "addr of shapes": (lambda t, x, y: t.addr(x, t.ones(2), t.ones(3)), o(2, 2), o(2)),
    "addr of a matrix": (lambda t, x, y: t.addr(x, x, y), o(2, 2), o(2)),
    "addr of a fraction": (lambda t, x, y: t.addr(x.long(), y.long(), y.long(), beta=1.5), o(2, 2), o(2)),
    "addbmm of batches": (lambda t, x, y: t.addbmm(x[0], x, y), o(3, 2, 2), o(2, 2, 2)),
    "addbmm of sizes": (lambda t, x, y: t.addbmm(x[0], x, y), o(3, 2, 2), o(3, 3, 2)),
    "addbmm of shapes": (lambda t, x, y: t.addbmm(t.ones(3, 3), x, y), o(3, 2, 2), o(3, 2, 2)),
    "baddbmm of shapes": (lambda t, x, y: t.baddbmm(t.ones(3, 3, 3), x, y), o(3, 2, 2), o(3, 2, 2)),
    "baddbmm of types": (lambda t, x, y: t.baddbmm(x.double(), x, y), o(3, 2, 2), o(3, 2, 2)),
    "chain_matmul of nothing": (lambda t, x, y: t.chain_matmul(), o(2, 2), o(2, 2)),
    "multi_dot of one": (lambda t, x, y: t.linalg.multi_dot([x]), o(2, 2), o(2, 2)),
    "multi_dot of shapes": (lambda t, x, y: t.linalg.multi_dot([x, x, y]), o(2, 2), o(3, 3)),
    "multi_dot with a vector inside": (lambda t, x, y: t.linalg.multi_dot([x, y, x]), o(2, 2), o(2)),
    "multi_dot of a batch": (lambda t, x, y: t.linalg.multi_dot([x, y]), o(1, 2, 2), o(2, 2)),
    "multi_dot of types": (lambda t, x, y: t.linalg.multi_dot([x, y]), o(2, 2), o(2, 2, dtype="float64")),
    "multi_dot of a tensor": (lambda t, x, y: t.linalg.multi_dot(x), o(2, 2), o(2, 2)),
    "vecdot of types": (lambda t, x, y: t.linalg.vecdot(x, y), o(2), o(2, dtype="float64")),
    "vecdot of shapes": (lambda t, x, y: t.linalg.vecdot(x, y), o(2), o(3)),
    "vecdot out of range": (lambda t, x, y: t.linalg.vecdot(x, y, dim=3), o(2, 2), o(2, 2)),
    "trace of a vector": (lambda t, x, y: t.trace(y), o(2, 2), o(2)),
    "solve of shapes": (lambda t, x, y: t.linalg.solve(x, y), o(2, 2), o(3, 1)),
    "solve of shapes from the right": (lambda t, x, y: t.linalg.solve(x, y, left=False), o(2, 2), o(1, 3)),
    "solve of types": (lambda t, x, y: t.linalg.solve(x, y), o(2, 2), o(2, 2, dtype="float64")),
    "solve of batches": (lambda t, x, y: t.linalg.solve(x, y), o(2, 2, 2), o(3, 2, 1)),
    "solve of a scalar": (lambda t, x, y: t.linalg.solve(x, y), o(2, 2), o()),
    "solve of a singular matrix": (lambda t, x, y: t.linalg.solve(x * 0, y), o(2, 2), o(2)),
    "solve of singular matrices": (lambda t, x, y: t.linalg.solve(x * 0, y), o(3, 2, 2), o(2, 1)),
    "inv of a singular matrix": (lambda t, x, y: t.linalg.inv(x * 0), o(2, 2), o(2)),
    "inv of singular matrices": (lambda t, x, y: t.linalg.inv(t.stack([t.eye(2), x[0] * 0])), o(3, 2, 2), o(2)),
    "inv_ex checked": (lambda t, x, y: t.linalg.inv_ex(x * 0, check_errors=True), o(2, 2), o(2)),
    "solve_triangular of shapes": (lambda t, x, y: t.linalg.solve_triangular(x, y, upper=True), o(2, 2), o(3, 1)),
    "cholesky of what is not positive": (lambda t, x, y: t.linalg.cholesky(-x), o(2, 2), o(2)),
    "cholesky of some": (lambda t, x, y: t.linalg.cholesky(t.stack([t.eye(2), -t.eye(2)])), o(2, 2), o(2)),
    "older cholesky": (lambda t, x, y: t.cholesky(-x), o(2, 2), o(2)),
    "cholesky_solve of shapes": (lambda t, x, y: t.cholesky_solve(y, x), o(2, 2), o(3, 1)),
    "cholesky_solve of a vector": (lambda t, x, y: t.cholesky_solve(y, x), o(2, 2), o(2)),
    "lu without pivots": (lambda t, x, y: t.linalg.lu_factor(x, pivot=False), o(2, 2), o(2)),
    "lu_factor of a singular matrix": (lambda t, x, y: t.linalg.lu_factor(x * 0), o(2, 2), o(2)),
    "lu_solve of pivots' type": (lambda t, x, y: t.linalg.lu_solve(x, t.tensor([1, 2]), x), o(2, 2), o(2)),
    "lu_solve of too few pivots": (lambda t, x, y: t.linalg.lu_solve(x, t.tensor([1]).int(), x), o(2, 2), o(2)),
    "lu_solve of shapes": (lambda t, x, y: t.linalg.lu_solve(x, t.tensor([1, 2]).int(), y), o(2, 2), o(3, 1)),
    "lu_unpack of pivots' type": (lambda t, x, y: t.lu_unpack(x, t.tensor([1, 2])), o(2, 2), o(2)),
    "qr of a mode": (lambda t, x, y: t.linalg.qr(x, "thin"), o(2, 2), o(2)),
    "svd of NaN": (lambda t, x, y: t.linalg.svd(x * float("nan")), o(2, 2), o(2)),
    "eigh of a side": (lambda t, x, y: t.linalg.eigh(x, "X"), o(2, 2), o(2)),
    "eig of NaN": (lambda t, x, y: t.linalg.eig(x * float("nan")), o(2, 2), o(2)),
    "matrix_power of a float": (lambda t, x, y: t.linalg.matrix_power(x, 1.5), o(2, 2), o(2)),
    "matrix_power of a singular matrix": (lambda t, x, y: t.linalg.matrix_power(x * 0, -1), o(2, 2), o(2)),
    "matrix_norm of an order": (lambda t, x, y: t.linalg.matrix_norm(x, 3), o(2, 2), o(2)),
    "matrix_norm of a name": (lambda t, x, y: t.linalg.matrix_norm(x, "x"), o(2, 2), o(2)),
    "matrix_norm of one dim twice": (lambda t, x, y: t.linalg.matrix_norm(x, dim=(0, 0)), o(2, 2), o(2)),
    "matrix_norm of one dim": (lambda t, x, y: t.linalg.matrix_norm(x, dim=(0,)), o(2, 2), o(2)),
    "matrix_norm out of range": (lambda t, x, y: t.linalg.matrix_norm(x, dim=(0, 2)), o(2, 2), o(2)),
    "matrix_norm in integers": (lambda t, x, y: t.linalg.matrix_norm(x, 1, dtype=t.int32), o(2, 2), o(2)),
    "norm of a rank": (lambda t, x, y: t.linalg.norm(x, 2), o(2, 2, 2), o(2)),
    "norm of three dims": (lambda t, x, y: t.linalg.norm(x, 2, dim=(0, 1, 2)), o(2, 2, 2), o(2)),
    "norm of less digits": (lambda t, x, y: t.linalg.norm(x.double(), dtype=t.float32), o(2, 2), o(2)),
    "cond of an order": (lambda t, x, y: t.linalg.cond(x, 3), o(2, 2), o(2)),
    "cond of a rectangle": (lambda t, x, y: t.linalg.cond(x, 1), o(2, 3), o(2)),
    "lstsq of shapes": (lambda t, x, y: t.linalg.lstsq(x, y), o(3, 2), o(2, 1)),
    "lstsq of a driver": (lambda t, x, y: t.linalg.lstsq(x, y, driver="x"), o(3, 2), o(3, 1)),
    "lstsq of types": (lambda t, x, y: t.linalg.lstsq(x, y), o(3, 2), o(3, 1, dtype="float64")),
    "lstsq of ranks": (lambda t, x, y: t.linalg.lstsq(x, y), o(2, 3, 2), o(3)),
    "householder_product of too many": (lambda t, x, y: t.linalg.householder_product(x, y), o(3, 2), o(3)),
    "householder_product of a wide one": (lambda t, x, y: t.linalg.householder_product(x, y), o(2, 3), o(2)),
    "householder_product of batches": (lambda t, x, y: t.linalg.householder_product(x, y), o(2, 3, 2), o(2)),
    "householder_product of types": (
        lambda t, x, y: t.linalg.householder_product(x, y), o(3, 2), o(2, dtype="float64")),
    "ormqr of shapes": (lambda t, x, y: t.ormqr(x, y, t.ones(2, 3)), o(3, 2), o(2)),
    "tensorinv of nothing": (lambda t, x, y: t.linalg.tensorinv(x, ind=0), o(2, 2), o(2)),
    "tensorinv of shapes": (lambda t, x, y: t.linalg.tensorinv(x), o(2, 3), o(2)),
    "tensorsolve of shapes": (lambda t, x, y: t.linalg.tensorsolve(x, y), o(2, 3), o(2)),
    "triangular_solve of shapes": (lambda t, x, y: t.triangular_solve(y, x), o(2, 2), o(3, 1)),
    "cdist of columns": (lambda t, x, y: t.cdist(x, y), o(2, 3), o(4, 2)),
    "cdist of less than 0": (lambda t, x, y: t.cdist(x, x, p=-1), o(2, 2), o(2)),
    "cdist of a vector": (lambda t, x, y: t.cdist(y, x), o(2, 2), o(2)),
    "cdist of a mode": (lambda t, x, y: t.cdist(x, x, compute_mode="x"), o(2, 2), o(2)),
    "cdist of batches": (lambda t, x, y: t.cdist(x, y), o(2, 2, 3), o(3, 2, 3)),
    "pdist of a vector": (lambda t, x, y: t.pdist(y), o(2, 2), o(2)),
    "pdist of less than 0": (lambda t, x, y: t.pdist(x, p=-1), o(2, 2), o(2)),
    "bilinear of batches": (lambda t, x, y: t.nn.functional.bilinear(x, y, t.ones(5, 3, 4)), o(2, 3), o(3, 4)),
    "bilinear of sizes": (lambda t, x, y: t.nn.functional.bilinear(x, y, t.ones(5, 3, 4)), o(2, 2), o(2, 4)),
    "einsum of an unknown label": (lambda t, x, y: t.einsum("ij,jk->iz", x, x), o(2, 2), o(2)),
    "einsum of a label twice": (lambda t, x, y: t.einsum("ij->ii", x), o(2, 2), o(2)),
    "einsum of too many labels": (lambda t, x, y: t.einsum("ijk->i", x), o(2, 2), o(2)),
    "einsum of too few labels": (lambda t, x, y: t.einsum("i->i", x), o(2, 2), o(2)),
    "einsum of too few operands": (lambda t, x, y: t.einsum("ij,jk", x), o(2, 2), o(2)),
    "einsum of too many operands": (lambda t, x, y: t.einsum("ij", x, x), o(2, 2), o(2)),
    "einsum of sizes": (lambda t, x, y: t.einsum("ij,jk", x, x), o(2, 3), o(2)),
    "einsum of a digit": (lambda t, x, y: t.einsum("i1->i", x), o(2, 2), o(2)),
    "einsum of two dots": (lambda t, x, y: t.einsum("i..->i", x), o(2, 2), o(2)),
    "einsum of two ellipses": (lambda t, x, y: t.einsum("...i...->i", x), o(2, 2), o(2)),
    "einsum of half an arrow": (lambda t, x, y: t.einsum("ij-", x), o(2, 2), o(2)),
    "einsum of nothing": (lambda t, x, y: t.einsum("ij"), o(2, 2), o(2)),
    "einsum of a diagonal": (lambda t, x, y: t.einsum("ii", x), o(2, 3), o(2)),
    "einsum of a number": (lambda t, x, y: t.einsum("ij", 3), o(2, 3), o(2)),
    "einsum of a subscript": (lambda t, x, y: t.einsum(x, [0, 52]), o(2, 3), o(2)),
    "einsum of two arrows": (lambda t, x, y: t.einsum("ij->i->j", x), o(2, 3), o(2)),
    "einsum of many dots": (lambda t, x, y: t.einsum("ij->......", x), o(2, 3), o(2)),
    "vander of nothing": (lambda t, x, y: t.linalg.vander(y, N=1), o(2, 2), o(2)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    program, *arguments = REFUSED[name]
    assert outcome(torch, program, *[a(torch) for a in arguments])[0] == "error"
    agree(program, *arguments, sentence=True)


@pytest.mark.parametrize(
    "name",
    ["inv", "inv_ex", "det", "slogdet", "cholesky", "cholesky_ex", "lu", "lu_factor", "lu_factor_ex", "qr", "svd",
     "svdvals", "eigh", "eigvalsh", "eig", "eigvals", "matrix_exp", "matrix_norm", "norm", "cond", "pinv",
     "matrix_rank", "ldl_factor", "ldl_factor_ex", "tensorinv", "diagonal"],
)  # fmt: skip
def test_other_arguments_than_tensors(name):
    for bad in ([[1.0]], 1.0, "x", None):
        with pytest.raises(TypeError):
            getattr(torch.linalg, name)(bad)
        with pytest.raises(TypeError, match=f"{name}.*must be Tensor, not"):
            getattr(wengert.linalg, name)(bad)
