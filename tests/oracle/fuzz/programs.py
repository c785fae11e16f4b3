"""Programs as data, run in either library, and what is compared between the two runs.

A program is a list of lines of Python, each an instruction in which `t` stands for the library. Four phases run it,
each with its own last lines:

    backward   looks at every value after every line; then `backward` into the leaves, twice, and once more when the
               graph is gone: `.grad`, gradients retained, gradients that hooks have seen
    grad       looks at nothing before the end; then the gradients of all values that require one, recorded, and the
               gradients of a random combination of those
    forward    the leaves require no gradient and are dual numbers: the tangents of all values
    mixed      the leaves require gradients and are dual numbers: the tangents of gradients, forward over reverse
"""

import ast
import inspect
import re
import warnings
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

PHASES = ("backward", "grad", "forward", "mixed")
_LEAF = re.compile(r"(\w+) = t\.tensor\(.*dtype=t\.float64")


_CHANGING_HOOK = re.compile(r"register_hook\(seen\('\w+', ")


@dataclass(frozen=True)
class Program:
    """`lines` of Python, and the names of the values whose weighted sum is differentiated."""

    lines: tuple[str, ...]
    outputs: tuple[str, ...]
    features: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Program":
        """A program from its text, whose last line is `outputs: name, name`."""
        *lines, last = [line for line in text.strip().splitlines() if line.strip()]
        kind, names = last.split(":", 1)
        if kind.strip() != "outputs":
            raise ValueError("the last line of a program names its outputs")
        return cls(tuple(lines), tuple([name.strip() for name in names.split(",") if name.strip()]))

    def __str__(self) -> str:
        return "\n".join([*self.lines, "outputs: " + ", ".join(self.outputs)])

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names that the lines assign, in their order."""
        return tuple(dict.fromkeys([name for line in self.lines for name in assigned(line)]))

    @cached_property
    def code(self) -> tuple:
        return tuple([compile(line, f"<line {i}>", "exec") for i, line in enumerate(self.lines)])

    def script(self, phase: str, library: str = "wengert") -> str:
        """The run of a phase as a script of its own."""
        lines = ["import numpy as np", f"import {library} as t", "", f"from {library}.autograd import forward_ad", ""]
        lines += [inspect.getsource(helpers), "globals().update(helpers(t))"]
        dual = phase in ("forward", "mixed")
        if dual:
            lines.append("forward_ad.enter_dual_level()")
        for line in self.lines:
            lines.append(line)
            if dual and (name := leaf_of(line)):
                lines.append(dual_line(name, phase))
        lines += list(last_lines(self, phase))
        if phase != "grad":
            lines += ["print(log)", *[f"print({name!r}, {name})" for name in self.names]]
        return "\n".join(lines) + "\n"


@lru_cache(4096)
def assigned(line: str) -> list[str]:
    """The names that a line assigns."""
    return [
        node.id for node in ast.walk(ast.parse(line)) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]


@lru_cache(4096)
def used(line: str) -> set[str]:
    """The names that a line reads or deletes."""
    return {
        node.id
        for node in ast.walk(ast.parse(line))
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store)
    }


def leaf_of(line: str) -> str | None:
    """The name of the float leaf that a line makes."""
    match = _LEAF.match(line)
    return match[1] if match else None


def dual_line(name: str, phase: str) -> str:
    primal = name if phase == "mixed" else f"{name}.detach()"
    # A copy, for what PyTorch's make_dual returns is a view.
    return f"{name} = forward_ad.make_dual({primal}, direction({name}, 3)).clone()"


def helpers(t) -> dict:
    """What the lines of a program may call besides the library."""
    log = {}

    def seen(name, factor=None):
        """A hook that notes the gradients it is given, and scales them."""

        def hook(g):
            if g is None:  # PyTorch calls hooks for gradients that do not exist, too
                return None
            log.setdefault(name, []).append(g.detach().clone())
            return None if factor is None else g * factor

        return hook

    def direction(x, k=0):
        """Fixed numbers of the shape and type of x."""
        values = np.cos(np.arange(x.numel()) * 1.7 + 0.9 * k + 0.3).reshape(tuple(x.shape))
        return t.tensor(values, dtype=x.dtype)

    def needing(*values):
        """Those of the values that require a gradient."""
        return [x for x in values if isinstance(x, t.Tensor) and x.requires_grad]

    def weighted(*values):
        """A sum of all elements of the values that require a gradient, each with its own weight."""
        total = t.zeros((), dtype=t.float64)
        for k, x in enumerate(values):
            if isinstance(x, t.Tensor) and x.requires_grad:
                total = total + (x * direction(x, k)).sum()
        return total

    return {"log": log, "seen": seen, "direction": direction, "needing": needing, "weighted": weighted}


def last_lines(program: Program, phase: str) -> tuple[str, ...]:
    """What a phase does after the program."""
    values = ", ".join(program.names)
    leaves = f"*[x for x in ({values},) if isinstance(x, t.Tensor) and x.is_leaf]"
    changing = any(_CHANGING_HOOK.search(line) for line in program.lines)
    if changing:
        # What is captured of a tensor whose hook changes the gradient depends, in PyTorch, on what else is asked for:
        # its engine takes the gradient before the hooks where the pass goes on from there, and after them where not.
        values = leaves
    loss = f"loss = weighted({', '.join(program.outputs)})"
    if phase == "backward":
        grads = f"[x.grad for x in ({', '.join(program.names)},) if isinstance(x, t.Tensor)]"
        return (
            loss, "loss.backward(retain_graph=True)", f"grads_once = {grads}", "loss.backward()",
            f"grads_twice = {grads}", "loss.backward()", f"grads_thrice = {grads}",
        )  # fmt: skip
    if phase in ("grad", "mixed"):
        lines = (
            loss,
            f"first = t.autograd.grad(loss, needing({values}), create_graph=True, allow_unused=True)",
            "hooks_saw = [log[name] for name in sorted(log)]",
        )
        # A hook is called again, and changes a second derivative, where a rule reads the result rather than the input.
        if phase == "mixed" or changing:
            return lines
        # Of leaves only: how the gradient depends on a value between depends on how a rule is written.
        return (
            *lines,
            "combined = weighted(*first)",
            f"leaves = needing({leaves})",
            "second = t.autograd.grad(combined, leaves, allow_unused=True) if combined.requires_grad else [None] * len("
            "leaves)",
        )
    return ()


# ------------------------------------------------------------------------------------------------ running


# PyTorch computes a vector times a matrix in place of its own result, whose version is then 1.
_PRODUCT = re.compile(r" @ |matmul\(|mv\(|addmm\(|baddbmm\(")
# What is said of a tensor. Of a gradient only the first: the others depend on how a rule is written.
STALE = "is_leaf raises"
FLAGS = ("dtype", "shape", "requires_grad", "is_leaf", "version", "is_view")
OF_GRADIENTS = 2
OF_DUALS = 4


@dataclass
class Seen:
    """What was seen of one value: a tensor, numbers, or nothing."""

    flags: tuple
    values: np.ndarray | None
    tangent: np.ndarray | None = None


@dataclass
class Event:
    """What a line did: the error it raised, or what its results are."""

    line: str
    error: str | None
    seen: dict
    message: str = ""
    view: bool = False  # changes a view in place
    shares: bool = False  # changes memory in place that one of its operands shares


def numbers(x) -> np.ndarray:
    return np.array(x.detach().numpy(force=True))


def look_at(t, x, forward_ad=None):
    """A value as data. `forward_ad` is given where it may have a tangent."""
    if isinstance(x, (tuple, list)):
        return [look_at(t, item, forward_ad) for item in x]
    if not isinstance(x, t.Tensor):
        return Seen((type(x).__name__,), None if x is None else np.asarray(x) if isinstance(x, (int, float)) else None)
    try:
        is_leaf = x.is_leaf
    except RuntimeError:  # of a view whose base was changed such that its history is not known
        is_leaf = "raises"
    values = (str(x.dtype).split(".")[1], tuple(x.shape), x.requires_grad, is_leaf, x._version, x._is_view())
    flags = tuple([f"{name} {value}" for name, value in zip(FLAGS, values, strict=True)])
    if forward_ad is None:
        return Seen(flags, numbers(x))
    try:
        primal, tangent = forward_ad.unpack_dual(x)
    except RuntimeError:  # as for is_leaf
        return Seen(flags, None)
    return Seen(flags, numbers(primal), None if tangent is None else numbers(tangent))


def run(program: Program, t, phase: str) -> list[Event]:
    """Run a phase of a program in a library. Lines that raise are noted and passed over."""
    dual = phase in ("forward", "mixed")
    forward_ad = t.autograd.forward_ad
    scope = {"t": t, "np": np, "forward_ad": forward_ad, **helpers(t)}
    events = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if dual:
            forward_ad.enter_dual_level()
        try:
            watched = phase in ("backward", "forward")
            for line, code in zip(program.lines, program.code, strict=True):
                events.append(_step(t, line, code, scope, forward_ad if dual else None, watched))
                if dual and (name := leaf_of(line)) and name in scope:
                    exec(dual_line(name, phase), scope)
            for line in last_lines(program, phase):
                events.append(_step(t, line, line, scope, forward_ad if dual else None, True))
            everything = {name: scope[name] for name in program.names if name in scope}
            events.append(Event("who shares memory", None, {"sharing": sharing(everything, t)}))
            if phase == "backward":
                everything["hooks_saw"] = [scope["log"][name] for name in sorted(scope["log"])]
            seen = {key: look_at(t, x, forward_ad if dual else None) for key, x in everything.items()}
            events.append(Event("at the end", None, seen))
        finally:
            if dual:
                forward_ad.exit_dual_level()
            t.set_grad_enabled(True)
    return events


def _step(t, line: str, code, scope: dict, forward_ad, watched: bool) -> Event:
    event = Event(line, None, {}, "", *what_is_written(line, scope))
    try:
        exec(code, scope)
    except Exception as error:
        event.error = type(error).__name__
        event.message = f"{event.error}: {error}"
        return event
    if watched:
        event.seen = {name: look_at(t, scope[name], forward_ad) for name in assigned(line) if name in scope}
    return event


_IN_PLACE = re.compile(r"(?:with [\w.()]+: )?(\w+)(?:\.\w+_\((.*)\)| (?:[-+*/]=) (.*)|\[(?:.*)\] = (.*))$")


def memory_of(x) -> int | None:
    """The address of the memory under a tensor."""
    return x.untyped_storage().data_ptr() if hasattr(x, "untyped_storage") else None


def target_of(line: str, scope: dict):
    """The tensor that a line changes in place; None if it changes none."""
    match = _IN_PLACE.match(line)
    target = scope.get(match[1]) if match else None
    return target if hasattr(target, "untyped_storage") else None


def what_is_written(line: str, scope: dict) -> tuple[bool, bool]:
    """Of a line that changes a tensor in place: whether that is a view, and whether an operand shares its memory."""
    target = target_of(line, scope)
    if target is None:
        return False, False
    # A mask has no derivative.
    operands = re.sub(r"v\d+ [<>] [-\d.]+", "", " ".join(filter(None, _IN_PLACE.match(line).groups()[1:])))
    read = re.findall(r"v\d+", operands)
    return target._is_view(), any(memory_of(scope.get(name)) == memory_of(target) for name in read)


def sharing(values: dict, t) -> Seen:
    """For each tensor that has elements, the number of the first one on the same memory; and the strides, on which it
    depends whether `contiguous` and `reshape` are copies."""
    tensors = [x for x in values.values() if isinstance(x, t.Tensor) and x.numel()]
    first: dict = {}
    steps = tuple([tuple([s for s, n in zip(x.stride(), x.shape, strict=True) if n > 1]) for x in tensors])
    return Seen(steps, np.array([first.setdefault(memory_of(x), i) for i, x in enumerate(tensors)]))


# ------------------------------------------------------------------------------------------------ comparing


@dataclass
class Disagreement:
    """Where two runs part for the first time."""

    phase: str
    line: str
    what: str
    ours: object
    theirs: object

    def __str__(self) -> str:
        return (
            f"phase {self.phase!r}, at `{self.line}`, {self.what}:\n  wengert: {self.ours}\n  PyTorch: {self.theirs}"
        )


@dataclass
class Refusal:
    """PyTorch has no forward-mode derivative for something: the rest of the phase has nothing to compare with.

    `x.mul_(x)` and its like are among them: PyTorch works out the tangent of an in-place change after the change, and
    reads an operand that shares the memory as what it has become: x.pow_(x) at 1.64 gets the tangent -5.24 t instead
    of -3.33 t.
    """

    phase: str
    reason: str


_REFUSED = re.compile(
    r"Trying to use forward AD with (\S+) that does not support it"
    r"|(\S+) does not support forward AD|(\S+): .*forward.mode AD is not supported"
)


_ONE_PLACE = "refer to a single memory location"
_TO_ONE_PLACE = "refers to a single memory location"
_MAY_COPY = re.compile(r"\.(reshape|flatten|unflatten|contiguous|as_strided)\(")
_LAYOUT = "the layout of results, by operands or by rows, is not specified: view may need the other, reshape may copy"
_CHANGED = "modified by an inplace operation"
_MAY_WRITE_EXPANDED = re.compile(r"\.(fill|zero|masked_fill|index_fill|index_put)_\(|\] = ")
_SAVES_A_SHAPE = re.compile(r"\b(take|gather|masked_select|take_along_dim|index_add_?|index_copy_?)\(")
_REMAINDER = re.compile(r"\b(remainder|fmod)\(| % ")
_NUMBER_OVER_TENSOR = re.compile(r"\d / v\d")


def stricter(event: Event, before: list[Event]) -> str | None:
    """Why PyTorch refuses what is allowed here, where there is no reason in the mathematics."""
    if "the derivative for 'inplace version of" in event.message:
        return "asinh_, acosh_ and atanh_ have no derivative in PyTorch"
    if _CHANGED in event.message:
        if "output 0 of LinalgVectorNorm" in event.message:
            return "a norm saves its result in PyTorch, read or not"
        if "output 0 of Pow" in event.message:
            return "a power of two tensors saves its result in PyTorch, read or not"
        if any(e.shares for e in before):
            return "x.mul_(x) and its like: a copy of the target is saved here in either place, in PyTorch in the first"
    if _CHANGED in event.message or "has been modified inplace" in event.message:
        if any(_SAVES_A_SHAPE.search(e.line) for e in before):
            return "take, gather, masked_select, index_add and index_copy save an operand in PyTorch, for its shape"
        if any(".var(" in e.line or ".std(" in e.line for e in before):
            return "var saves its input in PyTorch; here what it saves is the deviations"
        if any(_REMAINDER.search(e.line) for e in before):
            return "PyTorch looks at what was saved for the rules of all operands, not only of those that are asked for"
        if any(".detach_()" in e.line for e in before):
            return "a view whose base was detached itself is in PyTorch neither in the graph nor out of it"
    if "A view was created in no_grad mode and its base" in event.message:
        return "a view made under no_grad says that it requires a gradient in PyTorch, as soon as its base does"
    if "A view was created in no_grad mode and is being" in event.message:
        name = re.search(r"v\d+", event.line).group()
        if any(re.match(rf"with t\.no_grad\(\): {name}(\.\w+_\(|\[.*\] = )", e.line) for e in before):
            return "a view that became dual under no_grad counts as made there in PyTorch"
    if "`inputs` argument to `grad()` cannot be empty" in event.message and any(".detach_()" in e.line for e in before):
        return "nothing is left to ask for after a detach_ of the leaf itself"
    if "a saved tensor that has been detached in-place" in event.message:
        return "a saved tensor keeps its place in the graph here when it is detached itself"
    if event.view and "a leaf Variable that requires grad is being used" in event.message:
        return "a view whose base came to require a gradient counts as a leaf in PyTorch until its grad_fn is read"
    if event.shares and _ONE_PLACE in event.message:
        return "x.index_add_(dim, index, x) and its like: the result is worked out here before it is written"
    if "view size is not compatible" in event.message:
        return _LAYOUT
    if "must have the same scalar type" in event.message and ".float()" in "".join([e.line for e in before]):
        return "a tangent has the type of what was written into a dual tensor in PyTorch, here that of its value"
    if "set a forward gradient that has a different size" in event.message:
        return "PyTorch's derivative of the tangent of an empty product has another shape"
    if "Index to scalar can have only 1 value" in event.message:
        return "index_select of a scalar at several positions, which PyTorch refuses for dual tensors only"
    if "ZeroTensors are immutable" in event.message or "_is_zerotensor() INTERNAL ASSERT" in event.message:
        return "PyTorch's tensors of lazy zeros escape from the derivative of sgn and its like"
    return None


def looser(event: Event, before: list[Event]) -> str | None:
    """Why PyTorch allows what is refused here."""
    if _TO_ONE_PLACE in event.message and _MAY_WRITE_EXPANDED.search(event.line):
        return "a write to an expanded tensor, which PyTorch allows in fill_, masked_fill_ and index_fill_"
    if "view size is not compatible" in event.message:
        return _LAYOUT
    if event.shares and _TO_ONE_PLACE in event.message and ".copy_(" in event.line:
        return "x.copy_(x), which PyTorch leaves undone"
    if _CHANGED in event.message and any(_PRODUCT.search(e.line) for e in before):
        return "a product of batches saves its operands here, and copies of them in PyTorch where it broadcasts"
    if event.shares and _ONE_PLACE in event.message:
        return "operands that overlap in part, which PyTorch does not look for where either has gaps"
    if _CHANGED in event.message and any(_NUMBER_OVER_TENSOR.search(e.line) for e in before):
        return "c / x saves x here; PyTorch computes 1 / x first and saves that"
    return None


_REFUSED = re.compile(
    r"Trying to use forward AD with (\S+) that does not support it"
    r"|(\S+) does not support forward AD|(\S+): .*forward.mode AD is not supported"
)


def refusal(event: Event) -> str | None:
    """The operation for which PyTorch says that it has no forward mode, or for which the modes part."""
    if event.shares:
        return "an operand that shares the memory written to"
    if ".detach_()" in event.line:
        return "detach_ of a dual tensor: the views of it keep their tangents in PyTorch, not here"
    if event.error not in ("NotImplementedError", "RuntimeError"):
        return None
    match = _REFUSED.search(event.message)
    return next(filter(None, match.groups())) if match else None


def tangents_share_memory(program: Program, t, phase: str) -> bool:
    """Whether, in PyTorch, values on memory of their own come to have one tangent: a change of one is one of both."""
    forward_ad = t.autograd.forward_ad
    scope = {"t": t, "np": np, "forward_ad": forward_ad, **helpers(t)}
    with warnings.catch_warnings(), forward_ad.dual_level():
        warnings.simplefilter("ignore")
        for line, code in zip(program.lines, program.code, strict=True):
            try:
                exec(code, scope)
            except Exception:
                continue
            if name := leaf_of(line):
                exec(dual_line(name, phase), scope)
            owner: dict = {}
            for name in program.names:
                try:
                    x, tangent = forward_ad.unpack_dual(scope[name]) if name in scope else (None, None)
                except (RuntimeError, AttributeError, TypeError):
                    continue
                if tangent is None or tangent._is_zerotensor() or not tangent.numel():
                    continue
                if owner.setdefault(memory_of(tangent), memory_of(x)) != memory_of(x):
                    return True
    return False


def compare(program: Program, ours: list[Event], theirs: list[Event], phase: str) -> Disagreement | Refusal | None:
    """The first difference between two runs of a phase."""
    single = any("float32" in line or ".float()" in line for line in program.lines)
    tolerance = 2e-3 if single else 1e-9
    ahead: set = set()  # values whose version is ahead in PyTorch
    for line in program.lines:
        if _PRODUCT.search(line) or used(line) & ahead:
            ahead.update(assigned(line))
    for i, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
        reason = refusal(other) if phase in ("forward", "mixed") else None
        if mine.error != other.error:
            reason = reason or stricter(other, theirs[:i]) or looser(mine, ours[:i])
        if reason:
            return Refusal(phase, reason)
        if mine.error != other.error:
            found = Disagreement(
                phase, mine.line, "the error", mine.message or "no error", other.message or "no error"
            )
            return _unspecified(phase, ours, theirs, i) or found
        if mine.error and i >= len(program.lines):
            return None  # how far a pass that fails has come is not specified
        for name in other.seen:
            if name == "combined" or (name == "sharing" and mine.seen[name].flags != other.seen[name].flags):
                continue
            made_here = name in program.names
            # Which second derivatives are zero and which do not exist depends on how a rule is written.
            loose = name == "second" or (phase == "mixed" and not made_here)
            flags = 0 if loose else len(FLAGS) if made_here else OF_GRADIENTS
            if made_here and phase in ("forward", "mixed"):
                flags = OF_DUALS
            if name in ahead:
                flags = min(flags, OF_DUALS)
            if name == "sharing":
                flags = 0
            found = _difference(mine.seen.get(name), other.seen[name], tolerance, loose, flags)
            if found:
                found = Disagreement(phase, mine.line, f"{name}, {found[0]}", found[1], found[2])
                return _unspecified(phase, ours, theirs, i) or rules_differ(found, theirs[: i + 1], ahead) or found
    return None


def rules_differ(found: Disagreement, before: list[Event], products: set) -> Refusal | None:
    """Why a value's derivative may hang on how a rule is written: whether it reads its inputs or its result.

    `products` are the names of matrix products and of what is made from them.
    """
    lines = [e.line for e in before]
    if any("create_graph=True" in line for line in lines) and any(re.search(r"(norm|prod)\(", line) for line in lines):
        return Refusal(found.phase, "what a rule of a norm or product reads: which derivatives of a gradient exist")
    targets = [re.match(r"(?:with .*: )?(v\d+)(?:\[.*\] = |\.\w+_\()", line) for line in lines]
    if found.what.startswith(("first", "second", "grads_")) and any(m and m.group(1) in products for m in targets):
        return Refusal(found.phase, "a product that is written to may be a view of a hidden tensor in PyTorch")
    nan_there = isinstance(found.theirs, np.ndarray) and bool(np.isnan(found.theirs).any())
    if found.what.endswith("tangent") and nan_there and any("atan2" in line for line in lines):
        return Refusal(found.phase, "a tangent of atan2 at the origin, where PyTorch's own gradient is 0")
    return None


def _unspecified(phase: str, ours: list[Event], theirs: list[Event], i: int) -> Refusal | None:
    """Why a difference at event i may be neither's fault: something before it whose result nobody specifies."""
    before = theirs[: i + 1]
    if any(e.shares for e in before):
        return Refusal(phase, "operands that overlap what is written, which PyTorch reads while it writes")
    if _laid_out_differently(ours, theirs) and any(_MAY_COPY.search(e.line) for e in before):
        return Refusal(phase, _LAYOUT)
    return None


def _laid_out_differently(ours: list[Event], theirs: list[Event]) -> bool:
    """Whether the strides of the values were not the same."""
    mine, other = [[e.seen["sharing"].flags for e in events if "sharing" in e.seen] for events in (ours, theirs)]
    return mine != other


def _flat(x) -> list:
    return [y for item in x for y in _flat(item)] if isinstance(x, list) else [x]


def _flag_that_differs(mine: tuple, other: tuple, count: int):
    if count and len(mine) != len(other):
        return mine, other
    return next(((a, b) for a, b in zip(mine[:count], other[:count], strict=True) if a != b), None)


def _difference(mine, other, tolerance: float, loose: bool, flags: int):
    """(what, ours, theirs) of the first difference. `loose` takes None for zero; `flags` are compared."""
    mine, other = _flat(mine), _flat(other)
    if len(mine) != len(other):
        return "the number of values", len(mine), len(other)
    for part in ("values", "tangent"):
        arrays = [getattr(x, part) for x in other]
        scale = max([1.0, *[_size(x) for x in arrays]])
        for i, (a, b) in enumerate(zip(mine, other, strict=True)):
            if part == "values" and (what := _flag_that_differs(a.flags, b.flags, flags)):
                return f"[{i}] flags", *what
            x, y = getattr(a, part), arrays[i]
            if STALE in b.flags:
                continue
            if part == "tangent" or loose:
                x, y = _zeros_for_none(x, y)
            if not _equal(x, y, tolerance * scale):
                return f"[{i}] {part}", x, y
    return None


def _size(x) -> float:
    if x is None or not x.size or x.dtype.kind not in "fc":
        return 0.0
    finite = x[np.isfinite(x)]
    return float(np.abs(finite).max()) if finite.size else 0.0


def _zeros_for_none(x, y):
    if x is None and y is not None:
        x = np.zeros_like(y)
    if y is None and x is not None:
        y = np.zeros_like(x)
    return x, y


def _equal(x, y, tolerance: float) -> bool:
    if x is None or y is None:
        return x is y
    return x.shape == y.shape and np.allclose(x, y, rtol=tolerance, atol=tolerance, equal_nan=True)


def check(program: Program, ours, theirs, phases=PHASES, note=None) -> tuple[Disagreement | None, list[Refusal]]:
    """Run a program in both libraries: the first disagreement, and the phases cut short. `note` is told what is about
    to run, (phase, whether it is PyTorch): a crash leaves nothing else behind."""
    refused = []
    note = note or (lambda phase, is_theirs: None)
    for phase in phases:
        if phase in ("forward", "mixed") and "refused line" in program.features:
            # A change of a leaf is none of a dual tensor: the values are then not those that were drawn.
            refused.append(Refusal(phase, "a line that is refused, perhaps in reverse mode only"))
            continue
        note(phase, False)
        mine = run(program, ours, phase)
        note(phase, True)
        found = compare(program, mine, run(program, theirs, phase), phase)
        if (
            isinstance(found, Disagreement)
            and phase in ("forward", "mixed")
            and tangents_share_memory(program, theirs, phase)
        ):
            found = Refusal(phase, "values of which PyTorch gives two one tangent")
        if isinstance(found, Refusal):
            refused.append(found)
        elif found is not None:
            return found, refused
    return None, refused


# ------------------------------------------------------------------------------------------------ making smaller


def without(program: Program, i: int) -> Program:
    """The program without line i and without what then has nothing to work on."""
    gone = set(assigned(program.lines[i]))
    lines = list(program.lines[:i])
    for line in program.lines[i + 1 :]:
        if used(line) & gone:
            gone |= set(assigned(line))
        else:
            lines.append(line)
    return Program(tuple(lines), tuple([name for name in program.outputs if name not in gone]))


def _bypassed(program: Program, i: int):
    """The program with the uses of line i's result replaced by each of its operands."""
    results = assigned(program.lines[i])
    for operand in sorted(used(program.lines[i]) & set(program.names)):
        pattern = re.compile(r"\b(" + "|".join(results) + r")\b") if results else None
        if pattern is None:
            continue
        rest = [pattern.sub(operand, line) for line in program.lines[i + 1 :]]
        outputs = dict.fromkeys([pattern.sub(operand, name) for name in program.outputs])
        yield Program((*program.lines[:i], *rest), tuple(outputs))


def shrink(program: Program, still_fails, rounds: int = 8) -> Program:
    """A smaller program for which `still_fails` holds: lines left out, results replaced by operands, fewer outputs."""
    for _ in range(rounds):
        before = program
        for i in reversed(range(len(program.lines))):
            if i >= len(program.lines):
                continue
            for candidate in (without(program, i), *_bypassed(program, i)):
                if len(candidate.lines) < len(program.lines) and still_fails(candidate):
                    program = candidate
                    break
        for name in program.outputs:
            candidate = Program(program.lines, tuple([other for other in program.outputs if other != name]))
            if still_fails(candidate):
                program = candidate
        if program == before:
            break
    return program


def made_small(program: Program, found: Disagreement, ours, theirs) -> tuple[Program, Disagreement]:
    """A small program that disagrees in the same phase and kind of observation, and its disagreement."""
    kind = found.what.split()[-1]

    def parts(candidate):
        again, _ = check(candidate, ours, theirs, (found.phase,))
        return again is not None and again.what.split()[-1] == kind

    small = shrink(program, parts)
    again, _ = check(small, ours, theirs, (found.phase,))
    return small, again or found
