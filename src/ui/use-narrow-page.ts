/** @file A page too narrow for a rail beside the image: a drawer lies over it, so none is open at first. */

import { useEffect } from 'react'
import type { AppStore } from '../store/app-store.ts'

/** As in layout.css. */
export const narrow = '(max-width: 620px)'

/** Closes the drawer when the page becomes that narrow. */
export function useNarrowPage(store: AppStore): void {
  useEffect(() => {
    const query = matchMedia(narrow)
    const onChange = () => query.matches && store.getState().setDrawer('none')
    query.addEventListener('change', onChange)
    return () => query.removeEventListener('change', onChange)
  }, [store])
}
