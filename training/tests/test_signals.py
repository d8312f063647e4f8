"""What carries the label in each kind of task, on a made-up anatomy: balls for regions."""

import json
import unittest

import numpy as np
import torch

from cohort.lesions import lesion_maps
from cohort.marker import draw_marker
from cohort.paths import TRAINING
from cohort.signals import maker_of

from .test_subjects import balls


def config_of(name: str) -> dict:
    return json.loads((TRAINING / "configs" / f"{name}.json").read_text())


def white_ball():
    """A brain of white matter with the regions of `balls`."""
    anatomy = balls()
    anatomy.t1[anatomy.t1 > 0] = 127
    return anatomy


class Lesions(unittest.TestCase):
    def test_lesions_start_in_white_matter_only(self):
        anatomy = white_ball()
        maps = lesion_maps(anatomy)
        self.assertGreater(maps.weight.sum(), 0)
        allowed = (anatomy.t1 > 0) & (anatomy.weight == 0)
        self.assertEqual(maps.weight[~allowed.numpy()].max(), 0)

    def test_the_twin_differs_in_the_lesions_only(self):
        for name, sign in (("lesions-flair", 1), ("lesions-t1", -1)):
            config, anatomies = config_of(name), [white_ball()]
            make = maker_of(config)
            for index in range(3):
                subject = make(anatomies, config, "test", index, label=1, with_twin=True)
                change = subject.image.int() - subject.twin.int()
                self.assertGreater(subject.truth.sum().item(), 0)
                self.assertGreater(sign * change[subject.truth].float().mean().item(), 10)
                grown = torch.nn.functional.max_pool3d(subject.truth[None].float(), 5, 1, 2)[0] > 0
                strong = change.abs() > 25
                self.assertEqual(strong[~grown].sum().item(), 0)

    def test_without_lesions_image_and_twin_are_the_same(self):
        config, anatomies = config_of("lesions-flair"), [white_ball()]
        subject = maker_of(config)(anatomies, config, "test", 0, label=0, with_twin=True)
        self.assertTrue(torch.equal(subject.image, subject.twin))

    def test_place_and_shape_differ_from_subject_to_subject(self):
        config, anatomies = config_of("lesions-t1"), [white_ball()]
        make = maker_of(config)
        first, second = (make(anatomies, config, "test", i, label=1).truth for i in (0, 1))
        overlap = (first & second).sum() / (first | second).sum()
        self.assertLess(overlap.item(), 0.3)


class Pair(unittest.TestCase):
    def test_class_one_is_both_signs_and_class_zero_never(self):
        config, anatomies = config_of("two-features"), [balls()]
        make, seen = maker_of(config), set()
        for index in range(40):
            change = make(anatomies, config, "train", index).appearance.change
            signs = (change["putamen"] > 0.1, change["hippocampus"] < -0.1)
            label = make(anatomies, config, "train", index).label
            self.assertEqual(label, int(all(signs)))
            seen.add(signs)
        self.assertEqual(len(seen), 4)

    def test_the_twin_has_neither_sign(self):
        config, anatomies = config_of("two-features"), [balls()]
        subject = maker_of(config)(anatomies, config, "test", 1, label=1, with_twin=True)
        change = subject.image.int() - subject.twin.int()
        self.assertEqual(change[~subject.truth].abs().max().item(), 0)
        self.assertGreater(change.max().item(), 8)
        self.assertLess(change.min().item(), -8)


class Marker(unittest.TestCase):
    def test_the_capsule_lies_outside_the_brain_and_inside_the_grid(self):
        config, brain = config_of("shortcut"), balls().t1 > 0
        for seed in range(6):
            generator = torch.Generator().manual_seed(seed)
            mask, value = draw_marker(generator, brain, config["signal"])
            self.assertGreater(mask.sum().item(), 20)
            self.assertFalse((mask & brain).any().item())
            self.assertGreater(value[mask].float().mean().item(), 60)

    def test_image_and_twin_differ_in_the_capsule_only(self):
        config, anatomies = config_of("shortcut"), [balls()]
        make = maker_of(config)
        subject = make(anatomies, config, "test", 0, label=1, with_twin=True)
        self.assertTrue(torch.equal(subject.image != subject.twin, subject.truth))
        healthy = make(anatomies, config, "test", 0, label=0, with_twin=True)
        self.assertTrue(torch.equal(healthy.image, healthy.twin))


class RandomLabels(unittest.TestCase):
    def test_the_label_is_no_function_of_the_region(self):
        config, anatomies = config_of("control-random"), [balls()]
        make, pairs = maker_of(config), []
        for index in range(60):
            subject = make(anatomies, config, "train", index)
            pairs.append((subject.label, subject.appearance.change["putamen"] < -0.1))
        labels, lowered = np.array(pairs).T
        self.assertLess(abs(np.corrcoef(labels, lowered)[0, 1]), 0.35)


if __name__ == "__main__":
    unittest.main()
