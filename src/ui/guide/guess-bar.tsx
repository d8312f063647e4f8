/** @file Hidden-truth mode: the guesses, and the button that shows how good they were. */

import { Eye, MapPin, X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { formatMm, formatNumber } from '../../store/format.ts'
import { type Guess, guessesInWords } from '../../store/guess-slice.ts'
import { useApp } from '../use-app.ts'

export function GuessBar() {
  const guessing = useApp((app) => app.guessing)
  const addGuess = useApp((app) => app.addGuess)
  const removeGuess = useApp((app) => app.removeGuess)
  const reveal = useApp((app) => app.reveal)
  const start = useApp((app) => app.startGuessing)
  const stop = useApp((app) => app.stopGuessing)
  const openNeighbour = useApp((app) => app.openNeighbour)
  const hasNext = useApp((app) => app.gallery.length > 1)
  const canMark = useApp((app) => app.crosshairVoxel !== null)
  const canReveal = useApp((app) => app.truth !== null)
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus({ preventScroll: true }), [])
  if (!guessing) return null
  const { guesses, isRevealed } = guessing
  return (
    <section
      className="guide guess-bar"
      aria-label="Hidden truth"
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.stopPropagation()
        stop()
      }}
    >
      <div className="lesson-words">
        <h2 ref={heading} tabIndex={-1}>
          {isRevealed ? 'This is where it was' : 'Where is the evidence?'}
        </h2>
        <p>
          {isRevealed
            ? guessesInWords(guesses)
            : 'Mask and scores are hidden. Click into a slice to mark a guess, or move the crosshair with the arrow keys and press Enter; several are allowed. The key O hides the map too.'}
        </p>
        <ol className="guess-list" aria-label="Guesses">
          {guesses.map((guess, index) => (
            <li key={guess.voxel.join(' ')} data-hit={guess.distanceMm === 0}>
              <MapPin size={13} aria-hidden /> {index + 1}: {placeOf(guess)}
              {isRevealed ? (
                <strong>{resultOf(guess)}</strong>
              ) : (
                <button
                  type="button"
                  className="icon-button icon-button-small"
                  aria-label={`Remove guess ${index + 1}`}
                  onClick={() => removeGuess(index)}
                >
                  <X size={13} aria-hidden />
                </button>
              )}
            </li>
          ))}
        </ol>
      </div>
      <div className="lesson-ways">
        {isRevealed ? (
          <>
            <button type="button" className="button" onClick={start}>
              Guess again
            </button>
            {hasNext ? (
              <button
                type="button"
                className="button button-primary"
                onClick={() => void openNeighbour('next')}
              >
                Next case
              </button>
            ) : null}
          </>
        ) : (
          <>
            <button type="button" className="button" disabled={!canMark} onClick={addGuess}>
              <MapPin size={15} aria-hidden />
              Mark the crosshair
            </button>
            <button
              type="button"
              className="button button-primary"
              disabled={!canReveal}
              onClick={reveal}
            >
              <Eye size={15} aria-hidden />
              Reveal
            </button>
          </>
        )}
        <button
          type="button"
          className="icon-button"
          aria-label="Leave hidden-truth mode"
          onClick={stop}
        >
          <X size={16} aria-hidden />
        </button>
      </div>
    </section>
  )
}

function placeOf({ mm }: Guess): string {
  const [x, y, z] = mm.map(formatMm)
  return `x ${x}, y ${y}, z ${z} mm`
}

function resultOf({ distanceMm }: Guess): string {
  if (distanceMm === null) return ' '
  return distanceMm === 0 ? 'hit' : `${formatNumber(distanceMm, 2)} mm away`
}
