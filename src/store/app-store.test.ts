import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { makeNifti } from '../../e2e/volumes.ts'
import { compareMaps } from '../core/metrics/compare-maps.ts'
import { measureLocalisation } from '../core/metrics/measure-localisation.ts'
import { encode } from '../core/onnx/codec.ts'
import type { Model } from '../core/onnx/ir.ts'
import { encodeNpy } from '../core/tensor/npy.ts'
import { randomFloats, tinyModel } from '../core/testing/tiny-models.ts'
import { readNifti } from '../core/volume/nifti-read.ts'
import { attribute } from '../engine/attribute.ts'
import { describeModel } from '../engine/describe-model.ts'
import { estimateMethod } from '../engine/estimate-method.ts'
import { createModelHost } from '../engine/model-host.ts'
import { randomiseFile } from '../engine/randomise-file.ts'
import { createNodeRuntime } from '../engine/runtime-node.ts'
import type { AttributionApi } from '../rpc/attribution-api.ts'
import { connect, type Remote } from '../rpc/connect.ts'
import type { MetricApi } from '../rpc/metric-api.ts'
import type { Api } from '../rpc/protocol.ts'
import { readFile as readRequestFile } from '../rpc/read-file.ts'
import { type Handlers, serve } from '../rpc/serve.ts'
import type { VolumeApi } from '../rpc/volume-api.ts'
import { shownRun, shownTruth, thresholdOf } from './active-run.ts'
import { type AppStore, createAppStore } from './app-store.ts'
import type { Clients } from './clients.ts'
import { problemOf } from './estimate.ts'
import { offeredLessons } from './lessons/lessons.ts'
import { massOf } from './lessons/live-numbers.ts'
import { thresholdRows } from './metric-rows.ts'
import { partnerOf, shownSimilarity } from './similarity-slice.ts'

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
      compare: async ({ first, second, image }) => ({
        reply: { rank: compareMaps(first, second, image) },
        transfer: [],
      }),
      measure: async (request) => ({ reply: measureLocalisation(request), transfer: [] }),
    }),
    volume: await volumeClient(),
  }
})
afterAll(() => {
  for (const port of ports) port.close()
})

const fetchPublic = async (path: string) => new Uint8Array(await publicFile(path))

function makeStore(fetchBytes = fetchPublic): AppStore {
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

describe('a model with an image, a number, and two outputs', () => {
  const dims = [17, 16, 18] as const
  const volume = (name: string, phase: number) =>
    file(
      name,
      new Uint8Array(
        makeNifti({
          dims,
          spacingMm: 2,
          value: (i, j, k) => 100 + 20 * Math.sin(i + j + k + phase),
        }),
      ),
    )
  const rows = (count: number, ...space: number[]) => {
    const shape = [count, 1, ...space]
    const data = new Float32Array(shape.reduce((a, b) => a * b)).map((_, at) => Math.cos(at))
    return encodeNpy({ dims: shape, data })
  }
  const opened = async () => {
    const store = makeStore()
    await store.getState().start('none')
    const bytes = await readFile(new URL('../../e2e/files/two-inputs.onnx', import.meta.url))
    await store
      .getState()
      .openFiles([volume('scan.nii.gz', 0), file('two.onnx', new Uint8Array(bytes))])
    return store
  }
  const scoresOf = (store: AppStore) => {
    const { prediction } = store.getState()
    if (prediction.kind !== 'done' || prediction.reading.kind !== 'classes') throw new Error('none')
    return prediction.reading.classes.map(({ score }) => score)
  }

  test('the number is typed in, and gets its own share of the score', async () => {
    const store = await opened()
    const { prediction, model, notices } = store.getState()
    expect(notices).toEqual([])
    expect(model?.feeds).toEqual([{ kind: 'card' }, { kind: 'values', values: [0] }])
    expect(prediction.kind === 'done' && prediction.others.map(({ name }) => name)).toEqual([
      'predicted_age',
    ])
    const young = scoresOf(store)
    await store.getState().setFeed(1, { kind: 'values', values: [40] })
    const slope = (scoresOf(store)[1]! - young[1]!) / 40
    expect(Math.abs(slope)).toBeGreaterThan(1e-3)

    store.getState().chooseMethod('input-x-gradient')
    store.getState().setTarget('1')
    await store.getState().startRun()
    const { result } = shownRun(store.getState())!
    expect(result.inputs.map(({ name, kind }) => [name, kind])).toEqual([
      ['scan', 'image'],
      ['age', 'values'],
    ])
    const [, age] = result.inputs
    expect(age).toMatchObject({ kind: 'values', given: [40] })
    // The model is linear in the number.
    expect(age?.kind === 'values' && age.values![0]).toBeCloseTo(40 * slope, 3)

    store.getState().setTarget('predicted_age:0')
    await store.getState().startRun()
    expect(shownRun(store.getState())!.result.targetSpec).toBe('predicted_age:0')
  })

  test('baselines from files: what does not fit is refused, rows are averaged over', async () => {
    const store = await opened()
    const state = () => store.getState()
    state().chooseMethod('integrated-gradients')
    await state().addBaselineFiles([file('wrong.npy', rows(2, 5, 5, 5))])
    expect(state().baselineError).toMatch(
      /wrong.npy is 2x1x5x5x5, but the model's input is 1x1x17x16x18/,
    )
    expect(state().baselineFiles).toEqual([])
    expect(problemOf(state())).toMatch(/Add a baseline file/)
    await state().addBaselineFiles([textFile('notes.txt', 'x')])
    expect(state().baselineError).toMatch(/notes.txt cannot be a baseline/)

    await state().addBaselineFiles([volume('other.nii.gz', 1), file('rows.npy', rows(3, ...dims))])
    expect(state().baselineError).toBeNull()
    expect(state().baselineFiles.map((one) => [one.name, one.rows])).toEqual([
      ['other.nii.gz', 1],
      ['rows.npy', 3],
    ])
    expect(problemOf(state())).toBeNull()
    await state().startRun()
    const gap = shownRun(state())!.result.completenessGap!
    expect(Math.abs(gap)).toBeLessThan(1e-3)

    state().chooseMethod('expected-gradients')
    state().setOption('samples', 6)
    await state().startRun()
    const run = shownRun(state())!
    expect(run.run.state.kind).toBe('done')
    const four = run.result.map.slice()
    state().removeBaselineFile(state().baselineFiles[1]!.id)
    await state().startRun()
    expect(shownRun(state())!.result.map).not.toEqual(four)
    expect(state().notices).toEqual([])
  })

  test('a stride that leaves voxels out is refused before the run', async () => {
    const store = await opened()
    store.getState().chooseMethod('occlusion')
    store.getState().setOption('window', [4])
    store.getState().setOption('stride', [5])
    expect(problemOf(store.getState())).toMatch(/stride of 5 is larger than the window of 4/)
    store.getState().setOption('stride', [4])
    expect(problemOf(store.getState())).toBeNull()
  })
})

describe('a model with two images', () => {
  const two = () =>
    encode(
      withDims(
        tinyModel({
          inputs: { before: [], after: [] },
          constants: { w: randomFloats([2, 1, 3, 3, 3], 1), dense: randomFloats([4, 2], 2) },
          nodes: [
            { op: 'Conv', inputs: ['before', 'w'] },
            { op: 'Conv', inputs: ['after', 'w'] },
            { op: 'Concat', inputs: ['y0', 'y1'], attributes: { axis: 1 } },
            { op: 'Tanh', inputs: ['y2'] },
            { op: 'GlobalAveragePool', inputs: ['y3'] },
            { op: 'Flatten', inputs: ['y4'] },
            { op: 'MatMul', inputs: ['y5', 'dense'] },
          ],
        }),
        [1, 1, 8, 8, 8],
      ),
    )
  const withDims = (model: Model, dims: readonly number[]): Model => {
    const inputs = model.graph.inputs.map((input) => ({ ...input, dims }))
    return { ...model, graph: { ...model.graph, inputs } }
  }
  const volume = (name: string, phase: number) =>
    file(
      name,
      new Uint8Array(
        makeNifti({
          dims: [8, 8, 8],
          spacingMm: 1,
          value: (i, j, k) => Math.sin(i * j + k + phase),
        }),
      ),
    )

  test('each gets its volume, each has its map', async () => {
    const store = makeStore()
    const state = () => store.getState()
    await state().start('none')
    await state().openFiles([file('two.onnx', two()), volume('a.nii.gz', 0)])
    expect(state().prediction.kind).toBe('failed')
    expect(
      state()
        .notices.map(({ text }) => text)
        .join(),
    ).toMatch(/takes 2 volumes .*1 is open/)
    await state().openFiles([volume('b.nii.gz', 2)])
    for (const { layer } of state().pending) await state().assignRole(layer.info.id, 'channel')
    expect(state().prediction.kind).toBe('done')
    expect(state().model?.feeds).toEqual([{ kind: 'card' }, { kind: 'volumes', volumes: [1] }])
    state().chooseMethod('input-x-gradient')
    await state().startRun()
    const { run, result } = shownRun(state())!
    expect(result.inputs.map(({ name }) => name)).toEqual(['before', 'after'])
    await state().showRunInput(run.id, 1)
    const second = shownRun(state())!
    expect(second.result.shownInput).toBe(1)
    expect(second.result.map).not.toEqual(result.map)
    expect(second.measurement).not.toBeNull()

    // The same volume for both: the weights of the convolution are shared, those after it are not.
    await state().setFeed(1, { kind: 'volumes', volumes: [0] })
    await state().startRun()
    const again = shownRun(state())!.result
    expect(again.inputs[1]).not.toMatchObject({ map: second.result.map })
  })
})

describe('the gallery', () => {
  test('cards say what the case files say, and next goes round', async () => {
    const store = await demo()
    const { gallery, cases } = store.getState()
    const index = JSON.parse(String(await publicFile('cases/index.json')))
    expect(gallery.map(({ id }) => id)).toEqual(index.cases.map(({ id }: { id: string }) => id))
    for (const { id, title, question, answer, picture, subjects } of gallery) {
      const file = JSON.parse(String(await publicFile(`cases/${id}/case.json`)))
      expect({ title, question, answer }).toEqual({
        title: file.title,
        question: file.question,
        answer: file.answer,
      })
      expect(subjects.length).toBe(file.subjects.length)
      for (const { id: subject, twinId } of subjects) {
        expect(cases.map((one) => one.id)).toContain(subject)
        if (twinId !== null) expect(cases.map((one) => one.id)).toContain(twinId)
      }
      if (picture !== null) expect((await publicFile(picture)).length).toBeLessThanOrEqual(15_000)
    }
    const last = gallery.at(-1)?.subjects[0]?.id
    await store.getState().openNeighbour('previous')
    expect(store.getState().caseId).toBe(last)
  }, 30_000)

  test('a case by its own name opens its first subject', async () => {
    const store = makeStore()
    await store.getState().start('hippocampus')
    expect(store.getState().caseId).toBe('hippocampus/subject-1')
  })
})

describe('random weights', () => {
  test('the same network predicts otherwise, its map is compared, and it can be taken back', async () => {
    const store = await demo()
    const trained = shownRun(store.getState())!
    const scores = () => {
      const { prediction } = store.getState()
      if (prediction.kind !== 'done' || prediction.reading.kind !== 'classes') throw new Error()
      return prediction.reading.classes.map(({ score }) => score)
    }
    const before = scores()
    await store.getState().setRandomSeed(1)
    expect(scores()).not.toEqual(before)
    await store.getState().startRun()
    const random = shownRun(store.getState())!
    expect(random.run.source.randomSeed).toBe(1)
    expect(random.run.source.modelSha256).not.toBe(trained.run.source.modelSha256)
    expect(partnerOf(random.run, store.getState().runs)?.id).toBe(trained.run.id)
    const similarity = shownSimilarity(store.getState())
    expect(similarity?.rank).toBeCloseTo(
      compareMaps(trained.result.map, random.result.map, trained.run.source.image.voxels.data)!,
      12,
    )
    await store.getState().setRandomSeed(null)
    expect(scores()).toEqual(before)
    expect(store.getState().model?.loaded.sha256).toBe(trained.run.source.modelSha256)
  })
})

describe('hidden truth', () => {
  test('the mask and what tells it are gone until it is revealed; guesses are measured', async () => {
    const store = await demo()
    const app = () => store.getState()
    const { voxels } = app().images[0]!
    const [nx, ny] = voxels.dims
    const inside = app().truth!.mask.indexOf(1)
    const hit = [inside % nx, Math.floor(inside / nx) % ny, Math.floor(inside / (nx * ny))] as const
    app().startGuessing()
    expect(shownTruth(app())).toBeNull()
    app().setCrosshair([0, 0, 0], hit)
    app().addGuess()
    app().addGuess()
    app().setCrosshair([0, 0, 0], [0, 0, 0])
    app().addGuess()
    expect(app().guessing?.guesses.map(({ distanceMm }) => distanceMm)).toEqual([null, null])
    app().reveal()
    expect(shownTruth(app())).toBe(app().truth)
    const [first, second] = app().guessing!.guesses
    expect(first?.distanceMm).toBe(0)
    let nearest = Number.POSITIVE_INFINITY
    app().truth!.mask.forEach((value, at) => {
      const far = Math.hypot(at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny)))
      if (value) nearest = Math.min(nearest, 2 * far)
    })
    expect(second?.distanceMm).toBeCloseTo(nearest, 6)
    expect(app().announcement).toMatch(/1 of 2 guesses hit the truth; the nearest miss is/)
    await app().openCase('hippocampus/subject-2')
    expect(app().guessing).toEqual({ guesses: [], isRevealed: false })
    app().stopGuessing()
    expect(shownTruth(app())).not.toBeNull()
  })
})

describe('lessons', () => {
  test('every lesson that is offered runs to its end, and its numbers are those on the page', async () => {
    const store = await demo()
    const offered = offeredLessons(store.getState().gallery)
    expect(offered.map(({ id }) => id)).toContain('why-grad-cam-misses-it')
    for (const { id, steps } of offered) {
      expect(steps).toHaveLength(5)
      await store.getState().startLesson(id)
      for (const [step, { say, title }] of steps.entries()) {
        if (step > 0) await store.getState().goToStep(step)
        const app = store.getState()
        expect(app.lesson, `${id}: ${title}`).toEqual({ id, step, state: { kind: 'ready' } })
        expect(say(app)).not.toContain('—')
        expect(say(app)).not.toMatch(/NaN|undefined|null|not measured/)
      }
      store.getState().leaveLesson()
      await vi.waitFor(() => expect(store.getState().model?.randomSeed).toBeNull())
      await vi.waitFor(() => expect(store.getState().prediction.kind).toBe('done'))
      expect(store.getState().lesson).toBeNull()
    }
    const mass = store
      .getState()
      .runs.findLast(({ request }) => request.methodId === 'grad-cam')?.state
    const score =
      mass?.kind === 'done' ? mass.measurement?.scores['relevance-mass-accuracy'] : undefined
    expect(massOf(store.getState(), 'grad-cam')?.value).toBe(
      score?.kind === 'value' ? score.value : null,
    )
  }, 300_000)

  test('the shortcut is offered with its case, and runs to its end on a stand-in', async () => {
    // The hippocampus case under another name: its region plays the mark.
    const store = makeStore(async (path) => {
      if (path !== 'cases/index.json')
        return fetchPublic(path.replace('clever-hans', 'hippocampus'))
      return new TextEncoder().encode('{"cases": [{"id": "clever-hans"}, {"id": "absent"}]}')
    })
    await store.getState().start(null)
    expect(store.getState().notices.map(({ text }) => text)).toEqual([
      expect.stringMatching(/the case absent/),
    ])
    const offered = offeredLessons(store.getState().gallery)
    expect(offered.map(({ id }) => id)).toContain('the-shortcut')
    await store.getState().startLesson('the-shortcut')
    for (let step = 1; step < 5; step++) {
      await store.getState().goToStep(step)
      expect(store.getState().lesson?.state).toEqual({ kind: 'ready' })
      if (step === 3) expect(store.getState().caseId).toBe('clever-hans/subject-1/twin')
    }
    const words = offered.find(({ id }) => id === 'the-shortcut')?.steps[4]?.say(store.getState())
    expect(words).toMatch(
      /Mass on the mark: the gradient [\d.]+ %, input x gradient [\d.]+ %, Grad-CAM/,
    )
  }, 120_000)

  test('a step that is left cancels its run, and going back finds the maps there', async () => {
    const store = await demo()
    const id = 'why-grad-cam-misses-it'
    await store.getState().startLesson(id)
    const left = store.getState().goToStep(2)
    await vi.waitFor(() =>
      expect(store.getState().runs.some(({ state }) => state.kind === 'running')).toBe(true),
    )
    await store.getState().goToStep(1)
    await left
    expect(store.getState().runs.map(({ state }) => state.kind)).toContain('cancelled')
    expect(store.getState().lesson).toEqual({ id, step: 1, state: { kind: 'ready' } })
    const count = store.getState().runs.length
    await store.getState().goToStep(0)
    expect(store.getState().runs).toHaveLength(count)
    store.getState().leaveLesson()
    expect(store.getState().optionsByMethod).toEqual({})
  }, 120_000)
})
