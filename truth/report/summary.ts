/** @file From rows to the numbers of the tables. */

import { bootstrapMean, type Estimate } from '../measure/bootstrap.ts'
import { type MeasureId, type Measures, measureIds } from '../measure/measures.ts'
import { type ReferenceId, referenceIds } from '../measure/references.ts'
import type { TaskResult } from '../measure/run-task.ts'
import { digestOf, type Knowledge, type Widening, wideningOf } from '../measure/tasks.ts'
import { type MethodSummary, meanOf, summariseMethod } from './method-summary.ts'
import {
  type CrossedSummary,
  type ModelSummary,
  summariseCrossed,
  summariseModel,
} from './model-summary.ts'

export interface TaskSummary {
  readonly id: string
  readonly caseId: string
  readonly title: string
  readonly knows: Knowledge
  readonly isUntrained: boolean
  readonly widening: Widening
  readonly models: readonly ModelSummary[]
  /** Subjects with each part of the signal alone; null where it has no parts. */
  readonly crossed: CrossedSummary | null
  /** Maps that no network made. */
  readonly references: Readonly<Record<ReferenceId, Readonly<Record<MeasureId, number>>>>
  /** Neuro mass of those, subject less twin; null = not measured. */
  readonly pairedReferences: { readonly image: Estimate; readonly edges: Estimate } | null
  /** Share of the truth's voxels that the signal changed. */
  readonly changed: number
  readonly methods: readonly MethodSummary[]
  /** Methods that this model cannot give, and why. */
  readonly refused: readonly { readonly id: string; readonly reason: string }[]
}

/** Something is to be found: the network learned the signal. */
export function isReal({ knows }: Pick<TaskSummary, 'knows'>): boolean {
  return knows === 'the signal'
}

export function summariseTask(result: TaskResult): TaskSummary {
  const { task, predictions, references, methods } = result
  const [own] = predictions
  const right = new Set(
    (own?.rows ?? []).filter(({ signal }) => signal > 0).map(({ index }) => index),
  )
  return {
    id: task.id,
    caseId: task.caseId,
    title: task.title,
    knows: task.knows,
    isUntrained: task.isUntrained,
    widening: wideningOf(task),
    models: predictions.map(({ model, rows }) =>
      summariseModel(model.variant, digestOf(model), rows),
    ),
    crossed: summariseCrossed(result.crossed, task.config.signal.kind === 'pair'),
    references: Object.fromEntries(
      referenceIds.map((id) => [id, meanMeasures(references.map((row) => row.references[id]))]),
    ) as TaskSummary['references'],
    pairedReferences: pairReferences(result),
    changed: meanOf(references, ({ changed }) => changed),
    methods: methods.flatMap((method) => summariseMethod(method, right) ?? []),
    refused: methods.flatMap(({ planned, reason }) =>
      reason === null ? [] : [{ id: planned.id, reason }],
    ),
  }
}

function meanMeasures(all: readonly Measures[]): Readonly<Record<MeasureId, number>> {
  const means = measureIds.map((id) => [id, meanOf(all, (measures) => measures[id])])
  return Object.fromEntries(means) as Record<MeasureId, number>
}

function pairReferences({
  references,
  twinReferences,
}: TaskResult): TaskSummary['pairedReferences'] {
  const differences = (id: 'edges' | 'image') =>
    bootstrapMean(
      twinReferences.flatMap((twin) => {
        const own = references.find(({ index }) => index === twin.index)
        return own ? [own.references[id].neuro - twin[id]] : []
      }),
    )
  const [image, edges] = [differences('image'), differences('edges')]
  return image && edges && { image, edges }
}
