"""Messages between processes: what is in them, and what travels beside them in shared memory."""

import os
import socket

import numpy
import pytest

import wengert
from wengert.core.dtypes import ALL
from wengert.data.channel import Channel, decode, encode
from wengert.nn import Parameter


def memory_size(memory):
    return os.fstat(memory.number).st_size


def test_values_of_tensors_are_not_in_the_message():
    data, memory = encode({"x": wengert.arange(100_000.0), "y": numpy.arange(5)})
    assert len(data) < 200 and memory_size(memory) >= 400_000
    decoded = decode(data, memory)
    assert decoded["x"].is_shared() and decoded["x"][99_999].item() == 99_999
    assert decoded["y"].tolist() == [0, 1, 2, 3, 4]
    number = memory.number
    del memory
    with pytest.raises(OSError):
        os.fstat(number)


def test_a_small_view_of_much_memory_is_sent_as_its_own_elements():
    data, memory = encode(wengert.zeros(1_000_000)[5:7])
    assert memory_size(memory) < 10_000 and decode(data, memory).tolist() == [0, 0]


def test_small_messages_have_no_memory_and_long_ones_do():
    assert encode([1, "a"])[1] is None
    data, memory = encode("a" * 100_000)
    assert len(data) < 100 and decode(data, memory) == "a" * 100_000


@pytest.mark.parametrize("dtype", ALL, ids=str)
def test_every_type(dtype):
    x = wengert.tensor([[1, 0, 1], [0, 1, 1]]).to(dtype)
    for sent in (x, x.T, x[:, ::2], x[0, 0], x[:0], x.expand(2, 2, 3)):
        got = decode(*encode(sent))
        assert got.dtype is dtype and got.shape == sent.shape and got.tolist() == sent.tolist()


def test_what_a_tensor_is():
    parameter = decode(*encode(Parameter(wengert.ones(2))))
    assert isinstance(parameter, Parameter) and parameter.requires_grad and parameter.is_leaf
    frozen = wengert.ones(2)
    frozen.note = "kept"
    assert decode(*encode(frozen)).note == "kept"
    x = wengert.ones(3)
    first, second = decode(*encode([x, x]))
    assert first is second


def test_private_memory_keeps_changes_to_itself():
    data, memory = encode(wengert.ones(3))
    mine, private = decode(data, memory), decode(data, memory, private=True)
    private.zero_()
    assert mine.tolist() == [1, 1, 1] and private.tolist() == [0, 0, 0]


def test_a_channel_never_waits_and_loses_nothing():
    ours, theirs = (Channel(end) for end in socket.socketpair())
    for i in range(300):
        ours.send(0, i, *encode("x" * 10_000 + str(i)))
    assert ours.is_writing
    found = []
    while len(found) < 300:
        messages, alive = theirs.receive()
        assert alive
        found += [(number, decode(data, memory)) for _, number, data, memory in messages]
        ours.write()
    assert found == [(i, "x" * 10_000 + str(i)) for i in range(300)] and not ours.is_writing
    for i in range(40):
        ours.send(1, i, *encode(wengert.full((3,), i)))
    messages, _ = theirs.receive()
    assert [decode(data, memory).tolist() for _, _, data, memory in messages] == [[i] * 3 for i in range(40)]
    ours.close()
    assert theirs.receive() == ([], False)
    theirs.close()


def test_closing_frees_what_was_not_received():
    def open_descriptors():
        return sorted(os.listdir("/proc/self/fd"))

    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("needs /proc")
    before = open_descriptors()
    ours, theirs = (Channel(end) for end in socket.socketpair())
    for _ in range(300):
        ours.send(0, 0, *encode(wengert.ones(4)))
    messages, _ = theirs.receive()
    assert ours.is_writing and messages
    ours.close()
    theirs.close()
    del messages
    assert open_descriptors() == before
