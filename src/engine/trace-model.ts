import { openSizes } from '../core/autodiff/gradient-graph.ts'
import { Failure } from '../core/failure.ts'
import { encode } from '../core/onnx/codec.ts'
import type { Model, ValueTypes } from '../core/onnx/ir.ts'
import {
  RANKS_OUTPUT,
  readValueTypes,
  SIZES_OUTPUT,
  withShapeOutputs,
} from '../core/onnx/value-types.ts'
import { filled } from '../core/tensor/arithmetic.ts'
import type { Tensor, Tensors } from '../core/tensor/tensor.ts'
import { assertFits, estimateMemory } from './memory-check.ts'
import { type ModelInput, toFeeds } from './model-inputs.ts'
import type { Runtime, RuntimeTensor } from './runtime.ts'

export interface Traced {
  readonly types: ValueTypes
  /** The model's float outputs on these inputs: the trace is a whole forward run. */
  readonly outputs: Readonly<Record<string, RuntimeTensor>>
  /** Of the run alone. */
  readonly elapsedMs: number
}

/**
 * Runs the model once on the CPU with the shape of every value as an extra output. Shapes are known
 * before a GPU is asked, since what a GPU must avoid depends on them.
 */
export async function traceModel(
  runtime: Runtime,
  model: Model,
  declared: readonly ModelInput[],
  inputs: Tensors,
  outputNames: readonly string[],
): Promise<Traced> {
  await foresee(runtime, model, declared, inputs)
  return trace(runtime, model, declared, inputs, outputNames)
}

async function trace(
  runtime: Runtime,
  model: Model,
  declared: readonly ModelInput[],
  inputs: Tensors,
  outputNames: readonly string[],
): Promise<Traced> {
  // Open sizes: what the runtime infers ahead from fixed ones is not always what it computes.
  const open = { ...model, graph: { ...model.graph, inputs: openSizes(model.graph.inputs) } }
  const session = await runtime.createSession(encode(withShapeOutputs(open)), { onCpu: true })
  try {
    const fetches = [...outputNames, RANKS_OUTPUT, SIZES_OUTPUT]
    const began = performance.now()
    const results = await session.run(toFeeds(declared, inputs), fetches)
    const elapsedMs = performance.now() - began
    const types = readValueTypes(model, {
      ranks: integers(results[RANKS_OUTPUT]),
      sizes: integers(results[SIZES_OUTPUT]),
    })
    const outputs = outputNames.flatMap((name): [string, RuntimeTensor][] => {
      const tensor = results[name]
      return tensor ? [[name, tensor]] : []
    })
    return { types, outputs: Object.fromEntries(outputs), elapsedMs }
  } finally {
    await session.release()
  }
}

/** From here on (128^3 voxels) a look ahead costs little beside the run. */
const LARGE = 2 ** 21

/**
 * A trace is itself a run, and one that does not fit ends the worker's memory. Where the model
 * takes any size, the shapes for a small input, scaled up, tell beforehand.
 * @throws Failure 'out-of-memory' with the estimate
 */
async function foresee(
  runtime: Runtime,
  model: Model,
  declared: readonly ModelInput[],
  inputs: Tensors,
): Promise<void> {
  const elements = inputs.reduce((sum, { data }) => sum + data.length, 0)
  const isFree = inputs.every(({ dims }, i) =>
    dims.every((_, axis) => axis < 2 || declared[i]?.dims[axis] === null),
  )
  if (elements < LARGE || !isFree) return
  const small = inputs.map(({ dims }) => shrink(dims))
  // Some networks take no other size after all: then the run itself has to tell.
  const traced = await trace(runtime, model, declared, small, []).catch(() => undefined)
  if (!traced) return
  const scale = elements / small.reduce((sum, { data }) => sum + data.length, 0)
  const estimate = estimateMemory({ model, types: traced.types })
  // In a trace every value has a second reader, so nothing is computed in place or fused away.
  const activationBytes = 2 * estimate.activationBytes * scale
  assertFits(
    {
      activationBytes,
      peakBytes: activationBytes + estimate.peakBytes - estimate.activationBytes,
      largestBytes: estimate.largestBytes * scale,
    },
    runtime.limits(),
    inputs[0]?.dims ?? [],
  )
}

/** A quarter of every spatial axis, in steps of 16: networks halve their input a few times. */
function shrink(dims: readonly number[]): Tensor {
  const sizes = dims.map((size, axis) =>
    axis < 2 ? size : Math.min(size, 16 * Math.ceil(size / 64)),
  )
  return filled(sizes, 0)
}

function integers(tensor: RuntimeTensor | undefined): BigInt64Array {
  if (tensor?.data instanceof BigInt64Array) return tensor.data
  throw new Failure('internal', 'The shape trace gave no integers.')
}
