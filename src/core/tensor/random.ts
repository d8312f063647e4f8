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
  /** The same numbers as that many calls of `normal`, faster. */
  fillNormal(target: Float64Array): void
  /** Uniform integer, 0 to bound - 1, without modulo bias. */
  integer(bound: number): number
}

/** Random words drawn at a time: they stay in the processor's first cache. */
const CHUNK = 2048

/** xoshiro128** (Blackman and Vigna, 2021), its state filled by splitmix32 from the seed. */
export function createRandom(seed: number): Random {
  let [a, b, c, d] = expandSeed(seed)
  const words = new Uint32Array(CHUNK)
  const one = new Float64Array(1)
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

  /** The next `count` numbers, into `words`: the same steps, with the state in registers. */
  function drawWords(count: number): void {
    let [p, q, r, s] = [a, b, c, d]
    for (let i = 0; i < count; i++) {
      words[i] = Math.imul(rotateLeft(Math.imul(q, 5), 7), 9)
      const t = q << 9
      r ^= p
      s ^= q
      q ^= r
      p ^= s
      r ^= t
      s = rotateLeft(s, 11)
    }
    a = p
    b = q
    c = r
    d = s
  }

  function uniform(): number {
    const high = nextUint32() >>> 5
    const low = nextUint32() >>> 6
    return (high * 2 ** 26 + low) / 2 ** 53
  }

  /**
   * Marsaglia's polar method: two deviates per accepted point of the unit disc. Never draws more
   * points than must be accepted still, so that the stream goes on where single calls would.
   */
  function fillNormal(target: Float64Array): void {
    const { length } = target
    let filled = 0
    if (length > 0 && !Number.isNaN(spare)) {
      target[filled++] = spare
      spare = Number.NaN
    }
    while (filled < length) {
      const count = Math.min(CHUNK, 2 * Math.ceil((length - filled) / 2))
      drawWords(count)
      for (let i = 0; i < count; i += 2) {
        const u = ((words[i] ?? 0) + 0.5) / 2 ** 31 - 1
        const v = ((words[i + 1] ?? 0) + 0.5) / 2 ** 31 - 1
        const s = u * u + v * v
        if (s >= 1 || s === 0) continue
        const scale = Math.sqrt((-2 * exactLog(s)) / s)
        target[filled++] = u * scale
        if (filled < length) target[filled++] = v * scale
        else spare = v * scale
      }
    }
  }

  function normal(): number {
    fillNormal(one)
    return one[0] ?? 0
  }

  function integer(bound: number): number {
    const limit = 2 ** 32 - (2 ** 32 % bound)
    let draw = nextUint32()
    while (draw >= limit) draw = nextUint32()
    return draw % bound
  }

  return { nextUint32, uniform, normal, fillNormal, integer }
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
/** A double and its two halves; which of them holds sign and exponent depends on the machine. */
const double = new Float64Array([1])
const halves = new Uint32Array(double.buffer)
const UPPER = halves[0] === 0 ? 1 : 0

/**
 * Natural logarithm of a positive normal number from exactly rounded operations only:
 * x = m 2^e with m in [sqrt(1/2), sqrt(2)), log m = 2 artanh(s) with s = (m - 1) / (m + 1).
 * The series to s^21 leaves less than 1e-17. Engines differ in the last bit of Math.log.
 */
export function exactLog(x: number): number {
  double[0] = x
  const upper = halves[UPPER] ?? 0
  let exponent = ((upper >>> 20) & 0x7ff) - 1023
  halves[UPPER] = (upper & 0x000fffff) | (1023 << 20)
  let m = double[0]
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
