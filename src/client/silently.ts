import type { CallControl } from '../rpc/protocol.ts'

/** For calls that nobody watches or cancels. */
export const silently: CallControl = {
  signal: new AbortController().signal,
  onProgress: () => undefined,
}
