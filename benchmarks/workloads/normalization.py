"""Normalisation and what stands beside it in networks: forward and backward, with parameters."""


def _leaf(t, rng, *shape):
    return t.from_numpy(rng.standard_normal(shape).astype("float32")).requires_grad_()


def _layer(make, *shape, training: bool = True):
    """Forward and backward of a layer on an input of this shape."""

    def workload(t, rng):
        layer = make(t.nn)
        parameters = list(layer.parameters())
        with t.no_grad():
            for parameter in parameters:
                parameter.copy_(t.from_numpy(rng.uniform(0.5, 1.5, tuple(parameter.shape)).astype("float32")))
        layer.train(training)
        x = _leaf(t, rng, *shape)
        g = t.from_numpy(rng.standard_normal(tuple(layer(x).shape)).astype("float32"))
        used = [x, *parameters]

        def step():
            for each in used:
                each.grad = None
            layer(x).backward(g)

        return step, lambda: [each.grad.numpy() for each in used]

    return workload


WORKLOADS = {
    "LayerNorm, (8, 32)": _layer(lambda nn: nn.LayerNorm(32), 8, 32),
    "LayerNorm, (64, 512)": _layer(lambda nn: nn.LayerNorm(512), 64, 512),
    "LayerNorm, (4096, 256)": _layer(lambda nn: nn.LayerNorm(256), 4096, 256),
    "RMSNorm, (64, 512)": _layer(lambda nn: nn.RMSNorm(512), 64, 512),
    "GroupNorm of 8 groups, (16, 64, 16, 16)": _layer(lambda nn: nn.GroupNorm(8, 64), 16, 64, 16, 16),
    "BatchNorm1d, (64, 128)": _layer(lambda nn: nn.BatchNorm1d(128), 64, 128),
    "BatchNorm2d, (32, 16, 28, 28)": _layer(lambda nn: nn.BatchNorm2d(16), 32, 16, 28, 28),
    "BatchNorm2d, (16, 64, 7, 7)": _layer(lambda nn: nn.BatchNorm2d(64), 16, 64, 7, 7),
    "BatchNorm2d in evaluation, (32, 16, 28, 28)": _layer(
        lambda nn: nn.BatchNorm2d(16), 32, 16, 28, 28, training=False
    ),
    "GELU, (512, 1024)": _layer(lambda nn: nn.GELU(), 512, 1024),
}  # fmt: skip
