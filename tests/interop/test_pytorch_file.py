"""PyTorch's own files: those in `files`, which PyTorch 2.13 wrote, give what was saved, and programs are refused."""

import io
import os
import pickle
import zipfile
from pathlib import Path

import numpy
import pytest

import wengert
from wengert import nn, optim

FILES = Path(__file__).parent / "files"
NEW, OLD = FILES / "pytorch_2_13.pt", FILES / "pytorch_before_1_6.pt"


@pytest.fixture(params=["archive", "mapped archive", "older form", "open file"])
def loaded(request):
    if request.param == "open file":
        with open(NEW, "rb") as file:
            return wengert.load(file)
    return wengert.load(OLD if request.param == "older form" else NEW, mmap=request.param.startswith("mapped") or None)


def test_plain_values(loaded):
    assert loaded["epoch"] == 3 and loaded["best"] == 0.5
    assert loaded["plain"] == (None, True, 2**70, "text", b"bytes", {1, 2}, 1 + 2j, {"nested": [float("inf")]})
    assert loaded["types"] == [wengert.float32, wengert.Size([2, 3]), wengert.device("cpu"), wengert.strided]


def test_every_type_and_shape(loaded):
    assert len(loaded["dtypes"]) == 14
    for name, x in loaded["dtypes"].items():
        assert str(x.dtype) == f"wengert.{name}" and x.tolist() == [[1, 0], [0, 1]]
    assert loaded["empty"].shape == (0, 3) and loaded["scalar"].item() == 7 and loaded["scalar"].dim() == 0
    assert loaded["conjugate"].tolist() == [1 - 2j]
    assert loaded["grad"].requires_grad and loaded["grad"].is_leaf
    parameter = loaded["parameter"]
    assert isinstance(parameter, nn.Parameter) and parameter.requires_grad and parameter.tolist() == [1, 2]


def test_views_share_memory(loaded):
    base, part, turned = loaded["views"]
    assert part.stride() == (2,) and turned.stride() == (1, 4)
    version = base._version
    part.fill_(-1)
    assert base[2:8].tolist() == [-1, 3, -1, 5, -1, 7] and turned[2, 0].item() == -1 and base._version == version + 1


def test_a_training_run_goes_on(loaded):
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    optimizer = optim.Adam(model.parameters(), lr=0.5)
    model.load_state_dict(loaded["model"])
    optimizer.load_state_dict(loaded["optimizer"])
    assert list(loaded["optimizer"]["state"]) == [0, 1, 2, 3] and optimizer.param_groups[0]["lr"] == 0.1
    assert loaded["model"]._metadata["0"] == {"version": 1}
    model(wengert.ones(4, 2)).sum().backward()
    optimizer.step()
    assert optimizer.state[model[0].bias]["step"].item() == 2


def test_a_mapped_archive_lies_in_the_file():
    x = wengert.load(NEW, mmap=True)["views"][0]
    if os.path.exists("/proc/self/maps"):
        assert lies_in(x, NEW)
    x.fill_(9)
    assert wengert.load(NEW)["views"][0][1].item() == 1
    with pytest.raises(ValueError, match="f must be a file path in order to use the mmap argument"):
        wengert.load(io.BytesIO(NEW.read_bytes()), mmap=True)
    with pytest.raises(RuntimeError, match="mmap can only be used with files saved as zip archives"):
        wengert.load(OLD, mmap=True)


def lies_in(x, path) -> bool:
    for line in Path("/proc/self/maps").read_text().splitlines():
        if line.endswith(str(path)):
            begin, end = (int(word, 16) for word in line.split()[0].split("-"))
            if begin <= x.data_ptr() < end:
                return True
    return False


def test_places():
    for place in ("cpu", wengert.device("cpu"), {"cpu": "cpu"}, {}, lambda storage, where: storage, lambda s, w: None):
        assert wengert.load(NEW, map_location=place)["epoch"] == 3
    seen = []
    wengert.load(NEW, map_location=lambda storage, where: seen.append((type(storage).__name__, where)))
    assert set(seen) == {("Storage", "cpu")}
    with pytest.raises(RuntimeError, match="Attempting to deserialize object on a CUDA device but"):
        wengert.load(NEW, map_location="cuda:0")
    with pytest.raises(RuntimeError, match="don't know how to restore data location of .* \\(tagged with nowhere\\)"):
        wengert.load(NEW, map_location={"cpu": "nowhere"})
    with pytest.raises(TypeError, match="map_location is a int"):
        wengert.load(NEW, map_location=3)
    with pytest.raises(RuntimeError, match="map_location gave a int"):
        wengert.load(NEW, map_location=lambda storage, where: 3)


# ------------------------------------------------------------------------------------------------ damaged and disguised


def archive(pickled: bytes, **records) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as target:
        target.writestr("a/data.pkl", pickled)
        for name, data in records.items():
            target.writestr(f"a/data/{name}", data)
    file.seek(0)
    return file


class Calls:
    """Pickled as the call of a function."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("make", [archive, io.BytesIO])
def test_nothing_runs(protocol, make, tmp_path):
    trace = tmp_path / "it ran"
    for call in (Calls(os.mkdir, str(trace)), Calls(eval, f"__import__('os').mkdir({str(trace)!r})")):
        with pytest.raises(pickle.UnpicklingError) as caught:
            wengert.load(make(pickle.dumps({"x": call}, protocol)))
        if make is archive:
            assert "Weights only load failed" in str(caught.value)
            assert "mkdir" in str(caught.value) or "eval" in str(caught.value)
    assert not trace.exists()


FLOATS = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x04tQ"


def tensor(size, stride, offset=0):
    """The pickle of a tensor on a storage of four floats."""
    parts = b"".join([pickle.dumps(x, 2)[2:-1] for x in (offset, size, stride, False)])
    return b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n(" + FLOATS + parts + b"NtR."


def test_booleans_that_are_none():
    pickled = tensor((4,), (1,)).replace(b"FloatStorage", b"BoolStorage")
    assert wengert.load(archive(pickled, **{"0": b"\0\1\1\0"})).tolist() == [False, True, True, False]
    with pytest.raises(pickle.UnpicklingError, match="booleans that are neither 0 nor 1"):
        wengert.load(archive(pickled, **{"0": b"\0\1\2\0"}))


def test_a_tensor_by_hand():
    data = numpy.arange(4, dtype=numpy.float32).tobytes()
    assert wengert.load(archive(tensor((2, 2), (2, 1)), **{"0": data})).tolist() == [[0, 1], [2, 3]]
    assert wengert.load(archive(tensor((2,), (2,), 1), **{"0": data})).tolist() == [1, 3]


@pytest.mark.parametrize("size, stride, offset", [
    ((5,), (1,), 0), ((4,), (1,), 1), ((2,), (1,), -1), ((2,), (-1,), 0), ((2**62, 2**62), (1, 1), 0), ((-1,), (1,), 0),
    ((2,), (2**62,), 0), ((2, 2), (1,), 0), (("a",), (1,), 0), ((1,) * 65, (1,) * 65, 0), ((1.5,), (1,), 0),
])  # fmt: skip
def test_tensors_that_lead_out_of_their_storage(size, stride, offset):
    data = numpy.arange(4, dtype=numpy.float32).tobytes()
    with pytest.raises(pickle.UnpicklingError, match="a tensor that is none"):
        wengert.load(archive(tensor(size, stride, offset), **{"0": data}))


@pytest.mark.parametrize("pickled, words", [
    (b"\x80\x02cposix\nsystem\nX\x02\x00\x00\x00id\x85R.", "GLOBAL posix.system was not an allowed global"),
    (b"cbuiltins\neval\n.", "GLOBAL builtins.eval"), (b"c__builtin__\neval\n.", "GLOBAL builtins.eval"),
    (b"\x80\x02(iposix\nsystem\n.", "Unsupported operand INST"),
    (b"\x80\x04\x8c\x05posix\x94\x8c\x06system\x94\x93.", "GLOBAL posix.system"),
    (b"\x80\x02ctorch\nfloat32\n)R.", "not in the table of what may be called"),
    (b"\x80\x02]K\x01R.", "not in the table of what may be called"),
    (b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n}X\x08\x00\x00\x00__code__K\x01sb.", "sets attributes of a Function"),
    (b"\x80\x02ccollections\nOrderedDict\n)R}X\x05\x00\x00\x00itemsK\x01sb.", "sets attributes of a OrderedDict"),
    (b"\x80\x02cbuiltins\nbytearray\n\x8a\x06\x00\x00\x00\x00\x00\x10\x85R.", "makes a bytearray of"),
    (b"\x80\x02ctorch\nFloatTensor\n.", "GLOBAL torch.FloatTensor"),
    (b"\x80\x02ctorch._utils\n_rebuild_sparse_tensor\n.", "GLOBAL torch._utils._rebuild_sparse_tensor"),
    (b"\x80\x02K\x01Q.", "Only persistent_load of storage is allowed"),
    (b"\x80\x02]]a(K\x01K\x02tK\x03s.", "sets entries of a list"),
    (b"\x80\x02}]K\x01s.", "unhashable"), (b"\x80\x02\x86.", "too little on the stack"), (b"\x80\x02t.", "no mark"),
    (b"\x80\x02h\x05.", "no pickle that makes sense"), (b"", "no pickle that makes sense|ends before"),
    (b"\x80\x02X\xff\xff\xff\xffabc.", "no pickle that makes sense"), (b"\x80\x02]", "no pickle that makes sense|ends"),
    (b"\xff\xff", "no pickle that makes sense"), (b"\x82\x01.", "Unsupported operand EXT1"),
])  # fmt: skip
def test_pickles_that_are_no_data(pickled, words):
    with pytest.raises(pickle.UnpicklingError, match=words):
        wengert.load(archive(pickled))


def test_deep_structures_do_not_overflow():
    x = wengert.load(archive(b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b"."))
    for _ in range(99_999):
        (x,) = x
    assert x == []


def test_every_cut_of_an_archive_is_noticed():
    data = NEW.read_bytes()
    for length in range(0, len(data), 97):
        with pytest.raises((RuntimeError, EOFError, pickle.UnpicklingError)):
            wengert.load(io.BytesIO(data[:length]))


def test_every_cut_of_the_older_form_is_noticed():
    data = OLD.read_bytes()
    for length in range(0, len(data) - 1, 61):
        with pytest.raises((RuntimeError, EOFError, pickle.UnpicklingError)):
            wengert.load(io.BytesIO(data[:length]))


def test_altered_bytes_of_a_storage_are_noticed(tmp_path):
    data = bytearray(NEW.read_bytes())
    at = data.index(numpy.arange(12, dtype=numpy.float32).tobytes())
    data[at + 5] ^= 1
    path = tmp_path / "altered.pt"
    path.write_bytes(data)
    words = "altered.pt is damaged: PytorchStreamReader failed reading zip archive: Bad CRC"
    with pytest.raises(RuntimeError, match=words):
        wengert.load(path)


@pytest.mark.parametrize("file", [NEW, OLD], ids=["zip", "older"])
def test_alterations_anywhere_never_do_more_than_raise(file):
    """An altered byte gives an error of these, and no crash; of a zip file, whose sums are checked, never other values.

    The older format has no sums: values may differ there, the structure is read or refused.
    """
    rng = numpy.random.default_rng(0)
    data, right, refused = file.read_bytes(), wengert.load(file), 0
    for at in rng.integers(0, len(data), 150):
        altered = bytearray(data)
        altered[at] ^= int(rng.integers(1, 256))
        try:
            found = wengert.load(io.BytesIO(bytes(altered)))
        except (RuntimeError, EOFError, pickle.UnpicklingError):
            refused += 1
        else:
            assert file is OLD or _told(found) == _told(right), at
    assert refused > 10


def _told(x) -> str:
    """All that a loaded structure holds, as text."""
    if isinstance(x, dict):
        return str([(str(key), _told(value)) for key, value in x.items()])
    if isinstance(x, (list, tuple)):
        return str([_told(value) for value in x])
    return f"{x.dtype} {x.stride()} {x.tolist()}" if isinstance(x, wengert.Tensor) else repr(x)


@pytest.mark.parametrize(
    ("begin", "place", "altered", "words"),
    [
        # Flags of data.pkl in the directory at the end: "encrypted".
        (b"PK\x01\x02", 8, 1, "is damaged: PytorchStreamReader failed reading zip archive: File .* is encrypted"),
        # The place of the directory, which leads in front of the file.
        (b"PK\x06\x06", 49, 128, "is damaged: PytorchStreamReader failed reading zip archive"),
    ],
)
def test_altered_directories_are_told_apart_from_the_systems_errors(begin, place, altered, words, tmp_path):
    data = bytearray(NEW.read_bytes())
    data[data.index(begin) + place] ^= altered
    path = tmp_path / "altered.pt"
    path.write_bytes(data)
    with pytest.raises(RuntimeError, match=words):
        wengert.load(path)


def test_archives_of_other_kinds():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as target:
        target.writestr("word/document.xml", "text")
    file.seek(0)
    with pytest.raises(RuntimeError, match="a zip archive without data.pkl, not one of torch.save"):
        wengert.load(file)
    missing = archive(tensor((2,), (1,)))
    with pytest.raises(RuntimeError, match="the archive has no a/data/0"):
        wengert.load(missing)
    with pytest.raises(RuntimeError, match="storage 0 has 4 bytes, not 4 elements of float32"):
        wengert.load(archive(tensor((1,), (1,)), **{"0": b"abcd"}))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("a/data.pkl", tensor((1,), (1,)))
        target.writestr("a/data/0", b"\0" * 10_000)
    file.seek(0)
    with pytest.raises(RuntimeError, match="is compressed, which torch.save does not do"):
        wengert.load(file)
