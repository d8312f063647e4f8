/** @file Networks whose maps or answers hold NaN, from file to picture, in the page's own store. */

import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeNifti } from '../../e2e/volumes.ts'
import { encode } from '../core/onnx/codec.ts'
import { tinyModel } from '../core/testing/tiny-models.ts'
import { shownRun } from './active-run.ts'
import type { AppStore } from './app-store.ts'
import { captionLines } from './describe-map.ts'
import { makeRecord } from './export-run.ts'
import { type InProcess, makeStore, startInProcess } from './testing/in-process-store.ts'

const dims = [17, 16, 18] as const
const count = 17 * 16 * 18
/** Nothing around a block of the volume, as after skull stripping. */
const isInside = (i: number, j: number, k: number) => i > 2 && i < 12 && j > 3 && k > 5
const inside = 9 * 12 * 12

const bytesOf = (value: (i: number, j: number, k: number) => number) =>
  new Uint8Array(makeNifti({ dims, spacingMm: 1, value }))
const file = (name: string, bytes: Uint8Array<ArrayBuffer>) => ({
  name,
  arrayBuffer: async () => bytes.slice().buffer,
})
const scan = file(
  'stripped.nii.gz',
  bytesOf((i, j, k) => (isInside(i, j, k) ? 50 + i + j + k : 0)),
)
const mask = file(
  'mask.nii.gz',
  bytesOf((i, j, k) => Number(isInside(i, j, k) && k > 14)),
)
const card = {
  orientation: 'RAS',
  layout: 'NCIJK',
  shape: [...dims],
  fit: 'crop-or-pad',
  intensity: [],
  channels: [{ name: 'T1w', volume: 0 }],
  classNames: ['rising', 'falling'],
  output: 'logits',
}
const cardFile = (name: string) => file(name, new TextEncoder().encode(JSON.stringify(card)))

let page: InProcess
beforeAll(async () => {
  page = await startInProcess()
})
afterAll(() => page.close())

async function opened(name: string, model: Uint8Array<ArrayBuffer>): Promise<AppStore> {
  const store = makeStore(page.clients)
  await store.getState().start('none')
  await store
    .getState()
    .openFiles([scan, mask, file(`${name}.onnx`, model), cardFile(`${name}.card.json`)])
  return store
}

test('a map with NaN is shown and measured with 0 in their place, and one sentence says so', async () => {
  const bytes = await readFile(new URL('../../e2e/files/root-of-square.onnx', import.meta.url))
  const store = await opened('root', new Uint8Array(bytes))
  const state = () => store.getState()
  expect(state().prediction.kind).toBe('done')
  state().chooseMethod('gradient')
  state().setTarget('0')
  await state().startRun()

  const shown = shownRun(state())!
  const sentence = `${count - inside} of ${count} values of the Gradient map are not finite numbers`
  expect(shown.result.flaw).toContain(sentence)
  expect(shown.result.flaw).toMatch(/such as occlusion\.$/)
  expect(state().announcement).toContain(sentence)
  expect(captionLines(shown, 'radiological').join('\n')).toContain(sentence)
  expect(makeRecord(shown, 'test').notes).toEqual([shown.result.flaw])
  expect(state().notices).toMatchObject([
    { place: 'run', tone: 'caution', text: shown.result.flaw },
  ])

  // The gradient of class 0 grows with k, from 0 to 1.
  for (let at = 0; at < count; at++) {
    const [i, j, k] = [at % 17, Math.floor(at / 17) % 16, Math.floor(at / (17 * 16))]
    expect(shown.result.map[at]).toBeCloseTo(isInside(i, j, k) ? k / 17 : 0, 5)
  }
  const { table, scores } = shown.measurement!
  expect(table.values).toHaveLength(count)
  expect(table.values.every(Number.isFinite)).toBe(true)
  const inTruth = 15 + 16 + 17
  const inAll = (6 + 17) * 6
  expect(scores['relevance-mass-accuracy']).toMatchObject({
    value: expect.closeTo(inTruth / inAll, 5),
  })

  state().chooseMethod('occlusion')
  state().setOption('window', [6])
  state().setOption('stride', [6])
  await state().startRun()
  expect(shownRun(state())).toMatchObject({
    run: { request: { methodId: 'occlusion' } },
    result: { flaw: null },
  })
})

test('a prediction that is NaN is said, and explaining it fails with a sentence', async () => {
  const model = tinyModel({
    inputs: { x: [1, 1, ...dims] },
    nodes: [
      { op: 'Neg', inputs: ['x'] },
      { op: 'Log', inputs: ['y0'] },
      { op: 'GlobalAveragePool', inputs: ['y1'] },
      { op: 'Flatten', inputs: ['y2'] },
    ],
  })
  const store = await opened('log', encode(model))
  const state = () => store.getState()
  expect(state().prediction.kind).toBe('done')
  expect(state().notices).toMatchObject([
    {
      place: 'prediction',
      tone: 'caution',
      text: expect.stringMatching(/^The value of the output 'y3' is NaN or infinite: /),
      actions: [{ kind: 'edit-card' }],
    },
    // The first map is made by itself.
    { place: 'run', tone: 'error', text: expect.stringMatching(/holds .* not numbers \(NaN\)/) },
  ])

  // Asked for by its number the value is explained all the same: the score is no number, nor the map.
  state().chooseMethod('gradient')
  state().setTarget('0')
  await state().startRun()
  expect(shownRun(state())!.result.flaw).toMatch(/the score that is explained is none either/)
})
