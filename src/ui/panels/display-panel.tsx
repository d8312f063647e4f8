/** @file How the map on screen is shown. Each control reads only what it shows: a drag redraws one. */

import {
  largestOf,
  percentileFor,
  type ShownRun,
  shownRun,
  thresholdOf,
} from '../../store/active-run.ts'
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
import { ScaleFields } from './scale-fields.tsx'
import { useChangeDisplay, useDisplay, useRemember } from './use-display.ts'

export function DisplayPanel() {
  const hasMap = useApp((app) => shownRun(app) !== null)
  return (
    <Panel title="Display">
      {hasMap ? (
        <>
          <Switches />
          <ThresholdFields />
          <OpacityField />
          <ColourField />
          <Disclosure label="Scale and sign">
            <ScaleFields />
          </Disclosure>
        </>
      ) : (
        <p className="empty">Settings appear with the first map.</p>
      )}
    </Panel>
  )
}

function Switches() {
  const visible = useDisplay((display) => display.visible) ?? true
  const outline = useDisplay((display) => display.outline) ?? false
  const fade = useDisplay((display) => display.fade) ?? true
  const change = useChangeDisplay()
  return (
    <>
      <div className="field-pair">
        <SwitchField
          label="Show map"
          checked={visible}
          onChange={(next) => change({ visible: next })}
        />
        <SwitchField
          label="Outline"
          checked={outline}
          help={
            <Info label="About the outline">
              <p>A thin line where the map passes the threshold.</p>
            </Info>
          }
          onChange={(next) => change({ outline: next })}
        />
      </div>
      <SwitchField
        label="Fade below threshold"
        checked={fade}
        help={
          <Info label="About fading">
            <p>
              Weak values grow transparent instead of vanishing, with opacity (value / threshold)².
              Hiding them makes a map look more certain than it is.
            </p>
          </Info>
        }
        onChange={(next) => change({ fade: next })}
      />
    </>
  )
}

function ThresholdFields() {
  const shown = useAppParts(shownRun)
  return shown ? <Threshold shown={shown} /> : null
}

function Threshold({ shown }: { readonly shown: ShownRun }) {
  const change = useChangeDisplay()
  const remember = useRemember()
  const { percentile } = shown.run.display
  const threshold = thresholdOf(shown)
  const isUnknown = shown.measurement === null
  return (
    <>
      <SliderField
        label="Threshold"
        numberLabel="Threshold percentile"
        value={percentile}
        min={0}
        max={100}
        step={0.1}
        reset={99}
        disabled={isUnknown}
        format={(value) => `${Number(value.toFixed(2))} %`}
        valueText={`${formatNumber(percentile, 4)}th percentile, value ${formatNumber(threshold)}`}
        onBegin={remember}
        onChange={(next) => change({ percentile: next }, 'no')}
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
          disabled={isUnknown}
          format={(value) => formatNumber(value)}
          onCommit={(value) => change({ percentile: percentileFor(shown, value) })}
        />
      </div>
    </>
  )
}

function OpacityField() {
  const percent = Math.round(100 * (useDisplay((display) => display.opacity) ?? 0))
  const change = useChangeDisplay()
  const remember = useRemember()
  return (
    <SliderField
      label="Opacity"
      value={percent}
      min={0}
      max={100}
      step={1}
      reset={80}
      format={(value) => `${value} %`}
      valueText={`${percent} %`}
      onBegin={remember}
      onChange={(next) => change({ opacity: next / 100 }, 'no')}
    />
  )
}

function ColourField() {
  const colourMap = useDisplay((display) => display.colourMap) ?? ''
  const isPair = useApp((app) => {
    const shown = shownRun(app)
    return shown?.result.isSigned === true && shown.run.display.sign === 'magnitude'
  })
  const change = useChangeDisplay()
  return (
    <SelectField
      label="Colours"
      inline
      value={colourMapFor(colourMap, isPair)}
      groups={[{ label: null, choices: colourMapChoices(isPair) }]}
      onChange={(next) => change({ colourMap: next })}
    />
  )
}
