/** @file The method: every one in its family, what each is good at, where it fails, what it costs here. */

import { useMemo } from 'react'
import { findMethod } from '../../core/attribution/methods.ts'
import { costInWords, estimateMs, optionsFor, settingOf } from '../../store/estimate.ts'
import { formatSeconds } from '../../store/format.ts'
import { methodChoices } from '../../store/method-choices.ts'
import { Chooser } from '../controls/chooser.tsx'
import { Info } from '../controls/info.tsx'
import { useApp, useAppParts } from '../use-app.ts'
import { MethodRecord } from './method-record.tsx'

export function MethodField() {
  const methodId = useApp((app) => app.methodId)
  const chooseMethod = useApp((app) => app.chooseMethod)
  const summary = useApp((app) => app.model?.loaded.summary ?? null)
  const description = useApp((app) => app.description)
  const setting = useAppParts(settingOf)
  const optionsByMethod = useApp((app) => app.optionsByMethod)
  const families = useMemo(() => methodChoices(summary, description), [summary, description])
  const timeOf = (id: string) => estimateMs(setting, id, optionsFor(id, optionsByMethod))
  const groups = families.map(({ label, choices }) => ({
    label,
    options: choices.map(({ value, label: name, note, disabled }) => {
      const ms = disabled ? null : timeOf(value)
      return {
        value,
        label: name,
        note,
        disabled,
        ...(ms === null ? {} : { aside: `~${formatSeconds(ms)}` }),
      }
    }),
  }))
  const obstacleOf = (id: string) =>
    families.flatMap(({ choices }) => choices).find(({ value }) => value === id)?.obstacle ?? null
  return (
    <Chooser
      label="Method"
      value={methodId}
      shown={findMethod(methodId).label}
      groups={groups}
      searchLabel="Search methods"
      aside={
        <Info label={`About ${findMethod(methodId).label}`}>
          <AboutMethod methodId={methodId} />
        </Info>
      }
      detail={({ value }) => (
        <AboutMethod
          methodId={value}
          obstacle={obstacleOf(value)}
          cost={costInWords(setting, value, optionsFor(value, optionsByMethod))}
        />
      )}
      onChange={chooseMethod}
    />
  )
}

function AboutMethod({
  methodId,
  obstacle = null,
  cost = null,
}: {
  readonly methodId: string
  readonly obstacle?: string | null
  readonly cost?: string | null
}) {
  const { label, summary, strengths, limits, citation } = findMethod(methodId)
  return (
    <>
      <h3>{label}</h3>
      {obstacle === null ? null : <p className="field-error">{obstacle}</p>}
      <p>{summary}</p>
      <p>
        <strong>Good at.</strong> {strengths}
      </p>
      <p>
        <strong>Known failures.</strong> {limits}
      </p>
      {cost === null || obstacle !== null ? null : (
        <p>
          <strong>Cost here.</strong> {cost}
        </p>
      )}
      <MethodRecord methodId={methodId} />
      <p className="small">
        <a href={citation.url} target="_blank" rel="noreferrer">
          {citation.text}
        </a>
      </p>
    </>
  )
}
