/** @file The layer a class activation map is taken from. */

import { useId, useState } from 'react'
import { Info } from '../controls/info.tsx'
import { useApp } from '../use-app.ts'

export function LayerField() {
  const id = useId()
  const layer = useApp((app) => app.layer)
  const setLayer = useApp((app) => app.setLayer)
  const [draft, setDraft] = useState<string | null>(null)
  const commit = () => {
    if (draft !== null) setLayer(draft.trim() === '' ? null : draft.trim())
    setDraft(null)
  }
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        Layer
        <Info label="About Layer">
          <h3>Layer</h3>
          <p>
            The value of the network whose activations are weighted. Left empty: the last one with
            spatial axes before pooling or flattening. Earlier layers are finer and say less about
            the class.
          </p>
        </Info>
      </label>
      <input
        id={id}
        className="input"
        spellCheck={false}
        placeholder="the last with spatial axes"
        value={draft ?? layer ?? ''}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => event.key === 'Enter' && commit()}
      />
    </div>
  )
}
