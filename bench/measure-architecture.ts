/** @file One stored architecture: what its gradient costs beside a forward run. */

import {
  type Architecture,
  listArchitectures,
  makeInputs,
  readExport,
} from '../parity/architectures/read-architecture.ts'
import { gradientRecipe } from '../src/core/attribution/gradient.ts'
import type { Target } from '../src/core/attribution/method.ts'
import { decode, encode } from '../src/core/onnx/codec.ts'
import type { Tensor, Tensors } from '../src/core/tensor/tensor.ts'
import { rowOf } from '../src/engine/batch-rows.ts'
import { type OpenModel, openModel } from '../src/engine/open-model.ts'
import type { Runtime } from '../src/engine/runtime.ts'
import { createNodeRuntime } from '../src/engine/runtime-node.ts'
import type { Ratio, Timing } from './bench-types.ts'
import { median, smallest, timingOf } from './statistics.ts'

export interface ArchitectureReport {
  readonly name: string
  readonly label: string
  readonly inputDims: readonly (readonly number[])[]
  readonly provider: string
  readonly rounds: number
  readonly forward: Timing
  readonly gradient: Timing
  /** Gradient over forward, by round, against the forward runs before and after it. */
  readonly perForward: Ratio
  /** Writing the gradient's graph, in ms: the smallest of three. */
  readonly compileMs: number
  /** The first gradient: compiling, encoding, opening the session, one run; in ms. */
  readonly firstMs: number
  /** The gradient's peak over the forward run's, as the engine estimates them. */
  readonly memory: {
    readonly activations: number
    /** Weights counted, as often as they are held. */
    readonly everything: number
    readonly forwardActivationBytes: number
    readonly gradientActivationBytes: number
  }
}

export interface ArchitectureSettings {
  /** Rounds stop when this much time is spent, after three at least. */
  readonly seconds: number
  readonly mostRounds: number
}

export function architectureNames(): readonly string[] {
  return listArchitectures().map(({ name }) => name)
}

/** One row, at the usual size if it can be; the fixed export of TorchScript (of dynamo where there is no other). */
export async function measureArchitecture(
  name: string,
  { seconds, mostRounds }: ArchitectureSettings,
): Promise<ArchitectureReport> {
  const architecture = listArchitectures().find((each) => each.name === name)
  if (!architecture) throw new Error(`there is no stored architecture '${name}'`)
  const runtime = createNodeRuntime()
  const { model, inputs: first } = await openLarge(runtime, architecture)
  const nextInputs = variations(first)
  const target = await model.resolveTarget(first, { spec: `${architecture.target}` })
  const forwardOnce = async () => (await model.predict(nextInputs())).elapsedMs
  const gradientOnce = async () => timed(() => model.explain(gradientRecipe, nextInputs(), target))

  await forwardOnce()
  const { compileMs, memory } = await inspect(model, first, target)
  const firstMs = await gradientOnce()
  await forwardOnce()
  await gradientOnce()
  const forwards: number[] = [await forwardOnce()]
  const gradients: number[] = []
  const ratios: number[] = []
  const began = performance.now()
  const isTimeLeft = () => performance.now() - began < 1000 * seconds
  while (ratios.length < mostRounds && (ratios.length < 3 || isTimeLeft())) {
    const before = forwards.at(-1) ?? Number.NaN
    const gradient = await gradientOnce()
    const after = await forwardOnce()
    forwards.push(after)
    gradients.push(gradient)
    ratios.push((2 * gradient) / (before + after))
  }
  await model.close()
  return {
    name,
    label: architecture.label,
    inputDims: first.map(({ dims }) => dims),
    provider: runtime.provider.label,
    rounds: ratios.length,
    forward: timingOf(forwards),
    gradient: timingOf(gradients),
    perForward: { median: median(ratios), ofMinima: smallest(gradients) / smallest(forwards) },
    compileMs,
    firstMs,
    memory,
  }
}

/** Stored inputs are small, to keep the tests short; these are the sizes in use. */
const usualSize: Readonly<Record<number, number>> = { 2: 224, 3: 64 }

/** At the usual size where the network takes it, else at the stored one. */
async function openLarge(
  runtime: Runtime,
  architecture: Architecture,
): Promise<{ readonly model: OpenModel; readonly inputs: Tensors }> {
  const bytes = readFixed(architecture)
  const stored = makeInputs(architecture).map((input) => rowOf(input, 0, input.dims[0] ?? 1))
  const size = usualSize[architecture.dimensions] ?? 0
  const isLarge = stored.every(({ dims }) => dims.slice(2).every((each) => each >= size))
  if (!isLarge && stored.every(({ dims }) => dims.length === 2 + architecture.dimensions)) {
    const inputs = stored.map((input) => enlarge(input, size))
    const { graph, ...rest } = decode(bytes)
    const infos = graph.inputs.map((info) => ({
      ...info,
      dims: info.dims?.map(() => null) ?? null,
    }))
    try {
      const outputs = graph.outputs.map((info) => ({ ...info, dims: null }))
      const open = encode({ ...rest, graph: { ...graph, inputs: infos, outputs } })
      const model = await openModel(runtime, open)
      const target = await model.resolveTarget(inputs, { spec: `${architecture.target}` })
      await model.explain(gradientRecipe, inputs, target)
      return { model, inputs }
    } catch {
      // Position tables and windows fit one size only.
    }
  }
  return { model: await openModel(runtime, bytes), inputs: stored }
}

/** The same numbers again and again. */
function enlarge({ dims, data }: Tensor, size: number): Tensor {
  const large = [...dims.slice(0, 2), ...dims.slice(2).map((each) => Math.max(each, size))]
  const length = large.reduce((a, b) => a * b, 1)
  return { dims: large, data: Float32Array.from({ length }, (_, i) => data[i % data.length] ?? 0) }
}

function readFixed(architecture: Architecture): Uint8Array<ArrayBuffer> {
  const { exports } = architecture
  const isThere = exports.some((each) => each.exporter === 'torchscript' && each.batch === 'fixed')
  return readExport(architecture, isThere ? 'torchscript' : 'dynamo', 'fixed')
}

/** Inputs that differ in one number: the engine keeps its last prediction and would not run again. */
function variations(inputs: Tensors): () => readonly Tensor[] {
  let count = 0
  return () => {
    count += 1
    return inputs.map(({ dims, data }) => {
      const copy = data.slice()
      copy[0] = count / 1000
      return { dims, data: copy }
    })
  }
}

async function inspect(
  model: Awaited<ReturnType<typeof openModel>>,
  inputs: Tensors,
  target: Target,
): Promise<Pick<ArchitectureReport, 'compileMs' | 'memory'>> {
  const forward = await model.estimate(inputs)
  const explanation = { recipe: gradientRecipe, target }
  const times: number[] = []
  for (let i = 0; i < 3; i++) times.push(await timed(() => model.estimate(inputs, explanation)))
  const gradient = await model.estimate(inputs, explanation)
  return {
    compileMs: smallest(times),
    memory: {
      activations: gradient.activationBytes / forward.activationBytes,
      everything: gradient.peakBytes / forward.peakBytes,
      forwardActivationBytes: forward.activationBytes,
      gradientActivationBytes: gradient.activationBytes,
    },
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}
