/** @file The cases that come with the page: what `cases/index.json` and each `case.json` say. */

import { Failure } from '../core/failure.ts'
import type { CaseEntry } from './data-state.ts'

/** One subject of a case, ready to load; paths are relative to the page. */
export interface CaseSubject extends CaseEntry {
  readonly caseId: string
  /** "Hippocampus": heads the subjects of the case in the menu. */
  readonly caseTitle: string
  readonly volume: string
  readonly truth: string | null
  readonly model: string
  readonly card: string | null
  readonly defaultMethod: string | null
  /** In the command line's grammar. */
  readonly target: string | null
}

/** Reads a text file that is served with the page. */
export type FetchBytes = (path: string, signal: AbortSignal) => Promise<Uint8Array<ArrayBuffer>>

type Json = Readonly<Record<string, unknown>>

/** Every subject of every case, in the order of the index. */
export async function fetchCases(
  fetchBytes: FetchBytes,
  signal: AbortSignal,
): Promise<readonly CaseSubject[]> {
  const index = await fetchJson(fetchBytes, 'cases/index.json', signal)
  const entries = Array.isArray(index) ? index : asArray(asObject(index).cases)
  const cases = await Promise.all(
    entries.map(async (entry) => {
      const id = typeof entry === 'string' ? entry : asText(asObject(entry).id)
      if (!id || !/^[\w.-]+$/.test(id)) throw new Failure('bad-file', 'a case has no usable id')
      const description = await fetchJson(fetchBytes, `cases/${id}/case.json`, signal)
      return subjectsOf(id, asObject(description))
    }),
  )
  return cases.flat()
}

function subjectsOf(id: string, description: Json): readonly CaseSubject[] {
  const folder = `cases/${id}/`
  const title = asText(description.title) ?? id
  const summary = asText(description.question) ?? asText(description.description) ?? ''
  const targetClass = description.targetClass
  const shared = {
    caseId: id,
    caseTitle: title,
    summary,
    model: folder + (asText(description.model) ?? 'model.onnx'),
    card: folder + (asText(description.card) ?? 'model.card.json'),
    defaultMethod: asText(description.defaultMethod),
    target: typeof targetClass === 'number' ? String(targetClass) : asText(description.target),
  }
  const listed = asArray(description.subjects).map(asObject)
  const subjects = listed.length > 0 ? listed : [{ id: 'subject', ...description }]
  return subjects.flatMap((subject, position) => {
    const own = asText(subject.title) ?? `Subject ${position + 1}`
    const subjectId = asText(subject.id) ?? `subject-${position + 1}`
    const truth = asText(subject.truth)
    const entry = (suffix: string, name: string, volume: string): CaseSubject => ({
      ...shared,
      id: `${id}/${subjectId}${suffix}`,
      title: listed.length > 0 ? `${title}, ${name}` : title,
      volume: folder + volume,
      truth: truth === null ? null : folder + truth,
    })
    const lower = own.charAt(0).toLowerCase() + own.slice(1)
    const twin = asText(subject.twin)
    return [
      entry('', lower, asText(subject.volume) ?? 't1.nii.gz'),
      ...(twin === null ? [] : [entry('/twin', `${lower} without the signal`, twin)]),
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
