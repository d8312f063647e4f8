/** @file How an image of one slice is laid out. */

import type { Volume } from '../core/volume/volume.ts'
import { shownImage } from './active-run.ts'
import type { AppState } from './app-state.ts'
import type { Layout } from './view-slice.ts'

/** The only plane that such an image has; the layout itself for a volume. */
export function layoutFor(
  layout: Layout,
  { dims, affine }: Pick<Volume, 'affine' | 'dims'>,
): Layout {
  const axis = dims.indexOf(1)
  if (axis < 0) return layout
  // The direction in space that the slice is thick in: x, y or z.
  const [x = 0, y = 0, z = 0] = [0, 1, 2].map((row) => Math.abs(affine[4 * row + axis] ?? 0))
  if (z >= x && z >= y) return 'axial'
  return y >= x ? 'coronal' : 'sagittal'
}

/** The layout of the picture on screen. */
export function shownLayout(
  app: Pick<AppState, 'activeRunId' | 'images' | 'layout' | 'runs'>,
): Layout {
  const image = shownImage(app)
  return image ? layoutFor(app.layout, image.voxels) : app.layout
}
