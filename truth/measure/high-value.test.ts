import { expect, test } from 'vitest'
import { buildLocalisationTable } from '../../src/core/metrics/build-localisation-table.ts'
import { valueAtPercentile } from '../../src/core/metrics/localisation-table.ts'
import { createRandom } from '../../src/core/tensor/random.ts'
import { highValue } from './high-value.ts'

const random = createRandom(3)
const cases: readonly (readonly [string, Float32Array])[] = [
  ['far apart', Float32Array.from({ length: 1000 }, () => Math.exp(9 * random.normal()))],
  ['close together', Float32Array.from({ length: 1501 }, () => 1 + 1e-4 * random.uniform())],
  ['many zeros', Float32Array.from({ length: 400 }, (_, n) => (n % 150 === 0 ? n : 0))],
  ['ties', Float32Array.from({ length: 777 }, (_, n) => n % 7)],
  ['a hundred and one', Float32Array.from({ length: 101 }, (_, n) => n)],
  ['one', Float32Array.of(3)],
  ['nothing but zeros', new Float32Array(50)],
]

test.each(cases)('the percentile of the sorted table: %s', (_, values) => {
  for (const percentile of [0, 50, 99, 99.9, 100]) {
    const table = buildLocalisationTable(values, null, null)
    expect(highValue(values, percentile)).toBe(valueAtPercentile(table, percentile))
  }
})
