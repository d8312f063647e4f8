/** @file docs/truth.md, generated. */

import { LIKENESS_THRESHOLD } from '../../src/core/metrics/judge-likeness.ts'
import { VERDICT_SEEDS } from '../measure/measure-permuted.ts'
import { COMPARED_CASES } from '../measure/rows.ts'
import { BASELINE_ROWS } from '../measure/workshop.ts'
import { describeControl } from './controls.ts'
import { remarksOn } from './discussion.ts'
import { findings, join } from './findings.ts'
import { figure } from './markdown-table.ts'
import { LEAST_JUDGED } from './method-summary.ts'
import { compareOrdering, describeOrdering, orderingTable } from './ordering.ts'
import { overviewTable } from './overview.ts'
import { isReal, type TaskSummary } from './summary.ts'
import {
  accuracyTable,
  behaviourTable,
  crossedLines,
  maskTable,
  methodTable,
} from './task-tables.ts'

export interface TruthReport {
  readonly date: string
  readonly machine: string
  readonly cases: number
  readonly tasks: readonly TaskSummary[]
  /** Why a case is left out, by its id. */
  readonly skipped: Readonly<Record<string, string>>
  /** What was changed of the defaults, in sentences. */
  readonly settings: readonly string[]
}

export function truthDocument(report: TruthReport): string {
  const { tasks, date, machine, settings, skipped } = report
  const parts = [
    '# Every method against the truth',
    findings(tasks),
    `Written by \`npm run truth\` on ${date} (${machine}); do not edit. ${countCases(tasks)} The held-out subjects are generated from a seed; no anatomy was seen in training.`,
    '![Mass in truth of every method on every task](truth.svg)',
    '## Overview',
    'Share of each map inside the truth (pipeline of the published study, explained below), mean over cases; best of each task in bold. *Mean*: over the tasks that are no controls, for methods that all of these have on all of their cases; the others are not ranked, and where a method was measured on fewer cases than others their number is in brackets. Methods of one row give one map: saliency is the magnitude of the gradient, and magnitudes are what is measured. The last rows are maps that no network made. Every measure with its interval is in [truth.json](truth.json).',
    overviewTable(tasks),
    ...Object.entries(skipped).map(([id, why]) => `\`${id}\` is left out: ${why}.`),
    '## Discussion',
    ...remarksOn(tasks),
    '## Beside the published ordering',
    "Siegel et al. 2025 (arXiv 2508.02560), 3-D ResNet-50 on UK Biobank, mean relevance mass accuracy; the numbers are cell outputs of the notebook in the authors' repository. Networks, data and effect sizes differ: only the order of the methods can be compared, and that with care. The study's DeepLIFT takes the mean image as baseline, ours zero; its lesions are on FLAIR. Spearman's correlation comes with two 95 % intervals, over our cases (bootstrap; the same networks on other subjects) and over methods (Fisher's z; nine methods are few, whatever the cases), and with the exact two-sided p of a random order. Several orders are compared here: one of them below 0.05 is no discovery.",
    ...orderings(tasks),
    '## Controls',
    ...controls(tasks),
    '## The models',
    'Recomputed from the shipped ONNX files: every held-out subject with the signal and its twin without, 95 % interval by Wilson. *Pairs in order*: subjects that score above their own twin. *AUC*: of the score, over all pairs of a subject with and one without. *AUC, a coin each*: every subject once, with or without its signal by a coin, as test sets are drawn: 95 % of what different coins give.',
    accuracyTable(tasks),
    ...aboutAreas(tasks),
    ...crossed(tasks),
    '## The masks against the causal map',
    'What the signal changed is known exactly: the subject less its twin, before any preprocessing. *Mask that changed*: the share of its voxels where the two differ; *change in mask*, *within 2 voxels*: where the difference lies; the last two measure the difference as if it were a map.',
    maskTable(tasks),
    '## How it was measured',
    [...explain(tasks), ...settings.map((line) => `- ${line}`)].join('\n'),
    ...tasks.flatMap(taskSection),
  ]
  return `${parts.join('\n\n')}\n`
}

/** Each method's own count is in the tables. */
function countCases(tasks: readonly TaskSummary[]): string {
  const counts = tasks.flatMap(({ methods }) => methods.map(({ count }) => count))
  const [least, most] = [Math.min(...counts), Math.max(...counts)]
  return least === most
    ? `${most} held-out cases for every method and task.`
    : `${least} to ${most} held-out cases for a method and task, as the tables say; \`npm run truth\` measures those that are missing.`
}

function explain(tasks: readonly TaskSummary[]): readonly string[] {
  return [
    '- **Mass, neuro**: the pipeline of the study: magnitude, brain mask, Gaussian of 2 voxels (FWHM), zero below the 99th percentile, then the share of the rest inside the truth. As in the study, atlas regions are grown by 2 voxels and lesions are not; the next column takes every mask as it is.',
    '- **Mass, rank accuracy, ROC-AUC, average precision, best Dice, pointing game, enrichment**: of the magnitude, inside the brain, mask as it is; the definitions are those of the page.',
    '- **Off target**: the share of the mass that lies further than 2 voxels from the truth.',
    '- A map that is the same everywhere counts as no mass (0) and as a ranking that knows nothing.',
    '- Means over cases; intervals are 95 % percentile bootstrap intervals (2000 resamples, seeded).',
    '- **Gap**: median of |sum of the map - what it should add up to| over the latter, for methods that promise it.',
    '- **Told right**: mass, neuro, on the cases that the model tells right; their number, and how many of those maps are empty.',
    '- **Subject less twin**: mass, neuro, of the map of the subject less that of its twin without the signal, both in the truth of the subject.',
    '- **Seconds**: processor time of a map on one thread, opening of the model left out. **Forward runs**: that time over the time of a plain forward run just before it. Measured in a stage of its own, one process, three cases, five repeats after one that does not count (three where a method takes long): median and quartiles. '.concat(
      timedOn(tasks),
    ),
    `- **Randomised alike**: size of the rank correlation (Spearman, magnitudes, brain) with the map of the same network with permuted weights, on the first ${COMPARED_CASES} cases and with up to ${VERDICT_SEEDS.length} permutations (their number in brackets); interval over both (pigeonhole bootstrap). *Follows the weights*: the whole interval below ${LIKENESS_THRESHOLD}; *follows the image*: the whole interval above; *not judged*: fewer than ${LEAST_JUDGED} correlations, or no more than half of the comparisons possible because maps are empty. The threshold is ours, and the page judges by the same one: Adebayo et al. 2018 name none. At ${LIKENESS_THRESHOLD} a quarter of the variance of the ranks is shared; a verdict rests on small networks and a few subjects, and permuted weights keep each layer's distribution, so that a map may stay alike for what that distribution does to an image.`,
    '- **Retrained alike**: the same correlation, mean over all pairs of networks trained with other seeds.',
    `- Baseline: zero, which is the mean of the brain after the z-score, and air in slices. Methods that average over baselines take ${BASELINE_ROWS} subjects without the signal. The explained class is the one with the signal; the seed is the same for every case.`,
    '- The methods run with the defaults of the product but for:',
  ]
}

function taskSection(task: TaskSummary): readonly string[] {
  const refused = new Map<string, string[]>()
  for (const { id, reason } of task.refused) {
    refused.set(reason, [...(refused.get(reason) ?? []), `\`${id}\``])
  }
  const reasons = [...refused].map(([reason, ids]) => `- ${ids.join(', ')}: ${reason}`)
  return [
    `## ${task.title} (\`${task.id}\`)`,
    methodTable(task),
    behaviourTable(task),
    ...(reasons.length > 0
      ? [`Not to be had of this model, or not on every case:\n\n${reasons.join('\n')}`]
      : []),
  ]
}

function orderings(tasks: readonly TaskSummary[]): readonly string[] {
  const found = tasks.flatMap((task) => compareOrdering(task) ?? [])
  if (found.length === 0) return ['No task has a counterpart in the study.']
  return found.flatMap((ordering) => [describeOrdering(ordering), orderingTable(ordering)])
}

function controls(tasks: readonly TaskSummary[]): readonly string[] {
  const lines = tasks.filter((task) => !isReal(task)).flatMap(describeControl)
  return lines.length === 0
    ? ['No control is among the tasks.']
    : [
        'Two kinds: networks that know nothing, whose maps should be at or below chance, and a network that knows something else. *Chance*: where the whole 95 % interval of the mass lies. Methods that give one map count once.',
        ...lines,
      ]
}

/** Two ways to an AUC that seem to contradict each other. */
function aboutAreas(tasks: readonly TaskSummary[]): readonly string[] {
  const model = tasks.find(({ isUntrained }) => isUntrained)?.models[0]
  if (!model) return []
  const [low, high] = model.drawnAuc
  const ordered = tasks
    .filter((task) => !isReal(task) && !task.isUntrained)
    .flatMap(({ id, models }) => (models[0] ? [`\`${id}\` ${figure(models[0].ordered)}`] : []))
  const others =
    ordered.length > 0
      ? ` The other controls are away from one half too (pairs in order: ${join(ordered)}): the coins of one gave it a direction, and a bright capsule changes the z-score of the whole head.`
      : ''
  return [
    `The untrained network has an AUC of ${figure(model.auc)} over all pairs here, puts ${figure(model.ordered)} of the subjects above their own twin, and has .769 on the 60 random draws of its training log. All three are right. It answers the darker region with a tiny shift, mostly in one direction, which a pair shows and which is lost among subjects, whose heads and contrasts move its score ten times as far. In a test set of single subjects an AUC is then a matter of coins: from ${figure(low)} to ${figure(high)} here. In the log's 60 subjects the same labels are told with .766 when the signal is taken out of every one of them: a rare draw, and the region had no part in it.${others} So "knows nothing" means: nothing that was learned. Such a network does respond to what is taken away, and its maps may.`,
  ]
}

function crossed(tasks: readonly TaskSummary[]): readonly string[] {
  const lines = crossedLines(tasks)
  return lines.length === 0
    ? []
    : [
        `Twins are easy: they lack all of the signal. Harder subjects have a part of it, all else equal:\n\n${lines.join('\n')}`,
      ]
}

function timedOn(tasks: readonly TaskSummary[]): string {
  const machines = tasks.flatMap(({ methods }) =>
    methods.flatMap(({ cost }) => (cost ? [cost.machine] : [])),
  )
  return machines.length === 0
    ? 'Not measured yet: `npm run truth -- --timing`.'
    : `On: ${[...new Set(machines)].join('; ')}.`
}
