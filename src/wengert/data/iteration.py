"""Iterating over a loader: what all iterators have in common, and fetching in the calling process."""

import warnings
from typing import Any

from .fetch import Plan, StreamEnded
from .sampler import draw_seed


class Iteration:
    """What iterators over a loader have in common: the indices, the seed, the warning of a wrong length."""

    def __init__(self, loader):
        if loader.pin_memory:
            warnings.warn(
                "'pin_memory' argument is set as true but no accelerator is found, then device pinned memory won't be "
                "used.",
                UserWarning,
                stacklevel=3,
            )
        self._loader = loader
        self._plan = Plan(
            loader.dataset, loader.streams, loader.batch_sampler is not None, loader.collate_fn, loader.drop_last
        )
        self._begin_epoch()

    def _begin_epoch(self) -> None:
        # The order of the draws is the same for any number of workers, and so are the numbers.
        self._indices = iter(self._loader.index_sampler)
        self._base_seed = draw_seed(self._loader.generator)
        self._given = 0

    def __iter__(self):
        return self

    def __len__(self) -> int:
        return len(self._loader.index_sampler)

    def __next__(self):
        batch = self._next()
        self._given += 1
        reported = self._loader.reported_length
        if reported is not None and self._given > reported:
            warnings.warn(
                f"Length of IterableDataset {self._loader.dataset} was reported to be {reported}(when accessing "
                f"len(dataloader)), but {self._given} samples have been fetched. "
                + (
                    "Every worker process iterates over the whole of its copy of the dataset, unless its __iter__ "
                    "takes a share of its own by get_worker_info()."
                    if self._loader.num_workers
                    else ""
                ),
                UserWarning,
                stacklevel=2,
            )
        return batch

    def _next(self) -> Any:
        raise NotImplementedError

    def __getstate__(self):
        raise NotImplementedError(f"{type(self).__name__} cannot be pickled")


class InThisProcess(Iteration):
    """Fetches a batch when it is asked for."""

    def __init__(self, loader):
        super().__init__(loader)
        if loader.timeout:
            raise AssertionError(
                f"DataLoader(timeout={loader.timeout}) requires timeout == 0 for num_workers=0: only worker processes "
                "can be waited for"
            )
        self._fetch = self._plan.begin()

    def _next(self):
        index = next(self._indices)
        try:
            return self._fetch(index)
        except StreamEnded:
            raise StopIteration from None
