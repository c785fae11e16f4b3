"""The worker processes of a loader, seen from the process that they work for."""

import multiprocessing
import multiprocessing.connection  # by itself imported when first waited, which may be in a finalizer
import os
import select
import signal
import socket
import time

from .channel import Channel, encode
from .fetch import Plan
from .worker import BEGIN, JOB, Post, main

_SECONDS_TO_END = 5.0


class Workers:
    """Starts worker processes, sends them tasks, waits for their answers, ends them."""

    def __init__(self, plan: Plan, worker_init_fn, count: int, base_seed: int, context=None):
        if not hasattr(socket, "send_fds"):
            raise RuntimeError(
                f"DataLoader(num_workers={count}): worker processes need Unix sockets, which this system has not; use "
                "num_workers=0"
            )
        self.owner = os.getpid()
        self.channels: list[Channel] = []
        self.processes: list = []
        context = context or multiprocessing.get_context()
        forks = context.get_start_method() == "fork"
        job = (plan, worker_init_fn)
        shared = None if forks else encode(job)
        try:
            for number in range(count):
                self._start(context, Post(number, count, base_seed), job if forks else None, shared)
        except BaseException:
            self.end()
            raise

    def _start(self, context, post: Post, job, shared) -> None:
        ours, theirs = socket.socketpair()
        # In a forked process our end is open, too, and the worker would not see it closed.
        process = context.Process(
            target=main, args=(theirs, None if shared else ours, post, job), daemon=True,
            name=f"DataLoader worker {post.id}",
        )  # fmt: skip
        channel = Channel(ours)
        try:
            process.start()
        except BaseException:
            channel.close()
            raise
        finally:
            theirs.close()
        self.channels.append(channel)
        self.processes.append(process)
        if shared is not None:
            channel.send(0, JOB, *shared)

    def begin(self, epoch: int) -> None:
        """Begin an epoch: answers to tasks of earlier ones are no longer wanted."""
        for worker in range(len(self.channels)):
            self._post(worker, epoch, BEGIN)

    def send(self, worker: int, epoch: int, number: int, index) -> None:
        """Give a worker a task."""
        self._post(worker, epoch, number, *encode(index))

    def _post(self, worker: int, epoch: int, *message) -> None:
        try:
            self.channels[worker].send(epoch, *message)
        except (BrokenPipeError, ConnectionResetError):
            # It has died; `wait` says so, after the answers that it still gave.
            pass

    def wait(self, timeout: float | None) -> list:
        """The answers that have come, as (epoch, number, data, memory); waits for the first. None in time: [].

        RuntimeError if a worker has died.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            poll = select.poll()
            for channel in self.channels:
                poll.register(channel, select.POLLIN | (select.POLLOUT if channel.is_writing else 0))
            for process in self.processes:
                poll.register(process.sentinel, select.POLLIN)
            ready = poll.poll(None if deadline is None else max(0.0, deadline - time.monotonic()) * 1000)
            answers, dead = self._looked_at(ready)
            if answers:
                return answers
            if dead:
                self._report_dead()
            if deadline is not None and time.monotonic() >= deadline:
                return []

    def _looked_at(self, ready) -> tuple[list, bool]:
        channels = {channel.fileno(): channel for channel in self.channels}
        answers: list = []
        dead = False
        for fileno, events in ready:
            channel = channels.get(fileno)
            if channel is None:
                dead = True
                continue
            if events & select.POLLOUT:
                try:
                    channel.write()
                except (BrokenPipeError, ConnectionResetError):
                    dead = True
            if events & ~select.POLLOUT:
                messages, alive = channel.receive()
                answers += messages
                dead = dead or not alive
        return answers, dead

    def _report_dead(self) -> None:
        # A connection may be closed a moment before its process has ended.
        end = time.monotonic() + 1.0
        while not (dead := [process for process in self.processes if not process.is_alive()]):
            if time.monotonic() > end:
                dead = self.processes
                break
            time.sleep(0.001)
        how = "; ".join(sorted({_how_it_ended(process.exitcode) for process in dead}))
        pids = ", ".join([str(process.pid) for process in dead])
        raise RuntimeError(f"DataLoader worker (pid(s) {pids}) exited unexpectedly: {how}")

    def end(self) -> None:
        """End all workers. Does nothing in a process that was forked from the one that started them."""
        if os.getpid() != self.owner:
            return
        for channel in self.channels:
            channel.close()
        for end_it, seconds in ((None, _SECONDS_TO_END), ("terminate", 1.0), ("kill", 1.0)):
            deadline = time.monotonic() + seconds
            for process in self.processes:
                if end_it is not None and process.is_alive():
                    getattr(process, end_it)()
            for process in self.processes:
                process.join(max(0.0, deadline - time.monotonic()))
            if not any([process.is_alive() for process in self.processes]):
                break
        self.channels.clear()
        self.processes.clear()


def _how_it_ended(code: int | None) -> str:
    if code is None:
        return "its connection was closed"
    if code >= 0:
        return f"it ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    hint = ", as the system does when memory runs out" if name == "SIGKILL" else ""
    return f"it was killed by {name}{hint}"
