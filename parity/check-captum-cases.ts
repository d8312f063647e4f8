/** @file One test per stored case of a folder: the map of Saliscope against the one of captum. */

import { afterAll, describe, expect, it } from 'vitest'
import { findMethod } from '../src/core/attribution/methods.ts'
import { parseOptions } from '../src/core/parse-options.ts'
import { zerosLike } from '../src/core/tensor/arithmetic.ts'
import { attribute } from '../src/engine/attribute.ts'
import { type OpenModel, openModel } from '../src/engine/open-model.ts'
import { createNodeRuntime } from '../src/engine/runtime-node.ts'
import { readMapCases, type SeveralMapsCase } from './map-cases.ts'

/** Or three times as far as captum itself in float32, where that is more. */
const LIMIT = 1e-4

/** Adds the tests, and prints the largest relative distance (L2) of every method at the end. */
export function checkCaptumCases(name: string): readonly SeveralMapsCase[] {
  const { bytesOf, cases, tensor } = readMapCases<SeveralMapsCase>(name)
  const models = new Map<string, Promise<OpenModel>>()
  const worst = new Map<string, { readonly distance: number; readonly network: string }>()
  const open = (file: string) => {
    const model = models.get(file) ?? openModel(createNodeRuntime(), bytesOf(file))
    models.set(file, model)
    return model
  }

  afterAll(async () => {
    for (const model of models.values()) await (await model).close()
    const rows = [...worst].map(
      ([method, { distance, network }]) =>
        `  ${method.padEnd(22)} ${distance.toExponential(1)}  ${network}`,
    )
    console.log(
      `largest relative distance (L2) from captum, ${cases.length} cases\n${rows.join('\n')}`,
    )
  })

  describe.each(cases)('$network $method $target $options $source', (known) => {
    it('gives the expected map', async () => {
      const inputs = known.inputs.map(tensor)
      const { id, options } = findMethod(known.method)
      const { maps, scores } = await attribute(
        await open(known.model),
        {
          methodId: id,
          options: parseOptions(id, options, known.options),
          inputs,
          baseline: known.baselines?.map(tensor) ?? inputs.map(zerosLike),
          ...(known.rows && { baselineRows: known.rows.map(tensor) }),
          target: known.target,
          seed: 0,
          ...(known.layer && { layer: known.layer }),
        },
        { signal: { throwIfAborted: () => {} }, onProgress: () => {} },
      )
      for (const [row, score] of known.scores.entries()) {
        const error = Math.abs((scores[row] ?? Number.NaN) - score)
        expect(error).toBeLessThan(1e-4 * Math.max(1, Math.abs(score)))
      }
      const expected = known.expected.map(tensor)
      expect(maps.map(({ dims }) => dims)).toEqual(expected.map(({ dims }) => dims))
      const distance = distanceOver(
        maps.map(({ data }) => data),
        expected.map(({ data }) => data),
      )
      if (distance > (worst.get(id)?.distance ?? 0)) {
        worst.set(id, { distance, network: known.network })
      }
      expect(distance).toBeLessThan(Math.max(LIMIT, 3 * (known.float32Distance ?? 0)))
    })
  })
  return cases
}

/** L2 norm of the difference over that of the reference, the maps of all inputs together. */
function distanceOver(got: readonly Float32Array[], reference: readonly Float32Array[]): number {
  let difference = 0
  let norm = 0
  for (const [i, map] of reference.entries()) {
    for (const [j, value] of map.entries()) {
      difference += ((got[i]?.[j] ?? Number.NaN) - value) ** 2
      norm += value ** 2
    }
  }
  return Math.sqrt(difference / norm)
}
