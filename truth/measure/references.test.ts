import { expect, test } from 'vitest'
import { edgesOf } from './references.ts'

test('edges of a ramp are its slope, at the border too', () => {
  const dims = [4, 3, 2] as const
  const ramp = Float32Array.from({ length: 24 }, (_, n) => {
    const [i, j, k] = [n % 4, Math.floor(n / 4) % 3, Math.floor(n / 12)]
    return 3 * i - 4 * j + 12 * k
  })
  expect([...edgesOf(ramp, dims)]).toEqual(new Array(24).fill(13))
})

test('one axis of one voxel has no slope', () => {
  expect([...edgesOf(Float32Array.of(0, 1, 4, 9), [2, 2, 1])]).toEqual(
    [Math.hypot(1, 4), Math.hypot(1, 8), Math.hypot(5, 4), Math.hypot(5, 8)].map(Math.fround),
  )
})
