"""The one place where an image becomes the model's input, as the model card states it."""

import numpy as np


def z_score_inside_brain(image: np.ndarray) -> np.ndarray:
    """(x - mean) / std over voxels > 0, population std, in double precision; 0 outside; float32."""
    values = image.astype(np.float64)
    brain = values > 0
    inside = values[brain]
    scaled = np.where(brain, (values - inside.mean()) / inside.std(), 0.0)
    return scaled.astype(np.float32)
