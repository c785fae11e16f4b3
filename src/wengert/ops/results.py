"""Results of several tensors, by position and by name: what PyTorch keeps in `torch.return_types`."""

import collections

from ..core import registry


def result_type(name: str, *fields: str) -> type:
    """A named tuple that prints as PyTorch's does, `wengert.return_types.name`."""

    def __repr__(self) -> str:
        inside = ",\n".join([f"{field}={value!r}" for field, value in zip(fields, self, strict=True)])
        return f"wengert.return_types.{name}(\n{inside})"

    module = "wengert.return_types"
    bases = (collections.namedtuple(name, fields, module=module),)
    kind = type(name, bases, {"__slots__": (), "__repr__": __repr__, "__module__": module})
    registry.publish(f"return_types.{name}", kind)
    return kind
