"""Statements of PyTorch's note "Autograd mechanics", section by section, as programs."""

import threading

import pytest

from .programs import check, check_refused, leaf, program, programs_of, refusals_of, refused

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

# ------------------------------------------------------------------------ how autograd encodes the history


@program
def a_graph_is_built_anew_in_every_iteration(t):
    x = leaf(t, 1.0, 2.0)
    seen = []
    for i in range(3):
        y = x
        for _ in range(i):
            y = y * x
        y.sum().backward()
        seen.append(x.grad.tolist())
    return seen


@program
def saved_attributes_of_a_power(t):
    x = t.randn(5, requires_grad=True)
    y = x.pow(2)
    return [x.equal(y.grad_fn._saved_self), y.grad_fn._saved_exponent, y.grad_fn._saved_self is x]


@program
def saved_result_of_exp(t):
    x = t.randn(5, requires_grad=True)
    y = x.exp()
    return [
        y.equal(y.grad_fn._saved_result),
        y.grad_fn._saved_result is y,
        y.grad_fn._saved_result.grad_fn is y.grad_fn,
    ]


@program
def saved_attributes_are_freed(t):
    x = t.randn(5, requires_grad=True)
    y = x.exp()
    y.sum().backward()
    try:
        return y.grad_fn._saved_result
    except RuntimeError as error:
        return str(error).split(" (or")[0]


@program
def saved_attributes_of_reductions(t):
    x = t.ones(2, 3, requires_grad=True)
    y = x.sum(dim=1)
    return [list(y.grad_fn._saved_self_sym_sizes), y.grad_fn._saved_keepdim]


# ------------------------------------------------------------------------ gradients of functions that have none


@program
def at_points_without_derivative(t):
    x = leaf(t, 0.0, -1.0, 1.0, 2.0)
    results = []
    for f in (
        lambda v: v.abs(),
        lambda v: v.relu(),
        lambda v: v.sqrt(),
        lambda v: v.clamp(-1, 1),
        lambda v: v.clamp(min=0),
        lambda v: v.sign(),
        lambda v: v.round(),
        lambda v: v.floor(),
        lambda v: v.log(),
        lambda v: v.norm(),
        lambda v: t.nn.functional.relu6(v * 6),
        lambda v: v.max(),
        lambda v: v.frac(),
        lambda v: v.trunc(),
        lambda v: v**0.5,
        lambda v: v**0,
        lambda v: v % 1,
        lambda v: t.maximum(v, -v),
        lambda v: v.prod(),
        lambda v: t.nn.functional.leaky_relu(v),
        lambda v: t.nn.functional.hardtanh(v),
        lambda v: t.atan2(v, v),
        lambda v: t.where(v > 0, v, 0),
        lambda v: v.amax(),
        lambda v: (v * 0).max(),
        lambda v: (v * 0).amax(),
        lambda v: (v * 0).amin(),
        lambda v: t.hypot(v, v * 0),
    ):
        results.append(t.autograd.grad(f(x).sum(), x, allow_unused=True))
    return results


# ------------------------------------------------------------------------ locally disabling gradients


@program
def only_leaves_can_change_requires_grad(t):
    x = leaf(t, 1.0)
    y = x * 2
    try:
        y.requires_grad = False
    except RuntimeError as error:
        return str(error).split(" If you want")[0]


@program
def modules_are_frozen_by_requires_grad_(t):
    m = t.nn.Linear(2, 2)
    m.requires_grad_(False)
    x = t.ones(1, 2)
    y = m(x)
    m.weight.requires_grad_()
    z = m(x)
    return [y.requires_grad, z.requires_grad, m.bias.requires_grad]


@program
def grad_modes(t):
    x = leaf(t, 1.0)
    seen = []
    for mode in (t.enable_grad, t.no_grad, t.inference_mode):
        with mode():
            y = x * 2
            seen.append((y.requires_grad, t.is_grad_enabled(), t.is_inference_mode_enabled(), y.is_inference()))
    return seen


@program
def made_in_no_grad_used_in_grad_mode(t):
    x = leaf(t, 1.0)
    with t.no_grad():
        y = x * 2
    z = x * y
    z.backward()
    return [y.requires_grad, y.grad_fn, x.grad]


@program
def factories_ignore_no_grad(t):
    with t.no_grad():
        x = t.ones(2, requires_grad=True)
        p = t.nn.Parameter(t.ones(1))
        y = x * 1
    return [x.requires_grad, p.requires_grad, y.requires_grad, y.is_leaf]


@program
def inference_tensors(t):
    with t.inference_mode():
        a = t.ones(2)
        b = a * 2
        v = b[0]
    inside_in_place = []
    with t.inference_mode():
        b.add_(1)
        inside_in_place.append(b.tolist())
    c = b.clone()
    return [
        a.is_inference(),
        b.is_inference(),
        v.is_inference(),
        c.is_inference(),
        (b * 2).is_inference(),
        inside_in_place,
    ]


@refused
def inference_tensor_saved(t):
    with t.inference_mode():
        a = t.ones(2)
    return a * leaf(t, 1.0, 2.0)


@program
def inference_tensor_changed_outside(t):
    with t.inference_mode():
        a = t.ones(2)
    try:
        a.add_(1)
    except RuntimeError as error:
        return str(error)[:70]


@refused
def inference_tensor_version(t):
    with t.inference_mode():
        a = t.ones(2)
    return a._version


@program
def inference_tensor_not_saved(t):
    with t.inference_mode():
        a = t.ones(2)
    x = leaf(t, 1.0, 2.0)
    y = x + a
    y.sum().backward()
    return [y.is_inference(), x.grad]


@program
def inference_mode_false_and_nesting(t):
    with t.inference_mode():
        with t.inference_mode(False):
            x = t.ones(2, requires_grad=True)
            y = x * 2
        with t.enable_grad():
            z = x * 3
    return [y.requires_grad, x.is_inference(), z.requires_grad, z.is_inference()]


@program
def normal_tensor_in_inference_mode(t):
    x = t.ones(2)
    with t.inference_mode():
        v = x.view(2)
        x.add_(1)
        w = x[0]
        out = [v.is_inference(), w.is_inference(), x.is_inference(), v._is_view()]
    v.add_(1)
    return [out, x._version, x]


@refused
def view_of_inference_mode_in_place_with_grad(t):
    x = leaf(t, 1.0, 2.0) * 1
    with t.inference_mode():
        v = x[0]
    v.mul_(leaf(t, 3.0)[0])


@program
def train_and_eval_do_not_touch_autograd(t):
    m = t.nn.Sequential(t.nn.Linear(2, 2), t.nn.Dropout(0.5)).eval()
    return [m(t.ones(1, 2)).requires_grad, m.training, m[1].training]


@program
def modes_as_decorators(t):
    x = leaf(t, 1.0)

    @t.no_grad()
    def f(v):
        return v * 2

    @t.enable_grad()
    def g(v):
        return v * 2

    @t.inference_mode()
    def h(v):
        return v * 2

    @t.set_grad_enabled(False)
    def k(v):
        return v * 2

    @t.no_grad
    def bare(v):
        return v * 2

    with t.no_grad():
        inside = g(x).requires_grad
    return [
        f(x).requires_grad,
        inside,
        h(x).is_inference(),
        k(x).requires_grad,
        bare(x).requires_grad,
        f.__name__,
        t.is_grad_enabled(),
    ]


@program
def modes_around_generators(t):
    x = leaf(t, 1.0)

    @t.no_grad()
    def f():
        for i in range(2):
            got = yield (t.is_grad_enabled(), (x * i).requires_grad)
            assert got is None

    seen = []
    for value in f():
        seen.append((value, t.is_grad_enabled()))
    return seen


@program
def set_grad_enabled_as_function(t):
    t.set_grad_enabled(False)
    a = t.is_grad_enabled()
    t.set_grad_enabled(True)
    return [a, t.is_grad_enabled()]


@program
def mode_restored_after_error(t):
    try:
        with t.no_grad():
            raise ValueError
    except ValueError:
        return t.is_grad_enabled()


@program
def mode_inside_of_a_backward(t):
    seen = []
    x = leaf(t, 2.0)
    y = x * x
    y.register_hook(lambda g: seen.append(t.is_grad_enabled()))
    y.backward(retain_graph=True)
    y.backward(create_graph=True)
    with t.no_grad():
        y.backward(retain_graph=True, create_graph=True)
        y.backward()
    return seen


# ------------------------------------------------------------------------ in-place operations


@refused
def leaf_in_place(t):
    leaf(t, 1.0).add_(1)


@refused
def view_of_leaf_in_place(t):
    leaf(t, 1.0, 2.0)[0].add_(1)


@refused
def leaf_indexed_write(t):
    x = leaf(t, 1.0, 2.0)
    x[0] = 1.0


@program
def leaf_in_place_in_no_grad(t):
    x = leaf(t, 1.0)
    y = x * x
    with t.no_grad():
        x.add_(1)
    try:
        y.backward()
    except RuntimeError as error:
        first = str(error)[:70]
    return [first, x._version, x.requires_grad]


@program
def correctness_check_by_version(t):
    x = leaf(t, 1.0)
    y = x.exp()
    y.add_(1)
    try:
        y.backward()
    except RuntimeError as error:
        return str(error)[:90]


@program
def add_does_not_save(t):
    x = leaf(t, 1.0, 2.0)
    y = x + 1
    y.mul_(3)
    y.add_(2)
    y.sum().backward()
    return [x.grad, y._version]


@program
def saved_then_overwritten_by_out(t):
    x = leaf(t, 1.0)
    y = x * x
    o = t.empty(1)
    try:
        t.mul(x, x, out=o)
    except RuntimeError as error:
        first = str(error)
    with t.no_grad():
        t.mul(x, x, out=o)
    return [first, o, y]


@program
def views_share_a_version(t):
    x = t.ones(4)
    v = x[:2]
    w = x.detach()
    v.add_(1)
    w.add_(1)
    x.data.add_(1)
    return [x._version, v._version, w._version, x]


@program
def data_is_not_checked(t):
    x = leaf(t, 2.0)
    y = x * x
    x.data.mul_(10)
    y.backward()
    return [x.grad, x._version]


@program
def detach_is_checked(t):
    x = leaf(t, 2.0)
    y = x * x
    x.detach().mul_(10)
    try:
        y.backward()
    except RuntimeError as error:
        return str(error)[:86]


# ------------------------------------------------------------------------ several threads


@program
def backward_from_threads_accumulates(t):
    x = t.ones(5, 5, requires_grad=True)

    def train():
        y = (x + 3) * (x + 4) * 0.5
        y.sum().backward()

    threads = [threading.Thread(target=train) for _ in range(4)]
    [p.start() for p in threads]
    [p.join() for p in threads]
    return x.grad


@program
def grad_mode_is_of_a_thread(t):
    seen = []
    with t.no_grad():
        thread = threading.Thread(target=lambda: seen.append(t.is_grad_enabled()))
        thread.start()
        thread.join()
    return seen


@program
def hooks_run_on_the_calling_thread(t):
    seen = []
    x = leaf(t, 1.0)
    x.register_hook(lambda g: seen.append(threading.current_thread().name))

    def run():
        (x * 2).backward()

    thread = threading.Thread(target=run, name="walker")
    thread.start()
    thread.join()
    (x * 2).backward()
    return seen


@program
def one_graph_two_threads_without_retain(t):
    x = leaf(t, 2.0)
    y = x * x
    z1, z2 = y * 2, y * 3
    failures = []

    def run(z):
        try:
            z.backward()
        except RuntimeError as error:
            failures.append(type(error).__name__)

    for z in (z1, z2):
        thread = threading.Thread(target=run, args=(z,))
        thread.start()
        thread.join()
    return [failures, x.grad]


@program
def multithreading_setting(t):
    a = t.autograd.is_multithreading_enabled() if hasattr(t.autograd, "is_multithreading_enabled") else True
    with t.autograd.set_multithreading_enabled(False):
        x = leaf(t, 1.0)
        (x * 2).backward()
    return [a, x.grad]


# ------------------------------------------------------------------------ complex numbers


@program
def conjugate_wirtinger(t):
    z = t.tensor([1 + 2j, -0.5j, 3.0 + 0j], requires_grad=True)
    results = []
    for f in (
        lambda v: v.abs(),
        lambda v: (v * v.conj()).real,
        lambda v: v.real,
        lambda v: v.imag,
        lambda v: v.angle(),
        lambda v: (v**2).imag,
        lambda v: v.exp().real,
        lambda v: t.view_as_real(v),
        lambda v: v.conj().imag,
    ):
        results.append(t.autograd.grad(f(z).sum(), z)[0])
    return results


@program
def backward_of_a_complex_scalar(t):
    z = t.tensor(1 + 2j, requires_grad=True)
    (z * z).backward()


@program
def complex_output_with_a_vector(t):
    z = t.tensor(1 + 2j, requires_grad=True)
    (z * z).backward(t.tensor(1 + 0j))
    return z.grad


@program
def gradient_descent_of_a_complex_parameter(t):
    z = t.tensor(1 + 2j, requires_grad=True)
    for _ in range(3):
        loss = (z - (3 - 1j)).abs() ** 2
        (g,) = t.autograd.grad(loss, z)
        with t.no_grad():
            z -= 0.25 * g
    return z


@program
def optimizer_on_complex(t):
    z = t.nn.Parameter(t.tensor([1 + 2j, 1j]))
    o = t.optim.SGD([z], lr=0.1, momentum=0.9)
    a = t.nn.Parameter(t.tensor([1 + 2j, 1j]))
    p = t.optim.Adam([a], lr=0.1)
    for _ in range(3):
        o.zero_grad()
        (z.abs() ** 2).sum().backward()
        o.step()
        p.zero_grad()
        (a.abs() ** 2).sum().backward()
        p.step()
    return [z, a]


@program
def cross_domain(t):
    x = leaf(t, 1.0, 2.0)
    z = t.complex(x, x * 2)
    (z**2).real.sum().backward()
    return [z, x.grad]


# ------------------------------------------------------------------------ hooks for saved tensors


@program
def self_deleting_temporary_storage(t):
    log = []

    class Kept:
        def __init__(self, v):
            self.v = v

    def pack(v):
        log.append("pack")
        return Kept(v.clone().detach())

    def unpack(k):
        log.append("unpack")
        return k.v

    x = leaf(t, 5.0)
    y = x.pow(2)
    before = list(log)
    y.grad_fn._raw_saved_self.register_hooks(pack, unpack)
    y.backward()
    return [before, log, x.grad]


@program
def saved_hooks_on_raw_twice(t):
    x = leaf(t, 5.0)
    y = x.pow(2)
    y.grad_fn._raw_saved_self.register_hooks(lambda v: 2 * v, lambda v: v / 2)
    try:
        y.grad_fn._raw_saved_self.register_hooks(lambda v: v, lambda v: v)
    except RuntimeError as error:
        return str(error)


@program
def raw_saved_pack_in_place(t):
    x = leaf(t, 5.0)
    y = x.pow(2)
    try:
        y.grad_fn._raw_saved_self.register_hooks(lambda v: v.mul_(2), lambda v: v / 2)
    except RuntimeError as error:
        return str(error)[:180]


@program
def raw_saved_release(t):
    x = leaf(t, 5.0)
    y = x.pow(2)
    raw = y.grad_fn._raw_saved_self
    y.backward()
    try:
        raw.register_hooks(lambda v: v, lambda v: v)
    except RuntimeError as error:
        return str(error)[:155]


@program
def pack_hook_is_not_recorded(t):
    x = leaf(t, 5.0)
    seen = []

    def pack(v):
        seen.append((t.is_grad_enabled(), v.requires_grad, (v * 2).requires_grad))
        return v

    with t.autograd.graph.saved_tensors_hooks(pack, lambda v: v):
        x.pow(2)
    return [seen, t.is_grad_enabled()]


@program
def pack_sees_more_operations(t):
    seen = []
    x = leaf(t, 2.0)
    with t.autograd.graph.saved_tensors_hooks(lambda v: (seen.append(v.tolist()), v)[1], lambda v: v):
        y = x.exp() * x.sin()
    y.backward()
    return [sorted(seen), x.grad]


@refused
def unpack_returns_none(t):
    x = leaf(t, 2.0)
    with t.autograd.graph.saved_tensors_hooks(lambda v: v, lambda v: None):
        y = x.exp()
    y.backward()


@program
def saved_tensor_default_hooks_disabled(t):
    with t.autograd.graph.disable_saved_tensors_hooks("not here"):
        try:
            with t.autograd.graph.saved_tensors_hooks(lambda v: v, lambda v: v):
                pass
        except RuntimeError as error:
            return str(error)


@pytest.mark.parametrize("program", programs_of(globals()), ids=lambda f: f.__name__)
def test_program(program):
    check(program, torch)


@pytest.mark.parametrize("program", refusals_of(globals()), ids=lambda f: f.__name__)
def test_refused(program):
    check_refused(program, torch)
