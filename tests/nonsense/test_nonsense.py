"""Random nonsense as arguments of every public function. `make fuzz` makes 50,000 calls."""

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

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


def test_the_table_of_names_has_what_users_call():
    for name in ("t.add", "t.linalg.inv", "t.Tensor.add_", "t.Tensor.__getitem__", "t.nn.functional.relu", "t.zeros"):
        assert name in NAMES


def test_a_planted_fault_is_noticed(monkeypatch):
    """A function that writes before it looks, and one that trips over its arguments."""
    import wengert

    def hasty(x, y):
        x.zero_()
        raise ValueError("too late")

    monkeypatch.setattr(wengert, "hasty", hasty, raising=False)
    monkeypatch.setattr(wengert, "blind", lambda x: x.nothing, raising=False)
    assert "changed" in calls.complaint(calls.Call("t.hasty", ("values((3,), 'float32', 1)", "1"), ()))
    assert "AttributeError" in calls.complaint(calls.Call("t.blind", ("1",), ()))
