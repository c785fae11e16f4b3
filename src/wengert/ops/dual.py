"""Dual numbers: a value with its tangent, for forward mode.

The tangent of a call follows from the kind of the operation:

    elementwise   the sum over inputs of rule(t_i, ...): the Jacobian is diagonal, so a rule is its own transpose
    linear        the operation itself on the tangents, zeros where an input has none
    bilinear      f(t, y) + f(x, t)
    general       the rule if the Jacobian is symmetric, else `jvp=`, else the `fallback=` composite, else the pullback
                  of the pullback: u -> J^T u is linear in u, and its own pullback is t -> J t (J. Townsend, "A new
                  trick for calculating Jacobian vector products", 2017)

A dual tensor's tangent is a tensor that others may hold: the one that `make_dual` was given, and views of it as
tangents of views. An in-place operation on a dual tensor writes into it, as in PyTorch; only where a derivative of the
tangent is being recorded, or it cannot take the values, does the dual tensor get another one. So a tangent belongs to
one tensor and its views: what a rule hands through is copied. The tangent of a view is worked out from that of its base
when it is asked for.
"""

import numpy

from ..core import Tensor, dtypes, edge_for, run_backward
from ..core.custom_node import CustomNode
from ..core.detaching import view_steps
from ..core.modes import exchange_grad_enabled, is_grad_enabled
from ..core.replacement import level_tensor
from . import levels
from .elementwise import copy
from .view_history import replay, view_scatter

_INPUT, _RESULT, _PARAMETER, _SHAPE = range(4)


class Dual:
    """The payload of a dual tensor: `primal`, and `tangent` of the same shape and type; None for zero."""

    __slots__ = ("level", "primal", "source", "tangent")

    def __init__(self, level: levels.Level, primal: Tensor, tangent):
        self.level = level
        self.primal = primal
        self.tangent = tangent
        self.source = None  # of a view: the base's tangent that this one was worked out from

    # ------------------------------------------------------------------------------------------ for core

    @property
    def array(self):
        return self.primal.array

    @property
    def entry(self):
        """The array of the primal, or of one entry of it where it is a batch."""
        return levels.entry_of(self.primal)

    @property
    def shape(self):
        return self.primal.shape

    @property
    def separate(self) -> bool:
        return self.level.separate

    def detach(self) -> "Dual":
        return Dual(self.level, self.primal.detach(), None)

    def settle(self, view: Tensor) -> None:
        """Bring the tangent of a view up to date, for somebody who will not know its base."""
        tangent_of(view)

    def bare(self) -> "Dual":
        """What `.data` holds: nothing of a graph, a tangent or a version."""
        return Dual(self.level, self.primal.data, None)

    def lowered(self) -> Tensor:
        """The value outside of the level."""
        return self.primal

    def apply(self, operation, operands: list, parameters: tuple):
        """Compute an operation whose highest operands are of this level."""
        number = self.level.number
        if not self.level.active or not levels.forward_enabled():
            return operation.call([_primal(x, number) for x in operands], parameters)
        fallback = operation.options.get("fallback")
        if fallback is not None and operation.options.get("jvp") is None:
            return fallback(*levels.arguments(operation, operands, parameters))
        primals = [_primal(x, number) for x in operands]
        tangents = [_tangent(x, number) for x in operands]
        out = operation.call(primals, parameters)
        if isinstance(out, tuple):
            found = tangents_of(operation, primals, tangents, parameters, out)
            results = tuple([
                self._wrap(y, t if operation.view else own(t, tangents)) for y, t in zip(out, found, strict=True)
            ])
            if operation.view:
                for result in results:
                    self._set_source(result, operands[0], tangents[0])
            return results
        if not dtypes.is_inexact(out.array.dtype):
            return out
        (tangent,) = tangents_of(operation, primals, tangents, parameters, (out,))
        result = self._wrap(out, tangent if operation.view else own(tangent, tangents))
        if operation.view:
            self._set_source(result, operands[0], tangents[0])
        return result

    def _set_source(self, view: Tensor, input: Tensor, tangent) -> None:
        view._payload.source = input._payload.source if input._base is not None else tangent

    def _wrap(self, y: Tensor, tangent):
        if not dtypes.is_inexact(y.array.dtype):
            return y
        return level_tensor(Dual(self.level, y, tangent), self.level.number)

    def apply_in_place(self, operation, operands: list, parameters: tuple) -> None:
        """Write an operation's result into its first operand, which gets the result's tangent."""
        number = self.level.number
        target = operands[0]
        primals = [_primal(x, number) for x in operands]
        form = operation.in_place
        if not self.level.active or not levels.forward_enabled() or not levels.differentiable(target):
            form.call(primals, parameters)
            return
        tangents = [_tangent(x, number) for x in operands]
        before = list(primals)
        if _reads_target(operation, tangents):
            copy = primals[0].clone()
            before = [copy if x is primals[0] else x for x in primals]
        form.call(primals, parameters)
        (tangent,) = tangents_of(operation, before, tangents, parameters, (primals[0],))
        tangent = own(tangent, tangents[1:])
        self.take_in(target)
        set_tangent(target, tangent)

    def take_in(self, target: Tensor) -> None:
        """Make a lower tensor that is about to be written to one of this level, if it can carry a tangent."""
        if target._level != self.level.number and self.level.active and levels.differentiable(target):
            become_dual(target, self.level)

    # ------------------------------------------------------------------------------------------ for the operations

    @property
    def batched(self) -> bool:
        """Whether the value differs between the entries of a batch."""
        return bool(self.primal._level) and self.primal._payload.batched

    def outside(self, name: str) -> Tensor:
        """The primal, outside of every level, for a method that leaves tensors behind."""
        return self.primal._payload.outside(name) if self.primal._level else self.primal

    def item(self):
        """The one element of the primal as a Python number."""
        return self.primal.item()

    def truth(self) -> bool:
        """The one element of the primal as a condition."""
        return bool(self.primal)

    def __repr__(self) -> str:
        tangent = f", tangent={self.tangent!r}" if self.level.alive and self.tangent is not None else ""
        return f"{repr(self.primal)[len('tensor(') : -1]}{tangent}"

    # ------------------------------------------------------------------------------------------ for levels

    def made(self, shape: tuple, make) -> Tensor:
        return levels.made_like(self.primal, shape, make)

    def constant(self, x: Tensor) -> Tensor:
        return make(self.level, x, None)

    def mapped(self, x: Tensor, function) -> Tensor:
        """A tensor that holds `function` of what x holds, whose payload this is."""
        tangent = tangent_of(x)
        return make(self.level, function(self.primal), None if tangent is None else function(tangent))

    def held(self, x: Tensor = None) -> tuple:
        """The primal and, where there is one, the tangent: as it is now, if x is given, whose payload this is."""
        tangent = self.tangent if x is None else tangent_of(x)
        return (self.primal,) if tangent is None else (self.primal, tangent)


class Alias(CustomNode):
    """Leads from a tensor to another on the same memory, whose gradient is its own."""

    def name(self) -> str:
        return "AliasBackward0"

    def pull_back(self, cotangents: tuple):
        return cotangents


def link(made: Tensor, source: Tensor) -> None:
    """Make `source`, which requires a gradient, what `made` was made from."""
    node = Alias()
    node.connect((source,))
    node.adopt((made,), (True,), ())


def primal_of(x: Tensor) -> Tensor:
    """The primal of a dual tensor, in the graph of the tensor: of a leaf that was told to require a gradient, an alias
    that leads to it."""
    primal = x._payload.primal
    if not x._payload.level.separate and x.requires_grad and not primal.requires_grad:
        # A new one each time: kept, it would be part of a cycle.
        primal = primal.detach()
        link(primal, x)
    return primal


def _primal(x, number: int):
    return primal_of(x) if isinstance(x, Tensor) and x._level == number else x


def _tangent(x, number: int):
    return tangent_of(x) if isinstance(x, Tensor) and x._level == number else None


def new_level(separate: bool) -> levels.Level:
    """A level for dual numbers, not entered yet."""
    return levels.Level("dual", lambda level, x: make(level, x, None), separate)


def make(level: levels.Level, primal: Tensor, tangent) -> Tensor:
    """A dual tensor of a level, outside of any graph of that level."""
    return level_tensor(Dual(level, primal, tangent), level.number)


def tangent_of(x: Tensor):
    """The tangent of a dual tensor; None for zero. A view's follows its base's."""
    payload = x._payload
    base = x._base
    if base is not None and base._level == x._level:
        source = base._payload.tangent
        if source is not payload.source:
            payload.source = source
            payload.tangent = None if source is None else _part(x, source)
    return payload.tangent


def set_tangent(x: Tensor, tangent) -> None:
    """Give a dual tensor other tangent values; where it is a view, its base's change in that part."""
    payload = x._payload
    base = x._base
    if base is None or base._level != x._level:
        held = payload.tangent
        if held is None or held is tangent:
            payload.tangent = tangent
        elif not _written(held, tangent):
            payload.tangent = levels.zeros_like(payload.primal) if tangent is None else own(tangent, [held])
        return
    whole = base._payload.tangent
    if whole is None:
        if tangent is None:
            return
        whole = base._payload.tangent = levels.zeros_like(base._payload.primal)
    part = _part(x, whole)
    if not numpy.may_share_memory(part.array, whole.array) or not _written(part, tangent):
        tangent = levels.zeros_like(part) if tangent is None else tangent
        base._payload.tangent = view_scatter.call([whole, tangent], (view_steps(x),))


def _written(held: Tensor, tangent) -> bool:
    """Write tangent values (None: zeros) into a tensor, if it can take them and no derivative sees it."""
    if tangent is None:
        tangent = levels.zeros_like(held)
    if (
        held.requires_grad or tangent.requires_grad or levels.holds_history(held) or levels.holds_history(tangent)
        or not levels.can_take(held, tangent)
    ):  # fmt: skip
        return False
    if numpy.may_share_memory(held.array, tangent.array):
        tangent = tangent.clone()
    copy.in_place.call([held, tangent], ())
    return True


def own(tangent, others: list):
    """A tangent that is none of the others and no part of one: a copy where a rule handed it through."""
    if tangent is None or tangent.array.size == 0:
        return tangent
    for t in others:
        if t is not None and numpy.may_share_memory(tangent.array, t.array):
            return tangent.clone()
    # What was expanded cannot be written to.
    return tangent.clone() if 0 in tangent.array.strides else tangent


def _part(view: Tensor, whole: Tensor) -> Tensor:
    """What the steps of a view make of another tensor of its base's shape."""
    before = exchange_grad_enabled(True)
    try:
        return replay(whole, view_steps(view))
    finally:
        exchange_grad_enabled(before)


def become_dual(x: Tensor, level: levels.Level) -> None:
    """Make a lower tensor, about to be given a tangent, a dual one; where it is a view, its base as well."""
    levels.become(x, level, lambda held: Dual(level, held, None))


def _reads_target(operation, tangents: list) -> bool:
    """Whether the tangent of a call needs the first operand's value from before it was changed."""
    if operation.kind == "linear":
        return False
    if operation.kind != "elementwise" or operation.options.get("jvp") is not None:
        return True
    for tangent, rule in zip(tangents, operation.rules, strict=True):
        if tangent is not None and rule is not None and (_INPUT, 0) in zip(rule.kinds, rule.indices, strict=True):
            return True
    return False


# ------------------------------------------------------------------------------------------------ tangents


def tangents_of(operation, primals: list, tangents: list, parameters: tuple, outs: tuple) -> list:
    """The tangents of the results `outs` of a call; None for zero and for results that have no derivative."""
    nothing = [None] * len(outs)
    if not operation.differentiable or all([t is None for t in tangents]):
        return nothing
    has_derivative = [
        levels.differentiable(y) and operation.output_has_derivative(i) for i, y in enumerate(outs)
    ]
    if not any(has_derivative):
        return nothing
    tangents = [None if operation.rule_for(i) is None else t for i, t in enumerate(tangents)]
    if all([t is None for t in tangents]):
        return nothing
    way = mode_of(operation)
    if way == "jvp":
        found = operation.options["jvp"](tangents, primals, outs[0] if len(outs) == 1 else outs, parameters)
    elif way == "rule":
        found = _by_rules(operation, primals, tangents, parameters, outs)
    elif way == "itself" and operation.kind == "linear":
        found = operation.call(
            [_linear_operand(operation, i, x, t) for i, (x, t) in enumerate(zip(primals, tangents, strict=True))],
            parameters,
        )
    elif way == "itself":
        found = None
        for i, t in enumerate(tangents):
            if t is not None:
                found = _sum(found, operation.call([*primals[:i], t, *primals[i + 1 :]], parameters))
    else:
        found = _by_double_pullback(operation, primals, tangents, parameters, outs, has_derivative)
    if not isinstance(found, (tuple, list)):
        # One tangent for several results is that of the first one that has a derivative.
        first = has_derivative.index(True)
        found = [found if i == first else None for i in range(len(outs))]
    return [
        _fit(t, y) if wanted and t is not None else None
        for t, y, wanted in zip(found, outs, has_derivative, strict=True)
    ]


def mode_of(operation) -> str:
    """How the tangent of an operation is had: "none", "jvp", "fallback", "rule", "itself" or "double pullback"."""
    options = operation.options
    if options.get("jvp") is not None:
        return "jvp"
    if options.get("fallback") is not None:
        return "fallback"
    if not operation.differentiable:
        return "none"
    if operation.kind == "elementwise" or options.get("symmetric"):
        return "rule"
    return "itself" if operation.kind in ("linear", "bilinear") else "double pullback"


def _linear_operand(operation, i: int, x, t):
    if t is not None:
        return t
    if operation.rule_for(i) is None or not isinstance(x, Tensor):
        # A number is a constant, whose tangent is zero; what has no derivative stays what it is.
        return 0.0 if isinstance(x, (int, float, complex)) and operation.rule_for(i) is not None else x
    return levels.zeros_like(x)


def _sum(a, b):
    if a is None or b is None:
        return b if a is None else a
    return a + b


def _fit(t: Tensor, out: Tensor) -> Tensor:
    """A tangent in the shape and type of its value."""
    if t.array.dtype != out.array.dtype:
        if t.array.dtype.kind == "c" and out.array.dtype.kind != "c":
            t = t.real
        if t.array.dtype != out.array.dtype:
            t = t.to(out.dtype)
    if tuple(t.shape) != tuple(out.shape):
        t = t.expand(tuple(out.shape))
    return t


def _sources(operation, rule, primals: list, parameters: tuple, outs: tuple) -> list:
    """What the names of a rule stand for."""
    values = []
    for kind, index in zip(rule.kinds, rule.indices, strict=True):
        if kind == _INPUT:
            values.append(list(primals) if operation.takes_list else primals[index])
        elif kind == _RESULT:
            values.append(outs[index])
        elif kind == _PARAMETER:
            values.append(parameters[index])
        elif operation.takes_list:
            values.append(tuple([tuple(x.shape) for x in primals]))
        else:
            values.append(tuple(primals[index].shape))
    return values


def _by_rules(operation, primals: list, tangents: list, parameters: tuple, outs: tuple):
    found = None
    for i, t in enumerate(tangents):
        if t is None:
            continue
        rule = operation.rules[i]
        if tuple(t.shape) != tuple(outs[0].shape):
            # A rule takes tangents of the result's shape, as the cotangents that it is also given.
            t = t.expand(tuple(outs[0].shape))
        found = _sum(found, rule.function(t, *_sources(operation, rule, primals, parameters, outs)))
    return levels.zeros_like(outs[0]) if found is None else found


def _by_double_pullback(operation, primals: list, tangents: list, parameters: tuple, outs: tuple, has_derivative: list):
    keeps_graph = is_grad_enabled()
    before = exchange_grad_enabled(True)
    try:
        seeds = [
            levels.seed_like(y) if wanted else None
            for y, wanted in zip(outs, has_derivative, strict=True)
        ]
        given = [u for u in seeds if u is not None]
        g = given[0] if len(given) == 1 else tuple(given)
        pulled = []
        if operation.takes_list:
            rule = operation.rules[0]
            pulled = rule.function(g, *_sources(operation, rule, primals, parameters, outs))
        else:
            for t, rule in zip(tangents, operation.rules, strict=True):
                pulled.append(
                    None if t is None else rule.function(g, *_sources(operation, rule, primals, parameters, outs))
                )
        pairs = [
            (r, t) for r, t in zip(pulled, tangents, strict=True) if r is not None and t is not None and r.requires_grad
        ]
        if not pairs:
            return [None] * len(outs)
        found = run_backward(
            [edge_for(r) for r, _ in pairs], [_fit(t, r) for r, t in pairs], True, keeps_graph,
            [edge_for(u) for u in given], False,
        )  # fmt: skip
    finally:
        exchange_grad_enabled(before)
    found = iter(found)
    return [None if u is None else next(found) for u in seeds]
