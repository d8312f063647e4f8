/** @file The whole state of the page, and what a slice may use. */

import type { StateCreator } from 'zustand/vanilla'
import type { DataSlice } from './data-state.ts'
import type { DisplaySlice } from './display-state.ts'
import type { ExplainSlice } from './explain-state.ts'
import type { ExportSlice } from './export-slice.ts'
import type { GuessSlice } from './guess-slice.ts'
import type { LessonSlice } from './lesson-slice.ts'
import type { NoticeSlice } from './notice-slice.ts'
import type { RunSlice } from './run-state.ts'
import type { SimilaritySlice } from './similarity-slice.ts'
import type { ViewSlice } from './view-slice.ts'

export type AppState = DataSlice &
  DisplaySlice &
  ExplainSlice &
  ExportSlice &
  GuessSlice &
  LessonSlice &
  NoticeSlice &
  RunSlice &
  SimilaritySlice &
  ViewSlice

/** A slice may read everything and write its own part. */
export type Slice<Part> = StateCreator<AppState, [], [], Part>
