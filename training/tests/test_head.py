"""The logistic regression behind `train_head.py`, against scikit-learn's."""

import unittest

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

from cohort.train_head import fit_head


class Head(unittest.TestCase):
    def test_it_is_the_regularised_maximum_of_the_likelihood(self):
        generator = torch.Generator().manual_seed(3)
        features = torch.randn(80, 5, generator=generator)
        truth = features @ torch.tensor([1.0, -2.0, 0.5, 0.0, 0.0]) + 0.3
        labels = (truth + torch.randn(80, generator=generator) > 0).long()
        ridge = 0.05
        weights, bias = fit_head(features, labels, ridge)
        # Their C multiplies the summed loss: 1 / (ridge n).
        other = LogisticRegression(C=1 / (ridge * len(labels)), tol=1e-8)
        other.fit(features.numpy(), labels.numpy())
        self.assertLess(np.abs(weights.numpy() - other.coef_[0]).max(), 1e-3)
        self.assertAlmostEqual(bias.item(), float(other.intercept_[0]), 3)


if __name__ == "__main__":
    unittest.main()
