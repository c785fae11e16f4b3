"""Going on in another thread, for work that has gone so deep that this thread's stack would overflow.

Passes started by hooks and Functions of other passes nest without bound; the stack of a thread does not.
"""

import threading

from . import modes

# What belongs to a thread and goes along: (read, write) pairs. Floors above add what they keep by thread.
_carried: list = [(modes.snapshot, modes.adopt)]


def carry(read, write) -> None:
    """Let `write(read())` of the calling thread run in every thread that goes on with its work."""
    _carried.append((read, write))


def on_fresh_stack(function, *arguments):
    """Call a function in a new thread, in this one's modes, and wait for what it returns or raises."""
    state = [(write, read()) for read, write in _carried]
    outcome: list = []

    def run() -> None:
        for write, value in state:
            write(value)
        try:
            outcome.append((function(*arguments), None))
        except BaseException as error:
            outcome.append((None, error))
        finally:
            modes.adopt(modes.PLAIN)

    thread = threading.Thread(target=run, name="wengert: a deeper backward pass", daemon=True)
    thread.start()
    thread.join()
    result, error = outcome[0]
    if error is not None:
        raise error
    return result
