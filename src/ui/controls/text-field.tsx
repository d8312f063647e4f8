/** @file A line of text with its label and a line of help. */

import { useId } from 'react'

export function TextField({
  label,
  help,
  value,
  onChange,
}: {
  readonly label: string
  readonly help?: string
  readonly value: string
  readonly onChange: (value: string) => void
}) {
  const id = useId()
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      <input
        id={id}
        className="input"
        spellCheck={false}
        aria-describedby={help === undefined ? undefined : `${id}-help`}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      {help === undefined ? null : (
        <span className="field-help" id={`${id}-help`}>
          {help}
        </span>
      )}
    </div>
  )
}
