"""Random numbers: streams and their states."""

import pytest

import wengert as t


def test_a_generator_that_has_not_drawn_yet_has_a_state():
    first, second = t.Generator().manual_seed(5), t.Generator().manual_seed(6)
    second.set_state(first.get_state())
    assert second.initial_seed() == 5
    assert t.equal(t.rand(4, generator=first), t.rand(4, generator=second))
    first.manual_seed(5)
    second.manual_seed(5)
    t.rand(3, generator=first)
    with pytest.raises(RuntimeError, match="wrong size"):
        first.set_state(t.zeros(3, dtype=t.uint8))
    for rubbish in (t.zeros(112), [1]):
        with pytest.raises(TypeError, match="a torch.ByteTensor"):
            first.set_state(rubbish)
    assert not t.equal(t.rand(4, generator=first), t.rand(4, generator=second))


@pytest.mark.parametrize("draws", [0, 3])
def test_a_clone_goes_on_apart(draws):
    generator = t.Generator().manual_seed(5)
    if draws:
        t.rand(draws, generator=generator)
    clone = generator.clone_state()
    assert clone.initial_seed() == 5
    expected = t.rand(4, generator=generator).tolist()
    t.rand(2, generator=generator)
    assert t.rand(4, generator=clone).tolist() == expected


def test_a_stream_goes_on_from_a_snapshot():
    generator = t.Generator().manual_seed(5)
    fresh = generator.snapshot()
    first = t.rand(3, generator=generator).tolist()
    later = generator.snapshot()
    second = t.rand(3, generator=generator).tolist()
    generator.continue_from(later)
    assert t.rand(3, generator=generator).tolist() == second
    generator.manual_seed(9)
    generator.continue_from(fresh)
    assert t.rand(3, generator=generator).tolist() == first
