/** @file What the loading of data shares: the store, the workers, and how failures are told. */

import type { AppState } from './app-state.ts'
import type { FetchBytes } from './case-files.ts'
import { type Clients, unattended } from './clients.ts'
import type { ImageLayer } from './data-state.ts'
import { describeError, isAbort } from './describe-error.ts'
import { failureActions } from './failure-actions.ts'
import type { NoticePlace } from './notice-slice.ts'

export interface DataDependencies {
  readonly clients: Clients
  readonly fetchBytes: FetchBytes
  /** Which provider to ask for. */
  readonly prefer: 'auto' | 'wasm' | 'webgpu'
}

export type ReadBytes = () => Promise<Uint8Array<ArrayBuffer>>

export interface DataContext extends DataDependencies {
  readonly get: () => AppState
  readonly set: (part: Partial<AppState>) => void
  /** Opens a volume file; `frame` counts from 0. Rejects with a Failure. */
  openVolume(name: string, read: ReadBytes, frame?: number): Promise<ImageLayer>
  /** Reads the file of an open volume with several frames again; null where it cannot. */
  reread(volumeId: string): ReadBytes | null
  /** Lets the worker forget those of the volumes that nothing uses. */
  closeUnused(volumeIds: readonly string[]): void
  /** Runs an action; a failure is shown where it belongs and changes nothing. */
  attempt(place: NoticePlace, subject: string, action: () => Promise<void>): Promise<void>
}

export function createDataContext(
  dependencies: DataDependencies,
  get: () => AppState,
  set: (part: Partial<AppState>) => void,
): DataContext {
  const { clients } = dependencies
  const readers = new Map<string, ReadBytes>()
  return {
    ...dependencies,
    get,
    set,
    async openVolume(name, read, frame) {
      const bytes = await read()
      const request = frame === undefined ? { name, bytes } : { name, bytes, frame }
      const info = await clients.volume('open', request, unattended())
      const voxels = await clients.volume('voxels', { id: info.id }, unattended())
      if (info.frames > 1) readers.set(info.id, read)
      return { info, voxels }
    },
    reread: (volumeId) => readers.get(volumeId) ?? null,
    closeUnused(volumeIds) {
      const used = usedVolumes(get())
      for (const id of volumeIds) {
        if (used.has(id)) continue
        readers.delete(id)
        clients.volume('close', { id }, unattended()).catch(() => undefined)
      }
    },
    async attempt(place, subject, action) {
      try {
        await action()
      } catch (error) {
        if (isAbort(error)) return
        const { kind, text, details } = describeError(error, `Opening ${subject}`)
        const named = text.includes(subject) ? text : `${subject}: ${text}`
        const actions = failureActions(kind, get().methodId)
        get().notify({ place, text: named, details, actions })
      }
    },
  }
}

function usedVolumes(app: AppState): ReadonlySet<string> {
  const { images, truth, pending, runs, baselineFiles } = app
  const baselines = [...baselineFiles, ...runs.flatMap(({ request }) => request.baselineFiles)]
  return new Set([
    ...images.map(({ info }) => info.id),
    ...pending.map(({ layer }) => layer.info.id),
    ...runs.map(({ source }) => source.image.info.id),
    ...baselines.flatMap((file) => (file.kind === 'volume' ? [file.volumeId] : [])),
    ...(truth ? [truth.info.id] : []),
  ])
}
