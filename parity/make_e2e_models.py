"""Makes the small ONNX files in e2e/files that the browser tests drop on the page.

    python parity/make_e2e_models.py

Needs onnx and numpy. The weights are random with a fixed seed.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OUT = Path(__file__).parent.parent / 'e2e' / 'files'
OUT.mkdir(exist_ok=True)
random = np.random.default_rng(0)


def constant(name, *shape):
    values = (random.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))).astype(np.float32)
    return numpy_helper.from_array(values, name)


def no_gradient_rule():
    """(1, 1, 12, 12, 12) to two classes through Det, an operator without a gradient rule."""
    nodes = [
        helper.make_node('AveragePool', ['x'], ['coarse'], 'pool', kernel_shape=[3] * 3, strides=[3] * 3),
        helper.make_node('Det', ['coarse'], ['determinants'], 'volume-form'),
        helper.make_node('Flatten', ['determinants'], ['features'], 'flatten'),
        helper.make_node('Gemm', ['features', 'w', 'b'], ['y'], 'head', transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        'no-gradient-rule',
        [helper.make_tensor_value_info('x', TensorProto.FLOAT, [1, 1, 12, 12, 12])],
        [helper.make_tensor_value_info('y', TensorProto.FLOAT, [1, 2])],
        [constant('w', 2, 4), constant('b', 2)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, OUT / 'no-gradient-rule.onnx')


no_gradient_rule()
