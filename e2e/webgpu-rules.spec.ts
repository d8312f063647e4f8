import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { compileMethods } from '../src/core/testing/compile-methods.ts'
import { compileRules } from '../src/core/testing/compile-rules.ts'
// The one test here that hands the page graphs of our own making.
import type { CompiledGraph } from '../src/core/testing/compiled-graph.ts'
import { expect, test } from './viewer-page.ts'

const root = join(import.meta.dirname, '..')
const built = join(root, process.env.SALISCOPE_PAGE ?? 'dist/page', 'assets')
/** The door of the runtime that the page bundles into its worker; its kernels are the page's own file. */
const door = 'ort.webgpu.min.mjs'

/** WGSL promises sine and cosine to 2^-11 only. */
const TOLERANCE = 5e-4

interface Answer {
  readonly name: string
  readonly outputs: Readonly<Record<string, readonly number[]>>
  readonly error: string | null
}

interface Ort {
  readonly env: { readonly wasm: { numThreads: number; wasmPaths: object } }
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => object
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: object,
    ): Promise<{
      run(feeds: object): Promise<Record<string, { readonly data: ArrayLike<number> }>>
      release(): Promise<void>
    }>
  }
}

/** Graphs in one call of the page: a call that failed says which. */
const AT_ONCE = 40

test.describe('gives on WebGPU what it gives natively', () => {
  test('every gradient rule, in several shapes and choices', async ({ page }) => {
    test.setTimeout(1_800_000)
    await expectNative(page, await compileRules())
  })

  test('every rule of relevance, DeepLIFT, deconvnet and guided back-propagation', async ({
    page,
  }) => {
    test.setTimeout(900_000)
    await expectNative(page, await compileMethods())
  })
})

async function expectNative(page: Page, graphs: readonly CompiledGraph[]): Promise<void> {
  await page.route('**/runtime-under-test/*', async (route) => {
    const body = await readFile(join(root, 'node_modules/onnxruntime-web/dist', door))
    await route.fulfill({ body, contentType: 'text/javascript' })
  })
  await page.goto('/?case=none')
  const hasAdapter = await page.evaluate(async () => {
    const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<unknown> } }
    return gpu ? (await gpu.requestAdapter()) !== null : false
  })
  expect(hasAdapter, 'this Chromium has no WebGPU adapter, not even a software one').toBe(true)

  const files = readdirSync(built)
  const find = (end: string) =>
    `/assets/${files.find((file) => file.startsWith('ort-wasm') && file.endsWith(end))}`
  const began = Date.now()
  const answers: Answer[] = []
  for (let start = 0; start < graphs.length; start += AT_ONCE) {
    const some = await page.evaluate(runAll, {
      door: `/runtime-under-test/${door}`,
      mjs: find('.mjs'),
      wasm: find('.wasm'),
      graphs: graphs.slice(start, start + AT_ONCE),
    })
    answers.push(...some)
  }
  const failed = answers.filter(({ error }) => error !== null)
  expect(failed.map(({ name, error }) => `${name}: ${error}`)).toEqual([])
  const apart = answers.map(({ name, outputs }, i) => ({
    name,
    apart: distance(outputs, graphs[i]),
  }))
  console.log(
    `${answers.length} graphs in ${Math.round((Date.now() - began) / 1000)} s, largest difference ${Math.max(...apart.map((each) => each.apart)).toExponential(1)}`,
  )
  expect(apart.filter((each) => !(each.apart < TOLERANCE))).toEqual([])
}

/** Largest difference over the largest number, or over 1 where all are smaller. */
function distance(got: Answer['outputs'], graph: CompiledGraph | undefined): number {
  const pairs = Object.entries(graph?.expected ?? {}).flatMap(([name, expected]) =>
    expected.map((value, i) => [value, got[name]?.[i] ?? Number.NaN] as const),
  )
  const largest = Math.max(1, ...pairs.map(([value]) => Math.abs(value)))
  return Math.max(0, ...pairs.map(([value, other]) => Math.abs(value - other))) / largest
}

/** Runs in the page. */
async function runAll({
  door: url,
  mjs,
  wasm,
  graphs,
}: {
  readonly door: string
  readonly mjs: string
  readonly wasm: string
  readonly graphs: readonly CompiledGraph[]
}): Promise<Answer[]> {
  const ort: Ort = await import(url)
  ort.env.wasm.wasmPaths = {
    mjs: new URL(mjs, location.href).href,
    wasm: new URL(wasm, location.href).href,
  }
  ort.env.wasm.numThreads = 1
  const answers: Answer[] = []
  for (const { name, model, feeds } of graphs) {
    try {
      const bytes = Uint8Array.from(atob(model), (letter) => letter.charCodeAt(0))
      const session = await ort.InferenceSession.create(bytes, {
        executionProviders: ['webgpu'],
        // That shape operators stay on the CPU is no complaint.
        logSeverityLevel: 3,
      })
      const given = Object.entries(feeds).map(([input, { dims, data }]) => [
        input,
        new ort.Tensor('float32', Float32Array.from(data), dims),
      ])
      const results = await session.run(Object.fromEntries(given))
      const outputs = Object.fromEntries(
        Object.entries(results).map(([output, { data }]) => [output, Array.from(data)]),
      )
      await session.release()
      answers.push({ name, outputs, error: null })
    } catch (error) {
      answers.push({ name, outputs: {}, error: String(error).slice(0, 300) })
    }
  }
  return answers
}
