"""Random numbers by position: the same bits here and in parity/architectures/counter-random.ts.

Number i of seed s is a 32-bit hash of i and s, taken to [low, high) in float64. Nothing is drawn in
sequence, so any part of an array can be made alone.
"""

import numpy as np


def hash32(seed, count):
    """uint32 array: the hash of (seed, 0) to (seed, count - 1)."""
    x = np.arange(count, dtype=np.uint32)
    x *= np.uint32(0x9E3779B1)
    x += np.uint32(seed & 0xFFFFFFFF)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x7FEB352D)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    return x


def uniform(seed, dims, low, high):
    """float32 array, uniform in [low, high)."""
    count = int(np.prod(dims, dtype=np.int64))
    unit = (hash32(seed, count).astype(np.float64) + 0.5) * 2.0**-32
    unit *= high - low
    unit += low
    return unit.astype(np.float32).reshape(dims)


def seed_of(text):
    """FNV-1a of the UTF-8 bytes."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value
