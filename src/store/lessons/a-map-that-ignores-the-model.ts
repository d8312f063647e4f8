/**
 * @file Lesson: randomise the weights, and see which maps notice (Adebayo et al. 2018), and why some
 * cannot (Sixt et al. 2020, arXiv 1912.09818).
 */

import { findMethod } from '../../core/attribution/methods.ts'
import { LIKENESS_THRESHOLD } from '../../core/metrics/judge-likeness.ts'
import type { Lesson, LessonPage } from './lesson.ts'
import { correlationInWords, likenessOf, similarityOf, verdictInWords } from './live-numbers.ts'

const seed = 1
const overview = { visible: true, opacity: 0.8, percentile: 99, fade: true } as const
const compared = ['gradient', 'excitation-backprop', 'deep-taylor', 'input-x-gradient'] as const

/** The map of trained weights, then that of shuffled ones, which stays on screen. */
async function showBoth(page: LessonPage, methodId: string): Promise<void> {
  await page.open()
  await page.weights(null)
  await page.map(methodId)
  await page.weights(seed)
  await page.map(methodId)
  page.show(overview)
  page.lookAt('maximum')
}

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
      act: (page) => showBoth(page, 'gradient'),
      say: (app) =>
        `Every layer’s weights were dealt out anew, so the network now says ${verdictInWords(app)} and knows nothing. Its gradient has a rank correlation of ${correlationInWords(similarityOf(app, 'gradient'))} with the trained one; below ${LIKENESS_THRESHOLD} we say that a map follows the weights, above it the image, so this one ${likenessOf(app, 'gradient')}.`,
    },
    {
      title: 'Excitation backprop, of the shuffled network too',
      act: (page) => showBoth(page, 'excitation-backprop'),
      say: (app) =>
        `This map looks as sure of itself as any, and it explains a network that knows nothing: with the trained one it has a rank correlation of ${correlationInWords(similarityOf(app, 'excitation-backprop'))}, so it ${likenessOf(app, 'excitation-backprop')}. Both are in the list of runs: click from one to the other, and see how little they have to do with what was learned.`,
    },
    {
      title: 'Deep Taylor, of the same family',
      act: (page) => showBoth(page, 'deep-taylor'),
      say: (app) =>
        `Trained and shuffled correlate by ${correlationInWords(similarityOf(app, 'deep-taylor'))}, so this map ${likenessOf(app, 'deep-taylor')}. Both methods hand on positive contributions alone, and with every layer of that less is left of what the layers above had to say, until the picture itself decides (Sixt et al. 2020).`,
    },
    {
      title: 'Input × gradient: an eye is not enough',
      act: (page) => showBoth(page, 'input-x-gradient'),
      say: (app) => {
        const ranked = compared
          .flatMap((id) => {
            const rank = similarityOf(app, id)
            return rank === null ? [] : [{ id, rank }]
          })
          .toSorted((a, b) => b.rank - a.rank)
        const list = ranked
          .map(({ id, rank }) => `${findMethod(id).label} ${correlationInWords(rank)}`)
          .join(', ')
        return `You know the anatomy again, for the image is multiplied in; still the correlation is ${correlationInWords(similarityOf(app, 'input-x-gradient'))}, and this map ${likenessOf(app, 'input-x-gradient')}. Of the four, ${findMethod(ranked[0]?.id ?? 'gradient').label} ignored the model most (${list}): shuffle the weights before you believe a map.`
      },
    },
  ],
}
