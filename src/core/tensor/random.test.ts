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

/** Seeds and deviates that parity/make_methods.py draws by itself, in Python, to 14 digits. */
test.each([
  [3, 0, -0.42074801898320763],
  [3, 1169, -3.973462311166931],
  [5, 12649, -3.7069452156638234],
  [42, 2753, 3.79553665014486],
])('deviate of seed %d at %d, in the tail and out of it', (seed, index, expected) => {
  const target = new Float64Array(index + 1)
  createRandom(seed).fillNormal(target)
  expect(target[index]).toBe(expected)
})

test('every bit of a million deviates is the same in every engine', () => {
  const target = new Float64Array(1_000_000)
  createRandom(20).fillNormal(target)
  let hash = 0x811c9dc5
  for (const word of new Uint32Array(target.buffer)) hash = Math.imul(hash ^ word, 0x01000193)
  expect(hash >>> 0).toBe(3824873867)
})

/** Area under the normal density below x, by its Taylor series (Marsaglia, 2004). */
function below(x: number): number {
  let sum = x
  let term = x
  for (let k = 3; Math.abs(term) > 1e-18; k += 2) {
    term *= (x * x) / k
    sum += term
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI)
}

const SIZE = 2_000_000

function deviates(seed: number): Float64Array {
  const target = new Float64Array(SIZE)
  createRandom(seed).fillNormal(target)
  return target
}

test('normal deviates have the moments 0, 1, 0, 3', () => {
  const [mean, variance, skewness, kurtosis] = moments(deviates(0))
  // Four standard errors: those of the four moments are sqrt(1, 2, 6 and 24 over the size).
  expect(Math.abs(mean!)).toBeLessThan(4 * Math.sqrt(1 / SIZE))
  expect(Math.abs(variance! - 1)).toBeLessThan(4 * Math.sqrt(2 / SIZE))
  expect(Math.abs(skewness!)).toBeLessThan(4 * Math.sqrt(6 / SIZE))
  expect(Math.abs(kurtosis! - 3)).toBeLessThan(4 * Math.sqrt(24 / SIZE))
})

test.each([1, 2, 3, 3.654152885361009, 4, 4.5])('the share beyond %d sigma', (edge) => {
  const values = deviates(5)
  const expected = SIZE * (1 - below(edge))
  for (const sign of [-1, 1]) {
    const count = values.reduce((sum, value) => sum + (sign * value > edge ? 1 : 0), 0)
    expect(Math.abs(count - expected)).toBeLessThan(4 * Math.sqrt(expected))
  }
})

test('normal deviates fill the normal distribution evenly: Kolmogorov-Smirnov', () => {
  const sorted = deviates(1).sort()
  let distance = 0
  for (let i = 0; i < SIZE; i += 16) {
    distance = Math.max(distance, Math.abs(below(sorted[i] ?? 0) - (i + 0.5) / SIZE))
  }
  // Exceeded by one true sample in a thousand.
  expect(distance * Math.sqrt(SIZE)).toBeLessThan(1.95)
})

test('normal deviates fill narrow bins evenly: chi square', () => {
  const bins = 800
  const counts = new Float64Array(bins)
  for (const value of deviates(2)) {
    const bin = Math.floor((value + 4) * 100)
    if (bin >= 0 && bin < bins) counts[bin] = (counts[bin] ?? 0) + 1
  }
  const chiSquare = counts.reduce((sum, count, bin) => {
    const expected = SIZE * (below((bin + 1) / 100 - 4) - below(bin / 100 - 4))
    return sum + (count - expected) ** 2 / expected
  }, 0)
  expect(Math.abs(chiSquare - bins) / Math.sqrt(2 * bins)).toBeLessThan(4)
})

test.each([1, 2, 96])('deviates %d apart are not correlated, nor are their squares', (lag) => {
  const values = deviates(4)
  let products = 0
  let squares = 0
  for (let i = lag; i < SIZE; i++) {
    const [u, v] = [values[i - lag] ?? 0, values[i] ?? 0]
    products += u * v
    squares += ((u * u - 1) * (v * v - 1)) / 2
  }
  expect(Math.abs(products) / Math.sqrt(SIZE)).toBeLessThan(4)
  expect(Math.abs(squares) / Math.sqrt(SIZE)).toBeLessThan(4)
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
