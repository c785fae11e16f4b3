"""Random numbers in both libraries: what is refused and in which words, dtypes and shapes. The numbers differ."""

import itertools
import warnings

import pytest

import wengert

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

LIBRARIES = (wengert, torch)
DTYPES = (
    "uint8", "int8", "int16", "int32", "int64", "bool", "float16", "bfloat16", "float32", "float64", "complex64",
    "complex128", "uint16",
)  # fmt: skip

METHODS = {
    "random_()": lambda x: x.random_(), "random_(5)": lambda x: x.random_(5),
    "random_(2, 5)": lambda x: x.random_(2, 5),
    "random_(0)": lambda x: x.random_(0), "random_(5, 2)": lambda x: x.random_(5, 2),
    "random_(-5, 2)": lambda x: x.random_(-5, 2), "random_(0, 300)": lambda x: x.random_(0, 300),
    "random_(to=5)": lambda x: x.random_(to=5), "random_(-3, None)": lambda x: x.random_(-3, None),
    "random_(0, 2)": lambda x: x.random_(0, 2), "random_(1.5)": lambda x: x.random_(1.5),
    "uniform_()": lambda x: x.uniform_(), "uniform_(2, 1)": lambda x: x.uniform_(2, 1),
    "uniform_(0, 1e300)": lambda x: x.uniform_(0, 1e300), "uniform_(1, 1)": lambda x: x.uniform_(1, 1),
    "uniform_(-2.0, 3.0)": lambda x: x.uniform_(-2.0, 3.0), "uniform_(to=3)": lambda x: x.uniform_(to=3),
    "normal_()": lambda x: x.normal_(), "normal_(0, -1)": lambda x: x.normal_(0, -1),
    "normal_(mean=2, std=0)": lambda x: x.normal_(mean=2, std=0),
    "bernoulli_()": lambda x: x.bernoulli_(), "bernoulli_(2)": lambda x: x.bernoulli_(2),
    "bernoulli_(p=0.5)": lambda x: x.bernoulli_(p=0.5),
    "exponential_()": lambda x: x.exponential_(), "exponential_(0)": lambda x: x.exponential_(0),
    "exponential_(-1)": lambda x: x.exponential_(-1), "exponential_(lambd=2)": lambda x: x.exponential_(lambd=2),
    "exponential_(inf)": lambda x: x.exponential_(float("inf")),
    "geometric_(0.5)": lambda x: x.geometric_(0.5), "geometric_(0)": lambda x: x.geometric_(0),
    "geometric_(1)": lambda x: x.geometric_(1), "geometric_()": lambda x: x.geometric_(),
    "cauchy_()": lambda x: x.cauchy_(), "cauchy_(0, 0)": lambda x: x.cauchy_(0, 0),
    "cauchy_(0, -1)": lambda x: x.cauchy_(0, -1), "log_normal_()": lambda x: x.log_normal_(),
    "log_normal_(0, 0)": lambda x: x.log_normal_(0, 0), "log_normal_(1, 2)": lambda x: x.log_normal_(1, 2),
}  # fmt: skip


def outcome(make):
    """(type of error, its first sentence) or what a result looks like."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            x = make()
        except Exception as error:
            text = " ".join(str(error).replace("wengert", "torch").split("\n")[0].split())
            return type(error).__name__, text.split(". ")[0].rstrip(".")
    if isinstance(x, tuple):
        return "results", [outcome(lambda y=y: y) for y in x]
    if not hasattr(x, "shape"):
        return "value", repr(x).replace("wengert", "torch")
    return "result", (tuple(x.shape), str(x.dtype).split(".")[1], x.requires_grad)


def same(program, sentence: bool = True):
    ours, theirs = [outcome(lambda t=t: program(t)) for t in LIBRARIES]
    assert ours[0] == theirs[0], f"{ours}, PyTorch {theirs}"
    if theirs[0] in ("result", "results", "value"):
        assert ours == theirs
    elif sentence and theirs[0] != "TypeError":
        assert ours[1].startswith(theirs[1]), f"{ours}, PyTorch {theirs}"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_fills(dtype, method):
    # PyTorch spells C++ types out where we have one word.
    same(lambda t: METHODS[method](t.ones(2, dtype=getattr(t, dtype))), sentence=not method.startswith("cauchy"))


@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3), (3, 4)])
@pytest.mark.parametrize("method", ["random_(5)", "uniform_()", "normal_()", "bernoulli_()", "exponential_()",
                                    "geometric_(0.5)", "cauchy_()", "log_normal_()"])  # fmt: skip
def test_fills_of_shapes_and_layouts(method, shape):
    same(lambda t: METHODS[method](t.ones(shape)))
    same(lambda t: METHODS[method](t.ones((*shape, 3)).transpose(0, -1)))
    same(lambda t: METHODS[method](t.ones((*shape, 1)).expand((*shape, 3))))
    same(lambda t: METHODS[method](t.ones((*shape, 4))[..., ::2]))


PROGRAMS = """t.manual_seed(-1).initial_seed()
t.manual_seed(2**64-1).initial_seed()
t.manual_seed(2**64)
t.manual_seed(-2**63).initial_seed()
t.manual_seed(-2**63-1)
t.manual_seed("a")
t.manual_seed(1.5).initial_seed()
t.manual_seed(t.tensor(3)).initial_seed()
t.Generator().manual_seed(1.5)
t.Generator().manual_seed(-1).initial_seed()
t.Generator().manual_seed(2**64)
t.Generator("cpu").device
t.Generator().set_state(3)
t.Generator().set_state(t.zeros(3))
t.rand(2, dtype=t.int64)
t.rand(2, dtype=t.bool)
t.randn(2, dtype=t.int64)
t.rand(2, 3, out=t.empty(0))
t.rand(2, 3, out=t.empty(0, dtype=t.float64), dtype=t.float32)
t.rand(2, 3, out=t.empty(0, dtype=t.int64))
t.rand(-1)
t.rand([2, 3])
t.rand((2,), (3,))
t.rand(size=(2, 3))
t.rand("a")
t.rand()
t.rand(2.0)
t.rand(2, generator=3)
t.rand(2, requires_grad=True)
t.rand(2, dtype=t.float16)
t.rand(2, dtype=t.bfloat16)
t.rand(2, dtype=t.complex64)
t.randn(2, dtype=t.float16)
t.randn(2, dtype=t.bfloat16)
t.randn(2, dtype=t.complex128)
t.rand_like(t.ones(2, dtype=t.int64))
t.rand_like(3)
t.rand_like(t.ones(2), dtype=t.float64)
t.rand_like(t.ones(2), generator=t.Generator())
t.randn_like(t.ones(2, 3).t())
t.randint(5, (2,))
t.randint(2, 5, (2,))
t.randint(low=2, high=5, size=(2,))
t.randint(high=5, size=(2,))
t.randint(5, size=(2,))
t.randint(5, 5, (2,))
t.randint(0, (2,))
t.randint(-3, (2,))
t.randint(300, (2,), dtype=t.uint8)
t.randint(-1, 3, (2,), dtype=t.uint8)
t.randint(0, 256, (2,), dtype=t.uint8)
t.randint(0, 257, (2,), dtype=t.uint8)
t.randint(2, (2,), dtype=t.bool)
t.randint(3, (2,), dtype=t.bool)
t.randint(5, (2,), dtype=t.float32)
t.randint(2049, (2,), dtype=t.float16)
t.randint(5, (2,), dtype=t.complex64)
t.randint(5, (2,), requires_grad=True)
t.randint(5, (2,), dtype=t.float32, requires_grad=True)
t.randint(5.0, (2,))
t.randint(5)
t.randint(5, 6)
t.randint(5, (2,), out=t.empty(0))
t.randint(5, (2,), out=t.empty(0, dtype=t.int64), dtype=t.int32)
t.randint(5, [2])
t.randint(-2**63, 2**63-1, (2,))
t.randint_like(t.ones(2), 5)
t.randint_like(t.ones(2), 2, 5)
t.randint_like(t.ones(2), low=2, high=5)
t.randint_like(t.ones(2, dtype=t.uint8), 5, 300)
t.randint_like(t.ones(2), t.tensor(5))
t.randint_like(t.ones(2), 5, dtype=t.int32)
t.randperm(5)
t.randperm(0)
t.randperm(-1)
t.randperm(5, dtype=t.float32)
t.randperm(300, dtype=t.uint8)
t.randperm(5, dtype=t.bool)
t.randperm(5, dtype=t.float16)
t.randperm(3000, dtype=t.float16)
t.randperm(5, dtype=t.complex64)
t.randperm(5, out=t.empty(0, dtype=t.int64))
t.randperm(5, out=t.empty(0))
t.randperm(5.0)
t.randperm(5, requires_grad=True)
t.normal(0.0, 1.0, (2,))
t.normal(0, 1, (2,))
t.normal(0.0, -1.0, (2,))
t.normal(t.zeros(3), t.ones(3))
t.normal(t.zeros(3), t.ones(2, 3))
t.normal(t.zeros(3, 1), t.ones(2))
t.normal(t.zeros(3), t.ones(2))
t.normal(t.zeros(3))
t.normal(t.zeros(3), 2.0)
t.normal(t.zeros(3), -2.0)
t.normal(t.zeros(3), -t.ones(3))
t.normal(2.0, t.ones(3))
t.normal(t.zeros(3, dtype=t.int64), 1.0)
t.normal(t.zeros(3), t.ones(3, dtype=t.int64))
t.normal(0.0, t.ones(3, dtype=t.int64))
t.normal(t.zeros(3, dtype=t.float64), t.ones(3))
t.normal(t.zeros(3, dtype=t.complex64), t.ones(3))
t.normal(t.zeros(3, dtype=t.complex64), t.ones(3, dtype=t.complex64))
t.normal(t.zeros(3, dtype=t.float16), t.ones(3))
t.normal(t.zeros(3), t.ones(3, dtype=t.float64))
t.normal(t.zeros(3, requires_grad=True), t.ones(3))
t.normal(0.0, 1.0)
t.normal(0.0, 1.0, (2,), dtype=t.int64)
t.normal(0.0, 1.0, (2,), dtype=t.float64, requires_grad=True)
t.normal(0.0, 1.0, 2)
t.normal(0.0, 1.0, (2,), out=t.empty(0))
t.normal(mean=t.zeros(3), std=t.ones(3))
t.normal(t.zeros(3), 1.0, (3,))
t.normal(1.0, t.ones(3), out=t.empty(0))
t.bernoulli(t.tensor([0.5, 2.0]))
t.bernoulli(t.tensor([0.5, float('nan')]))
t.bernoulli(t.ones(2, dtype=t.int64))
t.bernoulli(t.ones(2, dtype=t.bool))
t.bernoulli(t.ones(2), 0.5)
t.bernoulli(t.ones(2), 1.5)
t.bernoulli(t.ones(2, dtype=t.int64), 0.5)
t.bernoulli(t.ones(2), p=0.5)
t.bernoulli(t.ones(2), out=t.empty(0, dtype=t.int64))
t.bernoulli(t.ones(2, requires_grad=True))
t.ones(2).bernoulli()
t.ones(2).bernoulli(0.5)
t.bernoulli(0.5)
t.ones(2, dtype=t.int64).bernoulli_(t.tensor(0.5))
t.ones(2).bernoulli_(t.tensor([0.5, 0.5, 0.5]))
t.ones(2).bernoulli_(t.tensor([1.5]))
t.ones(2).multinomial(1)
t.multinomial(t.ones(2), 3)
t.multinomial(t.ones(2), 0)
t.multinomial(t.ones(2), -1, True)
t.multinomial(t.ones(2), 3, True)
t.multinomial(t.ones(2, 2, 2), 3, True)
t.multinomial(t.tensor(1.), 3, True)
t.multinomial(t.ones(2, dtype=t.int64), 1)
t.multinomial(t.ones(2, dtype=t.complex64), 1)
t.multinomial(t.ones(2, dtype=t.float16), 1)
t.multinomial(t.tensor([-1., 1.]), 1)
t.multinomial(t.tensor([0., 0.]), 1)
t.multinomial(t.tensor([0., 0.]), 1, True)
t.multinomial(t.tensor([float('nan'), 0.]), 1, True)
t.multinomial(t.tensor([float('inf'), 0.]), 1, True)
t.multinomial(t.tensor([1., 0.]), 2)
t.multinomial(t.ones(0), 1)
t.multinomial(t.ones(0, 3), 1)
t.multinomial(t.ones(3), 2, out=t.empty(0))
t.multinomial(t.ones(3), 2, out=t.empty(0, dtype=t.int64))
t.multinomial(t.ones(3), 2.0)
t.poisson(t.ones(3))
t.poisson(t.tensor([-1.]))
t.poisson(t.tensor([float('nan')]))
t.poisson(t.tensor([float('inf')]))
t.poisson(t.ones(3, dtype=t.int64))
t.poisson(t.ones(3, dtype=t.float16))
t.poisson(t.ones(3, dtype=t.complex64))
t.poisson(t.ones(3, requires_grad=True))
t.poisson(t.tensor([1e10]))
t.binomial(t.tensor([5.]), t.tensor([0.5]))
t.binomial(t.tensor([5.]), t.tensor([1.5]))
t.binomial(t.tensor([5]), t.tensor([0.5]))
t.binomial(t.tensor([5.], dtype=t.float64), t.tensor([0.5]))
t.binomial(t.ones(3, 1), t.ones(2))
t.binomial(t.ones(3), t.ones(2))
t.binomial(5, t.ones(2))
t.binomial(t.ones(2), 0.5)
t.binomial(t.ones(2, requires_grad=True), t.ones(2))
t.binomial(t.ones(2, dtype=t.float16), t.ones(2, dtype=t.float16))
t.dropout(t.ones(4), 0.5, True)
t.dropout(t.ones(4), 1.5, True)
t.dropout(t.ones(4), -.5, True)
t.dropout(t.ones(4), 1.0, True)
t.dropout(t.ones(4, dtype=t.int64), 0.5, True)
t.dropout(t.ones(4, dtype=t.int64), 0.5, False)
t.dropout(t.ones(4))
t.dropout(input=t.ones(4), p=0.5, train=True)
t.dropout(t.ones(4, requires_grad=True), 0.5, True)
t.dropout(t.ones(4, dtype=t.float16), 0.5, True)
t.dropout_(t.ones(4), 0.5, True)
t.alpha_dropout(t.ones(4), 0.5, True)
t.alpha_dropout(t.ones(4), 1.0, True)
t.alpha_dropout(t.ones(4), 0.0, True)
t.alpha_dropout(t.ones(4, dtype=t.int64), 0.5, True)
t.alpha_dropout_(t.ones(4), 0.5, True)
t.feature_dropout(t.ones(4), 0.5, True)
t.feature_dropout(t.ones(4, 3, 2), 0.5, True)
t.feature_dropout_(t.ones(4, 3, 2), 0.5, True)
t.feature_alpha_dropout(t.ones(4, 3, 2), 0.5, True)
t.feature_alpha_dropout_(t.ones(4, 3, 2), 0.5, True)
t.native_dropout(t.ones(4), 0.5, True)
t.get_rng_state().dtype
t.random.get_rng_state().dtype
t.random.initial_seed() == t.initial_seed()
t.random.manual_seed(3).initial_seed()""".split("\n")


@pytest.mark.parametrize("program", PROGRAMS)
def test_calls(program):
    same(lambda t: eval(program, {"t": t}))


@pytest.mark.parametrize("train, p", list(itertools.product((True, False), (0.0, 0.3, 1.0))))
def test_dropout_values(train, p):
    """What is kept, and what the others become, is the same; which ones differs."""
    for name in ("dropout", "alpha_dropout", "feature_dropout", "feature_alpha_dropout"):
        found = []
        for t in LIBRARIES:
            t.manual_seed(0)
            y = getattr(t, name)(t.full((40, 50), 2.0), p, train)
            found.append(sorted({round(v, 5) for v in y.reshape(-1).tolist()}))
        assert found[0] == found[1], name


def test_fork_rng():
    for t in LIBRARIES:
        t.manual_seed(0)
        with t.random.fork_rng():
            inside = t.rand(2)
        assert t.equal(inside, t.rand(2))
        with t.random.fork_rng(enabled=False):
            inside = t.rand(2)
        assert not t.equal(inside, t.rand(2))
