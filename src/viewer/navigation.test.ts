import { describe, expect, it } from 'vitest'
import { draggedWindow } from './intensity-drag.ts'
import { createWheelSteps, directionOfKey, stepVoxel } from './navigation.ts'

const dims = [10, 20, 30] as const
const middle = [5, 10, 15] as const

describe('stepVoxel', () => {
  it('follows the screen: right is the patient’s left in radiological convention', () => {
    expect(stepVoxel(middle, dims, 'axial', true, 'right')).toEqual([4, 10, 15])
    expect(stepVoxel(middle, dims, 'axial', false, 'right')).toEqual([6, 10, 15])
    expect(stepVoxel(middle, dims, 'sagittal', true, 'right')).toEqual([5, 9, 15])
    expect(stepVoxel(middle, dims, 'coronal', true, 'up')).toEqual([5, 10, 16])
  })

  it('goes through the view towards head, nose or right', () => {
    expect(stepVoxel(middle, dims, 'axial', true, 'deeper')).toEqual([5, 10, 16])
    expect(stepVoxel(middle, dims, 'coronal', true, 'shallower')).toEqual([5, 9, 15])
    expect(stepVoxel(middle, dims, 'sagittal', true, 'deeper', 3)).toEqual([8, 10, 15])
  })

  it('stops at the edge', () => {
    expect(stepVoxel([9, 0, 0], dims, 'axial', false, 'right', 5)).toEqual([9, 0, 0])
    expect(stepVoxel([9, 0, 0], dims, 'axial', false, 'down', 5)).toEqual([9, 0, 0])
  })

  it('knows its keys and leaves the others alone', () => {
    expect(directionOfKey('PageUp')).toBe('deeper')
    expect(directionOfKey('ArrowLeft')).toBe('left')
    expect(directionOfKey('1')).toBeNull()
  })
})

describe('wheel', () => {
  it('makes one step of a notch', () => {
    const steps = createWheelSteps()
    expect(steps(100, 0)).toBe(1)
    expect(steps(-120, 0)).toBe(-1)
    expect(steps(3, 1)).toBe(1)
  })

  it('collects the small deltas of a touchpad', () => {
    const steps = createWheelSteps(60)
    const made = Array.from({ length: 12 }, () => steps(10, 0))
    expect(made.reduce((sum, step) => sum + step, 0)).toBe(2)
    expect(made[0]).toBe(0)
  })
})

describe('draggedWindow', () => {
  it('widens to the right, around the same level', () => {
    expect(draggedWindow({ low: 0, high: 100 }, 250, 0)).toEqual({ low: -50, high: 150 })
  })

  it('brightens downwards, with the same width', () => {
    expect(draggedWindow({ low: 0, high: 100 }, 0, 40)).toEqual({ low: -10, high: 90 })
  })
})
