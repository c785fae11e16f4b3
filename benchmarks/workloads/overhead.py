"""What a library costs per operation: tensors so small that the arithmetic does not count."""


def _leaf(t, rng, *shape):
    return t.from_numpy(rng.standard_normal(shape).astype("float32")).requires_grad_()


def multiply(t, rng):
    """One recorded multiplication of three floats, and its backward pass."""
    w, x = _leaf(t, rng, 3), t.from_numpy(rng.standard_normal(3).astype("float32"))
    ones = t.ones(3)

    def step():
        w.grad = None
        (w * x).backward(ones)

    return step, lambda: [w.grad.numpy()]


def bias_tanh(t, rng):
    """A broadcast addition and a tanh of (4, 3), and their backward passes."""
    x, b = _leaf(t, rng, 4, 3), _leaf(t, rng, 3)
    ones = t.ones(4, 3)

    def step():
        x.grad = b.grad = None
        t.tanh(x + b).backward(ones)

    return step, lambda: [x.grad.numpy(), b.grad.numpy()]


def chain(t, rng):
    """A hundred multiplications one after the other, and the backward pass through all of them."""
    w, x = _leaf(t, rng, 3), t.from_numpy((1 + 0.01 * rng.standard_normal(3)).astype("float32"))

    def step():
        w.grad = None
        y = w
        for _ in range(100):
            y = y * x
        y.sum().backward()

    return step, lambda: [w.grad.numpy()]


def tutorial(t, rng):
    """The step that the tutorials on autograd begin with."""
    w, x = _leaf(t, rng, 3), t.from_numpy(rng.standard_normal(3).astype("float32"))

    def step():
        w.grad = None
        z = (w * x).sum()
        z.backward()

    return step, lambda: [w.grad.numpy()]


def thousand_nodes(t, rng):
    """The backward pass alone through a chain of a thousand additions, kept for the next step."""
    w = _leaf(t, rng, 3)
    y = w
    for _ in range(1000):
        y = y + 1.0
    z = y.sum()

    def step():
        w.grad = None
        z.backward(retain_graph=True)

    return step, lambda: [w.grad.numpy()]
