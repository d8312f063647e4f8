/** @file The store of the page: every slice on one vanilla zustand store. */

import { createStore } from 'zustand/vanilla'
import type { AppState } from './app-state.ts'
import type { DataDependencies } from './data-context.ts'
import { createDataSlice } from './data-slice.ts'
import { createDisplaySlice } from './display-slice.ts'
import { createExplainSlice } from './explain-slice.ts'
import { createExportSlice } from './export-slice.ts'
import { createGuessSlice } from './guess-slice.ts'
import { createLessonSlice } from './lesson-slice.ts'
import { createNoticeSlice } from './notice-slice.ts'
import { createRunSlice } from './run-slice.ts'
import { createSimilaritySlice } from './similarity-slice.ts'
import { createViewSlice, type ViewDependencies } from './view-slice.ts'

export interface AppDependencies extends DataDependencies, ViewDependencies {
  readonly appVersion: string
}

export function createAppStore(dependencies: AppDependencies) {
  const { clients } = dependencies
  return createStore<AppState>()((set, get, store) => ({
    ...createNoticeSlice()(set, get, store),
    ...createViewSlice(dependencies)(set, get, store),
    ...createDataSlice(dependencies)(set, get, store),
    ...createExplainSlice(clients)(set, get, store),
    ...createRunSlice(clients)(set, get, store),
    ...createDisplaySlice()(set, get, store),
    ...createExportSlice(dependencies)(set, get, store),
    ...createSimilaritySlice(clients)(set, get, store),
    ...createGuessSlice()(set, get, store),
    ...createLessonSlice()(set, get, store),
  }))
}

export type AppStore = ReturnType<typeof createAppStore>
