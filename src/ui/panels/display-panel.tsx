/** @file How the map on screen is shown. */

import {
  largestOf,
  percentileFor,
  type ShownRun,
  shownRun,
  thresholdOf,
} from '../../store/active-run.ts'
import type { DisplaySettings } from '../../store/display-state.ts'
import { formatNumber } from '../../store/format.ts'
import { colourMapChoices, colourMapFor } from '../colour-maps.ts'
import { Disclosure } from '../controls/disclosure.tsx'
import { Info } from '../controls/info.tsx'
import { NumberInput } from '../controls/number-input.tsx'
import { SelectField } from '../controls/select-field.tsx'
import { SliderField } from '../controls/slider-field.tsx'
import { SwitchField } from '../controls/switch-field.tsx'
import { useApp, useAppParts } from '../use-app.ts'
import { Panel } from './panel.tsx'

export function DisplayPanel() {
  const shown = useAppParts(shownRun)
  return (
    <Panel title="Display">
      {shown ? (
        <DisplayForm shown={shown} />
      ) : (
        <p className="empty">Settings appear with the first map.</p>
      )}
    </Panel>
  )
}

function DisplayForm({ shown }: { readonly shown: ShownRun }) {
  const change = useApp((app) => app.changeDisplay)
  const remember = useApp((app) => app.rememberDisplay)
  const { id, display } = shown.run
  const set = (part: Partial<DisplaySettings>) => change(id, part)
  const slide = (part: Partial<DisplaySettings>) => change(id, part, 'no')
  const threshold = thresholdOf(shown)
  const isPair = shown.result.isSigned && display.sign === 'magnitude'
  return (
    <>
      <div className="field-pair">
        <SwitchField
          label="Show map"
          checked={display.visible}
          onChange={(visible) => set({ visible })}
        />
        <SwitchField
          label="Outline"
          checked={display.outline}
          help={
            <Info label="About the outline">
              <p>A thin line where the map passes the threshold.</p>
            </Info>
          }
          onChange={(outline) => set({ outline })}
        />
      </div>
      <SwitchField
        label="Fade below threshold"
        checked={display.fade}
        help={
          <Info label="About fading">
            <p>
              Weak values grow transparent instead of vanishing, with opacity (value / threshold)².
              Hiding them makes a map look more certain than it is.
            </p>
          </Info>
        }
        onChange={(fade) => set({ fade })}
      />
      <SliderField
        label="Threshold"
        numberLabel="Threshold percentile"
        value={display.percentile}
        min={0}
        max={100}
        step={0.1}
        reset={99}
        disabled={shown.measurement === null}
        format={(value) => `${Number(value.toFixed(2))} %`}
        valueText={`${formatNumber(display.percentile, 4)}th percentile, value ${formatNumber(threshold)}`}
        onBegin={() => remember(id)}
        onChange={(percentile) => slide({ percentile })}
      />
      <div className="field-row">
        <span className="field-label faint" style={{ paddingLeft: 76 }}>
          as a value
        </span>
        <NumberInput
          label="Threshold as a value of the map"
          value={threshold}
          min={0}
          max={largestOf(shown)}
          disabled={shown.measurement === null}
          format={(value) => formatNumber(value)}
          onCommit={(value) => set({ percentile: percentileFor(shown, value) })}
        />
      </div>
      <SliderField
        label="Opacity"
        value={Math.round(100 * display.opacity)}
        min={0}
        max={100}
        step={1}
        reset={80}
        format={(value) => `${value} %`}
        valueText={`${Math.round(100 * display.opacity)} %`}
        onBegin={() => remember(id)}
        onChange={(percent) => slide({ opacity: percent / 100 })}
      />
      <SelectField
        label="Colours"
        inline
        value={colourMapFor(display.colourMap, isPair)}
        groups={[{ label: null, choices: colourMapChoices(isPair) }]}
        onChange={(colourMap) => set({ colourMap })}
      />
      <Disclosure label="Scale and sign">
        <SelectField
          label="Colours reach to"
          inline
          value={display.scale}
          aside={
            <Info label="About the colour scale">
              <p>
                Values are shown as computed, never rescaled. The last colour stands for the largest
                value of this map, or for its 99.9th percentile, where a few extreme voxels would
                leave the rest dark.
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
          onChange={(scale) => set({ scale: scale === 'largest' ? 'largest' : 'robust' })}
        />
        {shown.result.isSigned ? (
          <SelectField
            label="Counts as strong"
            inline
            value={display.sign}
            aside={
              <Info label="About signs">
                <p>
                  Whether values against the target count as strong too (magnitude), or only those
                  in favour (positive). It decides the threshold, the picture and every number under
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
            onChange={(sign) => set({ sign: sign === 'positive' ? 'positive' : 'magnitude' })}
          />
        ) : null}
      </Disclosure>
    </>
  )
}
