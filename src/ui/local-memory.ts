/** @file The browser's local storage, where it is allowed. */

import type { Memory } from '../store/view-slice.ts'

const prefix = 'saliscope.'

export const localMemory: Memory = {
  get(key) {
    try {
      return localStorage.getItem(prefix + key)
    } catch {
      return null
    }
  },
  set(key, value) {
    try {
      localStorage.setItem(prefix + key, value)
    } catch {
      // Private windows may refuse; the setting then lasts for this visit.
    }
  },
}
