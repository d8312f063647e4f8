"""The networks of `npm run bench:peers`: residual networks with a module of its own for every activation and sum.

captum's DeepLIFT refuses modules that are used twice, and zennit puts its rules on modules, so torchvision's own
classes do not serve.
"""

import torch
from torch import nn


class Join(nn.Module):
    """a + b; with `summing` by that module, so that zennit finds the sum."""

    def __init__(self):
        super().__init__()
        self.summing = None

    def forward(self, a, b):
        return a + b if self.summing is None else self.summing(torch.stack([a, b], -1))


class Block(nn.Module):
    """A basic block (two convolutions) or, with `expansion` 4, a bottleneck (three)."""

    def __init__(self, conv, norm, inputs, width, stride, expansion):
        super().__init__()
        outputs = width * expansion

        def layer(*args, **kwargs):
            return [conv(*args, bias=False, **kwargs), norm(args[1])]

        if expansion == 1:
            layers = [*layer(inputs, width, 3, stride=stride, padding=1), nn.ReLU(), *layer(width, width, 3, padding=1)]
        else:
            layers = [
                *layer(inputs, width, 1), nn.ReLU(), *layer(width, width, 3, stride=stride, padding=1), nn.ReLU(),
                *layer(width, outputs, 1)]
        self.body = nn.Sequential(*layers)
        is_same = stride == 1 and inputs == outputs
        self.shortcut = nn.Sequential() if is_same else nn.Sequential(*layer(inputs, outputs, 1, stride=stride))
        self.join = Join()
        self.relu = nn.ReLU()

    def forward(self, x):
        return self.relu(self.join(self.body(x), self.shortcut(x)))


class ResNet(nn.Module):
    def __init__(self, dims, channels, width, counts, expansion, classes):
        super().__init__()
        conv, norm, pool, mean = (
            (nn.Conv2d, nn.BatchNorm2d, nn.MaxPool2d, nn.AdaptiveAvgPool2d) if dims == 2
            else (nn.Conv3d, nn.BatchNorm3d, nn.MaxPool3d, nn.AdaptiveAvgPool3d))
        self.stem = nn.Sequential(
            conv(channels, width, 7, stride=2, padding=3, bias=False), norm(width), nn.ReLU(), pool(3, 2, 1))
        blocks, inputs = [], width
        for stage, count in enumerate(counts):
            own = width * 2**stage
            for index in range(count):
                stride = 2 if stage > 0 and index == 0 else 1
                blocks.append(Block(conv, norm, inputs, own, stride, expansion))
                inputs = own * expansion
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Sequential(mean(1), nn.Flatten(), nn.Linear(inputs, classes))

    def forward(self, x):
        return self.head(self.blocks(self.stem(x)))


NETWORKS = {
    "resnet18-3d": (lambda: ResNet(3, 1, 16, [2, 2, 2, 2], 1, 2), (1, 1, 96, 96, 96)),
    "resnet50": (lambda: ResNet(2, 3, 64, [3, 4, 6, 3], 4, 1000), (1, 3, 224, 224)),
}


def make(name):
    """The network in evaluation mode with random weights and random batch-norm statistics, and an input."""
    build, shape = NETWORKS[name]
    torch.manual_seed(0)
    network = build().eval()
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, (nn.BatchNorm2d, nn.BatchNorm3d)):
                module.running_mean.normal_(0, 0.1, generator=generator)
                module.running_var.uniform_(0.5, 1.5, generator=generator)
    return network, torch.randn(shape, generator=generator)
