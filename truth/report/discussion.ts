/**
 * @file What people made of the numbers. Each remark names what it rests on, and is left out where
 * that does not hold: the text cannot contradict the tables.
 */

import { figure } from './markdown-table.ts'
import { type Numbers, type Remark, remarks } from './remarks.ts'
import type { TaskSummary } from './summary.ts'

export function numbersOf(tasks: readonly TaskSummary[]): Numbers {
  const mass = (task: string, method: string) =>
    tasks.find(({ id }) => id === task)?.methods.find(({ id }) => id === method)?.measures.neuro
      .mean ?? Number.NaN
  return {
    mass,
    summary: (task) => tasks.find(({ id }) => id === task),
    say: (task, method) => figure(mass(task, method)),
  }
}

export function remarksOn(
  tasks: readonly TaskSummary[],
  all: readonly Remark[] = remarks,
): readonly string[] {
  const numbers = numbersOf(tasks)
  const held = all.filter((remark) => remark.holds(numbers)).map((remark) => remark.text(numbers))
  return held.length > 0 ? held : ['No remark was written about numbers like these.']
}
