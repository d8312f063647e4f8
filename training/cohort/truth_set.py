"""`python -m cohort truth-set NAME`: held-out cases of a task, with truth and twin, in the cache.

Nothing of it is committed: 50 subjects of a brain task with their twins take about 20 MB. The same
seed gives the same files; `manifest.json` lists their sha256.
A folder whose manifest was made with the same settings is left as it is.
"""

import hashlib
import json
from pathlib import Path

import torch

from .cases import write_json, write_subject
from .paths import CACHE
from .run import decisive
from .tasks import task_of

DEFAULT_COUNT = 50


def truth_set(config: dict, count: int = DEFAULT_COUNT, out: Path | None = None) -> Path:
    """Writes test subjects 0 to `count` - 1, class 1, and returns their folder.

    The subjects that the page ships are among them: they are held out all the same.
    """
    task = task_of(config)
    folder = out or CACHE / "truth" / config["id"]
    manifest = folder / "manifest.json"
    settings = decisive(config, task.variants[0]) | {"count": count}
    if manifest.exists() and json.loads(manifest.read_text())["settings"] == settings:
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    anatomies = task.anatomies("test")["test"] if task.uses_anatomy else []
    if anatomies and count > len(anatomies):
        raise SystemExit(
            f"{config['id']}: {len(anatomies)} test anatomies, {count} were asked for."
        )
    cases = []
    for index in range(count):
        subject = task.subject(anatomies, index)
        files = write_subject(folder, f"{index:03d}-", subject, task)
        digests = {
            key: hashlib.sha256((folder / name).read_bytes()).hexdigest()
            for key, name in files.items()
        }
        cases.append({"index": index, "class": 1} | files | {"sha256": digests} | subject.facts)
        print(f"{config['id']}: {index + 1} of {count}", flush=True)
    value = {"task": config["id"], "cases": cases, "settings": settings}
    write_json(manifest, value)
    return folder


def add_arguments(parser) -> None:
    parser.add_argument("task", help="a name in configs/")
    parser.add_argument("--count", type=int, default=DEFAULT_COUNT)
    parser.add_argument("--out", type=Path, help="default: truth/NAME in the cache folder")


def main(arguments) -> None:
    torch.set_num_threads(2)
    path = Path(__file__).resolve().parent.parent / "configs" / f"{arguments.task}.json"
    if not path.exists():
        names = ", ".join(sorted(found.stem for found in path.parent.glob("*.json")))
        raise SystemExit(f"There is no task {arguments.task}; there are: {names}.")
    print(truth_set(json.loads(path.read_text()), arguments.count, arguments.out))
