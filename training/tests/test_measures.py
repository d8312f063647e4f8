"""Numbers that are reported: normalisation, interval, localisation."""

import unittest

import numpy as np
import torch

from cohort.evaluate import wilson_interval
from cohort.explain import integrated_gradients, measure_map
from cohort.model import FocalNet
from cohort.tensor import z_score_inside_brain


class Measures(unittest.TestCase):
    def test_z_score_ignores_the_background(self):
        image = np.array([[[0, 1, 2, 3, 0]]], dtype=np.uint8)
        found = z_score_inside_brain(image)[0, 0]
        step = 1 / np.sqrt(2 / 3)
        np.testing.assert_allclose(found, [0, -step, 0, step, 0], atol=1e-6)

    def test_wilson_against_the_published_example(self):
        # Newcombe 1998, table I: 81 of 263.
        low, high = wilson_interval(81, 263)
        self.assertAlmostEqual(low, 0.2553, 4)
        self.assertAlmostEqual(high, 0.3662, 4)

    def test_a_map_equal_to_the_truth_has_all_its_mass_there(self):
        truth = np.zeros((20, 20, 20), dtype=bool)
        truth[8:11, 8:11, 8:11] = True
        perfect = measure_map(truth.astype(float), truth, np.ones_like(truth))
        self.assertEqual(perfect["mass"], 1)
        uniform = measure_map(np.ones(truth.shape), truth, np.ones_like(truth))
        self.assertAlmostEqual(uniform["enrichment"], 1, 6)
        self.assertAlmostEqual(uniform["mass"], truth.mean(), 6)

    def test_integrated_gradients_are_complete(self):
        torch.manual_seed(0)
        model = FocalNet(0.0).eval()
        inputs = torch.randn(1, 1, 96, 96, 96)
        total = integrated_gradients(model, inputs, 1).sum().item()
        with torch.no_grad():
            gap = model(inputs)[0, 1] - model(torch.zeros_like(inputs))[0, 1]
        self.assertAlmostEqual(total, gap.item(), delta=0.03 * abs(gap.item()) + 1e-3)


if __name__ == "__main__":
    unittest.main()
