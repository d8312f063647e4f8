"""How every large initializer of an exported graph is made again from the module's own random arrays.

An exporter may keep a parameter, reshape, transpose or slice it, merge a batch norm into the
convolution before it, or look a table up. Each case is found by comparing numbers; what matches nothing is
kept in the file, and refused where it is large.
"""

from itertools import permutations

import numpy as np
from torch.nn.modules.batchnorm import _BatchNorm

#: Arrays below this many elements stay in the file.
SMALL = 256
#: Largest array that may stay in the file although nothing makes it again, in bytes after compression.
LARGEST_KEPT = 20_000


class Matcher:
    def __init__(self, module, sources):
        self.module = module
        self.names = list(sources)
        self.index = {name: i for i, name in enumerate(self.names)}
        self.arrays = {name: source.make() for name, source in sources.items()}
        self.by_count = {}
        for name, array in self.arrays.items():
            self.by_count.setdefault(array.size, []).append(name)
        self.norms = self.find_norms()
        self.tables = [name for name in self.names if "relative_position_bias_table" in name]
        self.indices = {name: buffer.numpy() for name, buffer in module.named_buffers()
                        if name.endswith("relative_position_index")}

    def find_norms(self):
        found = []
        for path, norm in self.module.named_modules():
            if not isinstance(norm, _BatchNorm) or f"{path}.running_mean" not in self.index:
                continue
            part = lambda name: self.arrays[f"{path}.{name}"].astype(np.float64)
            scale = part("weight") / np.sqrt(part("running_var") + norm.eps)
            shift = part("bias") - part("running_mean") * scale
            parts = [self.index[f"{path}.{name}"] for name in ("weight", "bias", "running_mean", "running_var")]
            found.append({"parts": parts, "eps": norm.eps, "scale": scale, "shift": shift})
        return found

    def match(self, array):
        """A recipe for the array, as JSON, or None."""
        return (self.as_parameter(array) or self.as_merged_weights(array) or self.as_merged_bias(array)
                or self.as_transposed(array) or self.as_slice(array) or self.as_table(array))

    def as_parameter(self, array):
        flat = array.reshape(-1)
        for name in self.by_count.get(array.size, []):
            if np.array_equal(self.arrays[name].reshape(-1), flat):
                return {"source": self.index[name]}
        return None

    def as_transposed(self, array):
        flat = array.reshape(-1)
        for name in self.by_count.get(array.size, []):
            source = self.arrays[name]
            for order in permutations(range(source.ndim)):
                moved = source.transpose(order)
                if np.array_equal(moved.flat[:8], flat[:8]) and np.array_equal(moved.reshape(-1), flat):
                    return {"source": self.index[name], "transpose": list(order)}
        return None

    def as_merged_weights(self, array):
        if array.ndim < 3:
            return None
        # A transposed convolution has its output channels second.
        for axis in (0, 1):
            moved = np.moveaxis(array, axis, 0)
            rows = moved.reshape(len(moved), -1).astype(np.float64)
            for name in self.by_count.get(array.size, []):
                source = self.arrays[name]
                if source.shape != array.shape:
                    continue
                weights = np.moveaxis(source, axis, 0).reshape(rows.shape)
                largest = np.abs(weights[0]).argmax()
                first = rows[0, largest] / weights[0, largest]
                if not np.allclose(rows[0], weights[0] * first, rtol=1e-4, atol=1e-7):
                    continue
                for number, norm in enumerate(self.norms):
                    scale = norm["scale"]
                    if scale.size == len(rows) and np.isclose(scale[0], first, rtol=1e-4) and np.allclose(
                            rows, weights * scale[:, None], rtol=1e-4, atol=1e-7):
                        return {"source": self.index[name], "norm": number, **({"axis": 1} if axis else {})}
        return None

    def as_merged_bias(self, array):
        if array.ndim != 1:
            return None
        close = lambda expected: np.allclose(array, expected, rtol=1e-4, atol=1e-5)
        for number, norm in enumerate(self.norms):
            if norm["shift"].size != array.size:
                continue
            if close(norm["shift"]):
                return {"norm": number}
            for name in self.by_count.get(array.size, []):
                bias = self.arrays[name]
                if bias.ndim == 1 and name.endswith("bias") and close(norm["shift"] + bias * norm["scale"]):
                    return {"norm": number, "source": self.index[name]}
        return None

    def as_slice(self, array):
        """A run of rows of a parameter, as it is or transposed (query, key and value in one array)."""
        for isTransposed in (False, True):
            rows = array.T if isTransposed else array
            if rows.ndim == 0:
                continue
            flat = np.ascontiguousarray(rows).reshape(-1)
            for name in self.names:
                source = self.arrays[name]
                if source.size <= array.size or source.shape[1:] != rows.shape[1:]:
                    continue
                stride = source.size // source.shape[0]
                for start in range(0, source.size - flat.size + 1, max(flat.size, stride)):
                    if np.array_equal(source.reshape(-1)[start:start + flat.size], flat):
                        order = {"transpose": list(range(array.ndim))[::-1]} if isTransposed else {}
                        return {"source": self.index[name], "from": start // stride, "rows": rows.shape[0], **order}
        return None

    def as_table(self, array):
        """Relative position bias: table[index], heads first."""
        for name in self.tables:
            table = self.arrays[name]
            for index_name, index in self.indices.items():
                if index.size * table.shape[1] != array.size:
                    continue
                looked_up = table[index.reshape(-1)]
                for order in ((1, 0), (0, 1)):
                    if np.array_equal(looked_up.transpose(order).reshape(-1), array.reshape(-1)):
                        return {"source": self.index[name], "lookUp": self.index_number(index_name),
                                **({"transpose": [1, 0]} if order == (1, 0) else {})}
        return None

    def index_number(self, name):
        """The same look-up table often serves every block: the first equal one stands for all."""
        wanted = self.indices[name].reshape(-1)
        for number, other in enumerate(self.distinct_indices()):
            if np.array_equal(other, wanted):
                return number
        raise AssertionError

    def distinct_indices(self):
        distinct = []
        for index in self.indices.values():
            flat = index.reshape(-1)
            if not any(np.array_equal(flat, other) for other in distinct):
                distinct.append(flat)
        return distinct
