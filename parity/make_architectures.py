"""Full-size networks by PyTorch's two exporters, and their gradients and integrated gradients by autograd in float64.

Run: python parity/make_architectures.py [--maps | --own [--gradient]] [NAME...]   (all, or only these; parity/requirements.txt
names the versions; --maps leaves the exported graphs as they are, --own changes PyTorch's own distances alone:
networks that take long have them by that only)
Writes parity/fixtures/architectures/, per network: NAME.json (input, expected maps, PyTorch's own float32 distance),
NAME.weights.json.gz (how the tests make the weights again) and one graph without its large weights per
exporter and batch, NAME.EXPORTER.BATCH.onnx.gz.
"""

import gc
import gzip
import json
import logging
import os
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

from architectures.counter_random import seed_of, uniform
from architectures.expected import SHARP, STEPS, jump, measure
from architectures.export import BATCHES, export, take_weights_out
from architectures.match_weights import Matcher
from architectures.networks_2d import NETWORKS as NETWORKS_2D
from architectures.networks_3d import NETWORKS as NETWORKS_3D
from architectures.own_distance import DRAWS, SLOW_DRAWS, own_distance
from architectures.randomise import randomise

OUT = Path(__file__).parent / "fixtures" / "architectures"
#: Inputs that are tried until one has no jump nearby, and for how many seconds; the best is kept.
ATTEMPTS = 40
SECONDS = 120
NETWORKS = {**NETWORKS_2D, **NETWORKS_3D}


def make(name, network, maps_only):
    module, names, sources, seeds, inputs = make_module(name, network)
    with torch.no_grad():
        weights = torch.zeros_like(module(*inputs))
    weights[:, network.target] = 1
    jumped = 0.0 if network.slow else jump(module, inputs, weights)
    began = time.process_time()
    for attempt in range(1, ATTEMPTS):
        if jumped < SHARP or time.process_time() - began > SECONDS:
            break
        others = make_inputs(network, [f"{name}/{given}/{attempt}" for given in names])
        again = jump(module, others[1], weights)
        if again < jumped:
            (seeds, inputs), jumped = others, again
    expected, y = measure(module, inputs, weights)
    file = OUT / f"{name}.json"
    if maps_only:
        exports = json.loads(file.read_text())["exports"]
    else:
        exports = export_all(name, network, module, sources, names, inputs, y)
    versions = {"torch": torch.__version__, "onnx": onnx.__version__, "numpy": np.__version__}
    described = {
        "name": name, "label": network.label, "dimensions": len(network.dims[0]) - 1, "versions": versions,
        "inputs": [{"name": given, "seed": seed, "low": -network.range, "high": network.range, "dims": [2, *dims]}
                   for given, seed, dims in zip(names, seeds, network.dims)],
        "target": network.target, "outputDims": list(y.shape), "scores": (y * weights).flatten(1).sum(1).tolist(),
        "steps": STEPS, "exports": exports,
        **({} if network.slow else {"ownDistance": measure_own(name, network, module, names, inputs)}),
        "expected": expected,
    }
    file.write_text(json.dumps(described, indent=1) + "\n")
    return {"jump": jumped, **{method: given["float32Distance"] for method, given in expected.items()}}


def make_module(name, network):
    torch.manual_seed(0)
    module = network.build().eval()
    for parameter in module.parameters():
        parameter.requires_grad_(False)
    many = len(network.dims) > 1
    names = [f"input{i}" for i in range(len(network.dims))] if many else ["input"]
    seeds, inputs = make_inputs(network, [f"{name}/{given}" for given in names])
    return module, names, randomise(name, module, *inputs), seeds, inputs


def measure_own(name, network, module, names, inputs, gradient_only=False):
    draws = range(1, SLOW_DRAWS if network.slow else DRAWS)
    others = [make_inputs(network, [f"{name}/{given}/own{draw}" for given in names])[1] for draw in draws]
    return own_distance(module, [inputs, *others], network.target, gradient_only)


def renew_own(name, network, gradient_only):
    """Changes PyTorch's own distances in NAME.json and nothing else."""
    file = OUT / f"{name}.json"
    described = json.loads(file.read_text())
    module, names, *_ = make_module(name, network)
    inputs = [torch.from_numpy(uniform(given["seed"], given["dims"], given["low"], given["high"]))
              for given in described["inputs"]]
    with torch.no_grad():
        scores = module(*inputs)[:, network.target].reshape(len(inputs[0]), -1).sum(1)
    if not np.allclose(scores, described["scores"], rtol=1e-4, atol=1e-4):
        raise SystemExit(f"{name}: the stored fixture is of another network")
    own = measure_own(name, network, module, names, inputs, gradient_only)
    # Read again: the maps may have been renewed meanwhile.
    described = json.loads(file.read_text())
    expected = described.pop("expected")
    file.write_text(json.dumps({**described, "ownDistance": own, "expected": expected}, indent=1) + "\n")
    return own


def export_all(name, network, module, sources, names, inputs, y):
    """Writes the graphs and how their weights are made again; a description of each."""
    matcher = Matcher(module, sources)
    exports = []
    recipes = {}
    for exporter in network.exporters:
        for batch in BATCHES:
            model = export(module, inputs, exporter, batch, names)
            check(model, [x if batch == "dynamic" else x[:1] for x in inputs], names, y)
            file = f"{name}.{exporter}.{batch}.onnx.gz"
            packed, recipes[file] = take_weights_out(model, matcher)
            (OUT / file).write_bytes(packed)
            opset = next(entry.version for entry in model.opset_import if entry.domain == "")
            exports.append({"exporter": exporter, "batch": batch, "opset": opset, "file": file})
            del model
            gc.collect()
    save_weights(name, sources, matcher, recipes)
    return exports


def make_inputs(network, labels):
    seeds = [seed_of(label) for label in labels]
    return seeds, [torch.from_numpy(uniform(seed, (2, *dims), -network.range, network.range))
                   for seed, dims in zip(seeds, network.dims)]


def check(model, inputs, names, y):
    """The export itself must be right before anything is compared with it."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    got = session.run(None, {name: x.numpy() for name, x in zip(names, inputs)})[0]
    reference = y.numpy()[: len(got)]
    error = np.linalg.norm(got - reference) / np.linalg.norm(reference)
    if not error < 1e-4:
        raise SystemExit(f"the exported graph predicts something else: relative distance {error:.1e}")


def save_weights(name, sources, matcher, recipes):
    described = {
        "sources": [[s.seed, s.low, s.high, list(s.dims)] for s in sources.values()],
        "norms": [[*norm["parts"], norm["eps"]] for norm in matcher.norms],
        "lookUps": [index.tolist() for index in matcher.distinct_indices()],
        "exports": recipes,
    }
    text = json.dumps(described, separators=(",", ":"))
    (OUT / f"{name}.weights.json.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def main():
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
    # The fused attention has no ONNX form; PyTorch says to switch it off for an export.
    torch.backends.mha.set_fastpath_enabled(False)
    OUT.mkdir(parents=True, exist_ok=True)
    maps_only = "--maps" in sys.argv
    own_only = "--own" in sys.argv
    chosen = [name for name in sys.argv[1:] if not name.startswith("--")] or list(NETWORKS)
    for name in chosen:
        began = time.time()
        done = renew_own(name, NETWORKS[name], "--gradient" in sys.argv) if own_only else make(name, NETWORKS[name], maps_only)
        print(name, done, f"{time.time() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
