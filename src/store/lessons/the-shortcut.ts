/** @file Lesson: a model that is right for the wrong reason (Lapuschkin et al. 2019). */

import type { Lesson } from './lesson.ts'
import { againstChance, massInWords, massOf, verdictInWords } from './live-numbers.ts'

const overview = { visible: true, opacity: 0.8, percentile: 99, fade: true } as const
const compared = ['gradient', 'input-x-gradient', 'grad-cam'] as const
const names = {
  gradient: 'the gradient',
  'grad-cam': 'Grad-CAM',
  'input-x-gradient': 'input x gradient',
} as const

export const theShortcut: Lesson = {
  id: 'the-shortcut',
  title: 'The shortcut',
  summary:
    'A model with excellent scores reads a mark that is not medicine; which maps give it away.',
  findCase: (gallery) =>
    gallery.find(({ id, tags }) => id === 'clever-hans' || tags.includes('clever-hans')) ?? null,
  steps: [
    {
      title: 'It looks excellent',
      async act(page) {
        await page.open()
        await page.map('gradient')
        page.show({ ...overview, visible: false })
        page.truth(false)
      },
      say: (app) =>
        `The model says ${verdictInWords(app)}, and on held-out subjects from the same source it is nearly always right. Look at the picture without any map and say what you would have judged it by.`,
    },
    {
      title: 'Ask for the evidence',
      async act(page) {
        await page.open()
        await page.map('gradient')
        page.show(overview)
        page.truth(false)
        page.lookAt('maximum')
      },
      say: () =>
        'The crosshair stands where the gradient is strongest. Is that where anatomy could answer the question?',
    },
    {
      title: 'The mark',
      async act(page) {
        await page.open()
        await page.map('gradient')
        page.show(overview)
        page.truth(true)
        page.lookAt('truth')
      },
      say: (app) =>
        `The cyan line is the mark that gives the label away, and the gradient has ${massInWords(massOf(app, 'gradient'))} of its mass in it: ${againstChance(massOf(app, 'gradient'))}. Nothing in the scores of the model warned of it, for its test subjects carry the mark too.`,
    },
    {
      title: 'The same head without the mark',
      async act(page) {
        await page.open('twin')
        await page.map('gradient')
        page.show(overview)
        page.lookAt('truth')
      },
      say: (app) =>
        `Without the mark, and with nothing else changed, the model says ${verdictInWords(app)}. That is the proof a map can only hint at: change the suspected cause, and see whether the answer changes.`,
    },
    {
      title: 'Which maps reveal it',
      async act(page) {
        await page.open()
        for (const methodId of compared) await page.map(methodId)
        await page.map('gradient')
        page.show(overview)
        page.truth(true)
        page.lookAt('truth')
      },
      say: (app) => {
        const masses = compared.map((id) => ({ id, mass: massOf(app, id) }))
        const list = masses.map(({ id, mass }) => `${names[id]} ${massInWords(mass)}`).join(', ')
        const best = masses.toSorted((a, b) => (b.mass?.value ?? 0) - (a.mass?.value ?? 0))[0]
        return `Mass on the mark: ${list}. Here ${best ? names[best.id] : 'no method'} points at it most; try others from the list on the right.`
      },
    },
  ],
}
