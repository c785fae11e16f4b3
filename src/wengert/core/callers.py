"""Which function of another library is running, for errors that are raised deep inside of it."""

import functools
import sys
import sysconfig

from .provenance import Where

# NumPy's objects that are called by an index.
_INDEXED = {"RClass": "np.r_", "CClass": "np.c_"}


@functools.cache
def _library_folders() -> tuple:
    paths = sysconfig.get_paths()
    return tuple([paths[kind] for kind in ("purelib", "platlib", "stdlib") if kind in paths])


def library_function_running() -> str:
    """The name, "scipy.special.polygamma", of the installed library's function that the user's code has called; the
    text of that call where the function has no public name; "" if it is the user's own code that runs."""
    frame = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "wengert":
        frame = frame.f_back
    found, inside = "", False
    # The outermost one: what the user wrote stands above all of the library's frames.
    while frame is not None and frame.f_code.co_filename.startswith(_library_folders()):
        found = _public_name(frame) or found
        frame, inside = frame.f_back, True
    if inside and not found and frame is not None:
        found = Where(frame.f_code, frame.f_lasti).source
    return found


def _public_name(frame) -> str:
    """The name in its package of the function that a frame runs: "scipy.special._basic", "polygamma" is
    scipy.special.polygamma."""
    module, function = frame.f_globals.get("__name__", ""), frame.f_code.co_name
    if function == "__getitem__" and module.startswith("numpy."):
        return _INDEXED.get(type(frame.f_locals.get("self")).__name__, "")
    parts = [part for part in module.split(".") if not part.startswith("_")]
    for length in range(len(parts), 0, -1):
        package = ".".join(parts[:length])
        if not function.startswith("_") and callable(getattr(sys.modules.get(package), function, None)):
            return f"{package}.{function}"
    return ""
