/** @file Hidden-truth mode: guess where the evidence is, then see the mask. */

import { distanceToMaskMm } from '../core/volume/mask-distance.ts'
import { shownImage } from './active-run.ts'
import type { AppState, Slice } from './app-state.ts'
import { formatMm, formatNumber } from './format.ts'
import { canGuess, isGuessable } from './guessable.ts'
import { openEntry } from './open-entry.ts'
import { toMm } from './read-point.ts'

export interface Guess {
  readonly mm: readonly [number, number, number]
  /** On the grid of the image. */
  readonly voxel: readonly [number, number, number]
  /** To the nearest voxel of the truth, 0 inside; null until it is revealed. */
  readonly distanceMm: number | null
}

export interface GuessSlice {
  /** null = the mode is off. */
  readonly guessing: { readonly guesses: readonly Guess[]; readonly isRevealed: boolean } | null
  /** Hides the truth, and every number and name that tells it; nothing happens where there is none. */
  startGuessing(): void
  /** Opens a case other than the one on screen, hidden, no control; `chance`: 0 to 1, which one. */
  drawCase(chance: number): Promise<void>
  /** Marks the crosshair's place; the same place twice counts once. */
  addGuess(): void
  removeGuess(index: number): void
  /** Shows the truth, the scores, and how far each guess was. */
  reveal(): void
  stopGuessing(): void
  /** Another image: the guesses of the one before go, and its truth is hidden again. */
  forgetGuesses(): void
}

export const createGuessSlice = (): Slice<GuessSlice> => (set, get) => ({
  guessing: null,
  startGuessing() {
    if (canGuess(get())) hide(set, get)
  },
  async drawCase(chance) {
    const { cases, gallery } = get()
    const open = openEntry(get())?.caseId
    const firsts = gallery.filter(isGuessable).flatMap(({ subjects }) => subjects[0]?.id ?? [])
    const offered = cases.filter(
      ({ id, caseId, truth }) => firsts.includes(id) && caseId !== open && truth !== null,
    )
    const drawn = offered[Math.min(offered.length - 1, Math.floor(chance * offered.length))]
    if (!drawn) return
    hide(set, get)
    await get().openCase(drawn.id)
  },
  addGuess() {
    const { guessing, crosshairVoxel } = get()
    const image = shownImage(get())
    if (!guessing || guessing.isRevealed || !crosshairVoxel || !image) return
    if (image !== get().images[0]) return
    const key = crosshairVoxel.join(' ')
    if (guessing.guesses.some(({ voxel }) => voxel.join(' ') === key)) return
    const mm = toMm(image.voxels.affine, crosshairVoxel)
    const guesses = [...guessing.guesses, { mm, voxel: crosshairVoxel, distanceMm: null }]
    set({ guessing: { ...guessing, guesses } })
    const [x, y, z] = mm.map(formatMm)
    get().announce(`Guess ${guesses.length} marked at x ${x}, y ${y}, z ${z} mm.`)
  },
  removeGuess(index) {
    const { guessing } = get()
    if (!guessing || guessing.isRevealed) return
    set({ guessing: { ...guessing, guesses: guessing.guesses.toSpliced(index, 1) } })
  },
  reveal() {
    const { guessing, truth, images } = get()
    const [image] = images
    if (!guessing || guessing.isRevealed || !truth || !image) return
    const { dims, affine } = image.voxels
    const guesses = guessing.guesses.map((guess) => ({
      ...guess,
      distanceMm: distanceToMaskMm(guess.voxel, truth.mask, dims, affine),
    }))
    set({ guessing: { guesses, isRevealed: true }, truthVisible: true })
    get().announce(`The truth is shown. ${guessesInWords(guesses)}`)
  },
  stopGuessing() {
    if (!get().guessing) return
    set({ guessing: null, truthVisible: true })
    get().announce('The truth is shown.')
  },
  forgetGuesses() {
    if (get().guessing) set({ guessing: { guesses: [], isRevealed: false } })
  },
})

function hide(set: (part: Partial<AppState>) => void, get: () => AppState): void {
  get().leaveLesson()
  // What stands there may name the case.
  get().clearNotices('data')
  const loading = get().loading === null ? null : 'the case'
  set({ guessing: { guesses: [], isRevealed: false }, loading })
  get().announce('The truth is hidden. Move the crosshair and press Enter to mark a guess.')
}

/** "2 of 3 guesses hit the truth; the nearest of the others is 7.2 mm away." */
export function guessesInWords(guesses: readonly Guess[]): string {
  const distances = guesses.flatMap(({ distanceMm }) => (distanceMm === null ? [] : [distanceMm]))
  if (guesses.length === 0) return 'There were no guesses.'
  if (distances.length === 0) return 'The mask is empty, so no guess can hit it.'
  const hits = distances.filter((distance) => distance === 0).length
  const missed = distances.filter((distance) => distance > 0)
  const near = `${formatNumber(Math.min(...missed), 2)} mm from the truth`
  if (guesses.length === 1)
    return hits === 1 ? 'The guess hits the truth.' : `The guess is ${near}.`
  const score = `${hits} of ${guesses.length} guesses hit the truth`
  return missed.length === 0 ? `${score}.` : `${score}; the nearest miss is ${near}.`
}
