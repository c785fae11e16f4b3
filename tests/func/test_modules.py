"""Modules called with other parameters, stacked, differentiated and mapped over."""

import pytest

import wengert as torch
from wengert import nn
from wengert.func import functional_call, grad, stack_module_state, vmap


class Counting(nn.Module):
    """A linear layer that is used twice under two names, and counts its calls."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(2, 2, bias=False)
        self.second = nn.Linear(2, 2, bias=False)
        self.second.weight = self.first.weight
        self.register_buffer("count", torch.zeros(()))

    def forward(self, x, scale=1.0):
        self.count = self.count + 1
        self.seen = [self.first.weight]
        return self.second(self.first(x)) * scale


@pytest.fixture
def module():
    made = Counting()
    with torch.no_grad():
        made.first.weight.copy_(torch.eye(2))
    return made


X = torch.tensor([1.0, 2.0])
W = torch.tensor([[0.0, 1.0], [2.0, 0.0]])


def test_the_module_holds_the_given_tensors_while_it_is_called(module):
    own = module.first.weight
    assert functional_call(module, {"first.weight": W}, X).tolist() == [2.0, 4.0]
    assert module.seen[0] is W and module.first.weight is own and module.second.weight is own
    assert module(X).tolist() == [1.0, 2.0]


def test_arguments(module):
    assert functional_call(module, {}, (X, 3.0)).tolist() == [3.0, 6.0]
    assert functional_call(module, {}, X, {"scale": 2.0}).tolist() == [2.0, 4.0]
    assert functional_call(module, {}, None, {"x": X}).tolist() == [1.0, 2.0]
    assert functional_call(module, ({"first.weight": W}, {"count": torch.ones(())}), X).tolist() == [2.0, 4.0]


def test_tied_names_get_one_tensor_unless_told_otherwise(module):
    assert functional_call(module, {"second.weight": W}, X).tolist() == [2.0, 4.0]
    assert functional_call(module, {"second.weight": W}, X, tie_weights=False).tolist() == [2.0, 2.0]
    assert functional_call(module, {"first.weight": W, "second.weight": W}, X).tolist() == [2.0, 4.0]
    with pytest.raises(ValueError, match=r"multiple values for keys \['first.weight', 'second.weight'\]"):
        functional_call(module, {"first.weight": W, "second.weight": W * 1}, X)


def test_a_buffer_that_is_assigned_is_found_in_the_dictionary(module):
    state = {"count": torch.tensor(5.0)}
    functional_call(module, state, X)
    assert state["count"].item() == 6.0 and module.count.item() == 0.0


def test_everything_is_put_back_after_an_error(module):
    own = module.first.weight
    with pytest.raises(RuntimeError):
        functional_call(module, {"first.weight": torch.ones(3, 3)}, X)
    with pytest.raises(TypeError, match="is not an instance of torch.Tensor"):
        functional_call(module, {"first.weight": W, "count": 3.0}, X)
    assert module.first.weight is own and module.second.weight is own and module.count.ndim == 0


def test_strict_wants_every_key_and_no_other(module):
    functional_call(module, {"first.weight": W, "count": torch.zeros(())}, X, strict=True)
    with pytest.raises(RuntimeError) as caught:
        functional_call(module, {"first.weight": W, "other": W}, X, strict=True)
    assert "Unexpected key(s): 'other'.\n\tMissing key(s): 'count'." in str(caught.value)


def test_a_path_that_is_not_there(module):
    with pytest.raises(AttributeError, match="Counting has no attribute `third`"):
        functional_call(module, {"third.weight": W}, X)
    assert functional_call(module, {"first.extra": W}, X).tolist() == [1.0, 2.0]
    assert not hasattr(module.first, "extra")


def test_gradients_of_the_given_tensors_only(module):
    found = grad(lambda p: functional_call(module, p, X).sum())({"first.weight": W})
    (expected,) = torch.autograd.grad((W.requires_grad_() @ (W @ X)).sum(), W)
    assert torch.allclose(found["first.weight"], expected) and module.first.weight.grad is None
    W.requires_grad_(False)


def test_stacked_modules_are_mapped_over():
    models = [nn.Linear(3, 2) for _ in range(4)]
    parameters, buffers = stack_module_state(models)
    assert list(parameters) == ["weight", "bias"] and buffers == {}
    assert parameters["weight"].shape == (4, 2, 3) and parameters["weight"].is_leaf
    x = torch.ones(5, 3)
    found = vmap(lambda p, x: functional_call(models[0], p, x), (0, None))(parameters, x)
    for k, model in enumerate(models):
        assert torch.allclose(found[k], model(x))
    found.sum().backward()
    assert parameters["bias"].grad.tolist() == [[5.0, 5.0]] * 4 and models[0].bias.grad is None


def test_modules_that_do_not_go_together():
    with pytest.raises(RuntimeError, match="at least one model, got 0"):
        stack_module_state([])
    with pytest.raises(RuntimeError, match="of the same class"):
        stack_module_state([nn.Linear(2, 2), nn.ReLU()])
    with pytest.raises(RuntimeError, match="the same training/eval mode"):
        stack_module_state([nn.Linear(2, 2), nn.Linear(2, 2).eval()])
    with pytest.raises(RuntimeError, match="Expected weight from each model to have the same .requires_grad"):
        stack_module_state([nn.Linear(2, 2), nn.Linear(2, 2).requires_grad_(False)])


def test_gradients_for_each_sample_equal_those_of_a_loop():
    net = nn.Sequential(
        nn.Conv2d(1, 3, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(3, 2, 2, groups=1), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 3),
    )  # fmt: skip
    torch.manual_seed(0)
    images, classes = torch.randn(6, 1, 8, 8), torch.tensor([0, 2, 1, 1, 0, 2])
    parameters = {name: p.detach() for name, p in net.named_parameters()}

    def loss(parameters, image, label):
        scores = functional_call(net, parameters, image.unsqueeze(0))
        return nn.functional.cross_entropy(scores, label.unsqueeze(0))

    found = vmap(grad(loss), (None, 0, 0))(parameters, images, classes)
    for k in range(6):
        net.zero_grad()
        nn.functional.cross_entropy(net(images[k : k + 1]), classes[k : k + 1]).backward()
        for name, p in net.named_parameters():
            assert torch.allclose(found[name][k], p.grad, atol=1e-6), name
