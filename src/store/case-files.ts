/** @file The cases that come with the page: what `cases/index.json` and each `case.json` say. */

import { Failure } from '../core/failure.ts'
import type { CaseEntry } from './data-state.ts'

/** One subject of a case, ready to load; paths are relative to the page. */
export interface CaseSubject extends CaseEntry {
  readonly caseId: string
  /** "Hippocampus": heads the subjects of the case in the menu. */
  readonly caseTitle: string
  /** "Subject 1". */
  readonly subjectTitle: string
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
}

export interface GallerySubject {
  /** Opens it. */
  readonly id: string
  /** "Subject 2". */
  readonly title: string
  /** The same subject without the signal; null where the case has none. */
  readonly twinId: string | null
}

/** A case that was read: its card, and every subject and twin as entries. */
export interface ReadCase {
  readonly card: GalleryCase
  readonly entries: readonly CaseSubject[]
}

/** Reads a text file that is served with the page. */
export type FetchBytes = (path: string, signal: AbortSignal) => Promise<Uint8Array<ArrayBuffer>>

type Json = Readonly<Record<string, unknown>>

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
  const entries = subjectsOf(id, description)
  const picture = asText(description.picture)
  const isTwin = (entry: CaseSubject) => entry.id.endsWith(twinSuffix)
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
      subjects: entries
        .filter((entry) => !isTwin(entry))
        .map((entry) => ({
          id: entry.id,
          title: entry.subjectTitle,
          twinId: entries.find((other) => other.id === entry.id + twinSuffix)?.id ?? null,
        })),
    },
  }
}

const twinSuffix = '/twin'

function subjectsOf(id: string, description: Json): readonly CaseSubject[] {
  const folder = `cases/${id}/`
  const title = asText(description.title) ?? id
  const summary = asText(description.question) ?? asText(description.description) ?? ''
  const targetClass = description.targetClass
  const { threshold } = description
  const shared = {
    caseId: id,
    caseTitle: title,
    summary,
    percentile:
      typeof threshold === 'number' && threshold >= 0 && threshold <= 100 ? threshold : null,
    defaultMethod: asText(description.defaultMethod),
    target: typeof targetClass === 'number' ? String(targetClass) : asText(description.target),
  }
  const listed = asArray(description.subjects).map(asObject)
  const subjects = listed.length > 0 ? listed : [{ id: 'subject', ...description }]
  return subjects.flatMap((subject, position) => {
    const own = asText(subject.title) ?? `Subject ${position + 1}`
    const subjectId = asText(subject.id) ?? `subject-${position + 1}`
    const truth = asText(subject.truth)
    // A subject may bring a model of its own: the same network trained otherwise.
    const file = (key: 'card' | 'model', otherwise: string) =>
      folder + (asText(subject[key]) ?? asText(description[key]) ?? otherwise)
    const entry = (suffix: string, name: string, volume: string): CaseSubject => ({
      ...shared,
      model: file('model', 'model.onnx'),
      card: file('card', 'model.card.json'),
      subjectTitle: own,
      id: `${id}/${subjectId}${suffix}`,
      title: listed.length > 0 ? `${title}, ${name}` : title,
      volume: folder + volume,
      truth: truth === null ? null : folder + truth,
    })
    const lower = own.charAt(0).toLowerCase() + own.slice(1)
    const twin = asText(subject.twin)
    return [
      entry('', lower, asText(subject.volume) ?? 't1.nii.gz'),
      ...(twin === null ? [] : [entry(twinSuffix, `${lower} without the signal`, twin)]),
    ]
  })
}

async function fetchJson(
  fetchBytes: FetchBytes,
  path: string,
  signal: AbortSignal,
): Promise<unknown> {
  const bytes = await fetchBytes(path, signal)
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown
  } catch (cause) {
    throw new Failure('bad-file', `${path} is not valid JSON`, { cause })
  }
}

function asObject(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {}
}

function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function asText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
