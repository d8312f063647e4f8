"""Command 2: `python -m cohort.run configs/NAME.json` trains, measures and exports one task.

A variant (a training seed, an architecture) whose weights are cached for the same settings is not
trained again: an interrupted run goes on where it stopped.
"""

import argparse
import json
import platform
import time
from importlib.metadata import version
from pathlib import Path

import torch

from .cases import checksums, write_case, write_json
from .cohort import SPLITS, checksum
from .explain import measure_methods
from .export import OPSET, export_onnx, model_card
from .fetch import SOURCES
from .notice import write_index, write_notice
from .paths import CACHE, LOGS, PUBLIC_CASES
from .tasks import Task, score_variant, task_of, train_variant
from .train_chest import slice_checksums

PACKAGES = (
    "torch",
    "numpy",
    "scipy",
    "nibabel",
    "scikit-learn",
    "onnx",
    "onnxscript",
    "onnxruntime",
)

# What weights depend on; texts and the choice of shipped subjects may change before an export.
DECISIVE = (
    "seed",
    "region",
    "templates",
    "anatomies",
    "warp",
    "appearance",
    "signal",
    "network",
    "slices",
    "training",
)


def decisive(config: dict, variant: str) -> dict:
    """Of several architectures each has a training plan of its own."""
    found = {key: config[key] for key in DECISIVE if key in config}
    if variant in found["training"]:
        found["training"] = found["training"][variant]
    return found


def weights_path(config: dict, variant: str) -> Path:
    suffix = "" if variant == "main" else f"-{variant}"
    return CACHE / "models" / f"{config['id']}{suffix}.pt"


def record_path(config: dict, variant: str) -> Path:
    return weights_path(config, variant).with_suffix(".json")


def is_trained(config: dict, variant: str) -> bool:
    """Weights made with these settings are in the cache."""
    path = record_path(config, variant)
    if not path.exists() or not weights_path(config, variant).exists():
        return False
    return json.loads(path.read_text())["settings"] == decisive(config, variant)


def explains(config: dict) -> bool:
    """Tasks whose signal is a region's intensity; a control has no truth to find."""
    return "region" in config and "signal" not in config and "volumesFrom" not in config["case"]


def train_and_record(task: Task, variant: str, anatomies: dict) -> None:
    """Trains, measures on the test set, and leaves weights and scores in the cache."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    started = time.perf_counter()
    model, rows = train_variant(task, variant, anatomies, device)
    seconds = round(time.perf_counter() - started, 1)
    path = weights_path(task.config, variant)
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({name: value.cpu() for name, value in model.state_dict().items()}, path)
    scores = score_variant(task, model.eval(), anatomies, device)
    print(task.config["id"], variant, scores, flush=True)
    record = {
        "variant": variant,
        "device": device,
        "threads": torch.get_num_threads(),
        "seconds": seconds,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "validation": rows,
        **scores,
        "settings": decisive(task.config, variant),
    }
    if explains(task.config):
        model = model.cpu()
        record["explanations"] = measure_methods(model, anatomies["test"], task.config)
    write_json(record_path(task.config, variant), record)


def read_records(task: Task) -> dict[str, dict]:
    """Scores of the variants that are trained, without the settings that the log states once."""
    found = {}
    for variant in task.variants:
        if is_trained(task.config, variant):
            record = json.loads(record_path(task.config, variant).read_text())
            del record["settings"]
            found[variant] = record
    return found


def export(task: Task, anatomies: dict) -> None:
    """Every trained variant as ONNX, the case's files, and the log."""
    config, records = task.config, read_records(task)
    if not records:
        raise SystemExit(f"{config['id']}: nothing is trained with these settings.")
    folder = PUBLIC_CASES / config["id"]
    folder.mkdir(parents=True, exist_ok=True)
    cards, sessions = {}, {}
    for variant, record in records.items():
        model = task.new_model(variant)
        model.load_state_dict(torch.load(weights_path(config, variant)))
        note = config.get("notes", {}).get(variant, "")
        name = "model" if variant == task.variants[0] else f"model-{variant}"
        cards[variant] = model_card(config, record, note)
        sessions[variant] = f"{name}.onnx"
        export_onnx(model.eval(), cards[variant], folder / f"{name}.onnx", task.example_shape)
    write_case(folder, task, cards, sessions, anatomies.get("test", []))
    digests = {split: checksum(anatomies[split]) for split in SPLITS if split in anatomies}
    log = {
        "id": config["id"],
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "sources": {name: source["sha256"] for name, source in SOURCES.items()},
        "anatomies_sha256": digests,
        "models": records,
        "exporter": f"torch.onnx.export(dynamo=True), opset {OPSET}",
        "files_sha256": checksums(folder),
        "config": config,
    }
    if not task.uses_anatomy:
        del log["sources"], log["anatomies_sha256"]
        log["slices_sha256"] = slice_checksums(config)
    write_json(LOGS / f"{config['id']}.json", log)
    write_index()
    write_notice()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--variant", help="train this one only")
    parser.add_argument("--no-export", action="store_true", help="leave `public/` alone")
    parser.add_argument("--export-only", action="store_true", help="keep the cached weights")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    task = task_of(json.loads(arguments.config.read_text()))
    anatomies = task.anatomies(*SPLITS) if task.uses_anatomy else {}
    for variant in task.variants:
        wanted = arguments.variant in (None, variant) and not arguments.export_only
        if wanted and not is_trained(task.config, variant):
            train_and_record(task, variant, anatomies)
    if not arguments.no_export:
        export(task, anatomies)


if __name__ == "__main__":
    main()
