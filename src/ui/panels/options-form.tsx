/** @file A form made from the method's option table: the decisive ones first, the rest on request. */

import { useId, useState } from 'react'
import { type AnyMethod, needsOf } from '../../core/attribution/method.ts'
import type { OptionDeclaration, OptionValue } from '../../core/options.ts'
import { describeAccepted, parseOptions } from '../../core/parse-options.ts'
import { describeError } from '../../store/describe-error.ts'
import { optionsOf } from '../../store/estimate.ts'
import { Disclosure } from '../controls/disclosure.tsx'
import { Info } from '../controls/info.tsx'
import { NumberInput } from '../controls/number-input.tsx'
import { SelectField } from '../controls/select-field.tsx'
import { SwitchField } from '../controls/switch-field.tsx'
import { useApp, useAppParts } from '../use-app.ts'
import { BaselineField } from './baseline-field.tsx'
import { LayerField } from './layer-field.tsx'

export function OptionsForm({ method }: { readonly method: AnyMethod }) {
  const { options } = method
  const needs = useAppParts((app) => needsOf(method, optionsOf(app)))
  const resetOptions = useApp((app) => app.resetOptions)
  const isChanged = useApp((app) => Object.keys(app.optionsByMethod[method.id] ?? {}).length > 0)
  const entries = Object.entries(options)
  const decisive = entries.filter(([, option]) => option.decisive)
  const others = entries.filter(([, option]) => !option.decisive)
  const hasMore = others.length > 0 || needs.seed
  return (
    <div key={method.id} style={{ marginTop: 9 }}>
      {decisive.map(([name, option]) => (
        <OptionField key={name} method={method} name={name} option={option} />
      ))}
      {needs.layer ? <LayerField /> : null}
      {needs.baseline ? <BaselineField takesRows={needs.baselineRows ?? false} /> : null}
      {hasMore ? (
        <Disclosure label="All options">
          {others.map(([name, option]) => (
            <OptionField key={name} method={method} name={name} option={option} />
          ))}
          {needs.seed ? <SeedField /> : null}
        </Disclosure>
      ) : null}
      {isChanged ? (
        <button
          type="button"
          className="button-link small"
          style={{ marginTop: 6 }}
          onClick={resetOptions}
        >
          Reset to defaults
        </button>
      ) : null}
    </div>
  )
}

interface FieldProps {
  readonly method: AnyMethod
  readonly name: string
  readonly option: OptionDeclaration
}

function OptionField({ method, name, option }: FieldProps) {
  const id = useId()
  const value = useAppParts((app) => optionsOf(app))[name] ?? option.default
  const setOption = useApp((app) => app.setOption)
  const change = (next: OptionValue) => setOption(name, next)
  const about = (
    <Info label={`About ${option.label}`}>
      <h3>{option.label}</h3>
      <p>{option.help}</p>
      <p className="small faint">
        {describeAccepted(option)}; default {showDefault(option)}.
      </p>
    </Info>
  )
  const mark =
    String(value) === String(option.default) ? <span className="default-mark">default</span> : null
  switch (option.kind) {
    case 'boolean':
      return (
        <SwitchField label={option.label} checked={value === true} help={about} onChange={change} />
      )
    case 'choice':
      return (
        <SelectField
          label={option.label}
          inline
          value={String(value)}
          aside={about}
          groups={[
            {
              label: null,
              choices: option.choices.map((choice) => ({
                value: choice,
                label: choice,
                ...(choice === option.default ? { note: 'default' } : {}),
              })),
            },
          ]}
          onChange={change}
        />
      )
    case 'integer':
    case 'number':
      return (
        <div className="field-row">
          <label className="field-label" htmlFor={id}>
            {option.label}
            {about}
          </label>
          {mark}
          <NumberInput
            id={id}
            value={typeof value === 'number' ? value : Number.NaN}
            min={option.min}
            max={option.max}
            integer={option.kind === 'integer'}
            {...(option.kind === 'number' && option.step !== undefined
              ? { step: option.step }
              : {})}
            onCommit={change}
          />
        </div>
      )
    case 'extent':
      return (
        <div className="field-row">
          <label className="field-label" htmlFor={id}>
            {option.label}
            {about}
          </label>
          {mark}
          <ExtentInput id={id} method={method} name={name} value={value} onCommit={change} />
        </div>
      )
  }
}

/** One size for every axis, or one per axis: "16", "8,16,16". */
function ExtentInput({
  id,
  method,
  name,
  value,
  onCommit,
}: {
  readonly id: string
  readonly method: AnyMethod
  readonly name: string
  readonly value: OptionValue
  readonly onCommit: (value: OptionValue) => void
}) {
  const [draft, setDraft] = useState<string | null>(null)
  const text = draft ?? String(value)
  const parsed = parse(method, name, text)
  const commit = () => {
    if (draft !== null && parsed.kind === 'value') onCommit(parsed.value)
    setDraft(null)
  }
  return (
    <input
      id={id}
      className="input input-number"
      value={text}
      aria-invalid={parsed.kind === 'error'}
      title={parsed.kind === 'error' ? parsed.text : undefined}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={commit}
      onKeyDown={(event) => event.key === 'Enter' && commit()}
    />
  )
}

function parse(
  method: AnyMethod,
  name: string,
  text: string,
): { kind: 'error'; text: string } | { kind: 'value'; value: OptionValue } {
  try {
    const value = parseOptions(method.id, method.options, { [name]: text })[name]
    return value === undefined ? { kind: 'error', text: '' } : { kind: 'value', value }
  } catch (error) {
    return { kind: 'error', text: describeError(error, 'The option').text }
  }
}

function showDefault(option: OptionDeclaration): string {
  if (typeof option.default === 'number' && Number.isNaN(option.default)) return 'not given'
  return String(option.default)
}

function SeedField() {
  const id = useId()
  const seed = useApp((app) => app.seed)
  const setSeed = useApp((app) => app.setSeed)
  return (
    <div className="field-row">
      <label className="field-label" htmlFor={id}>
        Seed
        <Info label="About Seed">
          <h3>Seed</h3>
          <p>Every random choice comes from it: the same seed gives the same map.</p>
        </Info>
      </label>
      {seed === 0 ? <span className="default-mark">default</span> : null}
      <NumberInput id={id} value={seed} min={0} max={4294967295} integer onCommit={setSeed} />
    </div>
  )
}
