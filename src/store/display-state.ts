/** @file How a map is shown. Settings belong to a run, can be copied to all, and can be undone. */

export type MapSign = 'magnitude' | 'positive'

export interface DisplaySettings {
  readonly colourMap: string
  /** The last colour stands for the largest value, or for the 99.9th percentile (outliers saturate). */
  readonly scale: 'largest' | 'robust'
  /** 0 to 1. */
  readonly opacity: number
  /** Percentile of the map's values after sign handling, 0 to 100. */
  readonly percentile: number
  /** Below the threshold: fade (true) or hide (false). */
  readonly fade: boolean
  /** Outline of what passes the threshold. */
  readonly outline: boolean
  readonly visible: boolean
  /** What counts as strong, for the threshold and the metrics. */
  readonly sign: MapSign
}

export interface DisplaySlice {
  /** How many changes can be undone. */
  readonly undoDepth: number
  /** Changes the settings of a run; `remember` = make it one step of undo. */
  changeDisplay(runId: string, change: Partial<DisplaySettings>, remember?: 'no' | 'yes'): void
  /** Marks the present settings as a place to come back to (before a drag). */
  rememberDisplay(runId: string): void
  copyDisplayToAll(runId: string): void
  undoDisplay(): void
}
