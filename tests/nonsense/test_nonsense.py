"""Random nonsense as arguments of every public function. `make fuzz` makes 50,000 calls."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import wengert

from . import calls

NAMES = calls.public_names()


@settings(
    max_examples=2500, derandomize=True, database=None, deadline=None, phases=(Phase.generate,),
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example),
)  # fmt: skip
@given(st.randoms(use_true_random=False))
def test_nonsense_is_refused_clearly(rng):
    call = calls.write(rng, NAMES)
    found = calls.complaint(call)
    assert found is None, f"{call}\n{found}"
    assert calls.still_works()


USUAL = ("S", "", "S, S", "S, 0", "S, 1, 0", "S, 1.0", "V", "V, V", "3", "(2, 2)", "[S, S]", "S, V, V")


@pytest.mark.parametrize("first", range(0, len(NAMES), 100))
def test_no_function_takes_a_keyword_that_it_does_not_have(first):
    returned = []
    for name in NAMES[first : first + 100]:
        function = eval(name, {"t": wengert})
        for text in USUAL:
            operands = {"S": wengert.ones(3, 3), "V": wengert.ones(3)}
            try:
                function(*eval(f"({text},)" if text else "()", operands), nonsense=1)
            except (*calls.ERRORS, AssertionError, AttributeError):
                continue
            returned.append(f"{name}({text}, nonsense=1)")
    assert not returned


def test_the_table_of_names_has_what_users_call():
    for name in ("t.add", "t.linalg.inv", "t.Tensor.add_", "t.Tensor.__getitem__", "t.nn.functional.relu", "t.zeros"):
        assert name in NAMES


def test_a_planted_fault_is_noticed(monkeypatch):
    """A function that writes before it looks, and one that trips over its arguments."""

    def hasty(x, y):
        x.zero_()
        raise ValueError("too late")

    monkeypatch.setattr(wengert, "hasty", hasty, raising=False)
    monkeypatch.setattr(wengert, "blind", lambda x: x.nothing, raising=False)
    assert "changed" in calls.complaint(calls.Call("t.hasty", ("values((3,), 'float32', 1)", "1"), ()))
    assert "AttributeError" in calls.complaint(calls.Call("t.blind", ("1",), ()))
