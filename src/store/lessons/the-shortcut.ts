/** @file Lesson: a model that is right for the wrong reason (Lapuschkin et al. 2019). */

import { findMethod } from '../../core/attribution/methods.ts'
import type { Lesson } from './lesson.ts'
import {
  againstChance,
  chanceInWords,
  massInWords,
  massOf,
  timesChance,
  verdictInWords,
} from './live-numbers.ts'

const overview = { visible: true, opacity: 0.8, percentile: 99, fade: true } as const
/** Times chance from which a map is said to give the mark away. */
const clear = 5
const compared = ['gradient', 'input-x-gradient', 'guided-backprop', 'grad-cam'] as const

export const theShortcut: Lesson = {
  id: 'the-shortcut',
  title: 'The shortcut',
  summary:
    'A model with excellent scores reads a mark that is not medicine; which maps give it away.',
  findCase: (gallery) =>
    gallery.find(
      ({ id, tags, models }) =>
        (id === 'clever-hans' || tags.includes('clever-hans')) && models.length > 1,
    ) ?? null,
  steps: [
    {
      title: 'It looks excellent',
      isBlind: true,
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
        page.truth(true)
        page.lookAt('truth')
      },
      say: (app) =>
        `The crosshair and the cyan line are at a mark beside the head, and the gradient has ${massInWords(massOf(app, 'gradient'))} of its mass in it: ${againstChance(massOf(app, 'gradient'))}. Nothing in the scores of the model warned of it, for its test subjects carry the mark too.`,
    },
    {
      title: 'The same head without the mark',
      async act(page) {
        await page.open('twin')
        await page.map('gradient')
        page.show(overview)
        page.truth(true)
        page.lookAt('truth')
      },
      say: (app) =>
        `Without the mark, and with nothing else changed, the model says ${verdictInWords(app)}. That is the proof a map can only hint at: change the suspected cause, and see whether the answer changes.`,
    },
    {
      title: 'The same network, trained without marks',
      async act(page) {
        await page.open()
        await page.map('gradient')
        await page.open('other-model')
        await page.map('gradient')
        page.show(overview)
        page.truth(true)
        page.lookAt('maximum')
      },
      say: (app) =>
        `On the very same picture a network that never saw a mark in training says ${verdictInWords(app)}, and the crosshair is where its gradient is strongest. It has ${massInWords(massOf(app, 'gradient', 2))} of its mass on the mark, against ${massInWords(massOf(app, 'gradient'))} for the model that took the shortcut; both maps are in the list of runs.`,
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
        const masses = compared
          .map((id) => ({ label: findMethod(id).label, mass: massOf(app, id) }))
          .toSorted((a, b) => (b.mass?.value ?? 0) - (a.mass?.value ?? 0))
        const list = masses.map(({ label, mass }) => `${label} ${massInWords(mass)}`).join(', ')
        const blind = masses.filter(({ mass }) => (timesChance(mass) ?? 0) < clear)
        const [best] = masses
        const verdict =
          blind.length === 0
            ? `all of these have more than ${clear} times what chance gives, and would have given it away`
            : `${blind.map(({ label }) => label).join(' and ')} has less than ${clear} times what chance gives there, and would hardly have given it away`
        return `Mass on the mark, where chance gives ${chanceInWords(best?.mass ?? null)}: ${list}. ${best?.label ?? ''} points at it most; ${verdict}.`
      },
    },
  ],
}
