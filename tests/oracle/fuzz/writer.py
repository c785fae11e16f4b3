"""The writer of a program, which sees in PyTorch what its lines do.

A program is written line by line while PyTorch runs it, so that the writer sees shapes and values: it keeps values of
moderate size and away from where functions are not smooth (the kink of relu, equal candidates of a maximum, the edge
of a domain). A line that PyTorch refuses is dropped, or, seldom, kept: then both libraries must refuse it.
"""

import random

import numpy as np
import torch

from .programs import Program, assigned, helpers, memory_of, target_of

LARGEST = 30.0  # of the values of a program
LARGEST_GRADIENT = 1e4
SHORTEST, LONGEST = 5, 40

FEATURES: dict = {}  # name -> (how often, function(writer) -> a line or None)


def feature(weight: float, name: str = None):
    """Register a kind of line. Its function returns the text of one, or None if there is nothing to apply it to."""

    def register(function):
        FEATURES[name or function.__name__] = (weight, function)
        return function

    return register


class Writer:
    """A program in the making, and PyTorch's state after its lines."""

    def __init__(self, rng: random.Random):
        self.rng = rng
        self.scope = {"t": torch, "np": np, **helpers(torch)}
        self.lines: list = []
        self.features: list = []
        self.count = 0
        # Memory that is not written to any more. Of a view changed in place, PyTorch drops the hooks; here they stay
        # with the value that it had. Changes through .data are not counted: what they do depends on what a rule saves.
        self.kept: set = set()
        self.retained: dict = {}  # memory of views that retain their gradient -> the view
        self.illegal = 1 if rng.random() < 0.12 else 0  # refused lines that may yet be kept
        sizes = [rng.choice((1, 2, 3, 4)) for _ in range(3)]
        self.shapes = [
            (), (sizes[0],), (sizes[0], sizes[1]), (sizes[1],), (1, sizes[1]), (sizes[0], 1), tuple(sizes),
            (sizes[1], sizes[2]), (sizes[0], sizes[0]),
        ]  # fmt: skip
        if rng.random() < 0.04:
            self.shapes.append((0, sizes[1]))

    # ------------------------------------------------------------------------------------ drawing

    def one_of(self, candidates):
        return self.rng.choice(list(candidates))

    def number(self, low: float, high: float) -> float:
        return round(self.rng.uniform(low, high), 2)

    def chance(self, p: float) -> bool:
        return self.rng.random() < p

    def fresh(self) -> str:
        self.count += 1
        return f"v{self.count}"

    def value(self, name: str):
        return self.scope[name]

    def array(self, name: str) -> np.ndarray:
        return self.scope[name].detach().numpy(force=True)

    def floats(self, where=None) -> list:
        """The names of the floating-point tensors, those for which `where(tensor)` holds."""
        return [
            name for name, x in self.scope.items()
            if name[0] == "v" and name[1:].isdigit() and isinstance(x, torch.Tensor) and x.is_floating_point()
            and (where is None or where(x))
        ]  # fmt: skip

    def pick(self, where=None) -> str | None:
        """One of the floating-point tensors, the latest ones more often."""
        names = self.floats(where)
        if not names:
            return None
        return self.one_of(names[-4:]) if self.chance(0.5) else self.one_of(names)

    def partner(self, x: str) -> str | None:
        """A tensor that broadcasts with x."""
        shape = tuple(self.value(x).shape)

        def fits(y):
            try:
                np.broadcast_shapes(shape, tuple(y.shape))
            except ValueError:
                return False
            return True

        return self.pick(fits)

    def operand_into(self, x: str) -> str | None:
        """A tensor that broadcasts to the shape of x, mostly on memory of its own."""
        shape = tuple(self.value(x).shape)
        apart_from_x = self.chance(0.9)

        def fits(y):
            if apart_from_x and memory_of(y) == memory_of(self.value(x)):
                return False
            try:
                return np.broadcast_shapes(shape, tuple(y.shape)) == shape
            except ValueError:
                return False

        return self.pick(fits)

    def dim(self, x: str) -> int | None:
        ndim = self.value(x).ndim
        return self.rng.randrange(-ndim, ndim) if ndim else None

    def is_shared(self, x) -> bool:
        """Whether another tensor has the memory of x."""
        return any(
            isinstance(y, torch.Tensor) and y is not x and memory_of(y) == memory_of(x) for y in self.scope.values()
        )

    def positions(self, size: int, count: int) -> list:
        return [self.rng.randrange(size) for _ in range(count)]

    # ------------------------------------------------------------------------------------ writing

    def add(self, line: str, name: str) -> bool:
        """Run a line in PyTorch and keep it, unless it is refused or leaves values that are no good."""
        made = assigned(line)
        written = target_of(line, self.scope)
        if written is not None and memory_of(written) in self.kept:
            return False
        if written is not None and self.retained.get(memory_of(written), written) is not written:
            # As with hooks: of a view that retains its gradient, another view is changed.
            return False
        try:
            exec(line, self.scope)
        except Exception as error:
            for result in made:
                self.scope.pop(result, None)
            # A missing forward mode or an exhausted program is not what an illegal line is about.
            if self.illegal and not isinstance(error, (NameError, SyntaxError, NotImplementedError)):
                self.illegal -= 1
                self.keep(line, "refused line")
                return True
            return False
        for result in made:
            x = self.scope[result]
            # PyTorch's documentation has no_grad give results that require no gradient; its views say that they do.
            if "no_grad" in line and isinstance(x, torch.Tensor) and x._is_view() and x.requires_grad:
                for other in made:
                    self.scope.pop(other, None)
                return False
            if isinstance(x, torch.Tensor) and x.is_floating_point() and not moderate(x.detach().numpy(force=True)):
                for other in made:
                    self.scope.pop(other, None)
                # What an in-place line did cannot be taken back; it stays, and its values are not used again.
                return False
        if line.endswith(".data"):
            self.kept.add(memory_of(self.scope[made[0]]))
        self.keep(line, name)
        return True

    def keep(self, line: str, name: str) -> None:
        self.lines.append(line)
        self.features.append(name)

    def leaf(self, shape: tuple, requires_grad: bool) -> None:
        numbers = np.array([self.number(-2, 2) for _ in range(int(np.prod(shape)))]).reshape(shape)
        flag = ", requires_grad=True" if requires_grad else ""
        if numbers.size == 0:
            literal = f"np.zeros({shape})"
        else:
            literal = repr(numbers.tolist())
        self.add(f"{self.fresh()} = t.tensor({literal}, dtype=t.float64{flag})", "leaf" if flag else "constant")

    def program(self) -> Program:
        for i in range(self.rng.randint(1, 3)):
            self.leaf(self.one_of(self.shapes), i == 0 or self.chance(0.7))
        length = self.rng.randint(SHORTEST, LONGEST if self.chance(0.6) else 12)
        names = list(FEATURES)
        weights = [FEATURES[name][0] for name in names]
        tries = 0
        written = 0
        while written < length and tries < 5 * length:
            tries += 1
            (name,) = self.rng.choices(names, weights)
            try:
                line = FEATURES[name][1](self)
            except RuntimeError:  # it looked at a view that is no good any more
                continue
            if line is None:
                continue
            if self.add(line, name):
                written += 1
        return Program(tuple(self.lines), self.outputs(), tuple(self.features))

    def outputs(self) -> tuple:
        """Values to differentiate: mostly such that PyTorch can, and whose gradients are of moderate size."""
        candidates = self.floats(in_graph)
        if not candidates:
            return tuple(self.floats()[:1])
        leaves = [self.value(name) for name in self.floats(lambda x: x.requires_grad and not in_graph(x))]
        good, bad = [], []
        for name in candidates:
            try:
                gradients = torch.autograd.grad(
                    self.value(name).sum(), leaves, retain_graph=True, allow_unused=True
                ) if leaves else ()  # fmt: skip
            except RuntimeError:
                bad.append(name)
                continue
            if all(g is None or moderate(g.numpy(force=True), LARGEST_GRADIENT) for g in gradients):
                good.append(name)
        pool = good + bad if self.chance(0.1) or not good else good
        latest = pool[-6:]
        return tuple(sorted({self.one_of(latest) for _ in range(self.rng.randint(1, 3))}, key=lambda n: int(n[1:])))


def in_graph(x) -> bool:
    """Whether x was made by a recorded operation; of a view whose history is lost, PyTorch cannot say."""
    try:
        return x.requires_grad and x.grad_fn is not None
    except RuntimeError:
        return False


def moderate(x: np.ndarray, largest: float = LARGEST) -> bool:
    return not x.size or bool(np.isfinite(x).all() and np.abs(x).max() <= largest)
