"""gradcheck finds what is wrong, in every mode and way of checking, and says where; it passes what is right."""

import itertools
import re

import numpy
import pytest

import wengert as t
from wengert.autograd import (
    Function,
    GradcheckError,
    derivative_laws,
    forward_ad,
    gradcheck,
    gradgradcheck,
    jacobians,
)
from wengert.ops import levels

MODES = pytest.mark.parametrize("fast_mode", [False, True], ids=["slow", "fast"])


def x(*shape, dtype=t.double):
    n = int(numpy.prod(shape))
    values = numpy.cos(numpy.arange(n) + 0.5)
    if dtype.is_complex:
        values = values + 1j * numpy.sin(2 * numpy.arange(n) + 0.3)
    return t.tensor(values.tolist(), dtype=dtype).reshape(shape).requires_grad_()


def square(backward=lambda x, g: 2 * x * g, jvp=lambda x, tangent: 2 * x * tangent):
    """x^2 with a backward(x, g) and a jvp(x, tangent) of one's own."""

    class Square(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            ctx.save_for_forward(x)
            return x * x

        @staticmethod
        def backward(ctx, g):
            return backward(*ctx.saved_tensors, g)

        @staticmethod
        def jvp(ctx, tangent):
            return jvp(*ctx.saved_tensors, tangent)

    return Square.apply


def fails(function, inputs, match, check=gradcheck, **options):
    """The message; the same options must give False where exceptions are not wanted."""
    with pytest.raises(GradcheckError, match=match) as caught:
        check(function, inputs, **options)
    assert check(function, inputs, raise_exception=False, **options) is False
    return str(caught.value)


# ------------------------------------------------------------------------------------------------ what is right


@MODES
@pytest.mark.parametrize(
    "function, inputs",
    [
        (lambda a, b: a * b + a, lambda: (x(3), x(2, 3))),
        (lambda a, b: (a @ b).tanh(), lambda: (x(2, 3), x(3, 2))),
        (lambda a: (a.sin(), a.sum(), a[0]), lambda: x(2, 2)),
        (lambda a: a.exp(), lambda: x(2, 3).t()),
        (lambda a: a.exp(), lambda: x()),
        (lambda a: a.exp(), lambda: x(0, 3)),
        (lambda a, n, b: a**n * b, lambda: (x(3), 2, x(3).detach())),
        (lambda a: a, lambda: x(3)),
        (lambda a: (a * 2, a.argmax()), lambda: x(3)),
    ],
)
def test_right_functions_pass_every_check(function, inputs, fast_mode):
    options = {"check_forward_ad": True, "check_batched_grad": True, "check_batched_forward_grad": True}
    assert gradcheck(function, inputs(), check_grad_dtypes=True, fast_mode=fast_mode, **options)
    assert gradgradcheck(function, inputs(), fast_mode=fast_mode, check_fwd_over_rev=True, check_batched_grad=True)


@MODES
@pytest.mark.parametrize(
    "function",
    [
        lambda z: z * z,
        lambda z: (z * z.conj()).real,
        lambda z: z.exp() * z.imag,
        lambda z: (z.abs(), z.conj()),
    ],
)
def test_complex_functions(function, fast_mode):
    z = x(3, dtype=t.complex128)
    assert gradcheck(function, z, check_forward_ad=True, fast_mode=fast_mode)
    assert gradgradcheck(function, z, fast_mode=fast_mode)


@MODES
def test_real_inputs_and_complex_outputs(fast_mode):
    def function(a, z):
        return a * z.exp(), t.complex(a, a * 2)

    assert gradcheck(function, (x(3), x(3, dtype=t.complex128)), check_forward_ad=True, fast_mode=fast_mode)


@MODES
def test_inputs_that_the_function_reaches_in_another_way(fast_mode):
    a = x(3)
    assert gradcheck(lambda _: a * a, a, fast_mode=fast_mode)
    assert gradcheck(lambda b, c: b * c, (a, a), fast_mode=fast_mode)


def test_inputs_are_as_before_afterwards():
    a = x(3)
    before, version = a.tolist(), a._version
    gradcheck(lambda a: a.exp(), a, check_forward_ad=True)
    assert a.tolist() == before and a._version == version and a.grad is None
    with pytest.raises(ZeroDivisionError):
        gradcheck(_fails_at_the_third_call(), a)
    assert a.tolist() == before


def _fails_at_the_third_call():
    calls = []

    def function(a):
        calls.append(None)
        return a / (len(calls) - 3) if len(calls) == 3 and 1 // 0 else a * 2

    return function


def test_read_only_memory():
    array = numpy.array([0.1, 0.2])
    array.flags.writeable = False
    with pytest.warns(UserWarning, match="not writable"):
        a = t.from_numpy(array).requires_grad_()
    assert gradcheck(lambda a: a.exp(), a)
    assert array.tolist() == [0.1, 0.2]


# ------------------------------------------------------------------------------------------------ Jacobians


@MODES
@pytest.mark.parametrize(
    "backward",
    [
        lambda x, g: 2.01 * x * g,
        lambda x, g: -2 * x * g,
        lambda x, g: x * g,
        lambda x, g: 2 * x * g.flip(0),
        lambda x, g: 2 * x * g * t.tensor([1.0, 1.0, 1.1], dtype=t.double),
        lambda x, g: None,
        lambda x, g: x * g * float("nan"),
    ],
)
def test_wrong_backward(backward, fast_mode):
    wanted = "^Jacobian mismatch for output 0 with respect to input 0"
    message = fails(square(backward), x(3), wanted, fast_mode=fast_mode)
    assert "numerical:" in message and "analytical:" in message
    assert ("in fast mode" in message) == fast_mode


@MODES
def test_the_message_names_operation_line_input_and_entry(fast_mode):
    def backward(x, g):
        wrong = numpy.zeros((2, 3))
        wrong[1, 2] = 0.5
        return 2 * x * g + t.from_numpy(wrong) * g

    function = square(backward)

    def both(a, b):
        return a.exp(), function(b) * 1.0

    b = x(2, 3)
    message = fails(both, (x(2), b), "mismatch for output 1 with respect to input 1", fast_mode=fast_mode)
    worst = message[message.index("  Worst"):]
    found = re.search(
        r"Worst is entry \[5, 5\], the derivative of entry \[1, 2\] of output 1 with respect to entry \[1, 2\] of "
        r"input 1: numerical (\S+), analytical (\S+)\. 1 of 36 entries differ by more than atol \+ rtol \* "
        r"\|numerical\| \(atol=1e-05, rtol=0\.001\)\.\n"
        r"  Output 1 was made by MulBackward0 at `function\(b\) \* 1\.0` at (\S+):\d+\.",
        worst,
    )
    assert found, worst
    assert abs(float(found[1]) - 2 * b[1, 2].item()) < 1e-6
    assert abs(float(found[2]) - 2 * b[1, 2].item() - 0.5) < 1e-12
    assert found[3] == __file__


@MODES
def test_wrong_backward_of_a_complex_function(fast_mode):
    # The conjugate is missing.
    fails(
        square(lambda z, g: 2 * z * g), x(2, dtype=t.complex128),
        "While considering the imaginary part of complex outputs only, Jacobian mismatch", fast_mode=fast_mode,
    )  # fmt: skip
    assert gradcheck(square(lambda z, g: 2 * z.conj() * g), x(2, dtype=t.complex128), fast_mode=fast_mode)


@MODES
def test_within_the_tolerances(fast_mode):
    function = square(lambda x, g: 2.01 * x * g)
    assert gradcheck(function, x(3), rtol=0.02, fast_mode=fast_mode)
    assert gradcheck(function, x(3), rtol=0, atol=0.05, fast_mode=fast_mode)
    assert not gradcheck(function, x(3), rtol=1e-3, atol=0, fast_mode=fast_mode, raise_exception=False)


def test_fast_mode_says_when_every_entry_is_within_the_tolerance():
    # Every entry of the Jacobian is out by nearly its tolerance, and all in one direction. They add up in the
    # projection, while the entries themselves, of both signs, cancel.
    signs = t.tensor([1.0, -1.0] * 20, dtype=t.double)

    class Sum(Function):
        @staticmethod
        def forward(ctx, x):
            return (x * signs).sum()

        @staticmethod
        def backward(ctx, g):
            return g * signs * (1 + 0.9e-3 * signs)

    assert gradcheck(Sum.apply, x(40), atol=0)
    message = fails(Sum.apply, x(40), "Jacobian mismatch", atol=0, fast_mode=True)
    assert "might've passed in slow_mode!\n  Output 0 was made by SumBackward" in message


@MODES
def test_nothing_requires_a_gradient_but_something_depends_on_the_input(fast_mode):
    wanted = "^Numerical gradient for function expected to be zero"
    message = fails(lambda a: a.detach() * 2, x(3), wanted, fast_mode=fast_mode)
    found = re.search(r"its entry \[0\] depends on entry \[0\] of input 0: numerical (\S+), analytical 0\.", message)
    assert abs(float(found[1]) - 2) < 1e-8
    assert gradcheck(lambda a: t.ones(3), x(3), fast_mode=fast_mode)


# ------------------------------------------------------------------------------------------------ forward mode


def tripled_tangent(a):
    """a, whose tangent comes out three times as large."""
    value, tangent = forward_ad.unpack_dual(a)
    if tangent is None:
        return a * 1
    return forward_ad.make_dual(value, tangent * 3)


@MODES
def test_wrong_forward_mode(fast_mode):
    options = {"check_forward_ad": True, "fast_mode": fast_mode}
    message = fails(tripled_tangent, x(3), "Jacobian computed with forward mode mismatch for output 0", **options)
    assert re.search(r"Worst is entry \[(\d), \1\]", message) and "MulBackward0 at `a * 1`" in message
    assert gradcheck(tripled_tangent, x(3), fast_mode=fast_mode)
    fails(tripled_tangent, x(3), "forward mode mismatch", check_backward_ad=False, **options)
    assert gradcheck(
        square(lambda x, g: x * g), x(3), check_backward_ad=False, check_forward_ad=True, fast_mode=fast_mode
    )


@MODES
@pytest.mark.parametrize(
    "jvp",
    [
        lambda x, tangent: x * tangent,
        lambda x, tangent: 2 * x * tangent + 1e-2 * tangent.flip(0),
        lambda x, tangent: 2 * x.abs() * tangent,
        lambda x, tangent: None,
    ],
)
def test_wrong_jvp(jvp, fast_mode):
    function = square(jvp=jvp)
    message = fails(
        function, x(3), "forward mode mismatch for output 0 with respect to input 0", check_forward_ad=True,
        fast_mode=fast_mode,
    )  # fmt: skip
    assert "Output 0 was made by SquareBackward" in message
    assert gradcheck(function, x(3), fast_mode=fast_mode)
    assert gradcheck(square(), x(3), check_forward_ad=True, fast_mode=fast_mode)


@MODES
def test_wrong_forward_mode_of_a_complex_function(fast_mode):
    fails(
        lambda z: tripled_tangent(z) * z, x(2, dtype=t.complex128),
        "While considering the imaginary part of complex inputs only, Jacobian computed with forward mode mismatch",
        check_forward_ad=True, fast_mode=fast_mode,
    )  # fmt: skip


def test_a_missing_tangent_counts_as_zero():
    def forgets(a, b):
        value, tangent = forward_ad.unpack_dual(a)
        y = a * b
        if tangent is None and forward_ad.unpack_dual(b)[1] is not None:
            return forward_ad.make_dual(y.detach(), forward_ad.unpack_dual(y)[1] * 2)
        return y

    options = {"check_forward_ad": True, "check_backward_ad": False}
    fails(forgets, (x(3), x(3)), "Mismatch in tangent values for output with index: 0 when input: 0 has", **options)
    assert gradcheck(forgets, (x(3), x(3)), check_undefined_grad=False, **options)


# ------------------------------------------------------------------------------------------------ whatever the function


@MODES
def test_a_backward_that_is_not_repeatable(fast_mode):
    calls = itertools.count()

    def unsteady(x, g):
        return 2 * x * g + 1e-8 * next(calls) * g

    message = fails(square(unsteady), x(3), "Backward is not reentrant", fast_mode=fast_mode)
    assert "SquareBackward" in message and "nondeterminism was 0.0" in message
    assert gradcheck(square(unsteady), x(3), nondet_tol=1e-3, check_undefined_grad=False, fast_mode=fast_mode)


@MODES
def test_a_backward_that_is_not_multiplied_by_its_cotangent(fast_mode):
    wrong = square(lambda x, g: 2 * x * g + 1e-9)
    message = fails(wrong, x(3), "^backward not multiplied by grad_output", fast_mode=fast_mode)
    assert "SquareBackward" in message


def two(backward, materialize=False):
    class Two(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(materialize)
            return x * 2, x * 3

        @staticmethod
        def backward(ctx, a, b):
            return backward(a, b)

    return Two.apply


def tolerant(a, b):
    if a is None and b is None:
        return None
    return sum([g * n for n, g in ((2, a), (3, b)) if g is not None])


@MODES
def test_missing_cotangents(fast_mode):
    assert gradcheck(two(tolerant), x(3), fast_mode=fast_mode)
    assert gradcheck(two(lambda a, b: 2 * a + 3 * b, materialize=True), x(3), fast_mode=fast_mode)

    def refuses(a, b):
        if a is None and b is not None and not b.any():
            raise RuntimeError("the first is needed")
        return tolerant(a, b)

    wanted = "^Expected backward function to handle undefined output grads"
    message = fails(two(refuses), x(3), wanted, fast_mode=fast_mode)
    assert "Without a gradient for output 0 it raised RuntimeError('the first is needed" in message
    assert "Output 0 was made by TwoBackward" in message
    assert gradcheck(two(refuses), x(3), check_undefined_grad=False, fast_mode=fast_mode)

    def invents(a, b):
        if a is None and b is not None and not b.any():
            return t.ones(3, dtype=t.double)
        return tolerant(a, b)

    message = fails(two(invents), x(3), "Expected all input grads to be undefined or zero", fast_mode=fast_mode)
    assert "Without a gradient for output 0, input 0 got one that is not 0" in message


def test_a_backward_that_cannot_do_without_its_only_cotangent():
    class NotMaterialized(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    with pytest.raises(TypeError, match="NoneType"):
        gradcheck(NotMaterialized.apply, x(3))
    assert gradcheck(NotMaterialized.apply, x(3), check_undefined_grad=False)


def test_batched_gradients():
    options = {"check_batched_grad": True}
    wrong = square(lambda x, g: 2 * x * g * (1.5 if levels.batch_levels() else 1))
    assert gradcheck(wrong, x(3))
    message = fails(wrong, x(3), "(?s)For output 0 and input 0:.*failed while testing batched gradient", **options)
    found = re.search(r"Entry \[0\] of vector 0 is (\S+) under vmap and (\S+) alone\. Output 0 was made by Sq", message)
    assert abs(float(found[1]) - 1.5 * float(found[2])) < 1e-12

    def refuses(x, g):
        if levels.batch_levels():
            raise RuntimeError("not in a batch")
        return 2 * x * g

    fails(square(refuses), x(3), "While computing batched gradients, got: not in a batch", **options)
    # An input that an output does not depend on.
    assert gradcheck(lambda a, b: (a.exp(), b.sin()), (x(3), x(2)), check_batched_grad=True)


def test_batched_forward_gradients():
    options = {"check_forward_ad": True, "check_batched_forward_grad": True}

    def wrong(a):
        return tripled_tangent(a) if levels.batch_levels() else a * 1

    assert gradcheck(wrong, x(3), check_forward_ad=True)
    fails(wrong, x(3), "(?s)For output 0 and input 0:.*failed while testing batched forward gradient", **options)

    def refuses(a):
        if levels.batch_levels():
            raise RuntimeError("not in a batch")
        return a * 1

    fails(refuses, x(3), "While computing batched forward gradients, got: not in a batch", **options)
    assert gradcheck(lambda a, b: (a.exp(), b.sin(), b.argmax()), (x(3), x(2)), **options)


@MODES
def test_gradients_of_another_type_or_shape(monkeypatch, fast_mode):
    # No rule can make them, for the engine converts what it gets; so the engine is replaced.
    right = jacobians.grad
    monkeypatch.setattr(jacobians, "grad", lambda *a, **k: tuple([g.float() for g in right(*a, **k)]))
    inputs = t.tensor([0.5, 1.0], dtype=t.double, requires_grad=True)
    message = "Gradient has dtype mismatch: input 0 is wengert.float64, its gradient wengert.float32"
    fails(lambda a: a * 2, inputs, message, check_grad_dtypes=True, fast_mode=fast_mode)
    assert gradcheck(lambda a: a * 2, inputs, fast_mode=fast_mode)
    monkeypatch.setattr(jacobians, "grad", lambda *a, **k: tuple([g.reshape(2, 1) for g in right(*a, **k)]))
    message = r"incorrect size: input 0 has shape \[2\], its gradient \[2, 1\]"
    fails(lambda a: a * 2, inputs, message, fast_mode=fast_mode)
    monkeypatch.undo()
    monkeypatch.setattr(derivative_laws, "grad", lambda *a, **k: tuple([g.float() for g in right(*a, **k)]))
    fails(lambda a: a * 2, inputs, "grad is incorrect type", check_undefined_grad=False, fast_mode=fast_mode)


# ------------------------------------------------------------------------------------------------ second order


@MODES
def test_second_derivatives(fast_mode):
    # The first derivative is right, and cut off from what it was made of.
    cut_off = square(lambda x, g: 2 * x.detach() * g)
    assert gradcheck(cut_off, x(3), fast_mode=fast_mode)
    message = fails(cut_off, x(3), "Jacobian mismatch for output 0", check=gradgradcheck, fast_mode=fast_mode)
    assert "Worst is entry" in message
    # The first is wrong, and its derivative consistent with that: only the first check sees it.
    consistent = square(lambda x, g: 3 * x * g)
    assert gradgradcheck(consistent, x(3), fast_mode=fast_mode)
    fails(consistent, x(3), "Jacobian mismatch", fast_mode=fast_mode)


@MODES
def test_second_derivatives_by_forward_mode_over_reverse(fast_mode):
    wrong = square(lambda x, g: 2 * tripled_tangent(x) * g)
    options = {"check_fwd_over_rev": True, "fast_mode": fast_mode}
    assert gradgradcheck(wrong, x(3), fast_mode=fast_mode)
    fails(wrong, x(3), "Jacobian computed with forward mode mismatch", check=gradgradcheck, **options)
    fails(
        wrong, x(3), "Jacobian computed with forward mode mismatch", check=gradgradcheck, check_rev_over_rev=False,
        check_undefined_grad=False, **options,
    )  # fmt: skip


@pytest.mark.parametrize("spaced", [False, True])
def test_cotangents_may_have_gaps_in_memory(spaced):
    seen = []

    def function(x):
        y = x.exp()
        y.register_hook(lambda g: seen.append(g.is_contiguous()))
        return y

    assert gradgradcheck(function, x(3), gen_non_contig_grad_outputs=spaced)
    assert all(seen) != spaced


def test_given_cotangents():
    assert gradgradcheck(lambda a: a.sin(), x(3), x(3))
    assert gradgradcheck(lambda a: (a.sin(), a.cos()), x(3), (x(3), x(3).detach()))
    with pytest.raises(RuntimeError):
        gradgradcheck(lambda a: a.sin(), x(3), x(4))


# ------------------------------------------------------------------------------------------------ what may not be asked


def test_options_that_contradict_one_another():
    def asked(check, **options):
        with pytest.raises(AssertionError) as caught:
            check(lambda a: a.sin(), x(3), **options)
        return str(caught.value)

    assert "at least one of check_forward_ad" in asked(gradcheck, check_backward_ad=False)
    assert "check_batched_grad=True requires" in asked(
        gradcheck, check_backward_ad=False, check_forward_ad=True, check_batched_grad=True
    )
    assert "check_batched_forward_grad=True requires" in asked(gradcheck, check_batched_forward_grad=True)
    assert "at least one of check_fwd_over_rev" in asked(gradgradcheck, check_rev_over_rev=False)
    forward = {"check_rev_over_rev": False, "check_fwd_over_rev": True}
    assert "check_undefined_grad=True requires" in asked(gradgradcheck, **forward)
    assert "check_batched_grad=True requires" in asked(
        gradgradcheck, check_undefined_grad=False, check_batched_grad=True, **forward
    )


def test_inputs_and_outputs_that_cannot_be_checked():
    with pytest.raises(ValueError, match="at least one input tensor to require gradient, but none of them"):
        gradcheck(lambda a: a, x(3).detach())
    with pytest.raises(RuntimeError, match=r"The 1th input has a dimension with stride 0.*strides \(0,\)"):
        gradcheck(lambda a, b: a * b, (x(3), t.ones(1, dtype=t.double).expand(3).requires_grad_()))
    with pytest.raises(AttributeError, match="'float' object has no attribute 'requires_grad': output 0"):
        gradcheck(lambda a: 3.0, x(3))
    with pytest.raises(AttributeError, match="'NoneType' object has no attribute 'requires_grad': output 1"):
        gradcheck(lambda a: (a, None), x(3))
    with pytest.raises(AssertionError, match=r"outputs with the same shape when inputs are perturbed on index \(0,\)"):
        gradcheck(lambda a: a[: 1 + int(a[0].item() > 0.5)], t.tensor([0.5, 1], dtype=t.double).requires_grad_())
    with pytest.raises(ValueError, match="at least one output to require gradient"):
        gradgradcheck(lambda a: a.detach(), x(3))


def test_single_precision_warns():
    with pytest.warns(UserWarning, match="Input #1 requires gradient and is not a double precision") as caught:
        gradcheck(lambda b, a: b, (x(3), x(3).detach().float().requires_grad_()))
    assert caught[0].filename == __file__


def test_masked_is_accepted():
    assert gradcheck(lambda a: a.exp(), x(3), masked=True) and gradgradcheck(lambda a: a.exp(), x(3), masked=True)
