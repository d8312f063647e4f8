import { expect, test } from 'vitest'
import { processorSeconds } from './processor-seconds.ts'
import { sharesOf } from './workers.ts'

test('every case has one worker', () => {
  expect(sharesOf(5, 2)).toEqual([
    [0, 2, 4],
    [1, 3],
  ])
  expect(sharesOf(3, 1)).toEqual([[0, 1, 2]])
  expect(sharesOf(1, 2)).toEqual([[0], []])
})

test('waiting costs no processor time, work does', async () => {
  const waited = await processorSeconds(() => new Promise((resolve) => setTimeout(resolve, 300)))
  expect(waited.seconds).toBeLessThan(0.2)
  const worked = await processorSeconds(async () => {
    const before = process.cpuUsage()
    while (process.cpuUsage(before).user < 100_000);
    return 'done'
  })
  expect(worked.seconds).toBeGreaterThan(0.09)
  expect(worked.result).toBe('done')
})
