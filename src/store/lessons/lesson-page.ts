/** @file Carries out what a lesson's step asks for, with the page's own actions. */

import { findMethod } from '../../core/attribution/methods.ts'
import { Failure } from '../../core/failure.ts'
import { centreOfMask } from '../../core/volume/mask-distance.ts'
import { peakOf, shownRun } from '../active-run.ts'
import type { AppState } from '../app-state.ts'
import type { CaseSubject } from '../case-files.ts'
import { optionsOf } from '../estimate.ts'
import { toMm } from '../read-point.ts'
import type { Run } from '../run-state.ts'
import type { LessonPage } from './lesson.ts'

/** What `open` can open. */
export interface LessonSubjects {
  readonly subject: CaseSubject
  readonly twin: CaseSubject | null
  readonly 'other-model': CaseSubject | null
}

/** `signal` = the step was left; what it started is cancelled, and every action rejects. */
export function createLessonPage(
  get: () => AppState,
  subjects: LessonSubjects,
  signal: AbortSignal,
): LessonPage {
  let wanted = subjects.subject

  const isOpen = () => {
    const { caseId, images, model, isOpening, prediction } = get()
    const isThere = caseId === wanted.id && images.length === 1 && model !== null
    return isThere && !isOpening && prediction.kind === 'done'
  }

  /** A finished run that is what this one would be. */
  const findSame = (methodId: string): Run | undefined => {
    const app = get()
    const options = JSON.stringify(Object.entries(optionsOf(app)).toSorted())
    return app.runs.findLast(
      ({ request, source, state }) =>
        state.kind === 'done' &&
        request.methodId === methodId &&
        request.target === app.target &&
        JSON.stringify(Object.entries(request.options).toSorted()) === options &&
        source.image === app.images[0] &&
        source.modelSha256 === app.model?.loaded.sha256,
    )
  }

  return {
    async open(which = 'subject') {
      signal.throwIfAborted()
      const found = subjects[which]
      if (found === null) {
        const missing = which === 'twin' ? 'twin without the signal' : 'second model'
        throw new Failure('bad-request', `This case has no ${missing}.`)
      }
      wanted = found
      if (!isOpen()) await get().openCase(wanted.id)
      signal.throwIfAborted()
      if (!isOpen()) throw new Failure('bad-request', `${wanted.title} could not be opened.`)
      get().setTarget(wanted.target ?? 'argmax')
      get().setLayer(null)
      get().setBaseline('zeros')
    },

    async weights(seed) {
      signal.throwIfAborted()
      await get().setRandomSeed(seed)
      signal.throwIfAborted()
      if (get().model?.randomSeed !== seed || get().prediction.kind !== 'done') {
        throw new Failure('bad-request', 'The weights could not be exchanged.')
      }
    },

    async map(methodId, options = {}) {
      signal.throwIfAborted()
      get().chooseMethod(methodId)
      get().resetOptions()
      for (const [name, value] of Object.entries(options)) get().setOption(name, value)
      const same = findSame(methodId)
      if (same) get().showRun(same.id)
      else await runNew(get, signal)
      const shown = shownRun(get())
      if (shown?.run.request.methodId !== methodId) {
        throw new Failure('bad-request', `${findMethod(methodId).label} gave no map.`)
      }
      if (shown.measurement === null) await get().measureRun(shown.run.id)
      await get().compareWithPartner(shown.run.id)
      signal.throwIfAborted()
    },

    show(display) {
      const shown = shownRun(get())
      if (shown) get().changeDisplay(shown.run.id, display)
    },

    truth: (visible) => get().setTruthVisible(visible),

    lookAt(place) {
      const { truth, images } = get()
      const [image] = images
      const shown = shownRun(get())
      if (!image) return
      const voxel =
        place === 'maximum'
          ? shown && peakOf(shown)
          : truth && centreOfMask(truth.mask, image.voxels.dims)
      if (voxel) get().setCrosshair(toMm(image.voxels.affine, voxel))
    },
  }
}

/** Runs what is chosen and shows it; ends the run where the step is left. */
async function runNew(get: () => AppState, signal: AbortSignal): Promise<void> {
  const finished = get().startRun()
  const id = get().runs.at(-1)?.id
  const cancel = () => id !== undefined && get().cancelRun(id)
  signal.addEventListener('abort', cancel, { once: true })
  await finished
  signal.removeEventListener('abort', cancel)
  signal.throwIfAborted()
  const run = get().runs.find((one) => one.id === id)
  if (run?.state.kind === 'failed') throw new Failure('bad-request', run.state.reason)
  if (run?.state.kind === 'cancelled') throw new Failure('cancelled', 'The run was cancelled.')
  if (run) get().showRun(run.id)
}
