/** @file Appends float32 arrays to the initializers of an ONNX file, without touching its other bytes. */

import { elementCount } from '../../src/core/tensor/tensor.ts'

export interface MissingArray {
  readonly name: string
  readonly dims: readonly number[]
}

/** Tags of onnx.proto: field number times 8 plus wire type (0 varint, 2 bytes). */
const MODEL_GRAPH = tag(7, 2)
const GRAPH_INITIALIZER = tag(5, 2)
const TENSOR_DIMS = tag(1, 2)
const TENSOR_DTYPE = tag(2, 0)
const TENSOR_NAME = tag(8, 2)
const TENSOR_RAW = tag(9, 2)
/** TensorProto.DataType.FLOAT */
const FLOAT = 1

/** One allocation: `make` is called once per array, and its numbers are copied into place. */
export function appendInitializers<Missing extends MissingArray>(
  file: Uint8Array,
  missing: readonly Missing[],
  make: (array: Missing) => Float32Array,
): Uint8Array<ArrayBuffer> {
  const graph = findField(file, MODEL_GRAPH)
  const heads = missing.map(initializerHead)
  const added = missing.reduce(
    (sum, { dims }, i) => sum + (heads[i]?.length ?? 0) + 4 * elementCount(dims),
    0,
  )
  const length = varint(graph.end - graph.body + added)
  const out = new Uint8Array(
    graph.start + MODEL_GRAPH.length + length.length + (file.length - graph.body) + added,
  )
  let offset = 0
  const put = (bytes: Uint8Array | readonly number[]) => {
    out.set(bytes, offset)
    offset += bytes.length
  }
  put(file.subarray(0, graph.start))
  put(MODEL_GRAPH)
  put(length)
  put(file.subarray(graph.body, graph.end))
  for (const [i, array] of missing.entries()) {
    put(heads[i] ?? [])
    const { buffer, byteOffset, byteLength } = make(array)
    if (byteLength !== 4 * elementCount(array.dims)) {
      throw new Error(`${array.name}: ${byteLength / 4} numbers for [${array.dims.join(', ')}]`)
    }
    put(new Uint8Array(buffer, byteOffset, byteLength))
  }
  put(file.subarray(graph.end))
  return out
}

/** Everything of an initializer but its numbers, which come last. */
function initializerHead({ name, dims }: MissingArray): Uint8Array {
  const text = new TextEncoder().encode(name)
  const sizes = dims.flatMap(varint)
  const numbers = 4 * elementCount(dims)
  const tensor = [
    ...[...TENSOR_DIMS, ...varint(sizes.length), ...sizes],
    ...[...TENSOR_DTYPE, FLOAT],
    ...[...TENSOR_NAME, ...varint(text.length), ...text],
    ...[...TENSOR_RAW, ...varint(numbers)],
  ]
  return Uint8Array.from([...GRAPH_INITIALIZER, ...varint(tensor.length + numbers), ...tensor])
}

/** Where the first field with that tag begins, where its bytes begin, and where they end. */
function findField(message: Uint8Array, wanted: readonly number[]) {
  let at = 0
  const read = () => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++] ?? 0
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }
  while (at < message.length) {
    const start = at
    const key = read()
    const size = read()
    const body = at
    const end = key % 8 === 2 ? body + size : body
    if (key === wanted[0]) return { start, body, end }
    at = end
  }
  throw new Error('the file holds no graph')
}

function tag(field: number, type: 0 | 2): readonly number[] {
  return varint(field * 8 + type)
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  return [...bytes, rest]
}
