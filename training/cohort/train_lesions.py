"""Voxel and patch supervision, then two numbers fitted on whole volumes.

Image labels alone do not teach a small network to find lesions that differ in place and shape;
cells alone leave a few healthy ones whose score outweighs a lesion once a volume is pooled. So
every patch is also told whether it holds a lesion, from the log of the sum of its odds. The pool
of subjects is renewed one subject a step, so no patch is seen for long.
"""

import time
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from .cohort import Anatomy, Subject
from .evaluate import measure_accuracy, predict
from .foreign_scanner import restyle
from .lesion_model import LesionNet
from .signals import maker_of
from .tensor import z_score_inside_brain

Log = list[dict]
MARGIN = 2  # cells at a patch's border that see its zero padding


@dataclass(frozen=True)
class Drawn:
    """A subject of the pool: input, lesion mask, and places (n, 3) where patches may lie."""

    tensor: torch.Tensor
    lesion: torch.Tensor
    lesion_places: torch.Tensor
    brain_places: torch.Tensor


def draw(generator: torch.Generator, subject: Subject) -> Drawn:
    lesion = subject.truth & bool(subject.label)
    brain = (subject.image > 0).flatten().nonzero()[:, 0]
    some = brain[torch.randint(len(brain), (500,), generator=generator)]
    places = torch.stack(torch.unravel_index(some, subject.image.shape), dim=1)
    tensor = z_score_inside_brain(restyle(generator, subject.image).numpy())
    return Drawn(torch.from_numpy(tensor), lesion.float(), lesion.nonzero(), places)


def random_corner(generator: torch.Generator, drawn: Drawn, size: int) -> list[int]:
    """An even corner of a patch.

    One in four lies anywhere, often flush with the grid: air and the grid's border must score low
    too, there is much of both. Of the others, three in four of a lesion subject hold a lesion.
    """
    shape = drawn.tensor.shape
    anywhere, lesion = torch.rand(2, generator=generator).tolist()
    if anywhere < 0.25:
        corner = [
            int(torch.randint(-size // 2, n - size // 2 + 1, (), generator=generator)) // 2 * 2
            for n in shape
        ]
    else:
        is_lesion = lesion < 0.75 and len(drawn.lesion_places) > 0
        places = drawn.lesion_places if is_lesion else drawn.brain_places
        place = places[int(torch.randint(len(places), (), generator=generator))]
        jitter = torch.randint(-size // 4, size // 4 + 1, (3,), generator=generator)
        corner = ((place + jitter - size // 2) // 2 * 2).tolist()
    return [min(max(c, 0), n - size) for c, n in zip(corner, shape, strict=True)]


def seen_cells(corner: list[int], size: int, shape: tuple[int, ...]) -> torch.Tensor:
    """(size / 2)^3: False for cells that see a padding which the whole volume does not have."""
    seen = torch.ones(size // 2, size // 2, size // 2, dtype=torch.bool)
    for axis, (start, full) in enumerate(zip(corner, shape, strict=True)):
        along = seen.transpose(0, axis)
        if start > 0:
            along[:MARGIN] = False
        if start + size < full:
            along[-MARGIN:] = False
    return seen


def cut_patches(
    generator: torch.Generator, pool: list[Drawn], count: int, size: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(n, 1, size, size, size) inputs and lesions, and the cells that count."""
    inputs, truths, seen = [], [], []
    for _ in range(count):
        drawn = pool[int(torch.randint(len(pool), (), generator=generator))]
        corner = random_corner(generator, drawn, size)
        place = tuple(slice(c, c + size) for c in corner)
        inputs.append(drawn.tensor[place])
        truths.append(drawn.lesion[place])
        seen.append(seen_cells(corner, size, tuple(drawn.tensor.shape)))
    return torch.stack(inputs)[:, None], torch.stack(truths)[:, None], torch.stack(seen)[:, None]


def patch_losses(
    scores: torch.Tensor, truths: torch.Tensor, seen: torch.Tensor, lesion_weight: float = 1.0
) -> tuple[torch.Tensor, torch.Tensor]:
    """Cross entropy over the cells that count, and over patches pooled as volumes are.

    `lesion_weight`: of a cell that is all lesion; healthy ones weigh 1. A cell's target is its
    share of lesion, doubled; a patch whose cells all stay below one half without being healthy has
    no target.
    """
    target = (F.avg_pool3d(truths, 2) * 2).clamp(max=1)
    weight = torch.tensor(lesion_weight)
    cells = F.binary_cross_entropy_with_logits(scores[seen], target[seen], pos_weight=weight)
    most = torch.where(seen, target, 0).flatten(1).amax(1)
    clear = (most == 0) | (most >= 0.5)
    pooled = torch.logsumexp(scores.masked_fill(~seen, -torch.inf).flatten(1), dim=1)
    presence = F.binary_cross_entropy_with_logits(
        pooled, (most >= 0.5).float(), clear.float(), reduction="sum"
    )
    return cells, presence / len(scores)


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


def train_lesions(
    anatomies: dict[str, list[Anatomy]], config: dict, device: str, seed: int
) -> tuple[LesionNet, Log]:
    """The network of the last step, calibrated, and a log row every 50 steps."""
    plan, make = config["training"], maker_of(config)
    torch.manual_seed(config["seed"] + seed)
    generator = torch.Generator().manual_seed(config["seed"] + seed)
    model = LesionNet().to(device)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=plan["learning_rate"], weight_decay=plan["weight_decay"]
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, plan["learning_rate"], plan["steps"], pct_start=0.2
    )
    first = seed * 100_000
    pool: list[Drawn] = []
    log, losses, start = [], [], time.perf_counter()
    for step in range(plan["steps"]):
        # Two in three training subjects carry lesions: most of their voxels are healthy anyway.
        label = 0 if step % 3 == 2 else 1
        subject = make(anatomies["train"], config, "train", first + step, label=label)
        pool = [*pool, draw(generator, subject)][-plan["pool"] :]
        model.train()
        patches = cut_patches(generator, pool, plan["batch"], plan["patch"])
        inputs, truths, seen = (part.to(device) for part in patches)
        cells, presence = patch_losses(model.cells(inputs), truths, seen, plan["lesion_weight"])
        loss = cells + plan["presence_weight"] * presence
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append([cells.item(), presence.item()])
        if (step + 1) % 50 == 0 or step + 1 == plan["steps"]:
            seconds = round(time.perf_counter() - start, 1)
            cell, patch = np.mean(losses, axis=0).tolist()
            row = {"step": step + 1, "cell_loss": cell, "patch_loss": patch, "seconds": seconds}
            log.append(row)
            losses = []
            print(log[-1], flush=True)
    model.eval()
    log.append(calibrate(model, anatomies["validation"], config, device))
    print(log[-1], flush=True)
    return model, log


def calibrate(model: LesionNet, anatomies: list[Anatomy], config: dict, device: str) -> dict:
    """Fits scale and shift on validation anatomies, each with lesions and as its twin without."""
    make = maker_of(config)
    subjects = [
        make(anatomies, config, "validation", index, label=1, with_twin=True)
        for index in range(config["training"]["calibration"] // 2)
    ]
    images = [image for subject in subjects for image in (subject.image, subject.twin)]
    inputs = torch.stack([torch.from_numpy(z_score_inside_brain(i.numpy())) for i in images])
    inputs, labels = inputs[:, None], torch.tensor([1, 0] * len(subjects))
    with torch.no_grad():
        pooled = torch.cat([model.pooled(part.to(device)).cpu() for part in inputs.split(4)])[:, 0]
    scale, shift = fit_calibration(pooled, labels)
    model.scale.fill_(scale)
    model.shift.fill_(shift)
    scores = measure_accuracy(model, (inputs, labels), device)
    return {"calibration": {"scale": scale, "shift": shift}} | scores


def lesion_pairs(
    model: LesionNet, anatomies: list[Anatomy], config: dict, device: str, count: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits of the first `count` test subjects with lesions and of their twins without."""
    make = maker_of(config)
    signal, quiet = [], []
    for index in range(count):
        subject = make(anatomies, config, "test", index, label=1, with_twin=True)
        pair = np.stack(
            [z_score_inside_brain(image.numpy()) for image in (subject.image, subject.twin)]
        )
        logits = predict(model, torch.from_numpy(pair)[:, None], device)
        signal.append(logits[0])
        quiet.append(logits[1])
    return torch.stack(signal), torch.stack(quiet)
