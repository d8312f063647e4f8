/** @file Where the views go: the arrangement that shows the volume largest. */

import type { ViewLayout } from './viewer-types.ts'

export type TileKind = Exclude<ViewLayout, 'multiplanar'>

/** In the unit of the canvas, from its top left corner. */
export interface Tile {
  readonly kind: TileKind
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

interface Arrangement {
  /** Rows of views, as they stand. */
  readonly rows: readonly (readonly TileKind[])[]
}

/**
 * Neighbours share an axis, so that their crosshair lines meet: coronal beside sagittal (z),
 * coronal above axial (x).
 */
const arrangements: readonly Arrangement[] = [
  {
    rows: [
      ['coronal', 'sagittal'],
      ['axial', 'render'],
    ],
  },
  { rows: [['axial', 'coronal', 'sagittal', 'render']] },
  { rows: [['axial', 'coronal', 'sagittal']] },
  { rows: [['axial'], ['coronal'], ['sagittal']] },
]

/**
 * All views at one scale. `sizeMm`: extent right-left, front-back, up-down. The arrangement with
 * the largest scale wins; within 2 % the one with more views.
 */
export function layOutTiles(
  sizeMm: readonly [number, number, number],
  width: number,
  height: number,
  gap: number,
): readonly Tile[] {
  let best: { readonly scale: number; readonly tiles: readonly Tile[] } | null = null
  for (const { rows } of arrangements) {
    const placed = place(rows, sizeMm, width, height, gap)
    const needed =
      best === null ? 0 : best.scale * (best.tiles.length > placed.tiles.length ? 1.02 : 0.98)
    if (placed.scale > needed) best = placed
  }
  return best?.tiles ?? []
}

function place(
  rows: readonly (readonly TileKind[])[],
  sizeMm: readonly [number, number, number],
  width: number,
  height: number,
  gap: number,
): { readonly scale: number; readonly tiles: readonly Tile[] } {
  const sizes = rows.map((row) => row.map((kind) => tileSizeMm(kind, sizeMm)))
  const columns = Math.max(...rows.map((row) => row.length))
  const columnMm = Array.from({ length: columns }, (_, column) =>
    Math.max(...sizes.map((row) => row[column]?.[0] ?? 0)),
  )
  const rowMm = sizes.map((row) => Math.max(...row.map(([, tall]) => tall)))
  const free = [width - gap * (columns - 1), height - gap * (rows.length - 1)] as const
  const scale = Math.max(0, Math.min(free[0] / sum(columnMm), free[1] / sum(rowMm)))
  const tiles: Tile[] = []
  let top = (free[1] - scale * sum(rowMm)) / 2
  for (const [r, row] of rows.entries()) {
    let left = (free[0] - scale * sum(columnMm)) / 2
    for (const [c, kind] of row.entries()) {
      const cell = [scale * (columnMm[c] ?? 0), scale * (rowMm[r] ?? 0)] as const
      const [wide, tall] = kind === 'render' ? cell : tileSize(sizes[r]?.[c], scale)
      tiles.push({
        kind,
        left: left + (cell[0] - wide) / 2,
        top: top + (cell[1] - tall) / 2,
        width: wide,
        height: tall,
      })
      left += cell[0] + gap
    }
    top += scale * (rowMm[r] ?? 0) + gap
  }
  return { scale, tiles }
}

function tileSize(mm: readonly [number, number] | undefined, scale: number): [number, number] {
  return [scale * (mm?.[0] ?? 0), scale * (mm?.[1] ?? 0)]
}

function tileSizeMm(
  kind: TileKind,
  [x, y, z]: readonly [number, number, number],
): readonly [number, number] {
  switch (kind) {
    case 'axial':
      return [x, y]
    case 'coronal':
      return [x, z]
    case 'sagittal':
      return [y, z]
    case 'render':
      return [y, y]
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
