/** @file Occlusion (Zeiler and Fergus, 2014): what the score loses when a window is hidden. */

import { copyTensor } from '../tensor/arithmetic.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { defineMethod } from './method.ts'
import {
  checkWindows,
  countWindows,
  planWindows,
  type Window,
  type WindowPlan,
} from './occlusion-windows.ts'

/**
 * y(x) - y(x with the window at the baseline), all channels together; overlaps are averaged by
 * count. Windows that already equal the baseline in every row are not run: they change nothing, and
 * count as zero. Several inputs are occluded one after the other, the rest left as they are.
 */
export const occlusion = defineMethod({
  id: 'occlusion',
  label: 'Occlusion',
  family: 'perturbation',
  summary: 'Hides one window after another and records how much the score drops.',
  strengths:
    'It means what it shows: how much the score drops when this place is hidden. It needs forward runs only, so it works with any operator (Zeiler and Fergus 2014).',
  limits:
    'It sees one window at a time: evidence that exists twice goes unnoticed (Shrikumar et al. 2017), and detail finer than the window is averaged out. A hidden window may look like nothing the model has seen, and the drop may come from that (Hooker et al. 2019).',
  citation: {
    text: 'Zeiler and Fergus 2014, Visualizing and understanding convolutional networks',
    url: 'https://arxiv.org/abs/1311.2901',
  },
  options: {
    window: {
      kind: 'extent',
      min: 1,
      max: 4096,
      default: [16],
      label: 'Window',
      help: 'Size of the hidden window in voxels: one number, or one per spatial axis.',
      decisive: true,
    },
    stride: {
      kind: 'extent',
      min: 1,
      max: 4096,
      default: [8],
      label: 'Stride',
      help: 'Step between windows in voxels; smaller is finer and slower.',
      decisive: true,
    },
  },
  needs: { gradient: false, baseline: true, layer: false, seed: false },
  signed: () => true,
  cost({ window, stride }, inputDims) {
    const windows = inputDims.reduce((sum, dims) => sum + countWindows(dims, window, stride), 0)
    return { forwards: 1 + windows, gradients: 0 }
  },

  check({ window, stride }, inputDims) {
    for (const dims of inputDims) checkWindows(dims, window, stride)
  },

  async attribute({ model, inputs, baseline, target, options, signal, onProgress }) {
    const plans = inputs.map(({ dims }) => planWindows(dims, options.window, options.stride))
    const total = plans.reduce((count, { windows }) => count + windows.length, 0)
    signal.throwIfAborted()
    onProgress({ stage: 'score', fraction: 0 })
    const scores = await model.score(inputs, target)
    const maps: Tensor[] = []
    let done = 0
    for (const [i, input] of inputs.entries()) {
      const plan = plans[i]
      const hidden = baseline[i]
      if (!plan || !hidden) continue
      const sums = new Float64Array(input.data.length)
      const working = copyTensor(input)
      const perturbed = inputs.with(i, working)
      for (const window of plan.windows) {
        done++
        if (!isChanged(input, hidden, plan, window)) continue
        signal.throwIfAborted()
        onProgress({ stage: `window ${done} of ${total}`, fraction: done / (total + 1) })
        copyWindow(hidden, working, plan, window)
        const occluded = await model.score(perturbed, target)
        copyWindow(input, working, plan, window)
        const drops = scores.map((score, row) => score - (occluded[row] ?? 0))
        addToWindow(sums, drops, plan, window)
      }
      maps.push(averageByCount(input.dims, sums, plan))
    }
    onProgress({ stage: 'done', fraction: 1 })
    return { maps, scores, completenessGap: null }
  },
})

/** Calls `visit(from, to, row)` for every run of neighbouring elements inside the window. */
function forEachRun(
  { rows, channels, size, spatial }: WindowPlan,
  { start, end }: Window,
  visit: (from: number, to: number, row: number) => void,
): void {
  const last = spatial.length - 1
  const runs = (axis: number, offset: number, row: number): void => {
    const from = start[axis] ?? 0
    const to = end[axis] ?? 1
    if (axis === last) {
      visit(offset + from, offset + to, row)
      return
    }
    const stride = spatial.slice(axis + 1).reduce((a, b) => a * b, 1)
    for (let i = from; i < to; i++) runs(axis + 1, offset + i * stride, row)
  }
  for (let row = 0; row < rows; row++) {
    for (let channel = 0; channel < channels; channel++) {
      runs(0, (row * channels + channel) * size, row)
    }
  }
}

function isChanged(input: Tensor, hidden: Tensor, plan: WindowPlan, window: Window): boolean {
  let changed = false
  forEachRun(plan, window, (from, to) => {
    for (let i = from; i < to && !changed; i++) changed = input.data[i] !== hidden.data[i]
  })
  return changed
}

function copyWindow(source: Tensor, target: Tensor, plan: WindowPlan, window: Window): void {
  forEachRun(plan, window, (from, to) => target.data.set(source.data.subarray(from, to), from))
}

function addToWindow(
  sums: Float64Array,
  drops: readonly number[],
  plan: WindowPlan,
  window: Window,
): void {
  forEachRun(plan, window, (from, to, row) => {
    // A model that reduces the batch to one score has one drop for all rows.
    const drop = drops[row] ?? drops[0] ?? 0
    for (let i = from; i < to; i++) sums[i] = (sums[i] ?? 0) + drop
  })
}

function averageByCount(dims: readonly number[], sums: Float64Array, plan: WindowPlan): Tensor {
  const data = new Float32Array(sums.length)
  for (let i = 0; i < data.length; i++) {
    const count = plan.counts[i % plan.size] ?? 0
    data[i] = count === 0 ? 0 : (sums[i] ?? 0) / count
  }
  return { dims, data }
}
