"""Random weights and batch-norm statistics for a whole network, each array from its own name."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvTransposeNd

from .counter_random import seed_of, uniform


@dataclass(frozen=True)
class Source:
    """How one parameter or buffer is made again: uniform(seed, dims, low, high)."""

    name: str
    seed: int
    low: float
    high: float
    dims: tuple[int, ...]

    def make(self):
        return uniform(self.seed, self.dims, self.low, self.high)


def randomise(network, module, x):
    """Sets every floating-point parameter and buffer; returns {name: Source} and leaves eval mode.

    Weights have the variance 1 / fan-in (2 / fan-in before a rectifier, taken to be any convolution).
    The statistics of a batch norm are random around those of the values that reach it on `x`, so that
    activations keep their size through any depth.
    """
    module.eval()
    sources = {}
    owners = {f"{path}.{name}".lstrip("."): (owner, name)
              for path, owner in module.named_modules()
              for name, _ in [*owner.named_parameters(recurse=False), *owner.named_buffers(recurse=False)]}

    def draw(full, low, high):
        owner, name = owners[full]
        tensor = getattr(owner, name)
        source = Source(full, seed_of(f"{network}/{full}"), float(low), float(high), tuple(tensor.shape))
        with torch.no_grad():
            tensor.copy_(torch.from_numpy(source.make()))
        sources[full] = source

    norms = {}
    seen = {}
    for full, (owner, name) in owners.items():
        tensor = getattr(owner, name)
        # A parameter shared by two modules has one source.
        if tensor is None or not tensor.is_floating_point() or id(tensor) in seen:
            continue
        seen[id(tensor)] = full
        if isinstance(owner, _BatchNorm) and name.startswith("running_"):
            norms.setdefault(owner, {})[name] = full
        else:
            draw(full, *initial_range(owner, name, tensor))

    def calibrate(norm, inputs):
        names = norms.get(norm)
        if not names or names["running_mean"] in sources:
            return
        value = inputs[0]
        axes = [axis for axis in range(value.dim()) if axis != 1]
        variance = float(value.var(axes).mean()) + float(value.mean(axes).var()) + 1e-6
        spread = math.sqrt(variance)
        draw(names["running_mean"], -0.3 * spread, 0.3 * spread)
        draw(names["running_var"], 0.6 * variance, 1.6 * variance)

    handles = [norm.register_forward_pre_hook(calibrate) for norm in norms]
    with torch.no_grad():
        module(x)
    for handle in handles:
        handle.remove()
    for norm, names in norms.items():
        if names["running_mean"] not in sources:  # not reached in eval mode (auxiliary heads)
            draw(names["running_mean"], -0.3, 0.3)
            draw(names["running_var"], 0.6, 1.6)
    return sources


def initial_range(owner, name, tensor):
    if isinstance(owner, (nn.Conv1d, nn.Conv2d, nn.Conv3d, _ConvTransposeNd)) and name == "weight":
        transposed = isinstance(owner, _ConvTransposeNd)
        per_output = tensor.shape[0] / owner.groups if transposed else tensor.shape[1]
        taps = math.prod(tensor.shape[2:])
        fan_in = per_output * taps / (math.prod(owner.stride) if transposed else 1)
        return around(math.sqrt(6 / fan_in))
    if "relative_position_bias" in name or "pos_embed" in name or "position_emb" in name:
        return around(0.5)
    if name == "weight" and tensor.dim() == 1:  # norms
        return 0.6, 1.4
    if "layer_scale" in name or name in ("gamma", "ls"):
        return 0.2, 0.6
    if tensor.dim() >= 2 and name.endswith("weight"):
        return around(math.sqrt(3 / tensor.shape[-1]))
    if name.endswith("bias"):
        return around(0.1)
    return around(0.5)


def around(bound):
    return -bound, bound
