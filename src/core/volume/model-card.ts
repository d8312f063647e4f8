/** @file The model card: how volumes become a model's input tensor, and what its output means. */

import { Failure } from '../failure.ts'
import {
  type Centre,
  checkFit,
  type Fit,
  type PerAxis,
  parseCentre,
  parseLayout,
  parseOrientation,
  parsePerAxis,
  sliceAxisOf,
} from './card-geometry.ts'
import { type IntensityStep, parseIntensity } from './card-intensity.ts'
import {
  cardFailure,
  checkFields,
  isJsonObject,
  readChoice,
  readNumber,
  readString,
} from './json-fields.ts'

export type OutputKind = 'logits' | 'probabilities' | 'regression' | 'segmentation'

export interface CardChannel {
  /** "T1w". */
  readonly name: string
  /** Which of the loaded volumes feeds it, from 0. Several channels may share one. */
  readonly volume: number
  /** Replaces the card's steps for this channel; null = the card's own. */
  readonly intensity: readonly IntensityStep[] | null
}

/** A card with every default filled in; as JSON it is again a valid card. */
export interface ModelCard {
  readonly title: string
  readonly description: string
  readonly citation: string
  /**
   * Where the image axes i, j, k point, as nibabel writes it: "RAS" = i to the right, j to the
   * front, k to the top. The volume is turned so without interpolation.
   */
  readonly orientation: string
  /**
   * The tensor's axes, slowest first: N batch, C channels, I J K the image axes. "NCIJK" is what
   * NumPy, nibabel and MONAI give, "NCKJI" what SimpleITK gives. Two of I, J, K make a 2-D model:
   * the missing one is the slice axis.
   */
  readonly layout: string
  /** Millimetres along i, j, k on the model's grid; null = the volume's own. */
  readonly spacing: PerAxis | null
  /**
   * Voxels along i, j, k (image axes, not tensor order); null = what the model's input declares,
   * else as many as there are.
   */
  readonly shape: PerAxis | null
  readonly fit: Fit
  readonly centre: Centre
  /** Sizes that `shape` leaves open are padded up to a multiple of this. */
  readonly multipleOf: number
  /** Voxels above this value are brain. */
  readonly brainAbove: number
  /** In order, each channel by itself; empty = none. */
  readonly intensity: readonly IntensityStep[]
  /**
   * `grid`: after resampling, crop and pad (statistics over what the model sees); `volume`: on the
   * volume's own voxels before (padding is then 0 after normalisation).
   */
  readonly intensityOn: 'grid' | 'volume'
  /** For 2-D models: the middle slice, the one with most brain, or this slice of the model's grid. */
  readonly slice: 'largest' | 'middle' | number
  readonly channels: readonly CardChannel[]
  /** Class or region names in output order; empty = unknown. */
  readonly classNames: readonly string[]
  readonly output: OutputKind
  /** Of a regression output: "years". */
  readonly unit: string
}

const fieldNames = [
  '$schema',
  'brainAbove',
  'centre',
  'channels',
  'citation',
  'classNames',
  'description',
  'fit',
  'intensity',
  'intensityOn',
  'layout',
  'multipleOf',
  'orientation',
  'output',
  'shape',
  'slice',
  'spacing',
  'title',
  'unit',
]
const fits = ['crop', 'crop-or-pad', 'pad', 'resample'] as const
const outputs = ['logits', 'probabilities', 'regression', 'segmentation'] as const

/**
 * Checks a card and fills in every default. A card may be as short as `{}`: one channel, RAS,
 * NCIJK, the volume's own grid and values.
 * @throws Failure 'bad-file' with the path of the offending field.
 */
export function parseModelCard(json: unknown): ModelCard {
  if (!isJsonObject(json)) throw cardFailure('the whole file', 'one JSON object', json)
  checkFields(json, '', fieldNames)
  readString(json.$schema, '$schema', '')
  const layout = parseLayout(json.layout)
  const sliceAxis = sliceAxisOf(layout)
  const spacing = parsePerAxis(
    json.spacing,
    'spacing',
    'a number of millimetres above 0, or null',
    null,
  )
  const shape = parsePerAxis(json.shape, 'shape', 'a whole number above 0, or null', sliceAxis)
  const absentFit = shape !== null && spacing === null ? 'resample' : 'crop-or-pad'
  const fit = readChoice(json.fit, 'fit', fits, absentFit)
  checkFit(fit, shape, spacing)
  const channels = parseChannels(json.channels)
  if (!layout.includes('C') && channels.length > 1) {
    throw cardFailure('layout', `one with C, because there are ${channels.length} channels`, layout)
  }
  return {
    title: readString(json.title, 'title', ''),
    description: readString(json.description, 'description', ''),
    citation: readString(json.citation, 'citation', ''),
    orientation: parseOrientation(json.orientation),
    layout,
    spacing,
    shape,
    fit,
    centre: parseCentre(json.centre),
    multipleOf: readPositiveInteger(json.multipleOf ?? 1, 'multipleOf'),
    brainAbove: readNumber(json.brainAbove, 'brainAbove', 0),
    intensity: parseIntensity(json.intensity ?? 'none', 'intensity'),
    intensityOn: readChoice(json.intensityOn, 'intensityOn', ['grid', 'volume'], 'grid'),
    slice: parseSlice(json.slice),
    channels,
    classNames: parseNames(json.classNames),
    output: readChoice(json.output, 'output', outputs, 'logits'),
    unit: readString(json.unit, 'unit', ''),
  }
}

/** A card from the text of its file (a byte order mark is allowed). */
export function parseModelCardText(text: string): ModelCard {
  let json: unknown
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause)
    throw new Failure('bad-file', `Model card: this is not valid JSON (${detail}).`, { cause })
  }
  return parseModelCard(json)
}

function parseSlice(value: unknown): ModelCard['slice'] {
  if (value === undefined) return 'middle'
  if (value === 'middle' || value === 'largest') return value
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
  throw cardFailure('slice', '"middle", "largest" or a slice number from 0', value)
}

function parseChannels(value: unknown): readonly CardChannel[] {
  if (value === undefined) return [{ name: 'image', volume: 0, intensity: null }]
  if (!Array.isArray(value) || value.length === 0) {
    throw cardFailure('channels', 'a list with at least one channel', value)
  }
  return value.map((channel: unknown, index) => {
    const path = `channels[${index}]`
    if (typeof channel === 'string') return { name: channel, volume: index, intensity: null }
    if (!isJsonObject(channel)) throw cardFailure(path, 'a name or an object', channel)
    checkFields(channel, path, ['intensity', 'name', 'volume'])
    const volume = channel.volume ?? index
    if (typeof volume !== 'number' || !Number.isInteger(volume) || volume < 0) {
      throw cardFailure(`${path}.volume`, 'the number of a loaded volume, from 0', volume)
    }
    const intensity = channel.intensity ?? null
    return {
      name: readString(channel.name, `${path}.name`, `channel ${index}`),
      volume,
      intensity: intensity === null ? null : parseIntensity(intensity, `${path}.intensity`),
    }
  })
}

function parseNames(value: unknown): readonly string[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw cardFailure('classNames', 'a list of names', value)
  return value.map((name: unknown, index) => readString(name ?? null, `classNames[${index}]`, ''))
}

function readPositiveInteger(value: unknown, path: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) {
    throw cardFailure(path, 'a whole number above 0', value)
  }
  return value
}
