import { expect, test } from 'vitest'
import { createEta } from './eta.ts'

function clock() {
  let time = 1000
  const pass = (ms: number) => {
    time += ms
  }
  return { now: () => time, pass }
}

test('set-up before the first step does not count towards the rate', () => {
  const { now, pass } = clock()
  const estimate = createEta(now)
  pass(5000)
  expect(estimate({ stage: 'compiling', fraction: 0 }).remainingMs).toBeNull()
  pass(1000)
  expect(estimate({ stage: 'gradient 1 of 4', fraction: 0.25 })).toEqual({
    stage: 'gradient 1 of 4',
    fraction: 0.25,
    elapsedMs: 6000,
    remainingMs: 3000,
  })
  pass(3000)
  expect(estimate({ stage: 'done', fraction: 1 }).remainingMs).toBe(0)
})

test('says nothing before a quarter of a second of work', () => {
  const { now, pass } = clock()
  const estimate = createEta(now)
  pass(100)
  expect(estimate({ stage: 's', fraction: 0.1 }).remainingMs).toBeNull()
})

test('the fraction stays within 0..1 and never goes back', () => {
  const { now } = clock()
  const estimate = createEta(now)
  const fractions = [-1, 0.5, 0.2, Number.NaN, 2].map(
    (fraction) => estimate({ stage: 's', fraction }).fraction,
  )
  expect(fractions).toEqual([0, 0.5, 0.5, 0.5, 1])
})
