"""Training on an endless stream over the training anatomies.

Every batch is drawn afresh, or, where the plan says how many subjects are `fresh` a step, chosen
from a `pool` of the newest subjects.
"""

import copy
import time

import numpy as np
import torch
import torch.nn.functional as F

from .cohort import Anatomy
from .evaluate import measure_accuracy
from .model import FocalNet
from .signals import maker_of
from .tensor import z_score_inside_brain

Log = list[dict]


def make_batch(anatomies: list[Anatomy], config: dict, split: str, indices: range) -> tuple:
    """(n, 1, 96, 96, 96) inputs and (n,) labels of the subjects with these indices."""
    make = maker_of(config)
    subjects = [make(anatomies, config, split, index) for index in indices]
    inputs = np.stack([z_score_inside_brain(subject.image.numpy()) for subject in subjects])
    labels = torch.tensor([subject.label for subject in subjects])
    return torch.from_numpy(inputs)[:, None], labels


def make_pairs(anatomies: list[Anatomy], config: dict, split: str) -> tuple:
    """Inputs of one subject an anatomy with the signal, and of their twins.

    Of every anatomy, or of as many as the config's `subjects` say under `pairs`.
    """
    make = maker_of(config)
    pairs = [
        make(anatomies, config, split, index, label=1, with_twin=True)
        for index in range(config["subjects"].get("pairs", len(anatomies)))
    ]
    stack = lambda images: torch.from_numpy(
        np.stack([z_score_inside_brain(image.numpy()) for image in images])
    )[:, None]
    return stack([pair.image for pair in pairs]), stack([pair.twin for pair in pairs])


def renew(pool: tuple | None, new: tuple, size: int) -> tuple:
    """The newest `size` subjects: drawing subjects costs more than learning from them."""
    if pool is None:
        return new
    return tuple(torch.cat([old, part])[-size:] for old, part in zip(pool, new, strict=True))


def train(anatomies: dict[str, list[Anatomy]], config: dict, device: str) -> tuple[FocalNet, Log]:
    """The weights with the lowest validation loss, and one log row per validation."""
    plan = config["training"]
    torch.manual_seed(config["seed"])
    model = FocalNet(plan["dropout"]).to(device)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=plan["learning_rate"], weight_decay=plan["weight_decay"]
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, plan["learning_rate"], max(plan["steps"], 1), pct_start=0.2
    )
    validation = make_batch(
        anatomies["validation"], config, "validation", range(config["subjects"]["validation"])
    )
    best, log, losses, start = copy.deepcopy(model), [], [], time.perf_counter()
    fresh = plan.get("fresh", plan["batch"])
    pool: tuple[torch.Tensor, torch.Tensor] | None = None
    chooser = torch.Generator().manual_seed(config["seed"])
    for step in range(plan["steps"]):
        model.train()
        # A plan with `stop_drawing` keeps the pool once it is full: labels of chance are memorised.
        if pool is None or not plan.get("stop_drawing") or len(pool[1]) < plan["pool"]:
            inputs, labels = make_batch(
                anatomies["train"], config, "train", range(step * fresh, (step + 1) * fresh)
            )
            pool = renew(pool, (inputs, labels), plan.get("pool", fresh))
        if fresh < plan["batch"]:
            chosen = torch.randint(len(pool[1]), (plan["batch"],), generator=chooser)
            inputs, labels = pool[0][chosen], pool[1][chosen]
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
