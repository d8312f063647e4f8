/** @file The keys of the page; they rest while text is being typed or a menu is open. */

import { useEffect } from 'react'
import { shownRun } from '../store/active-run.ts'
import type { AppStore } from '../store/app-store.ts'
import { methodOrder } from '../store/method-choices.ts'

export function useShortcuts(store: AppStore): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isTyping(event.target) || isOverlayOpen()) return
      if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === 'z') {
        event.preventDefault()
        store.getState().undoDisplay()
        return
      }
      if (event.ctrlKey || event.metaKey || event.altKey) return
      if (act(store, event.key)) event.preventDefault()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [store])
}

function act(store: AppStore, key: string): boolean {
  const app = store.getState()
  const method = /^[1-9]$/.test(key) ? methodOrder()[Number(key) - 1] : undefined
  if (method !== undefined) {
    app.chooseMethod(method)
    return true
  }
  switch (key) {
    case 'm':
    case 'M':
      app.setTruthVisible(!app.truthVisible)
      return true
    case 'r':
    case 'R':
      app.setConvention(app.convention === 'radiological' ? 'neurological' : 'radiological')
      return true
    case 'g':
    case 'G':
      app.openDialog('gallery')
      return true
    case 'h':
    case 'H':
      if (app.guessing) app.stopGuessing()
      else app.startGuessing()
      return true
    case 'n':
    case 'N':
      void (app.lesson ? app.goToStep(app.lesson.step + 1) : app.openNeighbour('next'))
      return true
    case 'p':
    case 'P':
      void (app.lesson ? app.goToStep(app.lesson.step - 1) : app.openNeighbour('previous'))
      return true
    case '?':
      app.openDialog('help')
      return true
    case 'Escape': {
      const busy = app.runs.find(({ state }) => state.kind === 'running')
      if (busy) app.cancelRun(busy.id)
      return busy !== undefined
    }
    default:
      return changeDisplay(store, key)
  }
}

/** O, [ ], and , . change how the map on screen is shown. */
function changeDisplay(store: AppStore, key: string): boolean {
  const app = store.getState()
  const shown = shownRun(app)
  if (!shown) return false
  const { id, display } = shown.run
  switch (key) {
    case 'o':
    case 'O':
      app.changeDisplay(id, { visible: !display.visible })
      return true
    case '[':
    case ']': {
      const opacity = display.opacity + (key === ']' ? 0.05 : -0.05)
      app.changeDisplay(id, { opacity: Math.min(1, Math.max(0, Number(opacity.toFixed(2)))) })
      return true
    }
    case ',':
    case '.': {
      const step = display.percentile >= 99 ? 0.1 : 0.5
      const percentile = display.percentile + (key === '.' ? step : -step)
      app.changeDisplay(id, {
        percentile: Math.min(100, Math.max(0, Number(percentile.toFixed(2)))),
      })
      return true
    }
    default:
      return false
  }
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
}

function isOverlayOpen(): boolean {
  return document.querySelector('[role="dialog"].dialog, [role="listbox"], [role="menu"]') !== null
}
