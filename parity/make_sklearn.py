"""Linear models and multi-layer perceptrons of scikit-learn, converted by skl2onnx, and their gradients.

Run: python parity/make_sklearn.py   (packages: parity/requirements.txt and skl2onnx==1.20.0)
Writes parity/fixtures/sklearn/: one ONNX file per case and cases.json with input, the output that is
explained, output weights and gradient (base64; inputs and weights float32, the others float64). The gradients come from the fitted
weights: by formula for linear models, by torch autograd in float64 for perceptrons.
"""

import base64
import json
from pathlib import Path

import numpy as np
import sklearn
import skl2onnx
import torch
from skl2onnx import to_onnx
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, Normalizer, StandardScaler

OUT = Path(__file__).parent / "fixtures" / "sklearn"
COLUMNS = 6


def data():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, COLUMNS)) * [1, 2, 0.5, 3, 1, 1] + [0, 1, 2, 0, 0, 5]
    two = (x[:, 0] + x[:, 1] > 1).astype(int)
    three = np.digitize(x[:, 0] - 0.3 * x[:, 2], [-1.0, 0.0])
    number = x @ [1, 2, 0.3, -1, 0.5, 0] + np.sin(x[:, 0])
    return x, two, three, number


#: The steps before the model, on a float64 tensor.
def prepared(step, x):
    if isinstance(step, StandardScaler):
        return (x - torch.tensor(step.mean_)) / torch.tensor(step.scale_)
    if isinstance(step, MinMaxScaler):
        return x * torch.tensor(step.scale_) + torch.tensor(step.min_)
    if isinstance(step, Normalizer):
        order = {"l1": 1, "l2": 2, "max": float("inf")}[step.norm]
        return x / torch.linalg.vector_norm(x, ord=order, dim=1, keepdim=True)
    assert isinstance(step, SimpleImputer)
    return torch.where(torch.isnan(x), torch.tensor(step.statistics_), x)


def perceptron(model, x):
    act = {"relu": torch.relu, "tanh": torch.tanh, "logistic": torch.sigmoid}[model.activation]
    for i, (w, b) in enumerate(zip(model.coefs_, model.intercepts_)):
        x = x @ torch.tensor(w) + torch.tensor(b)
        if i < len(model.coefs_) - 1:
            x = act(x)
    if isinstance(model, MLPRegressor):
        return x
    if x.shape[1] == 1:
        p = torch.sigmoid(x)
        return torch.cat([1 - p, p], 1)
    return torch.softmax(x, 1)


def linear(model, x):
    """(output, gradient of sum(weights * output)) by formula."""
    w = np.atleast_2d(model.coef_)
    z = x @ w.T + model.intercept_
    if not isinstance(model, LogisticRegression):
        z = z.reshape(len(x), -1)
        return z, lambda g: g @ w
    if len(w) == 1:
        p = 1 / (1 + np.exp(-z))
        return np.hstack([1 - p, p]), lambda g: ((g[:, 1:] - g[:, :1]) * p * (1 - p)) @ w
    e = np.exp(z - z.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    return p, lambda g: (p * (g - (g * p).sum(1, keepdims=True))) @ w


def cases():
    x, two, three, number = data()
    scale = StandardScaler
    names = np.array(["control", "mild", "severe"])
    holes = np.where(np.random.default_rng(1).random(x.shape) < 0.1, np.nan, x)
    yield "logistic-2", make_pipeline(scale(), LogisticRegression()).fit(x, two), {}
    yield "logistic-3", make_pipeline(scale(), LogisticRegression()).fit(x, three), {}
    yield "logistic-3-zipmap", make_pipeline(MinMaxScaler(), LogisticRegression()).fit(x, three), {"zipmap": True}
    yield "logistic-3-names", LogisticRegression(max_iter=1000).fit(x, names[three]), {}
    yield "logistic-2-double", make_pipeline(scale(), LogisticRegression()).fit(x, two), {"double": True}
    yield "logistic-3-l1", make_pipeline(Normalizer("l1"), LogisticRegression()).fit(x, three), {}
    yield "linear", make_pipeline(scale(), LinearRegression()).fit(x, number), {}
    yield "linear-two-targets", LinearRegression().fit(x, np.stack([number, x[:, 0] ** 2], 1)), {}
    yield "ridge-imputed", make_pipeline(SimpleImputer(), scale(), Ridge()).fit(holes, number), {}
    options = {"max_iter": 300, "random_state": 0}
    yield "mlp-3", make_pipeline(scale(), MLPClassifier((8, 5), activation="tanh", **options)).fit(x, three), {}
    yield "mlp-2-zipmap", make_pipeline(scale(), MLPClassifier((8,), **options)).fit(x, two), {"zipmap": True}
    yield "mlp-regressor", make_pipeline(Normalizer(), MLPRegressor(hidden_layer_sizes=(8,), activation="logistic", **options)).fit(x, number), {}


def text(array, dtype="<f8"):
    return base64.b64encode(np.ascontiguousarray(array, dtype=dtype).tobytes()).decode()


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*"):
        old.unlink()
    rng = np.random.default_rng(5)
    written = []
    for name, model, wish in cases():
        classifies = hasattr(model, "predict_proba")
        tensor = DoubleTensorType if wish.get("double") else FloatTensorType
        options = {id(model): {"zipmap": wish.get("zipmap", False)}} if classifies else None
        onx = to_onnx(model, initial_types=[("x", tensor([None, COLUMNS]))], options=options,
                      target_opset={"": 17, "ai.onnx.ml": 3})
        (OUT / f"{name}.onnx").write_bytes(onx.SerializeToString())
        x = data()[0][[3, 11, 42]].astype(np.float32)
        if "imputed" in name:
            x[0, 2] = x[2, 4] = np.nan
        steps = list(model) if hasattr(model, "steps") else [model]
        leaf = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        inner = leaf
        for step in steps[:-1]:
            inner = prepared(step, inner)
        last = steps[-1]
        if isinstance(last, (MLPClassifier, MLPRegressor)):
            y = perceptron(last, inner)
            weights = rng.normal(size=tuple(y.shape)).astype(np.float32)
            (gradient,) = torch.autograd.grad((y * torch.tensor(weights)).sum(), leaf)
            y = y.detach().numpy()
        else:
            y, pull = linear(last, inner.detach().numpy())
            weights = rng.normal(size=y.shape).astype(np.float32)
            (gradient,) = torch.autograd.grad(inner, leaf, torch.tensor(pull(weights.astype(np.float64))))
        own = model.predict_proba(x) if classifies else np.reshape(model.predict(x), y.shape)
        assert np.allclose(own, y, rtol=1e-6), name
        explained = [o.name for o in onx.graph.output if "label" not in o.name]
        written.append({"name": name, "inputDims": list(x.shape), "input": text(x, "<f4"), "value": explained[-1],
                        "outputDims": list(y.shape), "output": text(y), "weights": text(weights, "<f4"),
                        "gradient": text(gradient.numpy())})
    versions = {"sklearn": sklearn.__version__, "skl2onnx": skl2onnx.__version__, "torch": torch.__version__}
    (OUT / "cases.json").write_text(json.dumps({"madeBy": "parity/make_sklearn.py", "versions": versions, "cases": written}, indent=1) + "\n")
    print(len(written), "cases", versions)


main()
