/** @file Lesson: the class activation map of a case whose signal is small and local. */

import { emDash, formatCount, formatNumber } from '../format.ts'
import type { Lesson } from './lesson.ts'
import {
  againstChance,
  chanceInWords,
  gridInWords,
  massInWords,
  massOf,
  verdictInWords,
} from './live-numbers.ts'

const overview = { visible: true, opacity: 0.8, percentile: 99, fade: true } as const

export const whyGradCamMissesIt: Lesson = {
  id: 'why-grad-cam-misses-it',
  title: 'Why Grad-CAM misses it',
  summary:
    'Two maps of one prediction, one inside the truth and one far from it, and what differs.',
  findCase: (gallery) => gallery.find(({ id }) => id === 'hippocampus') ?? null,
  steps: [
    {
      title: 'What the model can only know it from',
      async act(page) {
        await page.open()
        await page.map('gradient')
        page.show({ ...overview, visible: false })
        page.truth(true)
        page.lookAt('truth')
      },
      say: (app) =>
        `The model says ${verdictInWords(app)}, and by the way its subjects were made only the region inside the cyan line (${formatCount(app.truth?.voxels ?? 0)} voxels) could tell it so. The map is off for now: look at the outline, and remember that a map drawn at random would put ${chanceInWords(massOf(app, 'gradient'))} of itself inside.`,
    },
    {
      title: 'The gradient finds it',
      async act(page) {
        await page.open()
        await page.map('gradient')
        page.show(overview)
        page.truth(true)
        page.lookAt('truth')
      },
      say: (app) =>
        `The gradient asks of every voxel how the score would move with it, and puts ${massInWords(massOf(app, 'gradient'))} of its mass inside the truth: ${againstChance(massOf(app, 'gradient'))}. Look at the strong colours around the outline, and at the grain everywhere else: a gradient is right about the place, and noisy.`,
    },
    {
      title: 'SmoothGrad takes some of the grain away',
      async act(page) {
        await page.open()
        await page.map('gradient')
        await page.map('smoothgrad', { samples: 10 })
        page.show(overview)
        page.truth(true)
        page.lookAt('truth')
      },
      say: (app) =>
        `SmoothGrad averages the gradient over noisy copies of the image, here ten of them: ${massInWords(massOf(app, 'smoothgrad'))} of its mass is inside, against ${massInWords(massOf(app, 'gradient'))} for one gradient. Compare the two in the list of runs on the left; one click shows each.`,
    },
    {
      title: 'Grad-CAM looks elsewhere',
      async act(page) {
        await page.open()
        await page.map('grad-cam')
        page.show(overview)
        page.truth(true)
        page.lookAt('maximum')
      },
      say: (app) =>
        `Grad-CAM puts ${massInWords(massOf(app, 'grad-cam'))} of its mass inside the truth, ${againstChance(massOf(app, 'grad-cam'))}, and the crosshair now stands on its maximum. It was computed on ${gridInWords(app, 'grad-cam')}, and the line under the picture says so.`,
    },
    {
      title: 'Coarse, or averaged?',
      async act(page) {
        await page.open()
        await page.map('grad-cam')
        await page.map('hires-cam')
        page.show(overview)
        page.truth(true)
        page.lookAt('truth')
      },
      say: (app) => {
        const averaged = massOf(app, 'grad-cam')
        const kept = massOf(app, 'hires-cam')
        const fine = massOf(app, 'gradient')
        const factor = (more: typeof kept, less: typeof kept) =>
          more && less && less.value > 0 ? formatNumber(more.value / less.value, 2) : emDash
        return `HiResCAM uses the same coarse layer but does not average the gradient over space, and has ${massInWords(kept)} of its mass inside: ${factor(kept, averaged)} times Grad-CAM’s ${massInWords(averaged)}, so that much is lost by the average, which forgets that one channel may count for the answer here and against it there. The gradient at the image itself has ${factor(fine, kept)} times as much again, which is what the coarse grid and the last layers cost.`
      },
    },
  ],
}
