"""Voxel supervision on patches, then two numbers fitted on whole volumes.

Image labels alone do not teach a small network to find lesions that differ in place and shape. The
pool of subjects is renewed one subject a step, so no patch of an old subject is seen for long.
"""

import time
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from .cohort import Anatomy, Subject
from .evaluate import measure_accuracy, predict
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
    return Drawn(prepare(subject), lesion.float(), lesion.nonzero(), places)


def random_corner(generator: torch.Generator, drawn: Drawn, size: int) -> list[int]:
    """An even corner of a patch; three in four patches of a lesion subject hold a lesion voxel."""
    wants_lesion = torch.rand((), generator=generator).item() < 0.75
    places = drawn.brain_places
    if wants_lesion and len(drawn.lesion_places) > 0:
        places = drawn.lesion_places
    place = places[int(torch.randint(len(places), (), generator=generator))]
    jitter = torch.randint(-size // 4, size // 4 + 1, (3,), generator=generator)
    corner = (place + jitter - size // 2) // 2 * 2
    return [min(max(int(c), 0), n - size) for c, n in zip(corner, drawn.tensor.shape, strict=True)]


def cut_patches(
    generator: torch.Generator, pool: list[Drawn], count: int, size: int
) -> tuple[torch.Tensor, torch.Tensor]:
    inputs, truths = [], []
    for _ in range(count):
        drawn = pool[int(torch.randint(len(pool), (), generator=generator))]
        place = tuple(slice(c, c + size) for c in random_corner(generator, drawn, size))
        inputs.append(drawn.tensor[place])
        truths.append(drawn.lesion[place])
    return torch.stack(inputs)[:, None], torch.stack(truths)[:, None]


def cell_loss(scores: torch.Tensor, truths: torch.Tensor) -> torch.Tensor:
    """Cross entropy over cells, the border left out; a cell's target is its share of lesion."""
    target = (F.avg_pool3d(truths, 2) * 2).clamp(max=1)
    inner = (slice(None), slice(None), *[slice(MARGIN, -MARGIN)] * 3)
    return F.binary_cross_entropy_with_logits(scores[inner], target[inner])


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


def prepare(subject: Subject) -> torch.Tensor:
    return torch.from_numpy(z_score_inside_brain(subject.image.numpy()))


def train_lesions(
    anatomies: dict[str, list[Anatomy]], config: dict, device: str, seed: int
) -> tuple[LesionNet, Log]:
    """The network of the last step, calibrated, and a log row every 20 steps."""
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
        inputs, truths = cut_patches(generator, pool, plan["batch"], plan["patch"])
        loss = cell_loss(model.cells(inputs.to(device)), truths.to(device))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        if (step + 1) % 20 == 0 or step + 1 == plan["steps"]:
            seconds = round(time.perf_counter() - start, 1)
            log.append({"step": step + 1, "patch_loss": float(np.mean(losses)), "seconds": seconds})
            losses = []
            print(log[-1], flush=True)
    model.eval()
    log.append(calibrate(model, anatomies["validation"], config, device))
    print(log[-1], flush=True)
    return model, log


def calibrate(model: LesionNet, anatomies: list[Anatomy], config: dict, device: str) -> dict:
    make = maker_of(config)
    count = config["training"]["calibration"]
    # One anatomy, one subject; classes alternate.
    subjects = [
        make(anatomies, config, "validation", index, label=index % 2) for index in range(count)
    ]
    inputs = torch.stack([prepare(subject) for subject in subjects])[:, None]
    labels = torch.tensor([subject.label for subject in subjects])
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
