"""The picture of a case's card."""

import unittest
import zlib

import numpy as np
import torch

from cohort.cohort import Subject
from cohort.picture import OUTLINE, case_picture, png


class Picture(unittest.TestCase):
    def test_the_slice_with_most_truth_front_on_top(self):
        image = torch.full((6, 8, 5), 10, dtype=torch.uint8)
        truth = torch.zeros(6, 8, 5, dtype=torch.bool)
        truth[1, 7, 3] = True
        found = case_picture(Subject(image, None, truth, 1, None))
        self.assertEqual(found.shape, (16, 12, 3))
        # Voxel x = 1, y = 7: columns 2 and 3, the two rows on top.
        self.assertTrue(np.all(found[:2, 2:4] == OUTLINE))
        self.assertEqual((found == OUTLINE).all(-1).sum(), 4)

    def test_png_round_trip(self):
        pixels = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
        data = png(pixels)
        self.assertEqual(data[:8], b"\x89PNG\r\n\x1a\n")
        start = data.index(b"IDAT") + 4
        rows = zlib.decompress(data[start : data.index(b"IEND") - 8])
        self.assertEqual(rows, b"\0" + pixels[0].tobytes() + b"\0" + pixels[1].tobytes())


if __name__ == "__main__":
    unittest.main()
