"""The files a case consists of, and what an independent implementation must compute from them."""

import gzip
import hashlib
import json
from pathlib import Path

import nibabel
import numpy as np
import onnxruntime

from .cohort import Anatomy, Subject, make_subject
from .tensor import z_score_inside_brain
from .warp import grid_affine


def write_nifti(path: Path, data: np.ndarray, description: str) -> None:
    """uint8, RAS, qform and sform both set to code 2 (aligned), gzip without a time stamp."""
    image = nibabel.Nifti1Image(np.ascontiguousarray(data, dtype=np.uint8), grid_affine())
    image.set_qform(grid_affine(), code=2)
    image.set_sform(grid_affine(), code=2)
    image.header.set_xyzt_units("mm")
    image.header["descrip"] = description.encode()[:79]
    with path.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(image.to_bytes())


def write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def write_subject(folder: Path, prefix: str, subject: Subject) -> dict:
    files = {name: f"{prefix}{name}.nii.gz" for name in ("t1", "truth", "twin")}
    write_nifti(folder / files["t1"], subject.image.numpy(), "Saliscope generated subject")
    write_nifti(folder / files["truth"], subject.truth.numpy(), "Saliscope truth mask")
    write_nifti(folder / files["twin"], subject.twin.numpy(), "Saliscope twin without the signal")
    return files


def expect(session: onnxruntime.InferenceSession, path: Path) -> dict:
    """Prediction and tensor of a shipped volume. Probes are [i, j, k, value] of tensor[0, 0]."""
    image = np.asarray(nibabel.load(path).dataobj)
    tensor = z_score_inside_brain(image)
    (logits,) = session.run(None, {"volume": tensor[None, None]})
    logits = logits[0].astype(np.float64)
    exponents = np.exp(logits - logits.max())
    brain = np.argwhere(image > 0)
    places = [(0, 0, 0), *(tuple(map(int, brain[len(brain) * n // 5])) for n in range(1, 5))]
    return {
        "file": path.name,
        "logits": logits.tolist(),
        "probabilities": (exponents / exponents.sum()).tolist(),
        "brainMean": float(image[image > 0].mean()),
        "brainStd": float(image[image > 0].std()),
        "brainVoxels": len(brain),
        "tensorMean": float(tensor.mean(dtype=np.float64)),
        "tensorStd": float(tensor.std(dtype=np.float64)),
        "tensorMin": float(tensor.min()),
        "tensorMax": float(tensor.max()),
        "probes": [[*place, float(tensor[place])] for place in places],
    }


def write_case(folder: Path, config: dict, card: dict, anatomies: list[Anatomy]) -> None:
    """Subjects with the signal and their twins, the case's description, and expected numbers."""
    subjects, expected = [], []
    session = onnxruntime.InferenceSession(folder / "model.onnx")
    for number, index in enumerate(config["case"]["subjects"], start=1):
        subject = make_subject(anatomies, config, "test", index, label=1, with_twin=True)
        prefix = "" if number == 1 else f"subject-{number}-"
        files = write_subject(folder, prefix, subject)
        subjects.append(
            {
                "id": f"subject-{number}",
                "title": f"Subject {number}",
                "volume": files["t1"],
                "truth": files["truth"],
                "twin": files["twin"],
                "expectedClass": 1,
                "twinExpectedClass": 0,
                "signalChange": round(subject.appearance.change[config["region"]], 4),
                "testIndex": index,
            }
        )
        expected += [expect(session, folder / files[name]) for name in ("t1", "twin")]
    case = {"id": config["id"], "title": config["case"]["title"]}
    case |= {key: config["case"][key] for key in ("question", "answer", "lesson")}
    case |= {"model": "model.onnx", "card": "model.card.json", "expectedClass": 1}
    case |= {key: config["case"][key] for key in ("targetClass", "methods", "defaultMethod")}
    case |= {"subjects": subjects, "attribution": config["case"]["attribution"]}
    write_json(folder / "case.json", case)
    write_json(folder / "model.card.json", card)
    write_json(
        folder / "expected.json",
        {"runtime": f"onnxruntime {onnxruntime.__version__} (CPU)", "subjects": expected},
    )


def checksums(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.name != "NOTICE.md"
    }
