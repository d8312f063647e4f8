import { expect, test } from 'vitest'
import { measureMethods } from './measure-methods.ts'
import { openSubject } from './node-subject.ts'

test('a method that the network cannot have is told, the others are measured', async () => {
  const lines: string[] = []
  const only = ['attention-rollout', 'gradient']
  const { methods, refused } = await measureMethods(
    await openSubject(),
    { isQuick: true },
    only,
    (line) => lines.push(line),
  )
  expect(refused).toMatchObject([
    { id: 'attention-rollout', reason: expect.stringMatching(/no softmax attention/) },
  ])
  expect(methods.map(({ id }) => id)).toEqual(['gradient'])
  const [gradient] = methods
  expect(gradient?.rounds).toBe(3)
  expect(gradient?.perForward.median).toBeGreaterThan(0)
  expect(gradient?.estimateBytes).toBeGreaterThan(0)
  expect(lines).toHaveLength(2)
}, 60_000)
