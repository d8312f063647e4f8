import { describe, expect, it } from 'vitest'
import { edgeLetters, type SliceKind, screenAxes, slicePlace } from './orientation-letters.ts'

const sliceKinds: readonly SliceKind[] = ['axial', 'coronal', 'sagittal']
/** Where each letter lies in the patient. */
const directions: Record<string, readonly number[]> = {
  R: [1, 0, 0],
  L: [-1, 0, 0],
  A: [0, 1, 0],
  P: [0, -1, 0],
  S: [0, 0, 1],
  I: [0, 0, -1],
}

describe('edge letters', () => {
  it('puts the patient’s left on the right in radiological convention only', () => {
    expect(edgeLetters('axial', true).right).toBe('L')
    expect(edgeLetters('coronal', true).right).toBe('L')
    expect(edgeLetters('axial', false).left).toBe('L')
    expect(edgeLetters('coronal', false).left).toBe('L')
  })

  it('turns the nose of a sagittal view with the convention', () => {
    expect(edgeLetters('sagittal', true).left).toBe('A')
    expect(edgeLetters('sagittal', false).right).toBe('A')
  })

  it.each(sliceKinds)('agrees with where the arrow keys go (%s)', (kind) => {
    for (const radiological of [true, false]) {
      const letters = edgeLetters(kind, radiological)
      const axes = screenAxes(kind, radiological)
      const opposite = (axis: readonly number[]): number[] => axis.map((value) => -value || 0)
      expect(directions[letters.right]).toEqual(axes.right)
      expect(directions[letters.left]).toEqual(opposite(axes.right))
      expect(directions[letters.top]).toEqual(axes.up)
      expect(directions[letters.bottom]).toEqual(opposite(axes.up))
    }
  })

  it('says where a slice lies', () => {
    expect(slicePlace('axial', [1, 2, -18])).toBe('z −18.0 mm')
    expect(slicePlace('sagittal', [-0.04, 2, 3])).toBe('x 0.0 mm')
  })
})
