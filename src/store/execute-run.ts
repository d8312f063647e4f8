/** @file One run from request to map: baseline, mask, attribution, back onto the image, thumbnail. */

import { describeNonFinite } from '../core/attribution/finite-maps.ts'
import { needsOf } from '../core/attribution/method.ts'
import { findMethod } from '../core/attribution/methods.ts'
import { Failure } from '../core/failure.ts'
import { checkOptions } from '../core/parse-options.ts'
import type { AttributeRequest } from '../rpc/attribution-api.ts'
import type { CallProgress } from '../rpc/protocol.ts'
import { type Clients, until } from './clients.ts'
import type { TruthLayer } from './data-state.ts'
import { type ImageMap, placeMaps } from './input-maps.ts'
import { makeBaselines } from './make-baseline.ts'
import type { Run, RunResult } from './run-state.ts'

export interface RunHooks {
  readonly signal: AbortSignal
  readonly onProgress: (progress: CallProgress) => void
}

/** Computes the maps of a run on the grid of its image. Rejects with a Failure. */
export async function executeRun(
  clients: Clients,
  { request, source }: Run,
  truth: TruthLayer | null,
  hooks: RunHooks,
): Promise<RunResult> {
  const method = findMethod(request.methodId)
  const needs = needsOf(method, request.options)
  const { prepared } = source
  const attributeRequest: AttributeRequest = {
    methodId: request.methodId,
    options: request.options,
    inputs: prepared.inputs,
    ...(await makeBaselines(
      clients,
      needs.baseline ? request.baseline : 'zeros',
      request.baselineFiles,
      prepared,
      needs.baselineRows ?? false,
      hooks.signal,
    )),
    target: request.target,
    classNames: source.card.classNames,
    seed: request.seed,
    ...(request.layer === null ? {} : { layer: request.layer }),
    ...(request.target.includes('@mask')
      ? { mask: await maskForTarget(clients, source, truth, hooks.signal) }
      : {}),
  }
  const reply = await clients.attribution('attribute', attributeRequest, hooks)
  const inputs = await placeMaps(clients, source, reply.maps, hooks.signal)
  const shownInput = inputs.findIndex(({ kind }) => kind === 'image')
  const shown = inputs[shownInput]
  if (shown?.kind !== 'image') throw new Failure('internal', 'the method returned no map')
  return {
    ...fieldsOf(shown),
    inputs,
    shownInput,
    isSigned: method.signed(checkOptions(method.id, method.options, reply.options)),
    options: reply.options,
    targetSpec: reply.targetSpec,
    targetLabel: request.targetWords ?? reply.targetLabel,
    score: reply.scores[0] ?? Number.NaN,
    completenessGap: reply.completenessGap?.[0] ?? null,
    gapKind: reply.promise ?? 'completeness',
    layer: reply.layer ?? null,
    provider: reply.provider,
    elapsedMs: reply.elapsedMs,
    flaw: describeNonFinite(method, reply),
  }
}

/** The same run with the map of another input on screen. */
export function showInput(result: RunResult, shownInput: number): RunResult {
  const shown = result.inputs[shownInput]
  return shown?.kind === 'image' ? { ...result, ...fieldsOf(shown), shownInput } : result
}

function fieldsOf({ kind: _, name: _name, ...fields }: ImageMap) {
  return fields
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
