/** @file Runs the intensity steps of a model card on one channel, in place. */

import type { IntensityStep } from './card-intensity.ts'
import { momentsOf, percentilesOf, rangeOf } from './statistics.ts'

/**
 * Applies the steps in order. Brain = voxels above `brainAbove` before the first step; a step whose
 * scope is the brain takes its numbers there and sets the others to 0.
 * @param data changed in place.
 * @returns one sentence per step.
 */
export function normalise(
  data: Float32Array<ArrayBuffer>,
  steps: readonly IntensityStep[],
  brainAbove: number,
): string[] {
  const needsBrain = steps.some(({ scope }) => scope === 'brain')
  const brain = needsBrain ? maskAbove(data, brainAbove) : null
  return steps.map((step) => applyStep(data, step, step.scope === 'brain' ? brain : null))
}

/** A loop: `from` with a function takes a tenth of a second for a head. */
function maskAbove(data: Float32Array, limit: number): Uint8Array {
  const mask = new Uint8Array(data.length)
  for (let i = 0; i < data.length; i++) mask[i] = (data[i] as number) > limit ? 1 : 0
  return mask
}

function applyStep(
  data: Float32Array<ArrayBuffer>,
  step: IntensityStep,
  inside: Uint8Array | null,
): string {
  const values = inside === null ? data : data.filter((_, index) => inside[index] === 1)
  const where = inside === null ? 'everywhere' : 'inside the brain'
  if (values.length === 0) {
    data.fill(0)
    return `No voxel counts as brain, so ${step.kind} left only zeros.`
  }
  switch (step.kind) {
    case 'z-score': {
      const { mean, std } = momentsOf(values)
      shiftAndScale(data, inside, mean, std === 0 ? 0 : 1 / std)
      return `z-score ${where}: mean ${short(mean)}, standard deviation ${short(std)}.`
    }
    case 'mean-std':
      shiftAndScale(data, inside, step.mean, 1 / step.std)
      return `Minus ${short(step.mean)}, divided by ${short(step.std)}, ${where}.`
    case 'min-max': {
      const { min, max } = rangeOf(values)
      clipTo(data, inside, min, max, step.to)
      return `Range ${where}: ${interval(min, max)} to ${interval(...step.to)}.`
    }
    case 'percentile-clip': {
      const [low = 0, high = 0] = percentilesOf(values, [step.low, step.high])
      clipTo(data, inside, low, high, step.to)
      return `Percentiles ${step.low} and ${step.high} ${where}: clipped to ${interval(low, high)}, then to ${interval(...step.to)}.`
    }
    case 'window':
      clipTo(data, inside, step.low, step.high, step.to)
      return `Clipped to ${interval(step.low, step.high)}, then to ${interval(...step.to)}, ${where}.`
  }
}

function shiftAndScale(
  data: Float32Array,
  inside: Uint8Array | null,
  shift: number,
  scale: number,
): void {
  for (let i = 0; i < data.length; i++) {
    data[i] = inside !== null && inside[i] === 0 ? 0 : ((data[i] ?? 0) - shift) * scale
  }
}

/** low to to[0], high to to[1], clipped; where low = high everything becomes to[0]. */
function clipTo(
  data: Float32Array,
  inside: Uint8Array | null,
  low: number,
  high: number,
  to: readonly [number, number],
): void {
  const scale = high > low ? (to[1] - to[0]) / (high - low) : 0
  for (let i = 0; i < data.length; i++) {
    const clipped = Math.min(Math.max(data[i] ?? 0, low), high)
    data[i] = inside !== null && inside[i] === 0 ? 0 : to[0] + (clipped - low) * scale
  }
}

function interval(low: number, high: number): string {
  return `[${short(low)}, ${short(high)}]`
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)))
}
