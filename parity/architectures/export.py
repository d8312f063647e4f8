"""One network by PyTorch's two exporters, with a free and a fixed batch; large weights are taken out."""

import gzip
import io
import math

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from .match_weights import LARGEST_KEPT, SMALL

EXPORTERS = ("torchscript", "dynamo")
BATCHES = ("dynamic", "fixed")
OPSETS = {"torchscript": 17, "dynamo": 20}


def export(module, inputs, exporter, batch, names):
    """ModelProto. `inputs` have two rows; a fixed batch takes the first."""
    free = batch == "dynamic"
    given = tuple(x if free else x[:1] for x in inputs)
    outputs = ["output"]
    if exporter == "torchscript":
        buffer = io.BytesIO()
        axes = {"dynamic_axes": {name: {0: "batch"} for name in [*names, *outputs]}} if free else {}
        torch.onnx.export(module, given, buffer, dynamo=False, opset_version=OPSETS[exporter],
                          input_names=names, output_names=outputs, **axes)
        model = onnx.load_from_string(buffer.getvalue())
    else:
        size = torch.export.Dim("batch", min=1, max=64)
        shapes = {"dynamic_shapes": tuple({0: size} for _ in given)} if free else {}
        program = torch.onnx.export(module, given, dynamo=True, opset_version=OPSETS[exporter], verbose=False,
                                    input_names=names, output_names=outputs, **shapes)
        model = program.model_proto
    return without_traces(model)


def without_traces(model):
    """Source lines and paths of this machine say nothing about the network."""
    model.doc_string = ""
    model.graph.doc_string = ""
    del model.graph.metadata_props[:]
    del model.graph.value_info[:]
    for part in [*model.graph.node, *model.graph.initializer, *model.graph.input, *model.graph.output, *model.functions]:
        part.doc_string = ""
        del part.metadata_props[:]
    for function in model.functions:
        for node in function.node:
            node.doc_string = ""
            del node.metadata_props[:]
    return model


def take_weights_out(model, matcher):
    """(compressed model, recipes): the recipes say how the weights that were taken out are made again."""
    recipes, kept, lost = [], [], []
    for tensor in model.graph.initializer:
        floats = tensor.data_type == onnx.TensorProto.FLOAT
        if not floats or math.prod(tensor.dims) < SMALL:
            kept.append(tensor)
            continue
        array = numpy_helper.to_array(tensor)
        recipe = matcher.match(array)
        if recipe:
            recipes.append({"name": tensor.name, "dims": list(tensor.dims), **recipe})
            continue
        kept.append(tensor)
        size = len(gzip.compress(np.ascontiguousarray(array).tobytes()))
        if size > LARGEST_KEPT:
            lost.append(f"{tensor.name} {list(tensor.dims)}")
    if lost:
        raise SystemExit(f"{len(lost)} large initializers match no parameter: {', '.join(lost[:8])}")
    light = onnx.ModelProto()
    light.CopyFrom(onnx.ModelProto(ir_version=model.ir_version, producer_name=model.producer_name,
                                   producer_version=model.producer_version, opset_import=model.opset_import,
                                   functions=model.functions, metadata_props=model.metadata_props))
    light.graph.name = model.graph.name
    light.graph.node.extend(model.graph.node)
    light.graph.input.extend(model.graph.input)
    light.graph.output.extend(model.graph.output)
    light.graph.initializer.extend(kept)
    return gzip.compress(light.SerializeToString(deterministic=True), 9, mtime=0), recipes
