"""The trained network as one ONNX file that carries its card."""

import json
import warnings
from pathlib import Path

import onnx
import torch

from .model import FocalNet
from .warp import GRID_ORIGIN_MM, GRID_SHAPE, GRID_SPACING_MM

OPSET = 18


def model_card(config: dict, record: dict) -> dict:
    """As `public/schema/model-card.schema.json` defines it; the maths is `tensor.py`'s."""
    centre = [
        origin + GRID_SPACING_MM * (size - 1) / 2
        for origin, size in zip(GRID_ORIGIN_MM, GRID_SHAPE, strict=True)
    ]
    pairs = record["test_pairs"]
    low, high = pairs["accuracy_95"]
    return {
        "$schema": "../../schema/model-card.schema.json",
        "title": config["title"],
        "description": (
            f"{config['description']} Held-out accuracy {pairs['accuracy']:.3f} "
            f"(95 % interval {low:.3f} to {high:.3f}; {pairs['count']} volumes: unseen anatomies, "
            f"each with the signal and without), AUC {record['test']['auc']:.3f} on "
            f"{record['test']['count']} random draws. For teaching and testing, not for patients."
        ),
        "citation": config["citation"],
        "orientation": "RAS",
        "layout": "NCIJK",
        "spacing": [GRID_SPACING_MM] * 3,
        "shape": list(GRID_SHAPE),
        "fit": "crop-or-pad",
        "centre": centre,
        "brainAbove": 0,
        "intensity": [{"kind": "z-score", "scope": "brain"}],
        "intensityOn": "grid",
        "channels": [{"name": "T1w", "volume": 0}],
        "classNames": config["classNames"],
        "output": "logits",
    }


def export_onnx(model: FocalNet, card: dict, path: Path) -> None:
    """PyTorch's `torch.export` based exporter; the batch axis is free, batch norm is folded."""
    example = torch.zeros(2, 1, *GRID_SHAPE)
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
