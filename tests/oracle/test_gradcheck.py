"""gradcheck and gradgradcheck in both libraries: the same verdict, or the same type of exception, on good functions and
on wrong ones."""

import warnings

import pytest

import wengert

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle


def make(t, backward=None, jvp=None, forward=None, **flags):
    """A Function that squares, with parts of it replaced."""

    class Planted(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            ctx.save_for_forward(x)
            ctx.set_materialize_grads(flags.get("materialize", True))
            return (forward or (lambda t, x: x * x))(t, x)

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return (backward or (lambda t, x, g: 2 * x * g))(t, x, g)

        @staticmethod
        def jvp(ctx, tangent):
            (x,) = ctx.saved_tensors
            return (jvp or (lambda t, x, tangent: 2 * x * tangent))(t, x, tangent)

    return Planted.apply


def two_outputs(t, backward):
    class Planted(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            ctx.set_materialize_grads(False)
            return x * 2, x * 3

        @staticmethod
        def backward(ctx, a, b):
            return backward(a, b)

    return Planted.apply


def unsteady(t):
    calls = []

    def backward(t, x, g):
        calls.append(None)
        return 2 * x * g + 1e-9 * len(calls) * g

    return make(t, backward)


def unsteady_tiny(t):
    """Differs from call to call in a way that a tolerance forgives."""
    return unsteady(t)


def x(t, *shape, dtype="float64", seed=0):
    values = [0.3 * (i + 1) * (-1) ** i for i in range(int(torch.Size(shape).numel()))]
    if dtype.startswith("complex"):
        values = [v + 0.7j * v * v - 0.2j for v in values]
    return t.tensor(values, dtype=getattr(t, dtype)).reshape(shape).requires_grad_()


def constant(t):
    return lambda a: t.ones(2, dtype=t.float64)


ALL = dict(check_forward_ad=True, check_batched_grad=True, check_batched_forward_grad=True)

# name: (function of a namespace, inputs, options). Checked with and without fast_mode.
FIRST = {
    "mul": (lambda t: lambda a, b: a * b, lambda t: (x(t, 3), x(t, 2, 3)), ALL),
    "matmul": (lambda t: lambda a, b: a @ b, lambda t: (x(t, 2, 3), x(t, 3, 2)), ALL),
    "tanh of a sum": (lambda t: lambda a: a.sum(0).tanh(), lambda t: (x(t, 2, 3),), ALL),
    "a scalar": (lambda t: lambda a: a.exp(), lambda t: (x(t),), ALL),
    "nothing": (lambda t: lambda a: a.exp(), lambda t: (x(t, 0, 3),), {}),
    "several outputs": (lambda t: lambda a: (a.sin(), a.cos(), a.sum()), lambda t: (x(t, 3),), ALL),
    "an output of integers": (lambda t: lambda a: (a.sin(), a.argmax()), lambda t: (x(t, 3),), {}),
    "a view": (lambda t: lambda a: a[1:].t(), lambda t: (x(t, 3, 2),), ALL),
    "the input itself": (lambda t: lambda a: a, lambda t: (x(t, 3),), {}),
    "a constant": (constant, lambda t: (x(t, 3),), {}),
    "an input without gradient": (lambda t: lambda a, b: a * b, lambda t: (x(t, 3), x(t, 3).detach()), ALL),
    "an argument that is no tensor": (lambda t: lambda a, n: a**n, lambda t: (x(t, 3), 3), ALL),
    "a transposed input": (lambda t: lambda a: a.exp(), lambda t: (x(t, 2, 3).t(),), ALL),
    "not an input, but known": (lambda t: _closure(x(t, 3)), lambda t: (x(t, 3),), {}),
    "complex square": (lambda t: lambda z: z * z, lambda t: (x(t, 2, dtype="complex128"),), {}),
    "complex square, forward": (
        lambda t: lambda z: z * z, lambda t: (x(t, 2, dtype="complex128"),), dict(check_forward_ad=True)
    ),
    "complex to real": (
        lambda t: lambda z: (z * z.conj()).real, lambda t: (x(t, 2, dtype="complex128"),), dict(check_forward_ad=True)
    ),
    "real to complex": (lambda t: lambda a: a * (1 + 2j), lambda t: (x(t, 2),), dict(check_forward_ad=True)),
    "real and complex": (
        lambda t: lambda a, z: a * z.exp(), lambda t: (x(t, 2), x(t, 2, dtype="complex128")),
        dict(check_forward_ad=True),
    ),
    "a right Function": (lambda t: make(t), lambda t: (x(t, 3),), dict(check_forward_ad=True)),
    "wrong backward": (lambda t: make(t, lambda t, x, g: 2.01 * x * g), lambda t: (x(t, 3),), {}),
    "wrong in one entry": (
        lambda t: make(t, lambda t, x, g: 2 * x * g + t.tensor([0.0, 0.0, 0.1], dtype=t.float64) * g),
        lambda t: (x(t, 3),), {},
    ),
    "wrong within the tolerance": (
        lambda t: make(t, lambda t, x, g: 2.01 * x * g), lambda t: (x(t, 3),), dict(rtol=0.1)
    ),
    "no gradient": (lambda t: make(t, lambda t, x, g: None), lambda t: (x(t, 3),), {}),
    "wrong jvp": (lambda t: make(t, jvp=lambda t, x, v: x * v), lambda t: (x(t, 3),), dict(check_forward_ad=True)),
    "wrong jvp, nobody asks": (lambda t: make(t, jvp=lambda t, x, v: x * v), lambda t: (x(t, 3),), {}),
    "wrong backward, nobody asks": (
        lambda t: make(t, lambda t, x, g: x * g), lambda t: (x(t, 3),),
        dict(check_backward_ad=False, check_forward_ad=True),
    ),
    "wrong complex backward": (
        lambda t: make(t, lambda t, z, g: 2 * z * g), lambda t: (x(t, 2, dtype="complex128"),), {}
    ),
    "right complex backward": (
        lambda t: make(t, lambda t, z, g: 2 * z.conj() * g), lambda t: (x(t, 2, dtype="complex128"),), {}
    ),
    "not multiplied by the cotangent": (
        lambda t: make(t, lambda t, x, g: 2 * x * g + 1e-8), lambda t: (x(t, 3),), {}
    ),
    "not repeatable": (unsteady, lambda t: (x(t, 3),), {}),
    "not repeatable, allowed": (unsteady_tiny, lambda t: (x(t, 3),), dict(nondet_tol=1e-3)),
    "detached": (lambda t: lambda a: a.detach() * 2, lambda t: (x(t, 3),), {}),
    "partly detached": (lambda t: lambda a: a * a.detach(), lambda t: (x(t, 3),), {}),
    "missing gradients not expected": (
        lambda t: two_outputs(t, lambda a, b: 2 * a + 3 * b), lambda t: (x(t, 3),), {}
    ),
    "missing gradients raise": (lambda t: two_outputs(t, _refuse_none), lambda t: (x(t, 3),), {}),
    "missing gradients raise, unchecked": (
        lambda t: two_outputs(t, _tolerate), lambda t: (x(t, 3),), dict(check_undefined_grad=False)
    ),
    "a single missing gradient not expected": (
        lambda t: make(t, materialize=False), lambda t: (x(t, 3),), {}
    ),
    "a missing gradient expected": (
        lambda t: make(t, lambda t, x, g: None if g is None else 2 * x * g, materialize=False), lambda t: (x(t, 3),), {}
    ),
    "NaN": (lambda t: lambda a: a * float("nan"), lambda t: (x(t, 3),), {}),
    "infinity": (lambda t: lambda a: a * float("inf"), lambda t: (x(t, 3),), {}),
    "no tensor": (lambda t: lambda a: 3.0, lambda t: (x(t, 3),), {}),
    "None beside a tensor": (lambda t: lambda a: (a * 2, None), lambda t: (x(t, 3),), {}),
    "an error inside": (lambda t: lambda a: 1 / 0, lambda t: (x(t, 3),), {}),
    "nothing requires a gradient": (lambda t: lambda a: a * 2, lambda t: (x(t, 3).detach(),), {}),
    "overlapping memory": (
        lambda t: lambda a: a * 2, lambda t: (t.ones(1, dtype=t.float64).expand(3).requires_grad_(),), {}
    ),
    "a shape that depends on values": (
        lambda t: lambda a: a[: int((a.detach() > 0.3).sum()) + 1] * 2, lambda t: (x(t, 3),), {}
    ),
    "neither mode": (lambda t: lambda a: a, lambda t: (x(t, 3),), dict(check_backward_ad=False)),
    "batches without backward": (
        lambda t: lambda a: a, lambda t: (x(t, 3),),
        dict(check_backward_ad=False, check_forward_ad=True, check_batched_grad=True),
    ),
    "forward batches without forward": (lambda t: lambda a: a, lambda t: (x(t, 3),), dict(
        check_batched_forward_grad=True)),
}  # fmt: skip

SECOND = {
    "mul": (lambda t: lambda a, b: a * b, lambda t: (x(t, 3), x(t, 2, 3)), {}),
    "tanh": (lambda t: lambda a: a.tanh(), lambda t: (x(t, 3),), dict(check_fwd_over_rev=True)),
    "matmul": (lambda t: lambda a, b: a @ b, lambda t: (x(t, 2, 3), x(t, 3, 2)), dict(check_fwd_over_rev=True)),
    "linear": (lambda t: lambda a: a * 3, lambda t: (x(t, 3),), {}),
    "with gaps": (lambda t: lambda a: a.exp(), lambda t: (x(t, 3),), dict(gen_non_contig_grad_outputs=True)),
    "batched": (lambda t: lambda a: a.sin(), lambda t: (x(t, 3),), dict(check_batched_grad=True)),
    "given cotangents": (
        lambda t: lambda a: a.sin(), lambda t: (x(t, 3),), dict(grad_outputs=lambda t: (x(t, 3),))
    ),
    "cotangents without gradient": (
        lambda t: lambda a: a.sin(), lambda t: (x(t, 3),), dict(grad_outputs=lambda t: (x(t, 3).detach(),))
    ),
    "only forward over reverse": (
        lambda t: lambda a: a.sin(), lambda t: (x(t, 3),),
        dict(check_fwd_over_rev=True, check_rev_over_rev=False, check_undefined_grad=False),
    ),
    "complex": (lambda t: lambda z: z * z, lambda t: (x(t, 2, dtype="complex128"),), {}),
    "a right Function": (lambda t: make(t), lambda t: (x(t, 3),), {}),
    "a backward that is not differentiable": (
        lambda t: make(t, lambda t, x, g: 2 * x.detach() * g), lambda t: (x(t, 3),), {}
    ),
    "a backward that is wrong, and consistently so": (
        lambda t: make(t, lambda t, x, g: 3 * x * g), lambda t: (x(t, 3),), {}
    ),
    "neither mode": (lambda t: lambda a: a.sin(), lambda t: (x(t, 3),), dict(check_rev_over_rev=False)),
    "undefined without reverse": (
        lambda t: lambda a: a.sin(), lambda t: (x(t, 3),), dict(check_rev_over_rev=False, check_fwd_over_rev=True)
    ),
    "batches without reverse": (
        lambda t: lambda a: a.sin(), lambda t: (x(t, 3),), dict(
            check_rev_over_rev=False, check_fwd_over_rev=True, check_undefined_grad=False, check_batched_grad=True
        )
    ),
}  # fmt: skip


def _closure(known):
    # The function reaches its input in another way than by its argument, and uses a tensor that is no input.
    return lambda a: a * known


def _refuse_none(a, b):
    if a is None or b is None:
        raise RuntimeError("both are needed")
    return 2 * a + 3 * b


def _tolerate(a, b):
    return (0 if a is None else 2 * a) + (0 if b is None else 3 * b)


def verdict(t, check, function, inputs, options):
    options = {name: value(t) if callable(value) else value for name, value in options.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return check(function(t), inputs(t), **options), ""
        except Exception as error:
            return type(error).__name__, str(error)


def same(check, function, inputs, options):
    ours = verdict(wengert, getattr(wengert.autograd, check), function, inputs, options)
    theirs = verdict(torch, getattr(torch.autograd, check), function, inputs, options)
    assert ours[0] == theirs[0], f"wengert {ours}, PyTorch {theirs}"
    if ours[0] == "GradcheckError":
        # PyTorch's sentence comes first.
        assert ours[1].split("\n")[0] == theirs[1].split("\n")[0]


@pytest.mark.parametrize("fast_mode", [False, True])
@pytest.mark.parametrize("name", FIRST)
def test_gradcheck(name, fast_mode):
    function, inputs, options = FIRST[name]
    same("gradcheck", function, inputs, options | {"fast_mode": fast_mode})


@pytest.mark.parametrize("fast_mode", [False, True])
@pytest.mark.parametrize("name", SECOND)
def test_gradgradcheck(name, fast_mode):
    function, inputs, options = SECOND[name]
    same("gradgradcheck", function, inputs, options | {"fast_mode": fast_mode})


@pytest.mark.parametrize("name", ["wrong backward", "not repeatable", "detached", "mul", "no tensor", "neither mode"])
def test_without_exceptions(name):
    function, inputs, options = FIRST[name]
    same("gradcheck", function, inputs, options | {"raise_exception": False})


def test_the_warning_about_single_precision():
    def warned(t):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            t.autograd.gradcheck(lambda b, a: a * b, (x(t, 3), x(t, 3, dtype="float32")), raise_exception=False)
        return [(w.category, str(w.message)) for w in caught]

    assert warned(wengert) == warned(torch) != []
