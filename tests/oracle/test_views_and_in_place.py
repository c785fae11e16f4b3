"""Views and in-place changes: the documented rules, and every forbidden case, as in PyTorch."""

import pytest

from .programs import check, program, programs_of

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle


def inf(x):
    return [x.is_inference(), x.requires_grad]


@program
def unbind_inplace(t):
    x = t.ones(2, 3, requires_grad=True)
    y = x * 2
    a, b = y.unbind(0)
    a.mul_(3)


@program
def unbind_names(t):
    x = t.ones(2, 3, requires_grad=True)
    y = x * 2
    a, b = y.unbind(0)
    return [a.grad_fn.name(), b.output_nr, a._is_view(), a._base is y]


@program
def split_inplace(t):
    x = t.ones(6, requires_grad=True)
    y = x * 2
    a, b, c = y.split(2)
    b.add_(1)


@program
def chunk_inplace(t):
    x = t.ones(6, requires_grad=True)
    y = x * 2
    a, b, c = y.chunk(3)
    b.add_(1)


@program
def split_inplace_base(t):
    x = t.ones(6, requires_grad=True)
    y = x * 2
    a, b, c = y.split(2)
    y.mul_(3)
    return [a, a.grad_fn.name()]


@program
def split_inplace_base_bw(t):
    x = t.ones(6, requires_grad=True)
    y = x * 2
    a, b, c = y.split(2)
    y.mul_(3)
    y.sum().backward()
    return x.grad


@program
def split_nograd_leaf(t):
    x = t.ones(6)
    a, b, c = x.split(2)
    w = t.ones(2, requires_grad=True)
    a.mul_(w)
    return x


@program
def split_nogradmode_inplace(t):
    x = t.ones(6, requires_grad=True)
    y = x * 2
    a, b, c = y.split(2)
    with t.no_grad():
        a.mul_(3)
    y.sum().backward()
    return [x.grad, y]


@program
def unbind_bw(t):
    x = t.arange(6.0).reshape(2, 3).requires_grad_()
    a, b = x.unbind(0)
    (a * 2).sum().backward()
    return x.grad


@program
def unbind_dd(t):
    x = t.arange(6.0).reshape(2, 3).requires_grad_()
    a, b = x.unbind(0)
    (g,) = t.autograd.grad((a**3).sum(), x, create_graph=True)
    g.sum().backward()
    return x.grad


@program
def nograd_view_inplace(t):
    x = t.ones(6, requires_grad=True)
    y = x * 2
    with t.no_grad():
        v = y[:2]
    v.mul_(2)


@program
def nograd_view_inplace2(t):
    x = t.ones(6, requires_grad=True)
    with t.no_grad():
        v = x[:2]
        v.mul_(2)
    return [x, v.requires_grad, v.is_leaf]


@program
def nograd_view_base_inplace(t):
    x = t.ones(6)
    with t.no_grad():
        v = x[:2]
    w = t.ones(6, requires_grad=True)
    x.mul_(w)
    return [v.requires_grad, v.grad_fn is None]


@program
def nograd_view_grad_fn(t):
    x = t.ones(6)
    with t.no_grad():
        v = x[:2]
    w = t.ones(6, requires_grad=True)
    x.mul_(w)
    return [v.grad_fn.name()]


@program
def leaf_view_inplace(t):
    x = t.ones(6, requires_grad=True)
    x[:2].mul_(2)


@program
def leaf_inplace(t):
    x = t.ones(6, requires_grad=True)
    x.mul_(2)


@program
def view_req_grad(t):
    x = t.ones(6)
    v = x[:3]
    v.requires_grad_()
    return [v.is_leaf, x.requires_grad, v.requires_grad]


@program
def view_req_grad_inplace(t):
    x = t.ones(6)
    v = x[:3]
    v.requires_grad_()
    v.mul_(2)


@program
def view_req_grad_base_inplace(t):
    x = t.ones(6)
    v = x[:3]
    v.requires_grad_()
    x.mul_(2)
    return [v, v.requires_grad, v.is_leaf]


@program
def view_req_grad_base_inplace_grad(t):
    x = t.ones(6)
    v = x[:3]
    v.requires_grad_()
    w = t.ones(6, requires_grad=True)
    x.mul_(w)
    return [v.requires_grad, v.is_leaf, v.grad_fn is None]


@program
def view_req_false(t):
    x = t.ones(6, requires_grad=True)
    v = x[:3]
    v.requires_grad_(False)


@program
def detach_inplace(t):
    x = t.ones(3, requires_grad=True)
    y = x.exp()
    y.detach().mul_(2)
    y.sum().backward()


@program
def detach_version(t):
    x = t.ones(3, requires_grad=True)
    y = x * 2
    d = y.detach()
    d.mul_(2)
    return [y._version, d._version, d._is_view(), y]


@program
def detach_view_grad(t):
    x = t.ones(3)
    d = x.detach()
    w = t.ones(3, requires_grad=True)
    d.mul_(w)
    return [x.requires_grad, d.requires_grad, x, d._base is x]


@program
def detach_inplace_method(t):
    x = t.ones(3, requires_grad=True)
    y = x * 2
    y.detach_()
    return [y.requires_grad, y.is_leaf, y.grad_fn is None]


@program
def detach_view(t):
    x = t.ones(3, requires_grad=True)
    y = x * 2
    v = y[:1]
    v.detach_()


@program
def detach_resize(t):
    x = t.ones(3, requires_grad=True)
    y = x.detach()
    y.requires_grad_()
    (y * 2).sum().backward()
    return [y.grad, x.grad]


@program
def data_inplace(t):
    x = t.ones(3, requires_grad=True)
    y = x.exp()
    y.data.mul_(2)
    y.sum().backward()
    return [x.grad, y._version]


@program
def data_set(t):
    x = t.ones(3, requires_grad=True)
    x.data = t.zeros(2)
    return [x, x.requires_grad, x.is_leaf]


@program
def data_set_dtype(t):
    x = t.ones(3, requires_grad=True)
    x.data = t.zeros(2, dtype=t.float64)
    return [x, x.dtype == t.float64]


@program
def data_set_int(t):
    x = t.ones(3, requires_grad=True)
    x.data = t.zeros(2, dtype=t.int64)


@program
def data_set_nontensor(t):
    x = t.ones(3, requires_grad=True)
    x.data = [1, 2]


@program
def data_of_view(t):
    x = t.ones(3)
    v = x[1:]
    v.data.fill_(5)
    return [x, x._version]


@program
def set_tensor(t):
    x = t.ones(3)
    y = t.zeros(2)
    x.set_(y)
    x[0] = 5
    return [x, y, x.untyped_storage().data_ptr() == y.untyped_storage().data_ptr()]


@program
def set_storage(t):
    x = t.ones(3)
    y = t.arange(6.0)
    x.set_(y.untyped_storage(), 1, (2, 2), (2, 1))
    return [x]


@program
def set_empty(t):
    x = t.ones(3)
    x.set_()
    return [x.numel(), tuple(x.shape)]


@program
def set_source_size(t):
    x = t.ones(3)
    y = t.arange(6.0)
    x.set_(y, 2, (2,))
    return [x]


@program
def set_leaf(t):
    x = t.ones(3, requires_grad=True)
    x.set_(t.zeros(3))


@program
def set_leaf_nograd(t):
    x = t.ones(3, requires_grad=True)
    with t.no_grad():
        x.set_(t.zeros(2))
    return [x, x.requires_grad, x._version]


@program
def set_nonleaf(t):
    x = t.ones(3, requires_grad=True)
    y = x * 2
    y.set_(t.zeros(3))
    return [y.requires_grad, y.grad_fn is None]


@program
def set_src_grad(t):
    x = t.ones(3, requires_grad=True)
    y = t.zeros(3)
    y.set_(x * 2)
    return [y.requires_grad]


@program
def set_dtype(t):
    t.ones(3).set_(t.zeros(3, dtype=t.int64))


@program
def set_saved(t):
    x = t.ones(3, requires_grad=True)
    y = x.exp()
    with t.no_grad():
        y.set_(t.zeros(3))
    y.sum().backward()
    return x.grad


@program
def set_saved_in(t):
    x = t.ones(3, requires_grad=True)
    w = t.ones(3)
    y = x * w
    w.set_(t.zeros(3))
    y.sum().backward()
    return x.grad


@program
def inference_basic(t):
    x = t.ones(3, requires_grad=True)
    with t.inference_mode():
        y = x * 2
        z = t.ones(2)
        v = x[:1]
        w = t.ones(2, requires_grad=True)
    return [inf(y), inf(z), inf(v), inf(w), v._is_view()]


@program
def inference_save(t):
    with t.inference_mode():
        y = t.ones(3)
    x = t.ones(3, requires_grad=True)
    return x * y


@program
def inference_nosave(t):
    with t.inference_mode():
        y = t.ones(3)
    x = t.ones(3, requires_grad=True)
    z = x + y
    z.sum().backward()
    return x.grad


@program
def inference_inplace_out(t):
    with t.inference_mode():
        y = t.ones(3)
    y.add_(1)


@program
def inference_inplace_in(t):
    x = t.ones(3)
    with t.inference_mode():
        x.add_(1)
    return [x, x._version]


@program
def inference_leaf_inplace_in(t):
    x = t.ones(3, requires_grad=True)
    with t.inference_mode():
        x.add_(1)
    return [x, x._version]


@program
def inference_saved_mod(t):
    x = t.ones(3, requires_grad=True)
    y = x.exp()
    with t.inference_mode():
        y.add_(1)
    y.sum().backward()


@program
def inference_view_normal_inplace(t):
    x = t.ones(3, requires_grad=True)
    y = x * 2
    with t.inference_mode():
        v = y[:1]
    v.add_(1)


@program
def inference_view_nograd(t):
    y = t.ones(3)
    with t.inference_mode():
        v = y[:1]
    v.add_(1)
    return [y, v.is_inference()]


@program
def inference_req(t):
    with t.inference_mode():
        y = t.ones(3)
    y.requires_grad_()


@program
def inference_req_in(t):
    with t.inference_mode():
        y = t.ones(3)
        y.requires_grad_()
        return y.requires_grad


@program
def inference_version(t):
    with t.inference_mode():
        y = t.ones(3)
    return y._version


@program
def inference_view_of_inf(t):
    with t.inference_mode():
        y = t.ones(3)
    v = y[:1]
    return [v.is_inference(), v._is_view()]


@program
def inference_view_of_inf_inplace(t):
    with t.inference_mode():
        y = t.ones(3)
    v = y[:1]
    v.add_(1)


@program
def inference_clone(t):
    with t.inference_mode():
        y = t.ones(3)
    z = y.clone()
    z.requires_grad_()
    (z * z).sum().backward()
    return [z.grad, z.is_inference()]


@program
def inference_backward(t):
    x = t.ones(3, requires_grad=True)
    with t.inference_mode():
        y = (x * 2).sum()
    y.backward()


@program
def inference_mode_false(t):
    x = t.ones(3, requires_grad=True)
    with t.inference_mode():
        with t.inference_mode(False):
            y = x * 2
    return inf(y)


@program
def inference_grad_enable(t):
    x = t.ones(3, requires_grad=True)
    with t.inference_mode():
        with t.enable_grad():
            y = x * 2
    return inf(y)


@program
def inference_detach(t):
    with t.inference_mode():
        y = t.ones(3)
    return y.detach().is_inference()


@program
def inference_out(t):
    with t.inference_mode():
        y = t.ones(3)
    t.add(t.ones(3), 1, out=y)


@program
def inference_into_normal(t):
    x = t.ones(3)
    with t.inference_mode():
        y = t.ones(3)
    x.add_(y)
    x.copy_(y)
    return x


@program
def inference_to_recorded(t):
    with t.inference_mode():
        y = t.ones(3)
    x = t.ones(3, requires_grad=True)
    z = t.zeros(3)
    z.copy_(y)
    return (z * x).sum()


@program
def inference_data(t):
    with t.inference_mode():
        y = t.ones(3)
    x = t.ones(3)
    x.data = y
    return [x.is_inference()]


@program
def inplace_saved_view(t):
    x = t.ones(4, requires_grad=True)
    y = x * 2
    z = y.exp()
    v = z[1:]
    v.mul_(2)
    z.sum().backward()


@program
def as_strided_inplace(t):
    x = t.ones(4, requires_grad=True)
    y = x * 2
    v = y.as_strided((2,), (2,))
    v.mul_(5)
    y.sum().backward()
    return [x.grad, y]


@program
def expand_inplace(t):
    x = t.ones(1, requires_grad=True)
    y = (x * 2).expand(3)
    y.add_(1)


@program
def inplace_view_t(t):
    x = t.arange(6.0).reshape(2, 3).requires_grad_()
    y = x * 1
    y.t_()
    y.sum().backward()
    return [y, x.grad]


@program
def inplace_squeeze(t):
    x = t.arange(6.0).reshape(2, 3, 1).requires_grad_()
    y = x * 1
    y.squeeze_()
    (y * y).sum().backward()
    return [y, x.grad]


@program
def inplace_unsqueeze(t):
    x = t.arange(6.0).requires_grad_()
    y = x * 1
    y.unsqueeze_(0)
    y.transpose_(0, 1)
    (y * y).sum().backward()
    return [y, x.grad]


@program
def inplace_t_leaf(t):
    x = t.arange(6.0).reshape(2, 3).requires_grad_()
    x.t_()


@program
def inplace_resize(t):
    x = t.ones(3)
    x.resize_(2, 2)
    return tuple(x.shape)


@program
def inplace_resize_grad(t):
    x = t.ones(4, requires_grad=True)
    y = x * 1
    y.resize_(2, 2)


@program
def retain_grad_view_inplace(t):
    x = t.ones(3, requires_grad=True)
    y = x * 2
    y.retain_grad()
    v = y[:1]
    v.mul_(3)
    y.sum().backward()
    return [y.grad, x.grad]


@program
def grad_of_view_after_inplace(t):
    x = t.ones(3, requires_grad=True)
    y = x * 2
    v = y[:1]
    y.mul_(3)
    return [t.autograd.grad((v * 5).sum(), [y, x], allow_unused=True)]


@program
def split_names(t):
    x = t.ones(6, requires_grad=True)
    y = x * 2
    return [[v.grad_fn.name(), v.output_nr] for v in [*y.split(2), *y.split([1, 5]), *y.chunk(2)]]


@program
def chain_of_views_in_place(t):
    x = t.ones(4, requires_grad=True)
    y = x * 2
    v = y[1:]
    u = v[1:]
    u.mul_(3)
    v.add_(1)
    y.sum().backward()
    return [x.grad, y, v, u]


@program
def copy_into_slice(t):
    x = t.ones(4, requires_grad=True)
    y = t.zeros(4)
    y[1:3] = x[:2] * 3
    y.sum().backward()
    return [x.grad, y.is_leaf]


@program
def view_outlives_base_name(t):
    x = t.ones(4, requires_grad=True)
    y = x * 2
    v = y[:2]
    del y
    v.mul_(3)
    v.sum().backward()
    return [x.grad]


@pytest.mark.parametrize("function", programs_of(globals()), ids=lambda f: f.__name__)
def test_same(function):
    check(function, torch)
