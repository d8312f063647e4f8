/** @file Small networks of layers and batch norms twice: as ONNX nodes, and as matrices with relevance by definition. */

import { floatTensor } from '../onnx/constants.ts'
import type { ConstantTensor } from '../onnx/ir.ts'
import {
  type ConvDefinition,
  type DenseLayer,
  type DenseRule,
  denseConv,
  denseConvTranspose,
  denseForward,
  denseRelevance,
} from './dense-layer.ts'
import { count, randomNumbers, type TinyNode } from './tiny-models.ts'

/** What the network is by definition; values are flat, channels first. */
export type Step =
  | { readonly kind: 'add' | 'concat'; readonly from: readonly string[]; readonly to: string }
  | {
      readonly kind: 'layer'
      readonly from: string
      readonly to: string
      readonly layer: DenseLayer
    }
  | { readonly kind: 'relu'; readonly from: string; readonly to: string }

/** Of all networks made so far, by name. */
export const constants: Record<string, ConstantTensor> = {}
let serial = 0

/** Numbers as float32 holds them. */
export function numbers(length: number, low = -1, high = 1): number[] {
  serial += 1
  const drawn = randomNumbers(length, serial).map((u) => low + ((u + 1) / 2) * (high - low))
  return Array.from(Float32Array.from(drawn))
}

function constant(values: readonly number[], dims: readonly number[]): string {
  const name = `c${Object.keys(constants).length}`
  constants[name] = floatTensor(values, dims)
  return name
}

interface Scaling {
  readonly scale: readonly number[]
  readonly shift: readonly number[]
}

/** Which weights a layer has. */
export type Sign = 'mixed' | 'negative' | 'positive' | 'zero'

function signed(values: readonly number[], sign: Sign): number[] {
  const factors = { negative: -1, positive: 1, zero: 0 } as const
  return sign === 'mixed' ? [...values] : values.map((value) => factors[sign] * Math.abs(value))
}

export interface Linear {
  node(from: string, to: string): TinyNode
  /** The layer with a batch norm in it, or as it is. */
  dense(scaling?: Scaling): DenseLayer
  readonly output: readonly number[]
}

export function conv(
  op: 'Conv' | 'ConvTranspose',
  input: readonly number[],
  weightDims: readonly number[],
  { pad = 0, stride = 1, group = 1, sign = 'mixed' as Sign } = {},
): Linear {
  const [, ...sizes] = input
  const [first = 1, second = 1, ...kernel] = weightDims
  const isTransposed = op === 'ConvTranspose'
  const channels = isTransposed ? second * group : first
  const spatial = sizes.map((size, axis) =>
    isTransposed
      ? (size - 1) * stride + (kernel[axis] ?? 1) - 2 * pad
      : Math.floor((size + 2 * pad - (kernel[axis] ?? 1)) / stride) + 1,
  )
  const weights = signed(numbers(count(weightDims)), sign)
  const bias = numbers(channels)
  const all = (value: number) => sizes.map(() => value)
  const names = [constant(weights, weightDims), constant(bias, [channels])]
  const attributes = {
    strides: all(stride),
    pads: [...all(pad), ...all(pad)],
    group,
  }
  // Of a transposed convolution the output channels are the second axis, within each group of the first.
  const channelOf = (offset: number) =>
    isTransposed
      ? Math.floor(offset / (count(kernel) * second) / (first / group)) * second +
        (Math.floor(offset / count(kernel)) % second)
      : Math.floor(offset / (count(kernel) * second))
  return {
    output: [channels, ...spatial],
    node: (from, to) => ({ op, inputs: [from, ...names], outputs: [to], attributes }),
    dense(scaling = unchanged(channels)) {
      const { scale, shift } = scaling
      const definition: ConvDefinition = {
        ...{ input, weightDims, group, output: spatial },
        ...{ strides: all(stride), dilations: all(1), pads: all(pad) },
        weights: weights.map((w, offset) => w * (scale[channelOf(offset)] ?? 1)),
        bias: bias.map((b, o) => b * (scale[o] ?? 1) + (shift[o] ?? 0)),
      }
      const written = isTransposed ? denseConvTranspose : denseConv
      const links = written({ ...definition, weights: weights.map(() => 1) }).matrix
      return { ...written(definition), links }
    },
  }
}

export function dense(inputs: number, outputs: number, sign: Sign = 'mixed'): Linear {
  const weights = signed(numbers(inputs * outputs), sign)
  const bias = numbers(outputs)
  const names = [constant(weights, [outputs, inputs]), constant(bias, [outputs])]
  return {
    output: [outputs],
    node: (from, to) => ({
      op: 'Gemm',
      inputs: [from, ...names],
      outputs: [to],
      attributes: { transB: 1 },
    }),
    dense: ({ scale, shift } = unchanged(outputs)) => ({
      matrix: bias.map((_, o) =>
        weights.slice(o * inputs, (o + 1) * inputs).map((w) => w * (scale[o] ?? 1)),
      ),
      bias: bias.map((b, o) => b * (scale[o] ?? 1) + (shift[o] ?? 0)),
      links: bias.map(() => new Array<number>(inputs).fill(1)),
    }),
  }
}

/** Factors of both signs, unless told otherwise. */
export function norm(channels: number, sign: Sign = 'mixed') {
  const drawn = numbers(channels, 0.5, 1.5)
  const gamma =
    sign === 'mixed' ? drawn.map((value, i) => (i % 2 === 0 ? value : -value)) : signed(drawn, sign)
  const [beta, mean] = [numbers(channels), numbers(channels)]
  const variance = numbers(channels, 0.5, 2)
  const names = [gamma, beta, mean, variance].map((values) => constant(values, [channels]))
  const scale = gamma.map((value, i) => value / Math.sqrt((variance[i] ?? 0) + 1e-5))
  const shift = scale.map((value, i) => (beta[i] ?? 0) - (mean[i] ?? 0) * value)
  return {
    node: (from: string, to: string): TinyNode => ({
      op: 'BatchNormalization',
      inputs: [from, ...names],
      outputs: [to],
    }),
    scaling: { scale, shift },
    part: (start: number, end: number): Scaling => ({
      scale: scale.slice(start, end),
      shift: shift.slice(start, end),
    }),
  }
}

function unchanged(channels: number): Scaling {
  return { scale: new Array<number>(channels).fill(1), shift: new Array<number>(channels).fill(0) }
}

/** A norm that stands alone: one weight per element. */
export function diagonal({ scale, shift }: Scaling, sizes: readonly number[]): DenseLayer {
  const inner = count(sizes)
  const length = scale.length * inner
  const of = (values: readonly number[], i: number) => values[Math.floor(i / inner)] ?? 0
  return {
    matrix: Array.from({ length }, (_, o) =>
      Array.from({ length }, (__, i) => (i === o ? of(scale, o) : 0)),
    ),
    bias: Array.from({ length }, (_, o) => of(shift, o)),
    links: Array.from({ length }, (_, o) => Array.from({ length }, (__, i) => Number(i === o))),
  }
}

export const layer = (from: string, to: string, own: DenseLayer): Step => ({
  kind: 'layer',
  from,
  to,
  layer: own,
})
export const relu = (from: string, to: string): Step & TinyNode => ({
  ...{ kind: 'relu', from, to },
  ...{ op: 'Relu', inputs: [from], outputs: [to] },
})
export const join = (
  kind: 'add' | 'concat',
  from: readonly string[],
  to: string,
): Step & TinyNode => ({
  ...{ kind, from, to },
  ...(kind === 'add' ? { op: 'Add' } : { op: 'Concat', attributes: { axis: 1 } }),
  ...{ inputs: from, outputs: [to] },
})

/** Forwards, then every step back in turn; `ruleAt` names the rule of a layer by what it reads. */
export function byDefinition(
  steps: readonly Step[],
  x: readonly number[],
  ruleAt: DenseRule | ((from: string) => DenseRule),
  start: (y: readonly number[]) => readonly number[],
): readonly number[] {
  const values = new Map<string, readonly number[]>([['x', x]])
  const read = (name: string) => values.get(name) ?? []
  for (const step of steps) values.set(step.to, forward(step, read))
  const relevance = new Map<string, readonly number[]>([['y', start(read('y'))]])
  const give = (name: string, own: readonly number[]) =>
    relevance.set(
      name,
      own.map((value, i) => value + (relevance.get(name)?.[i] ?? 0)),
    )
  for (const step of steps.toReversed()) {
    const own = relevance.get(step.to) ?? read(step.to).map(() => 0)
    if (step.kind === 'layer') {
      const rule = typeof ruleAt === 'function' ? ruleAt(step.from) : ruleAt
      const used = isDiagonal(step.layer) ? ruleOfOne(rule) : rule
      give(step.from, denseRelevance(step.layer, read(step.from), own, used))
    } else if (step.kind === 'relu') {
      give(step.from, own)
    } else if (step.kind === 'concat') {
      let at = 0
      for (const name of step.from) {
        const length = read(name).length
        give(name, own.slice(at, at + length))
        at += length
      }
    } else {
      const sum = read(step.to)
      const shares = sum.map((z, i) => (own[i] ?? 0) / (z + (z < 0 ? -1e-6 : 1e-6)))
      for (const name of step.from)
        give(
          name,
          read(name).map((v, i) => v * (shares[i] ?? 0)),
        )
    }
  }
  return relevance.get('x') ?? []
}

function forward(step: Step, read: (name: string) => readonly number[]): readonly number[] {
  if (step.kind === 'layer') return denseForward(step.layer, read(step.from))
  if (step.kind === 'relu') return read(step.from).map((v) => Math.max(v, 0))
  const [first = [], second = []] = step.from.map(read)
  if (step.kind === 'concat') return step.from.flatMap(read)
  return first.map((v, i) => v + (second[i] ?? 0))
}

/** One input for every output. */
function isDiagonal({ matrix, links = matrix }: DenseLayer): boolean {
  return links.every(
    (row, o) => row.length === links.length && row.every((w, i) => i === o || w === 0),
  )
}

/** Contributions of both signs count alike where a neuron has one alone. */
function ruleOfOne(rule: DenseRule): DenseRule {
  return rule.kind === 'alpha-beta' ? { ...rule, alpha: 1, beta: -1 } : rule
}
