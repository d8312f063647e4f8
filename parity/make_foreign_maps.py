"""Integrated gradients, DeepLIFT and LRP-epsilon on models of scikit-learn and Keras, from dense algebra in float64.

Run: python parity/make_foreign_maps.py   (after make_sklearn.py and make_tensorflow.py; parity/requirements.txt)
Writes parity/fixtures/foreign-maps.json: per case the model, the value that is explained with its weights, the method,
its options and the map (base64; weights float32, map float64). The networks are written out again in PyTorch, with the
weights that the ONNX files hold, and must give the outputs and gradients that are stored for them.

DeepLIFT is the rescale rule of Shrikumar et al. 2017 and LRP the epsilon rule of Bach et al. 2015, layer by layer: a
linear layer z = Wx + b gives x_i the relevance x_i sum_k W_ki R_k / z_k; an activation, and a constant that shifts or
scales (a scaler, a batch norm written as such), passes its relevance on. Both are explained before the last softmax or sigmoid; of the Keras volume up to its last strided convolution, as no rule for a
normalisation over channels is agreed on.
"""

import base64
import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch.nn import functional as F

FIXTURES = Path(__file__).parent / "fixtures"
BASELINE = 0.5
STEPS = 32
EPSILON = 0.01


class Layer:
    """Linear with a bias, then an activation without a parameter, or nothing."""

    def __init__(self, linear, act=None):
        self.linear, self.act = linear, act or (lambda z: z)

    def __call__(self, x):
        return self.act(self.linear(x))


def forward(layers, x):
    for layer in layers:
        x = layer(x)
    return x


def integrated_gradients(f, x, weights):
    nodes, shares = np.polynomial.legendre.leggauss(STEPS)
    total = torch.zeros_like(x)
    for node, share in zip((nodes + 1) / 2, shares / 2):
        point = (BASELINE + node * (x - BASELINE)).requires_grad_()
        total += share * torch.autograd.grad((f(point) * weights).sum(), point)[0]
    return total * (x - BASELINE)


def deeplift(layers, x, start, weights):
    """Multipliers from behind: through a linear layer its transpose, through an activation the slope of the secant."""
    difference, at, trail = x - start, x, []
    for layer in layers:
        trail.append((layer, at, layer.linear(at), layer.linear(start)))
        at, start = layer(at), layer(start)
    m = weights
    for layer, seen, z, z0 in reversed(trail):
        slope = (layer.act(z) - layer.act(z0)) / (z - z0)
        m = pull(layer.linear, seen, m * slope)
    return m * difference


def lrp(layers, x, weights):
    trail, at = [], x
    for layer in layers:
        trail.append((layer, at, layer.linear(at)))
        at = layer(at)
    r = at * weights
    for layer, seen, z in reversed(trail):
        stable = z + EPSILON * torch.where(z >= 0, 1.0, -1.0)
        r = seen * pull(layer.linear, seen, r / stable)
    return r


def pull(linear, x, cotangent):
    leaf = x.detach().requires_grad_()
    return torch.autograd.grad(linear(leaf), leaf, cotangent)[0]


def read(framework, name):
    graph = onnx.load(FIXTURES / framework / f"{name}.onnx").graph
    return graph, {i.name: torch.tensor(numpy_helper.to_array(i).astype(np.float64)) for i in graph.initializer
                   if i.data_type == onnx.TensorProto.FLOAT}


def attribute(node, name):
    return torch.tensor([a for a in node.attribute if a.name == name][0].floats, dtype=torch.float64)


def perceptron(name):
    """The scaler, the layers up to the last activation, that activation, and the name of the value before it."""
    graph, weights = read("sklearn", name)
    scaler = next(n for n in graph.node if n.op_type == "Scaler")
    offset, scale = attribute(scaler, "offset"), attribute(scaler, "scale")
    products = [n for n in graph.node if n.op_type == "MatMul"]
    sums = [n for n in graph.node if n.op_type == "Add"]
    act = {"Tanh": torch.tanh, "Relu": torch.relu}[next(n.op_type for n in graph.node if n.op_type in ("Tanh", "Relu"))]

    def dense(i):
        w, b = weights[products[i].input[1]], weights[sums[i].input[1]]
        return lambda x: x @ w + b

    last = len(products) - 1
    layers = [Layer(dense(i), act if i < last else None) for i in range(last + 1)]
    binary = weights[products[last].input[1]].shape[1] == 1
    end = (lambda z: torch.cat([1 - torch.sigmoid(z), torch.sigmoid(z)], 1)) if binary else (lambda z: torch.softmax(z, 1))
    return (lambda x: (x - offset) * scale), layers, end, sums[last].output[0]


def regression(name):
    graph, _ = read("sklearn", name)
    node = next(n for n in graph.node if n.op_type == "LinearRegressor")
    scaler = next((n for n in graph.node if n.op_type == "Scaler"), None)
    bias = attribute(node, "intercepts")
    w = attribute(node, "coefficients").reshape(len(bias), -1).T
    offset, scale = (attribute(scaler, "offset"), attribute(scaler, "scale")) if scaler else (0, 1)
    return (lambda x: (x - offset) * scale), [Layer(lambda x: x @ w + bias)], lambda z: z, node.output[0]


def volume(name):
    """The Keras network of make_tensorflow.py, channels last; its layers up to the last strided convolution."""
    graph, w = read("tensorflow", name)
    convolutions = [n for n in graph.node if n.op_type == "Conv"]
    kernels = [w[n.input[1]] for n in convolutions]
    biases = [w[n.input[2]] for n in convolutions]
    after = graph.node[list(graph.node).index(convolutions[0]) + 1:]
    scale, shift = w[after[0].input[1]], w[after[1].input[1]]  # of the batch norm: Mul, Add
    layers = [
        Layer(lambda x: F.conv3d(x.movedim(-1, 1), kernels[0], biases[0], padding=1), lambda z: F.elu(z * scale + shift)),
        Layer(lambda x: F.conv3d(x, kernels[1], biases[1], stride=2)),
        Layer(lambda x: F.conv3d(F.pad(x, (1, 1, 1, 1, 0, 1)), kernels[2], biases[2], stride=2)),
    ]
    return layers, convolutions[2].output[0]


def text(array, dtype="<f8"):
    return base64.b64encode(np.ascontiguousarray(array, dtype=dtype).tobytes()).decode()


def stored(framework, name):
    cases = json.loads((FIXTURES / framework / "cases.json").read_text())["cases"]
    case = next(c for c in cases if c["name"] == name)
    take = lambda key, dtype, dims: torch.tensor(np.frombuffer(base64.b64decode(case[key]), dtype).reshape(case[dims]).copy()).double()
    return (case.get("value"), take("input", "<f4", "inputDims"), take("weights", "<f4", "outputDims"),
            take("output", "<f8", "outputDims"), take("gradient", "<f8", "inputDims"))


def agree(got, wanted, what):
    distance = float((got - wanted).norm() / wanted.norm())
    assert distance < 1e-5, (what, distance)


def main():
    written = []

    def case(framework, name, value, weights, method, options, expected):
        written.append({"framework": framework, "name": name, "value": value, "weightDims": list(weights.shape),
                        "weights": text(weights, "<f4"), "method": method, "options": options, "baseline": BASELINE,
                        "expected": text(expected.detach())})

    for name, make in {"mlp-3": perceptron, "mlp-2-zipmap": perceptron, "linear": regression, "linear-two-targets": regression}.items():
        prepare, layers, end, before = make(name)
        value, x, weights, output, gradient = stored("sklearn", name)
        leaf = x.clone().requires_grad_()
        y = end(forward(layers, prepare(leaf)))
        agree(y.detach(), output, name)
        agree(torch.autograd.grad((y * weights).sum(), leaf)[0], gradient, name)
        steps = {"steps": str(STEPS)}
        case("sklearn", name, value, weights, "integrated-gradients", steps,
             integrated_gradients(lambda p: end(forward(layers, prepare(p))), x, weights))
        seen, start = prepare(x), prepare(torch.full_like(x, BASELINE))
        inner = torch.randn(forward(layers, seen).shape, generator=torch.Generator().manual_seed(1)).double()
        case("sklearn", name, before, inner, "deeplift", {}, deeplift(layers, seen, start, inner))
        case("sklearn", name, before, inner, "lrp", {"epsilon": str(EPSILON)}, lrp(layers, seen, inner))
    for name in ("volume-keras", "volume-tf2onnx"):
        _, x, *_ = stored("tensorflow", name)
        layers, before = volume(name)
        seen = forward(layers, x)
        inner = torch.randn(seen.shape, generator=torch.Generator().manual_seed(2)).double()
        case("tensorflow", name, before, inner, "integrated-gradients", {"steps": str(STEPS)},
             integrated_gradients(lambda p: forward(layers, p), x, inner))
        case("tensorflow", name, before, inner, "deeplift", {}, deeplift(layers, x, torch.full_like(x, BASELINE), inner))
        case("tensorflow", name, before, inner, "lrp", {"epsilon": str(EPSILON)}, lrp(layers, x, inner))
    (FIXTURES / "foreign-maps.json").write_text(json.dumps(
        {"madeBy": "parity/make_foreign_maps.py", "torch": torch.__version__, "cases": written}, indent=1) + "\n")
    print(len(written), "cases")


main()
