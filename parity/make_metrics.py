"""Writes parity/fixtures/metrics.json: ROC area, average precision, best F1 and curves of scikit-learn,
quantiles of NumPy, Gaussian filters and distance transforms of SciPy, on small maps with and without ties.

    python parity/make_metrics.py
"""

import json
from pathlib import Path

import numpy as np
import scipy
import scipy.ndimage as ndi
import sklearn
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score

random = np.random.default_rng(20250101)


def rounded(array):
    return [float(v) for v in np.asarray(array, dtype=np.float64).ravel()]


def ranking_case(name, values, truth):
    values = np.asarray(values, dtype=np.float32)
    precision, recall, _ = precision_recall_curve(truth, values)
    with np.errstate(invalid="ignore"):
        f1 = np.nan_to_num(2 * precision * recall / (precision + recall))
    percentiles = [0, 12.5, 50, 90, 99, 100]
    top = np.argsort(-values, kind="stable")[: int(truth.sum())]
    return {
        "name": name,
        "map": rounded(values),
        "truth": [int(v) for v in truth],
        "rocAuc": float(roc_auc_score(truth, values)),
        "averagePrecision": float(average_precision_score(truth, values)),
        "bestDice": float(f1.max()),
        "percentiles": percentiles,
        "values": rounded(np.percentile(values.astype(np.float64), percentiles)),
        "massAccuracy": float(np.abs(values[truth == 1]).sum() / np.abs(values).sum()),
        "rankAccuracy": None if "ties" in name else float(truth[top].mean()),
    }


def ranking_cases():
    n = 240
    truth = (random.random(n) < 0.15).astype(int)
    noise = random.normal(size=n)
    return [
        ranking_case("random", noise, truth),
        ranking_case("informative", noise + 1.5 * truth, truth),
        ranking_case("with ties", np.round(2 * (noise + truth)) / 2, truth),
        ranking_case("mostly zero with ties", np.where(noise + truth > 1, noise + truth, 0), truth),
        ranking_case("misleading", noise - 2 * truth, truth),
        ranking_case("two values with ties", (noise + truth > 0.5).astype(float), truth),
    ]


def smoothing_case(shape, sigma):
    values = random.normal(size=shape).astype(np.float32)
    return {
        "dims": list(shape),
        "sigma": sigma,
        "map": rounded(values),
        "expected": rounded(ndi.gaussian_filter(values.astype(np.float64), sigma, truncate=4.0)),
    }


def distance_case(shape, share):
    mask = (random.random(shape) < share).astype(np.uint8)
    return {
        "dims": list(shape),
        "mask": [int(v) for v in mask.ravel()],
        "squared": rounded(np.round(ndi.distance_transform_edt(mask == 0) ** 2)),
        "centre": rounded(ndi.center_of_mass(mask)),
    }


fixture = {
    "about": "Made by parity/make_metrics.py",
    "versions": {
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
    },
    "ranking": ranking_cases(),
    "smoothing": [smoothing_case((40,), 1.7), smoothing_case((5, 6, 4), 0.849), smoothing_case((3, 9), 2.5)],
    "distance": [distance_case((30,), 0.1), distance_case((7, 5, 6), 0.03), distance_case((12, 9), 0.05)],
}
target = Path(__file__).parent / "fixtures" / "metrics.json"
target.parent.mkdir(exist_ok=True)
target.write_text(json.dumps(fixture) + "\n")
print(f"{target}: {target.stat().st_size} bytes")
