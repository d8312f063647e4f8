/** @file The layers of a model for people: what they are called, and which one is suggested. */

import type { LayerCandidate } from '../core/attribution/model-description.ts'
import { formatDims } from './format.ts'

export interface LayerChoice {
  readonly name: string
  /** "layer4.1 · relu_1 · Relu". */
  readonly label: string
  /** "512 × 6 × 7 × 6": channels, then space. */
  readonly shape: string
  readonly suggested: boolean
}

/** Nearest to the output first: later layers know more of the class, earlier ones are finer. */
export function layerChoices(layers: readonly LayerCandidate[]): readonly LayerChoice[] {
  return layers.toReversed().map((layer) => ({
    name: layer.name,
    label: wordsFor(layer),
    shape: formatDims(layer.shape),
    suggested: layer.default,
  }))
}

/**
 * The scopes in an exporter's name, then the operator: "/layer4/layer4.1/relu_1/Relu_output_0" is
 * "layer4.1 · relu_1 · Relu". Scopes that a later one repeats are left out.
 */
export function wordsFor({ name, op }: Pick<LayerCandidate, 'name' | 'op'>): string {
  const scopes = name
    .replace(/_output_\d+$/, '')
    .split('/')
    .filter((scope) => scope !== '')
  const told = scopes.filter((scope, at) => !scopes[at + 1]?.startsWith(`${scope}.`))
  const last = told.at(-1) ?? ''
  const isOp =
    last.toLowerCase() === op.toLowerCase() ||
    (/^.+_\d+$/.test(last) && last.toLowerCase().startsWith(`${op.toLowerCase()}_`))
  return [...(isOp ? told.slice(0, -1) : told), isOp ? last : op].join(' · ')
}
