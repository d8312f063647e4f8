"""Voxel and patch supervision; then, on whole volumes, the gate and the two numbers of the logit.

The pool of subjects is renewed one subject a step, so no patch is seen for long.
"""

import time
from collections.abc import Callable, Iterator

import numpy as np
import torch

from .cohort import Anatomy
from .lesion_calibration import calibrate, gate_threshold, validation_pairs
from .lesion_model import CellNet, GatedNet, lesion_network
from .lesion_patches import Drawn, cut_patches, draw, patch_losses
from .signals import maker_of

Log = list[dict]
Patches = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
Losses = tuple[torch.Tensor, torch.Tensor]


def draw_patches(
    anatomies: list[Anatomy], config: dict, generator: torch.Generator, first: int, device: str
) -> Iterator[Patches]:
    """Without end; subjects `first`, `first + 1`, ... enter the pool one by one."""
    plan, make = config["training"], maker_of(config)
    pool: list[Drawn] = []
    step = 0
    while True:
        # Two in three training subjects carry lesions: most of their voxels are healthy anyway.
        label = 0 if step % 3 == 2 else 1
        subject = make(anatomies, config, "train", first + step, label=label)
        pool = [*pool, draw(generator, subject)][-plan["pool"] :]
        patches = cut_patches(generator, pool, plan["batch"], plan["patch"])
        yield tuple(part.to(device) for part in patches)
        step += 1


def fit(
    name: str,
    parameters: list[torch.nn.Parameter],
    losses_of: Callable[[Patches], Losses],
    batches: Iterator[Patches],
    plan: dict,
    steps: int,
) -> Log:
    """One-cycle AdamW on cells and patches; a log row every 50 steps."""
    rate = plan["learning_rate"]
    optimizer = torch.optim.AdamW(parameters, lr=rate, weight_decay=plan["weight_decay"])
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, steps, pct_start=0.2)
    log, losses, start = [], [], time.perf_counter()
    for step in range(steps):
        cells, presence = losses_of(next(batches))
        loss = cells + plan["presence_weight"] * presence
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append([cells.item(), presence.item()])
        if (step + 1) % 50 == 0 or step + 1 == steps:
            cell, patch = np.mean(losses, axis=0).tolist()
            log.append({"part": name, "step": step + 1, "cell_loss": cell, "patch_loss": patch})
            log[-1]["seconds"] = round(time.perf_counter() - start, 1)
            losses = []
            print(log[-1], flush=True)
    return log


def train_lesions(
    anatomies: dict[str, list[Anatomy]], config: dict, device: str, seed: int
) -> tuple[CellNet, Log]:
    """The network of the last step, calibrated, and its log."""
    plan = config["training"]
    torch.manual_seed(config["seed"] + seed)
    generator = torch.Generator().manual_seed(config["seed"] + seed)
    model = lesion_network(config).to(device)
    first = seed * 100_000
    batches = draw_patches(anatomies["train"], config, generator, first, device)
    whole = model.context if isinstance(model, GatedNet) else model
    weight = plan["lesion_weight"]

    def losses_of_cells(patches: Patches) -> Losses:
        inputs, truths, seen = patches
        return patch_losses(whole.cells(inputs), truths, seen, weight)

    whole.requires_grad_(True).train()
    log = fit("cells", list(whole.parameters()), losses_of_cells, batches, plan, plan["steps"])
    whole.eval()
    subjects = validation_pairs(anatomies["validation"], config)
    if isinstance(model, GatedNet):
        whole.requires_grad_(False)
        log += fit_evidence(model, subjects, batches, plan, device)
    model.eval()
    log.append(calibrate(model, subjects, device))
    print(log[-1], flush=True)
    return model, log


def fit_evidence(
    model: GatedNet, subjects: list, batches: Iterator[Patches], plan: dict, device: str
) -> Log:
    """The context stays as it is. The evidence is told the cells twice: alone, and behind the gate,
    where it learns what the surroundings let pass."""
    threshold = gate_threshold(model.context, subjects, plan["gate_share"], device)
    model.set_gate(threshold)
    model.eval()
    model.evidence.train()
    weight = plan["lesion_weight"]

    def losses_of_evidence(patches: Patches) -> Losses:
        inputs, truths, seen = patches
        evidence = model.evidence_of(inputs)
        with torch.no_grad():
            gate = model.gate(inputs)
        alone, _ = patch_losses(evidence, truths, seen, weight)
        gated, presence = patch_losses(evidence + gate, truths, seen, weight, model.sharpness)
        return alone + gated, presence

    fitted = [parameter for parameter in model.parameters() if parameter.requires_grad]
    log = fit("evidence", fitted, losses_of_evidence, batches, plan, plan["evidence_steps"])
    return [{"gate": {"share": plan["gate_share"], "threshold": threshold}}, *log]
