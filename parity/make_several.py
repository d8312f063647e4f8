"""Networks with several inputs and several outputs, and their gradients by PyTorch autograd in float64.

Run: python parity/make_several.py   (parity/requirements.txt names the versions)
Writes parity/fixtures/several/: one ONNX file per network, the inputs as .npy, and cases.json with one case per network and output:
output, output weights and the gradient for every input (float32, base64).
"""

import base64
import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

OUT = Path(__file__).parent / "fixtures" / "several"


class Clinical(nn.Module):
    """A volume, and three numbers about the person."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv3d(1, 4, 3, 2, 1), nn.BatchNorm3d(4)
        self.facts, self.head = nn.Linear(3, 4), nn.Linear(8, 2)

    def forward(self, image, clinical):
        seen = torch.relu(self.norm(self.conv(image))).mean((2, 3, 4))
        return self.head(torch.cat([seen, torch.tanh(self.facts(clinical))], 1))


class Contrasts(nn.Module):
    """T1 and FLAIR in; a class, an age and a segmentation out."""

    def __init__(self):
        super().__init__()
        self.t1, self.flair = nn.Conv3d(1, 3, 3, padding=1), nn.Conv3d(1, 3, 3, padding=1)
        self.both, self.tissue = nn.Conv3d(6, 4, 3, padding=1), nn.Conv3d(4, 2, 1)
        self.classes, self.age = nn.Linear(4, 3), nn.Linear(4, 1)

    def forward(self, t1, flair):
        h = torch.relu(self.both(torch.relu(torch.cat([self.t1(t1), self.flair(flair)], 1))))
        pooled = h.mean((2, 3, 4))
        return self.classes(pooled), self.age(pooled), self.tissue(h)


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
                            "gradients": [text(g.numpy()) for g in gradients]})
    (OUT / "cases.json").write_text(json.dumps({"madeBy": "parity/make_several.py", "torch": torch.__version__, "cases": written}, indent=1) + "\n")
    print(len(written), "cases")


main()
