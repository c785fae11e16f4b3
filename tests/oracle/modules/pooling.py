"""Pooling: windows of fixed sizes, to given sizes, of powers, at random places, and back."""

import numpy as np

from .table import Call, Fixed, Made, apart, array, module, refused

SIZES = {1: (9,), 2: (8, 9), 3: (5, 4, 6)}
TWO, THREE = (3, 2), (3, 2, 2)


def inputs(n: int, batched_only: bool = False) -> list:
    """Batched, unbatched and empty inputs, whose values differ clearly."""
    return [apart(2, 3, *SIZES[n]), apart(3, *SIZES[n]), (0, 3, *SIZES[n])]


for n in (1, 2, 3):
    name = f"MaxPool{n}d"
    kernel = (3, 2, 2)[:n]
    module(name, inputs(n), 2)
    module(name, inputs(n), kernel, stride=2, padding=(1, 0, 1)[:n], dilation=(1, 2, 1)[:n])
    module(name, inputs(n), 3, 2, 1, 1, True)
    module(name, inputs(n), 3, 2, 1, 2, ceil_mode=True)
    module(name, inputs(n), 2, stride=3, ceil_mode=True, return_indices=True)
    module(name, [apart(2, 3, *[2] * n)], 3, stride=2, ceil_mode=True)
    module(name, [array(np.full((1, 1, *[4] * n), np.nan)), array(np.full((1, 1, *[4] * n), -np.inf))], 2)
    name = f"AvgPool{n}d"
    module(name, inputs(n), 2)
    module(name, inputs(n), kernel, stride=2, padding=(1, 0, 1)[:n])
    module(name, inputs(n), 3, 2, 1, True)
    module(name, inputs(n), 3, 2, 1, True, False)
    module(name, [(2, 3, *[4] * n)], 3, stride=2, ceil_mode=True, padding=1, count_include_pad=False)
    if n > 1:
        module(name, inputs(n), 2, divisor_override=3)
        module(name, inputs(n), 3, 2, 1, divisor_override=-2)
    for kind in ("Max", "Avg"):
        name = f"{kind}Pool{n}d"
        refused(name, [(1, 2, *[4] * n)], 6)
        refused(name, [(4,)], 2)
        refused(name, [(1, 2, *[4] * n)], 2, padding=2)
        refused(name, [(1, 2, *[4] * n)], 2, padding=-1)
        refused(name, [(1, 2, *[4] * n)], 2, stride=0)
        refused(name, [(1, 2, *[4] * n)], 0)
        refused(name, [(1, 2, *[4] * n)], (2,) * (n + 1)).but(words=name != "AvgPool3d")
        refused(name, [Made(lambda t, n=n: t.zeros(1, 2, *[4] * n, dtype=t.bool))], 2)
        refused(name, [(2, 0, *[4] * n)], 2).but(words=False)
    refused(f"MaxPool{n}d", [(1, 2, *[4] * n)], 2, dilation=0)
    refused(f"MaxPool{n}d", [Made(lambda t, n=n: t.zeros(1, 2, *[4] * n, dtype=t.complex64))], 2)
refused("AvgPool2d", [(1, 2, 4, 4)], 2, divisor_override=0)
refused("AvgPool3d", [(1, 2, 4, 4, 4)], 5, padding=1)

for n in (1, 2, 3):
    every = 3, 4, 1, SIZES[n][0]
    for kind in ("Avg", "Max"):
        name = f"Adaptive{kind}Pool{n}d"
        for size in every:
            module(name, inputs(n), size)
        module(name, [apart(2, 3, *[2] * n)], 3)
        if n > 1:
            module(name, inputs(n), (3, None, 2)[:n])
            module(name, inputs(n), (None,) * n)
            module(name, inputs(n), (2, 5, 4)[:n])
        module(name, [Made(lambda t, n=n: t.zeros(2, 3, *SIZES[n]).double())], 0).but(dtypes=("float64",))
        refused(name, [(1, 2, *[4] * n)], -1)
        refused(name, [(4,)], 2)
        refused(name, [(1, 1, 2, *[4] * n)], 2)
        refused(name, [(1, 2, *[4] * n)], (2,) * (n + 1))
        refused(name, [Made(lambda t, n=n: t.zeros(1, 2, *[4] * n, dtype=t.int64))], 2)
        refused(name, [(1, 2, *[0] * n)], 2).but(words=(name != "AdaptiveAvgPool1d"))
        refused(name, [(1, 2, *[4] * n)], "a").but(words=n == 1)
    refused(f"AdaptiveMaxPool{n}d", [Made(lambda t, n=n: t.zeros(1, 2, *[4] * n, dtype=t.complex64))], 2)
    refused(f"AdaptiveMaxPool{n}d", [(1, 0, *[4] * n)], 2)
    for size in every:
        module(f"AdaptiveMaxPool{n}d", inputs(n), size, return_indices=True)
refused("AdaptiveAvgPool1d", [(1, 2, 4)], None)
nan = np.random.default_rng(2).standard_normal((2, 2, 7))
nan[0, 1, 2] = nan[0, 1, 3] = nan[1, 0, 6] = np.nan
module("AdaptiveMaxPool1d", [array(nan)], 3, return_indices=True)
module("AdaptiveAvgPool1d", [array(np.where(np.isnan(nan), np.inf, nan))], 3)

for n in (1, 2, 3):
    name = f"LPPool{n}d"
    for power, kernel, options in ((2, 2, {}), (3, 3, {"stride": 2}), (1, 2, {"ceil_mode": True})):
        module(name, [(2, 3, *SIZES[n]), (3, *SIZES[n])], power, kernel, **options)
    positive = [lambda rng, n=n: rng.uniform(0.5, 2.0, (2, 3, *SIZES[n]))]
    module(name, positive, 1.5, 3, ceil_mode=True)
    refused(name, [(1, 2, *[4] * n)], 2, 6).but(words=n < 3)

for n in (1, 2, 3):
    name = f"MaxUnpool{n}d"

    def places(*shape, size=None):
        """Different positions in each plane."""
        count = int(np.prod(shape[2:]))

        def draw(rng):
            return np.stack([rng.permutation(size)[:count] for _ in range(int(np.prod(shape[:2])))]).reshape(shape)

        return draw

    shape = (2, 3, *(4, 2, 3)[:n])
    volume = int(np.prod([2 * size for size in shape[2:]]))
    module(name, [[shape, places(*shape, size=volume)]], 2)
    module(name, [[shape[1:], lambda rng, shape=shape, volume=volume:
                   places(1, *shape[1:], size=volume)(rng)[0]]], 2)  # fmt: skip
    larger = [2 * size + 1 for size in shape[2:]]
    for size in (larger, [2, 3, *larger]):
        module(name, [Call(shape, places(*shape, size=volume), Made(lambda t, size=size: size))], 2)
    module(name, [[shape, places(*shape, size=volume // 2)]], 3, stride=2, padding=1)
    refused(name, [shape, array(np.full(shape, volume))], 2)
    refused(name, [shape, array(np.full(shape, -1))], 2)
    refused(name, [shape, array(np.zeros((1, *shape[1:]), int))], 2)
    refused(name, [shape, array(np.zeros(shape, np.int32))], 2)
    refused(name, [shape, array(np.zeros(shape, int)), Made(lambda t, n=n: [2] * n)], 2)
    refused(name, [shape, array(np.zeros(shape, int)), Made(lambda t, n=n: [2] * (n + 1))], 2)
    refused(name, [Fixed((4,)), array(np.zeros(4, int))], 2)

for n in (2, 3):
    name = f"FractionalMaxPool{n}d"
    rng = np.random.default_rng(6)
    samples = rng.random((2, 3, n)).astype(np.float32).astype(np.float64)
    shape = (9, 8, 7)[:n]
    for options in ({"output_size": 3}, {"output_size": (4, 3, 2)[:n]}, {"output_ratio": 0.4}, {"output_size": 1}):
        module(name, [apart(2, 3, *shape), apart(3, *shape)], 2, **options, _random_samples=samples).but(
            dtypes=("float64",), varied=False
        )  # fmt: skip
    module(name, [apart(2, 3, *shape)], (2, 3, 1)[:n], 3, return_indices=True, _random_samples=samples).but(
        dtypes=("float64",), varied=False
    )  # fmt: skip
    refused(name, None, 2)
    refused(name, None, 2, 2, 0.5)
    refused(name, None, 2, output_ratio=1.5)
    refused(name, [(1, 1, *[4] * n)], 2, 4)
    refused(name, [(1, 1, *[4] * n)], 2, 2, _random_samples=samples[:1, :2].astype(np.float32))
    refused(name, [(1, 3, *[4] * n)], 2, 2, _random_samples=samples[..., :1].astype(np.float32))
    refused(name, [(4, 3, *[4] * n)], 2, 2, _random_samples=samples.astype(np.float32))
    refused(name, [(2, 3, *[4] * n)], 2, 2, _random_samples=samples)
