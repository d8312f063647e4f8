/** @file What scores where nothing was learned, and what may be behind it. */

import { figure } from './markdown-table.ts'
import type { MethodSummary, TaskSummary } from './summary.ts'

/** Whose whole interval lies above chance although nothing was learned. */
export function aboveChance({ methods }: TaskSummary): readonly MethodSummary[] {
  return methods.filter(({ measures, chanceNeuro }) => measures.neuro.low > chanceNeuro)
}

/** Whose whole interval lies below chance: such maps are bright elsewhere, for whatever reason. */
function belowChance({ methods }: TaskSummary): readonly MethodSummary[] {
  return methods.filter(({ measures, chanceNeuro }) => measures.neuro.high < chanceNeuro)
}

/** Best first, with their masses. */
function list(methods: readonly MethodSummary[]): string {
  return methods
    .toSorted((a, b) => b.measures.neuro.mean - a.measures.neuro.mean)
    .map(({ id, measures }) => `\`${id}\` (${figure(measures.neuro.mean)})`)
    .join(', ')
}

export function describeControl(task: TaskSummary): string {
  const { id, methods, references } = task
  const above = aboveChance(task)
  const below = belowChance(task)
  const chance = figure(methods[0]?.chanceNeuro ?? Number.NaN)
  const image = references.image.neuro
  const edges = references.edges.neuro
  const most = Math.max(image, edges)
  const within = above.filter(({ measures }) => measures.neuro.mean <= most)
  const beyond = above.filter(({ measures }) => measures.neuro.mean > most)
  const count =
    above.length === 0 ? 'no method scores' : `${above.length} of ${methods.length} methods score`
  const said = [
    `- \`${id}\`: ${count} above chance (${chance}) by more than the interval. This network did not learn the signal; the image alone scores ${figure(image)} there, and its edges ${figure(edges)}.`,
  ]
  if (within.length > 0) {
    said.push(`No more than the image or its edges give by themselves: ${list(within)}.`)
  }
  if (beyond.length > 0) {
    said.push(
      `More than that, so that brightness and edges alone do not account for it: ${list(beyond)}.`,
    )
  }
  if (below.length > 0) {
    said.push(
      `${below.length} methods score below it: ${list(below)}. That is not chance either: such a map is brightest in places that the image or the network's design prefers, and the truth is not among them.`,
    )
  }
  return said.join(' ')
}
