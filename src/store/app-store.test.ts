import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { makeNifti } from '../../e2e/volumes.ts'
import { compareMaps } from '../core/metrics/compare-maps.ts'
import { encode } from '../core/onnx/codec.ts'
import type { Model } from '../core/onnx/ir.ts'
import { encodeNpy } from '../core/tensor/npy.ts'
import { randomFloats, tinyModel } from '../core/testing/tiny-models.ts'
import { readNifti } from '../core/volume/nifti-read.ts'
import { shownRun, thresholdOf } from './active-run.ts'
import type { AppStore } from './app-store.ts'
import { problemOf } from './estimate.ts'
import { thresholdRows } from './metric-rows.ts'
import { partnerOf, shownSimilarity } from './similarity-slice.ts'
import {
  fetchPublic,
  type InProcess,
  makeStore as makeInProcessStore,
  publicFile,
  startInProcess,
} from './testing/in-process-store.ts'

const casePath = 'cases/hippocampus/'

let page: InProcess
beforeAll(async () => {
  page = await startInProcess()
})
afterAll(() => page.close())

const makeStore = (fetchBytes = fetchPublic): AppStore =>
  makeInProcessStore(page.clients, fetchBytes)

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
  test('what relevance loses on the way is the difference between score and map', async () => {
    const store = await demo()
    store.getState().chooseMethod('lrp')
    await store.getState().startRun()
    const { result } = shownRun(store.getState())!
    expect(result.gapKind).toBe('conservation')
    // The case has the model's own grid, so that the map on screen is the whole of it.
    const sum = result.map.reduce((total, value) => total + value, 0)
    expect(result.completenessGap).toBeCloseTo(sum - result.score, 3)
  })

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
    // On a narrow page the sentences would otherwise stand in a rail that is folded away.
    expect([before.drawer, app.drawer]).toEqual(['right', 'left'])
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

  test('a mask waits with the file that may be its image, and both find their places', async () => {
    const store = makeStore()
    const dims = [8, 9, 7] as const
    const scan = makeNifti({ dims, spacingMm: 2, value: (_, j, k) => (j + k) % 5 })
    const mask = makeNifti({ dims, spacingMm: 2, value: (i) => Number(i > 4) })
    const bytes = (from: Buffer) => new Uint8Array(from)
    await store
      .getState()
      .openFiles([file('a_mask.nii.gz', bytes(mask)), file('counts.nii.gz', bytes(scan))])
    const { notices, pending } = store.getState()
    expect(notices).toEqual([])
    expect(pending.map(({ layer, suggested }) => [layer.info.name, suggested])).toEqual([
      ['counts.nii.gz', 'image'],
      ['a_mask.nii.gz', 'truth'],
    ])
    for (const { layer, suggested } of pending) {
      await store.getState().assignRole(layer.info.id, suggested)
    }
    const app = store.getState()
    expect(app.notices).toEqual([])
    expect(app.images.map(({ info }) => info.name)).toEqual(['counts.nii.gz'])
    expect(app.truth?.info.name).toBe('a_mask.nii.gz')
    expect(app.truth?.voxels).toBe(3 * 9 * 7)
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
