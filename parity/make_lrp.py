"""Expected relevance maps on small networks: zennit's rules and composites, captum's LRP where it is the same thing.

Run: python parity/make_lrp.py   (parity/requirements.txt names the versions; tests read only what it writes)
Writes parity/fixtures/lrp/: the networks as ONNX, inputs, expected maps (.npy, float32) and cases.json.

Expected maps are computed in float64; where zennit in float32 is farther than 1e-4 from them, the case says how far. A case's `source` says whose they are. zennit merges a batch norm only where it directly
follows a convolution in the order of the modules; where it must be merged through a concatenation or a pooling, or cannot
be merged at all, the same network is written out a second time with the batch norms merged by hand (what cannot be merged becomes
a 1x1 convolution per channel), the two are checked to predict the same, and zennit explains the second.
"""

import copy
import json
import platform
from pathlib import Path

import captum
import numpy as np
import onnx
import torch
import zennit
from captum.attr import LRP
from captum.attr._utils.lrp_rules import EpsilonRule
from make_methods import without_stack_traces
from torch import nn
from zennit.canonizers import SequentialMergeBatchNorm
from zennit.composites import LayerMapComposite, SpecialFirstLayerMapComposite, layer_map_base
from zennit.core import BasicHook
from zennit.layer import Sum
from zennit.rules import AlphaBeta, Epsilon, Flat, Gamma, WSquare, ZBox, ZPlus
from zennit.types import Convolution, Linear

OUT = Path(__file__).parent / "fixtures" / "lrp"
cases = []


class Join(nn.Module):
    """a + b; with `use_sum` by zennit's module, so that zennit has something to put its rule on."""

    def __init__(self):
        super().__init__()
        self.sum = None

    def use_sum(self):
        self.sum = Sum()

    def forward(self, a, b):
        return a + b if self.sum is None else self.sum(torch.stack([a, b], -1))


def ndim(dims):
    return {2: (nn.Conv2d, nn.BatchNorm2d), 3: (nn.Conv3d, nn.BatchNorm3d)}[dims]


class ConvBn(nn.Sequential):
    def __init__(self, dims, inputs, outputs, *args, relu=True, **kwargs):
        conv, norm = ndim(dims)
        super().__init__(conv(inputs, outputs, *args, bias=False, **kwargs), norm(outputs), *([nn.ReLU()] if relu else []))


class Cnn2d(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(3, 6, 5, 1, 2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 8, 3, 2, 1), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(),
            nn.Linear(8 * 4, 12), nn.ReLU(), nn.Linear(12, 4))


class Cnn3d(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv3d(1, 5, 3, 2, 1), nn.ReLU(), nn.Conv3d(5, 8, 3), nn.ReLU(), nn.MaxPool3d(3, 2, 1), nn.Conv3d(8, 8, 2), nn.ReLU(),
            nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(8, 3))


class VggBn(nn.Sequential):
    def __init__(self):
        super().__init__(
            *ConvBn(2, 3, 6, 3, 1, 1), *ConvBn(2, 6, 6, 3, 1, 1), nn.MaxPool2d(2), *ConvBn(2, 6, 10, 3, 1, 1), nn.MaxPool2d(2), nn.Flatten(),
            nn.Linear(10 * 16, 16), nn.ReLU(), nn.Dropout(), nn.Linear(16, 4))


class Residual(nn.Module):
    def __init__(self, dims, inputs, outputs, stride, bottleneck):
        super().__init__()
        if bottleneck:
            inner = outputs // 2
            self.body = nn.Sequential(ConvBn(dims, inputs, inner, 1), ConvBn(dims, inner, inner, 3, stride, 1), ConvBn(dims, inner, outputs, 1, relu=False))
        else:
            self.body = nn.Sequential(ConvBn(dims, inputs, outputs, 3, stride, 1), ConvBn(dims, outputs, outputs, 3, 1, 1, relu=False))
        self.skip = ConvBn(dims, inputs, outputs, 1, stride, relu=False) if stride > 1 or inputs != outputs else nn.Identity()
        self.join, self.relu = Join(), nn.ReLU()

    def forward(self, x):
        return self.relu(self.join(self.body(x), self.skip(x)))


class ResNet(nn.Sequential):
    def __init__(self, dims, channels, bottleneck):
        pool, mean = (nn.MaxPool2d, nn.AdaptiveAvgPool2d) if dims == 2 else (nn.MaxPool3d, nn.AdaptiveAvgPool3d)
        super().__init__(
            ConvBn(dims, channels, 6, 5, 2, 2), pool(3, 2, 1), Residual(dims, 6, 6, 1, bottleneck), Residual(dims, 6, 10, 2, bottleneck),
            Residual(dims, 10, 10, 1, bottleneck), mean(1), nn.Flatten(), nn.Linear(10, 4))


class Inception(nn.Module):
    def __init__(self, inputs):
        super().__init__()
        self.one = ConvBn(2, inputs, 4, 1)
        self.three = nn.Sequential(ConvBn(2, inputs, 3, 1), ConvBn(2, 3, 4, 3, 1, 1))
        self.split = nn.Sequential(ConvBn(2, inputs, 3, 1), ConvBn(2, 3, 3, (1, 5), 1, (0, 2)), ConvBn(2, 3, 4, (5, 1), 1, (2, 0)))
        self.pool = nn.Sequential(nn.AvgPool2d(3, 1, 1), ConvBn(2, inputs, 3, 1))

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.split(x), self.pool(x)], 1)


class GoogLeNet(nn.Sequential):
    def __init__(self):
        super().__init__(ConvBn(2, 3, 6, 3, 2, 1), Inception(6), nn.MaxPool2d(3, 2, 1), Inception(15), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(15, 4))


class UNet(nn.Module):
    def __init__(self, dims):
        super().__init__()
        up, conv = (nn.ConvTranspose2d, nn.Conv2d) if dims == 2 else (nn.ConvTranspose3d, nn.Conv3d)
        self.down1 = ConvBn(dims, 1, 4, 3, 1, 1)
        self.down2 = ConvBn(dims, 4, 6, 3, 2, 1)
        self.bottom = ConvBn(dims, 6, 6, 3, 1, 1)
        self.up, self.up_relu = up(6, 4, 2, 2) if dims == 3 else up(6, 4, 3, 2, 1, 1), nn.ReLU()
        self.join = ConvBn(dims, 8, 5, 3, 1, 1)
        self.head = conv(5, 3, 1)

    def forward(self, x):
        top = self.down1(x)
        return self.head(self.join(torch.cat([top, self.up_relu(self.up(self.bottom(self.down2(top))))], 1)))


class MeshNet(nn.Sequential):
    def __init__(self):
        super().__init__(*[ConvBn(3, 1 if i == 0 else 5, 5, 3, 1, d, dilation=d) for i, d in enumerate([1, 2, 4])], nn.Conv3d(5, 3, 1))


class MobileNet(nn.Sequential):
    def __init__(self):
        def separable(inputs, outputs, stride):
            return [nn.ZeroPad2d((0, 1, 0, 1)) if stride == 2 else nn.Identity(),
                    nn.Conv2d(inputs, inputs, 3, stride, 0 if stride == 2 else 1, groups=inputs, bias=False), nn.BatchNorm2d(inputs), nn.ReLU6(),
                    nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU6()]

        super().__init__(*ConvBn(2, 3, 6, 3, 2, 1), *separable(6, 10, 1), *separable(10, 12, 2), nn.Conv2d(12, 12, 3, 1, 1, groups=3), nn.ReLU(),
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, 4))


class Mlp(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(20, 16), nn.ReLU(), nn.Linear(16, 12), nn.Tanh(), nn.Linear(12, 3))


class DenseNet(nn.Module):
    """Batch norm before every activation: after concatenations, after pooling, before padded convolutions."""

    def __init__(self, dims=2):
        super().__init__()
        conv, norm = ndim(dims)
        self.conv0, self.norm0, self.relu0 = conv(3, 6, 3, 1, 1, bias=False), norm(6), nn.ReLU()
        self.pool0 = nn.MaxPool2d(2)
        self.blocks = nn.ModuleList()
        channels = 6
        for _ in range(2):
            layers = nn.ModuleList()
            for _ in range(2):
                layers.append(nn.ModuleDict({"norm1": norm(channels), "conv1": conv(channels, 8, 1, bias=False), "norm2": norm(8),
                                             "conv2": conv(8, 4, 3, 1, 1, bias=False)}))
                channels += 4
            self.blocks.append(layers)
            if len(self.blocks) == 1:
                self.norm_t, self.conv_t, self.pool_t = norm(channels), conv(channels, 7, 1, bias=False), nn.AvgPool2d(2)
                channels = 7
        self.norm5, self.mean, self.head = norm(channels), nn.AdaptiveAvgPool2d(1), nn.Linear(channels, 4)

    def forward(self, x):
        features = [self.pool0(torch.relu(self.norm0(self.conv0(x))))]
        for i, block in enumerate(self.blocks):
            for layer in block:
                h = layer["conv1"](torch.relu(layer["norm1"](torch.cat(features, 1))))
                features.append(layer["conv2"](torch.relu(layer["norm2"](h))))
            if i == 0:
                features = [self.pool_t(self.conv_t(torch.relu(self.norm_t(torch.cat(features, 1)))))]
        return self.head(torch.flatten(self.mean(torch.relu(self.norm5(torch.cat(features, 1)))), 1))


def factors(norm):
    scale = norm.weight / (norm.running_var + norm.eps).sqrt()
    return scale, norm.bias - norm.running_mean * scale


def merged(conv, scale, shift):
    own = copy.deepcopy(conv)
    shape = (-1, *[1] * (conv.weight.dim() - 1))
    own.weight = nn.Parameter(conv.weight * scale.reshape(shape))
    own.bias = nn.Parameter(shift + (0 if conv.bias is None else conv.bias * scale))
    return own


def diagonal(channels, scale, shift, like):
    own = {nn.Conv2d: nn.Conv2d, nn.Conv3d: nn.Conv3d}[type(like)](channels, channels, 1, groups=channels).to(scale.dtype)
    own.weight, own.bias = nn.Parameter(scale.reshape(own.weight.shape)), nn.Parameter(shift)
    own.has_one_input = True
    return own


def either_sign():
    """For neurons of one input: alpha and beta have nothing to weigh, so contributions of both signs count once."""
    rule = AlphaBeta(2, 1)
    return BasicHook(rule.input_modifiers, rule.param_modifiers, rule.output_modifiers, rule.gradient_mapper,
                     lambda inputs, gradients: sum(x * g for x, g in zip(inputs, gradients)))


class MergedDenseNet(nn.Module):
    """The same function: a convolution is repeated for every batch norm that reads it."""

    def __init__(self, net):
        super().__init__()
        # First, since zennit takes the first module for the first layer.
        self.stem = nn.ModuleList([merged(net.conv0, *factors(net.norm0)), nn.ReLU(), copy.deepcopy(net.pool0)])
        self.steps = nn.ModuleList()
        plan = []

        def add(module):
            self.steps.append(module)
            return len(self.steps) - 1

        def scaled(sources, norm):
            """One step per part of a concatenation, with the batch norm's factors for its channels."""
            scale, shift = factors(norm)
            parts, start = [], 0
            for kind, module, source, channels in sources:
                s, t = scale[start:start + channels], shift[start:start + channels]
                start += channels
                if kind == "conv":
                    parts.append(("conv", add(merged(module, s, t)), source))
                elif kind == "pooled conv":
                    parts.append(("pooled conv", (add(merged(module[0], s, t)), add(copy.deepcopy(module[1]))), source))
                else:
                    parts.append(("conv", add(diagonal(channels, s, t, net.conv0)), source))
            return parts, add(nn.ReLU())

        sources = [("value", None, "stem", 6)]
        for b, block in enumerate(net.blocks):
            for i, layer in enumerate(block):
                parts, relu = scaled(sources, layer["norm1"])
                name = f"h{b}{i}"
                plan.append((name, parts, relu, add(merged(layer["conv1"], *factors(layer["norm2"]))), add(nn.ReLU())))
                sources.append(("conv", layer["conv2"], name, 4))
            if b == 0:
                parts, relu = scaled(sources, net.norm_t)
                plan.append(("t", parts, relu, None, None))
                sources = [("pooled conv", (net.conv_t, net.pool_t), "t", 7)]
        parts, relu = scaled(sources, net.norm5)
        plan.append(("end", parts, relu, None, None))
        self.plan, self.mean, self.head = plan, copy.deepcopy(net.mean), copy.deepcopy(net.head)

    def forward(self, x):
        for module in self.stem:
            x = module(x)
        values = {"stem": x}
        for name, parts, relu, conv, after in self.plan:
            outputs = []
            for kind, step, source in parts:
                if kind == "conv":
                    outputs.append(self.steps[step](values[source]))
                else:
                    outputs.append(self.steps[step[1]](self.steps[step[0]](values[source])))
            value = self.steps[relu](torch.cat(outputs, 1))
            values[name] = value if conv is None else self.steps[after](self.steps[conv](value))
        return self.head(torch.flatten(self.mean(values["end"]), 1))


class PreActivation(nn.Module):
    """Residual blocks with batch norm and ReLU before the convolutions (ResNet-v2), 3-D; batch norm on the input too."""

    def __init__(self):
        super().__init__()
        self.first, self.stem = nn.BatchNorm3d(1), nn.Conv3d(1, 5, 3, 1, 1)
        self.blocks = nn.ModuleList([nn.ModuleDict({"norm1": nn.BatchNorm3d(5), "relu1": nn.ReLU(), "conv1": nn.Conv3d(5, 5, 3, 1, 1), "norm2": nn.BatchNorm3d(5),
                                                    "relu2": nn.ReLU(), "conv2": nn.Conv3d(5, 5, 3, 1, 1), "join": Join()}) for _ in range(2)])
        self.last, self.relu, self.mean, self.head = nn.BatchNorm3d(5), nn.ReLU(), nn.AdaptiveAvgPool3d(1), nn.Linear(5, 3)

    def forward(self, x):
        x = self.stem(self.first(x))
        for b in self.blocks:
            y = b["conv2"](b["relu2"](b["norm2"](b["conv1"](b["relu1"](b["norm1"](x))))))
            x = b["join"](x, y)
        return self.head(torch.flatten(self.mean(self.relu(self.last(x))), 1))


class MergedPreActivation(nn.Module):
    def __init__(self, net):
        super().__init__()
        keep = copy.deepcopy
        self.first = diagonal(1, *factors(net.first), net.stem)
        self.stem = keep(net.stem)
        self.again = merged(net.stem, *factors(net.blocks[0]["norm1"]))
        self.blocks = nn.ModuleList([nn.ModuleDict({
            "norm1": nn.Identity() if i == 0 else diagonal(5, *factors(b["norm1"]), net.stem), "relu1": nn.ReLU(), "conv1": merged(b["conv1"], *factors(b["norm2"])),
            "relu2": nn.ReLU(), "conv2": keep(b["conv2"]), "join": Join()}) for i, b in enumerate(net.blocks)])
        self.last = diagonal(5, *factors(net.last), net.stem)
        self.relu, self.mean, self.head = nn.ReLU(), keep(net.mean), keep(net.head)

    def forward(self, x):
        x = self.first(x)
        x, scaled = self.stem(x), self.again(x)
        for i, b in enumerate(self.blocks):
            y = b["conv2"](b["relu2"](b["conv1"](b["relu1"](scaled if i == 0 else b["norm1"](x)))))
            x = b["join"](x, y)
        return self.head(torch.flatten(self.mean(self.relu(self.last(x))), 1))


class NormFirst(nn.Sequential):
    """Batch norms that a following layer without padding takes in."""

    def __init__(self):
        super().__init__(nn.BatchNorm2d(3), nn.Conv2d(3, 6, 3, 2), nn.ReLU(), nn.BatchNorm2d(6), nn.Conv2d(6, 8, 3, groups=2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                         nn.BatchNorm1d(72), nn.Linear(72, 3))


def merged_norm_first(net):
    def following(norm, layer):
        own = copy.deepcopy(layer)
        scale, shift = factors(norm)
        groups = getattr(layer, "groups", 1)
        per = layer.weight.shape[0] // groups
        for o in range(layer.weight.shape[0]):
            start = (o // per) * layer.weight.shape[1]
            s, t = (v[start:start + layer.weight.shape[1]].reshape(-1, *[1] * (layer.weight.dim() - 2)) for v in (scale, shift))
            own.weight.data[o] = layer.weight[o] * s
            own.bias.data[o] = layer.bias[o] + (layer.weight[o] * t).sum()
        return own

    m = list(net)
    return nn.Sequential(following(m[0], m[1]), m[2], following(m[3], m[4]), m[5], m[6], m[7], following(m[8], m[9]))


def randomise(model, seed):
    """Random weights, biases and batch-norm statistics, some batch-norm factors negative."""
    generator = torch.Generator().manual_seed(seed)
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
            n = module.num_features
            module.running_mean = torch.randn(n, generator=generator) * 0.2
            module.running_var = torch.rand(n, generator=generator) + 0.5
            module.weight.data = (torch.rand(n, generator=generator) + 0.5) * torch.where(torch.arange(n) % 4 == 3, -1.0, 1.0)
            module.bias.data = torch.randn(n, generator=generator) * 0.2
        elif getattr(module, "weight", None) is not None:
            fan = module.weight[0].numel()
            module.weight.data = torch.randn(module.weight.shape, generator=generator) * (1.6 / fan**0.5)
            if module.bias is not None:
                module.bias.data = torch.randn(module.bias.shape, generator=generator) * 0.15
    return model.eval()


def bounds(x):
    axes = tuple(range(1, x.dim()))
    return {"low": x.amin(axes, keepdim=True).expand_as(x), "high": x.amax(axes, keepdim=True).expand_as(x)}


def zennit_composite(method, options, x):
    """zennit's words for ours. The base: activations and batch norm pass, sums and average pooling share."""
    number = lambda name, default: float(options.get(name, default))
    dense = Epsilon(epsilon=number("epsilon", 1e-6))
    box = {key: torch.full_like(x, float(options[key])) if key in options else value for key, value in bounds(x).items()}
    name = options.get("composite", "epsilon")
    canonizers = [] if options.get("merge-batch-norm") == "false" else [SequentialMergeBatchNorm()]
    every = lambda rule: [(Linear, rule)]
    by_family = lambda rule: [(Convolution, rule), (Linear, dense)]
    first = []
    if method == "deep-taylor":
        layers, first = every(ZPlus()), [(Linear, ZBox(**box))]
    elif method == "excitation-backprop":
        layers = every(ZPlus(zero_params="bias"))
    else:
        layers = {
            "epsilon": every(dense), "z-plus": every(ZPlus()), "alpha-beta": every(AlphaBeta(number("alpha", 2), number("beta", 1))),
            "gamma": every(Gamma(number("gamma", 0.25))), "epsilon-plus": by_family(ZPlus()), "epsilon-plus-flat": by_family(ZPlus()),
            "epsilon-alpha2-beta1": by_family(AlphaBeta(2, 1)), "epsilon-alpha2-beta1-flat": by_family(AlphaBeta(2, 1)),
            "epsilon-gamma-box": by_family(Gamma(number("gamma", 0.25))), "w-square": every(WSquare()), "flat": every(Flat()),
        }[name]
        if name.endswith("-flat"):
            first = [(Linear, Flat())]
        if name == "epsilon-gamma-box":
            first = [(Convolution, ZBox(**box))]
    layers = layer_map_base() + layers
    composite = SpecialFirstLayerMapComposite(layers, first, canonizers=canonizers) if first else LayerMapComposite(layers, canonizers=canonizers)
    if "alpha" in name and number("beta", 1) != 0:
        choose, one = composite.module_map, either_sign()
        composite.module_map = lambda ctx, key, module: one if getattr(module, "has_one_input", False) else choose(ctx, key, module)
    return composite


def start(y, column, region, is_one):
    r = torch.zeros_like(y)
    r[:, column] = 1 if region is None else region
    return r if is_one else r * y


def relevance(model, method, options, x, column, region):
    x = x.to(next(model.parameters()).dtype).requires_grad_()
    def run(network):
        with zennit_composite(method, options, x.detach()).context(network) as hooked:
            y = hooked(x)
            is_one = options.get("start") == "one" or method == "excitation-backprop"
            return torch.autograd.grad(y, x, start(y, column, region, is_one).detach())[0]
    result = run(model)
    if options.get("contrastive") == "true":
        negated = copy.deepcopy(model)
        last = [m for m in negated.modules() if isinstance(m, nn.Linear) or type(m).__name__.startswith("Conv") and hasattr(m, "weight")][-1]
        last.weight.data.neg_()
        result = result - run(negated)
    return result


def save(name, array):
    np.save(OUT / name, array.detach().numpy().astype(np.float32))
    return name


def export(name, model, x, dynamo, opset):
    file = OUT / f"{name}.onnx"
    if dynamo:
        n = torch.export.Dim("n", min=1, max=64)
        torch.onnx.export(model, (x,), file, opset_version=opset, input_names=["input"], output_names=["output"], dynamo=True,
                          external_data=False, dynamic_shapes=({0: n},))
    else:
        # PRESERVE keeps batch norms as nodes.
        torch.onnx.export(model, (x,), file, opset_version=opset, input_names=["input"], output_names=["output"],
                          dynamic_axes={"input": {0: "n"}, "output": {0: "n"}}, dynamo=False, training=torch.onnx.TrainingMode.PRESERVE)
    without_stack_traces(file)
    return file.name


def network(name, model, shape, column, wanted, exports=("script",), by_hand=None, segmentation=False, captum_too=False, seed=1):
    """`wanted`: (method, options); `by_hand`: the same network with its batch norms merged."""
    model = randomise(model, seed)
    x = torch.randn(shape, generator=torch.Generator().manual_seed(seed + 100))
    files = [export(f"{name}-{kind}", model, x, kind == "dynamo", 20 if kind == "dynamo" else 17) for kind in exports]
    own = save(f"{name}.input.npy", x)
    exact = copy.deepcopy(model).double()
    region, spec = None, str(column)
    with torch.no_grad():
        y = exact(x.double())
        if segmentation:
            region = (y.argmax(1) == column).double()
            spec = f"{column}@predicted"
        scores = (y[:, column] * (1 if region is None else region)).flatten(1).sum(1) if region is not None else y[:, column]
    explained, source = exact, "zennit"
    if by_hand is not None:
        explained, source = by_hand(exact), "zennit on the network with its batch norms merged by hand"
        assert torch.allclose(explained(x.double()), exact(x.double()), atol=1e-9), name
    for module in explained.modules():
        if isinstance(module, Join):
            module.use_sum()
    explained.eval()
    for method, options in wanted:
        slug = "-".join([name, method, *(f"{k}-{v}" for k, v in options.items())])
        expected = relevance(explained, method, options, x, column, region)
        assert torch.isfinite(expected).all() and expected.abs().sum() > 0, slug
        rounded = relevance(copy.deepcopy(explained).float(), method, options, x, column, None if region is None else region.float())
        distance = float((rounded.double() - expected).norm() / expected.norm())
        own_distance = {"float32Distance": distance} if distance > 1e-4 else {}
        for kind, file in zip(exports, files):
            # The dynamo exporter merges batch norms and explicit padding by itself: nothing is left to pass, or to count.
            if kind == "dynamo" and "script" in exports and (options.get("merge-batch-norm") == "false" or options.get("composite") in ("flat", "w-square")):
                continue
            cases.append({"network": name, "model": file, "input": own, "method": method, "target": spec, "options": options,
                          "expected": save(f"{slug}.npy", expected), "scores": scores.tolist(), "source": source, **own_distance})
    if captum_too:
        peer = copy.deepcopy(model).double()
        for module in peer.modules():
            if isinstance(module, (nn.Conv2d, nn.Conv3d, nn.Linear, nn.MaxPool2d, nn.MaxPool3d, nn.AdaptiveAvgPool3d, nn.AvgPool2d, nn.Flatten)):
                module.rule = EpsilonRule(epsilon=1e-6)
        expected = LRP(peer).attribute(x.double().requires_grad_(), target=column)
        cases.append({"network": name, "model": files[0], "input": own, "method": "lrp", "target": spec, "options": {},
                      "expected": save(f"{name}-captum.npy", expected), "scores": scores.tolist(), "source": "captum LRP"})


def lrp(*names, **options):
    shown = {key.replace("_", "-"): str(value) for key, value in options.items()}
    return [("lrp", {"composite": name, **shown}) for name in names]


EVERY = ["epsilon", "z-plus", "alpha-beta", "gamma", "epsilon-plus", "epsilon-plus-flat", "epsilon-alpha2-beta1", "epsilon-alpha2-beta1-flat",
         "epsilon-gamma-box", "w-square", "flat"]
TAYLOR, EXCITE, CONTRAST = ("deep-taylor", {}), ("excitation-backprop", {}), ("excitation-backprop", {"contrastive": "true"})


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*"):
        old.unlink()
    torch.manual_seed(0)
    torch.set_num_threads(2)
    network("cnn2d", Cnn2d(), (3, 3, 16, 16), 1, [*lrp(*EVERY), TAYLOR, EXCITE, CONTRAST, *lrp("epsilon", epsilon=0.1), *lrp("gamma", gamma=2.0),
                                                   *lrp("alpha-beta", alpha=1, beta=0), *lrp("epsilon-gamma-box", low=-4.0, high=5.0), *lrp("epsilon-plus", start="one")],
            captum_too=True)
    network("cnn3d", Cnn3d(), (2, 1, 11, 10, 12), 2, [*lrp(*EVERY), TAYLOR, EXCITE, CONTRAST], exports=("dynamo",), captum_too=True, seed=2)
    network("vgg-bn", VggBn(), (2, 3, 16, 16), 0, [*lrp("epsilon-plus-flat", "epsilon-gamma-box", "epsilon-alpha2-beta1-flat", "alpha-beta"),
                                                  *lrp("epsilon-plus", "gamma", merge_batch_norm="false"), TAYLOR], exports=("script", "dynamo"), seed=3)
    network("resnet3d", ResNet(3, 1, False), (2, 1, 12, 12, 12), 1, [*lrp("epsilon", epsilon=0.01), *lrp("epsilon-plus", "epsilon-gamma-box", "epsilon-alpha2-beta1-flat", "z-plus"),
                                                                    TAYLOR, EXCITE, CONTRAST], seed=4)
    network("bottleneck2d", ResNet(2, 3, True), (2, 3, 20, 20), 3, [*lrp("epsilon", epsilon=0.01), *lrp("epsilon-plus-flat", "gamma", "epsilon-alpha2-beta1", "w-square"),
                                                                   *lrp("epsilon-plus", merge_batch_norm="false")], exports=("dynamo", "script"), seed=5)
    network("densenet2d", DenseNet(), (2, 3, 16, 16), 2, [*lrp("epsilon", epsilon=0.01), *lrp("z-plus", "epsilon-plus", "epsilon-plus-flat", "epsilon-gamma-box", "alpha-beta"), TAYLOR, EXCITE],
            exports=("script", "dynamo"), by_hand=MergedDenseNet, seed=6)
    network("inception2d", GoogLeNet(), (2, 3, 20, 20), 1, [*lrp("epsilon", epsilon=0.01), *lrp("epsilon-plus-flat", "epsilon-gamma-box", "epsilon-alpha2-beta1"), TAYLOR, EXCITE], seed=7)
    network("unet3d", UNet(3), (2, 1, 8, 8, 8), 1, [*lrp("epsilon", epsilon=0.01), *lrp("epsilon-plus", "epsilon-gamma-box", "z-plus", "alpha-beta"), EXCITE],
            segmentation=True, seed=8)
    network("unet2d", UNet(2), (2, 1, 12, 12), 2, [*lrp("epsilon-plus-flat", "gamma", "flat", "w-square"), CONTRAST], exports=("dynamo",), segmentation=True, seed=9)
    network("meshnet3d", MeshNet(), (2, 1, 10, 10, 10), 0, [*lrp("epsilon", epsilon=0.01), *lrp("epsilon-plus-flat", "gamma"), TAYLOR], segmentation=True, seed=10)
    network("mobilenet2d", MobileNet(), (2, 3, 20, 20), 1, [*lrp("epsilon", epsilon=0.01), *lrp("epsilon-plus", "epsilon-gamma-box", "alpha-beta", "flat", "w-square"), EXCITE],
            exports=("script", "dynamo"), seed=11)
    network("mlp", Mlp(), (3, 20), 2, [*lrp(*EVERY), TAYLOR, EXCITE, CONTRAST], captum_too=True, seed=12)
    network("preactivation3d", PreActivation(), (2, 1, 8, 8, 8), 1, [*lrp("epsilon", epsilon=0.01), *lrp("z-plus", "epsilon-plus"), *lrp("alpha-beta", alpha=1.25, beta=0.25)], by_hand=MergedPreActivation, seed=13)
    network("normfirst2d", NormFirst(), (2, 3, 20, 20), 0, [*lrp("epsilon", epsilon=0.01), *lrp("epsilon-plus-flat", "gamma", "w-square"), TAYLOR], by_hand=merged_norm_first, seed=14)
    versions = {"python": platform.python_version(), "torch": torch.__version__, "zennit": zennit.__version__ if hasattr(zennit, "__version__") else "0.5.1",
                "captum": captum.__version__, "onnx": onnx.__version__, "numpy": np.__version__}
    (OUT / "cases.json").write_text(json.dumps({"madeBy": "parity/make_lrp.py", "versions": versions, "cases": cases}, indent=1) + "\n")
    print(len(cases), "cases", versions, sum(f.stat().st_size for f in OUT.glob("*")), "bytes")


if __name__ == "__main__":
    main()
