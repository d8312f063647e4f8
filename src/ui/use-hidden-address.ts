/** @file The address of the page does not name the case either while the truth is hidden. */

import { useEffect } from 'react'
import { isConcealed } from '../store/concealed.ts'
import { neutralCaseId } from '../store/neutral-names.ts'
import { openEntry } from '../store/open-entry.ts'
import { useApp } from './use-app.ts'

/** "?case=3/2&guess" while hidden, the same after a reload; the case's own name afterwards. */
export function useHiddenAddress(): void {
  const isHidden = useApp(isConcealed)
  const shown = useApp((app) => {
    const entry = openEntry(app)
    if (entry === null) return null
    return isConcealed(app) ? neutralCaseId(app, entry) : entry.id
  })
  useEffect(() => {
    const url = new URL(location.href)
    const wasHidden = url.searchParams.has('guess')
    if (!isHidden && !wasHidden) return
    // Still reading the list of cases.
    if (shown === null && wasHidden) return
    url.searchParams.delete('guess')
    url.searchParams.delete('case')
    const rest = url.searchParams.toString()
    const own = shown === null ? '' : `case=${shown}${isHidden ? '&guess' : ''}`
    url.search = [own, rest].filter((part) => part !== '').join('&')
    history.replaceState(history.state, '', url)
  }, [isHidden, shown])
}
