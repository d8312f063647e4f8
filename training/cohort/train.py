"""Training on an endless stream over the training anatomies.

Every batch is drawn afresh, or, where the plan says how many subjects are `fresh` a step, chosen
from a `pool` of the newest subjects. A `paired` plan draws each subject in both classes: the same
anatomy, contrast and noise with the signal and without teach faster than two strangers.
"""

import copy
import time
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F

from .cohort import Anatomy
from .evaluate import measure_accuracy
from .model import FocalNet
from .paths import CACHE
from .signals import maker_of
from .tensor import z_score_inside_brain

Log = list[dict]

TEXTS = ("title", "description", "citation", "classNames", "case")

# Training subjects a stage may draw before it would meet those of the next.
STAGE_SUBJECTS = 100_000


def make_batch(
    anatomies: list[Anatomy],
    config: dict,
    split: str,
    indices: range,
    wanted: tuple[int | None, ...] = (None,),
) -> tuple:
    """(n, 1, 96, 96, 96) inputs and (n,) labels of the subjects with these indices.

    `wanted`: the classes each of them is made with; None draws one.
    """
    make = maker_of(config)
    subjects = [
        make(anatomies, config, split, index, label=label) for index in indices for label in wanted
    ]
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
    """The weights with the lowest validation loss, and one log row per validation.

    A plan's `stages` follow each other: each overrides the plan, starts from the best weights of
    the one before and draws subjects of its own. A finished stage is kept in the cache.
    """
    plan = config["training"]
    torch.manual_seed(config["seed"])
    model, log = FocalNet(plan["dropout"]).to(device), []
    validation = make_batch(
        anatomies["validation"], config, "validation", range(config["subjects"]["validation"])
    )
    stages = plan.get("stages", [{}])
    for number, stage in enumerate(stages):
        staged = config | {"training": plan | stage | {"stages": stages[: number + 1]}}
        path = CACHE / "models" / f"{config['id']}-stage-{number + 1}.pt"
        kept = torch.load(path, map_location=device) if path.exists() else None
        if kept is not None and kept["config"] == without_texts(staged):
            model.load_state_dict(kept["weights"])
            log += kept["log"]
            continue
        model, rows = train_stage(model, anatomies["train"], validation, staged, number, device)
        log += rows
        if len(stages) > 1:
            weights = model.state_dict()
            torch.save({"config": without_texts(staged), "weights": weights, "log": rows}, path)
    return model.eval(), log


def without_texts(config: dict) -> dict:
    """What is said about a task may change without another training."""
    return {key: config[key] for key in config if key not in TEXTS}


def train_stage(
    model: FocalNet,
    anatomies: list[Anatomy],
    validation: tuple,
    config: dict,
    number: int,
    device: str,
) -> tuple[FocalNet, Log]:
    """Training ends early where the validation loss falls below the plan's `enough`."""
    plan, first = config["training"], number * STAGE_SUBJECTS
    if number > 0:
        torch.manual_seed(config["seed"] + number)
    # Adam moves weights that see noise as far as those that see the signal, unless its epsilon is
    # above the noise: twins give the 27,648 weights of the head nearly nothing where they agree.
    optimizer = torch.optim.AdamW(
        [
            {"params": model.features.parameters()},
            {"params": model.head.parameters(), "eps": plan.get("head_epsilon", 1e-8)},
        ],
        lr=plan["learning_rate"],
        weight_decay=plan["weight_decay"],
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, plan["learning_rate"], max(plan["steps"], 1), pct_start=0.2
    )
    best, log, losses, start = copy.deepcopy(model), [], [], time.perf_counter()
    # Between twins nothing differs but the signal: the way to it is shorter.
    wanted = (1, 0) if plan.get("paired") else (None,)
    draw, rows = partial(make_batch, wanted=wanted), len(wanted)
    fresh = plan.get("fresh", plan["batch"] // rows)
    pool: tuple[torch.Tensor, torch.Tensor] | None = None
    chooser = torch.Generator().manual_seed(config["seed"] + number)
    for step in range(plan["steps"]):
        model.train()
        # A plan with `stop_drawing` keeps the pool once it is full: labels of chance are memorised.
        if pool is None or not plan.get("stop_drawing") or len(pool[1]) < plan["pool"]:
            begin = first + step * fresh
            inputs, labels = draw(anatomies, config, "train", range(begin, begin + fresh))
            pool = renew(pool, (inputs, labels), plan.get("pool", len(labels)))
        if rows * fresh < plan["batch"]:
            count = (len(pool[1]) // rows, (plan["batch"] // rows,))
            chosen = rows * torch.randint(*count, generator=chooser)
            chosen = (chosen[:, None] + torch.arange(rows)).flatten()
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
            if row["loss"] < plan.get("enough", 0):
                break
    return best, log
