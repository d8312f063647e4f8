/** @file The display settings of the run on screen, part by part. */

import { shownRun } from '../../store/active-run.ts'
import type { AppState } from '../../store/app-state.ts'
import type { DisplaySettings } from '../../store/display-state.ts'
import { useApp } from '../use-app.ts'

/** Part of the settings of the run on screen. */
export function useDisplay<T>(select: (display: DisplaySettings) => T): T | undefined {
  return useApp((app) => {
    const shown = shownRun(app)
    return shown ? select(shown.run.display) : undefined
  })
}

/** Changes the settings of the run on screen; `remember: 'no'` inside a drag. */
export function useChangeDisplay() {
  const change = useApp((app) => app.changeDisplay)
  const id = useApp(shownId)
  return (part: Partial<DisplaySettings>, remember: 'no' | 'yes' = 'yes') => {
    if (id !== null) change(id, part, remember)
  }
}

/** Marks the settings before a drag, so that undo brings them back. */
export function useRemember() {
  const remember = useApp((app) => app.rememberDisplay)
  const id = useApp(shownId)
  return () => {
    if (id !== null) remember(id)
  }
}

function shownId(app: AppState): string | null {
  return shownRun(app)?.run.id ?? null
}
