/** @file Reads files that are served with the page. */

import { Failure } from '../core/failure.ts'

/** Rejects with a Failure that names the file. `path` is relative to the page. */
export async function fetchBytes(
  path: string,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(new URL(path, document.baseURI), { signal }).catch(
    (cause: unknown) => {
      if (signal.aborted) throw cause
      throw new Failure('bad-file', `${path} could not be fetched: the server does not answer.`, {
        cause,
      })
    },
  )
  if (!response.ok) {
    throw new Failure(
      'bad-file',
      `${path} could not be fetched: the server says ${response.status}.`,
    )
  }
  return new Uint8Array(await response.arrayBuffer())
}
