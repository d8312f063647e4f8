/** @file The benchmark's network: a 3-D ResNet-18 with random weights, built as IR. */

import { floatTensor } from '../onnx/constants.ts'
import type { Attributes, ConstantTensor, Model, Node } from '../onnx/ir.ts'
import { randomNumbers } from './tiny-models.ts'

export interface Resnet3d {
  /** Channels of the first stage; the others double. */
  readonly width: number
  /** Edge of the cubic input. */
  readonly size: number
  readonly classes?: number
  /** BatchNormalization as nodes; false: already merged into the convolutions, as exporters do. */
  readonly batchNorm?: boolean
}

/**
 * Input `volume` (N, 1, size, size, size), output `logits` (N, classes): a 7^3 stride-2 stem, max
 * pooling 3 stride 2, four stages of two basic blocks, global average pooling, one dense layer.
 */
export function resnet3d({ width, size, classes = 2, batchNorm = true }: Resnet3d): Model {
  const nodes: Node[] = []
  const initializers = new Map<string, ConstantTensor>()
  let serial = 0

  function emit(op: string, inputs: readonly string[], attributes: Attributes = {}): string {
    const name = `${op}_${serial++}`
    nodes.push({ name, domain: '', op, inputs, outputs: [name], attributes })
    return name
  }
  function weights(dims: readonly number[], deviation: number): string {
    const name = `w${serial++}`
    const length = dims.reduce((product, n) => product * n, 1)
    // A uniform variate in (-1, 1) has deviation 1 / sqrt(3).
    const numbers = randomNumbers(length, serial).map((u) => u * deviation * Math.sqrt(3))
    initializers.set(name, floatTensor(Float32Array.from(numbers), dims))
    return name
  }
  function filled(channels: number, value: number): string {
    const name = `c${serial++}`
    initializers.set(name, floatTensor(new Float32Array(channels).fill(value)))
    return name
  }
  function conv(x: string, cin: number, cout: number, kernel: number, stride: number): string {
    const fanIn = cin * kernel ** 3
    const w = weights([cout, cin, kernel, kernel, kernel], Math.sqrt(2 / fanIn))
    const attributes: Attributes = {
      kernel_shape: { kind: 'ints', value: [kernel, kernel, kernel] },
      strides: { kind: 'ints', value: [stride, stride, stride] },
      pads: { kind: 'ints', value: new Array<number>(6).fill((kernel - 1) / 2) },
    }
    if (!batchNorm) return emit('Conv', [x, w, weights([cout], 0.05)], attributes)
    const y = emit('Conv', [x, w], attributes)
    const bias = weights([cout], 0.05)
    return emit('BatchNormalization', [y, filled(cout, 1), bias, filled(cout, 0), filled(cout, 1)])
  }
  function basicBlock(x: string, cin: number, cout: number, stride: number): string {
    const first = emit('Relu', [conv(x, cin, cout, 3, stride)])
    const second = conv(first, cout, cout, 3, 1)
    const short = stride === 1 && cin === cout ? x : conv(x, cin, cout, 1, stride)
    return emit('Relu', [emit('Add', [second, short])])
  }

  const stem = emit('Relu', [conv('volume', 1, width, 7, 2)])
  let x = emit('MaxPool', [stem], {
    kernel_shape: { kind: 'ints', value: [3, 3, 3] },
    strides: { kind: 'ints', value: [2, 2, 2] },
    pads: { kind: 'ints', value: [1, 1, 1, 1, 1, 1] },
  })
  let channels = width
  for (const [stage, stride] of [1, 2, 2, 2].entries()) {
    const cout = width * 2 ** stage
    x = basicBlock(x, channels, cout, stride)
    x = basicBlock(x, cout, cout, 1)
    channels = cout
  }
  const pooled = emit('GlobalAveragePool', [x])
  const flat = emit('Flatten', [pooled])
  const dense = weights([classes, channels], Math.sqrt(1 / channels))
  nodes.push({
    name: 'logits',
    domain: '',
    op: 'Gemm',
    inputs: [flat, dense, weights([classes], 0.1)],
    outputs: ['logits'],
    attributes: { transB: { kind: 'int', value: 1 } },
  })
  return {
    irVersion: 9,
    producer: 'saliscope',
    opsets: new Map([['', 18]]),
    metadata: new Map(),
    graph: {
      name: 'resnet3d',
      inputs: [{ name: 'volume', dtype: 'float32', dims: ['N', 1, size, size, size] }],
      outputs: [{ name: 'logits', dtype: 'float32', dims: ['N', classes] }],
      nodes,
      initializers,
    },
  }
}
