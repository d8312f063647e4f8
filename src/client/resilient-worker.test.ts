import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker as Thread } from 'node:worker_threads'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { createResilientWorker, type ResilientOptions } from './resilient-worker.ts'

type Toy = {
  readonly load: readonly [request: string, reply: null]
  readonly read: readonly [request: null, reply: { readonly state: string; readonly calls: number }]
  readonly work: readonly [request: null, reply: null]
  readonly block: readonly [request: number, reply: null]
  readonly die: readonly [request: null, reply: null]
  readonly exhaust: readonly [request: null, reply: null]
}

let folder = ''
const threads: Thread[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'saliscope-worker-'))
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: join(import.meta.dirname, 'testing/stubborn-worker.mjs'),
      outDir: folder,
      emptyOutDir: false,
    },
  })
})
afterEach(async () => {
  await Promise.all(threads.splice(0).map((thread) => thread.terminate()))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A real thread behind the few members of the browser's Worker that are used. */
function spawn(): Worker {
  const thread = new Thread(join(folder, 'stubborn-worker.js'))
  threads.push(thread)
  const worker = {
    onmessage: null as ((event: { data: unknown }) => void) | null,
    postMessage: (message: unknown, transfer: never[]) => thread.postMessage(message, transfer),
    terminate: () => void thread.terminate(),
    addEventListener: (kind: string, listen: (event: unknown) => void) =>
      thread.on(kind, (error) =>
        listen({ message: (error as Error).message, preventDefault: () => undefined }),
      ),
  }
  thread.on('message', (data) => worker.onmessage?.({ data }))
  return worker as unknown as Worker
}

function create(options: Partial<ResilientOptions<Toy>> = {}) {
  return createResilientWorker<Toy>({
    spawn,
    graceMs: 250,
    restore: (call) => call('load', 'a model', control()).then(() => undefined),
    independent: ['load'],
    ...options,
  })
}

const control = (signal = new AbortController().signal) => ({ signal, onProgress: vi.fn() })
const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('should have rejected'),
    (error: unknown) => error,
  )

test('a call on a new worker waits until its state is restored', async () => {
  const { call } = create()
  expect(await call('read', null, control())).toEqual({ state: 'a model', calls: 1 })
})

test('cancel of an obedient call keeps the worker', async () => {
  const { call } = create()
  await call('read', null, control())
  const stop = new AbortController()
  const given = control(stop.signal)
  const work = failureOf(call('work', null, given))
  await vi.waitFor(() => expect(given.onProgress).toHaveBeenCalled())
  stop.abort()
  expect(await work).toMatchObject({ kind: 'cancelled' })
  expect(await call('read', null, control())).toEqual({ state: 'a model', calls: 2 })
  expect(threads).toHaveLength(1)
})

test('cancel of a call that cannot obey answers at once, and a new worker has the old state', async () => {
  const { call } = create()
  await call('read', null, control())
  const stop = new AbortController()
  const blocked = failureOf(call('block', 20_000, control(stop.signal)))
  await new Promise((resolve) => setTimeout(resolve, 50))
  const began = performance.now()
  stop.abort()
  const next = call('read', null, control())
  expect(await blocked).toMatchObject({ kind: 'cancelled' })
  expect(performance.now() - began).toBeLessThan(50)
  expect(await next).toEqual({ state: 'a model', calls: 1 })
  expect(performance.now() - began).toBeGreaterThanOrEqual(240)
  expect(threads).toHaveLength(2)
})

test('without a grace period a busy worker is waited for and keeps its state', async () => {
  const { call } = create({ graceMs: null })
  await call('read', null, control())
  const stop = new AbortController()
  const blocked = failureOf(call('block', 400, control(stop.signal)))
  await new Promise((resolve) => setTimeout(resolve, 50))
  stop.abort()
  expect(await blocked).toMatchObject({ kind: 'cancelled' })
  expect(await call('read', null, control())).toEqual({ state: 'a model', calls: 2 })
  expect(threads).toHaveLength(1)
})

test('a second call waits, says so, and may leave the queue', async () => {
  const { call } = create()
  const first = call('block', 150, control())
  const given = control()
  const second = call('read', null, given)
  const stop = new AbortController()
  const third = failureOf(call('read', null, control(stop.signal)))
  expect(given.onProgress).toHaveBeenCalledWith(
    expect.objectContaining({ stage: 'waiting for the run before it' }),
  )
  stop.abort()
  expect(await third).toMatchObject({ kind: 'cancelled' })
  await first
  expect(await second).toEqual({ state: 'a model', calls: 1 })
  expect(threads).toHaveLength(1)
})

test('a worker that dies rejects its call and is replaced with its state', async () => {
  const { call } = create()
  await call('read', null, control())
  const dying = failureOf(call('die', null, control()))
  const next = call('read', null, control())
  expect(await dying).toMatchObject({ kind: 'internal', message: expect.stringContaining('boom') })
  expect(await next).toEqual({ state: 'a model', calls: 1 })
  expect(threads).toHaveLength(2)
})

test('out of memory replaces the worker: its heap never shrinks', async () => {
  const { call } = create()
  await call('read', null, control())
  expect(await failureOf(call('exhaust', null, control()))).toMatchObject({ kind: 'out-of-memory' })
  expect(await call('read', null, control())).toEqual({ state: 'a model', calls: 1 })
})

test('when the state cannot be restored, calls say why, and loading another model works', async () => {
  const { call } = create({
    restore: (call) => call('load', 'unloadable', control()).then(() => undefined),
  })
  expect(await failureOf(call('read', null, control()))).toMatchObject({
    kind: 'bad-file',
    message: 'This is not a model.',
  })
  await call('load', 'another', control())
  expect(await call('read', null, control())).toEqual({ state: 'another', calls: 1 })
})

test('a worker that dies before it ever answered is not restarted in a loop', async () => {
  const { call } = create({ restore: async () => undefined })
  expect(await failureOf(call('die', null, control()))).toMatchObject({ kind: 'internal' })
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(threads).toHaveLength(1)
  expect(await call('read', null, control())).toEqual({ state: 'empty', calls: 1 })
})

test('terminate rejects what is pending and what comes later', async () => {
  const { call, terminate } = create()
  await call('read', null, control())
  const pending = failureOf(call('block', 20_000, control()))
  await new Promise((resolve) => setTimeout(resolve, 30))
  terminate()
  expect(await pending).toMatchObject({ kind: 'internal' })
  expect(await failureOf(call('read', null, control()))).toMatchObject({ kind: 'internal' })
})
