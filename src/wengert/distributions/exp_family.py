"""Exponential families, whose entropy follows from the log-normalizer."""

import wengert

from .distribution import Distribution

__all__ = ["ExponentialFamily"]


class ExponentialFamily(Distribution):
    """Densities exp(<t(x), theta> - F(theta) + k(x)) in the natural parameters theta.

    A subclass says `_natural_params`, `_log_normalizer(*theta)` = F, and `_mean_carrier_measure` = E[k(x)]; from these
    follows the entropy (Nielsen & Nock, "Entropies and cross-entropies of exponential families", 2010).

    Args:
        batch_shape, event_shape, validate_args: as of `Distribution`.

    Raises:
        NotImplementedError: `entropy` where a subclass says one of the three not.

    >>> import wengert as t
    >>> t.distributions.ExponentialFamily.entropy(t.distributions.Normal(0.0, 1.0))
    tensor(1.4189, grad_fn=<SubBackward0>)
    """

    @property
    def _natural_params(self) -> tuple:
        raise self._lacks("_natural_params")

    def _log_normalizer(self, *natural_params):
        raise self._lacks("_log_normalizer")

    @property
    def _mean_carrier_measure(self) -> float:
        raise self._lacks("_mean_carrier_measure")

    def entropy(self) -> wengert.Tensor:
        """F(theta) - <theta, dF/dtheta> - E[k], the Bregman divergence of the log-normalizer (Nielsen & Nock,
        "Entropies and cross-entropies of exponential families", 2010)."""
        carrier = self._mean_carrier_measure
        parameters = [p.detach().requires_grad_() for p in self._natural_params]
        with wengert.enable_grad():
            normalizer = self._log_normalizer(*parameters)
            gradients = wengert.autograd.grad(normalizer.sum(), parameters, create_graph=True)
        result = -carrier + normalizer
        for p, g in zip(parameters, gradients, strict=True):
            result = result - (p * g).reshape((*self._batch_shape, -1)).sum(-1)
        return result
