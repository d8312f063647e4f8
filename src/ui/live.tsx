/** @file Spoken to screen readers: finished runs, errors, and the map on screen in words. */

import { shownRun } from '../store/active-run.ts'
import { isConcealed } from '../store/concealed.ts'
import { describeMap } from '../store/describe-map.ts'
import { useApp } from './use-app.ts'

export function Live() {
  const announcement = useApp((app) => app.announcement)
  const summary = useApp((app) => {
    const shown = shownRun(app)
    return shown ? describeMap(shown, isConcealed(app)) : 'No heat map is shown yet.'
  })
  return (
    <div className="visually-hidden">
      <p role="status" aria-live="polite">
        {announcement}
      </p>
      <section aria-label="The map in words">
        <p>{summary}</p>
      </section>
    </div>
  )
}
