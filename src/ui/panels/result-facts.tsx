/** @file What was explained, on which grid, and whether the parts add up. */

import { findMethod } from '../../core/attribution/methods.ts'
import type { ShownRun } from '../../store/active-run.ts'
import { isConcealed } from '../../store/concealed.ts'
import {
  emDash,
  formatDims,
  formatNumber,
  formatPercent,
  formatSigned,
} from '../../store/format.ts'
import { targetName } from '../../store/neutral-names.ts'
import type { RunResult } from '../../store/run-state.ts'
import { shownSimilarity } from '../../store/similarity-slice.ts'
import { Info } from '../controls/info.tsx'
import { SelectField } from '../controls/select-field.tsx'
import { useApp, useAppParts } from '../use-app.ts'

export function ResultFacts({ shown: { run, result } }: { readonly shown: ShownRun }) {
  const { targetSpec, score, layer, completenessGap } = result
  const target = useApp((app) => targetName(isConcealed(app), result.targetLabel, run.source))
  const { dims } = run.source.image.voxels
  return (
    <>
      <InputChoice runId={run.id} result={result} />
      {result.flaw === null ? null : (
        <Flaw
          text={result.flaw}
          offersOcclusion={
            findMethod(run.request.methodId).needs.gradient && Number.isFinite(score)
          }
        />
      )}
      <dl className="fact-list" aria-label="About this map">
        <dt>Explained</dt>
        <dd title={`Target ${targetSpec}`}>
          {target}, <span className="unbroken">score {formatNumber(score)}</span>
        </dd>
        {layer ? (
          <>
            <dt>Computed on</dt>
            <dd title={`Layer ${layer.name}`}>
              <span className="unbroken">{formatDims(layer.grid)}</span>, shown on{' '}
              <span className="unbroken">{formatDims(dims)}</span>
            </dd>
          </>
        ) : null}
        {completenessGap === null ? null : (
          <>
            <dt>
              {result.gapKind === 'conservation' ? 'Lost on the way' : 'Left over'}
              <Info
                label={
                  result.gapKind === 'conservation' ? 'About Lost on the way' : 'About Left over'
                }
              >
                {result.gapKind === 'conservation' ? <Conservation /> : <Completeness />}
              </Info>
            </dt>
            <dd title={formatSigned(completenessGap)}>{gapInWords(completenessGap, score)}</dd>
          </>
        )}
        <SimilarityRow />
        {result.inputs.map((input) =>
          input.kind === 'values' ? <ValuesRow key={input.name} {...input} /> : null,
        )}
      </dl>
    </>
  )
}

/** It stays with the map, unlike a notice. A finished run announces it. */
function Flaw({
  text,
  offersOcclusion,
}: {
  readonly text: string
  readonly offersOcclusion: boolean
}) {
  const chooseMethod = useApp((app) => app.chooseMethod)
  return (
    <div
      className="notice"
      data-tone="caution"
      role="note"
      aria-label="What is wrong with this map"
    >
      <span>{text}</span>
      {offersOcclusion ? (
        <span className="notice-actions">
          <button type="button" className="button-link" onClick={() => chooseMethod('occlusion')}>
            Use Occlusion
          </button>
        </span>
      ) : null}
    </div>
  )
}

/** The same map of the network with other weights, where it was made. */
function SimilarityRow() {
  const similarity = useAppParts((app) => {
    const found = shownSimilarity(app)
    return found && { rank: found.rank, isRandom: found.partner.source.randomSeed !== null }
  })
  if (similarity === null) return null
  return (
    <>
      <dt>
        Weights
        <Info label="About the comparison of weights">
          <h3>Does the map depend on the model?</h3>
          <p>
            Rank correlation of this map’s magnitude with the map of the same network with{' '}
            {similarity.isRandom ? 'shuffled' : 'trained'} weights, over the voxels of the body: 1
            is the same order, 0 none. A map that stays much the same says little about what was
            learned.
          </p>
          <p className="small">
            <a href="https://arxiv.org/abs/1810.03292" target="_blank" rel="noreferrer">
              Adebayo et al. 2018
            </a>
          </p>
        </Info>
      </dt>
      <dd>
        correlation{' '}
        {similarity.rank === null ? emDash : similarity.rank.toFixed(2).replace('-', '−')} with the
        map of {similarity.isRandom ? 'shuffled' : 'trained'} weights
      </dd>
    </>
  )
}

function Completeness() {
  return (
    <>
      <h3>Completeness gap</h3>
      <p>
        The parts of this map should add up to the score minus the score of the baseline. This is
        what is left over, as a share of the score. Where a method takes steps, more of them make it
        smaller.
      </p>
      <span className="formula">sum of the map − (y(x) − y(baseline))</span>
    </>
  )
}

function Conservation() {
  return (
    <>
      <h3>Relevance conservation</h3>
      <p>
        Relevance is handed from layer to layer, and what arrives at the input should add up to what
        started at the output. This is the difference, as a share of the score: biases and the
        stabiliser epsilon absorb some of it.
      </p>
      <span className="formula">sum of the map − starting relevance</span>
    </>
  )
}

/** "0.7 % of the score"; the gap itself where the score is 0. */
function gapInWords(gap: number, score: number): string {
  if (!Number.isFinite(gap)) return emDash
  return score === 0 ? formatSigned(gap) : `${formatPercent(Math.abs(gap / score))} of the score`
}

function ValuesRow({
  name,
  given,
  values,
}: {
  readonly name: string
  readonly given: readonly number[]
  readonly values: readonly number[] | null
}) {
  return (
    <>
      <dt>
        {name} = {given.map((value) => formatNumber(value)).join(', ')}
      </dt>
      <dd>
        {values === null
          ? 'no part: the method’s maps are of space'
          : values.map((value) => formatSigned(value)).join(', ')}
      </dd>
    </>
  )
}

/** Which input's map is on screen, where several have one. */
function InputChoice({ runId, result }: { readonly runId: string; readonly result: RunResult }) {
  const showRunInput = useApp((app) => app.showRunInput)
  const choices = result.inputs.flatMap(({ kind, name }, index) =>
    kind === 'image' ? [{ value: String(index), label: name }] : [],
  )
  if (choices.length < 2) return null
  return (
    <SelectField
      label="Map of input"
      inline
      value={String(result.shownInput)}
      groups={[{ label: null, choices }]}
      onChange={(value) => void showRunInput(runId, Number(value))}
    />
  )
}
