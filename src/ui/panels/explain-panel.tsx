/** @file What the next run will be: method, target, options; and the button that starts it. */

import { useMemo } from 'react'
import { findMethod } from '../../core/attribution/methods.ts'
import { methodChoices } from '../../store/method-choices.ts'
import { Info } from '../controls/info.tsx'
import { SelectField } from '../controls/select-field.tsx'
import { Notices } from '../notices.tsx'
import { useApp } from '../use-app.ts'
import { OptionsForm } from './options-form.tsx'
import { Panel } from './panel.tsx'
import { RunBox } from './run-box.tsx'
import { TargetField } from './target-field.tsx'

/** Needs forward runs only. */
const alwaysPossible = 'occlusion'

export function ExplainPanel() {
  const methodId = useApp((app) => app.methodId)
  const chooseMethod = useApp((app) => app.chooseMethod)
  const summary = useApp((app) => app.model?.loaded.summary ?? null)
  const groups = useMemo(() => methodChoices(summary), [summary])
  const method = findMethod(methodId)
  const blocked = groups
    .flatMap(({ choices }) => choices)
    .find(({ value, disabled }) => value === methodId && disabled)
  return (
    <Panel title="Explain">
      <SelectField
        label="Method"
        value={methodId}
        groups={groups}
        aside={<AboutMethod methodId={methodId} />}
        onChange={chooseMethod}
      />
      <p className="field-help" style={{ marginTop: 3 }}>
        {blocked?.obstacle ?? method.summary}
      </p>
      {blocked ? (
        <button
          type="button"
          className="button-link small"
          onClick={() => chooseMethod(alwaysPossible)}
        >
          Use {findMethod(alwaysPossible).label}
        </button>
      ) : null}
      <TargetField />
      <OptionsForm method={method} />
      <RunBox isBlocked={blocked !== undefined} />
      <Notices place="run" />
    </Panel>
  )
}

function AboutMethod({ methodId }: { readonly methodId: string }) {
  const { label, summary, limits, citation } = findMethod(methodId)
  return (
    <Info label={`About ${label}`}>
      <h3>{label}</h3>
      <p>{summary}</p>
      <p>
        <strong>What it cannot tell you.</strong> {limits}
      </p>
      <p className="small">
        <a href={citation.url} target="_blank" rel="noreferrer">
          {citation.text}
        </a>
      </p>
    </Info>
  )
}
