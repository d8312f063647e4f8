import { describe, expect, it } from 'vitest'
import { applyAffine, type Triple } from '../core/volume/affine.ts'
import type { Affine } from '../core/volume/volume.ts'
import {
  axisOrderOf,
  coarserDims,
  coarserGrid,
  type Grid,
  nearestPictureVoxel,
  nearestVoxel,
  pictureFrame,
  pictureToTexture,
  pictureVoxelCentre,
} from './layer-grid.ts'

/** 20 x 30 x 40 voxels: i runs to the back (2 mm), j to the foot (3 mm), k to the right (1.5 mm). */
const pir: Grid = {
  dims: [20, 30, 40],
  affine: [0, 0, 1.5, -25, -2, 0, 0, 31, 0, -3, 0, 44, 0, 0, 0, 1] satisfies Affine,
}
/** NiiVue's permRAS of that grid: right = k, front = -i, up = -j. */
const frame = pictureFrame(pir, axisOrderOf([3, -1, -2]))

describe('pictureFrame', () => {
  it('counts voxels and millimetres along right, anterior, superior', () => {
    expect(frame.dims).toEqual([40, 20, 30])
    expect(frame.sizeMm).toEqual([60, 40, 90])
  })

  it('goes from left to right, back to front, foot to head', () => {
    const corner = applyAffine(frame.toMm, [0, 0, 0])
    const opposite = applyAffine(frame.toMm, [1, 1, 1])
    // Outer edges: half a voxel beyond the first and last centres.
    expect(corner).toEqual([-25.75, -8, -44.5])
    expect(opposite).toEqual([34.25, 32, 45.5])
  })

  it('finds the voxel again that a place lies in', () => {
    const voxel: Triple = [4, 5, 6]
    const mm = applyAffine(pir.affine, voxel)
    expect(nearestVoxel(pir, mm)).toEqual(voxel)
    // Right = k; front and up run against i and j.
    const picture = nearestPictureVoxel(frame, mm)
    expect(picture).toEqual([6, 20 - 1 - 4, 30 - 1 - 5])
    for (const [n, value] of applyAffine(
      frame.toMm,
      pictureVoxelCentre(frame, picture),
    ).entries()) {
      expect(value).toBeCloseTo(mm[n] ?? Number.NaN, 9)
    }
  })

  it('stays inside for places outside', () => {
    expect(nearestPictureVoxel(frame, [1e4, -1e4, 1e4])).toEqual([39, 0, 29])
    expect(nearestVoxel(pir, [-1e4, -1e4, -1e4])).toEqual([19, 29, 0])
  })
})

describe('pictureToTexture', () => {
  it('meets texel centres of the layer’s own grid', () => {
    const toTexture = pictureToTexture(frame, pir)
    const place = pictureVoxelCentre(
      frame,
      nearestPictureVoxel(frame, applyAffine(pir.affine, [7, 8, 9])),
    )
    const [u, v, w] = applyAffine(toTexture, place)
    expect(u).toBeCloseTo(7.5 / 20, 9)
    expect(v).toBeCloseTo(8.5 / 30, 9)
    expect(w).toBeCloseTo(9.5 / 40, 9)
  })

  it('reaches the same place of a layer on another, oblique grid', () => {
    const turned: Grid = {
      dims: [16, 16, 16],
      affine: [3, 1, 0, -20, -1, 3, 0, -10, 0, 0.5, 4, -30, 0, 0, 0, 1],
    }
    const mm = applyAffine(turned.affine, [3, 11, 6])
    const place = applyAffine(frame.fromMm, mm)
    const texture = applyAffine(pictureToTexture(frame, turned), place)
    expect(texture[0]).toBeCloseTo(3.5 / 16, 9)
    expect(texture[1]).toBeCloseTo(11.5 / 16, 9)
    expect(texture[2]).toBeCloseTo(6.5 / 16, 9)
  })
})

describe('coarser grids', () => {
  it('keeps the box', () => {
    const coarse = coarserGrid(pir, [10, 6, 13])
    const edge = (grid: Grid, share: Triple): Triple =>
      applyAffine(grid.affine, [
        share[0] * grid.dims[0] - 0.5,
        share[1] * grid.dims[1] - 0.5,
        share[2] * grid.dims[2] - 0.5,
      ])
    for (const share of [
      [0, 0, 0],
      [1, 1, 1],
      [0.25, 1, 0.5],
    ] as const) {
      for (const n of [0, 1, 2]) expect(edge(coarse, share)[n]).toBeCloseTo(edge(pir, share)[n]!, 9)
    }
  })

  it('has about as many voxels as asked for, or all', () => {
    expect(coarserDims([20, 30, 40], 1e6)).toEqual([20, 30, 40])
    const [x, y, z] = coarserDims([512, 512, 300], 8e6)
    expect(x * y * z).toBeLessThan(8.1e6)
    expect(x * y * z).toBeGreaterThan(7.8e6)
  })
})
