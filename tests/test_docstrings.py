"""Every public name says what it is, and the examples in docstrings print what they say.

What has to have a docstring with an example is read from the namespaces. An alias is the same object as what it stands
for and is looked at once; an in-place form inherits the example of the function that it is the form of.
"""

import doctest
import importlib
import inspect
import pkgutil

import pytest

import wengert
from wengert import Tensor

# Functions and classes of these must have an example.
NAMESPACES = (
    "", "autograd", "autograd.forward_ad", "autograd.function", "autograd.functional", "autograd.graph",
    "data", "distributions", "fft", "func", "library", "linalg", "nn", "nn.attention", "nn.functional", "nn.init",
    "nn.parameter", "nn.utils", "nn.utils.parametrizations", "nn.utils.parametrize", "nn.utils.rnn", "optim",
    "optim.lr_scheduler", "optim.swa_utils", "random", "serialization", "special", "testing", "utils.checkpoint",
)  # fmt: skip

# Names without an example, each with the reason.
EXCEPTIONS = {
    "Tensor.array": "a member of the compiled class, which cannot have a docstring",
    "autograd.function.FunctionCtx": "the `ctx` in the example of Function",
    "autograd.function.InplaceFunction": "PyTorch's older name for a Function",
    "library.operations": "a dictionary",
    **{
        f"nn.init.{name}": f"the older name of `{name}_`, with a warning"
        for name in (
            "constant", "dirac", "eye", "kaiming_normal", "kaiming_uniform", "normal", "orthogonal", "sparse",
            "uniform", "xavier_normal", "xavier_uniform",
        )  # fmt: skip
    },
}  # fmt: skip

FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def _of_namespace(name: str) -> dict:
    """The functions and classes that a namespace shows, by name."""
    module = importlib.import_module(f"wengert.{name}" if name else "wengert")
    shown = getattr(module, "__all__", None) or [n for n in dir(module) if not n.startswith("_")]
    found = {n: getattr(module, n) for n in shown}
    return {n: value for n, value in found.items() if callable(value) and not isinstance(value, wengert.dtype)}


def _public() -> dict:
    """Every public name that must have an example, with what it stands for: each thing once, under its first name."""
    found = {}
    for space in NAMESPACES:
        found |= {f"{space}.{name}".lstrip("."): value for name, value in _of_namespace(space).items()}
    found |= {f"Tensor.{name}": value for name, value in vars(Tensor).items() if not name.startswith("_")}
    once: dict = {}
    for name, value in found.items():
        once.setdefault(id(value), (name, value))
    return dict(once.values())


PUBLIC = _public()


def _examples(name: str, text: str | None):
    return doctest.DocTestParser().get_doctest(inspect.cleandoc(text or ""), {"wengert": wengert}, name, None, None)


def _inherits(name: str) -> bool:
    """Whether a name is that of an in-place form, "abs_", of a public function."""
    own = name.rpartition(".")[2]
    return own.endswith("_") and any([hasattr(x, own[:-1]) for x in (Tensor, wengert, wengert.nn.functional)])


def _run(examples) -> None:
    report: list = []
    wengert.manual_seed(0)
    result = doctest.DocTestRunner(optionflags=FLAGS, verbose=False).run(examples, out=report.append)
    assert not result.failed, "".join(report)


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_a_public_name_has_a_docstring_with_an_example(name):
    text = PUBLIC[name].__doc__
    if name in EXCEPTIONS:
        assert not _examples(name, text).examples, f"{name} has an example: it is no exception any more"
        return
    assert (text or "").strip(), f"{name} has no docstring"
    examples = _examples(name, text)
    assert examples.examples or _inherits(name), f"{name} has no example"
    assert not any([e.indent for e in examples.examples]), f"the example of {name} is indented deeper than its text"
    _run(examples)


def _validating() -> dict:
    """The distributions that say constraints of their parameters."""
    base = wengert.distributions.Distribution
    found = _of_namespace("distributions")
    kinds = {n: x for n, x in found.items() if isinstance(x, type) and issubclass(x, base)}
    # Where the constraints hang on the parameters they are a property of instances; the base class's only raises.
    return {n: x for n, x in kinds.items() if x.arg_constraints and x.arg_constraints is not base.arg_constraints}


@pytest.mark.parametrize("name", sorted(_validating()))
def test_a_distribution_says_which_parameters_it_refuses(name):
    # A class does not inherit __doc__: what its base says does not count.
    assert "ValueError" in (_validating()[name].__doc__ or ""), f"{name} does not say when ValueError is raised"


def _modules() -> list:
    found = pkgutil.walk_packages(wengert.__path__, "wengert.")
    return ["wengert", *[m.name for m in found if not m.name.endswith("__main__")]]


@pytest.mark.parametrize("name", _modules())
def test_examples_elsewhere(name):
    """Modules, classes, their methods, and functions that are no public names by themselves."""
    try:
        module = importlib.import_module(name)
    except ImportError as error:
        pytest.skip(f"needs what is not installed: {error}")
    done = {value.__doc__ for value in PUBLIC.values()}
    for found in doctest.DocTestFinder(exclude_empty=True).find(module):
        if found.examples and found.docstring not in done:
            _run(found)
