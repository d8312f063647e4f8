"""Maps of the gradient family by captum on small networks of seventeen architectures, in float64.

Run: python parity/make_captum_networks.py   (parity/requirements.txt names the versions)
Writes parity/fixtures/networks/: the networks as ONNX (both exporters of PyTorch), inputs, baselines, expected
maps (.npy, float32) and cases.json. parity/make_deeplift.py adds DeepLIFT on the same networks.
"""

import json
import platform
from pathlib import Path

import captum
import numpy as np
import onnx
import onnxruntime
import torch
from captum.attr import (
    Deconvolution,
    GuidedBackprop,
    GuidedGradCam,
    InputXGradient,
    IntegratedGradients,
    LayerAttribution,
    LayerGradCam,
    Saliency,
)
from torch import nn

from make_methods import without_stack_traces

OUT = Path(__file__).parent / "fixtures" / "networks"
STEPS = 12


class Times(nn.Module):
    """A product of two activations; a module, so that make_deeplift.py can give it a rule."""

    def forward(self, a, b):
        return a * b


class MatMul(nn.Module):
    def forward(self, a, b):
        return a @ b


class Summed(nn.Module):
    """The explained scalar of a segmentation: one channel summed over fixed positions, (N, 1)."""

    def __init__(self, model, channel, region=None):
        super().__init__()
        self.model, self.channel = model, channel
        self.register_buffer("region", region)

    def forward(self, *x):
        y = self.model(*x)[:, self.channel]
        if self.region is not None:
            # Steps and baselines come as further copies of the whole batch.
            y = y * self.region.repeat(y.shape[0] // self.region.shape[0], *[1] * (y.dim() - 1))
        return y.flatten(1).sum(1, keepdim=True)


class ChannelsLast(nn.Module):
    def forward(self, x):
        return x.movedim(1, -1)


class ChannelsFirst(nn.Module):
    def forward(self, x):
        return x.movedim(-1, 1)


def conv_norm(conv, norm, inputs, outputs, kernel, activation=nn.ReLU, **options):
    layers = [conv(inputs, outputs, kernel, bias=False, **options), norm(outputs)]
    return nn.Sequential(*layers, *([activation()] if activation else []))


def conv2(inputs, outputs, kernel, activation=nn.ReLU, **options):
    return conv_norm(nn.Conv2d, nn.BatchNorm2d, inputs, outputs, kernel, activation, **options)


def conv3(inputs, outputs, kernel, activation=nn.ReLU, **options):
    return conv_norm(nn.Conv3d, nn.BatchNorm3d, inputs, outputs, kernel, activation, **options)


class DenseNet(nn.Module):
    """Pre-activation layers whose outputs are concatenated, and a transition (Huang et al. 2017)."""

    def __init__(self):
        super().__init__()
        layer = lambda inputs: nn.Sequential(
            nn.BatchNorm2d(inputs), nn.ReLU(), nn.Conv2d(inputs, 12, 1, bias=False),
            nn.BatchNorm2d(12), nn.ReLU(), nn.Conv2d(12, 6, 3, 1, 1, bias=False))
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, 1, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2))
        self.first = nn.ModuleList([layer(8), layer(14)])
        self.transition = nn.Sequential(nn.BatchNorm2d(20), nn.ReLU(), nn.Conv2d(20, 10, 1, bias=False), nn.AvgPool2d(2))
        self.second = nn.ModuleList([layer(10), layer(16)])
        self.last = nn.Sequential(nn.BatchNorm2d(22), nn.ReLU())
        self.head = nn.Linear(22, 4)

    def forward(self, x):
        x = self.stem(x)
        for layer in self.first:
            x = torch.cat([x, layer(x)], 1)
        x = self.transition(x)
        for layer in self.second:
            x = torch.cat([x, layer(x)], 1)
        return self.head(self.last(x).mean((2, 3)))


class Inception(nn.Module):
    """Parallel kernels, factorised ones, average pooling inside and max pooling between (Szegedy et al. 2016)."""

    def __init__(self):
        super().__init__()
        self.stem = conv2(3, 8, 3, padding=1)
        self.point = conv2(8, 6, 1)
        self.five = nn.Sequential(conv2(8, 4, 1), conv2(4, 6, 5, padding=2))
        self.long = nn.Sequential(conv2(8, 4, (1, 7), padding=(0, 3)), conv2(4, 6, (7, 1), padding=(3, 0)))
        self.pooled = nn.Sequential(nn.AvgPool2d(3, 1, 1, count_include_pad=False), conv2(8, 6, 1))
        self.reduce_max = nn.MaxPool2d(2)
        self.reduce_conv = conv2(24, 8, 2, stride=2)
        self.last = conv2(32, 12, 3)
        self.head = nn.Linear(12, 4)

    def forward(self, x):
        x = self.stem(x)
        x = torch.cat([self.point(x), self.five(x), self.long(x), self.pooled(x)], 1)
        x = torch.cat([self.reduce_max(x), self.reduce_conv(x)], 1)
        return self.head(self.last(x).mean((2, 3)))


class Excitation(nn.Module):
    """Squeeze and excitation (Hu et al. 2018)."""

    def __init__(self, channels, gate):
        super().__init__()
        self.weights = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, 4, 1), nn.ReLU(), nn.Conv2d(4, channels, 1), gate)
        self.times = Times()

    def forward(self, x):
        return self.times(x, self.weights(x))


class Inverted(nn.Module):
    """An inverted residual with a depthwise kernel (Sandler et al. 2018)."""

    def __init__(self, inputs, middle, outputs, stride, activation, gate):
        super().__init__()
        self.residual = stride == 1 and inputs == outputs
        self.body = nn.Sequential(
            conv2(inputs, middle, 1, activation), conv2(middle, middle, 3, activation, stride=stride, padding=1, groups=middle),
            Excitation(middle, gate), conv2(middle, outputs, 1, None))

    def forward(self, x):
        return x + self.body(x) if self.residual else self.body(x)


class MobileNet(nn.Module):
    """MobileNet-v3 (Howard et al. 2019): hard swish, excitation with a hard sigmoid."""

    def __init__(self, activation=nn.Hardswish, gate=nn.Hardsigmoid):
        super().__init__()
        self.body = nn.Sequential(
            conv2(3, 8, 3, activation, stride=2, padding=1), Inverted(8, 16, 8, 1, nn.ReLU, gate()),
            Inverted(8, 24, 12, 2, activation, gate()), Inverted(12, 24, 12, 1, activation, gate()), conv2(12, 16, 1, activation))
        self.hidden, self.activation, self.head = nn.Linear(16, 12), activation(), nn.Linear(12, 4)

    def forward(self, x):
        return self.head(self.activation(self.hidden(self.body(x).mean((2, 3)))))


class EfficientNet(MobileNet):
    """The same blocks with swish and sigmoid (Tan and Le 2019)."""

    def __init__(self):
        super().__init__(nn.SiLU, nn.Sigmoid)


class ShuffleNet(nn.Module):
    """Half of the channels pass by, then channels are shuffled (Ma et al. 2018)."""

    def __init__(self):
        super().__init__()
        unit = lambda: nn.Sequential(conv2(8, 8, 1), conv2(8, 8, 3, None, padding=1, groups=8), conv2(8, 8, 1))
        self.stem = conv2(3, 16, 3, stride=2, padding=1)
        self.units = nn.ModuleList([unit(), unit()])
        self.last = conv2(16, 12, 1)
        self.head = nn.Linear(12, 4)

    def forward(self, x):
        x = self.stem(x)
        for unit in self.units:
            passed, used = x.chunk(2, 1)
            x = torch.cat([passed, unit(used)], 1)
            n, c, h, w = x.shape
            x = x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)
        return self.head(self.last(x).mean((2, 3)))


class ConvNextBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.spatial = nn.Conv2d(channels, channels, 7, 1, 3, groups=channels)
        self.norm, self.wide = nn.LayerNorm(channels, eps=1e-6), nn.Linear(channels, 4 * channels)
        self.gelu, self.narrow = nn.GELU(), nn.Linear(4 * channels, channels)
        self.scale = nn.Parameter(torch.ones(channels))

    def forward(self, x):
        y = self.spatial(x).permute(0, 2, 3, 1)
        y = self.scale * self.narrow(self.gelu(self.wide(self.norm(y))))
        return x + y.permute(0, 3, 1, 2)


class ConvNext(nn.Module):
    """Liu et al. 2022: patches, depthwise 7x7, layer norm over channels, GELU, learnt scale."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 2, 2), ChannelsLast(), nn.LayerNorm(8, eps=1e-6), ChannelsFirst())
        self.first, self.down, self.second = ConvNextBlock(8), nn.Conv2d(8, 12, 2, 2), ConvNextBlock(12)
        self.norm, self.head = nn.LayerNorm(12, eps=1e-6), nn.Linear(12, 4)

    def forward(self, x):
        return self.head(self.norm(self.second(self.down(self.first(self.stem(x)))).mean((2, 3))))


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.size = heads, width // heads
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.scores, self.softmax, self.mix = MatMul(), nn.Softmax(-1), MatMul()

    def forward(self, x):
        n, t, w = x.shape
        q, k, v = self.qkv(x).view(n, t, 3, self.heads, self.size).permute(2, 0, 3, 1, 4)
        a = self.softmax(self.scores(q * self.size**-0.5, k.transpose(-1, -2)))
        return self.out(self.mix(a, v).transpose(1, 2).reshape(n, t, w))


class VisionTransformer(nn.Module):
    """Dosovitskiy et al. 2021, two blocks of two heads."""

    def __init__(self, width=12, tokens=17):
        super().__init__()
        self.patches = nn.Conv2d(3, width, 4, 4)
        self.token, self.position = nn.Parameter(torch.zeros(1, 1, width)), nn.Parameter(torch.zeros(1, tokens, width))
        self.blocks = nn.ModuleList()
        for _ in range(2):
            self.blocks.append(nn.ModuleList([
                nn.LayerNorm(width), Attention(width, 2), nn.LayerNorm(width),
                nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))]))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 4)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.position
        for norm1, attention, norm2, mlp in self.blocks:
            x = x + attention(norm1(x))
            x = x + mlp(norm2(x))
        return self.head(self.norm(x)[:, 0])


class Vgg(nn.Module):
    """Simonyan and Zisserman 2015 with batch norm: max pooling, two dense layers."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            conv2(3, 8, 3, padding=1), nn.MaxPool2d(2), conv2(8, 12, 3, padding=1), conv2(12, 12, 3, padding=1), nn.MaxPool2d(2))
        self.classify = nn.Sequential(nn.Flatten(), nn.Linear(192, 16), nn.ReLU(), nn.Dropout(), nn.Linear(16, 4))

    def forward(self, x):
        return self.classify(self.features(x))


class R2Plus1d(nn.Module):
    """Convolutions split into space and time, residual (Tran et al. 2018)."""

    def __init__(self):
        super().__init__()
        split = lambda inputs, middle, outputs, stride, last: nn.Sequential(
            conv3(inputs, middle, (1, 3, 3), stride=(1, stride, stride), padding=(0, 1, 1)),
            conv3(middle, outputs, (3, 1, 1), last, stride=(stride, 1, 1), padding=(1, 0, 0)))
        self.stem = split(1, 6, 8, 2, nn.ReLU)
        self.body, self.relu = nn.Sequential(split(8, 10, 8, 1, nn.ReLU), split(8, 10, 8, 1, None)), nn.ReLU()
        self.down, self.skip, self.relu2 = split(8, 10, 12, 2, None), conv3(8, 12, 1, None, stride=2), nn.ReLU()
        self.pool, self.head = nn.AdaptiveAvgPool3d(1), nn.Linear(12, 3)

    def forward(self, x):
        x = self.stem(x)
        x = self.relu(x + self.body(x))
        x = self.relu2(self.down(x) + self.skip(x))
        return self.head(self.pool(x).flatten(1))


class Sfcn(nn.Module):
    """The fully convolutional network for brain age (Peng et al. 2021): pooling before the ReLU, log softmax."""

    def __init__(self):
        super().__init__()
        block = lambda inputs, outputs: nn.Sequential(
            nn.Conv3d(inputs, outputs, 3, padding=1), nn.BatchNorm3d(outputs), nn.MaxPool3d(2, 2), nn.ReLU())
        self.features = nn.Sequential(block(1, 6), block(6, 8), nn.Conv3d(8, 10, 1), nn.BatchNorm3d(10), nn.ReLU())
        self.classify = nn.Sequential(nn.AdaptiveAvgPool3d(1), nn.Dropout(0.5), nn.Conv3d(10, 5, 1))
        self.last = nn.LogSoftmax(1)

    def forward(self, x):
        return self.last(self.classify(self.features(x)).flatten(1))


class MeshNet(nn.Module):
    """Dilated convolutions at full resolution (Fedorov et al. 2017): a class for every voxel."""

    def __init__(self):
        super().__init__()
        layers, inputs = [], 1
        for dilation in (1, 2, 4, 1):
            layers.append(conv3(inputs, 6, 3, padding=dilation, dilation=dilation))
            inputs = 6
        self.body, self.head = nn.Sequential(*layers), nn.Conv3d(6, 3, 1)

    def forward(self, x):
        return self.head(self.body(x))


class ResidualUnit(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        unit = lambda i, s: nn.Sequential(nn.Conv3d(i, outputs, 3, s, 1), nn.InstanceNorm3d(outputs, affine=True), nn.PReLU())
        self.body, self.skip = nn.Sequential(unit(inputs, stride), unit(outputs, 1)), nn.Conv3d(inputs, outputs, 1, stride)

    def forward(self, x):
        return self.skip(x) + self.body(x)


class ResidualUnet(nn.Module):
    """Kerfoot et al. 2018: residual units with instance norm and PReLU, transposed convolutions up."""

    def __init__(self):
        super().__init__()
        self.down1, self.down2, self.bottom = ResidualUnit(1, 4, 2), ResidualUnit(4, 8, 2), ResidualUnit(8, 12, 1)
        up = lambda i, o: nn.Sequential(nn.ConvTranspose3d(i, o, 3, 2, 1, output_padding=1), nn.InstanceNorm3d(o, affine=True), nn.PReLU())
        self.up2, self.up1, self.head = up(20, 4), up(8, 4), nn.Conv3d(4, 3, 1)

    def forward(self, x):
        high = self.down1(x)
        low = self.down2(high)
        x = self.up2(torch.cat([low, self.bottom(low)], 1))
        return self.head(self.up1(torch.cat([high, x], 1)))


class GroupUnet(nn.Module):
    """A 2-D U-Net with group norm, ELU, max pooling and bilinear resizing."""

    def __init__(self):
        super().__init__()
        stage = lambda i, o: nn.Sequential(nn.Conv2d(i, o, 3, 1, 1), nn.GroupNorm(2, o), nn.ELU(0.8))
        self.top, self.pool, self.low = stage(1, 6), nn.MaxPool2d(2), stage(6, 8)
        self.up, self.join, self.head = nn.Upsample(scale_factor=2, mode="bilinear"), stage(14, 6), nn.Conv2d(6, 3, 1)

    def forward(self, x):
        top = self.top(x)
        return self.head(self.join(torch.cat([top, self.up(self.low(self.pool(top)))], 1)))


class Mlp(nn.Module):
    """Dense layers, each with another activation."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(20, 16), nn.BatchNorm1d(16), nn.Tanh(), nn.Linear(16, 14), nn.Sigmoid(), nn.Linear(14, 12), nn.Softplus(),
            nn.Linear(12, 12), nn.ELU(), nn.Linear(12, 10), nn.ReLU(), nn.Linear(10, 3))

    def forward(self, x):
        return self.layers(x)


class TwoInputs(nn.Module):
    """An image and a list of numbers (age, sex ...), joined late; the numbers also gate the image's features."""

    def __init__(self):
        super().__init__()
        self.image = nn.Sequential(conv3(1, 6, 3, stride=2, padding=1), nn.MaxPool3d(2), conv3(6, 8, 3, padding=1), nn.AdaptiveAvgPool3d(1), nn.Flatten())
        self.table = nn.Sequential(nn.Linear(5, 8), nn.LeakyReLU(0.1))
        self.gate, self.times = nn.Sequential(nn.Linear(5, 8), nn.Sigmoid()), Times()
        self.classify = nn.Sequential(nn.Linear(16, 10), nn.ReLU(), nn.Linear(10, 3))

    def forward(self, x, z):
        return self.classify(torch.cat([self.times(self.image(x), self.gate(z)), self.table(z)], 1))


class Cnn1d(nn.Module):
    """A network for signals: leaky ReLU, max pooling over time."""

    def __init__(self):
        super().__init__()
        block = lambda i, o, k: nn.Sequential(nn.Conv1d(i, o, k, 1, k // 2), nn.BatchNorm1d(o), nn.LeakyReLU(0.2), nn.MaxPool1d(2))
        self.features = nn.Sequential(block(2, 8, 7), block(8, 10, 5), nn.Conv1d(10, 10, 3), nn.ReLU())
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(140, 4))

    def forward(self, x):
        return self.head(self.features(x))


class Cnn3dPool(nn.Module):
    """Overlapping max pooling in 3-D, straight after a convolution."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv3d(1, 6, 3, 1, 1), nn.MaxPool3d(3, 2, 1), nn.ReLU(), nn.Conv3d(6, 8, 3, 1, 1), nn.ReLU(), nn.MaxPool3d(2))
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(216, 3))

    def forward(self, x):
        return self.head(self.features(x))


# name: (model, row shapes of its inputs, target, layer of the CAMs, dynamo exporter)
NETWORKS = {
    "cnn1d": (Cnn1d, [(2, 64)], "2", "features.3", False),
    "cnn3d-pool": (Cnn3dPool, [(1, 12, 11, 12)], "2", "features.4", True),
    "convnext": (ConvNext, [(3, 16, 16)], "0", "second", True),
    "densenet": (DenseNet, [(3, 16, 16)], "1", "last.1", False),
    "efficientnet": (EfficientNet, [(3, 16, 16)], "1", "body.4.2", True),
    "group-unet": (GroupUnet, [(1, 16, 16)], "1@predicted", "low.2", True),
    "inception": (Inception, [(3, 14, 14)], "1", "last.2", True),
    "meshnet": (MeshNet, [(1, 9, 10, 9)], "1@predicted", "body.2.2", False),
    "mlp": (Mlp, [(20,)], "1", None, True),
    "mobilenet": (MobileNet, [(3, 16, 16)], "2", "body.4.2", False),
    "r2plus1d": (R2Plus1d, [(1, 8, 10, 10)], "2", "relu2", False),
    "residual-unet": (ResidualUnet, [(1, 8, 8, 8)], "1", "bottom", False),
    "sfcn": (Sfcn, [(1, 12, 12, 12)], "1", "features.4", True),
    "shufflenet": (ShuffleNet, [(3, 16, 16)], "2", "last.2", True),
    "two-inputs": (TwoInputs, [(1, 8, 8, 8), (5,)], "2", "image.2.2", False),
    "vgg": (Vgg, [(3, 16, 16)], "3", "features.3.2", False),
    "vit": (VisionTransformer, [(3, 16, 16)], "2", None, False),
}
EVERY_QUADRATURE = ("cnn1d", "inception", "mlp", "two-inputs")
ONE_QUADRATURE = ("riemann-trapezoid", "riemann-left", "riemann-right", "riemann-middle")
PEERS = {"gauss-legendre": "gausslegendre", "riemann-left": "riemann_left", "riemann-right": "riemann_right",
         "riemann-middle": "riemann_middle", "riemann-trapezoid": "riemann_trapezoid"}


def randomise(model, seed):
    """Random weights, scales, slopes and batch-norm statistics: no special case hides an error."""
    generator = torch.Generator().manual_seed(seed)
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
            n = module.num_features
            module.running_mean = torch.randn(n, generator=generator) * 0.2
            module.running_var = torch.rand(n, generator=generator) + 0.5
        for name, parameter in module.named_parameters(recurse=False):
            noise = torch.randn(parameter.shape, generator=generator)
            if name in ("token", "position"):
                parameter.data = noise * 0.5
            elif parameter.dim() > 1:
                parameter.data = noise * (1.6 / parameter[0].numel() ** 0.5)
            elif isinstance(module, nn.PReLU):
                parameter.data = 0.25 + noise * 0.05
            else:
                parameter.data = noise * 0.1 + (1.0 if name in ("weight", "scale") else 0.0)
    return model.eval()


class Example:
    """A network with its inputs in float64, its baselines, and the scalar to explain."""

    def __init__(self, index, name):
        build, shapes, self.target, self.layer, self.dynamo = NETWORKS[name]
        self.name = name
        self.model = randomise(build(), 100 + index)
        batch = 2
        draw = lambda seed, rows, shape, scale=1.0: scale * torch.randn((rows, *shape), generator=torch.Generator().manual_seed(seed))
        self.inputs = [draw(1000 * index + i, batch, shape) for i, shape in enumerate(shapes)]
        self.baselines = [draw(1000 * index + 100 + i, batch, shape, 0.3) for i, shape in enumerate(shapes)]
        self.rows = [draw(1000 * index + 200 + i, 3, shape, 0.5) for i, shape in enumerate(shapes)]

    def explained(self):
        """(float64 module, its column): the class, or one channel summed over the voxels where it wins."""
        model = self.model.double()
        if self.target.isdigit() and model(*self.doubles()).dim() == 2:
            return model, int(self.target)
        channel, _, where = self.target.partition("@")
        region = (model(*self.doubles()).argmax(1) == int(channel)).double() if where else None
        return Summed(model, int(channel), region), 0

    def doubles(self, of=None):
        return tuple(x.double() for x in (of or self.inputs))

    def zeros(self):
        return [torch.zeros_like(x) for x in self.inputs]

    def input_names(self):
        return ["input", "table"][: len(self.inputs)]


def export(example, file):
    model, inputs = example.model.float(), tuple(example.inputs)
    names = example.input_names()
    if example.dynamo:
        torch.onnx.export(model, inputs, file, opset_version=20 if example.name != "cnn3d-pool" else 18, input_names=names,
                          output_names=["output"], dynamo=True, external_data=False, verbose=False,
                          dynamic_shapes=tuple({0: torch.export.Dim("n")} for _ in inputs))
        without_stack_traces(file)
    else:
        torch.onnx.export(model, inputs, file, opset_version=17, input_names=names, output_names=["output"], dynamo=False,
                          dynamic_axes={name: {0: "n"} for name in [*names, "output"]})


def layer_value(file, example):
    """The name of the ONNX value that equals the output of a PyTorch layer."""
    seen = {}
    layer = example.model.get_submodule(example.layer)
    handle = layer.register_forward_hook(lambda _module, _inputs, output: seen.update(value=output.detach().numpy()))
    example.model.double()(*example.doubles())
    handle.remove()
    graph = onnx.shape_inference.infer_shapes(onnx.load(file))
    known = {o.name for o in graph.graph.output}
    for name in [v.name for v in graph.graph.value_info]:
        if name not in known:
            graph.graph.output.append(onnx.helper.make_empty_tensor_value_info(name))
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(graph.SerializeToString(), options, providers=["CPUExecutionProvider"])
    feeds = {name: x.numpy() for name, x in zip(example.input_names(), example.inputs)}
    wanted = seen["value"]
    for name, value in zip([o.name for o in session.get_outputs()], session.run(None, feeds)):
        if value.shape == wanted.shape and np.linalg.norm(value - wanted) < 1e-4 * np.linalg.norm(wanted):
            return name
    raise LookupError(f"no ONNX value equals {example.layer} of {example.name}")


class Cases:
    """Collects cases and writes their arrays; `models` is the folder of the networks, seen from `folder`."""

    def __init__(self, folder, models=""):
        self.folder, self.models, self.list = folder, models, []
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*"):
            old.unlink()

    def save(self, name, tensors):
        files = []
        for i, tensor in enumerate(tensors):
            file = f"{name}{f'.{i}' if i else ''}.npy"
            np.save(self.folder / file, tensor.detach().numpy().astype(np.float32))
            files.append(file)
        return files

    def files(self, example, kind):
        return [f"{self.models}{example.name}.{kind}{f'.{i}' if i else ''}.npy" for i in range(len(example.inputs))]

    def add(self, example, method, maps, scores, options=None, source="", slug="", **more):
        options = options or {}
        assert all(m.norm() > 0 for m in maps), (example.name, method, "is zero")
        slug = "-".join([example.name, method, *([slug] if slug else []), *(f"{k}-{v}" for k, v in options.items() if k != "steps")])
        self.list.append({
            "network": example.name, "model": f"{self.models}{example.name}.onnx", "inputs": self.files(example, "input"),
            "method": method, "target": example.target, "options": options, "expected": self.save(slug, maps),
            "scores": [float(s) for s in scores], "source": source, **more})

    def write(self, made_by):
        versions = {"python": platform.python_version(), "torch": torch.__version__, "captum": captum.__version__,
                    "onnx": onnx.__version__, "numpy": np.__version__}
        (self.folder / "cases.json").write_text(json.dumps({"madeBy": made_by, "versions": versions, "cases": self.list}, indent=1) + "\n")
        print(len(self.list), "cases", versions)


def tuple_of(maps):
    return maps if isinstance(maps, tuple) else (maps,)


def gradient_family(cases, index, example):
    model, column = example.explained()
    x, baselines = example.doubles(), example.doubles(example.baselines)
    with torch.no_grad():
        scores = model(*x)[:, column].tolist()
    fresh = lambda: tuple(value.clone() for value in x)
    add = lambda method, maps, options=None, source="", **more: cases.add(example, method, tuple_of(maps), scores, options, source, **more)
    add("gradient", Saliency(model).attribute(fresh(), target=column, abs=False), source="captum Saliency(abs=False)")
    add("input-x-gradient", InputXGradient(model).attribute(fresh(), target=column), source="captum InputXGradient")
    if index % 3 == 0:
        add("saliency", Saliency(model).attribute(fresh(), target=column), source="captum Saliency")
    chosen = PEERS if example.name in EVERY_QUADRATURE else ["gauss-legendre", ONE_QUADRATURE[index % 4]]
    for quadrature in chosen:
        maps = tuple_of(IntegratedGradients(model).attribute(x, baselines=baselines, target=column, n_steps=STEPS, method=PEERS[quadrature]))
        source = f"captum IntegratedGradients({PEERS[quadrature]}, {STEPS} steps)"
        if quadrature == "riemann-trapezoid":
            # Its weights sum to (n - 1) / n; ours to 1.
            maps = tuple(m * STEPS / (STEPS - 1) for m in maps)
            source += f" times {STEPS} / {STEPS - 1}, for weights that sum to 1"
        add("integrated-gradients", maps, {"steps": str(STEPS), "quadrature": quadrature}, source, baselines=cases.files(example, "baseline"))
    if any(isinstance(module, nn.ReLU) for module in model.modules()):
        add("guided-backprop", GuidedBackprop(model).attribute(fresh(), target=column), source="captum GuidedBackprop")
        add("deconvnet", Deconvolution(model).attribute(fresh(), target=column), source="captum Deconvolution")
    if example.layer is None or len(x) > 1:
        return
    layer, value = example.model.get_submodule(example.layer), layer_value(OUT / f"{example.name}.onnx", example)
    mode = {1: "linear", 2: "bilinear", 3: "trilinear"}[x[0].dim() - 2]
    raw = LayerGradCam(model, layer).attribute(x, target=column, relu_attributions=True).detach()
    add("grad-cam", raw, {"upsample": "none"}, "captum LayerGradCam", layer=value)
    up = LayerAttribution.interpolate(raw, x[0].shape[2:], mode).expand_as(x[0])
    if index % 2:
        add("grad-cam", up, {"upsample": "linear"}, f"captum LayerGradCam + interpolate({mode})", layer=value)
    if any(isinstance(module, nn.ReLU) for module in model.modules()):
        guided = GuidedGradCam(model, layer).attribute(x, target=column, interpolate_mode=mode)
        add("guided-grad-cam", guided, {"upsample": "linear"}, f"captum GuidedGradCam({mode})", layer=value)


def examples():
    return [Example(index, name) for index, name in enumerate(NETWORKS)]


def main():
    torch.set_num_threads(2)
    cases = Cases(OUT)
    for index, example in enumerate(examples()):
        file = OUT / f"{example.name}.onnx"
        export(example, file)
        assert file.stat().st_size < 150_000, (file, file.stat().st_size)
        cases.save(f"{example.name}.input", example.inputs)
        cases.save(f"{example.name}.baseline", example.baselines)
        cases.save(f"{example.name}.rows", example.rows)
        gradient_family(cases, index, example)
        print(example.name, file.stat().st_size)
    cases.write("parity/make_captum_networks.py")


if __name__ == "__main__":
    main()
