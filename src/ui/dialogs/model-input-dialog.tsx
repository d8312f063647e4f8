/** @file What the model will see: the exact tensor after preprocessing. */

import { useMemo, useState } from 'react'
import type { Tensor } from '../../core/tensor/tensor.ts'
import { isConcealed } from '../../store/concealed.ts'
import { formatBytes, formatCount, formatDims, formatNumber } from '../../store/format.ts'
import type { Prepared } from '../../store/prepare-inputs.ts'
import { Modal } from '../controls/modal.tsx'
import { SelectField } from '../controls/select-field.tsx'
import { GreyPicture } from '../grey-picture.tsx'
import { middleSlice } from '../grey-slices.ts'
import { useApp } from '../use-app.ts'

export function ModelInputDialog() {
  const isOpen = useApp((app) => app.dialog === 'model-input' && app.model !== null)
  const model = useApp((app) => app.model)
  const prepared = useApp((app) => app.prepared)
  const prediction = useApp((app) => app.prediction)
  const openDialog = useApp((app) => app.openDialog)
  const isHidden = useApp(isConcealed)
  const [chosen, setChosen] = useState<string | null>(null)
  const images = imagesOf(prepared)
  const input = (images.find(({ name }) => name === chosen) ?? images[0])?.tensor
  return (
    <Modal
      title="What the model will see"
      description={model ? `${model.name}, ${formatBytes(model.byteLength)}` : ''}
      width={720}
      open={isOpen}
      onClose={() => openDialog('none')}
      actions={
        <button
          type="button"
          className="button"
          disabled={isHidden}
          onClick={() => openDialog('card')}
        >
          Edit the model card
        </button>
      }
    >
      {input && prepared && model ? (
        <>
          {images.length > 1 ? (
            <SelectField
              label="Input"
              inline
              value={chosen ?? images[0]?.name ?? ''}
              groups={[
                { label: null, choices: images.map(({ name }) => ({ value: name, label: name })) },
              ]}
              onChange={setChosen}
            />
          ) : null}
          <TensorSlices input={input} layout={model.card.layout} range={rangeOf(input)} />
          <dl className="facts">
            <dt>Tensor</dt>
            <dd>
              {formatDims(input.dims)} ({model.card.layout})
            </dd>
            <dt>Intensities</dt>
            <dd>
              {formatNumber(rangeOf(input)[0])} to {formatNumber(rangeOf(input)[1])}
            </dd>
            <dt>Parameters</dt>
            <dd>{formatCount(model.loaded.summary.parameters)}</dd>
            {prediction.kind === 'done' ? (
              <>
                <dt>Forward run</dt>
                <dd>
                  {Math.round(prediction.elapsedMs)} ms, {formatBytes(prediction.peakBytes)} of
                  activations
                </dd>
              </>
            ) : null}
            <dt>SHA-256</dt>
            <dd className="mono ellipsis" title={model.loaded.sha256}>
              {model.loaded.sha256}
            </dd>
          </dl>
          <h3 style={{ marginTop: 12, fontSize: 13 }}>How it was made</h3>
          <ol className="steps">
            {prepared.steps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
        </>
      ) : (
        <p className="empty">The tensor appears when an image and a model are loaded.</p>
      )}
      {model?.card.description && !isHidden ? (
        <p className="small soft">{model.card.description}</p>
      ) : null}
      {model?.card.citation && !isHidden ? (
        <p className="small faint">{model.card.citation}</p>
      ) : null}
    </Modal>
  )
}

/** The inputs with space, each as the model gets it. */
function imagesOf(prepared: Prepared | null) {
  return (prepared?.parts ?? []).flatMap(({ kind, name }, index) => {
    const tensor = prepared?.inputs[index]
    return kind === 'image' && tensor ? [{ name, tensor }] : []
  })
}

function rangeOf({ data }: Tensor): readonly [number, number] {
  return data.reduce<readonly [number, number]>(
    ([low, high], value) =>
      value < low ? [value, high] : value > high ? [low, value] : [low, high],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  )
}

function TensorSlices({
  input,
  layout,
  range,
}: {
  readonly input: Tensor
  readonly layout: string
  readonly range: readonly [number, number]
}) {
  const views = useMemo(() => viewsOf(input, layout, range), [input, layout, range])
  return (
    <div className="tensor-slices">
      {views.map(({ name, slice }) => (
        <figure key={name}>
          <GreyPicture slice={slice} label={`${name} of the model's input`} />
          <figcaption>{name}</figcaption>
        </figure>
      ))}
    </div>
  )
}

/** The first batch row and channel, as the tensor lies in memory: its last axis runs fastest. */
function viewsOf({ data, dims }: Tensor, layout: string, range: readonly [number, number]) {
  const letters = [...layout]
  const spatial = letters
    .map((letter, axis) => ({ letter, size: dims[axis] ?? 1, stride: strideOf(dims, axis) }))
    .filter(({ letter }) => 'IJK'.includes(letter))
  const at = (wanted: string) => spatial.find(({ letter }) => letter === wanted)
  const [i, j, k] = [at('I'), at('J'), at('K')]
  const size = [i?.size ?? 1, j?.size ?? 1, k?.size ?? 1] as const
  const grid = new Float32Array(size[0] * size[1] * size[2])
  let to = 0
  for (let z = 0; z < size[2]; z++) {
    for (let y = 0; y < size[1]; y++) {
      for (let x = 0; x < size[0]; x++) {
        grid[to++] = data[x * (i?.stride ?? 0) + y * (j?.stride ?? 0) + z * (k?.stride ?? 0)] ?? 0
      }
    }
  }
  const names = ['Middle slice across i', 'Middle slice across j', 'Middle slice across k'] as const
  return ([0, 1, 2] as const)
    .filter((axis) => size.every((length, other) => other === axis || length > 1))
    .map((axis) => ({
      name: names[axis],
      slice: middleSlice({ data: grid, dims: size }, axis, range),
    }))
}

function strideOf(dims: readonly number[], axis: number): number {
  return dims.slice(axis + 1).reduce((product, size) => product * size, 1)
}
