import type { MetricApi } from '../rpc/metric-api.ts'
import { createResilientWorker, type ResilientWorker } from './resilient-worker.ts'

export type MetricClient = ResilientWorker<MetricApi>

/** The worker that measures maps; it keeps nothing between calls. */
export function spawnMetricClient(graceMs = 250): MetricClient {
  return createResilientWorker<MetricApi>({ spawn: spawnMetricWorker, graceMs })
}

function spawnMetricWorker(): Worker {
  // Vite finds the worker only where both constructors stand in one expression.
  return new Worker(new URL('../../workers/metric.worker.ts', import.meta.url), {
    type: 'module',
    name: 'metric',
  })
}
