/** @file Reads fields of an unknown JSON value; every refusal names the path of the offending field. */

import { Failure } from '../failure.ts'

export type JsonObject = Readonly<Record<string, unknown>>

/** A value as it appears in a sentence: short JSON, or its type when it is long. */
export function describeJson(value: unknown): string {
  if (value === undefined) return 'missing'
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value)
  if (text.length <= 60) return text
  return Array.isArray(value) ? `a list of ${value.length}` : `a long ${typeof value}`
}

/** "Model card: PATH must be EXPECTED, but it is VALUE." */
export function cardFailure(path: string, expected: string, value: unknown): Failure {
  return new Failure(
    'bad-file',
    `Model card: ${path} must be ${expected}, but it is ${describeJson(value)}.`,
  )
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Refuses fields nobody reads, so that a misspelt one is not silently ignored. */
export function checkFields(object: JsonObject, path: string, known: readonly string[]): void {
  for (const name of Object.keys(object)) {
    if (known.includes(name)) continue
    const where = path === '' ? name : `${path}.${name}`
    throw new Failure(
      'bad-file',
      `Model card: ${where} is not a field that exists; the fields are ${known.join(', ')}.`,
    )
  }
}

export function readString(value: unknown, path: string, absent: string): string {
  if (value === undefined) return absent
  if (typeof value !== 'string') throw cardFailure(path, 'a text', value)
  return value
}

export function readChoice<const Choice extends string>(
  value: unknown,
  path: string,
  choices: readonly Choice[],
  absent: Choice,
): Choice {
  if (value === undefined) return absent
  const found = choices.find((choice) => choice === value)
  if (found === undefined) throw cardFailure(path, `one of ${choices.join(', ')}`, value)
  return found
}

export function readNumber(value: unknown, path: string, absent: number): number {
  if (value === undefined) return absent
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw cardFailure(path, 'a finite number', value)
  }
  return value
}

/** Two finite numbers, the first below the second. */
export function readInterval(
  value: unknown,
  path: string,
  absent: readonly [number, number],
): readonly [number, number] {
  if (value === undefined) return absent
  if (!Array.isArray(value) || value.length !== 2) {
    throw cardFailure(path, 'two numbers, low then high', value)
  }
  const low = readNumber(value[0] ?? null, `${path}[0]`, 0)
  const high = readNumber(value[1] ?? null, `${path}[1]`, 0)
  if (low >= high) throw cardFailure(path, 'two numbers, the first below the second', value)
  return [low, high]
}
