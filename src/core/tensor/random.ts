/**
 * @file The one source of chance. Only 32-bit integer operations and + - * / sqrt, which IEEE 754
 * rounds exactly, are used (the logarithm is our own): the same seed gives the same numbers, bit
 * for bit, in Node and in every browser, whichever JavaScript engine they run.
 *
 * The words are those of xoshiro128** (Blackman and Vigna, 2021), its state filled from the seed.
 * Normal deviates follow by the ziggurat (Marsaglia and Tsang, 2000) of 256 layers of equal area v
 * under f(x) = exp(-x^2 / 2), cut at r: f_1 = f(r), f_(i+1) = f_i + v / x_i, f_256 = 1, x_0 = v / f_1,
 * x_1 = r, x_i = sqrt(-2 log f_i), x_256 = 0. With unit(w) = (w + 1/2) / 2^32 of the next word w:
 *
 * 1. Draw w: layer i = its low 8 bits, and x = (j + 1/2) x_i / 2^23 with j the upper 24 bits as a
 *    signed integer. No bit serves both, the flaw of the original (Doornik, 2005).
 * 2. If |x| < x_(i+1), return x.
 * 3. If i > 0, draw one word: y = f_i + unit (f_(i+1) - f_i). Return x if log y < -x^2 / 2, otherwise
 *    go to 1.
 * 4. If i = 0, draw two words: p = -log(unit) / r, q = -log(unit). Return r + p with the sign of x
 *    if 2 q > p^2, otherwise repeat 4.
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

/** The source of chance of this seed, any safe integer that is not negative. */
export function createRandom(seed: number): Random {
  let [a, b, c, d] = expandSeed(seed)
  const one = new Float64Array(1)

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

  /** Uniform in (0, 1), 32 random bits. */
  function unit(): number {
    return (nextUint32() + 0.5) / 2 ** 32
  }

  /**
   * Steps 1 and 2, where 99 of 100 draws end, with the state in registers: `| 0` tells the compiler
   * that it is 32-bit integers. Without, Chromium boxes each of them at every draw, three times as
   * slow.
   */
  function fillNormal(target: Float64Array): void {
    const { length } = target
    let filled = 0
    let p = a | 0
    let q = b | 0
    let r = c | 0
    let s = d | 0
    while (filled < length) {
      const word = Math.imul(rotateLeft(Math.imul(q, 5), 7), 9)
      const t = q << 9
      r ^= p
      s ^= q
      q ^= r
      p ^= s
      r ^= t
      s = rotateLeft(s, 11)

      const layer = word & 255
      const x = ((word >> 8) + 0.5) * (steps[layer] ?? 0)
      if (Math.abs(x) < (edges[layer + 1] ?? 0)) {
        target[filled++] = x
        continue
      }
      a = p
      b = q
      c = r
      d = s
      const deviate = layer === 0 ? tail(x < 0) : wedge(layer, x)
      if (!Number.isNaN(deviate)) target[filled++] = deviate
      p = a | 0
      q = b | 0
      r = c | 0
      s = d | 0
    }
    a = p
    b = q
    c = r
    d = s
  }

  /** Step 3: x where it lies under the curve, otherwise NaN. */
  function wedge(layer: number, x: number): number {
    const below = heights[layer] ?? 0
    const above = heights[layer + 1] ?? 0
    return exactLog(below + unit() * (above - below)) < -0.5 * x * x ? x : Number.NaN
  }

  /** Step 4: a deviate beyond r (Marsaglia, 1964). */
  function tail(negative: boolean): number {
    for (;;) {
      const p = -exactLog(unit()) / R
      const q = -exactLog(unit())
      if (2 * q > p * p) return negative ? -R - p : R + p
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

/** Where the ziggurat of 256 layers is cut: the r for which f_256 = 1. */
const R = 3.654152885361009
/** f(r) = exp(-r^2 / 2). */
const F = 0.0012602859304985975
/** Area of a layer: v = r f(r) + the area under f beyond r. */
const V = 0.004928673233974655
/** x_0 to x_256, f_0 = 0 to f_256, and x_i / 2^23. */
const edges = new Float64Array(257)
const heights = new Float64Array(257)
const steps = new Float64Array(256)
fillTables()

function fillTables(): void {
  edges[0] = V / F
  edges[1] = R
  heights[1] = F
  for (let i = 1; i < 255; i++) {
    const height = (heights[i] ?? 0) + V / (edges[i] ?? 0)
    heights[i + 1] = height
    edges[i + 1] = Math.sqrt(-2 * exactLog(height))
  }
  heights[256] = 1
  for (let i = 0; i < 256; i++) steps[i] = (edges[i] ?? 0) / 2 ** 23
}
