"""Generated slices and the three architectures."""

import json
import unittest

import numpy as np
import torch
from scipy.ndimage import binary_dilation

from cohort.chest import make_slice, window
from cohort.chest_models import CHEST_NETWORKS
from cohort.paths import TRAINING

CONFIG = json.loads((TRAINING / "configs" / "nodule.json").read_text())


class Slices(unittest.TestCase):
    def test_a_slice_can_be_made_again_and_splits_differ(self):
        first, second = (make_slice(CONFIG, "test", 3) for _ in range(2))
        self.assertTrue(torch.equal(first.image, second.image))
        other = make_slice(CONFIG, "validation", 3)
        self.assertFalse(torch.equal(first.image, other.image))

    def test_the_twin_differs_at_the_nodule_only(self):
        for index in range(6):
            subject = make_slice(CONFIG, "test", index, label=1, with_twin=True)
            change = (subject.image - subject.twin).numpy()[..., 0]
            truth = subject.truth.numpy()[..., 0]
            self.assertGreater(truth.sum(), 6)
            self.assertEqual(np.abs(change[~binary_dilation(truth, iterations=4)]).max(), 0)
            self.assertGreater(change[truth].mean(), 100)

    def test_a_slice_holds_air_lung_tissue_and_bone(self):
        image = make_slice(CONFIG, "test", 0).image.numpy()
        self.assertLess(image[0, 0, 0], -900)
        for low, high, share in ((-950, -700, 0.08), (-20, 130, 0.1), (200, 700, 0.005)):
            self.assertGreater(((image > low) & (image < high)).mean(), share)

    def test_the_window_is_the_cards(self):
        found = window(np.array([-1024, -1000, -300, 400, 1500], dtype=np.int16))
        np.testing.assert_allclose(found, [0, 0, 0.5, 1, 1], atol=1e-7)


class Architectures(unittest.TestCase):
    def test_rows_are_independent_and_small_enough(self):
        batch = torch.rand(3, 1, 96, 96, generator=torch.Generator().manual_seed(1))
        for name, make in CHEST_NETWORKS.items():
            model = make().eval()
            with torch.no_grad():
                together = model(batch)
                alone = model(batch[1:2])
            self.assertEqual(tuple(together.shape), (3, 2), name)
            self.assertTrue(torch.allclose(together[1:2], alone, atol=1e-5), name)
            size = 4 * sum(parameter.numel() for parameter in model.parameters())
            self.assertLess(size, 2_500_000, name)


if __name__ == "__main__":
    unittest.main()
