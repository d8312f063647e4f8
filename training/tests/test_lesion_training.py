"""Voxel supervision, pooling and calibration of the lesion network."""

import math
import unittest

import torch

from cohort.foreign_scanner import restyle
from cohort.lesion_model import LesionNet
from cohort.train_lesions import fit_calibration, patch_losses, seen_cells


class LesionTraining(unittest.TestCase):
    def test_pooling_is_a_third_of_the_logarithm_of_the_sum_of_cubed_odds(self):
        model = LesionNet().eval()
        volume = torch.randn(2, 1, 32, 32, 32)
        with torch.no_grad():
            cubes = model.cells(volume).double().exp().pow(3).flatten(1).sum(1)
            self.assertTrue(torch.allclose(model.pooled(volume)[:, 0].double(), cubes.log() / 3))
            logits = model(volume)
        self.assertTrue(torch.allclose(logits[:, 0], -logits[:, 1]))

    def test_cells_are_two_voxels_wide(self):
        scores = LesionNet().eval().cells(torch.zeros(1, 1, 32, 48, 64))
        self.assertEqual(tuple(scores.shape), (1, 1, 16, 24, 32))

    def test_the_loss_looks_at_inner_cells_and_shares(self):
        truths = torch.zeros(1, 1, 16, 16, 16)
        scores = torch.zeros(1, 1, 8, 8, 8)
        seen = seen_cells([2, 2, 2], 16, (96, 96, 96))[None, None]
        # Inner cells are 2 to 5; half a cell of lesion counts as a whole one.
        truths[..., 6:8, 6:8, 6:7] = 1
        scores[..., 3, 3, 3] = 20.0
        expected = (63 * math.log(2) + math.log1p(math.exp(-20.0))) / 64
        self.assertAlmostEqual(patch_losses(scores, truths, seen)[0].item(), expected, 5)
        scores[..., 0, 0, 0] = 50.0
        self.assertAlmostEqual(patch_losses(scores, truths, seen)[0].item(), expected, 5)

    def test_a_patch_is_told_what_its_inner_cells_hold(self):
        truths = torch.zeros(3, 1, 16, 16, 16)
        truths[0, :, 6:8, 6:8, 6:8] = 1  # a lesion
        truths[1, :, 6, 6, 6] = 1  # a quarter of a target: neither
        truths[2, :, 0:2, 0:2, 0:2] = 1  # a lesion in the border only: healthy
        scores = torch.full((3, 1, 8, 8, 8), -2.0)
        seen = seen_cells([2, 2, 2], 16, (96, 96, 96)).expand(3, 1, 8, 8, 8)
        pooled = -2 + math.log(64)
        expected = (math.log1p(math.exp(-pooled)) + math.log1p(math.exp(pooled))) / 3
        self.assertAlmostEqual(patch_losses(scores, truths, seen)[1].item(), expected, 5)

    def test_cells_at_the_border_of_the_grid_count(self):
        seen = seen_cells([0, 40, 80], 16, (96, 96, 96))
        self.assertTrue(seen[0, 4, 7] and not seen[7, 4, 7])
        self.assertEqual(int(seen.sum()), 6 * 4 * 6)

    def test_a_foreign_scanner_keeps_the_brain_and_the_seed(self):
        image = torch.zeros(96, 96, 96, dtype=torch.uint8)
        image[20:70, 20:70, 20:70] = 100
        for seed in range(6):
            styled = restyle(torch.Generator().manual_seed(seed), image)
            again = restyle(torch.Generator().manual_seed(seed), image)
            self.assertTrue(torch.equal(styled, again))
            self.assertTrue(torch.equal(styled > 0, image > 0))
            self.assertTrue(torch.isfinite(styled).all())

    def test_calibration_puts_the_boundary_between_the_classes(self):
        pooled = torch.tensor([1.0, 1.5, 2.0, 2.5, 6.0, 6.5, 7.0, 7.5])
        labels = torch.tensor([0, 0, 0, 0, 1, 1, 1, 1])
        scale, shift = fit_calibration(pooled, labels)
        self.assertGreater(scale, 0)
        self.assertAlmostEqual(-shift / scale, 4.25, 1)

    def test_calibration_is_where_the_likelihood_has_no_slope(self):
        generator = torch.Generator().manual_seed(4)
        pooled = torch.randn(60, generator=generator) * 2 + 3
        labels = (pooled + torch.randn(60, generator=generator) > 3).long()
        scale, shift = fit_calibration(pooled, labels)
        at = torch.tensor([scale, shift], dtype=torch.float64, requires_grad=True)
        logits = at[0] * pooled.double() + at[1]
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            logits, labels.double(), reduction="sum"
        )
        (loss + 0.5 * 0.05 * (at[0] - 1) ** 2).backward()
        self.assertLess(at.grad.abs().max().item(), 1e-6)


if __name__ == "__main__":
    unittest.main()
