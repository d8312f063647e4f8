/** @file What a run would cost, learned from what was measured, and what stands in its way. */

import { type Cost, type CostFacts, needsOf } from '../core/attribution/method.ts'
import { findMethod } from '../core/attribution/methods.ts'
import type { AnyOptionValues } from '../core/options.ts'
import { checkOptions, defaultOptions } from '../core/parse-options.ts'
import type { AppState } from './app-state.ts'
import { costFacts } from './cost-facts.ts'
import { describeError } from './describe-error.ts'
import type { Pace } from './explain-state.ts'
import { formatCount, formatSeconds } from './format.ts'
import { FILES } from './make-baseline.ts'
import type { Prepared } from './prepare-inputs.ts'
import type { RunRequest, RunSource } from './run-state.ts'

/** Before anything was measured, a gradient run counts as this many forward runs. */
const gradientPerForward = 3.5

/** What an estimate rests on besides method and options. */
type Setting = Pick<
  AppState,
  'baseline' | 'baselineFiles' | 'description' | 'layer' | 'pace' | 'prepared'
>

/** The part of the state that an estimate rests on, for components. */
export function settingOf({
  baseline,
  baselineFiles,
  description,
  layer,
  pace,
  prepared,
}: AppState): Setting {
  return { baseline, baselineFiles, description, layer, pace, prepared }
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

/** "About 3.1 s: 50 gradients of 60 ms."; null where `estimateMs` is. */
export function costInWords(
  setting: Setting,
  methodId: string,
  options: AnyOptionValues,
): string | null {
  const { pace } = setting
  const cost = costOf(setting, methodId, options)
  const total = estimateMs(setting, methodId, options)
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

/**
 * Expected time of a run; null before anything was measured, with options out of range, and where
 * it depends on a layer that is not known yet.
 */
export function estimateMs(
  setting: Setting,
  methodId: string,
  options: AnyOptionValues,
): number | null {
  const { pace } = setting
  const cost = costOf(setting, methodId, options)
  return pace && cost ? cost.forwards * pace.forwardMs + cost.gradients * pace.gradientMs : null
}

/** What stands in the way of the chosen run, as a sentence; null where nothing does. */
export function problemOf(
  app: Pick<AppState, 'baseline' | 'baselineFiles' | 'methodId' | 'optionsByMethod' | 'prepared'>,
): string | null {
  const { methodId, prepared } = app
  const method = findMethod(methodId)
  const { check, options } = method
  if (
    needsOf(method, optionsOf(app)).baseline &&
    app.baseline === FILES &&
    app.baselineFiles.length === 0
  ) {
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

/**
 * Learns from a finished run, so that the next estimate is closer; not from a run of which it is not
 * known how many whole passes of the model it was.
 */
export function updatePace(
  pace: Pace | null,
  { methodId, options }: RunRequest,
  elapsedMs: number,
  { prepared }: Pick<RunSource, 'prepared'>,
): Pace | null {
  const cost = costWith(prepared, methodId, options, {})
  if (!cost || cost.isRough) return pace
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

/** Runs that a method makes; null with options out of range or where a fact is missing. */
function costOf(setting: Setting, methodId: string, options: AnyOptionValues): Cost | null {
  const { prepared } = setting
  return prepared && costWith(prepared, methodId, options, costFacts(setting))
}

function costWith(
  { inputs }: Prepared,
  methodId: string,
  options: AnyOptionValues,
  facts: CostFacts,
): Cost | null {
  const method = findMethod(methodId)
  try {
    const checked = checkOptions(methodId, method.options, options)
    return method.cost(
      checked,
      inputs.map(({ dims }) => dims),
      facts,
    )
  } catch {
    return null
  }
}
