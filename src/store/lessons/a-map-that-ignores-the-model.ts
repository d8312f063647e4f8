/** @file Lesson: randomise the weights, and see which maps notice (Adebayo et al. 2018). */

import type { AppState } from '../app-state.ts'
import type { Lesson } from './lesson.ts'
import { correlationInWords, similarityOf, verdictInWords } from './live-numbers.ts'

const seed = 1
const overview = { visible: true, opacity: 0.8, percentile: 99, fade: true } as const

/** What a rank correlation of two maps means, in words. */
function meaning(rank: number | null): string {
  if (rank === null) return 'they could not be compared'
  if (rank >= 0.7) return 'nearly the same picture'
  if (rank >= 0.3) return 'much of the picture stays'
  if (rank >= 0.1) return 'a little of the picture stays'
  return 'nothing of the picture stays'
}

const alike = (app: AppState, methodId: string) =>
  `${correlationInWords(similarityOf(app, methodId))} (${meaning(similarityOf(app, methodId))})`

export const aMapThatIgnoresTheModel: Lesson = {
  id: 'a-map-that-ignores-the-model',
  title: 'A map that ignores the model',
  summary:
    'Shuffle the weights of the network: a map that hardly changes was not about the network.',
  findCase: (gallery) => gallery.find(({ id }) => id === 'hippocampus') ?? gallery[0] ?? null,
  steps: [
    {
      title: 'A map of the trained model',
      async act(page) {
        await page.open()
        await page.weights(null)
        await page.map('gradient')
        page.show(overview)
        page.lookAt('maximum')
      },
      say: (app) =>
        `The trained model says ${verdictInWords(app)}, and this is the gradient of that answer. Remember where it is strong: next, the same network loses all it has learned.`,
    },
    {
      title: 'The same network, its weights shuffled',
      async act(page) {
        await page.open()
        await page.weights(null)
        await page.map('gradient')
        await page.weights(seed)
        await page.map('gradient')
        page.show(overview)
      },
      say: (app) =>
        `Every layer’s weights were dealt out anew, so the network now says ${verdictInWords(app)} and knows nothing. Its gradient has a rank correlation of ${alike(app, 'gradient')} with the trained one: this map depends on what was learned.`,
    },
    {
      title: 'Guided back-propagation',
      async act(page) {
        await page.open()
        await page.weights(seed)
        await page.map('guided-backprop')
        await page.weights(null)
        await page.map('guided-backprop')
        page.show(overview)
      },
      say: (app) =>
        `The maps of guided back-propagation with trained and with shuffled weights have a rank correlation of ${alike(app, 'guided-backprop')}, against ${correlationInWords(similarityOf(app, 'gradient'))} for the gradient. In deep networks it was found to hardly change at all (Adebayo et al. 2018); how far that goes in this small one is the number you see.`,
    },
    {
      title: 'Input x gradient',
      async act(page) {
        await page.open()
        await page.weights(null)
        await page.map('input-x-gradient')
        await page.weights(seed)
        await page.map('input-x-gradient')
        page.show(overview)
      },
      say: (app) =>
        `This is input x gradient of the shuffled network, and its correlation with that of the trained one is ${alike(app, 'input-x-gradient')}. The anatomy you recognise is the image itself, multiplied in: it would be there whatever the model had learned.`,
    },
    {
      title: 'Eigen-CAM never asks what the model answered',
      async act(page) {
        await page.open()
        await page.weights(seed)
        await page.map('eigen-cam')
        await page.weights(null)
        await page.map('eigen-cam')
        page.show(overview)
      },
      say: (app) => {
        const ids = ['gradient', 'guided-backprop', 'input-x-gradient', 'eigen-cam'] as const
        const ranked = ids
          .flatMap((id) => {
            const rank = similarityOf(app, id)
            return rank === null ? [] : [{ id, rank }]
          })
          .toSorted((a, b) => b.rank - a.rank)
        const most = ranked[0]
        const verdict = most
          ? `Of the four, ${names[most.id]} ignored the model most here; a map that looks plausible on shuffled weights is no evidence of what a model knows.`
          : 'Nothing was compared yet.'
        return `Eigen-CAM draws the strongest pattern of a layer, whatever the answer; trained and shuffled correlate by ${alike(app, 'eigen-cam')}. ${verdict}`
      },
    },
  ],
}

const names = {
  'eigen-cam': 'Eigen-CAM',
  gradient: 'the gradient',
  'guided-backprop': 'guided back-propagation',
  'input-x-gradient': 'input x gradient',
} as const
