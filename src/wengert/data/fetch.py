"""Fetching the samples of a batch, in the calling process or in a worker."""

from typing import Any, NamedTuple

from .collate import default_collate
from .dataset import TensorDataset


class StreamEnded(Exception):
    """An iterable dataset has no more samples."""


class Plan(NamedTuple):
    """How a loader fetches: what of it a worker needs to know."""

    dataset: Any
    streams: bool
    batches: bool
    collate_fn: Any
    drop_last: bool

    def begin(self):
        """A function from what the sampler gave to what the loader gives, for one epoch."""
        if self.streams:
            return _Stream(self).fetch
        # The entries of tensors, collated as usual, are one indexing of each tensor.
        if self.batches and type(self.dataset) is TensorDataset and self.collate_fn is default_collate:
            return self._entries_of_tensors
        return self._samples

    def _entries_of_tensors(self, indices):
        return list(self.dataset[indices])

    def _samples(self, index):
        try:
            if not self.batches:
                return self.collate_fn(self.dataset[index])
            at_once = getattr(self.dataset, "__getitems__", None)
            samples = at_once(index) if at_once else [self.dataset[i] for i in index]
            return self.collate_fn(samples)
        except StopIteration as error:
            # It would pass for the end of the loop over the loader.
            raise RuntimeError(f"the dataset or collate_fn raised StopIteration for index {index}") from error


class _Stream:
    """An iteration over an iterable dataset."""

    def __init__(self, plan: Plan):
        self._plan = plan
        self._samples = iter(plan.dataset)
        self._ended = False

    def fetch(self, places):
        if self._ended:
            raise StreamEnded
        samples = []
        for _ in places if self._plan.batches else (None,):
            try:
                samples.append(next(self._samples))
            except StopIteration:
                self._ended = True
                break
        if not samples or self._plan.batches and self._plan.drop_last and len(samples) < len(places):
            raise StreamEnded
        try:
            return self._plan.collate_fn(samples if self._plan.batches else samples[0])
        except StopIteration as error:
            raise RuntimeError("collate_fn raised StopIteration") from error
