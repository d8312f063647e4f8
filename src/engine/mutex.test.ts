import { expect, test } from 'vitest'
import { createMutex } from './mutex.ts'

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

test('jobs do not overlap, keep their order, and outlive a failed one', async () => {
  const exclusive = createMutex()
  const log: string[] = []
  const job =
    (name: string, ms: number, fails = false) =>
    async () => {
      log.push(`${name} begins`)
      await pause(ms)
      log.push(`${name} ends`)
      if (fails) throw new Error(name)
      return name
    }
  const results = await Promise.allSettled([
    exclusive(job('a', 20)),
    exclusive(job('b', 10, true)),
    exclusive(job('c', 0)),
  ])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
})
