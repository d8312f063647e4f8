/** @file What the next run will be: method, options, target, layer, baseline and seed. */

import type { ModelDescription } from '../core/attribution/model-description.ts'
import type { AnyOptionValues, OptionValue } from '../core/options.ts'
import type { LocalFile } from './data-state.ts'
import type { BaselineFile } from './make-baseline.ts'

export interface ExplainSlice {
  readonly methodId: string
  /** Changed options by method; what is absent is at its default. */
  readonly optionsByMethod: Readonly<Record<string, AnyOptionValues>>
  /** Target in the command line's grammar; 'argmax' follows the prediction, K@crosshair the crosshair. */
  readonly target: string
  /** null = the method's own default layer. */
  readonly layer: string | null
  /** As the command line has it; 'files' = the list below. */
  readonly baseline: string
  readonly baselineFiles: readonly BaselineFile[]
  /** Why the last file could not be a baseline, as a sentence. */
  readonly baselineError: string | null
  readonly seed: number
  /** Milliseconds of one forward run and one gradient run on this model, as measured so far. */
  readonly pace: Pace | null
  /** Memory a run of the chosen method would need; null until it is known. */
  readonly memory: MemoryNeed | null
  /** Layers, and what will not work, for the loaded model; null until it is known. */
  readonly description: ModelDescription | null
  chooseMethod(id: string): void
  setOption(name: string, value: OptionValue): void
  resetOptions(): void
  setTarget(target: string): void
  setLayer(layer: string | null): void
  setBaseline(baseline: string): void
  setSeed(seed: number): void
  /** Opens files as baselines and chooses them; one that does not fit is refused with a sentence. */
  addBaselineFiles(files: readonly LocalFile[]): Promise<void>
  removeBaselineFile(id: string): void
  /** Asks what can be chosen for the loaded model and the chosen target. */
  describe(): Promise<void>
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
