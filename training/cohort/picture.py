"""The picture of a case's card: the slice with most truth, grey, with the truth outlined."""

import struct
import zlib
from pathlib import Path

import numpy as np
from scipy.ndimage import binary_erosion

from .cohort import Subject

OUTLINE = (70, 220, 240)


def png(pixels: np.ndarray) -> bytes:
    """(height, width, 3) uint8 as a PNG file."""
    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    chunk = lambda kind, data: (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows, 9)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def case_picture(subject: Subject, inside: tuple[float, float] | None = None) -> np.ndarray:
    """(2 x height, 2 x width, 3): front on top, doubled in size. `inside`: black and white."""
    image, truth = subject.image.numpy().astype(np.float64), subject.truth.numpy()
    level = int(truth.sum(axis=(0, 1)).argmax())
    low, high = inside or (0.0, float(np.percentile(image[image > 0], 99.7)))
    grey = np.clip((image[..., level] - low) / (high - low), 0, 1) * 255
    turn = lambda array: np.rot90(array).repeat(2, axis=0).repeat(2, axis=1)
    mask = turn(truth[..., level])
    pixels = np.repeat(turn(grey)[..., None], 3, axis=2)
    pixels[mask & ~binary_erosion(mask)] = OUTLINE
    return pixels.round().astype(np.uint8)


def write_picture(path: Path, subject: Subject, inside: tuple[float, float] | None) -> None:
    path.write_bytes(png(case_picture(subject, inside)))
