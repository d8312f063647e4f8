/** @file Rules to integrate over [0, 1]: where to evaluate and with which weight; weights sum to 1. */

export const quadratures = [
  'gauss-legendre',
  'riemann-left',
  'riemann-right',
  'riemann-middle',
  'riemann-trapezoid',
] as const
export type Quadrature = (typeof quadratures)[number]

export interface QuadratureNode {
  /** In [0, 1]. */
  readonly position: number
  readonly weight: number
}

/**
 * `count` >= 1 nodes in ascending order. The trapezoid has nodes at i / (n - 1) with the two ends at
 * half weight, 1 / (n - 1) in all; with one node it is the middle rule.
 */
export function quadratureNodes(rule: Quadrature, count: number): readonly QuadratureNode[] {
  const evenly = (shift: number) =>
    Array.from({ length: count }, (_, i) => ({ position: (i + shift) / count, weight: 1 / count }))
  switch (rule) {
    case 'gauss-legendre':
      return gaussLegendre(count)
    case 'riemann-left':
      return evenly(0)
    case 'riemann-right':
      return evenly(1)
    case 'riemann-middle':
      return evenly(0.5)
    case 'riemann-trapezoid':
      return count === 1 ? evenly(0.5) : trapezoid(count)
  }
}

function trapezoid(count: number): readonly QuadratureNode[] {
  const step = 1 / (count - 1)
  return Array.from({ length: count }, (_, i) => ({
    position: i * step,
    weight: i === 0 || i === count - 1 ? step / 2 : step,
  }))
}

/**
 * Exact for polynomials of degree 2n - 1. The nodes are the roots of the Legendre polynomial P_n,
 * found by Newton's method from Tricomi's starting values; the weights are
 * 2 / ((1 - x^2) P_n'(x)^2), both moved from [-1, 1] to [0, 1].
 */
function gaussLegendre(count: number): readonly QuadratureNode[] {
  const nodes = Array.from({ length: count }, (_, i) => {
    let x = -Math.cos((Math.PI * (i + 0.75)) / (count + 0.5))
    let derivative = 1
    for (let iteration = 0; iteration < 100; iteration++) {
      const polynomial = legendre(count, x)
      derivative = polynomial.derivative
      const step = polynomial.value / derivative
      x -= step
      if (Math.abs(step) < 1e-15) break
    }
    derivative = legendre(count, x).derivative
    return { position: (x + 1) / 2, weight: 1 / ((1 - x * x) * derivative * derivative) }
  })
  // Rounding leaves about 1e-15; the weights are made to sum to 1.
  const total = nodes.reduce((sum, { weight }) => sum + weight, 0)
  return nodes.map(({ position, weight }) => ({ position, weight: weight / total }))
}

/** P_n(x) and P_n'(x): (k + 1) P_{k+1} = (2k + 1) x P_k - k P_{k-1}. */
function legendre(n: number, x: number): { readonly value: number; readonly derivative: number } {
  let previous = 1
  let current = x
  for (let k = 1; k < n; k++) {
    const next = ((2 * k + 1) * x * current - k * previous) / (k + 1)
    previous = current
    current = next
  }
  return { value: current, derivative: (n * (x * current - previous)) / (x * x - 1) }
}
