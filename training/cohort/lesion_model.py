"""Small fully convolutional 3-D CNNs: a score for every 4 mm cell, pooled by log-sum-exp.

Maximum pooling would explain the strongest lesion only; log-sum-exp has a slope in every one. Of
110 592 healthy cells the small odds add up to those of a lesion: scores are pooled k times as
steeply as the plain sum of odds would, log(sum(exp(k s))) / k.
"""

import torch
from torch import nn

from .model import convolve

# Where the evidence starts to tell brightness apart, in standard deviations of the brain; learned.
THRESHOLDS = (0.4, 0.8, 1.2, 1.6, 2.0, 2.4)
# How steeply a cell is put down for what its surroundings lack.
GATE_SLOPE = 3.0


class CellNet(nn.Module):
    """(n, 1, 96, 96, 96) -> (n, 2) logits. Cell scores live on a 48^3 grid."""

    sharpness = 3.0

    def __init__(self) -> None:
        super().__init__()
        # logit = scale * pooled + shift, fitted on whole validation volumes.
        self.register_buffer("scale", torch.ones(()))
        self.register_buffer("shift", torch.zeros(()))

    def cells(self, volume: torch.Tensor) -> torch.Tensor:
        """(n, 1, x / 2, y / 2, z / 2) log-odds that a cell holds a lesion."""
        raise NotImplementedError

    def pooled(self, volume: torch.Tensor) -> torch.Tensor:
        scores = self.sharpness * self.cells(volume).flatten(1)
        return torch.logsumexp(scores, dim=1, keepdim=True) / self.sharpness

    def forward(self, volume: torch.Tensor) -> torch.Tensor:
        logit = 0.5 * (self.scale * self.pooled(volume) + self.shift)
        return torch.cat([-logit, logit], dim=1)


class LesionNet(CellNet):
    """Three convolutions: a cell sees 24 mm, and all of it bears on its score."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.AvgPool3d(2, stride=1),
            *convolve(1, 16, stride=2),
            *convolve(16, 24, stride=1),
            *convolve(24, 24, stride=1),
        )
        self.score = nn.Conv3d(24, 1, 1)

    def cells(self, volume: torch.Tensor) -> torch.Tensor:
        return self.score(self.features(volume))


class GatedNet(CellNet):
    """score = evidence of the cell's strongest place - 3 relu(t - context).

    Context is a `LesionNet`'s score, so it sees 24 mm: bright voxels are common in cortex, choroid
    plexus and the brain's rim. A cell whose context is at least t is judged by its evidence alone,
    a darker verdict of its surroundings puts it down. The evidence, on the full 2 mm grid, is
    relu(z - b) for six learned brightnesses b and one 3^3 convolution: it sees 6 mm, and has no
    slope where a voxel is darker than all b. So what the network says rests on the lesion
    itself wherever the surroundings leave no doubt, and so does its gradient.
    """

    sharpness = 5.0

    def __init__(self) -> None:
        super().__init__()
        self.context = LesionNet()
        self.brightness = nn.Conv3d(1, len(THRESHOLDS), 1)
        self.brightness.weight.data.fill_(1)
        self.brightness.bias.data = -torch.tensor(THRESHOLDS)
        self.evidence = nn.Sequential(
            nn.ReLU(),
            *convolve(len(THRESHOLDS), 8, stride=1),
            nn.Conv3d(8, 1, 1),
            nn.MaxPool3d(2),
        )
        # Fixed numbers written as 1^3 convolutions: t - context, and minus the slope.
        self.doubt = nn.Conv3d(1, 1, 1)
        self.veto = nn.Conv3d(1, 1, 1, bias=False)
        self.doubt.weight.data.fill_(-1)
        self.veto.weight.data.fill_(-GATE_SLOPE)
        self.set_gate(0.0)
        fixed = (self.brightness.weight, *self.doubt.parameters(), *self.veto.parameters())
        for parameter in (*fixed, *self.context.parameters()):
            parameter.requires_grad_(False)

    def set_gate(self, threshold: float) -> None:
        """`threshold`: the context's score from which on a cell is judged by its evidence alone."""
        self.doubt.bias.data.fill_(threshold)

    def evidence_of(self, volume: torch.Tensor) -> torch.Tensor:
        return self.evidence(self.brightness(volume))

    def gate(self, volume: torch.Tensor) -> torch.Tensor:
        return self.veto(torch.relu(self.doubt(self.context.cells(volume))))

    def cells(self, volume: torch.Tensor) -> torch.Tensor:
        return self.evidence_of(volume) + self.gate(volume)


LESION_NETWORKS: dict[str, type[CellNet]] = {"gated": GatedNet, "plain": LesionNet}


def lesion_network(config: dict) -> CellNet:
    """The network that a task's training plan asks for."""
    return LESION_NETWORKS[config["training"]["architecture"]]()
