"""Files on a disk: written whole or not at all, read without a copy, and every alteration noticed."""

import io
import os
import pathlib
import pickle
import signal
import stat
import subprocess
import sys

import numpy
import pytest

import wengert
from wengert.serialization import atomic_file

STRUCTURE = {"weight": wengert.arange(6.0).reshape(2, 3), "mask": wengert.tensor([True, False]), "epoch": 3}


def saved(x=STRUCTURE) -> bytes:
    file = io.BytesIO()
    wengert.save(x, file)
    return file.getvalue()


# ------------------------------------------------------------------------------------------------ damage


def test_every_altered_byte_is_noticed(tmp_path):
    data = saved()
    assert wengert.load(io.BytesIO(data))["epoch"] == 3
    unnoticed = []
    for at in range(len(data)):
        for bit in (0, 3, 5, 7):
            altered = bytearray(data)
            altered[at] ^= 1 << bit
            try:
                wengert.load(io.BytesIO(bytes(altered)))
                unnoticed.append((at, bit))
            except (RuntimeError, pickle.UnpicklingError) as error:
                assert "load()" in str(error)
    assert not unnoticed


def test_every_cut_is_noticed():
    data = saved()
    for length in range(1, len(data)):
        with pytest.raises((RuntimeError, pickle.UnpicklingError), match="load()"):
            wengert.load(io.BytesIO(data[:length]))
    with pytest.raises(EOFError, match="BytesIO is empty"):
        wengert.load(io.BytesIO())
    with pytest.raises(RuntimeError, match="has more at its end"):
        wengert.load(io.BytesIO(data + b"x"))


def test_messages_name_the_file_and_what_was_found(tmp_path):
    path = tmp_path / "run.safetensors"
    data = saved()
    path.write_bytes(data[:-3])
    with pytest.raises(RuntimeError, match="run.safetensors is no valid safetensors file: it is cut off: the header"):
        wengert.load(path)
    path.write_bytes(data[:-1] + b"\1")
    with pytest.raises(RuntimeError, match="run.safetensors .*was altered after it was saved: its checksum is"):
        wengert.load(path)
    # Without the look at every byte, which a mapped file may be too long for, it is what it is.
    assert wengert.load(path, mmap=True)["epoch"] == 3


@pytest.mark.parametrize("data, words", [
    (b"hello world, what is this", "of another kind, or cut off. It has 25 bytes and begins with b'hello world"),
    (b"\x93NUMPY\x01\x00", "an array of numpy.save"), (b"\x1f\x8b\x08", "compressed by gzip"), (b"<html>", "HTML"),
    (b"\x80\x04\x95.", "a pickle of another program"), (b"{}", "JSON"), (b"PK", "of another kind, or cut off"),
    (bytes(257) + b"ustar", "a tar archive"), (bytes(1000), "of another kind"), (b"x", "It has 1 bytes"),
])  # fmt: skip
def test_files_of_other_programs(data, words, tmp_path):
    path = tmp_path / "other"
    path.write_bytes(data)
    with pytest.raises(pickle.UnpicklingError, match=f"other is no file of save.*{words}"):
        wengert.load(path)


# ------------------------------------------------------------------------------------------------ memory


def lies_in(x, path) -> bool:
    with open("/proc/self/maps") as file:
        for line in file:
            if line.rstrip().endswith(str(path)):
                begin, end = (int(word, 16) for word in line.split()[0].split("-"))
                if begin <= x.data_ptr() < end:
                    return True
    return False


def test_a_loaded_file_is_mapped_and_changes_stay_in_memory(tmp_path):
    if not os.path.exists("/proc/self/maps"):
        pytest.skip("needs /proc")
    path = tmp_path / "x.safetensors"
    wengert.save(STRUCTURE, path)
    before = path.read_bytes()
    x = wengert.load(path)["weight"]
    assert lies_in(x, path) and not lies_in(wengert.load(path, mmap=False)["weight"], path)
    x.mul_(2)
    assert x.tolist() == [[0, 2, 4], [6, 8, 10]] and path.read_bytes() == before
    assert wengert.load(path)["weight"][1, 2].item() == 5
    # Another file in its place is another file; the mapped one stays.
    wengert.save({"weight": wengert.zeros(2, 3)}, path)
    assert x.tolist() == [[0, 2, 4], [6, 8, 10]] and (wengert.load(path)["weight"] == 0).all()


def test_only_what_is_looked_at_is_read(tmp_path):
    """A file of 256 MB with holes, of which a few elements are looked at, takes next to no memory."""
    if not os.path.exists("/proc/self/statm"):
        pytest.skip("needs /proc")
    path = tmp_path / "large.safetensors"
    header = b'{"x":{"dtype":"F32","shape":[67108864],"data_offsets":[0,268435456]}}   '
    with open(path, "wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.truncate(8 + len(header) + (1 << 28))

    def resident():
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    before = resident()
    x = wengert.load(path)["x"]
    assert x[12345].item() == 0 and x.numel() == 1 << 26
    x[5] = 1
    assert resident() - before < 16 << 20


def test_an_odd_header_is_read_by_a_copy(tmp_path):
    """It makes odd addresses, which elements of four bytes cannot have."""
    path = tmp_path / "odd.safetensors"
    header = b'{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
    header += b" " * (3 - len(header) % 8)
    path.write_bytes(len(header).to_bytes(8, "little") + header + numpy.float32([1, 2]).tobytes())
    x = wengert.load(path)["x"]
    assert x.tolist() == [1, 2] and x.data_ptr() % 4 == 0
    x[0] = 5


# ------------------------------------------------------------------------------------------------ whole or not at all


def run(code, path):
    return subprocess.run(
        [sys.executable, "-c", "import os, signal, sys\nimport wengert\npath = sys.argv[1]\n" + code, path],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_a_full_disk_leaves_the_old_file(tmp_path):
    path = tmp_path / "run.safetensors"
    wengert.save("old", path)
    result = run(
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "try:\n    wengert.save(wengert.zeros(100_000), path)\n"
        "except OSError as error:\n    print(type(error).__name__, error)\n",
        path,
    )
    assert "File too large" in result.stdout and "run.safetensors" in result.stdout, result.stderr
    assert wengert.load(path) == "old" and [p.name for p in tmp_path.iterdir()] == ["run.safetensors"]


def test_a_kill_in_the_middle_leaves_the_old_file(tmp_path):
    path = tmp_path / "run.safetensors"
    wengert.save("old", path)
    result = run(
        "os.fsync = lambda file: os.kill(os.getpid(), signal.SIGKILL)\n"
        "wengert.save(wengert.zeros(100_000), path)\n",
        path,
    )
    assert result.returncode == -signal.SIGKILL
    assert wengert.load(path) == "old"
    if hasattr(os, "O_TMPFILE"):
        assert [p.name for p in tmp_path.iterdir()] == ["run.safetensors"]


@pytest.mark.parametrize("nameless", [True, False])
def test_an_error_in_the_middle_leaves_the_old_file(nameless, tmp_path, monkeypatch):
    if not nameless:
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    path = tmp_path / "run"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        with atomic_file.replacing(path) as file:
            file.write(b"new")
            file.flush()
            raise KeyboardInterrupt
    assert path.read_bytes() == b"old" and len(list(tmp_path.iterdir())) == 1
    with atomic_file.replacing(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new" and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("nameless", [True, False])
def test_permissions_and_links(nameless, tmp_path, monkeypatch):
    if not nameless:
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    path, link = tmp_path / "file", tmp_path / "link"
    wengert.save(1, path)
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask
    path.chmod(0o640)
    link.symlink_to("file")
    wengert.save(2, link)
    assert link.is_symlink() and wengert.load(path) == 2 and stat.S_IMODE(path.stat().st_mode) == 0o640
    wengert.save(3, "/dev/null")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_name_in_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    wengert.save([1], "plain.pt")
    assert wengert.load("plain.pt") == [1]


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    folder = tmp_path / "closed"
    folder.mkdir()
    if os.geteuid() == 0:
        folder = pathlib.Path("/proc")  # closed to the superuser too
    else:
        folder.chmod(0o500)
    with pytest.raises(OSError) as caught:
        wengert.save({}, folder / "model.safetensors")
    assert str(caught.value.filename).endswith("model.safetensors")
