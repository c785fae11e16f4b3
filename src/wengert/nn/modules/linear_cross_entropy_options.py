"""How PyTorch is to cut up the computation of a `LinearCrossEntropyLoss`."""

import dataclasses

from ...core import dtypes


@dataclasses.dataclass(slots=True, frozen=True)
class LinearCrossEntropyOptions:
    """Options of `linear_cross_entropy`, checked and kept: they say how the scores are made in parts to save memory on
    large vocabularies. Here they are made whole.

    Args:
        allow_retain_graph: whether the graph may be walked twice.
        batch_chunk_size: rows in a part.
        chunking_method: "auto", "aspect_ratio", "aspect_ratio:N" or None.
        acc_policy: "auto", "accurate", "balanced" or "compact".
        acc_dtype: of sums, a floating type or None.

    ValueError for anything else.

    >>> import wengert as t
    >>> t.nn.LinearCrossEntropyOptions().acc_policy
    'auto'
    """

    allow_retain_graph: bool = False
    batch_chunk_size: int | None = None
    chunking_method: str | None = "auto"
    acc_policy: str = "auto"
    acc_dtype: dtypes.dtype | None = None

    def __post_init__(self):
        if self.acc_policy not in ("auto", "accurate", "balanced", "compact"):
            raise ValueError(f"invalid acc_policy: {self.acc_policy!r}")
        if self.chunking_method not in (None, "auto"):
            name, colon, factor = self.chunking_method.partition(":")
            if name != "aspect_ratio" or colon and not (factor.isdigit() and int(factor) > 0):
                raise ValueError(f"invalid chunking_method: {self.chunking_method!r}")
        size = self.batch_chunk_size
        if size is not None and not (isinstance(size, int) and size > 0):
            raise ValueError(f"batch_chunk_size must be positive int or None, got {size!r}")
        if self.acc_dtype not in (None, dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64):
            raise ValueError(
                "acc_dtype must be one of {None, torch.float16, torch.bfloat16, torch.float32, torch.float64}, got "
                f"{self.acc_dtype!r}"
            )
