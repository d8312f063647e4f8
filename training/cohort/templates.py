"""Writes the two template heads that `npm run truth` warps: truth/templates/NAME.nii.gz."""

import gzip
import hashlib

import nibabel
import numpy as np

from .anatomy import TISSUE_PEAKS, load_template
from .paths import TRAINING

FOLDER = TRAINING.parent / "truth" / "templates"


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in TISSUE_PEAKS:
        template = load_template(name)
        t1 = np.where(template.t1 > 0.02, template.t1 * 127.5, 0)
        frames = np.concatenate([t1[None], template.regions * 255])
        stored = frames.round().clip(0, 255).astype(np.uint8)
        # Cropped to the brain, one voxel of margin kept where there is one.
        used = np.argwhere(stored.any(axis=0))
        low = np.maximum(used.min(axis=0) - 1, 0)
        high = used.max(axis=0) + 2
        box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        affine = template.affine.copy()
        affine[:3, 3] = template.affine[:3, :3] @ low + template.affine[:3, 3]
        image = nibabel.Nifti1Image(np.moveaxis(stored[:, *box], 0, -1), affine)
        image.header.set_xyzt_units("mm")
        path = FOLDER / f"{name}.nii.gz"
        path.write_bytes(gzip.compress(image.to_bytes(), 9, mtime=0))
        print(path.name, image.shape, hashlib.sha256(path.read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
