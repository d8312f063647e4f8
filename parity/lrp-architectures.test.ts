/** @file LRP on full-size networks: the document is what was measured, and without biases nothing is lost. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listArchitectures } from './architectures/read-architecture.ts'
import { type LrpOutcomes, renderLrpTable } from './architectures/render-lrp-table.ts'
import { type Progress, tryComposites } from './architectures/try-composites.ts'

const measured: LrpOutcomes = JSON.parse(
  readFileSync(join(import.meta.dirname, 'fixtures/lrp-architectures.json'), 'utf8'),
)
/** They share out to neurons that are 0, whose share average pooling cannot pass on. */
const reachingZeros = ['flat', 'w-square']

const rows = Object.entries(measured).flatMap(([network, outcomes]) =>
  Object.entries(outcomes).map(([composite, outcome]) => ({ network, composite, outcome })),
)

it('stands in the document as it was measured', () => {
  const text = readFileSync(join(import.meta.dirname, '../docs/lrp-architectures.md'), 'utf8')
  const block = text.split('<!-- lrp -->')[1]?.split('<!-- /lrp -->')[0]
  const labels = new Map(listArchitectures().map(({ name, label }) => [name, label]))
  expect(block?.trim()).toBe(renderLrpTable(measured, labels))
})

it.each(rows)('$network $composite: finite, and conserved without biases', (row) => {
  const { composite, outcome } = row
  expect(outcome.refusal).toBeUndefined()
  expect(outcome.arrived?.isFinite).toBe(true)
  const { ratio = Number.NaN, size = 0 } = outcome.withoutBiases ?? {}
  // float32 cannot add up what cancels a thousandfold (epsilon on transformers).
  if (size > 1000) return
  expect(ratio).toBeLessThan(1.001)
  if (!reachingZeros.includes(composite)) expect(ratio).toBeGreaterThan(0.999)
})

describe('a residual U-Net, run again', () => {
  it.each(['epsilon-plus', 'epsilon-gamma-box'])(
    '%s gives what was measured',
    async (composite) => {
      const outcomes: Progress[] = []
      await tryComposites('unet-3d', 'torchscript', [composite], (each) => outcomes.push(each))
      const known = measured['unet-3d']?.[composite]
      const got = outcomes.find(({ isStart }) => !isStart)
      expect(got?.nodes).toBe(known?.nodes)
      expect(got?.arrived?.ratio).toBeCloseTo(known?.arrived?.ratio ?? Number.NaN, 3)
      expect(got?.withoutBiases?.ratio).toBeCloseTo(1, 3)
    },
    120_000,
  )
})
