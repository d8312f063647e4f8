"""`python -m unittest` from `training/`. No anatomy needed."""

import unittest

import torch

from cohort.warp import (
    exponentiate,
    grid_affine,
    grid_points,
    half_affine,
    sample,
    smooth_noise,
)


class Warp(unittest.TestCase):
    def test_sampling_at_voxel_centres_returns_the_image(self):
        image = torch.randn(1, 96, 96, 96, generator=torch.Generator().manual_seed(1))
        affine = torch.from_numpy(grid_affine())
        again = sample(image, grid_points(), affine)
        self.assertLess((again - image).abs().max().item(), 1e-3)

    def test_sampling_knows_axes_and_millimetres(self):
        image = grid_points().permute(3, 0, 1, 2)
        points = torch.tensor([[[[10.0, -20.0, 30.0], [-3.0, 5.5, 7.25]]]])
        found = sample(image, points, torch.from_numpy(grid_affine()))
        expected = points[0, 0].T
        self.assertLess((found[:, 0, 0] - expected).abs().max().item(), 1e-3)

    def test_a_constant_velocity_moves_by_itself_away_from_the_edge(self):
        velocity = torch.zeros(3, 48, 48, 48)
        velocity[1] = 5.0
        middle = exponentiate(velocity)[:, 24, 24, 24]
        self.assertTrue(torch.allclose(middle, torch.tensor([0.0, 5.0, 0.0]), atol=1e-3))

    def test_the_exponential_of_minus_v_undoes_that_of_v(self):
        velocity = smooth_noise(torch.Generator().manual_seed(2), 5, 4)
        forward, backward = exponentiate(velocity), exponentiate(-velocity)
        points = grid_points(2) + forward.permute(1, 2, 3, 0)
        left = forward + sample(backward, points, half_affine(), "border")
        inner = left[:, 12:36, 12:36, 12:36]
        self.assertLess(inner.abs().max().item(), 0.3)
        self.assertGreater(forward[:, 12:36, 12:36, 12:36].abs().max().item(), 5)

    def test_the_warp_folds_nowhere(self):
        generator = torch.Generator().manual_seed(3)
        field = exponentiate(smooth_noise(generator, 5, 4) + smooth_noise(generator, 2.5, 1.2))
        slopes = torch.stack([torch.gradient(field, spacing=4.0, dim=a)[0] for a in (1, 2, 3)])
        jacobian = slopes.permute(2, 3, 4, 1, 0) + torch.eye(3)
        self.assertGreater(torch.linalg.det(jacobian).min().item(), 0.05)


if __name__ == "__main__":
    unittest.main()
