/** @file What is loaded: image, model, truth; each can be replaced or removed. */

import { Eye, EyeOff, Plus, Trash2 } from 'lucide-react'
import { isConcealed } from '../../store/concealed.ts'
import type { ImageLayer, ModelLayer, TruthLayer } from '../../store/data-state.ts'
import { formatCount, formatDims, formatSpacing } from '../../store/format.ts'
import { modelName } from '../../store/neutral-names.ts'
import { IconButton } from '../controls/icon-button.tsx'
import { NumberInput } from '../controls/number-input.tsx'
import { SelectField } from '../controls/select-field.tsx'
import { Notices } from '../notices.tsx'
import { useOpenFiles } from '../open-files-context.ts'
import { useApp } from '../use-app.ts'
import { FeedFields } from './feed-fields.tsx'
import { Panel } from './panel.tsx'

export function DataPanel() {
  const images = useApp((app) => app.images)
  const model = useApp((app) => app.model)
  const truth = useApp((app) => app.truth)
  const loading = useApp((app) => app.loading)
  const pending = useApp((app) => app.pending.length)
  const isHidden = useApp(isConcealed)
  const openDialog = useApp((app) => app.openDialog)
  const openFiles = useOpenFiles()
  const isEmpty = images.length === 0 && !model && !truth
  return (
    <Panel
      title="Data"
      aside={
        <button type="button" className="button button-quiet" onClick={openFiles}>
          <Plus size={14} aria-hidden />
          Add
        </button>
      }
    >
      {images.map((image, index) => (
        <ImageRow
          key={image.info.id}
          image={image}
          position={images.length > 1 ? index + 1 : null}
        />
      ))}
      {model ? <ModelRow model={model} /> : null}
      {truth && isHidden ? <HiddenTruthRow /> : truth ? <TruthRow truth={truth} /> : null}
      {loading ? (
        <p className="empty" role="status">
          Loading {loading}…
        </p>
      ) : isEmpty ? (
        <p className="empty">
          Drop a volume (.nii, .nii.gz), a model (.onnx) and a truth mask here, or add them.
        </p>
      ) : null}
      {pending > 0 ? (
        <button type="button" className="button button-wide" onClick={() => openDialog('roles')}>
          {pending === 1 ? 'One file waits for its role' : `${pending} files wait for their roles`}
        </button>
      ) : null}
      <Notices place="data" />
    </Panel>
  )
}

function ImageRow({
  image,
  position,
}: {
  readonly image: ImageLayer
  readonly position: number | null
}) {
  const removeImage = useApp((app) => app.removeImage)
  const chooseFrame = useApp((app) => app.chooseFrame)
  const { info } = image
  return (
    <div className="layer-row">
      <span className="layer-kind">{position === null ? 'Image' : `Vol ${position}`}</span>
      <div style={{ minWidth: 0 }}>
        <span className="layer-name two-lines" title={info.name}>
          {info.name}
        </span>
        <span className="layer-facts">
          {formatDims(info.dims)}, {formatSpacing(info.spacingMm)}
        </span>
        {info.frames > 1 ? (
          <span className="field-row small">
            Frame
            <NumberInput
              label={`Frame, of ${info.frames}`}
              value={info.frame + 1}
              min={1}
              max={info.frames}
              integer
              onCommit={(frame) => void chooseFrame(frame - 1)}
            />
            of {info.frames}
          </span>
        ) : null}
      </div>
      <IconButton
        icon={Trash2}
        small
        label={`Remove image ${info.name}`}
        onClick={() => removeImage(info.id)}
      />
    </div>
  )
}

function ModelRow({ model }: { readonly model: ModelLayer }) {
  const removeModel = useApp((app) => app.removeModel)
  const openDialog = useApp((app) => app.openDialog)
  const { guesses } = model
  const name = useApp((app) => modelName(app, model))
  const isHidden = useApp(isConcealed)
  return (
    <div className="layer-row">
      <span className="layer-kind">Model</span>
      <div style={{ minWidth: 0 }}>
        <button
          type="button"
          className="layer-name two-lines"
          title={`${name} (${model.name}): what the model will see`}
          onClick={() => openDialog('model-input')}
        >
          {name}
        </button>
        <span className="layer-facts">
          {formatCount(model.loaded.summary.parameters)} parameters
        </span>
        <span className="small" style={{ display: 'block' }}>
          {isHidden ? null : (
            <button type="button" className="button-link" onClick={() => openDialog('card')}>
              {guesses.length > 0 ? 'Card was guessed: check it' : 'Model card'}
            </button>
          )}{' '}
          <Weights model={model} />
        </span>
      </div>
      <IconButton icon={Trash2} small label={`Remove model ${model.name}`} onClick={removeModel} />
      <FeedFields model={model} />
      {model.loaded.summary.notes.map((note) => (
        <p key={note} className="layer-note">
          {note}
        </p>
      ))}
    </div>
  )
}

/** A sanity check: a map that stays when the weights go was not about the model. */
function Weights({ model: { randomSeed } }: { readonly model: ModelLayer }) {
  const setRandomSeed = useApp((app) => app.setRandomSeed)
  return randomSeed === null ? (
    <button
      type="button"
      className="button-link"
      title="Deals every layer’s weights out anew, to see which maps notice"
      onClick={() => void setRandomSeed(1)}
    >
      Shuffle weights
    </button>
  ) : (
    <>
      <span className="guessed unbroken">weights shuffled</span>{' '}
      <button type="button" className="button-link" onClick={() => void setRandomSeed(null)}>
        Trained weights
      </button>
    </>
  )
}

function HiddenTruthRow() {
  return (
    <div className="layer-row">
      <span className="layer-kind">Truth</span>
      <span className="layer-facts">hidden until it is revealed</span>
    </div>
  )
}

function TruthRow({ truth }: { readonly truth: TruthLayer }) {
  const visible = useApp((app) => app.truthVisible)
  const setVisible = useApp((app) => app.setTruthVisible)
  const removeTruth = useApp((app) => app.removeTruth)
  const chooseLabel = useApp((app) => app.chooseTruthLabel)
  return (
    <div className="layer-row">
      <span className="layer-kind">Truth</span>
      <div style={{ minWidth: 0 }}>
        <span className="layer-name two-lines" title={truth.info.name}>
          {truth.info.name}
        </span>
        <span className="layer-facts">
          {truth.voxels === 0 ? 'empty mask' : `${formatCount(truth.voxels)} voxels`}
        </span>
        {truth.labels.length > 1 ? (
          <SelectField
            label="Label"
            inline
            value={String(truth.label ?? 'all')}
            groups={[
              {
                label: null,
                choices: [
                  { value: 'all', label: 'all labels' },
                  ...truth.labels.map((label) => ({ value: String(label), label: String(label) })),
                ],
              },
            ]}
            onChange={(value) => void chooseLabel(value === 'all' ? null : Number(value))}
          />
        ) : null}
      </div>
      <span className="layer-actions">
        <IconButton
          icon={visible ? Eye : EyeOff}
          small
          label="Show truth outline"
          shortcut="M"
          pressed={visible}
          onClick={() => setVisible(!visible)}
        />
        <IconButton
          icon={Trash2}
          small
          label={`Remove truth ${truth.info.name}`}
          onClick={removeTruth}
        />
      </span>
      {truth.note ? <p className="layer-note">{truth.note}</p> : null}
      {truth.voxels === 0 ? (
        <p className="layer-note">There is nothing in this mask to measure against.</p>
      ) : null}
    </div>
  )
}
