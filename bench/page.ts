/** @file The benchmark in a page: what `scripts/bench.mjs` calls through Playwright. */

import { spawnAttributionClient } from '../src/client/spawn-attribution-client.ts'
import type { AnyOptionValues } from '../src/core/options.ts'
import { zerosLike } from '../src/core/tensor/arithmetic.ts'
import type { BenchSettings, MethodsReport, SliderReport } from './bench-types.ts'
import { measureMethods } from './measure-methods.ts'
import { measureSlider } from './measure-slider.ts'
import { encodeNetwork } from './network.ts'
import { noise } from './noise.ts'
import type { Subject } from './subject.ts'

export interface BenchPage {
  readonly isIsolated: boolean
  methods(settings: BenchSettings, only: readonly string[]): Promise<MethodsReport>
  slider(settings: BenchSettings): SliderReport
  /** Opens the model at an address, for `peer`; its provider. */
  openPeer(address: string, dims: readonly number[]): Promise<string>
  /** One run of a method, in ms from the call to the map. */
  peer(methodId: string, options: AnyOptionValues): Promise<number>
}

declare global {
  var saliscopeBench: BenchPage | undefined
}

async function openSubject(): Promise<Subject> {
  const { call } = spawnAttributionClient()
  const control = () => ({ signal: new AbortController().signal, onProgress: () => {} })
  const { provider } = await call('load', { bytes: encodeNetwork(), prefer: 'wasm' }, control())
  return {
    provider: provider.label,
    async forward(input) {
      return (await call('predict', { inputs: [input] }, control())).elapsedMs
    },
    async attribute(methodId, options, input) {
      const inputs = [input]
      const baseline = [zerosLike(input)]
      const classNames: readonly string[] = []
      const request = { methodId, options, inputs, baseline, target: '1', classNames, seed: 0 }
      await call('attribute', request, control())
    },
    estimate: async (methodId, input) =>
      (await call('estimate', { methodId, inputs: [input], target: '1' }, control())).peakBytes,
  }
}

let runPeer: BenchPage['peer'] | undefined

async function openPeer(address: string, dims: readonly number[]): Promise<string> {
  const bytes = new Uint8Array(await (await fetch(address)).arrayBuffer())
  const { call } = spawnAttributionClient()
  const control = () => ({ signal: new AbortController().signal, onProgress: () => {} })
  const { provider } = await call('load', { bytes, prefer: 'wasm' }, control())
  const input = noise(dims)
  runPeer = async (methodId, options) => {
    const inputs = [input]
    const baseline = [zerosLike(input)]
    const classNames: readonly string[] = []
    const request = { methodId, options, inputs, baseline, target: '1', classNames, seed: 0 }
    const began = performance.now()
    await call('attribute', request, control())
    return performance.now() - began
  }
  return provider.label
}

globalThis.saliscopeBench = {
  isIsolated: globalThis.crossOriginIsolated,
  methods: async (settings, only) =>
    measureMethods(await openSubject(), settings, only, (line) => console.info(line)),
  slider: measureSlider,
  openPeer,
  peer: async (methodId, options) => {
    if (!runPeer) throw new Error('openPeer was not called')
    return runPeer(methodId, options)
  },
}
