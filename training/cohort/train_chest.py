"""Three architectures on the same generated slices, image labels only."""

import hashlib
import time

import numpy as np
import torch
import torch.nn.functional as F

from .chest import make_slice, window
from .chest_models import CHEST_NETWORKS
from .evaluate import measure_accuracy
from .paths import CACHE

Log = list[dict]


def cached_pairs(config: dict, split: str, count: int) -> np.ndarray:
    """(count, 2, 96, 96) float16 network inputs: each slice with its nodule and without."""
    key = f"{split}-{config['seed']}-{count}"
    path = CACHE / "chest" / f"{key}.npy"
    if not path.exists():
        made = np.empty((count, 2, 96, 96), np.float16)
        for index in range(count):
            subject = make_slice(config, split, index, label=1, with_twin=True)
            made[index, 0] = window(subject.image[..., 0].numpy())
            made[index, 1] = window(subject.twin[..., 0].numpy())
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, made)
    return np.load(path)


def slice_checksums(config: dict) -> dict[str, str]:
    """SHA-256 of the network inputs of each split, in the order of their index."""
    return {
        split: hashlib.sha256(cached_pairs(config, split, count).tobytes()).hexdigest()
        for split, count in config["slices"].items()
    }


def draw_batch(
    rng: np.random.Generator, pairs: np.ndarray, count: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Slices with their nodule, each followed by itself without.

    Both are mirrored, moved by up to 5 pixels, brighter or darker and noisier in the same way: what
    is left to learn is the nodule.
    """
    labels = np.tile([1, 0], count // 2)
    batch = np.empty((len(labels), 1, 96, 96), np.float32)
    for row in range(0, len(labels), 2):
        pair = pairs[rng.integers(len(pairs))].astype(np.float32)
        pair = pair[:, ::-1] if rng.random() < 0.5 else pair
        pair = np.roll(pair, rng.integers(-5, 6, 2), axis=(1, 2))
        pair = pair * rng.uniform(0.95, 1.05)
        batch[row : row + 2, 0] = pair + rng.standard_normal((96, 96)) * rng.uniform(0, 0.02)
    return torch.from_numpy(batch), torch.from_numpy(labels)


def paired_data(pairs: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    inputs = torch.from_numpy(pairs.astype(np.float32)).reshape(-1, 1, 96, 96)
    return inputs, torch.tensor([1, 0] * len(pairs))


def train_chest(config: dict, name: str, device: str) -> tuple[torch.nn.Module, Log]:
    """The weights with the lowest validation loss, and one log row per validation."""
    plan = config["training"][name]
    sizes = config["slices"]
    train = cached_pairs(config, "train", sizes["train"])
    validation = paired_data(cached_pairs(config, "validation", sizes["validation"]))
    torch.manual_seed(config["seed"])
    rng = np.random.default_rng([config["seed"], sorted(CHEST_NETWORKS).index(name)])
    model = CHEST_NETWORKS[name]().to(device)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=plan["learning_rate"], weight_decay=plan["weight_decay"]
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, plan["learning_rate"], plan["steps"], pct_start=0.2
    )
    best, log, losses, start = {}, [], [], time.perf_counter()
    for step in range(plan["steps"]):
        model.train()
        inputs, labels = draw_batch(rng, train, plan["batch"])
        loss = F.cross_entropy(model(inputs.to(device)), labels.to(device))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        if (step + 1) % plan["validate_every"] == 0 or step + 1 == plan["steps"]:
            row = {"step": step + 1, "train_loss": float(np.mean(losses))}
            row |= measure_accuracy(model, validation, device)
            row["seconds"] = round(time.perf_counter() - start, 1)
            if not log or row["loss"] <= min(earlier["loss"] for earlier in log):
                best = {key: value.clone() for key, value in model.state_dict().items()}
            log.append(row)
            losses = []
            print(name, row, flush=True)
    model.load_state_dict(best)
    return model.eval(), log
