import type { Node } from './ir.ts'

/** Neither `pads` nor `auto_pad` adds anything. */
export function isUnpadded({ attributes }: Node): boolean {
  const { pads, auto_pad: mode } = attributes
  if (mode?.kind === 'string' && mode.value.startsWith('SAME')) return false
  return pads?.kind !== 'ints' || pads.value.every((pad) => pad === 0)
}
