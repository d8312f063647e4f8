/** @file Only maps on whose way a choice flips may be farther from PyTorch than 1e-4. */

import { expect, it } from 'vitest'
import { listArchitectures } from './architectures/read-architecture.ts'
import { allowedDistance, flipped, ownDistance } from './architectures/rounding-allowance.ts'

const architectures = listArchitectures()

it('names networks that there are, where PyTorch itself is farther than 1e-4 from float64', () => {
  for (const [name, methods] of Object.entries(flipped)) {
    const architecture = architectures.find((each) => each.name === name)
    if (!architecture) throw new Error(`no architecture ${name}`)
    for (const method of methods) {
      expect(ownDistance(architecture, method), `${name} ${method}`).toBeGreaterThan(1e-4)
      expect(allowedDistance(architecture, method)).toBe(3 * ownDistance(architecture, method))
    }
  }
})

it('holds every other map to 1e-4, whatever PyTorch does on other inputs', () => {
  const resnet = architectures.find(({ name }) => name === 'resnet50')!
  expect(ownDistance(resnet, 'gradient')).toBeGreaterThan(1e-3)
  expect(allowedDistance(resnet, 'gradient')).toBe(1e-4)
  const wider = architectures.flatMap((each) =>
    (['gradient', 'integrated-gradients'] as const).filter(
      (method) => allowedDistance(each, method) > 1e-4,
    ),
  )
  expect(wider).toHaveLength(Object.values(flipped).flat().length)
})
