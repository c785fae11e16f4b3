"""Random numbers: streams and their states."""

import numpy as np
import pytest
import scipy.stats

import wengert as t


def test_a_generator_that_has_not_drawn_yet_has_a_state():
    first, second = t.Generator().manual_seed(5), t.Generator().manual_seed(6)
    second.set_state(first.get_state())
    assert second.initial_seed() == 5
    assert t.equal(t.rand(4, generator=first), t.rand(4, generator=second))
    first.manual_seed(5)
    second.manual_seed(5)
    t.rand(3, generator=first)
    with pytest.raises(RuntimeError, match="wrong size"):
        first.set_state(t.zeros(3, dtype=t.uint8))
    for rubbish in (t.zeros(112), [1]):
        with pytest.raises(TypeError, match="a torch.ByteTensor"):
            first.set_state(rubbish)
    assert not t.equal(t.rand(4, generator=first), t.rand(4, generator=second))


@pytest.mark.parametrize("draws", [0, 3])
def test_a_clone_goes_on_apart(draws):
    generator = t.Generator().manual_seed(5)
    if draws:
        t.rand(draws, generator=generator)
    clone = generator.clone_state()
    assert clone.initial_seed() == 5
    expected = t.rand(4, generator=generator).tolist()
    t.rand(2, generator=generator)
    assert t.rand(4, generator=clone).tolist() == expected


def test_a_stream_goes_on_from_a_snapshot():
    generator = t.Generator().manual_seed(5)
    fresh = generator.snapshot()
    first = t.rand(3, generator=generator).tolist()
    later = generator.snapshot()
    second = t.rand(3, generator=generator).tolist()
    generator.continue_from(later)
    assert t.rand(3, generator=generator).tolist() == second
    generator.manual_seed(9)
    generator.continue_from(fresh)
    assert t.rand(3, generator=generator).tolist() == first


def test_the_default_generator_goes_on_from_its_state():
    t.manual_seed(5)
    t.rand(3)
    state = t.get_rng_state()
    drawn = t.rand(4), t.randn(2)
    assert not t.equal(drawn[0], t.rand(4))
    t.set_rng_state(state)
    assert t.equal(drawn[0], t.rand(4)) and t.equal(drawn[1], t.randn(2))
    assert t.initial_seed() == 5 and t.seed() == t.initial_seed() != 5
    with pytest.raises(TypeError):
        t.set_rng_state(5)


def test_states_that_no_stream_gives_are_refused():
    generator = t.Generator().manual_seed(5)
    rubbish = t.full((112,), 255, dtype=t.uint8)
    with pytest.raises(RuntimeError, match="RNG state is invalid"):
        generator.set_state(rubbish)
    assert t.equal(t.rand(2, generator=generator), t.rand(2, generator=t.Generator().manual_seed(5)))


def test_generators_are_copied_and_pickled():
    import copy
    import pickle

    generator = t.Generator().manual_seed(5)
    t.rand(3, generator=generator)
    others = [copy.deepcopy(generator), pickle.loads(pickle.dumps(generator)), generator.clone_state()]
    expected = t.rand(4, generator=generator)
    for other in others:
        assert t.equal(t.rand(4, generator=other), expected)


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_numbers_do_not_depend_on_the_number_of_threads(threads):
    before = t.get_num_threads()
    expected = _numbers()
    try:
        t.set_num_threads(threads)
        for found, wanted in zip(_numbers(), expected, strict=True):
            assert t.equal(found, wanted)
    finally:
        t.set_num_threads(before)


def _numbers():
    t.manual_seed(12)
    p = t.full((300, 400), 0.3)
    return [
        t.rand(300, 400), t.randn(300, 400), t.randint(9, (300, 400)), t.randperm(1000), t.bernoulli(p), t.poisson(p),
        t.binomial(p * 30, p), t.multinomial(p, 3), t.dropout(p, 0.5, True), t.empty(300, 400).exponential_(),
        t.empty(300, 400).cauchy_(), t.empty(300, 400).geometric_(0.1), t.empty(300, 400).log_normal_(),
    ]  # fmt: skip


def test_one_call_draws_what_several_draw():
    """The numbers of a stream come in order, however a request is split (of those that one draw makes each)."""
    for draw in (lambda n: t.rand(n, dtype=t.float64), lambda n: t.empty(n, dtype=t.float64).uniform_(2, 5)):
        t.manual_seed(3)
        whole = draw(12)
        t.manual_seed(3)
        assert t.equal(t.cat([draw(5), draw(7)]), whole)


DISTRIBUTED = {
    "rand": (lambda n: t.rand(n), lambda: scipy.stats.uniform()),
    "rand in double": (lambda n: t.rand(n, dtype=t.float64), lambda: scipy.stats.uniform()),
    "randn": (lambda n: t.randn(n), lambda: scipy.stats.norm()),
    "parts of complex": (lambda n: t.view_as_real(t.randn(n, dtype=t.complex64)).reshape(-1),
                         lambda: scipy.stats.norm(scale=0.5**0.5)),
    "normal": (lambda n: t.normal(t.full((n,), 2.0), 3.0), lambda: scipy.stats.norm(2, 3)),
    "uniform_": (lambda n: t.empty(n).uniform_(-2, 3), lambda: scipy.stats.uniform(-2, 5)),
    "normal_": (lambda n: t.empty(n).normal_(2, 3), lambda: scipy.stats.norm(2, 3)),
    "exponential_": (lambda n: t.empty(n).exponential_(2.5), lambda: scipy.stats.expon(scale=0.4)),
    "cauchy_": (lambda n: t.empty(n).cauchy_(1, 2), lambda: scipy.stats.cauchy(1, 2)),
    "log_normal_": (lambda n: t.empty(n).log_normal_(0.5, 0.7), lambda: scipy.stats.lognorm(0.7, scale=np.exp(0.5))),
    "standard_gamma": (lambda n: t.ops.sampling.standard_gamma(t.full((n,), 0.6)), lambda: scipy.stats.gamma(0.6)),
}  # fmt: skip


@pytest.mark.parametrize("name", DISTRIBUTED)
def test_continuous_numbers_have_their_distribution(name):
    t.manual_seed(21)
    draw, reference = DISTRIBUTED[name]
    assert scipy.stats.kstest(draw(5000).numpy().astype(np.float64), reference().cdf).pvalue > 1e-3


COUNTED = {
    "randint": (lambda n: t.randint(3, 8, (n,)), lambda: scipy.stats.randint(3, 8)),
    "random_": (lambda n: t.empty(n).random_(-2, 3), lambda: scipy.stats.randint(-2, 3)),
    "random_ of bool": (lambda n: t.empty(n, dtype=t.bool).random_(), lambda: scipy.stats.randint(0, 2)),
    "bernoulli": (lambda n: t.bernoulli(t.full((n,), 0.3)), lambda: scipy.stats.bernoulli(0.3)),
    "bernoulli_": (lambda n: t.empty(n).bernoulli_(0.3), lambda: scipy.stats.bernoulli(0.3)),
    "poisson": (lambda n: t.poisson(t.full((n,), 2.5)), lambda: scipy.stats.poisson(2.5)),
    "binomial": (lambda n: t.binomial(t.full((n,), 6.0), t.full((n,), 0.4)), lambda: scipy.stats.binom(6, 0.4)),
    "geometric_": (lambda n: t.empty(n).geometric_(0.4), lambda: scipy.stats.geom(0.4)),
    "multinomial": (lambda n: t.multinomial(t.tensor([1.0, 0.0, 3.0, 4.0]), n, True),
                    lambda: scipy.stats.rv_discrete(values=([0, 2, 3], [1 / 8, 3 / 8, 1 / 2]))),
}  # fmt: skip


@pytest.mark.parametrize("name", COUNTED)
def test_counts_have_their_distribution(name):
    t.manual_seed(22)
    draw, reference = COUNTED[name]
    values, counts = np.unique(draw(5000).numpy().astype(np.int64), return_counts=True)
    chances = reference().pmf(values)
    assert np.all(chances > 0)
    assert np.all(np.abs(counts - 5000 * chances) < 5 * np.sqrt(5000 * chances))


def test_draws_without_replacement_have_their_probabilities():
    t.manual_seed(23)
    weights = t.tensor([1.0, 2.0, 5.0]).expand(5000, 3)
    pairs = t.multinomial(weights, 2).numpy()
    assert np.all(pairs[:, 0] != pairs[:, 1])
    first = np.bincount(pairs[:, 0], minlength=3)
    expected = 5000 * np.array([1, 2, 5]) / 8
    assert np.all(np.abs(first - expected) < 5 * np.sqrt(expected))
    after = np.bincount(pairs[pairs[:, 0] == 2, 1], minlength=3)
    assert abs(after[0] / after.sum() - 1 / 3) < 0.05


def test_extreme_parameters():
    assert t.poisson(t.tensor([float("inf"), 1e30, 0.0])).tolist()[::2] == [float("inf"), 0.0]
    found = t.binomial(t.tensor([float("nan"), 3.0, -2.0, 3.9]), t.tensor([0.5, float("nan"), 0.5, 1.0]))
    assert found.isnan().tolist() == [True, True, False, False] and found[2:].tolist() == [0.0, 3.0]
    assert bool((t.empty(1000, dtype=t.float16).uniform_() < 1).all())
    assert bool((t.rand(5000, dtype=t.bfloat16) < 1).all())
    assert t.empty(3, dtype=t.int8).geometric_(1e-6).tolist() == [127] * 3


def test_errors_leave_tensors_and_streams_as_they_were():
    t.manual_seed(3)
    x, state = t.ones(3), t.get_rng_state()
    for call in (
        lambda: x.uniform_(2, 1), lambda: x.normal_(0, -1), lambda: x.random_(5, 2), lambda: x.bernoulli_(2.0),
        lambda: x.exponential_(0.0), lambda: x.geometric_(1.0), lambda: x.cauchy_(0, 0), lambda: x.log_normal_(0, 0),
        lambda: x.bernoulli_(t.tensor([0.1, 0.2, 3.0])),
    ):  # fmt: skip
        with pytest.raises(RuntimeError):
            call()
    assert x.tolist() == [1.0, 1.0, 1.0] and x._version == 0 and t.equal(state, t.get_rng_state())


def test_samples_are_in_the_graph_of_their_parameters_with_a_gradient_of_zero():
    rate = t.ones(3, requires_grad=True)
    for draw in (t.poisson, t.bernoulli, lambda x: t.binomial(x * 5, x), lambda x: t.normal(x, 1.0),
                 lambda x: t.normal(0.0, x)):  # fmt: skip
        (gradient,) = t.autograd.grad(draw(rate).sum(), rate)
        assert gradient.tolist() == [0.0, 0.0, 0.0]


def test_fills_are_changes_in_place_of_the_graph():
    x = t.ones(3, requires_grad=True)
    y = x * 2
    y.uniform_()
    y.sum().backward()
    assert x.grad.tolist() == [0.0, 0.0, 0.0]
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        x.normal_()


def test_alpha_dropout_keeps_mean_and_variance():
    t.manual_seed(5)
    x = t.randn(200, 500)
    for drop in (t.alpha_dropout, t.feature_alpha_dropout):
        y = drop(x, 0.3, True)
        assert abs(y.mean().item()) < 0.02 and abs(y.var().item() - 1) < 0.03
    kept = t.feature_dropout(t.ones(20, 30, 4), 0.5, True)
    assert bool((kept == kept[:, :, :1]).all()) and set(kept.reshape(-1).tolist()) == {0.0, 2.0}
    y, mask = t.native_dropout(t.ones(1000), 0.25, True)
    assert t.equal(y != 0, mask) and abs(mask.float().mean().item() - 0.75) < 0.06


def test_fork_rng_needs_no_other_device():
    with pytest.raises(ValueError, match="no device but the CPU"):
        with t.random.fork_rng(devices=[0]):
            pass


@pytest.mark.parametrize("randomness", ["different", "same"])
def test_samplers_under_vmap(randomness):
    batch = t.full((3, 40), 2.5)
    shared = t.vmap(lambda i: t.poisson(t.full((40,), 2.5)) + i, randomness=randomness)(t.zeros(3))
    assert t.equal(shared[0], shared[1]) == (randomness == "same")
    if randomness == "different":
        drawn = t.vmap(lambda x: t.poisson(x), randomness=randomness)(batch)
        assert drawn.shape == (3, 40) and not t.equal(drawn[0], drawn[1])
        drawn = t.vmap(lambda x, p: t.binomial(x.floor(), p.expand(40)), randomness=randomness)(
            batch, t.tensor([0.0, 0.5, 1.0])
        )
        assert drawn[0].sum() == 0 and bool((drawn[2] == 2).all())
    with pytest.raises(RuntimeError, match="randomness error mode"):
        t.vmap(t.poisson)(batch)


def test_the_child_of_a_fork_draws_whoever_held_the_lock():
    import os

    with t.default_generator._lock:
        child = os.fork()
        if child == 0:
            # A lock that is still held would wait for ever; the alarm ends that.
            import signal

            signal.alarm(5)
            t.rand(3)
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_filling_takes_its_own_arguments_only():
    x = t.zeros(3)
    with pytest.raises(TypeError, match=r"^normal_\(\) got an unexpected keyword argument 'nonsense'"):
        x.normal_(0.0, 1.0, nonsense=1)
    with pytest.raises(TypeError, match=r"^random_\(\) takes from and to, but was given \['nonsense'\]"):
        x.random_(7, nonsense=1)
    with pytest.raises(TypeError, match=r"^new_ones\(\) got an unexpected keyword argument 'nonsense'"):
        x.new_ones(2, nonsense=1)
    with pytest.raises(TypeError, match="must be tuple of ints, not Tensor"):
        t.randn(t.ones(0, 4))
    assert x.tolist() == [0.0, 0.0, 0.0]
