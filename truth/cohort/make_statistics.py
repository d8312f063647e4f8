"""Summary statistics of the Python cohort; `cohort.test.ts` compares the TypeScript one with them.

    cd training && python ../truth/cohort/make_statistics.py [TASK ...]     # writes statistics.json

Named tasks are measured again and the others kept. Every entry is the mean and the standard
deviation over test subjects 0 .. n - 1.
"""

import json
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
TRAINING = HERE.parent.parent / "training"
sys.path.insert(0, str(TRAINING))

from cohort.anatomy import REGIONS  # noqa: E402
from cohort.tasks import task_of  # noqa: E402

COUNT = 60
BRAIN_TASKS = (
    "hippocampus",
    "lesions-flair",
    "lesions-t1",
    "two-features",
    "shortcut",
    "hippocampal-volume",
)


def measure_anatomy(anatomy) -> dict[str, float]:
    t1 = anatomy.t1.numpy().astype(np.float64)
    brain = t1 > 0
    scaled = t1[brain] / 127.5
    found = {
        "brain voxels": brain.sum(),
        "share below 0.475": np.mean(scaled < 0.475),
        "share above 0.825": np.mean(scaled > 0.825),
        "mean intensity": scaled.mean(),
    }
    places = np.argwhere(brain)
    for axis, name in enumerate("xyz"):
        found[f"centre {name}"] = places[:, axis].mean()
    for region in REGIONS:
        found[f"{region} voxels"] = (anatomy.mask(region).numpy() > 0.5).sum()
    return found


def measure_subject(subject) -> dict[str, float]:
    """`image` has the signal. Changes are those of the truth's voxels against the twin."""
    image = subject.image.numpy().astype(np.float64)
    twin = subject.twin.numpy().astype(np.float64)
    truth = subject.truth.numpy()
    inside = twin > twin.min()
    return {
        "twin mean": twin[inside].mean(),
        "twin deviation": twin[inside].std(),
        "truth voxels": truth.sum(),
        "truth mean": image[truth].mean(),
        "truth change": (image[truth] - twin[truth]).mean(),
        "changed voxels": (image != twin).sum(),
        "changed outside truth": ((image != twin) & ~truth).sum(),
    }


def measure_slice(subject) -> dict[str, float]:
    twin = subject.twin.numpy()[..., 0].astype(np.float64)
    grain = twin[1:-1, 1:-1] - (twin[:-2, 1:-1] + twin[2:, 1:-1]) / 2
    return {
        "air share": np.mean(twin < -950),
        "lung share": np.mean((twin >= -950) & (twin < -600)),
        "soft share": np.mean((twin >= -200) & (twin < 150)),
        "bone share": np.mean(twin >= 150),
        "grain": grain.std(),
    }


def measure_volume(subject) -> dict[str, float]:
    """How much was changed, and how much of that lies in the truth."""
    change = np.abs(subject.image.numpy().astype(np.float64) - subject.twin.numpy())
    truth = subject.truth.numpy()
    return {
        "mean size of change in truth": change[truth].mean(),
        "share of change in truth": change[truth].sum() / change.sum(),
    }


def summarise(rows: list[dict[str, float]]) -> dict[str, dict[str, float]]:
    return {
        key: {
            "mean": round(float(np.mean([row[key] for row in rows])), 5),
            "deviation": round(float(np.std([row[key] for row in rows], ddof=1)), 5),
            "count": len(rows),
        }
        for key in rows[0]
    }


def main(names: list[str]) -> None:
    load = lambda name: task_of(json.loads((TRAINING / "configs" / f"{name}.json").read_text()))
    path = HERE / "statistics.json"
    found = json.loads(path.read_text()) if names else {}
    if not names:
        anatomies = load("hippocampus").anatomies("test")["test"]
        found["anatomy"] = summarise([measure_anatomy(each) for each in anatomies[:COUNT]])
    for name in names or (*BRAIN_TASKS, "nodule"):
        task = load(name)
        anatomies = task.anatomies("test")["test"] if task.uses_anatomy else []
        rows = []
        for index in range(COUNT):
            subject = task.subject(anatomies, index)
            row = measure_subject(subject)
            if name == "nodule":
                row |= measure_slice(subject)
            if name == "hippocampal-volume":
                row |= measure_volume(subject)
            rows.append(row)
        found[name] = summarise(rows)
        print(name, found[name], flush=True)
    path.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
