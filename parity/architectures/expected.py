"""Expected maps: float64 autograd of PyTorch, and how far its own float32 is from them."""

import base64
import copy

import numpy as np
import torch

from .counter_random import hash32

#: Positions of a map that are stored, per batch row; the rest is held by its norm.
SAMPLES = 2048
#: Points of the Gauss-Legendre rule of the integrated gradients.
STEPS = 4
#: Another input is tried where the maps jump by more than this.
SHARP = 3e-5
#: Moved inputs that are looked at for a jump.
TRIALS = 2
#: Runs of PyTorch in float32 whose inputs differ by a rounding; its own distance is that of the farthest.
ROUNDINGS = 3


def gradient(module, inputs, weights):
    leaves = [x.clone().requires_grad_() for x in inputs]
    y = module(*leaves)
    grads = torch.autograd.grad((y * weights).sum(), leaves, allow_unused=True)
    return [torch.zeros_like(x) if g is None else g for x, g in zip(inputs, grads)], y.detach()


def integrated_gradients(module, inputs, weights):
    """From a baseline of zeros."""
    nodes, sizes = np.polynomial.legendre.leggauss(STEPS)
    totals = [torch.zeros_like(x) for x in inputs]
    for node, size in zip(nodes, sizes):
        grads, _ = gradient(module, [x * float((node + 1) / 2) for x in inputs], weights)
        for total, g in zip(totals, grads):
            total += g * float(size / 2)
    return [x * total for x, total in zip(inputs, totals)]


def single_maps(module, inputs, weights):
    return {"gradient": gradient(module, inputs, weights)[0],
            "integrated-gradients": integrated_gradients(module, inputs, weights)}


def jump(module, inputs, weights):
    """How far the float32 maps move when the input moves by a part in a million.

    Where a rectifier's input or two values under a pooling window are equal up to rounding, the gradient
    jumps, and any two programs may take different sides: such an input is no fair one to compare at.
    """
    own = single_maps(module, inputs, weights)
    largest = 0.0
    for trial in range(TRIALS):
        if largest > SHARP:
            break
        generator = torch.Generator().manual_seed(trial)
        moved = single_maps(module, [x * (1 + 1e-6 * torch.randn(x.shape, generator=generator)) for x in inputs], weights)
        largest = max(largest, *(distance(moved[method], [m.double() for m in maps]) for method, maps in own.items()))
    return largest


def measure(module, inputs, weights):
    """{method: {"maps": stored maps, "float32Distance": ...}} and the outputs, by float64."""
    double = copy.deepcopy(module).double().eval()
    wide = [x.double() for x in inputs]
    gradients, y = gradient(double, wide, weights.double())
    exact = {"gradient": gradients, "integrated-gradients": integrated_gradients(double, wide, weights.double())}
    own = single_maps(module, inputs, weights)
    return {method: {"float32Distance": distance(own[method], maps), "maps": [stored(m) for m in maps]}
            for method, maps in exact.items()}, y


def distance(maps, references):
    """Relative L2 over all inputs together."""
    difference = sum(((m.double() - r) ** 2).sum() for m, r in zip(maps, references))
    norm = sum((r**2).sum() for r in references)
    return float((difference / norm) ** 0.5)


def stored(map):
    """Per row: the norm, and float32 values at `SAMPLES` places (all where there are no more)."""
    rows = map.reshape(len(map), -1).numpy()
    count = rows.shape[1]
    places = np.arange(count) if count <= SAMPLES else hash32(count, SAMPLES).astype(np.uint64) % np.uint64(count)
    return {"dims": list(map.shape), "norms": [float(np.sqrt((row**2).sum())) for row in rows],
            "values": text(rows[:, places.astype(np.int64)])}


def text(array):
    return base64.b64encode(np.ascontiguousarray(array, dtype="<f4").tobytes()).decode()
