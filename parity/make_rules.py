"""Gradients of single operators by PyTorch autograd, each operator exported by PyTorch itself.

Run: python parity/make_rules.py   (parity/requirements.txt names the versions; tests read only what it writes)
Writes parity/fixtures/rules/: one ONNX file per case and cases.json with input, output weights and gradient
(float32, base64).
"""

import base64
import json
import platform
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from torch import nn

OUT = Path(__file__).parent / "fixtures" / "rules"


class Apply(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def normal(*shape):
    return torch.randn(*shape)


#: name -> (input shape, how the input is shifted or made, module or function)
def cases():
    # Layers draw their weights where they are written down.
    torch.manual_seed(1000)
    c = torch.randn(4, 1, 3)
    positive = lambda shape: torch.rand(shape) + 0.3
    ties = lambda shape: torch.randint(0, 3, shape).float()
    yield from {
        "conv1d": ((2, 3, 11), normal, nn.Conv1d(3, 4, 3, 2, 1)),
        "conv2d-stride-dilation": ((2, 3, 11, 10), normal, nn.Conv2d(3, 4, 3, 2, 2, dilation=2)),
        "conv2d-groups": ((2, 4, 9, 8), normal, nn.Conv2d(4, 6, (3, 2), (2, 1), (1, 0), groups=2)),
        "conv2d-depthwise": ((2, 4, 9, 8), normal, nn.Conv2d(4, 4, 3, 1, 1, groups=4)),
        "conv2d-asymmetric": ((1, 2, 8, 9), normal, nn.Sequential(nn.ZeroPad2d((2, 1, 0, 3)), nn.Conv2d(2, 3, 3, 2))),
        "conv2d-same": ((1, 2, 8, 9), normal, nn.Conv2d(2, 3, (4, 3), padding="same")),
        "conv3d": ((2, 2, 6, 7, 5), normal, nn.Conv3d(2, 3, 3, 1, 1)),
        "conv3d-stem": ((1, 1, 13, 12, 14), normal, nn.Conv3d(1, 4, 7, 2, 3)),
        "conv3d-stride3": ((1, 2, 8, 7, 9), normal, nn.Conv3d(2, 3, (2, 3, 4), (3, 2, 3), (0, 1, 2))),
        "conv3d-groups-dilation": ((1, 4, 7, 7, 7), normal, nn.Conv3d(4, 4, 3, 1, 2, dilation=2, groups=2)),
        "conv-transpose1d": ((2, 3, 6), normal, nn.ConvTranspose1d(3, 4, 4, 3, 1, 2)),
        "conv-transpose2d": ((2, 4, 5, 4), normal, nn.ConvTranspose2d(4, 6, 3, 2, 1, 1, groups=2)),
        "conv-transpose3d": ((1, 3, 4, 3, 4), normal, nn.ConvTranspose3d(3, 2, 2, 2)),
        "conv-transpose3d-dilation": ((1, 2, 4, 3, 4), normal, nn.ConvTranspose3d(2, 3, 3, 2, 1, 1, dilation=2)),
        "gemm": ((3, 5), normal, nn.Linear(5, 4)),
        "matmul": ((2, 3, 4), normal, lambda x: x @ normal_constant(4, 5) + normal_constant(2, 3, 5)),
        "matmul-self": ((2, 3, 4), normal, lambda x: x @ x.transpose(1, 2)),
        "add-broadcast": ((4, 2, 1), normal, lambda x: x + c),
        "sub-broadcast": ((4, 2, 1), normal, lambda x: c - x),
        "mul-broadcast": ((1, 2, 3), normal, lambda x: x * c * x),
        "div": ((4, 2, 1), positive, lambda x: c / x + x / (c + 5)),
        "neg": ((2, 5), normal, lambda x: -x),
        "pow": ((2, 5), positive, lambda x: x**2.5 + x**3),
        "sqrt": ((2, 5), positive, torch.sqrt),
        "exp": ((2, 5), normal, torch.exp),
        "log": ((2, 5), positive, torch.log),
        "abs": ((2, 5), normal, torch.abs),
        "reciprocal": ((2, 5), positive, torch.reciprocal),
        "sin-cos": ((2, 5), normal, lambda x: torch.sin(x) * torch.cos(x)),
        "erf": ((2, 5), normal, torch.erf),
        "relu": ((2, 9), ties, lambda x: F.relu(x - 1)),
        "leaky-relu": ((2, 9), normal, nn.LeakyReLU(0.2)),
        "prelu": ((2, 3, 4), normal, nn.PReLU(3, 0.3)),
        "elu": ((2, 9), normal, nn.ELU(0.7)),
        "selu": ((2, 9), normal, nn.SELU()),
        "celu": ((2, 9), normal, nn.CELU(0.7)),
        "sigmoid": ((2, 9), normal, nn.Sigmoid()),
        "hard-sigmoid": ((2, 19), normal, lambda x: F.hardsigmoid(3 * x)),
        "hard-swish": ((2, 19), normal, lambda x: F.hardswish(3 * x)),
        "tanh": ((2, 9), normal, nn.Tanh()),
        "softplus": ((2, 9), normal, nn.Softplus()),
        "softsign": ((2, 9), normal, nn.Softsign()),
        "gelu": ((2, 9), normal, nn.GELU()),
        "gelu-tanh": ((2, 9), normal, nn.GELU("tanh")),
        "mish": ((2, 9), normal, nn.Mish()),
        "silu": ((2, 9), normal, nn.SiLU()),
        "clip": ((2, 9), ties, lambda x: torch.clamp(x, 0, 1)),
        "softmax": ((2, 3, 4), normal, nn.Softmax(1)),
        "log-softmax": ((2, 3, 4), normal, nn.LogSoftmax(-1)),
        "batch-norm": ((2, 3, 4, 4), normal, nn.BatchNorm2d(3)),
        "instance-norm": ((2, 3, 4, 5), normal, nn.InstanceNorm2d(3, affine=True)),
        "layer-norm": ((2, 3, 6), normal, nn.LayerNorm((3, 6))),
        "group-norm": ((2, 4, 5, 3), normal, nn.GroupNorm(2, 4)),
        "max-pool1d": ((2, 2, 11), ties, nn.MaxPool1d(3, 2, 1)),
        "max-pool2d-overlap": ((2, 2, 9, 8), normal, nn.MaxPool2d(3, 2, 1)),
        "max-pool2d-ceil-ties": ((2, 2, 10, 9), ties, nn.MaxPool2d(3, 2, 1, ceil_mode=True)),
        "max-pool2d-dilation": ((1, 2, 9, 9), normal, nn.MaxPool2d(3, 1, 1, dilation=2)),
        "max-pool3d-ties": ((1, 2, 6, 7, 5), ties, nn.MaxPool3d(3, 2, 1)),
        "average-pool2d": ((2, 2, 9, 8), normal, nn.AvgPool2d(3, 2, 1)),
        "average-pool2d-exclude": ((2, 2, 9, 8), normal, nn.AvgPool2d(3, 2, 1, count_include_pad=False)),
        "average-pool3d-ceil": ((1, 2, 7, 6, 5), normal, nn.AvgPool3d(2, 2, ceil_mode=True)),
        "global-average-pool": ((2, 3, 4, 5, 3), normal, nn.AdaptiveAvgPool3d(1)),
        "global-max-pool": ((2, 3, 4, 5), normal, nn.AdaptiveMaxPool2d(1)),
        "reduce-mean": ((2, 3, 4), normal, lambda x: x.mean((0, 2))),
        "reduce-sum": ((2, 3, 4), normal, lambda x: x.sum(1, keepdim=True)),
        "reduce-max": ((2, 3, 4), ties, lambda x: x.amax((1, 2))),
        "reduce-min": ((2, 3, 4), ties, lambda x: x.amin(1)),
        "reduce-l2": ((2, 3, 4), normal, lambda x: torch.linalg.vector_norm(x, dim=2)),
        "log-sum-exp": ((2, 3, 4), normal, lambda x: torch.logsumexp(x, 2)),
        "flatten": ((2, 3, 4), normal, lambda x: torch.flatten(x, 1) ** 2),
        "reshape": ((2, 3, 4), normal, lambda x: x.reshape(4, 6) ** 2),
        "squeeze-unsqueeze": ((2, 1, 4), normal, lambda x: (x.squeeze(1) ** 2).unsqueeze(0)),
        "transpose": ((2, 3, 4), normal, lambda x: x.permute(2, 0, 1) ** 2),
        "concat": ((2, 3, 4), normal, lambda x: torch.cat([x, x**2, x.flip(1)], 1)),
        "split": ((2, 7, 2), normal, lambda x: torch.split(x, [2, 4, 1], 1)[1] ** 2),
        "slice": ((2, 9, 6), normal, lambda x: x[:, 1:8:3, -4:] ** 2),
        "pad-constant": ((1, 2, 4, 5), normal, lambda x: F.pad(x, (1, 2, 0, 3), value=0.5) ** 2),
        "pad-negative": ((1, 2, 4, 5), normal, lambda x: F.pad(x, (-1, 2, 1, -2)) ** 2),
        "pad-reflect": ((1, 2, 4, 5), normal, lambda x: F.pad(x, (1, 2, 2, 1), mode="reflect") ** 2),
        "pad-edge": ((1, 2, 4, 5), normal, lambda x: F.pad(x, (1, 2, 2, 1), mode="replicate") ** 2),
        "gather": ((2, 5, 3), normal, lambda x: torch.index_select(x, 1, torch.tensor([3, 0, 3])) ** 2),
        "expand": ((2, 1, 3), normal, lambda x: x.expand(2, 4, 3) ** 2),
        "tile": ((2, 1, 3), normal, lambda x: x.repeat(1, 2, 2) ** 2),
        "where": ((2, 9), normal, lambda x: torch.where(x > 0.2, x**2, 3 * x)),
        "max-min": ((2, 9), normal, lambda x: torch.maximum(x, x**2) + torch.minimum(x, 0.3 - x)),
        "cumsum": ((2, 5), normal, lambda x: torch.cumsum(x, 1) ** 2),
        "resize-nearest": ((1, 2, 3, 4), normal, lambda x: F.interpolate(x, size=(7, 6), mode="nearest")),
        "resize-nearest3d": ((1, 2, 3, 4, 2), normal, lambda x: F.interpolate(x, scale_factor=2, mode="nearest")),
        "resize-linear1d": ((1, 2, 5), normal, lambda x: F.interpolate(x, size=8, mode="linear")),
        "resize-bilinear": ((1, 2, 3, 4), normal, lambda x: F.interpolate(x, size=(7, 3), mode="bilinear")),
        "resize-bilinear-corners": ((1, 2, 3, 4), normal, lambda x: F.interpolate(x, size=(7, 9), mode="bilinear", align_corners=True)),
        "resize-trilinear": ((1, 2, 3, 4, 2), normal, lambda x: F.interpolate(x, scale_factor=2, mode="trilinear")),
        "einsum": ((2, 3, 4), normal, lambda x: torch.einsum("nij,nkj->nik", x, x)),
        "pixel-shuffle": ((1, 8, 3, 2), normal, lambda x: F.pixel_shuffle(x, 2) ** 2),
        "cast": ((2, 5), normal, lambda x: x * (x > 0).float()),
        "dropout-identity": ((2, 5), normal, nn.Sequential(nn.Dropout(0.5), nn.Identity(), nn.Tanh())),
        "asin-acos-atan": ((2, 5), normal, lambda x: torch.asin(0.9 * torch.tanh(x)) + torch.acos(0.9 * torch.sin(x)) * torch.atan(x)),
        "hyperbolic": ((2, 5), normal, lambda x: torch.sinh(x) * torch.asinh(x) + torch.cosh(x)),
        "acosh-atanh": ((2, 5), positive, lambda x: torch.acosh(x + 1.1) + torch.atanh(0.5 * x)),
        "tan": ((2, 5), positive, torch.tan),
        "fmod": ((2, 9), normal, lambda x: torch.fmod(3 * x, 0.7)),
        "prod": ((2, 3, 4), normal, lambda x: x.prod(1)),
        "prod-zeros": ((2, 3, 4), ties, lambda x: x.prod(2) + x.sum(2)),
        "topk": ((2, 7, 3), normal, lambda x: torch.topk(x, 3, dim=1)[0] ** 2),
        "gather-elements": ((2, 5, 3), normal, lambda x: torch.gather(x, 1, torch.tensor([[[3, 0, 3]], [[1, 1, 4]]])) ** 2),
        "scatter-add": ((2, 3), normal, lambda x: torch.zeros(2, 5).scatter_add(1, torch.tensor([[0, 3, 3], [4, 1, 0]]), x) ** 2),
        "hardshrink": ((2, 19), normal, nn.Hardshrink(0.6)),
        "lp-pool": ((1, 2, 6, 7), positive, nn.LPPool2d(2, 3, 2)),
        "rms-norm": ((2, 3, 6), normal, nn.RMSNorm(6)),
        "einsum-bilinear": ((2, 3, 4), normal, lambda x: torch.einsum("nij,jk,nlk->nil", x, normal_constant(4, 2), x[:, :, :2])),
        "grid-sample": ((2, 2, 4, 5), normal, lambda x: F.grid_sample(x, 1.2 * torch.tanh(normal_constant(2, 3, 3, 2)), align_corners=False)),
        "grid-sample-border": ((2, 2, 4, 5), normal, lambda x: F.grid_sample(x, 1.2 * torch.tanh(normal_constant(2, 3, 3, 2)), padding_mode="border", align_corners=True)),
        "grid-sample-warp": ((2, 2, 3, 4), normal, lambda x: F.grid_sample(x, 0.9 * torch.tanh(x[:, :2].permute(0, 2, 3, 1)), align_corners=False)),
    }.items()


constants = {}


def normal_constant(*shape):
    """The same constant at every call of a case's function, so that it is traced once."""
    if shape not in constants:
        constants[shape] = torch.randn(*shape, generator=torch.Generator().manual_seed(len(constants)))
    return constants[shape]


def randomise(module):
    for layer in module.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean.normal_()
            layer.running_var.uniform_(0.5, 1.5)
        if isinstance(layer, (nn.BatchNorm2d, nn.InstanceNorm2d, nn.LayerNorm, nn.GroupNorm)):
            layer.weight.data.uniform_(0.5, 1.5)
            layer.bias.data.normal_()
    return module.eval()


def text(tensor):
    return base64.b64encode(tensor.detach().numpy().astype("<f4").tobytes()).decode()


def export(module, x, path):
    """By TorchScript; what that does not know, by the newer exporter."""
    names = {"input_names": ["x"], "output_names": ["y"]}
    try:
        torch.onnx.export(module, (x,), path, opset_version=17, dynamo=False, **names)
    except torch.onnx.errors.UnsupportedOperatorError:
        program = torch.onnx.export(module, (x,), opset_version=20, dynamo=True, verbose=False, **names)
        model = program.model_proto
        for part in [*model.graph.node, *model.graph.input, *model.graph.output, *model.graph.initializer]:
            del part.metadata_props[:]
        onnx.save(model, path)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*"):
        old.unlink()
    written = []
    for seed, (name, (shape, make, function)) in enumerate(cases()):
        torch.manual_seed(seed)
        module = randomise(function if isinstance(function, nn.Module) else Apply(function))
        x = make(shape) if make is not normal else torch.randn(*shape)
        x.requires_grad_()
        y = module(x)
        weights = torch.randn_like(y)
        (gradient,) = torch.autograd.grad((y * weights).sum(), x)
        export(module, x.detach(), OUT / f"{name}.onnx")
        operators = sorted({node.op_type for node in onnx.load(OUT / f"{name}.onnx").graph.node} - {"Constant"})
        written.append({"name": name, "operators": operators, "inputDims": list(x.shape), "input": text(x),
                        "outputDims": list(y.shape), "output": text(y), "weights": text(weights), "gradient": text(gradient)})
    versions = {"python": platform.python_version(), "torch": torch.__version__, "onnx": onnx.__version__, "numpy": np.__version__}
    (OUT / "cases.json").write_text(json.dumps({"madeBy": "parity/make_rules.py", "versions": versions, "cases": written}, indent=1) + "\n")
    print(len(written), "cases", versions)


main()
