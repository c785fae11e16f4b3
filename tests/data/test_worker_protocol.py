"""What a worker answers to messages that come in pieces, early or late; here it runs in a thread."""

import socket
import threading

import pytest

from wengert.data import channel as channel_module
from wengert.data import fetch, worker, worker_info
from wengert.data.channel import Channel, decode, encode


@pytest.fixture
def start(monkeypatch):
    """Starts a worker on a connection; returns our end."""
    monkeypatch.setattr(worker, "set_num_threads", lambda count: None)
    monkeypatch.setattr(worker.Post, "seed_everything", lambda post: 7)
    threads, ends = [], []

    def started(job):
        ours, theirs = socket.socketpair()
        thread = threading.Thread(target=worker.main, args=(theirs, None, worker.Post(0, 1, 7), job))
        thread.start()
        threads.append(thread)
        ends.append(ours)
        return ours

    yield started
    for end in ends:
        end.close()
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive()
    worker_info._info = None


def answers(channel, count):
    found = []
    while len(found) < count:
        messages, alive = channel.receive()
        assert alive
        found += [(epoch, number, decode(data, fd)) for epoch, number, data, fd in messages]
    return found


JOB = fetch.Plan([10, 11, 12], False, False, lambda x: x, False), None


def framed(epoch, number, message):
    data, fd = encode(message)
    assert fd is None
    return channel_module._HEADER.pack(len(data), False, epoch, number) + data


def test_messages_in_pieces(start):
    end = start(JOB)
    whole = framed(0, 0, 1) + framed(0, 1, 2)
    for i in range(len(whole)):
        end.send(whole[i : i + 1])
    assert answers(Channel(end), 2) == [(0, 0, 11), (0, 1, 12)]


def test_the_beginning_of_an_epoch_makes_tasks_void_but_not_the_job(start):
    end = start(None)
    job = framed(0, worker.JOB, (fetch.Plan([10, 11, 12], False, False, Sum(), False), None))
    end.send(job + framed(0, 0, 0) + framed(0, 1, 1) + framed(1, worker.BEGIN, None) + framed(1, 0, 2))
    assert answers(Channel(end), 1) == [(1, 0, 12)]


class Sum:
    """A function that pickle finds."""

    def __call__(self, x):
        return x
