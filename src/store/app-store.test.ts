import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { measureLocalisation } from '../core/metrics/measure-localisation.ts'
import { readNifti } from '../core/volume/nifti-read.ts'
import { attribute } from '../engine/attribute.ts'
import { estimateMethod } from '../engine/estimate-method.ts'
import { createModelHost } from '../engine/model-host.ts'
import { createNodeRuntime } from '../engine/runtime-node.ts'
import type { AttributionApi } from '../rpc/attribution-api.ts'
import { connect, type Remote } from '../rpc/connect.ts'
import type { MetricApi } from '../rpc/metric-api.ts'
import type { Api } from '../rpc/protocol.ts'
import { readFile as readRequestFile } from '../rpc/read-file.ts'
import { type Handlers, serve } from '../rpc/serve.ts'
import type { VolumeApi } from '../rpc/volume-api.ts'
import { shownRun, thresholdOf } from './active-run.ts'
import { type AppStore, createAppStore } from './app-store.ts'
import type { Clients } from './clients.ts'
import { thresholdRows } from './metric-rows.ts'

/** The real workers' handlers, in this process, behind real message ports. */
const ports: MessagePort[] = []

function channel() {
  const { port1, port2 } = new MessageChannel()
  ports.push(port1, port2)
  return { port1, port2 }
}

function inProcess<A extends Api>(handlers: Handlers<A>): Remote<A> {
  const { port1, port2 } = channel()
  serve<A>(port1 as never, handlers)
  return connect<A>(port2 as never).call
}

function attributionClient(): Remote<AttributionApi> {
  const host = createModelHost(async () => createNodeRuntime({ threads: 2 }))
  return inProcess<AttributionApi>({
    async load({ bytes, prefer }) {
      const { summary, runtime, embeddedCard, sha256 } = await host.open(
        await readRequestFile(bytes),
        prefer,
      )
      return { reply: { summary, provider: runtime.provider, embeddedCard, sha256 }, transfer: [] }
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
    estimate: async (request) => ({
      reply: await host.use((model) => estimateMethod(model, request)),
      transfer: [],
    }),
  })
}

async function volumeClient(): Promise<Remote<VolumeApi>> {
  const { port1, port2 } = channel()
  vi.stubGlobal('self', port1)
  await import('../../workers/volume.worker.ts')
  vi.unstubAllGlobals()
  return connect<VolumeApi>(port2 as never).call
}

const publicFile = (path: string) => readFile(new URL(`../../public/${path}`, import.meta.url))
const casePath = 'cases/hippocampus/'

let clients: Clients
beforeAll(async () => {
  clients = {
    attribution: attributionClient(),
    metric: inProcess<MetricApi>({
      measure: async (request) => ({ reply: measureLocalisation(request), transfer: [] }),
    }),
    volume: await volumeClient(),
  }
})
afterAll(() => {
  for (const port of ports) port.close()
})

function makeStore(): AppStore {
  return createAppStore({
    clients,
    fetchBytes: async (path) => new Uint8Array(await publicFile(path)),
    memory: { get: () => null, set: () => undefined },
    systemTheme: 'dark',
    drawer: 'right',
    prefer: 'auto',
    appVersion: '0.0.0-test',
  })
}

const file = (name: string, bytes: Uint8Array<ArrayBuffer>) => ({
  name,
  arrayBuffer: async () => bytes.slice().buffer,
})
const textFile = (name: string, text: string) => file(name, new TextEncoder().encode(text))

async function demo(): Promise<AppStore> {
  const store = makeStore()
  await store.getState().start(null)
  return store
}

describe('the demo case', () => {
  test('image, then prediction, then map, without a click', async () => {
    const store = makeStore()
    const seen: string[] = []
    store.subscribe((app) => {
      if (app.images.length > 0) seen.push('image')
      if (app.prediction.kind === 'done') seen.push('prediction')
      if (shownRun(app)) seen.push('map')
    })
    await store.getState().start(null)
    expect([...new Set(seen)]).toEqual(['image', 'prediction', 'map'])
    const app = store.getState()
    expect(app.notices).toEqual([])
    expect(app.isOpening).toBe(false)
    expect(app.cases.map(({ id }) => id)).toContain('hippocampus/subject-2/twin')
    const reading = app.prediction.kind === 'done' ? app.prediction.reading : null
    if (reading?.kind !== 'classes') throw new Error('no classes')
    expect(reading.top).toBe(1)
    expect(reading.classes.reduce((sum, { probability }) => sum + probability!, 0)).toBeCloseTo(1)
    const shown = shownRun(app)!
    expect(shown.result.map).toHaveLength(96 ** 3)
    expect(shown.result.targetSpec).toBe('1')
    const [i, j, k] = shown.result.strongestAt
    const at = Math.abs(shown.result.map[i + 96 * (j + 96 * k)]!)
    expect(at).toBe(shown.result.map.reduce((best, v) => Math.max(best, Math.abs(v)), 0))
    expect(app.crosshairMm).not.toBeNull()
  })

  test('logits equal those of ONNX Runtime in Python', async () => {
    const store = await demo()
    const expected = JSON.parse(String(await publicFile(`${casePath}expected.json`)))
    const { prediction } = store.getState()
    if (prediction.kind !== 'done' || prediction.reading.kind !== 'classes') throw new Error('none')
    for (const [index, { score }] of prediction.reading.classes.entries()) {
      expect(score).toBeCloseTo(expected.subjects[0].logits[index], 2)
    }
  })

  test('threshold numbers equal a plain count over the map', async () => {
    const store = await demo()
    const { id } = shownRun(store.getState())!.run
    for (const percentile of [90, 99, 99.9]) {
      store.getState().changeDisplay(id, { percentile })
      const shown = shownRun(store.getState())!
      const { mask } = store.getState().truth!
      const threshold = thresholdOf(shown)
      let found = 0
      let hits = 0
      let truth = 0
      for (const [at, value] of shown.result.map.entries()) {
        const isFound = Math.abs(value) >= threshold
        if (isFound) found++
        if (mask[at]) truth++
        if (isFound && mask[at]) hits++
      }
      expect(found / 96 ** 3).toBeCloseTo(1 - percentile / 100, 4)
      const scores = Object.fromEntries(
        thresholdRows(shown).map(({ metric, score }) => [
          metric.id,
          score.kind === 'value' ? score.value : null,
        ]),
      )
      expect(scores.dice).toBeCloseTo((2 * hits) / (found + truth), 10)
      expect(scores.iou).toBeCloseTo(hits / (found + truth - hits), 10)
      expect(scores.precision).toBeCloseTo(hits / found, 10)
      expect(scores.recall).toBeCloseTo(hits / truth, 10)
    }
  })

  test('counting only positive values measures again', async () => {
    const store = await demo()
    const before = shownRun(store.getState())!
    store.getState().changeDisplay(before.run.id, { sign: 'positive' })
    await vi.waitFor(() => {
      const { measurement } = shownRun(store.getState())!
      expect(measurement?.table.values.at(-1)).toBe(0)
      expect(measurement).not.toBe(before.measurement)
    })
  })
})

describe('runs', () => {
  test('a second run waits, a cancelled one makes room, and nothing is lost', async () => {
    const store = await demo()
    store.getState().chooseMethod('occlusion')
    const first = store.getState().startRun()
    store.getState().chooseMethod('grad-cam')
    const second = store.getState().startRun()
    const kinds = () => store.getState().runs.map(({ state }) => state.kind)
    expect(kinds()).toEqual(['done', 'running', 'queued'])
    await vi.waitFor(() => {
      const { state } = store.getState().runs[1]!
      expect(state.kind === 'running' && state.progress?.stage).toMatch(/window \d+ of \d+/)
    })
    store.getState().cancelRun(store.getState().runs[1]!.id)
    expect(kinds()[1]).toBe('cancelled')
    await Promise.all([first, second])
    expect(kinds()).toEqual(['done', 'cancelled', 'done'])
    const shown = shownRun(store.getState())!
    expect(shown.run.request.methodId).toBe('grad-cam')
    expect(shown.result.isSigned).toBe(false)
    expect(shown.result.layer?.grid).toHaveLength(3)
    expect(store.getState().announcement).toMatch(/^Grad-CAM for .* finished in/)
    store.getState().showRun(store.getState().runs[0]!.id)
    expect(shownRun(store.getState())!.run.request.methodId).toBe('gradient')
  })

  test('a run that fails says why where it stands, and the map before it stays', async () => {
    const store = await demo()
    const before = shownRun(store.getState())
    store.getState().setTarget('7')
    await store.getState().startRun()
    const run = store.getState().runs.at(-1)!
    expect(run.state.kind === 'failed' && run.state.reason).toMatch(/class 7 does not exist/i)
    expect(store.getState().notices).toMatchObject([{ place: 'run', tone: 'error' }])
    expect(shownRun(store.getState())).toEqual(before)
  })

  test('display changes undo, one drag at a time', async () => {
    const store = await demo()
    const { id } = shownRun(store.getState())!.run
    const opacity = () => shownRun(store.getState())!.run.display.opacity
    const start = opacity()
    store.getState().rememberDisplay(id)
    for (const value of [0.7, 0.6, 0.5])
      store.getState().changeDisplay(id, { opacity: value }, 'no')
    store.getState().changeDisplay(id, { fade: false })
    store.getState().undoDisplay()
    expect(opacity()).toBe(0.5)
    expect(shownRun(store.getState())!.run.display.fade).toBe(true)
    store.getState().undoDisplay()
    expect(opacity()).toBe(start)
    expect(store.getState().undoDepth).toBe(0)
  })

  test('the map comes back from its NIfTI bit for bit, and the record says how it was made', async () => {
    const store = await demo()
    const [nifti, json] = await store.getState().makeExport()
    const { result } = shownRun(store.getState())!
    const bytes = new Uint8Array(gunzipSync(nifti!.bytes))
    const { volume } = readNifti(bytes, { name: nifti!.name })
    expect(volume.data).toEqual(result.map)
    expect(volume.affine).toEqual(store.getState().images[0]!.info.affine)
    const record = JSON.parse(new TextDecoder().decode(json!.bytes))
    expect(record).toMatchObject({
      saliscope: '0.0.0-test',
      method: 'gradient',
      seed: 0,
      target: '1',
      score: result.score,
      completenessGap: null,
      provider: { id: 'native' },
      volume: { dims: [96, 96, 96] },
      card: { output: 'logits' },
    })
    expect(record.model.sha256).toMatch(/^[0-9a-f]{64}$/)
  })
})

describe('files of the user', () => {
  test('bad ones get a sentence that names them, and change nothing', async () => {
    const store = await demo()
    const before = store.getState()
    const whole = new Uint8Array(gunzipSync(await publicFile(`${casePath}t1.nii.gz`)))
    await store
      .getState()
      .openFiles([
        file('short.nii', whole.slice(0, 5000)),
        textFile('notes.onnx', 'this is no model\n'.repeat(30)),
        textFile('readme.txt', 'hello'),
      ])
    const app = store.getState()
    const texts = app.notices.map(({ text }) => text).join('\n')
    expect(texts).toMatch(/short\.nii is cut short/)
    expect(texts).toMatch(/notes\.onnx/)
    expect(texts).toMatch(/readme\.txt is not a kind of file/)
    expect(app.images).toBe(before.images)
    expect(app.model).toBe(before.model)
    expect(app.runs).toBe(before.runs)
    await store.getState().startRun()
    expect(store.getState().runs.at(-1)!.state.kind).toBe('done')
  })

  test('an image and its mask find their places; runs of the image before it stay', async () => {
    const store = await demo()
    const read = async (name: string) => new Uint8Array(await publicFile(casePath + name))
    await store
      .getState()
      .openFiles([
        file('my-mask.nii.gz', await read('subject-2-truth.nii.gz')),
        file('scan.nii.gz', await read('subject-2-t1.nii.gz')),
      ])
    const app = store.getState()
    expect(app.notices).toEqual([])
    expect(app.images.map(({ info }) => info.name)).toEqual(['scan.nii.gz'])
    expect(app.truth?.info.name).toBe('my-mask.nii.gz')
    expect(app.prediction.kind).toBe('done')
    expect(app.caseTitle).toBeNull()
    expect(app.runs.map(({ state }) => state.kind)).toEqual(['done', 'done'])
    expect(shownRun(app)!.run.source.image.info.name).toBe('scan.nii.gz')
    expect(shownRun(app)!.measurement?.truth?.info.name).toBe('my-mask.nii.gz')
    app.showRun(app.runs[0]!.id)
    const old = shownRun(store.getState())!
    expect(old.run.source.image.info.name).toBe('t1.nii.gz')
    expect(old.measurement?.truth?.info.name).toBe('truth.nii.gz')
  })

  test('a model without a card is guessed for, and the guess can be changed', async () => {
    const store = await demo()
    const model = new Uint8Array(await publicFile(`${casePath}model.onnx`))
    await store.getState().openFiles([file('mine.onnx', model)])
    const { model: loaded } = store.getState()
    expect(['embedded', 'guessed']).toContain(loaded?.cardSource)
    expect(store.getState().prediction.kind).toBe('done')
    const first = store.getState().prepared!
    await store.getState().setCard({ ...loaded!.card, intensity: [], output: 'regression' })
    const { prepared, prediction, model: edited } = store.getState()
    expect(edited?.cardSource).toBe('edited')
    expect(prepared!.max).toBeGreaterThan(first.max)
    expect(prediction.kind === 'done' && prediction.reading.kind).toBe('regression')
  })

  test('a card that does not fit the model says so and offers the form', async () => {
    const store = await demo()
    const { model } = store.getState()
    await store.getState().setCard({ ...model!.card, shape: [40, 40, 40] })
    const { prediction, notices } = store.getState()
    expect(prediction.kind).toBe('failed')
    expect(notices).toMatchObject([{ place: 'prediction', actions: [{ kind: 'edit-card' }] }])
  })
})
