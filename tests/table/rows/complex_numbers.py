"""Parts of complex numbers, made of real ones where an operand has to be complex."""

import numpy as np

from ..composites import row
from ..values import P, R

TURN = 1 + 2j

for name in ("real", "conj", "resolve_conj", "resolve_neg"):
    row(name, [R(3, 4)], {"real": np.real, "conj": np.conj}.get(name, np.array))
    row(name, [R()], {"real": np.real, "conj": np.conj}.get(name, np.array))
row("real", [R(3, 4)], lambda x: (TURN * x).real, through=lambda t, x: t.real(TURN * x))
row("imag", [R(3, 4)], lambda x: (TURN * x).imag, through=lambda t, x: t.imag(TURN * x))
row("conj", [R(3, 4)], lambda x: np.abs(TURN * x) ** 2, through=lambda t, x: ((TURN * x) * t.conj(TURN * x)).real)
row("polar", [P(3, 4), R(3, 4)], lambda r, angle: r * np.exp(1j * angle), real_only=True)
row("polar", [P(3, 1), R(4)], lambda r, angle: r * np.exp(1j * angle), real_only=True)
# Pairs lie side by side in memory.
row(
    "view_as_complex", [R(3, 4, 2)], lambda x: x[..., 0] + 1j * x[..., 1], real_only=True,
    without=("layouts", "vmap"),
)  # fmt: skip


def pairs(x):
    x = TURN * x
    return np.stack([x.real, x.imag], -1)


# PyTorch has no derivative of it.
row("view_as_real_copy", [R(3, 4)], pairs, through=lambda t, x: t.view_as_real_copy(TURN * x), spelled=None)

row("isreal", [R(3, 4)], np.isreal, differentiable=False)
# Answers to questions about whole tensors.
ASIDE = {"differentiable": False, "spelled": None, "without": ("vmap", "complex vmap")}
row("is_complex", [R(3, 4)], np.iscomplexobj, **ASIDE)
row("is_floating_point", [R(3, 4)], lambda x: x.dtype.kind == "f", **ASIDE)
row("is_conj", [R(3, 4)], lambda x: False, **ASIDE)
row("is_neg", [R(3, 4)], lambda x: False, **ASIDE)
row("detach", [R(3, 4)], np.array, differentiable=False, without=("forms", "complex forms"))
