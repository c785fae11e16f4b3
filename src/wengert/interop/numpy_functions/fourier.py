"""np.fft, by the functions of wengert.fft with the same names."""


from ..spelling import as_tensor, spelled


def _fft():
    from ... import fft

    return fft


def _enter(name: str, length: str, axis: str, default) -> None:
    def call(a, *args, out=None, norm=None, **kwargs):
        given = dict(zip((length, axis, "norm"), args, strict=False))
        given.update(kwargs)
        norm = given.get("norm", norm)
        return getattr(_fft(), name)(as_tensor(a), given.get(length), given.get(axis, default), norm)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"wengert.fft.{name}, with NumPy's names of the arguments."
    spelled(f"fft.{name}")(call)


for _name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft"):
    _enter(_name, "n", "axis", -1)
for _name in ("fft2", "ifft2", "rfft2", "irfft2"):
    _enter(_name, "s", "axes", (-2, -1))
for _name in ("fftn", "ifftn", "rfftn", "irfftn"):
    _enter(_name, "s", "axes", None)


@spelled("fft.fftshift")
def fftshift(x, axes=None):
    return _fft().fftshift(as_tensor(x), axes)


@spelled("fft.ifftshift")
def ifftshift(x, axes=None):
    return _fft().ifftshift(as_tensor(x), axes)
