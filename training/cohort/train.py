"""Training on an endless stream: every batch is drawn afresh over the training anatomies."""

import copy
import time

import numpy as np
import torch
import torch.nn.functional as F

from .cohort import Anatomy, make_subject
from .evaluate import measure_accuracy
from .model import FocalNet
from .tensor import z_score_inside_brain

Log = list[dict]


def make_batch(anatomies: list[Anatomy], config: dict, split: str, indices: range) -> tuple:
    """(n, 1, 96, 96, 96) inputs and (n,) labels of the subjects with these indices."""
    subjects = [make_subject(anatomies, config, split, index) for index in indices]
    inputs = np.stack([z_score_inside_brain(subject.image.numpy()) for subject in subjects])
    labels = torch.tensor([subject.label for subject in subjects])
    return torch.from_numpy(inputs)[:, None], labels


def make_pairs(anatomies: list[Anatomy], config: dict, split: str) -> tuple:
    """Inputs of one subject an anatomy with the signal, and of their twins."""
    pairs = [
        make_subject(anatomies, config, split, index, label=1, with_twin=True)
        for index in range(len(anatomies))
    ]
    stack = lambda images: torch.from_numpy(
        np.stack([z_score_inside_brain(image.numpy()) for image in images])
    )[:, None]
    return stack([pair.image for pair in pairs]), stack([pair.twin for pair in pairs])


def train(anatomies: dict[str, list[Anatomy]], config: dict, device: str) -> tuple[FocalNet, Log]:
    """The weights with the lowest validation loss, and one log row per validation."""
    plan = config["training"]
    torch.manual_seed(config["seed"])
    model = FocalNet(plan["dropout"]).to(device)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=plan["learning_rate"], weight_decay=plan["weight_decay"]
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, plan["learning_rate"], plan["steps"], pct_start=0.2
    )
    validation = make_batch(
        anatomies["validation"], config, "validation", range(config["subjects"]["validation"])
    )
    best, log, losses, start = copy.deepcopy(model), [], [], time.perf_counter()
    for step in range(plan["steps"]):
        model.train()
        indices = range(step * plan["batch"], (step + 1) * plan["batch"])
        inputs, labels = make_batch(anatomies["train"], config, "train", indices)
        brain = inputs != 0
        inputs = inputs + brain * torch.randn_like(inputs) * plan["input_noise"]
        loss = F.cross_entropy(model(inputs.to(device)), labels.to(device))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        if (step + 1) % plan["validate_every"] == 0 or step + 1 == plan["steps"]:
            row = {"step": step + 1, "train_loss": float(np.mean(losses)), "seconds": 0.0}
            row |= measure_accuracy(model, validation, device)
            row["seconds"] = round(time.perf_counter() - start, 1)
            if not log or row["loss"] <= min(earlier["loss"] for earlier in log):
                best = copy.deepcopy(model)
            log.append(row)
            losses = []
            print(row, flush=True)
    return best.eval(), log
