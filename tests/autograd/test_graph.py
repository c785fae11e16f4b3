"""The graph as an object: hooks on several tensors, saved values, passes inside passes, threads."""

import gc
import threading
import weakref

import numpy
import pytest

import wengert as t
from wengert.autograd import graph


def leaf(*values: float) -> t.Tensor:
    return t.tensor(values, requires_grad=True)


# ------------------------------------------------------------------------------------------------ hooks


def test_captured_gradients_are_those_that_tensor_hooks_leave():
    x = leaf(2.0)
    y = x * 2
    y.register_hook(lambda g: g * 10)
    z = (y * 3).sum()
    assert [g.item() for g in t.autograd.grad(z, [x, y], retain_graph=True)] == [60, 30]
    assert t.autograd.grad(z, y)[0].item() == 30


def test_hooks_on_several_tensors_after_a_pass_that_was_interrupted():
    x, w = leaf(1.0), leaf(2.0)
    y = x * w
    seen = []
    handle = graph.register_multi_grad_hook([x, w], lambda gs: seen.append([g.item() for g in gs]))
    failing = x.register_hook(lambda g: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        (y * 2).backward()
    failing.remove()
    assert seen == []
    (x * w).backward()
    assert seen == [[2.0, 1.0]]
    with handle:
        pass
    (x * w).backward()
    assert len(seen) == 1


def test_hooks_on_several_tensors_of_which_a_pass_wants_only_some():
    x, w = leaf(1.0), leaf(2.0)
    seen = []
    graph.register_multi_grad_hook([x, w], lambda gs: seen.append([None if g is None else g.item() for g in gs]))
    t.autograd.grad(x * w, x)
    assert seen == [[2.0, None]]


def test_hooks_of_an_accumulator_run_around_it():
    x = leaf(1.0)
    y = x * 2
    accumulator = y.grad_fn.next_functions[0][0]
    seen = []
    accumulator.register_prehook(lambda gs: (gs[0] * 5,))
    accumulator.register_hook(lambda made, given: seen.append((made, given[0].item(), x.grad.item())))
    y.backward()
    assert seen == [((), 10.0, 10.0)]


# ------------------------------------------------------------------------------------------------ saved values


def test_saved_values_by_name():
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
    node = (x * w).grad_fn
    assert node._saved_self is node._saved_input is x and node._saved_other is w
    assert (x * 2).sum(dim=0).grad_fn._saved_input_sizes == (2,)
    assert "_saved_other" in dir(node)
    with pytest.raises(AttributeError, match="has no attribute '_saved_nothing'; it saved input, other"):
        getattr(node, "_saved_nothing")  # noqa: B009
    joined = t.cat([x, w]).grad_fn
    assert joined._saved_tensors_sizes is not None
    values, indices = t.tensor([[3.0, 1.0]], requires_grad=True).max(dim=1)
    assert values.grad_fn._saved_indices.tolist() == [0]


def test_a_saved_number_cannot_be_packed():
    x = leaf(1.0)
    raw = (x / 2).grad_fn._raw_saved_other
    with pytest.raises(RuntimeError, match="only tensors can be packed"):
        raw.register_hooks(lambda v: v, lambda v: v)


def test_a_freed_value_cannot_be_packed():
    x = leaf(1.0)
    y = x.exp()
    raw = y.grad_fn._raw_saved_result
    y.backward()
    with pytest.raises(RuntimeError, match="on a saved tensor after it has been freed(.|\n)*was freed by `y.backward"):
        raw.register_hooks(lambda v: v, lambda v: v)


def test_hooks_pack_what_an_in_place_operation_saved_of_its_input():
    x = leaf(1.0)
    packed = []
    with graph.saved_tensors_hooks(lambda v: packed.append(v.item()) or v.detach().clone(), lambda v: v):
        y = x * 1
        y.sin_()
    y.backward()
    assert x.grad.item() == pytest.approx(numpy.cos(1.0))
    assert packed[-1] == 1.0


def test_only_what_is_changed_is_copied():
    x = t.ones(1000, requires_grad=True)
    with graph.allow_mutation_on_saved_tensors() as context:
        y = x * 2
        z = y * y
        kept = [k for k in context._kept]
        assert kept and all(k.value is y for k in kept)
        y.add_(1)
        assert all(k.value is not y and k.value[0].item() == 2 for k in kept)
        z.sum().backward()
    assert x.grad[0].item() == 8.0


def test_the_context_that_allows_mutation_holds_nothing_afterwards():
    with graph.allow_mutation_on_saved_tensors():
        y = t.ones(3, requires_grad=True) * 2
        z = y * y
        reference = weakref.ref(y)
    del y
    gc.collect()
    assert reference() is None
    assert z.requires_grad


# ------------------------------------------------------------------------------------------------ passes in passes


def test_passes_nest_to_any_depth():
    """Each hook starts the next pass: far beyond what one thread's stack, or Python's recursion limit, could hold."""
    total = t.zeros((), requires_grad=True)

    def descend(n: int) -> None:
        y = total * 1

        def hook(g) -> None:
            if n:
                with t.enable_grad():
                    descend(n - 1)

        y.register_hook(hook)
        y.backward()

    descend(2000)
    assert total.grad.item() == 2001


def test_modes_and_errors_cross_to_the_thread_of_a_deep_pass():
    x = leaf(1.0)
    seen = []

    def descend(n: int) -> None:
        y = x * 1

        def hook(g) -> None:
            if n == 0:
                seen.append((t.is_grad_enabled(), y.grad_fn.where.function.rpartition(".")[2]))
                raise ValueError("from the bottom")
            with t.enable_grad():
                descend(n - 1)

        y.register_hook(hook)
        y.backward()

    with pytest.raises(ValueError, match="from the bottom"):
        descend(130)
    assert seen == [(False, "descend")]
    # The engine is as it was.
    (x * 3).backward()
    assert x.grad.item() == 3


def test_saved_hooks_cross_to_the_thread_of_a_deep_pass():
    x = leaf(3.0)
    packed = []

    def descend(n: int) -> None:
        y = x * 1

        def hook(g) -> None:
            with t.enable_grad():
                if n == 0:
                    (x * x).backward()
                else:
                    descend(n - 1)

        y.register_hook(hook)
        y.backward()

    with graph.saved_tensors_hooks(lambda v: packed.append(1) or v, lambda v: v):
        descend(70)
    assert packed
    assert x.grad.item() == 71 + 6


# ------------------------------------------------------------------------------------------------ threads


def in_threads(count: int, work) -> None:
    errors = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@pytest.mark.parametrize("size", [1, 100, 40_000, 200_000])
def test_threads_that_share_a_leaf_lose_no_gradient(size):
    x = t.ones(size, requires_grad=True)
    in_threads(4, lambda: [(x * 2).sum().backward() for _ in range(25)])
    assert (x.grad == 200).all()


def test_threads_that_share_a_graph():
    x = t.ones(50, requires_grad=True)
    y = (x * 2).tanh().exp()
    y.sum().backward(retain_graph=True)
    once = x.grad.numpy().copy()
    x.grad = None
    in_threads(4, lambda: [y.sum().backward(retain_graph=True) for _ in range(50)])
    numpy.testing.assert_allclose(x.grad.numpy(), once * 200, rtol=1e-5)


def test_threads_with_hooks_and_their_own_graphs():
    w = t.ones(3, requires_grad=True)
    counted = []

    def work() -> None:
        for _ in range(50):
            y = w * 2
            y.register_hook(lambda g: counted.append(1))
            t.autograd.grad(y.exp().sum(), w)

    in_threads(4, work)
    assert len(counted) == 200 and w.grad is None
