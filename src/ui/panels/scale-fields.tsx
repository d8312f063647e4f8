/** @file How far the colours reach, and what counts as strong. */

import { shownRun } from '../../store/active-run.ts'
import { Info } from '../controls/info.tsx'
import { SelectField } from '../controls/select-field.tsx'
import { useApp } from '../use-app.ts'
import { useChangeDisplay, useDisplay } from './use-display.ts'

export function ScaleFields() {
  const scale = useDisplay((display) => display.scale) ?? 'robust'
  const sign = useDisplay((display) => display.sign) ?? 'magnitude'
  const isSigned = useApp((app) => shownRun(app)?.result.isSigned ?? false)
  const change = useChangeDisplay()
  return (
    <>
      <SelectField
        label="Colours reach to"
        inline
        value={scale}
        aside={
          <Info label="About the colour scale">
            <p>
              Values are shown as computed, never rescaled. The last colour stands for the largest
              value of this map, or for its 99.9th percentile, where a few extreme voxels would
              leave the rest dark. With a threshold above 99 % it stands for the percentile that a
              tenth of the voxels above the threshold pass.
            </p>
          </Info>
        }
        groups={[
          {
            label: null,
            choices: [
              { value: 'robust', label: '99.9th percentile' },
              { value: 'largest', label: 'largest value' },
            ],
          },
        ]}
        onChange={(next) => change({ scale: next === 'largest' ? 'largest' : 'robust' })}
      />
      {isSigned ? (
        <SelectField
          label="Counts as strong"
          inline
          value={sign}
          aside={
            <Info label="About signs">
              <p>
                Whether values against the target count as strong too (magnitude), or only those in
                favour (positive). It decides the threshold, the picture and every number under
                Measure.
              </p>
            </Info>
          }
          groups={[
            {
              label: null,
              choices: [
                { value: 'magnitude', label: 'magnitude' },
                { value: 'positive', label: 'positive only' },
              ],
            },
          ]}
          onChange={(next) => change({ sign: next === 'positive' ? 'positive' : 'magnitude' })}
        />
      ) : null}
    </>
  )
}
