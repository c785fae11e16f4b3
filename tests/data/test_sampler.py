"""Samplers: which indices, in which order, how many."""

import numpy
import pytest

import wengert
from wengert import data


def seeded(seed=1):
    return wengert.Generator().manual_seed(seed)


def test_sequential():
    sampler = data.SequentialSampler(range(4))
    assert list(sampler) == [0, 1, 2, 3] and len(sampler) == 4


def test_random():
    sampler = data.RandomSampler(range(100), generator=seeded())
    first, second = list(sampler), list(sampler)
    assert sorted(first) == sorted(second) == list(range(100)) and first != second
    assert list(data.RandomSampler(range(100), generator=seeded())) == first
    assert len(list(data.RandomSampler(range(3), num_samples=7))) == 7
    assert sorted(list(data.RandomSampler(range(3), num_samples=6))[:3]) == [0, 1, 2]
    drawn = list(data.RandomSampler(range(3), replacement=True, num_samples=50, generator=seeded()))
    assert len(drawn) == 50 and set(drawn) == {0, 1, 2}


def test_the_global_seed_decides():
    wengert.manual_seed(4)
    first = list(data.RandomSampler(range(20)))
    wengert.manual_seed(4)
    assert list(data.RandomSampler(range(20))) == first


def test_subset_random():
    sampler = data.SubsetRandomSampler([7, 8, 9], generator=seeded())
    assert sorted(sampler) == [7, 8, 9] and len(sampler) == 3


def test_weighted():
    sampler = data.WeightedRandomSampler([0.0, 1.0, 3.0], 4000, generator=seeded())
    counts = numpy.bincount(list(sampler), minlength=3)
    assert counts[0] == 0 and len(sampler) == 4000
    # Five standard deviations of a binomial count.
    assert abs(counts[2] - 3000) < 5 * numpy.sqrt(4000 * 0.75 * 0.25)
    assert sorted(data.WeightedRandomSampler([1.0, 2.0, 3.0], 3, replacement=False)) == [0, 1, 2]


def test_batches():
    sampler = data.BatchSampler(data.SequentialSampler(range(7)), 3, drop_last=False)
    assert list(sampler) == [[0, 1, 2], [3, 4, 5], [6]] and len(sampler) == 3
    sampler = data.BatchSampler(range(7), 3, drop_last=True)
    assert list(sampler) == [[0, 1, 2], [3, 4, 5]] and len(sampler) == 2


@pytest.mark.parametrize("make, kind", [
    (lambda: data.RandomSampler(range(3), replacement=1), TypeError),
    (lambda: data.RandomSampler(range(3), num_samples=-1), ValueError),
    (lambda: data.RandomSampler([]), ValueError),
    (lambda: data.WeightedRandomSampler([[1.0]], 1), ValueError),
    (lambda: data.DistributedSampler(range(3)), RuntimeError),
    (lambda: data.DistributedSampler(range(3), 2, 2), ValueError),
    (lambda: data.WeightedRandomSampler([1.0], 0), ValueError),
    (lambda: data.BatchSampler(range(3), 0, False), ValueError),
    (lambda: data.BatchSampler(range(3), 2, None), ValueError),
])  # fmt: skip
def test_bad_arguments(make, kind):
    with pytest.raises(kind):
        make()
