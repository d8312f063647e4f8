"""Expected maps of the eight methods on three small networks, by captum and PyTorch autograd.

Run: python parity/make_methods.py   (parity/requirements.txt names the versions; tests read only what it writes)
Writes parity/fixtures/methods/: the networks as ONNX, inputs, expected maps (.npy, float32) and cases.json.
"""

import json
import math
import platform
from pathlib import Path

import captum
import numpy as np
import onnx
import torch
from captum.attr import (
    GuidedBackprop,
    InputXGradient,
    IntegratedGradients,
    LayerAttribution,
    LayerGradCam,
    Occlusion,
    Saliency,
)
from torch import nn

OUT = Path(__file__).parent / "fixtures" / "methods"


class Block3d(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv = nn.Conv3d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm = nn.BatchNorm3d(outputs)
        self.relu = nn.ReLU()

    def forward(self, x):
        return self.relu(self.norm(self.conv(x)))


class Cnn3d(nn.Module):
    """Conv, batch norm, ReLU, max and average pooling, a dense head: the shape of most brain classifiers."""

    def __init__(self):
        super().__init__()
        self.stem = Block3d(1, 6, 2)
        self.pool = nn.MaxPool3d(3, 2, 1)
        self.body = Block3d(6, 10, 1)
        self.average = nn.AvgPool3d(2)
        self.relu = nn.ReLU()
        self.hidden = nn.Linear(10 * 8, 12)
        self.head = nn.Linear(12, 3)

    def forward(self, x):
        x = self.average(self.body(self.pool(self.stem(x))))
        return self.head(self.relu(self.hidden(torch.flatten(x, 1))))


class BasicBlock(nn.Module):
    """He et al. 2016, figure 5 left; every ReLU its own module, as captum's guided back-propagation needs."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.relu2 = nn.ReLU()
        self.skip = (
            nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
            if stride != 1 or inputs != outputs
            else nn.Identity()
        )

    def forward(self, x):
        y = self.norm2(self.conv2(self.relu1(self.norm1(self.conv1(x)))))
        return self.relu2(y + self.skip(x))


class ResNet18(nn.Module):
    """ResNet-18 with a quarter of its channels squared away: width 8 instead of 64."""

    def __init__(self, width=8, classes=5):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(3, 2, 1)
        )
        blocks = []
        inputs = width
        for stage in range(4):
            for i in range(2):
                outputs = width * 2**stage
                blocks.append(BasicBlock(inputs, outputs, 2 if stage and not i else 1))
                inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(inputs, classes)

    def forward(self, x):
        return self.head(torch.flatten(self.pool(self.blocks(self.stem(x))), 1))


class UNet3d(nn.Module):
    """Two levels, transposed convolution up, instance norm and leaky ReLU as in nnU-Net, one plain ReLU."""

    def __init__(self, width=4, classes=3):
        super().__init__()
        def stage(inputs, outputs, activation):
            return nn.Sequential(nn.Conv3d(inputs, outputs, 3, 1, 1), nn.InstanceNorm3d(outputs, affine=True), activation)

        self.down1 = stage(1, width, nn.LeakyReLU(0.01))
        self.down2 = nn.Sequential(nn.Conv3d(width, 2 * width, 3, 2, 1), nn.BatchNorm3d(2 * width), nn.ReLU())
        self.bottom = stage(2 * width, 2 * width, nn.LeakyReLU(0.01))
        self.up = nn.ConvTranspose3d(2 * width, width, 2, 2)
        self.join = stage(2 * width, width, nn.ReLU())
        self.head = nn.Conv3d(width, classes, 1)

    def forward(self, x):
        top = self.down1(x)
        return self.head(self.join(torch.cat([top, self.up(self.bottom(self.down2(top)))], 1)))


def randomise(model, seed):
    """Random weights and random batch-norm statistics: no special case hides an error."""
    generator = torch.Generator().manual_seed(seed)
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm2d, nn.BatchNorm3d)):
            n = module.num_features
            module.running_mean = torch.randn(n, generator=generator) * 0.2
            module.running_var = torch.rand(n, generator=generator) + 0.5
        for name, parameter in module.named_parameters(recurse=False):
            if parameter.dim() > 1:
                fan = parameter[0].numel()
                parameter.data = torch.randn(parameter.shape, generator=generator) * (1.6 / fan**0.5)
            else:
                spread = torch.randn(parameter.shape, generator=generator) * 0.1
                parameter.data = spread + (1.0 if name == "weight" else 0.0)
    return model.eval()


def ziggurat(layers):
    """Edges x_0..x_n and heights f_0..f_n: the cut is solved for here, the other side has it as a constant."""

    def build(cut):
        area = cut * math.exp(-cut * cut / 2) + math.sqrt(math.pi / 2) * math.erfc(cut / math.sqrt(2))
        x, f = [area / math.exp(-cut * cut / 2), cut], [0.0, math.exp(-cut * cut / 2)]
        while len(f) <= layers:
            f.append(f[-1] + area / x[-1])
            # Above the curve the stack is too tall: the cut must move out.
            x.append(math.sqrt(max(0.0, -2 * math.log(f[-1]))) or 1e-9)
        return x, f

    low, high = 2.0, 6.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if build(middle)[1][-1] > 1 else (low, middle)
    x, f = build(high)
    return x[:-1] + [0.0], f[:-1] + [1.0]


class Random:
    """xoshiro128** (Blackman and Vigna 2021) filled by splitmix32, normals by the ziggurat of 256 layers.

    The stream that src/core/tensor/random.ts documents, written a second time so that SmoothGrad's noise can be
    drawn here; math.exp and math.log stand for its own logarithm (they agree to the last bit or so).
    """

    X, F = ziggurat(256)

    def __init__(self, seed):
        state, self.s = seed & 0xFFFFFFFF, []
        for _ in range(4):
            state = (state + 0x9E3779B9) & 0xFFFFFFFF
            z = ((state ^ (state >> 16)) * 0x85EBCA6B) & 0xFFFFFFFF
            z = ((z ^ (z >> 13)) * 0xC2B2AE35) & 0xFFFFFFFF
            self.s.append(z ^ (z >> 16))
        self.s[3] |= 1

    def next(self):
        rotate = lambda x, k: ((x << k) | (x >> (32 - k))) & 0xFFFFFFFF
        a, b, c, d = self.s
        result = (rotate((b * 5) & 0xFFFFFFFF, 7) * 9) & 0xFFFFFFFF
        t = (b << 9) & 0xFFFFFFFF
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        c ^= t
        self.s = [a, b, c, rotate(d, 11)]
        return result

    def unit(self):
        return (self.next() + 0.5) / 2**32

    def normal(self):
        while True:
            signed, layer = divmod(self.next(), 256)
            if signed >= 2**23:
                signed -= 2**24
            x = (signed + 0.5) / 2**23 * self.X[layer]
            if abs(x) < self.X[layer + 1]:
                return x
            if layer:
                share = self.unit()
                if (1 - share) * self.F[layer] + share * self.F[layer + 1] < math.exp(-x * x / 2):
                    return x
                continue
            while True:
                beyond = -math.log(self.unit()) / self.X[1]
                if -2 * math.log(self.unit()) > beyond**2:
                    return math.copysign(self.X[1] + beyond, x)


def noisy_copies(x, samples, noise, seed):
    """Rows get noise one after the other; sigma = noise * (max - min) of the row."""
    random = Random(seed)
    for _ in range(samples):
        copy = x.double().clone()
        for row in copy:
            sigma = noise * float(row.max() - row.min())
            row += sigma * torch.tensor([random.normal() for _ in range(row.numel())], dtype=torch.float64).reshape(row.shape)
        yield copy.float()


cases = []


def save(name, tensor):
    np.save(OUT / name, tensor.detach().numpy().astype(np.float32))
    return name


class Scalar(nn.Module):
    """The explained scalar of a segmentation: one channel summed over fixed positions, (N, 1)."""

    def __init__(self, model, channel, region=None):
        super().__init__()
        self.model, self.channel, self.region = model, channel, region

    def forward(self, x):
        y = self.model(x)[:, self.channel]
        if self.region is not None:
            y = y * self.region
        return y.flatten(1).sum(1, keepdim=True)


def network(name, model, x, targets, cam, occlusion, dynamo, opset):
    """`targets`: CLI spec -> (module to explain, its column); `cam`: (layer, ONNX value found by matching)."""
    file = f"{name}.onnx"
    axes = {"input": {0: "n"}, "output": {0: "n"}}
    if dynamo:
        torch.onnx.export(model, (x[:1],), OUT / file, opset_version=opset, input_names=["input"],
                          output_names=["output"], dynamo=True, external_data=False)
    else:
        torch.onnx.export(model, (x,), OUT / file, opset_version=opset, input_names=["input"],
                          output_names=["output"], dynamic_axes=axes, dynamo=False)
    if dynamo:
        x = x[:1]
        without_stack_traces(OUT / file)
    save(f"{name}.input.npy", x)
    baseline = 0.3 * torch.randn(x.shape, generator=torch.Generator().manual_seed(5))
    save(f"{name}.baseline.npy", baseline)
    layer_value = cam_value(OUT / file, model, cam, x)

    def case(method, target, expected, score, options=None, source="", **more):
        slug = "-".join([name, method, target.replace("@", "-at-"), *(f"{k}-{v}" for k, v in (options or {}).items())])
        slug = slug.replace(",", "x") + ("-baseline" if more.get("baseline") else "")
        cases.append({
            "network": name, "model": file, "input": f"{name}.input.npy", "method": method, "target": target,
            "options": options or {}, "expected": save(f"{slug}.npy", expected), "scores": score, "source": source, **more,
        })

    for spec, (explained, column) in targets.items():
        scores = explained(x)[:, column].tolist()
        gradient = Saliency(explained).attribute(x.clone(), target=column, abs=False)
        case("gradient", spec, gradient, scores, source="captum Saliency(abs=False)")
        case("saliency", spec, Saliency(explained).attribute(x.clone(), target=column), scores, source="captum Saliency")
        case("input-x-gradient", spec, InputXGradient(explained).attribute(x.clone(), target=column), scores, source="captum InputXGradient")
        case("guided-backprop", spec, GuidedBackprop(explained).attribute(x.clone(), target=column), scores, source="captum GuidedBackprop")
        ig = IntegratedGradients(explained)
        for quadrature, peer in [("gauss-legendre", "gausslegendre"), ("riemann-left", "riemann_left"),
                                 ("riemann-right", "riemann_right"), ("riemann-middle", "riemann_middle")]:
            map_ = ig.attribute(x, baselines=baseline, target=column, n_steps=16, method=peer, internal_batch_size=len(x))
            case("integrated-gradients", spec, map_, scores, {"steps": "16", "quadrature": quadrature},
                 f"captum IntegratedGradients({peer}, 16 steps)", baseline=f"{name}.baseline.npy")
        samples = torch.stack([
            Saliency(explained).attribute(copy, target=column, abs=False).double() for copy in noisy_copies(x, 4, 0.15, 3)
        ])
        for aggregate, map_ in [("mean", samples.mean(0)), ("mean-square", samples.square().mean(0)),
                                ("variance", samples.var(0, correction=0)), ("mean-magnitude", samples.abs().mean(0))]:
            case("smoothgrad", spec, map_, scores, {"samples": "4", "aggregate": aggregate},
                 "captum Saliency(abs=False) on noisy copies", seed=3)
        window, stride = occlusion
        text = lambda v: ",".join(map(str, v))
        map_ = Occlusion(explained).attribute(x, sliding_window_shapes=(x.shape[1], *window), strides=(x.shape[1], *stride),
                                              baselines=baseline, target=column)
        case("occlusion", spec, map_, scores, {"window": text(window), "stride": text(stride)}, "captum Occlusion",
             baseline=f"{name}.baseline.npy")
        raw = LayerGradCam(explained, cam).attribute(x, target=column, relu_attributions=True)
        case("grad-cam", spec, raw, scores, {"upsample": "none"}, "captum LayerGradCam", layer=layer_value)
        mode = {2: "bilinear", 3: "trilinear"}[x.dim() - 2]
        # captum gives one channel; every input channel of ours carries the same map.
        for upsample, peer in [("linear", mode), ("nearest", "nearest")]:
            up = LayerAttribution.interpolate(raw, x.shape[2:], peer).expand_as(x)
            case("grad-cam", spec, up, scores, {"upsample": upsample}, f"captum LayerGradCam + interpolate({peer})", layer=layer_value)


def without_stack_traces(file):
    """The dynamo exporter writes where on this machine every node came from."""
    model = onnx.load(file)
    for node in model.graph.node:
        del node.metadata_props[:]
    onnx.save(model, file)


def cam_value(file, model, layer, x):
    """The name of the ONNX value that equals the output of a PyTorch layer."""
    import onnxruntime

    seen = {}
    handle = layer.register_forward_hook(lambda _module, _inputs, output: seen.update(value=output.detach().numpy()))
    model(x)
    handle.remove()
    graph = onnx.shape_inference.infer_shapes(onnx.load(file))
    names = [v.name for v in graph.graph.value_info]
    known = {o.name for o in graph.graph.output}
    for name in names:
        if name not in known:
            graph.graph.output.append(onnx.helper.make_empty_tensor_value_info(name))
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    outputs = [o.name for o in session.get_outputs()]
    for name, value in zip(outputs, session.run(None, {"input": x.numpy()})):
        wanted = seen["value"]
        if value.shape == wanted.shape and np.linalg.norm(value - wanted) < 1e-4 * np.linalg.norm(wanted):
            return name
    raise LookupError("no ONNX value equals that layer's output")


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*"):
        old.unlink()
    torch.manual_seed(0)
    torch.set_num_threads(2)

    cnn = randomise(Cnn3d(), 1)
    x = torch.randn(2, 1, 17, 16, 18, generator=torch.Generator().manual_seed(2))
    # 17x16x18 -> stem 9x8x9 -> max pool 5x4x5 -> average 2x2x2.
    network("cnn3d", cnn, x, {"1": (cnn, 1)},
            cnn.body.relu, ((6, 6, 6), (4, 4, 4)), dynamo=False, opset=17)

    resnet = randomise(ResNet18(), 3)
    x = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(4))
    network("resnet18", resnet, x, {"2": (resnet, 2)}, resnet.blocks[-1].relu2, ((16, 16), (12, 12)), dynamo=True, opset=20)

    unet = randomise(UNet3d(), 6)
    x = torch.randn(1, 1, 12, 12, 12, generator=torch.Generator().manual_seed(7))
    predicted = (unet(x).argmax(1) == 1).float()
    network("unet3d", unet, x, {"1": (Scalar(unet, 1), 0), "1@predicted": (Scalar(unet, 1, predicted), 0)},
            unet.bottom[2], ((5, 5, 5), (5, 5, 5)), dynamo=False, opset=17)

    versions = {"python": platform.python_version(), "torch": torch.__version__, "captum": captum.__version__,
                "onnx": onnx.__version__, "numpy": np.__version__}
    (OUT / "cases.json").write_text(json.dumps({"madeBy": "parity/make_methods.py", "versions": versions, "cases": cases}, indent=1) + "\n")
    print(len(cases), "cases", versions)


if __name__ == "__main__":
    main()
