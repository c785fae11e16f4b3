"""save and load: what is saved comes back as it was, and what cannot be is refused by name."""

import copy
import io
import math
import pickle
from collections import Counter, OrderedDict, defaultdict, namedtuple

import numpy
import pytest

import wengert
from wengert import nn, optim
from wengert.core.dtypes import ALL


def again(x, **options):
    """x, saved and loaded."""
    file = io.BytesIO()
    wengert.save(x, file)
    file.seek(0)
    return wengert.load(file, **options)


def assert_same(x, y):
    assert type(x) is type(y)
    if isinstance(x, wengert.Tensor):
        assert x.dtype is y.dtype and x.shape == y.shape and x.requires_grad == y.requires_grad
        assert x.detach().numpy().tobytes() == y.detach().numpy().tobytes()
    elif isinstance(x, dict):
        assert list(x) == list(y)
        for key in x:
            assert_same(x[key], y[key])
    elif isinstance(x, (list, tuple)):
        assert len(x) == len(y)
        for a, b in zip(x, y, strict=True):
            assert_same(a, b)
    elif isinstance(x, numpy.ndarray):
        assert x.dtype == y.dtype and x.shape == y.shape and x.tobytes() == y.tobytes()
    elif isinstance(x, (set, frozenset)):
        assert x == y
    else:
        assert repr(x) == repr(y)


# ------------------------------------------------------------------------------------------------ plain values


@pytest.mark.parametrize("x", [
    None, True, False, 0, -1, 2**63 - 1, 2**63, -(2**64), 10**400, 1.5, -0.0, 5e-324, 1e308, math.inf, -math.inf,
    math.nan, 1j, complex(-0.0, math.inf), "", "text", "\0\ud800 \U0001f600 \"'\\", b"", bytes(range(256)),
    bytearray(b"a"), [], (), {}, set(), frozenset({1, 2}), {1, "a", None}, [[[]], ((),)], {"a": {"b": {"c": 1}}},
    {1: 2, "1": 3, None: 4, (1, (2, "x")): 5, 1.5: 6, b"k": 7, frozenset({1}): 9},
    OrderedDict([("b", 1), ("a", 2)]), Counter("abca"), wengert.Size([2, 3]), wengert.Size(()), wengert.device("cpu"),
    wengert.strided, wengert.channels_last, numpy.float64(0.1), numpy.int8(-3), numpy.bool_(True),
    numpy.arange(6.0).reshape(2, 3), numpy.array(5, ">i4").astype("=i4"), numpy.zeros((0, 2), numpy.complex64), *ALL,
], ids=lambda x: f"{type(x).__name__}-{x!r}"[:40])  # fmt: skip
def test_plain_values(x):
    assert_same(again(x), x)
    assert_same(again({"deep": [x]})["deep"][0], x)


def test_big_endian_arrays_become_the_machines_own():
    x = numpy.arange(3, dtype=">i4")
    assert again(x).dtype == numpy.dtype("=i4") and again(x).tolist() == [0, 1, 2]


def test_names_of_tensors_may_collide():
    x = {"a.b": wengert.ones(1), "a": {"b": wengert.zeros(1)}, 0: wengert.full((1,), 2.0), "0": wengert.full((1,), 3.0)}
    x["__metadata__"] = wengert.full((1,), 4.0)
    x["\ud800"] = wengert.full((1,), 5.0)
    assert_same(again(x), x)


# ------------------------------------------------------------------------------------------------ tensors


@pytest.mark.parametrize("dtype", ALL, ids=str)
def test_every_type_and_layout(dtype):
    x = wengert.tensor([[1, 0, 1], [0, 1, 1]]).to(dtype)
    reverse = wengert.from_dlpack(x.numpy()[:, ::-1]) if dtype is not wengert.bfloat16 else x
    for y in (x, x.T, x[:, ::2], x[1, 2], x[:0], x.expand(4, 2, 3), x[:, 1:], reverse):
        assert_same(again(y), y)


def test_special_values_keep_their_bits():
    x = wengert.tensor([math.nan, -0.0, math.inf, 5e-324], dtype=wengert.float64)
    assert again(x).view(wengert.int64).tolist() == x.view(wengert.int64).tolist()


def test_what_a_tensor_is():
    x = [nn.Parameter(wengert.ones(2)), nn.Parameter(wengert.ones(2), False), wengert.ones(2, requires_grad=True)]
    x[2].note = {"from": "a test"}
    y = again(x)
    assert [type(a) for a in y] == [nn.Parameter, nn.Parameter, wengert.Tensor]
    assert [a.requires_grad for a in y] == [True, False, True] and all([a.is_leaf for a in y])
    assert y[2].note == {"from": "a test"}
    assert type(again(nn.Buffer(wengert.ones(2)))) is wengert.Tensor
    result = again(x[0] * 2)
    assert result.requires_grad and result.is_leaf


def test_strides_are_kept_where_there_are_no_gaps():
    for x in (
        wengert.rand(2, 3, 4, 5).to(memory_format=wengert.channels_last), wengert.rand(3, 4).T,
        wengert.rand(3, 4, dtype=wengert.complex128).T,
    ):  # fmt: skip
        assert again(x).stride() == x.stride() and wengert.equal(again(x), x)
    assert again(wengert.arange(6)[::2]).stride() == (1,)


@pytest.mark.parametrize("dtype", [wengert.float32, wengert.bool])
def test_expanded_memory_stays_small(dtype):
    file = io.BytesIO()
    wengert.save(wengert.ones(1, dtype=dtype).expand(1 << 40), file)
    assert len(file.getvalue()) < 1000
    file.seek(0)
    assert wengert.load(file).shape == (1 << 40,)


def test_tensors_that_share_memory_share_it_again():
    base = wengert.arange(12.0)
    names = ("base", "part", "steps", "turned", "bits", "same")
    saved = dict(zip(names, (
        base, base[2:5], base[::3], base.reshape(3, 4).T, base.view(wengert.int32), base.detach()), strict=True
    ))  # fmt: skip
    for copied in (again(saved), again(dict(reversed(saved.items())))):
        assert_same({name: copied[name] for name in names}, saved)
        copied["base"].fill_(-1)
        for name in ("part", "steps", "turned", "same"):
            assert (copied[name] == -1).all() and copied[name]._version == 1
        assert copied["bits"].untyped_storage().data_ptr() == copied["base"].untyped_storage().data_ptr()


def test_an_empty_view_between_others():
    base = wengert.arange(12.0)
    whole, empty, part = again([base, base[5:5], base[6:8]])
    whole.zero_()
    assert part.tolist() == [0, 0] and empty.shape == (0,)


def test_interleaved_views_that_nothing_covers():
    base = wengert.arange(10.0)
    first, second = again([base[1::3], base[:8:2]])
    assert first.tolist() == [1, 4, 7] and second.tolist() == [0, 2, 4, 6]
    first.zero_()
    assert second.tolist() == [0, 2, 0, 6]
    real, other = again([base.view(wengert.int32)[1:3], base.view(wengert.uint8)[7:13]])
    assert (real.view(wengert.uint8)[3:] == other[:5]).all()
    z = wengert.rand(4, dtype=wengert.complex128)
    a, b = again([z[:3], z[1:]])
    assert wengert.equal(a, z[:3]) and wengert.equal(b, z[1:])
    a.zero_()
    assert b[:2].tolist() == [0, 0]


def test_parts_apart_from_one_another_are_saved_apart():
    x = wengert.zeros(1_000_000)
    file = io.BytesIO()
    wengert.save([x[:2], x[500_000:500_002]], file)
    assert len(file.getvalue()) < 2000


def test_one_tensor_twice_is_one_tensor_again():
    x = wengert.ones(2)
    y = again([x, {"again": x}])
    assert y[0] is y[1]["again"]


def test_memory_that_arrays_share_with_tensors():
    array = numpy.arange(4.0)
    x, y = again([array, wengert.from_numpy(array)])
    x[0] = 9
    assert isinstance(x, numpy.ndarray) and y[0].item() == 9


# ------------------------------------------------------------------------------------------------ models


def trained():
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    optimizer = optim.Adam(model.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        (model(wengert.ones(5, 3)) ** 2).sum().backward()
        optimizer.step()
    return model, optimizer


def test_a_training_run_goes_on(tmp_path):
    model, optimizer = trained()
    path = tmp_path / "run.safetensors"
    wengert.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, path)
    other, second = trained()
    state = wengert.load(path)
    assert isinstance(state["model"], type(model.state_dict())) and list(state["optimizer"]["state"]) == [0, 1, 2, 3]
    other.load_state_dict(state["model"])
    second.load_state_dict(state["optimizer"])
    for m, o in ((model, optimizer), (other, second)):
        o.zero_grad()
        (m(wengert.ones(5, 3)) ** 2).sum().backward()
        o.step()
    assert_same(other.state_dict(), model.state_dict())


def test_tied_weights_stay_tied():
    model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    model[1].weight = model[0].weight
    state = again(model.state_dict())
    assert state["0.weight"].data_ptr() == state["1.weight"].data_ptr()
    file = io.BytesIO()
    wengert.save(model.state_dict(), file)
    assert file.getvalue().count(model[0].weight.detach().numpy().tobytes()) == 1


def test_attributes_of_a_state_dict():
    state = OrderedDict(a=wengert.ones(1))
    state._metadata = OrderedDict({"": {"version": 2}})
    assert again(state)._metadata == state._metadata


def test_modules_are_pickled_and_copied():
    model, _ = trained()
    for other in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert_same(other.state_dict(), model.state_dict())
        assert wengert.equal(other(wengert.ones(1, 3)), model(wengert.ones(1, 3)))
        other[0].weight.detach().zero_()
        assert (model[0].weight != 0).any()
    tied = nn.Sequential(model[0], model[0])
    for other in (pickle.loads(pickle.dumps(tied)), copy.deepcopy(tied)):
        assert other[0] is other[1] and other[0].weight is other[1].weight
    parameter = pickle.loads(pickle.dumps(nn.Parameter(wengert.ones(2), False)))
    assert type(parameter) is nn.Parameter and not parameter.requires_grad


# ------------------------------------------------------------------------------------------------ refusals


Point = namedtuple("Point", "x y")


class Text(str):
    pass


@pytest.mark.parametrize("x, words", [
    (nn.Linear(1, 1), "cannot save the wengert.nn.modules.linear.Linear that was given; its code is not data: save "),
    ({"a": [1, object()]}, r"cannot save the builtins.object at \['a'\]\[1\]"),
    ({"f": print}, r"builtin_function_or_method at \['f'\]"), ([Point(1, 2)], r"save tuple\(x\) or x._asdict\(\)"),
    ([defaultdict(list)], "it is no plain dict: convert it to one"), (Text("a"), "it is no plain str"),
    ({object(): 1}, r"cannot save the builtins.object at \['a key'\]"), (int, "cannot save the builtins.type"),
    (numpy.array(["a"]), "can't convert np.ndarray of type <U1"), (range(3), "builtins.range"),
])  # fmt: skip
def test_what_is_not_plain(x, words, tmp_path):
    path = tmp_path / "file"
    with pytest.raises(TypeError, match=words):
        wengert.save(x, path)
    assert not list(tmp_path.iterdir())


def test_structures_without_an_end():
    x = []
    x.append({"again": x})
    with pytest.raises(ValueError, match=r"the list at \[0\]\['again'\] contains itself"):
        wengert.save(x, io.BytesIO())
    deep = []
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(ValueError, match="nested more than 200 levels deep"):
        wengert.save(deep, io.BytesIO())
    allowed = {"x": 1}
    for _ in range(150):
        allowed = {"x": allowed}
    assert again(allowed) == allowed


def test_arguments(tmp_path):
    with pytest.raises(AttributeError, match="expected 'f' to be string, path, or a file-like object with a 'write'"):
        wengert.save(1, 3)
    with pytest.raises(RuntimeError, match="Parent directory .*missing does not exist."):
        wengert.save(1, tmp_path / "missing" / "file")
    with pytest.raises(IsADirectoryError):
        wengert.save(1, tmp_path)
    with pytest.raises(AttributeError, match="You can only torch.load from a file that is seekable"):
        wengert.load(3)
    with pytest.raises(FileNotFoundError):
        wengert.load(tmp_path / "missing")
    with pytest.raises(IsADirectoryError):
        wengert.load(tmp_path)
    with pytest.raises(RuntimeError, match="Can not safely load weights when explicit pickle_module is specified"):
        wengert.load(tmp_path / "missing", pickle_module=io)
    with pytest.raises(TypeError, match="unexpected keyword argument 'unknown'"):
        wengert.load(tmp_path / "missing", unknown=1)
    with pytest.raises(RuntimeError, match="tagged with nowhere"):
        again(wengert.ones(1), map_location="nowhere")
    assert again(wengert.ones(1), map_location=wengert.device("cpu"), weights_only=False).tolist() == [1]



def test_files_of_any_kind(tmp_path):
    path = tmp_path / "x.pt"
    for given in (path, str(path), bytes(path)):
        wengert.save([1], given)
        assert wengert.load(given) == [1]
    with open(path, "wb", buffering=0) as file:
        wengert.save({"x": wengert.arange(100_000)}, file)
    with open(path, "rb") as file:
        assert wengert.load(file)["x"][99_999].item() == 99_999
    stream = io.BytesIO(b"before")
    stream.seek(0, 2)
    wengert.save("after", stream)
    stream.seek(6)
    assert wengert.load(stream) == "after"
