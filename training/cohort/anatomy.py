"""Template heads: a T1 on a common intensity scale and soft masks of deep grey nuclei, 1 mm RAS."""

from dataclasses import dataclass

import nibabel
import numpy as np
import torch
from scipy.ndimage import binary_dilation, binary_erosion, gaussian_filter, label

from .paths import CACHE
from .register import fit_displacement
from .warp import sample, sample_field

# AAL values on the left and right (Tzourio-Mazoyer et al. 2002). Region id = position + 1.
REGIONS = {"hippocampus": (37, 38), "putamen": (73, 74), "caudate": (71, 72), "thalamus": (77, 78)}

# Histogram peaks of cerebrospinal fluid, grey and white matter in the file's own units.
TISSUE_PEAKS = {"ch2bet": (40.0, 80.0, 113.0), "icbm152": (70.0, 172.0, 221.0)}
LABELLED = "ch2bet"
COMMON_SCALE = (0.30, 0.65, 1.0)


@dataclass(frozen=True)
class Template:
    """`t1`: 0 outside the brain, white matter about 1. `regions`: (4, x, y, z) in [0, 1]."""

    name: str
    t1: np.ndarray
    regions: np.ndarray
    affine: np.ndarray


def load_ras(name: str) -> tuple[np.ndarray, np.ndarray]:
    image = nibabel.as_closest_canonical(nibabel.load(CACHE / "anatomy" / f"{name}.nii.gz"))
    return np.asarray(image.dataobj, dtype=np.float32), image.affine


def to_common_scale(t1: np.ndarray, peaks: tuple[float, float, float]) -> np.ndarray:
    """Piecewise linear, monotone: 0 stays 0, the three tissue peaks go to COMMON_SCALE."""
    csf, grey, white = peaks
    return np.interp(t1, (0, csf, grey, white, 2 * white), (0, *COMMON_SCALE, 2)).astype(np.float32)


def without_fragments(t1: np.ndarray) -> np.ndarray:
    """Skull stripping leaves islands: keep the largest piece of the brain opened by 3 mm."""
    pieces, _ = label(binary_erosion(t1 > 0, iterations=3))
    largest = np.bincount(pieces.ravel())[1:].argmax() + 1
    return np.where(binary_dilation(pieces == largest, iterations=3), t1, 0)


def soft_regions(labels: np.ndarray) -> np.ndarray:
    """Binary AAL regions blurred by 0.7 mm, so that a warp can sample them without staircases."""
    masks = [np.isin(labels, values).astype(np.float32) for values in REGIONS.values()]
    return np.stack([gaussian_filter(mask, 0.7) for mask in masks])


def load_template(name: str) -> Template:
    """AAL is drawn on colin27; other templates get its regions by registration (cached)."""
    t1, affine = load_ras(name)
    scaled = to_common_scale(without_fragments(t1), TISSUE_PEAKS[name])
    if name == LABELLED:
        labels, _ = load_ras("aal")
        return Template(name, scaled, soft_regions(labels), affine)
    path = CACHE / "registrations" / f"{LABELLED}-to-{name}.npy"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, carry_regions(load_template(LABELLED), scaled, affine).astype(np.float16))
    return Template(name, scaled, np.load(path).astype(np.float32), affine)


def carry_regions(source: Template, t1: np.ndarray, affine: np.ndarray) -> np.ndarray:
    """The source's soft regions on another template's own grid."""
    source_affine = torch.from_numpy(source.affine).float()
    target_affine = torch.from_numpy(affine).float()
    field = fit_displacement(
        torch.from_numpy(source.t1), source_affine, torch.from_numpy(t1), target_affine
    )
    axes = [torch.arange(size, dtype=torch.float32) for size in t1.shape]
    voxels = torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1)
    points = voxels @ target_affine[:3, :3].T + target_affine[:3, 3]
    points = points + sample_field(field, points)
    return sample(torch.from_numpy(source.regions), points, source_affine).numpy()


def to_stored(channels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """uint8 T1, region and weight of an anatomy from T1 and soft regions: (1 + regions, ...)."""
    weight, index = channels[1:].max(dim=0)
    # Common scale 0..2 in 8 bits: a step is 0.8 % of white matter, below the noise of any subject.
    t1 = torch.where(channels[0] > 0.1, channels[0] * 127.5, 0).round().clamp(0, 255)
    return (
        t1.to(torch.uint8),
        torch.where(weight > 0.02, index + 1, 0).to(torch.uint8),
        (weight * 255).round().to(torch.uint8),
    )
