/** @file VJP rule of Einsum: products of labelled axes. */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { range, sizeAt } from '../../onnx/shape-arithmetic.ts'
import { defineVariadicVjp } from '../rule.ts'

/** One letter per axis of every operand and of the result. */
interface Equation {
  readonly operands: readonly string[]
  readonly result: string
}

/**
 * The cotangent takes the place of the input, and the label lists swap. A label that an operand has
 * twice reads a diagonal, so what comes back lies on that diagonal.
 */
export const einsum = defineVariadicVjp('Einsum', ({ g, inputs, needs, attributes, cotangent }) => {
  const ranks = inputs.map(({ dims }) => dims.length)
  const { operands, result } = readEquation(attributes.string('equation', ''), ranks)
  const sizes = new Map<string, number>()
  for (const [i, { dims }] of inputs.entries()) {
    for (const [axis, label] of [...(operands[i] ?? '')].entries()) {
      sizes.set(label, Math.max(sizes.get(label) ?? 1, sizeAt(dims, axis)))
    }
  }
  const sizeOf = (label: string) => sizes.get(label) ?? 1
  return inputs.map((_, index) => {
    if (!needs[index]) return null
    const own = [...(operands[index] ?? '')]
    const others = inputs.flatMap((value, i) =>
      i === index ? [] : [{ value, labels: operands[i] ?? '' }],
    )
    const elsewhere = result + others.map(({ labels }) => labels).join('')
    // A label that only this input has was summed: its cotangent is the same everywhere.
    const found = [...new Set(own)].filter((label) => elsewhere.includes(label))
    const product = g.node(
      'Einsum',
      [cotangent, ...others.map(({ value }) => value)],
      found.map(sizeOf),
      {
        equation: `${[result, ...others.map(({ labels }) => labels)].join(',')}->${found.join('')}`,
      },
    )
    const isFirst = (label: string, axis: number) => own.indexOf(label) === axis
    const spread = own.map((label, axis) =>
      isFirst(label, axis) && found.includes(label) ? sizeOf(label) : 1,
    )
    const whole = g.expand(g.reshape(product, spread), own.map(sizeOf))
    return own.reduce(
      (value, label, axis) =>
        isFirst(label, axis) ? value : onDiagonal(g, value, own.indexOf(label), axis),
      whole,
    )
  })
})

/** Zero where the two positions differ. */
function onDiagonal(g: GraphBuilder, value: Value, first: number, second: number): Value {
  const size = sizeAt(value.dims, first)
  const dims = value.dims.map((_, axis) => (axis === first || axis === second ? size : 1))
  const identity = range(0, size * size).map((i) => Number(i % (size + 1) === 0))
  const isOn = g.greater(g.numbers(dims, identity), g.scalar(0))
  return g.where(isOn, value, g.scalarLike(value, 0))
}

/**
 * With letters for what "..." stands for, and with the result that an equation without "->" means:
 * the labels that occur once, in alphabetical order, after the axes of "...".
 */
function readEquation(text: string, ranks: readonly number[]): Equation {
  const [left = '', right] = text.replaceAll(' ', '').split('->')
  const lists = left.split(',')
  const free = LETTERS.filter((letter) => !text.includes(letter))
  const counts = lists.map((list, i) =>
    list.includes('...') ? (ranks[i] ?? 0) - (list.length - 3) : 0,
  )
  const most = Math.max(0, ...counts)
  // The last axes of "..." belong together.
  const letters = (count: number) => free.slice(most - count, most).join('')
  const once = [...new Set(left)]
    .filter((label) => LETTERS.includes(label) && left.indexOf(label) === left.lastIndexOf(label))
    .sort()
  const result = right ?? `${most > 0 ? '...' : ''}${once.join('')}`
  return {
    operands: lists.map((list, i) => list.replace('...', letters(counts[i] ?? 0))),
    result: result.replace('...', letters(most)),
  }
}

const LETTERS: readonly string[] = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz']
