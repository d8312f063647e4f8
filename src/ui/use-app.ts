/** @file The store as components read it. */

import { createContext, use } from 'react'
import { useStore } from 'zustand'
import { useShallow } from 'zustand/react/shallow'
import type { AppState } from '../store/app-state.ts'
import type { AppStore } from '../store/app-store.ts'

export const AppStoreContext = createContext<AppStore | null>(null)

export function useAppStore(): AppStore {
  const store = use(AppStoreContext)
  if (!store) throw new Error('no AppStoreContext above this component')
  return store
}

export function useApp<T>(select: (app: AppState) => T): T {
  return useStore(useAppStore(), select)
}

/** For selections that make a fresh object or list: equal parts do not render again. */
export function useAppParts<T>(select: (app: AppState) => T): T {
  return useStore(useAppStore(), useShallow(select))
}
