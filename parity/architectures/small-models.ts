/** @file Small models from other exporters and of other kinds, for the README's table: fixtures of other tests. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeNpy } from '../../src/core/tensor/npy.ts'
import type { Tensor } from '../../src/core/tensor/tensor.ts'

interface SmallModel {
  readonly name: string
  readonly label: string
  readonly exports: readonly {
    readonly exporter: string
    /** Of the ONNX file. */
    readonly opset: number
    readonly file: string
  }[]
  /** One row for every input of the model. */
  readonly inputs: () => readonly Tensor[]
}

const fixtures = join(import.meta.dirname, '../fixtures')

export const smallModels: readonly SmallModel[] = [
  {
    name: 'keras-picture',
    label: 'Keras, 2-D, channels last (small)',
    exports: [
      { exporter: 'keras', opset: 15, file: 'tensorflow/picture-keras.onnx' },
      { exporter: 'tf2onnx', opset: 17, file: 'tensorflow/picture-tf2onnx.onnx' },
    ],
    inputs: () => [fromCase('tensorflow', 'picture-keras')],
  },
  {
    name: 'keras-volume',
    label: 'Keras, 3-D, channels last (small)',
    exports: [
      { exporter: 'keras', opset: 15, file: 'tensorflow/volume-keras.onnx' },
      { exporter: 'tf2onnx', opset: 17, file: 'tensorflow/volume-tf2onnx.onnx' },
    ],
    inputs: () => [fromCase('tensorflow', 'volume-keras')],
  },
  {
    name: 'sklearn-logistic',
    label: 'scikit-learn, logistic regression',
    exports: [{ exporter: 'skl2onnx', opset: 17, file: 'sklearn/logistic-3.onnx' }],
    inputs: () => [fromCase('sklearn', 'logistic-3')],
  },
  {
    name: 'sklearn-mlp',
    label: 'scikit-learn, perceptron',
    exports: [{ exporter: 'skl2onnx', opset: 17, file: 'sklearn/mlp-3.onnx' }],
    inputs: () => [fromCase('sklearn', 'mlp-3')],
  },
  {
    name: 'float16',
    label: '16-bit floats (small)',
    exports: [
      { exporter: 'torchscript', opset: 17, file: 'number-formats/float16-torchscript.onnx' },
      { exporter: 'dynamo', opset: 20, file: 'number-formats/float16-dynamo.onnx' },
    ],
    inputs: () => [fromCase('number-formats', 'float16-torchscript')],
  },
  {
    name: 'quantised',
    label: 'Quantised to 8 bits (small)',
    exports: [
      { exporter: 'dynamic', opset: 17, file: 'number-formats/quantised-dynamic.onnx' },
      { exporter: 'qdq', opset: 17, file: 'number-formats/quantised-qdq.onnx' },
      { exporter: 'qoperator', opset: 17, file: 'number-formats/quantised-qoperator.onnx' },
    ],
    inputs: () => [fromCase('number-formats', 'quantised-dynamic')],
  },
  {
    name: 'volume-and-numbers',
    label: 'Two inputs: a volume and three numbers (small)',
    exports: [{ exporter: 'torchscript', opset: 17, file: 'several/clinical.onnx' }],
    inputs: () => ['clinical.image', 'clinical.clinical'].map(firstRowOf),
  },
  {
    name: 'two-volumes',
    label: 'Two volumes in, three outputs (small)',
    exports: [{ exporter: 'torchscript', opset: 17, file: 'several/contrasts.onnx' }],
    inputs: () => ['contrasts.t1', 'contrasts.flair'].map(firstRowOf),
  },
]

export function readSmallModel({ exports }: SmallModel, exporter: string): Uint8Array<ArrayBuffer> {
  const found = exports.find((each) => each.exporter === exporter)
  if (!found) throw new Error(`no export by ${exporter}`)
  return new Uint8Array(readFileSync(join(fixtures, found.file)))
}

function fromCase(folder: string, name: string): Tensor {
  const { cases }: { cases: readonly { name: string; inputDims: number[]; input: string }[] } =
    JSON.parse(readFileSync(join(fixtures, folder, 'cases.json'), 'utf8'))
  const known = cases.find((each) => each.name === name)
  if (!known) throw new Error(`no case ${name}`)
  const data = new Float32Array(new Uint8Array(Buffer.from(known.input, 'base64')).buffer)
  return firstRow({ dims: known.inputDims, data })
}

function firstRowOf(name: string): Tensor {
  return firstRow(
    decodeNpy(new Uint8Array(readFileSync(join(fixtures, `several/${name}.npy`)))).tensor,
  )
}

function firstRow({ dims, data }: Tensor): Tensor {
  return { dims: dims.with(0, 1), data: data.slice(0, data.length / (dims[0] ?? 1)) }
}
