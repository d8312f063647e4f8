/** @file What the next run will be: method, options, target, layer, baseline and seed. */

import type { AnyOptionValues, OptionValue } from '../core/options.ts'

export interface ExplainSlice {
  readonly methodId: string
  /** Changed options by method; what is absent is at its default. */
  readonly optionsByMethod: Readonly<Record<string, AnyOptionValues>>
  /** Target in the command line's grammar; 'argmax' follows the prediction. */
  readonly target: string
  /** null = the method's own default layer. */
  readonly layer: string | null
  readonly baseline: string
  readonly seed: number
  /** Milliseconds of one forward run and one gradient run on this model, as measured so far. */
  readonly pace: Pace | null
  /** Memory a run of the chosen method would need; null until it is known. */
  readonly memory: MemoryNeed | null
  chooseMethod(id: string): void
  setOption(name: string, value: OptionValue): void
  resetOptions(): void
  setTarget(target: string): void
  setLayer(layer: string | null): void
  setBaseline(baseline: string): void
  setSeed(seed: number): void
}

export interface Pace {
  readonly forwardMs: number
  readonly gradientMs: number
}

export interface MemoryNeed {
  readonly methodId: string
  readonly peakBytes: number
  readonly limitBytes: number
}
