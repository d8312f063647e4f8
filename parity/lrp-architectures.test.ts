/** @file LRP on full-size networks: the document is what was measured, and without biases nothing is lost where nothing may be. */

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

/**
 * Neurons that no ReLU keeps from being negative (bottlenecks without activation, leaky and smooth
 * activations): one without a contribution of the rule's sign has nobody to hand its relevance to.
 */
const signed = [
  'convnext-tiny',
  'efficientnet-b0',
  'maxvit-t',
  'mobilenet-v3-large',
  'nnunet-residual-3d',
  'segresnet-3d',
  'shufflenet-v2',
  'swin-t',
  'unetr',
  'vit-b-16',
]
const bySign = [
  'alpha-beta',
  'epsilon-alpha2-beta1',
  'epsilon-alpha2-beta1-flat',
  'epsilon-plus',
  'epsilon-plus-flat',
  'z-plus',
]
/** Class token, positions and attention take a share of their own. */
const transformers = ['maxvit-t', 'swin-t', 'vit-b-16']

/** Where nothing may be lost but at zeros. */
function isKept(network: string, composite: string): boolean {
  if (transformers.includes(network)) return false
  return !(signed.includes(network) && bySign.includes(composite))
}

const rows = Object.entries(measured).flatMap(([network, outcomes]) =>
  Object.entries(outcomes).map(([composite, outcome]) => ({ network, composite, outcome })),
)

it('stands in the document as it was measured', () => {
  const text = readFileSync(join(import.meta.dirname, '../docs/lrp-architectures.md'), 'utf8')
  const block = text.split('<!-- lrp -->')[1]?.split('<!-- /lrp -->')[0]
  const labels = new Map(listArchitectures().map(({ name, label }) => [name, label]))
  expect(block?.trim()).toBe(renderLrpTable(measured, labels))
})

it.each(rows)('$network $composite: finite, and conserved where it must be', (row) => {
  const { network, composite, outcome } = row
  expect(outcome.refusal).toBeUndefined()
  expect(outcome.arrived?.isFinite).toBe(true)
  const { ratio = Number.NaN, size = 0 } = outcome.withoutBiases ?? {}
  // float32 cannot add up what cancels a thousandfold (epsilon where neurons may be negative).
  if (size > 1000 || !isKept(network, composite)) return
  expect(ratio).toBeLessThan(1.001)
  if (!reachingZeros.includes(composite)) expect(ratio).toBeGreaterThan(0.999)
})

it('is conserved by most composites on most networks', () => {
  const checked = rows.filter(
    ({ network, composite }) => isKept(network, composite) && !reachingZeros.includes(composite),
  )
  expect(checked.length).toBeGreaterThan(90)
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
