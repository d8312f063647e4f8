/** @file What is explained: a class, a difference, a region, or anything in the target grammar. */

import { useId, useState } from 'react'
import { parseTarget } from '../../core/attribution/target-grammar.ts'
import { crosshairClass } from '../../store/crosshair-target.ts'
import { describeError } from '../../store/describe-error.ts'
import { labelOfTarget, type TargetGroup } from '../../store/target-choices.ts'
import { Chooser } from '../controls/chooser.tsx'
import { Info } from '../controls/info.tsx'
import { useApp } from '../use-app.ts'
import { useTargetGroups } from '../use-target-groups.ts'
import { regionWords, type TargetWord, targetWords } from './target-words.ts'

const custom = 'custom…'

export function TargetField() {
  const groups = useTargetGroups()
  const target = useApp((app) => app.target)
  const setTarget = useApp((app) => app.setTarget)
  const [wantsText, setWantsText] = useState(false)
  const isReady = groups.length > 0
  const choices = groups.flatMap((group) => group.choices)
  const isText = wantsText || !choices.some(({ spec }) => spec === target)
  return (
    <div style={{ marginTop: 9 }}>
      <Chooser
        label="Target"
        value={isText ? custom : target}
        disabled={!isReady}
        shown={
          isReady ? (isText ? 'in words' : labelOfTarget(target, groups)) : 'needs a prediction'
        }
        searchLabel="Search targets"
        groups={[
          ...groups.map(({ label, choices: listed }) => ({
            label,
            options: listed.map(({ spec, label: name }) => ({ value: spec, label: name })),
          })),
          {
            label: 'Other',
            options: [
              {
                value: custom,
                label: 'In words…',
                keywords: 'internal value output element index sum difference minus probability',
              },
            ],
          },
        ]}
        detail={({ value, label }) => <AboutTarget spec={value} label={label} groups={groups} />}
        free={(text) =>
          errorOf(text) === null ? { value: text, label: text, note: 'as it is written' } : null
        }
        onChange={(value) => {
          setWantsText(value === custom)
          if (value !== custom) setTarget(value)
        }}
      />
      {isText && isReady ? <TargetText key={target} target={target} onChange={setTarget} /> : null}
    </div>
  )
}

function AboutTarget({
  spec,
  label,
  groups,
}: {
  readonly spec: string
  readonly label: string
  readonly groups: readonly TargetGroup[]
}) {
  const choice = groups.flatMap(({ choices }) => choices).find((one) => one.spec === spec)
  if (!choice) return <Grammar />
  return (
    <>
      <h3>{label}</h3>
      <p>{choice.about}</p>
      {crosshairClass(spec) === null ? (
        <p className="small faint">
          On the command line: <code>--target {spec}</code>
        </p>
      ) : null}
    </>
  )
}

function Grammar() {
  return (
    <>
      <h3>In words</h3>
      <p>K and L are classes, counted from 0.</p>
      <WordList words={targetWords} />
      <p>Of a segmentation a class is added up over all voxels, or over some of them:</p>
      <WordList words={regionWords} />
      <p>
        These endings also go behind <code>K-L</code> and the probabilities.
      </p>
      <p>
        <code>NAME:</code> before any of these: another output, or any internal value of the network
        by its exact name.
      </p>
    </>
  )
}

function WordList({ words }: { readonly words: readonly TargetWord[] }) {
  return (
    <ul className="word-list">
      {words.map(({ form, about }) => (
        <li key={form}>
          <code>{form}</code> {about}
        </li>
      ))}
    </ul>
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
          <Grammar />
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
