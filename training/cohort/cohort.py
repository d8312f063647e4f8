"""Anatomies (cached, one set per split, disjoint) and the subjects drawn from them.

An anatomy is one warp of one template. A subject is an anatomy with its own contrast, bias field,
noise, mirror flip and region signals, each drawn independently of the others: the crossed design.
Every draw comes from a generator seeded by (seed, split, index), so a subject can be made again.
"""

import hashlib
import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from .anatomy import REGIONS, Template, load_template, to_stored
from .appearance import Appearance, draw_appearance, render
from .paths import CACHE
from .volume import Origin, origin_of, shrinker_of
from .warp import random_points, sample

SPLITS = {"train": 0, "validation": 1, "test": 2}
STREAMS = {"anatomy": 0, "subject": 1, "signal": 2}


@dataclass(frozen=True)
class Anatomy:
    """uint8 arrays on the grid. `region` holds 0 or a region id, `weight` its soft mask * 255.

    `origin` is known where volumes may be changed.
    """

    t1: torch.Tensor
    region: torch.Tensor
    weight: torch.Tensor
    origin: Origin | None = field(default=None, compare=False, repr=False)

    def mask(self, name: str) -> torch.Tensor:
        """Soft mask in [0, 1]."""
        wanted = list(REGIONS).index(name) + 1
        return torch.where(self.region == wanted, self.weight, 0).float() / 255


@dataclass(frozen=True)
class Subject:
    """`image`: uint8, 0 outside the brain. `truth`: where the signal is or would be.

    `facts`: what was drawn, for the case's description.
    """

    image: torch.Tensor
    twin: torch.Tensor | None
    truth: torch.Tensor
    label: int
    appearance: Appearance | None
    facts: dict = field(default_factory=dict)


def generator_for(seed: int, split: str, stream: str, index: int) -> torch.Generator:
    key = np.random.SeedSequence([seed, SPLITS[split], STREAMS[stream], index])
    return torch.Generator().manual_seed(int(key.generate_state(1, np.uint64)[0] >> 1))


def make_anatomy(template: Template, generator: torch.Generator, config: dict) -> Anatomy:
    points = random_points(generator, config)
    affine = torch.from_numpy(template.affine)
    channels = torch.from_numpy(np.concatenate([template.t1[None], template.regions]))
    return Anatomy(*to_stored(sample(channels, points, affine)))


def cache_path(config: dict, split: str, suffix: str = "") -> Path:
    """The file name carries a hash of what made the anatomies."""
    count, seed = config["anatomies"][split], config["seed"]
    recipe = json.dumps([config["warp"], config["templates"], count, seed, split], sort_keys=True)
    name = f"{split}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}{suffix}.pt"
    return CACHE / "cohorts" / name


def load_anatomies(config: dict, split: str) -> list[Anatomy]:
    """Made once, then read from the cache."""
    count, seed = config["anatomies"][split], config["seed"]
    path = cache_path(config, split)
    if not path.exists():
        templates = [load_template(name) for name in config["templates"]]
        made = []
        for index in range(count):
            generator = generator_for(seed, split, "anatomy", index)
            anatomy = make_anatomy(templates[index % len(templates)], generator, config["warp"])
            made.append(torch.stack([anatomy.t1, anatomy.region, anatomy.weight]))
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(torch.stack(made), path)
    anatomies = [Anatomy(*stack) for stack in torch.load(path)]
    if config.get("signal", {}).get("kind") != "volume":
        return anatomies
    origins = load_origins(config, split)
    return [
        replace(anatomy, origin=origin) for anatomy, origin in zip(anatomies, origins, strict=True)
    ]


def load_origins(config: dict, split: str) -> list[Origin]:
    """Where in the template the same anatomies come from, cached like them."""
    names = config["templates"]
    shrinkers = [shrinker_of(names[n % len(names)]) for n in range(config["anatomies"][split])]
    path = cache_path(config, split, "-origins")
    if not path.exists():
        made = []
        for index, shrinker in enumerate(shrinkers):
            generator = generator_for(config["seed"], split, "anatomy", index)
            origin = origin_of(shrinker, random_points(generator, config["warp"]))
            made.append((origin.places, origin.points))
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(made, path)
    stored = torch.load(path)
    return [Origin(shrinker, *parts) for shrinker, parts in zip(shrinkers, stored, strict=True)]


def checksum(anatomies: list[Anatomy]) -> str:
    digest = hashlib.sha256()
    for anatomy in anatomies:
        for array in (anatomy.t1, anatomy.region, anatomy.weight):
            digest.update(array.numpy().tobytes())
    return digest.hexdigest()


def make_subject(
    anatomies: list[Anatomy],
    config: dict,
    split: str,
    index: int,
    label: int | None = None,
    with_twin: bool = False,
) -> Subject:
    """Subject `index` of a split. `label` fixes the class instead of drawing it."""
    generator = generator_for(config["seed"], split, "subject", index)
    anatomy = anatomies[index % len(anatomies)]
    appearance = draw_appearance(generator, config, label)
    image = render(anatomy, appearance, config)
    twin = render(anatomy, appearance.without(config["region"]), config) if with_twin else None
    truth = anatomy.mask(config["region"]) > 0.5
    if appearance.flip:
        truth = truth.flip(0)
    facts = {"signalChange": round(appearance.change[config["region"]], 4)}
    return Subject(image, twin, truth, appearance.label, appearance, facts)
