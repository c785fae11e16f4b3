"""Programs in which wengert and PyTorch once disagreed, made small, with what was wrong here."""

import pytest

import wengert

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

from . import programs  # noqa: E402

FOUND = {
    "add_ took no alpha": """
v1 = t.tensor([0.44, 2.0], dtype=t.float64)
v1.add_(v1 * 2, alpha=-0.5)
v1.sub_(v1 * 2, alpha=0.25)
outputs:
""",
    "movedim and t returned the tensor itself": """
v1 = t.tensor([[-0.99]], dtype=t.float64, requires_grad=True)
v2 = v1 ** 3
v3 = v2.movedim(1, 1)
v4 = v2[0].t()
outputs: v3
""",
    "the product of a matrix and a vector was a view": """
v1 = t.tensor([-0.54, -1.77], dtype=t.float64, requires_grad=True)
v2 = t.tensor([[-1.66, -0.33], [-1.04, 0.2]], dtype=t.float64, requires_grad=True)
with t.no_grad(): v3 = t.mv(v2, v1)
v3.add_(v1)
outputs: v3
""",
    "diag of a matrix was a view": """
v1 = t.tensor([[-1.01, 2.0], [-1.16, 0.57]], dtype=t.float64, requires_grad=True)
v2 = t.diag(v1, 0)
v2 *= 2
outputs: v2
""",
    "repeat along new dimensions shared memory": """
v1 = t.tensor([[-1.16, -1.42], [0.43, -1.2]], dtype=t.float64)
v2 = v1.repeat(2, 1, 1)
v2.add_(1)
outputs:
""",
    "flip of a dimension of size 1 shared memory": """
v1 = t.tensor([[1.9, 1.05, 1.13]], dtype=t.float64)
v2 = v1.flip(0)
v2.round_()
outputs:
""",
    "view_as and expand_as of scalars": """
v1 = t.tensor(1.5, dtype=t.float64, requires_grad=True)
v2 = v1.view_as(v1)
v3 = v1.expand_as(v1)
outputs: v2, v3
""",
    "the norm of a scalar": """
v1 = t.tensor(-0.98, dtype=t.float64, requires_grad=True)
v2 = v1.norm()
outputs: v2
""",
    "a quotient saved its result": """
v1 = t.tensor([-0.73, 1.63], dtype=t.float64, requires_grad=True)
v2 = t.tensor([-1.17, 0.5], dtype=t.float64, requires_grad=True)
v3 = v1 / v2
v3.mul_(3.0)
outputs: v3
""",
    "logaddexp saved its result": """
v1 = t.tensor([-0.73, 1.63], dtype=t.float64, requires_grad=True)
v2 = t.logaddexp(v1, v1 * 2)
v2.mul_(3.0)
outputs: v2
""",
    "a view that was changed in place was not a part of its base": """
v1 = t.tensor([[0.21, -0.47]], dtype=t.float64, requires_grad=True)
v2 = t.tensor(0.65, dtype=t.float64, requires_grad=True)
v3 = v1 * 2
v4 = v3.flatten(0)
v4[[0]] = v2
outputs: v3
""",
    "a gradient with respect to the base of a view that was changed in place": """
v1 = t.tensor([[-1.65, 0.05, 0.38]], dtype=t.float64, requires_grad=True)
v2 = v1.exp()
v3 = v2.transpose(-1, -1)
v3.reciprocal_()
outputs: v3
""",
    "what is retained of a view did not move with it": """
v1 = t.tensor([[-0.45, 1.26], [-1.61, 0.25]], dtype=t.float64, requires_grad=True)
v2 = v1 * 3
v3 = v2.unflatten(-1, (2, -1))
v3.retain_grad()
v3.mul_(2)
outputs: v2
""",
    "requires_grad of a view whose history is lost": """
v1 = t.tensor([1.64, 0.5], dtype=t.float64, requires_grad=True)
v2 = v1 * 2
v3, v4 = v2.chunk(2, 0)
v2 -= 1.97
outputs: v2
""",
    "a comparison with a view whose history is lost": """
v1 = t.tensor([[-1.54], [0.79]], dtype=t.float64, requires_grad=True)
v2 = v1 * 2
v3, v4 = v2.unbind(0)
v2.mul_(v1)
v5 = t.where(v3 > 0.1, -1.5, v2)
outputs: v5
""",
    "retain_grad on a view whose history is lost": """
v1 = t.tensor([[1.55, 1.66], [-1.32, -1.97]], dtype=t.float64, requires_grad=True)
v2 = v1 * 2
v3, v4 = v2.split(1, -1)
v2.mul_(v1)
v4.retain_grad()
outputs: v2
""",
    "a leaf that was detached got a gradient": """
v1 = t.tensor([0.51, 1.27], dtype=t.float64, requires_grad=True)
v2 = v1 / 1.58
v1.detach_()
outputs: v2
""",
    "a leaf that was detached and moved into the graph": """
v1 = t.tensor([0.51, 1.27], dtype=t.float64, requires_grad=True)
v2 = v1 * 1.0
v1.detach_()
v1.add_(v2)
outputs: v1
""",
    "the saved result of a dual tensor had no version": """
v1 = t.tensor([[-0.05, 0.89]], dtype=t.float64, requires_grad=True)
v2 = t.tensor(-0.92, dtype=t.float64)
v3 = t.sqrt((v1 * v1 + 0.5))
v3[:] = v2
outputs: v3
""",
    "the saved indices of a maximum had no version": """
v1 = t.tensor([[-0.05, 0.89], [1.0, 0.5]], dtype=t.float64, requires_grad=True)
v2, v3 = v1.max(0)
v3.zero_()
outputs: v2
""",
    "data and detach_ of a dual tensor": """
v1 = t.tensor([-0.39, 1.0], dtype=t.float64, requires_grad=True)
v2 = v1 * 2
v3 = v1.data
v4 = v2.data.clone()
outputs: v2
""",
    "a change through data was counted for dual tensors": """
v1 = t.tensor([-0.69], dtype=t.float64, requires_grad=True)
v2 = t.tensor([0.17], dtype=t.float64, requires_grad=True)
v3, = v2.chunk(1, 0)
v4 = v3.data
v4 /= v1.detach()
v5 = v3 + 1
outputs: v5
""",
    "the tangent of an in-place sum was its operand's": """
v1 = t.tensor(0.58, dtype=t.float64, requires_grad=True)
v2 = v1.round()
v2.add_(v1 * 1.5)
v2.mul_(1.5)
outputs: v2
""",
    "the tangent of a view was not brought up to date before it was saved": """
v1 = t.tensor(0.79, dtype=t.float64, requires_grad=True)
v2 = t.tensor([-1.67, -0.75], dtype=t.float64, requires_grad=True)
v3 = v2 * v1
v4 = v3.squeeze()
v4.scatter_(0, t.tensor([1, 0]), v2)
v4 *= v1
outputs: v4
""",
    "the std of equal elements": """
v1 = t.tensor([[1.23, 0.9, 1.09]], dtype=t.float64, requires_grad=True)
v2 = t.log_softmax(v1, 0)
v3 = v2.std(-1)
v4 = v3.detach()
outputs:
""",
    "as_strided of a part of the memory": """
v1 = t.tensor([[-0.03, 0.2], [1.71, 0.4], [1.87, 0.6]], dtype=t.float64, requires_grad=True)
v2 = v1 * 2
v3, v4, v5 = v2.unbind(0)
v6 = v5.as_strided((1,), (1,), 4)
v7 = v2[:, 1].as_strided((2, 2), (2, 1), 1)
outputs: v6, v7
""",
    "as_strided of a tensor laid out by columns": """
v1 = t.tensor([[1.84, -1.5, -0.04], [-1.13, 1.01, 0.17]], dtype=t.float64, requires_grad=True)
v2 = (v1 * 2).t()
v3 = v2.as_strided((3, 2), (1, 3), 0)
v4 = v2.as_strided((2, 2), (2, 1), 1)
outputs: v3, v4
""",
    "operands of where that do not broadcast": """
v1 = t.tensor([0.1, 0.2, 0.3], dtype=t.float64, requires_grad=True)
v2 = t.tensor([[0.5, 0.6]], dtype=t.float64)
v3 = t.where(v1 > 0.15, v2, 0.0)
outputs: v1
""",
    "values that do not fit where they are written": """
v1 = t.tensor([[0.1, 0.2, 0.3], [1.0, 2.0, 3.0]], dtype=t.float64)
v2 = t.tensor([0.5, 0.6], dtype=t.float64)
v1[0] = v2
v1[[0, 1]] = v2
v1[v1 > 0.15] = v2
v1.copy_(v2)
v1.index_copy_(0, t.tensor([0]), v1[:, :2])
v1.index_copy_(0, t.tensor([0, 1, 1]), v1)
v1.index_add_(0, t.tensor([0, 1, 1]), v1.clone())
v1.fill_(v2)
v1.masked_fill_(v1 > 0.2, v2)
v3 = v1.diagonal(0, 1, 1)
outputs:
""",
    "types that must be the same": """
v1 = t.tensor([[-0.55, 1.45], [0.5, 0.25]], dtype=t.float64)
v2 = t.tensor([0.45, 0.5], dtype=t.float64).float()
v1[[0]] = v2
v1[[0], [1]] = v2[0]
v1[v1 > 0.3] = v2[0]
v1[v1 > -9.0] = v2
v1.index_put_((t.tensor([0]),), v2)
v3 = v1[0] @ v2
v4 = t.dot(v2, v1[0])
outputs:
""",
    "masked_fill took the type of its value": """
v1 = t.tensor(-0.9, dtype=t.float64, requires_grad=True)
v2 = v1.float()
v3 = v2.masked_fill(v2 < 0.2, v1)
outputs: v3
""",
    "cumprod of one element and of none": """
v1 = t.tensor([[-0.29]], dtype=t.float64, requires_grad=True)
v2 = t.cumprod(v1, -1)
v3 = t.tensor(np.zeros((0, 1)), dtype=t.float64, requires_grad=True)
v4 = t.cumprod(v3, 0)
v5 = t.autograd.grad(v2.sum(), v1, create_graph=True)[0].clone()
outputs: v2, v4
""",
    "gradients of no inputs": """
v1 = t.tensor([1.0], dtype=t.float64, requires_grad=True)
v2 = t.autograd.grad(v1.sum(), [])
outputs: v1
""",
}


@pytest.mark.parametrize("phase", programs.PHASES)
@pytest.mark.parametrize("name", FOUND)
def test_found(name, phase):
    program = programs.Program.parse(FOUND[name])
    found, _ = programs.check(program, wengert, torch, (phase,))
    assert found is None, f"{found}\n\n{program.script(phase)}"


def test_lookups_are_laid_out_row_by_row():
    """NumPy lays the result of a lookup in the last dimension out column by column; the layout is no part of what the
    programs compare."""
    for t in (wengert, torch):
        x = t.arange(8.0).reshape(2, 2, 2)
        assert x[..., [0, 1]].is_contiguous() and x[:, [0, 1], [1, 0]].is_contiguous()
