/** @file Every case and every lesson. */

import { EyeOff, Shuffle } from 'lucide-react'
import { canGuess } from '../../store/guessable.ts'
import { Modal } from '../controls/modal.tsx'
import { useApp } from '../use-app.ts'
import { CaseGroups } from './case-groups.tsx'
import { LessonList } from './lesson-list.tsx'

export function GalleryDialog() {
  const openDialog = useApp((app) => app.openDialog)
  const isOpen = useApp((app) => app.dialog === 'gallery')
  const startGuessing = useApp((app) => app.startGuessing)
  const drawCase = useApp((app) => app.drawCase)
  const isPossible = useApp(canGuess)
  const hasCases = useApp((app) => app.gallery.length > 0)
  const close = () => openDialog('none')
  return (
    <Modal
      title="Gallery"
      description="Models and subjects made so that it is known what the answer depends on. A good map finds it."
      open={isOpen}
      width={980}
      onClose={close}
      actions={
        <>
          <button
            type="button"
            className="button"
            disabled={!isPossible}
            onClick={() => {
              close()
              startGuessing()
            }}
          >
            <EyeOff size={15} aria-hidden />
            Guess first: hide the truth
          </button>
          <button
            type="button"
            className="button"
            disabled={!hasCases}
            onClick={() => {
              close()
              void drawCase(Math.random())
            }}
          >
            <Shuffle size={15} aria-hidden />
            Draw a hidden case
          </button>
        </>
      }
    >
      <LessonList />
      <CaseGroups onOpen={close} />
    </Modal>
  )
}
