"""PyTorch's tutorials on forward mode, double backward and fused functions, and its note on extending, as programs."""

import pytest

from .programs import check, check_refused, forward_ad, leaf, program, programs_of, refusals_of, refused

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

# ------------------------------------------------------------------------ forward-mode automatic differentiation


@program
def forward_mode_basic(t):
    fwAD = forward_ad(t)
    primal, tangent = t.arange(6.0).reshape(2, 3), t.ones(2, 3)

    def fn(x, y):
        return x**2 + y**2

    with fwAD.dual_level():
        dual_input = fwAD.make_dual(primal, tangent)
        plain = t.full((2, 3), 10.0)
        dual_output = fn(dual_input, plain)
        unpacked = fwAD.unpack_dual(dual_output)
        inside = [unpacked.primal, unpacked.tangent, unpacked[0] is unpacked.primal, dual_input is primal]
        none = fwAD.unpack_dual(plain).tangent
    return [inside, none, fwAD.unpack_dual(dual_output).tangent]


@program
def forward_mode_unpack_outside_of_a_level(t):
    return forward_ad(t).unpack_dual(t.ones(1))


@refused
def forward_mode_make_dual_outside_of_a_level(t):
    forward_ad(t).make_dual(t.ones(1), t.ones(1))


@refused
def forward_mode_nested_levels(t):
    fwAD = forward_ad(t)
    with fwAD.dual_level():
        with fwAD.dual_level():
            pass


@refused
def forward_mode_shapes_differ(t):
    fwAD = forward_ad(t)
    with fwAD.dual_level():
        fwAD.make_dual(t.ones(2), t.ones(3))


@program
def forward_mode_of_integers(t):
    fwAD = forward_ad(t)
    with fwAD.dual_level():
        fwAD.make_dual(t.ones(2, dtype=t.int64), t.ones(2, dtype=t.int64))


@refused
def forward_mode_dual_of_a_dual(t):
    fwAD = forward_ad(t)
    with fwAD.dual_level():
        d = fwAD.make_dual(t.ones(2), t.ones(2))
        fwAD.make_dual(d, t.ones(2)).detach()
        fwAD.make_dual(t.ones(2), d)


@program
def forward_mode_with_modules(t):
    fwAD = forward_ad(t)
    model = t.nn.Linear(2, 2)
    with t.no_grad():
        model.weight.copy_(t.tensor([[1.0, 2.0], [3.0, 4.0]]))
        model.bias.fill_(1.0)
    x = t.ones(3, 2)
    params = {name: p for name, p in model.named_parameters()}
    tangents = {name: t.ones_like(p) for name, p in params.items()}
    with fwAD.dual_level():
        for name, p in params.items():
            delattr(model, name)
            setattr(model, name, fwAD.make_dual(p, tangents[name]))
        out = model(x)
        jvp = fwAD.unpack_dual(out).tangent
    return t.func.functional_call(t.nn.Linear(2, 2), params, (x,)), jvp


@program
def forward_mode_with_functional_call(t):
    fwAD = forward_ad(t)
    model = t.nn.Linear(2, 2)
    params = {"weight": t.tensor([[1.0, 2.0], [3.0, 4.0]]), "bias": t.ones(2)}
    with fwAD.dual_level():
        duals = {name: fwAD.make_dual(p, t.ones_like(p)) for name, p in params.items()}
        out = t.func.functional_call(model, duals, (t.ones(3, 2),))
        return fwAD.unpack_dual(out).tangent


@program
def forward_mode_custom_function(t):
    fwAD = forward_ad(t)
    log = []

    class Fn(t.autograd.Function):
        @staticmethod
        def forward(ctx, foo):
            result = t.exp(foo)
            ctx.result = result
            return result

        @staticmethod
        def jvp(ctx, gI):
            log.append("jvp")
            gO = gI * ctx.result
            del ctx.result
            return gO

    fn = Fn.apply
    primal = t.tensor([0.1, 0.2], dtype=t.double, requires_grad=True)
    with fwAD.dual_level():
        dual = fwAD.make_dual(primal, t.ones(2, dtype=t.double))
        out = fwAD.unpack_dual(fn(dual)).tangent
    return [out.detach(), log]


@program
def forward_mode_functional_api(t):
    def f(x, y):
        return (x * y).sin()

    x, y = t.tensor([1.0, 2.0]), t.tensor([3.0, 4.0])
    return t.func.jvp(f, (x, y), (t.ones(2), t.zeros(2))), t.func.jacfwd(f, argnums=(0, 1))(x, y)


@program
def forward_mode_views_and_in_place(t):
    fwAD = forward_ad(t)
    with fwAD.dual_level():
        d = fwAD.make_dual(t.tensor([1.0, 2.0, 3.0]), t.tensor([1.0, 10.0, 100.0]))
        view = d[1:]
        view.mul_(2)
        base = t.zeros(3)
        base[:2] = d[:2]
        return [fwAD.unpack_dual(d), fwAD.unpack_dual(view), fwAD.unpack_dual(base), fwAD.unpack_dual(d.detach())]


@program
def forward_mode_in_no_grad(t):
    fwAD = forward_ad(t)
    with fwAD.dual_level():
        with t.no_grad():
            d = fwAD.make_dual(t.tensor([1.0, 2.0]), t.ones(2))
            return fwAD.unpack_dual(d * d)


@program
def forward_over_reverse(t):
    fwAD = forward_ad(t)
    with fwAD.dual_level():
        x = t.tensor([1.0, 2.0], requires_grad=True)
        d = fwAD.make_dual(x, t.tensor([1.0, 0.0]))
        (g,) = t.autograd.grad((d**3).sum(), x)
        return fwAD.unpack_dual(g)


@program
def reverse_over_forward(t):
    fwAD = forward_ad(t)
    x = t.tensor([1.0, 2.0], requires_grad=True)
    v = t.tensor([1.0, 0.5], requires_grad=True)
    with fwAD.dual_level():
        tangent = fwAD.unpack_dual(fwAD.make_dual(x, v) ** 3).tangent
        tangent.sum().backward()
    return [x.grad, v.grad]


# ------------------------------------------------------------------------ double backward with custom functions


@program
def saving_the_inputs(t):
    class Square(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**2

        @staticmethod
        def backward(ctx, grad_out):
            (x,) = ctx.saved_tensors
            return grad_out * 2 * x

    x = t.tensor([1.0, 2.0], requires_grad=True, dtype=t.double)
    (g,) = t.autograd.grad(Square.apply(x).sum(), x, create_graph=True)
    return [g, t.autograd.grad(g.sum(), x), t.autograd.gradgradcheck(Square.apply, x)]


@program
def saving_the_outputs(t):
    class Exp(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            result = t.exp(x)
            ctx.save_for_backward(result)
            return result

        @staticmethod
        def backward(ctx, grad_out):
            (result,) = ctx.saved_tensors
            return result * grad_out

    x = t.tensor([1.0, 2.0], requires_grad=True, dtype=t.double)
    (g,) = t.autograd.grad(Exp.apply(x).sum(), x, create_graph=True)
    return [g, t.autograd.grad(g.sum(), x), t.autograd.gradgradcheck(Exp.apply, x)]


@program
def saving_intermediate_results(t):
    class Sinh(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            expx = t.exp(x)
            expnegx = t.exp(-x)
            ctx.save_for_backward(expx, expnegx)
            return (expx - expnegx) / 2, expx, expnegx

        @staticmethod
        def backward(ctx, grad_out, _grad_out_exp, _grad_out_negexp):
            expx, expnegx = ctx.saved_tensors
            grad_input = grad_out * (expx + expnegx) / 2
            grad_input += _grad_out_exp * expx
            grad_input -= _grad_out_negexp * expnegx
            return grad_input

    def sinh(x):
        return Sinh.apply(x)[0]

    x = t.tensor([1.0, 2.0], requires_grad=True, dtype=t.double)
    return [t.autograd.gradcheck(sinh, x), t.autograd.gradgradcheck(sinh, x)]


@program
def saving_intermediate_results_not_to_do(t):
    class SinhBad(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            expx = t.exp(x)
            expnegx = t.exp(-x)
            ctx.expx = expx
            ctx.expnegx = expnegx
            return (expx - expnegx) / 2

        @staticmethod
        def backward(ctx, grad_out):
            return grad_out * (ctx.expx + ctx.expnegx) / 2

    x = t.tensor([1.0, 2.0], requires_grad=True, dtype=t.double)
    (g,) = t.autograd.grad(SinhBad.apply(x).sum(), x, create_graph=True)
    return [g, g.requires_grad, t.autograd.grad(g.sum(), x, allow_unused=True)]


@program
def backward_of_another_library(t):
    import numpy

    class Cube(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return t.from_numpy(x.detach().numpy() ** 3)

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return CubeBackward.apply(g, x)

    class CubeBackward(t.autograd.Function):
        @staticmethod
        def forward(ctx, g, x):
            ctx.save_for_backward(x, g)
            return t.from_numpy(numpy.asarray(g.detach().numpy() * 3 * x.detach().numpy() ** 2))

        @staticmethod
        def backward(ctx, gg):
            x, g = ctx.saved_tensors
            return gg * 3 * x**2, gg * g * 6 * x

    x = t.tensor([1.0, 2.0], requires_grad=True, dtype=t.double)
    return [t.autograd.gradcheck(Cube.apply, x), t.autograd.gradgradcheck(Cube.apply, x)]


# ------------------------------------------------------------------------ fusing convolution and batch norm


@program
def fused_convolution_and_norm(t):
    F = t.nn.functional

    def unsqueeze_all(v):
        return v[None, :, None, None]

    def convolution_backward(grad_out, X, weight):
        grad_input = F.conv2d(X.transpose(0, 1), grad_out.transpose(0, 1)).transpose(0, 1)
        grad_X = F.conv_transpose2d(grad_out, weight) if hasattr(F, "conv_transpose2d") else None
        return grad_X, grad_input

    class FusedConvBN2DFunction(t.autograd.Function):
        @staticmethod
        def forward(ctx, X, conv_weight, eps=1e-3):
            ctx.save_for_backward(X, conv_weight)
            X = F.conv2d(X, conv_weight)
            sum = X.sum(dim=(0, 2, 3))
            var = X.var(unbiased=True, dim=(0, 2, 3))
            N = X.numel() / X.size(1)
            sqrt_var = t.sqrt(var)
            ctx.eps, ctx.sum, ctx.N, ctx.sqrt_var = eps, sum, N, sqrt_var
            mean = sum / N
            denom = sqrt_var + eps
            out = X - unsqueeze_all(mean)
            out /= unsqueeze_all(denom)
            return out

        @staticmethod
        @t.autograd.function.once_differentiable
        def backward(ctx, grad_out):
            X, conv_weight = ctx.saved_tensors
            X_conv_out = F.conv2d(X, conv_weight)
            tmp = ((X_conv_out - unsqueeze_all(ctx.sum) / ctx.N) * grad_out).sum(dim=(0, 2, 3))
            tmp *= -1
            denom = ctx.sqrt_var + ctx.eps
            d_denom = tmp / denom**2
            d_var = d_denom / (2 * ctx.sqrt_var)
            d_mean_dx = grad_out / unsqueeze_all(denom)
            d_mean_dx -= unsqueeze_all(d_mean_dx.sum(dim=(0, 2, 3)) / ctx.N)
            grad_input = X_conv_out * unsqueeze_all(d_var * 2 / (ctx.N - 1))
            grad_input += unsqueeze_all(-d_var * 2 / (ctx.N - 1) * ctx.sum / ctx.N)
            grad_input += d_mean_dx
            _, weight = convolution_backward(grad_input, X, conv_weight)
            return None, weight, None

    t.manual_seed(0)
    weight = (t.arange(3 * 3 * 2 * 2.0, dtype=t.float64) * 0.7).sin().reshape(3, 3, 2, 2).requires_grad_()
    X = (t.arange(2 * 3 * 4 * 4.0, dtype=t.float64) * 0.3).sin().reshape(2, 3, 4, 4)
    out = FusedConvBN2DFunction.apply(X, weight)
    (g,) = t.autograd.grad((out * t.arange(out.numel() * 1.0).reshape(out.shape)).sum(), weight)
    return [out, g, t.autograd.gradcheck(FusedConvBN2DFunction.apply, (X, weight))]


# ------------------------------------------------------------------------ extending


@program
def linear_function(t):
    class LinearFunction(t.autograd.Function):
        @staticmethod
        def forward(input, weight, bias):
            output = input.mm(weight.t())
            if bias is not None:
                output += bias.unsqueeze(0).expand_as(output)
            return output

        @staticmethod
        def setup_context(ctx, inputs, output):
            input, weight, bias = inputs
            ctx.save_for_backward(input, weight, bias)

        @staticmethod
        def backward(ctx, grad_output):
            input, weight, bias = ctx.saved_tensors
            grad_input = grad_weight = grad_bias = None
            if ctx.needs_input_grad[0]:
                grad_input = grad_output.mm(weight)
            if ctx.needs_input_grad[1]:
                grad_weight = grad_output.t().mm(input)
            if bias is not None and ctx.needs_input_grad[2]:
                grad_bias = grad_output.sum(0)
            return grad_input, grad_weight, grad_bias

    class Linear(t.nn.Module):
        def __init__(self, input_features, output_features, bias=True):
            super().__init__()
            self.weight = t.nn.Parameter(t.ones(output_features, input_features))
            if bias:
                self.bias = t.nn.Parameter(t.zeros(output_features))
            else:
                self.register_parameter("bias", None)

        def forward(self, input):
            return LinearFunction.apply(input, self.weight, self.bias)

        def extra_repr(self):
            return f"bias={self.bias is not None}"

    results = []
    for bias in (True, False):
        m = Linear(3, 2, bias)
        x = t.arange(6.0).reshape(2, 3).requires_grad_()
        m(x).sum().backward()
        results.append([x.grad, {n: p.grad for n, p in m.named_parameters()}, repr(m)])
    gradcheck = t.autograd.gradcheck(
        LinearFunction.apply,
        (
            t.ones(4, 3, dtype=t.double, requires_grad=True),
            t.ones(2, 3, dtype=t.double, requires_grad=True),
            None,
        ),
    )
    return [results, gradcheck]


@program
def non_tensor_arguments(t):
    class MulConstant(t.autograd.Function):
        @staticmethod
        def forward(tensor, constant):
            return tensor * constant

        @staticmethod
        def setup_context(ctx, inputs, output):
            tensor, constant = inputs
            ctx.constant = constant

        @staticmethod
        def backward(ctx, grad_output):
            return grad_output * ctx.constant, None

    class Unmaterialized(MulConstant):
        @staticmethod
        def setup_context(ctx, inputs, output):
            tensor, constant = inputs
            ctx.set_materialize_grads(False)
            ctx.constant = constant

        @staticmethod
        def backward(ctx, grad_output):
            if grad_output is None:
                return None, None
            return grad_output * ctx.constant, None

    x = leaf(t, 1.0, 2.0)
    MulConstant.apply(x, 5).sum().backward()
    Unmaterialized.apply(x, 5).sum().backward()
    return x.grad


@program
def saved_in_setup_context(t):
    class MyCube(t.autograd.Function):
        @staticmethod
        def forward(x):
            dx = 3 * x**2
            result = x**3
            return result, dx

        @staticmethod
        def setup_context(ctx, inputs, output):
            (x,) = inputs
            result, dx = output
            ctx.save_for_backward(x, dx)

        @staticmethod
        def backward(ctx, grad_output, grad_dx):
            x, dx = ctx.saved_tensors
            return grad_output * dx + grad_dx * 6 * x

    x = t.tensor([1.0, 2.0], dtype=t.double, requires_grad=True)
    return [t.autograd.gradcheck(MyCube.apply, x), t.autograd.gradgradcheck(MyCube.apply, x)]


@program
def numpy_sort_with_vmap(t):
    class NumpySort(t.autograd.Function):
        @staticmethod
        def forward(x, dim):
            values, places = x.sort(dim=dim)
            return values, places

        @staticmethod
        def setup_context(ctx, inputs, output):
            x, dim = inputs
            _, ind = output
            ctx.mark_non_differentiable(ind)
            ctx.save_for_backward(ind)
            ctx.dim = dim

        @staticmethod
        def backward(ctx, grad_output, _0):
            (ind,) = ctx.saved_tensors
            return t.zeros_like(grad_output).scatter(ctx.dim, ind, grad_output), None

        @staticmethod
        def vmap(info, in_dims, x, dim):
            x_bdim, _ = in_dims
            x = x.movedim(x_bdim, 0)
            dim = dim if dim >= 0 else dim + x.dim() - 1
            return NumpySort.apply(x, dim + 1), (0, 0)

    x = t.tensor([[3.0, 1.0, 2.0], [0.5, 5.0, 4.0]])
    f = lambda v: (NumpySort.apply(v, -1)[0] * t.tensor([1.0, 10.0, 100.0])).sum()  # noqa: E731
    return [t.vmap(lambda v: NumpySort.apply(v, 0))(x), t.vmap(t.func.grad(f))(x), t.func.grad(f)(x)]


@pytest.mark.parametrize("program", programs_of(globals()), ids=lambda f: f.__name__)
def test_program(program):
    check(program, torch)


@pytest.mark.parametrize("program", refusals_of(globals()), ids=lambda f: f.__name__)
def test_refused(program):
    check_refused(program, torch)
