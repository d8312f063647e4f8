/** @file Nothing loaded: the cases to start from, and what may be dropped. */

import { FolderOpen } from 'lucide-react'
import { useOpenFiles } from '../open-files-context.ts'
import { useApp } from '../use-app.ts'

export function EmptyStage() {
  const cases = useApp((app) => app.cases)
  const openCase = useApp((app) => app.openCase)
  const openFiles = useOpenFiles()
  return (
    <div className="picture">
      <div className="empty-stage">
        <h2>Open a case, or drop files of your own</h2>
        <p>
          A volume (.nii or .nii.gz), a model (.onnx, with its .card.json if there is one) and, to
          measure against, a truth mask. They stay on this computer.
        </p>
        <button
          type="button"
          className="button"
          style={{ color: 'var(--ink)' }}
          onClick={openFiles}
        >
          <FolderOpen size={15} aria-hidden />
          Open files…
        </button>
        <div className="case-cards">
          {cases.map(({ id, title, summary }) => (
            <button key={id} type="button" className="case-card" onClick={() => void openCase(id)}>
              <strong>{title}</strong>
              <span>{summary}</span>
            </button>
          ))}
        </div>
      </div>
    </div>
  )
}
