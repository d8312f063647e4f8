/** @file A convolution written out as a matrix, and relevance on matrices: float64, by definition. */

/** Row `o` of `matrix` are the weights of output `o`; rows of inputs and outputs are flat. */
export interface DenseLayer {
  readonly matrix: readonly (readonly number[])[]
  readonly bias: readonly number[]
  /** Not 0 where an input is connected to an output, whatever its weight; default: the matrix. */
  readonly links?: readonly (readonly number[])[]
}

export interface ConvDefinition {
  /** (C, sizes) */
  readonly input: readonly number[]
  /** (Cout, C / group, kernel); of a transposed convolution (C, Cout / group, kernel). */
  readonly weightDims: readonly number[]
  readonly weights: readonly number[]
  /** Per output channel. */
  readonly bias: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  /** Before, for every axis. */
  readonly pads: readonly number[]
  /** Sizes of the output. */
  readonly output: readonly number[]
  readonly group: number
}

/** y[o, q] = sum over i, k of W[o, i, k] x[i, s q + d k - p] */
export function denseConv(definition: ConvDefinition): DenseLayer {
  const { input, output, weightDims, group } = definition
  const [channels = 1, ...sizes] = input
  const [outputs = 1, perGroup = 1, ...kernel] = weightDims
  const matrix = zeros(outputs * count(output), channels * count(sizes))
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < perGroup; i++) {
      const channel = Math.floor(o / (outputs / group)) * perGroup + i
      forEach(output, (q) => {
        forEach(kernel, (k) => {
          const position = place(definition, q, k)
          if (!isInside(position, sizes)) return
          const row = matrix[o * count(output) + flat(q, output)]
          const column = channel * count(sizes) + flat(position, sizes)
          const weight = definition.weights[(o * perGroup + i) * count(kernel) + flat(k, kernel)]
          if (row) row[column] = (row[column] ?? 0) + (weight ?? 0)
        })
      })
    }
  }
  const bias = definition.bias.flatMap((value) => new Array<number>(count(output)).fill(value))
  return { matrix, bias }
}

/** y[o, s q + d k - p] gathers W[i, o, k] x[i, q] */
export function denseConvTranspose(definition: ConvDefinition): DenseLayer {
  const { input, output, weightDims, group } = definition
  const [channels = 1, ...sizes] = input
  const [, perGroup = 1, ...kernel] = weightDims
  const matrix = zeros(perGroup * group * count(output), channels * count(sizes))
  for (let i = 0; i < channels; i++) {
    for (let o = 0; o < perGroup; o++) {
      const channel = Math.floor(i / (channels / group)) * perGroup + o
      forEach(sizes, (q) => {
        forEach(kernel, (k) => {
          const position = place(definition, q, k)
          if (!isInside(position, output)) return
          const row = matrix[channel * count(output) + flat(position, output)]
          const column = i * count(sizes) + flat(q, sizes)
          const weight = definition.weights[(i * perGroup + o) * count(kernel) + flat(k, kernel)]
          if (row) row[column] = (row[column] ?? 0) + (weight ?? 0)
        })
      })
    }
  }
  const bias = definition.bias.flatMap((value) => new Array<number>(count(output)).fill(value))
  return { matrix, bias }
}

export type DenseRule =
  | { readonly kind: 'alpha-beta'; readonly alpha: number; readonly beta: number }
  | { readonly kind: 'box'; readonly low: number; readonly high: number }
  | { readonly kind: 'epsilon'; readonly epsilon: number }
  | { readonly kind: 'excitation' }
  | { readonly kind: 'flat' }
  | { readonly kind: 'gamma'; readonly gamma: number }
  | { readonly kind: 'w-square' }
  | { readonly kind: 'z-plus' }

/** One row's output. */
export function denseForward({ matrix, bias }: DenseLayer, x: readonly number[]): number[] {
  return matrix.map((row, o) => row.reduce((sum, w, i) => sum + w * (x[i] ?? 0), bias[o] ?? 0))
}

/** One row's relevance: every output shares its own among its connections, one by one. */
export function denseRelevance(
  layer: DenseLayer,
  x: readonly number[],
  relevance: readonly number[],
  rule: DenseRule,
): number[] {
  const result = new Array<number>(x.length).fill(0)
  for (const [o, row] of layer.matrix.entries()) {
    const bias = layer.bias[o] ?? 0
    const links = layer.links?.[o] ?? row
    const product = row.map((w, i) => w * (x[i] ?? 0))
    const z = product.reduce((sum, value) => sum + value, bias)
    const shares = sharesOf(rule, { row, links, x, product, z, bias })
    for (const { parts, offset, factor, epsilon = 1e-6 } of shares) {
      const total = parts.reduce((sum, value) => sum + value, offset)
      const safe = total + (total >= 0 ? epsilon : -epsilon)
      for (const [i, part] of parts.entries()) {
        result[i] = (result[i] ?? 0) + (factor * part * (relevance[o] ?? 0)) / safe
      }
    }
  }
  return result
}

interface Shares {
  readonly parts: readonly number[]
  readonly offset: number
  readonly factor: number
  readonly epsilon?: number
}

interface Neuron {
  readonly row: readonly number[]
  readonly links: readonly number[]
  readonly x: readonly number[]
  readonly product: readonly number[]
  readonly z: number
  readonly bias: number
}

function sharesOf(rule: DenseRule, { row, links, x, product, z, bias }: Neuron): readonly Shares[] {
  const up = (v: number) => Math.max(v, 0)
  const down = (v: number) => Math.min(v, 0)
  switch (rule.kind) {
    case 'epsilon':
      return [{ parts: product, offset: bias, factor: 1, epsilon: rule.epsilon }]
    case 'z-plus':
      return [{ parts: product.map(up), offset: up(bias), factor: 1 }]
    case 'excitation':
      return [{ parts: product.map(up), offset: 0, factor: 1 }]
    case 'alpha-beta':
      return [
        { parts: product.map(up), offset: up(bias), factor: rule.alpha },
        { parts: product.map(down), offset: down(bias), factor: -rule.beta },
      ]
    case 'gamma': {
      if (z === 0) return []
      const part = z > 0 ? up : down
      const boost = (v: number) => v + rule.gamma * part(v)
      return [{ parts: product.map(boost), offset: boost(bias), factor: 1 }]
    }
    case 'box':
      return [
        {
          parts: row.map((w, i) => w * (x[i] ?? 0) - rule.low * up(w) - rule.high * down(w)),
          offset: 0,
          factor: 1,
        },
      ]
    case 'w-square':
      return [{ parts: row.map((w) => w * w), offset: bias * bias, factor: 1 }]
    case 'flat':
      return [{ parts: links.map((link) => (link === 0 ? 0 : 1)), offset: 0, factor: 1 }]
  }
}

function place(
  { strides, dilations, pads }: ConvDefinition,
  q: readonly number[],
  k: readonly number[],
): readonly number[] {
  return q.map(
    (at, axis) =>
      at * (strides[axis] ?? 1) + (k[axis] ?? 0) * (dilations[axis] ?? 1) - (pads[axis] ?? 0),
  )
}

function isInside(position: readonly number[], sizes: readonly number[]): boolean {
  return position.every((at, axis) => at >= 0 && at < (sizes[axis] ?? 0))
}

function forEach(sizes: readonly number[], visit: (index: readonly number[]) => void): void {
  for (let at = 0; at < count(sizes); at++) {
    let rest = at
    const index = sizes.toReversed().map((size) => {
      const own = rest % size
      rest = Math.floor(rest / size)
      return own
    })
    visit(index.reverse())
  }
}

function flat(index: readonly number[], sizes: readonly number[]): number {
  return index.reduce((sum, at, axis) => sum * (sizes[axis] ?? 1) + at, 0)
}

function count(sizes: readonly number[]): number {
  return sizes.reduce((product, size) => product * size, 1)
}

function zeros(rows: number, columns: number): number[][] {
  return Array.from({ length: rows }, () => new Array<number>(columns).fill(0))
}
