"""Do plain gradients of the trained network find the truth? Measured before anything is shipped."""

import numpy as np
import torch
from scipy.ndimage import binary_dilation, gaussian_filter

from .cohort import Anatomy
from .model import FocalNet
from .signals import maker_of
from .tensor import z_score_inside_brain


def gradient(model: FocalNet, inputs: torch.Tensor, target: int) -> torch.Tensor:
    inputs = inputs.detach().requires_grad_()
    (result,) = torch.autograd.grad(model(inputs)[:, target].sum(), inputs)
    return result


def smoothgrad(
    model: FocalNet, inputs: torch.Tensor, target: int, samples: int = 25
) -> torch.Tensor:
    """Mean gradient over copies with Gaussian noise of 0.15 times the input's range."""
    generator = torch.Generator().manual_seed(0)
    sigma = 0.15 * (inputs.max() - inputs.min())
    total = torch.zeros_like(inputs)
    for _ in range(samples):
        noise = torch.randn(inputs.shape, generator=generator)
        total += gradient(model, inputs + sigma * noise, target)
    return total / samples


def integrated_gradients(model: FocalNet, inputs: torch.Tensor, target: int) -> torch.Tensor:
    """32 midpoints from the zero baseline (the brain's mean)."""
    points = (torch.arange(32) + 0.5) / 32
    return inputs * sum(gradient(model, inputs * t, target) for t in points) / 32


def grad_cam(model: FocalNet, inputs: torch.Tensor, target: int) -> torch.Tensor:
    """At the last value with spatial axes, up-sampled linearly."""
    activations = model.features(inputs).detach().requires_grad_()
    (slopes,) = torch.autograd.grad(model.head(activations)[:, target].sum(), activations)
    cam = torch.relu((slopes.mean((2, 3, 4), keepdim=True) * activations).sum(1, keepdim=True))
    return torch.nn.functional.interpolate(
        cam, inputs.shape[2:], mode="trilinear", align_corners=False
    )


METHODS = {
    "gradient": gradient,
    "input-x-gradient": lambda model, x, target: x * gradient(model, x, target),
    "smoothgrad": smoothgrad,
    "integrated-gradients": integrated_gradients,
    "grad-cam": grad_cam,
}


def measure_map(values: np.ndarray, truth: np.ndarray, brain: np.ndarray) -> dict[str, float]:
    """Shares of |map| in the truth; `top` keeps voxels from the 99th percentile of the grid on.

    `neuro`: |map| in the brain, blurred by 2 voxels (FWHM), zero below the 99th percentile.
    """
    wide = binary_dilation(truth, iterations=2)
    magnitude = np.abs(values).astype(np.float64)
    top = np.where(magnitude >= np.percentile(magnitude, 99), magnitude, 0)
    blurred = gaussian_filter(np.where(brain, magnitude, 0), 2 / 2.354820045)
    neuro = np.where(blurred >= np.percentile(blurred, 99), blurred, 0)
    # A map that is zero everywhere (Grad-CAM can be) has no mass anywhere.
    share = lambda mass, mask: float(mass[mask].sum() / max(mass.sum(), 1e-30))
    return {
        "mass": share(magnitude, truth),
        "top_mass": share(top, truth),
        "top_mass_dilated": share(top, wide),
        "neuro_mass": share(neuro, truth),
        "neuro_mass_dilated": share(neuro, wide),
        "chance": float(truth.mean()),
        "chance_dilated": float(wide.mean()),
        "enrichment": share(magnitude, truth) / float(truth.mean()),
        "top_enrichment_dilated": share(top, wide) / float(wide.mean()),
    }


def measure_methods(
    model: FocalNet, anatomies: list[Anatomy], config: dict, count: int = 20
) -> dict[str, dict[str, float]]:
    """Means over the first `count` test subjects, made to carry the signal; target: class 1."""
    rows: dict[str, list[dict[str, float]]] = {name: [] for name in METHODS}
    for index in range(count):
        subject = maker_of(config)(anatomies, config, "test", index, label=1)
        image = subject.image.numpy()
        inputs = torch.from_numpy(z_score_inside_brain(image))[None, None]
        for name, method in METHODS.items():
            values = method(model, inputs, 1)[0, 0].detach().numpy()
            rows[name].append(measure_map(values, subject.truth.numpy(), image > 0))
    return {
        name: {key: round(float(np.mean([row[key] for row in found])), 4) for key in found[0]}
        for name, found in rows.items()
    }
