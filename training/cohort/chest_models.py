"""Three small architectures for 96 x 96 slices, so that Grad-CAM's dependence on them shows."""

import torch
from torch import nn

from .chest import SIZE


def convolve2d(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)


def halve(inputs: int, outputs: int) -> nn.Sequential:
    """Two neighbours are averaged before the stride: no checkerboard (`model.py`)."""
    return nn.Sequential(
        nn.AvgPool2d(2, stride=1),
        convolve2d(inputs, outputs, stride=2),
        nn.BatchNorm2d(outputs),
    )


class Residual(nn.Module):
    """He et al. 2016, basic block; `stride` 2 halves the grid."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        first = (
            halve(inputs, outputs)
            if stride == 2
            else nn.Sequential(convolve2d(inputs, outputs), nn.BatchNorm2d(outputs))
        )
        self.body = nn.Sequential(
            first, nn.ReLU(), convolve2d(outputs, outputs), nn.BatchNorm2d(outputs)
        )
        self.shortcut = nn.Identity()
        if stride == 2:
            self.shortcut = nn.Sequential(nn.AvgPool2d(2), convolve2d(inputs, outputs, 1))

    def forward(self, value: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.body(value) + self.shortcut(value))


def pooled_head(channels: int) -> nn.Sequential:
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 2))


def small_resnet() -> nn.Module:
    """(n, 1, 96, 96) -> (n, 2); last stage: 64 channels on 12 x 12."""
    return nn.Sequential(
        halve(1, 16),
        nn.ReLU(),
        Residual(16, 16, 1),
        Residual(16, 32, 2),
        Residual(32, 64, 2),
        pooled_head(64),
    )


class Dense(nn.Module):
    """Huang et al. 2017: batch norm, ReLU, convolution; the result joins its inputs."""

    def __init__(self, inputs: int, growth: int) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.BatchNorm2d(inputs), nn.ReLU(), convolve2d(inputs, growth))

    def forward(self, value: torch.Tensor) -> torch.Tensor:
        return torch.cat([value, self.body(value)], dim=1)


def small_densenet(growth: int = 12, layers: int = 3) -> nn.Module:
    """(n, 1, 96, 96) -> (n, 2); three dense blocks on 48, 24 and 12 cells."""
    parts: list[nn.Module] = [halve(1, 16), nn.ReLU()]
    channels = 16
    for block in range(3):
        for _ in range(layers):
            parts.append(Dense(channels, growth))
            channels += growth
        if block < 2:
            parts += [nn.BatchNorm2d(channels), nn.ReLU(), convolve2d(channels, channels // 2, 1)]
            parts.append(nn.AvgPool2d(2))
            channels //= 2
    return nn.Sequential(*parts, nn.BatchNorm2d(channels), nn.ReLU(), pooled_head(channels))


class Attention(nn.Module):
    """Vaswani et al. 2017, written out, so that the graph shows the softmax over keys."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads, self.scale = heads, (width // heads) ** -0.5
        self.project = nn.Linear(width, 3 * width)
        self.join = nn.Linear(width, width)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        count, width = tokens.shape[1:]
        split = self.project(tokens).reshape(-1, count, 3, self.heads, width // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4).unbind(0)
        weights = torch.softmax(query @ key.transpose(-2, -1) * self.scale, dim=-1)
        return self.join((weights @ value).transpose(1, 2).reshape(-1, count, width))


class Layer(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.before, self.attention = nn.LayerNorm(width), Attention(width, heads)
        self.between = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        tokens = tokens + self.attention(self.before(tokens))
        return tokens + self.mlp(self.between(tokens))


class SmallViT(nn.Module):
    """(n, 1, 96, 96) -> (n, 2). A token for every 8 x 8 pixels (144) and a class token.

    Three strided convolutions make the tokens: with one, a transformer of this size needs far more
    slices to see anything (Xiao et al. 2021, arXiv:2106.14881).
    """

    def __init__(self, width: int = 64, depth: int = 3, heads: int = 4) -> None:
        super().__init__()
        count = (SIZE // 8) ** 2
        self.embed = nn.Sequential(
            halve(1, 16), nn.ReLU(), halve(16, 32), nn.ReLU(), halve(32, width)
        )
        self.class_token = nn.Parameter(torch.zeros(1, 1, width))
        self.place = nn.Parameter(torch.randn(1, count + 1, width) * 0.02)
        self.layers = nn.Sequential(*[Layer(width, heads) for _ in range(depth)])
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 2)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        patches = self.embed(image).flatten(2).transpose(1, 2)
        token = self.class_token + torch.zeros_like(patches[:, :1])
        tokens = self.layers(torch.cat([token, patches], dim=1) + self.place)
        return self.head(self.norm(tokens)[:, 0])


CHEST_NETWORKS = {"densenet": small_densenet, "resnet": small_resnet, "vit": SmallViT}
