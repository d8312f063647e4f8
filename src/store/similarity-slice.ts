/** @file Sanity checks: how alike a map of the trained model is to the same map of random weights. */

import { shownRun } from './active-run.ts'
import type { AppState, Slice } from './app-state.ts'
import { type Clients, unattended } from './clients.ts'
import type { Run } from './run-state.ts'

export interface SimilaritySlice {
  /** Rank correlation of two runs by `similarityKey`; null where it cannot be computed. */
  readonly similarities: Readonly<Record<string, number | null>>
  /** Compares a finished run with its partner, where there is one and it was not done yet. */
  compareWithPartner(runId: string): Promise<void>
}

/** The same for a pair, whichever comes first. */
export function similarityKey(a: string, b: string): string {
  return [a, b].toSorted().join(' ')
}

/**
 * The newest finished run of the same image, network, method, options, target, layer and baseline with
 * other weights: random where the run's are trained, trained where they are random.
 */
export function partnerOf(run: Run, runs: readonly Run[]): Run | null {
  const isTrained = run.source.randomSeed === null
  // Asked at every change of the page, so that what is cheap to see comes first.
  const candidates = runs.filter(
    ({ request, source, state }) =>
      state.kind === 'done' &&
      (source.randomSeed === null) !== isTrained &&
      request.methodId === run.request.methodId,
  )
  if (candidates.length === 0) return null
  const key = keyOf(run)
  return candidates.findLast((other) => keyOf(other) === key) ?? null
}

function keyOf({ request, source }: Run): string {
  const { methodId, options, target, layer, baseline, seed } = request
  const names = request.baselineFiles.map(({ id }) => id)
  const { image, modelName, card } = source
  return JSON.stringify([
    [image.info.id, modelName, card, methodId, target, layer, baseline, names, seed],
    Object.entries(options).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  ])
}

/** What the run on screen is compared with, and how alike the two are; null where there is nothing. */
export function shownSimilarity(
  app: Pick<AppState, 'activeRunId' | 'runs' | 'similarities'>,
): { readonly partner: Run; readonly rank: number | null } | null {
  const shown = shownRun(app)
  const partner = shown && partnerOf(shown.run, app.runs)
  if (!shown || !partner) return null
  const rank = app.similarities[similarityKey(shown.run.id, partner.id)]
  return rank === undefined ? null : { partner, rank }
}

export const createSimilaritySlice =
  (clients: Clients): Slice<SimilaritySlice> =>
  (set, get) => ({
    similarities: {},
    async compareWithPartner(runId) {
      const run = get().runs.find(({ id }) => id === runId)
      const partner = run && partnerOf(run, get().runs)
      if (run?.state.kind !== 'done' || partner?.state.kind !== 'done') return
      const key = similarityKey(run.id, partner.id)
      if (get().similarities[key] !== undefined) return
      const request = {
        first: run.state.result.map,
        second: partner.state.result.map,
        image: run.source.image.voxels.data,
      }
      try {
        const { rank } = await clients.metric('compare', request, unattended())
        set({ similarities: { ...get().similarities, [key]: rank } })
      } catch {
        // Without it the maps are the same, with less said about them.
      }
    },
  })
