/** @file A run as files: the map as NIfTI on the image's own grid, and a record of how it was made. */

import type { ShownRun } from './active-run.ts'
import { thresholdOf } from './active-run.ts'
import { type Clients, unattended } from './clients.ts'
import { disclaimer, nameOfRun } from './describe-map.ts'
import type { InputMap } from './input-maps.ts'

export interface ExportFile {
  readonly name: string
  readonly type: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** NAME.nii.gz and NAME.json; rejects with a Failure. */
export async function exportRun(
  clients: Clients,
  shown: ShownRun,
  appVersion: string,
): Promise<readonly ExportFile[]> {
  const { run, result } = shown
  const name = exportName(shown)
  const { bytes } = await clients.volume(
    'exportNifti',
    {
      volumeId: run.source.image.info.id,
      data: result.map,
      description: `Saliscope ${run.request.methodId}, target ${result.targetSpec}`,
    },
    unattended(),
  )
  return [
    { name: `${name}.nii.gz`, type: 'application/gzip', bytes },
    {
      name: `${name}.json`,
      type: 'application/json',
      bytes: encodeJson(makeRecord(shown, appVersion)),
    },
  ]
}

/** "t1-smoothgrad-1": volume, method and target, safe in file names. */
export function exportName({ run, result }: ShownRun): string {
  const stem = run.source.image.info.name.replace(/\.nii(\.gz)?$/i, '')
  return [stem, run.request.methodId, result.targetSpec]
    .join('-')
    .replace(/[^\w.-]+/g, '_')
    .slice(0, 120)
}

/** Everything needed to make the map again, and what was found. */
export function makeRecord(shown: ShownRun, appVersion: string): Record<string, unknown> {
  const { run, result, measurement } = shown
  const { request, source, display } = run
  return {
    saliscope: appVersion,
    note: disclaimer,
    method: request.methodId,
    methodName: nameOfRun(run),
    options: result.options,
    seed: request.seed,
    baseline: request.baseline,
    baselineFiles: request.baselineFiles.map(({ name, rows }) => ({ name, rows })),
    target: result.targetSpec,
    targetLabel: result.targetLabel,
    score: result.score,
    completenessGap: result.completenessGap,
    ...(result.completenessGap !== null && { completenessGapOf: result.gapKind }),
    ...(result.inputs.length > 1 && { inputs: result.inputs.map(describeInput) }),
    layer: result.layer,
    grid: result.grid,
    channelsSummed: result.channels,
    map: {
      min: result.min,
      max: result.max,
      maximumAtVoxel: result.maxAt,
      strongestAtVoxel: result.strongestAt,
      signed: result.isSigned,
    },
    model: {
      name: source.modelName,
      sha256: source.modelSha256,
      ...(source.randomSeed !== null && { weightsPermutedBySeed: source.randomSeed }),
    },
    volume: {
      name: source.image.info.name,
      sha256: source.image.info.sha256,
      dims: source.image.info.dims,
      spacingMm: source.image.info.spacingMm,
      affine: source.image.info.affine,
    },
    truth: measurement?.truth
      ? {
          name: measurement.truth.info.name,
          sha256: measurement.truth.info.sha256,
          label: measurement.truth.label,
          voxels: measurement.truth.voxels,
        }
      : null,
    metrics: measurement ? { sign: display.sign, scores: measurement.scores } : null,
    display: { ...display, threshold: thresholdOf(shown) },
    ...(result.flaw !== null && { notes: [result.flaw] }),
    preprocessing: source.prepared.steps,
    card: source.card,
    provider: result.provider,
    elapsedMs: result.elapsedMs,
  }
}

/** What the method says about each input, beside the map in the file. */
function describeInput(input: InputMap) {
  const { kind, name } = input
  if (kind === 'values') return { name, given: input.given, attribution: input.values }
  const { min, max, maxAt, strongestAt, channels, grid } = input
  return { name, min, max, maximumAtVoxel: maxAt, strongestAtVoxel: strongestAt, grid, channels }
}

function encodeJson(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`)
}
