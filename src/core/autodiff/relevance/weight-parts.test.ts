import { expect, test } from 'vitest'
import { partsOfScaled, type WeightPart } from './weight-parts.ts'

const take = (part: WeightPart, w: number): number => {
  if (part.kind === 'favour') return w * part.sign > 0 ? w * (1 + part.gamma) : w
  const numbers = { negative: Math.min(w, 0), ones: 1, positive: Math.max(w, 0), squares: w * w }
  return part.kind === 'whole' ? w : numbers[part.kind]
}

test.each<WeightPart>([
  { kind: 'favour', gamma: 0.25, sign: 1 },
  { kind: 'favour', gamma: 0.25, sign: -1 },
  { kind: 'negative' },
  { kind: 'ones' },
  { kind: 'positive' },
  { kind: 'squares' },
  { kind: 'whole' },
])('the part of scaled weights is made of parts of the weights: %o', (part) => {
  for (const s of [-2, -0.5, 0.5, 3]) {
    for (const w of [-1.5, -0.25, 0.75, 2]) {
      const sum = partsOfScaled(part).reduce(
        (total, { of, factor }) => total + factor(s) * take(of, w),
        0,
      )
      expect(sum).toBeCloseTo(take(part, s * w), 12)
    }
  }
})
