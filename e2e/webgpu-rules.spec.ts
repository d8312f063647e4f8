import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
// The one test here that hands the page graphs of our own making.
import { type CompiledRule, compileRules } from '../src/core/testing/compile-rules.ts'
import { expect, test } from './viewer-page.ts'

const root = join(import.meta.dirname, '..')
const built = join(root, process.env.SALISCOPE_PAGE ?? 'dist/page', 'assets')
/** The door of the runtime that the page bundles into its worker; its kernels are the page's own file. */
const door = 'ort.webgpu.min.mjs'

/** WGSL promises sine and cosine to 2^-11 only. */
const TOLERANCE = 5e-4

interface Answer {
  readonly op: string
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

test('every rule gives on WebGPU what it gives natively', async ({ page }) => {
  test.setTimeout(400_000)
  const rules = await compileRules()
  await page.route('**/runtime-under-test/*', async (route) => {
    const body = await readFile(join(root, 'node_modules/onnxruntime-web/dist', door))
    await route.fulfill({ body, contentType: 'text/javascript' })
  })
  await page.goto('/?case=none')
  const adapter = await page.evaluate(async () => {
    const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<unknown> } }
    return gpu ? (await gpu.requestAdapter()) !== null : false
  })
  test.skip(!adapter, 'this Chromium has no WebGPU adapter, not even a software one')

  const files = readdirSync(built)
  const find = (end: string) =>
    `/assets/${files.find((file) => file.startsWith('ort-wasm') && file.endsWith(end))}`
  const began = Date.now()
  const answers = await page.evaluate(runAll, {
    door: `/runtime-under-test/${door}`,
    mjs: find('.mjs'),
    wasm: find('.wasm'),
    rules,
  })
  const failed = answers.filter(({ error }) => error !== null)
  expect(failed.map(({ op, error }) => `${op}: ${error}`)).toEqual([])
  const apart = answers.map(({ op, outputs }, i) => ({ op, apart: distance(outputs, rules[i]) }))
  console.log(
    `${answers.length} rules in ${Math.round((Date.now() - began) / 1000)} s, largest difference ${Math.max(...apart.map((each) => each.apart)).toExponential(1)}`,
  )
  expect(apart.filter((each) => !(each.apart < TOLERANCE))).toEqual([])
})

/** Largest difference over the largest number, or over 1 where all are smaller. */
function distance(got: Answer['outputs'], rule: CompiledRule | undefined): number {
  const pairs = Object.entries(rule?.expected ?? {}).flatMap(([name, expected]) =>
    expected.map((value, i) => [value, got[name]?.[i] ?? Number.NaN] as const),
  )
  const largest = Math.max(1, ...pairs.map(([value]) => Math.abs(value)))
  return Math.max(...pairs.map(([value, other]) => Math.abs(value - other))) / largest
}

/** Runs in the page. */
async function runAll({
  door: url,
  mjs,
  wasm,
  rules,
}: {
  readonly door: string
  readonly mjs: string
  readonly wasm: string
  readonly rules: readonly CompiledRule[]
}): Promise<Answer[]> {
  const ort: Ort = await import(url)
  ort.env.wasm.wasmPaths = {
    mjs: new URL(mjs, location.href).href,
    wasm: new URL(wasm, location.href).href,
  }
  ort.env.wasm.numThreads = 1
  const answers: Answer[] = []
  for (const { op, model, feeds } of rules) {
    try {
      const bytes = Uint8Array.from(atob(model), (letter) => letter.charCodeAt(0))
      const session = await ort.InferenceSession.create(bytes, {
        executionProviders: ['webgpu'],
        // That shape operators stay on the CPU is no complaint.
        logSeverityLevel: 3,
      })
      const given = Object.entries(feeds).map(([name, { dims, data }]) => [
        name,
        new ort.Tensor('float32', Float32Array.from(data), dims),
      ])
      const results = await session.run(Object.fromEntries(given))
      const outputs = Object.fromEntries(
        Object.entries(results).map(([name, { data }]) => [name, Array.from(data)]),
      )
      await session.release()
      answers.push({ op, outputs, error: null })
    } catch (error) {
      answers.push({ op, outputs: {}, error: String(error).slice(0, 300) })
    }
  }
  return answers
}
