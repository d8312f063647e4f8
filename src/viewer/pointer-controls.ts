/**
 * @file Mouse, pen and fingers on the picture.
 * Left drag: crosshair (3-D: turn). Right drag: window and level. Middle or shift drag: move.
 * Wheel: slices (3-D, or with control: zoom). Double click: one view or all. Two fingers: zoom, move.
 */

import { draggedWindow } from './intensity-drag.ts'
import { createWheelSteps, stepVoxel } from './navigation.ts'
import { screenAxes } from './orientation-letters.ts'
import type { Scene } from './scene.ts'
import type { Tile, TileKind } from './tile-layout.ts'
import type { IntensityWindow } from './viewer-types.ts'

export interface PointerHost {
  /** Null while there is no picture. */
  scene(): Scene | null
  radiological(): boolean
  window(): IntensityWindow | null
  moved(): void
  touched(kind: TileKind): void
  changeWindow(window: IntensityWindow): void
  toggleView(kind: TileKind): void
}

type Drag =
  | { readonly kind: 'crosshair' }
  | { readonly kind: 'pan'; readonly tile: Tile }
  | { readonly kind: 'rotate' }
  | {
      readonly kind: 'window'
      readonly x: number
      readonly y: number
      readonly start: IntensityWindow
    }

interface Point {
  readonly x: number
  readonly y: number
}

/** Returns what takes the listeners away again. */
export function attachPointerControls(surface: HTMLElement, host: PointerHost): () => void {
  const listeners = new AbortController()
  const { signal } = listeners
  const pointers = new Map<number, Point>()
  const wheelSteps = createWheelSteps()
  let drag: Drag | null = null

  function placeOf(event: MouseEvent): Point {
    const { left, top } = surface.getBoundingClientRect()
    return { x: event.clientX - left, y: event.clientY - top }
  }

  function startDrag(event: PointerEvent, scene: Scene): Drag | null {
    const place = placeOf(event)
    const tile = tileAt(scene, place)
    const window = host.window()
    if (event.button === 2 && window) return { kind: 'window', ...place, start: window }
    if (!tile) return null
    host.touched(tile.kind)
    if (tile.kind === 'render') return { kind: 'rotate' }
    if (event.button === 1 || event.shiftKey) return { kind: 'pan', tile }
    moveCrosshair(scene, place)
    return { kind: 'crosshair' }
  }

  function moveCrosshair(scene: Scene, { x, y }: Point): void {
    const voxel = scene.voxelAt(x, y)
    if (!voxel) return
    scene.moveCrosshair(voxel)
    host.moved()
  }

  function continueDrag(scene: Scene, current: Drag, from: Point, to: Point): void {
    const [dx, dy] = [to.x - from.x, to.y - from.y]
    switch (current.kind) {
      case 'crosshair':
        moveCrosshair(scene, to)
        break
      case 'pan':
        pan(scene, current.tile, dx, dy)
        break
      case 'rotate':
        scene.rotateBy(dx * 0.5, dy * 0.5)
        break
      case 'window':
        host.changeWindow(draggedWindow(current.start, to.x - current.x, to.y - current.y))
    }
  }

  function pan(scene: Scene, tile: Tile, dx: number, dy: number): void {
    if (tile.kind === 'render') return
    const { right, up } = screenAxes(tile.kind, host.radiological())
    const mm = scene.mmPerPixel()
    const along = (p: 0 | 1 | 2): number => mm * (dx * right[p] - dy * up[p])
    scene.panBy([along(0), along(1), along(2)])
  }

  /** Two fingers: the one that moved, and the one that stayed. */
  function pinch(scene: Scene, from: Point, to: Point, other: Point): void {
    const tile = tileAt(scene, other)
    const factor = distance(to, other) / Math.max(1, distance(from, other))
    if (tile?.kind === 'render') scene.zoomRenderBy(factor)
    else scene.zoomBy(factor)
    if (tile) pan(scene, tile, (to.x - from.x) / 2, (to.y - from.y) / 2)
  }

  surface.addEventListener(
    'pointerdown',
    (event) => {
      const scene = host.scene()
      if (!scene) return
      surface.focus({ preventScroll: true })
      surface.setPointerCapture(event.pointerId)
      pointers.set(event.pointerId, placeOf(event))
      drag = pointers.size === 1 ? startDrag(event, scene) : null
      if (event.button === 1) event.preventDefault()
    },
    { signal },
  )
  surface.addEventListener(
    'pointermove',
    (event) => {
      const scene = host.scene()
      const from = pointers.get(event.pointerId)
      if (!scene || !from) return
      const to = placeOf(event)
      pointers.set(event.pointerId, to)
      const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1]
      if (other) pinch(scene, from, to, other)
      else if (drag) continueDrag(scene, drag, from, to)
    },
    { signal },
  )
  for (const type of ['pointerup', 'pointercancel', 'lostpointercapture'] as const) {
    surface.addEventListener(
      type,
      (event) => {
        pointers.delete(event.pointerId)
        drag = null
      },
      { signal },
    )
  }
  surface.addEventListener(
    'wheel',
    (event) => {
      const scene = host.scene()
      if (!scene) return
      event.preventDefault()
      const tile = tileAt(scene, placeOf(event))
      const frame = scene.frame()
      if (!tile || !frame) return
      host.touched(tile.kind)
      const factor = Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) / 400)
      if (tile.kind === 'render') scene.zoomRenderBy(factor)
      else if (event.ctrlKey) scene.zoomBy(factor)
      else {
        const steps = wheelSteps(event.deltaY, event.deltaMode)
        if (steps === 0) return
        const way = steps > 0 ? 'shallower' : 'deeper'
        const { dims } = frame
        const at = scene.crosshair()
        scene.moveCrosshair(
          stepVoxel(at, dims, tile.kind, host.radiological(), way, Math.abs(steps)),
        )
        host.moved()
      }
    },
    { signal, passive: false },
  )
  surface.addEventListener(
    'dblclick',
    (event) => {
      const scene = host.scene()
      const tile = scene && tileAt(scene, placeOf(event))
      if (tile) host.toggleView(tile.kind)
    },
    { signal },
  )
  surface.addEventListener('contextmenu', (event) => event.preventDefault(), { signal })
  return () => listeners.abort()
}

function tileAt(scene: Scene, { x, y }: Point): Tile | null {
  return (
    scene
      .tiles()
      .find(
        ({ left, top, width, height }) =>
          x >= left && x < left + width && y >= top && y < top + height,
      ) ?? null
  )
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y)
}
