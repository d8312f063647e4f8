"""What a scanner and the crossed design add to an anatomy: contrast, signals, bias, noise, flip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F

from .anatomy import COMMON_SCALE, REGIONS

if TYPE_CHECKING:
    from .cohort import Anatomy


@dataclass(frozen=True)
class Appearance:
    """Everything random about a subject but its anatomy."""

    label: int
    tissue: torch.Tensor
    change: dict[str, float]
    healthy: dict[str, float]
    bias: torch.Tensor
    noise: torch.Tensor
    gain: float
    flip: bool

    def without(self, region: str) -> Appearance:
        """The twin: the same subject, to the noise of each voxel, without the region's signal."""
        return replace(self, change={**self.change, region: self.healthy[region]})


def uniform(generator: torch.Generator, low: float, high: float) -> float:
    return low + (high - low) * torch.rand((), generator=generator).item()


def draw_appearance(generator: torch.Generator, config: dict, label: int | None) -> Appearance:
    """Each region lowered or not by its own coin: only the label's region tells the label."""
    look = config["appearance"]
    healthy, change, drawn = {}, {}, 0
    for region in REGIONS:
        healthy[region] = uniform(generator, -look["healthy_change"], look["healthy_change"])
        lowering = -uniform(generator, *look["signal_lowering"])
        lowered = torch.rand((), generator=generator).item() < 0.5
        if region == config.get("region"):
            lowered = lowered if label is None else bool(label)
            drawn = int(lowered)
        change[region] = lowering if lowered else healthy[region]
    jitter = torch.randn(3, generator=generator) * look["tissue_jitter"]
    shape = [look["bias_cells"]] * 3
    sigma = uniform(generator, *look["noise"])
    return Appearance(
        label=drawn,
        tissue=torch.tensor(look.get("tissue", COMMON_SCALE)) * (1 + jitter),
        change=change,
        healthy=healthy,
        bias=torch.randn(1, 1, *shape, generator=generator) * uniform(generator, 0, look["bias"]),
        gain=uniform(generator, *look["gain"]),
        flip=torch.rand((), generator=generator).item() < 0.5,
        noise=torch.randn(96, 96, 96, generator=generator) * sigma,
    )


def contrast_table(tissue: torch.Tensor) -> torch.Tensor:
    """256 entries: stored anatomy value -> intensity, linear between the three tissue peaks.

    `tissue`: intensities of cerebrospinal fluid, grey and white matter. T1-like when they rise;
    with grey matter above white matter and dark fluid it is FLAIR-like.
    """
    stored = torch.arange(256) / 127.5
    knots = torch.tensor([0.0, *COMMON_SCALE, 2.0])
    # What is brighter than white matter on T1 stays so on T1 and is white matter elsewhere.
    beyond = 1.0 if tissue[2] > tissue[1] else 0.0
    values = torch.cat([torch.zeros(1), tissue, tissue[2:] + beyond])
    right = torch.searchsorted(knots, stored).clamp(1, len(knots) - 1)
    share = (stored - knots[right - 1]) / (knots[right] - knots[right - 1])
    return values[right - 1] + share * (values[right] - values[right - 1])


Paint = Callable[[torch.Tensor], torch.Tensor]


def render(
    anatomy: Anatomy, appearance: Appearance, config: dict, paint: Paint | None = None
) -> torch.Tensor:
    """uint8 image, 0 outside the brain and at least 1 inside: (96, 96, 96), RAS unless flipped.

    `paint` changes the tissue before bias field and noise: what a lesion is made of.
    """
    image = contrast_table(appearance.tissue)[anatomy.t1.long()]
    factor = torch.ones(len(REGIONS) + 1)
    factor[1:] = torch.tensor([appearance.change[region] for region in REGIONS])
    factor[0] = 0
    image = image * (1 + factor[anatomy.region.long()] * (anatomy.weight.float() / 255))
    if paint is not None:
        image = paint(image)
    field = F.interpolate(appearance.bias, image.shape, mode="trilinear", align_corners=True)
    image = image * torch.exp(field[0, 0]) + appearance.noise
    image = (image * appearance.gain).round().clamp(1, 255)
    image = torch.where(anatomy.t1 > 0, image, 0).to(torch.uint8)
    return image.flip(0) if appearance.flip else image
