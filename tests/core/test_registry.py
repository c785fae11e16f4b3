"""Names: of namespaces, aliases, methods and in-place forms, all from one declaration."""

import pytest

import wengert
from wengert.core import registry
from wengert.library import composite, elementwise


@pytest.fixture
def registry_as_it_was():
    """Put the registry back after a test that declares."""
    kept = [(table, dict(table)) for table in (registry.operations, registry.functions, registry.aliases)]
    inside = {name: dict(members) for name, members in registry.namespaces.items()}
    yield
    for table, entries in kept:
        table.clear()
        table.update(entries)
    registry.namespaces.clear()
    registry.namespaces.update(inside)


def test_aliases_are_the_same_object():
    assert wengert.special.erf is wengert.erf and wengert.linalg.matmul is wengert.matmul
    assert registry.aliases["special.erf"] == "erf"


def test_a_dotted_declaration_stands_in_its_namespace(registry_as_it_was):
    twice = elementwise(
        "special.twice(input)", forward=lambda x: x + x, input=lambda t: t + t, aliases=("doubled", "linalg.two")
    )
    assert registry.namespace_called("special")["twice"] is twice
    assert registry.namespace_called("linalg")["two"] is twice
    assert registry.namespace_called("")["doubled"] is twice
    x = wengert.tensor([1.0], requires_grad=True)
    # The alias without dots is a method; the dotted name is not, and has no in-place form.
    y = x.doubled()
    assert y.grad_fn.name() == "SpecialTwiceBackward0"
    assert not hasattr(x, "twice") and not hasattr(x, "doubled_")


def test_aliases_have_in_place_forms(registry_as_it_was):
    elementwise("thrice(input)", forward=lambda x: 3 * x, input=lambda t: 3 * t, aliases=("tripled",))
    assert wengert.tensor([1.0]).tripled_().tolist() == [3.0] == wengert.tensor([1.0]).thrice_().tolist()


def test_an_in_place_form_in_a_namespace(registry_as_it_was):
    elementwise("nn.functional.kept(input)", forward=lambda x: 1 * x, in_place=True, input=lambda t: 1 * t)
    form = registry.namespace_called("nn.functional")["kept_"]
    x = wengert.tensor([1.0], requires_grad=True) * 1
    assert form(x) is x and x.grad_fn.name() == "KeptBackward0"


def test_composites_have_namespaces_and_aliases(registry_as_it_was):
    @composite(namespace="linalg", aliases=("halved",), in_place=True)
    def half_of(input):
        return input / 2

    assert registry.functions["linalg.half_of"] is half_of
    assert registry.namespace_called("linalg")["half_of"] is half_of is registry.namespace_called("")["halved"]
    assert wengert.tensor([4.0]).halved().tolist() == [2.0] == wengert.tensor([4.0]).halved_().tolist()


def test_a_name_is_entered_once(registry_as_it_was):
    with pytest.raises(ValueError, match="'special.erf' is already a public name"):
        elementwise("other(input)", forward="negative", input=lambda t: -t, aliases=("special.erf",))
    with pytest.raises(ValueError, match="an operation called 'exp' is already declared"):
        elementwise("exp(input)", forward="negative", input=lambda t: -t)
