/** @file What the page hands to the picture, and what the picture tells the page. */

import type { Affine } from '../core/volume/volume.ts'
import type { ColormapId } from './colormaps.ts'

export type ViewLayout = 'axial' | 'coronal' | 'multiplanar' | 'render' | 'sagittal'

/** Millimetres: x right, y anterior, z superior. */
export type PointMm = readonly [number, number, number]

/** The intensities shown as black and as white. */
export interface IntensityWindow {
  readonly low: number
  readonly high: number
}

interface Grid {
  /** i fastest: index = i + nx * (j + ny * k). */
  readonly dims: readonly [number, number, number]
  readonly affine: Affine
}

/** The anatomy. A new `id` means new voxels; a new `window` alone is cheap. */
export interface BaseLayer extends Grid {
  readonly id: string
  readonly name: string
  readonly data: Float32Array<ArrayBuffer>
  readonly window: IntensityWindow
}

/**
 * The heat map, on the grid of the base layer. A new `id` (or new `data`) uploads the voxels once;
 * every other field only rewrites the colour table, so it may change at every frame.
 */
export interface MapLayer extends Grid {
  readonly id: string
  readonly data: Float32Array<ArrayBuffer>
  /** Signed maps show -limit..limit, others 0..limit. */
  readonly signed: boolean
  /** The value with the last colour; must be > 0. */
  readonly limit: number
  readonly colormap: ColormapId
  /** 0 to 1. */
  readonly opacity: number
  /** In the map's unit, compared with |v| (signed) or v. 0 shows everything. */
  readonly threshold: number
  /** Below the threshold: fade as (|v| / threshold) ** fadePower, or hide. */
  readonly fade: boolean
  readonly fadePower: 1 | 2
  /** A thin line where |v| = threshold. */
  readonly contour: boolean
  readonly visible: boolean
}

/** Told apart by dash as well as by hue: truth is a full cyan line, drawn a dashed green one. */
export type MaskStyle = 'drawn' | 'truth'

/** A mask on the grid of the base layer; a new `id` (or new `mask`) makes new outlines. */
export interface MaskLayer extends Grid {
  readonly id: string
  /** Inside where not 0. */
  readonly mask: Uint8Array<ArrayBuffer>
  readonly style: MaskStyle
  readonly outline: boolean
  /** A faint filling under the outline. */
  readonly filled: boolean
  readonly visible: boolean
}

export interface CrosshairReading {
  readonly mm: PointMm
  /** Voxel of the base grid, rounded and inside it. */
  readonly voxel: readonly [number, number, number]
}

/** What the colour bar says; the same in the page and in the exported picture. */
export interface ColourBarModel {
  readonly colormap: ColormapId
  readonly signed: boolean
  readonly limit: number
  readonly threshold: number
  readonly fade: boolean
  readonly fadePower: 1 | 2
  readonly opacity: number
  /** "IG-50, share of the maximum". */
  readonly title: string
  /** Words at the two ends of a signed bar; "supports" and "opposes" unless given. */
  readonly positiveWord?: string
  readonly negativeWord?: string
}

export interface CaptureOptions {
  /** Method, target, threshold, normalisation, case, convention... one line each. */
  readonly caption: readonly string[]
  /** Left out where there is no map. */
  readonly colourBar: ColourBarModel | null
}

export interface ViewerHandle {
  /** The scene with outlines, colour bar and caption, as a PNG. */
  capturePng(options: CaptureOptions): Promise<Blob>
  moveTo(mm: PointMm): void
  /** Undoes zoom, pan and rotation; the crosshair goes to the middle of the volume. */
  resetView(): void
}

export interface ViewerProps {
  readonly base: BaseLayer | null
  readonly map: MapLayer | null
  /** One of each style is drawn: of several, the last visible one. */
  readonly masks: readonly MaskLayer[]
  readonly layout: ViewLayout
  /** While true, the 3-D view beside the slices waits and leaves the processor to the work that is on. */
  readonly renderHeld: boolean
  /** True: the patient's left is on the viewer's right. */
  readonly radiological: boolean
  /** Moves the crosshair when it differs from the last reading; null leaves it where it is. */
  readonly crosshairMm: PointMm | null
  readonly showCrosshair: boolean
  /** Accessible name: "Heat map of IG-50 over T1w". */
  readonly label: string
  /** The picture in a sentence or two, for those who do not see it. */
  readonly description: string
  readonly onCrosshair: (reading: CrosshairReading) => void
  /** Double click: a single view, or back to all of them. */
  readonly onLayout: (layout: ViewLayout) => void
  /** Right-drag: a new window for the anatomy. */
  readonly onWindow: (window: IntensityWindow) => void
  /** One sentence for the user; null when the picture works again. */
  readonly onError: (sentence: string | null) => void
}
