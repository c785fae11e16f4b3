"""Every optimizer with every combination of its options against PyTorch's: 50 steps on a non-convex problem, state."""

import itertools

import numpy
import pytest

torch = pytest.importorskip("torch")
import wengert  # noqa: E402

from .optim_problems import assert_same_path  # noqa: E402

pytestmark = pytest.mark.oracle


def product(**choices):
    return [dict(zip(choices, chosen, strict=True)) for chosen in itertools.product(*choices.values())]


BOTH = [False, True]
DECAY = [0, 0.05]
BETAS = [(0.9, 0.999), (0.3, 0.7)]
OPTIONS = {
    "SGD": [
        options
        for options in product(
            lr=[0.02], momentum=[0, 0.9], dampening=[0, 0.3], weight_decay=DECAY, nesterov=BOTH, maximize=BOTH
        )
        if not options["nesterov"] or (options["momentum"] and not options["dampening"])
    ],
    "Adam": product(
        lr=[0.02], betas=BETAS, eps=[1e-8, 1e-3], weight_decay=DECAY, amsgrad=BOTH, maximize=BOTH,
        decoupled_weight_decay=BOTH,
    ),
    "AdamW": product(lr=[0.02], betas=BETAS, weight_decay=[0, 0.05, 2.0], amsgrad=BOTH, maximize=BOTH),
    "NAdam": product(
        lr=[0.02], betas=BETAS, eps=[1e-8, 1e-3], weight_decay=DECAY, momentum_decay=[4e-3, 0.1],
        decoupled_weight_decay=BOTH, maximize=BOTH,
    ),
    "RAdam": product(
        lr=[0.02], betas=[*BETAS, (0.9, 0.95)], eps=[1e-8, 1e-3], weight_decay=DECAY, decoupled_weight_decay=BOTH,
        maximize=BOTH,
    ),
    "Adamax": product(lr=[0.02], betas=BETAS, eps=[1e-8, 1e-3], weight_decay=DECAY, maximize=BOTH),
    "Adagrad": product(
        lr=[0.05], lr_decay=[0, 0.1], weight_decay=DECAY, initial_accumulator_value=[0, 0.5], eps=[1e-10, 1e-3],
        maximize=BOTH,
    ),
    "Adadelta": product(lr=[1.0, 0.3], rho=[0.9, 0.5], eps=[1e-6, 1e-3], weight_decay=DECAY, maximize=BOTH),
    "RMSprop": product(
        lr=[0.01], alpha=[0.99, 0.3], eps=[1e-8, 1e-3], weight_decay=DECAY, momentum=[0, 0.9], centered=BOTH,
        maximize=BOTH,
    ),
    "Rprop": product(lr=[0.01], etas=[(0.5, 1.2), (0.25, 1.5)], step_sizes=[(1e-6, 50), (1e-3, 0.03)], maximize=BOTH),
    "ASGD": product(
        lr=[0.02], lambd=[1e-4, 0.1], alpha=[0.75, 0.3], t0=[1e6, 0, 10], weight_decay=DECAY, maximize=BOTH
    ),
    "Adafactor": product(
        lr=[0.02], beta2_decay=[-0.8, -0.3], eps=[(None, 1e-3), (1e-4, 1e-1)], d=[1.0, 2.0], weight_decay=[0.0, 0.05],
        maximize=BOTH,
    ),
}  # fmt: skip
CASES = [(name, options) for name, listed in OPTIONS.items() for options in listed]


def text(value):
    return value if isinstance(value, str) else "-".join(f"{k}={v}" for k, v in value.items() if v)


@pytest.mark.parametrize("name, options", CASES, ids=text)
def test_paths(name, options):
    # Where the loss is maximised it has no bounds: few steps.
    steps = 10 if options["maximize"] else 50
    assert_same_path(lambda t, p: getattr(t.optim, name)(p, **options), steps=steps)


# A few combinations of each for what follows, the last of which has the most options set.
FEW = [(name, options) for name, listed in OPTIONS.items() for options in (listed[0], listed[len(listed) // 2 - 2])]


@pytest.mark.parametrize("name, options", FEW, ids=text)
def test_float32(name, options):
    assert_same_path(lambda t, p: getattr(t.optim, name)(p, **options), "float32", 1e-5, steps=15)


@pytest.mark.parametrize("name, options", FEW, ids=text)
def test_parameters_that_are_not_contiguous(name, options):
    assert_same_path(lambda t, p: getattr(t.optim, name)(p, **options), layout="strided", steps=20)


@pytest.mark.parametrize("name, options", [case for case in CASES if case[0] != "Adafactor"][::3], ids=text)
def test_complex(name, options):
    assert_same_path(
        lambda t, p: getattr(t.optim, name)(p, **options), "complex128", steps=4 if options["maximize"] else 10
    )


@pytest.mark.parametrize("name, options", FEW, ids=text)
@pytest.mark.parametrize("foreach", BOTH)
def test_foreach(name, options, foreach):
    # PyTorch's ASGD(foreach=True) works its rates out in float32, where one parameter at a time takes double.
    rounding = 1e-7 if name == "ASGD" and foreach else 1e-12
    assert_same_path(lambda t, p: getattr(t.optim, name)(p, foreach=foreach, **options), rounding=rounding, steps=15)


@pytest.mark.parametrize("name, options", [case for case in FEW if case[0] in ("SGD", "Adam", "AdamW", "Adagrad")])
def test_fused(name, options):
    assert_same_path(lambda t, p: getattr(t.optim, name)(p, fused=True, **options), steps=15)


@pytest.mark.parametrize("name, options", FEW, ids=text)
@pytest.mark.parametrize("shape, dtype", [((), "float32"), ((1,), "float64")])
def test_the_learning_rate_as_a_tensor(name, options, shape, dtype):
    def make(t, p):
        lr = t.full(shape, options["lr"], dtype=getattr(t, dtype))
        return getattr(t.optim, name)(p, **{**options, "lr": lr})

    # ASGD takes a power of it in its own type: of float32 the libraries' powers differ by a unit in the last place.
    assert_same_path(make, rounding=1e-7 if name == "ASGD" and dtype == "float32" else 1e-12, steps=15)


def test_betas_as_tensors():
    def make(t, p):
        betas = (t.tensor(0.8, dtype=t.float64), t.tensor(0.95, dtype=t.float64))
        return t.optim.Adam(p, lr=0.02, betas=betas, weight_decay=0.01)

    assert_same_path(make, steps=15)


@pytest.mark.parametrize("name, options", FEW, ids=text)
def test_steps_counted_in_double(name, options):
    before = wengert.get_default_dtype()
    try:
        wengert.set_default_dtype(wengert.float64)
        torch.set_default_dtype(torch.float64)
        assert_same_path(lambda t, p: getattr(t.optim, name)(p, **options), steps=15)
    finally:
        wengert.set_default_dtype(before)
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("name, options", FEW, ids=text)
def test_groups_and_options_that_change(name, options):
    """Groups with options of their own, one added later; the learning rate changes on the way."""

    def make(t, p):
        return getattr(t.optim, name)([{"params": p[:1], "lr": 0.03}, {"params": p[1:2]}], **options)

    def run(t):
        def between(step, optimizer):
            if step == 5:
                optimizer.add_param_group({"params": parameters["all"][2:], "lr": 0.01})
            if step == 9:
                for group in optimizer.param_groups:
                    group["lr"] *= 0.5

        return between

    parameters = {}

    def make_and_keep(t, p):
        parameters["all"] = p
        return make(t, p)

    assert_same_path(make_and_keep, steps=15, between=run(None))


LBFGS = product(
    lr=[1, 0.2], max_iter=[4, 20], history_size=[100, 3], line_search_fn=[None, "strong_wolfe"],
    max_eval=[None, 7], tolerance_grad=[1e-7, 1e-2], tolerance_change=[1e-9, 1e-2],
)  # fmt: skip


@pytest.mark.parametrize("options", LBFGS, ids=text)
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_lbfgs(options, dtype):
    # A quasi-Newton method makes much of a rounding error in every iteration.
    assert_same_path(lambda t, p: t.optim.LBFGS(p, **options), dtype, steps=4 if options["max_iter"] == 4 else 1)


def test_lbfgs_float32():
    assert_same_path(lambda t, p: t.optim.LBFGS(p, max_iter=4, line_search_fn="strong_wolfe"), "float32", 1e-5, steps=2)


MUON = product(
    lr=[0.02], weight_decay=[0.1, 0], momentum=[0.95, 0.5], nesterov=BOTH, ns_steps=[5, 1],
    adjust_lr_fn=[None, "original", "match_rms_adamw"],
)  # fmt: skip


def muon_problem(t, options, steps):
    rng = numpy.random.default_rng(0)
    ws = [t.tensor(rng.standard_normal(shape)).requires_grad_() for shape in [(5, 3), (3, 4), (4, 4)]]
    x = t.tensor(rng.standard_normal((6, 5)))
    optimizer = t.optim.Muon(ws, **options)
    for _ in range(steps):
        optimizer.zero_grad()
        ((((x @ ws[0]).sin() @ ws[1]).tanh() @ ws[2]) ** 2).mean().backward()
        optimizer.step()
    return ws, optimizer


@pytest.mark.parametrize("options", MUON, ids=text)
def test_muon(options):
    """Matrices are orthogonalised in bfloat16, whose roundings (0.4 %) five steps of the polynomial make more of."""
    steps, tolerance = (10, 2e-2) if options["ns_steps"] == 1 else (1, 0.1)
    ours, theirs = muon_problem(wengert, options, steps), muon_problem(torch, options, steps)
    for a, b in zip(ours[0], theirs[0], strict=True):
        assert_close = numpy.testing.assert_allclose
        assert_close(a.detach().numpy(), b.detach().numpy(), rtol=0, atol=tolerance * steps * options["lr"])
    ours, theirs = ours[1].state_dict(), theirs[1].state_dict()
    assert {k: set(v) for k, v in ours["state"].items()} == {k: set(v) for k, v in theirs["state"].items()}
    assert ours["param_groups"] == theirs["param_groups"]


@pytest.mark.parametrize("shape", [(5, 5), (20, 8), (8, 20)])
def test_muon_orthogonalises_as_well_as_pytorch(shape):
    """Against the same polynomial in double precision."""
    changes, errors = [], []
    for seed in range(5):
        g = numpy.random.default_rng(seed).standard_normal(shape)
        y = g / numpy.linalg.norm(g)
        for _ in range(5):
            gram = y @ y.T
            y = 3.4445 * y + (-4.775 * gram + 2.0315 * gram @ gram) @ y
        changes.append(numpy.sqrt(max(1, shape[0] / shape[1])) * y)
        for t in (wengert, torch):
            w = t.zeros(*shape, dtype=t.float64).requires_grad_()
            w.grad = t.tensor(g)
            t.optim.Muon([w], lr=1.0, momentum=0.0, weight_decay=0.0).step()
            errors.append(numpy.abs(-w.detach().numpy() - changes[-1]).max())
    assert max(errors[::2]) < 1.5 * max(errors[1::2]) < 0.2
