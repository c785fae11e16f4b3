"""Matrix products through OpenBLAS, on strided memory and on our own threads.

Design
  A. The library is the one that the wheel `scipy-openblas32` carries. Only its file is used, never its Python package,
     whose import costs more than all of ours. It runs on one thread, always: the threads are the pool's.
  B. A large product is cut into tiles of the result, and the tiles go to `parallel_for`. The cut depends on the shapes
     alone, so the number of threads never changes a bit of the result.
  C. A transposed operand is a flag. Rows or columns at any other spacing are copied once, without what broadcasting
     repeats.
  D. Tiny products never reach BLAS: its call alone costs more than eighty multiplications.
  E. Half precision is multiplied in single precision and rounded once; integers and bools go through NumPy.
"""

import importlib.util
import os

import cython
import numpy
from cython.cimports import numpy as cnp
from cython.cimports.libc.string import memset
from cython.cimports.wengert.kernels.blocks import new_array
from cython.cimports.wengert.kernels.openblas import (
    openblas_config,
    openblas_corename,
    openblas_dot,
    openblas_gemm,
    openblas_gemv,
    openblas_load,
)
from cython.cimports.wengert.kernels.threads import parallel_for

cnp.import_array()

# A product of fewer multiplications than this is done by a plain loop.
TINY_PRODUCT = cython.declare(cython.Py_ssize_t, 96)
# A product of more multiplications than this is cut into tiles of about this many.
TILE_PRODUCT = cython.declare(cython.Py_ssize_t, 1 << 27)
# The same for a product with a vector, which costs memory traffic rather than arithmetic.
TILE_VECTOR_PRODUCT = cython.declare(cython.Py_ssize_t, 1 << 18)
# Products of a batch are handed out in groups of at least this many multiplications.
GRAIN_PRODUCT = cython.declare(cython.Py_ssize_t, 1 << 20)
DOT_CHUNK = cython.declare(cython.Py_ssize_t, 1 << 17)
LARGEST_INT = cython.declare(cython.Py_ssize_t, 2147483647)


def _library_path() -> str:
    spec = importlib.util.find_spec("scipy_openblas32")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError(
            "wengert multiplies matrices with OpenBLAS from the package scipy-openblas32, which is not installed; "
            "install it with: pip install scipy-openblas32"
        )
    folder = os.path.join(spec.submodule_search_locations[0], "lib")
    names = os.listdir(folder) if os.path.isdir(folder) else []
    for name in sorted(names):
        if name.startswith("libscipy_openblas") and name.endswith((".so", ".dylib")):
            return os.path.join(folder, name)
    raise ImportError(
        f"wengert multiplies matrices with OpenBLAS from the package scipy-openblas32, but {folder} holds no "
        "libscipy_openblas; reinstall it with: pip install --force-reinstall scipy-openblas32"
    )


def _load() -> str:
    path: str = _library_path()
    encoded: bytes = os.fsencode(path)
    failure: cython.pointer(cython.const[cython.char]) = openblas_load(encoded)
    if failure != cython.NULL:
        words: bytes = failure
        raise ImportError(f"wengert could not load OpenBLAS: {words.decode(errors='replace')}")
    return path


_path = _load()


def config() -> dict:
    """What multiplies matrices here: OpenBLAS's version and build, the kernels chosen for this processor, the file."""
    build: bytes = openblas_config()
    core: bytes = openblas_corename()
    words = build.decode(errors="replace").split()
    return {
        "library": "OpenBLAS",
        "version": words[1] if len(words) > 1 else "unknown",
        "build": " ".join(words),
        "core": core.decode(errors="replace"),
        "threads": 1,
        "path": _path,
    }


# ------------------------------------------------------------------------------------------------ one product


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def gemm(
    type: cython.int,
    x_transposed: cython.bint,
    y_transposed: cython.bint,
    m: cython.Py_ssize_t,
    n: cython.Py_ssize_t,
    k: cython.Py_ssize_t,
    x: cython.pointer(cython.const[cython.void]),
    ldx: cython.Py_ssize_t,
    y: cython.pointer(cython.const[cython.void]),
    ldy: cython.Py_ssize_t,
    accumulate: cython.bint,
    out: cython.p_void,
    ldo: cython.Py_ssize_t,
) -> cython.void:
    openblas_gemm(type, x_transposed, y_transposed, m, n, k, x, ldx, y, ldy, accumulate, out, ldo)


real = cython.fused_type(cython.float, cython.double)


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def tiny_product(
    x: cython.pointer(real),
    x_row: cython.Py_ssize_t,
    x_column: cython.Py_ssize_t,
    y: cython.pointer(real),
    y_row: cython.Py_ssize_t,
    y_column: cython.Py_ssize_t,
    out: cython.pointer(real),
    m: cython.Py_ssize_t,
    n: cython.Py_ssize_t,
    k: cython.Py_ssize_t,
    accumulate: cython.bint,
) -> cython.void:
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    inner: cython.Py_ssize_t
    for i in range(m):
        for j in range(n):
            total: real = out[i * n + j] if accumulate else 0
            for inner in range(k):
                total += x[i * x_row + inner * x_column] * y[inner * y_row + j * y_column]
            out[i * n + j] = total


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def multiply_block(
    job: cython.pointer(Product),
    x: cython.p_char,
    y: cython.p_char,
    out: cython.p_char,
    m: cython.Py_ssize_t,
    n: cython.Py_ssize_t,
) -> cython.void:
    """out (m, n) = x (m, k) @ y (k, n) for a block of the result's rows and columns; x, y, out point at its corner."""
    size: cython.Py_ssize_t = job.itemsize
    k: cython.Py_ssize_t = job.k
    i: cython.Py_ssize_t
    if job.type < 2 and m * n * k <= TINY_PRODUCT:
        if job.type == 0:
            tiny_product[cython.float](
                cython.cast(cython.p_float, x), job.x.row_step, job.x.column_step,
                cython.cast(cython.p_float, y), job.y.row_step, job.y.column_step,
                cython.cast(cython.p_float, out), m, n, k, job.accumulate,
            )  # fmt: skip
        else:
            tiny_product[cython.double](
                cython.cast(cython.p_double, x), job.x.row_step, job.x.column_step,
                cython.cast(cython.p_double, y), job.y.row_step, job.y.column_step,
                cython.cast(cython.p_double, out), m, n, k, job.accumulate,
            )  # fmt: skip
        return
    if n == 1 and fits_int(job.y.row_step):
        # (m, k) @ (k, 1): the column of y may have any step.
        if not job.accumulate:
            for i in range(m):
                memset(out + i * job.n * size, 0, size)
        if job.x.transposed:
            openblas_gemv(job.type, True, k, m, x, job.x.leading, y, job.y.row_step, out, job.n)
        else:
            openblas_gemv(job.type, False, m, k, x, job.x.leading, y, job.y.row_step, out, job.n)
        return
    if m == 1 and fits_int(job.x.column_step):
        # (1, k) @ (k, n) is yT (n, k) @ xT (k, 1).
        if not job.accumulate:
            memset(out, 0, n * size)
        if job.y.transposed:
            openblas_gemv(job.type, False, n, k, y, job.y.leading, x, job.x.column_step, out, 1)
        else:
            openblas_gemv(job.type, True, k, n, y, job.y.leading, x, job.x.column_step, out, 1)
        return
    openblas_gemm(
        job.type, job.x.transposed, job.y.transposed, m, n, k,
        x, job.x.leading, y, job.y.leading, job.accumulate, out, job.n,
    )  # fmt: skip


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def fits_int(step: cython.Py_ssize_t) -> cython.bint:
    """Whether BLAS takes this step of a vector: positive, since a lone row or column is never walked backwards here."""
    return 0 < step <= LARGEST_INT


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def multiply_tiles(context: cython.p_void, begin: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.void:
    """Tiles [begin, end) of the whole batch: tile columns run fastest, then tile rows, then the batch."""
    job: cython.pointer(Product) = cython.cast(cython.pointer(Product), context)
    size: cython.Py_ssize_t = job.itemsize
    index: cython.Py_ssize_t
    d: cython.int
    for index in range(begin, end):
        rest: cython.Py_ssize_t = index
        column: cython.Py_ssize_t = (rest % job.tile_columns) * job.columns_per_tile
        rest = rest // job.tile_columns
        row: cython.Py_ssize_t = (rest % job.tile_rows) * job.rows_per_tile
        rest = rest // job.tile_rows
        out: cython.p_char = job.out + (rest * job.m * job.n + row * job.n + column) * size
        x: cython.p_char = job.x.memory + row * job.x.row_step * size
        y: cython.p_char = job.y.memory + column * job.y.column_step * size
        d = job.batch_dimensions - 1
        while d >= 0:
            place: cython.Py_ssize_t = rest % job.batch_shape[d]
            rest = rest // job.batch_shape[d]
            x += place * job.x_batch_step[d]
            y += place * job.y_batch_step[d]
            d -= 1
        multiply_block(
            job, x, y, out, min(job.rows_per_tile, job.m - row), min(job.columns_per_tile, job.n - column)
        )


# ------------------------------------------------------------------------------------------------ operands


@cython.cfunc
@cython.inline
def blas_type(number: cython.int) -> cython.int:
    """The type code of openblas.h, or -1."""
    if number == cnp.NPY_FLOAT:
        return 0
    if number == cnp.NPY_DOUBLE:
        return 1
    if number == cnp.NPY_CFLOAT:
        return 2
    if number == cnp.NPY_CDOUBLE:
        return 3
    return -1


@cython.cfunc
def describe(matrix: cython.pointer(Matrix), x: cnp.ndarray) -> cython.bint:
    """The last two dimensions of x as BLAS takes them; False if they must be copied first."""
    size: cython.Py_ssize_t = cnp.PyArray_ITEMSIZE(x)
    row_stride: cython.Py_ssize_t = cnp.PyArray_STRIDES(x)[x.ndim - 2]
    column_stride: cython.Py_ssize_t = cnp.PyArray_STRIDES(x)[x.ndim - 1]
    rows: cython.Py_ssize_t = x.shape[x.ndim - 2]
    columns: cython.Py_ssize_t = x.shape[x.ndim - 1]
    if row_stride % size != 0 or column_stride % size != 0:
        return False
    row_step: cython.Py_ssize_t = row_stride // size
    column_step: cython.Py_ssize_t = column_stride // size
    # The step along a dimension of one element is never taken: it may be whatever suits.
    if columns == 1:
        column_step = 1
    if rows == 1:
        row_step = max(columns, 1) if column_step == 1 or columns == 1 else 1
    matrix.memory = cython.cast(cython.p_char, cnp.PyArray_DATA(x))
    matrix.rows = rows
    matrix.columns = columns
    matrix.row_step = row_step
    matrix.column_step = column_step
    if column_step == 1 and columns <= row_step <= LARGEST_INT:
        matrix.transposed = False
        matrix.leading = max(row_step, 1)
        return True
    if row_step == 1 and rows <= column_step <= LARGEST_INT:
        matrix.transposed = True
        matrix.leading = max(column_step, 1)
        return True
    return False


def _packed(x):
    """A row-major copy of x, in which dimensions that broadcasting stretched keep one element."""
    place = tuple(
        slice(0, 1) if stride == 0 and d < x.ndim - 2 else slice(None) for d, stride in enumerate(x.strides)
    )
    return numpy.ascontiguousarray(x[place])


def _batch_shape(x_batch: tuple, y_batch: tuple) -> tuple:
    try:
        return numpy.broadcast_shapes(x_batch, y_batch)
    except ValueError:
        raise RuntimeError(
            "The size of tensor a must match the size of tensor b at every non-singleton dimension: matmul was given "
            f"batches of matrices of shapes {x_batch} and {y_batch}, which do not broadcast"
        ) from None


def _refuse_matrices(x, y):
    """Raise what is wrong with these operands of a product."""
    if x.ndim < 2 or y.ndim < 2:
        raise RuntimeError(
            f"matmul: both operands need at least two dimensions, but got shapes {x.shape} and {y.shape}"
        )
    *_, m, k = x.shape
    *_, other_k, n = y.shape
    if k != other_k:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({m}x{k} and {other_k}x{n}): "
            f"matmul was given shapes {x.shape} and {y.shape}, and {k} must equal {other_k}"
        )
    raise RuntimeError(
        f"expected m1 and m2 to have the same dtype, but got: {x.dtype} != {y.dtype}: convert one of them first"
    )


@cython.cfunc
def product(x: cnp.ndarray, y: cnp.ndarray, bias: object):
    """x @ y, plus bias broadcast to the result unless it is None."""
    number: cython.int = cnp.PyArray_TYPE(x)
    if (
        x.ndim < 2
        or y.ndim < 2
        or x.shape[x.ndim - 1] != y.shape[y.ndim - 2]
        or cnp.PyArray_TYPE(y) != number
    ):
        _refuse_matrices(x, y)
    job: Product
    job.type = blas_type(number)
    job.m = x.shape[x.ndim - 2]
    job.n = y.shape[y.ndim - 1]
    job.k = x.shape[x.ndim - 1]
    if (
        job.type < 0
        or job.m > LARGEST_INT
        or job.n > LARGEST_INT
        or job.k > LARGEST_INT
        or not cnp.PyArray_ISBEHAVED_RO(x)
        or not cnp.PyArray_ISBEHAVED_RO(y)
    ):
        return product_elsewhere(x, y, bias)
    job.itemsize = cnp.PyArray_ITEMSIZE(x)
    shape: cnp.npy_intp[64]
    d: cython.int
    count: cython.Py_ssize_t = 1
    if x.ndim == 2 and y.ndim == 2:
        job.batch_dimensions = 0
    elif x.ndim == y.ndim and same_batch(x, y):
        job.batch_dimensions = x.ndim - 2
        for d in range(job.batch_dimensions):
            job.batch_shape[d] = x.shape[d]
    else:
        batch: tuple = _batch_shape(
            cython.cast(object, x).shape[: x.ndim - 2], cython.cast(object, y).shape[: y.ndim - 2]
        )
        job.batch_dimensions = len(batch)
        for d in range(job.batch_dimensions):
            job.batch_shape[d] = batch[d]
    for d in range(job.batch_dimensions):
        shape[d] = job.batch_shape[d]
        count *= shape[d]
    dimensions: cython.int = job.batch_dimensions
    shape[dimensions] = job.m
    shape[dimensions + 1] = job.n
    job.accumulate = bias is not None
    out: cnp.ndarray
    if job.k == 0 and bias is None:
        return cnp.PyArray_ZEROS(dimensions + 2, shape, number, False)
    out = new_array(dimensions + 2, shape, number, False)
    if bias is not None:
        if cnp.PyArray_CopyInto(out, bias) < 0:
            raise RuntimeError("addmm: the bias could not be copied")
    if job.k == 0 or cnp.PyArray_SIZE(out) == 0:
        return out
    if not describe(cython.address(job.x), x):
        x = _packed(x)
        describe(cython.address(job.x), x)
    if not describe(cython.address(job.y), y):
        y = _packed(y)
        describe(cython.address(job.y), y)
    job.out = cython.cast(cython.p_char, cnp.PyArray_DATA(out))
    for d in range(dimensions):
        job.x_batch_step[d] = batch_step(x, d - dimensions)
        job.y_batch_step[d] = batch_step(y, d - dimensions)
    if dimensions > 0:
        count = merge_batch_into_rows(cython.address(job), count)
    run(cython.address(job), count)
    return out


@cython.cfunc
@cython.inline
def same_batch(x: cnp.ndarray, y: cnp.ndarray) -> cython.bint:
    d: cython.int
    for d in range(x.ndim - 2):
        if x.shape[d] != y.shape[d]:
            return False
    return True


@cython.cfunc
@cython.inline
def batch_step(x: cnp.ndarray, d: cython.int) -> cython.Py_ssize_t:
    """The stride of the batch dimension d, counted from the matrix (-1 lies next to it); 0 where x repeats."""
    place: cython.int = x.ndim - 2 + d
    if place < 0 or x.shape[place] == 1:
        return 0
    return cnp.PyArray_STRIDES(x)[place]


@cython.cfunc
def merge_batch_into_rows(job: cython.pointer(Product), count: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Turn the innermost batch dimensions into more rows of x where all of them meet the same y: (B, M, K) @ (K, N).

    Returns how many products remain.
    """
    d: cython.int
    while job.batch_dimensions > 0 and not job.x.transposed:
        d = job.batch_dimensions - 1
        if (
            job.y_batch_step[d] != 0
            or job.x_batch_step[d] != job.m * job.x.row_step * job.itemsize
            or job.m * job.batch_shape[d] > LARGEST_INT
        ):
            break
        job.m *= job.batch_shape[d]
        job.x.rows = job.m
        count = count // job.batch_shape[d]
        job.batch_dimensions = d
    return count


@cython.cfunc
def run(job: cython.pointer(Product), count: cython.Py_ssize_t) -> cython.void:
    """Cut the result into tiles and multiply."""
    m: cython.Py_ssize_t = job.m
    n: cython.Py_ssize_t = job.n
    work: cython.double = cython.cast(cython.double, m) * n * job.k
    tiles: cython.Py_ssize_t
    job.rows_per_tile = m
    job.columns_per_tile = n
    job.tile_rows = 1
    job.tile_columns = 1
    per_tile: cython.Py_ssize_t = TILE_VECTOR_PRODUCT if m == 1 or n == 1 else TILE_PRODUCT
    if work > per_tile:
        tiles = min(cython.cast(cython.Py_ssize_t, work / per_tile) + 1, 64)
        cut_tiles(job, tiles)
    grain: cython.Py_ssize_t = 1
    tile_work: cython.double = work / (job.tile_rows * job.tile_columns)
    if tile_work < GRAIN_PRODUCT:
        grain = cython.cast(cython.Py_ssize_t, GRAIN_PRODUCT / tile_work)
    total: cython.Py_ssize_t = count * job.tile_rows * job.tile_columns
    if total <= grain and work * count < GRAIN_PRODUCT:
        multiply_tiles(job, 0, total)
        return
    with cython.nogil:
        parallel_for(multiply_tiles, job, total, grain)


@cython.cfunc
def cut_tiles(job: cython.pointer(Product), tiles: cython.Py_ssize_t) -> cython.void:
    """Halve the longer side of a tile until there are at least `tiles`; sides stay multiples of the register block."""
    rows: cython.Py_ssize_t = job.m
    columns: cython.Py_ssize_t = job.n
    while job.tile_rows * job.tile_columns < tiles:
        if rows >= columns and rows > 64:
            rows = ((rows + 1) // 2 + 15) // 16 * 16
        elif columns > 64:
            columns = ((columns + 1) // 2 + 15) // 16 * 16
        else:
            break
        job.tile_rows = (job.m + rows - 1) // rows
        job.tile_columns = (job.n + columns - 1) // columns
    job.rows_per_tile = rows
    job.columns_per_tile = columns


@cython.cfunc
def product_elsewhere(x: cnp.ndarray, y: cnp.ndarray, bias):
    """What BLAS does not take: other types, byte-swapped or unaligned memory, more than 2**31 rows."""
    number: cython.int = cnp.PyArray_TYPE(x)
    if x.dtype == numpy.float16:
        single = product(numpy.asarray(x, numpy.float32), numpy.asarray(y, numpy.float32), None)
        if bias is not None:
            single += bias
        with numpy.errstate(all="ignore"):
            return single.astype(numpy.float16)
    if blas_type(number) >= 0 and not (cnp.PyArray_ISBEHAVED_RO(x) and cnp.PyArray_ISBEHAVED_RO(y)):
        native = x.dtype.newbyteorder("=")
        return product(numpy.require(x, native, "A"), numpy.require(y, native, "A"), bias)
    with numpy.errstate(all="ignore"):
        result = numpy.matmul(x, y)
        if bias is not None:
            result += bias
    return result


# ------------------------------------------------------------------------------------------------ entry points


def matmul(x: cnp.ndarray, y: cnp.ndarray):
    """The matrix product of the last two dimensions: (*, M, K) @ (*, K, N) -> (*, M, N), batches broadcast.

    x and y are arrays of one dtype with at least two dimensions, of any strides; the result is a new C-contiguous
    array of the same dtype. float32, float64, complex64 and complex128 are multiplied by BLAS, in their own precision
    (error at most K * eps * |x| @ |y|, usually near sqrt(K) of it); float16 in float32, rounded once; integers wrap;
    bools give the logical or of ands. K = 0 gives zeros. NaN and infinity spread as IEEE sums and products do. A
    transposed operand is not copied, one at another spacing is. Shapes that do not fit and unlike dtypes are a
    RuntimeError.
    """
    return product(x, y, None)


def addmm(bias: cnp.ndarray, x: cnp.ndarray, y: cnp.ndarray):
    """bias + x @ y in one pass: (M, K) @ (K, N) + (M, N), where bias broadcasts to (M, N).

    x and y may have batch dimensions as in `matmul`. The result starts as the bias, to which BLAS adds. dtypes as in
    `matmul`, and bias of the same one.
    """
    if cnp.PyArray_TYPE(bias) != cnp.PyArray_TYPE(x):
        _refuse_matrices_dtype(bias, x)
    return product(x, y, bias)


def _refuse_matrices_dtype(bias, x):
    raise RuntimeError(
        f"self and mat2 must have the same dtype, but got {bias.dtype} and {x.dtype}: convert one of them first"
    )


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def dot_chunks(context: cython.p_void, begin: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.void:
    job: cython.pointer(DotProduct) = cython.cast(cython.pointer(DotProduct), context)
    openblas_dot(
        job.type,
        end - begin,
        job.x + begin * job.x_step * job.itemsize,
        job.x_step,
        job.y + begin * job.y_step * job.itemsize,
        job.y_step,
        job.sums + begin // DOT_CHUNK * job.itemsize,
    )


def dot(x: cnp.ndarray, y: cnp.ndarray):
    """The sum of x[i] * y[i] over two one-dimensional arrays of one length and dtype, without conjugation: (N,), (N,)
    -> ().

    Long vectors are cut into chunks of fixed length whose sums are added in order, whatever the number of threads.
    float16 sums in float32; integers wrap; N = 0 gives 0.
    """
    if x.ndim != 1 or y.ndim != 1:
        raise RuntimeError(
            f"1D tensors expected, but got {x.ndim}D and {y.ndim}D tensors: dot needs two vectors"
        )
    n: cython.Py_ssize_t = x.shape[0]
    if y.shape[0] != n:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{n}] and src [{y.shape[0]}] to have the same number of "
            f"elements, but got {n} and {y.shape[0]} elements respectively"
        )
    number: cython.int = cnp.PyArray_TYPE(x)
    if cnp.PyArray_TYPE(y) != number:
        raise RuntimeError(
            f"dot : expected both vectors to have same dtype, but found {x.dtype} and {y.dtype}: convert one first"
        )
    type: cython.int = blas_type(number)
    job: DotProduct
    size: cython.Py_ssize_t = cnp.PyArray_ITEMSIZE(x)
    x_stride: cython.Py_ssize_t = cnp.PyArray_STRIDES(x)[0]
    y_stride: cython.Py_ssize_t = cnp.PyArray_STRIDES(y)[0]
    if (
        type < 0
        or not cnp.PyArray_ISBEHAVED_RO(x)
        or not cnp.PyArray_ISBEHAVED_RO(y)
        or x_stride % size != 0
        or y_stride % size != 0
        or abs(x_stride) > LARGEST_INT
        or abs(y_stride) > LARGEST_INT
    ):
        return numpy.asarray(dot_elsewhere(x, y))
    out: cnp.ndarray
    if n == 0:
        return cnp.PyArray_ZEROS(0, cython.NULL, number, False)
    job.type = type
    job.itemsize = size
    job.x = cython.cast(cython.p_char, cnp.PyArray_DATA(x))
    job.y = cython.cast(cython.p_char, cnp.PyArray_DATA(y))
    job.x_step = x_stride // size
    job.y_step = y_stride // size
    if n <= DOT_CHUNK:
        out = new_array(0, cython.NULL, number, False)
        job.sums = cython.cast(cython.p_char, cnp.PyArray_DATA(out))
        dot_chunks(cython.address(job), 0, n)
        return out
    chunks: cnp.npy_intp = (n + DOT_CHUNK - 1) // DOT_CHUNK
    sums: cnp.ndarray = new_array(1, cython.address(chunks), number, False)
    job.sums = cython.cast(cython.p_char, cnp.PyArray_DATA(sums))
    with cython.nogil:
        parallel_for(dot_chunks, cython.address(job), n, DOT_CHUNK)
    return numpy.asarray(numpy.add.reduce(sums))


def dot_elsewhere(x, y):
    with numpy.errstate(all="ignore"):
        if x.dtype == numpy.float16:
            return numpy.dot(x.astype(numpy.float32), y.astype(numpy.float32)).astype(numpy.float16)
        native = x.dtype.newbyteorder("=")
        return numpy.dot(numpy.require(x, native, "A"), numpy.require(y, native, "A"))
