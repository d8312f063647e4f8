"""The Python side of `npm run bench:peers`: exports the networks, and runs captum and zennit when asked.

    python peers.py check                      what is missing, as a sentence
    python peers.py export FOLDER              NETWORK.onnx for every network
    python peers.py serve NETWORK THREADS      reads a request per line, {"method", "amount"}, answers {"ms", "cpuMs"}
"""

import importlib.util
import json
import sys
import time
import warnings
from pathlib import Path

TARGET = 1
NEEDED = ["captum", "onnx", "torch", "zennit"]


def check():
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    print(json.dumps({"missing": missing}))


def export(folder):
    import torch
    from networks import NETWORKS, make

    for name in NETWORKS:
        network, x = make(name)
        torch.onnx.export(
            network, x, str(Path(folder) / f"{name}.onnx"), opset_version=17, dynamo=False, input_names=["input"],
            output_names=["logits"])
    print(json.dumps({name: list(shape) for name, (_, shape) in NETWORKS.items()}))


def methods_of(network):
    """Every method takes the input and an amount (steps, samples) and returns a map."""
    import torch
    from captum import attr

    # Passes that captum makes at once: its own default, all of them, needs many gigabytes here.
    at_once = 5

    def lrp(x, _):
        from zennit.attribution import Gradient
        from zennit.canonizers import SequentialMergeBatchNorm
        from zennit.composites import EpsilonPlus
        from zennit.layer import Sum

        joins = [module for module in network.modules() if type(module).__name__ == "Join"]
        for join in joins:
            join.summing = Sum()
        try:
            with Gradient(network, EpsilonPlus(canonizers=[SequentialMergeBatchNorm()])) as attributor:
                start = torch.nn.functional.one_hot(torch.tensor([TARGET]), network.head[-1].out_features)
                return attributor(x, start.float())[1]
        finally:
            for join in joins:
                join.summing = None

    def grad_cam(x, _):
        cam = attr.LayerGradCam(network, network.blocks).attribute(x, target=TARGET, relu_attributions=True)
        return attr.LayerAttribution.interpolate(cam, x.shape[2:], "bilinear" if x.ndim == 4 else "trilinear")

    def smoothgrad(x, samples):
        tunnel = attr.NoiseTunnel(attr.Saliency(network))
        return tunnel.attribute(
            x, nt_type="smoothgrad", nt_samples=samples, nt_samples_batch_size=at_once, stdevs=0.5, target=TARGET, abs=False)

    return {
        "forward": lambda x, _: network(x),
        "gradient": lambda x, _: attr.Saliency(network).attribute(x, target=TARGET, abs=False),
        "integrated-gradients": lambda x, steps: attr.IntegratedGradients(network).attribute(
            x, target=TARGET, n_steps=steps, internal_batch_size=at_once),
        "smoothgrad": smoothgrad,
        "grad-cam": grad_cam,
        "deeplift": lambda x, _: attr.DeepLift(network).attribute(x, target=TARGET),
        "lrp": lrp,
    }


def serve(name, threads):
    import torch
    from networks import make

    torch.set_num_threads(threads)
    warnings.simplefilter("ignore")
    network, x = make(name)
    methods = methods_of(network)
    for line in sys.stdin:
        request = json.loads(line)
        began, spent = time.perf_counter(), time.process_time()
        if request["method"] == "forward":
            with torch.no_grad():
                network(x)
        else:
            methods[request["method"]](x.clone(), request["amount"])
        ms, cpu = 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - spent)
        print(json.dumps({"ms": ms, "cpuMs": cpu}), flush=True)


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    if command == "check":
        check()
    elif command == "export":
        export(*arguments)
    else:
        serve(arguments[0], int(arguments[1]))
