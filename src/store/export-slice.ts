/** @file Makes the files of an export; the page saves them. */

import { shownRun } from './active-run.ts'
import type { Slice } from './app-state.ts'
import type { Clients } from './clients.ts'
import { describeError } from './describe-error.ts'
import { type ExportFile, exportRun } from './export-run.ts'

export interface ExportSlice {
  readonly isExporting: boolean
  /** The map and its record; empty, with a notice, when that failed or nothing is shown. */
  makeExport(): Promise<readonly ExportFile[]>
}

export const createExportSlice =
  ({ clients, appVersion }: { clients: Clients; appVersion: string }): Slice<ExportSlice> =>
  (set, get) => ({
    isExporting: false,
    async makeExport() {
      const shown = shownRun(get())
      if (!shown) return []
      set({ isExporting: true })
      get().clearNotices('export')
      try {
        return await exportRun(clients, shown, appVersion)
      } catch (error) {
        const { text, details } = describeError(error, 'The export')
        get().notify({ place: 'export', text, details })
        return []
      } finally {
        set({ isExporting: false })
      }
    },
  })
