/** @file What a file is, from its name. */

export type FileKind = 'array' | 'card' | 'model' | 'other' | 'volume'

export function kindOfFile(name: string): FileKind {
  const lower = name.toLowerCase()
  if (/\.nii(\.gz)?$/.test(lower)) return 'volume'
  if (lower.endsWith('.onnx')) return 'model'
  if (lower.endsWith('.json')) return 'card'
  if (lower.endsWith('.npy')) return 'array'
  return 'other'
}

/** "NAME" of NAME.onnx, NAME.card.json, NAME.nii.gz. */
export function stemOf(name: string): string {
  return name.replace(/(\.card\.json|\.nii\.gz|\.[^.]+)$/i, '')
}

/** Words in a name that say what a volume is for. */
export function isNamedLikeMask(name: string): boolean {
  return /(^|[^a-z])(mask|seg|label|labels|truth|roi|lesion|gt|annotation|parcellation|atlas)([^a-z]|$)/i.test(
    stemOf(name),
  )
}
