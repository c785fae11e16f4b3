"""Trees: tensors inside tuples, lists and dictionaries, as arguments and results of transformed functions."""

from collections import OrderedDict


class Tree:
    """The structure of a tree without its leaves.

    Two are equal if they have the same containers and keys, in whatever order a dictionary holds them.
    """

    __slots__ = ("children", "keys", "kind")

    def __init__(self, kind=None, keys=None, children=()):
        self.kind = kind  # None for a leaf
        self.keys = keys
        self.children = children

    def __eq__(self, other) -> bool:
        if not isinstance(other, Tree) or self.kind is not other.kind:
            return False
        theirs = _paired(self, other)
        return theirs is not None and all([a == b for a, b in zip(self.children, theirs, strict=True)])

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        if self.kind is None:
            return "*"
        inside = ", ".join([repr(child) for child in self.children])
        return f"TreeSpec({self.kind.__name__}, {list(self.keys) if self.keys is not None else None}, [{inside}])"

    def count(self) -> int:
        """Number of leaves."""
        return 1 if self.kind is None else sum([child.count() for child in self.children])


LEAF = Tree()


def _paired(tree: Tree, other: Tree):
    """The children of `other` in the order of `tree`'s, which has as many under the same keys; None if it has not."""
    if len(tree.children) != len(other.children) or (tree.keys is None) != (other.keys is None):
        return None
    if tree.keys is None or tree.keys == other.keys:
        return other.children
    places = {key: i for i, key in enumerate(other.keys)}
    return [other.children[places[key]] for key in tree.keys] if set(places) == set(tree.keys) else None


def _taken_apart(x):
    """(kind, keys, children) of a container; None for a leaf."""
    kind = type(x)
    if kind in (dict, OrderedDict):
        return kind, list(x), list(x.values())
    if kind in (tuple, list) or isinstance(x, tuple) and hasattr(x, "_fields"):
        return kind, None, list(x)
    if isinstance(x, tuple) and kind.__module__.startswith("wengert.") and hasattr(x, "values"):
        return kind, None, list(x)  # the results of `max` and its like
    return None


def flatten(x) -> tuple:
    """The leaves of a tree in order, and its structure."""
    parts = _taken_apart(x)
    if parts is None:
        return [x], LEAF
    kind, keys, children = parts
    leaves, structures = [], []
    for child in children:
        found, structure = flatten(child)
        leaves.extend(found)
        structures.append(structure)
    return leaves, Tree(kind, keys, structures)


def unflatten(leaves: list, tree: Tree):
    """A tree of the given structure with other leaves."""
    return _built(iter(leaves), tree)


def _built(leaves, tree: Tree):
    if tree.kind is None:
        return next(leaves)
    children = [_built(leaves, child) for child in tree.children]
    if tree.keys is not None:
        return tree.kind(zip(tree.keys, children, strict=True))
    return tree.kind(*children) if hasattr(tree.kind, "_fields") else tree.kind(children)


def spread(prefix, tree: Tree):
    """A tree that ends where another one goes on, with its leaves repeated there, flat; None if they do not match."""
    parts = _taken_apart(prefix)
    if parts is None:
        return [prefix] * tree.count()
    kind, keys, children = parts
    in_order = _paired(tree, Tree(kind, keys, children))
    # A tuple also goes with what is one by nature: named tuples, the results of `max`.
    matches = tree.kind is kind or kind is tuple and tree.kind is not None and issubclass(tree.kind, tuple)
    if not matches or in_order is None:
        return None
    found = []
    for child, structure in zip(in_order, tree.children, strict=True):
        inside = spread(child, structure)
        if inside is None:
            return None
        found.extend(inside)
    return found


def leaves_like(x, tree: Tree):
    """The leaves of x in the order of another tree's; None if x is not of that structure."""
    leaves, structure = flatten(x)
    if structure != tree:
        return None
    return leaves if structure.kind is None else spread(x, tree)


def map_leaves(function, x):
    """A tree of the same structure with `function` of each leaf."""
    leaves, tree = flatten(x)
    return unflatten([function(leaf) for leaf in leaves], tree)
