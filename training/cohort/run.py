"""Command 2: `python -m cohort.run configs/hippocampus.json` trains, measures and exports."""

import argparse
import json
import platform
import time
from importlib.metadata import version
from pathlib import Path

import torch

from .cases import checksums, write_case, write_json
from .cohort import SPLITS, checksum, load_anatomies
from .evaluate import measure_accuracy, measure_pairs, predict
from .explain import measure_methods
from .export import OPSET, export_onnx, model_card
from .fetch import SOURCES
from .model import FocalNet
from .notice import write_index, write_notice
from .paths import CACHE, LOGS, PUBLIC_CASES
from .train import make_batch, make_pairs, train

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
DECISIVE = ("seed", "region", "templates", "anatomies", "warp", "appearance", "training")


def train_and_log(config: dict, anatomies: dict, weights: Path, log_path: Path, threads: int):
    """Trains, measures on the test set, and leaves the weights and the log behind."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    started = time.perf_counter()
    model, rows = train(anatomies, config, device)
    seconds = round(time.perf_counter() - started, 1)
    test = make_batch(anatomies["test"], config, "test", range(config["subjects"]["test"]))
    scores = measure_accuracy(model, test, device)
    pairs = make_pairs(anatomies["test"], config, "test")
    pair_scores = measure_pairs(*(predict(model, part, device) for part in pairs))
    print(scores, pair_scores, flush=True)
    weights.parent.mkdir(parents=True, exist_ok=True)
    torch.save(model.cpu().state_dict(), weights)
    record = {
        "id": config["id"],
        "device": device,
        "threads": threads,
        "seconds": seconds,
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "sources": {name: source["sha256"] for name, source in SOURCES.items()},
        "anatomies_sha256": {split: checksum(anatomies[split]) for split in SPLITS},
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "validation": rows,
        "test": scores,
        "test_pairs": pair_scores,
        "explanations": measure_methods(model, anatomies["test"], config),
        "config": config,
    }
    write_json(log_path, record)


def export(config: dict, anatomies: dict, weights: Path, log_path: Path) -> None:
    record = json.loads(log_path.read_text())
    if any(record["config"][key] != config[key] for key in DECISIVE):
        raise SystemExit(f"{log_path.name} was made with other settings: train again.")
    model = FocalNet(config["training"]["dropout"])
    model.load_state_dict(torch.load(weights))
    folder = PUBLIC_CASES / config["id"]
    folder.mkdir(parents=True, exist_ok=True)
    card = model_card(config, record)
    export_onnx(model.eval(), card, folder / "model.onnx")
    write_case(folder, config, card, anatomies["test"])
    write_json(
        log_path,
        record
        | {
            "config": config,
            "exporter": f"torch.onnx.export(dynamo=True), opset {OPSET}",
            "files_sha256": checksums(folder),
        },
    )
    write_index()
    write_notice()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--export-only", action="store_true", help="keep the cached weights")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    config = json.loads(arguments.config.read_text())
    weights = CACHE / "models" / f"{config['id']}.pt"
    log_path = LOGS / f"{config['id']}.json"
    anatomies = {split: load_anatomies(config, split) for split in SPLITS}
    if not arguments.export_only:
        train_and_log(config, anatomies, weights, log_path, arguments.threads)
    export(config, anatomies, weights, log_path)


if __name__ == "__main__":
    main()
