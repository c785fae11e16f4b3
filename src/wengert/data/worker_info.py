"""What a worker process of a loader knows of itself."""

from typing import Any, NamedTuple


class WorkerInfo(NamedTuple):
    """What a worker process knows of itself.

    Attributes:
        id: its number, from 0.
        num_workers: how many workers the loader has.
        seed: what random numbers in it were seeded with: the loader's seed plus `id`.
        dataset: its copy of the dataset.

    >>> import wengert as t
    >>> t.data.get_worker_info() is None  # in a worker process it is a WorkerInfo
    True
    """

    id: int
    num_workers: int
    seed: int
    dataset: Any


_info: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """In a worker process of a `DataLoader` its `WorkerInfo`, elsewhere None. An iterable dataset finds out here which
    share of the stream is this worker's.

    >>> from wengert.utils.data import get_worker_info
    >>> get_worker_info() is None
    True
    """
    return _info


def set_worker_info(id: int, num_workers: int, seed: int, dataset) -> None:
    """Say that this process is a worker."""
    global _info
    _info = WorkerInfo(id, num_workers, seed, dataset)
