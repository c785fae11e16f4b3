"""Workloads, each written once against a namespace `t` that is either library.

A workload is a function of `t` and of inputs from `numpy.random.Generator`; it returns `step`, which does the work
once, and `results`, which gives arrays that must be equal in both libraries. `GROUPS` orders them for the table.
"""

from . import normalization, overhead, training

GROUPS = {
    "overhead (tiny tensors)": {
        "mul: recorded, forward and backward": overhead.multiply,
        "add a bias, tanh: forward and backward": overhead.bias_tanh,
        "chain of 100 multiplications and backward": overhead.chain,
        "tutorial step: z = (w * x).sum(); z.backward()": overhead.tutorial,
        "graph of 1000 nodes: backward only": overhead.thousand_nodes,
    },
    "normalisation (forward and backward)": normalization.WORKLOADS,
    "training steps": {
        "MLP 4-16-16-1, batch 16, SGD": training.tiny_mlp,
        "LeNet-5, batch 64, SGD with momentum": training.lenet,
    },
}
WORKLOADS = {name: make for group in GROUPS.values() for name, make in group.items()}
