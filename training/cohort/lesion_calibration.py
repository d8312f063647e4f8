"""Fitted on whole volumes after training: the threshold of the gate, two numbers of the logit."""

import torch
import torch.nn.functional as F

from .cohort import Anatomy, Subject
from .evaluate import measure_accuracy, predict
from .lesion_model import CellNet
from .signals import maker_of
from .tensor import z_score_inside_brain


def fit_calibration(pooled: torch.Tensor, labels: torch.Tensor) -> tuple[float, float]:
    """Scale and shift of a logistic regression, lightly regularised, by Newton's method."""
    design = torch.stack([pooled.double(), torch.ones(len(pooled)).double()], dim=1)
    weights = torch.zeros(2, dtype=torch.float64)
    ridge = torch.diag(torch.tensor([0.05, 0.0], dtype=torch.float64))
    centre = torch.tensor([1.0, 0.0], dtype=torch.float64)
    for _ in range(50):
        chance = torch.sigmoid(design @ weights)
        slope = design.T @ (chance - labels.double()) + ridge @ (weights - centre)
        curve = design.T @ (design * (chance * (1 - chance))[:, None]) + ridge
        weights = weights - torch.linalg.solve(curve + 1e-9 * torch.eye(2), slope)
    return float(weights[0]), float(weights[1])


def validation_pairs(anatomies: list[Anatomy], config: dict) -> list[Subject]:
    """Half as many subjects with lesions as volumes are asked for, each with its twin without."""
    make = maker_of(config)
    return [
        make(anatomies, config, "validation", index, label=1, with_twin=True)
        for index in range(config["training"]["calibration"] // 2)
    ]


def to_input(image: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(z_score_inside_brain(image.numpy()))[None, None]


def gate_threshold(context: CellNet, subjects: list[Subject], share: float, device: str) -> float:
    """The score that all but `share` of the lesions' cells reach; a cell counts from half full."""
    found = []
    with torch.no_grad():
        for subject in subjects:
            scores = context.cells(to_input(subject.image).to(device)).cpu()
            found.append(scores[F.avg_pool3d(subject.truth.float()[None, None], 2) >= 0.5])
    return float(torch.quantile(torch.cat(found), share))


def calibrate(model: CellNet, subjects: list[Subject], device: str) -> dict:
    """Fits scale and shift on subjects with lesions and on their twins without."""
    images = [image for subject in subjects for image in (subject.image, subject.twin)]
    inputs = torch.cat([to_input(image) for image in images])
    labels = torch.tensor([1, 0] * len(subjects))
    with torch.no_grad():
        pooled = torch.cat([model.pooled(part.to(device)).cpu() for part in inputs.split(4)])[:, 0]
    scale, shift = fit_calibration(pooled, labels)
    model.scale.fill_(scale)
    model.shift.fill_(shift)
    scores = measure_accuracy(model, (inputs, labels), device)
    return {"calibration": {"scale": scale, "shift": shift}} | scores


def lesion_pairs(
    model: CellNet, anatomies: list[Anatomy], config: dict, device: str, count: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits of the first `count` test subjects with lesions and of their twins without."""
    make = maker_of(config)
    signal, quiet = [], []
    for index in range(count):
        subject = make(anatomies, config, "test", index, label=1, with_twin=True)
        pair = torch.cat([to_input(image) for image in (subject.image, subject.twin)])
        logits = predict(model, pair, device)
        signal.append(logits[0])
        quiet.append(logits[1])
    return torch.stack(signal), torch.stack(quiet)
