"""Recurrent layers, cells and packed sequences against PyTorch's, with the same numbers in both."""

import numpy
import pytest

torch = pytest.importorskip("torch")
import wengert  # noqa: E402

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN"),
    pytest.mark.filterwarnings("ignore:dropout option adds dropout"),
]

RNG = numpy.random.default_rng(11)
TOLERANCE = {"float64": 1e-12, "float32": 2e-5}


def normal(*shape, dtype="float64"):
    return RNG.standard_normal(shape).astype(dtype)


def given(library, x):
    """An array as a leaf of a library; lists and tuples of them likewise."""
    if isinstance(x, (list, tuple)):
        return type(x)([given(library, one) for one in x])
    made = library.from_numpy(x.copy())
    return made.requires_grad_() if x.dtype.kind == "f" else made


def leaves(x) -> list:
    """The tensors in a nested result."""
    if x is None:
        return []
    if isinstance(x, (list, tuple)):
        return [leaf for one in x for leaf in leaves(one)]
    return [x]


def assert_close(ours, theirs, tolerance):
    assert len(ours) == len(theirs)
    for x, y in zip(ours, theirs, strict=True):
        assert (x is None) == (y is None)
        if x is None:
            continue
        assert tuple(x.shape) == tuple(y.shape)
        assert str(x.dtype).split(".")[1] == str(y.dtype).split(".")[1]
        x, y = x.detach().numpy(), y.detach().numpy()
        numpy.testing.assert_allclose(x, y, rtol=tolerance, atol=tolerance * max(1.0, abs(y).max(initial=0)))


def both(make, dtype, *inputs, call=None, training=True):
    """Results and all gradients of a module in each library: ([results...], [gradients...]) twice."""
    theirs = make(torch.nn).to(getattr(torch, dtype)).train(training)
    ours = make(wengert.nn).to(getattr(wengert, dtype)).train(training)
    state = {key: wengert.from_numpy(value.detach().numpy().copy()) for key, value in theirs.state_dict().items()}
    assert list(state) == list(ours.state_dict())
    ours.load_state_dict(state)
    assert repr(ours) == repr(theirs)
    found, weights = [], None
    for library, module in ((torch, theirs), (wengert, ours)):
        arguments = [given(library, x) for x in inputs]
        results = leaves(module(*arguments) if call is None else call(library, module, *arguments))
        results = [y for y in results if y.dtype.is_floating_point]
        weights = weights or [normal(*y.shape, dtype=dtype) for y in results]
        sum([(y * library.from_numpy(w)).sum() for y, w in zip(results, weights, strict=True)]).backward()
        entered = [x for x in leaves(arguments) if x.dtype.is_floating_point]
        found.append((results, [x.grad for x in [*entered, *module.parameters()]]))
    return found[1], found[0]


def check(make, dtype, *inputs, call=None, training=True):
    (ours, our_gradients), (theirs, their_gradients) = both(make, dtype, *inputs, call=call, training=training)
    assert_close(ours, theirs, TOLERANCE[dtype])
    assert_close(our_gradients, their_gradients, TOLERANCE[dtype] * 10)


OPTIONS = {
    "plain": {},
    "layers": {"num_layers": 3},
    "bidirectional": {"bidirectional": True},
    "deep-bidirectional": {"num_layers": 2, "bidirectional": True, "batch_first": True},
    "no-bias": {"bias": False, "num_layers": 2},
    "dropout-none": {"dropout": 0.0, "num_layers": 2},
    "dropout-all": {"dropout": 1.0, "num_layers": 2},
}
KINDS = {
    "RNN": lambda n, **options: n.RNN(4, 5, **options),
    "RNN-relu": lambda n, **options: n.RNN(4, 5, nonlinearity="relu", **options),
    "GRU": lambda n, **options: n.GRU(4, 5, **options),
    "LSTM": lambda n, **options: n.LSTM(4, 5, **options),
    "LSTM-projected": lambda n, **options: n.LSTM(4, 5, proj_size=3, **options),
}


def states(kind: str, options: dict, *batch, dtype):
    count = options.get("num_layers", 1) * (2 if options.get("bidirectional") else 1)
    h = normal(count, *batch, 3 if kind == "LSTM-projected" else 5, dtype=dtype)
    return (h, normal(count, *batch, 5, dtype=dtype)) if kind.startswith("LSTM") else h


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_layer(kind, option, dtype):
    options = OPTIONS[option]

    def make(n):
        return KINDS[kind](n, **options)

    for steps, batch in ((6, 3), (1, 1)):
        shape = (batch, steps, 4) if options.get("batch_first") else (steps, batch, 4)
        check(make, dtype, normal(*shape, dtype=dtype))
        check(make, dtype, normal(*shape, dtype=dtype), states(kind, options, batch, dtype=dtype))
    check(make, dtype, normal(5, 4, dtype=dtype))
    check(make, dtype, normal(5, 4, dtype=dtype), states(kind, options, dtype=dtype), training=False)


@pytest.mark.parametrize("sorting", [True, False])
@pytest.mark.parametrize("option", ["plain", "bidirectional", "layers", "deep-bidirectional"])
@pytest.mark.parametrize("kind", KINDS)
def test_packed(kind, option, sorting):
    options = OPTIONS[option]
    lengths = [5, 3, 3, 1] if sorting else [3, 1, 5, 3]
    first = bool(options.get("batch_first"))

    def call(library, module, x, state):
        utils = library.nn.utils.rnn
        packed = utils.pack_padded_sequence(x, lengths, batch_first=first, enforce_sorted=sorting)
        out, final = module(packed, state)
        padded, back = utils.pad_packed_sequence(out, batch_first=first, padding_value=2.5, total_length=7)
        assert back.tolist() == lengths
        return padded, final, module(packed)[0].data

    x = normal(*((4, 6, 4) if first else (6, 4, 4)))
    check(lambda n: KINDS[kind](n, **options), "float64", x, states(kind, options, 4, dtype="float64"), call=call)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("kind", ["RNNCell", "RNNCell-relu", "LSTMCell", "GRUCell"])
def test_cell(kind, dtype, bias):
    name, _, nonlinearity = kind.partition("-")
    options = {"nonlinearity": nonlinearity} if nonlinearity else {}

    def make(n):
        return getattr(n, name)(4, 5, bias=bias, **options)

    for batch in ((), (3,), (1,)):
        check(make, dtype, normal(*batch, 4, dtype=dtype))
        h, c = normal(*batch, 5, dtype=dtype), normal(*batch, 5, dtype=dtype)
        check(make, dtype, normal(*batch, 4, dtype=dtype), (h, c) if name == "LSTMCell" else h)


def test_cells_step_by_step_are_the_layer():
    """As in PyTorch's tutorials: a cell for each step, the state handed on, all gradients at the end."""

    def call(library, module, x, h, c):
        for step in x:
            h, c = module(step, (h, c))
        return h, c

    for dtype in TOLERANCE:
        values = [normal(7, 3, 4, dtype=dtype), normal(3, 5, dtype=dtype), normal(3, 5, dtype=dtype)]
        check(lambda n: n.LSTMCell(4, 5), dtype, *values, call=call)


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN", "LSTM-projected"])
def test_second_derivative(kind):
    """A penalty on the gradient: the derivatives of the gradients of the input, the state and the weights."""
    options = {"num_layers": 2, "bidirectional": True}

    def call(library, module, x, state):
        out, final = module(x, state)
        wanted = [x, *leaves(state), *module.parameters()]
        gradients = library.autograd.grad((out * out).sum() + leaves(final)[0].sum(), wanted, create_graph=True)
        return sum([(g * g).sum() for g in gradients])

    check(
        lambda n: KINDS[kind](n, **options), "float64", normal(4, 2, 4), states(kind, options, 2, dtype="float64"),
        call=call,
    )  # fmt: skip


def test_only_some_gradients_wanted():
    def call(library, module, x):
        module.weight_hh_l0.requires_grad_(False)
        module.bias_ih_l1.requires_grad_(False)
        return module(x.detach())[0]

    check(lambda n: n.LSTM(4, 5, 2), "float64", normal(4, 2, 4), call=call)


def test_one_output_differentiated():
    for pick in (0, 1, 2):
        check(
            lambda n: n.LSTM(4, 5), "float64", normal(4, 2, 4),
            call=lambda library, module, x, pick=pick: leaves(module(x))[pick],
        )  # fmt: skip


def test_complex_and_half():
    x = normal(4, 2, 3).astype("complex128")
    for kind in ("LSTM", "GRU", "RNN"):
        theirs = getattr(torch.nn, kind)(3, 4, dtype=torch.complex128)
        ours = getattr(wengert.nn, kind)(3, 4, dtype=wengert.complex128)
        state = theirs.state_dict()
        ours.load_state_dict({key: wengert.from_numpy(value.numpy().copy()) for key, value in state.items()})
        assert_close([ours(wengert.from_numpy(x))[0]], [theirs(torch.from_numpy(x))[0]], 1e-12)
    x = normal(4, 2, 3).astype("float16")
    theirs = torch.nn.GRU(3, 4).half()
    ours = wengert.nn.GRU(3, 4).half()
    ours.load_state_dict({key: wengert.from_numpy(v.numpy().copy()) for key, v in theirs.state_dict().items()})
    assert_close([ours(wengert.from_numpy(x))[0]], [theirs(torch.from_numpy(x))[0]], 4e-3)


# ------------------------------------------------------------------------------------------------ sequences


def sequences(library, dtype="int64"):
    return [library.tensor(x, dtype=getattr(library, dtype)) for x in ([1, 2], [3, 4, 5], [6], [7, 8])]


SEQUENCES = {
    "pack": lambda u, s: u.pack_sequence(s, enforce_sorted=False),
    "pack-sorted": lambda u, s: u.pack_sequence([s[1], s[0], s[3], s[2]]),
    "pad": lambda u, s: u.pad_sequence(s, padding_value=9),
    "pad-batch-first": lambda u, s: u.pad_sequence(s, batch_first=True),
    "pad-left": lambda u, s: u.pad_sequence(s, True, -1.0, "left"),
    "pad-one": lambda u, s: u.pad_sequence(s[:1]),
    "unpack": lambda u, s: u.unpack_sequence(u.pack_sequence(s, enforce_sorted=False)),
    "pad-packed": lambda u, s: u.pad_packed_sequence(u.pack_sequence(s, enforce_sorted=False)),
    "pad-packed-long": lambda u, s: u.pad_packed_sequence(
        u.pack_sequence(s, enforce_sorted=False), True, 7, total_length=5
    ),
    "to-double": lambda u, s: u.pack_sequence(s, enforce_sorted=False).double(),
    "to-int": lambda u, s: u.pack_sequence(s, enforce_sorted=False).int(),
    "from-a-pair": lambda u, s: u.PackedSequence((s[0], s[3])),
}


@pytest.mark.parametrize("dtype", ["int64", "float32"])
@pytest.mark.parametrize("name", SEQUENCES)
def test_sequences(name, dtype):
    ours = SEQUENCES[name](wengert.nn.utils.rnn, sequences(wengert, dtype))
    theirs = SEQUENCES[name](torch.nn.utils.rnn, sequences(torch, dtype))
    assert repr(ours).replace("wengert.", "torch.") == repr(theirs)


def test_padding_has_gradients():
    found = []
    for library in (wengert, torch):
        utils = library.nn.utils.rnn
        x = given(library, [normal(2, 3) * 0 + 1, normal(3, 3) * 0 + 2])
        padded = utils.pad_sequence(x)
        packed = utils.pack_padded_sequence(padded, [2, 3], enforce_sorted=False)
        (utils.pad_packed_sequence(packed)[0] ** 2).sum().backward()
        found.append([y.grad for y in x])
    assert_close(*found, 1e-12)


# ------------------------------------------------------------------------------------------------ errors


def parameters(t, kind="LSTM"):
    return list(getattr(t.nn, kind)(3, 4).parameters())


BAD = {
    "cell input": lambda t, z: t.lstm_cell(z(2, 3), (z(2, 4), z(2, 4)), z(16, 5), z(16, 4)),
    "cell h": lambda t, z: t.lstm_cell(z(2, 3), (z(2, 5), z(2, 4)), z(16, 3), z(16, 4)),
    "cell c": lambda t, z: t.lstm_cell(z(2, 3), (z(2, 4), z(2, 5)), z(16, 3), z(16, 4)),
    "cell batch": lambda t, z: t.lstm_cell(z(2, 3), (z(3, 4), z(3, 4)), z(16, 3), z(16, 4)),
    "cell states": lambda t, z: t.lstm_cell(z(2, 3), (z(2, 4),), z(16, 3), z(16, 4)),
    "cell gates": lambda t, z: t.lstm_cell(z(2, 3), (z(2, 4), z(2, 4)), z(15, 3), z(15, 4)),
    "gru cell": lambda t, z: t.gru_cell(z(2, 3), z(2, 5), z(12, 3), z(12, 4)),
    "rnn cell without batch": lambda t, z: t.rnn_tanh_cell(z(3), z(4), z(4, 3), z(4, 4)),
    "module cell input": lambda t, z: t.nn.LSTMCell(3, 4)(z(2, 5)),
    "module cell dimensions": lambda t, z: t.nn.GRUCell(3, 4)(z(2, 5, 3)),
    "module cell hidden": lambda t, z: t.nn.RNNCell(3, 4)(z(2, 3), z(2, 2, 4)),
    "module cell hx": lambda t, z: t.nn.LSTMCell(3, 4)(z(2, 3), (z(2, 4), z(2, 2, 4))),
    "cell nonlinearity": lambda t, z: t.nn.RNNCell(3, 4, nonlinearity="x")(z(2, 3)),
    "one state": lambda t, z: t.lstm(z(5, 2, 3), [z(1, 2, 4)], parameters(t), True, 1, 0.0, False, False, False),
    "no steps": lambda t, z: t.nn.GRU(3, 4)(z(0, 2, 3)),
    "few states": lambda t, z: t.gru(
        z(5, 2, 3), z(0, 2, 4), parameters(t, "GRU"), True, 1, 0.0, False, False, False
    ),
    "state of another batch": lambda t, z: t.gru(
        z(5, 2, 3), z(1, 3, 4), parameters(t, "GRU"), True, 1, 0.0, False, False, False
    ),
    "lengths zero": lambda t, z: t.nn.utils.rnn.pack_padded_sequence(z(5, 2, 3), [5, 0]),
    "lengths few": lambda t, z: t.nn.utils.rnn.pack_padded_sequence(z(5, 2, 3), [3]),
    "lengths rising": lambda t, z: t.nn.utils.rnn.pack_padded_sequence(z(5, 2, 3), [3, 4]),
    "nothing to pack": lambda t, z: t.nn.utils.rnn.pack_padded_sequence(z(5, 0, 3), []),
    "pack one dimension": lambda t, z: t.nn.utils.rnn.pack_padded_sequence(z(5), [3]),
    "pad nothing": lambda t, z: t.nn.utils.rnn.pad_sequence([]),
    "pad numbers": lambda t, z: t.nn.utils.rnn.pad_sequence([1, 2]),
    "pad no list": lambda t, z: t.nn.utils.rnn.pad_sequence(5),
    "padding side": lambda t, z: t.nn.utils.rnn.pad_sequence([z(2)], padding_side="x"),
    "total length": lambda t, z: t.nn.utils.rnn.pad_packed_sequence(
        t.nn.utils.rnn.pack_padded_sequence(z(5, 2, 3), [3, 2]), total_length=2
    ),
    "h shape": lambda t, z: t.nn.LSTM(3, 4)(z(5, 2, 3), (z(1, 2, 5), z(1, 2, 4))),
    "c shape": lambda t, z: t.nn.LSTM(3, 4)(z(5, 2, 3), (z(1, 2, 4), z(1, 2, 5))),
    "h shape of a gru": lambda t, z: t.nn.GRU(3, 4)(z(5, 2, 3), z(1, 2, 5)),
    "states without batch": lambda t, z: t.nn.LSTM(3, 4)(z(5, 2, 3), (z(2, 4), z(2, 4))),
    "states with batch": lambda t, z: t.nn.LSTM(3, 4)(z(5, 3), (z(1, 2, 4), z(1, 2, 4))),
    "gru states with batch": lambda t, z: t.nn.GRU(3, 4)(z(5, 3), z(1, 2, 4)),
    "four dimensions": lambda t, z: t.nn.LSTM(3, 4)(z(5, 3, 2, 2)),
    "four dimensions of an rnn": lambda t, z: t.nn.RNN(3, 4)(z(5, 3, 2, 2)),
    "features": lambda t, z: t.nn.LSTM(3, 4)(z(5, 2, 7)),
    "dropout above one": lambda t, z: t.nn.LSTM(3, 4, dropout=2.0),
    "dropout a bool": lambda t, z: t.nn.LSTM(3, 4, dropout=True),
    "bias a number": lambda t, z: t.nn.LSTM(3, 4, bias=1),
    "no layers": lambda t, z: t.nn.LSTM(3, 4, num_layers=0),
    "projection too large": lambda t, z: t.nn.LSTM(3, 4, proj_size=9),
    "projection negative": lambda t, z: t.nn.LSTM(3, 4, proj_size=-1),
    "projection of a gru": lambda t, z: t.nn.GRU(3, 4, proj_size=2),
    "nonlinearity": lambda t, z: t.nn.RNN(3, 4, nonlinearity="gelu"),
    "no input": lambda t, z: t.nn.LSTM(0, 4),
    "size a float": lambda t, z: t.nn.LSTM(3.0, 4),
    "mode": lambda t, z: t.nn.RNNBase("x", 3, 4),
}
SAID_OTHERWISE = {"few states"}


@pytest.mark.parametrize("name", BAD)
def test_errors(name):
    with pytest.raises(Exception) as expected:
        BAD[name](torch, torch.zeros)
    with pytest.raises(type(expected.value)) as found:
        BAD[name](wengert, wengert.zeros)
    sentence = str(expected.value).replace("torch.", "wengert.")
    assert name in SAID_OTHERWISE or sentence.rstrip(".") in str(found.value).replace("torch.", "wengert.")


def test_dtype_of_input():
    with pytest.raises(ValueError) as expected:
        torch.nn.GRU(3, 4)(torch.zeros(5, 2, 3).double())
    with pytest.raises(ValueError) as found:
        wengert.nn.GRU(3, 4)(wengert.zeros(5, 2, 3).double())
    assert str(found.value).replace("wengert.", "torch.").startswith(str(expected.value))


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN", "LSTMCell"])
def test_initial_distribution(kind):
    """The bound is 1 / sqrt(hidden), and the distribution uniform: Kolmogorov's distance from PyTorch's sample."""
    wengert.manual_seed(3)
    torch.manual_seed(3)
    ours, theirs = getattr(wengert.nn, kind)(50, 64), getattr(torch.nn, kind)(50, 64)
    for (name, p), (other, q) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
        assert name == other and tuple(p.shape) == tuple(q.shape)
        x, y = numpy.sort(p.detach().numpy().ravel()), numpy.sort(q.detach().numpy().ravel())
        points = numpy.concatenate([x, y])
        apart = numpy.abs(numpy.searchsorted(x, points, "right") - numpy.searchsorted(y, points, "right")).max()
        assert apart / len(x) < 2.5 * numpy.sqrt(2 / len(x))
        assert abs(x).max() <= 1 / 8


def test_names_and_groups():
    for options in ({"num_layers": 2, "bidirectional": True}, {"proj_size": 2}, {"bias": False}):
        ours, theirs = wengert.nn.LSTM(3, 4, **options), torch.nn.LSTM(3, 4, **options)
        assert [n for n, _ in ours.named_parameters()] == [n for n, _ in theirs.named_parameters()]
        shapes = [[[tuple(p.shape) for p in group] for group in m.all_weights] for m in (ours, theirs)]
        assert shapes[0] == shapes[1]
    assert ours.flatten_parameters() is None


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("kind", ["rnn_tanh", "rnn_relu", "gru", "lstm"])
def test_functions(kind, packed):
    """The functions of `wengert` itself, with dropout and without."""
    module = {"rnn_tanh": "RNN", "rnn_relu": "RNN", "gru": "GRU", "lstm": "LSTM"}[kind]
    found = []
    values = [p.detach().numpy() for p in getattr(torch.nn, module)(3, 4, 2).double().parameters()]
    x, h, c = normal(*((6, 3) if packed else (5, 2, 3))), normal(2, 2, 4), normal(2, 2, 4)
    for library in (wengert, torch):
        weights, data, *state = given(library, [values, x, h, c])
        hx = tuple(state) if kind == "lstm" else state[0]
        sizes = [library.tensor([2, 2, 1, 1])] if packed else []
        options = () if packed else (False,)
        out = getattr(library, kind)(data, *sizes, hx, weights, True, 2, 0.0, True, False, *options)
        sum([y.sum() for y in out]).backward()
        found.append([*out, *[w.grad for w in weights], data.grad])
    assert_close(*found, 1e-12)


@pytest.mark.parametrize("given_by_position", range(9))
@pytest.mark.parametrize("kind", ["rnn_tanh", "rnn_relu", "gru", "lstm"])
def test_packed_data_by_keyword(kind, given_by_position):
    module = {"rnn_tanh": "RNN", "rnn_relu": "RNN", "gru": "GRU", "lstm": "LSTM"}[kind]
    values = [p.detach().numpy() for p in getattr(torch.nn, module)(3, 4).double().parameters()]
    x, h, c = normal(6, 3), normal(1, 2, 4), normal(1, 2, 4)
    found = []
    for library in (wengert, torch):
        weights, data, *state = given(library, [values, x, h, c])
        call = {
            "data": data, "batch_sizes": library.tensor([2, 2, 1, 1]), "hx": state if kind == "lstm" else state[0],
            "params": weights, "has_biases": True, "num_layers": 1, "dropout": 0.0, "train": False,
            "bidirectional": False,
        }  # fmt: skip
        first = list(call.values())[:given_by_position]
        found.append(getattr(library, kind)(*first, **dict(list(call.items())[given_by_position:])))
    assert_close(*found, 1e-12)
