/** @file One run from request to map: baseline, mask, attribution, back onto the image, thumbnail. */

import { findMethod } from '../core/attribution/methods.ts'
import { Failure } from '../core/failure.ts'
import { checkOptions } from '../core/parse-options.ts'
import type { AttributeRequest } from '../rpc/attribution-api.ts'
import type { CallProgress } from '../rpc/protocol.ts'
import { type Clients, until } from './clients.ts'
import type { TruthLayer } from './data-state.ts'
import { robustWindow } from './image-window.ts'
import { makeBaseline } from './make-baseline.ts'
import type { Run, RunResult } from './run-state.ts'
import { sliceThumbnail } from './thumbnail.ts'

export interface RunHooks {
  readonly signal: AbortSignal
  readonly onProgress: (progress: CallProgress) => void
}

/** Computes the map of a run on the grid of its image. Rejects with a Failure. */
export async function executeRun(
  clients: Clients,
  { request, source }: Run,
  truth: TruthLayer | null,
  hooks: RunHooks,
): Promise<RunResult> {
  const method = findMethod(request.methodId)
  const { inputs, grid } = source.prepared
  const attributeRequest: AttributeRequest = {
    methodId: request.methodId,
    options: request.options,
    inputs,
    baseline: makeBaseline(request.baseline, inputs),
    target: request.target,
    classNames: source.card.classNames,
    seed: request.seed,
    ...(request.layer === null ? {} : { layer: request.layer }),
    ...(request.target.includes('@mask')
      ? { mask: await maskForTarget(clients, source, truth, hooks.signal) }
      : {}),
  }
  const reply = await clients.attribution('attribute', attributeRequest, hooks)
  const [map] = reply.maps
  if (!map) throw new Failure('internal', 'the method returned no map')
  const onVolume = await clients.volume(
    'toVolume',
    { map, card: source.card, grid, volumeId: source.image.info.id },
    until(hooks.signal),
  )
  const { voxels } = source.image
  const strongestAt = findStrongest(onVolume, voxels.dims)
  return {
    map: onVolume.data,
    min: onVolume.min,
    max: onVolume.max,
    maxAt: onVolume.maxAt,
    strongestAt,
    isSigned: method.signed(checkOptions(method.id, method.options, reply.options)),
    options: reply.options,
    sample: sampleMagnitudes(onVolume.data),
    targetSpec: reply.targetSpec,
    targetLabel: reply.targetLabel,
    score: reply.scores[0] ?? Number.NaN,
    completenessGap: reply.completenessGap?.[0] ?? null,
    layer: reply.layer ?? null,
    channels: map.dims[source.card.layout.indexOf('C')] ?? 1,
    grid: grid.dims,
    provider: reply.provider,
    elapsedMs: reply.elapsedMs,
    thumbnail: sliceThumbnail(voxels, onVolume.data, strongestAt[2], robustWindow(voxels)),
  }
}

/** About 20 000 magnitudes, evenly spaced, in ascending order. */
function sampleMagnitudes(map: Float32Array): Float32Array {
  const stride = Math.max(1, Math.floor(map.length / 20_000))
  const size = Math.ceil(map.length / stride)
  return Float32Array.from({ length: size }, (_, at) => Math.abs(map[at * stride] ?? 0)).sort()
}

/** Voxel of the largest magnitude; of equals, the first. */
function findStrongest(
  { data, min, max }: { readonly data: Float32Array; readonly min: number; readonly max: number },
  [nx, ny]: readonly [number, number, number],
): readonly [number, number, number] {
  const highest = max >= -min ? data.indexOf(max) : data.length
  const lowest = -min >= max ? data.indexOf(min) : data.length
  const at = Math.max(0, Math.min(highest, lowest))
  return [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))]
}

async function maskForTarget(
  clients: Clients,
  { card, prepared }: Run['source'],
  truth: TruthLayer | null,
  signal: AbortSignal,
) {
  if (!truth) {
    throw new Failure('bad-request', 'This target looks inside a truth mask, but none is loaded.')
  }
  return clients.volume(
    'maskOnModelGrid',
    {
      maskId: truth.info.id,
      card,
      grid: prepared.grid,
      ...(truth.label === null ? {} : { label: truth.label }),
    },
    until(signal),
  )
}
