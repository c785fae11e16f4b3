"""float16 and bfloat16: results bit for bit PyTorch's, where it rounds once; at least as near the truth elsewhere."""

import numpy
import pytest

torch = pytest.importorskip("torch")
import wengert  # noqa: E402

pytestmark = pytest.mark.oracle

N = 512  # whole vectors: PyTorch computes what is left over at the end of an array in other steps
PAIR, TRIPLE = ((N,), (N,)), ((N,), (N,), (N,))
CASES = {
    "addmm": (((6, 8), (6, 5), (5, 8)), lambda t, x, y, z: t.addmm(x, y, z, beta=0.5, alpha=1.7)),
    "addmm of a row": (((8,), (6, 5), (5, 8)), lambda t, x, y, z: t.addmm(x, y, z)),
    "addmv": (((6,), (6, 5), (5,)), lambda t, x, y, z: t.addmv(x, y, z)),
    "baddbmm": (((2, 6, 8), (2, 6, 5), (2, 5, 8)), lambda t, x, y, z: t.baddbmm(x, y, z, beta=0.5, alpha=1.7)),
    "addcmul": (TRIPLE, lambda t, x, y, z: t.addcmul(x, y, z, value=0.5)),
    "addcdiv": (TRIPLE, lambda t, x, y, z: t.addcdiv(x, y, z, value=0.5)),
    "addcmul_": (TRIPLE, lambda t, x, y, z: x.addcmul_(y, z)),
    "lerp": (TRIPLE, lambda t, x, y, z: t.lerp(x, y, z)),
    "add": (PAIR, lambda t, x, y: t.add(x, y, alpha=0.7)),
    "sub": (PAIR, lambda t, x, y: t.sub(x, y, alpha=0.7)),
    "rsub": (PAIR, lambda t, x, y: t.rsub(x, y, alpha=0.7)),
    "smooth_l1_loss": (PAIR, lambda t, x, y: t.nn.functional.smooth_l1_loss(x, y, reduction="none")),
    "huber_loss": (PAIR, lambda t, x, y: t.nn.functional.huber_loss(x, y, reduction="none")),
    "glu": (((N,),), lambda t, x: t.nn.functional.glu(x)),
    "sigmoid": (((N,),), lambda t, x: t.sigmoid(x)),
    "sinc": (((N,),), lambda t, x: t.sinc(x)),
    "rsqrt": (((N,),), lambda t, x: t.rsqrt(abs(x))),
    # A number is rounded to the type first; but not where it multiplies or divides.
    "x + number": (((N,),), lambda t, x: x + 0.3),
    "number - x": (((N,),), lambda t, x: 0.3 - x),
    "x + a tensor of no dimension": (((N,),), lambda t, x: x + t.tensor(0.3, dtype=t.float64)),
    "x + int": (((N,),), lambda t, x: x + 2049),
    "x + integers": (((N,),), lambda t, x: x + t.arange(2048, 2048 + N)),
    "fmod": (((N,),), lambda t, x: t.fmod(x, 0.3)),
    "remainder": (((N,),), lambda t, x: x % 0.3),
    "pow": (((N,),), lambda t, x: abs(x) ** 0.3),
    "comparison": (((N,),), lambda t, x: x > x[7].item() + 1e-4),
    "x * number": (((N,),), lambda t, x: x * 0.3),
    "number * x": (((N,),), lambda t, x: 0.3 * x),
    "x / number": (((N,),), lambda t, x: x / 0.3),
    "x * a large number": (((N,),), lambda t, x: (x / 128) * 1e5),
    "x *= number": (((N,),), lambda t, x: x.mul_(0.3)),
    "x * a tensor of no dimension": (((N,),), lambda t, x: x * t.tensor(0.3, dtype=t.float64)),
}  # fmt: skip


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", CASES)
def test_rounding(name, dtype):
    shapes, call = CASES[name]
    rng = numpy.random.default_rng(4)
    for _ in range(4):
        arrays = [rng.standard_normal(shape).astype("float32") for shape in shapes]
        found = []
        for t in (wengert, torch):
            result = call(t, *[t.from_numpy(x).to(getattr(t, dtype)) for x in arrays])
            assert str(result.dtype).partition(".")[2] == ("bool" if name == "comparison" else dtype)
            found.append(result.float().numpy())
        numpy.testing.assert_array_equal(*found)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_gradients_keep_the_type(dtype):
    for name in ("addmm", "addcmul", "add", "glu", "huber_loss"):
        shapes, call = CASES[name]
        rng = numpy.random.default_rng(4)
        arrays = [rng.standard_normal(shape).astype("float32") for shape in shapes]
        found = []
        for t in (wengert, torch):
            operands = [t.from_numpy(x).to(getattr(t, dtype)).requires_grad_() for x in arrays]
            call(t, *operands).sum().backward()
            assert all(x.grad.dtype is x.dtype for x in operands)
            found.append([x.grad.float().numpy() for x in operands])
        for x, y in zip(*found, strict=True):
            numpy.testing.assert_allclose(x, y, rtol=0.02, atol=0.02)
