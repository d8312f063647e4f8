/** @file The model card as a form: what was guessed is said, and everything can be changed. */

import { useState } from 'react'
import type { ModelCard } from '../../core/volume/model-card.ts'
import { type CardDraft, draftOf, readDraft } from '../../store/card-draft.ts'
import type { CardSource, ModelLayer } from '../../store/data-state.ts'
import { describeError } from '../../store/describe-error.ts'
import { Modal } from '../controls/modal.tsx'
import { type Choice, SelectField } from '../controls/select-field.tsx'
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

const fits: readonly Choice[] = [
  { value: 'crop-or-pad', label: 'crop or pad' },
  { value: 'crop', label: 'crop only' },
  { value: 'pad', label: 'pad only' },
  { value: 'resample', label: 'resample to fill' },
]

const intensities: readonly Choice[] = [
  { value: 'none', label: 'none' },
  { value: 'z-score', label: 'z-score' },
  { value: 'min-max', label: 'minimum to maximum' },
  { value: 'percentile-clip', label: 'percentile clip' },
  { value: 'window', label: 'fixed window' },
  { value: 'mean-std', label: 'fixed mean and deviation' },
]

const scopes: readonly Choice[] = [
  { value: 'everywhere', label: 'everywhere' },
  { value: 'brain', label: 'inside the brain' },
]

const outputs: readonly Choice[] = [
  { value: 'logits', label: 'class scores (logits)' },
  { value: 'probabilities', label: 'class probabilities' },
  { value: 'regression', label: 'a measured value' },
  { value: 'segmentation', label: 'classes per voxel' },
]

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
  const set = (field: keyof CardDraft) => (value: string) => setDraft({ ...draft, [field]: value })
  const text = (field: keyof CardDraft, label: string, help?: string) => (
    <TextField
      label={label}
      {...(help === undefined ? {} : { help })}
      value={draft[field]}
      onChange={set(field)}
    />
  )
  const choice = (
    field: keyof CardDraft,
    label: string,
    choices: readonly Choice[],
    disabled = false,
  ) => (
    <SelectField
      label={label}
      value={draft[field]}
      disabled={disabled}
      groups={[{ label: null, choices }]}
      onChange={set(field)}
    />
  )
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
        {text('orientation', 'Orientation', 'Where the axes i, j, k point: RAS, LPS, LAS…')}
        {text('layout', 'Layout', 'Axes of the tensor, slowest first: NCIJK, NCKJI, NIJKC')}
        {text('shape', 'Shape, voxels', 'Along i, j, k; empty keeps the volume’s')}
        {text('spacing', 'Spacing, mm', 'Along i, j, k; empty keeps the volume’s')}
        {choice('fit', 'How the volume fits the shape', fits)}
        {text('centre', 'Centred on', 'volume, brain, or x, y, z in mm')}
        {choice('intensity', 'Normalisation', [
          ...intensities,
          ...(draft.intensity === 'several'
            ? [{ value: 'several', label: 'several steps (as in the card)' }]
            : []),
        ])}
        {choice(
          'scope',
          'Statistics over',
          scopes,
          draft.intensity === 'none' || draft.intensity === 'several',
        )}
        {['min-max', 'percentile-clip', 'window'].includes(draft.intensity)
          ? text('to', 'Target range', 'Two numbers')
          : null}
        {draft.intensity === 'percentile-clip'
          ? text('range', 'Low, high (percentiles)', 'Two numbers')
          : null}
        {draft.intensity === 'window' ? text('range', 'Low, high (values)', 'Two numbers') : null}
        {draft.intensity === 'mean-std' ? text('meanStd', 'Mean, deviation', 'Two numbers') : null}
        {text('brainAbove', 'Brain is above', 'Voxels over this value are brain')}
        {choice('output', 'Output', outputs)}
        {draft.output === 'regression' ? text('unit', 'Unit') : null}
        <div className="field-wide">
          {text('classNames', 'Class names, in output order', 'Separated by commas')}
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
