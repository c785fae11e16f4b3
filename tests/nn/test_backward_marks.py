"""Full backward hooks as marks on the edges of the graph: in-place modules, views, several tensors."""

import pytest

import wengert
from wengert import nn


class Seen:
    """A full backward hook and pre-hook that note what they are given."""

    def __init__(self, module):
        self.calls = []
        module.register_full_backward_pre_hook(lambda m, grads: self.calls.append(("before", grads)))
        module.register_full_backward_hook(lambda m, inputs, outputs: self.calls.append((inputs, outputs)))

    def lists(self):
        return [
            tuple([one if isinstance(one, str) else [None if g is None else g.tolist() for g in one] for one in call])
            for call in self.calls
        ]


def test_a_module_that_works_in_place_is_hooked():
    x = wengert.tensor([-1.0, 2.0, 3.0], requires_grad=True)
    relu = nn.ReLU(inplace=True)
    seen = Seen(relu)
    h = x * 2
    y = relu(h)
    (y * wengert.tensor([1.0, 10.0, 100.0])).sum().backward()
    assert h.tolist() == [0.0, 4.0, 6.0]
    assert x.grad.tolist() == [0.0, 20.0, 200.0]
    assert seen.lists() == [("before", [[1.0, 10.0, 100.0]]), ([[0.0, 10.0, 100.0]], [[1.0, 10.0, 100.0]])]


def test_an_in_place_module_inside_a_hooked_one():
    net = nn.Sequential(nn.ReLU(inplace=True), nn.Flatten(0), nn.Tanh())
    seen = [Seen(module) for module in net.modules()]
    plain = nn.Sequential(nn.ReLU(), nn.Flatten(0), nn.Tanh())
    gradients = []
    for one in (net, plain):
        x = wengert.tensor([[-1.0, 0.5]], requires_grad=True)
        one(x * 1).sum().backward()
        gradients.append(x.grad.tolist())
    assert gradients[0] == gradients[1]
    assert [len(one.calls) for one in seen] == [2, 2, 2, 2]


def test_a_module_that_returns_a_view_is_hooked_and_the_view_may_be_changed():
    x = wengert.arange(6.0).requires_grad_()
    flatten, relu = nn.Flatten(0), nn.ReLU(inplace=True)
    seen, changed = Seen(flatten), Seen(relu)
    base = (x - 2.5).reshape(2, 3) * 1
    y = relu(flatten(base))
    (y * 3.0).sum().backward()
    assert base.tolist() == [[0.0, 0.0, 0.0], [0.5, 1.5, 2.5]]
    assert x.grad.tolist() == [0.0, 0.0, 0.0, 3.0, 3.0, 3.0]
    assert changed.lists()[-1] == ([[0.0, 0.0, 0.0, 3.0, 3.0, 3.0]], [[3.0] * 6])
    assert seen.lists()[-1] == ([[[0.0, 0.0, 0.0], [3.0, 3.0, 3.0]]], [[0.0, 0.0, 0.0, 3.0, 3.0, 3.0]])


def test_a_view_as_the_argument_of_an_in_place_module():
    x = wengert.ones(2, 2).requires_grad_()
    base = x * wengert.tensor([[1.0, -1.0], [2.0, -2.0]])
    relu = nn.ReLU(inplace=True)
    seen = Seen(relu)
    relu(base[:, 1])
    (base * 5).sum().backward()
    assert base.tolist() == [[1.0, 0.0], [2.0, 0.0]]
    assert x.grad.tolist() == [[5.0, 0.0], [10.0, 0.0]]
    assert seen.calls == []  # nothing flowed through what the module returned


def test_what_flows_past_the_module_is_not_its_own():
    tanh, identity = nn.Tanh(), nn.Identity()
    for module in (tanh, identity):
        seen = Seen(module)
        x = wengert.zeros(2, requires_grad=True)
        h = x * 1
        (module(h) + h).sum().backward()
        assert seen.lists() == [("before", [[1.0, 1.0]]), ([[1.0, 1.0]], [[1.0, 1.0]])]
        assert x.grad.tolist() == [2.0, 2.0]


class Several(nn.Module):
    def forward(self, a, b, name, scale=None):
        return a * 2, b * 3, a.detach(), name


def test_several_tensors_with_zeros_for_what_got_none():
    module = Several()
    seen = Seen(module)
    a, b = wengert.ones(2, requires_grad=True), wengert.ones(2)
    module(a, b, "name")[0].sum().backward()
    assert seen.lists() == [
        ("before", [[1.0, 1.0], None, None, None]), ([[2.0, 2.0], [0.0, 0.0], None], [[1.0, 1.0], None, None, None])
    ]  # fmt: skip
    b.requires_grad_()
    module(a, b, "name")[0].sum().backward()
    assert b.grad.tolist() == [0.0, 0.0]


def test_hooks_replace_gradients():
    module = nn.Tanh()
    module.register_full_backward_pre_hook(lambda m, outputs: (outputs[0] * 10,))
    module.register_full_backward_hook(lambda m, inputs, outputs: (inputs[0] + 1,))
    module.register_full_backward_hook(lambda m, inputs, outputs: (inputs[0] * 2,), prepend=True)
    x = wengert.zeros(2, requires_grad=True)
    module(x).sum().backward()
    assert x.grad.tolist() == [21.0, 21.0]


@pytest.mark.parametrize(
    ("register", "returned", "said"),
    [
        ("register_full_backward_hook", (wengert.ones(2), None), "invalid number of grad_input, got 2, but expected 1"),
        ("register_full_backward_pre_hook", (wengert.ones(2),) * 3, "invalid number of grad_output, got 3, but expect"),
        ("register_full_backward_hook", (wengert.ones(3),), "has changed the size of value"),
    ],
)
def test_a_wrong_return_value_is_refused(register, returned, said):
    module = nn.Tanh()
    getattr(module, register)(lambda *given: returned)
    x = wengert.zeros(2, requires_grad=True)
    with pytest.raises(RuntimeError, match=said):
        module(x).sum().backward()
    assert x.grad is None


def test_no_input_requires_a_gradient():
    module = nn.Linear(2, 1)
    seen = Seen(module)
    with pytest.warns(UserWarning, match="no inputs require gradients"):
        module(wengert.ones(1, 2)).sum().backward()
    assert seen.lists() == [("before", [[[1.0]]]), ([None], [[[1.0]]])]
    module.register_full_backward_hook(lambda m, inputs, outputs: (wengert.ones(1, 2),))
    with pytest.warns(UserWarning), pytest.raises(RuntimeError, match="should always return None"):
        module(wengert.ones(1, 2)).sum().backward()


def test_an_output_that_is_no_tensor_warns():
    class Lists(nn.Module):
        def forward(self, x):
            return [x * 2]

    module = Lists()
    seen = Seen(module)
    x = wengert.ones(2, requires_grad=True)
    with pytest.warns(UserWarning, match="module output should be a Tensor or a tuple of Tensors"):
        module(x)[0].sum().backward()
    assert seen.calls == [] and x.grad.tolist() == [2.0, 2.0]


def test_second_derivatives_pass_the_marks():
    module = nn.Tanh()
    seen = Seen(module)
    x = wengert.full((1,), 0.5, dtype=wengert.float64, requires_grad=True)
    (g,) = wengert.autograd.grad(module(x).sum(), x, create_graph=True)
    g.sum().backward()
    y = wengert.tanh(x.detach())
    assert x.grad.item() == pytest.approx((-2 * y * (1 - y * y)).item(), rel=1e-14)
    assert len(seen.calls) == 2


def test_marks_in_transforms():
    module = nn.Tanh()
    seen = Seen(module)
    x = wengert.tensor([[0.0, 1.0], [2.0, 3.0]])
    expected = 1 - wengert.tanh(x) ** 2
    assert wengert.allclose(wengert.func.grad(lambda x: module(x).sum())(x), expected)
    assert wengert.allclose(wengert.vmap(wengert.func.grad(lambda x: module(x).sum()))(x), expected)
    assert wengert.allclose(wengert.func.jvp(module, (x,), (wengert.ones(2, 2),))[1], expected)
    assert len(seen.calls) == 4


def test_all_modules_at_once():
    net = nn.Sequential(nn.Linear(2, 2), nn.Tanh())
    names = []
    with (
        nn.modules.module.register_module_full_backward_hook(lambda m, i, o: names.append(type(m).__name__)),
        nn.modules.module.register_module_full_backward_pre_hook(lambda m, o: names.append("before")),
    ):
        net(wengert.ones(1, 2, requires_grad=True)).sum().backward()
    assert names == ["before", "before", "Tanh", "before", "Linear", "Sequential"]
    net(wengert.ones(1, 2, requires_grad=True)).sum().backward()
    assert len(names) == 6


def test_the_older_kind_of_hook():
    module = nn.Tanh()
    seen = []
    with module.register_backward_hook(lambda m, inputs, outputs: seen.append((inputs, outputs))):
        x = wengert.zeros(2, requires_grad=True)
        with pytest.warns(FutureWarning, match="non-full backward hook"):
            module(x).sum().backward()
        assert [[g.tolist() for g in one] for one in seen[0]] == [[[1.0, 1.0]], [[1.0, 1.0]]]
        with pytest.raises(RuntimeError, match="Cannot use both regular backward hooks and full backward hooks"):
            module.register_full_backward_hook(lambda m, inputs, outputs: None)
