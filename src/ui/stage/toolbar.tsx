/** @file Which views, which convention, and where the crosshair goes. */

import { Crosshair, LocateFixed, RotateCcw } from 'lucide-react'
import { peakOf, shownImage, shownRun } from '../../store/active-run.ts'
import { layoutFor, shownLayout } from '../../store/flat-image.ts'
import { toMm } from '../../store/read-point.ts'
import type { Layout } from '../../store/view-slice.ts'
import { IconButton } from '../controls/icon-button.tsx'
import { Segmented } from '../controls/segmented.tsx'
import { Tip } from '../controls/tip.tsx'
import { useApp, useAppParts } from '../use-app.ts'

const layouts: readonly {
  readonly value: Layout
  readonly label: string
  readonly name: string
}[] = [
  { value: 'axial', label: 'A', name: 'Axial' },
  { value: 'coronal', label: 'C', name: 'Coronal' },
  { value: 'sagittal', label: 'S', name: 'Sagittal' },
  { value: 'multiplanar', label: 'MPR', name: 'All three planes and 3-D' },
  { value: 'render', label: '3D', name: '3-D rendering' },
]

export function Toolbar({ onReset }: { readonly onReset: () => void }) {
  const layout = useApp(shownLayout)
  const image = useApp(shownImage)
  const setLayout = useApp((app) => app.setLayout)
  const convention = useApp((app) => app.convention)
  const setConvention = useApp((app) => app.setConvention)
  const setCrosshair = useApp((app) => app.setCrosshair)
  const showCrosshair = useApp((app) => app.showCrosshair)
  const setShowCrosshair = useApp((app) => app.setShowCrosshair)
  const shown = useAppParts(shownRun)
  const isRadiological = convention === 'radiological'
  // One slice has no other views and no depth.
  const offered = layouts.filter(({ value }) => !image || layoutFor(value, image.voxels) === value)
  return (
    <div className="toolbar" role="toolbar" aria-label="Picture">
      <Segmented label="View" value={layout} choices={offered} onChange={setLayout} />
      <Tip
        text={
          isRadiological
            ? 'Radiological: the patient’s left is on the right of the picture'
            : 'Neurological: the patient’s left is on the left of the picture'
        }
        shortcut="R"
      >
        <button
          type="button"
          className="button"
          aria-label={`${isRadiological ? 'R | L' : 'L | R'} ${convention}: switch the convention`}
          onClick={() => setConvention(isRadiological ? 'neurological' : 'radiological')}
        >
          {isRadiological ? 'R | L' : 'L | R'}{' '}
          <span className="faint small wide-only">{convention}</span>
        </button>
      </Tip>
      <span className="toolbar-space" />
      <IconButton
        icon={Crosshair}
        label="Show crosshair"
        pressed={showCrosshair}
        onClick={() => setShowCrosshair(!showCrosshair)}
      />
      <IconButton
        icon={LocateFixed}
        label="Crosshair to the map's maximum"
        disabled={!shown}
        onClick={() =>
          shown && setCrosshair(toMm(shown.run.source.image.voxels.affine, peakOf(shown)))
        }
      />
      <IconButton icon={RotateCcw} label="Reset view" onClick={onReset} />
    </div>
  )
}
