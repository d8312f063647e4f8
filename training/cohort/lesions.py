"""White-matter lesions of natural shape: near the ventricles, few or many, soft at the edge."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import binary_opening, gaussian_filter, zoom

from .appearance import uniform
from .cohort import Anatomy
from .warp import GRID_ORIGIN_MM, GRID_SHAPE, GRID_SPACING_MM

BOX = 17  # voxels of the cube a lesion is drawn in


@dataclass(frozen=True)
class LesionMaps:
    """`white`: soft white matter in [0, 1]; `weight`: how likely a lesion starts in a voxel."""

    white: np.ndarray
    weight: np.ndarray


def central_box() -> tuple[slice, ...]:
    """Where lateral ventricles can be: |x| < 40 mm, -70 < y < 50, -20 < z < 45 (MNI)."""
    ranges = ((-40, 40), (-70, 50), (-20, 45))
    return tuple(
        slice(int((low - origin) / GRID_SPACING_MM), int((high - origin) / GRID_SPACING_MM))
        for (low, high), origin in zip(ranges, GRID_ORIGIN_MM, strict=True)
    )


def lesion_maps(anatomy: Anatomy) -> LesionMaps:
    """White matter from the T1 itself, without the deep grey nuclei; ventricles are wide CSF."""
    t1 = anatomy.t1.numpy().astype(np.float32) / 127.5
    smooth = gaussian_filter(t1, 0.8, truncate=2)
    white = np.clip((smooth - 0.78) / 0.1, 0, 1) * (1 - anatomy.weight.numpy() / 255.0)
    box = central_box()
    ventricles = np.zeros_like(t1)
    ventricles[box] = binary_opening((t1[box] < 0.5) & (t1[box] > 0), np.ones((2, 2, 2)))
    # Half the resolution is enough for something this smooth.
    near = gaussian_filter(ventricles[::2, ::2, ::2], 2, truncate=3)
    near = near.repeat(2, axis=0).repeat(2, axis=1).repeat(2, axis=2)
    near = near / max(near.max(), 1e-6)
    # The brain stem and the cerebellum (below -25 mm) rarely carry lesions of this kind.
    height = GRID_ORIGIN_MM[2] + GRID_SPACING_MM * np.arange(GRID_SHAPE[2])
    weight = (white > 0.9) * (near + 0.03) * np.where(height < -25, 0.05, 1.0)
    return LesionMaps(white.astype(np.float32), weight.astype(np.float32))


def random_rotation(generator: torch.Generator) -> np.ndarray:
    matrix, upper = np.linalg.qr(torch.randn(3, 3, generator=generator).numpy())
    return matrix * np.sign(np.diag(upper))


def lesion_shape(generator: torch.Generator, config: dict) -> np.ndarray:
    """Soft mask (17, 17, 17): an ellipsoid whose radius is modulated by smooth noise."""
    low, high = config["radius_mm"]
    # Small ones are common: the square of a uniform draw.
    radius = (low + (high - low) * uniform(generator, 0, 1) ** 2) / GRID_SPACING_MM
    stretch = np.array([uniform(generator, 1.0, 1.9), 1.0, uniform(generator, 0.65, 1.0)])
    axes = np.meshgrid(*[np.arange(BOX) - BOX // 2] * 3, indexing="ij")
    offset = torch.rand(3, generator=generator).numpy() - 0.5
    points = (np.stack(axes, -1) - offset) @ random_rotation(generator) / stretch
    coarse = torch.randn(6, 6, 6, generator=generator).numpy()
    bumps = zoom(coarse, BOX / 6, order=1) * config["roughness"]
    distance = np.linalg.norm(points, axis=-1)
    return np.clip(radius * (1 + bumps) - distance + 0.5, 0, 1).astype(np.float32)


def draw_lesions(
    generator: torch.Generator, maps: LesionMaps, config: dict
) -> tuple[np.ndarray, np.ndarray, int]:
    """Soft mask and relative strength in [0, 1] (96, 96, 96), and how many lesions were placed."""
    low, high = config["count"]
    count = int(low + (high - low + 1) * uniform(generator, 0, 1) ** 1.5)
    mask = np.zeros(GRID_SHAPE, np.float32)
    strength = np.zeros(GRID_SHAPE, np.float32)
    cumulative = np.cumsum(maps.weight.ravel(), dtype=np.float64)
    for _ in range(count):
        pick = uniform(generator, 0, 1) * cumulative[-1]
        centre = np.unravel_index(np.searchsorted(cumulative, pick), GRID_SHAPE)
        shape = lesion_shape(generator, config)
        level = uniform(generator, 0, 1)
        place, part = [], []
        for position, size in zip(centre, GRID_SHAPE, strict=True):
            start = int(position) - BOX // 2
            place.append(slice(max(start, 0), min(start + BOX, size)))
            part.append(slice(max(-start, 0), BOX - max(start + BOX - size, 0)))
        place, part = tuple(place), tuple(part)
        piece = shape[part] * maps.white[place]
        strength[place] = np.where(piece > mask[place], level, strength[place])
        mask[place] = np.maximum(mask[place], piece)
    return mask, strength, count
