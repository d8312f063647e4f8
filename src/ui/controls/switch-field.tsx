/** @file An on/off setting with its label. */

import { Switch } from 'radix-ui'
import { type ReactNode, useId } from 'react'

export function SwitchField({
  label,
  checked,
  disabled = false,
  help,
  onChange,
}: {
  readonly label: string
  readonly checked: boolean
  readonly disabled?: boolean
  readonly help?: ReactNode
  readonly onChange: (checked: boolean) => void
}) {
  const id = useId()
  return (
    <div className="field-row">
      <label className="field-label" htmlFor={id}>
        {label}
        {help}
      </label>
      <Switch.Root
        id={id}
        className="switch"
        checked={checked}
        disabled={disabled}
        onCheckedChange={onChange}
      >
        <Switch.Thumb className="switch-thumb" />
      </Switch.Root>
    </div>
  )
}
