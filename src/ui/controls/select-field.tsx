/** @file A choice from a list, in groups, each with a line of explanation. */

import { ChevronDown } from 'lucide-react'
import { Select } from 'radix-ui'
import { type ReactNode, useId } from 'react'

export interface Choice {
  readonly value: string
  readonly label: string
  readonly note?: string
  readonly disabled?: boolean
}

export interface ChoiceGroup {
  readonly label: string | null
  readonly choices: readonly Choice[]
}

interface SelectFieldProps {
  readonly label: string
  readonly value: string
  readonly groups: readonly ChoiceGroup[]
  readonly disabled?: boolean
  /** Beside the label: an (i), "default". */
  readonly aside?: ReactNode
  readonly placeholder?: string
  readonly inline?: boolean
  readonly onChange: (value: string) => void
}

export function SelectField({
  label,
  value,
  groups,
  disabled = false,
  aside,
  placeholder = '',
  inline = false,
  onChange,
}: SelectFieldProps) {
  const id = useId()
  const current = groups.flatMap(({ choices }) => choices).find((choice) => choice.value === value)
  return (
    <div className={inline ? 'field-row' : 'field'}>
      <span className="field-label">
        <span id={`${id}-label`}>{label}</span>
        {aside}
      </span>
      <Select.Root value={value} disabled={disabled} onValueChange={onChange}>
        <Select.Trigger
          id={`${id}-value`}
          className="select-trigger"
          style={inline ? { width: 'auto', maxWidth: '72%' } : undefined}
          aria-labelledby={`${id}-label ${id}-value`}
        >
          <Select.Value placeholder={placeholder}>{current?.label ?? placeholder}</Select.Value>
          <Select.Icon asChild>
            <ChevronDown size={14} aria-hidden />
          </Select.Icon>
        </Select.Trigger>
        <Select.Portal>
          <Select.Content className="menu" position="popper" sideOffset={4} collisionPadding={8}>
            <Select.Viewport>
              {groups.map((group, index) => (
                <Select.Group key={group.label ?? index}>
                  {group.label ? (
                    <Select.Label className="menu-label">{group.label}</Select.Label>
                  ) : null}
                  {group.choices.map((choice) => (
                    <Select.Item
                      key={choice.value}
                      className="menu-item"
                      value={choice.value}
                      disabled={choice.disabled ?? false}
                      textValue={choice.label}
                      // The name is all that is visible, the note too.
                      aria-labelledby={undefined}
                    >
                      <Select.ItemText>{choice.label}</Select.ItemText>
                      {choice.note ? <span className="menu-note">{choice.note}</span> : null}
                    </Select.Item>
                  ))}
                </Select.Group>
              ))}
            </Select.Viewport>
          </Select.Content>
        </Select.Portal>
      </Select.Root>
    </div>
  )
}
