/** @file The cases that come with the page: what `cases/index.json` and each `case.json` say. */

import { Failure } from '../core/failure.ts'
import { modelsOf, subjectsOf } from './case-entries.ts'
import { asArray, asObject, asText, fetchJson } from './case-json.ts'
import type { CaseEntry } from './data-state.ts'

/** One subject of a case under one of its models, ready to load; paths are relative to the page. */
export interface CaseSubject extends CaseEntry {
  readonly caseId: string
  /** "subject-1". */
  readonly subjectId: string
  /** Of `GalleryCase.models`. */
  readonly modelId: string
  /** The same subject without the signal. */
  readonly isTwin: boolean
  readonly volume: string
  readonly truth: string | null
  readonly model: string
  readonly card: string | null
  readonly defaultMethod: string | null
  /** In the command line's grammar. */
  readonly target: string | null
  /** Percentile of the threshold that the first map is shown with; null = the page's own. */
  readonly percentile: number | null
}

/** A case as its card in the gallery shows it. */
export interface GalleryCase {
  readonly id: string
  readonly title: string
  readonly question: string
  /** What the model can only know it from. */
  readonly answer: string
  /** What else there is to see; '' = nothing. */
  readonly note: string
  /** Kinds of case that lessons look for: "clever-hans". */
  readonly tags: readonly string[]
  /** Path relative to the page; null = none. */
  readonly picture: string | null
  readonly subjects: readonly GallerySubject[]
  /** The first is the case's own; more where a network was trained again or otherwise. */
  readonly models: readonly GalleryModel[]
}

export interface GallerySubject {
  /** "hippocampus/subject-2": opens it with the case's own model. */
  readonly id: string
  /** "subject-2". */
  readonly subjectId: string
  /** "Subject 2". */
  readonly title: string
}

export interface GalleryModel {
  /** "main", "seed-2", "vit". */
  readonly id: string
  /** "second training". */
  readonly title: string
  readonly model: string
  readonly card: string | null
}

/** A case that was read: its card, and every subject and twin under every model as entries. */
export interface ReadCase {
  readonly card: GalleryCase
  readonly entries: readonly CaseSubject[]
}

/** Reads a text file that is served with the page. */
export type FetchBytes = (path: string, signal: AbortSignal) => Promise<Uint8Array<ArrayBuffer>>

/** The ids of the cases, in the order of the index. */
export async function fetchCaseIds(
  fetchBytes: FetchBytes,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const index = await fetchJson(fetchBytes, 'cases/index.json', signal)
  const entries = Array.isArray(index) ? index : asArray(asObject(index).cases)
  return entries.map((entry) => {
    const id = typeof entry === 'string' ? entry : asText(asObject(entry).id)
    if (!id || !/^[\w.-]+$/.test(id)) throw new Failure('bad-file', 'a case has no usable id')
    return id
  })
}

/** Reads one case. Rejects with a Failure where its description cannot be read. */
export async function fetchCase(
  fetchBytes: FetchBytes,
  id: string,
  signal: AbortSignal,
): Promise<ReadCase> {
  const description = asObject(await fetchJson(fetchBytes, `cases/${id}/case.json`, signal))
  const models = modelsOf(id, description)
  const { subjects, entries } = subjectsOf(id, description, models)
  const picture = asText(description.picture)
  return {
    entries,
    card: {
      id,
      title: asText(description.title) ?? id,
      question: asText(description.question) ?? asText(description.description) ?? '',
      answer: asText(description.answer) ?? '',
      note: asText(description.lesson) ?? '',
      tags: asArray(description.tags).filter((tag) => typeof tag === 'string'),
      picture: picture === null ? null : `cases/${id}/${picture}`,
      subjects,
      models,
    },
  }
}

/** The entry of another subject, model or twin beside an entry; null where the case has none. */
export function entryBeside(
  entries: readonly CaseSubject[],
  entry: CaseSubject,
  change: Partial<Pick<CaseSubject, 'isTwin' | 'modelId' | 'subjectId'>>,
): CaseSubject | null {
  const wanted = { ...entry, ...change }
  return (
    entries.find(
      ({ caseId, subjectId, modelId, isTwin }) =>
        caseId === wanted.caseId &&
        subjectId === wanted.subjectId &&
        modelId === wanted.modelId &&
        isTwin === wanted.isTwin,
    ) ?? null
  )
}
