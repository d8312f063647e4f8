/** @file A MONAI bundle's metadata.json as a model card, and what it does not say. */

import { Failure } from '../failure.ts'
import { isJsonObject, type JsonObject } from './json-fields.ts'
import { type ModelCard, type OutputKind, parseModelCard } from './model-card.ts'

export interface MonaiCard {
  readonly card: ModelCard
  /** What the metadata does not say and was guessed, in sentences. */
  readonly unknown: readonly string[]
}

/** True for JSON that has `network_data_format` with inputs, as every bundle's metadata has. */
export function isMonaiMetadata(json: unknown): boolean {
  return firstEntry(json, 'inputs') !== null
}

/**
 * Reads `network_data_format` (MONAI Bundle Specification, metadata schema): the first image input
 * gives channels, shape and value range, the first output the kind and the class names.
 * @throws Failure 'bad-file' when there is no input or its spatial_shape is not one.
 */
export function cardFromMonaiMetadata(json: unknown): MonaiCard {
  const input = firstEntry(json, 'inputs')
  if (input === null || !isJsonObject(json)) {
    throw new Failure(
      'bad-file',
      'This is not the metadata of a MONAI bundle: network_data_format.inputs is missing.',
    )
  }
  const output = firstEntry(json, 'outputs')
  const unknown: string[] = []
  const names = channelNames(input)
  const space = readShape(input.spatial_shape)
  const is2d = space.rank === 2
  const isPatch = input.is_patch_data === true
  const unitRange = readRange(input.value_range)
  const outputKind = readOutput(output)
  unknown.push(
    'MONAI metadata says no spacing: the volume keeps its own voxel size.',
    'It says no orientation: RAS is assumed, axes in the order i, j, k.',
  )
  if (unitRange === null) {
    unknown.push('It says no value range: z-score inside the brain (voxels above 0) is assumed.')
  } else {
    unknown.push(
      `It says that values lie in [${unitRange.join(', ')}], not how they got there: minimum to maximum is assumed.`,
    )
  }
  if (isPatch) {
    unknown.push(
      'The network works on patches of a larger image: one patch around the brain is taken.',
    )
  }
  if (is2d) unknown.push('It is a 2-D network: the middle axial slice is taken, rows along j.')
  if (space.sizes === null && space.multipleOf === 1) {
    unknown.push('It does not say the image size: the whole volume is taken.')
  }
  const classNames = output === null ? [] : (namesOf(output.channel_def) ?? [])
  if (classNames.length === 0) unknown.push('It names no classes.')
  const shape = space.sizes === null ? null : [...space.sizes, ...(is2d ? [null] : [])]
  const card = parseModelCard({
    title: text(json.name) || text(json.task),
    description: text(json.description),
    citation: citationOf(json),
    layout: is2d ? 'NCJI' : 'NCIJK',
    shape,
    fit: 'crop-or-pad',
    centre: isPatch ? 'brain' : 'volume',
    multipleOf: space.multipleOf,
    intensity:
      unitRange === null ? { kind: 'z-score', scope: 'brain' } : { kind: 'min-max', to: unitRange },
    channels: names,
    classNames,
    output: outputKind,
  })
  return { card, unknown }
}

function firstEntry(json: unknown, side: 'inputs' | 'outputs'): JsonObject | null {
  if (!isJsonObject(json) || !isJsonObject(json.network_data_format)) return null
  const entries = json.network_data_format[side]
  if (!isJsonObject(entries)) return null
  const objects = Object.values(entries).filter(isJsonObject)
  return objects.find(({ type }) => type === 'image') ?? objects[0] ?? null
}

function channelNames(input: JsonObject): string[] {
  const named = namesOf(input.channel_def)
  const count = input.num_channels
  const isCount = typeof count === 'number' && Number.isInteger(count) && count > 0
  if (named !== null && (!isCount || named.length === count)) return named
  return Array.from({ length: isCount ? count : 1 }, (_, index) =>
    isCount && count > 1 ? `channel ${index}` : 'image',
  )
}

/** `{ "0": "background", "1": "spleen" }` in the order of its numbers; null when there is none. */
function namesOf(definition: unknown): string[] | null {
  if (!isJsonObject(definition)) return null
  const entries = Object.entries(definition).filter(([key]) => /^\d+$/.test(key))
  if (entries.length === 0) return null
  return entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, name]) => String(name))
}

interface SpatialShape {
  readonly rank: number
  /** Null where any entry is an expression. */
  readonly sizes: readonly number[] | null
  readonly multipleOf: number
}

/** Entries are numbers, "*" (any), "16*n" or "2**p*n" (a power of two times anything: 16 is taken). */
function readShape(value: unknown): SpatialShape {
  if (!Array.isArray(value) || value.length < 2 || value.length > 3) {
    throw new Failure(
      'bad-file',
      'MONAI metadata: network_data_format.inputs has no spatial_shape of 2 or 3 entries.',
    )
  }
  const sizes = value.filter((size): size is number => Number.isInteger(size) && size > 0)
  const multiples = value.map((entry: unknown) => {
    if (typeof entry !== 'string') return 1
    if (/^\s*2\s*\*\*\s*[a-z]/.test(entry)) return 16
    const factor = entry.match(/^\s*(\d+)\s*\*\s*[a-z]/) ?? entry.match(/[a-z]\s*\*\s*(\d+)\s*$/)
    return factor === null ? 1 : Math.max(Number(factor[1]), 1)
  })
  return {
    rank: value.length,
    sizes: sizes.length === value.length ? sizes : null,
    multipleOf: Math.max(...multiples),
  }
}

function readRange(value: unknown): readonly [number, number] | null {
  if (!Array.isArray(value) || value.length !== 2) return null
  const [low, high] = value.map(Number)
  if (low === undefined || high === undefined) return null
  return Number.isFinite(low) && Number.isFinite(high) && low < high ? [low, high] : null
}

function readOutput(output: JsonObject | null): OutputKind {
  const words = `${text(output?.type)} ${text(output?.format)}`.toLowerCase()
  if (/segmentation|labels/.test(words)) return 'segmentation'
  if (/regression/.test(words)) return 'regression'
  return /probabilit/.test(words) ? 'probabilities' : 'logits'
}

function citationOf(json: JsonObject): string {
  const references = Array.isArray(json.references) ? json.references.map(text) : []
  return references.filter((reference) => reference !== '').join(' ')
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
