/** @file The choices for the next run, and what it would cost. */

import { findMethod } from '../core/attribution/methods.ts'
import type { AnyOptionValues } from '../core/options.ts'
import { checkOptions, defaultOptions } from '../core/parse-options.ts'
import type { PreparedInput } from '../rpc/volume-api.ts'
import type { AppState, Slice } from './app-state.ts'
import { type Clients, unattended } from './clients.ts'
import type { ExplainSlice, Pace } from './explain-state.ts'
import type { RunRequest, RunSource } from './run-state.ts'

/** Before anything was measured, a gradient run counts as this many forward runs. */
const gradientPerForward = 3.5

export const createExplainSlice =
  (clients: Clients): Slice<ExplainSlice> =>
  (set, get) => {
    const estimateMemory = async () => {
      const { methodId, model, prepared, target } = get()
      if (!model || !prepared) return set({ memory: null })
      try {
        const need = await clients.attribution(
          'estimate',
          { methodId, inputs: prepared.inputs, target },
          unattended(),
        )
        if (get().methodId === methodId) set({ memory: { methodId, ...need } })
      } catch {
        // The estimate is a help, not a condition: the run itself says what is wrong.
        set({ memory: null })
      }
    }
    return {
      methodId: 'gradient',
      optionsByMethod: {},
      target: 'argmax',
      layer: null,
      baseline: 'zeros',
      seed: 0,
      pace: null,
      memory: null,
      chooseMethod(id) {
        set({ methodId: findMethod(id).id, memory: null })
        void estimateMemory()
      },
      setOption(name, value) {
        const { methodId, optionsByMethod } = get()
        const options = { ...optionsByMethod[methodId], [name]: value }
        set({ optionsByMethod: { ...optionsByMethod, [methodId]: options } })
      },
      resetOptions() {
        const { [get().methodId]: _, ...rest } = get().optionsByMethod
        set({ optionsByMethod: rest })
      },
      setTarget: (target) => set({ target: target.trim() === '' ? 'argmax' : target.trim() }),
      setLayer: (layer) => set({ layer }),
      setBaseline: (baseline) => set({ baseline }),
      setSeed: (seed) => set({ seed }),
    }
  }

/** Every option of the chosen method, changed or default. */
export function optionsOf({
  methodId,
  optionsByMethod,
}: Pick<AppState, 'methodId' | 'optionsByMethod'>): AnyOptionValues {
  const { options } = findMethod(methodId)
  return { ...defaultOptions(options), ...optionsByMethod[methodId] }
}

/** Expected time of a run; null before anything was measured or with options out of range. */
export function estimateMs(
  pace: Pace | null,
  methodId: string,
  options: AnyOptionValues,
  prepared: PreparedInput | null,
): number | null {
  const cost = pace && prepared ? costOf(methodId, options, prepared) : null
  return pace && cost ? cost.forwards * pace.forwardMs + cost.gradients * pace.gradientMs : null
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
  { prepared }: RunSource,
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

function costOf(methodId: string, options: AnyOptionValues, { inputs }: PreparedInput) {
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
