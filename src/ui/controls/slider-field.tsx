/** @file A slider with its number: arrow keys, a numeric field and double-click to reset. */

import { Slider } from 'radix-ui'
import { type ReactNode, useId } from 'react'
import { NumberInput } from './number-input.tsx'

interface SliderFieldProps {
  readonly label: string
  /** Name of the numeric field, where the label does not say its unit. */
  readonly numberLabel?: string
  readonly value: number
  readonly min: number
  readonly max: number
  readonly step: number
  readonly reset: number
  readonly disabled?: boolean
  readonly format?: (value: number) => string
  /** What a screen reader says for the value. */
  readonly valueText?: string
  readonly trailing?: ReactNode
  /** While dragging, too: the browser sends pointer moves once per frame. */
  readonly onChange: (value: number) => void
  /** Once, before the first change of a drag or key press: the moment to remember for undo. */
  readonly onBegin?: () => void
}

export function SliderField({
  label,
  numberLabel = `${label}, as a number`,
  value,
  min,
  max,
  step,
  reset,
  disabled = false,
  format,
  valueText,
  trailing,
  onChange,
  onBegin = () => {},
}: SliderFieldProps) {
  const id = useId()
  const jump = (next: number) => {
    onBegin()
    onChange(next)
  }
  return (
    <div className="field-row field-row-slider">
      <span className="field-label" id={id}>
        {label}
      </span>
      <Slider.Root
        className="slider"
        value={[Math.min(max, Math.max(min, value))]}
        min={min}
        max={max}
        step={step}
        disabled={disabled}
        onPointerDown={onBegin}
        onKeyDown={(event) => /^(Arrow|Page|Home|End)/.test(event.key) && onBegin()}
        onValueChange={([next]) => next !== undefined && onChange(next)}
        onDoubleClick={() => jump(reset)}
      >
        <Slider.Track className="slider-track">
          <Slider.Range className="slider-range" />
        </Slider.Track>
        <Slider.Thumb className="slider-thumb" aria-labelledby={id} aria-valuetext={valueText} />
      </Slider.Root>
      <NumberInput
        label={numberLabel}
        value={value}
        min={min}
        max={max}
        step={step}
        disabled={disabled}
        {...(format ? { format } : {})}
        onCommit={jump}
      />
      {trailing}
    </div>
  )
}
