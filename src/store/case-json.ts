/** @file Reading of the small JSON files that come with the page. */

import { Failure } from '../core/failure.ts'
import type { FetchBytes } from './case-files.ts'

export type Json = Readonly<Record<string, unknown>>

/** Rejects with a Failure that names the file. */
export async function fetchJson(
  fetchBytes: FetchBytes,
  path: string,
  signal: AbortSignal,
): Promise<unknown> {
  const bytes = await fetchBytes(path, signal)
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown
  } catch (cause) {
    throw new Failure('bad-file', `${path} is not valid JSON`, { cause })
  }
}

/** Anything else than an object is an empty one. */
export function asObject(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {}
}

/** Anything else than a list is an empty one. */
export function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** null for anything else than a text with something in it. */
export function asText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
