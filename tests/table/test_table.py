"""Every check on every sample of every declared operation."""

import pytest

from wengert.core import registry

from . import composites  # noqa: F401  (its rows are of declared operations too)
from .checks import CHECKS
from .gaps import GAPS, WITHOUT_SAMPLES
from .samples import SAMPLES

ROWS = [sample for name in SAMPLES for sample in SAMPLES[name] if name in registry.operations]


def test_every_operation_has_samples():
    missing = [name for name in registry.operations if name not in SAMPLES and name not in WITHOUT_SAMPLES]
    assert not missing, f"operations without a row in tests/table/samples.py: {missing}"


def test_the_table_names_only_operations():
    unknown = [
        name for name in [*SAMPLES, *WITHOUT_SAMPLES, *[name for name, _ in GAPS]] if name not in registry.operations
    ]
    assert not unknown


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("sample", ROWS, ids=lambda sample: sample.id)
def test_operation(sample, check):
    operation = registry.operations[sample.operation]
    if (sample.operation, check) in GAPS:
        with pytest.raises((AssertionError, RuntimeError, NotImplementedError)):
            CHECKS[check](operation, sample)
        pytest.xfail(GAPS[sample.operation, check])
    CHECKS[check](operation, sample)
