"""The samples of the table run in PyTorch too: values, gradients and result dtypes agree."""

import functools
import importlib.util
import pathlib
import sys
import warnings

import numpy as np
import pytest

import wengert
from wengert.core import registry
from wengert.core.promotion import from_array

torch = pytest.importorskip("torch")
pytestmark = [
    pytest.mark.oracle,
    pytest.mark.filterwarnings("ignore:index_reduce.. is in beta:UserWarning"),
    pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN"),
]


def _table():
    """tests/table as a package, whichever way the tests were imported."""
    folder = pathlib.Path(__file__).parents[1] / "table"
    specification = importlib.util.spec_from_file_location(
        "wengert_table", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    package = importlib.util.module_from_spec(specification)
    sys.modules["wengert_table"] = package
    specification.loader.exec_module(package)
    return importlib.import_module("wengert_table.samples"), importlib.import_module("wengert_table.composites")


F = torch.nn.functional
# Where PyTorch has it under another name or spelling of the parameters.
SPELLED = {
    "sigmoid": torch.sigmoid, "relu": torch.relu, "erf": torch.erf, "erfc": torch.erfc, "linear": F.linear,
    "euclidean_norm": lambda x, dim, keepdim: torch.linalg.vector_norm(x, dim=dim, keepdim=keepdim),
    "max_along": lambda x, dim, keepdim: tuple(torch.max(x, dim, keepdim)),
    "min_along": lambda x, dim, keepdim: tuple(torch.min(x, dim, keepdim)),
    "amax": lambda x, dim, keepdim: torch.amax(x, () if dim is None else dim, keepdim),
    "amin": lambda x, dim, keepdim: torch.amin(x, () if dim is None else dim, keepdim),
    "all": lambda x, dim, keepdim: torch.all(x) if dim is None else torch.all(x, dim, keepdim),
    "any": lambda x, dim, keepdim: torch.any(x) if dim is None else torch.any(x, dim, keepdim),
    "squeeze_dims": torch.squeeze, "inner_product": torch.dot, "cat": lambda *xs: torch.cat(xs[:-1], xs[-1]),
    "view": lambda x, size: x.view(size), "expand": lambda x, size: x.expand(size),
    "sum_to_size": lambda x, size: x.sum_to_size(size),
    "basic_index": lambda x, index: x[index], "zero_pad": lambda x, pad: F.pad(x, pad),
    "cross_correlation": lambda x, w, *p: (F.conv1d, F.conv2d, F.conv3d)[x.ndim - 3](x, w, None, *p),
    "convolution": lambda x, w, b, *p: (F.conv1d, F.conv2d, F.conv3d)[x.ndim - 3](x, w, b, *p),
    "max_pool": lambda x, *p: F.max_pool2d(x, *p, return_indices=True), "avg_pool": lambda x, *p: F.avg_pool2d(x, *p),
    "matrix_product": lambda x, y, a, b: (x.mH if a else x) @ (y.mH if b else y),
    "transpose": torch.transpose, "cumsum": torch.cumsum, "cumprod": torch.cumprod,
}  # fmt: skip

_samples, composites = _table()
SAMPLES = [sample for rows in _samples.SAMPLES.values() for sample in rows]


def function_in_torch(sample):
    """PyTorch's function for a sample; None where it has none."""
    if getattr(sample, "through", None) is not None and sample.spelled == "":
        return functools.partial(sample.through, torch)
    if sample.spelled is None or callable(sample.spelled):
        return sample.spelled
    if not sample.spelled and sample.operation in SPELLED:
        return SPELLED[sample.operation]
    if not sample.spelled and sample.operation in registry.internal:
        return None
    found = torch
    for part in (sample.spelled or sample.operation).split("."):
        found = getattr(found, part, None)
    return found


COMPARED = [
    s for s in SAMPLES
    # clamp names its bounds as operands here; PyTorch has no derivative of floor_divide.
    if function_in_torch(s) is not None and s.operation not in ("clamp", "floor_divide")
]  # fmt: skip


def call(operation, operands, parameters):
    if operation.takes_list:
        return operation(list(operands), *parameters)
    named = dict(zip(operation.inputs, operands, strict=False))
    named |= dict(zip(operation.parameters, parameters, strict=False))
    return operation(**named)


def listed(result) -> list:
    return list(result) if isinstance(result, (tuple, list)) else [result]


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("sample", COMPARED, ids=lambda sample: sample.id)
def test_values_and_gradients(sample, dtype):
    operation = registry.operations[sample.operation]
    if "dtype" in operation.parameters and sample.parameters and sample.operation == "cast":
        pytest.skip("a type is named differently")
    function = function_in_torch(sample)
    compare(
        sample, dtype, lambda xs: call(operation, xs, sample.parameters), lambda xs: function(*xs, *sample.parameters)
    )


def compare(sample, dtype, our_function, their_function) -> None:
    """Values, dtypes, shapes and gradients of the two functions of a list of operands."""
    rng = np.random.default_rng(5)
    arrays = [values.draw(rng, dtype) for values in sample.operands]
    floats = [x.dtype.kind == "f" for x in arrays]
    ours = [from_array(x.copy()).requires_grad_(f) for x, f in zip(arrays, floats, strict=True)]
    theirs = [torch.from_numpy(x.copy()).requires_grad_(f) for x, f in zip(arrays, floats, strict=True)]
    results = listed(our_function(ours))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".* deprecated")
        expected = listed(their_function(theirs))
    assert len(results) == len(expected)
    tolerance = 2e-5 if dtype is np.float32 else 1e-11
    for found, wanted in zip(results, expected, strict=True):
        assert str(found.dtype).split(".")[1] == str(wanted.dtype).split(".")[1]
        assert tuple(found.shape) == tuple(wanted.shape)
        values = wanted.detach().resolve_conj().numpy()
        np.testing.assert_allclose(found.detach().numpy(), values, rtol=tolerance, atol=tolerance)
    # Of float results: PyTorch gives index outputs no history, and so do we.
    assert [y.requires_grad for y in results] == [y.requires_grad for y in expected]
    pairs = [(y, z) for y, z in zip(results, expected, strict=True) if y.requires_grad]
    if not pairs:
        return
    cotangents = [np.asarray(rng.standard_normal(tuple(y.shape)), dtype=y.array.dtype) for y, _ in pairs]
    needed = [i for i, f in enumerate(floats) if f]
    mine = wengert.autograd.grad(
        [y for y, _ in pairs], [ours[i] for i in needed], [from_array(g) for g in cotangents], allow_unused=True
    )
    other = torch.autograd.grad(
        [z for _, z in pairs], [theirs[i] for i in needed], [torch.from_numpy(g) for g in cotangents], allow_unused=True
    )
    for a, b in zip(mine, other, strict=True):
        a = np.zeros(()) if a is None else a.numpy()
        b = np.zeros(()) if b is None else b.numpy(force=True)
        np.testing.assert_allclose(*np.broadcast_arrays(a, b), rtol=10 * tolerance, atol=10 * tolerance)


FUNCTIONS = [
    sample for samples in composites.COMPOSITES.values() for sample in samples if function_in_torch(sample) is not None
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("sample", FUNCTIONS, ids=lambda sample: sample.id)
def test_functions_of_operations(sample, dtype):
    theirs = function_in_torch(sample)

    def called(function, xs):
        if sample.call is not None:
            return sample.call(function, *xs, *sample.parameters)
        operands = [xs] if sample.takes_list else xs
        if sample.keywords:
            return function(*operands, **dict(zip(sample.keywords, sample.parameters, strict=True)))
        return function(*operands, *sample.parameters)

    compare(
        sample, dtype, lambda xs: called(composites.Composite(sample).function, xs),
        lambda xs: called(theirs, xs),
    )  # fmt: skip


@pytest.mark.parametrize("groups", [1, 2])
def test_complex_convolution(groups):
    rng = np.random.default_rng(6)

    def draw(*shape):
        return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)

    arrays = [draw(2, 4, 5, 6), draw(6, 4 // groups, 3, 2), draw(6)]
    cotangent = draw(2, 6, 3, 5)
    found = []
    for library in (wengert, torch):
        xs = [library.from_numpy(a.copy()).requires_grad_() for a in arrays]
        y = library.nn.functional.conv2d(*xs, groups=groups)
        y.backward(library.from_numpy(cotangent))
        found.append([y.detach().numpy(), *[x.grad.numpy() for x in xs]])
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-11)
