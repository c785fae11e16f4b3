"""Every public function says what it does, and the example in its docstring prints what it says."""

import doctest

import pytest

import wengert
from wengert.core import registry

# Each once: an alias has the docstring of what it stands for.
PUBLIC = {**{name: registry.operations[name] for name in registry.operations if name not in registry.internal},
          **registry.functions}  # fmt: skip

FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_docstring(name):
    text = PUBLIC[name].__doc__ or ""
    assert text.strip(), f"{name} has no docstring"
    examples = doctest.DocTestParser().get_doctest(text, {"wengert": wengert}, name, None, None)
    assert examples.examples, f"{name} has no example"
    report: list = []
    wengert.manual_seed(0)
    result = doctest.DocTestRunner(optionflags=FLAGS, verbose=False).run(examples, out=report.append)
    assert not result.failed, "".join(report)
