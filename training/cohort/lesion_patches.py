"""Patches of lesion subjects, where they lie, and the losses over them.

Image labels alone do not teach a small network to find lesions that differ in place and shape;
cells alone leave a few healthy ones whose score outweighs a lesion once a volume is pooled. So
every patch is also told whether it holds a lesion, from the log of the sum of its odds.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from .cohort import Subject
from .foreign_scanner import restyle
from .tensor import z_score_inside_brain

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
    scores: torch.Tensor,
    truths: torch.Tensor,
    seen: torch.Tensor,
    lesion_weight: float = 1.0,
    sharpness: float = 1.0,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Cross entropy over the cells that count, and over patches pooled with `sharpness`.

    `lesion_weight`: of a cell that is all lesion; healthy ones weigh 1. A cell's target is its
    share of lesion, doubled; a patch whose cells all stay below one half without being healthy has
    no target.
    """
    target = (F.avg_pool3d(truths, 2) * 2).clamp(max=1)
    weight = torch.tensor(lesion_weight)
    cells = F.binary_cross_entropy_with_logits(scores[seen], target[seen], pos_weight=weight)
    most = torch.where(seen, target, 0).flatten(1).amax(1)
    clear = (most == 0) | (most >= 0.5)
    sharpened = (sharpness * scores).masked_fill(~seen, -torch.inf).flatten(1)
    pooled = torch.logsumexp(sharpened, dim=1) / sharpness
    presence = F.binary_cross_entropy_with_logits(
        pooled, (most >= 0.5).float(), clear.float(), reduction="sum"
    )
    return cells, presence / len(scores)
