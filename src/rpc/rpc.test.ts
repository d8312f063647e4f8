import { afterEach, describe, expect, test, vi } from 'vitest'
import { Failure } from '../core/failure.ts'
import { connect } from './connect.ts'
import type { Port } from './port.ts'
import type { FromWorker, ToWorker } from './protocol.ts'
import { serve } from './serve.ts'

type Toy = {
  readonly twice: readonly [request: Float32Array<ArrayBuffer>, reply: Float32Array<ArrayBuffer>]
  readonly fail: readonly [request: string, reply: null]
  readonly obey: readonly [request: null, reply: null]
  readonly ignore: readonly [request: null, reply: string]
  readonly unclonable: readonly [request: null, reply: unknown]
}

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

function pair() {
  const { port1, port2 } = new MessageChannel()
  closers.push(() => {
    port1.close()
    port2.close()
  })
  let release: (value: string) => void = () => undefined
  const gate = new Promise<string>((resolve) => {
    release = resolve
  })
  const seen: string[] = []
  serve<Toy>(port1 as unknown as Port<FromWorker, ToWorker>, {
    twice: async (request, { onProgress }) => {
      onProgress({ stage: 'doubling', fraction: 0.5 })
      const reply = request.map((x) => 2 * x)
      return { reply, transfer: [reply.buffer] }
    },
    fail: async (kind) => {
      if (kind === 'defect') throw new TypeError('x is undefined')
      if (kind === 'memory') throw new RangeError('Array buffer allocation failed')
      throw new Failure('shape-mismatch', 'The input is 3x3, the model takes 4x4.')
    },
    obey: (_, { signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          seen.push('aborted')
          reject(signal.reason)
        })
      }),
    ignore: async () => ({ reply: await gate, transfer: [] }),
    unclonable: async () => ({ reply: () => undefined, transfer: [] }),
  })
  const connection = connect<Toy>(port2 as unknown as Port<ToWorker, FromWorker>)
  return { connection, seen, release }
}

const control = (signal = new AbortController().signal) => ({ signal, onProgress: vi.fn() })

describe('calls', () => {
  test('reply and progress with stage and times', async () => {
    const { connection } = pair()
    const given = control()
    expect([...(await connection.call('twice', new Float32Array([1, 2]), given))]).toEqual([2, 4])
    expect(given.onProgress).toHaveBeenCalledWith({
      stage: 'doubling',
      fraction: 0.5,
      elapsedMs: expect.any(Number),
      remainingMs: null,
    })
  })

  test('a Failure keeps its kind and message; anything else is internal or memory', async () => {
    const { connection } = pair()
    const failure = await connection.call('fail', 'shape', control()).catch((error) => error)
    expect(failure).toBeInstanceOf(Failure)
    expect(failure).toMatchObject({
      kind: 'shape-mismatch',
      message: 'The input is 3x3, the model takes 4x4.',
    })
    await expect(connection.call('fail', 'defect', control())).rejects.toMatchObject({
      kind: 'internal',
      message: 'x is undefined',
    })
    await expect(connection.call('fail', 'memory', control())).rejects.toMatchObject({
      kind: 'out-of-memory',
    })
  })

  test('inherited names are not methods', async () => {
    const { connection } = pair()
    await expect(connection.call('toString' as 'obey', null, control())).rejects.toMatchObject({
      kind: 'internal',
    })
  })

  test('a request or a reply that cannot be cloned settles the call', async () => {
    const { connection } = pair()
    await expect(connection.call('unclonable', null, control())).rejects.toThrow(/clone/i)
    await expect(
      connection.call('fail', (() => 'x') as unknown as string, control()),
    ).rejects.toThrow(/clone/i)
    await connection.whenIdle()
  })
})

describe('cancel', () => {
  test('rejects at once, and the worker hears of it', async () => {
    const { connection, seen } = pair()
    const stop = new AbortController()
    const call = connection.call('obey', null, control(stop.signal))
    stop.abort()
    await expect(call).rejects.toMatchObject({ name: 'Failure', kind: 'cancelled' })
    expect(seen).toEqual([])
    await connection.whenIdle()
    expect(seen).toEqual(['aborted'])
  })

  test('whenIdle waits for a worker that does not obey', async () => {
    const { connection, release } = pair()
    const stop = new AbortController()
    const call = connection.call('ignore', null, control(stop.signal))
    stop.abort()
    await expect(call).rejects.toMatchObject({ kind: 'cancelled' })
    let idle = false
    const whenIdle = connection.whenIdle().then(() => {
      idle = true
    })
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(idle).toBe(false)
    release('late')
    await whenIdle
  })

  test('an aborted signal never reaches the worker', async () => {
    const { connection, seen } = pair()
    await expect(connection.call('obey', null, control(AbortSignal.abort()))).rejects.toMatchObject(
      { kind: 'cancelled' },
    )
    await connection.whenIdle()
    expect(seen).toEqual([])
  })
})

test('close rejects what is pending and what comes later', async () => {
  const { connection } = pair()
  const hung = connection.call('ignore', null, control())
  connection.close(new Failure('internal', 'the worker died'))
  await expect(hung).rejects.toThrow('the worker died')
  await expect(connection.call('obey', null, control())).rejects.toThrow('the worker died')
  await connection.whenIdle()
})
