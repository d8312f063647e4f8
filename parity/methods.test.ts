/** @file The eight methods against captum and PyTorch, on a 3-D CNN, a 2-D ResNet-18 and a 3-D U-Net. */

import { existsSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { findMethod } from '../src/core/attribution/methods.ts'
import { parseOptions } from '../src/core/parse-options.ts'
import { zerosLike } from '../src/core/tensor/arithmetic.ts'
import { attribute } from '../src/engine/attribute.ts'
import { type OpenModel, openModel } from '../src/engine/open-model.ts'
import { createNodeRuntime } from '../src/engine/runtime-node.ts'
import { readMapCases } from './map-cases.ts'
import { relativeDistance } from './relative-distance.ts'

const { bytesOf, cases, folder, tensor } = readMapCases('methods')

const models = new Map<string, Promise<OpenModel>>()
const worst = new Map<string, number>()

function open(name: string): Promise<OpenModel> {
  const known = models.get(name)
  if (known) return known
  const model = openModel(createNodeRuntime(), bytesOf(name))
  models.set(name, model)
  return model
}

afterAll(async () => {
  for (const model of models.values()) await (await model).close()
  const rows = [...worst].map(
    ([method, error]) => `  ${method.padEnd(22)} ${error.toExponential(1)}`,
  )
  console.log(`largest relative distance (L2) from the expected maps\n${rows.join('\n')}`)
})

describe.each(cases)('$network $method $target $source', (known) => {
  it('gives the expected map', async () => {
    const model = await open(known.model)
    const input = tensor(known.input)
    const { id, options } = findMethod(known.method)
    const { maps, scores } = await attribute(
      model,
      {
        methodId: id,
        options: parseOptions(id, options, known.options),
        inputs: [input],
        baseline: [known.baseline ? tensor(known.baseline) : zerosLike(input)],
        target: known.target,
        seed: known.seed ?? 0,
        ...(known.layer && { layer: known.layer }),
      },
      { signal: { throwIfAborted: () => {} }, onProgress: () => {} },
    )
    for (const [row, score] of known.scores.entries())
      expect(Math.abs((scores[row] ?? 0) - score)).toBeLessThan(1e-4 * Math.max(1, Math.abs(score)))
    const expected = tensor(known.expected)
    expect(maps[0]?.dims).toEqual(expected.dims)
    const distance = relativeDistance(maps[0]!.data, expected.data)
    worst.set(id, Math.max(worst.get(id) ?? 0, distance))
    expect(distance).toBeLessThan(1e-4)
  })
})

it('has its fixtures', () => {
  expect(existsSync(folder)).toBe(true)
  expect(cases.length).toBeGreaterThan(60)
})
