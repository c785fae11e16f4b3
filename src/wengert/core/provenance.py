"""Where in the user's program a node was made.

Recording costs a few nanoseconds: a code object and an instruction offset, read from the interpreter's running frame.
File, line and sub-expression are decoded from the code object only when somebody asks (PEP 657's `co_positions`).
"""

import itertools
import linecache

import cython


@cython.cfunc
def locate(offset: cython.p_int):
    return wengert_locate(offset)


def set_package_folder(folder: str) -> None:
    """Frames whose file lies under `folder` are the library's own, never the user's."""
    if wengert_set_package_prefix(folder.encode()) < 0:
        raise ValueError(f"the package's folder has too long a name: {folder}")


class Where:
    """A place in the user's program.

    Attributes:
        file: name of the source file, as Python knows it.
        line: line number, from 1; None if the code carries none.
        function: qualified name of the function.
        source: text of the sub-expression that was running ("w * x"), or of its line; "" if the file cannot be read.
        module: dotted path of the `nn.Module` that was running ("encoder.layers.0"); None outside of any.
    """

    __slots__ = ("file", "line", "function", "source", "module", "positions")

    def __init__(self, code, offset: int, scope=None):
        self.file = code.co_filename
        self.function = code.co_qualname
        self.module = str(scope) if scope is not None else None
        # co_positions has one entry per instruction unit of two bytes.
        self.positions = next(itertools.islice(code.co_positions(), max(offset, 0) // 2, None), (None,) * 4)
        self.line = self.positions[0]
        self.source = self._read_source()

    def _read_source(self) -> str:
        first, last, begin, end = self.positions
        if first is None:
            return ""
        lines = [linecache.getline(self.file, n) for n in range(first, (last or first) + 1)]
        if not lines[0]:
            return ""
        if begin is None or end is None:
            return lines[0].strip()
        # Columns count bytes of UTF-8.
        encoded = [line.encode() for line in lines]
        encoded[len(encoded) - 1] = encoded[len(encoded) - 1][:end]
        encoded[0] = encoded[0][begin:]
        return " ".join(line.decode(errors="replace").strip() for line in encoded)

    @property
    def place(self) -> str:
        """The place as "file:line"."""
        return f"{self.file}:{self.line}"

    def __str__(self) -> str:
        return f"`{self.source}` at {self.place}" if self.source else self.place

    def __repr__(self) -> str:
        inside = f", module={self.module!r}" if self.module is not None else ""
        return f"Where({self.place}, function={self.function!r}, source={self.source!r}{inside})"


@cython.final
@cython.binding(False)
@cython.cclass
class Place:
    """A recorded code object and offset, decoded when it is printed."""

    @property
    def where(self):
        return where_of(self.code, self.offset)

    def __str__(self) -> str:
        return str(self.where)


@cython.cfunc
def place_here() -> Place:
    """The user's running line, not yet decoded."""
    place: Place = Place.__new__(Place)
    place.code = wengert_locate(cython.address(place.offset))
    return place


def here():
    """The user's own line that is running now, as a Where; None when no user code is on the stack."""
    offset: cython.int = -1
    code = wengert_locate(cython.address(offset))
    return None if code is None else Where(code, offset)


def where_of(code, offset: int, scope=None):
    """Decode a recorded code object and offset; None for a node that no user code made."""
    return None if code is None else Where(code, offset, scope)
