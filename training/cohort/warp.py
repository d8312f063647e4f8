"""Random diffeomorphisms: smooth velocity fields by scaling and squaring, then an affine map.

Fields live on a grid of half the image's resolution (4 mm for a 2 mm image) and are in
millimetres, channel order x, y, z, array order (x, y, z). Everything runs on one torch device.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F

GRID_SHAPE = (96, 96, 96)
GRID_SPACING_MM = 2.0
# MNI millimetres of voxel (0, 0, 0): the brain sits in the middle of the grid.
GRID_ORIGIN_MM = (-95.0, -112.0, -88.0)


def grid_affine() -> np.ndarray:
    affine = np.diag([GRID_SPACING_MM] * 3 + [1.0])
    affine[:3, 3] = GRID_ORIGIN_MM
    return affine


def grid_points(step: int = 1) -> torch.Tensor:
    """Millimetres of every voxel centre (of every block of `step` voxels): (x, y, z, 3)."""
    axes = [
        origin + GRID_SPACING_MM * ((step - 1) / 2 + step * torch.arange(size // step))
        for origin, size in zip(GRID_ORIGIN_MM, GRID_SHAPE, strict=True)
    ]
    return torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1)


def gaussian_blur(field: torch.Tensor, sigma: float) -> torch.Tensor:
    """Separable, edges replicated. `field`: (channels, x, y, z); sigma in voxels."""
    radius = math.ceil(3 * sigma)
    offsets = torch.arange(-radius, radius + 1, dtype=field.dtype, device=field.device)
    kernel = torch.exp(-0.5 * (offsets / sigma) ** 2)
    kernel = kernel / kernel.sum()
    for axis in range(3):
        shape, pad = [1, 1, 1, 1, 1], [0] * 6
        shape[2 + axis] = kernel.numel()
        pad[2 * (2 - axis)] = pad[2 * (2 - axis) + 1] = radius
        padded = F.pad(field[:, None], pad, mode="replicate")
        field = F.conv3d(padded, kernel.reshape(shape))[:, 0]
    return field


def smooth_noise(generator: torch.Generator, sigma: float, amplitude: float) -> torch.Tensor:
    """(3, 48, 48, 48): Gaussian-smoothed white noise of standard deviation `amplitude`."""
    noise = torch.randn(3, *(size // 2 for size in GRID_SHAPE), generator=generator)
    smooth = gaussian_blur(noise, sigma)
    return smooth * (amplitude / smooth.std())


def sample(
    image: torch.Tensor, points_mm: torch.Tensor, affine: torch.Tensor, outside: str = "zeros"
) -> torch.Tensor:
    """Trilinear; outside: "zeros", or "border" for the nearest value (fields, or edges fold).

    `image`: (channels, x, y, z) with a RAS affine; points: (x, y, z, 3).
    """
    inverse = torch.linalg.inv(affine).to(points_mm.dtype)
    voxel = points_mm @ inverse[:3, :3].T + inverse[:3, 3]
    size = torch.tensor(image.shape[1:], dtype=voxel.dtype, device=voxel.device)
    normal = (2 * voxel + 1) / size - 1
    # grid_sample wants the fastest axis first: z, y, x for an (x, y, z) array.
    return F.grid_sample(
        image[None], normal.flip(-1)[None], padding_mode=outside, align_corners=False
    )[0]


def half_affine() -> torch.Tensor:
    """The affine of the half-resolution grid on which fields live."""
    affine = torch.diag(torch.tensor([2 * GRID_SPACING_MM] * 3 + [1.0]))
    affine[:3, 3] = torch.tensor(GRID_ORIGIN_MM) + GRID_SPACING_MM / 2
    return affine


def sample_field(field: torch.Tensor, points_mm: torch.Tensor) -> torch.Tensor:
    """A displacement (3, 48, 48, 48) at points (x, y, z, 3), as (x, y, z, 3)."""
    return sample(field, points_mm, half_affine(), outside="border").permute(1, 2, 3, 0)


def exponentiate(velocity: torch.Tensor, squarings: int = 6) -> torch.Tensor:
    """Displacement (mm) of exp(velocity): u <- u + u o (id + u), `squarings` times."""
    points = grid_points(2)
    displacement = velocity / 2**squarings
    for _ in range(squarings):
        moved = points + displacement.permute(1, 2, 3, 0)
        displacement = displacement + sample_field(displacement, moved).permute(3, 0, 1, 2)
    return displacement


def random_affine(generator: torch.Generator, config: dict) -> tuple[torch.Tensor, torch.Tensor]:
    """A matrix and a shift (mm): small rotations, scales, shears and a translation."""
    draw = lambda scale: (2 * torch.rand(3, generator=generator) - 1) * scale
    angles = draw(math.radians(config["rotation_deg"]))
    skew = torch.zeros(3, 3)
    skew[0, 1], skew[0, 2], skew[1, 2] = angles
    rotation = torch.matrix_exp(skew - skew.T)
    shear = torch.eye(3)
    shear[0, 1], shear[0, 2], shear[1, 2] = draw(config["shear"])
    return rotation @ shear @ torch.diag(1 + draw(config["scale"])), draw(config["shift_mm"])


def random_points(generator: torch.Generator, config: dict) -> torch.Tensor:
    """Where each voxel of the subject's grid looks in the template: (96, 96, 96, 3) millimetres."""
    coarse = smooth_noise(generator, config["coarse_sigma"], config["coarse_mm"])
    fine = smooth_noise(generator, config["fine_sigma"], config["fine_mm"])
    displacement = exponentiate(coarse + fine)
    matrix, shift = random_affine(generator, config)
    points = grid_points()
    points = points + sample_field(displacement, points)
    centre = torch.tensor(GRID_ORIGIN_MM) + GRID_SPACING_MM * (torch.tensor(GRID_SHAPE) - 1) / 2
    return (points - centre) @ matrix.T + centre + shift
