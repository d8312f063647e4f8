/** @file The tests of a set of stored architectures: every exporter, a free and a fixed batch. */

import { afterAll, describe, expect, it } from 'vitest'
import { attributionMethods } from '../../src/core/attribution/methods.ts'
import { checkMethod, withExport } from './check-architecture.ts'
import {
  type Architecture,
  type Batch,
  type ExpectedMethod,
  listArchitectures,
} from './read-architecture.ts'
import { readOutcomes } from './read-outcomes.ts'
import { inputRow, tryMethod } from './try-method.ts'

/** With a fixed batch the gradient alone: its graph is the one that integrated gradients run. */
const methodsOf: Readonly<Record<Batch, readonly ExpectedMethod[]>> = {
  dynamic: ['gradient', 'integrated-gradients'],
  fixed: ['gradient'],
}

const outcomes = readOutcomes()

/** Cheap on every network: a few passes, whatever its width. */
const cheapMethods = attributionMethods.filter(({ needs }) => needs.gradient).map(({ id }) => id)

/** Declares the tests; what was measured is printed at the end. */
export function testArchitectures(chosen: (architecture: Architecture) => boolean): void {
  const rows: string[] = []
  afterAll(() => {
    console.log(`relative L2 distance from PyTorch in float64\n${rows.join('\n')}`)
  })
  for (const [index, architecture] of listArchitectures().entries()) {
    if (!chosen(architecture)) continue
    const { name, label, exports } = architecture
    describe(label, () => {
      it.each(exports)(
        '$exporter, opset $opset, $batch batch',
        async ({ exporter, batch }) => {
          await withExport(architecture, exporter, batch, async (model) => {
            for (const method of methodsOf[batch]) {
              const { distance, scoreError, normDifference, allowed } = await checkMethod(
                model,
                architecture,
                batch,
                method,
              )
              rows.push(
                `  ${name} ${exporter} ${batch} ${method}: ${distance.toExponential(1)}, allowed ${allowed.toExponential(1)}`,
              )
              expect.soft(scoreError, `${method}: score`).toBeLessThan(1e-4)
              expect.soft(distance, `${method}: map`).toBeLessThan(allowed)
              expect.soft(normDifference, `${method}: norm of the map`).toBeLessThan(allowed)
              // A cell that was not measured says so in the table; what it says must be true.
              const told = outcomes[name]?.[exporter]?.[method]
              if (told !== undefined) expect.soft(told, `${method}: README`).toBe(true)
            }
            if (batch === 'dynamic') return
            // Another method on every export: together they go through the list.
            const other =
              cheapMethods[(2 * index + Number(exporter === 'dynamo')) % cheapMethods.length]
            if (other === undefined) throw new Error('no method')
            const outcome = await tryMethod(model, inputRow(architecture), other)
            const told = outcomes[name]?.[exporter]?.[other]
            if (told !== undefined) expect.soft(outcome, `${other}: README`).toEqual(told)
          })
        },
        240_000,
      )
    })
  }
}
