import type { OpenedVolume, VolumeApi } from '../rpc/volume-api.ts'

type OpenRequest = VolumeApi['open'][0]

interface Entry {
  readonly request: Omit<OpenRequest, 'bytes'>
  /** The file as dropped, kept as a Blob: the browser may hold it outside the page's memory. */
  readonly file: Blob
  /** Its name in the worker that lives now. */
  workerId: string
}

/**
 * What the volume worker has open, so that another one can open it again. Callers see ids that
 * outlive the worker; the worker has its own, of another form: a closed one can name nothing else.
 */
export interface VolumeJournal {
  opened(request: OpenRequest, file: Blob, reply: OpenedVolume): OpenedVolume
  closed(id: string): void
  /** The request with every volume named as the worker knows it. */
  translate<Request>(request: Request): Request
  /** Opens everything again, in the order it was opened. */
  replay(open: (request: OpenRequest) => Promise<OpenedVolume>): Promise<void>
}

export function createVolumeJournal(): VolumeJournal {
  const entries = new Map<string, Entry>()
  let lastId = 0
  const workerId = (id: unknown) =>
    typeof id === 'string' ? (entries.get(id)?.workerId ?? id) : id

  return {
    opened({ bytes: _, ...request }, file, reply) {
      lastId += 1
      const id = `opened-${lastId}`
      entries.set(id, { request, file, workerId: reply.id })
      return { ...reply, id }
    },
    closed: (id) => void entries.delete(id),
    translate<Request>(request: Request): Request {
      const fields = Object.entries(request as object).map(([key, value]) => [
        key,
        /^(id|maskId|volumeId)$/.test(key)
          ? workerId(value)
          : key === 'volumeIds' && Array.isArray(value)
            ? value.map(workerId)
            : value,
      ])
      return Object.fromEntries(fields)
    },
    async replay(open) {
      for (const entry of entries.values()) {
        const bytes = new Uint8Array(await entry.file.arrayBuffer())
        const reply = await open({ ...entry.request, bytes })
        entry.workerId = reply.id
      }
    },
  }
}
