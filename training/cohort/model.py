"""A small 3-D CNN whose flattened head can tell places apart.

A strided convolution leaves a checkerboard in the input gradient: its odd and even taps have
different sums. Averaging two neighbours first makes the taps (a, a+b, b+c, c): both sums are
a+b+c, whatever is learned.
"""

import torch
from torch import nn


def convolve(inputs: int, outputs: int, stride: int) -> list[nn.Module]:
    return [
        nn.Conv3d(inputs, outputs, 3, stride, padding=1, bias=False),
        nn.BatchNorm3d(outputs),
        nn.ReLU(),
    ]


class FocalNet(nn.Module):
    """(n, 1, 96, 96, 96) -> (n, 2) logits. Last spatial value: 16 channels on a 12^3 grid."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.AvgPool3d(2, stride=1),
            *convolve(1, 8, stride=2),
            nn.AvgPool3d(2, stride=1),
            *convolve(8, 16, stride=2),
            nn.AvgPool3d(2),
            *convolve(16, 16, stride=1),
        )
        self.head = nn.Sequential(nn.Flatten(), nn.Dropout(dropout), nn.Linear(16 * 12**3, 2))

    def forward(self, volume: torch.Tensor) -> torch.Tensor:
        return self.head(self.features(volume))
