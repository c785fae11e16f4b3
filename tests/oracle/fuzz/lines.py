"""The kinds of lines that programs are made of: each a function of the writer that returns the text of one, or None."""

import numpy as np

from .programs import memory_of, used
from .writer import FEATURES, LARGEST, Writer, feature, moderate

# ------------------------------------------------------------------------------------------------ elementwise

# name: lowest and highest value, the value near which it is not smooth, what to apply it to where values are outside.
UNARY = {
    "neg": (-30, 30, None, None), "abs": (-30, 30, 0, None), "square": (-5, 5, None, "{}.tanh()"),
    "exp": (-10, 3, None, "{}.tanh()"), "exp2": (-10, 4, None, "{}.tanh()"), "expm1": (-10, 3, None, "{}.tanh()"),
    "log": (0.05, 30, None, "({0} * {0} + 0.5)"), "log2": (0.05, 30, None, "({0} * {0} + 0.5)"),
    "log10": (0.05, 30, None, "({0} * {0} + 0.5)"), "log1p": (-0.9, 30, None, "({0} * {0})"),
    "sqrt": (0.05, 30, None, "({0} * {0} + 0.5)"), "rsqrt": (0.05, 30, None, "({0} * {0} + 0.5)"),
    "reciprocal": (0.2, 30, None, "({0} * {0} + 0.5)"), "sin": (-30, 30, None, None), "cos": (-30, 30, None, None),
    "tan": (-1.2, 1.2, None, "{}.tanh()"), "asin": (-0.95, 0.95, None, "(0.9 * {}.tanh())"),
    "acos": (-0.95, 0.95, None, "(0.9 * {}.tanh())"), "atan": (-30, 30, None, None),
    "sinh": (-3, 3, None, "{}.tanh()"), "cosh": (-3, 3, None, "{}.tanh()"), "tanh": (-30, 30, None, None),
    "asinh": (-30, 30, None, None), "acosh": (1.1, 30, None, "({0} * {0} + 1.5)"),
    "atanh": (-0.95, 0.95, None, "(0.9 * {}.tanh())"), "sigmoid": (-30, 30, None, None),
    "relu": (-30, 30, 0, None), "erf": (-30, 30, None, None), "erfc": (-30, 30, None, None),
    "sign": (-30, 30, 0, None), "sgn": (-30, 30, 0, None), "floor": (-30, 30, "integers", None),
    "ceil": (-30, 30, "integers", None), "trunc": (-30, 30, "integers", None), "frac": (-30, 30, "integers", None),
    "round": (-30, 30, "halves", None),
}  # fmt: skip


def in_domain(x: np.ndarray, name: str) -> bool:
    low, high, kink, _ = UNARY[name]
    if not x.size:
        return True
    if x.min() < low or x.max() > high:
        return False
    if kink == "integers":
        return bool(np.abs(x - np.rint(x)).min() > 1e-3)
    if kink == "halves":
        return bool(np.abs(x - np.floor(x) - 0.5).min() > 1e-3)
    return kink is None or bool(np.abs(x - kink).min() > 1e-3)


@feature(12)
def unary(w: Writer):
    x, name = w.pick(), w.one_of(UNARY)
    if x is None:
        return None
    operand = x
    if not in_domain(w.array(x), name):
        if UNARY[name][3] is None or UNARY[name][2] is not None:
            return None
        operand = UNARY[name][3].format(x)
    return f"{w.fresh()} = {w.one_of((f't.{name}({operand})', f'{operand}.{name}()'))}"


@feature(7)
def unary_in_place(w: Writer):
    x, name = w.pick(), w.one_of(UNARY)
    if x is None or not in_domain(w.array(x), name):
        return None
    return f"{x}.{name}_()"


def apart(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether no elements that meet are nearly equal."""
    return not a.size or not b.size or bool(np.abs(a - b).min() > 1e-3)


def quotient_is_no_integer(a: np.ndarray, b: np.ndarray) -> bool:
    if not a.size or not b.size:
        return True
    if np.abs(b).min() < 0.2:
        return False
    q = a / b
    return bool(np.abs(q - np.rint(q)).min() > 1e-3)


BINARY = {
    "add": None, "sub": None, "mul": None,
    "div": lambda a, b: not b.size or np.abs(b).min() > 0.2,
    "pow": lambda a, b: not a.size or not b.size or (a.min() > 0.2 and a.max() < 4 and np.abs(b).max() < 3),
    "maximum": apart, "minimum": apart,
    "atan2": lambda a, b: not a.size or not b.size or np.abs(b).min() > 0.2,
    "hypot": lambda a, b: not a.size or not b.size or np.abs(b).min() > 0.2, "logaddexp": None,
    "fmod": quotient_is_no_integer, "remainder": quotient_is_no_integer,
}  # fmt: skip
SYMBOLS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**", "remainder": "%"}


@feature(12)
def binary(w: Writer):
    x, name = w.pick(), w.one_of((*BINARY, "add", "mul", "sub", "mul"))
    y = x and w.partner(x)
    if y is None or (BINARY[name] and not BINARY[name](w.array(x), w.array(y))):
        return None
    forms = [f"t.{name}({x}, {y})"]
    if name in SYMBOLS:
        forms.append(f"{x} {SYMBOLS[name]} {y}")
    if name in ("add", "sub"):
        forms.append(f"t.{name}({x}, {y}, alpha={w.number(-2, 2)})")
    return f"{w.fresh()} = {w.one_of(forms)}"


@feature(6)
def scalar_operand(w: Writer):
    x, c = w.pick(), w.number(0.3, 2)
    if x is None:
        return None
    a = w.array(x)
    forms = [f"{x} + {c}", f"{c} - {x}", f"{x} * {c}", f"{x} / {c}", f"{x} * {w.one_of((2, -1, 3))}", f"{x} ** 2"]
    if not a.size or np.abs(a).min() > 0.2:
        forms += [f"{c} / {x}", f"{x} ** -1", f"{x} ** 3"]
    if not a.size or (a.min() > 0.2 and a.max() < 5):
        forms += [f"{x} ** {c}", f"{x} ** 0.5"]
    if not a.size or np.abs(a).max() < 4:
        forms.append(f"{c} ** {x}")
    return f"{w.fresh()} = {w.one_of(forms)}"


@feature(14)
def binary_in_place(w: Writer):
    x = w.pick()
    y = x and (w.operand_into(x) if w.chance(0.9) else w.partner(x))
    name = w.one_of(("add", "sub", "mul", "div", "pow", "atan2", "hypot", "add", "mul", "mul"))
    if y is None or (BINARY[name] and not BINARY[name](w.array(x), w.array(y))):
        return None
    a, b = w.array(x), w.array(y)
    try:
        with np.errstate(all="ignore"):
            result = getattr(np, {"sub": "subtract", "mul": "multiply", "div": "divide", "pow": "power",
                                  "atan2": "arctan2"}.get(name, name))(a, b)  # fmt: skip
    except ValueError:
        return None
    if not moderate(result):
        return None
    forms = [f"{x}.{name}_({y})"]
    if name in SYMBOLS and name not in ("pow", "remainder"):
        forms.append(f"{x} {SYMBOLS[name]}= {y}")
    if name in ("add", "sub"):
        forms.append(f"{x}.{name}_({y}, alpha={w.number(-1, 1)})")
    return w.one_of(forms)


@feature(5)
def scalar_in_place(w: Writer):
    x = w.pick()
    if x is None:
        return None
    c = w.number(0.3, 2)
    if np.abs(w.array(x)).max(initial=0) * c > LARGEST:
        c = 0.5
    return w.one_of((f"{x}.add_({c})", f"{x}.mul_({c})", f"{x} -= {c}", f"{x} *= -1", f"{x}.div_(2)"))


@feature(3)
def clamp(w: Writer):
    x = w.pick()
    low, high = w.number(-2, 0), w.number(0.1, 2)
    if x is None or not apart(w.array(x), np.array(low)) or not apart(w.array(x), np.array(high)):
        return None
    bounds = w.one_of((f"{low}, {high}", f"min={low}", f"max={high}"))
    return w.one_of((f"{w.fresh()} = {x}.clamp({bounds})", f"{w.fresh()} = t.clamp({x}, {bounds})",
                     f"{x}.clamp_({bounds})"))  # fmt: skip


@feature(3)
def where(w: Writer):
    x = w.pick()
    y = x and w.partner(x)
    z = x and w.partner(x)
    if z is None or not apart(w.array(z), np.array(0.1)):
        return None
    return f"{w.fresh()} = t.where({z} > 0.1, {w.one_of((f'{x}, {y}', f'{x}, 0.5', f'-1.5, {x}'))})"


# ------------------------------------------------------------------------------------------------ reductions


def distinct(x: np.ndarray) -> bool:
    """Whether no two elements are nearly equal."""
    return x.size < 2 or bool(np.diff(np.sort(x, axis=None)).min() > 1e-3)


@feature(7)
def reduction(w: Writer):
    x = w.pick()
    if x is None:
        return None
    a, d = w.array(x), w.dim(x)
    over = [""] if d is None else ["", f"{d}", f"{d}, keepdim=True", f"dim={tuple(range(a.ndim))}"]
    one = [] if d is None else [f"{d}", f"{d}, keepdim=True"]
    forms = [f"{x}.{name}({o})" for name in ("sum", "mean") for o in over]
    if not a.size or np.abs(a).min() > 0.05:
        forms += [f"{x}.prod({o})" for o in ["", *one]]
    forms += [f"{x}.logsumexp({o})" for o in one]
    if a.size > 2 and distinct(a):
        forms += [f"{x}.{name}({o})" for name in ("var", "std") for o in over]
    if a.size and np.abs(a).min() > 0.05:
        forms += [f"{x}.norm()", f"t.norm({x}, 3)", f"t.norm({x}, 1)"]
        forms += [f"{x}.norm({p}, {o})" for p in (2, 1) for o in one]
    if a.size and distinct(a):
        forms += [f"{x}.{name}()" for name in ("max", "min", "amax", "amin")]
        forms += [f"{x}.{name}({o})" for name in ("amax", "amin") for o in one]
        forms += [f"{x}.{name}({o})[0]" for name in ("max", "min") for o in one]
    return f"{w.fresh()} = {w.one_of(forms)}"


@feature(4)
def along_a_dimension(w: Writer):
    x = w.pick(lambda x: x.ndim > 0)
    if x is None:
        return None
    d = w.dim(x)
    forms = [f"t.{name}({x}, {d})" for name in ("softmax", "log_softmax", "cumsum")]
    if np.abs(w.array(x)).min(initial=1.0) > 0.05:
        forms.append(f"t.cumprod({x}, {d})")
    forms += [f"{x}.flip({d})", f"{x}.softmax({d})", f"{x}.cumsum({d})"]
    if distinct(w.array(x)):
        forms += [f"{x}.sort({d})[0]", f"{x}.topk(1, {d})[0]"]
    if w.value(x).shape[d]:
        forms += [f"{x}.softmax({d})"]
    return f"{w.fresh()} = {w.one_of(forms)}"


# ------------------------------------------------------------------------------------------------ matrices


@feature(5)
def product(w: Writer):
    x = w.pick(lambda x: x.ndim > 0)
    if x is None:
        return None
    shape = w.value(x).shape

    def fits(y):
        return y.ndim > 0 and y.shape[-2 if y.ndim > 1 else -1] == shape[-1]

    y = w.pick(fits)
    if y is None:
        return f"{w.fresh()} = {x} @ {x}.mT" if len(shape) > 1 else None
    forms = [f"{x} @ {y}", f"t.matmul({x}, {y})"]
    ndims = (len(shape), w.value(y).ndim)
    if ndims == (1, 1):
        forms += [f"t.dot({x}, {y})"]
    if ndims == (2, 1):
        forms += [f"t.mv({x}, {y})"]
    if ndims == (2, 2):
        forms += [f"t.mm({x}, {y})", f"t.addmm(t.ones(1, dtype=t.float64), {x}, {y}, beta=0.5, alpha=2.0)"]
    if ndims == (3, 3) and w.value(x).shape[0] == w.value(y).shape[0]:
        forms += [f"t.bmm({x}, {y})", f"t.baddbmm(t.ones(1, dtype=t.float64), {x}, {y})"]
    return f"{w.fresh()} = {w.one_of(forms)}"


@feature(1)
def outer(w: Writer):
    x, y = w.pick(lambda x: x.ndim == 1), w.pick(lambda x: x.ndim == 1)
    return None if x is None or y is None else f"{w.fresh()} = t.outer({x}, {y})"


@feature(1)
def triangle(w: Writer):
    x = w.pick(lambda x: x.ndim == 2)
    if x is None:
        return None
    k = w.one_of((-1, 0, 1))
    forms = [f"{x}.tril({k})", f"{x}.triu({k})", f"t.diag({x}, {k})", f"{x}.trace()"]
    return f"{w.fresh()} = {w.one_of(forms)}"


# ------------------------------------------------------------------------------------------------ views


def view_forms(w: Writer, x: str) -> list:
    shape, d = tuple(w.value(x).shape), w.dim(x)
    size = w.value(x).numel()
    forms = [f"{x}.view(-1)", f"{x}.reshape(-1)", f"{x}.unsqueeze(0)", f"{x}.unsqueeze(-1)", f"{x}.squeeze()",
             f"{x}[...]", f"{x}[None]", f"{x}.expand_as({x})", f"{x}.view_as({x})", f"{x}.flatten()"]  # fmt: skip
    forms += [f"{x}.expand({w.one_of((1, 2, 3))}, {', '.join(['-1'] * len(shape))})".replace(", )", ")")]
    if d is None:
        return forms
    n = shape[d]
    other = w.dim(x)
    forms += [f"{x}.transpose({d}, {other})", f"{x}.squeeze({d})", f"{x}.movedim({d}, {other})",
              f"{x}.flatten(0, {d})", f"{x}.swapaxes({d}, {other})"]  # fmt: skip
    order = list(range(len(shape)))
    w.rng.shuffle(order)
    forms.append(f"{x}.permute({', '.join(map(str, order))})")
    if n:
        i = w.rng.randrange(-n, n)
        start = w.rng.randrange(n)
        length = w.rng.randint(1, n - start)
        forms += [f"{x}.select({d}, {i})", f"{x}.narrow({d}, {start}, {length})", f"{x}[::2]",
                  f"{x}[{start % shape[0]}:]" if shape[0] else f"{x}[:]",
                  f"{x}[..., {w.rng.randrange(shape[-1]) if shape[-1] else ':'}]"]  # fmt: skip
        if shape[0]:
            forms += [f"{x}[{w.rng.randrange(-shape[0], shape[0])}]"] * 2
    if len(shape) == 2:
        forms += [f"{x}.t()", f"{x}.T", f"{x}.diagonal()", f"{x}.diagonal({w.one_of((-1, 1))})", f"{x}[:, 0:1]"]
        if shape[0] and shape[1]:
            forms.append(f"{x}[{w.rng.randrange(shape[0])}, {w.rng.randrange(shape[1])}]")
    if len(shape) > 1:
        forms += [f"{x}.mT", f"{x}.view({shape[0]}, -1)" if size else f"{x}.mT", f"{x}.flatten(1)"]
        forms.append(f"{x}.view({', '.join(map(str, shape[::-1]))})")
    if len(shape) < 3 and n > 1 and n % 2 == 0:
        forms.append(f"{x}.unflatten({d}, (2, -1))")
    if size and w.chance(0.3):
        whole = w.value(x).untyped_storage().nbytes() // w.value(x).element_size()
        rows, step, start = w.rng.randint(1, 3), w.rng.randint(1, 3), w.value(x).storage_offset()
        # Memory that a view does not cover counts in PyTorch once the base has been changed in place, and not before.
        if w.value(x)._is_view():
            whole = start + size if w.value(x).is_contiguous() else 0
        elif w.chance(0.3):
            start = w.rng.randrange(whole)
        if start + (rows - 1) * step < whole:
            forms += [f"{x}.as_strided(({rows},), ({step},), {start})"] * 3
        if start + (2 * rows - 1) * step < whole:
            forms += [f"{x}.as_strided((2, {rows}), ({rows * step}, {step}), {start})"] * 3
    return forms


@feature(18)
def view(w: Writer):
    x = w.pick()
    return None if x is None else f"{w.fresh()} = {w.one_of(view_forms(w, x))}"


@feature(5)
def view_of_several(w: Writer):
    x = w.pick(lambda x: x.ndim > 0 and 0 < x.numel())
    if x is None:
        return None
    d = w.dim(x)
    n = w.value(x).shape[d]
    size = w.rng.randint(1, n)
    form = w.one_of((f"{x}.split({size}, {d})", f"{x}.unbind({d})", f"{x}.chunk({size}, {d})"))
    results = len(eval(form, dict(w.scope)))
    if results > 4:
        return None
    return f"{', '.join([w.fresh() for _ in range(results)])}{',' if results == 1 else ''} = {form}"


# ------------------------------------------------------------------------------------------------ copies, joining


@feature(4)
def copies(w: Writer):
    x = w.pick()
    if x is None:
        return None
    ndim = w.value(x).ndim
    forms = [f"{x}.clone()", f"{x}.contiguous()", f"{x}.repeat(2, {', '.join(['1'] * ndim)})".replace(", )", ")"),
             f"t.tile({x}, (2,))", f"{x}.clone()", f"{x}.to(t.float64)"]  # fmt: skip
    return f"{w.fresh()} = {w.one_of(forms)}"


@feature(4)
def joined(w: Writer):
    x = w.pick()
    if x is None:
        return None
    shape = tuple(w.value(x).shape)
    y = w.pick(lambda y: tuple(y.shape) == shape)
    d = w.dim(x)
    forms = [f"t.stack([{x}, {y}])", f"t.stack(({x}, {y}, {x}), -1)"]
    if d is not None:
        forms += [f"t.cat([{x}, {y}], {d})", f"t.cat(({y}, {x}, {y}), dim={d})"]
    return f"{w.fresh()} = {w.one_of(forms)}"


# ------------------------------------------------------------------------------------------------ indexing


@feature(8)
def indexed(w: Writer):
    x = w.pick(lambda x: x.ndim > 0 and x.numel() > 0)
    if x is None:
        return None
    shape = tuple(w.value(x).shape)
    d = w.dim(x)
    n = shape[d]
    rows = w.positions(shape[0], w.rng.randint(1, 3))
    there = w.positions(n, w.rng.randint(1, 3))
    forms = [f"{x}[{rows}]", f"{x}[..., {w.positions(shape[-1], 2)}]", f"t.index_select({x}, {d}, t.tensor({there}))",
             f"t.take({x}, t.tensor({w.positions(w.value(x).numel(), 3)}))"]  # fmt: skip
    same = list(shape)
    same[d] = w.rng.randint(1, 2)
    where_ = np.array(w.positions(n, int(np.prod(same)))).reshape(same).tolist()
    forms += [f"t.gather({x}, {d}, t.tensor({where_}))", f"t.take_along_dim({x}, t.tensor({where_}), {d})"]
    if apart(w.array(x), np.array(0.1)):
        forms += [f"{x}[{x} > 0.1]", f"t.masked_select({x}, {x} < 0.1)"]
    if len(shape) > 1:
        rows, columns = w.positions(shape[0], 2), w.positions(shape[1], 2)
        forms += [f"{x}[{rows}, {columns}]", f"{x}[:, {columns}]", f"{x}[{rows[0]}, {columns}]", f"{x}[None, {rows}]"]
    if len(shape) > 2:
        forms += [f"{x}[{rows}, :, {w.positions(shape[2], 2)}]", f"{x}[:, {columns}, 0]"]
    return f"{w.fresh()} = {w.one_of(forms)}"


@feature(8)
def written_at(w: Writer):
    x = w.pick(lambda x: x.ndim > 0 and x.numel() > 0)
    if x is None:
        return None
    shape = tuple(w.value(x).shape)
    keys = [f"{w.rng.randrange(-shape[0], shape[0])}", f"{w.rng.randrange(shape[0])}:", "::2", "..., 0",
            f"{sorted(set(w.positions(shape[0], 2)))}", "...", ":"]  # fmt: skip
    if apart(w.array(x), np.array(0.1)):
        keys += [f"{x} > 0.1"] * 2
    if len(shape) > 1:
        keys += [f":, {w.rng.randrange(shape[1])}", f"{w.rng.randrange(shape[0])}, {w.rng.randrange(shape[1])}",
                 f"[0], [{w.rng.randrange(shape[1])}]"]  # fmt: skip
    key = w.one_of(keys)
    try:
        part = eval(f"{x}[{key}]", dict(w.scope))
    except (RuntimeError, IndexError):
        return None

    def fits(y):
        try:
            return np.broadcast_shapes(tuple(part.shape), tuple(y.shape)) == tuple(part.shape)
        except ValueError:
            return False

    y = w.pick(fits)
    value = y if y is not None and w.chance(0.75) else w.number(-2, 2)
    return f"{x}[{key}] = {value}"


@feature(4)
def masked(w: Writer):
    x = w.pick(lambda x: x.numel() > 0)
    if x is None or not apart(w.array(x), np.array(0.2)):
        return None
    c, zero_dim = w.number(-2, 2), w.pick(lambda y: y.ndim == 0)
    forms = [f"{x}.masked_fill_({x} > 0.2, {c})", f"{w.fresh()} = {x}.masked_fill({x} < 0.2, {c})"]
    if zero_dim:
        forms += [f"{x}.masked_fill_({x} > 0.2, {zero_dim})", f"{w.fresh()} = {x}.masked_fill({x} > 0.2, {zero_dim})"]
    return w.one_of(forms)


@feature(6)
def written_by_index(w: Writer):
    x = w.pick(lambda x: x.ndim > 0 and x.numel() > 0)
    y = x and w.pick(lambda y: y.shape == w.value(x).shape)
    if x is None:
        return None
    d = w.dim(x)
    shape = tuple(w.value(x).shape)
    n = shape[d]
    order = list(range(n))
    w.rng.shuffle(order)
    c = w.number(-2, 2)
    where_ = np.broadcast_to(np.array(order).reshape([-1 if i == d % len(shape) else 1 for i in range(len(shape))]),
                             shape).tolist()  # fmt: skip
    several = np.array(w.positions(n, int(np.prod(shape)))).reshape(shape).tolist()
    name = w.one_of(("index_add", "index_copy", "index_fill", "scatter", "scatter_add", "index_put", "scatter_value"))
    if name == "index_add":
        arguments = f"{d}, t.tensor({w.positions(n, n)}), {y}" + w.one_of(("", ", alpha=0.5"))
    elif name == "index_copy":
        arguments = f"{d}, t.tensor({order}), {y}"
    elif name == "index_fill":
        arguments = f"{d}, t.tensor({order[:1]}), {c}"
    elif name == "scatter":
        arguments = f"{d}, t.tensor({where_}), {y}"
    elif name == "scatter_add":
        arguments = f"{d}, t.tensor({several}), {y}"
    elif name == "scatter_value":
        name = "scatter"
        arguments = f"{d}, t.tensor({several}), {c}"
    else:
        arguments = f"(t.tensor({w.positions(shape[0], 2)}),), {y}[:1]" + ", accumulate=True"
    if w.chance(0.5):
        return f"{x}.{name}_({arguments})"
    return f"{w.fresh()} = {x}.{name}({arguments})"


@feature(6)
def overwritten(w: Writer):
    x = w.pick()
    y = x and w.operand_into(x)
    if x is None or y is None:
        return None
    zero_dim = w.pick(lambda y: y.ndim == 0)
    forms = [f"{x}.copy_({y})"] * 3 + [f"{x}.fill_({w.number(-2, 2)})", f"{x}.zero_()"]
    if zero_dim:
        forms.append(f"{x}.fill_({zero_dim})")
    return w.one_of(forms)


# ------------------------------------------------------------------------------------------------ the graph


@feature(5)
def out_of_the_graph(w: Writer):
    x = w.pick()
    if x is None:
        return None
    forms = [f"{w.fresh()} = {x}.detach()", f"{w.fresh()} = {x}.data", f"{w.fresh()} = {x}.detach().clone()"]
    # PyTorch's views of a tensor that was detached itself are neither in the graph nor out of it.
    if not w.is_shared(w.value(x)):
        forms.append(f"{x}.detach_()")
    return w.one_of(forms)


@feature(5)
def in_no_grad(w: Writer):
    inner = w.one_of(("view", "unary_in_place", "scalar_in_place", "overwritten", "binary", "written_at", "copies",
                      "view_of_several", "binary_in_place"))  # fmt: skip
    line = FEATURES[inner][1](w)
    if line is None:
        return None
    return f"with t.{w.one_of(('no_grad', 'no_grad', 'no_grad', 'enable_grad'))}(): {line}"


@feature(3)
def new_leaf(w: Writer):
    if w.chance(0.3):
        # Not of what was used before: in PyTorch, its views then say that they require a gradient, which never arrives,
        # and where it was saved as a constant the second derivative takes it for a variable.
        x = w.pick(lambda x: not x.requires_grad and not w.is_shared(x))
        x = None if x is None or any(x in used(line) for line in w.lines) else x
        return None if x is None else f"{x}.requires_grad_()"
    shape = w.one_of(w.shapes)
    numbers = np.array([w.number(-2, 2) for _ in range(int(np.prod(shape)))]).reshape(shape).tolist()
    if not np.size(numbers):
        return None
    return f"{w.fresh()} = t.tensor({numbers}, dtype=t.float64{w.one_of(('', ', requires_grad=True'))})"


@feature(4)
def hook(w: Writer):
    x = w.pick(lambda x: x.requires_grad)
    if x is None:
        return None
    if w.value(x)._is_view():
        w.kept.add(memory_of(w.value(x)))
    # PyTorch crashes where a view, its base changed since, is given a hook before its grad_fn was read.
    return f"{x}.grad_fn; {x}.register_hook(seen({x!r}{w.one_of(('', ', 0.5', ', -2.0'))}))"


@feature(3)
def retained(w: Writer):
    x = w.pick(lambda x: x.requires_grad)
    if x is not None and w.value(x)._is_view():
        w.retained[memory_of(w.value(x))] = w.value(x)
    # PyTorch takes a view, its base changed since, for a leaf until its grad_fn was read.
    return None if x is None else f"{x}.grad_fn; {x}.retain_grad()"


@feature(2)
def gradient_inside(w: Writer):
    y = w.pick(lambda y: y.requires_grad)
    x = w.pick(lambda x: x.requires_grad)
    if y is None or x is None:
        return None
    graph = w.one_of(("create_graph=True", "create_graph=True", "retain_graph=True"))
    # A copy: whether a gradient is itself a view of something is not specified.
    return f"{w.fresh()} = t.autograd.grad({y}.sum(), {x}, {graph})[0].clone()"


@feature(1)
def backward_inside(w: Writer):
    y = w.pick(lambda y: y.requires_grad)
    return None if y is None else f"{y}.sum().backward(retain_graph=True)"


@feature(1)
def forgotten(w: Writer):
    names = w.floats()
    if len(names) < 4:
        return None
    return f"del {w.one_of(names)}"


# ------------------------------------------------------------------------------------------------ control, types


@feature(4)
def branch(w: Writer):
    x, z = w.pick(), w.pick(lambda z: z.numel() > 0)
    y = x and w.partner(x)
    if z is None or x is None or y is None:
        return None
    c = w.number(-1, 1)
    if not apart(w.array(z).sum(), np.array(c)):
        return None
    one, other = w.one_of(((f"{x}.sin()", f"{x} * {y}"), (f"{x} + {y}", f"{y}.tanh()"), (f"{x}[...]", f"{x}.clone()")))
    return f"{w.fresh()} = {one} if {z}.sum() > {c} else {other}"


@feature(2)
def number_read(w: Writer):
    x, z = w.pick(), w.pick(lambda z: z.numel() > 0)
    if z is None:
        return None
    return f"{w.fresh()} = {x} * {w.one_of((f'{z}.mean().item()', f'float({z}.detach().sum())', f'len({z}.shape)'))}"


@feature(2)
def cast(w: Writer):
    x = w.pick()
    if x is None:
        return None
    forms = [f"{x}.float()", f"{x}.to(t.float32).to(t.float64)", f"{x}.double()", f"{x}.type(t.float64)"]
    if in_domain(w.array(x), "floor"):
        forms.append(f"{x}.long() * {x}")
    return f"{w.fresh()} = {w.one_of(forms)}"
