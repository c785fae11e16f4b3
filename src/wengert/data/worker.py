"""What runs in a worker process of a loader."""

import os
import random
import select
import traceback
from collections import deque
from typing import NamedTuple

from ..kernels.threads import set_num_threads
from ..ops.generator import manual_seed
from . import worker_info
from .channel import Channel, decode, encode
from .fetch import Plan, StreamEnded

# The numbers of messages that are no tasks: one begins an epoch, one brings the job.
BEGIN, JOB = -1, -2
# How often a worker looks whether the process that it works for is still there, if no message tells it.
_SECONDS_BETWEEN_LOOKS = 5.0


class Ended:
    """The answer to a task when the worker's stream has no more samples."""


class Failure:
    """An exception on its way from a worker to the process that it works for: its type, and its traceback as text."""

    def __init__(self, worker: int, error: BaseException):
        self.worker = worker
        self.kind = type(error)
        self.text = "".join(traceback.format_exception(error))

    def raise_again(self):
        """Raise an exception of the same type; RuntimeError where the type cannot be made of a message alone."""
        message = f"Caught {self.kind.__name__} in DataLoader worker process {self.worker}.\nOriginal {self.text}"
        if self.kind is KeyError:
            message = _AsItIs(message)
        try:
            error = self.kind(message=message) if getattr(self.kind, "message", None) else self.kind(message)
        except Exception:
            error = RuntimeError(message)
        raise error


class _AsItIs(str):
    """A message that KeyError, which shows its argument as a literal, shows line by line."""

    def __repr__(self) -> str:
        return str(self)


class Post(NamedTuple):
    """Which worker this is and how it begins."""

    id: int
    num_workers: int
    base_seed: int

    def seed_everything(self) -> int:
        """Seed the random numbers of this library, of Python and of NumPy; returns the seed."""
        import numpy.random

        seed = self.base_seed + self.id
        manual_seed(seed)
        random.seed(seed)
        words = [self.id, self.base_seed & 0xFFFFFFFF, self.base_seed >> 32, 0]
        numpy.random.seed(numpy.random.SeedSequence(words).generate_state(4))
        return seed


def main(end, other_end, post: Post, job) -> None:
    """The life of a worker: answer every task with a message, until the other end is closed.

    `job` is (plan, worker_init_fn), or None where it comes as the first message: to a process that was not forked.
    """
    if other_end is not None:
        other_end.close()
    channel = Channel(end)
    try:
        _work(channel, post, job)
    except (KeyboardInterrupt, BrokenPipeError, ConnectionResetError):
        # Both mean that nobody waits for the answer.
        pass
    finally:
        channel.close()


def _work(channel: Channel, post: Post, job) -> None:
    set_num_threads(1)
    seed = post.seed_everything()
    tasks: deque = deque()
    failure = None
    try:
        if job is None:
            if not _has_task(channel, tasks):
                return
            _, _, data, memory = tasks.popleft()
            job = decode(data, memory, private=True)
        plan, worker_init_fn = job
        worker_info.set_worker_info(post.id, post.num_workers, seed, plan.dataset)
        if worker_init_fn is not None:
            worker_init_fn(post.id)
    except Exception as error:
        failure, plan = Failure(post.id, error), None
    fetch = None
    while True:
        if not _has_task(channel, tasks):
            return
        epoch, number, *message = tasks.popleft()
        if number == BEGIN:
            fetch = None
            continue
        if failure is None and fetch is None:
            fetch, failure = _begun(plan, post)
        channel.send(epoch, number, *_answer(fetch, failure, message, post))
        while channel.is_writing:
            if not _wait(channel, tasks):
                return


def _begun(plan: Plan, post: Post):
    try:
        return plan.begin(), None
    except Exception as error:
        return None, Failure(post.id, error)


def _answer(fetch, failure: Failure | None, message: list, post: Post) -> tuple:
    try:
        index = decode(*message)
        if failure is None:
            return encode(fetch(index))
    except StreamEnded:
        return encode(Ended())
    except Exception as error:
        failure = Failure(post.id, error)
    try:
        return encode(failure)
    except Exception:
        # Its type is one that pickle does not find again in the other process.
        failure.kind = RuntimeError
        return encode(failure)


def _has_task(channel: Channel, tasks: deque) -> bool:
    """Wait for a task. False if there is nobody at the other end who would send one."""
    while not tasks:
        if not _wait(channel, tasks):
            return False
    return True


def _wait(channel: Channel, tasks: deque) -> bool:
    """Wait until something has arrived or gone out. False if there is nobody at the other end.

    The beginning of an epoch makes earlier tasks void.
    """
    parent = os.getppid()
    poll = select.poll()
    poll.register(channel, select.POLLIN | (select.POLLOUT if channel.is_writing else 0))
    while not (ready := poll.poll(_SECONDS_BETWEEN_LOOKS * 1000)):
        if os.getppid() != parent:
            return False
    events = ready[0][1]
    if events & select.POLLOUT:
        channel.write()
    if events & ~select.POLLOUT:
        messages, alive = channel.receive()
        for message in messages:
            if message[1] == BEGIN:
                for task in [task for task in tasks if task[1] != JOB]:
                    tasks.remove(task)
            tasks.append(message)
        return alive
    return True
