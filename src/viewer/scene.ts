/** @file NiiVue on one canvas, from attaching to losing it: layers in, pictures and places out. */

import { type Niivue, SLICE_TYPE } from '@niivue/niivue'
import type { Triple } from '../core/volume/affine.ts'
import {
  mmPerDevicePixel,
  panSlices,
  resetCamera,
  turnRender,
  voxelUnder,
  zoomRender,
  zoomSlices,
} from './camera.ts'
import { type PictureFrame, pictureVoxelCentre } from './layer-grid.ts'
import { nextTask } from './next-task.ts'
import { createNiivue, setPixelRatio, skipGradients } from './niivue-options.ts'
import { createRenderView } from './render-view.ts'
import { createSceneLayers, samplerUniforms } from './scene-layers.ts'
import { sliceGlsl } from './slice-glsl.ts'
import { createTileCache, type PixelRect } from './tile-cache.ts'
import { layOutTiles, type Tile } from './tile-layout.ts'
import { floats, setUniforms } from './uniforms.ts'
import type { BaseLayer, MapLayer, MaskLayer, PointMm, ViewLayout } from './viewer-types.ts'

export interface Scene {
  readonly canvas: HTMLCanvasElement
  setBase(base: BaseLayer): Promise<void>
  setMap(map: MapLayer | null): void
  setMasks(masks: readonly MaskLayer[]): void
  /** While true, the 3-D view beside the slices waits: it would take the time of what computes a map. */
  setRenderHeld(isHeld: boolean): void
  setLayout(layout: ViewLayout): void
  setRadiological(radiological: boolean): void
  setCrosshairShown(isShown: boolean): void
  /** CSS pixels, and device pixels per CSS pixel. */
  resize(width: number, height: number, pixelRatio: number): void
  /** Null before the first base layer. */
  frame(): PictureFrame | null
  /** Whole picture voxels along right, anterior, superior. */
  crosshair(): Triple
  moveCrosshair(voxel: Triple): void
  /** The views on screen, in CSS pixels. */
  tiles(): readonly Tile[]
  /** The 3-D view has its place beside the slices and is not drawn yet. */
  isRenderAwaited(): boolean
  /** The picture voxel under a point of the canvas (CSS pixels); null outside the slices. */
  voxelAt(x: number, y: number): Triple | null
  zoomBy(factor: number): void
  /** Shifts the slices, in millimetres along right, anterior, superior. */
  panBy(mm: PointMm): void
  /** Millimetres per CSS pixel of the slices. */
  mmPerPixel(): number
  /** Turns the 3-D view, in degrees. */
  rotateBy(azimuth: number, elevation: number): void
  zoomRenderBy(factor: number): void
  resetView(): void
  /** Now, 3-D view included: the canvas can be read in the same task. */
  drawNow(): void
  dispose(): void
}

export interface SceneEvents {
  onDraw(): void
  onLost(): void
}

/** A 3-D view that is fast to draw follows every change; a slow one waits until changes pause. */
const fastRenderMs = 12
const leastPauseMs = 120
const longestPauseMs = 1500
const gapPx = 8
const sliceTypes = {
  axial: SLICE_TYPE.AXIAL,
  coronal: SLICE_TYPE.CORONAL,
  sagittal: SLICE_TYPE.SAGITTAL,
  render: SLICE_TYPE.RENDER,
} as const

/** Attaches NiiVue to a new canvas inside `host`. Throws when the browser has no WebGL 2. */
export async function createScene(host: HTMLElement, events: SceneEvents): Promise<Scene> {
  const canvas = document.createElement('canvas')
  canvas.className = 'viewer-canvas'
  host.append(canvas)
  // Its size from the start: every change makes a graphics card wait for new buffers.
  const ratio = window.devicePixelRatio || 1
  canvas.width = Math.max(1, Math.round(host.clientWidth * ratio))
  canvas.height = Math.max(1, Math.round(host.clientHeight * ratio))
  const niivue = createNiivue()
  try {
    await niivue.attachToCanvas(canvas, false)
  } catch (error) {
    canvas.remove()
    throw error
  }
  skipGradients(niivue)
  // Each step may take long: what the workers have answered meanwhile is passed on in between.
  await nextTask()
  niivue.setCustomSliceShader(sliceGlsl)
  const program = niivue.customSliceShader?.program
  if (!program) throw new Error('the slice shader did not compile')
  setUniforms(niivue.gl, program, samplerUniforms)
  await nextTask()
  return wireScene(niivue, canvas, program, events)
}

function wireScene(
  niivue: Niivue,
  canvas: HTMLCanvasElement,
  program: WebGLProgram,
  events: SceneEvents,
): Scene {
  const { gl } = niivue
  const layers = createSceneLayers(gl)
  const renderView = createRenderView(niivue, layers)
  const renderTile = createTileCache(gl)
  let base: BaseLayer | null = null
  let frame: PictureFrame | null = null
  let layout: ViewLayout = 'multiplanar'
  let crosshair: Triple = [0, 0, 0]
  let isCrosshairShown = true
  let pixelRatio = 1
  /** In device pixels. */
  let tiles: readonly Tile[] = []
  let renderMs = leastPauseMs
  let isRenderHeld = false
  /** Whether the 3-D view of this volume has been made; until then the slices are drawn alone. */
  let isRenderReady = false
  let frameRequest = 0
  let renderTimer = 0
  let renderFrame = 0
  let isDisposed = false
  canvas.addEventListener('webglcontextlost', handleLost)
  resetCamera(niivue)

  function handleLost(event: Event): void {
    event.preventDefault()
    if (!isDisposed) events.onLost()
  }

  function isRenderShown(): boolean {
    return tiles.some(({ kind }) => kind === 'render')
  }

  /** The 3-D view alone on screen is what the user asked for: it does not wait. */
  function isWaiting(): boolean {
    return isRenderHeld && layout === 'multiplanar'
  }

  /** Whole pixels, so that what is kept of the 3-D view can be put back exactly. */
  function arrange(): void {
    const { width, height } = canvas
    if (layout !== 'multiplanar') tiles = [{ kind: layout, left: 0, top: 0, width, height }]
    else if (frame) tiles = layOutTiles(frame.sizeMm, width, height, gapPx * pixelRatio)
    renderTile.forget()
  }

  function showTiles(shown: readonly Tile[]): void {
    const { width, height } = canvas
    niivue.opts.sliceType = sliceTypes[layout === 'multiplanar' ? 'axial' : layout]
    niivue.customLayout =
      layout === 'multiplanar'
        ? shown.map((tile) => ({
            sliceType: sliceTypes[tile.kind],
            position: [
              tile.left / width,
              tile.top / height,
              tile.width / width,
              tile.height / height,
            ],
          }))
        : []
  }

  function rectOf(tile: Tile): PixelRect {
    const { left, top, width, height } = tile
    return {
      x: Math.floor(left),
      y: Math.floor(canvas.height - top - height),
      width: Math.ceil(width),
      height: Math.ceil(height),
    }
  }

  /** The slices anew; the 3-D view anew only when it has changed. */
  function draw(): void {
    window.cancelAnimationFrame(frameRequest)
    frameRequest = 0
    if (isDisposed || gl.isContextLost() || !frame) return
    const centre = pictureVoxelCentre(frame, crosshair)
    niivue.scene.crosshairPos = Float32Array.from(centre)
    setUniforms(gl, program, {
      ...layers.uniforms(frame),
      crosshair: floats(...centre, isCrosshairShown ? 1 : 0),
      pixelRatio: floats(pixelRatio),
    })
    const render =
      layout === 'multiplanar' ? tiles.find(({ kind }) => kind === 'render') : undefined
    if (render && isRenderReady) drawBesideRender(render)
    else if (render) {
      showTiles(tiles.filter((tile) => tile !== render))
      niivue.drawScene()
    } else {
      showTiles(tiles)
      niivue.drawScene()
    }
    events.onDraw()
  }

  function drawBesideRender(render: Tile): void {
    const rect = rectOf(render)
    const isKept = renderTile.has(rect)
    showTiles(isKept ? tiles.filter((tile) => tile !== render) : tiles)
    niivue.drawScene()
    if (isKept) renderTile.restore(rect)
    else renderTile.keep(rect)
  }

  function requestDraw(): void {
    if (frameRequest === 0) frameRequest = window.requestAnimationFrame(draw)
  }

  function requestRenderDraw(): void {
    renderTile.forget()
    requestDraw()
  }

  /** Brings the 3-D view up to date, soon. */
  function scheduleRender(): void {
    window.clearTimeout(renderTimer)
    window.cancelAnimationFrame(renderFrame)
    if (!isRenderShown() || isWaiting()) return
    const pause = Math.min(longestPauseMs, Math.max(leastPauseMs, 2 * renderMs))
    const delay = renderMs < fastRenderMs ? 0 : pause
    renderTimer = window.setTimeout(() => {
      // The slices are seen first: a picture is on screen a frame or two after it was drawn.
      if (isRenderReady) void completeRender()
      else firstFrames(4)
    }, delay)
  }

  function firstFrames(count: number): void {
    if (count === 0) {
      if (!isWaiting()) void completeRender()
    } else renderFrame = window.requestAnimationFrame(() => firstFrames(count - 1))
  }

  async function completeRender(): Promise<void> {
    if (isDisposed || gl.isContextLost() || !frame || !isRenderShown()) return
    const isNew = await renderView.complete(frame)
    if (isDisposed || (!isNew && isRenderReady)) return
    if (!isRenderReady) {
      isRenderReady = true
      // What stands in its place is taken away first.
      events.onDraw()
      await nextTask()
      if (isDisposed || gl.isContextLost() || !frame) return
    }
    const start = performance.now()
    renderTile.forget()
    draw()
    // Reading one pixel waits for the graphics card, or the time would be that of asking.
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4))
    renderMs = performance.now() - start
  }

  /** A change that slices and 3-D view both show. */
  function changeLayers(): void {
    renderView.spoilOverlay()
    if (layout !== 'render') requestDraw()
    scheduleRender()
  }

  return {
    canvas,
    async setBase(next) {
      const isNew = next.data !== base?.data
      checkSize(gl, next)
      base = next
      layers.setBase(next)
      if (!isNew) {
        renderView.setWindow(next)
        requestDraw()
        scheduleRender()
        return
      }
      frame = null
      isRenderReady = false
      const begun = await renderView.begin(next)
      if (isDisposed || !begun) return
      frame = begun
      if (base.window !== next.window) renderView.setWindow(base)
      arrange()
      requestDraw()
      scheduleRender()
    },
    setMap(map) {
      layers.setMap(map)
      changeLayers()
    },
    setMasks(masks) {
      layers.setMasks(masks)
      changeLayers()
    },
    setRenderHeld(isHeld) {
      if (isHeld === isRenderHeld) return
      isRenderHeld = isHeld
      scheduleRender()
    },
    setLayout(next) {
      layout = next
      arrange()
      requestDraw()
      scheduleRender()
    },
    setRadiological(radiological) {
      niivue.opts.isRadiologicalConvention = radiological
      niivue.opts.sagittalNoseLeft = radiological
      requestDraw()
    },
    setCrosshairShown(isShown) {
      isCrosshairShown = isShown
      requestDraw()
    },
    resize(width, height, ratio) {
      pixelRatio = ratio
      setPixelRatio(niivue, ratio)
      const [wide, tall] = [width, height].map((size) => Math.max(1, Math.round(size * ratio)))
      if (wide !== undefined && canvas.width !== wide) canvas.width = wide
      if (tall !== undefined && canvas.height !== tall) canvas.height = tall
      arrange()
      // A canvas that changes size is blank until it is drawn.
      draw()
      scheduleRender()
    },
    frame: () => frame,
    crosshair: () => crosshair,
    moveCrosshair(voxel) {
      crosshair = voxel
      requestDraw()
    },
    tiles: () =>
      tiles.map(({ kind, left, top, width, height }) => ({
        kind,
        left: left / pixelRatio,
        top: top / pixelRatio,
        width: width / pixelRatio,
        height: height / pixelRatio,
      })),
    isRenderAwaited: () => !isRenderReady && layout === 'multiplanar' && isRenderShown(),
    voxelAt: (x, y) => frame && voxelUnder(niivue, frame, x * pixelRatio, y * pixelRatio),
    zoomBy(factor) {
      zoomSlices(niivue, factor)
      requestDraw()
    },
    panBy(mm) {
      panSlices(niivue, mm)
      requestDraw()
    },
    mmPerPixel: () => mmPerDevicePixel(niivue) * pixelRatio,
    rotateBy(azimuth, elevation) {
      turnRender(niivue, azimuth, elevation)
      requestRenderDraw()
    },
    zoomRenderBy(factor) {
      zoomRender(niivue, factor)
      requestRenderDraw()
    },
    resetView() {
      resetCamera(niivue)
      requestRenderDraw()
    },
    drawNow() {
      if (frame && isRenderShown()) {
        renderView.completeOverlay(frame)
        isRenderReady = true
      }
      renderTile.forget()
      draw()
    },
    dispose() {
      isDisposed = true
      window.cancelAnimationFrame(frameRequest)
      window.clearTimeout(renderTimer)
      window.cancelAnimationFrame(renderFrame)
      canvas.removeEventListener('webglcontextlost', handleLost)
      renderView.dispose()
      renderTile.dispose()
      niivue.cleanup()
      gl.getExtension('WEBGL_lose_context')?.loseContext()
      canvas.remove()
    },
  }
}

/** A side longer than the graphics card can hold has no picture. */
function checkSize(gl: WebGL2RenderingContext, { dims }: BaseLayer): void {
  const most = Number(gl.getParameter(gl.MAX_3D_TEXTURE_SIZE))
  const longest = Math.max(...dims)
  if (longest > most) {
    throw new Error(`it has ${longest} voxels along one side, this graphics card takes ${most}.`)
  }
}
