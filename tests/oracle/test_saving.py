"""Files that go from one library to the other: what one saves, the other loads, and both go on alike."""

import io
import pickle

import numpy
import pytest

torch = pytest.importorskip("torch")
import wengert  # noqa: E402

pytestmark = pytest.mark.oracle

DTYPES = (
    "float16", "bfloat16", "float32", "float64", "int8", "uint8", "int16", "int32", "int64", "bool", "complex64",
    "uint16", "uint32", "uint64",
)  # fmt: skip


def bits(x) -> bytes:
    """The elements of a tensor of either library, row by row."""
    x = x.detach().contiguous()
    return bytes(x.reshape(-1).view(torch.uint8 if isinstance(x, torch.Tensor) else wengert.uint8).tolist())


def assert_same(ours, theirs):
    assert tuple(ours.shape) == tuple(theirs.shape)
    assert str(ours.dtype).split(".")[1] == str(theirs.dtype).split(".")[1] and bits(ours) == bits(theirs)


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "x.safetensors")


@pytest.mark.parametrize("dtype", DTYPES)
def test_pytorch_reads_what_wengert_saves(dtype, path):
    x = wengert.tensor([[0, 1, 1], [1, 0, 1]]).to(getattr(wengert, dtype))
    state = {"x": x, "turned": x.T, "scalar": x[0, 1].clone(), "empty": x[:0], "part": x.clone()[:, ::2]}
    wengert.save(state, path)
    loaded = torch.load(path)
    # A view of x that x covers is there as x.
    assert set(loaded) == {"x", "scalar", "part"} | set(loaded) & {"empty"}
    for name, y in loaded.items():
        assert_same(state[name], y)
    from safetensors.torch import load_file

    assert {name: bits(y) for name, y in load_file(path).items()} == {name: bits(y) for name, y in loaded.items()}


def models():
    ours = wengert.nn.Sequential(wengert.nn.Linear(3, 5), wengert.nn.Tanh(), wengert.nn.Linear(5, 2)).double()
    theirs = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 2)).double()
    return ours, theirs


def step(library, model, optimizer):
    x = library.arange(12, dtype=library.float64).reshape(4, 3) / 7
    optimizer.zero_grad()
    (model(x) ** 2).sum().backward()
    optimizer.step()


def test_pytorch_takes_a_state_dict_that_wengert_saved(path):
    ours, theirs = models()
    wengert.save(ours.state_dict(), path)
    theirs.load_state_dict(torch.load(path))
    x = numpy.ones((2, 3))
    found, wanted = (m(t.from_numpy(x)).detach().numpy() for m, t in ((ours, wengert), (theirs, torch)))
    numpy.testing.assert_allclose(found, wanted, rtol=1e-12)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("optimizer, options", [
    ("Adam", {"amsgrad": True}), ("SGD", {"momentum": 0.9}), ("AdamW", {"weight_decay": 0.1}),
])  # fmt: skip
def test_wengert_goes_on_from_a_run_of_pytorch(optimizer, options, zipped):
    ours, theirs = models()
    second = getattr(torch.optim, optimizer)(theirs.parameters(), lr=0.01, **options)
    for _ in range(3):
        step(torch, theirs, second)
    file = io.BytesIO()
    run = {"model": theirs.state_dict(), "optimizer": second.state_dict()}
    torch.save(run, file, _use_new_zipfile_serialization=zipped)
    file.seek(0)
    loaded = wengert.load(file)
    first = getattr(wengert.optim, optimizer)(ours.parameters(), lr=1.0)
    ours.load_state_dict(loaded["model"])
    first.load_state_dict(loaded["optimizer"])
    for _ in range(3):
        step(wengert, ours, first)
        step(torch, theirs, second)
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        numpy.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("dtype", (*DTYPES, "complex128"))
def test_wengert_reads_what_pytorch_saves(dtype, zipped):
    x = torch.tensor([[0, 1, 1], [1, 0, 1]]).to(getattr(torch, dtype))
    saved = [x, x.T, x[:, ::2], x[0, 1], x[:0], x.expand(2, 2, 3), x.conj(), torch.nn.Parameter(x, False)]
    if dtype in ("float32", "complex64"):
        saved += [x.clone().requires_grad_(), x._neg_view()]
    file = io.BytesIO()
    torch.save(saved, file, _use_new_zipfile_serialization=zipped)
    file.seek(0)
    for a, b in zip(wengert.load(file), saved, strict=True):
        assert_same(a, b.resolve_conj().resolve_neg())
        assert a.requires_grad == b.requires_grad
        if not b.is_conj() and not b.is_neg():
            assert a.stride() == b.stride()


def test_types_that_are_in_untyped_storages_share_memory():
    x = torch.tensor([1, 2, 3, 4], dtype=torch.uint16)
    file = io.BytesIO()
    torch.save([x, x[1:]], file)
    file.seek(0)
    a, b = wengert.load(file)
    a.zero_()
    assert b.tolist() == [0, 0, 0]


def test_attributes_of_a_tensor():
    x = torch.ones(2)
    x.note = "kept"
    file = io.BytesIO()
    torch.save(x, file)
    file.seek(0)
    assert wengert.load(file).note == "kept"


class Own(torch.Tensor):
    pass


@pytest.mark.parametrize("make, named", [
    (lambda: torch.nn.Linear(1, 1), "torch.nn.modules.linear.Linear"), (lambda: torch.sigmoid, "builtins.getattr"),
    (lambda: torch.eye(2).to_sparse(), "torch._utils._rebuild_sparse_tensor"),
    (lambda: torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8), "qint8|_rebuild_qtensor|QInt8Storage"),
    (lambda: torch.ones(2).to(torch.float8_e4m3fn), "float8_e4m3fn"), (lambda: torch.ones(2).as_subclass(Own), "Own"),
    (lambda: numpy.ones(2), "numpy"), (lambda: torch.ones(2, device="meta"), "meta"),
])  # fmt: skip
@pytest.mark.filterwarnings("ignore")
def test_what_is_refused_is_named(make, named):
    file = io.BytesIO()
    torch.save({"x": make()}, file)
    file.seek(0)
    with pytest.raises(pickle.UnpicklingError, match=f"Weights only load failed.*({named})"):
        wengert.load(file)


def test_the_same_plain_values():
    from collections import Counter, OrderedDict

    values = [
        None, True, 1, 2**80, 1.5, float("inf"), 1 + 2j, "text", b"bytes", bytearray(b"x"), {1, 2}, (1,), [2], {3: 4},
        OrderedDict(a=1), Counter("ab"),
    ]  # fmt: skip
    for protocol in (2, 3, 4, 5):
        file = io.BytesIO()
        torch.save(values, file, pickle_protocol=protocol)
        file.seek(0)
        assert repr(wengert.load(file)) == repr(values)


def test_safetensors_of_pytorch(path):
    from safetensors.torch import save_file

    state = {name: torch.tensor([[0, 1], [1, 0]]).to(getattr(torch, name)) for name in DTYPES}
    save_file(state, path)
    loaded = wengert.load(path)
    assert set(loaded) == set(state)
    for name, x in state.items():
        assert_same(loaded[name], x)


@pytest.mark.parametrize("data", [b"", b"PK\x03", bytes(100)])
def test_both_refuse(data, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(data)
    for library in (torch, wengert):
        with pytest.raises((EOFError, pickle.UnpicklingError)):
            library.load(path)
