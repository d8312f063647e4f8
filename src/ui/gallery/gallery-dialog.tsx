/** @file Every case and every lesson. */

import { Modal } from '../controls/modal.tsx'
import { useApp } from '../use-app.ts'
import { CaseCard } from './case-card.tsx'
import { LessonList } from './lesson-list.tsx'

export function GalleryDialog() {
  const openDialog = useApp((app) => app.openDialog)
  const isOpen = useApp((app) => app.dialog === 'gallery')
  const gallery = useApp((app) => app.gallery)
  const startGuessing = useApp((app) => app.startGuessing)
  const hasTruth = useApp((app) => app.truth !== null)
  const close = () => openDialog('none')
  return (
    <Modal
      title="Gallery"
      description="Models and subjects made so that it is known what the answer depends on. A good map finds it."
      open={isOpen}
      width={860}
      onClose={close}
      actions={
        <button
          type="button"
          className="button"
          disabled={!hasTruth}
          onClick={() => {
            close()
            startGuessing()
          }}
        >
          Guess first: hide the truth
        </button>
      }
    >
      <h3 className="gallery-title">Lessons</h3>
      <LessonList />
      <h3 className="gallery-title">Cases</h3>
      <ul className="case-grid" aria-label="Cases">
        {gallery.map((card) => (
          <CaseCard key={card.id} card={card} onOpen={close} />
        ))}
      </ul>
    </Modal>
  )
}
