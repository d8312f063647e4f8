"""Writes parity/volumes: small NIfTI files by nibabel, and what nibabel, NumPy and SciPy make of them.

    python parity/make_volumes.py

Needs nibabel, numpy, scipy. Deterministic: the same versions write the same bytes.
"""

import gzip
import json
import re
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import scipy
from nibabel.orientations import axcodes2ornt, io_orientation, ornt_transform
from scipy.ndimage import map_coordinates

HERE = Path(__file__).parent
OUT = HERE / "volumes"
DOC = HERE.parent / "docs" / "model-card.md"
random = np.random.default_rng(20)


def save(image, name):
    raw = image.to_bytes()
    (OUT / name).write_bytes(gzip.compress(raw, 9, mtime=0) if name.endswith(".gz") else raw)


def flat(array):
    """i fastest, as in the file."""
    return [float(f"{np.float32(v):.9g}") for v in np.asarray(array).ravel(order="F")]


def rotation(angles):
    x, y, z = angles
    rx = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    ry = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    rz = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    return rz @ ry @ rx


def affine_of(matrix, offset):
    affine = np.eye(4)
    affine[:3, :3] = matrix
    affine[:3, 3] = offset
    return affine


def datatypes(expected):
    affine = np.diag([2.0, 3.0, 4.0, 1.0])
    affine[:3, 3] = [-10, -20, -30]
    for name in "uint8 int8 int16 uint16 int32 uint32 int64 uint64 float32 float64".split():
        dtype = np.dtype(name)
        if dtype.kind == "f":
            data = random.normal(size=(4, 3, 2)) * 100
        else:
            info = np.iinfo(dtype)
            low, high = max(info.min, -(2**40)), min(info.max, 2**40)
            data = random.integers(low, high, size=(4, 3, 2), endpoint=True)
            data[0, 0, 0], data[3, 2, 1] = low, high
        for version, order in [(1, "<"), (2, ">"), (1, ">")]:
            header_class = nib.Nifti1Header if version == 1 else nib.Nifti2Header
            header = header_class(endianness=order)
            header.set_data_dtype(dtype.newbyteorder(order))
            header.set_data_shape(data.shape)
            header.set_sform(affine, 1)
            header["vox_offset"] = 352 if version == 1 else 544
            header["magic"] = b"n+1" if version == 1 else b"n+2\0\r\n\x1a\n"
            raw = header.binaryblock + b"\0\0\0\0"
            raw += data.astype(dtype.newbyteorder(order)).tobytes(order="F")
            file = f"{name}-v{version}-{'be' if order == '>' else 'le'}.nii.gz"
            (OUT / file).write_bytes(gzip.compress(raw, 9, mtime=0))
            again = nib.load(OUT / file)
            assert again.header.endianness == order, file
            assert again.get_data_dtype() == dtype.newbyteorder(order), file
            values = flat(again.get_fdata())
            expected["files"][file] = {
                "datatype": name,
                "version": version,
                "dims": list(data.shape),
                "affine": again.affine.ravel().tolist(),
                "orientation": "".join(nib.aff2axcodes(again.affine)),
                "values": values if version == 1 and order == "<" else f"{name}-v1-le.nii.gz",
            }


def geometry(expected):
    data = random.integers(0, 1000, size=(4, 3, 2)).astype(np.int16)
    oblique = affine_of(rotation([0.2, -0.3, 0.4]) @ np.diag([-1.5, 2.0, 2.5]), [12.5, -7, 3])
    other = affine_of(rotation([0, 0, 0.1]) @ np.diag([1.0, 1.0, 3.0]), [1, 2, 3])
    files = {
        "sform-oblique.nii": (oblique, 2, None, 0),
        "qform-left-handed.nii": (None, 0, oblique, 1),
        "qform-right-handed.nii": (None, 0, affine_of(-oblique[:3, :3] @ np.diag([1, 1, 1]), [0, 0, 5]), 3),
        "qform-half-turn.nii": (None, 0, np.diag([-2.0, -2.0, 3.0, 1.0]), 1),
        "sform-wins-over-higher-qform.nii": (oblique, 1, other, 4),
    }
    for name, (sform, scode, qform, qcode) in files.items():
        image = nib.Nifti1Image(data, np.eye(4))
        image.header.set_sform(sform, scode)
        image.header.set_qform(qform, qcode)
        image = nib.Nifti1Image(data, None, image.header)
        save(image, name)
        again = nib.load(OUT / name)
        assert int(again.header["sform_code"]) == scode and int(again.header["qform_code"]) == qcode
        expected["files"][name] = {
            "datatype": "int16",
            "version": 1,
            "dims": list(data.shape),
            "affine": again.affine.ravel().tolist(),
            "orientation": "".join(nib.aff2axcodes(again.affine)),
            "values": flat(again.get_fdata()),
            "space": scode or qcode,
        }


def frames(expected):
    series = random.integers(-500, 500, size=(3, 4, 2, 3)).astype(np.int16)
    image = nib.Nifti1Image(series, np.diag([1.0, 2.0, 3.0, 1.0]))
    image.header.set_slope_inter(0.5, -20)
    scaled = nib.Nifti1Image(series * 0.5 - 20, image.affine, image.header)
    save(scaled, "series-scaled.nii.gz")
    vector = random.normal(size=(3, 2, 2, 1, 2)).astype(np.float32)
    save(nib.Nifti2Image(vector, np.eye(4)), "vector-5d.nii.gz")
    plane = random.normal(size=(5, 4)).astype(np.float64)
    save(nib.Nifti1Image(plane, np.diag([-1.0, 1.0, 1.0, 1.0])), "plane-2d.nii")
    for name in ["series-scaled.nii.gz", "vector-5d.nii.gz", "plane-2d.nii"]:
        again = nib.load(OUT / name)
        values = again.get_fdata().reshape((*again.shape[:3], *[1] * (3 - len(again.shape[:3])), -1), order="F")
        expected["frames"][name] = {
            "dims": list(values.shape[:3]),
            "affine": again.affine.ravel().tolist(),
            "frames": [flat(values[..., f]) for f in range(values.shape[3])],
        }


def orientations(expected):
    for _ in range(24):
        axes = random.permutation(3)
        signs = random.choice([-1, 1], size=3)
        matrix = rotation(random.uniform(-0.35, 0.35, size=3)) @ np.diag(random.uniform(0.5, 3, size=3))
        matrix = matrix[:, axes] * signs
        affine = affine_of(matrix, random.uniform(-100, 100, size=3))
        expected["orientations"].append(
            {"affine": affine.ravel().round(6).tolist(), "code": "".join(nib.aff2axcodes(affine))}
        )


def sample(data, places, order):
    """Our border rule, out of SciPy: held for half a voxel beyond the edge, 0 further out."""
    size = np.array(data.shape)[:, None]
    inside = ((places >= -0.5) & (places <= size - 0.5)).all(axis=0)
    clipped = np.clip(places, 0, size - 1)
    if order == 0:
        clipped = np.floor(clipped + 0.5)
    return map_coordinates(data, clipped, order=order, mode="nearest") * inside


def resampling(expected):
    data = random.normal(size=(7, 6, 5)).astype(np.float32)
    source = affine_of(np.array([[0, 2.0, 0], [-1.5, 0, 0], [0, 0, 3.0]]), [-5, 6, -7])
    save(nib.Nifti2Image(data, source), "resample-source.nii.gz")
    aligned = affine_of(np.diag([1.3, 1.1, 1.7]), [-6.1, -4.2, -8.3])
    targets = {
        "aligned": (aligned, (8, 9, 6)),
        "coarser": (affine_of(np.diag([-4.0, 3.1, 5.0]), [4.0, -2.0, -6.0]), (3, 3, 3)),
        "oblique": (affine_of(rotation([0.3, 0.2, -0.5]) @ np.diag([1.2, 1.4, 1.1]), [-4, -3, -5]), (8, 7, 6)),
    }
    for name, (affine, shape) in targets.items():
        grid = np.indices(shape).reshape(3, -1)
        voxels = np.linalg.inv(source) @ affine @ np.vstack([grid, np.ones(grid.shape[1])])
        for order, kind in [(0, "nearest"), (1, "trilinear")]:
            values = sample(data.astype(np.float64), voxels[:3], order).reshape(shape)
            expected["resampled"].append(
                {
                    "name": name,
                    "interpolation": kind,
                    "affine": affine.ravel().tolist(),
                    "dims": list(shape),
                    "values": [round(v, 5) for v in flat(values)],
                }
            )


def documented_function():
    code = re.search(r"```python\n(.*?)```", DOC.read_text(), re.S).group(1)
    scope = {"np": np}
    exec(code, scope)
    return scope["resample_axis"]


def prepared(expected):
    """The geometry of docs/model-card.md, done with nibabel and the page's own function."""
    resample_axis = documented_function()
    data = (random.uniform(50, 150, size=(9, 11, 8)) * (random.uniform(size=(9, 11, 8)) > 0.1)).astype(np.float32)
    data[:2], data[:, 9:], data[:, :, :1] = 0, 0, 0
    image = nib.Nifti1Image(data, affine_of(np.array([[0, 0, -2.0], [-1.5, 0, 0], [0, 1.25, 0]]), [9, 8, -6]))
    save(image, "prepare-source.nii.gz")
    loaded = nib.load(OUT / "prepare-source.nii.gz")

    def turned(code):
        transform = ornt_transform(io_orientation(loaded.affine), axcodes2ornt(code))
        again = loaded.as_reoriented(transform)
        assert "".join(nib.aff2axcodes(again.affine)) == code
        return again.get_fdata(), np.array(again.header.get_zooms(), float), again.affine

    def place(code, spacing=None, shape=None, fit="crop-or-pad", brain=False, point=None):
        values, s, affine = turned(code)
        if brain:
            where = np.argwhere(values > 0)
            lo, n = where.min(axis=0), where.max(axis=0) - where.min(axis=0) + 1
        else:
            lo, n = np.zeros(3, int), np.array(values.shape)
        out = values
        for axis in range(3):
            p = None if shape is None else shape[axis]
            if fit == "resample":
                m, t = p, n[axis] * s[axis] / p
            else:
                t = s[axis] if spacing is None else spacing[axis]
                m = max(1, int(np.floor(n[axis] * s[axis] / t + 0.5)))
                p = m if p is None else p
            if point is not None:
                centre = (np.linalg.inv(affine) @ [*point, 1])[axis]
                b = m // 2 - p // 2 if p < m else -((p - m) // 2)
                first = (n[axis] - 1) / 2 + (b - (m - 1) / 2) * t / s[axis]
                # Shift the data's index so that the grid's middle falls on the point.
                lo_axis = centre - (p - 1) / 2 * t / s[axis] - first
            else:
                lo_axis = lo[axis]
            out = resample_axis(out, axis, n[axis], lo_axis, s[axis], t, m, p)
        return out

    def z_score(a, inside=None):
        values = a if inside is None else a[inside]
        scored = (a - values.mean()) / values.std()
        return scored if inside is None else np.where(inside, scored, 0)

    def add(name, card, tensor):
        tensor = np.asarray(tensor)
        expected["prepared"].append(
            {
                "name": name,
                "card": card,
                "dims": list(tensor.shape),
                "values": [round(float(v), 5) for v in tensor.ravel()],
            }
        )

    box = place("RAS", [2.0] * 3, [6] * 3)
    add("crop-or-pad", {"spacing": 2, "shape": 6}, box[None, None])
    stretched = place("LPS", None, [5, 4, 6], "resample")
    add(
        "resample, SimpleITK order",
        {"orientation": "LPS", "layout": "NCKJI", "shape": [5, 4, 6], "intensity": "z-score"},
        z_score(stretched).transpose(2, 1, 0)[None, None],
    )
    brain = place("RAS", [1.6, 1.4, 1.7], None, brain=True)
    add(
        "brain box, z-score inside",
        {"spacing": [1.6, 1.4, 1.7], "centre": "brain", "intensity": {"kind": "z-score", "scope": "brain"}},
        z_score(brain, brain > 0)[None, None],
    )
    point = place("RAS", [1.5] * 3, [5, 6, 7], point=[1.0, 2.0, 0.5])
    add(
        "around a point, min-max",
        {"spacing": 1.5, "shape": [5, 6, 7], "centre": [1, 2, 0.5], "intensity": "min-max"},
        ((point - point.min()) / (point.max() - point.min()))[None, None],
    )
    plain = place("RAS")
    low, high = np.percentile(plain[plain > 20], [2, 95])
    clipped = np.where(plain > 20, (np.clip(plain, low, high) - low) / (high - low) * 2 - 1, 0)
    add(
        "percentiles inside, channels last",
        {
            "layout": "NIJKC",
            "brainAbove": 20,
            "intensity": {"kind": "percentile-clip", "low": 2, "high": 95, "scope": "brain", "to": [-1, 1]},
        },
        clipped[None, ..., None],
    )
    counts = (plain > 0).sum(axis=(0, 1))
    slice_ = plain[:, :, int(np.argmax(counts))]
    window = (np.clip(slice_, 60, 120) - 60) / 60
    red, green = (window - 0.485) / 0.229, (window - 0.456) / 0.224
    add(
        "largest slice, two channels",
        {
            "layout": "NCJI",
            "slice": "largest",
            "channels": [
                {
                    "name": name,
                    "volume": 0,
                    "intensity": [
                        {"kind": "window", "low": 60, "high": 120},
                        {"kind": "mean-std", "mean": mean, "std": std},
                    ],
                }
                for name, mean, std in [("red", 0.485, 0.229), ("green", 0.456, 0.224)]
            ],
        },
        np.stack([red.T, green.T])[None],
    )


def statistics(expected):
    values = np.round(random.normal(size=200), 2).astype(np.float32)
    percents = [0, 1, 12.5, 50, 90, 99, 99.5, 100]
    expected["statistics"] = {
        "values": flat(values),
        "percents": percents,
        "percentiles": np.percentile(values.astype(np.float64), percents).tolist(),
        "mean": float(values.astype(np.float64).mean()),
        "std": float(values.astype(np.float64).std()),
    }


def written():
    """What nibabel writes for the volume that nifti-write.test.ts writes."""
    data = np.arange(24, dtype=np.float32).reshape((2, 3, 4), order="F") / 8
    affine = affine_of(rotation([0.1, 0.2, -0.3]) @ np.diag([-1.0, 1.5, 2.0]), [10, -20, 30])
    image = nib.Nifti1Image(data, affine)
    image.header.set_sform(affine, 4)
    image.header.set_qform(affine, 4)
    image.header.set_xyzt_units("mm")
    image.header["descrip"] = b"a map"
    image.header["scl_slope"], image.header["scl_inter"] = 1, 0
    save(image, "written-by-nibabel.nii")
    return affine.ravel().tolist()


def main():
    OUT.mkdir(exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    expected = {
        "made with": {
            "nibabel": nib.__version__,
            "numpy": np.__version__,
            "scipy": scipy.__version__,
        },
        "files": {},
        "frames": {},
        "orientations": [],
        "resampled": [],
        "prepared": [],
    }
    datatypes(expected)
    geometry(expected)
    frames(expected)
    orientations(expected)
    resampling(expected)
    prepared(expected)
    statistics(expected)
    expected["writtenAffine"] = written()
    (OUT / "expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")
    total = sum(path.stat().st_size for path in OUT.iterdir())
    print(f"{total} bytes", file=sys.stderr)


main()
