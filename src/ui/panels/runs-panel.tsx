/** @file The runs: one click shows a finished one at once. */

import { Copy, RotateCw, Trash2, Undo2, X } from 'lucide-react'
import { memo } from 'react'
import { isConcealed } from '../../store/concealed.ts'
import { nameOfRun } from '../../store/describe-map.ts'
import { formatSeconds } from '../../store/format.ts'
import { targetName } from '../../store/neutral-names.ts'
import type { Run } from '../../store/run-state.ts'
import { IconButton } from '../controls/icon-button.tsx'
import { ThumbnailPicture } from '../thumbnail-picture.tsx'
import { useApp } from '../use-app.ts'
import { Panel } from './panel.tsx'

export function RunsPanel() {
  const runs = useApp((app) => app.runs)
  const activeRunId = useApp((app) => app.activeRunId)
  const copyToAll = useApp((app) => app.copyDisplayToAll)
  const undo = useApp((app) => app.undoDisplay)
  const undoDepth = useApp((app) => app.undoDepth)
  const canCopy = runs.length > 1 && activeRunId !== null
  return (
    <Panel
      title="Runs"
      aside={
        <span className="layer-actions">
          <IconButton
            icon={Undo2}
            small
            label="Undo display change"
            shortcut="Ctrl Z"
            disabled={undoDepth === 0}
            onClick={undo}
          />
          <IconButton
            icon={Copy}
            small
            label="Copy this run's display settings to all runs"
            disabled={!canCopy}
            onClick={() => activeRunId !== null && copyToAll(activeRunId)}
          />
        </span>
      }
    >
      {runs.length === 0 ? <p className="empty">Finished maps are kept here.</p> : null}
      <ul aria-label="Runs">
        {runs.toReversed().map((run) => (
          <RunRow
            key={run.id}
            id={run.id}
            request={run.request}
            source={run.source}
            state={run.state}
            colourMap={run.display.colourMap}
            isActive={run.id === activeRunId}
          />
        ))}
      </ul>
    </Panel>
  )
}

interface RunRowProps extends Pick<Run, 'id' | 'request' | 'source' | 'state'> {
  readonly colourMap: string
  readonly isActive: boolean
}

/** Memoised: most display changes, at every frame of a drag, do not concern it. */
const RunRow = memo(function RunRow({
  id,
  request,
  source,
  state,
  colourMap,
  isActive,
}: RunRowProps) {
  const showRun = useApp((app) => app.showRun)
  const deleteRun = useApp((app) => app.deleteRun)
  const cancelRun = useApp((app) => app.cancelRun)
  const retryRun = useApp((app) => app.retryRun)
  const imageId = useApp((app) => app.images[0]?.info.id)
  const isHidden = useApp(isConcealed)
  const isUnfinished = state.kind === 'queued' || state.kind === 'running'
  const name = nameOfRun({ request, source })
  const elsewhere = source.image.info.id === imageId ? null : source.image.info.name
  return (
    <li className="run-row" data-active={isActive} data-state={state.kind}>
      {state.kind === 'done' ? (
        <ThumbnailPicture
          thumbnail={state.result.thumbnail}
          colourMap={colourMap}
          isSigned={state.result.isSigned}
        />
      ) : (
        <span className="thumbnail thumbnail-blank" aria-hidden>
          {state.kind === 'running' ? `${Math.round(100 * (state.progress?.fraction ?? 0))} %` : ''}
        </span>
      )}
      <button
        type="button"
        className="run-open"
        aria-pressed={isActive}
        disabled={state.kind !== 'done'}
        title={name}
        onClick={() => showRun(id)}
      >
        <span className="run-name">{name}</span>
        <RunFacts state={state} source={source} />
        {source.variant ? (
          <span className="run-facts">
            {isHidden ? `model ${source.variant.number}` : source.variant.title}
          </span>
        ) : null}
        {elsewhere ? <span className="run-facts">on {elsewhere}</span> : null}
      </button>
      <span className="run-actions">
        {isUnfinished ? (
          <IconButton icon={X} small label={`Cancel ${name}`} onClick={() => cancelRun(id)} />
        ) : (
          <>
            {state.kind === 'failed' || state.kind === 'cancelled' ? (
              <IconButton
                icon={RotateCw}
                small
                label={`Run ${name} again`}
                onClick={() => void retryRun(id)}
              />
            ) : null}
            <IconButton
              icon={Trash2}
              small
              label={`Delete ${name}`}
              onClick={() => deleteRun(id)}
            />
          </>
        )}
      </span>
    </li>
  )
})

function RunFacts({ state, source }: Pick<Run, 'source' | 'state'>) {
  const isHidden = useApp(isConcealed)
  switch (state.kind) {
    case 'queued':
      return <span className="run-facts">waits for the run before it</span>
    case 'running':
      return <span className="run-facts">{state.progress?.stage ?? 'starting'}</span>
    case 'cancelled':
      return <span className="run-facts">cancelled</span>
    case 'failed':
      return <span className="run-facts run-facts-failed">{state.reason}</span>
    case 'done':
      return (
        <span className="run-facts">
          {formatSeconds(state.result.elapsedMs)},{' '}
          {targetName(isHidden, state.result.targetLabel, source)}
        </span>
      )
  }
}
