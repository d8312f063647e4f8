/** A dense float32 array in C order (last axis fastest). */
export interface Tensor {
  readonly data: Float32Array<ArrayBuffer>
  readonly dims: readonly number[]
}

/** One tensor per model input, in the model's input order. */
export type Tensors = readonly Tensor[]

export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size, 1)
}
