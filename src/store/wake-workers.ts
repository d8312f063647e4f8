/** @file Starts the workers before there is work: a worker starts with its first call. */

import { type Clients, unattended } from './clients.ts'

/** The runtime compiles megabytes of WebAssembly; that goes on while the page is being set up. */
export function wakeWorkers({ attribution, metric, volume }: Clients): void {
  const nothing = { methodId: 'gradient', inputs: [], target: '' }
  // Refused, because no model is open yet; the answer does not matter.
  attribution('estimate', nothing, unattended()).catch(() => undefined)
  volume('close', { id: '' }, unattended()).catch(() => undefined)
  const voxel = {
    map: new Float32Array(1),
    truth: null,
    evaluation: null,
    dims: [1],
    spacingMm: [1],
  }
  metric('measure', { ...voxel, sign: 'magnitude' }, unattended()).catch(() => undefined)
}
