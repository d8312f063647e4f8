/**
 * @file The one source of chance. Only 32-bit integer operations and + - * / sqrt, which IEEE 754
 * rounds exactly, are used (the logarithm is our own): the same seed gives the same numbers, bit
 * for bit, in Node and in every browser, whichever JavaScript engine they run.
 */

export interface Random {
  /** Uniform integer, 0 to 2^32 - 1. */
  nextUint32(): number
  /** Uniform in [0, 1), 53 random bits. */
  uniform(): number
  /** Standard normal deviate. */
  normal(): number
  /** Uniform integer, 0 to bound - 1, without modulo bias. */
  integer(bound: number): number
}

/** xoshiro128** (Blackman and Vigna, 2021), its state filled by splitmix32 from the seed. */
export function createRandom(seed: number): Random {
  let [a, b, c, d] = expandSeed(seed)
  let spare = Number.NaN

  function nextUint32(): number {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0
    const t = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= t
    d = rotateLeft(d, 11)
    return result
  }

  function uniform(): number {
    const high = nextUint32() >>> 5
    const low = nextUint32() >>> 6
    return (high * 2 ** 26 + low) / 2 ** 53
  }

  /** Marsaglia's polar method: two deviates per accepted point of the unit disc. */
  function normal(): number {
    if (!Number.isNaN(spare)) {
      const deviate = spare
      spare = Number.NaN
      return deviate
    }
    for (;;) {
      const u = (nextUint32() + 0.5) / 2 ** 31 - 1
      const v = (nextUint32() + 0.5) / 2 ** 31 - 1
      const s = u * u + v * v
      if (s >= 1 || s === 0) continue
      const scale = Math.sqrt((-2 * exactLog(s)) / s)
      spare = v * scale
      return u * scale
    }
  }

  function integer(bound: number): number {
    const limit = 2 ** 32 - (2 ** 32 % bound)
    let draw = nextUint32()
    while (draw >= limit) draw = nextUint32()
    return draw % bound
  }

  return { nextUint32, uniform, normal, integer }
}

function expandSeed(seed: number): [number, number, number, number] {
  let state = seed >>> 0
  // The part of the seed above 32 bits is mixed in, so that every safe integer is its own stream.
  const high = Math.floor(seed / 2 ** 32) >>> 0
  const next = () => {
    state = (state + 0x9e3779b9) | 0
    let z = state ^ high
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return z ^ (z >>> 16)
  }
  return [next(), next(), next(), next() | 1]
}

function rotateLeft(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits))
}

const c3 = 1 / 3
const c5 = 1 / 5
const c7 = 1 / 7
const c9 = 1 / 9
const c11 = 1 / 11
const c13 = 1 / 13
const c15 = 1 / 15
const c17 = 1 / 17
const c19 = 1 / 19
const c21 = 1 / 21
const bits = new DataView(new ArrayBuffer(8))

/**
 * Natural logarithm of a positive normal number from exactly rounded operations only:
 * x = m 2^e with m in [sqrt(1/2), sqrt(2)), log m = 2 artanh(s) with s = (m - 1) / (m + 1).
 * The series to s^21 leaves less than 1e-17. Engines differ in the last bit of Math.log.
 */
export function exactLog(x: number): number {
  bits.setFloat64(0, x)
  let exponent = ((bits.getUint16(0) >> 4) & 0x7ff) - 1023
  bits.setUint16(0, (bits.getUint16(0) & 0x000f) | (1023 << 4))
  let m = bits.getFloat64(0)
  if (m > Math.SQRT2) {
    m /= 2
    exponent += 1
  }
  const s = (m - 1) / (m + 1)
  const q = s * s
  const high = c13 + q * (c15 + q * (c17 + q * (c19 + q * c21)))
  const low = c3 + q * (c5 + q * (c7 + q * (c9 + q * (c11 + q * high))))
  return exponent * Math.LN2 + 2 * s * (1 + q * low)
}
