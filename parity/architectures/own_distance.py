"""How far PyTorch's own float32 maps of a network are from its float64 ones, over several draws."""

import copy

import torch

from .expected import distance, gradient, single_maps

#: Random inputs that are looked at; the first is the stored one.
DRAWS = 6
#: Of networks whose runs take long.
SLOW_DRAWS = 2


def own_distance(module, draws, target, gradient_only=False):
    """{method: largest distance, "draws": ..., "runs": ...}.

    `gradient_only`: of networks whose integrated gradients take PyTorch minutes in float64. `draws` are lists of inputs. Each is run with and without PyTorch's second kernel library (oneDNN), because
    which values round to the other side of a kink is a matter of luck (docs/decisions/rounding-flips.md).
    """
    def maps_of(*given):
        return {"gradient": gradient(*given)[0]} if gradient_only else single_maps(*given)

    double = copy.deepcopy(module).double().eval()
    largest, runs = {}, 0
    for inputs in draws:
        with torch.no_grad():
            weights = torch.zeros_like(module(*inputs))
        weights[:, target] = 1
        exact = maps_of(double, [x.double() for x in inputs], weights.double())
        for kernels in (True, False):
            with torch.backends.mkldnn.flags(enabled=kernels):
                own = maps_of(module, inputs, weights)
            runs += 1
            for method, maps in own.items():
                largest[method] = max(largest.get(method, 0.0), distance(maps, exact[method]))
    return {**largest, "draws": len(draws), "runs": runs}
