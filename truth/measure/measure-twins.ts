/** @file A method on subjects and on their twins: what the signal itself changes in the map. */

import { explainCase } from './explain-case.ts'
import { type Kept, keepRows } from './keep.ts'
import { isConstant, neuroOf } from './measure-map.ts'
import type { PlannedMethod } from './method-plan.ts'
import { imageMaps } from './references.ts'
import { type TwinReferenceRow, type TwinRow, twinKey, twinReferenceKey } from './rows.ts'
import type { Surroundings } from './run-task.ts'
import type { TruthTask } from './tasks.ts'
import type { Workshop } from './workshop.ts'

/** A control is about small differences. */
const CONTROL_CASES = 20
const OTHER_CASES = 10

function twinCases({ knows }: TruthTask, { indices }: Surroundings): readonly number[] {
  const count = knows === 'the signal' ? OTHER_CASES : CONTROL_CASES
  return indices.filter((index) => index < count)
}

/** The twin's map is measured against the truth of the subject, inside the subject's brain. */
export function measureTwins(
  task: TruthTask,
  planned: PlannedMethod,
  workshop: Workshop,
  around: Surroundings,
): Promise<readonly Kept<TwinRow>[]> {
  const measure = async (index: number): Promise<TwinRow> => {
    const given = await workshop.heldOut(index)
    const baselines = planned.method.needs.baselineRows ? await workshop.baselineRows() : null
    const opened = await workshop.open(task.model)
    const { magnitudes } = await explainCase(opened, task, planned, given, baselines, given.twin)
    return { neuro: neuroOf(magnitudes, given), isEmpty: isConstant(magnitudes) }
  }
  return keepRows(
    twinCases(task, around),
    around,
    (index) => twinKey(task, planned, index),
    around.parts.has('twins') ? measure : null,
  )
}

/** The image and its edges change with the signal too: what a map made of them alone would do. */
export function measureTwinReferences(
  task: TruthTask,
  workshop: Workshop,
  around: Surroundings,
): Promise<readonly Kept<TwinReferenceRow>[]> {
  const measure = async (index: number): Promise<TwinReferenceRow> => {
    const given = await workshop.heldOut(index)
    const { image, edges } = imageMaps(given, given.twin)
    return { image: neuroOf(image, given), edges: neuroOf(edges, given) }
  }
  return keepRows(
    twinCases(task, around),
    around,
    (index) => twinReferenceKey(task, index),
    around.parts.has('twins') ? measure : null,
  )
}
