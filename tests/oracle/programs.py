"""Small programs that are run by both libraries, and the comparison of what they do."""

import importlib
import warnings

import wengert


def program(function):
    """Mark a function of the library (`t`) as a program: what it returns, or raises, must be the same in both.

    It may return tensors, numbers, strings and None, in lists, tuples and dictionaries.
    """
    function.is_program = True
    return function


def programs_of(module: dict) -> list:
    """The programs of a test module, in the order in which they are written."""
    return [f for f in module.values() if getattr(f, "is_program", False)]


def outcome(library, function):
    """What a program returns, with tensors as values, or ("raises", type of the error, its message)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _plain(function(library), library)
        except Exception as error:
            return ("raises", type(error).__name__, str(error))


def _plain(x, library):
    if isinstance(x, library.Tensor):
        return ("tensor", tuple(x.shape), str(x.dtype).rpartition(".")[2], x.detach().tolist())
    if isinstance(x, dict):
        return {key: _plain(value, library) for key, value in x.items()}
    if isinstance(x, (list, tuple)):
        return [_plain(value, library) for value in x]
    return x


def agree(ours, theirs) -> bool:
    """Whether two outcomes are the same, numbers to rounding."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(agree(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, (list, tuple)) and isinstance(theirs, (list, tuple)):
        if ours[:1] == ("raises",) or theirs[:1] == ("raises",):
            return tuple(ours[:2]) == tuple(theirs[:2])
        return len(ours) == len(theirs) and all(agree(a, b) for a, b in zip(ours, theirs, strict=True))
    if isinstance(ours, (float, complex)) and isinstance(theirs, (float, complex)):
        return ours == theirs or abs(ours - theirs) <= 1e-5 * max(1, abs(theirs)) or (ours != ours and theirs != theirs)
    return ours == theirs and type(ours) is type(theirs)


def check(function, torch) -> None:
    """Run a program in both libraries; AssertionError where they disagree."""
    ours, theirs = outcome(wengert, function), outcome(torch, function)
    assert agree(ours, theirs), f"{function.__name__}:\n  wengert {ours}\n  PyTorch {theirs}"


def refused(function):
    """Mark a program that must raise: the type must be PyTorch's, and the message must begin with PyTorch's
    sentence."""
    function.is_refused = True
    return function


def refusals_of(module: dict) -> list:
    """The programs of a test module that must raise, in the order in which they are written."""
    return [f for f in module.values() if getattr(f, "is_refused", False)]


def _refusal(library, function) -> tuple:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = function(library)
        except Exception as error:
            return type(error).__name__, str(error)
    return "nothing", repr(result)


# What follows PyTorch's sentence and is about its own forum, issue tracker, modes and classes.
_ITS_OWN = (
    " If error is occurring", ", please file an issue", " If you are using Distributed", " If you were attempting",
    " (Could this", " You can ask", " Please do not use", " Got a <class 'torch",
)  # fmt: skip


def check_refused(function, torch) -> None:
    """Run a program that must raise in both libraries; AssertionError where they disagree."""
    theirs, ours = _refusal(torch, function), _refusal(wengert, function)
    assert theirs[0] != "nothing", f"{function.__name__}: PyTorch returned {theirs[1]}"
    sentence = theirs[1]
    for end in _ITS_OWN:
        sentence = sentence.split(end)[0]
    same = ours[0] == theirs[0] and ours[1].startswith(sentence.rstrip(". "))
    assert same, f"{function.__name__}:\n  wengert {ours}\n  PyTorch {theirs}"


def forward_ad(t):
    """The module of forward mode."""
    return importlib.import_module(t.__name__ + ".autograd.forward_ad")


def function(t, forward, backward=None, **others):
    """A Function named F with these static methods (what is not callable becomes an attribute)."""
    members = {"forward": forward, "backward": backward or (lambda ctx, *g: g[0]), **others}
    return type(
        "F",
        (t.autograd.Function,),
        {name: staticmethod(m) if callable(m) else m for name, m in members.items() if m is not None},
    )


def leaf(t, *values):
    """A tensor that requires a gradient."""
    return t.tensor(values, requires_grad=True)


def state(y):
    """What can be told about a tensor's place in the graph."""
    return [y.requires_grad, y.is_leaf, y._is_view(), None if y.grad_fn is None else y.grad_fn.name(), y._version]
