"""The crossed design, on a made-up anatomy: balls for regions."""

import json
import unittest

import numpy as np
import torch

from cohort.anatomy import REGIONS
from cohort.appearance import draw_appearance
from cohort.cohort import Anatomy, make_subject
from cohort.paths import TRAINING

CONFIG = json.loads((TRAINING / "configs" / "hippocampus.json").read_text())


def ball(centre: tuple[int, int, int], radius: float) -> torch.Tensor:
    axes = torch.meshgrid(*[torch.arange(96)] * 3, indexing="ij")
    return sum((axis - c) ** 2 for axis, c in zip(axes, centre, strict=True)) <= radius**2


def balls() -> Anatomy:
    t1 = torch.where(ball((48, 48, 48), 40), 100, 0).to(torch.uint8)
    region = torch.zeros(96, 96, 96, dtype=torch.uint8)
    for number in range(len(REGIONS)):
        region[ball((25 + 15 * number, 48, 48), 5)] = number + 1
    return Anatomy(t1, region, torch.where(region > 0, 255, 0).to(torch.uint8))


class Subjects(unittest.TestCase):
    def test_a_subject_can_be_made_again(self):
        first, second = (make_subject([balls()], CONFIG, "test", 7) for _ in range(2))
        self.assertTrue(torch.equal(first.image, second.image))
        other = make_subject([balls()], CONFIG, "validation", 7)
        self.assertFalse(torch.equal(first.image, other.image))

    def test_the_twin_differs_inside_the_truth_only(self):
        for index in range(4):
            subject = make_subject([balls()], CONFIG, "test", index, label=1, with_twin=True)
            change = subject.image.int() - subject.twin.int()
            self.assertEqual(change[~subject.truth].abs().max().item(), 0)
            self.assertLess(change[subject.truth].float().mean().item(), -8)

    def test_signals_are_drawn_independently(self):
        generator = torch.Generator().manual_seed(5)
        lowered = np.array(
            [
                [change < -0.1 for change in look.change.values()]
                for look in (draw_appearance(generator, CONFIG, None) for _ in range(300))
            ]
        )
        self.assertTrue(np.all(np.abs(lowered.mean(0) - 0.5) < 0.1))
        correlation = np.corrcoef(lowered.T) - np.eye(len(REGIONS))
        self.assertLess(np.abs(correlation).max(), 0.2)

    def test_the_label_is_the_region_of_the_task(self):
        for index in range(20):
            subject = make_subject([balls()], CONFIG, "train", index)
            is_lowered = subject.appearance.change[CONFIG["region"]] < -0.1
            self.assertEqual(subject.label, int(is_lowered))

    def test_zero_outside_the_brain_and_never_inside(self):
        brain = balls().t1 > 0
        for index in range(4):
            subject = make_subject([balls()], CONFIG, "train", index)
            seen = brain.flip(0) if subject.appearance.flip else brain
            self.assertTrue(torch.equal(subject.image > 0, seen))


if __name__ == "__main__":
    unittest.main()
