/** @file Where the relevance goes that a map lacks. */

import { join } from './findings.ts'
import { figure } from './markdown-table.ts'
import type { Numbers, Remark } from './remarks.ts'

/** Tasks in the order of their tables whose gap of a method is larger than its score. */
const gapOf = (n: Numbers, task: string, method: string) =>
  n.summary(task)?.methods.find(({ id }) => id === method)?.gap ?? Number.NaN

const heads = ['shortcut/main', 'two-features'] as const
/** Networks with parts that are not linear up to ReLUs. */
const curved = {
  'lesions-flair': 'pooling by log-sum-exp',
  'lesions-t1': 'pooling by log-sum-exp',
  'nodule/vit': 'softmax, GELU and normalisation over the image',
} as const

export const missingRelevance: Remark = {
  holds: (n) =>
    heads.every(
      (task) =>
        gapOf(n, task, 'lrp') > 1 &&
        gapOf(n, task, 'full-grad') < 0.01 &&
        Math.abs(n.mass(task, 'lrp') - n.mass(task, 'input-x-gradient')) < 0.005,
    ),
  text: (n) => {
    const open = Object.entries(curved)
      .map(([task, why]) => ({ task, why, gap: gapOf(n, task, 'full-grad') }))
      .filter(({ gap }) => gap > 0.5)
    const own = open.map(({ task, why, gap }) => `${figure(gap)} on \`${task}\` (${why})`)
    const soft = open.some(({ task }) => task !== 'nodule/vit')
      ? ': a soft maximum of many cells lies above the mean that its slopes weigh'
      : ''
    const others =
      own.length > 0
        ? ` FullGrad's own gap of ${join(own)} is the part of a network that no slope at the subject adds up${soft}.`
        : ''
    return `**Where relevance goes that does not add up.** The sum of LRP's map is off by ${join(heads.map((task) => `${figure(gapOf(n, task, 'lrp'))} times the score on \`${task}\``))}, without any defect: with the epsilon rule its map is input x gradient there, which leaves out what biases and the shifts of batch normalisation add. FullGrad is input x gradient with exactly those, and its gap is ${join(heads.map((task) => figure(gapOf(n, task, 'full-grad'))))}: the biases absorb all that is missing. It is that much because both heads were fitted anew on features that are large and cancel, so that the score is the small difference of large parts.${others}`
  },
}
