/** @file What scores where nothing, or something else, was learned, and what may be behind it. */

import type { Estimate } from '../measure/bootstrap.ts'
import { figure, interval, markdownTable } from './markdown-table.ts'
import type { MethodSummary } from './method-summary.ts'
import { distinct } from './rank-methods.ts'
import type { TaskSummary } from './summary.ts'

export type Outcome = 'above' | 'at' | 'below'

/** Where the whole interval lies. */
export function outcomeOf({ low, high }: Pick<Estimate, 'high' | 'low'>, chance: number): Outcome {
  return low > chance ? 'above' : high < chance ? 'below' : 'at'
}

/** Maps, each counted once, by where their mass lies. */
export function outcomes({
  methods,
}: TaskSummary): Readonly<Record<Outcome, readonly MethodSummary[]>> {
  const maps = distinct(methods)
  const of = (outcome: Outcome) =>
    maps.filter(({ measures, chanceNeuro }) => outcomeOf(measures.neuro, chanceNeuro) === outcome)
  return { above: of('above'), at: of('at'), below: of('below') }
}

/** "0 of 26 maps above chance, 2 at it and 24 below". */
export function countOutcomes(task: TaskSummary): string {
  const { above, at, below } = outcomes(task)
  const all = above.length + at.length + below.length
  return `${above.length} of ${all} maps above chance, ${at.length} at it and ${below.length} below`
}

/** Best first, with their masses. */
function list(methods: readonly MethodSummary[]): string {
  return methods
    .toSorted((a, b) => b.measures.neuro.mean - a.measures.neuro.mean)
    .map(({ id, measures }) => `\`${id}\` (${figure(measures.neuro.mean)})`)
    .join(', ')
}

/** A paragraph, and a table where something was measured beside the mass. */
export function describeControl(task: TaskSummary): readonly string[] {
  const said =
    task.knows === 'nothing'
      ? [knowsNothing(task), ...paired(task), ...redrawn(task)]
      : [knowsAnother(task), ...paired(task)]
  const hasMore = task.methods.some(({ paired, permutedNeuro }) => paired ?? permutedNeuro)
  return [said.join(' '), ...(hasMore ? [controlTable(task)] : [])]
}

function knowsNothing(task: TaskSummary): string {
  const { id, methods, references } = task
  const { above, below } = outcomes(task)
  const chance = figure(methods[0]?.chanceNeuro ?? Number.NaN)
  const image = references.image.neuro
  const edges = references.edges.neuro
  const most = Math.max(image, edges)
  const within = above.filter(({ measures }) => measures.neuro.mean <= most)
  const beyond = above.filter(({ measures }) => measures.neuro.mean > most)
  const said = [
    `**\`${id}\` knows nothing**: ${countOutcomes(task)} (${chance}).`,
    'At or below chance is what its maps should be.',
  ]
  if (within.length > 0) {
    said.push(`Above, but no more than the image or its edges give by themselves: ${list(within)}.`)
  }
  if (beyond.length > 0) {
    said.push(
      `Above, and more than the image (${figure(image)}) or its edges (${figure(edges)}) give by themselves: ${list(beyond)}.`,
    )
  }
  if (below.length > 0) {
    said.push(
      most < (methods[0]?.chanceNeuro ?? 0)
        ? `Below, because maps are no dice: they follow the image and its edges, and these alone have ${figure(image)} and ${figure(edges)} of their strongest 1 % in the region, a smooth nucleus inside the brain. A map that follows the image is below chance there whatever the network knows, so the mass alone has little power to convict it.`
        : 'Below: these maps are brightest in places that the image or the design of the network prefers, and the truth is not among them.',
    )
  }
  return said.join(' ')
}

function knowsAnother(task: TaskSummary): string {
  const { id, methods, references, caseId } = task
  return [
    `**\`${id}\` never saw the mark**: it was trained on another signal of the same heads, which subject and twin of \`${caseId}\` share, and it answers that one.`,
    `It has ${countOutcomes(task)} (${figure(methods[0]?.chanceNeuro ?? Number.NaN)}) in the mark; below is right, because it looks elsewhere, while the image alone has ${figure(references.image.neuro)} there and its edges ${figure(references.edges.neuro)}.`,
    'Above would be a map that shows what is bright.',
    `Those above: ${list(outcomes(task).above) || 'none'}.`,
    'Mass is counted over voxels above 0, so the air around the capsule is outside the measure: a map that spills into it is not blamed.',
  ].join(' ')
}

/** A map that knows nothing of the region should not change when its signal is taken away. */
function paired({ methods, pairedReferences }: TaskSummary): readonly string[] {
  const measured = distinct(methods).flatMap((method) =>
    method.paired ? [{ id: method.id, change: method.paired }] : [],
  )
  if (measured.length === 0) return []
  const moved = measured
    .filter(({ change }) => change.low > 0 || change.high < 0)
    .toSorted((a, b) => Math.abs(b.change.mean) - Math.abs(a.change.mean))
  const most = Math.max(...measured.map(({ change }) => change.count))
  const names = moved
    .slice(0, 5)
    .map(({ id, change }) => `\`${id}\` ${signed(change)}`)
    .join(', ')
  const said = [
    `Paired with the twin (mass of the subject less that of the twin, same truth, up to ${most} pairs), a map that follows neither the region nor the image would not change: ${moved.length} of ${measured.length} do${moved.length > 0 ? `, most of all ${names}` : ''}.`,
  ]
  if (pairedReferences) {
    const { image, edges } = pairedReferences
    said.push(`The image alone changes by ${signed(image)}, its edges by ${signed(edges)}.`)
  }
  return said
}

/** The shipped network is one draw. */
function redrawn({ isUntrained, methods }: TaskSummary): readonly string[] {
  const measured = distinct(methods).flatMap((method) =>
    method.permutedNeuro && method.permutations > 1
      ? [{ method, mass: method.permutedNeuro, networks: method.permutations + 1 }]
      : [],
  )
  if (!isUntrained || measured.length === 0) return []
  const count = (wanted: Outcome) =>
    measured.filter(({ method, mass }) => outcomeOf(mass, method.chanceNeuro) === wanted)
  const above = count('above').map(({ method, mass }) => `\`${method.id}\` ${interval(mass)}`)
  return [
    `Over ${Math.max(...measured.map(({ networks }) => networks))} initialisations (the shipped one, and its values dealt out anew by seeds 1, 2, ...; interval over networks and cases): ${above.length} of ${measured.length} maps above chance${above.length > 0 ? ` (${above.join(', ')})` : ''}, ${count('at').length} at it, ${count('below').length} below.`,
  ]
}

function controlTable({ methods, pairedReferences, isUntrained }: TaskSummary): string {
  const change = (estimate: Estimate | null) =>
    estimate ? `${signed(estimate)} (${estimate.count})` : '-'
  const rows = methods
    .toSorted((a, b) => b.measures.neuro.mean - a.measures.neuro.mean)
    .map(({ id, measures, chanceNeuro, paired, permutedNeuro }) => [
      `\`${id}\``,
      interval(measures.neuro),
      outcomeOf(measures.neuro, chanceNeuro),
      change(paired),
      ...(isUntrained ? [permutedNeuro ? interval(permutedNeuro) : '-'] : []),
    ])
  const blank = isUntrained ? [''] : []
  const references = pairedReferences
    ? [
        ['*the image alone*', '', '', change(pairedReferences.image), ...blank],
        ['*its edges alone*', '', '', change(pairedReferences.edges), ...blank],
      ]
    : []
  const titles = ['Method', 'Mass [95 %]', 'Chance', 'Subject less twin [95 %] (pairs)']
  const more = isUntrained ? ['Over initialisations'] : []
  return markdownTable([...titles, ...more], [...rows, ...references])
}

/** With the sign of the mean. */
function signed(estimate: Estimate): string {
  return `${estimate.mean > 0 ? '+' : ''}${interval(estimate)}`
}
