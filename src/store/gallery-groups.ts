/** @file The gallery's order: groups of cases of one kind, as `cases/groups.json` lists them. */

import type { FetchBytes, GalleryCase } from './case-files.ts'
import { asArray, asObject, asText, fetchJson } from './case-json.ts'

export interface GroupList {
  readonly title: string
  /** What its cases have in common, in a sentence. */
  readonly about: string
  readonly caseIds: readonly string[]
}

export interface GalleryGroup {
  readonly title: string
  readonly about: string
  readonly cases: readonly GalleryCase[]
}

/** Rejects with a Failure where the file cannot be read. */
export async function fetchGroups(
  fetchBytes: FetchBytes,
  signal: AbortSignal,
): Promise<readonly GroupList[]> {
  const { groups } = asObject(await fetchJson(fetchBytes, 'cases/groups.json', signal))
  return asArray(groups)
    .map(asObject)
    .map(({ title, about, cases }) => ({
      title: asText(title) ?? 'More',
      about: asText(about) ?? '',
      caseIds: asArray(cases).filter((id) => typeof id === 'string'),
    }))
}

/** Groups without a case are left out; cases without a group come last, in their own order. */
export function groupCases(
  cards: readonly GalleryCase[],
  lists: readonly GroupList[],
): readonly GalleryGroup[] {
  const named = new Set(lists.flatMap(({ caseIds }) => caseIds))
  const rest = cards.filter(({ id }) => !named.has(id))
  return [
    ...lists.map(({ title, about, caseIds }) => ({
      title,
      about,
      cases: caseIds.flatMap((id) => cards.find((card) => card.id === id) ?? []),
    })),
    { title: lists.length > 0 ? 'More' : 'Cases', about: '', cases: rest },
  ].filter(({ cases }) => cases.length > 0)
}
