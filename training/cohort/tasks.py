"""What differs between tasks behind the same commands: network, training, input tensor, files."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from .chest import make_slice, slice_affine, window
from .chest_models import CHEST_NETWORKS
from .cohort import Subject, generator_for, load_anatomies, make_subject
from .evaluate import measure_accuracy, measure_pairs, predict
from .lesion_calibration import lesion_pairs
from .lesion_model import lesion_network
from .marker import draw_marker
from .model import FocalNet
from .signals import maker_of
from .tensor import z_score_inside_brain
from .train import make_batch, make_pairs, train
from .train_chest import train_chest
from .train_head import train_head
from .train_lesions import train_lesions
from .warp import GRID_SHAPE, grid_affine


@dataclass(frozen=True)
class Task:
    """`variants`: names of the models trained on the same data; the first is the case's own."""

    config: dict
    variants: tuple[str, ...]
    to_tensor: Callable[[np.ndarray], np.ndarray]
    affine: np.ndarray
    volume_name: str
    example_shape: tuple[int, ...]

    @property
    def uses_anatomy(self) -> bool:
        return "templates" in self.config

    def new_model(self, variant: str) -> torch.nn.Module:
        network = self.config.get("network", "focal")
        if network == "lesion":
            return lesion_network(self.config)
        if network == "chest":
            return CHEST_NETWORKS[variant]()
        return FocalNet(self.config["training"]["dropout"])

    def anatomies(self, *splits: str) -> dict:
        return {split: load_anatomies(self.config, split) for split in splits}

    def subject(self, anatomies: list, index: int, label: int | None = 1) -> Subject:
        """Test subject `index` and its twin."""
        if not self.uses_anatomy:
            return make_slice(self.config, "test", index, label, with_twin=True)
        return maker_of(self.config)(anatomies, self.config, "test", index, label, with_twin=True)


def task_of(config: dict) -> Task:
    network = config.get("network", "focal")
    if network == "chest":
        variants = tuple(config["training"])
        shape = (1, 96, 96)
        return Task(config, variants, slice_tensor, slice_affine(), "ct", shape)
    variants = ("main",)
    if network == "lesion":
        variants = tuple(f"seed-{seed}" for seed in config["training"]["seeds"])
    name = config.get("channel", "T1w").removesuffix("w").lower()
    return Task(config, variants, z_score_inside_brain, grid_affine(), name, (1, *GRID_SHAPE))


def slice_tensor(image: np.ndarray) -> np.ndarray:
    return window(image[..., 0])


def train_variant(
    task: Task, variant: str, anatomies: dict, device: str
) -> tuple[torch.nn.Module, list[dict]]:
    config = task.config
    if config.get("network") == "lesion":
        return train_lesions(anatomies, config, device, int(variant.removeprefix("seed-")))
    if config.get("network") == "chest":
        return train_chest(config, variant, device)
    if "features_of" in config["training"]:
        return train_head(anatomies, config)
    return train(anatomies, config, device)


def score_variant(task: Task, model: torch.nn.Module, anatomies: dict, device: str) -> dict:
    """Held-out scores: `test` on random draws where there are such, `test_pairs` on twins."""
    config = task.config
    if config.get("network") == "chest":
        inputs, labels = pair_tensors(task, [], config["slices"]["test"])
        scores = measure_accuracy(model, (inputs, labels), device)
        logits = predict(model, inputs, device)
        return {"test": scores, "test_pairs": measure_pairs(logits[::2], logits[1::2])}
    if config.get("network") == "lesion":
        count = config["training"]["test_pairs"]
        pairs = lesion_pairs(model, anatomies["test"], config, device, count)
        return {"test": measure_logits(*pairs), "test_pairs": measure_pairs(*pairs)}
    test = make_batch(anatomies["test"], config, "test", range(config["subjects"]["test"]))
    scores = measure_accuracy(model, test, device)
    pairs = make_pairs(anatomies["test"], config, "test")
    result = {
        "test": scores,
        "test_pairs": measure_pairs(*(predict(model, part, device) for part in pairs)),
    }
    if config.get("signal", {}).get("kind") == "marker":
        result["crossed"] = measure_crossed(model, anatomies["test"], config, device)
    return result


def measure_crossed(model: torch.nn.Module, anatomies: list, config: dict, device: str) -> dict:
    """Share of subjects told class 1, by the region's signal and by the capsule, independently."""
    told: dict[str, list[bool]] = {}
    for index in range(config["subjects"].get("pairs", len(anatomies))):
        for signal in (0, 1):
            subject = make_subject(anatomies, config, "test", index, label=signal)
            for capsule in (0, 1):
                image = add_marker(subject, config, index) if capsule else subject.image
                tensor = torch.from_numpy(z_score_inside_brain(image.numpy()))[None, None]
                logits = predict(model, tensor, device)[0]
                region = "lowered" if signal else "normal"
                cell = f"region {region}, {'capsule' if capsule else 'no capsule'}"
                told.setdefault(cell, []).append(bool(logits[1] > logits[0]))
    return {cell: sum(found) / len(found) for cell, found in told.items()}


def add_marker(subject: Subject, config: dict, index: int) -> torch.Tensor:
    generator = generator_for(config["seed"], "test", "signal", index)
    mask, value = draw_marker(generator, subject.image > 0, config["signal"])
    return torch.where(mask, value, subject.image)


def measure_logits(signal: torch.Tensor, quiet: torch.Tensor) -> dict:
    """The scores of `measure_accuracy` when the logits are there already."""
    logits = torch.cat([signal, quiet])
    labels = torch.tensor([1] * len(signal) + [0] * len(quiet))
    identity = torch.nn.Identity()
    return measure_accuracy(identity, (logits, labels), "cpu")


def pair_tensors(task: Task, anatomies: list, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs of test subjects 0 .. count - 1, each followed by its twin."""
    rows = []
    for index in range(count):
        subject = task.subject(anatomies, index)
        rows += [task.to_tensor(image.numpy()) for image in (subject.image, subject.twin)]
    return torch.from_numpy(np.stack(rows))[:, None], torch.tensor([1, 0] * count)
