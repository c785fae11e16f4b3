"""Messages between a loader and a worker process, with the tensors in them in shared memory.

Design
  A. A message is a pickle. What tensors and arrays hold is not in it: it is written to one piece of anonymous shared
     memory for the message, whose file descriptor goes along. The receiver maps it, and the tensors lie there.
  B. The memory has no name. It goes with its last descriptor or mapping, however the processes end.
  C. Neither side ever waits to write: what the system does not take at once waits in a list and goes out while the side
     waits to read. So two sides that both have much to say do not wait for one another for ever.
"""

import os
import pickle
import socket
import struct
import tempfile
from collections import deque
from multiprocessing.reduction import ForkingPickler

import numpy

from ..core import Tensor
from ..core.promotion import from_array
from ..core.storage import SharedMemory

# How long the data is, whether a descriptor comes with it, and the sender's own two numbers.
_HEADER = struct.Struct("<Q?qq")
# A pickle of more bytes is in shared memory as well, lest it fill the connection.
_LARGE = 1 << 14
_ALIGNMENT = 64
_MOST_AT_ONCE = 1 << 16


# ------------------------------------------------------------------------------------------------ messages


class Descriptor:
    """An open file of the system's, closed when nobody has it any more, whatever came between."""

    __slots__ = ("number",)

    def __init__(self, number: int):
        self.number = number

    def __del__(self, close=os.close):
        close(self.number)


def _received(cls, array, requires_grad: bool, attributes: dict):
    made = cls._make_subclass(cls, from_array(array), requires_grad)
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


class _Pickler(ForkingPickler):
    """Of a tensor its own elements are sent, not all of the memory that it may be a small view of."""

    def reducer_override(self, obj):
        if not isinstance(obj, Tensor) or obj._level:
            return NotImplemented
        if not obj.is_leaf:
            raise RuntimeError(
                "Cowardly refusing to serialize non-leaf tensor which requires_grad, since autograd does not support "
                "crossing process boundaries.  If you just want to transfer the data, call detach() on the tensor "
                "before serializing (e.g., putting it on the queue)."
            )
        array = obj.array if obj.array.ndim == 0 else numpy.ascontiguousarray(obj.array)
        return _received, (type(obj), array, obj.requires_grad, dict(vars(obj)))


class _ByteSink:
    """Collects a pickle."""

    def __init__(self):
        self.parts = bytearray()

    def write(self, data) -> int:
        self.parts += data
        return len(data)


def encode(message) -> tuple[bytes, Descriptor | None]:
    """A message as (bytes, its shared memory or None), to be sent or to be decoded here."""
    buffers: list = []
    sink = _ByteSink()
    # Protocol 5, the fix of old names, and where the memory of arrays goes.
    _Pickler(sink, 5, True, buffers.append).dump(message)
    views = [buffer.raw() for buffer in buffers]
    if not views and len(sink.parts) <= _LARGE:
        return bytes(sink.parts), None
    views.append(memoryview(sink.parts))
    places, end = [], 0
    for view in views:
        begin = -(-end // _ALIGNMENT) * _ALIGNMENT
        end = begin + len(view)
        places.append((begin, end))
    memory = _shared_memory(end)
    for view, (begin, _) in zip(views, places, strict=True):
        _write_all(memory.number, view, begin)
    return struct.pack(f"<{2 * len(places)}Q", *[x for place in places for x in place]), memory


def decode(data: bytes, memory: Descriptor | None, private: bool = False):
    """The message that `encode` made. Its tensors lie in the shared memory; `private`, changes to them stay here."""
    if memory is None:
        return pickle.loads(data)
    numbers = struct.unpack(f"<{len(data) // 8}Q", data)
    places = list(zip(numbers[::2], numbers[1::2], strict=True))
    whole = memoryview(_mapped(memory.number, places[-1][1], private))
    *views, parts = [whole[begin:end] for begin, end in places]
    return pickle.loads(parts, buffers=views)


def _shared_memory(size: int) -> Descriptor:
    if hasattr(os, "memfd_create"):
        memory = Descriptor(os.memfd_create("wengert-batch"))
    else:
        with tempfile.TemporaryFile(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as file:
            memory = Descriptor(os.dup(file.fileno()))
    os.ftruncate(memory.number, max(size, 1))
    return memory


def _write_all(fd: int, view: memoryview, offset: int) -> None:
    while len(view):
        written = os.pwrite(fd, view, offset)
        view, offset = view[written:], offset + written


def _mapped(fd: int, size: int, private: bool):
    """The memory behind a descriptor, or a copy where descriptors run short: a mapping holds one as long as it lives,
    and of the many batches that a program may keep not all can be mappings."""
    import mmap
    import resource

    # The system gives the lowest number that is free.
    next_fd = os.dup(fd)
    os.close(next_fd)
    if next_fd < resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2:
        return mmap.mmap(fd, size, access=mmap.ACCESS_COPY) if private else SharedMemory(fd, size)
    copy = bytearray(size)
    view, offset = memoryview(copy), 0
    while offset < size:
        offset += os.preadv(fd, [view[offset:]], offset)
    return copy


# ------------------------------------------------------------------------------------------------ the channel


class Channel:
    """One end of a connection. `send` never waits; `receive` gives what has arrived."""

    def __init__(self, end: socket.socket):
        end.setblocking(False)
        self._socket = end
        self._outgoing: deque = deque()
        self._incoming = bytearray()
        self._descriptors: deque = deque()

    def fileno(self) -> int:
        return self._socket.fileno()

    @property
    def is_writing(self) -> bool:
        """Whether something waits to be sent: `write` when the socket takes more."""
        return bool(self._outgoing)

    def send(self, epoch: int, number: int, data: bytes = b"", memory: Descriptor | None = None) -> None:
        """Send what `encode` made, with two numbers: at once as far as the system takes it, the rest when `write` is
        called."""
        self._outgoing.append([memoryview(_HEADER.pack(len(data), memory is not None, epoch, number) + data), memory])
        self.write()

    def write(self) -> None:
        """Send what waits to be sent, as far as the system takes it now. OSError if the other end is gone."""
        while self._outgoing:
            entry = self._outgoing[0]
            view, memory = entry
            try:
                if memory is None:
                    sent = self._socket.send(view)
                else:
                    sent = socket.send_fds(self._socket, [view], [memory.number])
            except BlockingIOError:
                return
            entry[:] = view[sent:], None
            if sent == len(view):
                self._outgoing.popleft()

    def receive(self) -> tuple[list, bool]:
        """What has arrived, as (epoch, number, data, memory), and whether the other end is still there."""
        alive = True
        while True:
            try:
                data, descriptors, flags, _ = socket.recv_fds(self._socket, _MOST_AT_ONCE, 16)
            except BlockingIOError:
                break
            except OSError:
                alive = False
                break
            self._descriptors += [Descriptor(number) for number in descriptors]
            if flags & socket.MSG_CTRUNC:
                raise RuntimeError(
                    "Too many open files. Communication with the workers is no longer possible. Please increase the "
                    "limit using `ulimit -n` in the shell, or keep fewer batches at a time."
                )
            if not data:
                alive = False
                break
            self._incoming += data
        return list(self._complete()), alive

    def _complete(self):
        begin = 0
        while len(self._incoming) - begin >= _HEADER.size:
            length, has_memory, epoch, number = _HEADER.unpack_from(self._incoming, begin)
            end = begin + _HEADER.size + length
            if len(self._incoming) < end:
                break
            data = bytes(self._incoming[begin + _HEADER.size : end])
            yield epoch, number, data, self._descriptors.popleft() if has_memory else None
            begin = end
        del self._incoming[:begin]

    def close(self) -> None:
        """Close the connection; what was not sent or not asked for is lost."""
        try:
            # Processes that were forked meanwhile have copies of the socket, which closing it here would not close.
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._socket.close()
        self._outgoing.clear()
        self._descriptors.clear()
