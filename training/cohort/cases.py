"""The files a case consists of, and what an independent implementation must compute from them."""

import gzip
import hashlib
import json
from pathlib import Path

import nibabel
import numpy as np
import onnxruntime

from .cohort import Subject
from .paths import PUBLIC_CASES
from .picture import write_picture
from .tasks import Task


def write_nifti(path: Path, data: np.ndarray, affine: np.ndarray, description: str) -> None:
    """RAS, qform and sform both set to code 2 (aligned), gzip without a time stamp."""
    image = nibabel.Nifti1Image(np.ascontiguousarray(data), affine)
    image.set_qform(affine, code=2)
    image.set_sform(affine, code=2)
    image.header.set_xyzt_units("mm")
    image.header["descrip"] = description.encode()[:79]
    with path.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(image.to_bytes())


def write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def write_subject(folder: Path, prefix: str, subject: Subject, task: Task) -> dict[str, str]:
    volume = task.volume_name
    files = {
        key: f"{prefix}{name}.nii.gz"
        for key, name in (("volume", volume), ("truth", "truth"), ("twin", "twin"))
    }
    save = lambda key, data, text: write_nifti(folder / files[key], data, task.affine, text)
    save("volume", subject.image.numpy(), "Saliscope generated subject")
    save("truth", subject.truth.numpy().astype(np.uint8), "Saliscope truth mask")
    save("twin", subject.twin.numpy(), "Saliscope twin without the signal")
    return files


def expect(session: onnxruntime.InferenceSession, path: Path, task: Task) -> dict:
    """Prediction and tensor of a shipped volume. Probes are [i, j, k, value] of tensor[0, 0].

    A slice has probes [i, j, value]. "Brain" is what the card's `brainAbove` says.
    """
    image = np.asarray(nibabel.load(path).dataobj)
    tensor = task.to_tensor(image)
    (logits,) = session.run(None, {"volume": tensor[None, None]})
    logits = logits[0].astype(np.float64)
    exponents = np.exp(logits - logits.max())
    inside = image > (0 if task.uses_anatomy else -1100)
    seen = inside if task.uses_anatomy else inside[..., 0]
    brain = np.argwhere(seen)
    first = (0,) * tensor.ndim
    places = [first, *(tuple(map(int, brain[len(brain) * n // 5])) for n in range(1, 5))]
    return {
        "file": path.name,
        "logits": logits.tolist(),
        "probabilities": (exponents / exponents.sum()).tolist(),
        "brainMean": float(image[inside].mean()),
        "brainStd": float(image[inside].std()),
        "brainVoxels": len(brain),
        "tensorMean": float(tensor.mean(dtype=np.float64)),
        "tensorStd": float(tensor.std(dtype=np.float64)),
        "tensorMin": float(tensor.min()),
        "tensorMax": float(tensor.max()),
        "probes": [[*place, float(tensor[place])] for place in places],
    }


def margin(session: onnxruntime.InferenceSession, tensor: np.ndarray) -> float:
    """Logit of class 1 minus that of class 0."""
    (logits,) = session.run(None, {"volume": tensor[None, None]})
    return float(logits[0, 1] - logits[0, 0])


def choose_subjects(
    task: Task, session: onnxruntime.InferenceSession, anatomies: list
) -> tuple[list[int], list[int]]:
    """The test subjects to ship and those passed over.

    The config lists them, or says how many: then they are the first whose image and twin are both
    told right, so that a newcomer's first map explains a right answer.
    """
    wanted = task.config["case"]["subjects"]
    if isinstance(wanted, list):
        return wanted, []
    chosen, passed, index = [], [], 0
    while len(chosen) < wanted["count"]:
        subject = task.subject(anatomies, index)
        signal = margin(session, task.to_tensor(subject.image.numpy()))
        quiet = margin(session, task.to_tensor(subject.twin.numpy()))
        (chosen if signal > 0 > quiet else passed).append(index)
        index += 1
        if len(passed) > 20:
            raise SystemExit(f"{task.config['id']}: the model tells too few subjects right.")
    return chosen, passed


def make_subjects(folder: Path, task: Task, session: onnxruntime.InferenceSession, anatomies: list):
    """Writes volumes, truths and twins; rows of `case.json` and indices passed over."""
    chosen, passed = choose_subjects(task, session, anatomies)
    rows = []
    for number, index in enumerate(chosen, start=1):
        subject = task.subject(anatomies, index)
        prefix = "" if number == 1 else f"subject-{number}-"
        files = write_subject(folder, prefix, subject, task)
        rows.append(
            {"id": f"subject-{number}", "title": f"Subject {number}"}
            | files
            | {"expectedClass": 1, "twinExpectedClass": 0}
            | subject.facts
            | {"testIndex": index}
        )
    return rows, passed


def borrowed_subjects(other: str) -> list[dict]:
    """The rows of another case, whose files this one shows with its own model.

    What a control says means nothing: no class is expected of it.
    """
    rows = json.loads((PUBLIC_CASES / other / "case.json").read_text())["subjects"]
    lent = {"volume", "truth", "twin"}
    return [
        {
            key: f"../{other}/{value}" if key in lent else value
            for key, value in row.items()
            if key not in ("expectedClass", "twinExpectedClass")
        }
        for row in rows
    ]


def model_rows(folder: Path, listed: list[dict]) -> list[dict]:
    """`models` of `case.json`: those that are there, the case's own first. Every subject can be
    opened with each."""
    return [
        {"variant": row["variant"], "title": row["title"], "model": row["model"]}
        | {"card": row["model"].replace(".onnx", ".card.json")}
        for row in listed
        if (folder / row["model"]).exists()
    ]


def write_case(folder: Path, task: Task, cards: dict, models: dict, anatomies: list) -> None:
    """Subjects with the signal and their twins, the case's description, and expected numbers.

    `cards` and `models` (file names) by variant; the first is the case's own.
    """
    config, passed, picture = task.config, [], None
    texts = config["case"]
    main = next(iter(models))
    session = onnxruntime.InferenceSession(folder / models[main])
    if "volumesFrom" in texts:
        rows = borrowed_subjects(texts["volumesFrom"])
        picture = f"../{texts['volumesFrom']}/picture.png"
    else:
        rows, passed = make_subjects(folder, task, session, anatomies)
        first = task.subject(anatomies, rows[0]["testIndex"])
        picture = "picture.png"
        write_picture(folder / picture, first, None if task.uses_anatomy else (-1100.0, 400.0))
    expected = [
        expect(session, folder / row[key], task) for row in rows for key in ("volume", "twin")
    ]
    for variant, card in cards.items():
        write_json(folder / models[variant].replace(".onnx", ".card.json"), card)
    case = {"id": config["id"], "title": texts["title"]}
    case |= {key: texts[key] for key in ("question", "answer", "lesson")}
    case |= {"tags": texts.get("tags", []), "picture": picture}
    case |= {"model": models[main], "card": "model.card.json"}
    if "models" in texts:
        case["models"] = model_rows(folder, texts["models"])
    if "volumesFrom" not in texts:
        case["expectedClass"] = 1
    case |= {key: texts[key] for key in ("targetClass", "methods", "defaultMethod")}
    if "threshold" in texts:
        case["threshold"] = texts["threshold"]
    case |= {"subjects": rows} | ({"passedOver": passed} if passed else {})
    write_json(folder / "case.json", case | {"attribution": texts["attribution"]})
    runtime = f"onnxruntime {onnxruntime.__version__} (CPU)"
    write_json(folder / "expected.json", {"runtime": runtime, "subjects": expected})


def checksums(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.name != "NOTICE.md"
    }
