"""Maps of DeepLIFT and DeepLIFT-SHAP by captum, in float64, on the networks of make_captum_networks.py.

Run: python parity/make_captum_networks.py, then python parity/make_deeplift.py
Writes parity/fixtures/deeplift/: expected maps (.npy, float32) and cases.json.

captum has the rescale rule for ReLU, ELU, LeakyReLU, Sigmoid, Tanh, Softplus and for max pooling without overlap.
For everything else here it runs with these additions, and the case says so:
- its own rescale rule registered for GELU, SiLU, hard swish, hard sigmoid and PReLU;
- `Product`: of two varying factors, dA * mean(B) + mean(A) * dB over the two points;
- layer, instance and group norm, softmax and log softmax written out in parts, each by these rules:
  c = x - mean, y = c * (mean(c * c) + eps)^(-1/2), and y = exp(x - log(sum(exp(x))));
- `OverlappingMaxPool`: captum's unpooling lets one window overwrite another; here windows add up.
Before every non-linear module stands a copy: where two of them share a tensor (ReLU, then max pooling), captum 0.9
calls the hook of the first before that of the second has put its multiplier there, and the map no longer adds up.
Tensors that reach these functions hold the inputs in the first half of the batch and the baselines in the second.
"""

from pathlib import Path

import torch
from captum.attr import DeepLift, DeepLiftShap
from captum.attr._core import deep_lift
from torch import nn
from torch.autograd import Function

from make_captum_networks import Cases, MatMul, Summed, Times, examples, tuple_of

OUT = Path(__file__).parent / "fixtures" / "deeplift"
EPSILON = 1e-10
REGISTERED = (nn.GELU, nn.Hardsigmoid, nn.Hardswish, nn.PReLU, nn.SiLU)


def halves(x):
    return x.chunk(2)


def twice(x):
    return torch.cat([x, x])


def sum_to(x, shape):
    return x.sum_to_size(shape)


class Product(Function):
    """a * b or a @ b, both of them with inputs and baselines along the batch."""

    @staticmethod
    def forward(context, a, b, matrix):
        context.save_for_backward(a, b)
        context.matrix = matrix
        return a @ b if matrix else a * b

    @staticmethod
    def backward(context, cotangent):
        a, b = (twice((x + x0) / 2) for x, x0 in map(halves, context.saved_tensors))
        if context.matrix:
            return cotangent @ b.transpose(-1, -2), a.transpose(-1, -2) @ cotangent, None
        return sum_to(cotangent * b, a.shape), sum_to(cotangent * a, b.shape), None


class Rescaled(Function):
    """f(x) element by element, by the rescale rule."""

    @staticmethod
    def forward(context, x, f, slope):
        y = f(x)
        context.save_for_backward(x, y)
        context.slope = slope
        return y

    @staticmethod
    def backward(context, cotangent):
        x, y = context.saved_tensors
        dx, dy = (twice(a - b) for a, b in (halves(x), halves(y)))
        return torch.where(dx.abs() < EPSILON, cotangent * context.slope(x), cotangent * dy / dx), None, None


class OverlappingMaxPool(Function):
    @staticmethod
    def forward(context, x, pool):
        y = pool(x)
        context.save_for_backward(x, y)
        context.pool = pool
        return y

    @staticmethod
    def backward(context, cotangent):
        x, y = context.saved_tensors
        (a, b), (ya, yb), (g, _) = halves(x), halves(y), halves(cotangent)
        top = torch.maximum(ya, yb)

        def adjoint(at, value):
            at = at.detach().clone().requires_grad_()
            with torch.enable_grad():
                return torch.autograd.grad(context.pool(at), at, value)[0]

        shares = adjoint(a, g * (top - yb)) + adjoint(b, g * (ya - top))
        return twice(torch.where((a - b).abs() < EPSILON, adjoint(a, g), shares / (a - b))), None


def rescaled_exp(x):
    return Rescaled.apply(x, torch.exp, torch.exp)


def normalise(x, axes, eps):
    c = x - x.mean(axes, keepdim=True)
    variance = Product.apply(c, c, False).mean(axes, keepdim=True)
    inverse = Rescaled.apply(variance, lambda v: (v + eps) ** -0.5, lambda v: -0.5 * (v + eps) ** -1.5)
    return Product.apply(c, inverse, False)


def per_channel(x, module):
    shape = (1, -1, *[1] * (x.dim() - 2))
    return x * module.weight.view(shape) + module.bias.view(shape)


class Part(nn.Module):
    """A module written out: `forward` is a function of the old module and its inputs."""

    def __init__(self, old, function):
        super().__init__()
        self.old, self.function = old, function

    def forward(self, *x):
        return self.function(self.old, *x)


def layer_norm(m, x):
    return normalise(x, tuple(range(x.dim() - len(m.normalized_shape), x.dim())), m.eps) * m.weight + m.bias


def instance_norm(m, x):
    return per_channel(normalise(x, tuple(range(2, x.dim())), m.eps), m)


def group_norm(m, x):
    grouped = x.view(x.shape[0], m.num_groups, -1)
    return per_channel(normalise(grouped, (2,), m.eps).view(x.shape), m)


def log_softmax(m, x):
    total = rescaled_exp(x).sum(m.dim, keepdim=True)
    return x - Rescaled.apply(total, torch.log, lambda s: 1 / s)


def max_pool(m, x):
    return OverlappingMaxPool.apply(x, lambda value: nn.functional.max_pool3d(value, m.kernel_size, m.stride, m.padding))


PARTS = {
    Times: lambda m, a, b: Product.apply(a, b, False),
    MatMul: lambda m, a, b: Product.apply(a, b, True),
    nn.LayerNorm: layer_norm,
    nn.InstanceNorm3d: instance_norm,
    nn.GroupNorm: group_norm,
    nn.LogSoftmax: log_softmax,
    nn.Softmax: lambda m, x: rescaled_exp(log_softmax(m, x)),
}


class Copied(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, x):
        return self.module(x.clone())


def needs_part(module):
    is_overlapping = isinstance(module, nn.MaxPool3d) and module.kernel_size != module.stride
    return max_pool if is_overlapping else PARTS.get(type(module))


def write_out(module, found):
    for name, child in module.named_children():
        part = needs_part(child)
        if part:
            setattr(module, name, Part(child, part))
            found.add(type(child).__name__)
        elif type(child) in deep_lift.SUPPORTED_NON_LINEAR:
            setattr(module, name, Copied(child))
        else:
            write_out(child, found)
    return found


def describe(peer, model):
    """What computed the map, and with which additions."""
    added = sorted(write_out(model, set()))
    registered = sorted({type(m).__name__ for m in model.modules() if isinstance(m, REGISTERED)})
    notes = []
    if registered:
        notes.append(f"rescale registered for {', '.join(registered)}")
    if added:
        notes.append(f"{', '.join(added)} by parts, see parity/make_deeplift.py")
    return "; ".join([f"captum {peer}", *notes])


def main():
    torch.set_num_threads(2)
    for kind in REGISTERED:
        deep_lift.SUPPORTED_NON_LINEAR[kind] = deep_lift.nonlinear
    cases = Cases(OUT, "../networks/")
    for example in examples():
        model, column = example.explained()
        x = example.doubles()
        with torch.no_grad():
            score = lambda values: model(*values)[:, column]
            scores, start = score(x).tolist(), score(example.doubles(example.baselines))
        source = describe("DeepLift", model)
        found = []
        for slug, starts in (("", example.baselines), ("zeros", example.zeros())):
            baselines = example.doubles(starts)
            maps = tuple_of(DeepLift(model, eps=EPSILON).attribute(x, baselines=baselines, target=column))
            total = sum(m.flatten(1).sum(1) for m in maps).detach()
            with torch.no_grad():
                change = score(x) - score(baselines)
            gap = ((total - change).abs() / sum(m.abs().flatten(1).sum(1) for m in maps)).max().item()
            assert gap < 1e-12, (example.name, gap)
            print(f"{example.name:15} {slug:6} relative gap {gap:.1e}  {source}")
            more = {} if slug else {"baselines": cases.files(example, "baseline")}
            found.append((starts, maps, {"source": source, "slug": slug, **more}))
        rows = example.doubles(example.rows)
        if isinstance(model, Summed):
            each = [tuple_of(DeepLift(model, eps=EPSILON).attribute(x, baselines=tuple(r[k : k + 1].expand_as(v) for r, v in zip(rows, x)), target=column))
                    for k in range(len(rows[0]))]
            maps = tuple(torch.stack(parts).mean(0) for parts in zip(*each))
            peer = "DeepLift, mean over the rows"
        else:
            maps, peer = tuple_of(DeepLiftShap(model).attribute(x, baselines=rows, target=column)), "DeepLiftShap"
        cases.add(example, "deeplift-shap", maps, scores, source=source.replace("DeepLift", peer, 1), rows=cases.files(example, "rows"))
        # How far float32 itself is from float64: last, for it changes the model.
        model.float()
        for starts, maps, more in found:
            single = tuple_of(DeepLift(model, eps=EPSILON).attribute(tuple(example.inputs), baselines=tuple(starts), target=column))
            distance = sum((a - b).square().sum() for a, b in zip(maps, single)).sqrt() / sum(a.square().sum() for a in maps).sqrt()
            cases.add(example, "deeplift", maps, scores, float32Distance=float(f"{distance.item():.1e}"), **more)
    cases.write("parity/make_deeplift.py")


if __name__ == "__main__":
    main()
