"""Which side a network's kinks take: the sign at every rectifier, the place of every maximum under a pooling window.

Between two runs of one network these can differ where values are equal up to rounding. Recorded in one run and
given to another, they separate the jumps this makes from the rounding of everything else.
"""

import torch
import torch.nn.functional as F
from torch.overrides import TorchFunctionMode

RECTIFIERS = ("relu", "relu_", "leaky_relu", "leaky_relu_", "prelu")
POOLS = {"max_pool2d": F.max_pool2d, "max_pool3d": F.max_pool3d}


class Choices(TorchFunctionMode):
    """Records every choice in `taken`, in the order of execution; takes those of `given` instead of its own.

    `values` keeps the float64 inputs of the kinks where they are wanted.
    """

    def __init__(self, given=None, keep_values=False):
        super().__init__()
        self.taken = []
        self.values = [] if keep_values else None
        self.given = given

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        if name in RECTIFIERS:
            return self.rectify(name.rstrip("_"), *args, **kwargs)
        if name in POOLS:
            return self.pool(POOLS[name], *args, **kwargs)
        return func(*args, **kwargs)

    def choose(self, kind, x, own):
        chosen = own if self.given is None else self.given[len(self.taken)][1].to(own.device)
        if chosen.shape != own.shape:
            raise ValueError(f"kink {len(self.taken)}: the given choices are {chosen.shape}, not {own.shape}")
        self.taken.append((kind, own))
        if self.values is not None:
            self.values.append(x.detach())
        return chosen

    def rectify(self, name, x, slope=None, inplace=False, **options):
        if name == "relu":
            below = torch.zeros_like(x)
        elif name == "prelu":
            weight = options.get("weight", slope)
            below = x * weight.reshape(1, -1, *([1] * (x.dim() - 2)))
        else:
            below = x * options.get("negative_slope", 0.01 if slope is None else slope)
        return torch.where(self.choose("sign", x, x.detach() > 0), x, below)

    def pool(self, pool, x, *args, **kwargs):
        _, own = pool(x.detach(), *args, **{**kwargs, "return_indices": True})
        places = self.choose("maximum", x, own)
        return x.flatten(2).gather(2, places.flatten(2)).reshape(places.shape)


def count_differences(some, others):
    """(how many choices differ, of how many)"""
    pairs = list(zip(some, others, strict=True))
    return sum(int((a != b).sum()) for (_, a), (_, b) in pairs), sum(a.numel() for _, a in some)
