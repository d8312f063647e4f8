/** @file What the next run will be: method, target, options; and the button that starts it. */

import { useMemo } from 'react'
import { findMethod } from '../../core/attribution/methods.ts'
import { methodChoices } from '../../store/method-choices.ts'
import { Notices } from '../notices.tsx'
import { useApp } from '../use-app.ts'
import { MethodField } from './method-field.tsx'
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
  const description = useApp((app) => app.description)
  const blocked = useMemo(
    () =>
      methodChoices(summary, description)
        .flatMap(({ choices }) => choices)
        .find(({ value, disabled }) => value === methodId && disabled),
    [summary, description, methodId],
  )
  const method = findMethod(methodId)
  return (
    <Panel title="Explain">
      <MethodField />
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
