"""What calls with wrong arguments raise, in both libraries: of the same type, and naming the call."""

import random

import pytest

import wengert

from . import test_table, wrong_calls

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

SAMPLES = [sample for sample in test_table.COMPARED + test_table.FUNCTIONS if sample.number < 2]
CALLS = wrong_calls.nonsense_calls(torch) + wrong_calls.sample_calls(SAMPLES, test_table.function_in_torch)
# Of 56,640 calls on the day of writing: 95.9 % have the same outcome; where both raise, 98.1 % have the same type.
SHARE, SHARE_OF_ERRORS = 0.955, 0.975


def drawn(count: int = 4000) -> list:
    return random.Random(0).sample(CALLS, count)


def test_types_of_errors_agree():
    """PyTorch's Python functions trip over what they are given (AttributeError), where ours say so (TypeError)."""
    same, both, total = 0, 0, 0
    agreed = 0
    different = []
    for call in drawn():
        ours, theirs = wrong_calls.outcome(wengert, call)[0], wrong_calls.outcome(torch, call)[0]
        if (ours, theirs) == ("TypeError", "AttributeError"):
            theirs = ours
        total += 1
        agreed += ours == theirs
        if "returns" not in (ours, theirs):
            both += 1
            same += ours == theirs
        if ours != theirs:
            different.append(f"{call.text}: {ours}, PyTorch {theirs}")
    assert agreed / total >= SHARE and same / both >= SHARE_OF_ERRORS, "\n".join(different[:40])


def test_messages_are_the_librarys_own():
    found = [(call.text, wrong_calls.complaint(torch, call)) for call in drawn(8000)]
    found = [f"{text}: {complaint}" for text, complaint in found if complaint]
    assert not found, "\n".join(found[:20])


CASES = """
t.cosine_similarity(S, W); t.cumsum(S, 0, 'a'); S.sum(dtype='a'); t.zeros('a'); t.zeros(2.5); t.ones(2, device=0)
t.softmax('a'); t.split_with_sizes(S, S); t.max_pool2d(S, 'a'); t.exp(2); t.is_conj('a'); t.get_device('a')
t.eq(S, W); S.to('cuda'); S.to(0); t.zeros(2, device='cuda'); t.ones(2, device='a'); S.requires_grad_('a')
S.requires_grad_(2); t.pow(2, 3); t.isnan(2); S.unsqueeze('a'); S.unsqueeze(7); S.view('a'); t.amax(S, (0, 'a'))
t.cat([S, 'a']); t.argmin(B, S); t.full((2,), 'a'); t.linalg.inv('a'); t.linalg.inv(S); t.special.erf('a')
t.fft.fft(S, n='a'); t.where(True, S, S); t.eye('a'); t.arange('a'); S.cuda(); t.zeros(10**13); t.cumsum(S, 10**30)
t.zeros(10**30); S.reshape(10**30); t.dropout('a', 0.0, True); t.dropout(S, 0.5, 1); t.sum(S, 0, 'a')
t.argmax(S, 0, 2.5); t.native_dropout(S, 0.5, 'a'); t.FloatTensor('a'); t.FloatTensor(I); t.LongTensor(2.5)
t.set_default_tensor_type(t.LongTensor); t.set_default_device('a'); t.set_deterministic_debug_mode('x')
t.segment_reduce(S, 'a', lengths=I); t.segment_reduce(S, 'sum'); t.pca_lowrank(S, q=9); t.lobpcg(S)
t.frobenius_norm(S, (0, 1, 1)); t.frobenius_norm(S)
"""


@pytest.mark.parametrize("text", [text.strip() for line in CASES.strip().splitlines() for text in line.split("; ")])
def test_one_call(text):
    call = wrong_calls.Call(text, lambda t: wrong_calls.evaluated(text, t))
    (kind, message), (expected, theirs) = [wrong_calls.outcome(t, call) for t in (wengert, torch)]
    assert expected != "returns", "PyTorch accepts this"
    assert kind == expected, f"{message}\nPyTorch: {theirs}"


ACCEPTED = """
t.add(2, 3); t.mul(2, S); t.pow(2, S); t.where(B, 2, 3); t.linalg.pinv(S, S); t.equal(S, W); t.floor_divide(7, 2)
"""


@pytest.mark.parametrize("text", ACCEPTED.strip().split("; "))
def test_numbers_in_the_place_of_tensors(text):
    call = wrong_calls.Call(text, lambda t: wrong_calls.evaluated(text, t))
    assert wrong_calls.outcome(wengert, call)[0] == wrong_calls.outcome(torch, call)[0] == "returns"


STRIDES = """
x[None]; x[:, None]; x[:, :, None]; x.t()[None]; x.t()[:, None]; x.expand(1, 2, 3); x.expand(4, 2, 3); x[0, 0][None]
x[0, 0].expand(1, 1); t.ones(1, 3).expand(4, 3)[None]; x[None, None]; x[None, :, None, :, None]
x.squeeze(0)[..., None]; x.movedim(0, 1)[None]; t.broadcast_to(x, (1, 2, 3)); x[::2, None]; x[:, ::2][None]
x.diagonal()[None]; t.ones(1).expand(1, 1); x.unsqueeze(0); x.unsqueeze(2)
"""


@pytest.mark.parametrize("text", [text.strip() for line in STRIDES.strip().splitlines() for text in line.split("; ")])
def test_strides_of_new_dimensions(text):
    ours, theirs = [eval(text, {"t": t, "x": t.arange(6.0).reshape(2, 3)}).stride() for t in (wengert, torch)]
    assert tuple(ours) == tuple(theirs)


UNREAD = """
t.svd(S, 7); t.svd(S, True, 'a'); t.qr(S, 'a'); t.unique(S, 2.5); S.unique(True, 'a'); t.unique_consecutive(S, 7)
t.median(S, 0, 'a'); t.nanmedian(S, 0, 'a'); t.mode(S, 0, 'a'); S.var(0, 'a'); t.std_mean(S, 0, 'a')
t.hinge_embedding_loss(S, S, 'a'); t.nn.functional.poisson_nll_loss(S, S, 'a'); t.svd(S, None)
"""


@pytest.mark.parametrize("text", [text.strip() for text in UNREAD.replace("\n", ";").split(";") if text.strip()])
def test_arguments_that_no_computation_reads(text):
    call = wrong_calls.Call(text, lambda t: wrong_calls.evaluated(text, t))
    kinds = [wrong_calls.outcome(t, call)[0] for t in (wengert, torch)]
    assert kinds == ["TypeError", "TypeError"]
