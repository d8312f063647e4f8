/** @file Opens the file chooser from anywhere in the page. */

import { createContext, use } from 'react'

export const OpenFilesContext = createContext<() => void>(() => {})

export function useOpenFiles(): () => void {
  return use(OpenFilesContext)
}
