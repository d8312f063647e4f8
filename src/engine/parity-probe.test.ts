import { expect, test } from 'vitest'
import { measureParity, PARITY_TOLERANCE } from './parity-probe.ts'
import type { Runtime } from './runtime.ts'
import { createNodeRuntime } from './runtime-node.ts'

/** A real runtime with a defect: its outputs are changed on the way out. */
function faulty(runtime: Runtime, change: (y: Float32Array) => void): Runtime {
  return {
    ...runtime,
    async createSession(model) {
      const session = await runtime.createSession(model)
      return {
        ...session,
        async run(feeds, fetches) {
          const outputs = await session.run(feeds, fetches)
          for (const { data } of Object.values(outputs)) change(data as Float32Array)
          return outputs
        },
      }
    },
  }
}

const trusted = createNodeRuntime({ threads: 1 })

test('two runs of a sound runtime agree far below the tolerance', async () => {
  expect(await measureParity(trusted, createNodeRuntime({ threads: 2 }))).toBeLessThan(1e-5)
})

test('one wrong value, a shifted output and NaN are all seen', async () => {
  const wrong = faulty(trusted, (y) => {
    y[17] = (y[17] ?? 0) * 1.1 + 1
  })
  const shifted = faulty(trusted, (y) => y.copyWithin(1, 0))
  const nan = faulty(trusted, (y) => {
    y[3] = Number.NaN
  })
  for (const runtime of [wrong, shifted, nan]) {
    expect(await measureParity(trusted, runtime)).toBeGreaterThan(PARITY_TOLERANCE)
  }
})
