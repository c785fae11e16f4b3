"""Learning-rate schedulers against PyTorch's: sequences over 100 epochs, state dicts across, warnings, errors."""

import copy
import pickle
import warnings

import numpy
import pytest

torch = pytest.importorskip("torch")
import wengert  # noqa: E402

pytestmark = pytest.mark.oracle


def optimizer_of(t, name="SGD", tensor_lr=False, **options):
    lr = (lambda x: t.tensor(x, dtype=t.float64)) if tensor_lr else float
    a, b = [t.zeros(2).requires_grad_() for _ in range(2)]
    if name == "SGD":
        options = {"momentum": 0.9, **options}
    return getattr(t.optim, name)([{"params": [a]}, {"params": [b], "lr": lr(0.3)}], lr=lr(0.1), **options)


class Halving:
    def __init__(self, every):
        self.every = every

    def __call__(self, epoch):
        return 0.5 ** (epoch // self.every)


SCHEDULES = {
    "LambdaLR": lambda s, o: s.LambdaLR(o, lambda epoch: 0.95**epoch),
    "LambdaLR list": lambda s, o: s.LambdaLR(o, [lambda epoch: 0.95**epoch, Halving(7)]),
    "MultiplicativeLR": lambda s, o: s.MultiplicativeLR(o, lambda epoch: 1 - 1 / (epoch + 2)),
    "StepLR": lambda s, o: s.StepLR(o, 7),
    "StepLR gamma": lambda s, o: s.StepLR(o, step_size=3, gamma=0.9),
    "MultiStepLR": lambda s, o: s.MultiStepLR(o, [3, 10, 10, 40]),
    "ConstantLR": lambda s, o: s.ConstantLR(o),
    "ConstantLR 0.7": lambda s, o: s.ConstantLR(o, factor=0.7, total_iters=20),
    "LinearLR": lambda s, o: s.LinearLR(o),
    "LinearLR down": lambda s, o: s.LinearLR(o, 1.0, 0.1, 30),
    "ExponentialLR": lambda s, o: s.ExponentialLR(o, 0.97),
    "PolynomialLR": lambda s, o: s.PolynomialLR(o),
    "PolynomialLR 2": lambda s, o: s.PolynomialLR(o, total_iters=60, power=2.0),
    "CosineAnnealingLR": lambda s, o: s.CosineAnnealingLR(o, 12),
    "CosineAnnealingLR eta": lambda s, o: s.CosineAnnealingLR(o, T_max=9, eta_min=0.01),
    "WarmRestarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, 5),
    "WarmRestarts mult": lambda s, o: s.CosineAnnealingWarmRestarts(o, T_0=3, T_mult=2, eta_min=0.001),
    "CyclicLR": lambda s, o: s.CyclicLR(o, 0.01, 0.5, step_size_up=8),
    "CyclicLR lists": lambda s, o: s.CyclicLR(o, [0.01, 0.02], [0.5, 0.6], 8, 4, mode="triangular2"),
    "CyclicLR exp": lambda s, o: s.CyclicLR(o, 0.01, 0.5, step_size_up=8, mode="exp_range", gamma=0.99),
    "CyclicLR function": lambda s, o: s.CyclicLR(
        o, 0.01, 0.5, step_size_up=8, scale_fn=lambda x: 1 / x, scale_mode="cycle", base_momentum=0.5, max_momentum=0.6
    ),
    "CyclicLR iterations": lambda s, o: s.CyclicLR(
        o, 0.01, 0.5, 6, scale_fn=Halving(20), scale_mode="iterations", cycle_momentum=False
    ),
    "OneCycleLR": lambda s, o: s.OneCycleLR(o, 0.5, total_steps=101),
    "OneCycleLR linear": lambda s, o: s.OneCycleLR(
        o, [0.5, 0.6], epochs=21, steps_per_epoch=5, pct_start=0.2, anneal_strategy="linear"
    ),
    "OneCycleLR three": lambda s, o: s.OneCycleLR(
        o, 0.5, total_steps=110, three_phase=True, div_factor=10.0, final_div_factor=100.0, cycle_momentum=False
    ),
    "Sequential": lambda s, o: s.SequentialLR(o, [s.ConstantLR(o, 0.1, 2), s.ExponentialLR(o, 0.9)], [2]),
    "Sequential warmup": lambda s, o: s.SequentialLR(
        o, [s.LinearLR(o, 0.1, 1.0, 10), s.CosineAnnealingLR(o, 20), s.StepLR(o, 5)], [10, 50]
    ),
    "Sequential nested": lambda s, o: s.SequentialLR(
        o, [
            s.SequentialLR(o, [s.ConstantLR(o, 0.5, 3), s.ExponentialLR(o, 0.8)], [3]),
            s.CosineAnnealingWarmRestarts(o, 6),
        ], [12]
    ),
    "Sequential lambda": lambda s, o: s.SequentialLR(o, [s.LambdaLR(o, Halving(2)), s.PolynomialLR(o, 20)], [5]),
    "Chained": lambda s, o: s.ChainedScheduler([s.ConstantLR(o, 0.1, 20), s.ExponentialLR(o, 0.9)]),
    "Chained three": lambda s, o: s.ChainedScheduler(
        [s.LinearLR(o, 0.5, 1.0, 8), s.StepLR(o, 10, 0.7), s.CosineAnnealingLR(o, 40)], optimizer=o
    ),
    "Chained in Sequential": lambda s, o: s.SequentialLR(
        o, [s.ChainedScheduler([s.ConstantLR(o, 0.3, 4), s.ExponentialLR(o, 0.9)]), s.StepLR(o, 3)], [9]
    ),
}  # fmt: skip


def record(optimizer):
    return [
        [float(group["lr"]), float(group.get("momentum", 0)), *[float(beta) for beta in group.get("betas", ())]]
        for group in optimizer.param_groups
    ]


def sequence(t, make, epochs=100, name="SGD", **options):
    optimizer = optimizer_of(t, name, **options)
    scheduler = make(t.optim.lr_scheduler, optimizer)
    seen = [record(optimizer)]
    last = [[float(x) for x in scheduler.get_last_lr()]]
    for _ in range(epochs):
        optimizer.step()
        scheduler.step()
        seen.append(record(optimizer))
        last.append([float(x) for x in scheduler.get_last_lr()])
    return numpy.array(seen), numpy.array(last), scheduler


def comparable(state):
    """A state dict without the names of the libraries, tensors as numbers."""
    if isinstance(state, dict):
        return {key: comparable(value) for key, value in state.items()}
    if isinstance(state, (list, tuple)):
        return [comparable(value) for value in state]
    if hasattr(state, "item"):
        return float(state)
    return state


def assert_same_states(ours, theirs):
    ours, theirs = comparable(ours), comparable(theirs)

    def same(a, b, where):
        assert type(a) is type(b), (where, a, b)
        if isinstance(b, dict):
            assert set(a) == set(b), where
            for key in b:
                same(a[key], b[key], f"{where}.{key}")
        elif isinstance(b, list):
            assert len(a) == len(b), where
            for k, (x, y) in enumerate(zip(a, b, strict=True)):
                same(x, y, f"{where}[{k}]")
        elif isinstance(b, float):
            assert a == pytest.approx(b, rel=1e-12, abs=1e-15), where
        else:
            assert a == b, where

    same(ours, theirs, "state")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", SCHEDULES)
def test_sequences(name):
    ours, theirs = sequence(wengert, SCHEDULES[name]), sequence(torch, SCHEDULES[name])
    numpy.testing.assert_allclose(ours[0], theirs[0], rtol=1e-12, atol=1e-17)
    numpy.testing.assert_allclose(ours[1], theirs[1], rtol=1e-12, atol=1e-17)
    assert_same_states(ours[2].state_dict(), theirs[2].state_dict())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [name for name in SCHEDULES if name.startswith(("Cyclic", "OneCycle"))])
def test_sequences_of_beta1(name):
    ours, theirs = sequence(wengert, SCHEDULES[name], name="Adam"), sequence(torch, SCHEDULES[name], name="Adam")
    numpy.testing.assert_allclose(ours[0], theirs[0], rtol=1e-12, atol=1e-17)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", SCHEDULES)
def test_sequences_of_tensors(name):
    ours = sequence(wengert, SCHEDULES[name], epochs=40, tensor_lr=True)
    theirs = sequence(torch, SCHEDULES[name], epochs=40, tensor_lr=True)
    numpy.testing.assert_allclose(ours[0], theirs[0], rtol=1e-12, atol=1e-17)
    assert isinstance(ours[2].optimizer.param_groups[0]["lr"], wengert.Tensor)
    assert_same_states(ours[2].state_dict(), theirs[2].state_dict())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [name for name in SCHEDULES if not name.startswith(("Sequential", "Chained"))])
def test_epochs_by_number(name):
    found = []
    for t in (wengert, torch):
        optimizer = optimizer_of(t)
        scheduler = SCHEDULES[name](t.optim.lr_scheduler, optimizer)
        seen = []
        for epoch in [0, 3, 3, 2, 17, 40, 41]:
            scheduler.step(epoch)
            seen.append(record(optimizer))
            scheduler.step()
            seen.append(record(optimizer))
        found.append(seen)
    numpy.testing.assert_allclose(found[0], found[1], rtol=1e-12, atol=1e-17)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("source, target", [(torch, wengert), (wengert, torch), (wengert, wengert)])
def test_training_goes_on_from_the_state_of_the_other(name, source, target):
    make = SCHEDULES[name]
    whole = sequence(torch, make, 60)[0]
    _, _, first = sequence(source, make, 25)
    saved = copy.deepcopy(first.state_dict())
    groups = [{key: value for key, value in group.items() if key != "params"} for group in first.optimizer.param_groups]
    optimizer = optimizer_of(target)
    second = make(target.optim.lr_scheduler, optimizer)
    second.load_state_dict(saved)
    for group, loaded in zip(optimizer.param_groups, groups, strict=True):
        group.update(loaded)
    seen = []
    for _ in range(35):
        optimizer.step()
        second.step()
        seen.append(record(optimizer))
    numpy.testing.assert_allclose(seen, whole[26:], rtol=1e-12, atol=1e-17)


PLATEAUS = [
    {}, dict(patience=0), dict(patience=2, cooldown=3), dict(mode="max", patience=1),
    dict(threshold_mode="abs", patience=1),
    dict(threshold=0.2, patience=1, factor=0.5), dict(mode="max", threshold_mode="abs", threshold=0.1, patience=1),
    dict(min_lr=0.02, patience=0), dict(min_lr=[0.01, 0.2], patience=0), dict(eps=0.05, patience=0),
]  # fmt: skip


@pytest.mark.parametrize("options", PLATEAUS, ids=str)
@pytest.mark.parametrize("tensor_lr", [False, True])
def test_plateaus(options, tensor_lr):
    figures = numpy.random.default_rng(0).standard_normal(100).cumsum() * 0.3 + 3
    figures[40] = numpy.nan
    found = []
    for t in (wengert, torch):
        optimizer = optimizer_of(t, tensor_lr=tensor_lr)
        scheduler = t.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **options)
        seen = []
        for k, figure in enumerate(figures):
            optimizer.step()
            scheduler.step(t.tensor(figure) if k % 2 else figure)
            seen.append([*record(optimizer), [*map(float, scheduler.get_last_lr())], [scheduler.in_cooldown] * 2])
        found.append((seen, scheduler))
    numpy.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-12)
    assert_same_states(found[0][1].state_dict(), found[1][1].state_dict())
    found[0][1].load_state_dict(found[1][1].state_dict())


@pytest.mark.parametrize("options", [
    {}, dict(anneal_epochs=5), dict(anneal_epochs=0), dict(anneal_strategy="linear", anneal_epochs=7),
], ids=str)  # fmt: skip
def test_swalr(options):
    found = []
    for t in (wengert, torch):
        optimizer = optimizer_of(t)
        scheduler = t.optim.swa_utils.SWALR(optimizer, swa_lr=[0.05, 0.5], **options)
        seen = [record(optimizer)]
        for _ in range(30):
            optimizer.step()
            scheduler.step()
            seen.append(record(optimizer))
        found.append((seen, scheduler))
    numpy.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-12)
    assert_same_states(found[0][1].state_dict(), found[1][1].state_dict())


def test_resumed_by_number():
    """last_epoch=n goes on where n epochs ended, from groups that know their initial learning rates."""
    makers = [
        lambda s, o, **k: s.StepLR(o, 3, **k), lambda s, o, **k: s.ExponentialLR(o, 0.9, **k),
        lambda s, o, **k: s.CosineAnnealingLR(o, 10, **k), lambda s, o, **k: s.LinearLR(o, **k),
        lambda s, o, **k: s.MultiplicativeLR(o, lambda epoch: 0.9, **k), lambda s, o, **k: s.PolynomialLR(o, 9, **k),
        lambda s, o, **k: s.LambdaLR(o, lambda epoch: 0.9**epoch, **k),
        lambda s, o, **k: s.CosineAnnealingWarmRestarts(o, 4, **k), lambda s, o, **k: s.CyclicLR(o, 0.1, 0.2, 4, **k),
        lambda s, o, **k: s.OneCycleLR(o, 0.1, 20, **k), lambda s, o, **k: s.MultiStepLR(o, [2, 6], **k),
    ]  # fmt: skip
    for make in makers:
        found = []
        for t in (wengert, torch):
            optimizer = optimizer_of(t)
            scheduler = make(t.optim.lr_scheduler, optimizer)
            for _ in range(5):
                optimizer.step()
                scheduler.step()
            scheduler = make(t.optim.lr_scheduler, optimizer, last_epoch=5)
            seen = [record(optimizer)]
            for _ in range(8):
                optimizer.step()
                scheduler.step()
                seen.append(record(optimizer))
            found.append(seen)
        numpy.testing.assert_allclose(found[0], found[1], rtol=1e-12, atol=1e-17)


def messages(action):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        action()
    return [(w.category, str(w.message)) for w in caught]


def assert_same_warnings(scenario, beginning=66):
    ours, theirs = messages(lambda: scenario(wengert)), messages(lambda: scenario(torch))
    assert [(kind, text[:beginning]) for kind, text in ours] == [(kind, text[:beginning]) for kind, text in theirs]
    assert theirs


def test_warning_of_the_order():
    def scenario(t):
        scheduler = t.optim.lr_scheduler.StepLR(optimizer_of(t), 2)
        scheduler.step()
        scheduler.step()

    assert_same_warnings(scenario)


def test_warning_of_steps_before_the_scheduler():
    def scenario(t):
        optimizer = optimizer_of(t)
        optimizer.step()
        t.optim.lr_scheduler.StepLR(optimizer, 2).step()

    assert_same_warnings(scenario)


def test_warning_of_another_step():
    def scenario(t):
        optimizer = optimizer_of(t)
        scheduler = t.optim.lr_scheduler.StepLR(optimizer, 2)
        optimizer.step = lambda: None
        optimizer.step()
        scheduler.step()

    assert_same_warnings(scenario)


def test_warnings_of_epochs_and_get_lr():
    def scenario(t):
        optimizer = optimizer_of(t)
        scheduler = t.optim.lr_scheduler.StepLR(optimizer, 2)
        optimizer.step()
        scheduler.step(3)
        scheduler.get_lr()
        t.optim.lr_scheduler.ReduceLROnPlateau(optimizer).step(1.0, epoch=3)

    assert_same_warnings(scenario)


def test_no_warning_in_good_order():
    optimizer = optimizer_of(wengert)
    rates = wengert.optim.lr_scheduler
    schedulers = [rates.StepLR(optimizer, 2), rates.ExponentialLR(optimizer, 0.9)]
    begun = optimizer.param_groups[0]["lr"]
    for _ in range(3):
        optimizer.step()
        for scheduler in schedulers:
            scheduler.step()  # a warning would be an error here
    assert optimizer.param_groups[0]["lr"] == pytest.approx(begun * 0.1 * 0.9**3)


BAD = {
    "no optimizer": lambda s, o: s.StepLR(3, 2),
    "no optimizer cyclic": lambda s, o: s.CyclicLR(3, 0.1, 0.2),
    "no optimizer one": lambda s, o: s.OneCycleLR(3, 0.1, 2),
    "no optimizer plateau": lambda s, o: s.ReduceLROnPlateau(3),
    "resumed": lambda s, o: s.StepLR(o, 2, last_epoch=3),
    "lambdas": lambda s, o: s.LambdaLR(o, [lambda e: 1]),
    "lambdas 2": lambda s, o: s.MultiplicativeLR(o, [lambda e: 1]),
    "no function": lambda s, o: s.MultiplicativeLR(o, 0.5),
    "constant": lambda s, o: s.ConstantLR(o, 2.0),
    "linear start": lambda s, o: s.LinearLR(o, 0.0),
    "linear end": lambda s, o: s.LinearLR(o, 0.5, 2.0),
    "factor": lambda s, o: s.ReduceLROnPlateau(o, factor=1.0),
    "mode": lambda s, o: s.ReduceLROnPlateau(o, mode="best"),
    "threshold mode": lambda s, o: s.ReduceLROnPlateau(o, threshold_mode="best"),
    "min_lr": lambda s, o: s.ReduceLROnPlateau(o, min_lr=[0.1]),
    "no number": lambda s, o: s.ReduceLROnPlateau(o).step("low"),
    "T_0": lambda s, o: s.CosineAnnealingWarmRestarts(o, 0),
    "T_mult": lambda s, o: s.CosineAnnealingWarmRestarts(o, 2, 1.5),
    "eta_min": lambda s, o: s.CosineAnnealingWarmRestarts(o, 2, eta_min="0"),
    "negative epoch": lambda s, o: s.CosineAnnealingWarmRestarts(o, 2).step(-1),
    "cyclic mode": lambda s, o: s.CyclicLR(o, 0.1, 0.2, mode="square"),
    "cyclic length": lambda s, o: s.CyclicLR(o, [0.1], 0.2),
    "steps": lambda s, o: s.OneCycleLR(o, 0.1),
    "total_steps": lambda s, o: s.OneCycleLR(o, 0.1, total_steps=0),
    "epochs": lambda s, o: s.OneCycleLR(o, 0.1, epochs=1.5, steps_per_epoch=1),
    "steps_per_epoch": lambda s, o: s.OneCycleLR(o, 0.1, epochs=1, steps_per_epoch=-1),
    "pct_start": lambda s, o: s.OneCycleLR(o, 0.1, total_steps=10, pct_start=2),
    "strategy": lambda s, o: s.OneCycleLR(o, 0.1, total_steps=10, anneal_strategy="poly"),
    "max_lr": lambda s, o: s.OneCycleLR(o, [0.1], total_steps=10),
    "none in sequence": lambda s, o: s.SequentialLR(o, [], []),
    "milestones": lambda s, o: s.SequentialLR(o, [s.StepLR(o, 2)], [1]),
    "plateau in sequence": lambda s, o: s.SequentialLR(o, [s.ReduceLROnPlateau(o)], []),
    "no scheduler": lambda s, o: s.SequentialLR(o, [3], []),
    "other optimizer": lambda s, o: s.SequentialLR(copy.deepcopy(o), [s.StepLR(o, 2)], []),
    "none chained": lambda s, o: s.ChainedScheduler([]),
    "plateau chained": lambda s, o: s.ChainedScheduler([s.ReduceLROnPlateau(o)]),
    "other optimizer chained": lambda s, o: s.ChainedScheduler([s.StepLR(o, 2)], copy.deepcopy(o)),
    "not made for it": lambda s, o: s.LRScheduler(o),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", BAD)
def test_errors(name):
    with pytest.raises(Exception) as expected:
        BAD[name](torch.optim.lr_scheduler, optimizer_of(torch))
    with pytest.raises(type(expected.value)) as found:
        BAD[name](wengert.optim.lr_scheduler, optimizer_of(wengert))
    assert str(found.value)[:40].startswith(str(expected.value)[:40])


@pytest.mark.filterwarnings("ignore")
def test_more_steps_than_one_cycle_has():
    texts = []
    for t in (wengert, torch):
        scheduler = t.optim.lr_scheduler.OneCycleLR(optimizer_of(t), 0.1, total_steps=3)
        with pytest.raises(ValueError) as error:
            for _ in range(5):
                scheduler.step()
        texts.append(str(error.value))
    assert texts[0] == texts[1]


def test_momentum_is_needed():
    for t in (wengert, torch):
        optimizer = t.optim.Rprop([t.zeros(1).requires_grad_()])
        for make in (lambda s, o: s.CyclicLR(o, 0.1, 0.2), lambda s, o: s.OneCycleLR(o, 0.1, 3)):
            with pytest.raises(ValueError, match="optimizer must support momentum or beta1"):
                make(t.optim.lr_scheduler, optimizer)


def test_pickled_and_copied():
    optimizer = optimizer_of(wengert)
    scheduler = wengert.optim.lr_scheduler.StepLR(optimizer, 2, 0.5)
    for twin in (pickle.loads(pickle.dumps(scheduler)), copy.deepcopy(scheduler)):
        for _ in range(2):
            twin.optimizer.step()
            twin.step()
        assert [group["lr"] for group in twin.optimizer.param_groups] == [0.05, 0.15]
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 0.3]


def test_a_scheduler_of_ones_own_and_a_group_added_later():
    found = []
    for t in (wengert, torch):

        class Inverse(t.optim.lr_scheduler.LRScheduler):
            def get_lr(self):
                return [base / (1 + self.last_epoch) for base in self.base_lrs]

            def _get_closed_form_lr(self):
                return [base * 100 for base in self.base_lrs]

        optimizer = optimizer_of(t)
        scheduler = Inverse(optimizer)
        optimizer.step()
        scheduler.step()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scheduler.step(3)
        found.append([scheduler.get_last_lr(), scheduler.last_epoch])
        optimizer.add_param_group({"params": [t.zeros(1).requires_grad_()]})
        with pytest.raises(ValueError, match="zip"):
            scheduler.step()
    assert found[0] == found[1]
