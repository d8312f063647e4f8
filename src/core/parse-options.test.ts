import { expect, test } from 'vitest'
import type { OptionSpec } from './options.ts'
import { checkOptions, defaultOptions, parseOptions, splitAssignments } from './parse-options.ts'

const base = { label: '', help: '' }
const spec = {
  steps: { ...base, kind: 'integer', min: 1, max: 512, default: 50 },
  noise: { ...base, kind: 'number', min: 0, max: 10, default: 0.15 },
  relu: { ...base, kind: 'boolean', default: true },
  rule: { ...base, kind: 'choice', choices: ['left', 'right'], default: 'left' },
  window: { ...base, kind: 'extent', min: 1, max: 64, default: [16] },
  threshold: { ...base, kind: 'number', min: -1e9, max: 1e9, default: Number.NaN },
} as const satisfies OptionSpec

test('defaults are filled in', () => {
  expect(defaultOptions(spec)).toEqual({
    steps: 50,
    noise: 0.15,
    relu: true,
    rule: 'left',
    window: [16],
    threshold: Number.NaN,
  })
})

test('texts become values', () => {
  expect(
    parseOptions('m', spec, {
      steps: '7',
      noise: '1e-1',
      relu: 'false',
      rule: 'right',
      window: '8,16,16',
      threshold: '-2.5',
    }),
  ).toEqual({
    steps: 7,
    noise: 0.1,
    relu: false,
    rule: 'right',
    window: [8, 16, 16],
    threshold: -2.5,
  })
})

test.each([
  [{ steps: '0' }, "m: option 'steps' must be a whole number from 1 to 512, not '0'"],
  [{ steps: '2.5' }, "not '2.5'"],
  [{ steps: '' }, "not ''"],
  [{ steps: '0x10' }, "not '0x10'"],
  [{ noise: 'lots' }, "option 'noise' must be a number from 0 to 10, not 'lots'"],
  [{ noise: 'NaN' }, "not 'NaN'"],
  [{ noise: 'Infinity' }, "not 'Infinity'"],
  [{ relu: 'yes' }, "must be true or false, not 'yes'"],
  [{ rule: 'middle' }, 'must be one of left, right'],
  [{ window: '8,,8' }, 'must be a whole number from 1 to 64 for every axis'],
  [{ window: '8,0,8' }, "not '8,0,8'"],
  [{ stepz: '3' }, "m has no option 'stepz': did you mean 'steps'? options are steps, noise"],
  [{ toString: '3' }, "m has no option 'toString'"],
])('refuses %j', (given, message) => {
  expect(() => parseOptions('m', spec, given)).toThrow(message)
})

test('values from a message are checked alike', () => {
  expect(checkOptions('m', spec, { window: 4, threshold: null, relu: undefined })).toEqual({
    ...defaultOptions(spec),
    window: [4],
  })
  expect(() => checkOptions('m', spec, { steps: '7' })).toThrow("not '7'")
  expect(() => checkOptions('m', spec, { noise: Number.NaN })).toThrow("option 'noise'")
  expect(() => checkOptions('m', spec, { noise: null })).toThrow("option 'noise'")
  expect(() => checkOptions('m', spec, { window: [] })).toThrow("not '[]'")
  expect(() => checkOptions('m', spec, [])).toThrow('must be an object')
  expect(() => checkOptions('m', {}, { a: 1 })).toThrow("m has no option 'a': it takes none")
})

test('assignments', () => {
  expect(splitAssignments(['a=1', 'b=x=y', 'a=2'])).toEqual({ a: '2', b: 'x=y' })
  expect(() => splitAssignments(['=3'])).toThrow("'=3' is not an option: write key=value")
  expect(() => splitAssignments(['steps'])).toThrow('write key=value')
})
