"""Regions that shrink or grow: a smooth diffeomorphism of the template, inside the random warp.

A subject's voxel x shows the template at exp(v)(phi(x)). phi is the random warp of its anatomy; the
stationary velocity v = sum of a_r v_r moves tissue near the regions only. v_r is minus the gradient
of the blurred mask of region r, its longest vector 1 mm: it points out of the region and vanishes
on its medial axis. Looking along it shrinks the region toward that axis; its surroundings are
stretched to fill in, as in atrophy. The amount a_r (mm) that leaves a wanted share of the volume is
read from a table measured on the template.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import torch

from .anatomy import REGIONS, Template, load_template
from .warp import gaussian_blur, sample

# A cube of the template's space around all regions and what moves with them.
CUBE_SIZE = 52
CUBE_SPACING_MM = 2.0
CUBE_ORIGIN_MM = (-51.0, -60.0, -53.0)
BLUR_VOXELS = 1.0
STEPS = 8
# Amounts (mm) of the table, from growing to shrinking.
AMOUNTS = (-2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0)
# Voxels where all velocities together are shorter than this (mm) stay as they are.
LEAST_SPEED = 0.01


def cube_affine() -> torch.Tensor:
    affine = torch.diag(torch.tensor([CUBE_SPACING_MM] * 3 + [1.0]))
    affine[:3, 3] = torch.tensor(CUBE_ORIGIN_MM)
    return affine


def cube_points() -> torch.Tensor:
    axes = [origin + CUBE_SPACING_MM * torch.arange(CUBE_SIZE) for origin in CUBE_ORIGIN_MM]
    return torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1)


def sample_cube(field: torch.Tensor, points_mm: torch.Tensor) -> torch.Tensor:
    """A field (3, 52, 52, 52) at points (n, 3), as (n, 3); the nearest value outside the cube."""
    return sample(field, points_mm[:, None, None], cube_affine(), "border")[:, :, 0, 0].T


def velocity(mask: torch.Tensor) -> torch.Tensor:
    """Out of the region: (3, 52, 52, 52), mm, the longest vector 1. `mask`: soft, on the cube."""
    smooth = gaussian_blur(mask[None], BLUR_VOXELS)[0]
    # Differences across one cell on either side; nothing moves on the cube's faces.
    slopes = torch.zeros(3, *smooth.shape)
    inner = slice(1, -1)
    slopes[0, inner] = smooth[:-2] - smooth[2:]
    slopes[1, :, inner] = smooth[:, :-2] - smooth[:, 2:]
    slopes[2, :, :, inner] = smooth[:, :, :-2] - smooth[:, :, 2:]
    return slopes / slopes.norm(dim=0).max()


def follow(field: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """Where exp(field) takes points (n, 3): STEPS compositions of id + field / STEPS."""
    for _ in range(STEPS):
        points = points + sample_cube(field / STEPS, points)
    return points


def table_row(mask: torch.Tensor, field: torch.Tensor) -> list[float]:
    """Share of the volume that each amount leaves, on the cube."""
    points = cube_points()[field.norm(dim=0) > 0]
    left = [
        sample(mask[None], follow(amount * field, points)[:, None, None], cube_affine()).sum()
        for amount in AMOUNTS
    ]
    return [(value / mask.sum()).item() for value in left]


@dataclass(frozen=True, eq=False)
class Shrinker:
    """What changes the volumes of one template's regions."""

    template: Template

    @cached_property
    def masks(self) -> torch.Tensor:
        """(regions, 52, 52, 52), soft, on the cube."""
        affine = torch.from_numpy(self.template.affine)
        return sample(torch.from_numpy(self.template.regions), cube_points(), affine)

    @cached_property
    def velocities(self) -> torch.Tensor:
        """(regions, 3, 52, 52, 52) mm."""
        return torch.stack([velocity(mask) for mask in self.masks])

    @cached_property
    def shares(self) -> np.ndarray:
        """(regions, amounts): the share of its volume that each amount leaves of a region."""
        rows = [table_row(*pair) for pair in zip(self.masks, self.velocities, strict=True)]
        return np.array(rows)

    def field(self, wanted: dict[str, float]) -> torch.Tensor:
        """(3, 52, 52, 52) mm: the velocity that leaves each region its wanted share."""
        amounts = [
            # np.interp wants rising abscissae; shares fall with the amount.
            np.interp(wanted[region], row[::-1], AMOUNTS[::-1])
            for region, row in zip(REGIONS, self.shares, strict=True)
        ]
        return torch.tensordot(torch.tensor(amounts).float(), self.velocities, 1)

    def places(self, points: torch.Tensor) -> torch.Tensor:
        """Flat indices of the voxels that may move. `points`: (96, 96, 96, 3) template mm."""
        speed = self.velocities.norm(dim=1).sum(0)
        found = sample(speed[None], points, cube_affine())[0]
        return torch.nonzero(found.flatten() > LEAST_SPEED)[:, 0]

    @cached_property
    def crop(self) -> tuple[torch.Tensor, torch.Tensor]:
        """T1 and regions (1 + regions, x, y, z) inside the cube, and their affine."""
        affine = torch.from_numpy(self.template.affine)
        corners = cube_points()[:: CUBE_SIZE - 1, :: CUBE_SIZE - 1, :: CUBE_SIZE - 1].reshape(-1, 3)
        voxels = (corners.double() - affine[:3, 3]) @ torch.linalg.inv(affine[:3, :3]).T
        low = voxels.amin(0).floor().long().clamp(min=0)
        high = voxels.amax(0).ceil().long() + 1
        box = tuple(slice(a, b) for a, b in zip(low.tolist(), high.tolist(), strict=True))
        channels = np.concatenate([self.template.t1[None], self.template.regions])
        shifted = affine.clone()
        shifted[:3, 3] += affine[:3, :3] @ low.double()
        return torch.from_numpy(channels[:, *box].copy()), shifted

    def look(self, points: torch.Tensor) -> torch.Tensor:
        """T1 and regions at template points (n, 3) of the cube: (1 + regions, n)."""
        channels, affine = self.crop
        return sample(channels, points[:, None, None], affine)[:, :, 0, 0]


@lru_cache(maxsize=4)
def shrinker_of(template: str) -> Shrinker:
    return Shrinker(load_template(template))


@dataclass(frozen=True, eq=False)
class Origin:
    """Where the voxels of an anatomy that may move came from: phi of them, in template mm."""

    shrinker: Shrinker
    places: torch.Tensor
    points: torch.Tensor

    def changed(self, wanted: dict[str, float]) -> torch.Tensor:
        """T1 and regions at `places` after the change of volumes: (1 + regions, n)."""
        return self.shrinker.look(follow(self.shrinker.field(wanted), self.points))


def origin_of(shrinker: Shrinker, points: torch.Tensor) -> Origin:
    """`points`: phi of every voxel of the grid, (96, 96, 96, 3)."""
    places = shrinker.places(points)
    return Origin(shrinker, places, points.reshape(-1, 3)[places].clone())
