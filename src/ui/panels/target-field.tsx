/** @file What is explained: a class, a difference, a region, or anything in the target grammar. */

import { useId, useState } from 'react'
import { parseTarget } from '../../core/attribution/target-grammar.ts'
import { describeError } from '../../store/describe-error.ts'
import { targetGroups } from '../../store/target-choices.ts'
import { Info } from '../controls/info.tsx'
import { SelectField } from '../controls/select-field.tsx'
import { useApp } from '../use-app.ts'

const custom = 'custom…'

export function TargetField() {
  const reading = useApp((app) => (app.prediction.kind === 'done' ? app.prediction.reading : null))
  const hasTruth = useApp((app) => app.truth !== null)
  const target = useApp((app) => app.target)
  const setTarget = useApp((app) => app.setTarget)
  const [wantsText, setWantsText] = useState(false)
  const groups = reading ? targetGroups(reading, hasTruth) : []
  const isListed = groups.some(({ choices }) => choices.some(({ spec }) => spec === target))
  const isText = wantsText || !isListed
  return (
    <div style={{ marginTop: 9 }}>
      <SelectField
        label="Target"
        value={isText ? custom : target}
        disabled={!reading}
        placeholder={reading ? '' : 'needs a prediction'}
        groups={[
          ...groups.map(({ label, choices }) => ({
            label,
            choices: choices.map(({ spec, label: words }) => ({ value: spec, label: words })),
          })),
          ...(reading
            ? [{ label: 'Other', choices: [{ value: custom, label: 'In words…' }] }]
            : []),
        ]}
        onChange={(value) => {
          setWantsText(value === custom)
          if (value !== custom) setTarget(value)
        }}
      />
      {isText && reading ? <TargetText target={target} onChange={setTarget} /> : null}
    </div>
  )
}

function TargetText({
  target,
  onChange,
}: {
  readonly target: string
  readonly onChange: (target: string) => void
}) {
  const id = useId()
  const [draft, setDraft] = useState(target)
  const error = errorOf(draft)
  const commit = () => error === null && onChange(draft)
  return (
    <div style={{ marginTop: 4 }}>
      <label className="field-label" htmlFor={id}>
        Target in words
        <Info label="About target words">
          <p>
            <code>argmax</code> the predicted class, <code>sum</code> of the output, <code>K</code>{' '}
            a class, <code>K-L</code> a difference, <code>i,j,…</code> one element,{' '}
            <code>K@predicted</code> and <code>K@mask</code> a region of a segmentation,{' '}
            <code>NAME:</code> before any of these another output or inner value.
          </p>
        </Info>
      </label>
      <input
        id={id}
        className="input"
        style={{ width: '100%' }}
        spellCheck={false}
        aria-invalid={error !== null}
        value={draft}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => event.key === 'Enter' && commit()}
      />
      {error === null ? null : <p className="field-error">{error}</p>}
    </div>
  )
}

function errorOf(draft: string): string | null {
  try {
    parseTarget(draft)
    return null
  } catch (error) {
    return describeError(error, 'The target').text
  }
}
