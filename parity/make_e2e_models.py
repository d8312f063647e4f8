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


def two_inputs():
    """A scan (n, 1, 17, 16, 18) and an age (n, 1) to two class scores and a predicted age."""
    nodes = [
        helper.make_node('Conv', ['scan', 'w'], ['maps'], 'conv', pads=[1] * 6),
        helper.make_node('Relu', ['maps'], ['active'], 'relu'),
        helper.make_node('GlobalAveragePool', ['active'], ['pooled'], 'pool'),
        helper.make_node('Flatten', ['pooled'], ['features'], 'flatten'),
        helper.make_node('Concat', ['features', 'age'], ['joined'], 'join', axis=1),
        helper.make_node('Gemm', ['joined', 'wc', 'bc'], ['logits'], 'classify', transB=1),
        helper.make_node('Gemm', ['joined', 'wa'], ['predicted_age'], 'regress', transB=1),
    ]
    float_info = lambda name, *dims: helper.make_tensor_value_info(name, TensorProto.FLOAT, dims)
    graph = helper.make_graph(
        nodes,
        'two-inputs',
        [float_info('scan', 'n', 1, 17, 16, 18), float_info('age', 'n', 1)],
        [float_info('logits', 'n', 2), float_info('predicted_age', 'n', 1)],
        [constant('w', 4, 1, 3, 3, 3), constant('wc', 2, 5), constant('bc', 2), constant('wa', 1, 5)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, OUT / 'two-inputs.onnx')


def root_of_square():
    """(1, 1, 17, 16, 18) to two sums of sqrt(x * x): the gradient is not a number where x is 0."""
    halves = np.stack([np.linspace(0, 1, 18), np.linspace(1, 0, 18)], axis=1).astype(np.float32)
    nodes = [
        helper.make_node('Mul', ['x', 'x'], ['squares'], 'square'),
        helper.make_node('Sqrt', ['squares'], ['sizes'], 'root'),
        helper.make_node('MatMul', ['sizes', 'w'], ['halves'], 'weigh'),
        helper.make_node('ReduceSum', ['halves', 'axes'], ['y'], 'add', keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        'root-of-square',
        [helper.make_tensor_value_info('x', TensorProto.FLOAT, [1, 1, 17, 16, 18])],
        [helper.make_tensor_value_info('y', TensorProto.FLOAT, [1, 2])],
        [
            numpy_helper.from_array(halves, 'w'),
            numpy_helper.from_array(np.array([1, 2, 3], np.int64), 'axes'),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, OUT / 'root-of-square.onnx')


no_gradient_rule()
two_inputs()
root_of_square()
