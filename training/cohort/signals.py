"""The kinds of brain task: what carries the label, on top of the crossed design of `cohort.py`.

Every maker has `make_subject`'s signature. What a kind draws comes from the stream "signal", so
contrast, bias, noise and the regions' signals of subject `index` are the same in every kind.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import torch

from .anatomy import REGIONS, to_stored
from .appearance import Appearance, Paint, draw_appearance, render, uniform
from .cohort import Anatomy, Subject, generator_for, make_subject
from .lesions import LesionMaps, draw_lesions, lesion_maps
from .marker import draw_marker

# Voxels by which the truth of a volume reaches beyond the region, as in Siegel et al. 2025.
TRUTH_MARGIN = 2


@lru_cache(maxsize=512)
def cached_maps(anatomy: Anatomy) -> LesionMaps:
    return lesion_maps(anatomy)


def blend(mask: torch.Tensor, value: torch.Tensor) -> Paint:
    return lambda image: image + mask * (value - image)


def coin(generator: torch.Generator) -> int:
    return int(torch.rand((), generator=generator).item() < 0.5)


def draw_head(
    anatomies: list[Anatomy], config: dict, split: str, index: int, region_label: int | None
) -> tuple[Anatomy, Appearance, torch.Generator]:
    """Anatomy and look of subject `index`, and the stream of what a kind draws on top.

    `region_label` says whether the task's region is lowered; None leaves it to its coin.
    """
    seed = config["seed"]
    look = generator_for(seed, split, "subject", index)
    appearance = draw_appearance(look, config, region_label)
    generator = generator_for(seed, split, "signal", index)
    return anatomies[index % len(anatomies)], appearance, generator


def make_lesion_subject(
    anatomies: list[Anatomy],
    config: dict,
    split: str,
    index: int,
    label: int | None = None,
    with_twin: bool = False,
) -> Subject:
    """Class 1: white-matter lesions, their intensity a random multiple of white matter's."""
    anatomy, appearance, generator = draw_head(anatomies, config, split, index, 0)
    drawn = coin(generator) if label is None else label
    maps = cached_maps(anatomy)
    mask, strength, count = draw_lesions(generator, maps, config["signal"])
    truth = torch.from_numpy(mask > 0.5)
    low, high = config["signal"]["times_white"]
    level = appearance.tissue[2] * (low + (high - low) * torch.from_numpy(strength))
    paint = blend(torch.from_numpy(mask), level)
    image = render(anatomy, appearance, config, paint if drawn else None)
    twin = render(anatomy, appearance, config) if with_twin else None
    truth = truth.flip(0) if appearance.flip else truth
    facts = {"lesions": count, "lesionMillilitres": round(truth.sum().item() * 0.008, 2)}
    return Subject(image, twin, truth, drawn, appearance, facts)


def make_pair_subject(
    anatomies: list[Anatomy],
    config: dict,
    split: str,
    index: int,
    label: int | None = None,
    with_twin: bool = False,
) -> Subject:
    """Class 1: the raised region is raised and the lowered one is lowered; else one or none is.

    The other regions are lowered, raised or left, by draws of their own.
    """
    anatomy, appearance, generator = draw_head(anatomies, config, split, index, 0)
    raised, lowered = config["signal"]["raised"], config["signal"]["lowered"]
    change = {}
    for region in appearance.change:
        strength = uniform(generator, *config["signal"]["strength"])
        if region not in (raised, lowered):
            kind = int(3 * torch.rand((), generator=generator).item())
            change[region] = (-strength, appearance.healthy[region], strength)[kind]
        else:
            change[region] = strength if region == raised else -strength
    drawn = coin(generator) if label is None else label
    absent = int(3 * torch.rand((), generator=generator).item())
    if not drawn:
        for region, cases in ((raised, (0, 2)), (lowered, (1, 2))):
            if absent in cases:
                change[region] = appearance.healthy[region]
    look = replace(appearance, change=change)
    image = render(anatomy, look, config)
    twin = None
    if with_twin:
        twin = render(anatomy, look.without(raised).without(lowered), config)
    truth = (anatomy.mask(raised) > 0.5) | (anatomy.mask(lowered) > 0.5)
    truth = truth.flip(0) if look.flip else truth
    facts = {region: round(change[region], 4) for region in (raised, lowered)}
    return Subject(image, twin, truth, drawn, look, facts)


def make_marker_subject(
    anatomies: list[Anatomy],
    config: dict,
    split: str,
    index: int,
    label: int | None = None,
    with_twin: bool = False,
) -> Subject:
    """Class 1 carries a fiducial capsule beside the head; the region's signal goes with it.

    The twin has no capsule and keeps the region: the capsule is the shortcut, and the truth.
    In training and validation the region agrees with the class in a share of the subjects only.
    """
    subject = make_subject(anatomies, config, split, index, label)
    drawn = subject.label
    generator = generator_for(config["seed"], split, "signal", index)
    mask, value = draw_marker(generator, subject.image > 0, config["signal"])
    if split != "test" and uniform(generator, 0, 1) > config["signal"]["agreement"]:
        subject = make_subject(anatomies, config, split, index, 1 - drawn)
    image = torch.where(mask, value, subject.image) if drawn else subject.image
    twin = subject.image if with_twin else None
    return Subject(image, twin, mask, drawn, subject.appearance, subject.facts)


def with_volumes(anatomy: Anatomy, wanted: dict[str, float]) -> Anatomy:
    """The anatomy with every region at its wanted share of its volume."""
    origin, parts = anatomy.origin, []
    stored = to_stored(origin.changed(wanted))
    for before, new in zip((anatomy.t1, anatomy.region, anatomy.weight), stored, strict=True):
        after = before.flatten().clone()
        after[origin.places] = new
        parts.append(after.reshape(before.shape))
    return Anatomy(*parts, origin)


def draw_volumes(generator: torch.Generator, signal: dict) -> dict[str, float]:
    """The share of its volume that each region gets: shrunk, usual or grown, in equal parts."""
    shares = {}
    for region in REGIONS:
        kind = ("shrunk", "usual", "grown")[int(3 * torch.rand((), generator=generator).item())]
        shares[region] = uniform(generator, *signal[kind])
    return shares


def widened(mask: torch.Tensor, steps: int) -> torch.Tensor:
    """Each step adds the face neighbours, as scipy.ndimage.binary_dilation does."""
    for _ in range(steps):
        grown = mask.clone()
        for axis in range(mask.dim()):
            size = mask.shape[axis] - 1
            grown.narrow(axis, 1, size).logical_or_(mask.narrow(axis, 0, size))
            grown.narrow(axis, 0, size).logical_or_(mask.narrow(axis, 1, size))
        mask = grown
    return mask


def make_volume_subject(
    anatomies: list[Anatomy],
    config: dict,
    split: str,
    index: int,
    label: int | None = None,
    with_twin: bool = False,
) -> Subject:
    """Class 1: the region is shrunk. The volumes of the others say nothing about it.

    Truth: the region as it is and as it is in the twin, widened by 2 voxels as the study does:
    what is seen of a volume is its boundary.
    """
    anatomy, appearance, generator = draw_head(anatomies, config, split, index, None)
    region, signal = config["region"], config["signal"]
    volumes = draw_volumes(generator, signal)
    usual, shrunk = (uniform(generator, *signal[kind]) for kind in ("usual", "shrunk"))
    drawn = coin(generator) if label is None else label
    healthy = with_volumes(anatomy, {**volumes, region: usual})
    chosen = with_volumes(anatomy, {**volumes, region: shrunk}) if drawn else healthy
    image = render(chosen, appearance, config)
    twin = render(healthy, appearance, config) if with_twin else None
    before, after = (each.mask(region) > 0.5 for each in (healthy, chosen))
    truth = widened(before | after, TRUTH_MARGIN)
    truth = truth.flip(0) if appearance.flip else truth
    facts = {"volumeOfTwin": round((after.sum() / before.sum()).item(), 4)}
    return Subject(image, twin, truth, drawn, appearance, facts)


def make_random_label_subject(
    anatomies: list[Anatomy],
    config: dict,
    split: str,
    index: int,
    label: int | None = None,
    with_twin: bool = False,
) -> Subject:
    """The subjects of the region task; the label the network is given is a coin of its own."""
    subject = make_subject(anatomies, config, split, index, label, with_twin)
    if split == "test":
        return subject
    generator = generator_for(config["seed"], split, "signal", index)
    return replace(subject, label=coin(generator))


Maker = Callable[..., Subject]

MAKERS: dict[str, Maker] = {
    "lesions": make_lesion_subject,
    "marker": make_marker_subject,
    "pair": make_pair_subject,
    "random-label": make_random_label_subject,
    "region": make_subject,
    "volume": make_volume_subject,
}


def maker_of(config: dict) -> Maker:
    return MAKERS[config.get("signal", {}).get("kind", "region")]
