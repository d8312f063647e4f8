/** @file The oracle of every gradient: central differences, which share nothing with the rules. */

export interface DirectionalDerivative {
  /** Half the distance between the two outer points, at most. */
  readonly step: number
  /** The scalar function, in double precision as far as it can. */
  readonly evaluate: (x: Float32Array<ArrayBuffer>) => Promise<number>
}

/**
 * d/dt f(x + t v) at t = 0 by central differences with one Richardson step,
 * (4 D(h/2) - D(h)) / 3: the error is O(h^4) plus rounding of f divided by h.
 */
export async function directionalDerivative(
  { step, evaluate }: DirectionalDerivative,
  x: ArrayLike<number>,
  direction: ArrayLike<number>,
): Promise<number> {
  const central = async (h: number) => {
    const plus = shifted(x, direction, h)
    const minus = shifted(x, direction, -h)
    const rise = (await evaluate(plus)) - (await evaluate(minus))
    return rise / (2 * h)
  }
  return (4 * (await central(step / 2)) - (await central(step))) / 3
}

/** What a function did between two points, 2 `h` apart. */
export interface Sample {
  readonly h: number
  readonly rise: number
  /** The difference of the points, as float32 holds them. */
  readonly way: readonly number[]
}

/**
 * d/dt of f less its linear prediction, 0 where the gradient is right: the limit for h -> 0 of
 * (f(x+) - f(x-) - g . (x+ - x-)) / 2h. The prediction takes the points as they were rounded, so that
 * only the rounding of f is left. `samples` have halving steps; the limit is extrapolated in powers of
 * h^2 (Ridders 1982), and the entry of that table is taken that differs least from those it is made of:
 * few powers where rounding dominates, more where curvature does.
 */
export function excessSlope(samples: readonly Sample[], gradient: readonly number[]): number {
  let best = { value: Number.NaN, error: Number.POSITIVE_INFINITY }
  let previous: readonly number[] = []
  for (const { h, rise, way } of samples) {
    const predicted = way.reduce((sum, d, i) => sum + d * (gradient[i] ?? 0), 0)
    const row = [(rise - predicted) / (2 * h)]
    for (const [power, before] of previous.entries()) {
      const last = row[power] ?? 0
      const next = last + (last - before) / (4 ** (power + 1) - 1)
      const error = Math.max(Math.abs(next - last), Math.abs(next - before))
      if (error < best.error) best = { value: next, error }
      row.push(next)
    }
    previous = row
  }
  return best.value
}

function shifted(
  x: ArrayLike<number>,
  direction: ArrayLike<number>,
  t: number,
): Float32Array<ArrayBuffer> {
  return Float32Array.from(x, (value, i) => value + t * (direction[i] ?? 0))
}
