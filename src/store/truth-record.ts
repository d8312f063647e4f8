/** @file How methods did on known truths, ready to be shown: rows in order, and the verdict in words. */

import { attributionMethods } from '../core/attribution/methods.ts'
import { formatNumber } from './format.ts'
import type { Knowledge, KnownTruths, TruthScore, TruthTask, Widening } from './known-truths.ts'

/** One method on one task. */
export interface TruthRow {
  readonly key: string
  /** Of the method on a task's list, of the task on a method's card. */
  readonly label: string
  readonly score: TruthScore
  readonly task: TruthTask
  /** Mass in the truth over chance; null where chance is 0. */
  readonly enrichment: number | null
  readonly outcome: Outcome
}

/** Where the whole 95 % interval lies: above chance, on both sides of it, or below. */
export type Outcome = 'above' | 'at' | 'below'

export interface MethodRecord {
  readonly rows: readonly TruthRow[]
  /** Models that know nothing. */
  readonly controls: readonly TruthRow[]
  /** Models that know something else than the truth of their task. */
  readonly strangers: readonly TruthRow[]
  /** Per task: "50", "10 to 50". */
  readonly cases: string
  readonly date: string
  /** Two or three sentences. */
  readonly verdict: string
}

/** null where nothing was measured of the method. Its variations are left to the documentation. */
export function recordOfMethod(truths: KnownTruths, methodId: string): MethodRecord | null {
  const all = truths.tasks.flatMap((task) => {
    const score = truths.scores.find(
      ({ methodKey, taskId }) => methodKey === methodId && taskId === task.id,
    )
    return score ? [rowOf(task.id, task.title, score, task)] : []
  })
  if (all.length === 0) return null
  const knowing = (wanted: Knowledge) => all.filter(({ task }) => task.knows === wanted)
  const [rows, controls] = [knowing('the signal'), knowing('nothing')]
  const strangers = knowing('another signal')
  return {
    rows,
    controls,
    strangers,
    cases: casesInWords(all),
    date: truths.date,
    verdict: [
      foundInWords(rows),
      controlsInWords(controls),
      strangersInWords(strangers),
      weightsInWords(rows),
      retrainedInWords(rows),
    ]
      .filter((sentence) => sentence !== '')
      .join(' '),
  }
}

export interface TaskRecord {
  readonly task: TruthTask
  /** The method with the largest share of its map in the truth first. */
  readonly rows: readonly TruthRow[]
  /** How many, by method: "50", "10 to 50". */
  readonly cases: string
}

/** The methods on a case under one of its models; null where nothing was measured of it. */
export function recordOfCase(
  truths: KnownTruths,
  caseId: string,
  modelId: string,
  isOwnModel: boolean,
): TaskRecord | null {
  const task =
    truths.tasks.find(({ id }) => id === `${caseId}/${modelId}`) ??
    (isOwnModel ? truths.tasks.find((one) => one.caseId === caseId) : undefined)
  if (!task) return null
  const rows = attributionMethods
    .flatMap(({ id, label }) => {
      const score = truths.scores.find(
        ({ methodKey, taskId }) => methodKey === id && taskId === task.id,
      )
      return score ? [rowOf(id, label, score, task)] : []
    })
    .toSorted((a, b) => b.score.mass.mean - a.score.mass.mean)
  if (rows.length === 0) return null
  return { task, rows, cases: casesInWords(rows) }
}

function casesInWords(rows: readonly TruthRow[]): string {
  const counts = rows.map(({ score }) => score.cases)
  const [least, most] = [Math.min(...counts), Math.max(...counts)]
  return least === most ? `${most}` : `${least} to ${most}`
}

/** "16 × chance"; "below chance". */
export function enrichmentInWords({ enrichment, outcome }: TruthRow): string {
  if (outcome === 'at') return 'at chance'
  if (enrichment === null) return ''
  return outcome === 'below' ? 'below chance' : `${formatNumber(enrichment, 2)} × chance`
}

function rowOf(key: string, label: string, score: TruthScore, task: TruthTask): TruthRow {
  const { low, high, mean } = score.mass
  const { chance } = task
  return {
    key,
    label,
    score,
    task,
    enrichment: chance > 0 ? mean / chance : null,
    outcome: low > chance ? 'above' : high < chance ? 'below' : 'at',
  }
}

function foundInWords(rows: readonly TruthRow[]): string {
  const [only] = rows
  if (!only) return ''
  const found = rows.filter(({ outcome }) => outcome === 'above').length
  if (rows.length === 1) {
    const more = found === 1 ? 'more' : 'no more'
    return `On “${only.task.title}” it put ${more} of its map into the truth than chance would.`
  }
  const many = found === rows.length ? 'all' : found === 0 ? 'none' : `${found}`
  return `It put more of its map into the truth than chance would on ${many} of ${rows.length} tasks.`
}

const titles = (rows: readonly TruthRow[]) => rows.map(({ task }) => `“${task.title}”`).join(', ')

function controlsInWords(rows: readonly TruthRow[]): string {
  if (rows.length === 0) return ''
  const fooled = rows.filter(({ outcome }) => outcome === 'above')
  if (fooled.length === 0) {
    return 'With models that know nothing it stayed at or below chance, as it should.'
  }
  return `With a model that knows nothing it still had more than chance in the region (${titles(fooled)}): there it shows the image or the network’s design.`
}

function strangersInWords(rows: readonly TruthRow[]): string {
  if (rows.length === 0) return ''
  const fooled = rows.filter(({ outcome }) => outcome === 'above')
  return fooled.length === 0
    ? 'With a model that never saw the mark it left the mark alone, as it should.'
    : `With a model that never saw the mark it still had more than chance in it (${titles(fooled)}).`
}

function weightsInWords(rows: readonly TruthRow[]): string {
  const said = rows.flatMap(({ score }) => (score.verdict === null ? [] : [score.verdict]))
  if (said.length === 0) return ''
  const image = said.filter((verdict) => verdict === 'follows the image').length
  const weights = said.filter((verdict) => verdict === 'follows the weights').length
  if (weights === said.length) return 'Its map changes when the weights are randomised.'
  if (image === said.length) return 'Its map stays much the same when the weights are randomised.'
  return `When the weights are randomised its map changes on ${weights} of ${said.length} tasks.`
}

/** Where networks were trained again with other seeds. */
function retrainedInWords(rows: readonly TruthRow[]): string {
  const said = rows.flatMap(({ score, task }) =>
    score.retrained ? [`${formatNumber(score.retrained.mean, 2)} (“${task.title}”)`] : [],
  )
  return said.length === 0
    ? ''
    : `Between networks trained again its maps have a rank correlation of ${said.join(', ')}.`
}

/** How the masks of these tasks were taken: "the region widened by 2 voxels", "the mask as it is". */
export function wideningInWords(tasks: readonly TruthTask[]): string {
  const words: Readonly<Record<Widening, string>> = {
    'by the pipeline': 'the region is widened by 2 voxels as in Siegel et al. 2025',
    'in the mask': 'the mask reaches 2 voxels beyond the region already and is widened no more',
    none: 'the mask is taken as it is',
  }
  const kinds = (['by the pipeline', 'in the mask', 'none'] as const).flatMap((widening) => {
    const own = tasks.filter((task) => task.widening === widening)
    return own.length > 0 ? [{ words: words[widening], own }] : []
  })
  return kinds
    .map(({ words: said, own }) =>
      kinds.length === 1 ? said : `${said} (${own.map(({ title }) => title).join('; ')})`,
    )
    .join('; ')
}
