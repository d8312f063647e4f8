import { expect, test } from 'vitest'
import { createBaseline, fitBaseline, parseBaseline } from './baseline.ts'

const t = (dims: readonly number[], ...values: number[]) => ({
  dims,
  data: Float32Array.from(values),
})

test('the words', () => {
  expect(parseBaseline('zeros')).toEqual({ kind: 'zeros' })
  expect(parseBaseline(' -1.5e1 ')).toEqual({ kind: 'constant', value: -15 })
  expect(parseBaseline('mean')).toEqual({ kind: 'mean' })
  expect(parseBaseline('blur:2.5')).toEqual({ kind: 'blur', sigma: 2.5 })
  expect(parseBaseline('reference.nii.gz')).toBeNull()
  for (const text of ['blur:', 'blur:-1', 'blur:0', 'blur:x']) {
    expect(() => parseBaseline(text)).toThrow(/such as blur:2/)
  }
})

test('zeros, a number, the mean of every row and channel', () => {
  const input = t([2, 2, 2], 1, 3, 10, 20, -1, 1, 5, 5)
  expect(createBaseline({ kind: 'zeros' }, [input])[0]?.data).toEqual(new Float32Array(8))
  expect(createBaseline({ kind: 'constant', value: 4 }, [input])[0]?.data[7]).toBe(4)
  expect([...(createBaseline({ kind: 'mean' }, [input])[0]?.data ?? [])]).toEqual([
    2, 2, 15, 15, 0, 0, 5, 5,
  ])
  const features = createBaseline({ kind: 'mean' }, [t([2, 2], 1, 3, 10, 20)])
  expect([...(features[0]?.data ?? [])]).toEqual([2, 2, 15, 15])
})

test('blur works along space only, keeps sums, and refuses features', () => {
  const data = new Float32Array(2 * 9 * 9)
  data[4 * 9 + 4] = 1
  const [blurred] = createBaseline({ kind: 'blur', sigma: 1 }, [{ dims: [1, 2, 9, 9], data }])
  const channel = (c: number) => blurred!.data.subarray(c * 81, (c + 1) * 81)
  expect(channel(0).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5)
  expect(channel(0)[4 * 9 + 4]).toBeCloseTo(0.3991 ** 2, 3)
  expect(channel(1).every((v) => v === 0)).toBe(true)
  expect(() => createBaseline({ kind: 'blur', sigma: 1 }, [t([1, 2], 1, 2)])).toThrow(
    /needs an input with spatial axes, but this one is 1x2/,
  )
})

test('a file: the same shape, or one row for all', () => {
  const input = t([2, 2], 1, 2, 3, 4)
  expect(fitBaseline(t([2, 2], 5, 6, 7, 8), input).data).toEqual(Float32Array.of(5, 6, 7, 8))
  expect(fitBaseline(t([1, 2], 5, 6), input)).toEqual(t([2, 2], 5, 6, 5, 6))
  expect(fitBaseline(t([2], 5, 6), input).data).toEqual(Float32Array.of(5, 6, 5, 6))
  expect(() => fitBaseline(t([3], 1, 2, 3), input)).toThrow(
    'the baseline is 3, but the input is 2x2',
  )
})
