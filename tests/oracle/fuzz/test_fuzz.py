"""300 random programs do the same here and in PyTorch. `make fuzz` runs as many as asked."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings

import wengert

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

from . import programs as _programs  # noqa: E402
from . import strategies, writer  # noqa: E402


# What fails is made smaller by `programs.shrink`, which knows what a line depends on.
@settings(
    max_examples=300, derandomize=True, database=None, deadline=None, phases=(Phase.generate,),
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example),
)  # fmt: skip
@given(strategies.programs())
def test_random_programs(program):
    found, _ = _programs.check(program, wengert, torch)
    if found is not None:
        small, again = _programs.made_small(program, found, wengert, torch)
        pytest.fail(f"{small}\n{again}\n\n{small.script(found.phase)}", pytrace=False)


def test_every_kind_of_line_is_drawn():
    import collections
    import random

    drawn = collections.Counter()
    for seed in range(150):
        drawn.update(strategies.write(random.Random(seed)).features)
    assert not [name for name in writer.FEATURES if name not in drawn]
