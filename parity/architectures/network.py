"""What a list of architectures says about each."""

from collections.abc import Callable
from dataclasses import dataclass, field

from torch import nn


@dataclass(frozen=True)
class Network:
    #: Makes the module, full size, untrained.
    build: Callable[[], nn.Module]
    #: Shape of every input without the batch axis.
    dims: tuple[tuple[int, ...], ...]
    #: What people call it.
    label: str
    #: The exporters it is exported by.
    exporters: tuple[str, ...] = ("torchscript", "dynamo")
    #: Index into the output without its batch axis; a segmenter's is (class, ...) and the rest is summed over.
    target: int = 7
    #: Inputs are uniform in [-range, range).
    range: float = 1.7
    #: A run takes long: the first input is kept, and PyTorch's own distance is measured apart (--own), on fewer.
    slow: bool = False
