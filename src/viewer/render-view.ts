/**
 * @file What the 3-D view renders: NiiVue's own volume (a stand-in, coarse first) and the baked
 * overlay. Brought up to date only when a 3-D view is on screen.
 */

import type { Niivue } from '@niivue/niivue'
import { axisOrderOf, coarserDims, type PictureFrame, pictureFrame } from './layer-grid.ts'
import { createOverlayBake, type OverlayBake } from './overlay-bake.ts'
import { renderQuality } from './render-quality.ts'
import type { SceneLayers } from './scene-layers.ts'
import { createStandIn, type StandIn, setStandInWindow } from './stand-in.ts'
import type { BaseLayer } from './viewer-types.ts'

export interface RenderView {
  /** Shows a new volume coarsely, at once; null when another has come meanwhile. */
  begin(base: BaseLayer): Promise<PictureFrame | null>
  /** The same voxels under another window. */
  setWindow(base: BaseLayer): void
  /** Map or masks have changed. */
  spoilOverlay(): void
  /** True when the volume, its window or the overlay had to be renewed. */
  complete(frame: PictureFrame): Promise<boolean>
  /** Renews the overlay alone, at once. */
  completeOverlay(frame: PictureFrame): void
  dispose(): void
}

const coarseVoxels = 32 ** 3

export function createRenderView(niivue: Niivue, layers: SceneLayers): RenderView {
  const { gl } = niivue
  const quality = renderQuality(gl)
  let base: BaseLayer | null = null
  let standIn: StandIn | null = null
  let isFine = false
  let isWindowStale = false
  let bake: OverlayBake | null = null
  let isOverlayStale = true

  function show(next: StandIn): void {
    standIn = next
    niivue.volumes = [next.image]
    niivue.back = next.image
    niivue.overlays = []
    refresh()
  }

  /** NiiVue would draw at once, before our inputs are set; a busy NiiVue only takes note. */
  function refresh(): void {
    isWindowStale = false
    niivue.isBusy = true
    niivue.updateGLVolume()
    niivue.isBusy = false
    attachOverlay()
  }

  /** NiiVue believes in an overlay once its texture and the count of overlays are set. */
  function attachOverlay(): void {
    if (!bake || isOverlayStale || !niivue.renderShader) return
    niivue.overlayTexture = bake.texture
    niivue.renderShader.use(gl)
    gl.uniform1f(niivue.renderShader.uniforms.overlays ?? null, 1)
  }

  function completeOverlay(frame: PictureFrame): void {
    if (!isOverlayStale) return
    const dims = coarserDims(frame.dims, quality.overlayVoxels)
    const old = bake
    if (old?.dims.join() !== dims.join()) bake = createOverlayBake(gl, dims)
    bake?.draw(layers.uniforms(frame))
    isOverlayStale = false
    attachOverlay()
    if (old !== bake) old?.dispose()
  }

  return {
    async begin(next) {
      base = next
      isFine = false
      isOverlayStale = true
      const coarse = await createStandIn(next, coarseVoxels)
      if (base !== next) return null
      show(coarse)
      return pictureFrame(next, axisOrderOf(coarse.image.permRAS ?? []))
    },
    setWindow(next) {
      base = next
      isWindowStale = true
    },
    spoilOverlay() {
      isOverlayStale = true
    },
    async complete(frame) {
      const wanted = base
      if (!wanted) return false
      const isDue = !isFine || isWindowStale || isOverlayStale
      if (!isFine) {
        const fine = await createStandIn(wanted, quality.volumeVoxels)
        if (base?.data !== wanted.data) return false
        isFine = true
        setStandInWindow(fine, base.window)
        show(fine)
      } else if (isWindowStale && standIn) {
        setStandInWindow(standIn, wanted.window)
        refresh()
      }
      completeOverlay(frame)
      return isDue
    },
    completeOverlay,
    dispose() {
      base = null
      bake?.dispose()
    },
  }
}
