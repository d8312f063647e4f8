"""Networks of volumes that no library has, from their papers, and a wrapper."""

import torch.nn.functional as F
from torch import nn


class Sfcn(nn.Module):
    """Simple fully convolutional network for brain age: Peng, Gong, Beckmann, Vedaldi and Smith 2021.

    Five blocks of 3^3 convolution, batch norm, 2^3 max pooling and ReLU; a sixth of 1^3 convolution, batch norm and ReLU;
    then average pooling over what is left, dropout, and a 1^3 convolution to the logarithms of 40 age bins.
    """

    def __init__(self, widths=(32, 64, 128, 256, 256), last=64, bins=40, pool=2):
        super().__init__()
        layers, previous = [], 1
        for width in widths:
            layers += [nn.Conv3d(previous, width, 3, padding=1), nn.BatchNorm3d(width), nn.MaxPool3d(2, 2), nn.ReLU()]
            previous = width
        layers += [nn.Conv3d(previous, last, 1), nn.BatchNorm3d(last), nn.ReLU()]
        self.features = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.AvgPool3d(pool), nn.Dropout(0.5), nn.Conv3d(last, bins, 1))

    def forward(self, x):
        return F.log_softmax(self.head(self.features(x)), dim=1).flatten(1)


class MeshNet(nn.Module):
    """Dilated network that segments brains at full resolution: Fedorov et al. 2017, dilations of its table 1."""

    def __init__(self, width=21, classes=3, dilations=(1, 1, 1, 2, 4, 8, 1)):
        super().__init__()
        layers, previous = [], 1
        for dilation in dilations:
            layers += [nn.Conv3d(previous, width, 3, padding=dilation, dilation=dilation), nn.ReLU(),
                       nn.BatchNorm3d(width), nn.Dropout3d(0.25)]
            previous = width
        self.layers = nn.Sequential(*layers, nn.Conv3d(previous, classes, 1))

    def forward(self, x):
        return self.layers(x)


class FirstOutput(nn.Module):
    """Of a network that returns a list (deep supervision)."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, x):
        return self.module(x)[0]
