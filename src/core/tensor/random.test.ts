import { expect, test } from 'vitest'
import { createRandom, exactLog } from './random.ts'

function moments(values: Float64Array): readonly number[] {
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  const central = (k: number) => values.reduce((a, b) => a + (b - mean) ** k, 0) / values.length
  const variance = central(2)
  return [mean, variance, central(3) / variance ** 1.5, central(4) / variance ** 2]
}

/** xoshiro128** in BigInt arithmetic, written apart from the one under test. */
function reference(state: readonly bigint[], count: number): readonly number[] {
  const mask = 0xffffffffn
  const rotate = (x: bigint, k: bigint) => ((x << k) | (x >> (32n - k))) & mask
  const s = [...state]
  return Array.from({ length: count }, () => {
    const result = (rotate((s[1]! * 5n) & mask, 7n) * 9n) & mask
    const t = (s[1]! << 9n) & mask
    s[2]! ^= s[0]!
    s[3]! ^= s[1]!
    s[1]! ^= s[2]!
    s[0]! ^= s[3]!
    s[2]! ^= t
    s[3] = rotate(s[3]!, 11n)
    return Number(result)
  })
}

/** The seeding in BigInt arithmetic. */
function referenceState(seed: bigint): readonly bigint[] {
  const mask = 0xffffffffn
  let state = seed & mask
  const next = () => {
    state = (state + 0x9e3779b9n) & mask
    let z = state ^ (seed >> 32n)
    z = ((z ^ (z >> 16n)) * 0x85ebca6bn) & mask
    z = ((z ^ (z >> 13n)) * 0xc2b2ae35n) & mask
    return z ^ (z >> 16n)
  }
  return [next(), next(), next(), next() | 1n]
}

test.each([0, 1, 42, 2 ** 32 - 1, 2 ** 40 + 7])('the stream of seed %d', (seed) => {
  const random = createRandom(seed)
  const drawn = Array.from({ length: 50 }, () => random.nextUint32())
  expect(drawn).toEqual(reference(referenceState(BigInt(seed)), 50))
})

test('the same seed gives the same normal deviates, another seed others', () => {
  const draw = (seed: number) => {
    const random = createRandom(seed)
    return Array.from({ length: 9 }, () => random.normal())
  }
  expect(draw(7)).toEqual(draw(7))
  expect(draw(7)).not.toEqual(draw(8))
})

test('normal deviates have the moments 0, 1, 0, 3', () => {
  const random = createRandom(0)
  const [mean, variance, skewness, kurtosis] = moments(
    Float64Array.from({ length: 400_000 }, () => random.normal()),
  )
  expect(mean).toBeCloseTo(0, 2)
  expect(variance).toBeCloseTo(1, 1.9)
  expect(skewness).toBeCloseTo(0, 1.7)
  expect(kurtosis).toBeCloseTo(3, 1)
})

test('normal deviates have the tails of the normal distribution', () => {
  const random = createRandom(5)
  const size = 400_000
  let beyondOne = 0
  let beyondTwo = 0
  for (let i = 0; i < size; i++) {
    const deviate = Math.abs(random.normal())
    if (deviate > 1) beyondOne++
    if (deviate > 2) beyondTwo++
  }
  expect(beyondOne / size).toBeCloseTo(0.3173, 2)
  expect(beyondTwo / size).toBeCloseTo(0.0455, 2)
})

test('uniform and integer draws fill their range evenly', () => {
  const random = createRandom(3)
  const counts = new Array<number>(6).fill(0)
  let sum = 0
  for (let i = 0; i < 60_000; i++) {
    const u = random.uniform()
    expect(u >= 0 && u < 1).toBe(true)
    sum += u
    const draw = random.integer(6)
    counts[draw] = (counts[draw] ?? 0) + 1
  }
  expect(sum / 60_000).toBeCloseTo(0.5, 2)
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400)
})

test('the logarithm agrees with the platform to the last bits', () => {
  for (const x of [1e-300, 1e-10, 0.1, 0.5, Math.SQRT1_2, 0.999999, 1, 1.5, 2, 3, 1e10, 1e300]) {
    expect(Math.abs(exactLog(x) - Math.log(x))).toBeLessThanOrEqual(
      4e-16 * Math.max(1, Math.abs(Math.log(x))),
    )
  }
})

test('deviates drawn at once are those drawn one by one, and the stream goes on behind them', () => {
  const single = createRandom(11)
  const bulk = createRandom(11)
  for (const length of [0, 1, 2, 3, 4095, 5000, 1]) {
    const target = new Float64Array(length)
    bulk.fillNormal(target)
    expect(target).toEqual(Float64Array.from({ length }, () => single.normal()))
    expect(bulk.nextUint32()).toBe(single.nextUint32())
  }
})
