/** @file docs/truth.md, generated. */

import { COMPARED_CASES } from '../measure/rows.ts'
import { BASELINE_ROWS } from '../measure/workshop.ts'
import { describeControl } from './controls.ts'
import { remarksOn } from './discussion.ts'
import { findings } from './findings.ts'
import { compareOrdering, describeOrdering, orderingTable } from './ordering.ts'
import { overviewTable } from './overview.ts'
import { LIKENESS_THRESHOLD, type TaskSummary } from './summary.ts'
import { accuracyTable, behaviourTable, maskTable, methodTable } from './task-tables.ts'

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
    'Share of each map inside the truth (pipeline of the published study, explained below), mean over cases; best of each task in bold. *Mean*: over the tasks that are no controls and have the method. The last rows are maps that no network made.',
    overviewTable(tasks),
    ...Object.entries(skipped).map(([id, why]) => `\`${id}\` is left out: ${why}.`),
    '## Discussion',
    ...remarksOn(tasks),
    '## Beside the published ordering',
    "Siegel et al. 2025 (arXiv 2508.02560), 3-D ResNet-50 on UK Biobank, mean relevance mass accuracy; the numbers are cell outputs of the notebook in the authors' repository. Networks, data and effect sizes differ: only the order of the methods can be compared.",
    ...orderings(tasks),
    '## Controls',
    controls(tasks),
    '## The models',
    'Recomputed from the shipped ONNX files: every held-out subject with the signal and its twin without, 95 % interval by Wilson. AUC: of the score, over all pairs of a subject with and one without.',
    accuracyTable(tasks),
    '## The masks against the causal map',
    'What the signal changed is known exactly: the subject less its twin, before any preprocessing. *Mask that changed*: the share of its voxels where the two differ; *change in mask*, *within 2 voxels*: where the difference lies; the last two measure the difference as if it were a map.',
    maskTable(tasks),
    '## How it was measured',
    [...explain(), ...settings.map((line) => `- ${line}`)].join('\n'),
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

function explain(): readonly string[] {
  return [
    '- **Mass, neuro**: the pipeline of the study: magnitude, brain mask, Gaussian of 2 voxels (FWHM), zero below the 99th percentile, then the share of the rest inside the truth. As in the study, atlas regions are grown by 2 voxels and lesions are not; the next column takes every mask as it is.',
    '- **Mass, rank accuracy, ROC-AUC, average precision, best Dice, pointing game, enrichment**: of the magnitude, inside the brain, mask as it is; the definitions are those of the page.',
    '- **Off target**: the share of the mass that lies further than 2 voxels from the truth.',
    '- A map that is the same everywhere counts as no mass (0) and as a ranking that knows nothing.',
    '- Means over cases; intervals are 95 % percentile bootstrap intervals (2000 resamples, seeded).',
    '- **Gap**: median of |sum of the map - what it should add up to| over the latter, for methods that promise it.',
    '- **Seconds**: median processor time of a map on one thread, opening of the model left out. **Forward runs**: median of that time over the time of a plain forward run on the same case, taken just before it.',
    `- **Randomised alike**: rank correlation (Spearman, magnitudes, brain) with the map of the same network with permuted weights, first ${COMPARED_CASES} cases. *Follows the weights*: the whole interval below ${LIKENESS_THRESHOLD}; *follows the image*: the whole interval above. The threshold is ours: Adebayo et al. 2018 name none.`,
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

function controls(tasks: readonly TaskSummary[]): string {
  const lines = tasks.filter(({ isControl }) => isControl).map(describeControl)
  return lines.length === 0 ? 'No control is among the tasks.' : lines.join('\n')
}
