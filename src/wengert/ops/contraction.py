"""Einstein's sum convention: `einsum`, contracted pair by pair in a cheap order.

Design
  A. An equation is read into one tuple of labels for each operand and one for the result. Letters are labels; an
     ellipsis stands for as many labels as the operand has further dimensions, counted from the right.
  B. Of one operand, repeated labels are its diagonal, and labels that nobody else has are summed.
  C. Two operands are one (batched) matrix product: labels of both that are wanted later are the batch, labels of both
     that are not are summed over, the others are rows or columns. Without a sum it is an elementwise product.
  D. Which pair comes first: by exhaustive search for up to `EXHAUSTIVE` operands, else the cheapest pair at each step.
     The order is kept for the next call with the same labels and sizes.
  E. Derivatives, forward mode and vmap are those of the products and permutations that this is made of.
"""

import functools
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
    for i in range(0, len(arguments) - 1, 2):
        operands.append(arguments[i])
        inputs.append(_labels_of_list(arguments[i + 1]))
    if len(arguments) % 2:
        output = _labels_of_list(arguments[-1])
    return operands, tuple(inputs), output


def _labels_of_list(listed) -> tuple:
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


@functools.lru_cache(maxsize=1024)
def _labelled(inputs: tuple, output, ranks: tuple) -> tuple:
    """(labels of each operand, labels of the result), the ellipsis replaced by labels -1, -2, ... from the right."""
    counts = {}
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
    out = []
    for label in labels:
        if label == _ELLIPSIS:
            out.extend(range(-count, 0))
        else:
            out.append(label)
    return tuple(out)


def _check_sizes(inputs: tuple, shapes: tuple) -> dict:
    """The size of each label; RuntimeError where two differ and neither is 1."""
    sizes = {}
    for number, (labels, shape) in enumerate(zip(inputs, shapes, strict=True)):
        own = {}
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
    best = None
    for i in range(len(operands)):
        for j in range(i + 1, len(operands)):
            rest = [x for k, x in enumerate(operands) if k not in (i, j)]
            made = _result_of(operands[i], operands[j], rest, output)
            here = _cost(operands[i] | operands[j], sizes)
            if best is not None and here >= best[0]:
                continue
            later, pairs = _best([*rest, made], output, sizes)
            if best is None or here + later < best[0]:
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


@functools.lru_cache(maxsize=1024)
def _order(inputs: tuple, output: tuple, sizes: tuple) -> tuple:
    """Pairs of positions in the list of operands; a product goes to its end."""
    if len(inputs) <= 2:
        return ((0, 1),) * (len(inputs) - 1)
    operands, known = [frozenset(x) for x in inputs], dict(sizes)
    if len(inputs) <= EXHAUSTIVE:
        return _best(operands, frozenset(output), known)[1]
    return _greedy(operands, frozenset(output), known)


# ------------------------------------------------------------------------------------------------ contracting


def _alone(x: Tensor, labels: tuple, wanted) -> tuple:
    """An operand without repeated labels and without those that nobody wants."""
    labels = list(labels)
    for label in dict.fromkeys(labels):
        while labels.count(label) > 1:
            d = labels.index(label)
            e = labels.index(label, d + 1)
            x = diagonal(x, 0, d, e)
            labels = [y for k, y in enumerate(labels) if k not in (d, e)] + [label]
    over = tuple([d for d, label in enumerate(labels) if label not in wanted])
    if over:
        x = sum_(x, over, dtype=x.dtype)
        labels = [label for label in labels if label in wanted]
    return x, tuple(labels)


def _without_ones(x: Tensor, labels: tuple, other: dict) -> tuple:
    """An operand without its dimensions of size 1 where the other's are larger: broadcasting repeats it there."""
    ones = [d for d, label in enumerate(labels) if x.shape[d] == 1 and other.get(label, 1) != 1]
    for d in reversed(ones):
        x = squeeze(x, d)
    return x, tuple([label for d, label in enumerate(labels) if d not in ones])


def _arranged(x: Tensor, labels: tuple, order: list, shape: tuple) -> Tensor:
    places = tuple([labels.index(label) for label in order])
    if places != tuple(range(len(places))):
        x = permute(x, places)
    return x if tuple(x.shape) == shape else reshape(x, shape)


def _pair(x: Tensor, x_labels: tuple, y: Tensor, y_labels: tuple, wanted) -> tuple:
    """(product, labels) of two operands, summed over what both have and nobody wants."""
    x_sizes, y_sizes = dict(zip(x_labels, x.shape, strict=True)), dict(zip(y_labels, y.shape, strict=True))
    x, x_labels = _without_ones(x, x_labels, y_sizes)
    y, y_labels = _without_ones(y, y_labels, x_sizes)
    # What only one of them has now, and nobody wants, is summed first.
    x, x_labels = _alone(x, x_labels, wanted | set(y_labels))
    y, y_labels = _alone(y, y_labels, wanted | set(x_labels))
    sizes = dict(zip(x_labels, x.shape, strict=True)) | dict(zip(y_labels, y.shape, strict=True))
    both = [label for label in x_labels if label in y_labels]
    batch, over = [z for z in both if z in wanted], [z for z in both if z not in wanted]
    rows, columns = [z for z in x_labels if z not in both], [z for z in y_labels if z not in both]

    def shape(*groups) -> tuple:
        return tuple([_cost(group, sizes) for group in groups])

    made = (*batch, *rows, *columns)
    if not over:
        one = (1,) * len(columns), (1,) * len(rows)
        left = _arranged(x, x_labels, batch + rows, (*[sizes[z] for z in batch + rows], *one[0]))
        right = _arranged(
            y, y_labels, batch + columns, (*[sizes[z] for z in batch], *one[1], *[sizes[z] for z in columns])
        )
        return mul(left, right), made
    if batch:
        # (batch, rows, over) @ (batch, over, columns)
        product = matmul_(
            _arranged(x, x_labels, batch + rows + over, shape(batch, rows, over)),
            _arranged(y, y_labels, batch + over + columns, shape(batch, over, columns)),
        )
    else:
        product = matmul_(
            _arranged(x, x_labels, rows + over, shape(rows, over)),
            _arranged(y, y_labels, over + columns, shape(over, columns)),
        )
    return reshape(product, tuple([sizes[z] for z in made])), made


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
    labels, output = _labelled(inputs, output, tuple([x.ndim for x in xs]))
    labels = list(labels)
    sizes = _check_sizes(labels, [tuple(x.shape) for x in xs])
    order = _order(tuple(labels), output, tuple(sizes.items()))
    for i in range(len(xs)):
        others = set(output).union(*[labels[k] for k in range(len(xs)) if k != i])
        xs[i], labels[i] = _alone(xs[i], labels[i], others)
    for i, j in order:
        (x, x_labels), (y, y_labels) = (xs[i], labels[i]), (xs[j], labels[j])
        xs = [z for k, z in enumerate(xs) if k not in (i, j)]
        labels = [z for k, z in enumerate(labels) if k not in (i, j)]
        product, made = _pair(x, x_labels, y, y_labels, set(output).union(*labels))
        xs.append(product)
        labels.append(made)
    found, left = _alone(xs[0], labels[0], set(output))
    return _arranged(found, left, list(output), tuple([sizes[label] for label in output]))
