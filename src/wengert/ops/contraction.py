"""Einstein's sum convention: `einsum`, contracted pair by pair in a cheap order.

Design
  A. An equation is read into one tuple of labels for each operand and one for the result. Letters are labels; an
     ellipsis stands for as many labels as the operand has further dimensions, counted from the right.
  B. Of one operand, repeated labels are its diagonal, and labels that nobody else has are summed.
  C. Two operands are one (batched) matrix product: labels of both that are wanted later are the batch, labels of both
     that are not are summed over, the others are rows or columns. Without a sum it is an elementwise product.
  D. Which pair comes first: by exhaustive search for up to `EXHAUSTIVE` operands, else the cheapest pair at each step.
     The whole plan, a list of operations, is kept for the next call with the same labels and shapes.
  E. Derivatives, forward mode and vmap are those of the products and permutations that this is made of.
"""

import functools
import math
import string

import numpy

from ..core import Tensor
from .composite import composite
from .elementwise import mul
from .linear_algebra import matmul_
from .matrices import tensor_argument
from .reductions import sum as sum_
from .shape import diagonal, permute, reshape, squeeze

EXHAUSTIVE = 5
LETTERS = string.ascii_uppercase + string.ascii_lowercase
_ELLIPSIS = "."

# ------------------------------------------------------------------------------------------------ reading


def _read_subscripts(text: str, start: int, whose: str) -> tuple:
    """The labels of one operand or of the result, an ellipsis being "."; `start` is where the text lies in the
    equation."""
    labels = []
    i = 0
    while i < len(text):
        c = text[i]
        if c == ".":
            if text[i : i + 3] != "...":
                raise RuntimeError(f"einsum(): found '.' for {whose} that is not part of any ellipsis")
            if _ELLIPSIS in labels:
                again = "but an ellipsis (...)" if whose == "output" else "for which an ellipsis"
                raise RuntimeError(f"einsum(): found '.' for {whose} {again} was already found")
            labels.append(_ELLIPSIS)
            i += 3
            continue
        if c in LETTERS:
            labels.append(c)
        elif c != " ":
            raise RuntimeError(
                f"einsum(): invalid subscript given at index {start + i} in the equation string, subscripts must be in "
                "[a-zA-Z]"
            )
        i += 1
    return tuple(labels)


@functools.lru_cache(maxsize=1024)
def _read(equation: str, count: int) -> tuple:
    """(labels of each operand, labels of the result or None) of an equation for so many operands."""
    left, arrow, right = equation.partition("->")
    texts = left.split(",")
    inputs, start = [], 0
    for number, text in enumerate(texts):
        if number >= count:
            raise RuntimeError("einsum(): fewer operands were provided than specified in the equation")
        inputs.append(_read_subscripts(text, start, f"operand {number}"))
        start += len(text) + 1
    if len(texts) < count:
        raise RuntimeError("einsum(): more operands were provided than specified in the equation")
    return tuple(inputs), _read_subscripts(right, len(left) + 2, "output") if arrow else None


def _of_sublists(arguments: tuple) -> tuple:
    """(operands, labels of each, labels of the result or None) of op, [0, 1], op, [1, 2], [0, 2]."""
    operands, inputs, output = [], [], None
    if not isinstance(arguments[0], (Tensor, numpy.ndarray)):
        raise TypeError(f"einsum(): argument 'equation' (position 1) must be str, not {type(arguments[0]).__name__}")
    for i in range(0, len(arguments) - 1, 2):
        operands.append(arguments[i])
        inputs.append(_labels_of_list(arguments[i + 1]))
    if len(arguments) % 2:
        output = _labels_of_list(arguments[-1])
    return operands, tuple(inputs), output


def _labels_of_list(listed) -> tuple:
    if not isinstance(listed, (tuple, list)):
        raise TypeError(f"einsum(): subscripts must be a list of ints, not {type(listed).__name__}")
    labels = []
    for entry in listed:
        if entry is Ellipsis:
            labels.append(_ELLIPSIS)
            continue
        if isinstance(entry, bool) or not isinstance(entry, (int, numpy.integer)) or not 0 <= entry < 52:
            raise ValueError(
                f"einsum(): subscript in subscript list is not within the valid range [0, 52): {entry!r} was given"
            )
        labels.append(LETTERS[entry])
    return tuple(labels)


def _labelled(inputs: tuple, output, ranks: tuple) -> tuple:
    """(labels of each operand, labels of the result), the ellipsis replaced by labels -1, -2, ... from the right."""
    counts: dict = {}
    longest = 0
    filled = []
    for number, (labels, rank) in enumerate(zip(inputs, ranks, strict=True)):
        named = [x for x in labels if x != _ELLIPSIS]
        further = rank - len(named)
        if _ELLIPSIS in labels:
            if further < 0:
                raise RuntimeError(
                    f"einsum(): the number of subscripts in the equation ({len(named)}) is more than the number of "
                    f"dimensions ({rank}) for operand {number}"
                )
        elif further:
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({len(named)}) does not match the number of "
                f"dimensions ({rank}) for operand {number} and no ellipsis was given"
            )
        longest = max(longest, further)
        filled.append(_with_ellipsis(labels, further))
        for label in named:
            counts[label] = counts.get(label, 0) + 1
    if output is None:
        once = sorted(label for label, count in counts.items() if count == 1)
        output = (_ELLIPSIS, *once)
    seen = set()
    for label in output:
        if label == _ELLIPSIS:
            continue
        if label in seen:
            raise RuntimeError(f"einsum(): output subscript {label} appears more than once in the output")
        if label not in counts:
            raise RuntimeError(
                f"einsum(): output subscript {label} does not appear in the equation for any input operand"
            )
        seen.add(label)
    return tuple(filled), _with_ellipsis(output, longest)


def _with_ellipsis(labels, count: int) -> tuple:
    out: list = []
    for label in labels:
        if label == _ELLIPSIS:
            out.extend(range(-count, 0))
        else:
            out.append(label)
    return tuple(out)


def _check_sizes(inputs: tuple, shapes: tuple) -> dict:
    """The size of each label; RuntimeError where two differ and neither is 1."""
    sizes: dict = {}
    for number, (labels, shape) in enumerate(zip(inputs, shapes, strict=True)):
        own: dict = {}
        for label, size in zip(labels, shape, strict=True):
            if own.get(label, size) != size:
                raise RuntimeError(
                    f"einsum(): subscript {label} is repeated for operand {number} but the sizes don't match, {size} "
                    "!= "
                    f"{own[label]}"
                )
            own[label] = size
            known = sizes.get(label, 1)
            if known != 1 and size not in (1, known):
                raise RuntimeError(
                    f"einsum(): subscript {_shown(label)} has size {size} for operand {number} which does not "
                    "broadcast "
                    f"with previously seen size {known}"
                )
            if known == 1:
                sizes[label] = size
    return sizes


def _shown(label) -> str:
    return label if isinstance(label, str) else "..."


# ------------------------------------------------------------------------------------------------ the order


def _result_of(first: frozenset, second: frozenset, others, output: frozenset) -> frozenset:
    """The labels that are left of a pair: those that the result or another operand has."""
    wanted = output.union(*others)
    return (first | second) & wanted


def _cost(labels, sizes: dict) -> int:
    count = 1
    for label in labels:
        count *= sizes[label]
    return count


def _best(operands: list, output: frozenset, sizes: dict) -> tuple:
    """(cost, pairs) of the cheapest order, by trying all of them."""
    if len(operands) == 1:
        return 0, ()
    best: tuple = (math.inf, ())
    for i in range(len(operands)):
        for j in range(i + 1, len(operands)):
            rest = [x for k, x in enumerate(operands) if k not in (i, j)]
            made = _result_of(operands[i], operands[j], rest, output)
            here = _cost(operands[i] | operands[j], sizes)
            if here >= best[0]:
                continue
            later, pairs = _best([*rest, made], output, sizes)
            if here + later < best[0]:
                best = here + later, ((i, j), *pairs)
    return best


def _greedy(operands: list, output: frozenset, sizes: dict) -> tuple:
    pairs = []
    while len(operands) > 1:
        choices = []
        for i in range(len(operands)):
            for j in range(i + 1, len(operands)):
                rest = [x for k, x in enumerate(operands) if k not in (i, j)]
                made = _result_of(operands[i], operands[j], rest, output)
                growth = _cost(made, sizes) - _cost(operands[i], sizes) - _cost(operands[j], sizes)
                choices.append((growth, _cost(operands[i] | operands[j], sizes), i, j, made))
        *_, i, j, made = min(choices, key=lambda choice: choice[:4])
        pairs.append((i, j))
        operands = [x for k, x in enumerate(operands) if k not in (i, j)] + [made]
    return tuple(pairs)


def _order(inputs: tuple, output: tuple, sizes: dict) -> tuple:
    """Pairs of positions in the list of operands; a product goes to its end."""
    operands = [frozenset(x) for x in inputs]
    if len(inputs) <= EXHAUSTIVE:
        return _best(operands, frozenset(output), sizes)[1]
    return _greedy(operands, frozenset(output), sizes)


# ------------------------------------------------------------------------------------------------ contracting


class _Step:
    """An operand or an intermediate while a contraction is planned: its place, labels and sizes.

    A plan is a list of (function, places of its operands, further arguments), and the count of operands; results take
    the places after those of the operands, in order.
    """

    def __init__(self, plan: tuple, place: int, labels: tuple, sizes: tuple):
        self.plan, self.place, self.labels, self.sizes = plan, place, tuple(labels), tuple(sizes)

    @property
    def known(self) -> dict:
        return dict(zip(self.labels, self.sizes, strict=True))

    def then(self, function, arguments: tuple, labels, sizes, *others) -> "_Step":
        """What a function of it and of others gives."""
        plan, count = self.plan
        plan.append((function, (self.place, *[other.place for other in others]), arguments))
        return _Step(self.plan, count + len(plan) - 1, labels, sizes)

    def alone(self, wanted) -> "_Step":
        """Without repeated labels and without those that nobody wants."""
        x = self
        for label in dict.fromkeys(self.labels):
            while x.labels.count(label) > 1:
                d = x.labels.index(label)
                e = x.labels.index(label, d + 1)
                rest = [k for k in range(len(x.labels)) if k not in (d, e)]
                sizes = [*[x.sizes[k] for k in rest], x.sizes[d]]
                x = x.then(diagonal, (0, d, e), [*[x.labels[k] for k in rest], label], sizes)
        over = tuple([d for d, label in enumerate(x.labels) if label not in wanted])
        if over:
            kept = [d for d in range(len(x.labels)) if d not in over]
            x = x.then(sum_, (over,), [x.labels[d] for d in kept], [x.sizes[d] for d in kept])
        return x

    def without_ones(self, other: dict) -> "_Step":
        """Without dimensions of size 1 where the other's are larger: broadcasting repeats it there."""
        x = self
        for d in reversed(range(len(self.labels))):
            if self.sizes[d] == 1 and other.get(self.labels[d], 1) != 1:
                x = x.then(squeeze, (d,), x.labels[:d] + x.labels[d + 1 :], x.sizes[:d] + x.sizes[d + 1 :])
        return x

    def arranged(self, order: list, shape: tuple) -> "_Step":
        """With its labels in this order, in this shape."""
        x = self
        places = tuple([x.labels.index(label) for label in order])
        if places != tuple(range(len(places))):
            x = x.then(permute, (places,), order, [x.sizes[d] for d in places])
        return x if x.sizes == shape else x.then(reshape, (shape,), range(len(shape)), shape)

    def times(self, y: "_Step", wanted) -> "_Step":
        """The product with another, summed over what both have and nobody wants."""
        x, y = self.without_ones(y.known), y.without_ones(self.known)
        # What only one of them has now, and nobody wants, is summed first.
        x, y = x.alone(wanted | set(y.labels)), y.alone(wanted | set(x.labels))
        sizes = x.known | y.known
        both = [label for label in x.labels if label in y.labels]
        batch, over = [z for z in both if z in wanted], [z for z in both if z not in wanted]
        rows, columns = [z for z in x.labels if z not in both], [z for z in y.labels if z not in both]

        def shape(*groups) -> tuple:
            return tuple([_cost(group, sizes) for group in groups])

        made = (*batch, *rows, *columns)
        whole = tuple([sizes[z] for z in made])
        if not over:
            left = x.arranged(batch + rows, (*[sizes[z] for z in batch + rows], *(1,) * len(columns)))
            right = y.arranged(
                batch + columns, (*[sizes[z] for z in batch], *(1,) * len(rows), *[sizes[z] for z in columns])
            )
            return left.then(mul, (), made, whole, right)
        if batch:
            # (batch, rows, over) @ (batch, over, columns)
            left = x.arranged(batch + rows + over, shape(batch, rows, over))
            right = y.arranged(batch + over + columns, shape(batch, over, columns))
            out = shape(batch, rows, columns)
        else:
            left = x.arranged(rows + over, shape(rows, over))
            right = y.arranged(over + columns, shape(over, columns))
            out = shape(rows, columns)
        product = left.then(_product, (), range(len(out)), out, right)
        if out == whole:
            product.labels = made
            return product
        return product.then(reshape, (whole,), made, whole)


def _product(x, y):
    if x.dtype.category == 0:
        raise NotImplementedError("\"bmm\" not implemented for 'Bool': einsum sums numbers; convert to an integer type")
    return matmul_(x, y)


@functools.lru_cache(maxsize=1024)
def _planned(inputs: tuple, output, shapes: tuple) -> tuple:
    """The steps of a contraction."""
    inputs, output = _labelled(inputs, output, tuple([len(shape) for shape in shapes]))
    sizes = _check_sizes(inputs, shapes)
    order = _order(inputs, output, sizes)
    plan: tuple = ([], len(inputs))
    steps = [_Step(plan, i, labels, shape) for i, (labels, shape) in enumerate(zip(inputs, shapes, strict=True))]
    for i in range(len(steps)):
        others = set(output).union(*[x.labels for k, x in enumerate(steps) if k != i])
        steps[i] = steps[i].alone(others)
    for i, j in order:
        rest = [x for k, x in enumerate(steps) if k not in (i, j)]
        wanted = set(output).union(*[x.labels for x in rest])
        steps = [*rest, steps[i].times(steps[j], wanted)]
    last = steps[0].alone(set(output)).arranged(list(output), tuple([sizes[label] for label in output]))
    return tuple(plan[0]), last.place


@composite(method=False)
def einsum(*args):
    """Sums of products over named dimensions: einsum("ij,jk->ik", A, B) is the matrix product.

    Args:
        args: an equation and operands; or operands each followed by a list of its subscripts, numbers in [0, 52) or an
            ellipsis, and at the end, perhaps, a list for the result: einsum(A, [0, 1], B, [1, 2], [0, 2]).

    In an equation every dimension of an operand has a letter; what is not named after the arrow is summed. Without an
    arrow the result has, after those of an ellipsis, the letters that occur once, capitals first, in alphabetical
    order. A letter that is repeated in one operand is its diagonal. "..." stands for further dimensions, which
    broadcast. Sizes of a letter must be equal, or 1, which broadcasts. RuntimeError for what does not fit.

    Pairs of operands are contracted by matrix products, in the cheapest order for up to five operands; derivatives are
    those of the products.

    >>> import wengert as t
    >>> t.einsum("ij,j->i", t.tensor([[1, 2], [3, 4]]), t.tensor([1, 1]))
    tensor([3, 7])
    """
    if len(args) < 2:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one operand and its "
            "subscripts list"
        )
    if isinstance(args[0], str):
        equation, operands = args[0], list(args[1:])
        if len(operands) == 1 and isinstance(operands[0], (tuple, list)):
            operands = list(operands[0])
        inputs, output = _read(equation, len(operands))
    else:
        operands, inputs, output = _of_sublists(args)
    xs = []
    for i, x in enumerate(operands):
        if not isinstance(x, (Tensor, numpy.ndarray)):
            raise TypeError(f"expected Tensor as element {i} in argument 1, but got {type(x).__name__}")
        xs.append(tensor_argument(x, "einsum", "operands", i + 1))
    plan, last = _planned(inputs, output, tuple([tuple(x.shape) for x in xs]))
    for function, places, arguments in plan:
        xs.append(function(*[xs[place] for place in places], *arguments))
    return xs[last]
