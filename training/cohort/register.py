"""Carries the AAL regions from colin27 to another template already in MNI space.

A stationary velocity field (4 mm grid) is fitted by Adam so that the warped colin27 matches the
target by local correlation at 2 mm; the fitted diffeomorphism moves the labels.
"""

import torch
import torch.nn.functional as F

from .warp import exponentiate, gaussian_blur, grid_points, sample, sample_field


def local_correlation(first: torch.Tensor, second: torch.Tensor, width: int = 7) -> torch.Tensor:
    """Mean squared correlation over cubes of `width` voxels (Avants 2008); arrays (x, y, z)."""
    pair = torch.stack([first, second])[:, None]
    mean = lambda values: F.avg_pool3d(values, width, stride=1)
    centre = mean(pair)
    spread = mean(pair**2) - centre**2
    cross = mean(pair[:1] * pair[1:]) - centre[:1] * centre[1:]
    return (cross**2 / (spread[:1] * spread[1:] + 1e-4)).mean()


def fit_displacement(
    moving: torch.Tensor,
    moving_affine: torch.Tensor,
    target: torch.Tensor,
    target_affine: torch.Tensor,
    steps: int = 60,
    stiffness: float = 0.02,
) -> torch.Tensor:
    """Displacement field (3, 48, 48, 48) in mm: target point p corresponds to moving p + u(p)."""
    points = grid_points()
    fixed = sample(target[None], points, target_affine)[0]
    velocity = torch.zeros(3, 48, 48, 48, requires_grad=True)
    optimizer = torch.optim.Adam([velocity], lr=0.5)
    for step in range(steps):
        smooth = gaussian_blur(velocity, 1.5)
        displacement = exponentiate(smooth, squarings=5)
        shifted = points + sample_field(displacement, points)
        warped = sample(moving[None], shifted, moving_affine)[0]
        bending = sum(smooth.diff(dim=axis).square().mean() for axis in (1, 2, 3))
        loss = stiffness * bending - local_correlation(warped, fixed)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 20 == 0:
            print(f"registration step {step}: {loss.item():.4f}", flush=True)
    return exponentiate(gaussian_blur(velocity.detach(), 1.5))
