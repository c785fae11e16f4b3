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


def library_function_running() -> tuple[str | None, str]:
    """The public name, "scipy.special.polygamma", of the installed library's function that the user's code has called,
    and the text of that call. The name is "" where it is not known, and None where no such function runs."""
    frame = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "wengert":
        frame = frame.f_back
    found = None
    # The outermost one: what the user wrote stands above all of the library's frames.
    while frame is not None and frame.f_code.co_filename.startswith(_library_folders()):
        found = _public_name(frame) or found or ""
        frame = frame.f_back
    return found, Where(frame.f_code, frame.f_lasti).source if frame is not None else ""


def _public_name(frame) -> str:
    """The name in its package of the function that a frame runs: "scipy.special._basic", "polygamma" is
    scipy.special.polygamma. Of an object that is called or indexed, the name of its class."""
    module, function = frame.f_globals.get("__name__", ""), frame.f_code.co_name
    if function in ("__getitem__", "__call__", "__init__"):
        of = type(frame.f_locals.get("self"))
        if of.__name__ in _INDEXED and module.startswith("numpy."):
            return _INDEXED[of.__name__]
        module, function = of.__module__, of.__name__
    # "numpy.lib._stride_tricks_impl" is what numpy.lib.stride_tricks is made of.
    parts = module.split(".")
    public = [part for part in parts if not part.startswith("_")]
    packages = [".".join(public[:length]) for length in range(len(public), 0, -1)]
    packages.append(".".join([part.strip("_").removesuffix("_impl") for part in parts]))
    for package in packages:
        if not function.startswith("_") and callable(getattr(sys.modules.get(package), function, None)):
            return f"{package}.{function}"
    return ""
