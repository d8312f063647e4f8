/** @file What the two adapters share: the port over the API that both ONNX Runtime packages have. */

import { Failure } from '../core/failure.ts'
import type { DType } from '../core/onnx/ir.ts'
import { elementCount } from '../core/tensor/tensor.ts'
import { createMutex, type Exclusive } from './mutex.ts'
import type {
  ProviderInfo,
  Runtime,
  RuntimeArray,
  RuntimeLimits,
  RuntimeTensor,
  Session,
  SessionOptions,
} from './runtime.ts'
import { toRuntimeFailure } from './runtime-failure.ts'

/** ORT's own tensor, as far as it is read here. */
export interface OrtTensor {
  readonly type: string
  readonly dims: readonly number[]
  readonly data: unknown
  dispose?(): void
}

interface OrtSession {
  run(
    feeds: Record<string, OrtTensor>,
    fetches: readonly string[],
  ): Promise<Readonly<Record<string, OrtTensor>>>
  release(): Promise<void>
}

/** The two doors of an ONNX Runtime package. */
export interface Ort {
  createTensor(dtype: string, data: RuntimeArray, dims: readonly number[]): OrtTensor
  createSession(model: Uint8Array<ArrayBuffer>, options: SessionOptions): Promise<OrtSession>
}

type ArrayConstructor = new (
  buffer: ArrayBuffer,
  byteOffset: number,
  length: number,
) => RuntimeArray

/** float16 travels as its bits; bool as one byte each. */
const arrays: Partial<Record<DType, ArrayConstructor>> = {
  bool: Uint8Array,
  float16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  int8: Int8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  uint8: Uint8Array,
}

/** The port over `ort`; `exclusive` must be shared by all that use the same package in one thread. */
export function createOrtRuntime(
  ort: Ort,
  provider: ProviderInfo,
  limits: () => RuntimeLimits,
  exclusive: Exclusive = createMutex(),
): Runtime {
  return {
    provider,
    limits,
    createSession: (model, options = {}) =>
      exclusive(async () => {
        try {
          return wrapSession(ort, await ort.createSession(model, options), exclusive)
        } catch (error) {
          throw toRuntimeFailure(error, 'open')
        }
      }),
  }
}

function wrapSession(ort: Ort, session: OrtSession, exclusive: Exclusive): Session {
  let released = false
  return {
    run: (feeds, fetches) =>
      exclusive(async () => {
        if (released) throw new Error('run was called on a released session')
        try {
          const given = Object.entries(feeds).map(([name, tensor]) => [
            name,
            toOrt(ort, name, tensor),
          ])
          return fromOrtAll(await session.run(Object.fromEntries(given), fetches))
        } catch (error) {
          throw toRuntimeFailure(error, 'run')
        }
      }),
    release: () =>
      exclusive(async () => {
        if (released) return
        released = true
        await session.release()
      }),
  }
}

function toOrt(ort: Ort, name: string, { dtype, data, dims }: RuntimeTensor): OrtTensor {
  if (!arrays[dtype]) {
    throw new Failure(
      'unsupported-model',
      `Input "${name}" is of type ${dtype}, which cannot be fed.`,
    )
  }
  if (data.length !== elementCount(dims)) {
    throw new Failure(
      'shape-mismatch',
      `Input "${name}" has ${data.length} values, but its shape ${dims.join('×')} needs ${elementCount(dims)}.`,
    )
  }
  return ort.createTensor(dtype, data, dims)
}

function fromOrtAll(
  results: Readonly<Record<string, OrtTensor>>,
): Readonly<Record<string, RuntimeTensor>> {
  return Object.fromEntries(
    Object.entries(results).map(([name, tensor]) => [name, fromOrt(name, tensor)]),
  )
}

function fromOrt(name: string, tensor: OrtTensor): RuntimeTensor {
  const dtype = tensor.type as DType
  const View = arrays[dtype]
  if (!View || !ArrayBuffer.isView(tensor.data)) {
    throw new Failure(
      'unsupported-model',
      `Output "${name}" is of type ${tensor.type}, not numbers.`,
    )
  }
  const { buffer, byteOffset } = tensor.data
  if (!(buffer instanceof ArrayBuffer)) throw new Error(`output ${name} lies in shared memory`)
  // A view, not a copy: ORT hands out an array of its own per output. float16 may come as Float16Array.
  const data = new View(buffer, byteOffset, elementCount(tensor.dims))
  return { dtype, dims: [...tensor.dims], data }
}
