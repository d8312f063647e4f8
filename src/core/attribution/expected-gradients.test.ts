import { expect, test } from 'vitest'
import { createRandom } from '../tensor/random.ts'
import { analytic, contextOf, t } from '../testing/analytic-model.ts'
import { expectedGradients } from './expected-gradients.ts'

const squares = analytic({
  score: ([x]) => x!.reduce((sum, value) => sum + value * value, 0),
  slope: ([x]) => [Array.from(x!, (value) => 2 * value)],
})

test('with noise: draws rows, positions, then the noise, and takes the noisy input as the end', async () => {
  const x = t([2, 3], 1, 2, 4, -1, 0, 1)
  const rows = t([3, 3], 0, 0, 0, 1, 1, 1, -1, 0.5, 2)
  const options = { samples: 7, noise: 0.1 }
  const context = contextOf(squares, [x], options, { baselineRows: [rows], seed: 3 } as object)
  const { maps, scores } = await expectedGradients.attribute(context)
  const random = createRandom(3)
  const sums = new Array<number>(6).fill(0)
  for (let sample = 0; sample < 7; sample++) {
    const drawn = [random.integer(3), random.integer(3)]
    const positions = [random.uniform(), random.uniform()]
    for (let i = 0; i < 6; i++) {
      const row = i < 3 ? 0 : 1
      // Range of the rows: 3 and 2.
      const end = x.data[i]! + 0.1 * [3, 2][row]! * random.normal()
      const start = rows.data[drawn[row]! * 3 + (i % 3)]!
      const point = start + positions[row]! * (end - start)
      sums[i] = sums[i]! + (2 * point * (end - start)) / 7
    }
  }
  expect([...maps[0]!.data]).toEqual(sums.map((value) => expect.closeTo(value, 4)))
  expect(scores).toEqual([21, 2])
})
