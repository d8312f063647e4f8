/** @file One of a few, side by side. */

import { ToggleGroup } from 'radix-ui'
import { Tip } from './tip.tsx'

export interface Segment<Value extends string> {
  readonly value: Value
  readonly label: string
  /** Full name, where the label is a letter. */
  readonly name?: string
}

export function Segmented<Value extends string>({
  label,
  value,
  choices,
  onChange,
}: {
  readonly label: string
  readonly value: Value
  readonly choices: readonly Segment<Value>[]
  readonly onChange: (value: Value) => void
}) {
  return (
    <ToggleGroup.Root
      className="segmented"
      type="single"
      aria-label={label}
      value={value}
      onValueChange={(next) => {
        const choice = choices.find((one) => one.value === next)
        if (choice) onChange(choice.value)
      }}
    >
      {choices.map((choice) => {
        const item = (
          <ToggleGroup.Item
            key={choice.value}
            value={choice.value}
            aria-label={choice.name ?? choice.label}
          >
            {choice.label}
          </ToggleGroup.Item>
        )
        return choice.name === undefined ? (
          item
        ) : (
          <Tip key={choice.value} text={choice.name}>
            {item}
          </Tip>
        )
      })}
    </ToggleGroup.Root>
  )
}
