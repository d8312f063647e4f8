/** @file docs/truth.md, generated. */

import { COMPARED_CASES } from '../measure/run-task.ts'
import { figure } from './markdown-table.ts'
import { compareOrdering, describeOrdering } from './ordering.ts'
import { LIKENESS_THRESHOLD, type TaskSummary } from './summary.ts'
import { accuracyTable, behaviourTable, methodTable } from './task-tables.ts'

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
  const { tasks, cases, date, machine, settings, skipped } = report
  const parts = [
    '# Every method against the truth',
    `Written by \`npm run truth\` on ${date} (${machine}); do not edit. ${cases} held-out cases per task, generated from a seed; no anatomy was seen in training.`,
    '![Mass in truth of every method on every task](truth.svg)',
    '## What is measured',
    explain(),
    ...(settings.length > 0 ? [settings.map((line) => `- ${line}`).join('\n')] : []),
    '## The models',
    'Recomputed from the shipped ONNX files: every held-out subject with the signal and its twin without, 95 % interval by Wilson.',
    accuracyTable(tasks),
    ...Object.entries(skipped).map(([id, why]) => `\`${id}\` is left out: ${why}.`),
    ...tasks.flatMap(taskSection),
    '## Beside the published ordering',
    "Siegel et al. 2025 (arXiv 2508.02560), 3-D ResNet-50 on UK Biobank, mean relevance mass accuracy; the numbers are cell outputs of the notebook in the authors' repository. Networks, data and effect sizes differ: only the order of the methods can be compared.",
    orderings(tasks),
    '## Controls',
    controls(tasks),
  ]
  return `${parts.join('\n\n')}\n`
}

function explain(): string {
  return [
    '- **Mass, neuro**: the pipeline of the study: magnitude, brain mask, Gaussian of 2 voxels (FWHM), zero below the 99th percentile, then the share of the rest inside the truth. As in the study, atlas regions are grown by 2 voxels and lesions are not; the next column takes every mask as it is.',
    '- **Mass, rank accuracy, ROC-AUC, average precision, best Dice, pointing game, enrichment**: of the magnitude, inside the brain, mask as it is; the definitions are those of the page.',
    '- **Off target**: the share of the mass that lies further than 2 voxels from the truth.',
    '- A map that is the same everywhere counts as no mass (0) and as a ranking that knows nothing.',
    '- Means over cases; intervals are 95 % percentile bootstrap intervals (2000 resamples, seeded).',
    '- **Gap**: median of |sum of the map - what it should add up to| over the latter, for methods that promise it. **Forward runs**: median time over that of one forward run.',
    `- **Randomised alike**: rank correlation (Spearman, magnitudes, brain) with the map of the same network with permuted weights, first ${COMPARED_CASES} cases. *Follows the weights*: the whole interval below ${LIKENESS_THRESHOLD}; *follows the image*: the whole interval above. The threshold is ours: Adebayo et al. 2018 name none.`,
    '- **Retrained alike**: the same correlation, mean over all pairs of networks trained with other seeds.',
    '- Baseline: zero, which is the mean of the brain after the z-score, and air in slices. Methods that average over baselines take 5 subjects without the signal. The explained class is the one with the signal.',
  ].join('\n')
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
    ...(reasons.length > 0 ? [`Not to be had of this model:\n\n${reasons.join('\n')}`] : []),
  ]
}

function orderings(tasks: readonly TaskSummary[]): string {
  const found = tasks.flatMap((task) => compareOrdering(task) ?? [])
  if (found.length === 0) return 'No task has a counterpart in the study.'
  return found.map((ordering) => `- ${describeOrdering(ordering)}`).join('\n')
}

/** Whose interval lies above chance although nothing was learned. */
function controls(tasks: readonly TaskSummary[]): string {
  const lines = tasks
    .filter(({ isControl }) => isControl)
    .map(({ id, methods }) => {
      const above = methods.filter(({ measures, chanceNeuro }) => measures.neuro.low > chanceNeuro)
      const list = above.map(
        (method) =>
          `\`${method.id}\` (${figure(method.measures.neuro.mean)}, chance ${figure(method.chanceNeuro)})`,
      )
      return above.length === 0
        ? `- \`${id}\`: no method scores above chance.`
        : `- \`${id}\`: above chance, by more than the interval: ${list.join(', ')}. Such a map follows the image: the network knows nothing of the region.`
    })
  return lines.length === 0 ? 'No control is among the tasks.' : lines.join('\n')
}
