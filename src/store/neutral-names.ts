/** @file Names on screen: while the truth is hidden, none of them says what the case is about. */

import type { AppState } from './app-state.ts'
import type { CaseSubject } from './case-files.ts'
import { isConcealed } from './concealed.ts'
import type { ModelLayer } from './data-state.ts'
import type { PredictionReading } from './read-prediction.ts'
import type { Run } from './run-state.ts'

type Cases = Pick<AppState, 'gallery' | 'guessing'>

/** "Hippocampus, subject 2"; "Case 1, subject 2" while the truth is hidden. */
export function caseName(app: Cases, entry: CaseSubject): string {
  return isConcealed(app) ? neutralCaseName(app, entry) : entry.title
}

/** "Case 1, subject 2": its places in the gallery, whatever it is about. */
function neutralCaseName(
  { gallery }: Cases,
  { caseId, subjectId, modelId, isTwin }: CaseSubject,
): string {
  const at = gallery.findIndex(({ id }) => id === caseId)
  const card = gallery[at]
  const subject = 1 + (card?.subjects.findIndex((one) => one.subjectId === subjectId) ?? 0)
  const model = card?.models.findIndex(({ id }) => id === modelId) ?? 0
  const parts = [`Case ${at + 1}`, `subject ${subject}`]
  if (model > 0) parts.push(`model ${model + 1}`)
  return parts.join(', ').concat(isTwin ? ', its twin' : '')
}

/** "3/2": finds a case and its subject again without naming them. */
export function neutralCaseId({ gallery }: Cases, { caseId, subjectId }: CaseSubject): string {
  const at = gallery.findIndex(({ id }) => id === caseId)
  const subject = gallery[at]?.subjects.findIndex((one) => one.subjectId === subjectId) ?? 0
  return `${at + 1}/${subject + 1}`
}

/** The entry that a neutral id is about; null where it is about none. */
export function findByNeutralId(
  { gallery, cases }: Pick<AppState, 'cases' | 'gallery'>,
  id: string,
): CaseSubject | null {
  const [, place, number = '1'] = /^(\d+)(?:\/(\d+))?$/.exec(id) ?? []
  const card = gallery[Number(place) - 1]
  const found = card?.subjects[Number(number) - 1]?.id
  return cases.find((entry) => entry.id === found) ?? null
}

/** The title on the model's card, or its file's name. */
export function modelName(app: Pick<AppState, 'guessing'>, { card, name }: ModelLayer): string {
  return isConcealed(app) ? 'The model of this case' : card.title || name
}

/** The reading with "class 0" in place of names while the truth is hidden. */
export function shownReading(isHidden: boolean, reading: PredictionReading): PredictionReading {
  if (!isHidden) return reading
  switch (reading.kind) {
    case 'classes':
      return { ...reading, classes: reading.classes.map(withoutName) }
    case 'segmentation':
      return { ...reading, regions: reading.regions.map(withoutName) }
    case 'regression':
      return {
        ...reading,
        values: reading.values.map(({ value }, at, { length }) => ({
          name: length === 1 ? '' : `value ${at}`,
          value,
        })),
      }
  }
}

function withoutName<T extends { readonly index: number }>(entry: T): T {
  return { ...entry, name: `class ${entry.index}` }
}

/** What a run explained, in words. */
export function targetName(
  isHidden: boolean,
  targetLabel: string,
  { card }: Pick<Run['source'], 'card'>,
): string {
  return isHidden ? withoutNames(targetLabel, card.classNames) : targetLabel
}

/** "no nodule minus nodule" becomes "class 0 minus class 1". */
function withoutNames(text: string, names: readonly string[]): string {
  const known = names
    .map((name, index) => ({ name, index }))
    .filter(({ name }) => name !== '')
    // The longer one first: "no nodule" holds "nodule".
    .toSorted((a, b) => b.name.length - a.name.length)
  if (known.length === 0) return text
  const either = known.map(({ name }) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')
  const word = new RegExp(`(?<![\\p{L}\\p{N}])(?:${either})(?![\\p{L}\\p{N}])`, 'gu')
  return text.replace(word, (name) => `class ${known.find((one) => one.name === name)?.index}`)
}
