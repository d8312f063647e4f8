/** @file The colour scales a map can be shown in. */

import { type ColormapId, colormaps, fittingColormap } from '../viewer/colormaps.ts'
import type { Choice } from './controls/select-field.tsx'

/** Scales that fit the sign of the map, its default first. */
export function colourMapChoices(isSigned: boolean): readonly Choice[] {
  return colormaps
    .filter(({ signed }) => signed === isSigned)
    .map(({ id, label }) => ({ value: id, label }))
}

/** The scale by that name where it fits; else the default of its kind. */
export function colourMapFor(name: string, isSigned: boolean): ColormapId {
  const known = colormaps.find(({ id }) => id === name)
  return fittingColormap(known?.id ?? 'inferno', isSigned)
}
