import type { Remote } from '../rpc/connect.ts'
import type { CallControl } from '../rpc/protocol.ts'
import type { VolumeApi } from '../rpc/volume-api.ts'
import { createResilientWorker, type ResilientWorker } from './resilient-worker.ts'
import { silently } from './silently.ts'
import { createVolumeJournal } from './volume-journal.ts'

export type VolumeClient = ResilientWorker<VolumeApi>

/**
 * The worker that holds the opened volumes. A cancelled call is waited for (none is long); a worker
 * that dies is replaced and opens the same files again under the same ids.
 */
export function spawnVolumeClient(spawn: () => Worker = spawnVolumeWorker): VolumeClient {
  const journal = createVolumeJournal()
  const { call, terminate } = createResilientWorker<VolumeApi>({
    spawn,
    graceMs: null,
    restore: (remote) => journal.replay((request) => remote('open', request, silently)),
  })
  const open = async (request: VolumeApi['open'][0], control: CallControl) => {
    const file = new Blob([request.bytes])
    return journal.opened(request, file, await call('open', request, control))
  }
  const close = async (request: VolumeApi['close'][0], control: CallControl) => {
    const reply = await call('close', journal.translate(request), control)
    journal.closed(request.id)
    return reply
  }
  // Requests are copied, never moved: the page and the journal keep theirs.
  const remember = ((method, request, control) => {
    if (method === 'open') return open(request as VolumeApi['open'][0], control)
    if (method === 'close') return close(request as VolumeApi['close'][0], control)
    return call(method, journal.translate(request), control)
  }) as Remote<VolumeApi>
  return { call: remember, terminate }
}

function spawnVolumeWorker(): Worker {
  // Vite finds the worker only where both constructors stand in one expression.
  return new Worker(new URL('../../workers/volume.worker.ts', import.meta.url), {
    type: 'module',
    name: 'volume',
  })
}
