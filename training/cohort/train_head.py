"""A task learned on top of another: the other network's convolutions stay, the head is new.

The head is a logistic regression on the flattened features of subjects drawn in both classes, the
same anatomy, contrast and noise with the signal and without. Its ridge is chosen on validation
anatomies. It costs a tenth of training the convolutions again.
"""

import time

import torch
import torch.nn.functional as F

from .cohort import Anatomy
from .evaluate import measure_accuracy
from .model import FocalNet
from .paths import CACHE
from .train import make_batch

Log = list[dict]


@torch.no_grad()
def features_of(
    model: FocalNet, anatomies: list[Anatomy], config: dict, split: str, count: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """(2 count, 27648) features and labels of subjects 0 .. count - 1, each in both classes."""
    plan = config["training"]
    generator = torch.Generator().manual_seed(config["seed"])
    rows, labels = [], []
    for index in range(count):
        inputs, classes = make_batch(
            anatomies, config, split, range(index, index + 1), wanted=(1, 0)
        )
        noise = torch.randn(inputs.shape, generator=generator) * plan["input_noise"]
        inputs = inputs + (inputs != 0) * noise if split == "train" else inputs
        rows.append(model.features(inputs).flatten(1))
        labels.append(classes)
    return torch.cat(rows), torch.cat(labels)


def fit_head(
    features: torch.Tensor, labels: torch.Tensor, ridge: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Weights (f,) and bias of the logistic regression of class 1, by L-BFGS.

    Minimises mean cross entropy + ridge / 2 |weights|^2.
    """
    weights = torch.zeros(features.shape[1], requires_grad=True)
    bias = torch.zeros((), requires_grad=True)
    optimizer = torch.optim.LBFGS([weights, bias], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        logits = features @ weights + bias
        loss = F.binary_cross_entropy_with_logits(logits, labels.float())
        loss = loss + 0.5 * ridge * weights.square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    return weights.detach(), bias.detach()


def train_head(anatomies: dict[str, list[Anatomy]], config: dict) -> tuple[FocalNet, Log]:
    """The network, and one log row per ridge; the one with the lowest validation loss is kept."""
    plan, start = config["training"], time.perf_counter()
    model = FocalNet(plan["dropout"])
    model.load_state_dict(torch.load(CACHE / "models" / f"{plan['features_of']}.pt"))
    model.eval()
    train = features_of(model, anatomies["train"], config, "train", plan["pairs"])
    validation = features_of(
        model, anatomies["validation"], config, "validation", config["subjects"]["validation"]
    )
    # A flattened feature that never varies in the subjects says nothing; the rest share a scale.
    centre = train[0].mean(0)
    scale = (train[0] - centre).square().mean().sqrt()
    inputs = (train[0] - centre) / scale
    head, log, heads = model.head[-1], [], []
    for ridge in plan["ridges"]:
        weights, bias = fit_head(inputs, train[1], ridge)
        weights, bias = weights / scale, bias - centre @ weights / scale
        with torch.no_grad():
            # Two logits of opposite sign, as a softmax needs half of each.
            head.weight.copy_(torch.stack([-weights, weights]) / 2)
            head.bias.copy_(torch.stack([-bias, bias]) / 2)
        row = {"ridge": ridge, "train": measure_accuracy(head, train, "cpu")}
        log.append(row | measure_accuracy(head, validation, "cpu"))
        log[-1]["seconds"] = round(time.perf_counter() - start, 1)
        heads.append((head.weight.detach().clone(), head.bias.detach().clone()))
        print(log[-1], flush=True)
    best = min(range(len(log)), key=lambda at: log[at]["loss"])
    with torch.no_grad():
        head.weight.copy_(heads[best][0])
        head.bias.copy_(heads[best][1])
    return model.eval(), log
