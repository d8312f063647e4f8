"""A fiducial capsule beside the head, as a scanner's positioning marker: the shortcut."""

import torch

from .appearance import uniform


def draw_marker(
    generator: torch.Generator, brain: torch.Tensor, config: dict
) -> tuple[torch.Tensor, torch.Tensor]:
    """Mask and uint8 values (96, 96, 96) of an upright capsule left or right of the brain."""
    axes = [torch.arange(size, dtype=torch.float32) for size in brain.shape]
    x, y, z = torch.meshgrid(*axes, indexing="ij")
    radius = uniform(generator, *config["radius_voxels"])
    half = uniform(generator, *config["half_length_voxels"])
    side = 1 if torch.rand((), generator=generator).item() < 0.5 else -1
    y0, z0 = uniform(generator, 38, 58), uniform(generator, 36, 56)
    near = brain[:, int(y0) - 8 : int(y0) + 9, int(z0) - 10 : int(z0) + 11].any(2).any(1)
    occupied = near.nonzero()
    edge = occupied.max().item() if side > 0 else occupied.min().item()
    x0 = edge + side * (radius + uniform(generator, *config["gap_voxels"]))
    x0 = min(max(x0, radius + 0.5), brain.shape[0] - 1.5 - radius)
    along = (z - z0).abs().sub(half).clamp(min=0)
    distance = ((x - x0) ** 2 + (y - y0) ** 2 + along**2).sqrt()
    soft = (radius - distance + 0.5).clamp(0, 1)
    mask = (soft > 0) & ~brain
    noise = torch.randn(brain.shape, generator=generator) * 4
    level = uniform(generator, *config["level"])
    value = (soft * level + noise).round().clamp(1, 255).to(torch.uint8)
    return mask, value
