"""Expected FullGrad maps (Srinivas and Fleuret 2019) on small networks, from the formula, in float64 with PyTorch's autograd.

Run: python parity/make_full_grad.py   (parity/requirements.txt names the versions; tests read only what it writes)
Writes parity/fixtures/full-grad/: the networks as ONNX, inputs, expected maps (.npy, float32) and cases.json.

Map = x * dy/dx + sum over layers of b * dy/dz summed over channels, where z = (layer without its bias) + b: b is the bias
of a convolution, and beta - gamma mean / sqrt(variance + eps) of a batch norm in eval mode; of an instance norm beta. A
number of a coarse grid is spread with PyTorch's linear interpolation, divided by the sum of its weights, so that sums stay.
The gap is the sum of everything, dense biases included, less the score: 0 up to rounding for ReLU networks.
"""

import copy
import json
import platform
from pathlib import Path

import numpy as np
import onnx
import torch
from make_methods import Cnn3d, ResNet18, Scalar, UNet3d, randomise, without_stack_traces
from torch import nn
from torch.nn.functional import interpolate

OUT = Path(__file__).parent / "fixtures" / "full-grad"
cases = []


class Upsampler2d(nn.Module):
    """Biases of transposed convolutions and of a plain addition, pooling that leaves an odd grid, two dense layers."""

    def __init__(self, classes=3):
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(2, 6, 3, 2, 1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 8, 3, 1, 1), nn.BatchNorm2d(8), nn.ReLU())
        self.up = nn.ConvTranspose2d(8, 5, 3, 2)
        self.shift = nn.Parameter(torch.zeros(1, 5, 1, 1))
        self.head = nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, classes))

    def forward(self, x):
        z = torch.relu(self.up(self.down(x)) + self.shift)
        return self.head(z.amax((2, 3)))


def bias_of(module):
    if isinstance(module, (nn.Conv2d, nn.Conv3d, nn.ConvTranspose2d, nn.ConvTranspose3d, nn.Linear)):
        return module.bias
    if isinstance(module, (nn.BatchNorm2d, nn.BatchNorm3d)):
        return module.bias - module.weight * module.running_mean / torch.sqrt(module.running_var + module.eps)
    if isinstance(module, nn.InstanceNorm3d):
        return module.bias
    return None


def spread(coarse, x):
    """(N, 1, grid) to the shape of x, every number over its voxels, in equal parts to the channels."""
    mode = {2: "bilinear", 3: "trilinear"}[x.dim() - 2]
    probe = torch.zeros_like(coarse, requires_grad=True)
    weights = torch.autograd.grad(interpolate(probe, x.shape[2:], mode=mode).sum(), probe)[0]
    return (interpolate(coarse / weights, x.shape[2:], mode=mode) / x.shape[1]).expand_as(x)


def full_grad(model, explained, x, index, shifts=()):
    seen = []
    handles = [m.register_forward_hook(lambda m, _i, out: seen.append((bias_of(m), out)))
               for m in model.modules() if bias_of(m) is not None]
    x = x.double().requires_grad_()
    score = explained(x)[:, index]
    for handle in handles:
        handle.remove()
    slopes = torch.autograd.grad(score.sum(), [x, *(out for _, out in seen)])
    map_ = x * slopes[0]
    total = map_.flatten(1).sum(1)
    for (bias, out), slope in zip(seen, slopes[1:]):
        own = bias
        # A parameter added to the output of a layer has the same gradient as the layer's own bias.
        for layer_out, shift in shifts:
            if layer_out is bias:
                own = bias + shift.flatten()
        share = slope * own.reshape(1, -1, *[1] * (out.dim() - 2))
        total = total + share.flatten(1).sum(1)
        if out.dim() > 2:
            map_ = map_ + spread(share.sum(1, keepdim=True), x)
    return map_, total - score, score


def network(name, model, explained, index, spec, x, dynamo, opset):
    file = OUT / f"{name}.onnx"
    if dynamo:
        n = torch.export.Dim("n", min=1, max=64)
        torch.onnx.export(model, (x,), file, opset_version=opset, input_names=["input"], output_names=["output"],
                          dynamo=True, external_data=False, dynamic_shapes=({0: n},))
        without_stack_traces(file)
    else:
        torch.onnx.export(model, (x,), file, opset_version=opset, input_names=["input"], output_names=["output"],
                          dynamic_axes={"input": {0: "n"}, "output": {0: "n"}}, dynamo=False)
    np.save(OUT / f"{name}.input.npy", x.numpy().astype(np.float32))
    wide = copy.deepcopy(explained).double()
    inner = wide.model if isinstance(wide, Scalar) else wide
    shifts = [(inner.up.bias, inner.shift)] if isinstance(inner, Upsampler2d) else []
    map_, gap, score = full_grad(inner, wide, x, index, shifts)
    np.save(OUT / f"{name}.npy", map_.detach().numpy().astype(np.float32))
    cases.append({"network": name, "model": file.name, "input": f"{name}.input.npy", "method": "full-grad", "target": spec, "options": {},
                  "expected": f"{name}.npy", "gap": gap.tolist(), "scores": score.tolist(), "source": "formula, float64"})
    print(name, "gap", gap.tolist(), "score", score.tolist())


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*"):
        old.unlink()
    torch.set_num_threads(2)

    def image(seed, *dims):
        return torch.randn(*dims, generator=torch.Generator().manual_seed(seed))

    cnn = randomise(Cnn3d(), 1)
    network("cnn3d", cnn, cnn, 1, "1", image(2, 2, 1, 16, 16, 16), False, 17)
    resnet = randomise(ResNet18(width=4), 3)
    network("resnet18", resnet, resnet, 2, "2", image(4, 2, 3, 40, 48), True, 20)
    up = randomise(Upsampler2d(), 5)
    with torch.no_grad():
        up.shift.copy_(image(6, 1, 5, 1, 1))
    network("upsampler-script", up, up, 0, "0", image(7, 3, 2, 21, 18), False, 17)
    network("upsampler-dynamo", up, up, 0, "0", image(7, 3, 2, 21, 18), True, 20)
    unet = randomise(UNet3d(), 8)
    x = image(9, 1, 1, 8, 8, 8)
    predicted = (unet(x).argmax(1) == 1).float()
    network("unet3d", unet, Scalar(unet, 1, predicted), 0, "1@predicted", x, False, 17)

    versions = {"python": platform.python_version(), "torch": torch.__version__, "onnx": onnx.__version__, "numpy": np.__version__}
    (OUT / "cases.json").write_text(json.dumps({"madeBy": "parity/make_full_grad.py", "versions": versions, "cases": cases}, indent=1) + "\n")
    print(len(cases), "cases", sum(f.stat().st_size for f in OUT.glob("*")) // 1024, "KiB")


if __name__ == "__main__":
    main()
