/** @file What "nothing there" looks like to the method. */

import { useState } from 'react'
import { Info } from '../controls/info.tsx'
import { NumberInput } from '../controls/number-input.tsx'
import { SelectField } from '../controls/select-field.tsx'
import { useApp } from '../use-app.ts'

type Kind = 'blur' | 'constant' | 'mean' | 'zeros'

export function BaselineField() {
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
    </>
  )
}

function kindOf(baseline: string): Kind {
  if (baseline === 'zeros' || baseline === 'mean') return baseline
  return baseline.startsWith('blur:') ? 'blur' : 'constant'
}
