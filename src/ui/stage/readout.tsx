/** @file Every layer at the crosshair, in its units. */

import { findMethod } from '../../core/attribution/methods.ts'
import { shownImage, shownRun, shownTruth } from '../../store/active-run.ts'
import { isConcealed } from '../../store/concealed.ts'
import { emDash, formatMm, formatNumber, formatSigned } from '../../store/format.ts'
import { thresholdRows } from '../../store/metric-rows.ts'
import { readPoint } from '../../store/read-point.ts'
import { useApp, useAppParts } from '../use-app.ts'

export function Readout() {
  const voxel = useApp((app) => app.crosshairVoxel)
  const image = useApp(shownImage)
  const shown = useAppParts(shownRun)
  const truth = useApp(shownTruth)
  const isHidden = useApp(isConcealed)
  if (!image) return <div className="readout" />
  const point = voxel && readPoint(voxel, image, shown, truth)
  const [x, y, z] = point?.mm ?? [null, null, null]
  const mm = (value: number | null) => (value === null ? emDash : formatMm(value))
  const dice = !isHidden && shown && thresholdRows(shown).find(({ metric }) => metric.id === 'dice')
  return (
    <dl className="readout" aria-label="Values at the crosshair">
      <div className="readout-mm">
        <dt className="visually-hidden">Position</dt>
        <dd>
          <span className="faint">x</span> {mm(x)} <span className="faint">y</span> {mm(y)}{' '}
          <span className="faint">z</span> {mm(z)} mm
        </dd>
      </div>
      <div>
        <dt>{shortName(image.info.name)}</dt>
        <dd>{point?.image == null ? emDash : formatNumber(point.image)}</dd>
      </div>
      {shown ? (
        <div>
          <dt>{findMethod(shown.run.request.methodId).label}</dt>
          <dd>
            {point?.map ? formatSigned(point.map.value) : emDash}
            {point?.map?.percentile == null ? null : (
              <span className="faint"> ({formatNumber(point.map.percentile)} %)</span>
            )}
          </dd>
        </div>
      ) : null}
      {truth ? (
        <div>
          <dt>Truth</dt>
          <dd>{point?.insideTruth == null ? emDash : point.insideTruth ? 'inside' : 'outside'}</dd>
        </div>
      ) : null}
      {dice && dice.score.kind === 'value' && shown ? (
        <div>
          <dt>Dice at {formatNumber(shown.run.display.percentile, 4)} %</dt>
          <dd>{formatNumber(dice.score.value)}</dd>
        </div>
      ) : null}
    </dl>
  )
}

function shortName(name: string): string {
  return name.replace(/\.nii(\.gz)?$/i, '')
}
