"""Learning-rate schedulers against their formulas; order, copies, plateaus."""

import math

import pytest

import wengert as t
from wengert.optim import lr_scheduler as s


def optimizer(**options):
    return t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0, momentum=0.9, **options)


def cosine(epoch, period, least=0.0):
    return least + (1 - least) * (1 + math.cos(math.pi * epoch / period)) / 2


FORMULAS = {
    "LambdaLR": (lambda o: s.LambdaLR(o, lambda e: 0.9**e), lambda e: 0.9**e),
    "MultiplicativeLR": (lambda o: s.MultiplicativeLR(o, lambda e: 0.9), lambda e: 0.9**e),
    "StepLR": (lambda o: s.StepLR(o, 4, 0.5), lambda e: 0.5 ** (e // 4)),
    "MultiStepLR": (lambda o: s.MultiStepLR(o, [2, 5, 5], 0.5), lambda e: 0.5 ** ((e >= 2) + 2 * (e >= 5))),
    "ConstantLR": (lambda o: s.ConstantLR(o, 0.25, 3), lambda e: 0.25 if e < 3 else 1),
    "LinearLR": (lambda o: s.LinearLR(o, 0.2, 0.8, 6), lambda e: 0.2 + 0.6 * min(e, 6) / 6),
    "ExponentialLR": (lambda o: s.ExponentialLR(o, 0.7), lambda e: 0.7**e),
    "PolynomialLR": (lambda o: s.PolynomialLR(o, 8, 1.5), lambda e: (1 - min(e, 8) / 8) ** 1.5),
    "CosineAnnealingLR": (lambda o: s.CosineAnnealingLR(o, 5, 0.1), lambda e: cosine(e, 5, 0.1)),
    "WarmRestarts": (lambda o: s.CosineAnnealingWarmRestarts(o, 4), lambda e: cosine(e % 4, 4)),
    "CyclicLR": (lambda o: s.CyclicLR(o, 1.0, 3.0, 2), lambda e: 1 + 2 * (1 - abs(e % 4 / 2 - 1))),
    "SWALR": (
        lambda o: t.optim.swa_utils.SWALR(o, 0.5, 5, "linear"),
        lambda e: 1 - 0.5 * min(e, 5) / 5,
    ),
    "Sequential": (
        lambda o: s.SequentialLR(o, [s.ConstantLR(o, 0.5, 100), s.ExponentialLR(o, 0.5)], [3]),
        lambda e: 0.5 if e < 3 else 0.5 ** (e - 3),
    ),
    "Chained": (
        lambda o: s.ChainedScheduler([s.ExponentialLR(o, 0.9), s.StepLR(o, 2, 0.5)]),
        lambda e: 0.9**e * 0.5 ** (e // 2),
    ),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_formulas(name):
    make, formula = FORMULAS[name]
    o = optimizer()
    scheduler = make(o)
    for epoch in range(20):
        assert o.param_groups[0]["lr"] == pytest.approx(formula(epoch), abs=1e-12), epoch
        assert scheduler.get_last_lr() == [o.param_groups[0]["lr"]]
        o.step()
        scheduler.step()


def test_one_cycle_ends_at_its_least_and_moves_the_momentum_the_other_way():
    o = optimizer()
    scheduler = s.OneCycleLR(o, max_lr=2.0, total_steps=11, pct_start=0.5, div_factor=4.0, final_div_factor=10.0)
    seen = [(o.param_groups[0]["lr"], o.param_groups[0]["momentum"])]
    for _ in range(10):
        o.step()
        scheduler.step()
        seen.append((o.param_groups[0]["lr"], o.param_groups[0]["momentum"]))
    assert seen[0] == pytest.approx((0.5, 0.95)) and seen[-1] == pytest.approx((0.05, 0.95))
    assert max(seen)[0] > 1.9 and min(seen, key=lambda x: x[1])[1] < 0.86


def test_a_plateau_waits_for_its_patience_and_cools_down():
    o = optimizer()
    scheduler = s.ReduceLROnPlateau(o, factor=0.5, patience=1, cooldown=2)
    seen = []
    for _ in range(9):
        o.step()
        scheduler.step(1.0)
        seen.append(o.param_groups[0]["lr"])
    assert seen == [1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25]


def test_a_learning_rate_that_is_a_tensor_stays_that_tensor():
    rate = t.tensor(1.0)
    o = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=rate)
    scheduler = s.ExponentialLR(o, 0.5)
    o.step()
    scheduler.step()
    assert o.param_groups[0]["lr"] is rate and rate.item() == 0.5 and scheduler.base_lrs[0].item() == 1.0


def test_what_a_scheduler_says_of_the_wrong_order():
    o = optimizer()
    scheduler = s.StepLR(o, 2)
    with pytest.warns(UserWarning, match=r"Detected call of `lr_scheduler.step\(\)` before `optimizer.step\(\)`"):
        scheduler.step()
    with pytest.warns(UserWarning, match="get_last_lr"):
        scheduler.get_lr()
