/** @file The store of the page: every slice on one vanilla zustand store. */

import { createStore } from 'zustand/vanilla'
import type { AppState } from './app-state.ts'
import type { FetchBytes } from './case-files.ts'
import type { Clients } from './clients.ts'
import { createDataSlice } from './data-slice.ts'
import { createDisplaySlice } from './display-slice.ts'
import { createExplainSlice } from './explain-slice.ts'
import { createExportSlice } from './export-slice.ts'
import { createNoticeSlice } from './notice-slice.ts'
import { createRunSlice } from './run-slice.ts'
import { createViewSlice, type Memory, type Theme } from './view-slice.ts'

export interface AppDependencies {
  readonly clients: Clients
  readonly fetchBytes: FetchBytes
  readonly memory: Memory
  readonly systemTheme: Theme
  readonly prefer: 'auto' | 'wasm' | 'webgpu'
  readonly appVersion: string
}

export function createAppStore(dependencies: AppDependencies) {
  const { clients, memory, systemTheme } = dependencies
  return createStore<AppState>()((set, get, store) => ({
    ...createNoticeSlice()(set, get, store),
    ...createViewSlice(memory, systemTheme)(set, get, store),
    ...createDataSlice(dependencies)(set, get, store),
    ...createExplainSlice(clients)(set, get, store),
    ...createRunSlice(clients)(set, get, store),
    ...createDisplaySlice()(set, get, store),
    ...createExportSlice(dependencies)(set, get, store),
  }))
}

export type AppStore = ReturnType<typeof createAppStore>
