"""Ready parametrizations: orthogonal matrices, spectral and weight normalisation."""

from ...autograd.grad_mode import no_grad
from ...core import Tensor
from ...core.number_limits import finfo
from ...ops.creation import eye, zeros_like
from ...ops.linear_systems import solve
from ...ops.matrix_functions import matrix_exp
from ...ops.norms import normalize
from ...ops.older_linear_algebra import geqrf, householder_product
from ...ops.random import randn
from ...ops.shape import cat
from ...ops.weight_norm import norm_except_dim
from ...ops.weight_norm import weight_norm as _weight_norm
from ..modules.module import Module
from . import parametrize
from .spectral_norm import as_matrix, channel_dim

_MAPS = ("matrix_exp", "cayley", "householder")


def _is_orthogonal(q) -> bool:
    n, k = q.shape[-2:]
    bound = 10.0 * n * finfo(q.dtype).eps
    return bool(((q.mH @ q - eye(k, dtype=q.dtype)).abs() <= bound + 1e-5 * eye(k)).all())


def _made_orthogonal(a):
    """The orthogonal factor of a matrix, its columns' signs as of the matrix."""
    x, tau = geqrf(a)
    return householder_product(x, tau) * x.diagonal(dim1=-2, dim2=-1).sgn().unsqueeze(-2)


class _Orthogonal(Module):
    """A matrix with orthonormal columns, or rows if there are fewer, from any matrix: through the exponential or
    Cayley's transform of a skew one, or as a product of Householder reflections (Lezcano-Casado, "Trivializations
    for gradient-based optimization on manifolds", 2019). `base`, the matrix from
    which the way went out, is multiplied by the result."""

    def __init__(self, weight, orthogonal_map: str, *, use_trivialization: bool = True):
        super().__init__()
        if weight.dtype.is_complex and orthogonal_map == "householder":
            raise ValueError("The householder parametrization does not support complex tensors.")
        self.shape = weight.shape
        self.orthogonal_map = orthogonal_map
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, X: Tensor) -> Tensor:
        n, k = X.shape[-2:]
        transposed = n < k
        if transposed:
            X, n, k = X.mT, k, n
        if self.orthogonal_map == "householder":
            below = X.tril(-1)
            tau = 2.0 / (1.0 + (below * below).sum(-2))
            # The diagonal has the columns' signs.
            q = householder_product(below, tau) * X.diagonal(dim1=-2, dim2=-1).int().unsqueeze(-2)
        else:
            X = X.tril()
            if n != k:
                X = cat([X, X.new_zeros((*X.shape[:-2], n, n - k))], -1)
            skew = X - X.mH
            if self.orthogonal_map == "matrix_exp":
                q = matrix_exp(skew)
            else:
                one = eye(n, dtype=skew.dtype)
                q = solve(one - 0.5 * skew, one + 0.5 * skew)
            if n != k:
                q = q[..., :k]
        if hasattr(self, "base"):
            q = self.base @ q
        return q.mT if transposed else q

    @no_grad()
    def right_inverse(self, Q):
        if Q.shape != self.shape:
            raise ValueError(
                f"Expected a matrix or batch of matrices of shape {self.shape}. Got a tensor of shape {Q.shape}."
            )
        given = Q
        n, k = Q.shape[-2:]
        transposed = n < k
        if transposed:
            Q, n, k = Q.mT, k, n
        if not hasattr(self, "base"):
            if self.orthogonal_map != "householder":
                raise NotImplementedError(
                    "It is not possible to assign to the matrix exponential or the Cayley parametrizations when "
                    "use_trivialization=False."
                )
            a, tau = geqrf(Q)
            diagonal = a.diagonal(dim1=-2, dim2=-1)
            diagonal.sign_()
            # A reflection that does nothing leaves the sign to be turned.
            diagonal[tau == 0.0] *= -1
            return a.mT if transposed else a
        if n == k:
            base = Q.clone() if _is_orthogonal(Q) else _made_orthogonal(Q)
        else:
            more = randn((*Q.shape[:-2], n, n - k), dtype=Q.dtype)
            base = _made_orthogonal(cat([Q, more], -1))
        self.base = base
        # -1 on the diagonal is the identity to all three maps: a skew part of 0, or signs of the reflections.
        start = zeros_like(given)
        start.diagonal(dim1=-2, dim2=-1).fill_(-1.0)
        return start


def _tensor_of(module, name: str) -> Tensor:
    x = getattr(module, name, None)
    if not isinstance(x, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    return x


def orthogonal(module, name: str = "weight", orthogonal_map: str = None, *, use_trivialization: bool = True):
    """Make a matrix of a module orthogonal, or unitary: its columns orthonormal, or its rows if there are fewer.

    Args:
        module: the module that has it; it is returned.
        name: of the matrix, or batch of matrices.
        orthogonal_map: "matrix_exp" (the default for square and complex ones) or "cayley", of a skew matrix, or
            "householder", a product of reflections (the default otherwise).
        use_trivialization: whether the map goes out from the matrix as it is, so that it can be assigned to.

    ValueError for what is no matrix, another map, complex numbers with "householder".

    >>> import wengert as t
    >>> layer = t.nn.utils.parametrizations.orthogonal(t.nn.Linear(3, 3))
    >>> bool((layer.weight @ layer.weight.T - t.eye(3)).abs().max() < 1e-5)
    True
    """
    weight = _tensor_of(module, name)
    if weight.ndim < 2:
        raise ValueError(f"Expected a matrix or batch of matrices. Got a tensor of {weight.ndim} dimensions.")
    if orthogonal_map is None:
        square = weight.shape[-2] == weight.shape[-1]
        orthogonal_map = "matrix_exp" if square or weight.dtype.is_complex else "householder"
    if orthogonal_map not in _MAPS:
        raise ValueError(
            f'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: {orthogonal_map}'
        )
    made = _Orthogonal(weight, orthogonal_map, use_trivialization=use_trivialization)
    return parametrize.register_parametrization(module, name, made, unsafe=True)


class _WeightNorm(Module):
    """g v / |v|."""

    def __init__(self, dim=0):
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Tensor, weight_v: Tensor) -> Tensor:
        return _weight_norm(weight_v, weight_g, self.dim)

    def right_inverse(self, weight):
        return norm_except_dim(weight, 2, self.dim), weight


def weight_norm(module, name: str = "weight", dim: int = 0):
    """Compute a weight as g v / |v|, a length and a direction apart (Salimans & Kingma, 2016).

    State dictionaries of `nn.utils.weight_norm`, with `name_g` and `name_v`, load.

    Args:
        module: the module that has it; it is returned.
        name: of the weight. The lengths are `parametrizations.<name>.original0`, the directions `original1`.
        dim: the dimension that keeps its lengths apart; None for one length of all.

    >>> import wengert as t
    >>> layer = t.nn.utils.parametrizations.weight_norm(t.nn.Linear(2, 3))
    >>> list(layer.state_dict())
    ['bias', 'parametrizations.weight.original0', 'parametrizations.weight.original1']
    """
    parametrize.register_parametrization(module, name, _WeightNorm(dim), unsafe=True)

    def from_the_older_form(state_dict, prefix, *rest) -> None:
        older = (f"{prefix}{name}_g", f"{prefix}{name}_v")
        if all([key in state_dict for key in older]):
            for i, key in enumerate(older):
                state_dict[f"{prefix}parametrizations.{name}.original{i}"] = state_dict.pop(key)

    module._register_load_state_dict_pre_hook(from_the_older_form)
    return module


class _SpectralNorm(Module):
    """W / sigma(W), with the power method's vectors `_u` and `_v`; a vector divided by its norm."""

    def __init__(self, weight, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12):
        super().__init__()
        ndim = weight.ndim
        if not -ndim <= dim < ndim:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [-{ndim}, {ndim - 1}] but got {dim})"
            )
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.dim = dim % ndim
        self.eps = eps
        if ndim > 1:
            self.n_power_iterations = n_power_iterations
            matrix = as_matrix(weight.detach(), self.dim)
            height, width = matrix.shape
            self.register_buffer("_u", normalize(matrix.new_empty(height).normal_(0, 1), dim=0, eps=eps))
            self.register_buffer("_v", normalize(matrix.new_empty(width).normal_(0, 1), dim=0, eps=eps))
            self._step(matrix, 15)

    @no_grad()
    def _step(self, matrix, count: int) -> None:
        """Steps of the power method."""
        for _ in range(count):
            self._u.copy_(normalize(matrix.mv(self._v), dim=0, eps=self.eps))
            self._v.copy_(normalize(matrix.mH.mv(self._u), dim=0, eps=self.eps))

    def forward(self, weight: Tensor) -> Tensor:
        if weight.ndim == 1:
            return normalize(weight, dim=0, eps=self.eps)
        matrix = as_matrix(weight, self.dim)
        if self.training:
            self._step(matrix, self.n_power_iterations)
        # The next steps change the vectors in place.
        u, v = self._u.clone(), self._v.clone()
        return weight / u.vdot(matrix.mv(v))

    def right_inverse(self, value):
        # What is assigned is normalised when it is read.
        return value


def spectral_norm(module, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int = None):
    """Compute a weight as W / sigma(W), its largest singular value, which the power method follows in training (Miyato,
    Kataoka, Koyama & Yoshida, "Spectral normalization for generative adversarial networks", 2018).

    Args:
        module: the module that has it; it is returned.
        name: of the weight, taken as a matrix; a vector is divided by its norm.
        n_power_iterations: the steps of the method each time the weight is read in training.
        eps: the least norm by which vectors are divided.
        dim: the dimension of the outputs; 0, or 1 of transposed convolutions, unless given.

    ValueError for no steps or a name that the module does not have; IndexError for a dimension that it does not have.

    >>> import wengert as t
    >>> layer = t.nn.utils.parametrizations.spectral_norm(t.nn.Linear(3, 4))
    >>> bool(abs(t.linalg.matrix_norm(layer.weight, 2) - 1) < 0.1)
    True
    """
    weight = _tensor_of(module, name)
    made = _SpectralNorm(weight, n_power_iterations, channel_dim(module) if dim is None else dim, eps)
    return parametrize.register_parametrization(module, name, made)


__all__ = ["orthogonal", "spectral_norm", "weight_norm"]


def __dir__():
    return sorted(__all__)
