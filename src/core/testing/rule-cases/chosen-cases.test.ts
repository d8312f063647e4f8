/** @file That the few cases which run on a GPU are not all alike. */

import { describe, expect, test } from 'vitest'
import { chosenCases } from './chosen-cases.ts'
import { ruleCases } from './rule-cases.ts'

test.each(Object.entries(ruleCases))('%s: three cases or more, of every rank', (_, rule) => {
  const cases = chosenCases(rule)
  expect(cases.length).toBeGreaterThanOrEqual(3)
  const features = new Set(cases.flatMap(({ features }) => features))
  for (const rank of rule.ranks) expect(features).toContain(`rank=${rank}`)
  expect(features).toContain('batch=1')
  expect(features).toContain('batch=3')
})

describe('the choices that operators have', () => {
  test.each([
    ['AveragePool', ['count_include_pad=0', 'count_include_pad=1', 'dilations=2', 'pads=2']],
    ['Concat', ['axis=0', 'axis=1', 'inputs=1', 'inputs=3']],
    ['Conv', ['group=1', 'group=2', 'group=3', 'strides=3', 'dilations=2', 'args=3', 'inputs=2']],
    ['ConvTranspose', ['group=1', 'group=2', 'strides=3', 'dilations=2', 'output_padding=2']],
    ['GridSample', ['mode=linear', 'mode=nearest', 'mode=cubic', 'padding_mode=border']],
    ['Pad', ['mode=constant', 'mode=edge', 'mode=reflect', 'mode=wrap']],
    ['Resize', ['mode=linear', 'mode=nearest', 'mode=cubic']],
    ['ScatterElements', ['reduction=none', 'reduction=add']],
    ['ScatterND', ['reduction=none', 'reduction=add']],
    ['Softmax', ['axis=0', 'axis=1', 'axis=-1']],
  ])('%s', (op, expected) => {
    const features = chosenCases(ruleCases[op]!).flatMap((each) => each.features)
    expect(features).toEqual(expect.arrayContaining(expected))
  })
})
