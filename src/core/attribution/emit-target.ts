/** @file The target of an exported explanation: weights as nodes, so that the graph needs no target of its own. */

import { Failure } from '../failure.ts'
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Value } from '../onnx/ir.ts'
import { elementCount } from '../tensor/tensor.ts'
import { formatTerm, parseTarget, type TargetTerm } from './target-grammar.ts'
import { probabilityName } from './target-probability.ts'

export interface EmittedTarget {
  /** The value that is explained; a name that `withProbability` adds where it is a probability. */
  readonly value: string
  /** In the CLI's grammar; "argmax" is decided by the graph on the input it gets. */
  readonly spec: string
  /** Emits the weights, of the shape of the value (batch axis 1), as float32. */
  emitWeights(g: GraphBuilder, value: Value): Value
}

/**
 * @param spec one term of the target grammar; '' = default.
 * @param outputs names of the float outputs; the first is the default.
 * @param holdsProbabilities as in `resolveTarget`.
 * @throws Failure 'bad-request' for targets that need a mask or differ by row.
 */
export function createEmittedTarget(
  spec: string,
  outputs: readonly string[],
  holdsProbabilities: (name: string) => boolean = () => false,
): EmittedTarget {
  const { valueName, terms } = parseTarget(spec, outputs)
  const [asked, second] = terms
  if (!asked || second) {
    throw new Failure(
      'bad-request',
      'an exported explanation has one batch row: give one target, not several joined by ";"',
    )
  }
  if (asked.kind === 'class' && asked.region === 'mask') {
    throw new Failure(
      'bad-request',
      `'${formatTerm(asked)}' needs a mask, which an exported graph does not have; use ${asked.plus} or ${asked.plus}@predicted`,
    )
  }
  const [first = ''] = outputs
  const value = valueName ?? first
  const wantsProbability =
    (asked.kind === 'class' || asked.kind === 'element') && asked.isProbability
  const isProbability = wantsProbability && !holdsProbabilities(value)
  const term: TargetTerm = wantsProbability ? { ...asked, isProbability } : asked
  return {
    value: isProbability ? probabilityName(value) : value,
    spec: (value === first ? '' : `${value}:`) + formatTerm(term),
    emitWeights: (g, explained) => g.cast(emitTerm(g, explained, term), 'float32'),
  }
}

function emitTerm(g: GraphBuilder, value: Value, term: TargetTerm): Value {
  switch (term.kind) {
    case 'sum':
      return ones(g, value.dims)
    case 'element':
      return oneElement(g, value, term.index)
    case 'class':
      return emitClass(g, value, term)
    case 'argmax':
      return emitDefault(g, value)
  }
}

/** As `resolveTarget` decides it, but on the input that the graph is given. */
function emitDefault(g: GraphBuilder, value: Value): Value {
  if (value.dims.length < 2) return ones(g, value.dims)
  const winners = emitWinners(g, value)
  if (value.dims.length === 2) return winners
  return g.mul(winners, emitMostPredicted(g, winners))
}

function emitClass(
  g: GraphBuilder,
  value: Value,
  { plus, minus, region }: TargetTerm & { readonly kind: 'class' },
): Value {
  const classes = value.dims[1] ?? 1
  for (const index of [plus, minus ?? 0]) {
    if (index >= classes) {
      throw new Failure(
        'bad-request',
        `class ${index} does not exist: '${value.name}' has ${classes} (0 to ${classes - 1})`,
      )
    }
  }
  const weights = Array.from(
    { length: classes },
    (_, k) => Number(k === plus) - Number(k === minus),
  )
  const everywhere = g.expand(g.numbers(classAxis(value), weights), value.dims)
  if (region === 'everywhere') return everywhere
  const winners = emitWinners(g, value)
  const inside = g.slice(winners, { axes: [1], starts: [plus], ends: [plus + 1] })
  return g.mul(everywhere, inside)
}

/** 1 at the class that wins a position (first on ties); a single class wins above its threshold. */
function emitWinners(g: GraphBuilder, value: Value): Value {
  const classes = value.dims[1] ?? 1
  if (classes === 1) {
    if (value.dims.length === 2) return ones(g, value.dims)
    const axes = value.dims.map((_, axis) => axis)
    const isShare = g.and(
      g.greaterOrEqual(g.reduceMin(value, axes), g.scalarLike(value, 0)),
      g.lessOrEqual(g.reduceMax(value, axes), g.scalarLike(value, 1)),
    )
    const threshold = g.where(isShare, g.scalarLike(value, 0.5), g.scalarLike(value, 0))
    return g.cast(g.greater(value, threshold), 'float32')
  }
  const dims = value.dims.map((size, axis) => (axis === 1 ? 1 : size))
  const winner = g.node('ArgMax', [value], dims, { axis: 1, keepdims: 1 }, 'int64')
  return g.cast(g.equal(classNumbers(g, value), winner), 'float32')
}

/** 1 at the class that wins most positions; the background only where no other wins anywhere. */
function emitMostPredicted(g: GraphBuilder, winners: Value): Value {
  const classes = winners.dims[1] ?? 1
  const spatial = winners.dims.map((_, axis) => axis).slice(2)
  const counts = g.reduceSum(winners, spatial)
  const positions = elementCount(winners.dims.slice(2))
  const handicap = Array.from({ length: classes }, (_, k) => (k === 0 ? 1 / (2 * positions) : 1))
  const ranked = classes === 1 ? counts : g.mul(counts, g.numbers(classAxis(winners), handicap))
  const dims = counts.dims.map((size, axis) => (axis === 1 ? 1 : size))
  const best = g.node('ArgMax', [ranked], dims, { axis: 1, keepdims: 1 }, 'int64')
  return g.cast(g.equal(classNumbers(g, winners), best), 'float32')
}

function classNumbers(g: GraphBuilder, value: Value): Value {
  const classes = value.dims[1] ?? 1
  return g.numbers(
    classAxis(value),
    Array.from({ length: classes }, (_, k) => k),
    'int64',
  )
}

/** (1, C, 1, ...): broadcasts along everything but the classes. */
function classAxis(value: Value): number[] {
  return value.dims.map((size, axis) => (axis === 1 ? size : 1))
}

function oneElement(g: GraphBuilder, value: Value, index: readonly number[]): Value {
  const dims = value.dims.slice(1)
  if (index.length !== dims.length || index.some((at, axis) => at >= (dims[axis] ?? 0))) {
    throw new Failure(
      'bad-request',
      `target ${index.join(',')} lies outside '${value.name}', whose axes after the batch axis are ${dims.join(' x ')}`,
    )
  }
  const position = index.reduce((offset, at, axis) => offset * (dims[axis] ?? 1) + at, 0)
  const weights = new Float32Array(elementCount(value.dims))
  weights[position] = 1
  return g.numbers(value.dims, weights)
}

function ones(g: GraphBuilder, dims: readonly number[]): Value {
  return g.expand(g.scalar(1), dims)
}
