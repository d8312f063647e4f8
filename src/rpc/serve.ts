import type { Progress } from '../core/attribution/method.ts'
import { Failure } from '../core/failure.ts'
import { createEta } from './eta.ts'
import type { Port } from './port.ts'
import type { Api, FromWorker, ToWorker } from './protocol.ts'
import { toWireFailure } from './wire-failure.ts'

/** A reply, and the buffers to hand over with it instead of copying them. */
export interface Moved<Reply> {
  readonly reply: Reply
  readonly transfer: Transferable[]
}

/** What a handler holds over its own call. */
export interface HandlerControl {
  readonly signal: AbortSignal
  readonly onProgress: (progress: Progress) => void
}

export type Handlers<A extends Api> = {
  readonly [M in keyof A]: (request: A[M][0], control: HandlerControl) => Promise<Moved<A[M][1]>>
}

/** A page redraws no faster than this; reports in between are dropped. */
const progressIntervalMs = 30

/**
 * Answers calls that arrive at the port. A cancelled call is answered with a failure of kind
 * 'cancelled' as soon as its handler lets go: handlers check `signal` after every macrotask.
 */
export function serve<A extends Api>(
  port: Port<FromWorker, ToWorker>,
  handlers: Handlers<A>,
): void {
  const running = new Map<number, AbortController>()

  const answer = async (id: number, method: string, request: unknown, signal: AbortSignal) => {
    const report = createReporter(port, id)
    const handler = Object.hasOwn(handlers, method) && (handlers as Handlers<Api>)[method]
    if (!handler) throw new Failure('internal', `The worker has no method '${method}'.`)
    const { reply, transfer } = await handler(request, { signal, onProgress: report })
    signal.throwIfAborted()
    port.postMessage({ kind: 'reply', id, reply }, transfer)
  }

  port.onmessage = async ({ data }) => {
    if (data.kind === 'cancel') {
      running.get(data.id)?.abort()
      return
    }
    const { id, method, request } = data
    const controller = new AbortController()
    running.set(id, controller)
    try {
      await answer(id, method, request, controller.signal)
    } catch (error) {
      port.postMessage({ kind: 'failure', id, failure: toWireFailure(error) }, [])
    } finally {
      running.delete(id)
    }
  }
}

function createReporter(port: Port<FromWorker, ToWorker>, id: number) {
  const estimate = createEta(() => performance.now())
  let lastSent = Number.NEGATIVE_INFINITY
  return (raw: Progress) => {
    const progress = estimate(raw)
    if (progress.elapsedMs - lastSent < progressIntervalMs && progress.fraction < 1) return
    lastSent = progress.elapsedMs
    port.postMessage({ kind: 'progress', id, progress }, [])
  }
}
