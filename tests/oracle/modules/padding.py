"""Padding."""

from .table import Made, module, refused

SHAPES = {1: (5,), 2: (4, 5), 3: (4, 5, 3)}
for n, shape in SHAPES.items():
    inputs = [(2, 3, *shape), (3, *shape)]
    uneven = (1, 2, 0, 1, 2, 1)[: 2 * n]
    cut = (-1, 2, 1, -2, 0, 1)[: 2 * n]
    for name in ("ReflectionPad", "ReplicationPad", "CircularPad", "ZeroPad"):
        for padding in (1, uneven, cut):
            module(f"{name}{n}d", inputs, padding)
        module(f"{name}{n}d", [(0, 3, *shape)], 1)
    for padding in (1, uneven, cut):
        module(f"ConstantPad{n}d", inputs, padding, 2.5)
    module(f"ConstantPad{n}d", [(5, 4, 3), (2, 2, 2, 2, 3)], 1, -1)
    refused(f"CircularPad{n}d", [(4,)], 1)
    refused(f"CircularPad{n}d", [(1, 2, *[2] * n)], 3)
    refused(f"ReflectionPad{n}d", [(1, 2, *[2] * n)], 2)
    refused(f"ReflectionPad{n}d", [(4,)], 1).but(words=False)
    refused(f"ReplicationPad{n}d", [(4,)], 1).but(words=False)
    refused(f"ReplicationPad{n}d", [Made(lambda t: t.zeros(2, 2, dtype=t.bool))], 1).but(words=False)
    refused(f"ReflectionPad{n}d", [(1, 2, *[0] * n)], 1)
    refused(f"ReplicationPad{n}d", [(1, 2, *[2] * n)], (-2, -2, 0, 0, 0, 0)[: 2 * n]).but(words=False)
    refused(f"ZeroPad{n}d", [(1, 2, *[2] * n)], (-2, -2, 0, 0, 0, 0)[: 2 * n])
