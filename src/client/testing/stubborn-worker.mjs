/** @file A worker on a real thread that can count, hang, block its thread and die; for tests. */

import { parentPort } from 'node:worker_threads'
import { Failure } from '../../core/failure.ts'
import { serve } from '../../rpc/serve.ts'

const port = {
  onmessage: null,
  postMessage: (message, transfer) => parentPort.postMessage(message, transfer),
}
parentPort.on('message', (data) => port.onmessage({ data }))

let state = 'empty'
let calls = 0

serve(port, {
  load: async (text) => {
    if (text === 'unloadable') throw new Failure('bad-file', 'This is not a model.')
    state = text
    return { reply: null, transfer: [] }
  },
  read: async () => {
    calls += 1
    return { reply: { state, calls }, transfer: [] }
  },
  /** Obeys: looks at its signal between macrotasks. */
  work: async (_, { signal, onProgress }) => {
    while (true) {
      signal.throwIfAborted()
      onProgress({ stage: 'working', fraction: 0 })
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  },
  /** Cannot obey: the thread never reads its messages, like a long run of WASM. */
  block: async (ms) => {
    const until = performance.now() + ms
    while (performance.now() < until);
    return { reply: null, transfer: [] }
  },
  die: async () => {
    setTimeout(() => {
      throw new Error('boom')
    })
    return new Promise(() => undefined)
  },
  exhaust: async () => {
    throw new RangeError('Array buffer allocation failed')
  },
})
