"""Watching the gradients of layer outputs: tensors in the middle of the graph, whose gradients nobody else keeps."""

import math

import numpy

from ..core import Tensor


class GradientWatch:
    """Hooks on the outputs of a module's layers.

    A forward hook sees each layer's output; a hook on that tensor sees its gradient in the backward pass. Nothing is
    kept but three numbers per layer and step.

    Attributes:
        layers: names of the watched layers, in the order of their calls.
        shapes: shape of each layer's output, without the batch.
        norms, means, zeros: per layer a list with one entry per step: the Euclidean norm of the gradient, the mean of
            its absolute values, and the share of its entries that are exactly 0.
    """

    def __init__(self, model, layers: list[str]):
        self.layers = list(layers)
        self.shapes: dict[str, tuple] = {}
        self.norms: dict[str, list[float]] = {name: [] for name in layers}
        self.means: dict[str, list[float]] = {name: [] for name in layers}
        self.zeros: dict[str, list[float]] = {name: [] for name in layers}
        self._handles = [
            model.get_submodule(name).register_forward_hook(self._at_output(name)) for name in layers
        ]

    def _at_output(self, name: str):
        def see_output(module, args, output: Tensor) -> None:
            if not output.requires_grad:
                return
            self.shapes[name] = tuple(output.shape[1:])
            output.register_hook(see_gradient)

        def see_gradient(grad: Tensor) -> None:
            values = grad.numpy()
            size = numpy.abs(values)
            self.norms[name].append(math.sqrt(float(numpy.vdot(values, values))))
            self.means[name].append(float(size.mean()))
            self.zeros[name].append(1.0 - numpy.count_nonzero(size) / size.size)

        return see_output

    def close(self) -> None:
        """Take the hooks away."""
        for handle in self._handles:
            handle.remove()

    def over(self, steps: int) -> list[tuple[str, tuple, float, float, float]]:
        """Per layer (name, shape, norm, mean, zeros), averaged over the last `steps` steps."""
        return [
            (
                name, self.shapes[name], float(numpy.mean(self.norms[name][-steps:])),
                float(numpy.mean(self.means[name][-steps:])), float(numpy.mean(self.zeros[name][-steps:])),
            )
            for name in self.layers
        ]  # fmt: skip
