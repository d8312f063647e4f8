import { Failure } from '../core/failure.ts'
import type { Port } from './port.ts'
import type { Api, CallControl, CallProgress, FromWorker, ToWorker } from './protocol.ts'
import { fromWireFailure } from './wire-failure.ts'

/** Calls `method` in the worker. Rejects with a Failure; on `signal` at once, as 'cancelled'. */
export type Remote<A extends Api> = <M extends keyof A & string>(
  method: M,
  request: A[M][0],
  control: CallControl,
  transfer?: Transferable[],
) => Promise<A[M][1]>

export interface Connection<A extends Api> {
  readonly call: Remote<A>
  /** Resolves when the worker has answered everything, cancelled calls included, or on `close`. */
  whenIdle(): Promise<void>
  /** Rejects what is pending, and every later call: the other side is gone. */
  close(failure: Failure): void
}

interface Pending {
  readonly resolve: (reply: unknown) => void
  readonly reject: (failure: Failure) => void
  readonly onProgress: (progress: CallProgress) => void
}

/** The caller's end of a port that `serve` answers; every call settles. */
export function connect<A extends Api>(port: Port<ToWorker, FromWorker>): Connection<A> {
  const pending = new Map<number, Pending>()
  /** Sent and not yet answered; a cancelled call stays here until the worker lets go of it. */
  const unanswered = new Set<number>()
  let idleListeners: (() => void)[] = []
  let closedBy: Failure | undefined
  let lastId = 0

  const tellIdle = () => {
    if (unanswered.size > 0) return
    const listeners = idleListeners
    idleListeners = []
    for (const listener of listeners) listener()
  }
  const take = (id: number) => {
    const call = pending.get(id)
    pending.delete(id)
    return call
  }

  port.onmessage = ({ data }) => {
    if (data.kind === 'progress') {
      pending.get(data.id)?.onProgress(data.progress)
      return
    }
    const call = take(data.id)
    if (data.kind === 'reply') call?.resolve(data.reply)
    else call?.reject(fromWireFailure(data.failure))
    unanswered.delete(data.id)
    tellIdle()
  }

  const call: Remote<A> = (method, request, { signal, onProgress }, transfer = []) =>
    new Promise((resolve, reject) => {
      if (closedBy) throw closedBy
      if (signal.aborted) throw cancelled()
      const id = ++lastId
      const cancel = () => {
        pending.delete(id)
        port.postMessage({ kind: 'cancel', id }, [])
        reject(cancelled())
      }
      const settle =
        <T>(end: (value: T) => void) =>
        (value: T) => {
          signal.removeEventListener('abort', cancel)
          end(value)
        }
      // Posting may throw (a request that cannot be cloned): nothing is pending then.
      port.postMessage({ kind: 'call', id, method, request }, transfer)
      signal.addEventListener('abort', cancel, { once: true })
      unanswered.add(id)
      pending.set(id, {
        resolve: settle(resolve as (reply: unknown) => void),
        reject: settle(reject),
        onProgress,
      })
    })

  return {
    call,
    whenIdle: () =>
      new Promise((resolve) => {
        idleListeners.push(resolve)
        tellIdle()
      }),
    close(failure) {
      closedBy = failure
      const calls = [...pending.values()]
      pending.clear()
      unanswered.clear()
      for (const { reject } of calls) reject(failure)
      tellIdle()
    },
  }
}

export function cancelled(): Failure {
  return new Failure('cancelled', 'The run was cancelled.')
}
