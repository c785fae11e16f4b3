"""Factorisations of matrices: LAPACK's routines on batches of arrays.

Every function takes arrays of shape (*, rows, columns) of one of the four types of BLAS, in any layout, and returns
new arrays. LAPACK stores columns one after the other, so that results are transposed views of the memory they lie in.
`info` is LAPACK's, one int32 for each matrix: 0, or what went wrong. Empty matrices and batches of none are computed
without a call. NaN and infinity give NaN, or an info that is not 0.

E. Anderson et al., "LAPACK Users' Guide", 3rd edition, SIAM 1999, https://www.netlib.org/lapack/lug/.
"""

import functools
import math

import numpy

from . import lapack_calls

_LETTER = {"f4": "s", "f8": "d", "c8": "c", "c16": "z"}
_REAL_PART = {"f4": "f4", "f8": "f8", "c8": "f4", "c16": "f8"}
INT = numpy.intc


@functools.cache
def _routine(name: str, dtype) -> int:
    """The address of a routine for a type; names are those of the complex ones where they differ."""
    return lapack_calls.routine(_LETTER[dtype.str[1:]] + name)


def real_type(dtype):
    """The type of the singular values of matrices of a type."""
    return numpy.dtype(_REAL_PART[dtype.str[1:]])


def _columns(x):
    """A copy of matrices (*, m, n) for LAPACK to overwrite: (batch, n, m), each column without gaps."""
    copy = numpy.array(x.swapaxes(-1, -2), order="C")
    return copy if x.ndim == 3 else copy.reshape(math.prod(x.shape[:-2]), x.shape[-1], x.shape[-2])


def _matrices(columns, batch: tuple):
    """Matrices as LAPACK leaves them, (batch, n, m), as (*, m, n)."""
    if len(batch) == 1:
        return columns.swapaxes(-1, -2)
    return (columns.reshape(*batch, *columns.shape[1:]) if batch else columns[0]).swapaxes(-1, -2)


def _leading(size: int) -> int:
    return max(size, 1)


_sizes: dict = {}


def _work(key: tuple, dtype, query) -> tuple:
    """A workspace, of the size that `query(work, -1)` asks for in its first element, and that size: it is asked once
    for each key (a routine, a type, sizes)."""
    size = _sizes.get(key)
    if size is None:
        answer = numpy.empty(1, dtype)
        query((answer,), -1)
        size = max(int(math.ceil(answer[0].real * (1 + 1e-7))), 1)
        if len(_sizes) > 4096:
            _sizes.clear()
        _sizes[key] = size
    return (numpy.empty(size, dtype),), size


def _broadcast(*arrays) -> list:
    """Arrays whose leading dimensions are made the same, without copying."""
    batch = arrays[0].shape[:-2]
    if all([x.shape[:-2] == batch for x in arrays]):
        return list(arrays)
    batch = numpy.broadcast_shapes(*[x.shape[:-2] for x in arrays])
    return [numpy.broadcast_to(x, (*batch, *x.shape[-2:])) for x in arrays]


@functools.lru_cache(maxsize=64)
def _small_triangle(m: int, n: int, lower: bool):
    return numpy.tri(m, n, -1, bool) if lower else ~numpy.tri(m, n, 0, bool)


def _clear_triangle(x, lower: bool) -> None:
    """Write zeros below (or above) the diagonal."""
    m, n = x.shape[-2:]
    numpy.copyto(x, 0, where=(_small_triangle if m * n <= 4096 else _small_triangle.__wrapped__)(m, n, lower))


# ------------------------------------------------------------------------------------------------ LU and what it solves


def _factored(x) -> tuple:
    """(columns, pivots, info) of matrices overwritten by their LU decomposition, the batch in one dimension."""
    m, n = x.shape[-2:]
    a = _columns(x)
    count, k = len(a), min(m, n)
    pivots, info = numpy.zeros((count, k), INT), numpy.zeros(count, INT)
    if count and k:
        lapack_calls.call(_routine("getrf", x.dtype), count, m, n, a, m, pivots, info)
    return a, pivots, info


def lu(x):
    """(L below and U on and above the diagonal, pivots (*, min(m, n)) counted from 1, info), with interchanged rows.

    info is the number of the first diagonal element of U that is exactly 0.
    """
    a, pivots, info = _factored(x)
    batch = x.shape[:-2]
    return _matrices(a, batch), pivots.reshape(*batch, pivots.shape[-1]), info.reshape(batch)


def _substituted(a, pivots, x, adjoint: bool = False) -> None:
    """Overwrite right sides, columns (batch, k, n), by the solutions."""
    columns, n = x.shape[1:]
    info = numpy.zeros(len(x), INT)
    lapack_calls.call(
        _routine("getrs", x.dtype), len(x), "C" if adjoint else "N", n, columns, a, n, pivots, x, n, info
    )


def lu_solve(packed, pivots, b, adjoint: bool = False):
    """X of A X = B, or of A^H X = B, for A in the form that `lu` gives."""
    # Pivots travel as (*, 1, n), which broadcasts with matrices.
    packed, pivots, b = _broadcast(packed, pivots[..., None, :], b)
    x = _columns(b)
    if x.size:
        _substituted(_columns(packed), numpy.array(pivots, INT, order="C"), x, adjoint)
    return _matrices(x, b.shape[:-2])


def inverse(x):
    """(inverse, info) of square matrices; info is that of `lu`, and where it is not 0 the inverse is not finite."""
    a, pivots, info = _factored(x)
    out = numpy.zeros(a.shape, a.dtype)
    if out.size:
        n = x.shape[-1]
        out.reshape(len(a), n * n)[:, :: n + 1] = 1
        _substituted(a, pivots, out)
    batch = x.shape[:-2]
    return _matrices(out, batch), info.reshape(batch)


def triangular_solve(a, b, upper: bool, unit: bool = False):
    """X of A X = B for triangular A, of which the other triangle (and a diagonal of ones) is not read."""
    a, b = _broadcast(a, b)
    batch, m, n = b.shape[:-2], *b.shape[-2:]
    x = _columns(b)
    if x.size:
        by_rows = a.strides[-1] == a.itemsize and a.strides[-2] == a.itemsize * m
        # Rows one after the other are the columns of the transpose, which is triangular the other way.
        triangle = numpy.ascontiguousarray(a).reshape(-1, m, m) if by_rows else _columns(a)
        if not triangle.flags.writeable:
            triangle = triangle.copy()
        lapack_calls.call(
            _routine("trsm", b.dtype), len(x), "L", "U" if upper != by_rows else "L", "T" if by_rows else "N",
            "U" if unit else "N", m, n, (numpy.ones(1, b.dtype),), triangle, m, x, m,
        )  # fmt: skip
    return _matrices(x, batch)


# ------------------------------------------------------------------------------------------------ symmetric matrices


def cholesky(x, upper: bool = False):
    """(L of A = L L^H, or U of A = U^H U, info); only the triangle of that side is read.

    info is the order of the first leading minor that is not positive.
    """
    *batch, n, _ = x.shape
    a = _columns(x)
    info = numpy.zeros(len(a), INT)
    if a.size:
        lapack_calls.call(_routine("potrf", x.dtype), len(a), "U" if upper else "L", n, a, n, info)
        diagonal = numpy.diagonal(a, axis1=-2, axis2=-1)
        if not numpy.isfinite(diagonal).all():
            # NaN passes its test for positive numbers, and what infinity makes of the next minor is taken for 0.
            wrong = numpy.isnan(diagonal)
            wrong[:, 1:] |= numpy.isinf(diagonal[:, :-1])
            unseen = wrong.any(-1) & (info == 0)
            info[unseen] = wrong[unseen].argmax(-1) + 1
    factor = _matrices(a, tuple(batch))
    _clear_triangle(factor, lower=upper)
    return factor, info.reshape(batch)


def ldl(x, hermitian: bool):
    """(L and D packed, pivots, info): the Bunch-Kaufman form P L D L^T P^T, or with L^H; the lower triangle is read."""
    *batch, n, _ = x.shape
    a = _columns(x)
    pivots = numpy.zeros((len(a), n), INT)
    info = numpy.zeros(len(a), INT)
    if a.size:
        name = "hetrf" if hermitian and x.dtype.kind == "c" else "sytrf"
        call = functools.partial(lapack_calls.call, _routine(name, x.dtype))
        query = numpy.zeros(1, INT)
        work, size = _work((name, x.dtype, n), x.dtype, lambda work, size: (
            call(1, "L", n, (a,), n, (pivots,), work, size, query)))  # fmt: skip
        call(len(a), "L", n, a, n, pivots, work, size, info)
    packed = _matrices(a, tuple(batch))
    _clear_triangle(packed, lower=False)
    return packed, pivots.reshape(*batch, n), info.reshape(batch)


def ldl_solve(packed, pivots, b, hermitian: bool):
    """X of A X = B for A in the form that `ldl` gives."""
    packed, pivots, b = _broadcast(packed, pivots[..., None, :], b)
    batch, n, columns = b.shape[:-2], *b.shape[-2:]
    x = _columns(b)
    if x.size:
        a = _columns(packed)
        order = numpy.array(pivots, INT, order="C")
        info = numpy.zeros(len(x), INT)
        name = "hetrs" if hermitian and b.dtype.kind == "c" else "sytrs"
        lapack_calls.call(_routine(name, b.dtype), len(x), "L", n, columns, a, n, order, x, n, info)
    return _matrices(x, batch)


@functools.lru_cache(maxsize=4096)
def _eigh_sizes(dtype, job: str, n: int) -> tuple:
    """The workspaces that heevd (syevd) asks for: of the type, real, integers."""
    is_complex = dtype.kind == "c"
    real = real_type(dtype)
    work, real_work, int_work = numpy.empty(1, dtype), numpy.empty(1, real), numpy.empty(1, INT)
    between = ((real_work,), -1) if is_complex else ()
    unused, info = (numpy.empty(1, dtype),), (numpy.zeros(1, INT),)
    lapack_calls.call(
        _routine("heevd" if is_complex else "syevd", dtype), 1, job, "L", n, unused, n, (numpy.empty(1, real),),
        (work,), -1, *between, (int_work,), -1, info,
    )  # fmt: skip
    real_size = int(math.ceil(real_work[0] * (1 + 1e-7))) if is_complex else 0
    return int(math.ceil(work[0].real * (1 + 1e-7))), real_size, int(int_work[0])


def eigh(x, lower: bool = True, vectors: bool = True):
    """(eigenvalues, ascending; eigenvectors in columns, or None; info) of Hermitian matrices: one triangle is read."""
    *batch, n, _ = x.shape
    a = _columns(x)
    real = real_type(x.dtype)
    values = numpy.zeros((len(a), n), real)
    info = numpy.zeros(len(a), INT)
    if a.size:
        is_complex = x.dtype.kind == "c"
        call = functools.partial(
            lapack_calls.call, _routine("heevd" if is_complex else "syevd", x.dtype)
        )
        job, side = "V" if vectors else "N", "L" if lower else "U"
        size, real_size, int_size = _eigh_sizes(x.dtype, job, n)
        between = ((numpy.empty(real_size, real),), real_size) if is_complex else ()
        call(
            len(a), job, side, n, a, n, values, (numpy.empty(size, x.dtype),), size, *between,
            (numpy.empty(int_size, INT),), int_size, info,
        )  # fmt: skip
    return values.reshape(*batch, n), _matrices(a, tuple(batch)) if vectors else None, info.reshape(batch)


# ------------------------------------------------------------------------------------------------ orthogonal factors


def householder(x):
    """(reflectors below and R on and above the diagonal, their factors tau) of A = Q R."""
    *batch, m, n = x.shape
    a = _columns(x)
    k = min(m, n)
    tau = numpy.zeros((len(a), k), x.dtype)
    if a.size:
        info = numpy.zeros(len(a), INT)
        call = functools.partial(lapack_calls.call, _routine("geqrf", x.dtype))
        work, size = _work(("geqrf", x.dtype, m, n), x.dtype, lambda work, size: (
            call(1, m, n, (a,), m, (tau,), work, size, (info,))))  # fmt: skip
        call(len(a), m, n, a, m, tau, work, size, info)
    return _matrices(a, tuple(batch)), tau.reshape(*batch, k)


def householder_product(x, tau):
    """The first columns of the product of the reflectors in the columns of x (*, m, n), with factors tau (*, k)."""
    *batch, m, n = x.shape
    a = _columns(x)
    k = tau.shape[-1]
    if a.size:
        factors = numpy.array(tau, order="C")
        info = numpy.zeros(len(a), INT)
        name = "ungqr" if x.dtype.kind == "c" else "orgqr"
        call = functools.partial(lapack_calls.call, _routine(name, x.dtype))
        work, size = _work((name, x.dtype, m, n, k), x.dtype, lambda work, size: (
            call(1, m, n, k, (a,), m, (factors,), work, size, (info,))))  # fmt: skip
        call(len(a), m, n, k, a, m, factors, work, size, info)
    return _matrices(a, tuple(batch))


def householder_multiply(x, tau, b, left: bool, adjoint: bool):
    """Q B, Q^H B, B Q or B Q^H for the square product Q of reflectors in the columns of x, with factors tau."""
    batch, m, n = b.shape[:-2], *b.shape[-2:]
    c = _columns(b)
    k = tau.shape[-1]
    if c.size and k:
        a = _columns(x)
        factors = numpy.array(tau, order="C")
        info = numpy.zeros(len(c), INT)
        is_complex = b.dtype.kind == "c"
        call = functools.partial(lapack_calls.call, _routine("unmqr" if is_complex else "ormqr", b.dtype))
        side, form = "L" if left else "R", ("C" if is_complex else "T") if adjoint else "N"
        rows = a.shape[-1]
        work, size = _work(
            ("ormqr", b.dtype, side, form, m, n, k, rows), b.dtype,
            lambda work, size: call(1, side, form, m, n, k, (a,), rows, (factors,), (c,), m, work, size, (info,)),
        )
        call(len(c), side, form, m, n, k, a, rows, factors, c, m, work, size, info)
    return _matrices(c, batch)


def qr(x, complete: bool = False):
    """(Q, R) of A = Q R with Q (*, m, k), R (*, k, n), k = min(m, n), or m if complete."""
    packed, tau = householder(x)
    m, n = x.shape[-2:]
    k = m if complete else min(m, n)
    upper = packed[..., :k, :].copy()
    _clear_triangle(upper, lower=True)
    if complete and m > n:
        wide = numpy.zeros((*packed.shape[:-1], m), x.dtype)
        wide[..., :n] = packed
        packed = wide
    if not tau.shape[-1]:
        return numpy.broadcast_to(numpy.eye(m, k, dtype=x.dtype), (*x.shape[:-2], m, k)).copy(), upper
    return householder_product(packed[..., :k], tau), upper


def svd(x, full: bool = False, vectors: bool = True):
    """(U, S descending, V^H, info) of A = U diag(S) V^H by divide and conquer; U and V^H are None without vectors."""
    *batch, m, n = x.shape
    a = _columns(x)
    count, k = len(a), min(m, n)
    real = real_type(x.dtype)
    s = numpy.zeros((count, k), real)
    info = numpy.zeros(count, INT)
    left, right = ((m, n) if full else (k, k)) if vectors else (1, 1)
    u = numpy.zeros((count, left, m if vectors else 1), x.dtype)
    vh = numpy.zeros((count, n if vectors else 1, right), x.dtype)
    if a.size:
        call = functools.partial(lapack_calls.call, _routine("gesdd", x.dtype))
        job = ("A" if full else "S") if vectors else "N"
        extra = ()
        if x.dtype.kind == "c":
            # As LAPACK's documentation of zgesdd bounds it.
            most = max(m, n)
            extra = ((numpy.empty(max(5 * k * k + 5 * k, 2 * most * k + 2 * k * k + k, 7 * k), real),),)
        integers = (numpy.empty(8 * k, INT),)
        sizes = (_leading(u.shape[-1]), (vh,), _leading(right))
        work, size = _work(
            ("gesdd", x.dtype, job, m, n), x.dtype,
            lambda work, size: call(
                1, job, m, n, (a,), m, (s,), (u,), *sizes, work, size, *extra, integers, (info,)
            ),
        )
        finite = numpy.isfinite(a).all((-1, -2))
        if not finite.all():
            # Some versions never end on NaN.
            a[~finite] = 0
        call(count, job, m, n, a, m, s, u, sizes[0], vh, sizes[2], work, size, *extra, integers, info)
        if not finite.all():
            info[~finite] = -4
            s[~finite], u[~finite], vh[~finite] = numpy.nan, numpy.nan, numpy.nan
    elif vectors and full:
        u[:], vh[:] = numpy.eye(m), numpy.eye(n)
    batch = tuple(batch)
    s, info = s.reshape(*batch, k), info.reshape(batch)
    return (_matrices(u, batch), s, _matrices(vh, batch), info) if vectors else (None, s, None, info)


def eig(x, vectors: bool = True):
    """(eigenvalues, eigenvectors in columns or None, info) of square matrices, complex also where these are real."""
    *batch, n, _ = x.shape
    a = _columns(x)
    count = len(a)
    kind = numpy.result_type(x.dtype, numpy.complex64)
    values = numpy.zeros((count, n), kind)
    v = numpy.zeros((count, n, n) if vectors else (count, 1, 1), x.dtype)
    unused = numpy.zeros(1, x.dtype)
    info = numpy.zeros(count, INT)
    finite = numpy.isfinite(a).all((-1, -2))
    if not finite.all():
        # LAPACK may never end on NaN.
        a[~finite] = 0
    if a.size:
        call = functools.partial(lapack_calls.call, _routine("geev", x.dtype))
        job = "V" if vectors else "N"
        rest = (_leading(v.shape[-1]),)
        if x.dtype.kind == "c":
            extra = ((numpy.empty(2 * n, real_type(x.dtype)),),)
            work, size = _work(("geev", x.dtype, job, n), x.dtype, lambda work, size: call(
                1, "N", job, n, (a,), n, (values,), (unused,), 1, (v,), *rest, work, size, *extra, (info,)))
            call(count, "N", job, n, a, n, values, (unused,), 1, v, *rest, work, size, *extra, info)
        else:
            real, imaginary = numpy.zeros((2, count, n), x.dtype)
            work, size = _work(("geev", x.dtype, job, n), x.dtype, lambda work, size: call(
                1, "N", job, n, (a,), n, (real,), (imaginary,), (unused,), 1, (v,), *rest, work, size, (info,)))
            call(count, "N", job, n, a, n, real, imaginary, (unused,), 1, v, *rest, work, size, info)
            values.real, values.imag = real, imaginary
            v = _paired(v, imaginary, kind) if vectors else v
    values[~finite] = numpy.nan
    batch = tuple(batch)
    found = _matrices(v.astype(kind, copy=False), batch) if vectors else None
    return values.reshape(*batch, n), found, info.reshape(batch)


def _paired(v, imaginary, kind):
    """Complex eigenvectors (batch, which, n) of real matrices: of a conjugate pair LAPACK gives the parts."""
    out = v.astype(kind)
    first = imaginary > 0
    second = numpy.zeros_like(first)
    second[:, 1:] = first[:, :-1]
    pairs = v[first] + 1j * v[second]
    out[first] = pairs
    out[second] = pairs.conj()
    return out


# ------------------------------------------------------------------------------------------------ least squares


def least_squares(x, b, driver: str, rcond: float):
    """(X (*, n, k) of the least |A X - B|, residuals' rows (*, m - n, k) or None, rank, singular values, info).

    Driver "gels" takes full rank for granted; "gelsy" has it from a QR with pivoting, "gelsd" and "gelss" from singular
    values, which the other two leave out (None). Singular values below rcond times the largest count as 0.
    """
    x, b = _broadcast(x, b)
    batch, m, n = x.shape[:-2], *x.shape[-2:]
    columns = b.shape[-1]
    a = _columns(x)
    count, most = len(a), max(m, n)
    y = numpy.zeros((count, columns, most), x.dtype)
    y[:, :, :m] = _columns(b)
    real = real_type(x.dtype)
    rank = numpy.zeros(count, INT)
    s = numpy.zeros((count, min(m, n)), real)
    info = numpy.zeros(count, INT)
    if a.size and columns:
        is_complex = x.dtype.kind == "c"
        call = functools.partial(lapack_calls.call, _routine(driver, x.dtype))
        limit = (numpy.array([rcond], real),)
        if driver == "gels":
            parts = lambda one: ("N", m, n, columns, one(a), m, one(y), most)  # noqa: E731
            tail = ()
        elif driver == "gelsy":
            order = numpy.zeros((count, n), INT)
            parts = lambda one: (m, n, columns, one(a), m, one(y), most, one(order), limit, one(rank))  # noqa: E731
            tail = ((numpy.empty(2 * n, real),),) if is_complex else ()
        else:
            parts = lambda one: (m, n, columns, one(a), m, one(y), most, one(s), limit, one(rank))  # noqa: E731
            tail = _least_squares_workspaces(driver, m, n, columns, real, is_complex)
        work, size = _work(
            (driver, x.dtype, m, n, columns), x.dtype,
            lambda work, size: call(1, *parts(lambda array: (array,)), work, size, *tail, (info,)),
        )  # fmt: skip
        call(count, *parts(lambda array: array), work, size, *tail, info)
    out = _matrices(y, batch)
    values = s.reshape(*batch, min(m, n)) if driver in ("gelsd", "gelss") else None
    found = rank.reshape(batch) if driver != "gels" else None
    return out[..., :n, :], out[..., n:, :] if m > n else None, found, values, info.reshape(batch)


def _least_squares_workspaces(driver, m, n, columns, real, is_complex) -> tuple:
    """Real and integer workspaces of gelsd and gelss, by the bounds in LAPACK's documentation."""
    k = min(m, n)
    if driver == "gelss":
        return ((numpy.empty(5 * k, real),),) if is_complex else ()
    leaf = 25
    levels = max(0, int(math.log2(max(k, 1) / (leaf + 1))) + 1)
    integers = (numpy.empty(max(1, 3 * k * levels + 11 * k), INT),)
    if not is_complex:
        return (integers,)
    size = 10 * max(m, n) + 2 * max(m, n) * leaf + 8 * max(m, n) * levels + 3 * leaf * columns + max(
        (leaf + 1) ** 2, n * (1 + columns) + 2 * columns
    )
    return ((numpy.empty(size, real),), integers)
