/**
 * @file One network written twice: plainly, in opset 18 with every constant as an initializer, and as exporters
 * write it: in any opset from 9 on, with constants that are computed, shapes that are read off, and nodes that
 * do nothing.
 */

import { floatTensor, int64Tensor, readNumbers } from '../onnx/constants.ts'
import type { Attribute, ConstantTensor, Model } from '../onnx/ir.ts'
import { float, randomFloats, randomNumbers, type TinyNode, tinyModel } from './tiny-models.ts'

export interface WrittenPlan {
  readonly opset: number
  /** (N, 4, spatial). */
  readonly dims: readonly number[]
  readonly pieces: readonly Piece[]
  readonly seed: number
}

export type Piece = keyof typeof PIECES

/** Attention is an operator since 23 only; images alone are enlarged in every opset. */
export function canHave(piece: Piece, opset: number, spatial: number): boolean {
  if (piece === 'attention' || piece === 'headedAttention') return opset >= 23
  return piece !== 'enlarge' || spatial === 2
}

export const pieceNames = (): readonly Piece[] => Object.keys(PIECES) as Piece[]

export function writtenPlainly(plan: WrittenPlan): Model {
  return write(plan, true)
}

export function writtenOddly(plan: WrittenPlan): Model {
  return write(plan, false)
}

type Attributes = Readonly<Record<string, Attribute>>

interface Writer {
  readonly opset: number
  readonly dims: readonly number[]
  readonly isPlain: boolean
  /** Of numbers that differ between pieces. */
  readonly seed: number
  node(op: string, inputs: readonly string[], attributes?: Attributes): string
  /** The first output of several. */
  nodes(op: string, inputs: readonly string[], outputs: number, attributes?: Attributes): string[]
  constant(tensor: ConstantTensor): string
  /** Known without computing anything: what an upgrade needs to read. */
  known(tensor: ConstantTensor): string
}

const integers = (...value: number[]): Attribute => ({ kind: 'ints', value })
const integer = (value: number): Attribute => ({ kind: 'int', value })
const word = (value: string): Attribute => ({ kind: 'string', value })
const int64 = (...values: number[]) => int64Tensor(values)
const scalar = (value: number) => floatTensor([value], [])

/** An operator whose axes are an attribute before the given opset and an input from it on. */
function withAxes(
  w: Writer,
  op: string,
  since: number,
  x: string,
  axes: readonly number[],
  more: Attributes = {},
): string {
  return w.opset < since
    ? w.node(op, [x], { axes: integers(...axes), ...more })
    : w.node(op, [x, w.constant(int64(...axes))], more)
}

const spatialAxes = ({ dims }: Writer) => dims.slice(2).map((_, axis) => axis + 2)

function attend(w: Writer, x: string, heads: number): string {
  const [n = 1, tokens = 1, ...space] = w.dims
  const width = space.reduce((a, b) => a * b, 1)
  const size = width / heads
  const flat = w.node('Reshape', [x, w.constant(int64(n, tokens, width))])
  const values = w.node('Tanh', [flat])
  const own = heads > 1
  const swap = (value: string, ...perm: number[]) =>
    w.node('Transpose', [value], { perm: integers(...perm) })
  const split = (value: string) => {
    const parted = w.node('Reshape', [value, w.constant(int64(n, tokens, heads, size))])
    return swap(parted, 0, 2, 1, 3)
  }
  const scale = 0.3
  let mixed: string
  if (w.isPlain) {
    const [q, v] = [split(flat), split(values)]
    const scores = w.node('MatMul', [q, swap(q, 0, 1, 3, 2)])
    const scaled = w.node('Mul', [scores, w.constant(scalar(scale))])
    const weights = w.node('Softmax', [scaled], { axis: integer(-1) })
    mixed = swap(w.node('MatMul', [weights, v]), 0, 2, 1, 3)
  } else if (own) {
    mixed = w.node('Attention', [flat, flat, values], {
      q_num_heads: integer(heads),
      kv_num_heads: integer(heads),
      scale: float(scale),
    })
  } else {
    const [q, v] = [split(flat), split(values)]
    mixed = swap(w.node('Attention', [q, q, v], { scale: float(scale) }), 0, 2, 1, 3)
  }
  return w.node('Reshape', [mixed, w.constant(int64(...w.dims))])
}

/** Every one keeps the shape. */
const PIECES = {
  attention: (w: Writer, x: string) => attend(w, x, 1),
  headedAttention: (w: Writer, x: string) => attend(w, x, 2),

  centre: (w: Writer, x: string) => {
    const mean = withAxes(w, 'ReduceMean', 18, x, spatialAxes(w), { keepdims: integer(1) })
    return w.node('Sub', [x, mean])
  },

  clip: (w: Writer, x: string) => {
    if (w.opset < 11) return w.node('Clip', [x], { min: float(-0.6), max: float(0.7) })
    return w.node('Clip', [x, w.constant(scalar(-0.6)), w.constant(scalar(0.7))])
  },

  convolve: (w: Writer, x: string) => {
    const kernel = w.dims.slice(2).map(() => 3)
    const weights = w.constant(randomFloats([4, 4, ...kernel], w.seed))
    const pads = integers(...[...kernel, ...kernel].map(() => 1))
    const sum = w.node('Conv', [x, weights, w.constant(randomFloats([4], w.seed + 1))], { pads })
    return w.node('Tanh', [sum])
  },

  cut: (w: Writer, x: string) => {
    const spatial = spatialAxes(w)
    const pads = [0, 0, ...spatial.map(() => 1), ...w.dims.map(() => 0)]
    const padded =
      w.opset < 11
        ? w.node('Pad', [x], { pads: integers(...pads), value: float(0.5) })
        : w.node('Pad', [x, w.known(int64(...pads)), w.constant(scalar(0.5))])
    const [starts, ends] = [spatial.map(() => 0), w.dims.slice(2)]
    return w.opset < 10
      ? w.node('Slice', [padded], {
          axes: integers(...spatial),
          starts: integers(...starts),
          ends: integers(...ends),
        })
      : w.node('Slice', [
          padded,
          w.constant(int64(...starts)),
          w.constant(int64(...ends)),
          w.constant(int64(...spatial)),
        ])
  },

  enlarge: (w: Writer, x: string) => {
    const scales = w.known(floatTensor([1, 1, 2, 2], [4]))
    const mode = { mode: word('nearest') }
    const asymmetric = {
      ...mode,
      coordinate_transformation_mode: word('asymmetric'),
      nearest_mode: word('floor'),
    }
    const large =
      w.opset < 10
        ? w.node('Upsample', [x, scales], mode)
        : w.opset < 11
          ? w.node('Resize', [x, scales], mode)
          : w.node(
              'Resize',
              [x, w.opset < 13 ? w.known(floatTensor([], [0])) : '', scales],
              asymmetric,
            )
    return w.node('AveragePool', [large], {
      kernel_shape: integers(3, 3),
      strides: integers(2, 2),
      pads: integers(1, 1, 0, 0),
    })
  },

  halves: (w: Writer, x: string) => {
    const [a = '', b = ''] =
      w.opset < 13
        ? w.nodes('Split', [x], 2, { axis: integer(1), split: integers(3, 1) })
        : w.nodes('Split', [x, w.constant(int64(3, 1))], 2, { axis: integer(1) })
    return w.node('Concat', [b, w.node('Sigmoid', [a])], { axis: integer(1) })
  },

  ones: (w: Writer, x: string) => {
    if (w.isPlain) return w.node('Mul', [x, w.constant(scalar(1.5))])
    const value: Attribute = { kind: 'tensor', value: floatTensor([1.5], [1]) }
    return w.node('Mul', [x, w.node('ConstantOfShape', [w.node('Shape', [x])], { value })])
  },

  /** Over all but the batch: what an axis of 1 meant before opset 13. */
  probabilities: (w: Writer, x: string) => {
    const factor = w.constant(scalar(20))
    if (!w.isPlain && w.opset < 13) {
      return w.node('Mul', [w.node('Softmax', [x], { axis: integer(1) }), factor])
    }
    const flat = w.node('Flatten', [x], { axis: integer(1) })
    const shape = w.isPlain ? w.constant(int64(...w.dims)) : w.node('Shape', [x])
    const own = w.node('Softmax', [flat], { axis: integer(-1) })
    return w.node('Mul', [w.node('Reshape', [own, shape]), factor])
  },

  squeeze: (w: Writer, x: string) => {
    const wide = withAxes(w, 'Unsqueeze', 13, x, [1])
    return withAxes(w, 'Squeeze', 13, w.node('Tanh', [wide]), [1])
  },

  sum: (w: Writer, x: string) => {
    const total = withAxes(w, 'ReduceSum', 13, x, [1], { keepdims: integer(1) })
    return w.node('Mul', [x, w.node('Sigmoid', [total])])
  },

  viaShape: (w: Writer, x: string) => {
    const [n = 1] = w.dims
    if (w.isPlain) {
      const flat = w.node('Sigmoid', [w.node('Reshape', [x, w.constant(int64(n, -1))])])
      return w.node('Reshape', [flat, w.constant(int64(...w.dims))])
    }
    const shape = w.node('Shape', [x])
    const zero = w.constant({ ...int64(0), dims: [] })
    const rows = w.node('Gather', [shape, zero], { axis: integer(0) })
    const inner = withAxes(w, 'Unsqueeze', 13, rows, [0])
    const flatShape = w.node('Concat', [inner, w.constant(int64(-1))], { axis: integer(0) })
    const flat = w.node('Sigmoid', [w.node('Reshape', [x, flatShape])])
    return w.node('Reshape', [flat, shape])
  },

  written: (w: Writer, x: string) => {
    const length = w.dims[1] ?? 1
    const indices = { ...int64(...w.dims.map((_, i) => (i * 2) % length).slice(0, 1)), dims: [1] }
    const rest = w.dims.with(1, 1)
    const places = int64Tensor(
      new Array<number>(rest.reduce((a, b) => a * b, 1)).fill(Number(readNumbers(indices)[0])),
      rest,
    )
    const op = w.opset < 11 ? 'Scatter' : 'ScatterElements'
    const updates = w.constant(randomFloats(rest, w.seed))
    return w.node(op, [x, w.constant(places), updates], { axis: integer(1) })
  },
} as const satisfies Readonly<Record<string, (w: Writer, x: string) => string>>

/** Piece after piece, then a dense layer over the means: output (N, 3). */
function write({ opset, dims, pieces, seed }: WrittenPlan, isPlain: boolean): Model {
  const constants: Record<string, ConstantTensor> = {}
  const list: TinyNode[] = []
  const form = randomNumbers(200, seed)
  let drawn = 0
  const draw = (choices: number) => {
    drawn += 1
    return Math.floor((((form[drawn % form.length] ?? 0) + 1) / 2) * choices) % choices
  }
  const nodes: Writer['nodes'] = (op, inputs, outputs, attributes = {}) => {
    const names = Array.from({ length: outputs }, (_, i) => `${op}_${list.length}_${i}`)
    list.push({ op, inputs, outputs: names, attributes })
    return names
  }
  const node: Writer['node'] = (op, inputs, attributes) => nodes(op, inputs, 1, attributes)[0] ?? ''
  const initializer = (tensor: ConstantTensor) => {
    const name = `c${Object.keys(constants).length}`
    constants[name] = tensor
    return name
  }
  const known = (tensor: ConstantTensor) =>
    isPlain || draw(2) === 0
      ? initializer(tensor)
      : node('Constant', [], { value: { kind: 'tensor', value: tensor } })
  const constant = (tensor: ConstantTensor) => {
    const choice = isPlain ? 0 : draw(4)
    if (choice < 2) return known(tensor)
    if (choice === 2 || tensor.dtype !== 'float32') return node('Identity', [known(tensor)])
    // Half of it, twice: exact.
    const half = floatTensor(
      readNumbers(tensor).map((value) => value / 2),
      tensor.dims,
    )
    const own = known(half)
    return node('Add', [own, own])
  }
  const idle = (x: string) => {
    if (isPlain) return x
    const choice = draw(3)
    return choice === 0 ? x : node(choice === 1 ? 'Identity' : 'Dropout', [x])
  }
  const shared = { opset: isPlain ? 18 : opset, dims, isPlain, node, nodes, constant, known }
  let x = 'x'
  for (const [i, piece] of pieces.entries()) {
    x = idle(PIECES[piece]({ ...shared, seed: seed + 10 * i }, x))
  }
  const writer = { ...shared, seed }
  // The mean of what was centred would be 0.
  const end = node('Tanh', [x])
  const means = withAxes(writer, 'ReduceMean', 18, end, spatialAxes(writer), {
    keepdims: integer(0),
  })
  const y = node('Gemm', [
    means,
    constant(randomFloats([4, 3], seed)),
    constant(randomFloats([3], seed)),
  ])
  const model = tinyModel({
    inputs: { x: dims },
    constants,
    nodes: list,
    output: y,
    opset: shared.opset,
  })
  // Opset 23 came with IR version 11.
  return { ...model, irVersion: opset >= 23 && !isPlain ? 11 : 9 }
}
