/** @file What the benchmark reports; `scripts/bench.mjs` prints it, `--json` writes it. */

export interface BenchSettings {
  /** Fewer rounds, and a fifth of the samples and steps. */
  readonly isQuick: boolean
}

export interface Timing {
  readonly medianMs: number
  readonly minMs: number
}

export interface MethodTiming extends Timing {
  readonly id: string
  /** Network runs that the method makes: samples, steps, windows, or 1. */
  readonly samples: number
  /** "25 samples" */
  readonly work: string
  readonly rounds: number
  /** Time of the first call: it compiles the explanation and opens its session. */
  readonly firstMs: number
  /** Time / (samples x forward), by round, against the forward run of the same round. */
  readonly perForward: Ratio
  /** Time / (samples x gradient), in the same way. */
  readonly perGradient: Ratio
  /** The engine's own estimate of the largest single run, in bytes. */
  readonly estimateBytes: number
}

export interface Ratio {
  /** Of the rounds. */
  readonly median: number
  /** Smallest time over smallest time: what the noise of the machine touches least. */
  readonly ofMinima: number
}

export interface MethodsReport {
  readonly provider: string
  readonly forward: Timing
  readonly forwardEstimateBytes: number
  readonly methods: readonly MethodTiming[]
  readonly refused: readonly RefusedMethod[]
}

/** A method that cannot explain the benchmark's network, with its sentence. */
export interface RefusedMethod {
  readonly id: string
  readonly reason: string
}

export interface SliderReport {
  /** Sorting the map against the mask and measuring it, once per map, in ms. */
  readonly measureMs: number
  /** One move of the slider: threshold, colour limit and every number. */
  readonly move: Timing
  readonly moves: number
}

export interface NodeReport {
  readonly methods?: MethodsReport
  readonly slider?: SliderReport
  /** Largest resident set of the process, in bytes, as the system counted it. */
  readonly peakRssBytes: number
  /** Resident set before the first run, in bytes. */
  readonly startRssBytes: number
}
