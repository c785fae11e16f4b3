"""Writing a file so that others see the old one or the new one, whole, and nothing else, whatever happens."""

import contextlib
import os
import stat


@contextlib.contextmanager
def replacing(path):
    """A binary file to write to; when the block ends without an error it takes the place of what `path` names.

    Until then it has no name, where the system allows that, so that not even a kill leaves anything behind; elsewhere
    it is a hidden file beside the old one, removed after an error. Its bytes are on the disk before it takes the name.
    A link is followed, permissions are kept, and what is no ordinary file (a pipe, a device) is written to as it is.
    """
    path = os.path.realpath(os.fsdecode(path))
    folder, name = os.path.split(path)
    if not os.path.isdir(folder):
        raise RuntimeError(f"Parent directory {folder} does not exist.")
    try:
        old = os.stat(path)
    except FileNotFoundError:
        old = None
    if old is not None and not stat.S_ISREG(old.st_mode):
        with open(path, "wb") as file:
            yield file
        return
    beside = os.path.join(folder, f".{os.urandom(8).hex()}.partial")
    try:
        fd, named = _opened(folder, beside)
    except OSError as error:
        # The file that was asked for, not the one that would have taken its place.
        raise type(error)(error.errno, error.strerror, path) from None
    try:
        with os.fdopen(fd, "wb") as file:
            yield file
            file.flush()
            if old is not None:
                os.fchmod(file.fileno(), stat.S_IMODE(old.st_mode))
            os.fsync(file.fileno())
            if not named:
                _give_name(file.fileno(), beside)
                named = True
        os.replace(beside, path)
        named = False
        _sync_folder(folder)
    finally:
        if named:
            with contextlib.suppress(OSError):
                os.unlink(beside)


def _opened(folder, beside) -> tuple[int, bool]:
    """A new file in the folder, and whether it has a name."""
    if hasattr(os, "O_TMPFILE") and os.path.isdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            return os.open(folder, os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, 0o666), False
    return os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_CLOEXEC", 0), 0o666), True


def _give_name(fd: int, beside) -> None:
    # link() would make another link to /proc's; linkat(), which a folder's descriptor asks for, follows it.
    folder = os.open("/proc/self/fd", os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.link(str(fd), beside, src_dir_fd=folder, follow_symlinks=True)
    finally:
        os.close(folder)


def _sync_folder(folder) -> None:
    with contextlib.suppress(OSError):
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
