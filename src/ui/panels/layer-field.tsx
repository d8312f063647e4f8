/** @file The layer a class activation map is taken from: those with space, or any other by name. */

import { useMemo } from 'react'
import { type LayerChoice, layerChoices } from '../../store/layer-choices.ts'
import { Chooser } from '../controls/chooser.tsx'
import type { ChooserGroup, ChooserOption } from '../controls/filter-groups.ts'
import { Info } from '../controls/info.tsx'
import { useApp } from '../use-app.ts'

const why = 'the last value with spatial axes before the global pooling'

export function LayerField() {
  const layer = useApp((app) => app.layer)
  const setLayer = useApp((app) => app.setLayer)
  const description = useApp((app) => app.description)
  const isSegmentation = useApp(
    (app) => app.prediction.kind === 'done' && app.prediction.reading.kind === 'segmentation',
  )
  const layers = useMemo(() => layerChoices(description?.layers ?? []), [description])
  const suggested = layers.find((one) => one.suggested)
  const reason = isSegmentation ? 'what the last convolution reads' : why
  const groups: readonly ChooserGroup[] =
    layers.length === 0
      ? []
      : [
          ...(suggested ? [{ label: null, options: [automatic(suggested, reason)] }] : []),
          {
            label: 'Every value with space, from the output inwards',
            options: layers.filter((one) => !one.suggested).map(optionOf),
          },
        ]
  const chosen = layer === null ? suggested : layers.find(({ name }) => name === layer)
  return (
    <>
      <Chooser
        label="Layer"
        value={layer ?? ''}
        shown={chosen ? `${chosen.label} · ${chosen.shape}` : (layer ?? 'suggested by the method')}
        groups={groups}
        searchLabel="Search layers, or give an exact name"
        empty="The layers appear after the prediction. An exact name works too."
        free={(text) => ({
          value: text,
          label: `Use “${text}”`,
          note: 'a value by its exact name',
        })}
        aside={
          <Info label="About Layer">
            <h3>Layer</h3>
            <p>
              The value of the network whose activations are weighted. Suggested is {reason}.
              Earlier layers are finer and say less about the class; the map is computed on the
              layer’s grid and enlarged from there.
            </p>
          </Info>
        }
        onChange={(value) => setLayer(value === '' || value === suggested?.name ? null : value)}
      />
      {chosen?.suggested ? <p className="field-inline-note">Suggested: {reason}.</p> : null}
    </>
  )
}

function automatic(layer: LayerChoice, reason: string): ChooserOption {
  return { ...optionOf(layer), value: '', badge: 'suggested', note: reason, keywords: layer.name }
}

function optionOf({ name, label, shape }: LayerChoice): ChooserOption {
  return { value: name, label, aside: shape, title: name }
}
