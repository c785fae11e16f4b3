"""How functions that SciPy has and PyTorch has not are declared."""

import numpy

from ...core import registry
from ..declaration import elementwise, without_kernel
from ..special import REAL, by_scipy, no_derivative, scipy_function, through


def only_scipys(signature: str, doc: str, forward=None, whole: tuple = (), ufunc=None, **rules):
    """Declare what SciPy's ufunc of the same name computes for real numbers, reached through that ufunc alone.

    Operands at the places `whole` are, where all of them are integers, given to SciPy as such: its ufuncs go another
    and more exact way then, or know integers only. `ufunc` is the name among SciPy's where that is not the operation's.
    """
    called = ufunc or signature.partition("(")[0]
    compute = forward or (_with_integers(called, whole) if whole else through(called))
    return scipys_elementwise(signature, doc, compute, ufunc=f"scipy.special.{called}", **rules)


def scipys_elementwise(signature: str, doc: str, forward, ufunc=None, **rules):
    """Declare an elementwise operation on real numbers that is reached through a ufunc or other operations alone."""
    name = signature.partition("(")[0]
    return elementwise(
        signature, forward=forward, floating=True, ufunc=ufunc, public=False, method=False, in_place=False,
        complex=without_kernel(f"{name}_cpu", REAL), doc=doc, **rules,
    )  # fmt: skip


def _with_integers(name: str, places: tuple):
    def compute(*arrays):
        with numpy.errstate(invalid="ignore"):
            integers = {i: arrays[i].astype(numpy.int64) for i in places}
        if all([bool((arrays[i] == n).all()) for i, n in integers.items()]):
            arrays = [integers.get(i, x) for i, x in enumerate(arrays)]
        return scipy_function(name)(*arrays)

    return lambda *arrays: by_scipy(compute, *arrays)


def in_scipys_spelling(*names: str):
    """Enter a function of tensors as what SciPy's ufuncs of these names do on them."""

    def enter(function):
        return registry.register_function(
            function, public=False, ufunc=tuple([f"scipy.special.{name}" for name in names])
        )

    return enter


def _part(name: str, which: int):
    """The forward of one result of SciPy's function of several."""

    def compute(*arrays):
        # In double precision: that is how SciPy computes most of them anyway, and its single pbvv is NaN.
        return scipy_function(name)(*[x.astype(numpy.float64) for x in arrays])[which]

    return lambda *arrays: by_scipy(compute, *arrays)


def parts_of(name: str, *signatures_and_rules):
    """Declare each result of SciPy's ufunc `name`, and enter what returns all of them as what it does on tensors."""
    operations = [
        only_scipys(signature, doc, forward=_part(name, which), ufunc=f"{name}[{which}]", **rules)
        for which, (signature, doc, rules) in enumerate(signatures_and_rules)
    ]

    @in_scipys_spelling(name)
    def all_of_them(*operands):
        return tuple([operation(*operands) for operation in operations])

    return operations


def unknown(name: str, *operands: str, reason: str = "it has no closed form") -> dict:
    """Rules that refuse the derivatives in these operands."""

    def refusal(operand: str):
        return lambda t: no_derivative(name, operand, reason)

    return {operand: refusal(operand) for operand in operands}
