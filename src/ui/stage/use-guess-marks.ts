/** @file In hidden-truth mode a click on a slice, or Enter on the picture, marks a guess. */

import { type RefObject, useEffect } from 'react'
import { useAppStore } from '../use-app.ts'

/** A press that moves further than this is a drag. */
const steadyPixels = 4

export function useGuessMarks(view: RefObject<HTMLElement | null>, isOn: boolean): void {
  const store = useAppStore()
  useEffect(() => {
    const element = view.current
    if (!element || !isOn) return
    let pressed: PointerEvent | null = null
    const onDown = (event: PointerEvent) => {
      pressed = event
    }
    const onClick = (event: MouseEvent) => {
      const from = pressed
      const moved = from
        ? Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY)
        : 0
      // The picture has moved the crosshair on pointer down already.
      if (moved <= steadyPixels && !event.shiftKey && isOnSlice(element, event))
        store.getState().addGuess()
    }
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Enter' || event.repeat) return
      event.preventDefault()
      store.getState().addGuess()
    }
    element.addEventListener('pointerdown', onDown)
    element.addEventListener('click', onClick)
    element.addEventListener('keydown', onKey)
    return () => {
      element.removeEventListener('pointerdown', onDown)
      element.removeEventListener('click', onClick)
      element.removeEventListener('keydown', onKey)
    }
  }, [view, isOn, store])
}

/** The 3-D view has no crosshair to click. */
function isOnSlice(element: HTMLElement, { clientX: x, clientY: y }: MouseEvent): boolean {
  return [...element.querySelectorAll('[data-view]')].some((tile) => {
    const { left, right, top, bottom } = tile.getBoundingClientRect()
    return x >= left && x < right && y >= top && y < bottom
  })
}
