/** @file What is on the graphics card, and the numbers that say how it is coloured. */

import { diagonalAffine } from '../core/volume/affine.ts'
import { type ColormapId, fittingColormap, paletteRgba } from './colormaps.ts'
import {
  type StoredScale,
  storedScale,
  textureUnits,
  uploadMask,
  uploadNothing,
  uploadPalette,
  uploadScalars,
} from './gl-textures.ts'
import { type PictureFrame, pictureToTexture } from './layer-grid.ts'
import { floats, matrix, type UniformValue, unit } from './uniforms.ts'
import type { BaseLayer, MapLayer, MaskLayer, MaskStyle } from './viewer-types.ts'

type Uniforms = Readonly<Record<string, UniformValue>>

export interface SceneLayers {
  setBase(base: BaseLayer): void
  setMap(map: MapLayer | null): void
  setMasks(masks: readonly MaskLayer[]): void
  /** For the slice shader and the 3-D overlay alike. */
  uniforms(frame: PictureFrame): Uniforms
}

interface Uploaded<Layer> {
  readonly layer: Layer
  readonly stored: StoredScale
}

/** Where the shaders find their textures. */
export const samplerUniforms: Uniforms = {
  anatomy: unit(textureUnits.anatomy),
  heat: unit(textureUnits.heat),
  truthMask: unit(textureUnits.truth),
  drawnMask: unit(textureUnits.drawn),
  palette: unit(textureUnits.palette),
}

/** Opacity of a filled mask: the anatomy under it stays readable. */
const fillOpacity = 0.28

const noGrid = matrix(diagonalAffine([1, 1, 1], [0, 0, 0]))

export function createSceneLayers(gl: WebGL2RenderingContext): SceneLayers {
  let base: Uploaded<BaseLayer> | null = null
  let map: Uploaded<MapLayer> | null = null
  let palette: ColormapId | null = null
  const masks: Record<MaskStyle, MaskLayer | null> = { drawn: null, truth: null }
  for (const name of ['anatomy', 'heat', 'truth', 'drawn'] as const) uploadNothing(gl, name)
  showPalette('inferno')

  function showPalette(id: ColormapId): void {
    if (id === palette) return
    uploadPalette(gl, paletteRgba(id))
    palette = id
  }

  function setMask(style: MaskStyle, next: MaskLayer | null): void {
    const before = masks[style]
    if (next && next.mask !== before?.mask) uploadMask(gl, style, next.mask, next.dims)
    masks[style] = next
  }

  function heatUniforms(frame: PictureFrame): Uniforms {
    if (!map?.layer.visible) {
      return { heatShown: floats(0, 0), heatGrid: noGrid, heatRule: floats(1, 0, 0, 0) }
    }
    const { layer, stored } = map
    return {
      heatShown: floats(1, layer.contour ? 1 : 0),
      heatGrid: matrix(pictureToTexture(frame, layer)),
      heatSigned: floats(layer.signed ? 1 : 0),
      heatRule: floats(
        Math.max(layer.limit / stored.scale, 1e-6),
        layer.threshold / stored.scale,
        layer.opacity,
        layer.fade ? layer.fadePower : 0,
      ),
    }
  }

  function maskUniforms(frame: PictureFrame, style: MaskStyle): Uniforms {
    const mask = masks[style]
    const shown = mask?.visible
      ? floats(mask.outline ? 1 : 0, mask.filled ? fillOpacity : 0)
      : floats(0, 0)
    return {
      [`${style}Shown`]: shown,
      [`${style}Grid`]: mask ? matrix(pictureToTexture(frame, mask)) : noGrid,
    }
  }

  return {
    setBase(next) {
      if (next.data !== base?.layer.data) {
        const stored = storedScale(next.data, (next.window.low + next.window.high) / 2)
        uploadScalars(gl, 'anatomy', next.data, next.dims, stored)
        base = { layer: next, stored }
      } else base = { layer: next, stored: base.stored }
    },
    setMap(next) {
      if (!next) {
        map = null
        return
      }
      if (next.data !== map?.layer.data) {
        const stored = storedScale(next.data, 0)
        uploadScalars(gl, 'heat', next.data, next.dims, stored)
        map = { layer: next, stored }
      } else map = { layer: next, stored: map.stored }
      showPalette(fittingColormap(next.colormap, next.signed))
    },
    setMasks(next) {
      for (const style of ['drawn', 'truth'] as const) {
        setMask(style, next.findLast((mask) => mask.style === style && mask.visible) ?? null)
      }
    },
    uniforms(frame) {
      if (!base) return {}
      const { layer, stored } = base
      const toStored = (value: number): number => (value - stored.centre) / stored.scale
      return {
        ...samplerUniforms,
        anatomyGrid: matrix(pictureToTexture(frame, layer)),
        windowEnds: floats(toStored(layer.window.low), toStored(layer.window.high)),
        ...heatUniforms(frame),
        ...maskUniforms(frame, 'truth'),
        ...maskUniforms(frame, 'drawn'),
      }
    },
  }
}
