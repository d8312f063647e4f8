"""Voxel supervision, pooling and calibration of the lesion network."""

import math
import unittest

import torch

from cohort.cohort import Subject
from cohort.foreign_scanner import restyle
from cohort.lesion_calibration import fit_calibration, gate_threshold, to_input
from cohort.lesion_model import GATE_SLOPE, GatedNet, LesionNet
from cohort.lesion_patches import patch_losses, seen_cells


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

    def test_a_gated_cell_is_its_evidence_less_what_the_context_lacks(self):
        torch.manual_seed(3)
        model = GatedNet().eval()
        volume = torch.randn(1, 1, 32, 32, 32)
        with torch.no_grad():
            context = model.context.cells(volume)
            threshold = context.median().item()
            model.set_gate(threshold)
            expected = model.evidence_of(volume) - GATE_SLOPE * (threshold - context).clamp(min=0)
            self.assertTrue(torch.allclose(model.cells(volume), expected, atol=1e-5))

    def test_where_the_gate_is_open_only_six_millimetres_bear_on_a_cell(self):
        torch.manual_seed(3)
        model = GatedNet().eval()
        volume = torch.randn(1, 1, 32, 32, 32, requires_grad=True)
        for threshold, reach in ((-1e3, 2), (1e3, 6)):
            model.set_gate(threshold)
            (slope,) = torch.autograd.grad(model.cells(volume)[0, 0, 8, 8, 8], volume)
            places = slope[0, 0].nonzero()
            self.assertLessEqual((places - 16.5).abs().max().item(), reach)
            dark = volume[0, 0] < -model.brightness.bias.abs().max()
            if threshold < 0:
                # One place of the cell, its 3^3 neighbours, and none that is darker than all b.
                self.assertLessEqual(len(places), 27)
                self.assertEqual(slope[0, 0][dark].abs().max().item(), 0)
            else:
                self.assertGreater(len(places), 200)

    def test_the_gate_lets_three_in_four_lesion_cells_pass(self):
        torch.manual_seed(5)
        context = LesionNet().eval()
        image = torch.randint(1, 200, (32, 32, 32), dtype=torch.uint8)
        truth = torch.zeros(32, 32, 32, dtype=torch.bool)
        truth[4:20, 8:24, 6:22] = True
        truth[20, 8:24, 6:22] = True  # half of a cell counts
        truth[4:20, 24, 6] = True  # a quarter does not
        subject = Subject(image, None, truth, 1, None, {})
        threshold = gate_threshold(context, [subject], 0.25, "cpu")
        scores = context.cells(to_input(image))[0, 0, 2:11, 4:12, 3:11]
        self.assertAlmostEqual((scores >= threshold).float().mean().item(), 0.75, 2)

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
