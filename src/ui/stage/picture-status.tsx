/** @file A quiet line over the picture: what is loading, running, or wrong. */

import { findMethod } from '../../core/attribution/methods.ts'
import { shownRun } from '../../store/active-run.ts'
import { formatSeconds } from '../../store/format.ts'
import { useApp } from '../use-app.ts'

export function PictureStatus() {
  const text = useApp((app) => {
    if (app.pictureError) return app.pictureError
    if (app.loading) return `Loading ${app.loading}…`
    if (app.prediction.kind === 'running') return 'The model is running…'
    // With a map on screen, the list of runs and the run box tell enough.
    if (shownRun(app)) return null
    const running = app.runs.find(({ state }) => state.kind === 'running')
    if (running?.state.kind !== 'running') return null
    const { progress } = running.state
    const left =
      progress?.remainingMs == null ? '' : `, about ${formatSeconds(progress.remainingMs)} left`
    return `${findMethod(running.request.methodId).label}: ${progress?.stage ?? 'starting'}${left}`
  })
  return text === null ? null : <div className="picture-status">{text}</div>
}
