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

function shifted(
  x: ArrayLike<number>,
  direction: ArrayLike<number>,
  t: number,
): Float32Array<ArrayBuffer> {
  return Float32Array.from(x, (value, i) => value + t * (direction[i] ?? 0))
}
