/** @file The store of the page in a test: the real workers' handlers, in this process. */

import { readFile } from 'node:fs/promises'
import { vi } from 'vitest'
import { compareMaps } from '../../core/metrics/compare-maps.ts'
import { measureLocalisation } from '../../core/metrics/measure-localisation.ts'
import { attribute } from '../../engine/attribute.ts'
import { describeModel } from '../../engine/describe-model.ts'
import { estimateMethod } from '../../engine/estimate-method.ts'
import { createModelHost } from '../../engine/model-host.ts'
import { randomiseFile } from '../../engine/randomise-file.ts'
import { createNodeRuntime } from '../../engine/runtime-node.ts'
import type { AttributionApi } from '../../rpc/attribution-api.ts'
import { connect, type Remote } from '../../rpc/connect.ts'
import type { MetricApi } from '../../rpc/metric-api.ts'
import type { Api } from '../../rpc/protocol.ts'
import { readFile as readRequestFile } from '../../rpc/read-file.ts'
import { type Handlers, serve } from '../../rpc/serve.ts'
import type { VolumeApi } from '../../rpc/volume-api.ts'
import { type AppStore, createAppStore } from '../app-store.ts'
import type { FetchBytes } from '../case-files.ts'
import type { Clients } from '../clients.ts'

/** The handlers stand behind real message ports, which `close` shuts. */
export interface InProcess {
  readonly clients: Clients
  close(): void
}

export async function startInProcess(): Promise<InProcess> {
  const ports: MessagePort[] = []
  const channel = () => {
    const { port1, port2 } = new MessageChannel()
    ports.push(port1, port2)
    return { port1, port2 }
  }
  const inProcess = <A extends Api>(handlers: Handlers<A>): Remote<A> => {
    const { port1, port2 } = channel()
    serve<A>(port1 as never, handlers)
    return connect<A>(port2 as never).call
  }
  const volumeClient = async (): Promise<Remote<VolumeApi>> => {
    const { port1, port2 } = channel()
    vi.stubGlobal('self', port1)
    await import('../../../workers/volume.worker.ts')
    vi.unstubAllGlobals()
    return connect<VolumeApi>(port2 as never).call
  }
  return {
    clients: {
      attribution: inProcess(attributionHandlers()),
      metric: inProcess(metricHandlers),
      volume: await volumeClient(),
    },
    close() {
      for (const port of ports) port.close()
    },
  }
}

const metricHandlers: Handlers<MetricApi> = {
  compare: async ({ first, second, image }) => ({
    reply: { rank: compareMaps(first, second, image) },
    transfer: [],
  }),
  measure: async (request) => ({ reply: measureLocalisation(request), transfer: [] }),
}

function attributionHandlers(): Handlers<AttributionApi> {
  const host = createModelHost(async () => createNodeRuntime({ threads: 2 }))
  return {
    async load({ bytes, prefer, randomSeed }) {
      const file = await readRequestFile(bytes)
      const { summary, runtime, embeddedCard, sha256, logits } = await host.open(
        randomSeed === undefined ? file : randomiseFile(file, randomSeed),
        prefer,
      )
      const { provider } = runtime
      return { reply: { summary, provider, embeddedCard, sha256, logits }, transfer: [] }
    },
    predict: ({ inputs }) =>
      host.use(async (model) => {
        const { outputs, elapsedMs, peakBytes } = await model.predict(inputs)
        const flat = outputs.map(({ name, tensor }) => ({ name, ...tensor }))
        const { provider } = model.runtime
        return { reply: { outputs: flat, elapsedMs, peakBytes, provider }, transfer: [] }
      }),
    attribute: async (request, control) => ({
      reply: await host.use((model) => attribute(model, request, control)),
      transfer: [],
    }),
    describe: async (request) => ({
      reply: await host.use((model) => describeModel(model, request)),
      transfer: [],
    }),
    estimate: async (request) => ({
      reply: await host.use((model) => estimateMethod(model, request)),
      transfer: [],
    }),
  }
}

export const publicFile = (path: string) =>
  readFile(new URL(`../../../public/${path}`, import.meta.url))

/** What the page would fetch, from the folder `public`. */
export const fetchPublic: FetchBytes = async (path) => new Uint8Array(await publicFile(path))

export function makeStore(clients: Clients, fetchBytes: FetchBytes = fetchPublic): AppStore {
  return createAppStore({
    clients,
    fetchBytes,
    memory: { get: () => null, set: () => undefined },
    systemTheme: 'dark',
    drawer: 'right',
    prefer: 'auto',
    appVersion: '0.0.0-test',
  })
}
