"""Calls with wrong arguments, made in both libraries: what they raise.

Two kinds. Of every sample of the table, whose call is right, one argument is replaced by something wrong. And every
public function and method gets arguments that fit hardly anything. What an argument is made of is text, evaluated in
each library anew.
"""

import dataclasses
import functools
import re
import warnings

import numpy as np

import wengert
from wengert.core import registry

# What takes the place of a right argument.
WRONG = (
    "'a'", "None", "2.5", "7", "-9", "10**30", "True", "object()", "[]", "(1, 'b')", "1j", "t.float32", "t.ones(5, 7)",
    "t.ones(2, 3, dtype=t.int64)", "t.ones(2, dtype=t.bool)", "t.ones(())", "[t.ones(2), 'a']",
)  # fmt: skip
# All arguments of a call, for functions of which nothing else is known.
NONSENSE = (
    "", "'a'", "None", "2.5", "2", "S", "S, 'a'", "S, None", "S, S", "S, W", "S, 7", "S, 2.5", "S, -9", "S, [0, 9]",
    "S, 0, 'a'", "S, S, 'a'", "S, 'a', 0", "S, dtype='a'", "S, nonsense=1", "S, dim='a'", "S, dim=7",
    "S, S, S, S, S, S, S, S, S", "[S, 'a']", "[S, W]", "I", "I, I", "B, S", "S, I", "[]", "S, t.float32",
    "2, device=0", "S, out='a'", "S, out=I",
)  # fmt: skip
# Names with an effect on the whole process; methods that say where an object is.
LEFT_ALONE = {
    "set_default_dtype", "set_num_threads", "set_printoptions", "set_grad_enabled", "set_anomaly_enabled",
    "manual_seed", "seed", "set_rng_state", "initial_seed", "set_default_device", "set_default_tensor_type",
    "share_memory_", "data_ptr", "enable_grad", "no_grad", "inference_mode", "get_rng_state", "storage", "__dlpack__",
    "__dlpack_device__",
}  # fmt: skip
# Sentences that come from NumPy or Python and say nothing of the operation.
FOREIGN = re.compile(
    r"could not be broadcast|object of type|unsupported operand|object has no attribute|\baxis\b|\baxes\b|ufunc|"
    r"not supported between|object is not|cannot be interpreted|must be real number|an integer is required|not "
    r"subscriptable|not iterable|"
    r"incorrect type \(expected|not understood|has incorrect type|"
    r"invalid literal|could not convert|unhashable|operands could not|setting an array element|inhomogeneous|"
    r"<lambda>|not callable|"
    r"too large to convert|dtype\('|shape mismatch|array must not contain|numpy\.|_forward|list index out of range|"
    r"tuple index out of range|"
    r"not enough values to unpack|too many values to unpack|math domain|Cannot construct a dtype|Invalid integer "
    r"data type|"
    r"cannot convert float|expected str|can only concatenate|can't multiply sequence"
)


@dataclasses.dataclass(frozen=True)
class Call:
    """One call: its text, and the same as a function of a library."""

    text: str
    make: object

    @property
    def name(self) -> str:
        return self.text.partition("(")[0]


def surroundings(t) -> dict:
    return {
        "t": t, "np": np, "S": t.arange(6.0).reshape(2, 3) + 1, "W": t.ones(5, 7), "I": t.arange(6).reshape(2, 3),
        "B": t.tensor([[True, False, True], [False, True, True]]),
    }  # fmt: skip


def outcome(t, call: Call) -> tuple[str, str]:
    """The type of what a call raises and its message; "returns" if it raises nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            call.make(t)
        except (Exception, SystemError) as error:
            kind = type(error).__name__
            # PyTorch's own kinds of RuntimeError.
            return kind.replace("_LinAlgError", "LinAlgError"), str(error)
    return "returns", ""


def found_in(t, name: str):
    for part in name.split(".")[1:]:
        t = getattr(t, part, None)
    return t


def nonsense_calls(torch) -> list[Call]:
    """Of every public name of both libraries."""
    names = []
    for namespace, members in registry.namespaces.items():
        names += [f"t.{namespace}.{name}" if namespace else f"t.{name}" for name in members]
    names += [f"t.Tensor.{name}" for name in vars(wengert.Tensor)]
    calls = []
    for name in sorted(set(names)):
        own = name.rpartition(".")[2]
        if own in LEFT_ALONE or own.startswith("_"):
            continue
        ours, theirs = [found_in(t, name) for t in (wengert, torch)]
        if not callable(ours) or not callable(theirs) or isinstance(ours, type):
            continue
        for arguments in NONSENSE:
            if name.startswith("t.Tensor.") and not arguments.startswith(("S", "I", "B")):
                continue
            text = f"{name}({arguments})"
            calls.append(Call(text, functools.partial(evaluated, text)))
    return calls


def evaluated(text: str, t):
    return eval(text, surroundings(t))


def sample_calls(samples, function_in_torch) -> list[Call]:
    """Of every sample with one argument replaced."""
    calls = []
    for sample in samples:
        theirs = function_in_torch(sample)
        if theirs is None or getattr(sample, "through", None) or getattr(sample, "call", None):
            continue
        if callable(sample.spelled) or getattr(theirs, "__name__", "") == "<lambda>":
            continue
        ours = found_in(wengert, f"t.{sample.operation}") or getattr(wengert.Tensor, sample.operation, None)
        if ours is None:
            continue
        arrays = [values.draw(np.random.default_rng(5), np.float32) for values in sample.operands]
        takes_list = getattr(sample, "takes_list", False) or getattr(ours, "takes_list", False)
        count = (1 if takes_list else len(arrays)) + len(sample.parameters)
        for position in range(count):
            for wrong in WRONG:
                text = f"{sample.operation}({', '.join([wrong if i == position else '_' for i in range(count)])})"
                if sample.parameters:
                    text += f"  # {sample.parameters}"
                text += f"  [{sample.id}]"
                calls.append(Call(f"t.{text}", functools.partial(
                    replaced, ours, theirs, arrays, takes_list, sample, position, wrong,
                )))  # fmt: skip
    return calls


def replaced(ours, theirs, arrays, takes_list, sample, position, wrong, t):
    operands = [t.from_numpy(np.array(x)) for x in arrays]
    arguments = [*([operands] if takes_list else operands), *sample.parameters]
    keywords = getattr(sample, "keywords", ())
    arguments[position] = eval(wrong, surroundings(t))
    function = ours if t is wengert else theirs
    first = len(arguments) - len(sample.parameters)
    named = dict(zip(keywords, arguments[first:], strict=True)) if keywords else {}
    return function(*arguments[:first], **named) if keywords else function(*arguments)


def complaint(torch, call: Call) -> str | None:
    """What is wrong with our error: a sentence that is not the library's, or a kind that says an argument was not
    looked at.

    Not where PyTorch says the same.
    """
    kind, message = outcome(wengert, call)
    if kind == "returns":
        return None
    foreign = not message.strip() or FOREIGN.search(message) is not None or kind in UNSEEN
    if not foreign:
        return None
    theirs, sentence = outcome(torch, call)
    return None if theirs == kind and (FOREIGN.search(sentence) or kind in UNSEEN) else f"{kind}: {message}"


UNSEEN = ("AttributeError", "KeyError", "AssertionError", "ZeroDivisionError", "UnboundLocalError", "SystemError")
