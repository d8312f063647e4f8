/** @file The model card as a form: what was guessed is said, and everything can be changed. */

import { useState } from 'react'
import type { ModelCard } from '../../core/volume/model-card.ts'
import { type CardDraft, draftOf, readDraft } from '../../store/card-draft.ts'
import type { CardSource, ModelLayer } from '../../store/data-state.ts'
import { describeError } from '../../store/describe-error.ts'
import { Modal } from '../controls/modal.tsx'
import { SelectField } from '../controls/select-field.tsx'
import { TextField } from '../controls/text-field.tsx'
import { saveFile } from '../save-file.ts'
import { useApp } from '../use-app.ts'

const sources: Readonly<Record<CardSource, string>> = {
  edited: 'edited here',
  embedded: 'from the metadata of the model file',
  file: 'from a card file',
  guessed: 'guessed from the shape of the input',
  monai: 'from the metadata of a MONAI bundle',
}

export function CardDialog() {
  const isOpen = useApp((app) => app.dialog === 'card')
  const model = useApp((app) => app.model)
  return isOpen && model ? <CardForm key={model.loaded.sha256} model={model} /> : null
}

function CardForm({ model }: { readonly model: ModelLayer }) {
  const setCard = useApp((app) => app.setCard)
  const openDialog = useApp((app) => app.openDialog)
  const [draft, setDraft] = useState<CardDraft>(() => draftOf(model.card))
  const close = () => openDialog('none')
  const outcome = read(draft, model.card)
  const change = (part: Partial<CardDraft>) => setDraft({ ...draft, ...part })
  const use = () => {
    if (typeof outcome === 'string') return
    close()
    void setCard(outcome)
  }
  const save = () => {
    if (typeof outcome === 'string') return
    const name = `${model.name.replace(/\.onnx$/i, '')}.card.json`
    saveFile(
      name,
      new Blob([`${JSON.stringify(outcome, null, 2)}\n`], { type: 'application/json' }),
    )
  }
  return (
    <Modal
      title="Model card"
      description={`How a volume becomes the input of ${model.name}, and what its output means; ${sources[model.cardSource]}.`}
      width={680}
      open
      onClose={close}
      actions={
        <>
          <button
            type="button"
            className="button"
            disabled={typeof outcome === 'string'}
            onClick={save}
          >
            Save as file
          </button>
          <span className="header-space" />
          <button type="button" className="button" onClick={close}>
            Close
          </button>
          <button
            type="button"
            className="button button-primary"
            disabled={typeof outcome === 'string'}
            onClick={use}
          >
            Use and predict again
          </button>
        </>
      }
    >
      {model.guesses.length > 0 ? (
        <div className="notice" data-tone="caution">
          <span>
            <strong>Not stated anywhere, so guessed:</strong>
            <ul className="steps" style={{ listStyle: 'disc', marginBottom: 0 }}>
              {model.guesses.map((guess) => (
                <li key={guess}>{guess}</li>
              ))}
            </ul>
          </span>
        </div>
      ) : null}
      <div className="card-form">
        <TextField
          label="Orientation"
          help="Where the axes i, j, k point: RAS, LPS, LAS…"
          value={draft.orientation}
          onChange={(orientation) => change({ orientation })}
        />
        <TextField
          label="Layout"
          help="Axes of the tensor, slowest first: NCIJK, NCKJI, NIJKC"
          value={draft.layout}
          onChange={(layout) => change({ layout })}
        />
        <TextField
          label="Shape, voxels"
          help="Along i, j, k; empty keeps the volume’s"
          value={draft.shape}
          onChange={(shape) => change({ shape })}
        />
        <TextField
          label="Spacing, mm"
          help="Along i, j, k; empty keeps the volume’s"
          value={draft.spacing}
          onChange={(spacing) => change({ spacing })}
        />
        <SelectField
          label="How the volume fits the shape"
          value={draft.fit}
          groups={[
            {
              label: null,
              choices: [
                { value: 'crop-or-pad', label: 'crop or pad' },
                { value: 'crop', label: 'crop only' },
                { value: 'pad', label: 'pad only' },
                { value: 'resample', label: 'resample to fill' },
              ],
            },
          ]}
          onChange={(fit) => change({ fit })}
        />
        <TextField
          label="Centred on"
          help="volume, brain, or x, y, z in mm"
          value={draft.centre}
          onChange={(centre) => change({ centre })}
        />
        <SelectField
          label="Normalisation"
          value={draft.intensity}
          groups={[
            {
              label: null,
              choices: [
                { value: 'none', label: 'none' },
                { value: 'z-score', label: 'z-score' },
                { value: 'min-max', label: 'minimum to maximum' },
                { value: 'percentile-clip', label: 'percentile clip' },
                { value: 'window', label: 'fixed window' },
                { value: 'mean-std', label: 'fixed mean and deviation' },
                ...(draft.intensity === 'several'
                  ? [{ value: 'several', label: 'several steps (as in the card)' }]
                  : []),
              ],
            },
          ]}
          onChange={(intensity) => change({ intensity })}
        />
        <SelectField
          label="Statistics over"
          value={draft.scope}
          disabled={draft.intensity === 'none' || draft.intensity === 'several'}
          groups={[
            {
              label: null,
              choices: [
                { value: 'everywhere', label: 'everywhere' },
                { value: 'brain', label: 'inside the brain' },
              ],
            },
          ]}
          onChange={(scope) => change({ scope })}
        />
        {draft.intensity === 'min-max' ||
        draft.intensity === 'percentile-clip' ||
        draft.intensity === 'window' ? (
          <TextField
            label="Target range"
            help="Two numbers"
            value={draft.to}
            onChange={(to) => change({ to })}
          />
        ) : null}
        {draft.intensity === 'percentile-clip' || draft.intensity === 'window' ? (
          <TextField
            label={draft.intensity === 'window' ? 'Low, high (values)' : 'Low, high (percentiles)'}
            help="Two numbers"
            value={draft.range}
            onChange={(range) => change({ range })}
          />
        ) : null}
        {draft.intensity === 'mean-std' ? (
          <TextField
            label="Mean, deviation"
            help="Two numbers"
            value={draft.meanStd}
            onChange={(meanStd) => change({ meanStd })}
          />
        ) : null}
        <TextField
          label="Brain is above"
          help="Voxels over this value are brain"
          value={draft.brainAbove}
          onChange={(brainAbove) => change({ brainAbove })}
        />
        <SelectField
          label="Output"
          value={draft.output}
          groups={[
            {
              label: null,
              choices: [
                { value: 'logits', label: 'class scores (logits)' },
                { value: 'probabilities', label: 'class probabilities' },
                { value: 'regression', label: 'a measured value' },
                { value: 'segmentation', label: 'classes per voxel' },
              ],
            },
          ]}
          onChange={(output) => change({ output })}
        />
        {draft.output === 'regression' ? (
          <TextField label="Unit" value={draft.unit} onChange={(unit) => change({ unit })} />
        ) : null}
        <div className="field-wide">
          <TextField
            label="Class names, in output order"
            help="Separated by commas"
            value={draft.classNames}
            onChange={(classNames) => change({ classNames })}
          />
        </div>
      </div>
      {typeof outcome === 'string' ? (
        <p className="field-error" role="alert" style={{ marginTop: 10 }}>
          {outcome}
        </p>
      ) : null}
    </Modal>
  )
}

/** The card of the draft, or the sentence that says what is wrong with it. */
function read(draft: CardDraft, card: ModelCard): ModelCard | string {
  try {
    return readDraft(draft, card)
  } catch (error) {
    return describeError(error, 'The card').text
  }
}
