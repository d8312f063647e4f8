/** @file What can be chosen for a model on given inputs, and what will not work: for the page and the command line. */

/** A value that a class activation map can be taken from. */
export interface LayerCandidate {
  /** The value's exact name, as `--layer` takes it. */
  readonly name: string
  /** After the batch axis: channels, then space. */
  readonly shape: readonly number[]
  /** The operator that computes it. */
  readonly op: string
  /** The one that is taken where none is named. */
  readonly default: boolean
}

export interface ModelDescription {
  /** What class activation maps of the target can be taken from, in the order of computation. */
  readonly layers: readonly LayerCandidate[]
  /** Of a forward run the part that comes after a layer, 0 to 1, by the layer's name. */
  readonly sharesAfter: Readonly<Record<string, number>>
  /** Why a method cannot explain this target of this model, by the method's id; others may. */
  readonly obstacles: Readonly<Record<string, string>>
}
