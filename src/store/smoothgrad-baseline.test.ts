import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeNifti } from '../../e2e/volumes.ts'
import { needsOf } from '../core/attribution/method.ts'
import { findMethod } from '../core/attribution/methods.ts'
import { encodeNpy } from '../core/tensor/npy.ts'
import { shownRun } from './active-run.ts'
import type { AppStore } from './app-store.ts'
import { optionsOf, problemOf } from './estimate.ts'
import { FILES } from './make-baseline.ts'
import { type InProcess, makeStore, startInProcess } from './testing/in-process-store.ts'

const dims = [17, 16, 18] as const

let page: InProcess
beforeAll(async () => {
  page = await startInProcess()
}, 60_000)
afterAll(() => page.close())

const file = (name: string, bytes: Uint8Array<ArrayBuffer>) => ({
  name,
  arrayBuffer: async () => bytes.slice().buffer,
})

async function opened(): Promise<AppStore> {
  const store = makeStore(page.clients)
  await store.getState().start('none')
  const value = (i: number, j: number, k: number) => 100 + 20 * Math.sin(i + j + k)
  const scan = new Uint8Array(makeNifti({ dims, spacingMm: 2, value }))
  const network = await readFile(new URL('../../e2e/files/two-inputs.onnx', import.meta.url))
  await store
    .getState()
    .openFiles([file('scan.nii.gz', scan), file('two.onnx', new Uint8Array(network))])
  store.getState().setTarget('1')
  return store
}

test('SmoothGrad needs the baseline of its base', async () => {
  const store = await opened()
  const state = () => store.getState()
  const smooth = findMethod('smoothgrad')
  const mapOf = async (method: string) => {
    state().chooseMethod(method)
    await state().startRun()
    return shownRun(state())!.result.map.slice()
  }
  state().chooseMethod('smoothgrad')
  expect(needsOf(smooth, optionsOf(state())).baseline).toBe(false)
  state().setOption('samples', 1)
  state().setOption('noise', 0)
  state().setOption('base', 'deeplift')
  expect(needsOf(smooth, optionsOf(state()))).toMatchObject({ baseline: true, baselineRows: false })

  state().setBaseline(FILES)
  expect(problemOf(state())).toMatch(/Add a baseline file/)
  state().setBaseline('mean')
  expect(problemOf(state())).toBeNull()
  // Without noise one copy is the input: the map is that of the base, against the chosen baseline.
  const smoothed = await mapOf('smoothgrad')
  expect(smoothed).toEqual(await mapOf('deeplift'))
  state().setBaseline('zeros')
  expect(smoothed).not.toEqual(await mapOf('deeplift'))

  state().chooseMethod('smoothgrad')
  state().setOption('base', 'deeplift-shap')
  expect(needsOf(smooth, optionsOf(state())).baselineRows).toBe(true)
  const data = new Float32Array(2 * 17 * 16 * 18).map((_, at) => Math.cos(at))
  await state().addBaselineFiles([file('rows.npy', encodeNpy({ dims: [2, 1, ...dims], data }))])
  expect(await mapOf('smoothgrad')).toEqual(await mapOf('deeplift-shap'))
  expect(state().notices).toEqual([])
})
