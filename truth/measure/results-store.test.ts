import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openResultsStore } from './results-store.ts'

const folder = mkdtempSync(join(tmpdir(), 'saliscope-truth-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('what was added is found by the next run', () => {
  const path = join(folder, 'deep/er/rows.jsonl')
  const first = openResultsStore<{ value: number }>(path)
  expect(first.find('a')).toBeUndefined()
  first.add('a', { value: 1 })
  first.add('b "quoted" \n', { value: 0.1 + 0.2 })
  first.add('a', { value: 2 })
  expect(first.find('a')).toEqual({ value: 2 })
  const second = openResultsStore<{ value: number }>(path)
  expect(second.size).toBe(2)
  expect(second.find('a')).toEqual({ value: 2 })
  expect(second.find('b "quoted" \n')).toEqual({ value: 0.1 + 0.2 })
})

test('a line that was cut off is measured again, and spoils no other', () => {
  const path = join(folder, 'torn.jsonl')
  openResultsStore<number>(path).add('whole', 1)
  appendFileSync(path, '{"key":"torn","row":{"val')
  const store = openResultsStore<number>(path)
  expect(store.find('whole')).toBe(1)
  expect(store.find('torn')).toBeUndefined()
  store.add('torn', 2)
  const again = openResultsStore<number>(path)
  expect(again.find('torn')).toBe(2)
  expect(again.size).toBe(2)
  expect(readFileSync(path, 'utf8').endsWith('\n')).toBe(true)
})

test('lines that are no rows are passed over', () => {
  const path = join(folder, 'odd.jsonl')
  openResultsStore(path)
  appendFileSync(path, 'null\n[1]\n"text"\n{"key":"k","row":3}\n')
  expect(openResultsStore<number>(path).size).toBe(1)
})
