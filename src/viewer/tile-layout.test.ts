import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { layOutTiles, type Tile } from './tile-layout.ts'

const head = [182, 218, 182] as const
const kinds = (tiles: readonly Tile[]): readonly string[] => tiles.map(({ kind }) => kind)

describe('layOutTiles', () => {
  it('makes a grid on an ordinary canvas, a row on a wide one, a column on a tall one', () => {
    expect(kinds(layOutTiles(head, 900, 800, 8))).toEqual([
      'coronal',
      'sagittal',
      'axial',
      'render',
    ])
    expect(kinds(layOutTiles(head, 1600, 380, 8))).toEqual([
      'axial',
      'coronal',
      'sagittal',
      'render',
    ])
    expect(kinds(layOutTiles(head, 300, 1000, 8))).toEqual(['axial', 'coronal', 'sagittal'])
  })

  it('aligns views that share an axis', () => {
    const [coronal, sagittal, axial] = layOutTiles(head, 900, 800, 8)
    expect(coronal?.left).toBeCloseTo(axial?.left ?? 0, 9)
    expect(coronal?.width).toBeCloseTo(axial?.width ?? 0, 9)
    expect(coronal?.top).toBeCloseTo(sagittal?.top ?? 0, 9)
    expect(coronal?.height).toBeCloseTo(sagittal?.height ?? 0, 9)
  })

  it('keeps every view inside, apart from the others and at one scale', () => {
    const side = fc.double({ min: 20, max: 400, noNaN: true })
    const pixels = fc.integer({ min: 120, max: 3000 })
    void fc.assert(
      fc.property(side, side, side, pixels, pixels, (x, y, z, width, height) => {
        const tiles = layOutTiles([x, y, z], width, height, 8)
        expect(tiles.length).toBeGreaterThanOrEqual(3)
        for (const [n, a] of tiles.entries()) {
          expect(a.left).toBeGreaterThanOrEqual(-1e-6)
          expect(a.top).toBeGreaterThanOrEqual(-1e-6)
          expect(a.left + a.width).toBeLessThanOrEqual(width + 1e-6)
          expect(a.top + a.height).toBeLessThanOrEqual(height + 1e-6)
          for (const b of tiles.slice(n + 1)) {
            const apartX = a.left + a.width <= b.left + 1e-6 || b.left + b.width <= a.left + 1e-6
            const apartY = a.top + a.height <= b.top + 1e-6 || b.top + b.height <= a.top + 1e-6
            expect(apartX || apartY).toBe(true)
          }
        }
        const find = (kind: string): Tile | undefined => tiles.find((tile) => tile.kind === kind)
        const scale = (find('axial')?.width ?? 0) / x
        expect(find('coronal')?.height).toBeCloseTo(scale * z, 6)
        expect(find('sagittal')?.width).toBeCloseTo(scale * y, 6)
      }),
      { numRuns: 200 },
    )
  })
})
