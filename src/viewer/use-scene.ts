/** @file One scene per mount on a canvas of its own, made again when the graphics card loses it. */

import { type RefObject, useEffect, useRef, useState } from 'react'
import { nextTask } from './next-task.ts'
import { createScene, type Scene } from './scene.ts'

export interface SceneHost {
  onDraw(): void
  onError(sentence: string | null): void
}

const noWebGl =
  'The picture cannot be drawn because WebGL 2 is missing or switched off in this browser. Turn on hardware acceleration, or use a current Chrome, Edge, Firefox or Safari; results and exports still work.'
const wasReset = 'The graphics card was reset; the picture is being drawn again.'
const gaveUp =
  'The graphics card keeps failing, so the picture is off. Close other pages that use it and reload this one; results and exports still work.'

const mostLosses = 3
const retryDelayMs = 400

/** Null until NiiVue is ready. */
export function useScene(
  hostElement: RefObject<HTMLElement | null>,
  host: RefObject<SceneHost>,
): Scene | null {
  const [scene, setScene] = useState<Scene | null>(null)
  const [losses, setLosses] = useState(0)
  const retry = useRef(0)

  useEffect(() => {
    const element = hostElement.current
    if (!element || losses > mostLosses) return
    let isCurrent = true
    let created: Scene | null = null
    const onLost = () => {
      host.current.onError(losses < mostLosses ? wasReset : gaveUp)
      retry.current = window.setTimeout(() => setLosses(losses + 1), retryDelayMs)
    }
    const create = async () => {
      // A slow start: the messages that this change owes the workers go first.
      await nextTask()
      if (!isCurrent) return
      const made = await createScene(element, { onDraw: () => host.current.onDraw(), onLost })
      if (!isCurrent) {
        made.dispose()
        return
      }
      created = made
      setScene(made)
      if (losses > 0) host.current.onError(null)
    }
    create().catch(() => {
      if (isCurrent) host.current.onError(noWebGl)
    })
    return () => {
      isCurrent = false
      window.clearTimeout(retry.current)
      created?.dispose()
      setScene(null)
    }
  }, [hostElement, host, losses])
  return scene
}
