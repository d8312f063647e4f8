/** @file From the words of `--target` and the model's outputs to weights: which scalar is explained. */

import { Failure } from '../failure.ts'
import { formatDims } from '../tensor/arithmetic.ts'
import { argmax } from '../tensor/statistics.ts'
import { elementCount, type Tensor } from '../tensor/tensor.ts'
import type { Target } from './method.ts'
import { formatTerm, parseTarget, type Region, type TargetTerm } from './target-grammar.ts'
import { probabilityName } from './target-probability.ts'
import { maskRegion, mostPredictedClass, predictedRegion } from './target-region.ts'

export interface NamedTensor {
  readonly name: string
  readonly tensor: Tensor
}

export interface TargetRequest {
  /** The CLI's grammar; '' = default. */
  readonly spec: string
  /** Float outputs of one forward run, in the model's order; the first is the default. */
  readonly outputs: readonly NamedTensor[]
  /** Reads an internal value on the same inputs; throws a Failure where there is none of that name. */
  readonly readValue?: (name: string) => Promise<Tensor>
  /** Whether a value holds probabilities already, so that probability(K) is K itself. */
  readonly holdsProbabilities?: (name: string) => boolean
  /** Truth on the grid of the output, non-zero inside, for K@mask. */
  readonly mask?: Tensor
  /** Names of the classes of the outputs, for labels. */
  readonly classNames?: readonly string[]
}

/** One batch row of the explained value. */
interface Row {
  readonly name: string
  readonly data: Float32Array
  /** Axes after the batch axis. */
  readonly dims: readonly number[]
  readonly weights: Float32Array
  readonly mask: (() => Uint8Array) | null
}

/**
 * The scalar to explain, one per batch row. The first axis of the value is the batch; a value of
 * rank 0 is one row. Rank 1 is a scalar per row, rank 2 a vector of classes, rank 3 and above a
 * segmentation (N, C, spatial), where the default is the class (other than class 0, the background,
 * if any other wins somewhere) that wins most positions, over the positions where it wins.
 */
export async function resolveTarget(request: TargetRequest): Promise<Target> {
  const outputNames = request.outputs.map(({ name }) => name)
  const { valueName, terms: asked } = parseTarget(request.spec, outputNames)
  const name = valueName ?? outputNames[0]
  if (name === undefined) {
    throw new Failure('unsupported-model', 'the model has no output of real numbers to explain')
  }
  const terms = request.holdsProbabilities?.(name) ? asked.map(asScore) : asked
  const isProbability = terms.some(asksProbability)
  if (isProbability && !terms.every(asksProbability)) {
    throw new Failure(
      'bad-request',
      `target '${request.spec}' mixes probabilities with scores; all rows must explain the same kind`,
    )
  }
  const value = await findValue(name, request)
  const rows = value.dims[0] ?? 1
  if (terms.length !== 1 && terms.length !== rows) {
    throw new Failure(
      'bad-request',
      `the target names ${terms.length} rows, but '${name}' has ${rows}: give one target for all or one per row`,
    )
  }
  const dims = value.dims.slice(1)
  const stride = elementCount(dims)
  const weights = new Float32Array(value.data.length)
  const used = Array.from({ length: rows }, (_, row) => {
    const mask = request.mask
    const part: Row = {
      name,
      dims,
      data: value.data.subarray(row * stride, (row + 1) * stride),
      weights: weights.subarray(row * stride, (row + 1) * stride),
      mask: mask ? () => maskRegion(mask, rows, row, dims.slice(1)) : null,
    }
    return applyTerm(terms.length === 1 ? terms[0] : terms[row], part)
  })
  const isOutput = outputNames.includes(name)
  const prefix = name === outputNames[0] ? '' : `${name}:`
  const classNames = isOutput ? (request.classNames ?? []) : []
  return {
    value: isProbability ? probabilityName(name) : name,
    weights: { data: weights, dims: value.dims },
    spec: joinRows(used.map((term) => prefix + formatTerm(term))),
    label: joinRows(
      used.map((term) => {
        const label = labelOf(term, dims, classNames)
        return prefix ? `${name}: ${label}` : label
      }),
      '; ',
    ),
  }
}

function asksProbability(term: TargetTerm): boolean {
  return isOfClasses(term) && term.isProbability
}

function isOfClasses(
  term: TargetTerm,
): term is TargetTerm & { readonly kind: 'class' | 'element' } {
  return term.kind === 'class' || term.kind === 'element'
}

function asScore(term: TargetTerm): TargetTerm {
  return isOfClasses(term) ? { ...term, isProbability: false } : term
}

async function findValue(name: string, { outputs, readValue }: TargetRequest): Promise<Tensor> {
  const output = outputs.find((candidate) => candidate.name === name)
  if (output) return output.tensor
  if (readValue) return readValue(name)
  throw new Failure(
    'bad-request',
    `the model has no value '${name}'; its outputs are ${outputs.map((o) => o.name).join(', ')}`,
  )
}

/** Writes the row's weights; returns the term that was really used. */
function applyTerm(term: TargetTerm | undefined, row: Row): TargetTerm {
  switch (term?.kind) {
    case 'sum':
      row.weights.fill(1)
      return term
    case 'element':
      return applyElement(term, row)
    case 'class':
      return applyClass(term, row)
    case 'argmax':
    case undefined:
      return applyDefault(row)
  }
}

function applyDefault(row: Row): TargetTerm {
  const { dims, data } = row
  if (data.some(Number.isNaN)) {
    throw new Failure(
      'bad-request',
      `'${row.name}' holds values that are not numbers (NaN) for this input, so there is no highest class; check the input`,
    )
  }
  if (dims.length === 0) return applyTerm({ kind: 'sum' }, row)
  if (dims.length === 1) {
    return applyClass(scoreOf(argmax(data), 'everywhere'), row)
  }
  const plus = mostPredictedClass(data, dims[0] ?? 1)
  return applyClass(plus === null ? scoreOf(0, 'everywhere') : scoreOf(plus, 'predicted'), row)
}

function scoreOf(plus: number, region: Region): TargetTerm & { readonly kind: 'class' } {
  return { kind: 'class', plus, minus: null, region, isProbability: false }
}

function applyElement(term: TargetTerm & { readonly kind: 'element' }, row: Row): TargetTerm {
  const { dims, weights, name } = row
  if (term.index.length !== dims.length) {
    throw new Failure(
      'bad-request',
      `target ${term.index.join(',')} has ${term.index.length} indices, but '${name}' has ${dims.length} axes after the batch axis (${formatDims(dims)})`,
    )
  }
  const position = term.index.reduce((offset, index, axis) => {
    const size = dims[axis] ?? 1
    if (index >= size) {
      throw new Failure(
        'bad-request',
        `target ${term.index.join(',')} lies outside '${name}': axis ${axis + 1} after the batch axis has ${size} elements (0 to ${size - 1})`,
      )
    }
    return offset * size + index
  }, 0)
  weights[position] = 1
  return term
}

function applyClass(term: TargetTerm & { readonly kind: 'class' }, row: Row): TargetTerm {
  const { dims, weights } = row
  const classes = dims[0] ?? 1
  for (const index of [term.plus, term.minus]) {
    if (index !== null && index >= classes) throw missingClass(index, classes, row.name)
  }
  const region = regionOf(term, row, classes)
  const positions = weights.length / classes
  for (let position = 0; position < positions; position++) {
    if (region && !region[position]) continue
    weights[term.plus * positions + position] = 1
    if (term.minus !== null) {
      const at = term.minus * positions + position
      weights[at] = (weights[at] ?? 0) - 1
    }
  }
  return term
}

/** 1 at the positions that count; null = all of them. */
function regionOf(
  { plus, region }: TargetTerm & { readonly kind: 'class' },
  { data, dims, mask, name }: Row,
  classes: number,
): Uint8Array | null {
  if (region === 'everywhere') return null
  if (dims.length < 2) {
    throw new Failure(
      'bad-request',
      `@${region} needs a segmentation output (batch, classes, space), but '${name}' has only ${dims.length} axes after the batch axis; use '${plus}'`,
    )
  }
  if (region === 'predicted') {
    const positions = predictedRegion(data, classes, plus)
    if (positions.includes(1)) return positions
    throw new Failure(
      'bad-request',
      `class ${plus} wins at no position of '${name}', so '${plus}@predicted' explains nothing; use '${plus}' or another class`,
    )
  }
  if (!mask) {
    throw new Failure('bad-request', `'${plus}@mask' needs a truth mask; give one or use '${plus}'`)
  }
  const inside = mask()
  if (inside.includes(1)) return inside
  throw new Failure('bad-request', `the truth mask is empty, so '${plus}@mask' explains nothing`)
}

function missingClass(index: number, classes: number, name: string): Failure {
  const range = classes === 1 ? 'only 0' : `0 to ${classes - 1}`
  const count = `${classes} class${classes === 1 ? '' : 'es'}`
  return new Failure(
    'bad-request',
    `class ${index} does not exist: output '${name}' has ${count} (${range})`,
  )
}

/** One word for all rows that agree. */
function joinRows(rows: readonly string[], separator = ';'): string {
  return new Set(rows).size === 1 ? (rows[0] ?? '') : rows.join(separator)
}

function labelOf(term: TargetTerm, dims: readonly number[], classNames: readonly string[]): string {
  const nameOf = (index: number) => classNames[index] ?? `class ${index}`
  switch (term.kind) {
    case 'argmax':
      return 'highest class'
    case 'sum':
      return dims.length === 0 ? (classNames[0] ?? 'the output') : 'sum of the output'
    case 'element': {
      const place =
        dims.length > 1 && classNames[term.index[0] ?? 0] !== undefined
          ? `${nameOf(term.index[0] ?? 0)} at ${term.index.slice(1).join(', ')}`
          : `element ${term.index.join(', ')}`
      return term.isProbability ? `probability of ${place}` : place
    }
    case 'class': {
      const isOnly = dims[0] === 1 && classNames[0] === undefined
      const named = [term.plus, ...(term.minus === null ? [] : [term.minus])]
        .map((index) => (isOnly && term.minus === null ? 'the output' : nameOf(index)))
        .map((name) => (term.isProbability ? `probability of ${name}` : name))
      const classes = named.join(' minus ')
      if (term.region === 'predicted') return `${classes} over the predicted region`
      return term.region === 'mask' ? `${classes} inside the truth mask` : classes
    }
  }
}
