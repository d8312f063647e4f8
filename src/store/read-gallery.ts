/** @file Reads every case of the gallery; one that cannot be read does not stop the others. */

import { type CaseSubject, type FetchBytes, fetchCase, fetchCaseIds } from './case-files.ts'
import { fetchGroups, type GalleryGroup, type GroupList, groupCases } from './gallery-groups.ts'

interface ReadGallery {
  readonly groups: readonly GalleryGroup[]
  /** In the order of the groups. */
  readonly entries: readonly CaseSubject[]
  readonly broken: readonly { readonly id: string; readonly error: unknown }[]
}

/** Rejects where the list of cases cannot be read. */
export async function readGallery(
  fetchBytes: FetchBytes,
  signal: AbortSignal,
): Promise<ReadGallery> {
  // Without its groups the gallery is a plain list.
  const grouping = fetchGroups(fetchBytes, signal).catch((): readonly GroupList[] => [])
  const ids = await fetchCaseIds(fetchBytes, signal)
  const ends = await Promise.allSettled(ids.map((id) => fetchCase(fetchBytes, id, signal)))
  const read = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
  const cards = read.map(({ card }) => card)
  const groups = groupCases(cards, await grouping)
  const ordered = groups.flatMap(({ cases }) => cases)
  return {
    groups,
    entries: ordered.flatMap((card) => read.find((one) => one.card === card)?.entries ?? []),
    broken: ends.flatMap((end, at) =>
      end.status === 'rejected' ? [{ id: ids[at] ?? '', error: end.reason as unknown }] : [],
    ),
  }
}
