/** @file A numeric field that takes effect on Enter or on leaving it, and says when it cannot. */

import { useState } from 'react'

interface NumberInputProps {
  readonly id?: string
  readonly label?: string
  readonly value: number
  readonly min: number
  readonly max: number
  readonly integer?: boolean
  readonly step?: number
  readonly disabled?: boolean
  /** Text for the value while it is not being edited. */
  readonly format?: (value: number) => string
  readonly onCommit: (value: number) => void
}

export function NumberInput({
  id,
  label,
  value,
  min,
  max,
  integer = false,
  step,
  disabled = false,
  format = String,
  onCommit,
}: NumberInputProps) {
  const [draft, setDraft] = useState<string | null>(null)
  const parsed = draft === null ? value : readNumber(draft)
  const isGood =
    draft === null ||
    (draft.trim() !== '' &&
      Number.isFinite(parsed) &&
      parsed >= min &&
      parsed <= max &&
      (!integer || Number.isInteger(parsed)))
  const commit = () => {
    if (draft !== null && isGood && parsed !== value) onCommit(parsed)
    setDraft(null)
  }
  const nudge = (direction: number) => {
    const next = (isGood ? parsed : value) + direction * (step ?? (integer ? 1 : (max - min) / 100))
    onCommit(Math.min(max, Math.max(min, Number(next.toPrecision(12)))))
    setDraft(null)
  }
  return (
    <input
      id={id}
      className="input input-number"
      inputMode="decimal"
      aria-label={label}
      aria-invalid={!isGood}
      title={
        isGood ? undefined : `${integer ? 'A whole number' : 'A number'} from ${min} to ${max}`
      }
      disabled={disabled}
      value={draft ?? (Number.isFinite(value) ? format(value) : '')}
      onChange={(event) => setDraft(event.target.value)}
      onFocus={(event) => event.target.select()}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit()
        if (event.key === 'Escape' && draft !== null) {
          event.stopPropagation()
          setDraft(null)
        }
        if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
          event.preventDefault()
          nudge(event.key === 'ArrowUp' ? 1 : -1)
        }
      }}
    />
  )
}

/** As people write it, and as this field shows it: a comma, a true minus sign, a percent sign. */
function readNumber(text: string): number {
  return Number(text.trim().replace(',', '.').replace('−', '-').replace(/\s*%$/, ''))
}
