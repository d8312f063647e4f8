/** @file The first paragraph of docs/truth.md, made from the numbers. */

import { aboveChance } from './controls.ts'
import { figure } from './markdown-table.ts'
import { compareOrdering } from './ordering.ts'
import { rankMethods } from './rank-methods.ts'
import type { TaskSummary } from './summary.ts'

const name = (id: string) => `\`${id}\``
const join = (ids: readonly string[]) =>
  ids.length < 2 ? ids.join('') : `${ids.slice(0, -1).join(', ')} and ${ids.at(-1)}`

export function findings(tasks: readonly TaskSummary[]): string {
  const real = tasks.filter(({ isControl }) => !isControl)
  const controls = tasks.filter(({ isControl }) => isControl)
  if (real.length === 0) return 'No task where something was learned was measured.'
  return [
    averages(real),
    ceiling(real),
    ...(controls.length > 0 ? [knownNothing(controls)] : []),
    randomised(real),
    ...published(real),
  ].join(' ')
}

/** Methods that every task has. */
function averages(real: readonly TaskSummary[]): string {
  const common = rankMethods(real).filter(({ count }) => count === real.length)
  const said = ({ id, mean }: (typeof common)[number]) => `${name(id)} (${figure(mean ?? 0)})`
  const place = common.findIndex(({ id }) => id === 'grad-cam') + 1
  const parts = [
    `On ${real.length} tasks whose answer is known the share of a map inside the truth was highest on average for ${join(common.slice(0, 3).map(said))}, and lowest for ${join(common.slice(-3).map(said))}.`,
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
      `Grad-CAM is number ${place} of ${common.length} (${figure(cam.mean ?? 0)}); its best task is ${name(best.id)} (${figure(best.mass)}).`,
    )
  }
  return parts.join(' ')
}

function ceiling(real: readonly TaskSummary[]): string {
  const masses = real.map(({ references }) => references.difference.neuro)
  const low = figure(Math.min(...masses))
  const high = figure(Math.max(...masses))
  return `The exact causal map, subject less twin, scores ${low === high ? low : `${low} to ${high}`} by the same measure.`
}

function knownNothing(controls: readonly TaskSummary[]): string {
  const counts = controls.map(
    (task) => `${aboveChance(task).length} of ${task.methods.length} methods on ${name(task.id)}`,
  )
  return `Where nothing was learned every method should score at chance, and ${join(counts)} score above it, which the section on controls takes apart.`
}

function randomised(real: readonly TaskSummary[]): string {
  const verdicts = new Map<string, { image: number; all: number }>()
  for (const { id, verdict } of real.flatMap(({ methods }) => methods)) {
    if (verdict === null) continue
    const known = verdicts.get(id) ?? { image: 0, all: 0 }
    known.all += 1
    if (verdict === 'follows the image') known.image += 1
    verdicts.set(id, known)
  }
  const most = [...verdicts].filter(([, { image, all }]) => image > all / 2).map(([id]) => name(id))
  return most.length === 0
    ? 'On most tasks no method keeps its map when the weights are permuted.'
    : `On most tasks the maps of ${join(most.sort())} stay alike when the weights of the network are permuted: they follow the image more than the model.`
}

function published(real: readonly TaskSummary[]): readonly string[] {
  const found = real.flatMap((task) => compareOrdering(task) ?? [])
  const known = found.flatMap(({ taskId, correlation }) =>
    correlation === null ? [] : [`${correlation.toFixed(2)} on ${name(taskId)}`],
  )
  return known.length === 0
    ? []
    : [`With the order of the published study ours correlates (Spearman) by ${join(known)}.`]
}
