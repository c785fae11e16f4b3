"""Every check on every sample of the functions that are made of operations."""

import pytest

from wengert.core import registry

from .checks import CHECKS
from .composites import COMPOSITES, Composite
from .gaps import WITHOUT_ROWS

ROWS = [sample for samples in COMPOSITES.values() for sample in samples]
# What finite differences say nothing about.
SMOOTH_ONLY = ("gradient", "second", "complex gradient", "complex second")


def test_every_function_has_rows():
    # A row under a further name is one of the function.
    named = {registry.aliases.get(name, name) for name in COMPOSITES}
    missing = [name for name in registry.functions if name not in named and name not in WITHOUT_ROWS]
    assert not missing, f"functions without a row in tests/table/rows: {missing}"
    struck = [name for name in WITHOUT_ROWS if name in named or name not in registry.functions]
    assert not struck, f"to be struck from WITHOUT_ROWS, for they have rows or are no functions: {struck}"


def applies(sample, check: str) -> bool:
    if check in sample.without or check.startswith("complex") and sample.real_only:
        return False
    return sample.smooth or check not in SMOOTH_ONLY


@pytest.mark.parametrize(
    "sample, check",
    [(sample, check) for sample in ROWS for check in CHECKS if applies(sample, check)],
    ids=lambda x: x if isinstance(x, str) else x.id,
)
def test_function(sample, check):
    CHECKS[check](Composite(sample), sample)
