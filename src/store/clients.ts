/** @file The three workers, as the store calls them. */

import type { AttributionApi } from '../rpc/attribution-api.ts'
import type { Remote } from '../rpc/connect.ts'
import type { MetricApi } from '../rpc/metric-api.ts'
import type { CallControl } from '../rpc/protocol.ts'
import type { VolumeApi } from '../rpc/volume-api.ts'

export interface Clients {
  readonly attribution: Remote<AttributionApi>
  readonly metric: Remote<MetricApi>
  readonly volume: Remote<VolumeApi>
}

/** A call that nobody cancels or watches. */
export function unattended(): CallControl {
  return { signal: new AbortController().signal, onProgress: () => {} }
}

/** A call that `signal` cancels. */
export function until(signal: AbortSignal): CallControl {
  return { signal, onProgress: () => {} }
}
