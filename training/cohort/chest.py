"""Generated axial slices that look like lung CT, with or without a nodule. No source data.

Arrays are (x, y) in RAS order: x grows to the patient's right, y to the front; the heart lies at
negative x, on the left. Values are Hounsfield units.
"""

import numpy as np
import torch
from scipy.ndimage import gaussian_filter

from .cohort import SPLITS, Subject

SIZE = 96
SPACING_MM = 3.6
AIR, LUNG, FAT, MUSCLE, BLOOD, BONE = -1000.0, -840.0, -95.0, 45.0, 60.0, 520.0


def rng_for(seed: int, split: str, index: int) -> np.random.Generator:
    return np.random.default_rng([seed, SPLITS[split], 7, index])


def grid() -> tuple[np.ndarray, np.ndarray]:
    """Coordinates in [-1, 1] of every pixel centre, x then y."""
    axis = (np.arange(SIZE) + 0.5) / SIZE * 2 - 1
    return np.meshgrid(axis, axis, indexing="ij")


def smooth(rng: np.random.Generator, sigma: float, amplitude: float) -> np.ndarray:
    field = gaussian_filter(rng.standard_normal((SIZE, SIZE)), sigma)
    return field * (amplitude / field.std())


def inside(distance: np.ndarray) -> np.ndarray:
    """Soft membership, one pixel wide, of a region given by distance < 1 (in half widths)."""
    return np.clip((1 - distance) * SIZE / 5 + 0.5, 0, 1)


def ellipse(
    x: np.ndarray, y: np.ndarray, centre: tuple[float, float], radii: tuple[float, float], turn=0.0
) -> np.ndarray:
    dx, dy = x - centre[0], y - centre[1]
    along = (dx * np.cos(turn) + dy * np.sin(turn)) / radii[0]
    across = (dy * np.cos(turn) - dx * np.sin(turn)) / radii[1]
    return np.hypot(along, across)


def mix(image: np.ndarray, mask: np.ndarray, value: float) -> np.ndarray:
    return image + mask * (value - image)


def draw_vessels(rng: np.random.Generator, hilum: tuple[float, float], side: int) -> np.ndarray:
    """Branches that leave the hilum, thin and thinner: largest opacity per pixel, (x, y)."""
    opacity = np.zeros((SIZE, SIZE))
    stack = [
        (hilum, rng.uniform(-1.4, 1.4) + (0 if side > 0 else np.pi), rng.uniform(0.8, 1.5), 0)
        for _ in range(rng.integers(5, 9))
    ]
    scale = SIZE / 2
    while stack:
        (px, py), angle, width, depth = stack.pop()
        for _ in range(rng.integers(7, 16)):
            angle += rng.normal(0, 0.18)
            px, py = px + 0.022 * np.cos(angle), py + 0.022 * np.sin(angle)
            cx, cy = (px + 1) * scale - 0.5, (py + 1) * scale - 0.5
            reach = int(np.ceil(width + 1))
            i, j = int(round(cx)), int(round(cy))
            if not (reach <= i < SIZE - reach and reach <= j < SIZE - reach):
                break
            block = (slice(i - reach, i + reach + 1), slice(j - reach, j + reach + 1))
            gi, gj = np.ogrid[block]
            spot = np.clip(width - np.hypot(gi - cx, gj - cy) + 0.5, 0, 1)
            opacity[block] = np.maximum(opacity[block], spot * min(1, 0.35 + 0.4 * width))
            width *= 0.965
        if depth < 3:
            stack += [
                ((px, py), angle + turn, width * 0.8, depth + 1)
                for turn in (rng.uniform(0.2, 0.7), -rng.uniform(0.2, 0.7))
            ]
    # Vessels that cross the slice are short, round and small: a nodule's look-alikes.
    for _ in range(rng.integers(6, 14)):
        cx = hilum[0] + side * rng.uniform(0.02, 0.45)
        cy = hilum[1] + rng.uniform(-0.5, 0.5)
        x, y = grid()
        spot = np.clip(rng.uniform(0.5, 1.1) - np.hypot(x - cx, y - cy) * scale + 0.5, 0, 1)
        opacity = np.maximum(opacity, spot * rng.uniform(0.4, 0.9))
    return opacity


def draw_thorax(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Slice without a nodule in Hounsfield units, and the soft mask of the lungs."""
    x, y = grid()
    x = x + smooth(rng, 14, 0.02)
    y = y + smooth(rng, 14, 0.02)
    width, depth = rng.uniform(0.84, 0.93), rng.uniform(0.60, 0.70)
    body = ellipse(x, y, (0, 0), (width, depth))
    image = np.full((SIZE, SIZE), AIR)
    image = mix(image, inside(body), FAT)
    fat = rng.uniform(0.04, 0.09)
    image = mix(image, inside(body / (1 - fat)), MUSCLE)
    wall = fat + rng.uniform(0.12, 0.16)
    chest = inside(body / (1 - wall))
    middle = rng.uniform(0.17, 0.24)
    lungs = np.zeros_like(image)
    hila = {}
    for side in (-1, 1):
        centre = (side * width * 0.46, rng.uniform(-0.04, 0.02))
        radii = (width * 0.40, depth * rng.uniform(0.76, 0.84))
        lung = inside(ellipse(x, y, centre, radii, side * rng.uniform(-0.12, 0.12)))
        lung = lung * chest * np.clip((side * x - middle * (1 - 0.35 * y)) * SIZE / 3 + 0.5, 0, 1)
        lungs = np.maximum(lungs, lung)
        hila[side] = (side * (middle + 0.03), rng.uniform(-0.1, 0.05))
    shift = rng.uniform(0.04, 0.14)
    heart = ellipse(
        x, y, (-shift, rng.uniform(0.08, 0.2)), (rng.uniform(0.24, 0.36), 0.24), rng.uniform(0, 0.5)
    )
    lungs = lungs * (1 - inside(heart))
    image = mix(image, inside(heart), BLOOD)
    aorta = ellipse(x, y, (-rng.uniform(0.1, 0.16), -0.24), (0.075, 0.075))
    lungs = lungs * (1 - inside(aorta))
    image = mix(image, inside(aorta), BLOOD + 25)
    image = mix(image, inside(ellipse(x, y, (0, -depth * 0.62), (0.115, 0.1))), BONE * 0.55)
    image = mix(image, inside(ellipse(x, y, (0, -depth * 0.62 - 0.13), (0.035, 0.07))), BONE * 0.6)
    image = mix(
        image, inside(ellipse(x, y, (0, depth * (1 - wall) * 1.02), (0.11, 0.03))), BONE * 0.5
    )
    for side in (-1, 1):
        for angle in np.arange(-1.2, 1.3, rng.uniform(0.34, 0.46)) + rng.uniform(-0.1, 0.1):
            ring = 1 - fat - (wall - fat) * 0.6
            centre = (side * width * ring * np.cos(angle), depth * ring * np.sin(angle))
            along = np.arctan2(depth * np.cos(angle), -side * width * np.sin(angle))
            rib = ellipse(x, y, centre, (rng.uniform(0.05, 0.1), 0.024), along)
            image = mix(image, inside(rib) * (1 - lungs), BONE * rng.uniform(0.6, 1))
    air = LUNG + rng.uniform(-40, 40) + 60 * y * -1 + smooth(rng, 6, 18) + smooth(rng, 1.2, 14)
    image = image + lungs * (air - image)
    for side in (-1, 1):
        image = mix(image, draw_vessels(rng, hila[side], side) * lungs, 20.0)
        bronchus = ellipse(x, y, hila[side], (0.034, 0.034))
        image = mix(image, inside(bronchus), -900.0)
    return image, lungs


def draw_nodule(rng: np.random.Generator, lungs: np.ndarray, config: dict) -> np.ndarray:
    """Soft mask of a lobulated or spiculated nodule whose centre lies in a lung."""
    places = np.argwhere(lungs > 0.95)
    cx, cy = places[rng.integers(len(places))] + rng.uniform(-0.5, 0.5, 2)
    radius = rng.uniform(*config["radius_mm"]) / SPACING_MM
    i, j = np.mgrid[:SIZE, :SIZE]
    angle = np.arctan2(j - cy, i - cx)
    waves = sum(
        rng.normal(0, height) * np.cos(order * angle + rng.uniform(0, 2 * np.pi))
        for order, height in ((2, 0.09), (3, 0.09), (5, 0.06), (7, 0.05))
    )
    squash = rng.uniform(0.8, 1.0)
    turn = rng.uniform(0, np.pi)
    distance = ellipse(i, j, (cx, cy), (1.0, squash), turn)
    return np.clip(radius * (1 + waves) - distance + 0.5, 0, 1) * np.clip(lungs * 1.3, 0, 1)


def make_slice(
    config: dict, split: str, index: int, label: int | None = None, with_twin: bool = False
) -> Subject:
    """Subject `index`: int16 Hounsfield units of shape (96, 96, 1), truth of the same shape."""
    rng = rng_for(config["seed"], split, index)
    drawn = int(rng.random() < 0.5)
    drawn = drawn if label is None else label
    clean, lungs = draw_thorax(rng)
    mask = draw_nodule(rng, lungs, config["signal"])
    nodule = mix(clean, mask, rng.uniform(*config["signal"]["hounsfield"]))
    # Noise of a reconstructed slice has a grain of about a pixel.
    noise = gaussian_filter(rng.standard_normal((SIZE, SIZE)), 0.6)
    noise *= rng.uniform(*config["signal"]["noise"]) / noise.std()
    finish = lambda image: torch.from_numpy(
        np.round(np.clip(gaussian_filter(image, 0.45) + noise, -1024, 1500)).astype(np.int16)
    )[..., None]
    truth = torch.from_numpy(mask > 0.5)[..., None]
    facts = {"noduleMillimetres": round(2 * float(np.sqrt(mask.sum() / np.pi)) * SPACING_MM, 1)}
    twin = finish(clean) if with_twin else None
    return Subject(finish(nodule if drawn else clean), twin, truth, drawn, None, facts)


def slice_affine() -> np.ndarray:
    affine = np.diag([SPACING_MM, SPACING_MM, 5.0, 1.0])
    affine[:2, 3] = -SPACING_MM * (SIZE - 1) / 2
    return affine


def window(image: np.ndarray) -> np.ndarray:
    """-1000 to 400 Hounsfield units to 0 to 1, clipped: the card's step; float32."""
    return ((np.clip(image.astype(np.float64), -1000, 400) + 1000) / 1400).astype(np.float32)
