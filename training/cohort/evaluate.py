"""Held-out scores of a classifier: loss, accuracy with Wilson's interval, ROC-AUC."""

import math

import torch
import torch.nn.functional as F
from sklearn.metrics import roc_auc_score


def wilson_interval(successes: int, count: int, z: float = 1.959964) -> tuple[float, float]:
    """Wilson 1927, 95 % by default."""
    share, square = successes / count, z * z
    centre = (share + square / (2 * count)) / (1 + square / count)
    spread = math.sqrt(share * (1 - share) / count + square / (4 * count**2))
    half = z * spread / (1 + square / count)
    return max(0.0, centre - half), min(1.0, centre + half)


@torch.no_grad()
def predict(model: torch.nn.Module, inputs: torch.Tensor, device: str) -> torch.Tensor:
    model.eval()
    return torch.cat([model(part.to(device)).cpu() for part in inputs.split(10)])


def measure_accuracy(model: torch.nn.Module, data: tuple, device: str) -> dict:
    inputs, labels = data
    logits = predict(model, inputs, device)
    correct = int((logits.argmax(1) == labels).sum())
    return {
        "loss": F.cross_entropy(logits, labels).item(),
        "count": len(labels),
        "accuracy": correct / len(labels),
        "accuracy_95": wilson_interval(correct, len(labels)),
        "auc": float(roc_auc_score(labels, logits[:, 1] - logits[:, 0])),
    }


def measure_pairs(logits: torch.Tensor, twin_logits: torch.Tensor) -> dict:
    """Every test anatomy with the signal and as its twin without: both must be told right."""
    signal = logits[:, 1] > logits[:, 0]
    quiet = twin_logits[:, 1] < twin_logits[:, 0]
    correct, count = int(signal.sum() + quiet.sum()), 2 * len(signal)
    margin = (logits - twin_logits) @ torch.tensor([-1.0, 1.0])
    return {
        "count": count,
        "accuracy": correct / count,
        "accuracy_95": wilson_interval(correct, count),
        "sensitivity": signal.float().mean().item(),
        "specificity": quiet.float().mean().item(),
        "ordered": (margin > 0).float().mean().item(),
    }
