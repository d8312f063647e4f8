import type { AttributionApi, LoadModelRequest } from '../rpc/attribution-api.ts'
import type { Remote } from '../rpc/connect.ts'
import { createResilientWorker, type ResilientWorker } from './resilient-worker.ts'
import { silently } from './silently.ts'

export type AttributionClient = ResilientWorker<AttributionApi>

/**
 * The worker that runs and explains models. When it must be replaced, the last model that loaded is
 * loaded again: it is kept as a Blob, which the browser may hold outside the page's own memory.
 */
export function spawnAttributionClient(graceMs = 250): AttributionClient {
  let loaded: LoadModelRequest | undefined
  const { call, terminate } = createResilientWorker<AttributionApi>({
    spawn: spawnAttributionWorker,
    graceMs,
    restore: async (remote) => {
      if (loaded) await remote('load', loaded, silently)
    },
    independent: ['load'],
  })
  const load = async (request: LoadModelRequest, ...rest: LoadRest) => {
    const { bytes } = request
    const kept = { ...request, bytes: bytes instanceof Blob ? bytes : new Blob([bytes]) }
    const reply = await call('load', kept, ...rest)
    loaded = kept
    return reply
  }
  const remember: Remote<AttributionApi> = (method, request, ...rest) =>
    method === 'load'
      ? (load(request as LoadModelRequest, ...rest) as ReturnType<typeof call<typeof method>>)
      : call(method, request, ...rest)
  return { call: remember, terminate }
}

type LoadRest =
  Parameters<Remote<AttributionApi>> extends [unknown, unknown, ...infer Rest] ? Rest : never

function spawnAttributionWorker(): Worker {
  // Vite finds the worker only where both constructors stand in one expression.
  return new Worker(new URL('../../workers/attribution.worker.ts', import.meta.url), {
    type: 'module',
    name: 'attribution',
  })
}
