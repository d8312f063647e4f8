/** @file What goes into each input of a model with several: a volume, or numbers typed in. */

import type { ModelLayer } from '../../store/data-state.ts'
import type { InputFeed } from '../../store/input-feeds.ts'
import { fedInputs } from '../../store/prepare-inputs.ts'
import { NumberInput } from '../controls/number-input.tsx'
import { SelectField } from '../controls/select-field.tsx'
import { useApp } from '../use-app.ts'

/** Nothing for a model with one input, which the card describes. */
export function FeedFields({ model }: { readonly model: ModelLayer }) {
  const inputs = fedInputs(model)
  if (inputs.length < 2) return null
  return (
    <fieldset className="feed-list" aria-label="Inputs of the model">
      {inputs.map(({ name, feed }, index) => (
        <FeedField key={name} name={name} feed={feed} index={index} model={model} />
      ))}
    </fieldset>
  )
}

function FeedField({
  name,
  feed,
  index,
  model,
}: {
  readonly name: string
  readonly feed: InputFeed
  readonly index: number
  readonly model: ModelLayer
}) {
  const setFeed = useApp((app) => app.setFeed)
  switch (feed.kind) {
    case 'card':
      return (
        <VolumeField
          label={name}
          value={model.card.channels.length > 1 ? null : (model.card.channels[0]?.volume ?? 0)}
          onChange={(volume) => void setFeed(index, { kind: 'volumes', volumes: [volume] })}
        />
      )
    case 'volumes':
      return feed.volumes.map((volume, channel) => (
        <VolumeField
          // biome-ignore lint/suspicious/noArrayIndexKey: a channel is its position
          key={channel}
          label={feed.volumes.length > 1 ? `${name}, channel ${channel + 1}` : name}
          value={volume}
          onChange={(next) =>
            void setFeed(index, { kind: 'volumes', volumes: feed.volumes.with(channel, next) })
          }
        />
      ))
    case 'values':
      return feed.values.map((value, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a number is its position
        <div className="field-row" key={at}>
          <span className="field-label">{feed.values.length > 1 ? `${name} ${at + 1}` : name}</span>
          <NumberInput
            label={feed.values.length > 1 ? `${name}, number ${at + 1}` : name}
            value={value}
            min={-1e9}
            max={1e9}
            step={1}
            onCommit={(next) =>
              void setFeed(index, { kind: 'values', values: feed.values.with(at, next) })
            }
          />
        </div>
      ))
  }
}

/** `value` null = several volumes, as the card says. */
function VolumeField({
  label,
  value,
  onChange,
}: {
  readonly label: string
  readonly value: number | null
  readonly onChange: (volume: number) => void
}) {
  const images = useApp((app) => app.images)
  if (value === null) {
    return (
      <div className="field-row">
        <span className="field-label">{label}</span>
        <span className="faint small">as the card says</span>
      </div>
    )
  }
  const missing =
    value < images.length ? [] : [{ value: String(value), label: `volume ${value + 1}, not open` }]
  return (
    <SelectField
      label={label}
      inline
      value={String(value)}
      groups={[
        {
          label: null,
          choices: [
            ...images.map(({ info }, index) => ({ value: String(index), label: info.name })),
            ...missing,
          ],
        },
      ]}
      onChange={(next) => onChange(Number(next))}
    />
  )
}
