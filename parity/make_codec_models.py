"""Makes the small ONNX files in parity/models that the codec and opset tests read.

    python parity/make_codec_models.py

Needs torch (with onnxscript) and onnx. The weights are random with a fixed seed; what matters is how
each exporter writes a file, so the same networks go through the TorchScript and the dynamo exporter
and through onnx.helper with the storage forms that exporters rarely use.
"""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

OUT = Path(__file__).parent / 'models'
OUT.mkdir(exist_ok=True)
torch.manual_seed(0)


class Volume(nn.Module):
    """Conv-BN-ReLU-Dropout-pool-linear on (N, 1, 6, 6, 6), softmax and a dynamic reshape."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv3d(1, 4, 3, stride=2, padding=1, bias=False)
        self.bn = nn.BatchNorm3d(4)
        self.up = nn.ConvTranspose3d(4, 3, 2, stride=2)
        self.norm = nn.BatchNorm3d(3)
        self.drop = nn.Dropout(0.3)
        self.head = nn.Linear(3, 2)

    def forward(self, x):
        x = torch.relu(self.bn(self.conv(x)))
        x = self.norm(self.up(x))
        x = nn.functional.pad(x, (1, 0, 0, 1, 0, 0), value=0.5).clamp(-2, 2)
        x = self.drop(x).mean(dim=(2, 3, 4))
        return torch.softmax(self.head(x.view(x.shape[0], -1)), dim=1)


class Picture(nn.Module):
    """2-D network with the operators whose form changed between opsets 9 and 18."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 4, 3, padding=1)
        self.b = nn.Conv2d(4, 4, 1)

    def forward(self, x):
        x = torch.relu(self.a(x))
        small = nn.functional.avg_pool2d(x, 2)[:, :, 1:, :]
        u = nn.functional.interpolate(small, size=(8, 8), mode='nearest')
        left, right = torch.split(self.b(x + u), [1, 3], dim=1)
        y = torch.cat([left.squeeze(1).unsqueeze(1), right], 1)
        y = torch.log_softmax(y, dim=1).sum(dim=(2, 3))
        return y, torch.topk(y, 2, dim=1).values


def set_statistics(model):
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.running_mean.uniform_(-0.5, 0.5)
            module.running_var.uniform_(0.5, 2)
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.uniform_(-0.5, 0.5)
    return model.eval()


def script(model, x, name, opset, **options):
    torch.onnx.export(
        model, (x,), OUT / f'{name}.onnx', dynamo=False, opset_version=opset,
        input_names=['image'], **options)


def dynamo(model, x, name, opset, **options):
    program = torch.onnx.export(
        model, (x,), dynamo=True, opset_version=opset, input_names=['image'],
        external_data=False, **options)
    program.save(OUT / f'{name}.onnx', external_data=False)
    # The exporter writes where on this machine every node came from.
    model = onnx.load(OUT / f'{name}.onnx')
    for node in model.graph.node:
        kept = [entry for entry in node.metadata_props if not entry.key.endswith('stack_trace')]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
    onnx.save(model, OUT / f'{name}.onnx')


def with_functions():
    """A model-local function with an attribute reference, a default and a nested call."""
    leaky = helper.make_function(
        'local', 'Leak', ['x'], ['y'],
        [helper.make_node('LeakyRelu', ['x'], ['y'])],
        [helper.make_opsetid('', 18)], ['slope'])
    leaky.node[0].attribute.append(
        onnx.AttributeProto(name='alpha', ref_attr_name='slope', type=onnx.AttributeProto.FLOAT))
    twice = helper.make_function(
        'local', 'Twice', ['x', 'b'], ['y', 'x2'],
        [helper.make_node('Leak', ['x'], ['t'], domain='local'),
         helper.make_node('Leak', ['t'], ['u'], domain='local'),
         helper.make_node('Add', ['u', 'b'], ['y']),
         helper.make_node('Identity', ['x'], ['x2'])],
        [helper.make_opsetid('', 18), helper.make_opsetid('local', 1)],
        attribute_protos=[helper.make_attribute('slope', 0.25)])
    for inner in twice.node[:2]:
        inner.attribute.append(
            onnx.AttributeProto(name='slope', ref_attr_name='slope', type=onnx.AttributeProto.FLOAT))
    graph = helper.make_graph(
        [helper.make_node('Twice', ['x', 'b'], ['y', 'same'], domain='local'),
         helper.make_node('Twice', ['y', 'b'], ['z', ''], domain='local', slope=0.5),
         helper.make_node('Add', ['z', 'same'], ['out'])],
        'functions',
        [helper.make_tensor_value_info('x', TensorProto.FLOAT, [2, 3])],
        [helper.make_tensor_value_info('out', TensorProto.FLOAT, [2, 3])],
        [numpy_helper.from_array(np.array([1, -2, 3], np.float32), 'b')])
    return helper.make_model(
        graph, functions=[leaky, twice], ir_version=8,
        opset_imports=[helper.make_opsetid('', 18), helper.make_opsetid('local', 1)])


def old_storage():
    """IR 3: initializers repeated as inputs, typed fields instead of raw bytes, no node names."""
    tensors = [
        helper.make_tensor('w', TensorProto.FLOAT, [3, 2], [1.5, -2, 0.25, 4, -5, 6]),
        helper.make_tensor('h', TensorProto.FLOAT16, [2], np.array([1.5, -0.1], np.float16)),
        helper.make_tensor('i', TensorProto.INT64, [2], [-1, 2]),
        helper.make_tensor('d', TensorProto.DOUBLE, [2], [0.1, -2e300]),
        helper.make_tensor('s', TensorProto.INT8, [2], [-3, 7]),
        helper.make_tensor('t', TensorProto.BOOL, [2], [True, False]),
        helper.make_tensor('n', TensorProto.INT32, [1], [-7]),
    ]
    kinds = {'h': 'H', 'd': 'D', 's': 'S', 't': 'T', 'n': 'N'}
    nodes = [
        helper.make_node('MatMul', ['x', 'w'], ['m']),
        helper.make_node('Reshape', ['m', 'i'], ['r']),
        helper.make_node('Identity', ['r'], ['y']),
    ] + [helper.make_node('Cast', [name], [out], to=TensorProto.FLOAT) for name, out in kinds.items()]
    graph = helper.make_graph(
        nodes, 'g',
        [helper.make_tensor_value_info('x', TensorProto.FLOAT, ['batch', 3])]
        + [helper.make_tensor_value_info(t.name, t.data_type, list(t.dims)) for t in tensors],
        [helper.make_tensor_value_info('y', TensorProto.FLOAT, [None, 2])]
        + [helper.make_tensor_value_info(out, TensorProto.FLOAT, [1 if out == 'N' else 2])
           for out in kinds.values()],
        tensors)
    model = helper.make_model(
        graph, ir_version=3, opset_imports=[helper.make_opsetid('ai.onnx', 9)],
        producer_name='by hand', producer_version='7')
    helper.set_model_props(model, {'saliscope.card': '{"name": "caf\u00e9"}', 'note': 'kept'})
    return model


volume = set_statistics(Volume())
picture = set_statistics(Picture())
vox = torch.randn(1, 1, 6, 6, 6)
pix = torch.randn(1, 3, 8, 8)
script(volume, vox, 'volume-script-9', 9, dynamic_axes={'image': {0: 'batch'}},
       do_constant_folding=False)
script(volume, vox, 'volume-script-17', 17, dynamic_axes={'image': {0: 'batch'}})
dynamo(volume, vox, 'volume-dynamo-18', 18)
script(picture, pix, 'picture-script-9', 9)
script(picture, pix, 'picture-script-10', 10)
script(picture, pix, 'picture-script-11', 11)
script(picture, pix, 'picture-script-13', 13)
dynamo(picture, pix, 'picture-dynamo-18', 18)
onnx.save(with_functions(), OUT / 'functions.onnx')
onnx.save(old_storage(), OUT / 'old-storage.onnx')
for path in sorted(OUT.glob('*.onnx')):
    onnx.checker.check_model(str(path))
    print(f'{path.stat().st_size:6d} {path.name}')
