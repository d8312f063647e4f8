"""Expected class activation maps, deconvnet and expected gradients on four small networks.

Run: python parity/make_cams.py   (parity/requirements.txt names the versions; tests read only what it writes)
Writes parity/fixtures/cams/: the networks as ONNX, inputs, expected maps (.npy, float32) and cases.json.

pytorch-grad-cam is the peer in 2-D, on two networks; it normalises its maps to 0..1, so its raw maps (get_cam_image)
are taken. In 3-D several of its weights have a wrong shape: there the published formula is written out in PyTorch. Its
Score-CAM enlarges the masks with align_corners=True, which shifts them against the input by up to half a cell of the
layer's grid: as it stands it is the peer where the layer has the grid of the input, and elsewhere with that one
setting turned. Deconvolution and guided Grad-CAM are captum's.
"""

import json
import platform
from functools import partial
from pathlib import Path

import captum
import numpy as np
import onnx
import pytorch_grad_cam
import torch
from captum.attr import Deconvolution, GuidedBackprop, GuidedGradCam
from make_methods import Random, ResNet18, Scalar, UNet3d, cam_value, randomise, without_stack_traces
from pytorch_grad_cam.ablation_layer import AblationLayer
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import nn
from torch.nn.functional import interpolate

OUT = Path(__file__).parent / "fixtures" / "cams"
cases = []


class Dilated2d(nn.Module):
    """Dilated convolutions: the last layer still has the grid of the input, so nothing is enlarged."""

    def __init__(self, classes=3):
        super().__init__()
        self.conv1, self.norm1, self.relu1 = nn.Conv2d(2, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU()
        self.conv2, self.relu2 = nn.Conv2d(6, 8, 3, padding=2, dilation=2), nn.ReLU()
        self.pool, self.head = nn.AdaptiveAvgPool2d(1), nn.Linear(8, classes)

    def forward(self, x):
        x = self.relu2(self.conv2(self.relu1(self.norm1(self.conv1(x)))))
        return self.head(torch.flatten(self.pool(x), 1))


class Pooled3d(nn.Module):
    """Convolutions, batch norm, global average pooling, one dense layer: what CAM is defined on."""

    def __init__(self, classes=4):
        super().__init__()
        self.conv1, self.norm1, self.relu1 = nn.Conv3d(1, 5, 3, 2, 1, bias=False), nn.BatchNorm3d(5), nn.ReLU()
        self.conv2, self.relu2 = nn.Conv3d(5, 7, 3, 1, 1), nn.ReLU()
        self.pool = nn.AdaptiveAvgPool3d(1)
        self.head = nn.Linear(7, classes)

    def forward(self, x):
        x = self.relu2(self.conv2(self.relu1(self.norm1(self.conv1(x)))))
        return self.head(torch.flatten(self.pool(x), 1))


def save(name, array):
    array = array.detach().numpy() if isinstance(array, torch.Tensor) else array
    np.save(OUT / name, np.asarray(array, dtype=np.float32))
    return name


def mode(x):
    return {2: "bilinear", 3: "trilinear"}[x.dim() - 2]


def column(weights, like):
    return weights.reshape(*weights.shape, *([1] * (like.dim() - 2)))


class Layer:
    """Activations and gradients of a layer, and the score with its output edited."""

    def __init__(self, explained, layer, x, index):
        self.explained, self.layer, self.index = explained, layer, index
        seen = {}
        handle = layer.register_forward_hook(lambda _m, _i, output: seen.update(a=output))
        score = explained(x.clone().requires_grad_())[:, index]
        handle.remove()
        self.a = seen["a"].detach()
        self.g = torch.autograd.grad(score.sum(), seen["a"])[0]
        self.score = score.detach()

    def score_with(self, x, edit):
        handle = self.layer.register_forward_hook(lambda _m, _i, output: edit(output.clone()))
        with torch.no_grad():
            score = self.explained(x)[:, self.index]
        handle.remove()
        return score


def by_formula(method, explained, layer, x, index):
    """Raw maps (N, spatial) before the relu, in float64 where it is only arithmetic."""
    at = Layer(explained, layer, x, index)
    a, g = at.a.double(), at.g.double()
    space = tuple(range(2, a.dim()))
    total = lambda v: v.sum(space)
    weigh = lambda w: (column(w, a) * a).sum(1)
    if method == "grad-cam-plus-plus":
        alpha = g**2 / (2 * g**2 + column(total(a), a) * g**3 + 1e-6)
        return weigh(total(g.relu() * alpha))
    if method == "x-grad-cam":
        return weigh(total(g * a) / (total(a) + 1e-7))
    if method == "hires-cam":
        return (g * a).sum(1)
    if method == "layer-cam":
        return (g.relu() * a).sum(1)
    if method in ("eigen-cam", "eigen-grad-cam"):
        maps = []
        for row, row_a in zip(a if method == "eigen-cam" else a * g, a):
            m = row.flatten(1).T.numpy()
            m = m - m.mean(0)
            projection = m @ np.linalg.svd(m, full_matrices=False)[2][0]
            sign = np.sign(np.corrcoef(projection, row_a.sum(0).flatten().numpy())[0, 1])
            maps.append(torch.tensor(sign * projection).reshape(row.shape[1:]))
        return torch.stack(maps)
    if method == "score-cam":
        weights = []
        for row, row_x in zip(at.a, x):
            masks = interpolate(row[:, None], x.shape[2:], mode=mode(x))
            flat = masks.flatten(1)
            low, high = (column(v[:, None], masks) for v in (flat.min(1)[0], flat.max(1)[0]))
            with torch.no_grad():
                scores = explained(row_x[None] * ((masks - low) / (high - low + 1e-8)))[:, index]
            weights.append(scores.double().softmax(0))
        return weigh(torch.stack(weights))
    if method == "ablation-cam":
        def without(k):
            def edit(output):
                output[:, k] = 0
                return output
            return edit
        drops = [(at.score - at.score_with(x, without(k))) / at.score for k in range(a.shape[1])]
        return weigh(torch.stack(drops, 1).double())
    if method == "grad-cam":
        return weigh(g.mean(space))
    raise KeyError(method)


def by_peer(method, model, layer, x, index):
    """Raw maps of pytorch-grad-cam, before it takes the positive part and normalises."""
    names = {"grad-cam": "GradCAM", "grad-cam-plus-plus": "GradCAMPlusPlus", "x-grad-cam": "XGradCAM", "hires-cam": "HiResCAM",
             "layer-cam": "LayerCAM", "eigen-cam": "EigenCAM", "eigen-grad-cam": "EigenGradCAM", "ablation-cam": "AblationCAM",
             "score-cam": "ScoreCAM"}
    kind = getattr(pytorch_grad_cam, names[method])
    more = {"ablation_layer": AblationLayer(), "batch_size": 4} if method == "ablation-cam" else {}
    cam = kind(model=model, target_layers=[layer], **more)
    raw = {}
    original = cam.get_cam_image
    cam.get_cam_image = lambda *args, **kw: raw.setdefault("map", original(*args, **kw))
    corners = torch.nn.UpsamplingBilinear2d
    torch.nn.UpsamplingBilinear2d = partial(torch.nn.Upsample, mode="bilinear", align_corners=False)
    try:
        cam(x, [ClassifierOutputTarget(index)] * len(x))
    finally:
        torch.nn.UpsamplingBilinear2d = corners
    cam.activations_and_grads.release()
    if method in ("eigen-cam", "eigen-grad-cam"):
        total = Layer(model, layer, x, index).a.sum(1).numpy()
        for row, row_total in zip(raw["map"], total):
            row *= np.sign(np.corrcoef(row.ravel(), row_total.ravel())[0, 1])
    return torch.tensor(np.asarray(raw["map"]))


def expected_gradients(explained, x, rows, index, samples, seed):
    """GradientSHAP with the draws of src/core/tensor/random.ts: rows, then positions."""
    random = Random(seed)

    def uniform():
        high, low = random.next() >> 5, random.next() >> 6
        return (high * 2**26 + low) / 2**53

    def integer(bound):
        limit, draw = 2**32 - 2**32 % bound, random.next()
        while draw >= limit:
            draw = random.next()
        return draw % bound

    total = torch.zeros(x.shape, dtype=torch.float64)
    for _ in range(samples):
        b = torch.stack([rows[integer(len(rows))] for _ in x]).double()
        u = torch.tensor([uniform() for _ in x], dtype=torch.float64).reshape(-1, *[1] * (x.dim() - 1))
        end = x.double()
        point = (b + u * (end - b)).float().requires_grad_()
        total += torch.autograd.grad(explained(point)[:, index].sum(), point)[0].double() * (end - b)
    return total / samples


METHODS = ["grad-cam", "grad-cam-plus-plus", "x-grad-cam", "hires-cam", "layer-cam", "eigen-cam", "eigen-grad-cam", "score-cam", "ablation-cam"]


def network(name, model, explained, index, spec, x, layer, dynamo, opset, cam=None, full=()):
    """`layer`: of the maps; `cam`: the layer before the pooling; `full`: methods whose enlarged maps are stored too."""
    file = f"{name}.onnx"
    if dynamo:
        n = torch.export.Dim("n", min=1, max=64)
        torch.onnx.export(model, (x,), OUT / file, opset_version=opset, input_names=["input"], output_names=["output"],
                          dynamo=True, external_data=False, dynamic_shapes=({0: n},))
        without_stack_traces(OUT / file)
    else:
        torch.onnx.export(model, (x,), OUT / file, opset_version=opset, input_names=["input"], output_names=["output"],
                          dynamic_axes={"input": {0: "n"}, "output": {0: "n"}}, dynamo=False)
    save(f"{name}.input.npy", x)
    value = cam_value(OUT / file, model, layer, x)
    scores = explained(x)[:, index].tolist()

    def case(method, expected, source, options=None, **more):
        slug = "-".join([name, method, *(f"{k}-{v}" for k, v in (options or {}).items()), *(["rows"] if "rows" in more else [])])
        cases.append({"network": name, "model": file, "input": f"{name}.input.npy", "method": method, "target": spec,
                      "options": options or {}, "expected": save(f"{slug}.npy", expected), "scores": scores, "source": source, **more})

    def enlarged(raw):
        return interpolate(raw[:, None], x.shape[2:], mode=mode(x)).expand_as(x)

    peer_can = explained is model and x.dim() == 4
    for method in METHODS:
        own = by_formula(method, explained, layer, x, index)
        if peer_can:
            raw, source = by_peer(method, model, layer, x, index), "pytorch-grad-cam"
            if method == "score-cam" and raw.shape[1:] != x.shape[2:]:
                source += ", enlarging without align_corners"
            distance = float((raw - own).norm() / own.norm())
            assert distance < 1e-4, (name, method, distance)
        else:
            raw, source = own, "formula"
        if method in ("score-cam", "ablation-cam"):
            case(method, enlarged(raw.relu()), source, layer=value)
            continue
        case(method, raw[:, None], source, {"relu": "false", "upsample": "none"}, layer=value)
        if method in full:
            case(method, enlarged(raw.relu()), source, layer=value)
    if cam is not None:
        a = Layer(model, cam, x, index).a
        raw = (column(model.head.weight[index][None], a) * a).sum(1)
        case("cam", raw[:, None], "formula", {"relu": "false", "upsample": "none"})
        case("cam", enlarged(raw.relu()), "formula")
    case("deconvnet", Deconvolution(explained).attribute(x.clone(), target=index), "captum Deconvolution")
    if x.dim() == 4:
        guided = GuidedGradCam(explained, layer).attribute(x.clone(), target=index, interpolate_mode="nearest")
        case("guided-grad-cam", guided, "captum GuidedGradCam", {"upsample": "nearest"}, layer=value)
    # captum enlarges by its own mode; ours times captum's guided back-propagation for the default.
    raw = by_formula("grad-cam", explained, layer, x, index).relu().float()
    case("guided-grad-cam", enlarged(raw) * GuidedBackprop(explained).attribute(x.clone(), target=index),
         "captum GuidedBackprop x formula", layer=value)
    rows = 0.3 * torch.randn(3, *x.shape[1:], generator=torch.Generator().manual_seed(5))
    case("expected-gradients", expected_gradients(explained, x, rows, index, 5, 4), "formula", {"samples": "5"},
         rows=save(f"{name}.rows.npy", rows), seed=4)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*"):
        old.unlink()
    torch.manual_seed(0)
    torch.set_num_threads(2)

    pooled = randomise(Pooled3d(), 1)
    x = torch.randn(2, 1, 11, 10, 12, generator=torch.Generator().manual_seed(2))
    network("pooled3d", pooled, pooled, 1, "1", x, pooled.relu2, dynamo=False, opset=17, cam=pooled.relu2,
            full=("grad-cam-plus-plus", "eigen-grad-cam"))

    resnet = randomise(ResNet18(width=4), 3)
    x = torch.randn(2, 3, 40, 48, generator=torch.Generator().manual_seed(4))
    network("resnet18", resnet, resnet, 2, "2", x, resnet.blocks[-3].relu2, dynamo=True, opset=20, cam=resnet.blocks[-1].relu2, full=("x-grad-cam",))

    dilated = randomise(Dilated2d(), 8)
    x = torch.randn(2, 2, 13, 15, generator=torch.Generator().manual_seed(9))
    network("dilated2d", dilated, dilated, 1, "1", x, dilated.relu2, dynamo=False, opset=17, cam=dilated.relu2,
            full=("grad-cam", "layer-cam"))

    unet = randomise(UNet3d(), 6)
    x = torch.randn(1, 1, 8, 8, 8, generator=torch.Generator().manual_seed(7))
    # Not everywhere: without gates a constant cotangent reaches the instance norm, which leaves rounding errors of it.
    predicted = (unet(x).argmax(1) == 1).float()
    network("unet3d", unet, Scalar(unet, 1, predicted), 0, "1@predicted", x, unet.bottom[2], dynamo=False, opset=17)

    versions = {"python": platform.python_version(), "torch": torch.__version__, "captum": captum.__version__, "grad-cam": "1.5.7",
                "onnx": onnx.__version__, "numpy": np.__version__}
    (OUT / "cases.json").write_text(json.dumps({"madeBy": "parity/make_cams.py", "versions": versions, "cases": cases}, indent=1) + "\n")
    print(len(cases), "cases", versions)


if __name__ == "__main__":
    main()
