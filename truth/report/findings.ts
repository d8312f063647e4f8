/** @file The first paragraph of docs/truth.md, made from the numbers. */

import { countOutcomes } from './controls.ts'
import { figure } from './markdown-table.ts'
import { compareOrdering } from './ordering.ts'
import { namesOf, rankMethods } from './rank-methods.ts'
import { isReal, type TaskSummary } from './summary.ts'

const name = (id: string) => `\`${id}\``
export const join = (ids: readonly string[]) =>
  ids.length < 2 ? ids.join('') : `${ids.slice(0, -1).join(', ')} and ${ids.at(-1)}`

export function findings(tasks: readonly TaskSummary[]): string {
  const real = tasks.filter(isReal)
  if (real.length === 0) return 'No task where something was learned was measured.'
  return [
    averages(real),
    ceiling(real),
    ...knownNothing(tasks),
    randomised(real),
    ...published(real),
  ].join(' ')
}

/** Methods that every task has, on all of its cases. */
function averages(real: readonly TaskSummary[]): string {
  const ranked = rankMethods(real)
  const common = ranked.filter(({ mean }) => mean !== null)
  if (common.length < 6) return `${real.length} tasks whose answer is known were measured.`
  const said = (one: (typeof common)[number]) => `${namesOf(one)} (${figure(one.mean ?? 0)})`
  const place = common.findIndex(({ id }) => id === 'grad-cam') + 1
  const parts = [
    `On ${real.length} tasks whose answer is known the share of a map inside the truth was highest on average for ${join(common.slice(0, 3).map(said))}, and lowest for ${join(common.slice(-3).map(said))}, of the ${common.length} maps that every task has on all of its cases.`,
  ]
  const cam = common[place - 1]
  if (place > 0 && cam) {
    const best = real
      .map((task) => ({
        id: task.id,
        mass: task.methods.find(({ id }) => id === 'grad-cam')?.measures.neuro.mean ?? 0,
      }))
      .reduce((a, b) => (b.mass > a.mass ? b : a))
    parts.push(
      `Grad-CAM is number ${place} of them (${figure(cam.mean ?? 0)}); its best task is ${name(best.id)} (${figure(best.mass)}).`,
    )
  }
  return parts.join(' ')
}

function ceiling(real: readonly TaskSummary[]): string {
  const masses = real.map(({ references }) => references.difference.neuro)
  const low = figure(Math.min(...masses))
  const high = figure(Math.max(...masses))
  return `The exact causal map, subject less twin, scores ${low === high ? low : `${low} to ${high}`} by the same measure: that, not 1, is what a map that is right gets.`
}

function knownNothing(tasks: readonly TaskSummary[]): readonly string[] {
  const counted = (knows: TaskSummary['knows']) =>
    tasks
      .filter((task) => task.knows === knows)
      .map((task) => `${countOutcomes(task)} on ${name(task.id)}`)
  const [nothing, another] = [counted('nothing'), counted('another signal')]
  return [
    ...(nothing.length > 0
      ? [
          `Where nothing was learned a map should be at or below chance: ${join(nothing)}. Most are below, because they follow the image; the section on controls says why that convicts few of them.`,
        ]
      : []),
    ...(another.length > 0
      ? [`In a mark that its network never saw, below is right: ${join(another)}.`]
      : []),
  ]
}

function randomised(real: readonly TaskSummary[]): string {
  const verdicts = new Map<string, { image: number; all: number }>()
  for (const { id, verdict } of real.flatMap(({ methods }) => methods)) {
    if (verdict === null || verdict === 'not judged') continue
    const known = verdicts.get(id) ?? { image: 0, all: 0 }
    known.all += 1
    if (verdict === 'follows the image') known.image += 1
    verdicts.set(id, known)
  }
  // Of one task alone nothing can be said of most.
  const most = [...verdicts]
    .filter(([, { image, all }]) => all > 1 && image > all / 2)
    .map(([id]) => name(id))
  return most.length === 0
    ? 'On most tasks no method keeps its map when the weights are permuted.'
    : `On most tasks the maps of ${join(most.sort())} stay alike when the weights of the network are permuted: they follow the image more than the model.`
}

function published(real: readonly TaskSummary[]): readonly string[] {
  const found = real.flatMap((task) => compareOrdering(task) ?? [])
  const said = (isSure: boolean) =>
    found.flatMap(({ taskId, correlation, p }) =>
      correlation !== null && p !== null && p < 0.05 === isSure
        ? [`${correlation.toFixed(2)} on ${name(taskId)}`]
        : [],
    )
  const [sure, unsure] = [said(true), said(false)]
  const parts = [
    ...(sure.length > 0
      ? [`beyond what a random order gives (p below 0.05) by ${join(sure)}`]
      : []),
    ...(unsure.length > 0 ? [`no more than chance might by ${join(unsure)}`] : []),
  ]
  return parts.length === 0
    ? []
    : [
        `With the order of the published study, over nine methods at most, ours correlates (Spearman) ${parts.join(', and ')}.`,
      ]
}
