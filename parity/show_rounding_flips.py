"""Which share of PyTorch's own float32 error is kinks that take the other side (docs/decisions/rounding-flips.md).

Run: python parity/show_rounding_flips.py NAME...   (networks of parity/make_architectures.py whose inputs are stored)
Prints, for the gradient at each point of the integrated gradients' rule: the distance of a float32 run and of a
float64 run with an input moved by 1e-7 from the float64 run, how many choices differ, how near to their kink the values
were, and the distances from a float64 run that is given the same choices. Writes nothing.
"""

import copy
import json
import logging
import sys
import warnings

import numpy as np
import torch

from architectures.choices import Choices, count_differences
from architectures.counter_random import uniform
from architectures.expected import STEPS, distance
from make_architectures import NETWORKS, OUT, make_module

#: Size of the noise on the input, relative; float32 rounds by up to 6e-8.
NOISE = 1e-7


def gradient(module, inputs, target, given=None):
    leaves = [x.clone().requires_grad_() for x in inputs]
    with Choices(given, keep_values=True) as choices:
        y = module(*leaves)
    score = y[:, target].sum()
    return [g.double() for g in torch.autograd.grad(score, leaves)], choices


def nearest(exact, other):
    """Largest input of a rectifier whose sign differs, over the root mean square of that rectifier's inputs."""
    sizes = [float(values[own != theirs].abs().max() / values.pow(2).mean().sqrt())
             for (kind, own), (_, theirs), values in zip(exact.taken, other.taken, exact.values)
             if kind == "sign" and bool((own != theirs).any())]
    return max(sizes, default=0.0)


def show(name):
    network = NETWORKS[name]
    module, *_ = make_module(name, network)
    stored = json.loads((OUT / f"{name}.json").read_text())["inputs"]
    inputs = [torch.from_numpy(uniform(x["seed"], x["dims"], x["low"], x["high"])) for x in stored]
    double = copy.deepcopy(module).double()
    generator = torch.Generator().manual_seed(0)
    nodes, _ = np.polynomial.legendre.leggauss(STEPS)
    for scale in [1.0, *((nodes + 1) / 2)]:
        narrow = [x * float(scale) for x in inputs]
        wide = [x.double() for x in narrow]
        moved = [x * (1 + NOISE * torch.randn(x.shape, generator=generator, dtype=x.dtype)) for x in wide]
        exact, choices = gradient(double, wide, network.target)
        for label, (other, theirs) in {"float32": gradient(module, narrow, network.target),
                                       "noise": gradient(double, moved, network.target)}.items():
            same, _ = gradient(double, wide, network.target, theirs.taken)
            differ, count = count_differences(choices.taken, theirs.taken)
            print(f"{name} at {scale:.3f} x, {label}: {distance(other, exact):.1e} away, {differ} of {count:,} choices "
                  f"differ (values <= {nearest(choices, theirs):.0e}); with the same choices {distance(other, same):.1e}",
                  flush=True)


def main():
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    torch.backends.mha.set_fastpath_enabled(False)
    for name in sys.argv[1:]:
        show(name)


main()
