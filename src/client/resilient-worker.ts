import { Failure } from '../core/failure.ts'
import { type Connection, cancelled, connect, type Remote } from '../rpc/connect.ts'
import type { Api } from '../rpc/protocol.ts'
import { isOutOfMemory } from '../rpc/wire-failure.ts'
import { createTurns } from './turns.ts'
import { untilAborted } from './until-aborted.ts'

export interface ResilientOptions<A extends Api> {
  /** Starts a worker that `serve`s A. */
  readonly spawn: () => Worker
  /**
   * How long a cancelled call may keep the worker before it is terminated and replaced (a run of
   * the runtime cannot be interrupted). Null: it is waited for, because its state would be lost.
   */
  readonly graceMs: number | null
  /** Brings a fresh worker to the state of the one before it; calls wait for it. */
  readonly restore?: (call: Remote<A>) => Promise<void>
  /** Methods that bring their own state: they run, and make the worker good, if `restore` failed. */
  readonly independent?: readonly (keyof A & string)[]
}

export interface ResilientWorker<A extends Api> {
  /** One call at a time, in order; a waiting call that is cancelled leaves the queue at once. */
  readonly call: Remote<A>
  /** Ends the worker for good; what is pending rejects. */
  readonly terminate: () => void
}

interface Live<A extends Api> {
  readonly worker: Worker
  readonly connection: Connection<A>
  readonly call: Remote<A>
  /** What went wrong while restoring, if anything. */
  restored: Promise<Failure | null>
  hasAnswered: boolean
}

/** After these the worker's heap or device cannot be trusted, and WASM memory never shrinks. */
const spoiling: ReadonlySet<string> = new Set(['device-lost', 'internal', 'out-of-memory'])

/** A worker that is replaced, with its state, when it dies or will not stop. */
export function createResilientWorker<A extends Api>(
  options: ResilientOptions<A>,
): ResilientWorker<A> {
  const { graceMs, restore, independent = [] } = options
  const takeTurn = createTurns()
  let live: Live<A> | undefined
  let ended: Failure | undefined

  const start = (): Live<A> => {
    const worker = options.spawn()
    const connection = connect<A>(worker)
    const call: Remote<A> = async (...given) => {
      const reply = await connection.call(...given)
      born.hasAnswered = true
      return reply
    }
    const restored = (restore?.(call) ?? Promise.resolve()).then(
      () => null,
      (error: unknown) => asFailure(error),
    )
    const born: Live<A> = { worker, connection, call, restored, hasAnswered: false }
    worker.addEventListener('error', (event) => {
      event.preventDefault()
      replace(born, deathOf(event.message))
    })
    worker.addEventListener('messageerror', () => replace(born, deathOf('unreadable message')))
    return born
  }

  /** One that never answered is not started again until it is asked for: no endless loop. */
  const replace = (old: Live<A>, failure: Failure) => {
    if (live !== old) return
    live = undefined
    old.worker.terminate()
    old.connection.close(failure)
    if (old.hasAnswered && !ended) live = start()
  }

  const findLive = async (method: keyof A & string): Promise<Live<A>> => {
    if (ended) throw ended
    live ??= start()
    const current = live
    const failure = await current.restored
    if (!failure || independent.includes(method)) return current
    replace(current, failure)
    throw failure
  }

  const letGo = async (current: Live<A>) => {
    const idle = current.connection.whenIdle()
    if (graceMs === null) return idle
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, graceMs, 'late')
    })
    const first = await Promise.race([idle, late])
    clearTimeout(timer)
    if (first === 'late') replace(current, cancelled())
  }

  const call: Remote<A> = async (method, request, control, transfer) => {
    const turn = takeTurn()
    let current: Live<A> | undefined
    try {
      if (turn.isWaiting) control.onProgress(waiting)
      await untilAborted(turn.came, control.signal)
      current = await untilAborted(findLive(method), control.signal)
      const reply = await current.call(method, request, control, transfer)
      if (independent.includes(method)) current.restored = Promise.resolve(null)
      return reply
    } catch (error) {
      const failure = asFailure(error)
      if (current && restore && spoiling.has(failure.kind)) replace(current, failure)
      throw failure
    } finally {
      void (current ? letGo(current) : Promise.resolve()).then(turn.leave)
    }
  }

  return {
    call,
    terminate() {
      ended = new Failure('internal', 'The worker was ended.')
      if (live) replace(live, ended)
    },
  }
}

const waiting = {
  stage: 'waiting for the run before it',
  fraction: 0,
  elapsedMs: 0,
  remainingMs: null,
} as const

function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  const message = error instanceof Error ? error.message : String(error)
  return new Failure('internal', message, { cause: error })
}

function deathOf(reason: string | undefined): Failure {
  if (reason && isOutOfMemory(reason)) {
    return new Failure('out-of-memory', 'The worker ran out of memory and was replaced.')
  }
  const detail = reason ? `: ${reason.replace(/^Uncaught /, '')}` : ''
  return new Failure('internal', `The worker died and was replaced${detail}.`)
}
