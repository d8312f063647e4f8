/** @file A model card as the texts of a form, and back through the card's own checks. */

import { Failure } from '../core/failure.ts'
import { type ModelCard, parseModelCard } from '../core/volume/model-card.ts'

export interface CardDraft {
  readonly orientation: string
  readonly layout: string
  /** "96, 96, 96", "96" or "". */
  readonly shape: string
  readonly spacing: string
  readonly fit: string
  readonly centre: string
  /** A kind of step; 'several' keeps the card's own list. */
  readonly intensity: string
  readonly scope: string
  readonly to: string
  readonly range: string
  readonly meanStd: string
  readonly brainAbove: string
  readonly output: string
  readonly unit: string
  readonly classNames: string
}

export function draftOf(card: ModelCard): CardDraft {
  const [step] = card.intensity
  const several = card.intensity.length > 1 || card.channels.some((one) => one.intensity !== null)
  const kind = step?.kind ?? 'none'
  return {
    orientation: card.orientation,
    layout: card.layout,
    shape: perAxis(card.shape),
    spacing: perAxis(card.spacing),
    fit: card.fit,
    centre: typeof card.centre === 'string' ? card.centre : card.centre.join(', '),
    intensity: several ? 'several' : kind,
    scope: step?.scope ?? 'everywhere',
    to: step && 'to' in step ? step.to.join(', ') : '0, 1',
    range: step && 'low' in step ? `${step.low}, ${step.high}` : '1, 99',
    meanStd: step?.kind === 'mean-std' ? `${step.mean}, ${step.std}` : '0, 1',
    brainAbove: String(card.brainAbove),
    output: card.output,
    unit: card.unit,
    classNames: card.classNames.join(', '),
  }
}

/** Throws the card's own Failure, which names the field. */
export function readDraft(draft: CardDraft, card: ModelCard): ModelCard {
  return parseModelCard({
    ...card,
    orientation: draft.orientation.trim().toUpperCase(),
    layout: draft.layout.trim().toUpperCase(),
    shape: readPerAxis(draft.shape, 'Shape'),
    spacing: readPerAxis(draft.spacing, 'Spacing'),
    fit: draft.fit,
    centre: /^[a-z]+$/i.test(draft.centre.trim())
      ? draft.centre.trim().toLowerCase()
      : readNumbers(draft.centre, 3, 'Centre'),
    intensity: draft.intensity === 'several' ? card.intensity : readStep(draft),
    brainAbove: readNumbers(draft.brainAbove, 1, 'Brain is above')[0],
    output: draft.output,
    unit: draft.unit.trim(),
    classNames:
      draft.classNames.trim() === '' ? [] : draft.classNames.split(',').map((name) => name.trim()),
  })
}

function readStep({ intensity: kind, scope, to, range, meanStd }: CardDraft): unknown {
  switch (kind) {
    case 'min-max':
      return { kind, scope, to: readNumbers(to, 2, 'Target range') }
    case 'percentile-clip':
    case 'window': {
      const [low, high] = readNumbers(range, 2, 'Low, high')
      return { kind, scope, low, high, to: readNumbers(to, 2, 'Target range') }
    }
    case 'mean-std': {
      const [mean, std] = readNumbers(meanStd, 2, 'Mean, deviation')
      return { kind, scope, mean, std }
    }
    case 'z-score':
      return { kind, scope }
    default:
      return 'none'
  }
}

function perAxis(values: readonly (number | null)[] | null): string {
  if (values === null) return ''
  return values.map((value) => value ?? '*').join(', ')
}

/** "96" for all axes, "96, 96, *" for one each (* keeps), "" for null. */
function readPerAxis(text: string, label: string): unknown {
  const parts = split(text)
  if (parts.length === 0) return null
  const values = parts.map((part) => (part === '*' ? null : readNumbers(part, 1, label)[0]))
  return values.length === 1 ? values[0] : values
}

function readNumbers(text: string, count: number, label: string): readonly number[] {
  const values = split(text).map(Number)
  if (values.length === count && values.every(Number.isFinite)) return values
  const wanted = count === 1 ? 'one number' : `${count} numbers separated by commas`
  throw new Failure('bad-request', `${label} must be ${wanted}, not '${text}'`)
}

function split(text: string): readonly string[] {
  return text
    .split(/[,;x×\s]+/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
}
