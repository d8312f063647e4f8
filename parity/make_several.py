"""Networks with several inputs and several outputs, and their maps by PyTorch and captum in float64.

Run: python parity/make_several.py   (parity/requirements.txt names the versions)
Writes parity/fixtures/several/: one ONNX file per network, the inputs as .npy, and cases.json with one case per network and output:
output, output weights and, for every input, the gradient, integrated gradients and DeepLIFT (captum) and LRP with the
epsilon rule (its formula, layer by layer, with autograd for the transposed layers); float32, base64. The baseline is 0.3.
"""

import base64
import json
from pathlib import Path

import captum
import numpy as np
import torch
from captum.attr import DeepLift, IntegratedGradients
from torch import nn

OUT = Path(__file__).parent / "fixtures" / "several"
BASELINE = 0.3
STEPS = 24
EPSILON = 1e-6


class Clinical(nn.Module):
    """A volume, and three numbers about the person."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv3d(1, 4, 3, 2, 1), nn.BatchNorm3d(4)
        self.facts, self.head = nn.Linear(3, 4), nn.Linear(8, 2)
        self.relu, self.tanh = nn.ReLU(), nn.Tanh()

    def forward(self, image, clinical):
        seen = self.relu(self.norm(self.conv(image))).mean((2, 3, 4))
        return self.head(torch.cat([seen, self.tanh(self.facts(clinical))], 1))

    def relevance(self, output, share, image, clinical):
        """`share`: of the output. The batch norm is one with its convolution; tanh and relu pass relevance on."""
        folded = lambda x: self.norm(self.conv(x))
        active = torch.relu(folded(image))
        pooled, facts = active.mean((2, 3, 4)), torch.tanh(self.facts(clinical))
        r = spread(self.head, torch.cat([pooled, facts], 1), share)
        seen = spread(lambda x: x.mean((2, 3, 4)), active, r[:, :4])
        return [spread(folded, image, seen), spread(self.facts, clinical, r[:, 4:])]


class Contrasts(nn.Module):
    """T1 and FLAIR in; a class, an age and a segmentation out."""

    def __init__(self):
        super().__init__()
        self.t1, self.flair = nn.Conv3d(1, 3, 3, padding=1), nn.Conv3d(1, 3, 3, padding=1)
        self.both, self.tissue = nn.Conv3d(6, 4, 3, padding=1), nn.Conv3d(4, 2, 1)
        self.classes, self.age = nn.Linear(4, 3), nn.Linear(4, 1)
        self.first, self.second = nn.ReLU(), nn.ReLU()

    def forward(self, t1, flair):
        h = self.second(self.both(self.first(torch.cat([self.t1(t1), self.flair(flair)], 1))))
        pooled = h.mean((2, 3, 4))
        return self.classes(pooled), self.age(pooled), self.tissue(h)

    def relevance(self, output, share, t1, flair):
        joined = torch.relu(torch.cat([self.t1(t1), self.flair(flair)], 1))
        h = torch.relu(self.both(joined))
        if output == 2:
            r = spread(self.tissue, h, share)
        else:
            mean = lambda x: x.mean((2, 3, 4))
            r = spread(mean, h, spread([self.classes, self.age][output], mean(h), share))
        r = spread(self.both, joined, r)
        return [spread(self.t1, t1, r[:, :3]), spread(self.flair, flair, r[:, 3:])]


def spread(layer, x, r):
    """The epsilon rule: x_i sum_k W_ki R_k / (z_k + epsilon sign(z_k))."""
    x = x.detach().requires_grad_()
    z = layer(x)
    share = r / (z + EPSILON * torch.where(z >= 0, 1.0, -1.0))
    return (x * torch.autograd.grad(z, x, share.detach())[0]).detach()


class Scored(nn.Module):
    """One score per row: the sum of weights times an output."""

    def __init__(self, module, index, weights):
        super().__init__()
        self.module, self.index, self.weights = module, index, weights

    def forward(self, *inputs):
        y = self.module(*inputs)
        y = y if isinstance(y, torch.Tensor) else y[self.index]
        weights = self.weights.repeat(len(y) // len(self.weights), *[1] * (y.dim() - 1))
        return (y * weights).flatten(1).sum(1, keepdim=True)


def maps(module, index, weights, inputs):
    """captum's maps of every input, and the relevance of the formula."""
    scored, inputs = Scored(module, index, weights), tuple(x.detach() for x in inputs)
    start = tuple(torch.full_like(x, BASELINE) for x in inputs)
    integrated = []
    for row in range(len(inputs[0])):  # captum stacks the steps of all rows: one row at a time keeps the weights apart
        one = Scored(module, index, weights[row:row + 1])
        integrated.append(IntegratedGradients(one).attribute(tuple(x[row:row + 1] for x in inputs), tuple(x[row:row + 1] for x in start),
                                                             target=0, n_steps=STEPS, method="gausslegendre"))
    y = module(*inputs)
    y = y if isinstance(y, torch.Tensor) else y[index]
    return {
        "integrated-gradients": [torch.cat(parts) for parts in zip(*integrated)],
        "deeplift": DeepLift(scored).attribute(inputs, start, target=0),
        "lrp": module.relevance(index, (y * weights).detach(), *inputs),
    }


NETWORKS = {
    "clinical": (Clinical, {"image": (1, 6, 7, 6), "clinical": (3,)}, ["logits"]),
    "contrasts": (Contrasts, {"t1": (1, 6, 7, 6), "flair": (1, 6, 7, 6)}, ["classes", "age", "tissue"]),
}


def text(array):
    return base64.b64encode(np.ascontiguousarray(array, dtype="<f4").tobytes()).decode()


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*"):
        old.unlink()
    written = []
    for seed, (name, (make, inputs, outputs)) in enumerate(NETWORKS.items()):
        torch.manual_seed(seed)
        module = make().eval()
        given = [torch.randn(2, *dims) for dims in inputs.values()]
        torch.onnx.export(module, tuple(given), OUT / f"{name}.onnx", dynamo=False, opset_version=17, input_names=list(inputs),
                          output_names=outputs, dynamic_axes={key: {0: "batch"} for key in [*inputs, *outputs]})
        for key, x in zip(inputs, given):
            np.save(OUT / f"{name}.{key}.npy", x.numpy())
        module.double()
        for index, output in enumerate(outputs):
            leaves = [x.double().requires_grad_() for x in given]
            y = module(*leaves)
            y = y if isinstance(y, torch.Tensor) else y[index]
            weights = torch.randn(y.shape).double()
            gradients = torch.autograd.grad((y * weights).sum(), leaves)
            written.append({"network": name, "inputs": list(inputs), "value": output, "outputDims": list(y.shape),
                            "output": text(y.detach().numpy()), "weights": text(weights.numpy()),
                            "gradients": [text(g.numpy()) for g in gradients],
                            "maps": {method: [text(m.detach().numpy()) for m in each]
                                     for method, each in maps(module, index, weights, leaves).items()}})
    (OUT / "cases.json").write_text(json.dumps({"madeBy": "parity/make_several.py", "torch": torch.__version__, "captum": captum.__version__, "baseline": BASELINE,
                                                    "steps": STEPS, "cases": written}, indent=1) + "\n")
    print(len(written), "cases")


main()
