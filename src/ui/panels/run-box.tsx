/** @file The Run button with its estimate, and the progress of what runs. */

import { nameOfRun } from '../../store/describe-map.ts'
import { estimateMs, optionsOf, problemOf } from '../../store/estimate.ts'
import { formatBytes, formatSeconds } from '../../store/format.ts'
import { useApp } from '../use-app.ts'

export function RunBox({ isBlocked }: { readonly isBlocked: boolean }) {
  const startRun = useApp((app) => app.startRun)
  const isReady = useApp((app) => app.prepared !== null && app.prediction.kind === 'done')
  const expected = useApp((app) => estimateMs(app, app.methodId, optionsOf(app)))
  const memory = useApp((app) => (app.memory?.methodId === app.methodId ? app.memory : null))
  const isBusy = useApp((app) => app.runs.some(({ state }) => state.kind === 'running'))
  const problem = useApp(problemOf)
  const isTooBig = memory !== null && memory.peakBytes > memory.limitBytes
  return (
    <div className="run-box">
      <button
        type="button"
        className="button button-primary button-wide"
        disabled={!isReady || isBlocked || problem !== null}
        onClick={() => void startRun()}
      >
        {isBusy ? 'Run next' : 'Run'}
        {expected === null ? null : <span>~{formatSeconds(expected)}</span>}
      </button>
      {problem === null || isBlocked ? null : (
        <p className="field-error" role="status" style={{ marginTop: 4 }}>
          {problem}
        </p>
      )}
      {isTooBig ? (
        <p className="field-error" style={{ marginTop: 4 }}>
          This needs about {formatBytes(memory.peakBytes)} of memory; about{' '}
          {formatBytes(memory.limitBytes)} is there. Occlusion, or a smaller input shape in the
          model card, needs less.
        </p>
      ) : null}
      <RunProgress />
    </div>
  )
}

function RunProgress() {
  const running = useApp((app) => app.runs.find(({ state }) => state.kind === 'running') ?? null)
  const cancelRun = useApp((app) => app.cancelRun)
  const waiting = useApp((app) => app.runs.filter(({ state }) => state.kind === 'queued').length)
  if (running?.state.kind !== 'running') return null
  const { progress } = running.state
  const fraction = progress?.fraction ?? 0
  return (
    <div className="run-progress">
      <div className="run-progress-line">
        <span className="ellipsis">{nameOfRun(running)}</span>
        <button type="button" className="button-link" onClick={() => cancelRun(running.id)}>
          Cancel
        </button>
      </div>
      <div
        className="progress"
        role="progressbar"
        aria-label={`Progress of ${nameOfRun(running)}`}
        aria-valuenow={Math.round(100 * fraction)}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuetext={progress?.stage ?? 'starting'}
        data-indeterminate={fraction === 0}
      >
        <div style={fraction === 0 ? undefined : { width: `${100 * fraction}%` }} />
      </div>
      <div className="run-progress-line faint">
        <span>{progress?.stage ?? 'starting'}</span>
        <span>
          {progress?.remainingMs == null ? '' : `about ${formatSeconds(progress.remainingMs)} left`}
        </span>
      </div>
      {waiting > 0 ? (
        <span className="faint">
          {waiting === 1 ? 'One run waits' : `${waiting} runs wait`} after this one
        </span>
      ) : null}
    </div>
  )
}
