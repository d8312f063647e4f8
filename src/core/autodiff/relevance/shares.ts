/** @file What a rule sends to the inputs of a layer: x_i * part_i(W)^T c_i, one sum per (x, part). */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import type { Layer } from './layer.ts'
import { keyOfPart, type WeightPart } from './weight-parts.ts'

export interface Share {
  /** null = 1. */
  readonly x: Value | null
  readonly part: WeightPart
  readonly c: Value
}

/** Relevance of the layer's x. Shares with the same x and part have one product with the weights. */
export function collectShares(layer: Layer, shares: readonly Share[]): Value {
  const { g } = layer
  const groups = new Map<string, readonly [Share, ...Share[]]>()
  for (const share of shares) {
    if (layer.isZero(share.part)) continue
    const key = JSON.stringify([share.x?.name ?? null, keyOfPart(share.part)])
    groups.set(key, [...(groups.get(key) ?? []), share] as [Share, ...Share[]])
  }
  const pulls = new Map<Value | null, Value[]>()
  for (const group of groups.values()) {
    const [{ x, part }] = group
    const pull = layer.adjoint(
      sumOf(
        g,
        group.map(({ c }) => c),
      ),
      part,
    )
    pulls.set(x, [...(pulls.get(x) ?? []), pull])
  }
  const products = [...pulls].map(([x, own]) => {
    const sum = sumOf(g, own)
    return x ? g.mul(x, sum) : sum
  })
  return products.length > 0 ? sumOf(g, products) : g.zeros(layer.x.dims, layer.x.dtype)
}

function sumOf(g: GraphBuilder, values: readonly Value[]): Value {
  return values.reduce((total, value) => g.add(total, value))
}
