"""What SciPy looks for under `special` in a namespace of the array API standard: its own functions, recorded.

With SCIPY_ARRAY_API=1 in the environment `scipy.special.expit(tensor)` asks the tensor's namespace for `special.expit`,
and would compute with arrays if there were none. Its ufuncs on tensors are operations, so that they are handed back.
"""

import numpy


def _zeta(x, q=None, out=None):
    from scipy.special import _ufuncs

    return _ufuncs._riemann_zeta(x, out=out) if q is None else _ufuncs._zeta(x, q, out=out)


def __getattr__(name: str):
    if name.startswith("_"):
        raise AttributeError(f"no function of scipy.special is called {name!r}")
    if name in ("sinc", "zeta"):
        return {"sinc": numpy.sinc, "zeta": _zeta}[name]
    from scipy.special import _ufuncs

    if isinstance(getattr(_ufuncs, name, None), numpy.ufunc):
        return getattr(_ufuncs, name)
    if name in ("polygamma", "multigammaln"):
        from ... import special

        return getattr(special, name)
    raise AttributeError(f"no function of scipy.special that is called {name!r} has an operation")
