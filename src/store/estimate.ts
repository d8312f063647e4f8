/** @file What a run would cost, learned from what was measured, and what stands in its way. */

import { findMethod } from '../core/attribution/methods.ts'
import type { AnyOptionValues } from '../core/options.ts'
import { checkOptions, defaultOptions } from '../core/parse-options.ts'
import type { Tensors } from '../core/tensor/tensor.ts'
import type { AppState } from './app-state.ts'
import { describeError } from './describe-error.ts'
import type { Pace } from './explain-state.ts'
import { formatCount, formatSeconds } from './format.ts'
import { FILES } from './make-baseline.ts'
import type { RunRequest, RunSource } from './run-state.ts'

/** Before anything was measured, a gradient run counts as this many forward runs. */
const gradientPerForward = 3.5

interface Sized {
  readonly inputs: Tensors
}

/** Every option of a method, changed or default. */
export function optionsFor(
  methodId: string,
  optionsByMethod: AppState['optionsByMethod'],
): AnyOptionValues {
  const { options } = findMethod(methodId)
  return { ...defaultOptions(options), ...optionsByMethod[methodId] }
}

/** Every option of the chosen method. */
export function optionsOf({
  methodId,
  optionsByMethod,
}: Pick<AppState, 'methodId' | 'optionsByMethod'>): AnyOptionValues {
  return optionsFor(methodId, optionsByMethod)
}

/** "About 3.1 s: 50 gradients of 60 ms."; null before anything was measured. */
export function costInWords(
  pace: Pace | null,
  methodId: string,
  options: AnyOptionValues,
  prepared: Sized | null,
): string | null {
  const cost = pace && prepared ? costOf(methodId, options, prepared) : null
  const total = estimateMs(pace, methodId, options, prepared)
  if (!pace || !cost || total === null) return null
  const parts = [
    countOf(cost.gradients, 'gradient', pace.gradientMs),
    countOf(cost.forwards, 'run of the model', pace.forwardMs),
  ].filter((part) => part !== null)
  return `About ${formatSeconds(total)}: ${parts.join(' and ')}.`
}

function countOf(count: number, what: string, ms: number): string | null {
  if (count === 0) return null
  const each = ms < 995 ? `${Math.max(1, Math.round(ms))} ms` : formatSeconds(ms)
  const [noun = '', ...rest] = what.split(' ')
  const words = [count === 1 ? noun : `${noun}s`, ...rest].join(' ')
  return count === 1 ? `one ${words} of ${each}` : `${formatCount(count)} ${words} of ${each} each`
}

/** Expected time of a run; null before anything was measured or with options out of range. */
export function estimateMs(
  pace: Pace | null,
  methodId: string,
  options: AnyOptionValues,
  prepared: Sized | null,
): number | null {
  const cost = pace && prepared ? costOf(methodId, options, prepared) : null
  return pace && cost ? cost.forwards * pace.forwardMs + cost.gradients * pace.gradientMs : null
}

/** What stands in the way of the chosen run, as a sentence; null where nothing does. */
export function problemOf(
  app: Pick<AppState, 'baseline' | 'baselineFiles' | 'methodId' | 'optionsByMethod' | 'prepared'>,
): string | null {
  const { methodId, prepared } = app
  const { check, needs, options } = findMethod(methodId)
  if (needs.baseline && app.baseline === FILES && app.baselineFiles.length === 0) {
    return 'Add a baseline file, or choose another baseline.'
  }
  if (!prepared) return null
  try {
    const dims = prepared.inputs.map((input) => input.dims)
    check?.(checkOptions(methodId, options, optionsOf(app)), dims)
    return null
  } catch (error) {
    return describeError(error, 'The options').text
  }
}

/** The pace after a prediction. */
export function paceOfForward(forwardMs: number): Pace {
  return { forwardMs, gradientMs: gradientPerForward * forwardMs }
}

/** Learns from a finished run, so that the next estimate is closer. */
export function updatePace(
  pace: Pace | null,
  { methodId, options }: RunRequest,
  elapsedMs: number,
  { prepared }: Pick<RunSource, 'prepared'>,
): Pace | null {
  const cost = costOf(methodId, options, prepared)
  if (!cost) return pace
  const { forwards, gradients } = cost
  if (!pace) {
    const forwardMs = elapsedMs / (forwards + gradientPerForward * gradients)
    return forwards + gradients > 1 ? paceOfForward(forwardMs) : pace
  }
  if (gradients === 0) return forwards > 1 ? { ...pace, forwardMs: elapsedMs / forwards } : pace
  const gradientMs = (elapsedMs - forwards * pace.forwardMs) / gradients
  if (gradientMs <= 0) return pace
  // A single gradient also compiles and opens its graph: it can only show that they are faster.
  return { ...pace, gradientMs: gradients > 1 ? gradientMs : Math.min(gradientMs, pace.gradientMs) }
}

/** Runs that a method makes; null with options out of range. */
export function costOf(methodId: string, options: AnyOptionValues, { inputs }: Sized) {
  const method = findMethod(methodId)
  try {
    const checked = checkOptions(methodId, method.options, options)
    return method.cost(
      checked,
      inputs.map(({ dims }) => dims),
    )
  } catch {
    return null
  }
}
