import { describe, expect, test } from 'vitest'
import type { Tensor } from '../tensor/tensor.ts'
import { analytic, contextOf, type Formula, t } from '../testing/analytic-model.ts'
import { occlusion } from './occlusion.ts'
import { countWindows, planWindows } from './occlusion-windows.ts'

describe('occlusion', () => {
  /** y = sum of w_i x_i with w_i = i + 1 over all elements of all inputs. */
  const linear: Formula = {
    score: (rows) =>
      rows.reduce((sum, row) => sum + row.reduce((s, v, i) => s + (i + 1) * v, 0), 0),
    slope: () => [],
  }

  test('a linear model in one dimension, by hand, last window clipped', async () => {
    // Windows [0,2) [2,4) [4,5): drops 1+4, 9+16, 25.
    const model = analytic(linear)
    const { maps, scores } = await occlusion.attribute(
      contextOf(model, [t([1, 5], 1, 2, 3, 4, 5)], { window: [2], stride: [2] }),
    )
    expect([...maps[0]!.data]).toEqual([5, 5, 25, 25, 25])
    expect(scores).toEqual([55])
    expect(model.runs()).toBe(4)
  })

  test('overlaps are averaged by count', async () => {
    // Windows [0,2) [1,3) [2,4): drops 5, 13, 25.
    const { maps } = await occlusion.attribute(
      contextOf(analytic(linear), [t([1, 1, 4], 1, 2, 3, 4)], { window: [2], stride: [1] }),
    )
    expect([...maps[0]!.data]).toEqual([5, 9, 19, 25])
  })

  test.each([
    { dims: [2, 2, 5, 4], window: [2, 3], stride: [2, 1] },
    { dims: [1, 1, 4, 5, 3], window: [3], stride: [2] },
    { dims: [1, 2, 3, 3, 3], window: [9], stride: [9] },
  ])('on $dims every voxel has the mean drop of its windows', async ({ dims, window, stride }) => {
    const size = dims.reduce((a, b) => a * b, 1)
    const input = t(dims, ...Array.from({ length: size }, (_, i) => Math.sin(i)))
    const baseline = [t(dims, ...Array.from({ length: size }, (_, i) => 0.1 * (i % 7)))]
    const { maps } = await occlusion.attribute(
      contextOf(analytic(linear), [input], { window, stride }, { baseline }),
    )
    const expected = bruteForce(input, baseline[0]!, window, stride)
    for (const [i, v] of expected.entries()) expect(maps[0]!.data[i]).toBeCloseTo(v, 3)
  })

  test('windows at the baseline are not run but count as zero', async () => {
    const model = analytic(linear)
    const input = t([2, 6], 0, 0, 0, 0, 5, 6, 0, 0, 0, 0, 0, 1)
    const { maps } = await occlusion.attribute(
      contextOf(model, [input], { window: [2], stride: [1] }),
    )
    // Only [3,5) and [4,6) differ from the baseline in some row.
    expect(model.runs()).toBe(3)
    expect([...maps[0]!.data]).toEqual([0, 0, 0, 12.5, 43, 61, 0, 0, 0, 0, 3, 6])
  })

  test('inputs are hidden one after the other, and left as they were', async () => {
    const inputs = [t([1, 2], 1, 1), t([1, 3], 2, 2, 2)]
    const copies = inputs.map(({ data }) => data.slice())
    const { maps } = await occlusion.attribute(
      contextOf(analytic(linear), inputs, { window: [1], stride: [1] }),
    )
    expect(maps.map(({ data }) => [...data])).toEqual([
      [1, 2],
      [2, 4, 6],
    ])
    expect(inputs.map(({ data }) => data)).toEqual(copies)
    expect(
      occlusion.cost(
        { window: [1], stride: [1] },
        inputs.map(({ dims }) => dims),
      ),
    ).toEqual({ forwards: 6, gradients: 0 })
  })

  test('216 windows of 16 with stride 16 on 96^3, 1331 at the defaults', () => {
    const forwards = (window: number, stride: number) =>
      occlusion.cost({ window: [window], stride: [stride] }, [[1, 1, 96, 96, 96]])?.forwards
    expect(forwards(16, 16)).toBe(217)
    expect(forwards(16, 8)).toBe(1332)
    // The plan is as long as the estimate, also where windows overhang or exceed the axis.
    for (const [size, window, stride] of [
      [9, 4, 3],
      [10, 4, 4],
      [3, 8, 2],
      [1, 1, 1],
    ] as const) {
      const plan = planWindows([1, 1, size, 2], [window, 1], [stride, 1])
      expect(countWindows([1, 1, size, 2], [window, 1], [stride, 1])).toBe(plan.windows.length)
    }
  })

  test('refuses a stride with gaps and an extent of the wrong rank', async () => {
    const run = (window: readonly number[], stride: readonly number[]) =>
      occlusion.attribute(
        contextOf(analytic(linear), [t([1, 1, 9], ...new Array(9).fill(1))], { window, stride }),
      )
    await expect(run([2], [3])).rejects.toThrow('use a stride of at most 2')
    await expect(run([2, 2], [1])).rejects.toThrow(
      "option 'window' has 2 numbers, but the input has 1 spatial axes (9)",
    )
  })
})

/** Straight from the definition: for every voxel, the mean over the windows that contain it. */
function bruteForce(
  input: Tensor,
  baseline: Tensor,
  window: readonly number[],
  stride: readonly number[],
): readonly number[] {
  const [rows = 1, channels = 1, ...space] = input.dims
  const pick = (list: readonly number[], axis: number) => list[list.length === 1 ? 0 : axis]!
  const starts = space.map((size, axis) => {
    const length = Math.min(pick(window, axis), size)
    const list: number[] = []
    for (let at = 0; ; at += pick(stride, axis)) {
      list.push(at)
      if (at + length >= size) return { list, length }
    }
  })
  const size = space.reduce((a, b) => a * b, 1)
  const coordinates = (index: number) =>
    space.map((_, axis) => {
      const below = space.slice(axis + 1).reduce((a, b) => a * b, 1)
      return Math.floor(index / below) % space[axis]!
    })
  const contains = (corner: readonly number[], index: number) =>
    coordinates(index).every(
      (at, axis) => at >= corner[axis]! && at < corner[axis]! + starts[axis]!.length,
    )
  const corners = starts.reduce<number[][]>(
    (all, { list }) => all.flatMap((corner) => list.map((at) => [...corner, at])),
    [[]],
  )
  const rowSize = channels * size
  return Array.from({ length: rows * rowSize }, (_, element) => {
    const row = Math.floor(element / rowSize)
    const over = corners.filter((corner) => contains(corner, element % size))
    const drops = over.map((corner) => {
      let drop = 0
      for (let i = 0; i < rowSize; i++) {
        if (!contains(corner, i % size)) continue
        const at = row * rowSize + i
        drop += (i + 1) * (input.data[at]! - baseline.data[at]!)
      }
      return drop
    })
    return drops.reduce((a, b) => a + b, 0) / drops.length
  })
}
