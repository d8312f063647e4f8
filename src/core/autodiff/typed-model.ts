import type { Model, ValueTypes } from '../onnx/ir.ts'

/** A canonical model with the static type of every edge. */
export interface TypedModel {
  readonly model: Model
  readonly types: ValueTypes
}
