"""One small network in every number format: half, mixed and bfloat16 by PyTorch's exporters, quantised by onnxruntime.

Run: python parity/make_number_formats.py   (parity/requirements.txt names the versions)
Writes parity/fixtures/number-formats/: one ONNX file per format and cases.json with an input, the output and, where the format
is not a quantised one, the gradient (float32, base64). Outputs of quantised models are onnxruntime's; the others are those of PyTorch
in float64 with the weights that the file holds.
"""

import base64
import copy
import io
import json
import logging
import tempfile
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_dynamic, quantize_static
from onnxruntime.transformers.float16 import convert_float_to_float16
from torch import nn

OUT = Path(__file__).parent / "fixtures" / "number-formats"
DIMS = (1, 1, 12, 12)


def network():
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Conv2d(1, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2),
                           nn.Conv2d(6, 8, 3, padding=1), nn.Sigmoid(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3))
    layers[1].running_mean.normal_(0, 0.3)
    layers[1].running_var.uniform_(0.5, 1.5)
    layers[8].weight.data *= 6
    return layers.eval()


class Autocast(nn.Module):
    """Half precision inside, float32 outside: the graph casts to and fro."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, x):
        with torch.autocast("cpu", torch.float16):
            return self.module(x).float()


class Calibration(CalibrationDataReader):
    def __init__(self):
        generator = torch.Generator().manual_seed(9)
        self.batches = iter([{"x": torch.randn(4, *DIMS[1:], generator=generator).numpy()} for _ in range(4)])

    def get_next(self):
        return next(self.batches, None)


def by_torchscript(module, x):
    buffer = io.BytesIO()
    axes = {"x": {0: "n"}, "y": {0: "n"}}
    torch.onnx.export(module, (x,), buffer, dynamo=False, opset_version=17, input_names=["x"], output_names=["y"], dynamic_axes=axes)
    return onnx.load_from_string(buffer.getvalue())


def by_dynamo(module, x):
    program = torch.onnx.export(module, (x,), dynamo=True, opset_version=20, verbose=False, input_names=["x"], output_names=["y"])
    model = program.model_proto
    for part in [*model.graph.node, *model.graph.input, *model.graph.output, *model.graph.initializer]:
        del part.metadata_props[:]
    return model


def formats(net, x):
    """name, model, and what says what it computes: a PyTorch network, the file's own weights, or (None) onnxruntime."""
    half = lambda: copy.deepcopy(net).half()
    brain = lambda: copy.deepcopy(net).bfloat16()
    single = by_torchscript(net, x)
    yield "float32", single, net.double()
    net.float()
    yield "float16-torchscript", by_torchscript(half(), x.half()), "weights"
    yield "float16-dynamo", by_dynamo(half(), x.half()), "weights"
    yield "float16-inside", convert_float_to_float16(copy.deepcopy(single), keep_io_types=True), "weights"
    yield "autocast", by_torchscript(Autocast(net).eval(), x), "weights"
    yield "bfloat16-torchscript", by_torchscript(brain(), x.bfloat16()), "weights"
    yield "bfloat16-dynamo", by_dynamo(brain(), x.bfloat16()), "weights"
    double = by_torchscript(copy.deepcopy(net).double(), x.double())
    yield "float64", double, copy.deepcopy(net).double()
    with tempfile.TemporaryDirectory() as folder:
        source, result = Path(folder) / "float.onnx", Path(folder) / "quantised.onnx"
        onnx.save(single, source)
        for kind in (QuantFormat.QDQ, QuantFormat.QOperator):
            quantize_static(source, result, Calibration(), quant_format=kind, per_channel=True)
            yield f"quantised-{kind.name.lower()}", onnx.load(result), None
        quantize_dynamic(source, result)
        yield "quantised-dynamic", onnx.load(result), None


def widened(model):
    """The file's own weights in float32, run in float64 by PyTorch: the exporters merge batch norms before rounding."""
    stored = {t.name: t for t in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Constant":
            stored[node.output[0]] = next(a.t for a in node.attribute if a.name == "value")

    def array(name):
        tensor = stored[name]
        if tensor.data_type == onnx.TensorProto.BFLOAT16:
            bits = np.frombuffer(tensor.raw_data, "<u2").astype(np.uint32) << 16
            return torch.tensor(bits.view(np.float32).reshape(tuple(tensor.dims)).astype(np.float64))
        return torch.tensor(onnx.numpy_helper.to_array(tensor).astype(np.float64))

    aliases = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type in ("Identity", "Cast")}

    def resolve(name):
        while name in aliases and name not in stored:
            name = aliases[name]
        return name

    convs = [node for node in model.graph.node if node.op_type == "Conv"]
    (gemm,) = [node for node in model.graph.node if node.op_type == "Gemm"]
    norms = [node for node in model.graph.node if node.op_type == "BatchNormalization"]

    def forward(x):
        h = nn.functional.conv2d(x, array(resolve(convs[0].input[1])), array(resolve(convs[0].input[2])), padding=1)
        if norms:
            scale, bias, mean, variance = (array(resolve(name)) for name in norms[0].input[1:])
            h = nn.functional.batch_norm(h, mean, variance, scale, bias, eps=1e-5)
        h = nn.functional.max_pool2d(torch.relu(h), 2)
        h = torch.sigmoid(nn.functional.conv2d(h, array(resolve(convs[1].input[1])), array(resolve(convs[1].input[2])), padding=1))
        return h.mean((2, 3)) @ array(resolve(gemm.input[1])).T + array(resolve(gemm.input[2]))

    return forward


def text(array):
    return base64.b64encode(np.ascontiguousarray(array, dtype="<f4").tobytes()).decode()


def main():
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*"):
        old.unlink()
    net = network()
    x = torch.randn(*DIMS, generator=torch.Generator().manual_seed(3))
    written = []
    for name, model, reference in formats(net, x):
        (OUT / f"{name}.onnx").write_bytes(model.SerializeToString())
        case = {"name": name, "inputDims": list(x.shape), "input": text(x.numpy())}
        if reference is None:
            session = onnxruntime.InferenceSession(model.SerializeToString())
            (y,) = session.run(None, {"x": x.numpy()})
        else:
            forward = widened(model) if reference == "weights" else reference
            leaf = x.double().requires_grad_()
            exact = forward(leaf)
            weights = torch.tensor([[1.0, -2.0, 0.5]], dtype=torch.float64)
            (gradient,) = torch.autograd.grad((exact * weights).sum(), leaf)
            y = exact.detach().numpy()
            case["weights"] = text(weights.numpy())
            case["gradient"] = text(gradient.numpy())
        written.append({**case, "outputDims": list(y.shape), "output": text(y)})
    versions = {"torch": torch.__version__, "onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__}
    (OUT / "cases.json").write_text(json.dumps({"madeBy": "parity/make_number_formats.py", "versions": versions, "cases": written}, indent=1) + "\n")
    print(len(written), "cases", versions)


main()
