"""`DataLoader`: a dataset, a sampler and a collation as an iterable of batches."""

from typing import Any

from .collate import default_collate, default_convert
from .dataset import IterableDataset, TensorDataset
from .sampler import BatchSampler, RandomSampler, SequentialSampler


class DataLoader:
    """Iterates over batches of a dataset.

    Args:
        dataset: a map or iterable dataset (anything with `__getitem__` and `__len__`, or with `__iter__`).
        batch_size: samples in a batch; None loads single samples.
        shuffle: visit in a new random order in every epoch.
        sampler: the order of samples, instead of `shuffle`.
        batch_sampler: the samples of each batch, instead of `batch_size`, `shuffle`, `sampler` and `drop_last`.
        num_workers: worker processes; only 0, the calling process, is supported.
        collate_fn: function that makes a batch of a list of samples.
        pin_memory: accepted; main memory needs no pinning.
        drop_last: leave out a last batch that is not full.
        generator: the stream of random numbers of the order.
    """

    def __init__(
        self, dataset: Any, batch_size: int | None = 1, shuffle: bool | None = None, sampler=None,
        batch_sampler=None, num_workers: int = 0, collate_fn=None, pin_memory: bool = False, drop_last: bool = False,
        timeout: float = 0, worker_init_fn=None, multiprocessing_context=None, generator=None, *,
        prefetch_factor: int | None = None, persistent_workers: bool = False,
        pin_memory_device: str = "", in_order: bool = True,
    ):  # fmt: skip
        if num_workers < 0:
            raise ValueError("num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.")
        if num_workers > 0:
            raise ValueError(
                f"DataLoader(num_workers={num_workers}): worker processes are not supported in this version; use "
                "num_workers=0, which "
                "loads in the calling process"
            )
        if timeout < 0:
            raise ValueError("timeout option should be non-negative")
        if prefetch_factor is not None:
            raise ValueError(
                "prefetch_factor option could only be specified in multiprocessing. let num_workers > 0 to enable "
                "multiprocessing, otherwise set prefetch_factor to None."
            )
        if persistent_workers:
            raise ValueError("persistent_workers option needs num_workers > 0")
        self.streams = isinstance(dataset, IterableDataset)
        if self.streams:
            if shuffle not in (None, False):
                raise ValueError(
                    f"DataLoader with IterableDataset: expected unspecified shuffle option, but got shuffle={shuffle}"
                )
            if sampler is not None:
                raise ValueError(
                    f"DataLoader with IterableDataset: expected unspecified sampler option, but got sampler={sampler}"
                )
            if batch_sampler is not None:
                raise ValueError(
                    "DataLoader with IterableDataset: expected unspecified batch_sampler option, but got "
                    f"batch_sampler={batch_sampler}"
                )
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError(
                    "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last"
                )
            batch_size, drop_last = None, False
        elif batch_size is None and drop_last:
            raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")
        self.dataset = dataset
        self.generator = generator
        self.num_workers = num_workers
        self.pin_memory = pin_memory
        if sampler is None and not self.streams:
            sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        if batch_size is not None and batch_sampler is None and not self.streams:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        elif self.streams and batch_size is not None and batch_size <= 0:
            raise ValueError(f"batch_size should be a positive integer value, but got batch_size={batch_size}")
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self._batches = batch_sampler is not None or (self.streams and batch_size is not None)
        self.collate_fn = (
            collate_fn if collate_fn is not None else default_collate if self._batches else default_convert
        )

    def __iter__(self):
        if self.streams:
            return self._stream()
        if not self._batches:
            return (self.collate_fn(self.dataset[index]) for index in self.sampler)
        return self._load()

    def _load(self):
        # The entries of tensors, collated as usual, are one indexing of each tensor.
        tensors = type(self.dataset) is TensorDataset and self.collate_fn is default_collate
        several = getattr(self.dataset, "__getitems__", None)
        for indices in self.batch_sampler:
            if tensors:
                yield list(self.dataset[indices])
            else:
                yield self.collate_fn(several(indices) if several else [self.dataset[index] for index in indices])

    def _stream(self):
        if not self._batches:
            for sample in self.dataset:
                yield self.collate_fn(sample)
            return
        samples = []
        for sample in self.dataset:
            samples.append(sample)
            if len(samples) == self.batch_size:
                yield self.collate_fn(samples)
                samples = []
        if samples and not self.drop_last:
            yield self.collate_fn(samples)

    def __len__(self) -> int:
        if self.streams:
            length = len(self.dataset)
            if self.batch_size is None:
                return length
            return length // self.batch_size if self.drop_last else -(-length // self.batch_size)
        return len(self.batch_sampler if self._batches else self.sampler)
