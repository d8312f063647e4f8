/** @file Our side of `npm run bench:peers` in Node: one opened network, methods run when asked. */

import { readFileSync } from 'node:fs'
import type { RunControl } from '../src/core/attribution/method.ts'
import { attributionMethods } from '../src/core/attribution/methods.ts'
import type { AnyOptionValues } from '../src/core/options.ts'
import { zerosLike } from '../src/core/tensor/arithmetic.ts'
import { attribute } from '../src/engine/attribute.ts'
import { openModel } from '../src/engine/open-model.ts'
import { createNodeRuntime } from '../src/engine/runtime-node.ts'
import { noise } from './noise.ts'

interface PeerTime {
  readonly ms: number
  /** What the processor spent on this process, all threads together. */
  readonly cpuMs: number
}

export interface PeerSubject {
  readonly provider: string
  /** From the call to the map. */
  run(methodId: string, options: AnyOptionValues): Promise<PeerTime>
  close(): Promise<void>
}

export function hasMethod(id: string): boolean {
  return attributionMethods.some((method) => method.id === id)
}

export async function openPeerSubject(
  file: string,
  dims: readonly number[],
  threads: number,
): Promise<PeerSubject> {
  const runtime = createNodeRuntime({ threads })
  const model = await openModel(runtime, new Uint8Array(readFileSync(file)))
  const input = noise(dims)
  const control: RunControl = { signal: new AbortController().signal, onProgress: () => {} }
  return {
    provider: runtime.provider.label,
    async run(methodId, options) {
      const inputs = [input]
      const baseline = [zerosLike(input)]
      const began = performance.now()
      const spent = process.cpuUsage()
      await attribute(model, { methodId, options, inputs, baseline, target: '1', seed: 0 }, control)
      const { user, system } = process.cpuUsage(spent)
      return { ms: performance.now() - began, cpuMs: (user + system) / 1000 }
    },
    close: () => model.close(),
  }
}
