"""Print the files of the package that are installed as they stand, one a line.

    python tools/plain_sources.py SOURCE_DIR [COMPILED ...]

Called by meson at configure time; COMPILED are module paths without suffix ("core/tensor").
"""

import pathlib
import sys

source_dir = pathlib.Path(sys.argv[1])
compiled = {source_dir / f"{name}.py" for name in sys.argv[2:]}

for path in sorted(source_dir.rglob("*")):
    if path.suffix in {".py", ".pyi", ".pxd"} or path.name == "py.typed":
        if path not in compiled:
            print(path.relative_to(source_dir).as_posix())
