"""The trained network as one ONNX file that carries its card."""

import json
import warnings
from pathlib import Path

import onnx
import torch

from .chest import SIZE, SPACING_MM
from .warp import GRID_ORIGIN_MM, GRID_SHAPE, GRID_SPACING_MM

OPSET = 18


def held_out(record: dict) -> str:
    """What the card says about unseen subjects."""
    pairs = record["test_pairs"]
    low, high = pairs["accuracy_95"]
    return (
        f"Held-out accuracy {pairs['accuracy']:.3f} "
        f"(95 % interval {low:.3f} to {high:.3f}; {pairs['count']} images: unseen anatomies, "
        f"each with the signal and without), AUC {record['test']['auc']:.3f} on "
        f"{record['test']['count']} images."
    )


def model_card(config: dict, record: dict, note: str = "") -> dict:
    """As `public/schema/model-card.schema.json` defines it; the maths is `tensor.py`'s.

    `record`: the variant's scores; `note`: what sets this variant apart.
    """
    words = [config["description"], note, held_out(record)]
    words.append("For teaching and testing, not for patients.")
    card = {
        "$schema": "../../schema/model-card.schema.json",
        "title": config["title"],
        "description": " ".join(word for word in words if word),
        "citation": config["citation"],
        "orientation": "RAS",
    }
    card |= slice_grid() if config.get("network") == "chest" else brain_grid(config)
    return card | {"classNames": config["classNames"], "output": "logits"}


def brain_grid(config: dict) -> dict:
    centre = [
        origin + GRID_SPACING_MM * (size - 1) / 2
        for origin, size in zip(GRID_ORIGIN_MM, GRID_SHAPE, strict=True)
    ]
    return {
        "layout": "NCIJK",
        "spacing": [GRID_SPACING_MM] * 3,
        "shape": list(GRID_SHAPE),
        "fit": "crop-or-pad",
        "centre": centre,
        "brainAbove": 0,
        "intensity": [{"kind": "z-score", "scope": "brain"}],
        "intensityOn": "grid",
        "channels": [{"name": config.get("channel", "T1w"), "volume": 0}],
    }


def slice_grid() -> dict:
    """`brainAbove` below every Hounsfield unit: metrics look at the whole slice."""
    return {
        "layout": "NCIJ",
        "spacing": [SPACING_MM, SPACING_MM, None],
        "shape": [SIZE, SIZE, 1],
        "fit": "crop-or-pad",
        "slice": "middle",
        "brainAbove": -1100,
        "intensity": [{"kind": "window", "low": -1000, "high": 400}],
        "intensityOn": "grid",
        "channels": [{"name": "CT", "volume": 0}],
    }


def export_onnx(
    model: torch.nn.Module, card: dict, path: Path, shape: tuple[int, ...] = (1, *GRID_SHAPE)
) -> None:
    """PyTorch's `torch.export` based exporter; the batch axis is free, batch norm is folded."""
    example = torch.zeros(2, *shape)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model.cpu().eval(),
            (example,),
            path,
            dynamo=True,
            opset_version=OPSET,
            input_names=["volume"],
            output_names=["logits"],
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            external_data=False,
            verbose=False,
        )
    proto = onnx.load(path)
    for holder in (proto, proto.graph):
        del holder.metadata_props[:]
    for node in proto.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in (*proto.graph.input, *proto.graph.output, *proto.graph.value_info):
        del value.metadata_props[:]
    entry = proto.metadata_props.add()
    entry.key, entry.value = "saliscope.card", json.dumps(card)
    onnx.checker.check_model(proto, full_check=True)
    onnx.save(proto, path)
