/** @file Nothing loaded: the cases to start from, and what may be dropped. */

import { FolderOpen } from 'lucide-react'
import { CaseGroups } from '../gallery/case-groups.tsx'
import { LessonList } from '../gallery/lesson-list.tsx'
import { useOpenFiles } from '../open-files-context.ts'

export function EmptyStage() {
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
        <LessonList />
        <CaseGroups />
      </div>
    </div>
  )
}
