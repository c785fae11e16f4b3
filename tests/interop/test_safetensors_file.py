"""The safetensors format: what other programs write is read, what breaks its rules is refused by the rule."""

import io
import json
import pickle

import numpy
import pytest

import wengert
from wengert.interop import safetensors_file


def file_of(header, data=b"") -> io.BytesIO:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return io.BytesIO(len(text).to_bytes(8, "little") + text + data)


def entry(dtype="F32", shape=(2,), offsets=(0, 8)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


def test_a_file_of_the_package_of_that_name(tmp_path):
    safetensors = pytest.importorskip("safetensors.numpy")
    path = tmp_path / "x.safetensors"
    arrays = {
        "a": numpy.arange(6, dtype=numpy.float32).reshape(2, 3), "b": numpy.array(3, numpy.int64),
        "c": numpy.zeros((0, 4), numpy.float16), "d": numpy.array([True, False]), "ü": numpy.uint16([1, 2]),
    }  # fmt: skip
    safetensors.save_file(arrays, path, {"made": "elsewhere"})
    loaded = wengert.load(path)
    assert type(loaded) is dict and set(loaded) == set(arrays)
    for name, array in arrays.items():
        assert loaded[name].numpy().dtype == array.dtype and numpy.array_equal(loaded[name].numpy(), array)


def test_the_package_of_that_name_reads_what_is_saved(tmp_path):
    safetensors = pytest.importorskip("safetensors.numpy")
    path = tmp_path / "x.safetensors"
    state = {"model": {"weight": wengert.rand(2, 3), "bias": wengert.zeros(3, dtype=wengert.float16)}, "n": 1}
    wengert.save(state, path)
    loaded = safetensors.load_file(path)
    assert set(loaded) == {"model.weight", "model.bias"}
    assert numpy.array_equal(loaded["model.weight"], state["model"]["weight"].numpy())
    tied = wengert.ones(2)
    wengert.save({"a": tied, "b": tied[:1], "z": wengert.ones(2, dtype=wengert.complex128)}, path)
    loaded = safetensors.load_file(path)
    assert set(loaded) == {"a", "z"} and loaded["z"].tolist() == [[1, 0], [1, 0]]


@pytest.mark.parametrize("header, data, words", [
    ({"x": entry()}, b"1234567", "it is cut off: the header speaks of 8 bytes of elements, and there are 7"),
    ({"x": entry()}, b"123456789", "has more at its end"),
    ({"x": entry(offsets=(1, 9))}, bytes(9), "begin at 1, though"),
    ({"x": entry(), "y": entry(offsets=(4, 12))}, bytes(12), "'y' begin at 4, though those before them end at 8"),
    ({"x": entry(), "y": entry(offsets=(12, 20))}, bytes(20), "'y' begin at 12"),
    ({"x": entry(shape=(3,))}, bytes(8), r"'x' of shape \[3\] and type F32 takes 12 bytes, but has those from 0 to 8"),
    ({"x": entry(shape=(-2,))}, bytes(8), r"has shape \[-2\]"),
    ({"x": entry(shape=(2.0,))}, bytes(8), r"shape \[2.0\]"), ({"x": entry(shape=(True, 2))}, bytes(8), "has shape"),
    ({"x": entry(offsets=(8, 0))}, bytes(8), "takes 8 bytes"),
    ({"x": entry(offsets=(0,))}, bytes(8), r"data_offsets \[0\]"),
    ({"x": entry("F8_E4M3")}, bytes(8), "'F8_E4M3'; tensors"), ({"x": entry(["F32"])}, bytes(8), "elements of type"),
    ({"x": 3}, b"", "not dtype, shape and data_offsets"),
    ({"x": {**entry(), "more": 1}}, bytes(8), "not dtype, shape and data_offsets"), ([], b"", "of another kind"),
    ({"__metadata__": {"a": 1}}, b"", "__metadata__ is no mapping of text"),
    ({"__metadata__": []}, b"", "__metadata__"), (b'{"x"', b"", "its header is no JSON"),
    (b'{"a":' * 5000, b"", "its header is no JSON"), (b"{\xff}", b"", "its header is no JSON"),
    (b"{}[", b"", "its header is no JSON"), (b'{"x":{},"x":{}}', b"", "a name stands twice in it"),
    ({"x": entry(shape=(0,) * 65, offsets=(0, 0))}, b"", "more than"),
    ({"x": entry(shape=(2**62, 0), offsets=(0, 0))}, b"", "more than a tensor can have"),
    ({"x": entry("BOOL", (2,), (0, 2))}, b"\1\2", "'x' is of type BOOL, but holds bytes other than 0 and 1"),
    ({"x": entry(shape=(2**40, 2**40), offsets=(0, 8))}, bytes(8), "takes"),
])  # fmt: skip
def test_broken_rules(header, data, words):
    with pytest.raises((RuntimeError, pickle.UnpicklingError), match=words):
        wengert.load(file_of(header, data))


def test_files_with_nothing_in_them():
    assert wengert.load(file_of({})) == {}
    assert wengert.load(file_of(b"{}      ")) == {}
    assert wengert.load(file_of({"x": entry(shape=(0, 3), offsets=(0, 0))}))["x"].shape == (0, 3)
    assert wengert.load(file_of({"x": entry(shape=(), offsets=(0, 4))}, numpy.float32(5).tobytes()))["x"].item() == 5


def with_tree(about) -> io.BytesIO:
    """A file of `save` with another structure in it, and the right checksum."""
    from wengert.serialization import writing

    original = writing.json.dumps
    writing.json.dumps = lambda x, **options: about if "tree" in x else original(x, **options)
    try:
        file = io.BytesIO()
        wengert.save([wengert.arange(4.0)], file)
    finally:
        writing.json.dumps = original
    file.seek(0)
    return file


def about(tree=None, **record):
    tensors = [{"entry": "0", **record}]
    return json.dumps({"version": 1, "tensors": tensors, "tree": {"tensor": 0} if tree is None else tree})


def test_a_structure_by_hand():
    assert wengert.load(with_tree(about())).tolist() == [0, 1, 2, 3]
    assert wengert.load(with_tree(about(view=["float32", [2], [8], 4]))).tolist() == [1, 3]


@pytest.mark.parametrize("structure, words", [
    ("", "none that save"), ("[]", "none that save"), ("{}", "none that save"),
    (about().replace(": 1", ": 9", 1), "version 9"), (about({"tensor": 1}), "tensor"),
    (about({"tensor": -1}), "no tensor's number"), (about({"eval": "1"}), "unknown type 'eval'"),
    (about({}), "none that save"), (about({"dict": [[1]]}), "a dict in the tree that is none"),
    (about({"dict": [[[], 1]]}), "unhashable"), (about({"Size": ["a"]}), "are no sizes"),
    (about({"bytes": "!"}), "bytes"), (about({"dtype": "float3"}), "dtype"), (about({"device": "nowhere"}), "nowhere"),
    (about({"int": "x"}), "int"), (about({"numpy": ["float32", ""]}), "numpy"),
    (about({"layout": "channels_last"}), "layout"), (about(entry="missing"), "missing"),
    (about(view=["float32", [5], [4], 0]), "none that save"),
    (about(view=["float32", [2], [4], 12]), "none that save"),
    (about(view=["float32", [2], [-4], 0]), "none that save"),
    (about(view=["float32", [2**62, 2**62], [0, 0], 0]), "none that save"),
    (about(view=["object", [1], [8], 0]), "none that"), (about(strides=[400]), "none that save"),
    (about(strides=[4, 4]), "none that save"), (about(attributes={"dict": [["backward", 1]]}), "would hide a method"),
    (about(is_="x", requires_grad=[]), None),
])  # fmt: skip
def test_structures_that_are_none(structure, words):
    if words is None:
        assert wengert.load(with_tree(structure)).tolist() == [0, 1, 2, 3]
        return
    with pytest.raises(RuntimeError, match=words):
        wengert.load(with_tree(structure))


def test_the_header_ends_where_elements_of_any_size_may_begin():
    for n in range(20):
        header, _ = safetensors_file.header_for({"x" * n: numpy.zeros(3)}, {})
        assert len(header) % 64 == 0
