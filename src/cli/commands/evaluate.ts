/** @file `saliscope evaluate`: a map against a truth mask. */

import { basename } from 'node:path'
import { Failure } from '../../core/failure.ts'
import { evaluateRows } from '../../core/metrics/evaluate-rows.ts'
import type { AnyMetric, LocalisationInput, Score } from '../../core/metrics/metric.ts'
import { findMetric, metrics } from '../../core/metrics/metrics.ts'
import { prepareLocalisation } from '../../core/metrics/prepare-localisation.ts'
import { neuro } from '../../core/metrics/presets.ts'
import { type SignHandling, signHandlings } from '../../core/metrics/sign-handling.ts'
import { parseOptions, splitAssignments } from '../../core/parse-options.ts'
import type { Tensor } from '../../core/tensor/tensor.ts'
import { spacingOf } from '../../core/volume/affine.ts'
import { maskOnGrid } from '../../core/volume/mask-on-grid.ts'
import type { Volume } from '../../core/volume/volume.ts'
import { readArguments } from '../arguments.ts'
import { type ArrayFile, naming, readArray, readingNotes } from '../input-file.ts'
import { columns, figure, printJson, printLines } from '../print.ts'

export function evaluate(args: readonly string[]): void {
  const given = readArguments('evaluate', args, {
    texts: ['map', 'truth', 'label', 'sign', 'preset', 'brain', ...forModelMetrics.texts],
    lists: ['metric', 'option', ...forModelMetrics.lists],
    flags: ['json'],
  })
  const mapPath = given.need('map')
  const truthPath = given.text('truth')
  if (truthPath === undefined) {
    throw new Failure(
      'bad-request',
      "'evaluate' needs --truth: every metric so far compares the map with a truth mask, not with the model",
    )
  }
  const label = given.text('label') === undefined ? undefined : given.integer('label', 0)
  const chosen = given.all('metric').length > 0 ? given.all('metric').map(findMetric) : metrics
  const options = optionsByMetric(given.all('option'), chosen)
  const map = readArray(mapPath)
  const truth = readArray(truthPath)
  const brain = optionalArray(given.text('brain'))
  const { notes: gridNotes, ...grid } = onOneGrid(map, truth, brain, label)
  const notes = [...readingNotes([map, truth, ...(brain ? [brain] : [])]), ...gridNotes]
  const prepare = (sign: SignHandling): readonly LocalisationInput[] =>
    prepareLocalisation({ ...grid, sign })
  const scores =
    given.text('preset') === undefined
      ? measure(chosen, options, readSign(given.text('sign')), prepare)
      : measurePreset(given.need('preset'), prepare('signed'))
  if (given.has('json')) {
    printJson({ metrics: scores, ...(notes.length > 0 && { notes }) })
    return
  }
  printLines([...notes, ...describeScores(scores)])
}

/** Taken, but of no use to the metrics that there are: none of them asks the model. */
const forModelMetrics = {
  texts: ['model', 'method', 'target', 'layer', 'seed', 'regions'],
  lists: ['input', 'baseline'],
} as const

type Row = { readonly better: string | null } & Readonly<Record<string, unknown>>

function measure(
  chosen: readonly AnyMetric[],
  options: ReadonlyMap<string, Readonly<Record<string, string>>>,
  defaultSign: SignHandling,
  prepare: (sign: SignHandling) => readonly LocalisationInput[],
): Readonly<Record<string, Row>> {
  const prepared = new Map<SignHandling, readonly LocalisationInput[]>()
  return Object.fromEntries(
    chosen.map((metric) => {
      const { sign: signText, ...rest } = options.get(metric.id) ?? {}
      const sign = signText === undefined ? defaultSign : readSign(signText)
      const rows = prepared.get(sign) ?? prepare(sign)
      prepared.set(sign, rows)
      const values = parseOptions(metric.id, metric.options, rest)
      const score = evaluateRows(metric, rows, values)
      return [metric.id, { ...toRow(score, metric.better, metric.unit), sign, options: values }]
    }),
  )
}

/** Directions of the figures of the preset; the rest are scores, higher is better. */
const lowerIsBetter = ['false-positive', 'false-positive-rate']

function measurePreset(
  id: string,
  rows: readonly LocalisationInput[],
): Readonly<Record<string, Row>> {
  if (id !== neuro.id) {
    throw new Failure('bad-request', `there is no preset '${id}'; the preset is ${neuro.id}`)
  }
  const [row] = rows
  if (!row || rows.length > 1)
    throw new Failure('bad-request', 'a preset measures one map at a time, not a batch')
  const scores = neuro.measure({
    map: Float32Array.from(row.map),
    truth: row.truth,
    dims: row.dims,
    ...(row.evaluation && { brain: row.evaluation }),
  })
  return Object.fromEntries(
    Object.entries(scores).map(([name, score]) => [
      name,
      toRow(score, lowerIsBetter.includes(name) ? 'lower' : 'higher', ''),
    ]),
  )
}

function toRow(score: Score, better: string, unit: string): Row {
  if (score.kind === 'unavailable') return { value: null, better, reason: score.reason }
  const { value, chance, details } = score
  return {
    value,
    better,
    ...(unit !== '' && { unit }),
    ...(chance !== undefined && { chance }),
    ...(details && { details }),
  }
}

/** `METRIC.key=value`, by metric; a metric that is not measured is a mistake worth saying. */
function optionsByMetric(pairs: readonly string[], chosen: readonly AnyMetric[]) {
  const byMetric = new Map<string, Record<string, string>>()
  for (const [name, value] of Object.entries(splitAssignments(pairs))) {
    const dot = name.indexOf('.')
    if (dot < 1)
      throw new Failure(
        'bad-request',
        `'${name}=${value}' is not an option here: write METRIC.key=value`,
      )
    const metric = findMetric(name.slice(0, dot))
    if (!chosen.includes(metric))
      throw new Failure(
        'bad-request',
        `'${name}' sets an option of ${metric.id}, which is not measured`,
      )
    byMetric.set(metric.id, { ...byMetric.get(metric.id), [name.slice(dot + 1)]: value })
  }
  return byMetric
}

function readSign(text = 'magnitude'): SignHandling {
  const sign = signHandlings.find((candidate) => candidate === text)
  if (sign) return sign
  throw new Failure('bad-request', `the sign '${text}' is not one of ${signHandlings.join(', ')}`)
}

interface OnOneGrid {
  readonly map: Tensor
  readonly truth: Tensor
  readonly evaluation?: Tensor
  readonly label?: number
  readonly spacingMm?: readonly number[]
  /** What had to be done, in sentences. */
  readonly notes: readonly string[]
}

/** Arrays as they are; volumes on the map's grid, slowest axis first. */
function onOneGrid(
  map: ArrayFile,
  truth: ArrayFile,
  brain: ArrayFile | undefined,
  label: number | undefined,
): OnOneGrid {
  if (map.kind === 'tensor') {
    const mask = arrayOnly(truth, 'truth')
    return {
      map: map.tensor,
      truth: mask,
      ...(brain && { evaluation: arrayOnly(brain, 'brain mask') }),
      ...(label !== undefined && { label }),
      notes: [],
    }
  }
  const { volume } = map.file
  const dims = volume.dims.toReversed()
  const notes: string[] = []
  const onMap = (file: ArrayFile, what: string, wanted?: number): Tensor => {
    if (file.kind === 'tensor')
      throw new Failure('bad-request', `the ${what} must be a NIfTI volume, as the map is`)
    const given = file.file.volume
    // An empty mask is for the metrics to refuse, each with its reason.
    if (!given.data.some((value) => value > 0)) {
      return { dims, data: new Float32Array(volume.data.length) }
    }
    const { mask, note: remark } = naming(file.path, () => maskOnGrid(given, volume, wanted))
    if (remark !== null) notes.push(`${basename(file.path)}: ${remark}`)
    return { dims, data: Float32Array.from(mask) }
  }
  return {
    map: { dims, data: volume.data },
    truth: onMap(truth, 'truth', label),
    ...(brain && { evaluation: onMap(brain, 'brain mask') }),
    spacingMm: spacingAlong(volume),
    notes,
  }
}

function spacingAlong({ affine }: Volume): readonly number[] {
  return spacingOf(affine).toReversed()
}

function arrayOnly(file: ArrayFile, what: string): Tensor {
  if (file.kind === 'tensor') return file.tensor
  throw new Failure('bad-request', `the ${what} must be a .npy array, as the map is`)
}

function optionalArray(path: string | undefined): ArrayFile | undefined {
  return path === undefined ? undefined : readArray(path)
}

function describeScores(scores: Readonly<Record<string, Row>>): string[] {
  return columns(
    Object.entries(scores).map(([id, { value, better, unit, chance, reason }]) => [
      id,
      typeof value === 'number' ? `${figure(value)}${unit ? ` ${String(unit)}` : ''}` : '—',
      typeof chance === 'number' ? `chance ${figure(chance)}` : String(reason ?? ''),
      `${String(better)} is better`,
    ]),
  )
}
