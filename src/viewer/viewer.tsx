import {
  type KeyboardEvent,
  type Ref,
  useCallback,
  useEffect,
  useId,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import { applyAffine } from '../core/volume/affine.ts'
import { capturePng } from './capture.ts'
import { nearestPictureVoxel, nearestVoxel, pictureVoxelCentre } from './layer-grid.ts'
import { directionOfKey, stepVoxel } from './navigation.ts'
import type { SliceKind } from './orientation-letters.ts'
import { attachPointerControls } from './pointer-controls.ts'
import type { Scene } from './scene.ts'
import { TileLabels } from './tile-labels.tsx'
import type { Tile } from './tile-layout.ts'
import { useScene } from './use-scene.ts'
import type { PointMm, ViewerHandle, ViewerProps } from './viewer-types.ts'
import './viewer.css'

/** The picture. Fills its parent, which must have a height. */
export function Viewer(props: ViewerProps & { readonly ref?: Ref<ViewerHandle> }) {
  const { base, map, masks, layout, renderHeld, radiological, crosshairMm, showCrosshair } = props
  const surface = useRef<HTMLDivElement>(null)
  const hostElement = useRef<HTMLDivElement>(null)
  const latest = useRef(props)
  const activeKind = useRef<SliceKind>('axial')
  const lastVoxel = useRef('')
  const lastMm = useRef<PointMm | null>(null)
  const [tiles, setTiles] = useState<readonly Tile[]>([])
  const [isRenderAwaited, setRenderAwaited] = useState(false)
  const [mm, setMm] = useState<PointMm | null>(null)
  const descriptionId = useId()
  useLayoutEffect(() => {
    latest.current = props
  })

  const sceneRef = useRef<Scene | null>(null)
  const host = useRef({
    onDraw() {
      const next = sceneRef.current?.tiles() ?? []
      setTiles((before) => (areSame(before, next) ? before : next))
      setRenderAwaited(sceneRef.current?.isRenderAwaited() ?? false)
    },
    onError: (sentence: string | null) => latest.current.onError(sentence),
  })
  const scene = useScene(hostElement, host)
  sceneRef.current = scene

  /** Tells the page where the crosshair is, once per voxel. */
  const report = useCallback(() => {
    const frame = sceneRef.current?.frame()
    const grid = latest.current.base
    if (!sceneRef.current || !frame || !grid) return
    const at = sceneRef.current.crosshair()
    const [x, y, z] = applyAffine(frame.toMm, pictureVoxelCentre(frame, at))
    const place: PointMm = [tidy(x), tidy(y), tidy(z)]
    lastMm.current = place
    const key = `${grid.id} ${at.join(' ')}`
    if (key === lastVoxel.current) return
    lastVoxel.current = key
    setMm(place)
    latest.current.onCrosshair({ mm: place, voxel: nearestVoxel(grid, place) })
  }, [])

  const moveTo = useCallback(
    (place: PointMm) => {
      const frame = sceneRef.current?.frame()
      if (!sceneRef.current || !frame) return
      sceneRef.current.moveCrosshair(nearestPictureVoxel(frame, place))
      report()
    },
    [report],
  )

  useEffect(() => {
    if (!scene || !base) return
    let isCurrent = true
    scene.setBase(base).then(
      () => {
        const frame = scene.frame()
        if (!isCurrent || !frame) return
        const middle = applyAffine(frame.toMm, [0.5, 0.5, 0.5])
        moveTo(latest.current.crosshairMm ?? lastMm.current ?? middle)
      },
      (error: unknown) => {
        if (isCurrent) latest.current.onError(sentenceOf(error))
      },
    )
    return () => {
      isCurrent = false
    }
  }, [scene, base, moveTo])
  useEffect(() => scene?.setRenderHeld(renderHeld), [scene, renderHeld])
  useEffect(() => scene?.setMap(map), [scene, map])
  useEffect(() => scene?.setMasks(masks), [scene, masks])
  useEffect(() => {
    scene?.setLayout(layout)
    if (layout !== 'multiplanar' && layout !== 'render') activeKind.current = layout
  }, [scene, layout])
  useEffect(() => scene?.setRadiological(radiological), [scene, radiological])
  useEffect(() => scene?.setCrosshairShown(showCrosshair), [scene, showCrosshair])
  useEffect(() => {
    if (scene && crosshairMm) moveTo(crosshairMm)
  }, [scene, crosshairMm, moveTo])

  useEffect(() => {
    const element = surface.current
    if (!scene || !element) return
    const resize = () =>
      scene.resize(element.clientWidth, element.clientHeight, window.devicePixelRatio || 1)
    resize()
    const observer = new ResizeObserver(resize)
    observer.observe(element)
    // A zoomed page changes the pixel ratio, sometimes without changing the element.
    window.addEventListener('resize', resize)
    return () => {
      observer.disconnect()
      window.removeEventListener('resize', resize)
    }
  }, [scene])

  useEffect(() => {
    const element = surface.current
    if (!element) return
    return attachPointerControls(element, {
      scene: () => sceneRef.current,
      radiological: () => latest.current.radiological,
      window: () => latest.current.base?.window ?? null,
      moved: report,
      touched(kind) {
        if (kind !== 'render') activeKind.current = kind
      },
      changeWindow: (window) => latest.current.onWindow(window),
      toggleView: (kind) =>
        latest.current.onLayout(latest.current.layout === 'multiplanar' ? kind : 'multiplanar'),
    })
  }, [report])

  useImperativeHandle(
    props.ref,
    () => ({
      async capturePng(options) {
        const current = sceneRef.current
        if (!current) throw new Error('there is no picture yet')
        current.drawNow()
        return capturePng(
          {
            canvas: current.canvas,
            pixelRatio: window.devicePixelRatio || 1,
            tiles: current.tiles(),
            radiological: latest.current.radiological,
            mm: lastMm.current,
          },
          options,
        )
      },
      moveTo,
      resetView() {
        const frame = sceneRef.current?.frame()
        sceneRef.current?.resetView()
        if (frame) moveTo(applyAffine(frame.toMm, [0.5, 0.5, 0.5]))
      },
    }),
    [moveTo],
  )

  function handleKey(event: KeyboardEvent): void {
    const frame = scene?.frame()
    if (!scene || !frame || event.ctrlKey || event.metaKey || event.altKey) return
    const direction = directionOfKey(event.key)
    if (direction) {
      const at = scene.crosshair()
      const count = event.shiftKey ? 10 : 1
      const kind = activeKind.current
      scene.moveCrosshair(stepVoxel(at, frame.dims, kind, radiological, direction, count))
      report()
    } else if (event.key === '+' || event.key === '=') scene.zoomBy(1.2)
    else if (event.key === '-') scene.zoomBy(1 / 1.2)
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <div
      ref={surface}
      className="viewer"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: an application takes keys itself
      tabIndex={0}
      role="application"
      aria-roledescription="medical image"
      aria-label={props.label}
      aria-describedby={descriptionId}
      onKeyDown={handleKey}
    >
      <div ref={hostElement} className="viewer-host" aria-hidden="true" hidden={!base} />
      <TileLabels
        tiles={base ? tiles : []}
        radiological={radiological}
        mm={mm}
        isRenderAwaited={isRenderAwaited}
      />
      <p id={descriptionId} className="viewer-description">
        {props.description} Arrow keys move the crosshair, Page Up and Page Down the slice, plus and
        minus zoom.
      </p>
    </div>
  )
}

/** Without the last digits of floating point, which only look like precision. */
function tidy(mm: number): number {
  return Math.round(mm * 1e4) / 1e4
}

function areSame(a: readonly Tile[], b: readonly Tile[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function sentenceOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return `The volume could not be drawn: ${message}`
}
