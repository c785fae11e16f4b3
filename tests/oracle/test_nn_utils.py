"""nn.utils, and nn.init's older names, against PyTorch: clipping, normalised and parametrized weights, fusion."""

import copy
import warnings

import numpy
import pytest

torch = pytest.importorskip("torch")

import wengert  # noqa: E402
from wengert import nn  # noqa: E402

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore::FutureWarning")]
LIBRARIES = (wengert, torch)
RNG = numpy.random.default_rng(11)


def tensor(library, array):
    return (wengert.from_numpy if library is wengert else torch.from_numpy)(numpy.array(array))


def load(ours, theirs):
    """Give our module the state of theirs."""
    ours.load_state_dict({key: tensor(wengert, x.detach().numpy()) for key, x in theirs.state_dict().items()})


def close(a, b, tolerance=1e-10):
    assert tuple(a.shape) == tuple(b.shape)
    numpy.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=tolerance, atol=tolerance)


def same_step(ours, theirs, *arrays, tolerance=1e-10):
    """Output, gradients of the input and of all parameters, and buffers afterwards."""
    results = []
    for library, module in zip(LIBRARIES, (ours, theirs), strict=True):
        given = [tensor(library, a).requires_grad_() for a in arrays]
        y = module(*given)
        (y * tensor(library, numpy.linspace(0.5, 1.5, y.numel()).reshape(tuple(y.shape)))).sum().backward()
        results.append((y, given))
    close(results[0][0], results[1][0], tolerance)
    for x, y in zip(results[0][1], results[1][1], strict=True):
        close(x.grad, y.grad, tolerance)
    named = dict(theirs.named_parameters())
    assert list(dict(ours.named_parameters())) == list(named)
    for name, p in ours.named_parameters():
        close(p.grad, named[name].grad, tolerance)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for name, x in theirs.state_dict().items():
        close(ours.state_dict()[name], x, tolerance)


# ------------------------------------------------------------------------------------------------ gradients


GRADIENTS = [RNG.standard_normal((3, 2)), RNG.standard_normal(4), numpy.zeros((0, 2))]


def parameters(library):
    made = []
    for g in GRADIENTS:
        p = tensor(library, numpy.ones(g.shape)).requires_grad_()
        p.grad = tensor(library, g)
        made.append(p)
    return [*made, tensor(library, numpy.ones(2)).requires_grad_()]


@pytest.mark.parametrize("norm_type", [2.0, 1, float("inf"), 3.0, 0.5])
@pytest.mark.parametrize("bound", [0.5, 100.0])
def test_clip_grad_norm(norm_type, bound):
    found = []
    for library in LIBRARIES:
        made = parameters(library)[:2] if norm_type == float("inf") else parameters(library)
        total = library.nn.utils.clip_grad_norm_(made, bound, norm_type)
        found.append((total, [p.grad for p in made]))
    close(found[0][0], found[1][0])
    for a, b in zip(found[0][1], found[1][1], strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            close(a, b)


def test_clip_grad_norm_of_one_tensor_of_none_and_of_nan():
    for library in LIBRARIES:
        utils = library.nn.utils
        p = parameters(library)[0]
        assert utils.clip_grad_norm_(p, 1.0).item() == pytest.approx(numpy.linalg.norm(GRADIENTS[0]))
        assert utils.clip_grad_norm_([], 1.0).item() == 0.0
        with pytest.warns(UserWarning, match="empty generator"):
            utils.clip_grad_norm_((x for x in ()), 1.0)
        p.grad[0, 0] = float("nan")
        with pytest.raises(RuntimeError, match="total norm of order 2.0 for gradients from `parameters` is non"):
            utils.clip_grad_norm_(p, 1.0, error_if_nonfinite=True)
        assert utils.get_total_norm([p.grad]).isnan()


def test_clip_grad_value_and_with_a_given_norm():
    found = []
    for library in LIBRARIES:
        made = parameters(library)
        library.nn.utils.clip_grad_value_(made, 0.3)
        library.nn.utils.clip_grads_with_norm_(made, 0.5, tensor(library, numpy.array(2.0)))
        found.append([p.grad for p in made[:3]])
    for a, b in zip(*found, strict=True):
        close(a, b)


def test_vectors():
    for library in LIBRARIES:
        layer = library.nn.Linear(3, 2)
        vector = library.nn.utils.parameters_to_vector(layer.parameters())
        assert vector.shape == (8,) and vector.requires_grad
        library.nn.utils.vector_to_parameters(library.arange(8.0), layer.parameters())
        assert layer.bias.tolist() == [6.0, 7.0] and layer.weight.requires_grad
        with pytest.raises(TypeError, match="expected torch.Tensor, but got"):
            library.nn.utils.vector_to_parameters([1.0], layer.parameters())


# ------------------------------------------------------------------------------------------------ normalised weights

LAYERS = {
    "linear": (lambda n: n.Linear(3, 4).double(), (5, 3)),
    "conv": (lambda n: n.Conv2d(2, 3, 2).double(), (2, 2, 4, 4)),
    "transposed": (lambda n: n.ConvTranspose2d(2, 3, 2).double(), (2, 2, 3, 3)),
}
NORMS = {
    "weight_norm": lambda u, m: u.weight_norm(m),
    "weight_norm dim 1": lambda u, m: u.weight_norm(m, dim=1),
    "weight_norm whole": lambda u, m: u.weight_norm(m, dim=None),
    "weight_norm bias": lambda u, m: u.weight_norm(m, "bias"),
    "spectral_norm": lambda u, m: u.spectral_norm(m),
    "spectral_norm 3": lambda u, m: u.spectral_norm(m, n_power_iterations=3, dim=1),
    "new weight_norm": lambda u, m: u.parametrizations.weight_norm(m),
    "new weight_norm whole": lambda u, m: u.parametrizations.weight_norm(m, dim=None),
    "new spectral_norm": lambda u, m: u.parametrizations.spectral_norm(m),
    "new spectral_norm bias": lambda u, m: u.parametrizations.spectral_norm(m, "bias"),
}


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("norm", NORMS)
def test_normalised_weights(layer, norm):
    make, shape = LAYERS[layer]
    if norm == "new spectral_norm bias" and layer == "transposed":
        pytest.skip("the default dimension, 1, is one that the bias does not have")
    ours, theirs = [NORMS[norm](library.nn.utils, make(library.nn)) for library in LIBRARIES]
    load(ours, theirs)
    x = RNG.standard_normal(shape)
    for _ in range(2):
        same_step(ours, theirs, x)
    ours.eval(), theirs.eval()
    same_step(ours, theirs, x)
    assert repr(ours) == repr(theirs).replace("torch.", "wengert.")


@pytest.mark.parametrize("kind", ["weight_norm", "spectral_norm"])
def test_older_norms_are_taken_away(kind):
    found = []
    for library in LIBRARIES:
        utils = library.nn.utils
        layer = getattr(utils, kind)(library.nn.Linear(3, 4))
        with pytest.raises(RuntimeError, match=f"Cannot register two {kind} hooks on the same parameter weight"):
            getattr(utils, kind)(layer)
        layer.eval()
        before = layer(library.ones(1, 3))
        getattr(utils, f"remove_{kind}")(layer)
        assert library.allclose(layer(library.ones(1, 3)), before)
        with pytest.raises(ValueError, match=f"{kind} of 'weight' not found in"):
            getattr(utils, f"remove_{kind}")(layer)
        found.append([name for name, _ in layer.named_parameters()])
    assert found[0] == found[1]


def test_state_of_the_older_weight_norm_loads_into_the_newer():
    older = torch.nn.utils.weight_norm(torch.nn.Linear(3, 4))
    newer = nn.utils.parametrizations.weight_norm(nn.Linear(3, 4))
    load(newer, older)
    close(newer.weight, older.weight, 1e-6)


@pytest.mark.parametrize("name", ["matrix_exp", "cayley", "householder"])
@pytest.mark.parametrize("shape", [(3, 3), (5, 3), (3, 5)])
@pytest.mark.parametrize("trivialization", [True, False])
def test_orthogonal(name, shape, trivialization):
    ours, theirs = [
        library.nn.utils.parametrizations.orthogonal(
            library.nn.Linear(*shape).double(), orthogonal_map=name, use_trivialization=trivialization
        )
        for library in LIBRARIES
    ]
    load(ours, theirs)
    start = RNG.standard_normal(tuple(theirs.parametrizations.weight.original.shape))
    if name == "householder" and shape[0] == shape[1]:
        numpy.fill_diagonal(start, [1.0, -1.0, 1.0])
    elif name == "householder":
        numpy.fill_diagonal(start, 1.0)
    with wengert.no_grad(), torch.no_grad():
        ours.parametrizations.weight.original.copy_(tensor(wengert, start))
        theirs.parametrizations.weight.original.copy_(tensor(torch, start))
    close(ours.weight, theirs.weight)
    same_step(ours, theirs, RNG.standard_normal((4, shape[0])))


@pytest.mark.parametrize("name", ["matrix_exp", "cayley", "householder"])
def test_orthogonal_is_assigned_to(name):
    q = numpy.linalg.qr(RNG.standard_normal((4, 4)))[0]
    for library in LIBRARIES:
        layer = library.nn.utils.parametrizations.orthogonal(library.nn.Linear(4, 4).double(), orthogonal_map=name)
        layer.weight = tensor(library, q)
        numpy.testing.assert_allclose(layer.weight.detach().numpy(), q, atol=1e-12)
        if name != "householder":
            layer = library.nn.utils.parametrizations.orthogonal(
                library.nn.Linear(4, 4).double(), orthogonal_map=name, use_trivialization=False
            )
            with pytest.raises(NotImplementedError, match="It is not possible to assign"):
                layer.weight = tensor(library, q)


# ------------------------------------------------------------------------------------------------ parametrize


def parametrizations(library):
    class Symmetric(library.nn.Module):
        def forward(self, x):
            return x.triu() + x.triu(1).mT

        def right_inverse(self, a):
            return a.triu()

    class Exponential(library.nn.Module):
        def forward(self, x):
            return library.exp(x)

        def right_inverse(self, a):
            return library.log(a.clamp(min=1e-3))

    class Product(library.nn.Module):
        def forward(self, a, b):
            return a @ b

        def right_inverse(self, x):
            return x, library.eye(x.shape[-1], dtype=x.dtype)

    class Flat(library.nn.Module):
        def forward(self, x):
            return x.reshape(-1)

    class Half(library.nn.Module):
        def forward(self, x):
            return x.half()

    class Nothing(library.nn.Module):
        def forward(self, x):
            return None

    return Symmetric, Exponential, Product, Flat, Half, Nothing


def test_parametrizations_one_after_the_other():
    made = []
    for library in LIBRARIES:
        symmetric, exponential, _, *_ = parametrizations(library)
        register = library.nn.utils.parametrize.register_parametrization
        layer = library.nn.Linear(3, 3).double()
        register(layer, "weight", symmetric())
        register(layer, "weight", exponential())
        register(layer, "bias", exponential())
        made.append(layer)
    load(*made)
    same_step(*made, RNG.standard_normal((4, 3)))
    assert repr(made[0]) == repr(made[1])
    assigned = numpy.abs(RNG.standard_normal((3, 3))) + 0.1
    assigned = assigned + assigned.T
    for library, layer in zip(LIBRARIES, made, strict=True):
        utils = library.nn.utils.parametrize
        layer.weight = tensor(library, assigned)
        numpy.testing.assert_allclose(layer.weight.detach().numpy(), assigned, rtol=1e-12)
        twin = copy.deepcopy(layer)
        assert type(twin) is type(layer) and utils.is_parametrized(twin, "weight")
        assert twin.parametrizations.weight.original is not layer.parametrizations.weight.original
        assert utils.type_before_parametrizations(layer) is library.nn.Linear
        with utils.cached():
            assert layer.weight is layer.weight
        assert layer.weight is not layer.weight
        with pytest.raises(RuntimeError, match="Serialization of parametrized modules is only supported through"):
            layer.__getstate__()
        other = utils.transfer_parametrizations_and_params(layer, library.nn.Linear(3, 3).double())
        numpy.testing.assert_allclose(other.weight.detach().numpy(), assigned, rtol=1e-12)
        utils.remove_parametrizations(layer, "weight")
        assert not utils.is_parametrized(layer, "weight") and utils.is_parametrized(layer)
        numpy.testing.assert_allclose(layer.weight.detach().numpy(), assigned, rtol=1e-12)
        utils.remove_parametrizations(layer, "bias", leave_parametrized=False)
        assert type(layer) is library.nn.Linear and not utils.is_parametrized(layer)
    assert [list(layer.state_dict()) for layer in made][0] == [list(layer.state_dict()) for layer in made][1]


def test_a_parametrization_of_several_tensors():
    made = []
    for library in LIBRARIES:
        _, _, product, *_ = parametrizations(library)
        layer = library.nn.Linear(3, 3).double()
        library.nn.utils.parametrize.register_parametrization(layer, "weight", product())
        made.append(layer)
    load(*made)
    same_step(*made, RNG.standard_normal((4, 3)))
    for library, layer in zip(LIBRARIES, made, strict=True):
        utils = library.nn.utils.parametrize
        with pytest.raises(ValueError, match="Cannot leave unparametrized"):
            utils.remove_parametrizations(layer, "weight", leave_parametrized=False)
        utils.remove_parametrizations(layer, "weight")
        assert [name for name, _ in layer.named_parameters()] == ["bias", "weight"]


def test_refused_parametrizations():
    for kind, said in ((3, "may not change the shape"), (4, "may not change the dtype"), (5, "must return a tensor")):
        messages = []
        for library in LIBRARIES:
            utils = library.nn.utils.parametrize
            symmetric, *_ = made = parametrizations(library)
            layer = library.nn.Linear(2, 2)
            with pytest.raises(ValueError, match=said):
                utils.register_parametrization(layer, "weight", made[kind]())
            assert type(layer) is library.nn.Linear and isinstance(layer.weight, library.nn.Parameter)
            utils.register_parametrization(layer, "weight", symmetric())
            with pytest.raises(ValueError, match=said) as error:
                utils.register_parametrization(layer, "weight", made[kind]())
            messages.append(str(error.value).replace("torch.", "").replace("wengert.", ""))
            with pytest.raises(ValueError, match="does not have a parameter, a buffer, or a parametrized element"):
                utils.register_parametrization(layer, "heavy", symmetric())
            with pytest.raises(ValueError, match="does not have a parametrization on bias"):
                utils.remove_parametrizations(layer, "bias")
        assert messages[0] == messages[1]


# ------------------------------------------------------------------------------------------------ fusion and others


@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("bias", [True, False])
def test_fusion(affine, bias):
    ours = []
    for library in LIBRARIES:
        n = library.nn
        layers = [
            n.Conv2d(2, 3, 2, bias=bias).double(), n.BatchNorm2d(3, affine=affine).double(),
            n.ConvTranspose1d(2, 3, 2, bias=bias).double(), n.BatchNorm1d(3, affine=affine).double(),
            n.Linear(2, 3, bias=bias).double(), n.BatchNorm1d(3).double(),
        ]  # fmt: skip
        ours.append(layers)
    for mine, theirs in zip(*ours, strict=True):
        for x in theirs.buffers():
            if x.dtype == torch.float64:
                x.uniform_(0.5, 1.5)
        load(mine, theirs)
        mine.eval(), theirs.eval()
    for i, shape, options in ((0, (2, 2, 4, 4), {}), (2, (2, 2, 4), {"transpose": True}), (4, (5, 2), {})):
        x = RNG.standard_normal(shape)
        fuse = "fuse_linear_bn_eval" if i == 4 else "fuse_conv_bn_eval"
        fused = [
            getattr(library.nn.utils, fuse)(layers[i], layers[i + 1], **options)
            for library, layers in zip(LIBRARIES, ours, strict=True)
        ]
        results = [one(tensor(library, x)) for library, one in zip(LIBRARIES, fused, strict=True)]
        close(*results)
        close(results[0], ours[0][i + 1](ours[0][i](tensor(wengert, x))), 1e-9)
        for name, p in fused[1].named_parameters():
            assert dict(fused[0].named_parameters())[name].requires_grad == p.requires_grad
        with pytest.raises(AssertionError, match="Fusion only for eval!"):
            getattr(nn.utils, fuse)(ours[0][i].train(), ours[0][i + 1], **options)


def test_skip_init():
    for library in LIBRARIES:
        state = library.random.get_rng_state()
        layer = library.nn.utils.skip_init(library.nn.Linear, 3, 2)
        assert layer.weight.shape == (2, 3) and (library.random.get_rng_state() == state).all()
        with pytest.raises(RuntimeError, match="Expected a Module; got"):
            library.nn.utils.skip_init(dict)
        with pytest.raises(RuntimeError, match="Module must support a 'device' arg"):
            library.nn.utils.skip_init(library.nn.ReLU)
    assert nn.Linear(3, 2).weight.abs().max() > 0


def test_older_names_of_initial_values():
    for name in ("uniform", "normal", "constant", "eye", "dirac", "xavier_uniform", "xavier_normal", "kaiming_uniform",
                 "kaiming_normal", "orthogonal", "sparse"):  # fmt: skip
        for library in LIBRARIES:
            x = library.zeros(3, 3, 3) if name == "dirac" else library.zeros(3, 3)
            given = {"constant": (2.0,), "sparse": (0.5,)}.get(name, ())
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                assert getattr(library.nn.init, name)(x, *given) is x
            assert [(one.category, str(one.message)) for one in caught] == [
                (FutureWarning, f"`nn.init.{name}` is now deprecated in favor of `nn.init.{name}_`.")
            ]


def test_functional_call_under_its_old_name():
    for library in LIBRARIES:
        layer = library.nn.Linear(2, 1)
        with pytest.warns(FutureWarning, match="stateless.functional_call` is deprecated"):
            y = library.nn.utils.stateless.functional_call(
                layer, {"weight": library.ones(1, 2), "bias": library.zeros(1)}, library.ones(2)
            )
        assert y.tolist() == [2.0]


def test_norm_except_dim():
    x = RNG.standard_normal((2, 3, 4))
    for dim in (-1, 0, 1, 2):
        for power in (2, 1):
            close(wengert.norm_except_dim(tensor(wengert, x), power, dim), torch.norm_except_dim(
                tensor(torch, x), power, dim
            ))  # fmt: skip
