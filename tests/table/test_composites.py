"""Every check on every sample of the functions that are made of operations."""

import pytest

from .checks import CHECKS
from .composites import COMPOSITES, Composite

ROWS = [sample for samples in COMPOSITES.values() for sample in samples]
# What finite differences say nothing about.
SMOOTH_ONLY = ("gradient", "second", "complex gradient", "complex second")


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
