import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type AxisGeometry, planPhases } from './phase-plan.ts'

/** The definition: input i gets y[o] * w[k] whenever i = stride * o - padBegin + k * dilation. */
function adjoint(axis: AxisGeometry, y: readonly number[], w: readonly number[]): number[] {
  const x = new Array<number>(axis.inputSize).fill(0)
  for (let o = 0; o < axis.outputSize; o++) {
    for (let k = 0; k < axis.kernel; k++) {
      const i = axis.stride * o - axis.padBegin + k * axis.dilation
      if (i >= 0 && i < axis.inputSize) x[i]! += y[o]! * w[k]!
    }
  }
  return x
}

/** What the emitted Conv and depth-to-space compute from the plan. */
function followPlan(axis: AxisGeometry, y: readonly number[], w: readonly number[]): number[] {
  const plan = planPhases(axis)
  expect(plan.padBegin + axis.outputSize + plan.padEnd).toBe(
    plan.positions + (plan.taps - 1) * plan.dilation,
  )
  const x = new Array<number>(plan.positions * axis.stride).fill(0)
  for (let phase = 0; phase < plan.phases; phase++) {
    for (let q = 0; q < plan.positions; q++) {
      for (let t = 0; t < plan.taps; t++) {
        const tap = w[plan.tapIndex[phase * plan.taps + t]!] ?? 0
        const source = y[q + t * plan.dilation - plan.padBegin] ?? 0
        x[q * axis.stride + plan.firstPhase + phase]! += tap * source
      }
    }
  }
  return x.slice(0, axis.inputSize)
}

const geometry = fc
  .record({
    kernel: fc.integer({ min: 1, max: 7 }),
    stride: fc.integer({ min: 1, max: 5 }),
    dilation: fc.integer({ min: 1, max: 3 }),
    padBegin: fc.integer({ min: 0, max: 6 }),
    padEnd: fc.integer({ min: 0, max: 6 }),
    inputSize: fc.integer({ min: 1, max: 20 }),
  })
  .map(({ padEnd, ...axis }) => {
    const reach = axis.inputSize + axis.padBegin + padEnd - (axis.kernel - 1) * axis.dilation - 1
    return { ...axis, outputSize: Math.floor(reach / axis.stride) + 1 }
  })
  .filter(({ outputSize }) => outputSize > 0)

test('the phases compute the adjoint of any convolution along an axis', () => {
  fc.assert(
    fc.property(geometry, (axis) => {
      const y = Array.from({ length: axis.outputSize }, (_, o) => o + 1)
      const w = Array.from({ length: axis.kernel }, (_, k) => 100 ** (k % 3) + k)
      expect(followPlan(axis, y, w)).toEqual(adjoint(axis, y, w))
    }),
    { seed: 1, numRuns: 2000 },
  )
})
