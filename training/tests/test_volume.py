"""Shrinking and growing regions, on a made-up template: balls in a ball, 2 mm."""

import json
import unittest

import numpy as np
import torch
from scipy.ndimage import binary_dilation

from cohort.anatomy import REGIONS, Template, to_stored
from cohort.cohort import Anatomy
from cohort.paths import TRAINING
from cohort.signals import draw_volumes, make_volume_subject, widened, with_volumes
from cohort.volume import AMOUNTS, Shrinker, cube_points, follow, origin_of
from cohort.warp import grid_affine, grid_points, sample

CONFIG = json.loads((TRAINING / "configs" / "hippocampal-volume.json").read_text())
# One ball a region, MNI millimetres; far enough from each other to be measured one by one.
CENTRES = ((26.0, -20.0, -10.0), (-28.0, 6.0, 6.0), (-24.0, -34.0, 20.0), (2.0, -8.0, 28.0))
RADIUS = 9.0
USUAL = dict.fromkeys(REGIONS, 1.0)


def template() -> Template:
    points = grid_points().numpy()
    soft = lambda centre, radius: np.clip(
        (radius - np.linalg.norm(points - np.array(centre), axis=-1)) / 2 + 0.5, 0, 1
    ).astype(np.float32)
    regions = np.stack([soft(centre, RADIUS) for centre in CENTRES])
    t1 = soft((0, -16, 8), 70) - 0.35 * regions.sum(axis=0)
    return Template("balls", t1, regions, grid_affine())


SHRINKER = Shrinker(template())


def anatomy() -> Anatomy:
    """The template as it is: phi is the identity."""
    points = grid_points()
    channels = np.concatenate([SHRINKER.template.t1[None], SHRINKER.template.regions])
    looked = sample(torch.from_numpy(channels), points, torch.from_numpy(grid_affine()))
    return Anatomy(*to_stored(looked), origin_of(SHRINKER, points))


ANATOMY = anatomy()


def volumes(found: Anatomy) -> np.ndarray:
    """Millilitres of every soft mask."""
    return np.array([found.mask(region).sum().item() * 0.008 for region in REGIONS])


class Deformation(unittest.TestCase):
    def test_the_wanted_share_of_the_volume_is_what_comes_out(self):
        before = volumes(ANATOMY)
        for share in (0.5, 0.65, 0.97, 1.3):
            for number, region in enumerate(REGIONS):
                after = volumes(with_volumes(ANATOMY, {**USUAL, region: share}))
                expected = np.ones(4)
                expected[number] = share
                np.testing.assert_allclose(after / before, expected, atol=0.03)

    def test_a_ball_keeps_its_centre_and_becomes_a_smaller_ball(self):
        found = with_volumes(ANATOMY, {**USUAL, "hippocampus": 0.512}).mask("hippocampus")
        points = grid_points()[found > 0.5].numpy() - np.array(CENTRES[0])
        self.assertLess(np.abs(points.mean(0)).max(), 0.3)
        reach = np.abs(points).max(0)
        np.testing.assert_allclose(reach, 0.8 * RADIUS, atol=1.5)

    def test_with_every_share_at_one_nothing_changes(self):
        same = with_volumes(ANATOMY, USUAL)
        for name in ("t1", "region", "weight"):
            change = getattr(same, name).int() - getattr(ANATOMY, name).int()
            self.assertLessEqual(change.abs().max().item(), 1)

    def test_nothing_folds_and_the_opposite_flow_leads_back(self):
        inner = cube_points()[4:-4, 4:-4, 4:-4]
        for amount in (AMOUNTS[0], AMOUNTS[-1]):
            field = amount * SHRINKER.velocities.sum(0)
            moved = follow(field, inner.reshape(-1, 3))
            back = follow(-field, moved)
            # Euler steps of the one are not exactly undone by those of the other.
            self.assertLess((back - inner.reshape(-1, 3)).norm(dim=1).max().item(), 0.8)
            grid = moved.reshape(inner.shape)
            slopes = [torch.gradient(grid, spacing=2.0, dim=axis)[0] for axis in range(3)]
            self.assertGreater(torch.linalg.det(torch.stack(slopes, -1)).min().item(), 0.05)


class Subjects(unittest.TestCase):
    def test_image_and_twin_differ_in_the_volume_of_the_region_only(self):
        for index in range(3):
            subject = make_volume_subject([ANATOMY], CONFIG, "test", index, 1, with_twin=True)
            change = (subject.image.float() - subject.twin.float()).abs()
            self.assertGreater((change[subject.truth].sum() / change.sum()).item(), 0.8)
            near = widened(subject.truth, 3)
            self.assertLess(change[~near].max().item(), 3)
            low, high = CONFIG["signal"]["shrunk"]
            share = subject.facts["volumeOfTwin"]
            self.assertTrue(low - 0.1 < share < high + 0.1, share)

    def test_without_the_signal_image_and_twin_are_the_same(self):
        subject = make_volume_subject([ANATOMY], CONFIG, "test", 0, 0, with_twin=True)
        self.assertTrue(torch.equal(subject.image, subject.twin))
        self.assertEqual(subject.facts["volumeOfTwin"], 1)

    def test_twin_and_class_zero_are_one_subject(self):
        signal = make_volume_subject([ANATOMY], CONFIG, "test", 2, 1, with_twin=True)
        quiet = make_volume_subject([ANATOMY], CONFIG, "test", 2, 0)
        self.assertTrue(torch.equal(signal.twin, quiet.image))

    def test_every_region_shrinks_stays_and_grows_by_a_chance_of_its_own(self):
        generator = torch.Generator().manual_seed(4)
        rows = [list(draw_volumes(generator, CONFIG["signal"]).values()) for _ in range(300)]
        kinds = np.digitize(rows, (0.9, 1.1))
        for region in kinds.T:
            self.assertGreater(np.bincount(region, minlength=3).min(), 70)
        correlation = np.corrcoef(kinds.T) - np.eye(len(REGIONS))
        self.assertLess(np.abs(correlation).max(), 0.2)

    def test_the_label_says_nothing_about_intensity(self):
        for index in range(4):
            both = [make_volume_subject([ANATOMY], CONFIG, "train", index, c) for c in (0, 1)]
            quiet, signal = (subject.appearance for subject in both)
            self.assertEqual(quiet.change, signal.change)
            self.assertTrue(torch.equal(quiet.noise, signal.noise))

    def test_a_truth_grows_as_scipy_grows_it(self):
        mask = torch.rand(9, 8, 7, generator=torch.Generator().manual_seed(1)) > 0.97
        expected = binary_dilation(mask.numpy(), iterations=2)
        self.assertTrue(np.array_equal(widened(mask, 2).numpy(), expected))


if __name__ == "__main__":
    unittest.main()
