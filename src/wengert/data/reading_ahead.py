"""Iterating over a loader by worker processes that read ahead."""

import itertools
import weakref
from collections import deque

from .channel import decode
from .iteration import Iteration
from .processes import Workers
from .worker import Ended, Failure


class ByWorkers(Iteration):
    """Keeps `prefetch_factor` batches per worker under way, and gives them in the sampler's order unless told not to.

    Tasks go round the workers. Each has a number and gets one answer; an answer of an earlier epoch (of a loader with
    persistent workers that was left midway) is thrown away.
    """

    def __init__(self, loader):
        if loader.prefetch_factor <= 0:
            raise AssertionError(
                "prefetch_factor must be greater than 0 for MultiProcessingDataLoaderIter: it is "
                f"{loader.prefetch_factor} for num_workers={loader.num_workers}"
            )
        super().__init__(loader)
        self._epoch = 0
        self._workers = Workers(
            self._plan, loader.worker_init_fn, loader.num_workers, self._base_seed, loader.multiprocessing_context
        )
        self._finalizer = weakref.finalize(self, self._workers.end)
        self._prime()

    def begin_again(self) -> None:
        """Begin another epoch with the same workers."""
        self._epoch += 1
        self._begin_epoch()
        self._workers.begin(self._epoch)
        self._prime()

    def _prime(self) -> None:
        count = self._loader.num_workers
        self._sent = 0
        self._wanted = 0
        self._under_way: dict[int, int] = {}  # number of a task -> its worker
        self._arrived: dict[int, tuple] = {}  # number of a task -> its answer
        self._in_order_of_arrival: deque[int] = deque()
        self._active = [True] * count
        self._tasks_of = [0] * count
        self._turns = itertools.cycle(range(count))
        for _ in range(self._loader.prefetch_factor * count):
            self._send_one()

    def _send_one(self) -> None:
        worker = self._whose_turn()
        if worker is None:
            return
        try:
            index = next(self._indices)
        except StopIteration:
            return
        self._under_way[self._sent] = worker
        self._tasks_of[worker] += 1
        self._workers.send(worker, self._epoch, self._sent, index)
        self._sent += 1

    def _whose_turn(self) -> int | None:
        for worker in itertools.islice(self._turns, self._loader.num_workers):
            if not self._active[worker]:
                continue
            if self._loader.in_order or self._tasks_of[worker] < self._loader.prefetch_factor:
                return worker
        return None

    def _next(self):
        while True:
            number = self._ready()
            if number is None:
                if not self._under_way:
                    if not self._loader.persistent_workers:
                        self.close()
                    raise StopIteration
                self._receive()
                continue
            worker = self._under_way.pop(number)
            answer = self._decoded(self._arrived.pop(number))
            self._tasks_of[worker] -= 1
            if isinstance(answer, Ended):
                self._active[worker] = False
                continue
            self._send_one()
            if isinstance(answer, Failure):
                answer.raise_again()
            return answer

    def _ready(self) -> int | None:
        """The number of the answer to give next, if it has come."""
        if not self._loader.in_order:
            return self._in_order_of_arrival.popleft() if self._in_order_of_arrival else None
        if self._wanted not in self._arrived:
            return None
        self._wanted += 1
        return self._wanted - 1

    def _receive(self) -> None:
        try:
            answers = self._workers.wait(self._loader.timeout or None)
        except RuntimeError:
            self.close()
            raise
        if not answers:
            raise RuntimeError(f"DataLoader timed out after {self._loader.timeout} seconds")
        for epoch, number, *answer in answers:
            if epoch == self._epoch:
                self._arrived[number] = tuple(answer)
                self._in_order_of_arrival.append(number)

    def _decoded(self, answer):
        try:
            return decode(*answer)
        except Exception as error:
            raise RuntimeError(
                f"DataLoader: a batch of a worker process could not be read here: {type(error).__name__}: {error}"
            ) from error

    def close(self) -> None:
        """End the workers and forget what they have sent."""
        self._under_way.clear()
        self._arrived.clear()
        self._in_order_of_arrival.clear()
        self._active = [False] * len(self._active)
        self._finalizer()

    @property
    def is_closed(self) -> bool:
        """Whether the workers have been ended."""
        return not self._finalizer.alive
