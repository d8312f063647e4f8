/** @file What "nothing there" looks like to the method: words, or files. */

import { Plus, X } from 'lucide-react'
import { type DragEvent, useRef, useState } from 'react'
import { FILES } from '../../store/make-baseline.ts'
import { IconButton } from '../controls/icon-button.tsx'
import { Info } from '../controls/info.tsx'
import { NumberInput } from '../controls/number-input.tsx'
import { SelectField } from '../controls/select-field.tsx'
import { useApp } from '../use-app.ts'

type Kind = 'blur' | 'constant' | 'files' | 'mean' | 'zeros'

export function BaselineField({ takesRows }: { readonly takesRows: boolean }) {
  const baseline = useApp((app) => app.baseline)
  const setBaseline = useApp((app) => app.setBaseline)
  const [sigma, setSigma] = useState(4)
  const [constant, setConstant] = useState(0)
  const kind = kindOf(baseline)
  const choose = (next: string) => {
    if (next === 'blur') setBaseline(`blur:${sigma}`)
    else setBaseline(next === 'constant' ? String(constant) : next)
  }
  return (
    <>
      <SelectField
        label="Baseline"
        inline
        value={kind}
        aside={
          <Info label="About Baseline">
            <h3>Baseline</h3>
            <p>
              The input that stands for “nothing there”. The map tells how the image differs from
              it, so the choice matters. After z-scoring, zeros are the mean of the brain.
            </p>
            <p>
              A volume as a baseline (another subject, or the same one before) is prepared just as
              the image is; an array (.npy) is taken as the model’s input, as it is.
              {takesRows ? ' This method averages over several.' : ''}
            </p>
          </Info>
        }
        groups={[
          {
            label: null,
            choices: [
              { value: 'zeros', label: 'zeros', note: 'default' },
              { value: 'mean', label: 'mean of the input' },
              { value: 'blur', label: 'blurred input' },
              { value: 'constant', label: 'a number' },
              takesRows
                ? { value: FILES, label: 'files', note: 'several volumes, or the rows of a .npy' }
                : { value: FILES, label: 'a file', note: 'a volume or a .npy' },
            ],
          },
        ]}
        onChange={choose}
      />
      {kind === 'blur' ? (
        <div className="field-row">
          <span className="field-label">Blur, voxels</span>
          <NumberInput
            label="Blur in voxels"
            value={sigma}
            min={0.1}
            max={100}
            step={1}
            onCommit={(next) => {
              setSigma(next)
              setBaseline(`blur:${next}`)
            }}
          />
        </div>
      ) : null}
      {kind === 'constant' ? (
        <div className="field-row">
          <span className="field-label">Value</span>
          <NumberInput
            label="Baseline value"
            value={constant}
            min={-1e6}
            max={1e6}
            step={0.1}
            onCommit={(next) => {
              setConstant(next)
              setBaseline(String(next))
            }}
          />
        </div>
      ) : null}
      {kind === 'files' ? <BaselineFiles takesRows={takesRows} /> : null}
    </>
  )
}

/** A place to drop files on; the page takes every other drop. */
function BaselineFiles({ takesRows }: { readonly takesRows: boolean }) {
  const files = useApp((app) => app.baselineFiles)
  const error = useApp((app) => app.baselineError)
  const add = useApp((app) => app.addBaselineFiles)
  const remove = useApp((app) => app.removeBaselineFile)
  const chooser = useRef<HTMLInputElement>(null)
  const [isOver, setIsOver] = useState(false)
  const rows = files.reduce((sum, file) => sum + file.rows, 0)
  const leave = (event: DragEvent) => {
    if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setIsOver(false)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button inside does the same
    <div
      className="drop-field"
      data-drop="baseline"
      data-over={isOver}
      onDragEnter={() => setIsOver(true)}
      onDragLeave={leave}
      onDrop={(event) => {
        setIsOver(false)
        void add([...event.dataTransfer.files])
      }}
    >
      {files.length > 0 ? (
        <ul className="file-list" aria-label="Baseline files">
          {files.map((file, index) => (
            <li key={file.id}>
              <span className="ellipsis" title={file.name}>
                {file.name}
              </span>
              <span className="faint">{noteOf(file.rows, index, takesRows)}</span>
              <IconButton
                icon={X}
                small
                label={`Remove baseline ${file.name}`}
                onClick={() => remove(file.id)}
              />
            </li>
          ))}
        </ul>
      ) : null}
      <button
        type="button"
        className="button-link"
        style={{ display: 'inline-flex', alignItems: 'center', gap: 4 }}
        onClick={() => chooser.current?.click()}
      >
        <Plus size={13} aria-hidden />
        {takesRows ? 'Add baseline files' : 'Choose a baseline file'}
      </button>
      <span className="faint"> or drop here</span>
      {takesRows && rows > 1 ? (
        <p className="faint" style={{ marginTop: 3 }}>
          Averaged over {rows} baselines.
        </p>
      ) : null}
      {error === null ? null : (
        <p className="field-error" role="alert" style={{ marginTop: 3 }}>
          {error}
        </p>
      )}
      <input
        ref={chooser}
        type="file"
        multiple={takesRows}
        hidden
        aria-label="Baseline files"
        accept=".nii,.gz,.npy"
        onChange={(event) => {
          void add([...(event.target.files ?? [])])
          event.target.value = ''
        }}
      />
    </div>
  )
}

/** A method with one baseline takes the first row of the first file. */
function noteOf(rows: number, index: number, takesRows: boolean): string {
  const count = rows === 1 ? '' : `${rows} rows`
  if (takesRows) return count
  if (index > 0) return 'not used here'
  return rows === 1 ? '' : `${count}, the first is used`
}

function kindOf(baseline: string): Kind {
  if (baseline === 'zeros' || baseline === 'mean' || baseline === FILES) return baseline
  return baseline.startsWith('blur:') ? 'blur' : 'constant'
}
