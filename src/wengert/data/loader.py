"""`DataLoader`: a dataset, a sampler and a collation as an iterable of batches."""

import itertools
import os
import warnings
from typing import Any, Generic

from .collate import default_collate, default_convert
from .dataset import IterableDataset, T_co
from .iteration import InThisProcess
from .sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler

_FIXED = frozenset(("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers"))


class _Endless(Sampler):
    """The sampler of a stream, which has no indices: None, for ever."""

    def __iter__(self):
        return itertools.repeat(None)


class DataLoader(Generic[T_co]):
    """Iterates over batches of a dataset.

    Args:
        dataset: a map or iterable dataset (anything with `__getitem__` and `__len__`, or an `IterableDataset`).
        batch_size: samples in a batch; None loads single samples.
        shuffle: visit in a new random order in every epoch.
        sampler: the order of samples, instead of `shuffle`.
        batch_sampler: the samples of each batch, instead of `batch_size`, `shuffle`, `sampler` and `drop_last`.
        num_workers: how many worker processes fetch batches; 0 fetches in the calling process. Tensors come from
            workers in shared memory. The order of batches, and of `shuffle`, is the same for any number.
        collate_fn: function that makes a batch of a list of samples; `default_collate` unless given, `default_convert`
            of single samples.
        pin_memory: accepted with PyTorch's warning; there is no device that memory would be pinned for.
        drop_last: leave out a last batch that is not full.
        timeout: seconds to wait for a worker's batch before a RuntimeError; 0 waits for ever.
        worker_init_fn: called in every worker with its number, after the seeds are set and before anything is fetched.
        multiprocessing_context: a start method ("fork", "spawn", "forkserver") or a context of `multiprocessing`;
            Python's default unless given. Without "fork" dataset and functions are pickled, once.
        generator: the stream of random numbers of the order and of the workers' seeds.
        prefetch_factor: how many batches a worker fetches ahead; 2 unless given.
        persistent_workers: keep the worker processes from epoch to epoch.
        pin_memory_device: accepted; there is none.
        in_order: False gives batches as the workers finish them.

    Every worker is seeded with one number from `generator` plus its own number: this library, `random` and
    `numpy.random`; `get_worker_info()` tells it its number. An exception in a worker is raised here, of the same type,
    with the worker's traceback in its message. If a worker dies, RuntimeError is raised and the others are ended.

    Raises:
        ValueError: arguments that exclude one another or are out of range.
        AssertionError: when iterated, a `timeout` without workers or a `prefetch_factor` of 0.

    >>> import wengert as t
    >>> from wengert.utils.data import DataLoader, TensorDataset
    >>> for x, y in DataLoader(TensorDataset(t.arange(3), t.arange(3) * 10), batch_size=2):
    ...     print(x, y)
    tensor([0, 1]) tensor([ 0, 10])
    tensor([2]) tensor([20])
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
        if timeout < 0:
            raise ValueError(f"timeout option should be non-negative, but got timeout={timeout}")
        if num_workers == 0 and prefetch_factor is not None:
            raise ValueError(
                "prefetch_factor option could only be specified in multiprocessing.let num_workers > 0 to enable "
                "multiprocessing, otherwise set prefetch_factor to None."
            )
        if prefetch_factor is not None and prefetch_factor < 0:
            raise ValueError(
                f"prefetch_factor option should be non-negative, but got prefetch_factor={prefetch_factor}"
            )
        if persistent_workers and num_workers == 0:
            raise ValueError("persistent_workers option needs num_workers > 0")
        self.streams = isinstance(dataset, IterableDataset)
        if self.streams:
            for name, value in (("shuffle", shuffle or None), ("sampler", sampler), ("batch_sampler", batch_sampler)):
                if value is not None:
                    raise ValueError(
                        f"DataLoader with IterableDataset: expected unspecified {name} option, but got {name}={value}"
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
        self.num_workers = num_workers
        self.prefetch_factor = 2 if num_workers and prefetch_factor is None else prefetch_factor
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.generator = generator
        self.in_order = in_order
        self.persistent_workers = persistent_workers
        if sampler is None:
            if self.streams:
                sampler = _Endless()
            else:
                sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        if batch_size is not None and batch_sampler is None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.collate_fn = (
            collate_fn if collate_fn is not None else default_convert if batch_sampler is None else default_collate
        )
        # What len() said of an iterable dataset, which may give more.
        self.reported_length: int | None = None
        self._kept: Any = None
        self._initialized = True
        self._warn_of_many_workers()

    def __setattr__(self, name: str, value) -> None:
        if name in _FIXED and getattr(self, "_initialized", False):
            raise ValueError(
                f"{name} attribute should not be set after {type(self).__name__} is initialized: make another loader"
            )
        super().__setattr__(name, value)

    @property
    def multiprocessing_context(self):
        """The context that worker processes are started in; None for Python's default."""
        return self._context

    @multiprocessing_context.setter
    def multiprocessing_context(self, given) -> None:
        if given is not None and self.num_workers == 0:
            raise ValueError(
                "multiprocessing_context can only be used with multi-process loading (num_workers > 0), but got "
                f"num_workers={self.num_workers}"
            )
        if given is None:
            self._context = None
            return
        import multiprocessing
        from multiprocessing.context import BaseContext

        if isinstance(given, str):
            methods = multiprocessing.get_all_start_methods()
            if given not in methods:
                raise ValueError(
                    f"multiprocessing_context option should specify a valid start method in {methods!r}, but got "
                    f"multiprocessing_context={given!r}"
                )
            given = multiprocessing.get_context(given)
        if not isinstance(given, BaseContext):
            raise TypeError(
                "multiprocessing_context option should be a valid context object or a string specifying the start "
                f"method, but got multiprocessing_context={given}"
            )
        self._context = given

    @property
    def index_sampler(self):
        """What the indices to fetch come from: `batch_sampler`, or `sampler` where single samples are loaded."""
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    def _warn_of_many_workers(self) -> None:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        if self.num_workers > cores:
            warnings.warn(
                f"This DataLoader will create {self.num_workers} worker processes in total. Our suggested max number "
                f"of worker in current system is {cores}, which is smaller than what this DataLoader is going to "
                "create. More workers than cores can make loading slower.",
                UserWarning,
                stacklevel=3,
            )

    def __iter__(self):
        if self.num_workers == 0:
            return InThisProcess(self)
        # What processes need is imported for those who use them.
        from .reading_ahead import ByWorkers

        if not self.persistent_workers:
            return ByWorkers(self)
        if self._kept is None or self._kept.is_closed:
            self._kept = ByWorkers(self)
        else:
            self._kept.begin_again()
        return self._kept

    def __len__(self) -> int:
        if not self.streams:
            return len(self.index_sampler)
        length = self.reported_length = len(self.dataset)
        if self.batch_size is None:
            return length
        return length // self.batch_size if self.drop_last else -(-length // self.batch_size)
