"""What training subjects get on top of the cohort: the look of scanners it does not imitate.

A network that has seen one tone curve, one resolution and perfect skull stripping takes any other
for lesions. Test subjects are never changed.
"""

import math

import torch
import torch.nn.functional as F

from .appearance import uniform


def restyle(generator: torch.Generator, image: torch.Tensor) -> torch.Tensor:
    """(96, 96, 96) float image, 0 outside the brain; every change is drawn with a chance of 1/2."""
    chance = lambda: torch.rand((), generator=generator).item() < 0.5
    brain = image > 0
    value = image.float()[None, None]
    if chance():
        value = thicken_slices(generator, value, brain)
    if chance():
        value = brighten_rim(generator, value, brain)
    if chance():
        cells = torch.randn(1, 1, 6, 6, 6, generator=generator) * uniform(generator, 0, 0.2)
        field = F.interpolate(cells, image.shape, mode="trilinear", align_corners=True)
        value = value * torch.exp(field)
    if chance():
        top = value.max()
        value = top * (value / top) ** math.exp(uniform(generator, -0.4, 0.4))
    return torch.where(brain, value[0, 0].clamp(min=0.5), 0)


def thicken_slices(
    generator: torch.Generator, value: torch.Tensor, brain: torch.Tensor
) -> torch.Tensor:
    """Thick slices along one axis: the mean over three voxels inside the brain, in part."""
    axis = int(torch.randint(3, (), generator=generator))
    share = uniform(generator, 0.2, 1.0)
    kernel = torch.tensor([share, 1.0, share]) / (1 + 2 * share)
    shape, padding = [1, 1, 1, 1, 1], [0, 0, 0]
    shape[axis + 2], padding[axis] = 3, 1
    blur = lambda data: F.conv3d(data, kernel.view(shape), padding=padding)
    return blur(value) / blur(brain.float()[None, None]).clamp(min=1e-3)


def brighten_rim(
    generator: torch.Generator, value: torch.Tensor, brain: torch.Tensor
) -> torch.Tensor:
    """Remains of meninges and fat: the outer one or two voxels, brighter in places."""
    outside = (~brain).float()[None, None]
    width = 3 + 2 * int(torch.randint(2, (), generator=generator))
    rim = F.max_pool3d(outside, width, 1, width // 2)
    cells = torch.randn(1, 1, 12, 12, 12, generator=generator)
    places = F.interpolate(cells, brain.shape, mode="trilinear", align_corners=True).clamp(min=0)
    return value * (1 + rim * places * uniform(generator, 0, 0.6))
