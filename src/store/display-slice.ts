/** @file Display settings of runs, with undo. */

import type { Slice } from './app-state.ts'
import type { DisplaySettings, DisplaySlice } from './display-state.ts'
import type { Run } from './run-state.ts'

/** Settings of a fresh run: a signed map as a warm/cool pair, others in one hue order. */
export function defaultDisplay(isSigned: boolean): DisplaySettings {
  return {
    colourMap: isSigned ? 'warm-cool' : 'inferno',
    scale: 'robust',
    opacity: 0.8,
    percentile: 99,
    fade: true,
    outline: false,
    visible: true,
    sign: 'magnitude',
  }
}

const historyLimit = 100

export const createDisplaySlice = (): Slice<DisplaySlice> => (set, get) => {
  /** Each step: the settings of the runs it changed, as they were. */
  let history: ReadonlyMap<string, DisplaySettings>[] = []

  const remember = (runs: readonly Run[]) => {
    const step = new Map(runs.map(({ id, display }) => [id, display]))
    const last = history.at(-1)
    const isSame = last?.size === step.size && [...step].every(([id, old]) => last.get(id) === old)
    if (isSame || step.size === 0) return
    history = [...history.slice(1 - historyLimit), step]
    set({ undoDepth: history.length })
  }
  const replace = (settings: (run: Run) => DisplaySettings) => {
    const before = get().runs
    const runs = before.map((run) => {
      const display = settings(run)
      return display === run.display ? run : { ...run, display }
    })
    set({ runs })
    const resigned = runs.filter(
      (run, index) => run.display.sign !== before[index]?.display.sign && run.state.kind === 'done',
    )
    for (const { id } of resigned) void get().measureRun(id)
  }

  return {
    undoDepth: 0,
    changeDisplay(runId, change, step = 'yes') {
      if (step === 'yes') get().rememberDisplay(runId)
      replace((run) => (run.id === runId ? { ...run.display, ...change } : run.display))
    },
    rememberDisplay(runId) {
      remember(get().runs.filter(({ id }) => id === runId))
    },
    copyDisplayToAll(runId) {
      const from = get().runs.find(({ id }) => id === runId)
      if (!from) return
      const others = get().runs.filter(({ id }) => id !== runId)
      remember(others)
      // A colour map for signed maps does not fit the others, so it stays where the kind differs.
      replace((run) => {
        if (run.id === runId) return run.display
        const isSameKind = isSignedRun(run) === isSignedRun(from)
        return isSameKind ? from.display : { ...from.display, colourMap: run.display.colourMap }
      })
      get().announce('Display settings copied to all runs.')
    },
    undoDisplay() {
      const step = history.at(-1)
      if (!step) return
      history = history.slice(0, -1)
      replace((run) => step.get(run.id) ?? run.display)
      set({ undoDepth: history.length })
      get().announce('Display change undone.')
    },
  }
}

function isSignedRun({ state }: Run): boolean {
  return state.kind === 'done' && state.result.isSigned
}
